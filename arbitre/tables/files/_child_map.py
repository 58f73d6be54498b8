"""Script run by _child.py: answers SQL statements over Parquet files, cut off from the world, each answer as Parquet.

The first file is the task: {"sources": [name, ...], "statements": {name: text, ...}}; the others are the sources, in
that order, each a table of its name. A statement sees the answers before it too, by their names, unless a source has
that name. failed.json says of each statement without an answer why.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

if sys.platform != "win32":
    import resource

_SHARE_OF_MEMORY = 0.5
"""What DuckDB counts as its own is about half of what its process takes."""
_PLAIN = {
    "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT",
    "FLOAT", "DOUBLE", "VARCHAR", "DATE",
    "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE",
}


def parse(files: list[Path], folder: Path, refuse: Callable[..., Any]) -> None:
    """Write the answer of each statement to `folder` as NAME.parquet, plain types only."""
    task = json.loads(files[0].read_text(encoding="utf-8"))
    failed: dict[str, str] = {}
    with _locked(files[1:], folder) as database:
        for name, file in zip(task["sources"], files[1:], strict=True):
            try:
                database.read_parquet(str(file)).create_view(name)
            except duckdb.Error as wrong:
                refuse("damaged_file", why=str(wrong).partition("\n")[0])
        for name, statement in task["statements"].items():
            target = folder / f"{name}.parquet"
            try:
                _answer(database, statement).write_parquet(str(target), compression="zstd")
            except duckdb.Error as wrong:
                failed[name] = str(wrong).partition("\n")[0]
                continue
            if name not in task["sources"]:
                database.read_parquet(str(target)).create_view(name)
    (folder / "failed.json").write_text(json.dumps(failed), encoding="utf-8")


def _locked(sources: list[Path], folder: Path) -> duckdb.DuckDBPyConnection:
    """Return a database that reads the sources, writes to the folder, and can do nothing else outside."""
    memory = 1_000_000_000 if sys.platform == "win32" else resource.getrlimit(resource.RLIMIT_DATA)[0]
    database = duckdb.connect(":memory:", config={
        "autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "2",
        "memory_limit": f"{int(memory * _SHARE_OF_MEMORY)}B", "temp_directory": str(folder / "spilt"),
    })
    database.execute("SET TimeZone = 'UTC'")
    database.execute("SET allowed_paths = $1", [[str(path) for path in sources]])
    database.execute("SET allowed_directories = $1", [[str(folder)]])
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")
    return database


def _answer(database: duckdb.DuckDBPyConnection, statement: str) -> duckdb.DuckDBPyRelation:
    answer = database.sql(statement)
    if answer is None:
        raise duckdb.InvalidInputException("the statement answers no rows: write one SELECT")
    wanted = ", ".join(
        _quoted(name) if str(kind) in _PLAIN or str(kind).startswith("DECIMAL")
        else f"CAST({_quoted(name)} AS VARCHAR) AS {_quoted(name)}"
        for name, kind in zip(answer.columns, answer.types, strict=True)
    )
    return answer.project(wanted)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
