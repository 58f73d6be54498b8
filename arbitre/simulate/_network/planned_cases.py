"""When do the cases come that are planned for an hour of every week? Tables in, cases known beforehand out."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from arbitre.core.week import HOURS_PER_WEEK, WEEKDAYS
from arbitre.simulate._kernel.model import Given
from arbitre.simulate._network.hours import on_clock
from arbitre.tables.chain import Chain

_WHOSE = ("kind", "site", "segment", "offer")
SOURCE = "planned"
"""What classes of planned cases say of where they come from."""


def classes_planned(cases: pl.DataFrame) -> pl.DataFrame:
    """Return the classes, of which no more cases come (rate 0), that planned cases belong to."""
    named = pl.concat_str([pl.lit(SOURCE), *(pl.col(column).fill_null("") for column in _WHOSE)], separator="|")
    return cases.filter(pl.col("cases") > 0).select(_WHOSE).unique(maintain_order=True).with_columns(
        name=named, source=pl.lit(SOURCE), rate=pl.lit(0.0), dispersion=pl.lit(1.0), transit=pl.lit(0.0))


def cases_planned(chain: Chain, classes: pl.DataFrame, begins: datetime, until: datetime) -> Given:
    """Return the cases planned between two times, of those among these classes, as they come."""
    if not chain.has("planned_cases"):
        return Given.empty()
    mine = classes.with_row_index("of_class").filter(source=SOURCE).select("of_class", *_WHOSE)
    days = pl.DataFrame({"day": range(len(WEEKDAYS)), "weekday": WEEKDAYS})
    rows = chain.table("planned_cases").with_columns(
        weekday=pl.when(pl.col("weekday").is_null()).then(pl.lit(list(WEEKDAYS))).otherwise(pl.concat_list("weekday"))
    ).explode("weekday").join(days, on="weekday").join(mine, on=_WHOSE, nulls_equal=True)
    weeks = np.arange(0.0, (until - begins) / timedelta(hours=1), HOURS_PER_WEEK)
    told = [(on_clock(24.0 * day + starts, begins), of_class, cases) for day, starts, cases, of_class in
            rows.select("day", "starts", "cases", "of_class").iter_rows()]
    at, of_class, cases = np.array(sorted(told)).reshape(-1, 3).T
    often = np.tile(cases.astype(np.int64), len(weeks))
    return Given(at=(weeks[:, None] + at).ravel().repeat(often),
                 of_class=np.tile(of_class.astype(np.int64), len(weeks)).repeat(often))
