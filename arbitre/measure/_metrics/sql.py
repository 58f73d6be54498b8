"""The questions that measure.metrics asks of the tables, one text for each metric: from rows to sums by period.

`days` says which periods a day counts in: one, or several where a window looks back. Way 0 is everyone; way k tells by
the k-th dimension asked for. Identifiers are those declared; what a user wrote as a value is a parameter. Sums are of
decimals: exact, whatever the order of the rows. Parameters: $now, the latest fact; $f0, $f1, ... the values of filters.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from arbitre.measure._waiting_sql import STOCK
from arbitre.tables.arithmetic import name, operator, parsed
from arbitre.tables.filters import terms, value
from arbitre.tables.frames import TYPES
from arbitre.tables.measured import STOCK as STOCK_TABLE
from arbitre.tables.measured import Row, is_between, table_of, time_of, timed, told
from arbitre.tables.reach import Reached
from arbitre.tables.schema import Kind

Ways = Mapping[int, Reached]
"""The dimensions that a metric is told by, by their place among those asked for, from 1."""

_DAY = 86_400_000_000
_COMPARE = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

# What a day holds of its rows, then what a period makes of its days: above and below the line, and how many rows.
_NUMBER = "count(value) AS number"
_TOTAL = "count(value) AS number, sum(TRY_CAST(value AS DECIMAL(38, 9))) AS total"
_ROWS = "CAST(coalesce(sum(number), 0) AS BIGINT) AS sample"
_AGGREGATED = {
    "count": (_NUMBER, "CAST(sum(number) AS DOUBLE)", "NULL"),
    "sum": (_TOTAL, "CAST(sum(total) AS DOUBLE)", "NULL"),
    "mean": (_TOTAL, "CAST(sum(total) AS DOUBLE)", "CAST(sum(number) AS DOUBLE)"),
    "min": ("count(value) AS number, min(value) AS value", "min(value)", "NULL"),
    "max": ("count(value) AS number, max(value) AS value", "max(value)", "NULL"),
    "distinct": (_NUMBER + ", value", "CAST(count(DISTINCT value) AS DOUBLE)", "NULL"),
}

_PASSAGES = """
passages AS (
    SELECT events.*,
        lead(step) OVER (PARTITION BY "case" ORDER BY happened_at, CASE WHEN step = $to_step THEN 1 ELSE 0 END)
            AS next_step,
        lead(happened_at) OVER (PARTITION BY "case" ORDER BY happened_at, CASE WHEN step = $to_step THEN 1 ELSE 0 END)
            AS next_at
    FROM events WHERE step IN ($from_step, $to_step) AND happened_at <= $now
),
"""
"""Each event of either step with the next of its case: a step is reached from the last passage before it."""

_ON_HAND = "".join(("stock AS (", STOCK.replace("$site", "CAST(NULL AS VARCHAR)").replace("AS level", "AS quantity"),
                    "),\n"))


_ROUNDING = 1e-9
_FOLLOWED = """SELECT {way} AS way, member, starts_on, min(CASE WHEN open_share <= {left!r} THEN value END) AS above,
    CAST(NULL AS DOUBLE) AS below, CAST(sum(seen) AS BIGINT) AS sample
FROM (
    SELECT *, exp(sum(CASE WHEN over < followed THEN ln(1.0 - over / followed) ELSE -999.0 END)
        OVER (PARTITION BY starts_on, member ORDER BY value)) AS open_share
    FROM (
        SELECT *, CAST(sum(seen) OVER (PARTITION BY starts_on, member ORDER BY value DESC) AS DOUBLE) AS followed
        FROM (
            SELECT days.starts_on, {member} AS member, value, CAST(sum(is_over) AS DOUBLE) AS over, count(*) AS seen
            FROM facts JOIN days ON days.day = facts.day WHERE value IS NOT NULL GROUP BY 1, 2, 3
        ) AS counted
    ) AS ranked
) AS steps
GROUP BY member, starts_on"""
"""Of the rows seen as long as a value, those over at it take their part away from the share that is open."""


@dataclass
class _Rows:
    """The rows a metric measures, joined to what its columns, filter and dimensions reach.

    `followed` is a time that may be still to come: where it is empty, the row was seen until now.
    """

    row: Row
    fact: str
    followed: Reached | None = None
    joins: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)

    def column(self, reached: Reached) -> str:
        """Return a column as SQL, joining the tables on the way to it."""
        here = "fact"
        for step, table, key in reached.by:
            there = f"{here}_{step}"
            self.joins[there] = f'LEFT JOIN {table} AS {there} ON {there}."{key}" = {here}."{step}"'
            here = there
        return f'{here}."{reached.column.name}"'

    def instant(self, reached: Reached) -> str:
        """Return a time as microseconds; that of a date is its midnight."""
        instant = f"epoch_us(CAST({self.column(reached)} AS TIMESTAMP))"
        return f"coalesce({instant}, epoch_us($now::TIMESTAMP))" if reached == self.followed else instant

    def number(self, tree: ast.expr) -> str:
        """Return an expression over columns as SQL; a division by nought has no value."""
        if isinstance(tree, ast.Constant):
            return f"CAST({float(tree.value)!r} AS DOUBLE)"  # type: ignore[arg-type]
        if isinstance(tree, ast.UnaryOp):
            return f"(- {self.number(tree.operand)})" if isinstance(tree.op, ast.USub) else self.number(tree.operand)
        if isinstance(tree, ast.BinOp) and is_between(tree, self.row):
            return f"(({self.instant(self._told(tree.left))} - {self.instant(self._told(tree.right))}) / 3600e6)"
        if isinstance(tree, ast.BinOp):
            right = self.number(tree.right)
            right = f"nullif({right}, 0)" if operator(tree) == "/" else right
            return f"({self.number(tree.left)} {operator(tree)} {right})"
        return f"CAST({self.column(self._told(tree))} AS DOUBLE)"

    def chosen(self) -> str:
        """Return the filter as SQL."""
        parts = ["TRUE"]
        for term in terms(self.row["filter"] or ""):
            reached = told(self.row, term.column)
            given = f"f{len(self.parameters)}"
            kind = TYPES[reached.column.kind]
            self.parameters[given] = value(term.value, kind, f"{table_of(self.row)}.{reached.path}")
            parts.append(f"{self.column(reached)} {_COMPARE[term.compare]} ${given}")
        return " AND ".join(parts)

    def dimensions(self, ways: Ways) -> list[str]:
        """Return the dimensions as SQL, each as text under the name of its way."""
        return [f"CAST({self.column(reached)} AS VARCHAR) AS dimension{way}" for way, reached in ways.items()]

    def select(self, columns: Sequence[str], where: Sequence[str]) -> str:
        """Return the question of these columns; asked last, when all that is reached is known."""
        return (f"SELECT {', '.join(columns)}\nFROM {self.fact} AS fact {' '.join(self.joins.values())}\n"
                f"WHERE {' AND '.join(where)}")

    def _told(self, node: ast.expr) -> Reached:
        return told(self.row, name(node))  # type: ignore[arg-type]


def aggregated(row: Row, ways: Ways) -> tuple[str, dict[str, Any]]:
    """Ask for a simple, cumulative, conversion or percentile metric.

    Returns the text and its parameters. The answer has way, member, starts_on, above, below and sample (rows).
    """
    rows, before = _Rows(row, str(row["table"])), ""
    if row["kind"] == "conversion":
        rows, before = _Rows(row, "passages"), _PASSAGES
        measure, where = _reached(row)
        time = 'fact."happened_at"'
        rows.parameters = {"from_step": row["from_step"], "to_step": row["to_step"]}
        by_day, above, below = _AGGREGATED["mean"]
    elif row["kind"] == "percentile" and row["until"] is not None:
        return _followed(row, ways)
    elif row["kind"] == "percentile":
        measure, where, time = rows.number(parsed(row["measure"])), [], rows.column(time_of(row))
        by_day, above, below = "", f"CAST(quantile_cont(value, {float(row['quantile'])!r}) AS DOUBLE)", "NULL"
    else:
        measure, where, time = _measure(rows), [], rows.column(time_of(row))
        by_day, above, below = _AGGREGATED[row["aggregation"]]
    own = rows.dimensions(ways)
    where = [f"{time} IS NOT NULL", rows.chosen(), *where]
    facts = rows.select([f"CAST({time} AS DATE) AS day", f"{measure} AS value", *own], where)
    told_by = [f"dimension{way}" for way in ways]
    # A percentile needs every row; the others are put together day by day, whatever the windows over them.
    groups = ["day", *told_by, *(["value"] if row["aggregation"] == "distinct" and by_day else [])]
    daily = (" ".join(("SELECT", ", ".join(("day", *told_by, by_day)), "FROM facts GROUP BY", ", ".join(groups)))
             if by_day else "SELECT facts.*, CASE WHEN value IS NOT NULL THEN 1 ELSE 0 END AS number FROM facts")
    parts = [
        f"SELECT {way} AS way, {member} AS member, days.starts_on, {above} AS above, CAST({below} AS DOUBLE) AS below, "
        f"{_ROWS}\nFROM daily JOIN days ON days.day = daily.day GROUP BY {', '.join(('days.starts_on', *keys))}"
        for way, member, keys in _told_by(ways)]
    return f"WITH {before}facts AS (\n{facts}\n),\ndaily AS (\n{daily}\n)\n" + "\nUNION ALL\n".join(parts), \
        rows.parameters


def _followed(row: Row, ways: Ways) -> tuple[str, dict[str, Any]]:
    """Ask for a percentile of which some rows are not over yet: by the product-limit estimate (maths.survival)."""
    until = timed(str(row["table"]), row["until"])
    rows = _Rows(row, str(row["table"]), followed=until)
    measure, time = rows.number(parsed(row["measure"])), rows.column(time_of(row))
    facts = rows.select([f"CAST({time} AS DATE) AS day", f"{measure} AS value",
                         f"CASE WHEN {rows.column(until)} IS NULL THEN 0 ELSE 1 END AS is_over",
                         *rows.dimensions(ways)], [f"{time} IS NOT NULL", rows.chosen()])
    parts = [_FOLLOWED.format(way=way, member=member, left=1.0 - float(row["quantile"]) + _ROUNDING)
             for way, member, _ in _told_by(ways)]
    return f"WITH facts AS (\n{facts}\n)\n" + "\nUNION ALL\n".join(parts), rows.parameters


def _told_by(ways: Ways) -> list[tuple[int, str, tuple[str, ...]]]:
    """Return for each way its place, the member it tells as SQL, and what that is grouped by."""
    return [(0, "CAST(NULL AS VARCHAR)", ()), *((way, f"dimension{way}", (f"dimension{way}",)) for way in ways)]


def standing(row: Row, ways: Ways) -> tuple[str, dict[str, Any]]:
    """Ask for what a level is made of: since and until when (microseconds) how much stands, and whose it is."""
    rows, before = _Rows(row, str(row["table"])), ""
    since = rows.instant(time_of(row))
    if row["table"] == STOCK_TABLE:
        rows, before = _Rows(row, "stock"), f"WITH {_ON_HAND}".rstrip(",\n") + "\n"
        until = 'epoch_us(fact."next_at")'
    else:
        end = timed(str(row["table"]), row["until"])
        until = rows.instant(end) + (f" + {_DAY}" if end.column.kind == Kind.DATE else "")
    measure = row["measure"] or ("quantity" if row["table"] == STOCK_TABLE else "1")
    amount = rows.number(parsed(measure))
    own = rows.dimensions(ways)
    text = rows.select([f"{since} AS since", f"coalesce({until}, epoch_us($now::TIMESTAMP)) AS until",
                        f"{amount} AS amount", *own], [f"{since} IS NOT NULL", rows.chosen()])
    return before + text, rows.parameters


def whose(row: Row, ways: Ways) -> tuple[str, dict[str, Any]]:
    """Ask of each case that a promise metric may judge its day and its dimensions."""
    rows = _Rows(row, "cases")
    own = rows.dimensions(ways)
    columns = ['fact."case"', 'CAST(fact."opened_at" AS DATE) AS day', *own]
    return rows.select(columns, [rows.chosen()]), rows.parameters


def _measure(rows: _Rows) -> str:
    """Return what a simple or cumulative metric measures of a row, as SQL."""
    row = rows.row
    if row["measure"] is None:
        return "1"
    if row["aggregation"] not in ("count", "distinct"):
        return rows.number(parsed(row["measure"]))
    column = rows.column(told(row, row["measure"]))
    return column if row["aggregation"] == "distinct" else f"CASE WHEN {column} IS NOT NULL THEN 1 END"


def _reached(row: Row) -> tuple[str, list[str]]:
    """Return whether a passage is followed by the step in time (1 or 0), and which passages it is known of."""
    if row["window"] is None:
        return "CASE WHEN next_step = $to_step THEN 1 ELSE 0 END", ['fact."step" = $from_step']
    window = round(row["window"] * _DAY)
    began = 'epoch_us(fact."happened_at")'
    return (f"CASE WHEN next_step = $to_step AND epoch_us(next_at) - {began} < {window} THEN 1 ELSE 0 END",
            ['fact."step" = $from_step', f"{began} + {window} <= epoch_us($now::TIMESTAMP)"])


def dated(row: Row) -> str:
    """Ask for the first and last day of the rows that a metric measures, whatever its filter."""
    rows = _Rows(row, str(table_of(row)))
    day = f"CAST({rows.column(time_of(row))} AS DATE)"
    return rows.select([f"min({day}) AS first_on", f"max({day}) AS last_on"], ["TRUE"])
