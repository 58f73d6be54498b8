"""Workbooks, Parquet and DuckDB files: whatever is parsed by native code, in a child process that may die of it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from arbitre.tables._limited import parsed
from arbitre.tables._refused import Refused
from arbitre.tables.raw import Raw, headed

MOST_BYTES = 500_000_000

_BEGINNINGS = (
    (b"PK", "zip"), (b"\xd0\xcf\x11\xe0", "ole"), (b"PAR1", "parquet"), (b"SQLite format 3", "SQLite"), (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"), (b"%PDF", "PDF"), (b"\x1f\x8b", "gzip"), (b"7z\xbc\xaf", "7z"), (b"Rar!", "RAR"),
    (b"GIF8", "GIF"), (b"ARROW1", "Arrow"), (b"\x7fELF", "ELF"),
)
_EXPECTED = {".xlsx": "zip", ".xlsm": "zip", ".ods": "zip", ".xls": "ole", ".parquet": "parquet", ".duckdb": "DuckDB", ".db": "DuckDB"}
_SPOKEN = {"zip": "ZIP (xlsx, ods)", "ole": "XLS"}


def check_nature(path: Path, source: str) -> None:
    """Raise Refused when the first bytes of a file are not those of what its name says."""
    with path.open("rb") as stream:
        beginning = stream.read(16)
    if not beginning:
        raise Refused("empty_file", source)
    found = "DuckDB" if beginning[8:12] == b"DUCK" else next(
        (nature for signs, nature in _BEGINNINGS if beginning.startswith(signs)), None)
    expected = _EXPECTED.get(path.suffix.lower())
    if found == expected:
        return
    if found == "ole" and expected == "zip":  # what a password makes of an xlsx
        raise Refused("locked_file", source)
    raise Refused("wrong_type", source, suffix=path.suffix, found=_SPOKEN.get(found or "", found or "?"))


def read_workbook(path: Path, source: str) -> dict[str, Raw]:
    """Return the visible sheets of a workbook that hold anything, by name; raises Refused."""
    _check(path, source)
    raws: dict[str, Raw] = {}
    with parsed("workbook", path, source) as folder:
        for sheet in json.loads((folder / "sheets.json").read_text(encoding="utf-8")):
            if sheet["header_row"]:
                frame = pl.read_csv(folder / sheet["file"], has_header=False, infer_schema=False)
                if frame.width == 1:  # a blank row of one column is written as "" so that it stays a row
                    frame = frame.with_columns(pl.all().replace("", None))
                raws[sheet["name"]] = headed(f"{source}#{sheet['name']}", frame, sheet["header_row"])
    return raws


def read_parquet(path: Path, source: str) -> Raw:
    """Return a Parquet file, with its own types; raises Refused."""
    _check(path, source)
    with parsed("parquet", path, source) as folder:
        return Raw(source, pl.read_ipc(folder / "table.arrow", memory_map=False))


def read_database(path: Path, source: str) -> dict[str, Raw]:
    """Return the tables of a DuckDB file, with their own types, by name; raises Refused."""
    _check(path, source)
    with parsed("database", path, source) as folder:
        files = json.loads((folder / "tables.json").read_text(encoding="utf-8"))
        return {name: Raw(f"{source}#{name}", pl.read_ipc(folder / file, memory_map=False))
                for name, file in files.items()}


def _check(path: Path, source: str) -> None:
    if path.stat().st_size > MOST_BYTES:
        raise Refused("file_too_large", source)
    check_nature(path, source)
