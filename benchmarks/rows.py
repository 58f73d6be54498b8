"""Chains written down as rows, for benchmarks and tests."""

from typing import Any

import polars as pl

from arbitre.tables.catalogue import DECLARED
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.schema import Table
from arbitre.tables.settings import Settings


def chain_of(**rows: list[dict[str, Any]]) -> Chain:
    """Return a chain of these tables, with the declared defaults where nothing is said."""
    return Chain(Settings(name="test"), {name: _filled(DECLARED[name], table) for name, table in rows.items()})


def _filled(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    defaults = {column.name: column.default for column in table.columns if column.default is not None}
    frame = shaped(table, pl.DataFrame(rows, infer_schema_length=None))
    return frame.with_columns(pl.col(name).fill_null(value) for name, value in defaults.items())
