"""Script run by _child.py: opens a DuckDB file, read only and cut off from the world, and writes each table as Arrow.

tables.json says which file holds which table. Views are left alone: they are code of whoever wrote the file.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

_LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
    "memory_limit": "1GB",
    "threads": "1",
}
_PLAIN = {
    "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
    "FLOAT", "DOUBLE", "VARCHAR", "DATE",
    "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE",
}
_COLUMNS = """
    SELECT table_name, list(column_name ORDER BY column_index), list(data_type ORDER BY column_index)
    FROM duckdb_columns() JOIN duckdb_tables() USING (database_name, schema_name, table_name)
    WHERE schema_name = 'main' AND NOT duckdb_tables.internal
    GROUP BY table_name ORDER BY table_name
"""


class _ArrowStream:
    """Hands rows over by the Arrow capsule alone; polars on sight of a DuckDB answer wants pyarrow."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._rows.__arrow_c_stream__(requested_schema)


def parse(files: list[Path], folder: Path, refuse: Callable[..., Any]) -> None:
    """Write the tables of the one file to `folder`."""
    try:
        database = duckdb.connect(str(files[0]), read_only=True, config=_LOCKED)
    except duckdb.Error as wrong:
        refuse("damaged_file", why=str(wrong).partition("\n")[0])
        return
    written = {}
    with database:
        database.execute("SET TimeZone = 'UTC'")
        for place, (table, columns, kinds) in enumerate(database.sql(_COLUMNS).fetchall()):
            wanted = ", ".join(
                _quoted(name) if kind in _PLAIN else f"CAST({_quoted(name)} AS VARCHAR) AS {_quoted(name)}"
                for name, kind in zip(columns, kinds, strict=True)
            )
            answer = database.table(f"main.{_quoted(table)}").project(wanted)
            written[table] = f"{place}.arrow"
            pl.DataFrame(_ArrowStream(answer)).write_ipc(folder / written[table])
    (folder / "tables.json").write_text(json.dumps(written), encoding="utf-8")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
