"""Which levels keep every promise at the least cost, and how far can they be from the best?

Weak duality (Everett 1963): let each kept unit earn a worth, and every pool decides alone. For any worths >= 0 the
pools' floors, less what the promised volume earns, lie under the cost of every plan that keeps the promises. So the
search moves the worths, keeps the highest such bound, and turns the levels it meets on the way into a plan that keeps
the promises; the difference of the two is the certified gap. Nothing here knows what is held: pools answer through
`_pool.Pools`.

The worths move in two phases. A promise missed by more than it allows has its worth multiplied, one kept too well
divided: a fixed point that is close after a dozen sweeps. Promises that share pools then pull at each other, and a
proximal bundle (Lemarechal 1975; Kiwiel 1990) finishes: it remembers what each sweep found, as a plane above the bound,
and moves to the top of the lowest planes near the best point so far. Plans met are mixed pool by pool (`_rounding`);
where pools are few and that leaves a gap, choices are put together one by one (`_columns`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from arbitre.optimise._columns import choices, combined, worth_of
from arbitre.optimise._every_choice import settled
from arbitre.optimise._pool import Floats, Integers, Outcome, Pools, Targets, Unreachable
from arbitre.optimise._rounding import Candidate, Sweep, candidate_at, cheapest_plan, repaired
from arbitre.solvers.linear import NoValues

Progress = Callable[[float, str], None]

_AIMED_ABOVE = 0.3
_TOLERANCE = 1e-9
"""Share of the volume within reach that nobody can tell from all of it."""
_FAST_SWEEPS = 14
_WIDEST_FACTOR = 20.0
_LEAST_POWER, _LARGEST_POWER = 0.5, 2.0
_SHORT_OF = 0.97
"""The secant aims a little short: the answer steepens as worths rise."""
_BEYOND = 1.25
"""The power that a sample tells is taken so much higher: a plan beyond the promise is mixed with one short of it."""
_SMALLEST_WORTH = 1e-7
"""A worth that is this small a part of all the worth asked counts as nought."""
_FADED_WORTH = 1e-9
"""A worth never fades below this part of the largest one while worths are multiplied."""
_FIRST_REACH = 0.05
"""How far the first bundle step may go, relative to the worths."""
_PLANES = 40
_PLANS_MIXED = 12
_RAISES = 300
_FEW = 5000
"""Up to so many pools times targets, choices of pools are put together one by one where mixing plans leaves a gap."""
_DOZENS = 100
"""Up to so many pools, every choice that a cheaper plan could hold is looked at where that leaves a gap."""
_SHARPENED = 10
"""Most sweeps that sharpen the worths of few pools."""
_LARGE = 8000
"""From so many pools on, the first worths are found on a sample of at least a quarter as many."""
_SAMPLE = 2000
_SAMPLE_GAP = 2e-3


@dataclass(frozen=True)
class Plan:
    """Levels that keep every promise, with their proof.

    levels (slots,); outcome, what they bring; value, their cost (money per year); bound, a proven floor under the cost
    of every plan that keeps the promises; gap = (value - bound) / value, 0 when there is no cost; worth (targets,),
    money per year for one more unit per day asked of the target; worth_per_point (targets,), money per year for one
    more point (1 %) of it; kept (classes,) volume; share (targets,) kept; iterations, how often all pools were asked;
    status, "optimal" when the gap is within what was asked for, else "feasible".
    """

    levels: Integers
    outcome: Outcome
    value: float
    bound: float
    gap: float
    worth: Floats
    worth_per_point: Floats
    kept: Floats
    share: Floats
    iterations: int
    status: str


class _Search:
    """The sweeps made so far, and what to ask next."""

    def __init__(self, pools: Pools, targets: Targets, need: Floats, asked: Floats, reach: Floats) -> None:
        self.pools, self.targets, self.need, self.asked = pools, targets, need, asked
        self.allowed = np.where(need > 0, np.maximum(reach - need, _TOLERANCE * asked), 1.0)
        self.sweeps: list[Sweep] = []
        self.best: Candidate | None = None
        self.power: float | None = None
        self.proven = 0.0

    def sweep(self, worth: Floats) -> Sweep:
        """Ask every pool at these worths of targets (targets,), the negligible ones taken as nought."""
        asked = worth * self.need
        worth = np.where(asked > _SMALLEST_WORTH * asked.sum(), worth, 0.0)
        priced = self.pools.price(worth @ self.targets.weight)
        found = Sweep(worth, priced.floor, candidate_at(self.pools, self.targets, priced.levels))
        self.sweeps.append(found)
        self.keep(found.plan)
        return found

    def keep(self, plan: Candidate) -> None:
        """Remember the cheapest plan that keeps every promise."""
        if (plan.gain >= self.need).all() and (self.best is None or plan.value < self.best.value):
            self.best = plan

    def margin(self, found: Sweep, gap: float) -> Floats:
        """By how much targets are aimed above their need, so that plans keep them: a part of what the gap allows."""
        fair = _AIMED_ABOVE * gap * found.plan.value / max(len(self.need), 1)
        return np.minimum(fair / np.maximum(found.worth, 1e-300), 0.2 * self.allowed)

    def enough(self, gap: float) -> float:
        """The cost at which a plan is within the gap of the best bound; costs are never negative."""
        return max(self.by_bound()[0].bound(self.need), 0.0) / (1 - gap)

    def by_bound(self) -> list[Sweep]:
        """All sweeps, highest bound first."""
        return sorted(self.sweeps, key=lambda sweep: -sweep.bound(self.need))

    def start(self) -> Floats:
        """Worths to begin with: of the right order of magnitude, or what a sample of many pools settles on.

        The sample also tells the power by which worths answer what is missed.
        """
        if self.pools.pools < _LARGE:
            return np.where(self.need > 0, self.pools.typical_worth(), 0.0)
        sample = self.pools.part(self.pools.pools // _SAMPLE)
        asked, reach = _volumes(sample, self.targets)
        share = np.divide(self.need, self.asked, out=np.zeros(len(self.need)), where=self.asked > 0)
        need = np.minimum(share * asked, (1 - _TOLERANCE) * reach)
        search = _Search(sample, self.targets, need, asked, reach)
        search.fast(search.start(), _SAMPLE_GAP)
        self.power = _BEYOND * search.answering(1.0)
        return np.maximum(search.by_bound()[0].worth, np.where(self.need > 0, _FADED_WORTH, 0.0))

    def fast(self, worth: Floats, gap: float) -> bool:
        """Multiply worths by how much more is missed than allowed; returns whether the gap was reached."""
        for turn in range(_FAST_SWEEPS):
            found = self.sweep(worth)
            slack = found.plan.gain - self.need
            missing = [last.plan for last in self.sweeps[-2:] if (last.plan.gain < self.need).any()]
            if missing and self.best:
                self.keep(repaired(self.pools, missing[-1], self.best, self.need, found.worth))
            if self.best and self.best.value <= self.enough(gap):
                return True
            margin = self.margin(found, gap)
            missed = np.maximum(self.allowed - slack + np.where(slack < margin, margin, 0.0), 0.0)
            factor = (missed / self.allowed) ** self.answering(0.9 if turn < _FAST_SWEEPS // 2 else 0.7)
            worth = worth * np.clip(factor, 1.0 / _WIDEST_FACTOR, _WIDEST_FACTOR)
            # A worth may fade but must be able to come back.
            worth = np.where(self.need > 0, np.maximum(worth, _FADED_WORTH * worth.max(initial=0.0)), 0.0)
        return False

    def answering(self, usual: float) -> float:
        """The power of what is missed by which worths are raised.

        A single target tells it by its last two sweeps (the secant, in logarithms); several move each other, and take
        the usual one.
        """
        if len(self.need) > 1:
            return usual
        if len(self.sweeps) < 2:
            return self.power or usual
        before, last = self.sweeps[-2:]
        missed = [float((self.allowed + self.need - sweep.plan.gain)[0]) for sweep in (before, last)]
        if min(missed) <= 0.0 or min(before.worth[0], last.worth[0]) <= 0.0 or missed[0] == missed[1]:
            return usual
        power = _SHORT_OF * math.log(last.worth[0] / before.worth[0]) / math.log(missed[0] / missed[1])
        return min(max(power, _LEAST_POWER), _LARGEST_POWER)

    def refine(self, gap: float, most_sweeps: int, progress: Progress | None) -> None:
        """Proximal bundle from the best sweep on, until the planes promise less than a tenth of the gap asked for."""
        if not (self.need > 0).any():
            return
        centre, reach = self.by_bound()[0], _FIRST_REACH
        while len(self.sweeps) < most_sweeps:
            height = centre.bound(self.need)
            worth, promised = _top_of_planes(self.sweeps[-_PLANES:], self.need, centre, reach)
            if promised - height <= 0.1 * gap * abs(height):
                if reach >= 1.0:
                    return
                reach *= 4.0
                continue
            found = self.sweep(worth)
            rise = found.bound(self.need) - height
            reach *= 1.7 if rise >= 0.2 * (promised - height) else 0.8
            centre = found if rise > 0 else centre
            if progress:
                progress(0.8 * len(self.sweeps) / most_sweeps, f"bound {max(height, 0.0):,.0f} a year")

    def raised_plan(self) -> Candidate:
        """Raise the worths of missed promises from the best ones on until all are kept."""
        worth, factor = self.by_bound()[0].worth, 1.02
        for _ in range(_RAISES):
            plan = self.sweep(worth).plan
            missed = plan.gain < self.need
            if not missed.any():
                return plan
            least = 1e-3 * (worth.max(initial=0.0) or self.pools.typical_worth())
            worth = np.where(missed, np.maximum(worth * factor, least), worth)
            factor = min(factor * factor, 10.0)
        raise RuntimeError("worths were raised beyond all measure and a target within reach is still missed")

    def plan(self, gap: float) -> Candidate:
        """The cheapest plan found that keeps every promise."""
        near = self.by_bound()[:_PLANS_MIXED]
        safe = self.best or self.raised_plan()
        plan = cheapest_plan(
            self.pools, self.targets, self.need, near[0].worth, [sweep.plan for sweep in near], safe, self.enough(gap)
        )
        if self.pools.pools * (1 + len(self.need)) <= _FEW and plan.value > self.enough(gap):
            plan = self.put_together(plan, gap)
        if self.pools.pools <= _DOZENS and self.pools.rises and plan.value > self.enough(gap):
            found = settled(self.pools, self.targets, self.need, self.by_bound(), plan, gap)
            plan, self.proven = found.plan, found.bound
        return plan

    def put_together(self, plan: Candidate, gap: float) -> Candidate:
        """Sharpen the worths, then choose for each pool by itself; returns the plan given where that finds none."""
        try:
            for _ in range(_SHARPENED):
                columns = choices(self.pools, self.targets, self.need, self.by_bound(), plan)
                worth, cost = worth_of(columns, self.need, plan.value)
                self.sweep(worth)
                if plan.value <= self.enough(gap):
                    return plan
                if cost * (1 - 0.1 * gap) <= self.by_bound()[0].bound(self.need):
                    break
            columns = choices(self.pools, self.targets, self.need, self.by_bound(), plan)
            found = combined(self.pools, self.targets, columns, self.need, plan.value, gap)
        except NoValues:
            return plan
        return found if found.value < plan.value and (found.gain >= self.need).all() else plan


def _top_of_planes(sweeps: list[Sweep], need: Floats, centre: Sweep, reach: float) -> tuple[Floats, float]:
    """Where near the centre are the planes of these sweeps highest, and how high?

    Maximises min over sweeps of plane(worth) - |(worth - centre) / (reach x scale)|^2 x height / 2 over worth >= 0, by
    moving weight between pairs of planes in the dual (sequential minimal optimisation, Platt 1998). Distances count
    relative to each worth, so units do not matter.
    """
    slope = np.array([need - sweep.plan.gain for sweep in sweeps])
    away = centre.worth - np.array([sweep.worth for sweep in sweeps])
    offset = np.array([sweep.bound(need) for sweep in sweeps]) + (away * slope).sum(axis=1)
    active = need > 0
    # A worth of nought still needs room to grow: a thousandth of an equal part of all that is asked.
    room = 1e-3 * (centre.worth @ need) / len(need) / np.where(active, need, 1.0)
    scale = np.where(active, np.maximum(centre.worth, room), 0.0)
    height = 1e-2 * max(abs(centre.bound(need)), 1e-300)
    metric = (reach * scale) ** 2 / height
    weight = np.zeros(len(sweeps))
    weight[int(np.argmin(offset))] = 1.0
    worth = centre.worth
    for _ in range(400):
        worth = np.maximum(centre.worth + metric * (weight @ slope), 0.0)
        plane = offset + slope @ (worth - centre.worth)
        low, high = int(np.argmin(plane)), int(np.argmax(np.where(weight > 0, plane, -np.inf)))
        if plane[high] - plane[low] <= 1e-9 * height:
            break
        curvature = (metric * (slope[high] - slope[low]) ** 2).sum()
        moved = min(weight[high], (plane[high] - plane[low]) / max(curvature, 1e-300))
        weight[high] -= moved
        weight[low] += moved
    return worth, float((offset + slope @ (worth - centre.worth)).min())


def keep_promises(
    pools: Pools,
    targets: Targets,
    *,
    gap: float = 5e-4,
    most_sweeps: int = 80,
    progress: Progress | None = None,
) -> Plan:
    """Which levels keep every promise at the least cost?

    Args: pools; targets; gap, the relative gap at which the search may stop; most_sweeps, how often all pools may be
    asked while the bound rises (a few more may be needed to keep a promise); progress, called with the part done (0 to
    1) and a sentence.
    Returns: Plan. Raises Unreachable when no levels can meet some target, ValueError when targets and pools have
    other classes.
    """
    if targets.weight.shape[1] != pools.classes:
        raise ValueError(f"targets weigh {targets.weight.shape[1]} classes, the pools have {pools.classes}")
    asked, reach = _volumes(pools, targets)
    missed = np.flatnonzero(reach < (targets.share - _TOLERANCE) * asked)
    if len(missed):
        raise Unreachable(missed.tolist(), (reach[missed] / asked[missed]).tolist())
    # The last 1e-9 of what is within reach would take stock without end.
    need = np.minimum(targets.share, (1 - _TOLERANCE) * reach / np.where(asked > 0, asked, 1.0)) * asked
    search = _Search(pools, targets, need, asked, reach)
    # Few pools are soon asked again: their worths are then sharper than the gap needs.
    if not search.fast(search.start(), gap) or pools.pools < _LARGE:
        search.refine(gap, most_sweeps, progress)
    if progress:
        progress(0.8, "bound found, rounding to a plan")
    return _report(search, search.plan(gap).levels, gap)


def _volumes(pools: Pools, targets: Targets) -> tuple[Floats, Floats]:
    """Volume that each target asks for, and the most that can be kept of it."""
    asked = np.bincount(pools.flow_class, pools.flow_volume, minlength=pools.classes)
    reach = np.bincount(pools.flow_class, pools.flow_reach, minlength=pools.classes)
    return targets.weight @ asked, targets.weight @ reach


def _report(search: _Search, levels: Integers, gap: float) -> Plan:
    """Evaluate the levels afresh and set them against the best bound."""
    pools, targets, best, asked = search.pools, search.targets, search.by_bound()[0], search.asked
    outcome = pools.evaluate(levels)
    value = float(outcome.cost.sum())
    kept = np.bincount(pools.flow_class, outcome.kept, minlength=pools.classes).astype(float)
    # Costs are never negative, so nought is a bound as well.
    bound = max(best.bound(search.need), search.proven, 0.0)
    found_gap = (value - bound) / value if value > 0 else 0.0
    return Plan(
        levels=levels,
        outcome=outcome,
        value=value,
        bound=bound,
        gap=found_gap,
        worth=best.worth,
        worth_per_point=best.worth * 0.01 * asked,
        kept=kept,
        share=np.divide(targets.weight @ kept, asked, out=np.ones(len(asked)), where=asked > 0),
        iterations=len(search.sweeps),
        status="optimal" if found_gap <= gap else "feasible",
    )
