"""The one place where SQL meets tables: DuckDB in memory, without extensions and without the outside world."""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import Any

import duckdb
import polars as pl

LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
}


_LOOK_UP = 0.1
"""Seconds after which Ctrl-C is seen at the latest."""


class ArrowStream:
    """Hands rows from one library to the other by the Arrow capsule alone; on sight of each other they want pyarrow."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._rows.__arrow_c_stream__(requested_schema)


def query(tables: Mapping[str, pl.DataFrame], sql: str, parameters: Mapping[str, object] | None = None) -> pl.DataFrame:
    """Answer a question in DuckDB's SQL over named frames; `$name` takes a parameter."""
    with _database().cursor() as database, ThreadPoolExecutor(1) as asked:
        # DuckDB often sleeps through Ctrl-C: it is asked from a thread of its own; this one looks up now and then.
        answer = asked.submit(_answer, database, tables, sql, dict(parameters) if parameters else None)
        try:
            while not wait([answer], timeout=_LOOK_UP).done:
                pass
            return answer.result()
        except KeyboardInterrupt:
            database.interrupt()
            raise


def _answer(database: duckdb.DuckDBPyConnection, tables: Mapping[str, pl.DataFrame], sql: str,
            parameters: dict[str, object] | None) -> pl.DataFrame:
    for name, frame in tables.items():
        database.register(name, ArrowStream(frame))
    return pl.DataFrame(ArrowStream(database.sql(sql, params=parameters)))


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """Return the one database of the process, empty: to open it takes ten times as long as a small question."""
    database = duckdb.connect(":memory:", config=LOCKED)
    atexit.register(_database.cache_clear)  # what is still open at the very end is told as a leak
    atexit.register(database.close)
    return database
