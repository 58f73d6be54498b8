"""Who gets the last unit of a stock that several promises share, and which pools does that rule ask to decide on?

- first_come: whoever asks first, as soon as he asks: the tightest promise sets the level for all.
- promised_date: whoever is promised first, on the date promised; the unit that replaces it is ordered when he asks
  (`_stock.network`; Hariharan & Zipkin 1995). Demand without a promise is due at once.
- critical_levels: the demand that matters most; it alone is served from the last units, and what the others then lack
  is flown in at a cost (`_stock.ration_pools`; Kranenburg & van Houtum 2007).
- dedicated: nobody else; each class of demand that a promise can tell apart has a stock of its own.

Today's stock is first come first served whatever the rule of the plan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.core.units import DAYS_PER_YEAR
from arbitre.optimise._duality import Plan
from arbitre.optimise._pool import Floats, Integers, Pools
from arbitre.optimise._stock.model import SCOPE, StockModel
from arbitre.optimise._stock.moves import stock_moves
from arbitre.optimise._stock.network import StockNetwork, summed
from arbitre.optimise._stock.pools import StockPools
from arbitre.optimise._stock.ration_pools import RationNetwork, RationPools
from arbitre.tables.chain import Chain

_TOLD = 5
"""How many sites or items a sentence names."""


@dataclass(frozen=True)
class Shelves:
    """What a rule decides on: pools, and what each of their levels is.

    slots (one row per level, as in the pools): item, site, kept_for (whom it is held for; null: everyone), price, rate
    and the lot it is bought in; with critical levels also rows that are `is_reserve`, the units kept back from a
    segment, offer and criticality. alone: the same pools without what changes cost. supplier (slots,), the level that
    resupplies each, -1 for outside; flow_slot (flows,), the level that serves each flow; unit_cost (slots,), money a
    year for each unit on hand. is_apart: whether each class of demand has a stock of its own.
    """

    pools: Pools
    slots: pl.DataFrame
    alone: Pools
    supplier: Integers
    flow_slot: Integers
    unit_cost: Floats
    is_apart: bool = False


def shelves(model: StockModel, chain: Chain, rule: str, emergency_share: float | None, change_cost: float) -> Shelves:
    """Return what is decided on when stock is shared by this rule.

    `emergency_share` is the cost of flying in a unit as a share of its price, for items without an emergency_cost.
    `change_cost` is what each level that differs from today's costs a year. Raises Unsupported where a rule cannot be
    decided, saying why.
    """
    if model.parks.height and rule in ("dedicated", "critical_levels"):
        raise Unsupported(f"Machines wait for parts of any stock: availability is not decided with sharing = {rule}. "
                          "Share first_come or by promised_date, or leave positions out.")
    if model.classes["lines"].count() and rule in ("promised_date", "critical_levels"):
        raise Unsupported(f"A mean wait is promised, and it is not decided with sharing = {rule}: share first_come, or "
                          "dedicated, or promise a window to a share of cases.")
    if model.network.is_deep and rule != "first_come":
        raise Unsupported("Items pass through three echelons or more, where stock is shared first come, first served: "
                          f"leave sharing = {rule} out, or let the supplier of the lowest sites be the top one.")
    if rule == "dedicated":
        return _dedicated(model)
    if rule == "critical_levels":
        return _rationed(model, chain, emergency_share)
    network = replace(model.network, flow_date=model.dates) if rule == "promised_date" else model.network
    lots = np.append(network.depot_lot, np.ones(network.places, np.int64))
    alone = StockPools(network, model.classes.height)
    pools = alone
    if change_cost and model.has_today:
        pools = StockPools(network, model.classes.height, before=model.levels_today, change_cost=change_cost)
    return Shelves(pools, _described(model.slots, lots), alone, model.supplier, _serving(network), alone.slot_cost)


def kept_back(stock: Shelves, levels: Integers) -> pl.DataFrame:
    """Return the units kept back from each demand of a rationed stock, and what it then receives."""
    assert isinstance(stock.pools, RationPools)  # noqa: S101 - only critical levels keep units back
    reserves = stock.slots.with_columns(reserved=pl.Series(levels)).filter("is_reserve").with_columns(
        served_share=pl.Series(stock.pools.served(levels)))
    return reserves.filter(pl.Series(~stock.pools.demand_waits)).with_columns(
        flown_in=pl.col("rate") * (1.0 - pl.col("served_share"))).sort("item", "site", *SCOPE, nulls_last=False)


def simplified(model: StockModel) -> int:
    """Return how many items critical levels take as bought one by one and asked at random, though they are not."""
    network, asked = model.network, model.slots["rate"].to_numpy()[: model.network.pools] > 0
    return int((asked & ((network.depot_lot > 1) | (network.dispersion > 1))).sum())


def moves(model: StockModel, stock: Shelves, plan: Plan, levels: pl.DataFrame, reasons: pl.DataFrame) -> pl.DataFrame:
    """Return what changes at each site, and why: level by level, or from one stock shared by all to stocks apart.

    `levels` and `reasons` are the tables stock_levels and stock_reasons of the plan.
    """
    if not stock.is_apart:
        return stock_moves(model, plan.levels[: model.slots.height], reasons)
    sums = levels.group_by("item", "site").agg(pl.col("price").first(), pl.col("before", "level", "rate").sum())
    is_asked = pl.col("rate").sum().over("item") > 0
    return sums.with_columns(
        capital_change=(pl.col("level") - pl.col("before")) * pl.col("price"),
        reason=pl.when(is_asked).then(pl.lit("kept_apart")).otherwise(pl.lit("no_demand")),
    ).filter(pl.col("level") != pl.col("before")).sort(
        pl.col("capital_change").abs(), "item", "site", descending=[True, False, False])


def _described(slots: pl.DataFrame, lots: Integers) -> pl.DataFrame:
    return slots.drop("before", "lot_before").with_columns(
        lot=pl.Series(lots, dtype=pl.Int64), kept_for=pl.lit(None, pl.String), is_reserve=pl.lit(value=False))


def _serving(network: StockNetwork) -> Integers:
    """Return the level that serves each flow (flows,): of the depot, or of its place."""
    return np.where(network.flow_place < 0, network.flow_pool, network.pools + network.flow_place)


def _dedicated(model: StockModel) -> Shelves:
    """Return a stock for each class of demand. Each is as irregular as the demand of the item as a whole."""
    scopes, scope_of_class = _scopes(model.classes)
    network, pool, place = model.network.split(scope_of_class[model.network.flow_class])
    flow_slot = _serving(network)
    slots = len(pool) + len(place)
    rate = summed(flow_slot, network.flow_rate, slots) * DAYS_PER_YEAR
    pool_scope = np.zeros(network.pools, np.int64)
    pool_scope[network.flow_pool] = scope_of_class[network.flow_class]
    scope = np.append(pool_scope, pool_scope[network.place_pool])
    whom = scopes.select(pl.concat_str(SCOPE, separator=" / ", ignore_nulls=True).replace("", None))["segment"]
    described = _described(model.slots[np.append(pool, model.network.pools + place)],
                           np.append(network.depot_lot, np.ones(network.places, np.int64)))
    described = described.with_columns(kept_for=whom[scope], rate=pl.Series(rate))
    pools = StockPools(network, model.classes.height)
    supplier = np.append(network.pool_above, network.place_pool)
    return Shelves(pools, described, pools, supplier, flow_slot, pools.slot_cost, is_apart=True)


def _rationed(model: StockModel, chain: Chain, emergency_share: float | None) -> Shelves:
    """Return stocks that keep units back, with a demand for each class at each of them."""
    network = model.network
    if network.places:
        sites = model.slots["site"][network.pools:].unique().sort().to_list()
        raise Unsupported(f"Critical levels are decided where each item is held at one site, and {_listed(sites)} "
                          "are resupplied by another site of the chain. Share by promised_date, or leave their "
                          "supplier empty.")
    scopes, scope_of_class = _scopes(model.classes)
    demand, flow_demand = np.unique(
        network.flow_pool * scopes.height + scope_of_class[network.flow_class], return_inverse=True)
    demand_pool, demand_rate = demand // scopes.height, summed(flow_demand, network.flow_rate, len(demand))
    pools = RationPools(RationNetwork(
        unit_cost=network.unit_cost,
        time=network.depot_time,
        emergency_cost=_emergency_cost(model, chain, emergency_share),
        demand_first=np.searchsorted(demand_pool, np.arange(network.pools + 1)),
        demand_rate=demand_rate,
        flow_demand=flow_demand,
        flow_class=network.flow_class,
        flow_window=network.flow_window,
        flow_volume=network.flow_volume,
    ), model.classes.height)
    levels = _described(model.slots, np.ones(network.pools, np.int64))
    reserves = levels[demand_pool].with_columns(scopes[demand % scopes.height]).with_columns(
        rate=pl.Series(demand_rate * DAYS_PER_YEAR), price=pl.lit(0.0), is_reserve=pl.lit(value=True))
    supplier = np.append(np.full(pools.pools, -1), demand_pool)
    return Shelves(pools, pl.concat([levels, reserves], how="diagonal"), pools, supplier, pools.flow_pool,
                   network.unit_cost[pools.slot_pool])


def _emergency_cost(model: StockModel, chain: Chain, share: float | None) -> Floats:
    """Return the cost of flying in a unit of each pool: what the item says, else a share of its price."""
    costs = model.slots.join(chain.table("items").select("item", "emergency_cost"), on="item", how="left",
                             maintain_order="left")
    costs = costs.with_columns(pl.col("emergency_cost").fill_null(pl.col("price") * share))
    missing = costs.filter(pl.col("emergency_cost").is_null() & (pl.col("rate") > 0))["item"].unique().sort().to_list()
    if missing:
        raise Unsupported(f"Critical levels fly in what the shelf does not serve, and nothing says what that costs for "
                          f"{_listed(missing)}. Fill items.emergency_cost, or give emergency_share, a share of the "
                          "price that holds where it is empty.")
    return costs["emergency_cost"].fill_null(0.0).to_numpy()


def _scopes(classes: pl.DataFrame) -> tuple[pl.DataFrame, Integers]:
    """Return the segments, offers and criticalities that promises can tell apart, and which of them each class is."""
    scopes = classes.select(SCOPE).unique().sort(SCOPE, nulls_last=False).with_row_index("scope")
    of_class = classes.join(scopes, on=SCOPE, how="left", nulls_equal=True, maintain_order="left")["scope"]
    return scopes.drop("scope"), of_class.to_numpy().astype(np.int64)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return ", ".join(names[:_TOLD]) + more
