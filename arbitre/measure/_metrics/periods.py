"""Which periods are told, and which days does each look at?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import polars as pl

from arbitre.tables.measured import Row

EVERY = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}
_YEAR_EARLIER = {"day": "-52w", "week": "-52w", "month": "-1y", "quarter": "-1y", "year": "-1y"}


@dataclass(frozen=True)
class Periods:
    """The periods from the first day told to the last, and the latest fact; weeks begin on Mondays.

    `earliest` is the day of the first fact, where windows without limit look back to.
    """

    period: str
    first: date
    last: date
    now: datetime
    earliest: date

    @property
    def table(self) -> pl.DataFrame:
        """One row per period: starts_on, ends_on (the day after its last), is_whole (all its days are told)."""
        starts = pl.select(day=pl.date_range(self.first, self.last)).select(
            starts_on=pl.col("day").dt.truncate(EVERY[self.period])).unique(maintain_order=True)
        return starts.with_columns(ends_on=pl.col("starts_on").dt.offset_by(EVERY[self.period])).with_columns(
            is_whole=(pl.col("starts_on") >= self.first) & (pl.col("ends_on") <= self.last + timedelta(days=1)))

    @property
    def ends_at(self) -> datetime:
        """When what is told ends: with the last day, or with the latest fact where that comes first."""
        return min(self.now, datetime.combine(self.last, time.min) + timedelta(days=1))

    def days(self, row: Row) -> pl.DataFrame:
        """Return which periods a day counts in, for a metric: day, starts_on.

        A cumulative metric looks back from the last day of a period (or the last one told) over its window, or to the
        start of the month, quarter or year of that day, or to the first fact.
        """
        table = self.table.with_columns(upto=pl.min_horizontal(pl.col("ends_on") - timedelta(days=1), self.last))
        if row["kind"] != "cumulative":
            table = table.with_columns(since=pl.max_horizontal("starts_on", pl.lit(self.first)))
        elif row["window"] is not None:
            table = table.with_columns(since=pl.col("upto") - timedelta(days=int(row["window"]) - 1))
        elif row["to_date"] is not None:
            table = table.with_columns(since=pl.col("upto").dt.truncate(EVERY[row["to_date"]]))
        else:
            table = table.with_columns(since=pl.lit(self.earliest))
        return table.select("starts_on", day=pl.date_ranges("since", "upto")).explode("day")

    def before(self, compare: str) -> pl.DataFrame:
        """Return the whole periods that have one to be compared with: starts_on and before_on, in order of time."""
        whole = self.table.filter("is_whole").select("starts_on")
        back = f"-{EVERY[self.period]}" if compare == "previous" else _YEAR_EARLIER[self.period]
        pairs = whole.with_columns(before_on=pl.col("starts_on").dt.offset_by(back))
        return pairs.filter(pl.col("before_on").is_in(whole["starts_on"].implode()))
