"""Which tables does a raw export hold? Each becomes a Parquet file, as found, by stream, however large the export."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arbitre.tables.files._csv import write_parquet
from arbitre.tables.files._limited import Limits, parsed
from arbitre.tables.files._refused import Refused
from arbitre.tables.files.read import DATABASES, PARQUET, TEXTS, WORKBOOKS, read_source

LOGS = (".xes", ".gz", ".sqlite", ".sqlite3", ".json", ".jsonocel", ".xml", ".xmlocel")
FORMATS = (*TEXTS, ".xes", ".xes.gz", ".sqlite", ".json", ".xml", PARQUET, *WORKBOOKS, *DATABASES)


@dataclass(frozen=True)
class Brought:
    """The tables of an export: files by name, and what was said while reading; `form` is XES, OCEL or "table"."""

    files: dict[str, Path]
    form: str
    told: tuple[str, ...] = ()


def brought(spec: str, folder: Path) -> Brought:
    """Write the tables of an export to `folder` as Parquet, and say what was met.

    `spec` is a file, with "#" and a sheet or a table where it holds several. Raises Refused when it cannot be read.
    """
    named, _, sheet = spec.partition("#")
    file = Path(named).resolve()
    if not file.is_file():
        raise Refused("missing_file", file.name)
    suffix = file.suffix.lower()
    if suffix in LOGS or (suffix == ".db" and _is_sqlite(file)):
        return _log(file, folder)
    target = folder / "export.parquet"
    if suffix in TEXTS:
        return Brought({"export": target}, "table", _rows_told(write_parquet(file, file.name, target)))
    if suffix not in (PARQUET, *WORKBOOKS, *DATABASES):
        raise Refused("unknown_format", file.name, suffix=suffix or file.name, formats=", ".join(FORMATS))
    found = read_source(f"{file.name}#{sheet}" if sheet else file.name, file.parent)
    if isinstance(found, Path):
        shutil.copyfile(found, target)
    else:
        found.frame.write_parquet(target)
    return Brought({"export": target}, "table")


def _rows_told(ragged: int) -> tuple[str, ...]:
    return (f"{ragged:,} rows have more or fewer cells than the header: they were cut or filled with blanks.",
            ) if ragged else ()


def _is_sqlite(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(15) == b"SQLite format 3"


def _log(file: Path, folder: Path) -> Brought:
    if file.stat().st_size == 0:
        raise Refused("empty_file", file.name)
    with parsed("log", file.name, file, limits=Limits.streaming(file)) as found:
        told: dict[str, Any] = json.loads((found / "told.json").read_text(encoding="utf-8"))
        files = {}
        for part in sorted(found.glob("*.parquet")):
            files[part.stem] = folder / part.name
            shutil.move(part, files[part.stem])
    return Brought(files, told["format"], tuple(_log_told(told)))


def _log_told(told: dict[str, Any]) -> list[str]:
    left_out = {
        "nested": "attributes inside attributes, or of the whole log",
        "object_attributes": "values of attributes of objects",
        "object_relations": "relations between objects",
    }
    sentences = [f"Left out, as nothing reads them: {told[name]:,} {what}."
                 for name, what in left_out.items() if told.get(name)]
    if told["unread_times"]:
        sentences.append(f"{told['unread_times']:,} dates could not be read and are empty.")
    return sentences
