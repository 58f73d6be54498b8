"""The same questions on Spark, for tables that one machine no longer holds: the extra `spark` and Java 17.

A question is written once, in DuckDB's SQL; sqlglot says it in Spark's. Sessions keep times as they are (UTC).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import sqlglot  # pyrefly: ignore[missing-import]
from pyspark.sql import DataFrame, SparkSession  # pyrefly: ignore[missing-import]
from sqlglot import exp  # pyrefly: ignore[missing-import]

from arbitre.tables.frames import TYPES
from arbitre.tables.schema import Kind

_TYPES = {
    "string": TYPES[Kind.TEXT], "bigint": TYPES[Kind.INTEGER], "int": pl.Int32(), "double": TYPES[Kind.NUMBER],
    "boolean": TYPES[Kind.TRUTH], "date": TYPES[Kind.DATE], "timestamp": TYPES[Kind.TIME],
    "timestamp_ntz": TYPES[Kind.TIME],
}


def session(master: str = "local[*]") -> SparkSession:
    """Return a session that answers as DuckDB does: times without zone, division by nought empty."""
    return (SparkSession.builder.master(master).appName("arbitre")
            .config("spark.sql.session.timeZone", "UTC").config("spark.sql.ansi.enabled", "false")
            .config("spark.sql.shuffle.partitions", "4").config("spark.ui.enabled", "false").getOrCreate())


def spoken(sql: str, parameters: Mapping[str, object] | None = None) -> str:
    """Return a question of DuckDB's SQL in Spark's, with its parameters written out."""
    given = parameters or {}

    def filled(node: exp.Expression) -> exp.Expression:
        named = isinstance(node, exp.Parameter | exp.Placeholder) and node.name in given
        return _literal(given[node.name]) if named else node

    return sqlglot.parse_one(sql, dialect="duckdb").transform(filled).transform(_known).sql(dialect="spark")


def _known(node: exp.Expression) -> exp.Expression:
    """Return a call that sqlglot leaves as it is by the name that Spark has for it."""
    if isinstance(node, exp.Anonymous) and node.name.lower() == "epoch_us":
        instant = exp.cast(node.expressions[0], exp.DataType.Type.TIMESTAMPTZ)
        return exp.Anonymous(this="UNIX_MICROS", expressions=[instant])
    if isinstance(node, exp.PercentileCont):  # quantile_cont of DuckDB; sqlglot gives it a name of other engines
        return exp.Anonymous(this="PERCENTILE", expressions=[node.this, node.expression])
    return node


def _literal(value: object) -> exp.Expression:
    """Return a value as SQL."""
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), exp.DataType.Type.TIMESTAMP)
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), exp.DataType.Type.DATE)
    return exp.convert(value)


def query(spark: SparkSession, tables: Mapping[str, pl.DataFrame | DataFrame], sql: str,
          parameters: Mapping[str, object] | None = None) -> pl.DataFrame:
    """Answer a question in DuckDB's SQL over named tables, of Polars or of Spark; `$name` takes a parameter."""
    named = {table.name for table in sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Table)}
    with tempfile.TemporaryDirectory() as folder:
        for name in named & tables.keys():
            _view(spark, name, tables[name], Path(folder))
        answer = spark.sql(spoken(sql, parameters))
        rows: list[Any] = [tuple(row) for row in answer.collect()]
        schema = {name: _TYPES.get(kind, pl.Float64()) for name, kind in answer.dtypes}
        return pl.DataFrame(rows, schema=schema, orient="row", strict=False)


def _view(spark: SparkSession, name: str, table: pl.DataFrame | DataFrame, folder: Path) -> None:
    """Give a table its name in the session."""
    if isinstance(table, pl.DataFrame):
        path = folder / f"{name}.parquet"
        table.write_parquet(path)
        table = spark.read.parquet(str(path))
    table.createOrReplaceTempView(name)  # pyrefly: ignore[missing-attribute]
