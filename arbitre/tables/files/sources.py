"""Turns a foreign export into our tables: one SQL statement per table, run by DuckDB over the files as found.

chain.toml names the files and the statements:

    [sources]
    oil = "spares/oil.xls#Data 1b"      # a file under the data folder, and a sheet
    [map]
    items = "map/items.sql"             # the statement that makes the table

In a statement each source is a table of that name whose columns are the headers as found, all text; what comes out
is read exactly as a file of ours would be, so every rule and every fault applies.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from arbitre.core.errors import Fault
from arbitre.core.words import nearest
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.engine import query
from arbitre.tables.raw import Raw


def mapped(statements: Mapping[str, str], sources: Mapping[str, Raw], home: Path
           ) -> tuple[dict[str, Raw], list[Fault]]:
    """Return our tables made from the sources, and what went wrong.

    `statements` gives for each of our tables the file of its statement under `home`.
    """
    frames = {name: raw.frame for name, raw in sources.items()}
    made: dict[str, Raw] = {}
    faults: list[Fault] = []
    for table, file in statements.items():
        if table not in INPUTS:
            faults.append(Fault("chain", f"map.{table}", "unknown_table",
                                values={"name": table, "meant": nearest(table, list(INPUTS)) or ""}))
            continue
        statement = (home / file).resolve()
        if not statement.is_relative_to(home.resolve()) or not statement.is_file():
            faults.append(Fault("chain", f"map.{table}", "missing_statement", values={"file": file}))
            continue
        try:
            made[table] = Raw(file, query(frames, statement.read_text(encoding="utf-8")))
        except duckdb.Error as wrong:
            faults.append(Fault(table, "", "bad_statement", source=file, values={"why": str(wrong).splitlines()[0]}))
    return made, faults
