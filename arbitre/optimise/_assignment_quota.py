"""What can each crew win in a year with the hours it has, given what a case takes and brings?

    cases within capacity = min(cases its customers open, hours / hours a case takes),
    hours a case takes = sum over steps that need a crew of work x how often a case comes to the step,
    quota = sum over segments of cases within capacity x mean worth won of a case opened.

Counted over cases opened so long ago that 95 % of those closed would be by now. The interval is that of next year's
sum: n cases that scatter with variance s2 around a mean known from k,  variance  n s2 + n2 s2 / k.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.core.units import DAYS_PER_YEAR
from arbitre.core.week import week_means
from arbitre.tables.chain import Chain

Floats = NDArray[np.float64]

_OLD_SHARE = 0.95
_LEAST = 5
_CONFIDENCE = 0.95
_COLUMNS = ("hours", "case_hours", "within", "quota_hours", "quota_low", "quota_high")


def quotas(chain: Chain, cases: pl.DataFrame, plan: pl.DataFrame, names: list[str], won: pl.DataFrame, weekly: float
           ) -> dict[str, list[float]]:
    """Return the columns of `assignment_loads` on capacity; empty where no table says what work a case takes.

    Args: cases counted; plan: customer, crew, load; won: case and worth of those won; weekly: hours a week of a head of
    a crew without shifts.
    """
    grown = _grown(chain, cases)
    if not chain.has("steps", "needs") or not grown.height:
        return {}
    case_hours = _case_hours(chain, grown)
    segment = chain.table("customers").select("customer", "segment")
    opened = grown.join(won, on="case", how="left").with_columns(pl.col("worth").fill_null(0.0))
    worth = {name: told for name, *told in _worth(opened.join(segment, on="customer", how="left"))}
    mix = plan.join(segment, on="customer", how="left").group_by("crew", "segment", maintain_order=True).agg(
        pl.col("load").sum())
    z = NormalDist().inv_cdf((1.0 + _CONFIDENCE) / 2.0)
    rows = []
    for name in names:
        own = mix.filter(crew=name)
        hours, asked = _hours(chain, name, weekly), float(own["load"].sum())
        within = min(asked, hours / case_hours) if case_hours > 0 else asked
        mean, variance = 0.0, 0.0
        for part, load in own.select("segment", "load").iter_rows():
            each, spread, known = worth.get(part, worth[None])
            count = load * within / asked if asked else 0.0
            mean, variance = mean + count * each, variance + spread * (count + count**2 / known)
        half = z * float(np.sqrt(variance))
        rows.append((hours, case_hours, within, mean, max(mean - half, 0.0), mean + half))
    return {column: [row[place] for row in rows] for place, column in enumerate(_COLUMNS)}


def _grown(chain: Chain, cases: pl.DataFrame) -> pl.DataFrame:
    """Return the cases opened so long ago that nearly all would be closed by now."""
    took = (cases["closed_at"] - cases["opened_at"]).dt.total_microseconds().quantile(_OLD_SHARE)
    last = pl.concat([chain.table("events")["happened_at"], cases["opened_at"]]).max()
    return cases.filter(pl.col("opened_at") + pl.duration(microseconds=int(took or 0)) <= last).select(
        "case", "customer")


def _case_hours(chain: Chain, grown: pl.DataFrame) -> float:
    """Return the hours of crews that a case takes from its opening to its end."""
    needs = chain.table("needs").drop_nulls("crew").group_by("step").agg(heads=pl.col("quantity").max())
    work = chain.table("steps").select("step", "work").join(needs, on="step")
    came = chain.table("events").join(grown, on="case", how="semi").group_by("step").len()
    told = came.join(work, on="step").select((pl.col("len") * pl.col("work") * pl.col("heads")).sum()).item()
    return float(told or 0.0) / grown.height


def _worth(opened: pl.DataFrame) -> Iterator[tuple[str | None, float, float, int]]:
    """Yield what a case opened brings, its variance and how many tell it: by segment where enough do, and in all."""
    told = [pl.col("worth").mean(), pl.col("worth").var().fill_null(0.0).alias("variance"), pl.len().alias("cases")]
    by_segment = opened.drop_nulls("segment").group_by("segment").agg(told)
    yield from by_segment.filter(pl.col("cases") >= _LEAST).iter_rows()
    yield None, *opened.select(told).row(0)


def _hours(chain: Chain, crew: str, weekly: float) -> float:
    """Return the hours a year that the heads of a crew are there."""
    heads = chain.table("crews").filter(crew=crew)["heads"].item(0)
    shifts = chain.table("shifts").filter(crew=crew) if chain.has("shifts") else pl.DataFrame()
    if not shifts.height:
        return heads * weekly * DAYS_PER_YEAR / 7.0
    rows = shifts.with_columns(pl.col("heads").fill_null(heads)).select("weekday", "starts", "ends", "heads")
    return float(week_means(rows.iter_rows(), 1.0).sum()) * DAYS_PER_YEAR / 7.0
