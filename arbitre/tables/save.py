"""Saves a chain where the user says: a folder, a workbook or a DuckDB file, by the ending of the name."""

from __future__ import annotations

from pathlib import Path

from arbitre.core.errors import Fault
from arbitre.tables.chain import Chain
from arbitre.tables.checks.rules import Language
from arbitre.tables.files.faults_workbook import write_faults_workbook
from arbitre.tables.files.write import write_duckdb, write_folder, write_workbook
from arbitre.tables.open import found_at


def save(chain: Chain, path: Path | str) -> Path:
    """Write the chain and return where: .xlsx is a workbook, .duckdb a database, anything else a folder."""
    path = Path(path)
    if path.suffix == ".xlsx":
        write_workbook(chain.tables, chain.settings, path)
    elif path.suffix in (".duckdb", ".db"):
        write_duckdb(chain.tables, chain.settings, path)
    else:
        write_folder(chain.tables, chain.settings, path)
    return path


def save_faults(path: Path, data: Path | None, faults: list[Fault], language: Language, back: Path) -> Path:
    """Write what was found at `path` back as a workbook, faulty cells coloured, with a reason at the end of the row."""
    raws, _, _ = found_at(path, data)
    write_faults_workbook(raws, faults, back, language)
    return back
