"""Typed frames: which polars type holds each declared kind."""

from __future__ import annotations

import polars as pl

from arbitre.tables.schema import Kind, Table

TYPES: dict[Kind, pl.DataType] = {
    Kind.KEY: pl.String(),
    Kind.TEXT: pl.String(),
    Kind.CHOICE: pl.String(),
    Kind.INTEGER: pl.Int64(),
    Kind.NUMBER: pl.Float64(),
    Kind.SHARE: pl.Float64(),
    Kind.TRUTH: pl.Boolean(),
    Kind.DATE: pl.Date(),
    Kind.TIME: pl.Datetime("us"),
    Kind.CLOCK: pl.String(),
}


def empty(table: Table) -> pl.DataFrame:
    """Return the table without rows, typed as declared."""
    return pl.DataFrame(schema={column.name: TYPES[column.kind] for column in table.columns})


def shaped(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with exactly the declared columns, in their order, typed; a missing one is empty or default."""
    return frame.select(
        (pl.col(column.name) if column.name in frame.columns else pl.lit(column.default))
        .cast(TYPES[column.kind]).alias(column.name)
        for column in table.columns
    )
