"""Which items gain or lose stock, and why."""

from __future__ import annotations

import numpy as np
import polars as pl

from arbitre.optimise._duality import Plan
from arbitre.optimise._pool import Floats, Pools
from arbitre.optimise._rounding import ordinals
from arbitre.optimise._stock_model import StockModel
from arbitre.optimise._stock_targets import NamedTargets


def stock_moves(model: StockModel, pools: Pools, plan: Plan, named: NamedTargets) -> pl.DataFrame:
    """Return the slots whose level changes, dearest change first, with the reason.

    `last_unit` is what the last unit held earns a year in kept promises over what it costs to hold, at the worths of
    the plan; `next_unit` the same of one more unit. A plan holds units that earn at least what they cost (last_unit
    from 1 up) and stops before one that does not (next_unit below 1); rounding to whole units and shares of other
    sites' demand blur both a little.
    """
    worth = named.targets.weight.T @ plan.worth
    last, following = marginal(pools, plan, worth, -1), marginal(pools, plan, worth, +1)
    moves = model.slots.with_columns(
        level=pl.Series(plan.levels),
        last_unit=pl.Series(last).fill_nan(None),
        next_unit=pl.Series(following).fill_nan(None),
        promise=pl.Series(_weightiest(model, pools, plan, named), dtype=pl.String),
        is_depot=pl.Series(np.arange(len(plan.levels)) < model.network.pools),
        serves_places=pl.Series(np.diff(model.network.place_first)[pools.slot_pool] > 0),
        depot_grows=pl.Series((plan.levels - model.levels_today)[: model.network.pools][pools.slot_pool] > 0),
    )
    moves = moves.filter(pl.col("level") != pl.col("before")).with_columns(
        capital_change=(pl.col("level") - pl.col("before")) * pl.col("price"))
    return moves.with_columns(reason=_reason()).sort(
        pl.col("capital_change").abs(), "item", "site", descending=[True, False, False])


def _reason() -> pl.Expr:
    grows = pl.col("level") > pl.col("before")
    cheap = pl.col("last_unit") > 10  # the last unit earns ten times what it costs: nobody would argue
    covers = pl.col("is_depot") & pl.col("serves_places")
    return (
        pl.when(~grows & (pl.col("rate") == 0) & ~covers).then(pl.lit("no_demand"))
        .when(~grows & ~pl.col("is_depot") & pl.col("depot_grows")).then(pl.lit("held_upstream"))
        .when(~grows).then(pl.lit("dearer_than_its_worth"))
        .when(covers).then(pl.lit("covers_others"))
        .when(cheap).then(pl.lit("cheap_insurance"))
        .otherwise(pl.lit("promise_at_risk"))
    )


def marginal(pools: Pools, plan: Plan, worth: Floats, step: int) -> Floats:
    """Return, per slot, what one unit less or more changes in kept promises over what it changes in cost.

    One slot of every pool is moved at a time, so all first slots are judged in one evaluation, then all second ones.
    NaN where a unit costs nothing or there is none to take away.
    """
    ratio = np.full(len(plan.levels), np.nan)
    base = pools.evaluate(plan.levels)
    rank = ordinals(pools.slot_pool)
    for turn in range(int(rank.max(initial=-1)) + 1):
        moved = (rank == turn) & (plan.levels + step >= pools.slot_lowest)
        other = pools.evaluate(plan.levels + step * moved)
        earned = np.bincount(pools.flow_pool, (other.kept - base.kept) * worth[pools.flow_class], minlength=pools.pools)
        paid = other.cost - base.cost
        pool = pools.slot_pool[moved]
        ratio[moved] = np.divide(earned[pool], paid[pool], out=np.full(len(pool), np.nan), where=paid[pool] * step > 0)
    return ratio


def _weightiest(model: StockModel, pools: Pools, plan: Plan, named: NamedTargets) -> list[str | None]:
    """Return, per slot, the promise that earns most there: worth of its target times the volume it covers."""
    if named.rows.is_empty():
        return [None] * len(plan.levels)
    slot = np.where(model.network.flow_place < 0, pools.flow_pool, model.network.pools + model.network.flow_place)
    best, name = np.zeros(len(plan.levels)), np.full(len(plan.levels), -1)
    for target, worth in enumerate(plan.worth):
        weighs = worth * named.targets.weight[target][pools.flow_class] * pools.flow_volume
        total = np.bincount(slot, weighs, minlength=len(plan.levels))
        total[: model.network.pools] = np.maximum(
            total[: model.network.pools], np.bincount(pools.flow_pool, weighs, minlength=model.network.pools))
        better = total > best
        best, name = np.where(better, total, best), np.where(better, target, name)
    names = named.rows["promise"].to_list()
    return [names[index] if index >= 0 else None for index in name]
