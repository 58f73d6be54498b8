"""Is a customer worth more once it has an offer? Those who took it, before and after, beside those who did not.

For each customer who first signed an offer while facts were told: what its cases left (net less goods and serving) in
the half year after less the half year before, less the mean of the same difference, on the same days, of the customers
of its segment who signed nothing in that year (difference in differences). The mean over those who signed, with its
standard error. With fewer than ten of them nothing is proven, whatever the offer brings.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from statistics import NormalDist

import numpy as np
import polars as pl

from arbitre.measure._drifts.charts import Finding, Span
from arbitre.measure._drifts.offers import WASTE
from arbitre.tables.chain import Chain

_HALF = timedelta(days=182)
_LEAST, _MOST = 10, 100
"""Customers who took an offer: as few tell something, and as many are followed, evenly chosen in time."""
_NORMAL = NormalDist()
_Z90 = _NORMAL.inv_cdf(0.95)


def value_of_offers(chain: Chain, lines: pl.DataFrame | None, span: Span) -> list[Finding]:
    """Return what having each offer beyond the basic service adds to a customer in a year; below nought is a drift.

    Args: lines, the cases with customer, opened_at, net, goods and spent; None where costs or sales are not known.
    """
    if not chain.has("offers") or not chain.table("offers")["is_differentiating"].any():
        return [Finding(WASTE, "value_of_offer", missing="offers")]
    if lines is None or not chain.has("invoices"):
        return [Finding(WASTE, "value_of_offer", missing="invoices")]
    if not chain.has("contracts", "customers"):
        return [Finding(WASTE, "value_of_offer", missing="contracts")]
    left = lines.select("customer", at="opened_at", left=pl.col("net") - pl.col("goods") - pl.col("spent"))
    signed = chain.table("contracts").select("customer", "offer", "from_on").join(
        chain.table("customers").select("customer", "segment"), on="customer", how="left")
    premium = chain.table("offers").filter("is_differentiating")["offer"].sort()
    sold = signed.filter(pl.col("offer").is_in(premium.implode()))["offer"].unique().sort().to_list()
    return [_worth(offer, left, signed, span) for offer in sold]


def _worth(offer: str, left: pl.DataFrame, signed: pl.DataFrame, span: Span) -> Finding:
    """Return the mean difference for one offer, with its 90 % interval."""
    begun = left["at"].min()
    first = signed.filter(offer=offer).group_by("customer", "segment").agg(pl.col("from_on").min()).sort(
        "from_on", "customer")
    if not isinstance(begun, datetime):
        return Finding(WASTE, "value_of_offer", offer=offer, missing="cases")
    took = first.filter(pl.col("from_on").is_between((begun + _HALF).date(), (span.now - _HALF).date()))
    chosen = np.linspace(0, took.height - 1, min(took.height, _MOST)).astype(np.int64)
    gains = [gain for customer, segment, on in took[chosen].iter_rows()
             if (gain := _gain(customer, segment, on, left, signed)) is not None]
    if len(gains) < _LEAST:
        return Finding(WASTE, "value_of_offer", offer=offer, missing="contracts")
    mean, error = float(np.mean(gains)), float(np.std(gains, ddof=1)) / len(gains) ** 0.5
    return Finding(
        WASTE, "value_of_offer", offer=offer, value=mean, low=mean - _Z90 * error, high=mean + _Z90 * error, limit=0.0,
        p_value=_NORMAL.cdf(mean / error) if error > 0.0 else 1.0, months=12.0, goes_on=mean < 0.0,
        money=max(0.0, -mean) * took.height,
    )


def _gain(customer: str, segment: str | None, on: date, left: pl.DataFrame, signed: pl.DataFrame) -> float | None:
    """Return what a customer leaves more a year than others like it since it signed; None without others."""
    day = datetime(on.year, on.month, on.day)
    busy = signed.filter(pl.col("from_on").is_between((day - _HALF).date(), (day + _HALF).date()))["customer"]
    others = signed.filter(pl.col("segment").eq_missing(pl.lit(segment)), ~pl.col("customer").is_in(busy.implode()))[
        "customer"].unique()
    if not len(others):
        return None
    near = left.filter(pl.col("at").is_between(day - _HALF, day + _HALF, closed="left"))
    change = near.with_columns(pl.when(pl.col("at") >= day).then("left").otherwise(-pl.col("left")).alias("left"))
    own = float(change.filter(customer=customer)["left"].sum())
    beside = float(change.filter(pl.col("customer").is_in(others.implode()))["left"].sum()) / len(others)
    return 2.0 * (own - beside)
