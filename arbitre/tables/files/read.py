"""Reads what a user brings: a folder, a workbook, a text file, a Parquet file or a DuckDB file, as tables of text.

Files and sheets are matched to our tables by name, label or alias. Whatever is wrong is told, all at once; only when
the one file given cannot be read at all is it an exception.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from arbitre.core.errors import Fault
from arbitre.core.words import folded, nearest
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.cells.headers import spelt
from arbitre.tables.files._binary import check_nature, read_database, read_parquet, read_parquets, read_workbook
from arbitre.tables.files._csv import read_text
from arbitre.tables.files._refused import Refused
from arbitre.tables.files._settings_rows import SETTINGS, settings_from
from arbitre.tables.raw import Raw

WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".ods")
TEXTS = (".csv", ".tsv", ".txt")
DATABASES = (".duckdb", ".db")
PARQUET = ".parquet"
FORMATS = (*WORKBOOKS, *TEXTS, PARQUET, *DATABASES)

_NOT_TABLES = {"readme", "lisez moi", "lisezmoi", "licence", "license", "notice"}
_FRENCH_WORDS = {"de", "du", "des", "le", "la", "les", "d", "l", "en", "au"}


@dataclass(frozen=True)
class Found:
    """What was found: our tables as raws, the settings as written ({} if none), and every fault met on the way.

    `language` is that of most of the names recognised, when they lean one way.
    """

    raws: dict[str, Raw] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    language: Literal["en", "fr"] | None = None


def read_tables(path: Path) -> Found:
    """Answer what a user brings at `path`: tables by our names, settings, faults, language.

    A folder holds chain.toml and tables/ (or the table files directly); a workbook or a DuckDB file holds a table per
    sheet or table, and its settings under the name `chain`; a text or Parquet file is one table, named as the file.
    In a folder a file that cannot be read is a fault; a lone one raises Refused (an UnreadableFile).
    """
    if path.is_dir():
        return _folder(path)
    suffix = path.suffix.lower()
    if not path.is_file():
        raise Refused("missing_file", path.name)
    if suffix in WORKBOOKS:
        return _several(read_workbook(path, path.name))
    if suffix in DATABASES:
        return _several(read_database(path, path.name))
    if suffix not in FORMATS:
        raise Refused("unknown_format", path.name, suffix=suffix or path.name, formats=", ".join(FORMATS))
    return _found({path.stem: _one_table(path, path.name)}, {}, [])


def read_source(spec: str, base: Path) -> Raw | Path:
    """Answer what a foreign export holds: headers as found (dates as ISO text), cells as text.

    `spec` is a path under `base`, with "#" and a sheet for a workbook or a DuckDB file that has several. A Parquet
    file is left where it is: it may be larger than memory. Raises Refused when the path leaves `base`, or there is no
    such file or sheet, or it cannot be read.
    """
    name, _, sheet = spec.partition("#")
    path = (base / name).resolve()
    if Path(name).is_absolute() or ".." in Path(name).parts or not path.is_relative_to(base.resolve()):
        raise Refused("outside_folder", name)
    if not path.is_file():
        raise Refused("missing_file", name)
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise Refused("unknown_format", name, suffix=suffix or name, formats=", ".join(FORMATS))
    if suffix == PARQUET:
        check_nature(path, name)
        return path
    if suffix in TEXTS:
        return read_text(path, name)
    raws = read_workbook(path, name) if suffix in WORKBOOKS else read_database(path, name)
    spelling = {folded(written): written for written in reversed(raws)}
    wanted = sheet if sheet in raws else spelling.get(folded(sheet))
    if not sheet and len(raws) == 1:
        return next(iter(raws.values()))
    if wanted is None:
        raise Refused("unknown_sheet", name, sheet=sheet, sheets=", ".join(raws), meant=nearest(sheet, raws) or "")
    return raws[wanted]


def table_named(written: str) -> str | None:
    """Answer which of our tables a file or a sheet is named after; None when it is none of them."""
    return _TABLES.get(_singular(written))


def _one_table(path: Path, source: str) -> Raw:
    return read_parquet(path, source) if path.suffix.lower() == PARQUET else read_text(path, source)


def _folder(path: Path) -> Found:
    faults: list[Fault] = []
    settings: dict[str, Any] = {}
    toml = path / "chain.toml"
    if toml.is_file():
        try:
            settings = tomllib.loads(toml.read_bytes().decode("utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as wrong:
            faults.append(Fault("chain", "", "bad_toml", values={"why": str(wrong)}, source=toml.name))
    inside = path / "tables"
    home = inside if inside.is_dir() else path
    files = {file.relative_to(path).as_posix(): file for file in sorted(home.iterdir())
             if file.is_file() and not file.name.startswith((".", "_", "~")) and not _is_note(file.stem)}
    raws = _together({source: file for source, file in files.items() if file.suffix.lower() == PARQUET})
    for source, file in files.items():
        try:
            if source not in raws and file.suffix.lower() in (*TEXTS, PARQUET):
                raws[source] = _one_table(file, source)
            elif file.suffix.lower() not in (*TEXTS, PARQUET) and table_named(file.stem):
                raise Refused("unknown_format", source, suffix=file.suffix, formats=", ".join((*TEXTS, PARQUET)))
        except Refused as refused:
            faults.append(replace(refused.fault, table=table_named(file.stem) or ""))
    return _found(raws, settings, faults, lambda source: Path(source).stem)


def _together(files: Mapping[str, Path]) -> dict[str, Raw]:
    """Read the Parquet files of a folder by one child; nothing when one of them is refused: each is then told apart."""
    try:
        return read_parquets(files) if len(files) > 1 else {}
    except Refused:
        return {}


def _several(raws: dict[str, Raw]) -> Found:
    """Sort the sheets of a workbook, or the tables of a database."""
    settings: dict[str, Any] = {}
    faults: list[Fault] = []
    tables = {}
    for name, raw in raws.items():
        if folded(name) == SETTINGS:
            settings, faults = settings_from(raw)
        elif not _is_note(name):
            tables[name] = raw
    return _found(tables, settings, faults)


def _found(raws: Mapping[str, Raw], settings: dict[str, Any], faults: list[Fault],
           spoken: Callable[[str], str] = str) -> Found:
    """Match what was read to our tables; `spoken` gives the name that a user gave to each."""
    tables: dict[str, Raw] = {}
    names: dict[str, str] = {}
    for key, raw in raws.items():
        written = spoken(key)
        name = table_named(written)
        if name is None:
            meant = nearest(written, _SPELLINGS)
            faults.append(Fault("", "", "unknown_table", source=raw.source,
                                values={"name": written, "meant": _SPELLINGS[meant] if meant else ""}))
        elif name in tables:
            faults.append(Fault(name, "", "duplicate_table", source=raw.source,
                                values={"first": tables[name].source, "second": raw.source}))
        else:
            tables[name], names[name] = raw, written
            faults.extend(replace(fault, table=name) for fault in raw.faults)
    return Found(tables, settings, faults, _language(tables, names))


def _is_note(name: str) -> bool:
    return folded(name) in _NOT_TABLES


def _language(raws: Mapping[str, Raw], names: Mapping[str, str]) -> Literal["en", "fr"] | None:
    """Say in which language most names are, of those that are words of one language only."""
    votes: Counter[str] = Counter()
    for name, raw in raws.items():
        table = INPUTS[name]
        votes[_tongue(names[name], (name, table.label), (table.label_fr,), table.aliases)] += 1
        spellings = spelt(table)
        for header in raw.frame.columns:
            column = spellings.get(folded(header))
            if column:
                votes[_tongue(header, (column.name, column.label), (column.label_fr,), column.aliases)] += 1
    if votes["fr"] == votes["en"]:
        return None
    return "fr" if votes["fr"] > votes["en"] else "en"


def _tongue(written: str, english: tuple[str, ...], french: tuple[str, ...], aliases: tuple[str, ...]) -> str:
    word = folded(written)
    votes = {language for language, words in (("en", english), ("fr", french)) if word in map(folded, words)}
    if votes:
        return votes.pop() if len(votes) == 1 else ""
    alias = next((alias for alias in aliases if folded(alias) == word), "")
    is_french = not alias.isascii() or _FRENCH_WORDS & set(word.split())
    return "fr" if is_french else ""


def _singular(name: str) -> str:
    """Fold a name so that one and many of a thing read the same."""
    return "".join(word.rstrip("sx") if len(word) > 3 else word for word in folded(name).split())


def _spellings() -> dict[str, str]:
    """Return every written name of our tables: names win over labels, labels over aliases."""
    ways: tuple[Callable[[Any], tuple[str, ...]], ...] = (
        lambda table: (table.name,), lambda table: (table.label, table.label_fr), lambda table: table.aliases)
    spellings: dict[str, str] = {}
    for way in ways:
        for table in INPUTS.values():
            for written in way(table):
                spellings.setdefault(written, table.name)
    return spellings


_SPELLINGS = _spellings()
_TABLES = {_singular(written): name for written, name in reversed(_SPELLINGS.items())}
