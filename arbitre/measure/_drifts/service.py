"""Are promises missed more than they were, more than was promised, and how likely is the next period missed?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from arbitre.maths.evidence import cusum
from arbitre.maths.evidence.beta import chance_below, chance_of_missing
from arbitre.maths.evidence.shares import wilson
from arbitre.measure._drifts.charts import Alarm, Finding, Span, charts
from arbitre.measure._promises.followed import microseconds, with_due
from arbitre.measure._promises.sql import cases
from arbitre.tables.business_time import calendars_of
from arbitre.tables.chain import Chain

SERVICE = "service_below_promise"
_EVER = date.min
_PERIODS = {"week": 52, "month": 12, "quarter": 4, "year": 1}
_LEAST = 20
"""Cases judged in the last year, for a promise to be compared with its target."""


def kept_less(chain: Chain, span: Span, alarm: Alarm) -> list[Finding]:
    """Return what the promises of the chain depart by: misses that rise, shares below target, dates promised anew.

    A case is judged once its first due date is over, done or not: lines open and overdue count as missed.
    """
    if not chain.has("promises"):
        return [Finding(SERVICE, name, missing="promises") for name in ("misses_rise", "kept_share")]
    calendars = calendars_of(chain)
    promises = chain.table("promises").filter(
        pl.col("calendar").is_null() | pl.col("calendar").is_in(list(calendars)), pl.col("measure") != "availability")
    facts = chain.sql(cases(("offer", "segment", "site", "criticality")), now=span.now, since=_EVER)
    made = facts.filter(pl.col("promise").is_in(promises["promise"].to_list()))
    judged = with_due(made, promises, calendars, span.now).filter(pl.col("due") <= microseconds(span.now))
    if not judged.height:
        return [Finding(SERVICE, name, missing="cases") for name in ("misses_rise", "kept_share")]
    late_cost = dict(promises.select("promise", "late_cost").iter_rows())
    watched = judged.select(
        "promise", "offer", "segment", "site", "is_dated", "first_due", "last_due",
        at=pl.from_epoch("opened", time_unit="us"),
        departed=~((pl.col("done") <= pl.col("due")) & (pl.col("delivered") >= pl.col("quantity"))).fill_null(False),
        mix=pl.format("{}|{}", "promise", pl.col("criticality").fill_null("")),
        stake=pl.col("promise").replace_strict(late_cost, default=None, return_dtype=pl.Float64),
    )
    ways = [(), ("promise",), ("segment",), ("site",), ("promise", "site"), ("promise", "segment", "site")]
    risen = charts(watched, SERVICE, "misses_rise", ways, span, alarm)
    targets = {row["promise"]: row for row in promises.iter_rows(named=True) if row["target_share"] is not None}
    return [*risen, *_below(watched, targets, span), *_promised_anew(watched, span, alarm)]


def _below(watched: pl.DataFrame, targets: Mapping[str, dict[str, Any]], span: Span) -> list[Finding]:
    """Test the share kept last year of each promise, and of each segment it is made to, against the target."""
    known = watched.filter(pl.col("promise").is_in(list(targets)))
    found = []
    for way in (("promise",), ("promise", "segment")):
        parts = known.drop_nulls(list(way)).partition_by(list(way), as_dict=True)
        for key in sorted(parts):
            last = parts[key].filter(span.in_last_year())
            if last.height >= _LEAST:
                found += _against(parts[key], last, targets[key[0]], dict(zip(way, key, strict=True)))
    return found


def _against(cases_: pl.DataFrame, last: pl.DataFrame, promise: Mapping[str, Any], place: dict[str, Any]
             ) -> list[Finding]:
    """Compare one class with its target: the share of the last year, and the chance of missing the next period."""
    target, wrong, n = promise["target_share"], int(last["departed"].sum()), last.height
    offer = {"offer": promise["offer"]}
    low, high = wilson(n - wrong, n)
    lost = last.filter("departed")["stake"]
    allowed = (1.0 - target) * n
    in_order = cases_.sort("at", "departed")
    walk = cusum.path(cusum.scores(in_order["departed"], np.full(in_order.height, max(1.0 - target, 1e-6)), 2.0))
    is_up = bool(walk[-1] > 0.0)
    found = [Finding(
        SERVICE, "kept_share", **place, **offer, value=1.0 - wrong / n, low=float(low), high=float(high), limit=target,
        p_value=1.0 - chance_below(target, n - wrong, n), months=12.0,
        starts_on=in_order["at"][cusum.start(walk, len(walk) - 1)].date() if is_up else None,
        money=float(lost.sum()) * max(0.0, 1.0 - allowed / wrong) if wrong and lost.count() else None,
        goes_on=wrong > allowed,
    )]
    periods = _PERIODS[promise["period"]]
    coming = round(n / periods)
    if coming and "segment" not in place:
        chance = chance_of_missing(target, n - wrong, n, coming)
        found.append(Finding(SERVICE, "chance_of_missing", **place, **offer, value=chance, limit=1.0 - target,
                             money=chance * periods * promise["penalty"] if promise["penalty"] else None))
    return found


def _promised_anew(watched: pl.DataFrame, span: Span, alarm: Alarm) -> list[Finding]:
    """Return whether more cases are promised another date than the first."""
    dated = watched.filter("is_dated")
    if not dated.height:
        return [Finding(SERVICE, "promised_anew_rise", missing="promised_at")]
    anew = dated.with_columns(departed=(pl.col("last_due") != pl.col("first_due")).fill_null(value=False))
    return charts(anew, SERVICE, "promised_anew_rise", [(), ("site",)], span, alarm)
