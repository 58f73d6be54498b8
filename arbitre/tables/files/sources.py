"""Turns a foreign export into our tables: one SQL statement per table, run by DuckDB over the files as found.

chain.toml names the files and the statements:

    [sources]
    oil = "spares/oil.xls#Data 1b"      # a file under the data folder, and a sheet
    [map]
    items = "map/items.sql"             # the statement that makes the table

In a statement each source is a table of that name whose columns are the headers as found, all text (a Parquet file
keeps its own types), and so is each table made by the statements before it. What comes out is read exactly as a file
of ours would be, so every rule and every fault applies. Statements run in a limited child process, over Parquet files
that are never held in memory whole.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

import polars as pl

from arbitre.core.errors import Fault
from arbitre.core.words import nearest
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.files._limited import Limits, parsed
from arbitre.tables.raw import Raw


def mapped(statements: Mapping[str, str], sources: Mapping[str, Raw | Path], home: Path
           ) -> tuple[dict[str, Raw], list[Fault]]:
    """Return our tables made from the sources, and what went wrong.

    `statements` gives for each of our tables the file of its statement under `home`; a source is a table as found, or
    a Parquet file. Raises Refused when the statements need more than they are given.
    """
    texts: dict[str, str] = {}
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
        texts[table] = statement.read_text(encoding="utf-8")
    frames, failed = answered(texts, sources)
    faults.extend(Fault(table, "", "bad_statement", source=statements[table], values={"why": why})
                  for table, why in failed.items())
    return {table: Raw(statements[table], frame) for table, frame in frames.items()}, faults


def answered(statements: Mapping[str, str], sources: Mapping[str, Raw | Path], wanted: Collection[str] | None = None
             ) -> tuple[dict[str, pl.DataFrame], dict[str, str]]:
    """Return what SQL statements answer over the sources, and why those without an answer failed.

    A statement sees the answers before it by their names; those `wanted` are returned, by default all. Raises Refused
    when a source cannot be read, or the statements need more time or memory than sources of their size are given.
    """
    if not statements:
        return {}, {}
    with tempfile.TemporaryDirectory(prefix="arbitre-") as folder:
        task = Path(folder) / "task.json"
        task.write_text(json.dumps({"sources": list(sources), "statements": dict(statements)}), encoding="utf-8")
        files: list[Path] = []
        for place, source in enumerate(sources.values()):
            if isinstance(source, Raw):
                files.append(Path(folder) / f"{place}.parquet")
                source.frame.write_parquet(files[-1])
            else:
                files.append(source)
        with parsed("map", ", ".join(sources), task, *files, limits=Limits.streaming(*files)) as answers:
            failed = json.loads((answers / "failed.json").read_text(encoding="utf-8"))
            asked = [name for name in statements if name not in failed and (wanted is None or name in wanted)]
            return {name: pl.read_parquet(answers / f"{name}.parquet") for name in asked}, failed
