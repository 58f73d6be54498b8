"""Runs a parser in a child process with little memory, little time and no surroundings (see _child.py)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from arbitre.tables.files._refused import Refused

WALL_OVER_PROCESSOR = 1.5
_HERE = Path(__file__).parent
_SURROUNDINGS = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
                 if name in os.environ} | {"POLARS_MAX_THREADS": "1"}


@dataclass(frozen=True)
class Limits:
    """What a child may use: memory and the size of a file it writes (bytes), processor time (seconds)."""

    memory: int = 1_500_000_000
    seconds: int = 30
    output: int = 2_000_000_000

    @classmethod
    def streaming(cls, *paths: Path) -> Limits:
        """Return the limits of a parser that streams: time and output grow with the files, memory hardly."""
        size = sum(path.stat().st_size for path in paths)
        return cls(2_000_000_000 + 2 * size, 60 + size // 50_000, 2_000_000_000 + 20 * size)


@contextmanager
def parsed(parser: str, source: str, *paths: Path, limits: Limits | None = None) -> Iterator[Path]:
    """Give the folder in which a parser has written what it found in the files; it is gone afterwards.

    `parser` names the script _child_PARSER.py; `source` is the file as the user knows it. Raises Refused when the
    parser refuses a file, breaks on it, or needs more than it is given.
    """
    given = limits or Limits()
    with tempfile.TemporaryDirectory(prefix="arbitre-") as folder:
        command = [sys.executable, "-I", "-X", "utf8", str(_HERE / "_child.py"), str(_HERE / f"_child_{parser}.py"),
                   folder, str(given.memory), str(given.seconds), str(given.output),
                   *(str(path.resolve()) for path in paths)]
        try:
            done = subprocess.run(  # noqa: S603  # our own script, no shell; the user brings only a path
                command, env=_SURROUNDINGS, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, timeout=WALL_OVER_PROCESSOR * given.seconds, check=False)
        except subprocess.TimeoutExpired:
            raise Refused("file_too_slow", source) from None
        if done.returncode != 0:
            raise _refusal(Path(folder), done.returncode, source)
        yield Path(folder)


def _refusal(folder: Path, code: int, source: str) -> Refused:
    told = folder / "refused.json"
    if code == 3 and told.exists():
        words = json.loads(told.read_text(encoding="utf-8"))
        return Refused(words["rule"], source, **words["values"])
    stopped = {-getattr(signal, name, 0) for name in ("SIGXCPU", "SIGKILL")}
    return Refused("file_too_slow" if code in stopped else "hostile_file", source)
