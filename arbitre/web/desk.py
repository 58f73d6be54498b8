"""What every page works with: the chain as it stands on disk, and one pair of hands for long work."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any, TypeVar

from arbitre.core.errors import Fault
from arbitre.tables.chain import Chain
from arbitre.tables.open import open_chain

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Checked:
    """A chain and all its faults."""

    chain: Chain
    faults: list[Fault]


class ChainOnDisk:
    """Gives the chain at a path, opened again when one of its files has changed."""

    def __init__(self, path: Path, data: Path | None) -> None:
        self._path = path
        self._data = data
        self._lock = Lock()
        self._named_files: list[Path] = []
        self._stamp = self._stamp_now()
        self._checked = self._open()

    @property
    def last(self) -> Checked:
        """The chain as it was last opened."""
        return self._checked

    def read(self) -> Checked:
        """Return the chain as it stands now; raises UnreadableFile when it has gone."""
        with self._lock:
            stamp = self._stamp_now()
            if stamp != self._stamp:
                self._checked = self._open()
                self._stamp = stamp
            return self._checked

    def _open(self) -> Checked:
        chain = open_chain(self._path, self._data)
        home = self._path if self._path.is_dir() else self._path.parent
        sources = [(self._data or home) / spec.partition("#")[0] for spec in chain.settings.sources.values()]
        self._named_files = [*sources, *(home / statement for statement in chain.settings.map.values())]
        return Checked(chain, chain.check())

    def _stamp_now(self) -> tuple[tuple[str, int, int], ...]:
        """Say which files the chain is made of and in which state, without reading them."""
        own = [*self._path.glob("*"), *self._path.glob("tables/*")] if self._path.is_dir() else [self._path]
        return tuple(_state(file) for file in sorted({*own, *self._named_files}))


def _state(file: Path) -> tuple[str, int, int]:
    try:
        found = file.stat()
    except OSError:
        return str(file), 0, 0
    return str(file), found.st_mtime_ns, found.st_size


class Once:
    """Does long work: the same work once for all who ask for it meanwhile, and at most two works at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._hands = BoundedSemaphore(2)
        self._under_way: dict[Hashable, Future[Any]] = {}

    def __call__(self, key: Hashable, work: Callable[[], Answer]) -> Answer:
        """Return what `work` returns, or raise what it raises; `key` says which work is the same."""
        with self._lock:
            theirs = self._under_way.get(key)
            mine: Future[Any] = theirs or Future()
            self._under_way[key] = mine
        if theirs is not None:
            return theirs.result()
        try:
            with self._hands:
                mine.set_result(work())
        except BaseException as failure:
            mine.set_exception(failure)
        finally:
            with self._lock:
                del self._under_way[key]
        return mine.result()
