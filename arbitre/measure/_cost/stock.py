"""What the stock on the shelf costs, and which promises it stands there for.

The stock of today (`stocks.on_hand`) at its price, for the years counted, is shared by the classes of demand that asked
for the item at the site: kind of case, segment, offer. The shares are those of `maths.stock.pooling`, each class with
the shortest window promised to it, less the time of its lane. A class that was promised nothing counts as promised at
once, for the least share promised to the others. Stock that nobody asked for stands apart.

A site is resupplied in the time of its lane, and what it waits for its supplier on average: units owed over units asked
(METRIC: C. C. Sherbrooke, Operations Research 16, 1968); without a supplier, in the lead time of the item.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from arbitre.core.units import HOURS_PER_DAY
from arbitre.maths.stock.pooling import mean_owed, share_pools
from arbitre.measure._cost.span import Span
from arbitre.measure._cost.sql import ASKED, STOCKED
from arbitre.tables.chain import Chain

_PLACE = ["item", "site"]
_CLASS = ["kind", "segment", "offer"]
_GRAIN = 1 << 20
"""Parts of a unit of money to which amounts are rounded."""
_UNPROMISED = 0.95
"""What a class counts as promised where nobody who shares the stock was promised anything."""


@dataclass(frozen=True)
class StockCost:
    """What stock costs over a span (money).

    `units`: item, site, kind, segment, offer, cost of one unit asked. `promises`: promise, segment, units, natural,
    alone, marginal. `idle`: what stock costs that nobody asked for.
    """

    units: pl.DataFrame
    promises: pl.DataFrame
    idle: float


def stock_cost(chain: Chain, span: Span, kind: str, holding_share: float) -> StockCost:
    """Share what the stock of today costs over the span; the promises counted are those about cases of `kind`."""
    asked, stocked = chain.sql(ASKED, kind=kind, **span.days), chain.sql(STOCKED)
    rate = holding_share * span.years
    held = stocked.select(*_PLACE, "price", value=pl.col("on_hand").fill_null(0) * pl.col("price") * rate)
    idle = float(held.join(asked, on=_PLACE, how="anti")["value"].sum())
    pools = asked.join(held, on=_PLACE, maintain_order="left").join(
        _resupply_days(chain, stocked, asked, span), on=_PLACE, how="left", maintain_order="left")
    shared = _shared(pools, span, rate)
    units = shared.select(*_PLACE, *_CLASS, cost=pl.col("natural") / pl.col("units"))
    # Rounded so that sums are exact, whatever their order (see `_cost.sql`).
    promises = shared.group_by("promise", "segment").agg(
        pl.col("units").sum(), (pl.col("natural", "alone", "marginal") * _GRAIN).round().sum() / _GRAIN)
    return StockCost(units, promises.sort("promise", "segment", nulls_last=True), idle)


def _shared(pools: pl.DataFrame, span: Span, rate: float) -> pl.DataFrame:
    """Add to the classes of each stock what they cost: natural, alone, marginal (money)."""
    least = pl.col("target_share").min().over(_PLACE).fill_null(_UNPROMISED)
    allowed = (pl.col("hours").fill_null(0.0) - pl.col("transit")).clip(0.0) / HOURS_PER_DAY
    pools = pools.with_columns(
        load=pl.col("units") / span.count * (pl.col("resupply") - allowed).clip(0.0),
        share=pl.coalesce("target_share", least).clip(0.0, 0.9999),
        dispersion=(pl.col("squares").sum() / pl.col("units").sum()).over(_PLACE).clip(1.0),
    )
    first = pools.select(pl.struct(_PLACE).rle_id()).to_series().to_numpy()
    starts = np.append(np.searchsorted(first, np.arange(first[-1] + 1 if len(first) else 0)), len(first))
    natural, alone, marginal = share_pools(
        starts, pools["load"].to_numpy(), pools["share"].to_numpy(), pools["dispersion"].to_numpy()[starts[:-1]]
    )
    money = pl.col("price") * rate
    return pools.with_columns(natural=natural, alone=alone, marginal=marginal).with_columns(
        natural=pl.col("natural") / pl.col("natural").sum().over(_PLACE) * pl.col("value"),
        alone=pl.col("alone") * money, marginal=pl.col("marginal") * money,
    )


def _resupply_days(chain: Chain, stocked: pl.DataFrame, asked: pl.DataFrame, span: Span) -> pl.DataFrame:
    """Return how long each stock waits for a unit on average: item, site, resupply (days)."""
    above = dict(chain.table("sites").select("site", "supplier").drop_nulls().iter_rows()) if chain.has("sites") else {}
    flow = asked.group_by(_PLACE).agg(pl.col("units", "squares").sum())
    ranks = _ranks(stocked["site"].unique().to_list(), above)
    for rank in reversed(ranks[1:]):  # what a site asks of its supplier is what is asked of it
        sent = flow.filter(pl.col("site").is_in(rank)).with_columns(pl.col("site").replace_strict(above))
        flow = pl.concat([flow, sent]).group_by(_PLACE).agg(pl.col("units", "squares").sum())
    known = stocked.join(flow, on=_PLACE, how="left", maintain_order="left").with_columns(
        pl.col("units", "squares").fill_null(0.0))
    waits = pl.DataFrame(schema={"item": pl.String, "supplier": pl.String, "wait": pl.Float64})
    answers = []
    for rank in ranks:
        rows = known.filter(pl.col("site").is_in(rank)).join(
            waits, on=["item", "supplier"], how="left", maintain_order="left")
        # A supplier that holds none of it orders each unit from outside.
        lane = pl.col("duration").fill_null(0.0) / HOURS_PER_DAY
        rows = rows.with_columns(resupply=pl.when(pl.col("supplier").is_null()).then("lead_time")
                                 .otherwise(lane + pl.coalesce("wait", "lead_time")))
        rate, scatter = rows["units"] / span.count, (rows["squares"] / rows["units"]).fill_nan(1.0).clip(1.0)
        load = (rate * rows["resupply"]).to_numpy()
        owed = mean_owed(load, scatter.to_numpy(), rows["level"].fill_null(0).to_numpy())
        wait = np.divide(owed, rate.to_numpy(), out=np.zeros(len(load)), where=rate.to_numpy() > 0.0)
        waits = rows.select("item", supplier="site", wait=pl.Series(wait, dtype=pl.Float64))
        answers.append(rows.select(*_PLACE, "resupply"))
    return pl.concat(answers) if answers else known.select(*_PLACE, resupply=pl.lit(0.0))


def _ranks(sites: list[str], above: dict[str, str]) -> list[list[str]]:
    """Return the sites by rank: those without a supplier, those they supply, and so on."""
    ranks: list[list[str]] = []
    for site in sorted(sites):
        steps, place = 0, site
        while place in above:
            steps, place = steps + 1, above[place]
        ranks.extend([] for _ in range(steps + 1 - len(ranks)))
        ranks[steps].append(site)
    return ranks
