"""Days or weeks of facts as weeks: which week is each row of, and which weeks are whole?"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl


def by_week(rows: pl.DataFrame, value: str, by: tuple[str, ...] = (), day: str = "from_on") -> pl.DataFrame:
    """Return (*by, week, value): sums of a value by week, named by its Monday, whole weeks only at the ends.

    Rows stand for days or for weeks alike; the first and the last week are left out when they have fewer days of rows
    than others do.
    """
    dated = rows.with_columns(week=pl.col(day).dt.truncate("1w"))
    days = dated.group_by("week").agg(days=pl.col(day).n_unique()).sort("week")
    most = days["days"].max() if days.height else 0
    cut = [row["week"] for row in (days.row(0, named=True), days.row(-1, named=True)) if row["days"] < most] \
        if days.height else []
    kept = dated.filter(~pl.col("week").is_in(cut))
    return kept.group_by(*by, "week", maintain_order=True).agg(pl.col(value).sum()).sort(*by, "week")


def every_week(first: date, last: date) -> list[date]:
    """Return the Mondays from the first to the last, both of them Mondays."""
    return [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
