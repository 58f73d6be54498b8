"""Rules of metrics: each has the cells its kind needs and no others, names what there is, and is not made of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

import polars as pl

from arbitre.core.errors import Fault, UsageError
from arbitre.core.words import nearest
from arbitre.tables.arithmetic import names, parsed
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.checks._looked import Looked
from arbitre.tables.filters import terms, value
from arbitre.tables.frames import TYPES
from arbitre.tables.measured import STOCK, inputs, require_number, table_of, time_of, timed, told

Row = Mapping[str, Any]
Told = Iterator[tuple[str, str, dict[str, str]]]
"""Faults of one metric: column, rule, what fills the blanks of its sentence."""

_NEEDS = {
    "simple": ("table",), "ratio": ("numerator", "denominator"), "derived": ("expression",), "cumulative": ("table",),
    "conversion": ("from_step", "to_step"), "promise": ("promise",), "percentile": ("table", "measure", "quantile"),
    "level": ("table",),
}
_MAY = {
    "simple": ("measure", "filter", "time"), "cumulative": ("measure", "filter", "time", "window", "to_date"),
    "conversion": ("window", "filter"), "promise": ("filter",), "percentile": ("filter", "time", "until"),
    "level": ("measure", "filter", "time", "until"),
}
_SPECIFIC = ("table", "measure", "filter", "time", "until", "numerator", "denominator", "expression", "window",
             "to_date", "from_step", "to_step", "promise", "quantile")


def metrics(looked: Looked) -> Iterator[Fault]:
    """Every fault of every metric, each with its row."""
    if not looked.has("metrics") or not looked.sure("metrics", "metric", "kind"):
        return
    frame = looked.frames["metrics"]
    rows = frame.to_dicts()
    for place, row in enumerate(rows):
        if row["kind"] not in _NEEDS:
            continue
        for column, rule, values in (*_cells(row), *_names(row, rows, looked)):
            mask = pl.Series([at == place for at in range(frame.height)])
            yield from looked.fault(("metrics", column), rule, mask, None, **values)
    yield from _cycles(looked, rows)


def _cells(row: Row) -> Told:
    """Cells that are lacking, or that nobody would read."""
    kind = row["kind"]
    needs = [*_NEEDS[kind]]
    if kind in ("simple", "cumulative") and row["aggregation"] != "count":
        needs.append("measure")
    if kind == "level" and row["table"] != STOCK:
        needs.append("until")
    for column in _SPECIFIC:
        if column in needs and row[column] is None:
            yield column, "metric_needs", {"kind": kind}
        if row[column] is not None and column not in (*needs, *_MAY.get(kind, ())):
            yield column, "metric_idle", {"kind": kind}
    if kind == "cumulative" and row["window"] is not None:
        if row["window"] < 1 or row["window"] % 1:
            yield "window", "metric_whole_days", {"cell": f"{row['window']:g}"}
        if row["to_date"] is not None:
            yield "to_date", "metric_two_windows", {}


def _names(row: Row, rows: list[dict[str, Any]], looked: Looked) -> Told:
    """What a metric names that is not there, or is not what it should be."""
    yield from _others(row, [other["metric"] for other in rows if other["metric"] is not None])
    yield from _steps(row, looked)
    table = table_of(row)
    if table is None or row["kind"] in ("ratio", "derived"):
        return
    if table not in INPUTS:
        yield "table", "metric_unknown_table", {"cell": table, "meant": nearest(table, INPUTS) or ""}
        return
    checks: dict[str, Callable[[], Any]] = {
        "time": lambda: time_of(row),
        "until": lambda: row["until"] is None or timed(table, row["until"]),
        "measure": lambda: row["measure"] is None or _measure(row),
        "filter": lambda: row["filter"] is None or _filter(row),
    }
    for column, check in checks.items():
        try:
            check()
        except UsageError as wrong:
            yield column, "metric_unreadable", {"why": str(wrong)}


def _measure(row: Row) -> None:
    """Raise UsageError on a measure that cannot be taken of a row as the metric asks."""
    if row["kind"] in ("simple", "cumulative") and row["aggregation"] in ("count", "distinct"):
        told(row, row["measure"])
        return
    require_number(parsed(row["measure"]), row)


def _filter(row: Row) -> None:
    """Raise UsageError on a filter that cannot be asked of the measured rows."""
    for term in terms(row["filter"]):
        found = told(row, term.column)
        value(term.value, TYPES[found.column.kind], f"{table_of(row)}.{found.path}")


def _others(row: Row, known: list[str]) -> Told:
    """Metrics that a metric is computed from and that are not there."""
    given = {name: row[name] for name in ("numerator", "denominator") if row["kind"] == "ratio" and row[name]}
    strange = [(column, metric) for column, metric in given.items() if metric not in known]
    if row["kind"] == "derived" and row["expression"] is not None:
        try:
            strange += [("expression", metric) for metric in names(parsed(row["expression"])) if metric not in known]
        except UsageError as wrong:
            yield "expression", "metric_unreadable", {"why": str(wrong)}
    for column, metric in strange:
        yield column, "metric_unknown_metric", {"cell": metric, "meant": nearest(metric, known) or ""}


def _steps(row: Row, looked: Looked) -> Told:
    """Steps that no event has, and promises that are not about cases."""
    if row["kind"] == "conversion" and looked.has("events") and looked.sure("events", "step"):
        known = looked.frames["events"]["step"].drop_nulls().unique().sort()
        for column in ("from_step", "to_step"):
            if row[column] is not None and row[column] not in known:
                yield column, "metric_unknown_step", {"cell": row[column], "meant": nearest(row[column], known) or ""}
    if row["kind"] == "promise" and looked.has("promises"):
        measure = dict(looked.frames["promises"].select("promise", "measure").iter_rows())
        if measure.get(row["promise"]) == "availability":
            yield "promise", "metric_availability", {"cell": row["promise"]}


def _cycles(looked: Looked, rows: list[dict[str, Any]]) -> Iterator[Fault]:
    """A metric computed from itself has no value. One loop is told at a time, with its rows."""
    order: TopologicalSorter[str] = TopologicalSorter()
    for row in rows:
        try:
            order.add(row["metric"], *inputs(row))
        except UsageError:
            continue
    try:
        order.prepare()
    except CycleError as found:
        loop: list[str] = found.args[1]
        inside = pl.Series([row["metric"] in loop for row in rows])
        yield from looked.fault(("metrics", "metric"), "metric_cycle", inside, loop=" → ".join(reversed(loop)))
