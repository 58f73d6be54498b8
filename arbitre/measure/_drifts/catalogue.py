"""Does each offer earn its place in the catalogue, and over how many shelves is stock spread?"""

from __future__ import annotations

import math
from statistics import NormalDist

import polars as pl

from arbitre.measure._drifts.charts import Finding, Span
from arbitre.tables.chain import Chain

_COMPLEXITY = "complexity"
_BY_CASE = ("act", "consignment")
"""Billings whose invoices name the case: of the others, cases alone say nothing of what an offer earns."""
_LEAST = 2
_NORMAL = NormalDist()


def unearned(chain: Chain, known: pl.DataFrame | str, span: Span) -> list[Finding]:
    """Return for each offer the cases of the last year, and from how many on it would have earned its fixed cost.

    Tested: what cases left last year against the fixed cost. Cases come by chance, so the variance of their sum is the
    sum of their squares (compound Poisson). known: what cases brought and cost, or the table that is missing.
    """
    if isinstance(known, str) or not chain.has("offers", "invoices"):
        return [Finding(_COMPLEXITY, "below_break_even", missing=known if isinstance(known, str) else "invoices")]
    offers = chain.table("offers").filter(
        pl.col("fixed_cost") > 0.0, pl.col("billing").is_in(_BY_CASE), pl.col("competitor").is_null())
    sold = known.filter(span.in_last_year("opened_at")).select(
        "offer", left=pl.col("net") - pl.col("goods") - pl.col("spent"))
    found = []
    for offer, fixed in offers.select("offer", "fixed_cost").sort("offer").iter_rows():
        left = sold.filter(offer=offer)["left"].to_numpy()
        if len(left) < _LEAST:
            continue
        earned, error = float(left.sum()), math.sqrt(float((left**2).sum()))
        found.append(Finding(
            _COMPLEXITY, "below_break_even", offer=offer, value=float(len(left)), months=12.0,
            limit=fixed * len(left) / earned if earned > 0.0 else None,
            p_value=_NORMAL.cdf((earned - fixed) / error) if error > 0.0 else 0.0,
            goes_on=earned < fixed, money=max(fixed - earned, 0.0), hint=f"offers: offer = {offer}"))
    return found


def fragments(chain: Chain, span: Span) -> list[Finding]:
    """Return how much more safety stock the shelves of items want than if each were held at one place.

    Safety stock grows with the root of the demand it covers (Maister 1976), so for an item it is the sum of the roots
    over the root of the sum; items count by their price times that root.
    """
    if not chain.has("stocks", "items", "cases"):
        return [Finding(_COMPLEXITY, "stock_fragments", missing="stocks")]
    held = chain.table("stocks").filter(pl.col("level") > 0).select("site", "item")
    asked = chain.table("cases").filter(span.in_last_year("opened_at"), pl.col("opened_at") <= span.now).group_by(
        "site", "item").agg(units=pl.col("quantity").fill_null(1.0).sum())
    shelves = held.join(asked, on=["site", "item"]).join(chain.table("items").select("item", "price"), on="item")
    of_item = shelves.group_by("item").agg(
        apart=pl.col("price").first() * pl.col("units").sqrt().sum(),
        together=pl.col("price").first() * pl.col("units").sum().sqrt()).sort("item")
    whole = float(of_item["together"].sum())
    return [Finding(_COMPLEXITY, "stock_fragments", value=float(of_item["apart"].sum()) / whole, limit=1.0)
            if whole > 0.0 else Finding(_COMPLEXITY, "stock_fragments", missing="stocks")]
