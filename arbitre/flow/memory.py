"""Remembers results by content: a folder per result, JSON and Parquet, in the user's cache folder.

A result is written to a temporary folder and renamed, so that nobody ever reads half of one. Old ones may be deleted
at any time: they are computed again. The oldest go by themselves.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

import polars as pl

from arbitre.capability import Result

MOST_KEPT = 200
"""Results remembered at most; the oldest are forgotten first."""


def folder() -> Path:
    """Return where results are remembered: $ARBITRE_CACHE, or arbitre under the user's cache folder."""
    given = os.environ.get("ARBITRE_CACHE")
    return Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "arbitre"


def recall(key: str) -> Result | None:
    """Return the result remembered under the key; None when there is none, or it cannot be read whole."""
    place = folder() / key
    try:
        head = json.loads((place / "result.json").read_text(encoding="utf-8"))
        tables = {name: pl.read_parquet(place / f"{name}.parquet") for name in head.pop("tables")}
    except (OSError, ValueError, KeyError, pl.exceptions.PolarsError):
        return None
    return Result(**head, tables=tables)


def remember(key: str, result: Result) -> None:
    """Keep the result under the key; a cache folder that cannot be written is no reason to fail."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(prefix=".half-", dir=folder()))
    except OSError:
        return
    try:
        for name, table in result.tables.items():
            table.write_parquet(half / f"{name}.parquet")
        head = {**result.__dict__, "tables": list(result.tables), "summary": dict(result.summary)}
        (half / "result.json").write_text(json.dumps(head, allow_nan=False), encoding="utf-8")
        half.rename(folder() / key)
        _forget_oldest()
    except OSError:
        return
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _forget_oldest() -> None:
    kept = sorted((place for place in folder().iterdir() if not place.name.startswith(".")),
                  key=lambda place: place.stat().st_mtime, reverse=True)
    for place in kept[MOST_KEPT:]:
        shutil.rmtree(place, ignore_errors=True)
