"""From plans that almost keep the promises to one that does, at the least extra cost.

A plan is a choice for every pool, so plans can be mixed pool by pool. A change of one pool is judged by its cost less
what its gains are worth at the current worths: exactly what it adds to the gap.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from arbitre.optimise._pool import Floats, Integers, Pools, Targets

_BASES = 3
"""From how many plans a full mix is tried: the nearest to the best worths are rarely beaten by later ones."""

_WORTHWHILE = 1e-5
"""Trimming goes round again while it saves at least this share of the cost."""


@dataclass(frozen=True)
class Candidate:
    """Levels (slots,) with their cost (pools,) and gains (pools, targets), summed in value and gain (targets,)."""

    levels: Integers
    cost: Floats
    gains: Floats
    value: float
    gain: Floats


@dataclass(frozen=True)
class Sweep:
    """One answer of the pools: the worth of each target, the floor of each pool, and the plan the pools chose."""

    worth: Floats
    floors: Floats
    plan: Candidate

    def bound(self, need: Floats) -> float:
        """Proven floor under the cost of every plan that brings each target what it needs (targets,)."""
        return float(self.floors.sum()) + float(self.worth @ need)


def candidate_at(pools: Pools, targets: Targets, levels: Integers) -> Candidate:
    """What do these levels cost, and what do they bring towards each target?"""
    outcome = pools.evaluate(levels)
    share_of_class = pools.flow_pool * pools.classes + pools.flow_class
    kept = np.bincount(share_of_class, outcome.kept, minlength=pools.pools * pools.classes)
    gains = kept.reshape(pools.pools, pools.classes) @ targets.weight.T
    return Candidate(levels, outcome.cost, gains, float(outcome.cost.sum()), gains.sum(axis=0))


def mixed(pools: Pools, base: Candidate, other: Candidate, chosen: np.ndarray) -> Candidate:
    """The base plan, but with the other plan's levels in the chosen pools (pools,)."""
    cost = np.where(chosen, other.cost, base.cost)
    gains = np.where(chosen[:, None], other.gains, base.gains)
    levels = np.where(chosen[pools.slot_pool], other.levels, base.levels)
    return Candidate(levels, cost, gains, float(cost.sum()), gains.sum(axis=0))


def repaired(pools: Pools, base: Candidate, other: Candidate, need: Floats, worth: Floats) -> Candidate:
    """Switch pools from a base plan to one that keeps the promises, cheapest help first, until every promise holds."""
    extra, gains = other.cost - base.cost, other.gains - base.gains
    regret = extra - gains @ worth
    chosen = np.zeros(pools.pools, bool)
    slack = base.gain - need
    while (slack < 0).any():
        short = slack < 0
        # A missed target that is worth nothing yet still has to count.
        value = np.where(worth > 0, worth, max(worth.mean(), 1e-300))
        helped = gains[:, short] @ value[short]
        useful = np.flatnonzero((helped > 0) & ~chosen)
        if len(useful) == 0:
            return other
        order = useful[np.argsort(regret[useful] / helped[useful], kind="stable")]
        path = slack + np.cumsum(gains[order], axis=0)
        done = np.flatnonzero((path[:, short] >= 0).any(axis=1))
        last = done[0] + 1 if len(done) else len(order)
        chosen[order[:last]] = True
        slack = base.gain + gains[chosen].sum(axis=0) - need
    return mixed(pools, base, other, chosen)


def improved(pools: Pools, plan: Candidate, other: Candidate, need: Floats, worth: Floats) -> Candidate:
    """Take over what saves cost in another plan while every promise still holds, least waste first."""
    extra, gains = other.cost - plan.cost, other.gains - plan.gains
    saving = np.flatnonzero(extra < 0)
    order = saving[np.argsort((extra - gains @ worth)[saving], kind="stable")]
    chosen = _affordable(order, gains, plan.gain - need)
    better = mixed(pools, plan, other, chosen)
    # Sums in another order may differ in the last digit: a promise is never given away for that.
    return better if (better.gain >= need).all() else plan


@njit(cache=True, nogil=True)
def _affordable(order, gains, slack):
    """Which pools can change, taken in this order, while no slack (targets,) falls below nought? Returns (pools,)."""
    chosen = np.zeros(len(gains), np.bool_)
    for pool in order:
        for target in range(len(slack)):
            if slack[target] + gains[pool, target] < 0:
                break
        else:
            chosen[pool] = True
            for target in range(len(slack)):
                slack[target] += gains[pool, target]
    return chosen


def trimmed(
    pools: Pools, targets: Targets, plan: Candidate, need: Floats, worth: Floats, enough: float
) -> Candidate:
    """Lower levels one unit at a time wherever every promise still holds, until the plan costs `enough` or nothing."""
    ordinal = ordinals(pools.slot_pool)
    while True:
        before = plan.value
        for turn in range(int(ordinal.max(initial=-1)) + 1):
            if plan.value <= enough:
                return plan
            fewer = np.maximum(plan.levels - (ordinal == turn), pools.slot_lowest)
            plan = improved(pools, plan, candidate_at(pools, targets, fewer), need, worth)
        if plan.value >= before * (1 - _WORTHWHILE):
            return plan


def ordinals(owner: Integers) -> Integers:
    """For each slot, how many slots of the same pool come before it."""
    order = np.argsort(owner, kind="stable")
    count = np.bincount(owner)
    ordinal = np.empty(len(owner), np.int64)
    ordinal[order] = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    return ordinal


def cheapest_plan(
    pools: Pools, targets: Targets, need: Floats, worth: Floats, plans: list[Candidate], safe: Candidate, enough: float
) -> Candidate:
    """The cheapest plan found that keeps every promise, or the first that costs no more than `enough`.

    Args: plans met at worths near `worth` (targets,), nearest first; safe, a plan that keeps every promise.
    """
    best = safe
    for base in plans[:_BASES]:
        if best.value <= enough:
            return best
        plan = base if (base.gain >= need).all() else repaired(pools, base, safe, need, worth)
        for other in plans:
            plan = improved(pools, plan, other, need, worth)
        if plan.value < best.value:
            best = plan
    return trimmed(pools, targets, best, need, worth, enough)
