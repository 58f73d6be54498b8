"""How much of each item is asked at each site, by whom, under which offer, and how irregularly?

The cases of one kind (orders) that ask for some units of an item at a site are counted over the observed span: from
`since`, or the day of the first of them, to the end of `until`, or of the day of the last of them. For each item, site,
segment, offer, criticality of the item and size:
    size = units in one case: 1, 2, 3, then the mean of those from a power of two up to the next;
    rate = units asked in cases of that size / years of the span, a year being 365.25 days;
    transit = hours of the lane from the site to the customer's site, mean over the units; the lane from a site to
    itself is the last mile, and a customer without a site is taken as near the site that serves. 0 without lanes.

Irregularity belongs to the item at the site, all customers together. The span is cut into N equal months (as near to
a twelfth of a year as whole months allow) with y units in each, and
    index = sum (y - mean y)² / ((N - 1) mean y),
Fisher's index of dispersion (R. A. Fisher, Statistical Methods for Research Workers, 1925): 1 on average for Poisson
demand, E[q²]/E[q] when cases of q units arrive at random, so a case of 5 counts as 5 at once. With few data
the index is mostly chance, and it is drawn towards what the sizes of the cases alone give (compound Poisson demand:
Feller, An Introduction to Probability Theory, volume 1, XII), weighted by degrees of freedom:
    dispersion = max(1, (prior_months sum q²/sum q + f index) / (prior_months + f)),
    f = min(N - 1, cases of the item at the site).
This is how a variance is moderated by a scaled inverse chi-square prior worth prior_months degrees of freedom
(G. K. Smyth, Statistical Applications in Genetics and Molecular Biology 3 (2004), article 3).
Two months is a compromise: on simulated items asked for 1 to 100 times, a larger prior hides the lumps of slow items, a
smaller one reports chance as lumps when the history is short.

An item never asked for at a site has no row, unless `prior_units` says that what is held there may still fail: each
item in `stocks` never asked for at its site then gets that many units over the span (0.5 is Jeffreys's prior), of no
segment and no offer, with the last mile of its site as transit where there is one.

Reads cases; customers, items, lanes and stocks where present. Writes demand: lay it over the chain by
chain.with_(demand=...). Units: unit/year and hours.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NoReturn

import polars as pl
from pydantic import Field

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.units import DAYS_PER_YEAR
from arbitre.measure._demand_sql import ABSENT_LANES, IRREGULARITY, NEVER_ASKED, RATES, SPAN
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("cases",)
MAY_READ = ("customers", "items", "lanes", "stocks")
WRITES = ("demand",)

_SLOW = 2.0
"""Units a year below which an item counts as slow."""


class Params(capability.Params):
    """Which cases to count, and what to believe where they are few."""

    kind: str = Field(
        "order", description="Kind of case that is promised its items; cases of other kinds take theirs from the same "
        "shelves, under no offer.", json_schema_extra={"unit": ""},
    )
    since: date | None = Field(
        None, description="First day counted; empty: the day of the first case.", json_schema_extra={"unit": "date"}
    )
    until: date | None = Field(
        None, description="Last day counted; empty: the day of the last case.", json_schema_extra={"unit": "date"}
    )
    prior_months: float = Field(
        2.0, ge=0.0, le=120.0, description="Months of demand at random that the dispersion is drawn towards.",
        json_schema_extra={"unit": "month"},
    )
    prior_units: float = Field(
        0.0, ge=0.0, le=10.0, description="Units taken as asked over the span for an item held and never asked for.",
        json_schema_extra={"unit": "unit"},
    )


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Estimate the demand of the chain from its cases."""
    span = _span(chain, params)
    years = span["days"] / DAYS_PER_YEAR
    progress(0.1, "counting units")
    rates = chain.sql(RATES, **_within(span)).with_columns(rate=pl.col("units") / years)
    if chain.has("lanes") and rates["astray"].sum():
        _refuse_absent_lanes(chain, span)
    progress(0.6, "measuring irregularity")
    scattered = _dispersion(chain, span, params.prior_months)
    demand = rates.join(scattered, on=["item", "site"])
    if params.prior_units > 0.0:
        quiet = chain.sql(NEVER_ASKED, **_within(span)).with_columns(rate=pl.lit(params.prior_units / years))
        demand = pl.concat([demand, quiet], how="diagonal_relaxed").with_columns(pl.col("dispersion").fill_null(1.0))
    demand = demand.sort("item", "site", "segment", "offer", "criticality", "size")
    return Result(
        "measure.demand",
        {**_summary(demand, span, years), **_short_history(chain, demand, span)},
        {"demand": shaped(INPUTS["demand"], demand)},
        params=params.model_dump(mode="json"),
        seed=seed,
    )


def _span(chain: Chain, params: Params) -> dict[str, Any]:
    """Return the first day and the day after the last, the days between, and the cases counted and left out."""
    chain.table("cases")
    found = chain.sql(SPAN, kind=params.kind, since=params.since, until=params.until)
    asks, others = found.filter(asks=True), found.filter(asks=False)
    if not asks.height:
        between = f"between {params.since or 'the start'} and {params.until or 'the end'}"
        raise Unsupported(f"No case asks for units of an item at a site {between}: no demand can be measured.")
    from_on = params.since or asks["first_on"].item()
    to_on = (params.until or asks["last_on"].item()) + timedelta(days=1)
    return {
        "kind": params.kind, "from_on": from_on, "to_on": to_on, "days": (to_on - from_on).days,
        "cases": asks["cases"].item(), "left_out": others["cases"].sum(),
    }


def _within(span: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that the questions about cases share."""
    return {name: span[name] for name in ("kind", "from_on", "to_on")}


def _refuse_absent_lanes(chain: Chain, span: dict[str, Any]) -> NoReturn:
    """Raise Unsupported, naming the pairs of sites that cases need and lanes lacks."""
    absent = chain.sql(ABSENT_LANES, **_within(span))
    pairs = ", ".join(f"{start} to {end}" for start, end in absent.head(10).rows())
    raise Unsupported(f"The table lanes lacks {absent.height} of the lanes that cases need: {pairs}. Add them; "
                      "a lane from a site to itself is the last mile.")


def _dispersion(chain: Chain, span: dict[str, Any], prior_months: float) -> pl.DataFrame:
    """Return the dispersion of each item at each site that asks for it."""
    months = max(1, round(span["days"] / (DAYS_PER_YEAR / 12)))
    sums = chain.sql(IRREGULARITY, months=months, days=span["days"], **_within(span))
    mean = pl.col("units") / months
    # With one month there is no index; its weight is nought then, whatever it is taken to be.
    at_random = pl.col("lumps") / pl.col("units")
    index = (pl.col("squares") - months * mean**2) / (max(months - 1, 1) * mean)
    freedom = pl.min_horizontal(pl.lit(months - 1), pl.col("cases"))
    drawn = (prior_months * at_random + freedom * index) / (prior_months + freedom)
    drawn = pl.when(freedom > 0).then(drawn).otherwise(at_random)
    return sums.select("item", "site", dispersion=pl.max_horizontal(drawn, pl.lit(1.0)))


def _summary(demand: pl.DataFrame, span: dict[str, Any], years: float) -> dict[str, Any]:
    """Return the named numbers of the answer."""
    of_item = demand.group_by("item", maintain_order=True).agg(pl.col("rate").sum())
    of_place = demand.unique(["item", "site"], maintain_order=True)
    return {
        "units_per_year": demand["rate"].sum(),
        "rows": demand.height,
        "items": of_item.height,
        "slow_share": of_item.filter(pl.col("rate") < _SLOW).height / of_item.height,
        "mean_dispersion": float(of_place["dispersion"].sum()) / of_place.height,
        "years": years,
        "cases": span["cases"],
        "cases_left_out": span["left_out"],
    }


def _short_history(chain: Chain, demand: pl.DataFrame, span: dict[str, Any]) -> dict[str, int]:
    """Return how many items asked for take longer to replace than the history lasts: their stock rests on a guess."""
    if not chain.has("items"):
        return {}
    long = chain.table("items").filter(pl.col("lead_time") > span["days"]).join(demand, on="item", how="semi")
    return {"items_without_a_lead_time_of_history": long.height}
