"""Where the real data are, whichever of their folders is named."""

from pathlib import Path


def data_root(named: Path) -> Path:
    """Return the folder of all real data: the one named, or the one above it where a part of them is named."""
    return named if (named / "commercial").is_dir() else named.resolve().parent
