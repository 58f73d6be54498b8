"""Workbooks, Parquet and DuckDB files: whatever is parsed by native code, in a child process that may die of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from arbitre.tables.files._limited import parsed
from arbitre.tables.files._refused import Refused
from arbitre.tables.raw import Raw, headed

MOST_BYTES = 500_000_000

_BEGINNINGS = (
    (b"PK", "zip"), (b"\xd0\xcf\x11\xe0", "ole"), (b"PAR1", "parquet"), (b"SQLite format 3", "SQLite"),
    (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"%PDF", "PDF"), (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf", "7z"), (b"Rar!", "RAR"), (b"GIF8", "GIF"), (b"ARROW1", "Arrow"), (b"\x7fELF", "ELF"),
)
_EXPECTED = {".xlsx": "zip", ".xlsm": "zip", ".ods": "zip", ".xls": "ole", ".parquet": "parquet",
             ".duckdb": "DuckDB", ".db": "DuckDB"}
_SPOKEN = {"zip": "ZIP (xlsx, ods)", "ole": "XLS"}


def check_nature(path: Path, source: str) -> None:
    """Raise Refused when a file cannot be opened, or its first bytes are not those of what its name says."""
    try:
        with path.open("rb") as stream:
            beginning = stream.read(16)
    except OSError as wrong:
        raise Refused("damaged_file", source, why=wrong.strerror or "") from None
    if not beginning:
        raise Refused("empty_file", source)
    found = "DuckDB" if beginning[8:12] == b"DUCK" else next(
        (nature for signs, nature in _BEGINNINGS if beginning.startswith(signs)), None)
    expected = _EXPECTED.get(path.suffix.lower())
    if found == expected:
        return
    if found == "ole" and expected == "zip":  # what a password makes of an xlsx
        raise Refused("locked_file", source)
    raise Refused("wrong_type", source, suffix=path.suffix, found=_SPOKEN.get(found or "", found or ""))


def read_workbook(path: Path, source: str) -> dict[str, Raw]:
    """Return the visible sheets of a workbook that hold anything, by name; raises Refused."""
    _check(path, source)
    raws: dict[str, Raw] = {}
    with parsed("workbook", source, path) as folder:
        for sheet in json.loads((folder / "sheets.json").read_text(encoding="utf-8")):
            frame = pl.read_csv(folder / sheet["file"], has_header=False, infer_schema=False)
            if frame.width == 1:  # a blank row of one column is written as "" so that it stays a row
                frame = frame.with_columns(pl.all().replace("", None))
            raw = headed(f"{source}#{sheet['name']}", frame, sheet["header_row"])
            if raw.frame.width:
                raws[sheet["name"]] = raw
    return raws


def read_parquet(path: Path, source: str) -> Raw:
    """Return a Parquet file, with its own types; raises Refused."""
    return read_parquets({source: path})[source]


def read_parquets(paths: Mapping[str, Path]) -> dict[str, Raw]:
    """Return Parquet files by source, with their own types; raises Refused, without saying of which when several."""
    for source, path in paths.items():
        _check(path, source)
    with parsed("parquet", ", ".join(paths), *paths.values()) as folder:
        return {source: Raw(source, _rows(folder / f"{place}.arrow")) for place, source in enumerate(paths)}


def read_database(path: Path, source: str) -> dict[str, Raw]:
    """Return the tables of a DuckDB file, with their own types, by name; raises Refused."""
    _check(path, source)
    with parsed("database", source, path) as folder:
        files = json.loads((folder / "tables.json").read_text(encoding="utf-8"))
        return {name: Raw(f"{source}#{name}", _rows(folder / file))
                for name, file in files.items()}


def _check(path: Path, source: str) -> None:
    if path.stat().st_size > MOST_BYTES:
        raise Refused("file_too_large", source)
    check_nature(path, source)


def _rows(file: Path) -> pl.DataFrame:
    return pl.read_ipc(file.read_bytes())  # from a file polars would map it, and the file is about to go
