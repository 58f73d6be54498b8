"""Which choice of every pool makes the cheapest plan, where there are few pools and each is a large step?

Worths price every choice, but at the best worths several choices of a pool are almost as good, and which of them go
together is a question of whole numbers: the plans that a search meets leave promises kept too well, each by about the
gain of one pool. With many pools that is nothing; with few it is most of the gap.

So every choice met (those of the sweeps, and those one unit away from the best plan) becomes a column. The worths at
which fractions of columns make the cheapest plan are sharper than a search leaves them (column generation; Dantzig &
Wolfe 1960): the pools' own floors at these worths prove the bound, never the programme. A column that costs, beyond the
floor of its pool and net of what it earns, more than the gap cannot be in a better plan and is left out (reduced cost
fixing; Wolsey 1998, section 7.4). Of the others one column is chosen for each pool: a mixed-integer programme, solved
by relax and fix (Pochet & Wolsey 2006, section 3.6). The pools whose choices differ most in cost are decided first
while fractions of columns stand for the rest, then twice as many more, until none is left: what remains makes up ever
more finely for what was decided before, unless nothing can; then there is no answer.
"""

from dataclasses import dataclass

import numpy as np

from arbitre.optimise._pool import Floats, Integers, Pools, Targets
from arbitre.optimise._rounding import Candidate, Sweep, candidate_at, ordinals
from arbitre.solvers.linear import Rows, least

_SAME = 1e-9
"""Part of a cost that nobody can tell: sums in another order differ by less."""
_NEAREST = 12
"""Columns of a pool, nearest to its floor first: more hardly make a cheaper plan, and take much longer."""
_FIRST_DECIDED = 10
"""Pools decided first; they are few, so that their programme is small."""
_NODES = 20
"""Branches of one programme: what they do not settle costs little, as what is decided later makes up for it."""
_PART_OF_GAP = 0.5
"""Each programme may leave this part of the gap asked for."""
_AIMED_ABOVE = 2e-6
"""Promises are aimed so much above their need, twice the tolerance of the solver, so that its answers keep them."""


@dataclass(frozen=True)
class Columns:
    """Choices of pools, those of a pool side by side.

    pool (columns,); cost (columns,); gains (columns, targets); plan (columns,), the plan it is taken from; levels
    (plans, slots).
    """

    pool: Integers
    cost: Floats
    gains: Floats
    plan: Integers
    levels: Integers


def choices(pools: Pools, targets: Targets, need: Floats, sweeps: list[Sweep], best: Candidate) -> Columns:
    """Which choices can a plan hold that is cheaper than the best plan known?

    Args: pools; targets; need (targets,), what each must be brought; sweeps, highest bound first; best.
    """
    plans = [best, *_neighbours(pools, targets, best), *(sweep.plan for sweep in sweeps)]
    return _within(plans, sweeps[0], best.value * (1 + _SAME) - sweeps[0].bound(need))


def worth_of(columns: Columns, need: Floats, unit: float) -> tuple[Floats, float]:
    """At which worths (targets,) would fractions of these columns be the cheapest plan, and what does that cost?

    Returns: worths (targets,), and the cost: no worths prove a higher bound if these are all the choices that matter.
    `unit` is the money that costs are counted in. Raises NoValues.
    """
    count = len(columns.pool)
    answer = least(columns.cost / unit, _one_of_each(columns, need), np.zeros(count), np.ones(count),
                   np.zeros(count, bool), gap=0.0, most_nodes=1)
    worth, active = np.zeros(len(need)), np.flatnonzero(need > 0)
    worth[active] = np.maximum(answer.row_dual[: len(active)], 0.0) * unit / need[active]
    return worth, answer.objective * unit


def combined(pools: Pools, targets: Targets, columns: Columns, need: Floats, unit: float, gap: float) -> Candidate:
    """Which plan is about the cheapest that can be put together of these columns?

    Args: pools; targets; columns; need (targets,), what each must be brought; unit, the money that costs are counted
    in; gap, the relative gap at which a plan is as good as the best. Raises NoValues.
    """
    chosen = _relaxed_and_fixed(columns, need, unit, gap)
    levels = columns.levels[columns.plan[chosen][pools.slot_pool], np.arange(len(pools.slot_pool))]
    return candidate_at(pools, targets, levels)


def _neighbours(pools: Pools, targets: Targets, plan: Candidate) -> list[Candidate]:
    """The plans in which one level of every pool is a unit higher or lower."""
    ordinal = ordinals(pools.slot_pool)
    return [
        candidate_at(pools, targets, np.maximum(plan.levels + step * (ordinal == turn), pools.slot_lowest))
        for turn in range(int(ordinal.max(initial=-1)) + 1) for step in (-1, 1)
    ]


def _within(plans: list[Candidate], sweep: Sweep, gap: float) -> Columns:
    """The distinct columns of these plans that a plan may hold which is cheaper by less than this gap."""
    found = []
    for index, plan in enumerate(plans):
        beyond = plan.cost - plan.gains @ sweep.worth - sweep.floors
        pool = np.flatnonzero(beyond <= gap)
        found.append((pool, plan.cost[pool], plan.gains[pool], np.full(len(pool), index), beyond[pool]))
    pool, cost, gains, source, beyond = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((*gains.T, cost, beyond, pool))
    pool, cost, gains, source = pool[order], cost[order], gains[order], source[order]
    again = (np.diff(pool) == 0) & (np.diff(cost) == 0) & (np.diff(gains, axis=0) == 0).all(axis=1)
    kept = np.append(True, ~again)
    kept[kept] = ordinals(pool[kept]) < _NEAREST
    return Columns(pool[kept], cost[kept], gains[kept], source[kept], np.stack([plan.levels for plan in plans]))


def _relaxed_and_fixed(columns: Columns, need: Floats, unit: float, gap: float) -> Integers:
    """Which column does each pool take? Decides the pools in groups, each twice as large as the one before.

    `unit` is the money that costs are counted in. Returns (pools,). Raises NoValues.
    """
    pools, rows = int(columns.pool.max()) + 1, _one_of_each(columns, need)
    rank, last = _by_swing(columns, pools)[columns.pool], _FIRST_DECIDED
    lower, upper = np.zeros(len(rank)), np.ones(len(rank))
    while True:
        whole = rank < last
        answer = least(columns.cost / unit, rows, lower, upper, whole, gap=_PART_OF_GAP * gap, most_nodes=_NODES)
        lower = np.where(whole & (answer.values > 0.5), 1.0, 0.0)
        upper = np.where(whole, lower, 1.0)
        if last >= pools:
            return np.flatnonzero(lower)
        last *= 2


def _one_of_each(columns: Columns, need: Floats) -> Rows:
    """Every target is brought its need, by one column of each pool."""
    active = np.flatnonzero(need > 0)
    target, column = np.nonzero(columns.gains[:, active].T)
    value = columns.gains[column, active[target]] / need[active[target]]
    pools, count = int(columns.pool.max()) + 1, len(columns.pool)
    entries = np.append(np.bincount(target, minlength=len(active)), np.bincount(columns.pool, minlength=pools))
    one = np.ones(pools)
    return Rows(
        np.append(0, np.cumsum(entries)),
        np.append(column, np.arange(count)),
        np.append(value, np.ones(count)),
        np.append(np.full(len(active), 1 + _AIMED_ABOVE), one),
        np.append(np.full(len(active), np.inf), one),
    )


def _by_swing(columns: Columns, pools: int) -> Integers:
    """The rank of each pool (pools,) by how much the costs of its columns differ, most first."""
    count = np.bincount(columns.pool, minlength=pools)
    mean = np.bincount(columns.pool, columns.cost, minlength=pools) / count
    swing = np.bincount(columns.pool, (columns.cost - mean[columns.pool]) ** 2, minlength=pools) / count
    rank = np.empty(pools, np.int64)
    rank[np.argsort(-swing, kind="stable")] = np.arange(pools)
    return rank
