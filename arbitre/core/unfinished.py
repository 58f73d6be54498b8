"""What has an unfinished run already worked out? Pieces of a long run, kept in a folder until it is done.

A piece is a few arrays under a name. It is written to a file of its own and renamed, so that nobody reads half of one.
A run that was killed finds its pieces again and goes on from there; a run that ends deletes them. Where nobody gave a
folder, or it cannot be written, nothing is kept: the run is the same, it only starts anew.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

_FOLDER: ContextVar[Path | None] = ContextVar("folder of the pieces of this run", default=None)


@contextmanager
def pieces_in(folder: Path) -> Iterator[None]:
    """Keep the pieces of what runs inside in a folder, which goes when all is done."""
    before = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(before)
    shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Pieces:
    """The pieces of a run, in a folder; None: none are kept."""

    folder: Path | None

    @classmethod
    def of_this_run(cls) -> Pieces:
        """Return the pieces of the run that asks; any thread may use them."""
        return cls(_FOLDER.get())

    def recall(self, name: str) -> dict[str, np.ndarray] | None:
        """Return the arrays of a piece, None where it is not there, or cannot be read."""
        if self.folder is None:
            return None
        try:
            with np.load(self.folder / f"{name}.npz", allow_pickle=False) as found:
                return dict(found)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None

    def keep(self, name: str, arrays: dict[str, np.ndarray]) -> None:
        """Keep the arrays of a piece."""
        if self.folder is None:
            return
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, half = tempfile.mkstemp(prefix=".half-", dir=self.folder)
            with os.fdopen(handle, "wb") as file:
                np.savez(file, allow_pickle=False, **arrays)
            Path(half).rename(self.folder / f"{name}.npz")
