"""How much of each item to hold at each site, so that every promise is kept at least cost?

Stock of each item in a tree of supply is a pool; promises are targets on shares of demand kept in their window.
Worths of the promises are moved until all hold (Everett 1963), each pool takes its cheapest levels at those worths by
proven enumeration, and weak duality makes the sum of floors a bound on every plan. What levels keep is taken by the
exact law of supply in trees (Simon 1971; Graves 1985), in the search, in the bound and in the plan alike.

Reads items, sites, promises, demand (lanes; repair_shops, where units queue for repair; stocks for today's levels;
forecasts, which replace the rates and dispersions that were measured; positions, assets, customers and contracts for
promises of availability). Writes promise_worth, stock_levels, stock_reasons, stock_received, stock_moves, stock_curve,
stock_reserved. Money in the chain's currency, demand in units a year, windows in hours. Capital is the mean number of
units on the shelf times their price; value is the yearly cost of holding it, and with critical levels of what is flown
in. How a stock is shared is a choice (`_stock.sharing`); first come first served, the tightest promise on it sets the
level for all. Today's stock is first come first served whatever the choice.

Instead of targets, what a late case costs may decide (`decide` = penalties), or the capital there is (budget): duals of
the same problem. Then no target and no floor is held; what is kept of each is shown.

Without a stocks table, today is taken as the rule of thumb it replaces: each item by itself at its promise's target.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unreachable
from arbitre.optimise._duality import Plan, keep_promises
from arbitre.optimise._pool import Floats, Integers, Pools
from arbitre.optimise._pool import Unreachable as UnreachableTargets
from arbitre.optimise._stock.curve import Stand, stock_curve
from arbitre.optimise._stock.duals import Called, Decide, by_budget, by_penalties, refuse_misfits
from arbitre.optimise._stock.model import SCOPE, StockModel, stock_model
from arbitre.optimise._stock.pools import StockPools
from arbitre.optimise._stock.reasons import stock_reasons
from arbitre.optimise._stock.sharing import Shelves, kept_back, moves, shelves, simplified
from arbitre.optimise._stock.targets import Floors, NamedTargets, named_targets, waiting_promises, window_promises
from arbitre.optimise._stock.today import item_by_item
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("items", "sites", "promises", "demand")
MAY_READ = ("lanes", "repair_shops", "stocks", "forecasts", "positions", "assets", "customers", "contracts")
WRITES = ("promise_worth", "stock_levels", "stock_reasons", "stock_received", "stock_moves", "stock_curve",
          "stock_reserved")
FIGURES = {"best": "least", "told": ("value", "bound", "capital_after")}


class Params(BaseParams):
    """How stock is decided."""

    decide: Decide = Field("targets", description="What is given: target shares to keep, what a late case costs "
                           "(late_cost of promises), or the capital there is.")
    budget: float | None = Field(None, gt=0, description="Most capital on the shelf, where that is what decides.",
                                 json_schema_extra={"unit": "money"})
    holding_share: float = Field(0.25, gt=0, le=2, description="Yearly cost of a unit on the shelf, as a share of its "
                                 "price: capital, room, insurance, ageing.", json_schema_extra={"unit": "1/year"})
    by: Literal["promise", "segment"] = Field("promise", description="Hold each promise on the whole of those it is "
                                              "made to, or for every segment separately.")
    weight: Literal["unit", "line", "value"] = Field("unit", description="What a kept share counts: units, order "
                                                     "lines, or money. Units favour cheap fast movers.")
    floor_share: float | None = Field(None, gt=0, lt=1, description="No class of demand under a promise falls below "
                                      "this share; empty: no floor.", json_schema_extra={"unit": "share"})
    item_floor_share: float | None = Field(None, gt=0, lt=1, description="No class of items falls below this share, so "
                                           "that the dear ones are not starved; empty: no floor.",
                                           json_schema_extra={"unit": "share"})
    item_classes: Literal["price", "family", "criticality"] = Field("price", description="How items are classed: in "
                                                                    "quarters by price, by family or criticality.")
    change_cost: float = Field(0.0, ge=0, description="Cost a year of each level that differs from today's, so that a "
                               "plan changes only what is worth changing.", json_schema_extra={"unit": "money/year"})
    kind: str = Field("order", description="Kind of case whose promises stock keeps.")
    sharing: Literal["first_come", "promised_date", "critical_levels", "dedicated"] = Field(
        "first_come", description="Who gets a unit of shared stock: who asks first; who is promised first; the demand "
        "that matters most, others flown in; or each class from its own.")
    emergency_share: float | None = Field(None, ge=0, le=100, description="Cost of flying in a unit, as a share of its "
                                          "price, where items.emergency_cost is empty; for critical levels.",
                                          json_schema_extra={"unit": "share"})


@dataclass(frozen=True)
class Kept:
    """What levels do: capital and units on hand per slot, volume kept per class, cost a year."""

    capital: Floats
    on_hand: Floats
    volume: Floats
    cost: float


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Return the cheapest stock that keeps every promise, with its bound.

    Raises Unreachable, naming the promises, when no stock can keep them; Unsupported where a rule of sharing
    cannot be decided.
    """
    del seed  # nothing here is random
    refuse_misfits(params.decide, params.budget, params.change_cost, params.weight, params.sharing)
    progress(0.0, "building the pools (the first run on a machine compiles)")
    windows = window_promises(chain.table("promises"), params.kind)
    promises = pl.concat([windows, waiting_promises(chain.table("promises"), params.kind)])
    model = stock_model(chain, promises, params.weight, params.item_classes, params.holding_share)
    stock = shelves(model, chain, params.sharing, params.emergency_share, params.change_cost)
    fixed = params.change_cost > 0 and model.has_today
    volume = volume_by_class(stock.pools, stock.pools.flow_volume)
    today = kept_by(pools_today(model), model.slots, model.levels_today) if model.has_today else None
    named = named_targets(promises, model.classes, model.parks, volume, today.volume if today else None,
                          Floors(params.floor_share, params.item_floor_share), params.by)
    called = called_for(stock.pools, named, windows, params)
    plan = called.plan if called else decided(stock.pools, named, progress)
    progress(0.9, "comparing with today")
    model, today = with_rule_of_thumb(model, named, today)
    after = kept_by(stock.pools, stock.slots, plan.levels)
    shares = received(model, volume, today, after)
    summary = {**_summary(model, plan, today, after, shares, params), "decide": params.decide}
    if called:
        summary |= called.told(named, volume, stand(today, params.holding_share) if today else None)
    tables = {
        "promise_worth": _worth(model, named, plan, volume, today, after),
        "stock_levels": _levels(model, stock, plan, today, after).with_columns(sharing=pl.lit(params.sharing)),
        "stock_received": shares,
        "stock_reasons": stock_reasons(stock, plan, named, model.levels_today if fixed else None),
    }
    if params.sharing != "critical_levels":
        tables["stock_curve"] = _curve(stock, named, plan, today, after, params)
    if model.has_today:
        tables["stock_moves"] = moves(model, stock, plan, tables["stock_levels"], tables["stock_reasons"])
    if params.sharing == "critical_levels":
        tables["stock_reserved"] = kept_back(stock, plan.levels)
    tables = {name: shaped(RESULTS[name], table) for name, table in tables.items()}
    return Result("optimise.stock", summary, tables, status=plan.status, bound=plan.bound)


def decided(pools: Pools, named: NamedTargets, progress: Progress) -> Plan:
    """Return the plan that keeps the targets; raises Unreachable in the words of the promises."""
    try:
        return keep_promises(pools, named.targets,
                             progress=lambda share, doing: progress(0.1 + 0.8 * share, doing))
    except UnreachableTargets as impossible:
        told = []
        for index, reachable in zip(impossible.targets, impossible.reachable, strict=True):
            row = named.rows.row(index, named=True)
            scope = ", ".join(str(row[column]) for column in SCOPE if row[column] is not None) or "everyone"
            within = "" if row["window"] is None else f" within {row['window']:g} h"
            told.append(f"{row['promise']} to {scope} asks {row['target_share']:.1%}{within}, but "
                        f"transport alone lets at most {reachable:.1%} arrive in time")
        raise Unreachable("No stock can keep every promise: " + "; ".join(told) + ". Lengthen the window, serve from "
                          "a nearer site, or lower the target.") from impossible


def called_for(pools: Pools, named: NamedTargets, promises: pl.DataFrame, params: Params) -> Called | None:
    """Return the plan that penalties or a budget call for; None when targets decide."""
    if params.decide == "penalties":
        return by_penalties(pools, named, promises)
    if params.decide == "budget" and params.budget is not None:
        return by_budget(pools, named, promises, params.budget, params.holding_share)
    return None


def pools_today(model: StockModel) -> StockPools:
    """Return the pools with the lots in which today's stock is bought, first come first served."""
    return StockPools(replace(model.network, depot_lot=model.lots_today), model.classes.height)


def kept_by(pools: Pools, slots: pl.DataFrame, levels: Integers) -> Kept:
    """Return what levels do."""
    outcome = pools.evaluate(levels)
    kept = volume_by_class(pools, outcome.kept)
    price = slots["price"].to_numpy()
    return Kept(outcome.on_hand * price, outcome.on_hand, kept, float(outcome.cost.sum()))


def volume_by_class(pools: Pools, volume: Floats) -> Floats:
    """Return the volume of flows (flows,) summed by class (classes,)."""
    return np.bincount(pools.flow_class, volume, minlength=pools.classes).astype(float)


def with_rule_of_thumb(model: StockModel, named: NamedTargets, today: Kept | None
                       ) -> tuple[StockModel, Kept | None]:
    """Where today's stock is unknown, take each item by itself at its target; two echelons have no such rule."""
    if today is not None or model.network.places > 0 or model.network.is_deep:
        return model, today
    pools = StockPools(model.network, model.classes.height)
    levels = item_by_item(pools, named.targets)
    model = replace(model, slots=model.slots.with_columns(
        before=pl.Series(levels), lot_before=pl.Series(model.network.depot_lot)))
    return model, kept_by(pools, model.slots, levels)


def received(model: StockModel, volume: Floats, today: Kept | None, after: Kept) -> pl.DataFrame:
    """Return the share that each class of demand receives, and each class of items."""
    kept = model.classes.with_columns(
        volume=pl.Series(volume),
        before=pl.Series(today.volume) if today else pl.lit(None, pl.Float64),
        after=pl.Series(after.volume),
    ).filter(pl.col("demand") > 0)
    shares = [
        kept.group_by(group).agg(
            pl.col("demand").sum(),
            kept_before=pl.when(pl.lit(today is not None)).then(pl.col("before").sum() / pl.col("volume").sum()),
            kept_after=pl.col("after").sum() / pl.col("volume").sum(),
        )
        for group in ([*SCOPE, "window"], ["item_class"])
    ]
    return pl.concat(shares, how="diagonal").with_columns(change=pl.col("kept_after") - pl.col("kept_before")).sort(
        "change", *SCOPE, "window", "item_class", nulls_last=False)


def labels(classes: pl.DataFrame) -> list[str]:
    """Return a short name for each class of demand, unique within the chain."""
    items = (None if name is None else f"price quarter {name}" if name.isdigit() else name
             for name in classes["item_class"])
    scopes = zip(*(classes[column] for column in SCOPE), items, strict=True)
    names = [" / ".join(filter(None, scope)) or "all" for scope in scopes]
    windows = [f"{window:g} h" if window is not None else "no promise" for window in classes["window"]]
    return [name if names.count(name) == 1 else f"{name} / {window}"
            for name, window in zip(names, windows, strict=True)]


def _summary(model: StockModel, plan: Plan, today: Kept | None, after: Kept, shares: pl.DataFrame, params: Params
             ) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "value": plan.value,
        "bound": plan.bound,
        "gap": plan.gap,
        "capital_before": float(today.capital.sum()) if today else None,
        "capital_after": float(after.capital.sum()),
        "cost_before": today.cost if today else None,
        "sharing": params.sharing,
        "counted": params.weight,
        "items": model.slots["item"].n_unique(),
        "levels": model.slots.height,
        "sweeps": plan.iterations,
    }
    if params.sharing == "critical_levels":
        summary["emergency_cost"] = plan.value - params.holding_share * float(after.capital.sum())
        summary["simplified"] = simplified(model)
    named = shares.sort("item_class", *SCOPE, "window", nulls_last=False)
    for label, row in zip(labels(named), named.iter_rows(named=True), strict=True):
        summary[f"kept_before.{label}"] = row["kept_before"]
        summary[f"kept_after.{label}"] = row["kept_after"]
    return summary


def _worth(model: StockModel, named: NamedTargets, plan: Plan, volume: Floats, today: Kept | None, after: Kept
           ) -> pl.DataFrame:
    weight = named.targets.weight
    asked = weight @ volume

    def told(kept: Kept | None) -> tuple[pl.Series, pl.Series]:
        """The share kept of each, as it was promised, and the mean wait."""
        if kept is None:
            return (pl.Series([None] * len(asked), dtype=pl.Float64),) * 2
        share = np.divide(weight @ kept.volume, asked, out=np.ones(len(asked)), where=asked > 0)
        return pl.Series(named.told(share, asked)), pl.Series(named.waits(share, asked)).fill_nan(None)

    (kept_before, wait_before), (kept_after, wait_after) = told(today), told(after)
    return named.rows.with_columns(
        demand=pl.Series(weight @ model.classes["demand"].to_numpy(), dtype=pl.Float64),
        kept_before=kept_before, kept_after=kept_after, wait_before=wait_before, wait_after=wait_after,
        worth=pl.Series(named.worth_told(plan.worth_per_point, asked), dtype=pl.Float64),
    )


def _curve(stock: Shelves, named: NamedTargets, plan: Plan, today: Kept | None, after: Kept,
           params: Params) -> pl.DataFrame:
    """Return what every amount of money keeps: stock alone counts, not what it costs to change it."""
    return stock_curve(stock.alone, named, plan.worth, params.holding_share, stand(after, params.holding_share),
                       stand(today, params.holding_share) if today else None)


def stand(kept: Kept, holding_share: float) -> Stand:
    """Return what levels cost, changes aside, and keep."""
    return Stand(holding_share * float(kept.capital.sum()), kept.volume)


def _levels(model: StockModel, stock: Shelves, plan: Plan, today: Kept | None, after: Kept) -> pl.DataFrame:
    planned = stock.slots.with_columns(
        level=pl.Series(plan.levels),
        on_hand_after=pl.Series(after.on_hand),
        capital_after=pl.Series(after.capital),
        reorder_level=pl.Series(np.maximum(plan.levels - stock.slots["lot"].to_numpy() + 1, 0)),
    ).filter(~pl.col("is_reserve"))
    held = model.slots.select(
        "item", "site", "before", "price", kept_for=pl.lit(None, pl.String),
        on_hand_before=pl.Series(today.on_hand) if today else pl.lit(None, pl.Float64),
        capital_before=pl.Series(today.capital) if today else pl.lit(None, pl.Float64),
    )
    # What is shared today and what is kept for one class tomorrow are rows of their own.
    levels = planned.join(held, on=["item", "site", "kept_for"], how="full" if today else "left", coalesce=True,
                          nulls_equal=True).with_columns(pl.coalesce("price", "price_right"))
    if today:
        amounts = ["level", "reorder_level", "rate", "on_hand_after", "capital_after",
                   "before", "on_hand_before", "capital_before"]
        levels = levels.with_columns(pl.col(amounts).fill_null(0))
    return levels.with_columns(pl.col("lot").fill_null(1)).sort("item", "site", "kept_for", nulls_last=False)
