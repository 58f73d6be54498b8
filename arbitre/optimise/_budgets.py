"""What does every amount of money keep, and what do penalties or a budget call for instead of targets?

Targets, penalties and a budget are three ways to put one problem (Everett 1963). At given worths every pool takes its
cheapest levels, and the sum of floors is a line under the cost of every plan, whatever it keeps:

    cost(plan) >= floor(worth) + worth . kept(plan).

With penalties the worths are given, and one sweep is the answer. With a budget one multiplier, the worth of what is
kept in money, is closed in from both sides; the line turned round bounds what any plan within the budget can keep,
kept <= (budget - floor) / multiplier. Along one ray of worths the plans are the lower hull of cost over what is kept:
each is the cheapest for what it keeps, so its own cost is its bound, and plans between them are bracketed by the lines.
The hull is found from its ends inwards: between two neighbours the next sweep is made at the slope of their chord,
which finds a plan below the chord or proves that there is none (Aneja & Nair 1979).

Nothing here knows what is held: pools answer through `_pool.Pools`. Units are those of the contract: money per year,
volume in units per day, worths in money per year for one more unit per day.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from arbitre.optimise._duality import Plan
from arbitre.optimise._pool import Floats, Integers, Pools, Targets
from arbitre.optimise._rounding import Candidate, candidate_at, mixed, ordinals

_TOLERANCE = 1e-9
"""Share of a budget, or of the volume within reach, that nobody can tell from all of it."""
_FARTHEST = 8.0
"""The curve ends where worths are so many times those given: about an eighth is then missed of what was missed."""
_WIDEST_STEP = 1e4
_WIDEST_SEARCH = 1e24
"""A multiplier is searched no farther than so many times from where the search starts."""
_LARGE = 8000
"""From so many pools on, the first multiplier is found on a sample of at least a quarter as many."""
_SAMPLE = 2000
_SAMPLE_GAP = 2e-3
_SHARP = 1.02
"""Few pools are asked until the multiplier is known up to this factor."""
_WORTHWHILE = 1e-5
"""Units are added one by one while a round adds at least this share of what is kept."""


class Unaffordable(ValueError):
    """The budget is below the least that any levels cost, which is `least` (money per year)."""

    def __init__(self, least: float) -> None:
        self.least = least
        super().__init__(f"no levels cost less than {least:,.2f} a year")


@dataclass(frozen=True)
class Budgeted:
    """The plan that keeps most within a budget, with its proof.

    plan: its value is its cost, its bound the lowest cost proven for keeping as much, its worths what the search ended
    with. kept, the weighted volume kept; most, proven: no plan within the budget keeps more; gap = (most - kept) /
    kept, 0 when nothing can be kept.
    """

    plan: Plan
    kept: float
    most: float
    gap: float


@dataclass(frozen=True)
class Point:
    """A plan on the curve: value, its cost (money per year); bound, the lowest cost proven for keeping as much;
    gain (targets,), the volume it brings each target."""

    value: float
    bound: float
    gain: Floats


@dataclass(frozen=True)
class Curve:
    """Plans along one ray of worths, by rising cost, and the lines that prove them.

    points; worth (targets,), the ray: how much keeping counts; scales and floors (lines,), the sweeps made.
    """

    points: list[Point]
    worth: Floats
    scales: Floats
    floors: Floats

    def bound(self, gain: Floats) -> float:
        """Lowest cost proven for keeping as much as these gains (targets,) come to at the worths of the ray."""
        return max(float((self.floors + self.scales * (self.worth @ gain)).max()), 0.0)


@dataclass(frozen=True)
class _Vertex:
    """One sweep at `scale` times a ray: the sum of floors, the plan, and the weighted volume it keeps."""

    scale: float
    floor: float
    plan: Candidate
    kept: float


class _Ray:
    """Sweeps along one ray of worths: scale times `weight` (targets,)."""

    def __init__(self, pools: Pools, targets: Targets, weight: Floats) -> None:
        self.pools, self.targets, self.weight = pools, targets, weight
        self.sweeps: list[_Vertex] = []
        reach = np.bincount(pools.flow_class, pools.flow_reach, minlength=pools.classes)
        self.reach = float(weight @ targets.weight @ reach)

    def at(self, scale: float) -> _Vertex:
        """Ask every pool at this scale."""
        priced = self.pools.price(scale * (self.weight @ self.targets.weight))
        plan = candidate_at(self.pools, self.targets, priced.levels)
        found = _Vertex(scale, float(priced.floor.sum()), plan, self.kept(plan))
        self.sweeps.append(found)
        return found

    def kept(self, plan: Candidate) -> float:
        """Weighted volume that a plan keeps."""
        return float(self.weight @ plan.gain)

    def lowest_cost(self, kept: float) -> float:
        """Proven: no plan that keeps this weighted volume costs less."""
        return max(0.0, *(sweep.floor + sweep.scale * kept for sweep in self.sweeps))

    def most_kept(self, limit: float) -> float:
        """Proven: no plan that costs at most `limit` keeps more weighted volume."""
        return min([self.reach, *((limit - each.floor) / each.scale for each in self.sweeps if each.scale > 0)])

    def is_enough(self, plan: Candidate, limit: float, gap: float) -> bool:
        """Whether a plan keeps all that is proven possible within `limit`, up to a relative gap."""
        return self.most_kept(limit) <= (1 + gap) * self.kept(plan)

    def filled(self, plan: Candidate, other: Candidate, limit: float) -> Candidate:
        """Take over pools from another plan where they keep more, most for its money first, while the money lasts."""
        extra, more = other.cost - plan.cost, (other.gains - plan.gains) @ self.weight
        useful = np.flatnonzero(more > 0)
        order = useful[np.argsort(extra[useful] / more[useful], kind="stable")]
        chosen = np.zeros(self.pools.pools, bool)
        left = limit - plan.value
        while len(order := order[~chosen[order] & (extra[order] <= left)]):
            affordable = np.logical_and.accumulate(np.cumsum(extra[order]) <= left)
            chosen[order[affordable]] = True
            left -= float(extra[order[affordable]].sum())
        fuller = mixed(self.pools, plan, other, chosen)
        # Sums in another order may differ in the last digit: a budget is never broken for that.
        return fuller if fuller.value <= limit else plan

    def raised(self, plan: Candidate, limit: float) -> Candidate:
        """Raise levels one unit at a time, most for its money first, while the money lasts."""
        ordinal = ordinals(self.pools.slot_pool)
        while True:
            before = self.kept(plan)
            for turn in range(int(ordinal.max(initial=-1)) + 1):
                more = candidate_at(self.pools, self.targets, plan.levels + (ordinal == turn))
                plan = self.filled(plan, more, limit)
            if self.kept(plan) <= before * (1 + _WORTHWHILE):
                return plan

    def bracket(self, limit: float, scale: float, factor: float) -> tuple[_Vertex, _Vertex | None]:
        """Return a sweep that costs at most `limit` and one that costs more; none when all in reach can be kept.

        Steps out from `scale` by a factor that grows. Raises Unaffordable.
        """
        found, start = self.at(scale), scale
        is_low = found.plan.value <= limit
        while is_low and found.kept < (1 - _TOLERANCE) * self.reach and found.scale < start * _WIDEST_SEARCH:
            further = self.at(found.scale * factor)
            if further.plan.value > limit:
                return found, further
            found, factor = further, min(factor * factor, _WIDEST_STEP)
        if is_low:
            return found, None
        while found.scale > 0:
            nearer = self.at(found.scale / factor if found.scale > start / _WIDEST_SEARCH else 0.0)
            if nearer.plan.value <= limit:
                return nearer, found
            found, factor = nearer, min(factor * factor, _WIDEST_STEP)
        raise Unaffordable(found.floor)

    def closed_in(self, limit: float, scale: float, factor: float, gap: float, most_sweeps: int) -> Candidate:
        """Return a plan within `limit`, from the two neighbours on the hull between which the budget ends."""
        low, high = self.bracket(limit, scale, factor)
        plan = low.plan
        while high:
            plan = self.filled(low.plan, high.plan, limit)
            slope = _slope(low, high)
            # Few pools are soon asked again: their worth is then sharper than the gap needs.
            is_sharp = self.pools.pools >= _LARGE or high.scale <= low.scale * _SHARP
            if (is_sharp and self.is_enough(plan, limit, gap)) or len(self.sweeps) >= most_sweeps:
                break
            if not low.scale < slope < high.scale:
                break
            found = self.at(slope)
            if found.plan.value <= limit:
                low, is_edge = found, found.kept <= low.kept
            else:
                high, is_edge = found, found.kept >= high.kept
            if is_edge:
                break
        return plan

    def start(self, limit: float) -> tuple[float, float]:
        """Where to begin and how wide to step: the right order of magnitude, or what a sample of many pools gives."""
        classes = self.weight @ self.targets.weight
        scale = self.pools.typical_worth() / float(classes[classes > 0].mean())
        if self.pools.pools < _LARGE:
            return scale, 4.0
        sample = _Ray(self.pools.part(self.pools.pools // _SAMPLE), self.targets, self.weight)
        part = sample.at(scale).plan.value / max(self.at(scale).plan.value, 1e-300)
        try:
            sample.closed_in(limit * part, scale, 4.0, _SAMPLE_GAP, 40)
        except Unaffordable:
            return scale, 4.0
        return sample.best(limit * part).scale or scale, 1.03

    def best(self, limit: float) -> _Vertex:
        """The sweep that proves most about a budget."""
        useful = [sweep for sweep in self.sweeps if sweep.scale > 0]
        return min(useful, key=lambda sweep: (limit - sweep.floor) / sweep.scale)


def best_at(pools: Pools, targets: Targets, penalty: Floats) -> Plan:
    """Which levels are best when each unit of volume that is not kept costs a penalty?

    One sweep: the worth of a kept unit is the penalty saved, so the pools' own choice is the best of all.

    Args: pools; targets, whose shares do not matter here; penalty (targets,), money per year for one unit per day not
    kept, >= 0.
    Returns: Plan; value and bound are cost plus penalties; the gap is what the pools leave between their floors and
    their best levels, next to nothing. Raises ValueError on penalties
    that are negative, not finite or of another shape.
    """
    penalty = _checked(penalty, targets)
    priced = pools.price(penalty @ targets.weight)
    exposed = float(penalty @ _asked(pools, targets))
    return _plan(pools, targets, priced.levels, penalty, float(priced.floor.sum()) + exposed, 1, late=penalty)


def within_budget(
    pools: Pools, targets: Targets, weight: Floats, budget: float, *, gap: float = 5e-4, most_sweeps: int = 60
) -> Budgeted:
    """Which levels keep most when their cost may not exceed a budget?

    Args: pools; targets, whose shares do not matter here; weight (targets,) >= 0, how much a unit of volume kept
    counts; budget, money per year; gap, the relative gap at which the search may stop; most_sweeps, how often all pools
    may be asked.
    Returns: Budgeted. Raises Unaffordable when no levels cost so little, ValueError on malformed weights or budget.
    """
    weight = _checked(weight, targets)
    if not np.isfinite(budget) or budget < 0:
        raise ValueError("a budget must be a finite number, not negative")
    ray, limit = _Ray(pools, targets, weight), budget * (1 + _TOLERANCE)
    if ray.reach <= 0:
        least = ray.at(0.0)
        if least.plan.value > limit:
            raise Unaffordable(least.floor)
        return Budgeted(_plan(pools, targets, least.plan.levels, 0 * weight, least.floor, 1), 0.0, 0.0, 0.0)
    plan = ray.closed_in(limit, *ray.start(limit), gap, most_sweeps)
    if not ray.is_enough(plan, limit, gap):
        plan = ray.raised(plan, limit)
    kept = ray.kept(plan)
    most, best = max(ray.most_kept(limit), kept), ray.best(limit)
    found = _plan(pools, targets, plan.levels, best.scale * weight, ray.lowest_cost(kept), len(ray.sweeps))
    gap_left = (most - kept) / kept if kept > 0 else 0.0
    return Budgeted(replace(found, status="optimal" if gap_left <= gap else "feasible"), kept, most, gap_left)


def curve(pools: Pools, targets: Targets, worth: Floats, *, sweeps: int = 8, points: int = 15) -> Curve:
    """What does every amount of money keep, from the least that can be held to far more than these worths call for?

    Half of the points or more are pools' own choices at a multiple of the worths, each the cheapest plan for what it
    keeps; between neighbours pools are switched over one by one, most for its money first. Every point is bracketed.

    Args: pools; targets, whose shares do not matter here; worth (targets,) >= 0, the ray: the curve at 1 is what they
    call for; sweeps, how often all pools may be asked (at least 3); points, about how many there will be.
    Returns: Curve. Raises ValueError on malformed worths.
    """
    ray = _Ray(pools, targets, _checked(worth, targets))
    hull = [ray.at(scale) for scale in (0.0, 1.0, _FARTHEST)]
    while len(hull) < sweeps:
        low, high = max(pairwise(hull), key=lambda pair: _room(*pair))
        if _room(low, high) <= _TOLERANCE * hull[-1].plan.value * ray.reach:
            break
        hull = sorted([*hull, ray.at(_slope(low, high))], key=lambda vertex: vertex.scale)
    hull = [hull[0], *(high for low, high in pairwise(hull) if high.kept > low.kept)]
    steps = max(round((points - 1) / max(len(hull) - 1, 1)), 1)
    plans = [hull[0].plan]
    for low, high in pairwise(hull):
        limits = low.plan.value + (high.plan.value - low.plan.value) * np.arange(1, steps) / steps
        for plan in [*(ray.filled(low.plan, high.plan, limit) for limit in limits), high.plan]:
            if ray.kept(plan) > ray.kept(plans[-1]):
                plans.append(plan)
    told = [Point(plan.value, min(ray.lowest_cost(ray.kept(plan)), plan.value), plan.gain) for plan in plans]
    scales, floors = (np.array([getattr(sweep, name) for sweep in ray.sweeps]) for name in ("scale", "floor"))
    return Curve(told, ray.weight, scales, floors)


def _slope(low: _Vertex, high: _Vertex) -> float:
    """Cost of one more unit of weighted volume, from one sweep to the next; infinite when it keeps no more."""
    more = high.kept - low.kept
    return (high.plan.value - low.plan.value) / more if more > 0 else np.inf


def _room(low: _Vertex, high: _Vertex) -> float:
    """How much room there is for plans under the chord of two neighbours: twice the area above their lines."""
    slope = _slope(low, high)
    if not low.scale < slope < high.scale:
        return 0.0
    chord = low.floor - (slope - low.scale) * low.kept
    lines = low.floor + (high.floor - low.floor) * (slope - low.scale) / (high.scale - low.scale)
    return (chord - lines) * (high.kept - low.kept)


def _asked(pools: Pools, targets: Targets) -> Floats:
    """Volume that each target covers (targets,)."""
    return targets.weight @ np.bincount(pools.flow_class, pools.flow_volume, minlength=pools.classes)


def _checked(worth: Floats, targets: Targets) -> Floats:
    worth = np.asarray(worth, dtype=float)
    if worth.shape != targets.share.shape or not (np.isfinite(worth) & (worth >= 0)).all():
        raise ValueError(f"{len(targets.share)} targets need as many finite numbers, none negative")
    return worth


def _plan(pools: Pools, targets: Targets, levels: Integers, worth: Floats, bound: float, iterations: int,
          late: Floats | None = None) -> Plan:
    """Evaluate levels and set them against a bound; `late` (targets,) is paid for each unit of volume not kept."""
    outcome, asked = pools.evaluate(levels), _asked(pools, targets)
    kept = np.bincount(pools.flow_class, outcome.kept, minlength=pools.classes).astype(float)
    gain = targets.weight @ kept
    value = float(outcome.cost.sum()) + (float(late @ (asked - gain)) if late is not None else 0.0)
    bound = min(max(bound, 0.0), value)
    return Plan(
        levels=levels,
        outcome=outcome,
        value=value,
        bound=bound,
        gap=(value - bound) / value if value > 0 else 0.0,
        worth=worth,
        worth_per_point=worth * 0.01 * asked,
        kept=kept,
        share=np.divide(gain, asked, out=np.ones(len(asked)), where=asked > 0),
        iterations=iterations,
        status="optimal",
    )
