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


_BEYOND = 1e15
"""Numbers this large are slips of the pen: sums of them would lose the cent, or overflow."""


def empty(table: Table) -> pl.DataFrame:
    """Return the table without rows, typed as declared."""
    return pl.DataFrame(schema={column.name: TYPES[column.kind] for column in table.columns})


def as_number(name: str) -> pl.Expr:
    """Return a column of text as numbers; empty where the text is none, or none that sums could be made of."""
    number = pl.col(name).cast(pl.Float64, strict=False)
    return pl.when(number.abs() < _BEYOND).then(number)


def shaped(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with exactly the declared columns, in their order, typed; a missing one is empty or default."""
    frame = frame if frame.width else pl.DataFrame(schema={column.name: TYPES[column.kind] for column in table.columns})
    return frame.select(
        (pl.col(column.name) if column.name in frame.columns else pl.lit(column.default))
        .cast(TYPES[column.kind]).alias(column.name)
        for column in table.columns
    )


def filled(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with the declared default in its empty cells, as reading a file gives it."""
    lack = [column for column in table.columns if column.default is not None
            and column.name in frame.columns and frame[column.name].null_count()]
    return frame.with_columns(pl.col(column.name).fill_null(column.default) for column in lack) if lack else frame
