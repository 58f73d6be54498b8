"""Where the real data are, whichever of their folders is named, and those in R's format."""

import io
from pathlib import Path

import polars as pl

from benchmarks.peers import said_by


def data_root(named: Path) -> Path:
    """Return the folder of all real data: the one named, or the one above it where a part of them is named."""
    return named if (named / "commercial").is_dir() else named.resolve().parent


def r_frame(path: Path, name: str = "") -> pl.DataFrame:
    """Return the table of a file in R's format, the one of this name where it holds several."""
    return pl.read_csv(io.StringIO(said_by("rdata", "rdata_frame.py", str(path.resolve()), *[name] * bool(name))),
                       infer_schema_length=None)
