"""What does the cheapest plan of few pools cost at least, where worths alone leave a gap?

With few pools a dear one is a large step, and worths price fractions of steps: the gap that is left is mostly that of
the worths and not of the plan. So every choice that a cheaper plan could hold is looked at. The cost of a
pool never falls when a level rises, and its gains never exceed what is within its reach: choices whose cost is above

    gap + floor + worth x reach,   gap = cost of the best plan known - best bound,

and all that are higher, are in no cheaper plan, and of the others only those whose own net cost is within the gap of
the floor (reduced cost fixing; Wolsey 1998, section 7.4). Cheap pools at many sites have too many choices, and little
depends on them: together they cost at least what each sweep of worths proved, a plane over what they gain (Kelley
1960). One choice for each of the others is a mixed-integer programme: branch and cut proves a floor under it, which is
a bound on every plan, and where it finds a plan that costs less, the planes' part is put together as in `_columns`.
"""

from dataclasses import dataclass, replace

import numpy as np

from arbitre.optimise._columns import Columns, choices, combined
from arbitre.optimise._pool import Floats, Integers, Pools, Targets
from arbitre.optimise._rounding import Candidate, Sweep, candidate_at
from arbitre.solvers.linear import NoValues, Rows, least

_SAME = 1e-9
"""Part of a cost that nobody can tell: sums in another order differ by less."""
_TRIED = 2000
"""Choices tried of each pool at most; one with more is left to the planes."""
_UNITS = 1e8
"""Squared levels added up over what is tried: where levels are in the hundreds one unit is no step, and takes long."""
_COLUMNS = 1500
"""Choices among which branching decides; pools with the most are left to the planes."""
_MOSTLY = 0.5
"""Where fewer of the pools were tried, little is left to put together, and it takes long."""
_PLANES = 60
_NODES = 1000
"""Branches looked at: what they do not settle is left as gap."""


@dataclass(frozen=True)
class Settled:
    """A plan, and a bound proven for every plan that brings what is needed."""

    plan: Candidate
    bound: float


def settled(pools: Pools, targets: Targets, need: Floats, sweeps: list[Sweep], best: Candidate, gap: float) -> Settled:
    """Look at every choice that a plan cheaper than `best` could hold.

    Args: pools, whose costs rise with their levels; targets; need (targets,), what each must be brought; sweeps,
    highest bound first; best, a plan that brings it; gap, the relative gap at which branching may stop.
    """
    known = sweeps[0].bound(need)
    columns, is_tried = _every_choice(pools, targets, sweeps[0], best.value * (1 + _SAME) - known)
    if not is_tried.any():
        return Settled(best, known)
    unit = best.value
    cost, rows, start = _programme(columns, is_tried, need, sweeps[:_PLANES], best, unit)
    count = len(columns.pool)
    upper = np.append(np.ones(count), [1.0, *np.maximum(best.gains.max(axis=0), 0.0)])
    upper[count + 1:] = _reach(pools, targets)[~is_tried].sum(axis=0)
    try:
        answer = least(cost, rows, np.zeros(len(cost)), upper, np.arange(len(cost)) < count, gap=gap,
                       most_nodes=_NODES, start=start)
    except NoValues:
        return Settled(best, known)
    # A floor of what is cheaper than the best plan: no plan costs less than it, or than the best.
    bound = max(known, min(answer.bound * unit, best.value))
    chosen = np.flatnonzero(answer.values[:count] > 0.5)
    found = _completed(pools, targets, need, sweeps, best, columns, chosen, is_tried, gap)
    is_better = found.value < best.value and (found.gain >= need).all()
    plan = found if is_better else best
    return Settled(plan, min(bound, plan.value))


def _reach(pools: Pools, targets: Targets) -> Floats:
    """The most that levels, however high, bring of each target: (pools, targets)."""
    of_class = np.bincount(pools.flow_pool * pools.classes + pools.flow_class, pools.flow_reach,
                           minlength=pools.pools * pools.classes)
    return of_class.reshape(pools.pools, pools.classes) @ targets.weight.T


def _every_choice(pools: Pools, targets: Targets, sweep: Sweep, gap: float) -> tuple[Columns, np.ndarray]:
    """Every choice of each pool that a plan within the gap can hold, and whether all of the pool were tried (pools,).

    The choices of all pools are tried side by side, each by raising one level of another: the last that was raised, or
    one after it, so that none is tried twice.
    """
    most = sweep.floors + _reach(pools, targets) @ sweep.worth + gap
    slots = [np.flatnonzero(pools.slot_pool == pool) for pool in range(pools.pools)]
    waiting = [[(pools.slot_lowest[own].copy(), 0)] for own in slots]
    plans, found, units = [], [[], [], [], []], 0.0
    for turn in range(_TRIED):
        asked = [pool for pool in range(pools.pools) if waiting[pool]]
        if not asked or units > _UNITS:
            break
        levels, raised = pools.slot_lowest.copy(), np.zeros(pools.pools, np.int64)
        for pool in asked:
            levels[slots[pool]], raised[pool] = waiting[pool].pop()
        plan = candidate_at(pools, targets, levels)
        plans.append(levels)
        units += float(np.square(levels, dtype=float).sum())
        net = plan.cost - plan.gains @ sweep.worth - sweep.floors
        for pool in asked:
            if plan.cost[pool] > most[pool]:
                continue
            if net[pool] <= gap:
                for part, value in zip(found, (pool, plan.cost[pool], plan.gains[pool], turn), strict=True):
                    part.append(value)
            for position in range(raised[pool], len(slots[pool])):
                higher = levels[slots[pool]].copy()
                higher[position] += 1
                waiting[pool].append((higher, position))
    pool, source = np.array(found[0], dtype=np.int64), np.array(found[3], dtype=np.int64)
    cost, gains = np.array(found[1], dtype=float), np.array(found[2], dtype=float).reshape(-1, len(targets.share))
    count = np.bincount(pool, minlength=pools.pools)
    fewest = np.argsort(count, kind="stable")
    is_tried = np.array([not rest for rest in waiting])
    is_tried[fewest[np.cumsum(count[fewest] * is_tried[fewest]) > _COLUMNS]] = False
    kept = is_tried[pool]
    return Columns(pool[kept], cost[kept], gains[kept], source[kept], np.stack(plans)), is_tried


def _programme(columns: Columns, is_tried: np.ndarray, need: Floats, sweeps: list[Sweep], best: Candidate, unit: float
               ) -> tuple[Floats, Rows, Floats]:
    """Cost and rows over columns, the cost of the pools that were not tried (in units), and what these gain of each
    target; and the best plan known in these terms."""
    count, active = len(columns.pool), np.flatnonzero(need > 0)
    cost = np.append(columns.cost / unit, np.append(1.0, np.zeros(len(need))))
    body: list[tuple[Integers, Floats, float, float]] = []
    for target in active:
        column = np.flatnonzero(columns.gains[:, target])
        body.append((np.append(column, count + 1 + target),
                     np.append(columns.gains[column, target], 1.0) / need[target], 1.0, np.inf))
    for pool in np.flatnonzero(is_tried):
        own = np.flatnonzero(columns.pool == pool)
        body.append((own, np.ones(len(own)), 1.0, 1.0))
    for sweep in sweeps:
        worth = np.flatnonzero(sweep.worth > 0)
        body.append((np.append(count, count + 1 + worth), np.append(1.0, -sweep.worth[worth] / unit),
                     float(sweep.floors[~is_tried].sum()) / unit, np.inf))
    rows = Rows(
        np.append(0, np.cumsum([len(row[0]) for row in body])),
        np.concatenate([row[0] for row in body]), np.concatenate([row[1] for row in body]),
        np.array([row[2] for row in body]), np.array([row[3] for row in body]))
    start = np.zeros(len(cost))
    for pool in np.flatnonzero(is_tried):
        own = np.flatnonzero(columns.pool == pool)
        start[own[np.argmin(np.abs(columns.cost[own] - best.cost[pool])
                            + np.abs(columns.gains[own] - best.gains[pool]).sum(axis=1))]] = 1.0
    start[count] = best.cost[~is_tried].sum() / unit
    start[count + 1:] = best.gains[~is_tried].sum(axis=0)
    return cost, rows, start


def _completed(pools: Pools, targets: Targets, need: Floats, sweeps: list[Sweep], best: Candidate, columns: Columns,
               chosen: Integers, is_tried: np.ndarray, gap: float) -> Candidate:
    """The plan of the chosen columns, the pools that were not tried put together for what is left."""
    levels = best.levels.copy()
    of_pool = np.zeros(pools.pools, np.int64)
    of_pool[columns.pool[chosen]] = columns.plan[chosen]
    is_set = is_tried[pools.slot_pool]
    levels[is_set] = columns.levels[of_pool[pools.slot_pool], np.arange(len(levels))][is_set]
    plan = candidate_at(pools, targets, levels)
    if is_tried.mean() < _MOSTLY:
        return plan
    others = choices(pools, targets, need, sweeps, replace(best, levels=levels, cost=plan.cost, gains=plan.gains))
    kept = ~is_tried[others.pool] | (others.plan == 0)
    fixed = Columns(others.pool[kept], others.cost[kept], others.gains[kept], others.plan[kept], others.levels)
    try:
        return combined(pools, targets, fixed, need, best.value, gap)
    except NoValues:
        return plan
