"""What can each crew win in a year with the hours it has, given what a case takes and brings?

    cases within capacity = E min(N, hours / hours a case takes),   N cases that its customers open in a year,
    hours a case takes = sum over steps that need a crew of work x how often a case comes to the step,
    quota = cases within capacity x mean worth won of a case opened, over segments as its customers open them.

N is negative binomial: a Poisson count whose rate is known from the cases of y years, so Var N = load (1 + 1/y)
(A. Gelman et al., Bayesian Data Analysis, 2.6). Worths are counted over cases opened so long ago that 95 % of those
closed would be by now. The interval is that of next year's sum: with mean m and variance v of a case, m_s and v_s in
segment s of share w_s, known from k_s,

    variance = E n v + Var n m2 + (E n)2 [sum w_s2 v_s / k_s + (sum w_s m_s2 - m2) / (load y)],   n = min(N, capacity).
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import nbinom

from arbitre.core.units import DAYS_PER_YEAR
from arbitre.core.week import week_means
from arbitre.tables.chain import Chain

Floats = NDArray[np.float64]

_OLD_SHARE = 0.95
_LEAST = 5
_FAR = 10.0
"""Standard deviations beyond which a capacity is never reached."""
_CONFIDENCE = 0.95
_COLUMNS = ("hours", "case_hours", "within", "quota_hours", "quota_low", "quota_high")


def quotas(chain: Chain, cases: pl.DataFrame, plan: pl.DataFrame, names: list[str], years: float, won: pl.DataFrame,
           weekly: float) -> dict[str, list[float]]:
    """Return the columns of `assignment_loads` on capacity; empty where no table says what work a case takes.

    Args: cases counted; plan: customer, crew, load (a year, known from so many years); names of the crews; won: case
    and worth of those won; weekly: hours a week of a head of a crew without shifts.
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
        hours = _hours(chain, name, weekly)
        own = mix.filter(crew=name)
        asked = float(own["load"].sum())
        within, scatter = _within(asked, years, hours / case_hours if case_hours > 0 else np.inf)
        each, variance, known = np.array([worth.get(part, worth[None]) for part in own["segment"]]).reshape(-1, 3).T
        weight = own["load"].to_numpy() / asked if asked else np.zeros(own.height)
        mean = float(weight @ each)
        unlike = max(float(weight @ each**2) - mean**2, 0.0)
        error = float(weight**2 @ (variance / known)) + (unlike / (asked * years) if asked else 0.0)
        spread = within * (float(weight @ variance) + unlike) + scatter * mean**2 + within**2 * error
        half = z * float(np.sqrt(max(spread, 0.0)))
        rows.append((hours, case_hours, within, within * mean, max(within * mean - half, 0.0), within * mean + half))
    return {column: [row[place] for row in rows] for place, column in enumerate(_COLUMNS)}


def _within(load: float, years: float, capacity: float) -> tuple[float, float]:
    """Return mean and variance of the cases of a year within a capacity, the load known from so many years."""
    spread = load * (1.0 + 1.0 / years)
    if load == 0 or capacity > load + _FAR * np.sqrt(spread) + _FAR:
        return load, spread
    fewer = np.arange(np.ceil(capacity))
    chance = nbinom.pmf(fewer, load * years, years / (1.0 + years))
    mean = capacity - float(chance @ (capacity - fewer))
    return mean, capacity**2 - float(chance @ (capacity**2 - fewer**2)) - mean**2


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
