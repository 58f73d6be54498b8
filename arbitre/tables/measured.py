"""What does a row of metrics measure? Its table, times and columns as declared, its names resolved."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from arbitre.core.errors import UsageError
from arbitre.tables.arithmetic import name, names, operator, parsed
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.reach import Reached, reach
from arbitre.tables.schema import Kind

Row = Mapping[str, Any]

TIMES = (Kind.TIME, Kind.DATE)
_NUMBERS = (Kind.INTEGER, Kind.NUMBER, Kind.SHARE, Kind.TRUTH)
_OWN_TABLE = {"conversion": "events", "promise": "cases"}
STOCK = "movements"
"""The table whose level is not that of its rows, but of what they bring and take: quantity is what is on hand."""
_OF_STOCK = ("site", "item", "quantity")


def table_of(row: Row) -> str | None:
    """Return the table whose rows a metric measures; None where it is computed from others."""
    return _OWN_TABLE.get(row["kind"], row["table"])


def time_of(row: Row) -> Reached:
    """Return the time that puts a row of its table in a period; raises UsageError when there is none."""
    table = str(table_of(row))
    if row["time"] is not None:
        return timed(table, row["time"])
    first = next((column for column in INPUTS[table].columns if column.required and column.kind in TIMES), None)
    if first is None:
        raise UsageError(f"No time or date is required in {table}. Write in the column time which one counts.")
    return Reached(first)


def timed(table: str, written: str) -> Reached:
    """Return the time or date of a name; raises UsageError when it is none."""
    found = reach(table, written)
    if found.column.kind not in TIMES:
        raise UsageError(f"{found.path} in {table} is neither a time nor a date.")
    return found


def told(row: Row, written: str) -> Reached:
    """Return the column that the measured rows tell under a name; raises UsageError when they do not."""
    found = reach(str(table_of(row)), written)
    if row["kind"] == "level" and row["table"] == STOCK and found.path.split(".")[0] not in _OF_STOCK:
        raise UsageError(f"Stock on hand is of a site and an item, and has no {written}.")
    return found


def inputs(row: Row) -> list[str]:
    """Return the metrics that a metric is computed from; raises UsageError on an expression that cannot be read."""
    if row["kind"] == "ratio":
        return [given for given in (row["numerator"], row["denominator"]) if given is not None]
    return names(parsed(row["expression"])) if row["kind"] == "derived" and row["expression"] else []


def require_number(tree: ast.expr, row: Row) -> None:
    """Raise UsageError unless an expression over the columns of the measured rows is a number."""
    if _is_time(tree, row):
        raise UsageError("A time is no number. Write a time less a time, as closed_at - opened_at: it is in hours.")


def is_between(node: ast.BinOp, row: Row) -> bool:
    """Tell whether an expression is a time less a time; raises UsageError where times are computed in another way."""
    sides = (_is_time(node.left, row), _is_time(node.right, row))
    if any(sides) and not (all(sides) and operator(node) == "-"):
        raise UsageError("Times can only be taken one from another, as closed_at - opened_at: that is in hours.")
    return all(sides)


def _is_time(tree: ast.expr, row: Row) -> bool:
    """Tell whether an expression is a time, else it is a number; raises UsageError when it is neither."""
    if isinstance(tree, ast.Name | ast.Attribute):
        found = told(row, name(tree))
        if found.column.kind not in (*_NUMBERS, *TIMES):
            raise UsageError(f"{found.path} in {table_of(row)} is not a number.")
        return found.column.kind in TIMES
    if isinstance(tree, ast.BinOp):
        is_between(tree, row)
    elif isinstance(tree, ast.UnaryOp) and _is_time(tree.operand, row):
        raise UsageError("A time has no sign.")
    return False
