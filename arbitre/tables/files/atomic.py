"""Files written whole or not at all: first beside their place, then moved into it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a path to write to; what is there at the end replaces `path`, and nothing does when an error is raised."""
    with whole_folder(path) as folder:
        written = folder / path.name
        yield written
        written.replace(path)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder beside `path`, on the same disk; what is left of it at the end is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
