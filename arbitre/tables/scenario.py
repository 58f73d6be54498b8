"""A scenario: named changes laid over a chain, as rows; the chain itself never changes."""

from __future__ import annotations

import re

import polars as pl

from arbitre.core.errors import UsageError
from arbitre.core.words import nearest
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.filters import terms, value
from arbitre.tables.settings import Change

_CHANGE = re.compile(r"^\s*([=+*-])\s*(.+?)\s*$")
_COMPARE = {"=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


def with_scenario(chain: Chain, name: str) -> Chain:
    """Return the chain with the changes of one of its scenarios.

    Raises UsageError when chain.toml names no such scenario, or a change names a table, a column or a value that the
    chain does not have, or touches no row (a change that changes nothing is a typing error, not a scenario).
    """
    scenarios = chain.settings.scenarios
    if name not in scenarios:
        raise UsageError(f"No scenario {name}.{_meant(name, list(scenarios))} The chain has: "
                         f"{', '.join(sorted(scenarios)) or 'none'}.")
    for change in scenarios[name]:
        chain = chain.with_(**{change.table: changed(chain.table(change.table), change)})
    return chain


def changed(frame: pl.DataFrame, change: Change) -> pl.DataFrame:
    """Return the frame in which `change.column` is changed where `change.filter` holds."""
    _known(change.column, frame, change.table)
    chosen = pl.lit(value=True)
    for term in terms(change.filter):
        _known(term.column, frame, change.table)
        chosen = chosen & getattr(pl.col(term.column), _COMPARE[term.compare])(
            _value(term.value, frame.schema[term.column], f"{change.table}.{term.column}"))
    if frame.filter(chosen).is_empty():
        raise UsageError(f"The change of {change.table}.{change.column} where {change.filter!r} touches no row.")
    return frame.with_columns(pl.when(chosen).then(_new_value(change, frame)).otherwise(pl.col(change.column))
                              .alias(change.column))


def _new_value(change: Change, frame: pl.DataFrame) -> pl.Expr:
    found = _CHANGE.match(change.change)
    if not found:
        raise UsageError(f"Cannot read the change {change.change!r}. Write: = 3, + 3, - 3 or * 1.1.")
    operator, text = found.groups()
    kind = frame.schema[change.column]
    if operator == "=":
        return _value(text, kind, f"{change.table}.{change.column}")
    if not kind.is_numeric():
        raise UsageError(f"{change.table}.{change.column} is not a number: only = can change it.")
    column, number = pl.col(change.column), _number(text, change)
    grown = {"+": column + number, "-": column - number, "*": column * number}[operator]
    return grown.round().cast(kind) if kind.is_integer() else grown


def _number(text: str, change: Change) -> float:
    try:
        return float(text)
    except ValueError as wrong:
        raise UsageError(f"{text!r} is not a number to change {change.table}.{change.column} by.") from wrong


def _value(text: str, kind: pl.DataType, place: str) -> pl.Expr:
    return pl.lit(value(text, kind, place), dtype=kind)


def _known(column: str, frame: pl.DataFrame, table: str) -> None:
    if table not in INPUTS or column not in frame.columns:
        raise UsageError(f"No column {column} in {table}.{_meant(column, frame.columns)}")


def _meant(word: str, names: list[str]) -> str:
    meant = nearest(word, names)
    return f" Did you mean {meant}?" if meant else ""
