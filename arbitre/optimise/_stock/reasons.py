"""Why is each level what it is: what did its last unit buy, and what would one more buy?

A unit is judged by taking it away, or adding one, all other levels as they are: what it costs a year, what it earns at
the worths of the promises, and by how much it raises the promise it serves most. A plan holds units that earn what they
cost and stops before one that does not; where a level is otherwise, the reason says what binds instead.

Sites of one echelon do not see each other, so all of them move at once: two evaluations judge an echelon, however many
sites there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from arbitre.optimise._duality import Plan
from arbitre.optimise._pool import Floats, Integers, Outcome, Targets
from arbitre.optimise._stock.network import summed
from arbitre.optimise._stock.sharing import Shelves
from arbitre.optimise._stock.targets import NamedTargets

_ROUNDING = 1e-9
"""Relative difference below which two amounts of money are the same."""


@dataclass(frozen=True)
class Unit:
    """What one unit more or less does at every level: arrays (slots,), NaN where there is none to take away.

    cost and earned, money a year; kept, volume more that is kept of all that is promised; gain, volume more of the
    target in `Bought.target`.
    """

    cost: Floats
    earned: Floats
    kept: Floats
    gain: Floats


@dataclass(frozen=True)
class Bought:
    """What the last unit of each level bought and what the next would; target (slots,), the one that both together
    serve most, -1 where they serve none."""

    last: Unit
    next: Unit
    target: Integers


def bought(stock: Shelves, levels: Integers, targets: Targets, worth: Floats) -> Bought:
    """Return what the last and the next unit of each level do, when targets are worth `worth` (targets,).

    What changing a level costs is left out: units are judged as stock.
    """
    pools, slots = stock.alone, len(levels)
    base, held = pools.evaluate(levels), ~stock.slots["is_reserve"].to_numpy()
    cost, earned, more = (np.full((2, slots), np.nan) for _ in range(3))
    is_promised, earns = _is_promised(targets), targets.weight.T @ worth
    gained = []
    for mover in _movers(stock.supplier):
        is_moved = (mover == np.arange(slots)) & held
        owner = mover[stock.flow_slot]
        flows = np.flatnonzero(owner >= 0)
        owner, of_class = owner[flows], pools.flow_class[flows]
        for side, step in enumerate((-1, 1)):
            moved = is_moved & (levels + step >= pools.slot_lowest)
            other = pools.evaluate(levels + step * moved)
            kept = step * (other.kept - base.kept)[flows] * moved[owner]
            cost[side, moved] = step * _paid(stock, mover, base, other)[moved] + 0.0  # no minus nought
            earned[side, moved] = np.bincount(owner, kept * earns[of_class], minlength=slots)[moved]
            more[side, moved] = np.bincount(owner, kept * is_promised[of_class], minlength=slots)[moved]
            gained.append((side, owner, of_class, kept))
    target, gain = _served_most(targets, worth, gained, slots)
    gain[np.isnan(cost)] = np.nan
    last, following = (Unit(cost[side], earned[side], more[side], gain[side]) for side in (0, 1))
    return Bought(last, following, target)


def _is_promised(targets: Targets) -> np.ndarray:
    """Return whether something is promised to each class (classes,)."""
    return targets.weight.max(axis=0, initial=0.0) > 0


def _movers(supplier: Integers) -> list[Integers]:
    """Return for each echelon, from the top, the slot of it that resupplies each slot, or is it: -1 for those above.

    Slots of one echelon do not see each other, so they can be moved at once; what follows is theirs by this.
    """
    depth, above = np.zeros(len(supplier), np.int64), supplier
    while (above >= 0).any():
        depth += above >= 0
        above = np.where(above >= 0, supplier[above], -1)
    movers = []
    for echelon in range(int(depth.max(initial=0)) + 1):
        mover = np.where(depth >= echelon, np.arange(len(supplier)), -1)
        while (climbs := (mover >= 0) & (depth[mover] > echelon)).any():
            mover = np.where(climbs, supplier[mover], mover)
        movers.append(mover)
    return movers


def _paid(stock: Shelves, mover: Integers, base: Outcome, other: Outcome) -> Floats:
    """Return what moving slots adds to the cost (slots,): of its pool for a root, else of the shelves below it."""
    below = mover >= 0
    shelf = stock.unit_cost * (other.on_hand - base.on_hand)
    paid = summed(mover[below], shelf[below], len(mover))
    roots = stock.supplier < 0
    if (mover[roots] >= 0).all():
        paid[roots] = other.cost - base.cost  # with what is flown in
    return paid


def _served_most(targets: Targets, worth: Floats, gained: list[tuple[int, Integers, Integers, Floats]],
                 slots: int) -> tuple[Integers, Floats]:
    """Return the target that the last and the next unit of each slot serve most (slots,), and the volume that each
    of them adds to it (2, slots)."""
    target, most, gain = np.full(slots, -1), np.zeros(slots), np.zeros((2, slots))
    for index in np.flatnonzero(worth > 0):
        rises = np.zeros((2, slots))
        for side, owner, of_class, kept in gained:
            rises[side] += np.bincount(owner, kept * targets.weight[index][of_class], minlength=slots)
        score = worth[index] * rises.sum(axis=0)
        better = score > most
        target[better], most[better] = index, score[better]
        gain[:, better] = rises[:, better]
    return target, gain


def stock_reasons(stock: Shelves, plan: Plan, named: NamedTargets, fixed: Integers | None = None) -> pl.DataFrame:
    """Return, for every level of a plan, its last and its next unit and the reason that binds it.

    `fixed` are today's levels (slots,) where differing from them costs something.
    """
    units = bought(stock, plan.levels, named.targets, plan.worth)
    served = units.target % (named.rows.height + 1)  # what stands behind the last target is none
    share = np.append(named.told_per_volume(stock.alone), 0.0)[served]
    promise = pl.Series([*named.rows["promise"], None], dtype=pl.String).gather(served)
    told = {f"{name}_{what}": pl.Series(values) for name, unit in (("last", units.last), ("next", units.next))
            for what, values in (("cost", unit.cost), ("earns", unit.earned), ("gain", unit.gain * share))}
    return (
        stock.slots.with_columns(
            level=pl.Series(plan.levels),
            promise=promise,
            is_lowest=pl.Series(plan.levels == stock.alone.slot_lowest),
            is_as_today=pl.lit(value=False) if fixed is None else pl.Series(plan.levels == fixed),
            **told,
            **_demand_served(stock, units.next.kept, named.targets),
        )
        .filter(~pl.col("is_reserve"))
        .with_columns(reason=_reason())
        .with_columns(pl.col(*told).fill_nan(None))
        .sort("item", "site", "kept_for", nulls_last=False)
    )


def _demand_served(stock: Shelves, next_kept: Floats, targets: Targets) -> dict[str, pl.Series]:
    """Return what kind of demand each level serves, that of the sites it resupplies as well; `next_kept` (slots,) is
    what one more unit keeps of it."""
    pools, slots = stock.alone, stock.slots.height
    is_promised = _is_promised(targets)[pools.flow_class]
    owners = [mover[stock.flow_slot] for mover in _movers(stock.supplier)]

    def through(amount: Floats) -> Floats:
        total = np.zeros(slots)
        for owner in owners:
            total += summed(owner[owner >= 0], amount[owner >= 0], slots)
        return total

    asked, promised = through(pools.flow_volume), through(pools.flow_volume * is_promised)
    reach = through(pools.flow_reach * is_promised)
    own = np.bincount(stock.flow_slot, pools.flow_volume * is_promised, minlength=slots)
    return {
        "is_asked": pl.Series(asked > 0),
        "is_promised": pl.Series(promised > 0),
        "is_reachable": pl.Series(reach > 0),
        "is_full": pl.Series(next_kept <= _ROUNDING * reach),
        "is_for_others": pl.Series((promised > 0) & (own == 0)),
    }


def _reason() -> pl.Expr:
    """Return what binds a level, the first that applies."""
    pays_last = pl.col("last_earns") >= (1 - _ROUNDING) * pl.col("last_cost")
    pays_next = pl.col("next_earns") > (1 + _ROUNDING) * pl.col("next_cost")
    # Where there is no last unit it pays: nothing is left to take away.
    is_odd = ~(pl.col("is_lowest") | pays_last) | pays_next
    return (
        pl.when(pl.col("is_as_today") & is_odd).then(pl.lit("left_as_today"))
        .when(~pl.col("is_asked")).then(pl.lit("no_demand"))
        .when(~pl.col("is_promised")).then(pl.lit("no_promise"))
        .when(~pl.col("is_reachable")).then(pl.lit("out_of_reach"))
        .when(pl.col("is_lowest") & pl.col("is_full")).then(pl.lit("kept_without_stock"))
        .when(pl.col("price") == 0).then(pl.lit("costs_nothing"))
        .when(pays_next | (pl.col("is_lowest") & (pl.col("next_earns") <= 0))).then(pl.lit("target_reached"))
        .when(pl.col("is_lowest") & (pl.col("level") > 0)).then(pl.lit("smallest_lot"))
        .when(pl.col("is_lowest")).then(pl.lit("first_too_dear"))
        .when(~pays_last).then(pl.lit("rounds_up"))
        .when(pl.col("is_for_others")).then(pl.lit("covers_others"))
        .otherwise(pl.lit("earns_its_cost"))
    )
