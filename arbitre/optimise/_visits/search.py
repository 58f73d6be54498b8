"""Which heads and levels keep the promises at least cost together, what is the floor, and what do they cost apart?

Heads are few: they are enumerated, and for each choice of heads parts are decided with their bound (`_duality`). The
share f of cases done in one visit, on which the wait for technicians depends, is first taken as what it could be at
best, then as what the levels found bring, until these keep the promises by the waits they cause.

The floor. At given heads every plan keeps no more than its levels would if the line were as short as the best f makes
it, so parts priced at that f cost at least `bound`. No plan cheaper than the best one known has money for more than so
much f: a floor under cost - worth x f (any worth) says how much, team by team. Heads that cost more than the best plan
by themselves, or with that floor, need not be tried. The floor of all is the least over all heads. It is proven for the
model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from arbitre.capability import Progress
from arbitre.core.errors import Unreachable
from arbitre.optimise._duality import keep_promises
from arbitre.optimise._pool import Floats, Integers
from arbitre.optimise._visits.model import Kept, Visits
from arbitre.optimise._visits.question import HOURS_PER_YEAR

_TURNS = 6
"""How often the share of one visit is corrected before heads are given up."""
_WORTHS = np.geomspace(1e-2, 1e4, 13)
"""Worths of a first-time fix tried for its ceiling, beside a typical one."""
_MOST_HEADS = 200
_HARDLY, _SOME = 1e-4, 0.2
"""Shares that wait for a technician: hardly anybody, and some."""
_SCALES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Multiples of the worths of the best plan at which a floor is tried first."""
_MOST_CHOICES = 5000
"""Choices of heads beyond which they are not all tried, and the floor is a simple one."""
_MOST_MOVES = 400
"""Moves of one unit tried at the end."""
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Choice:
    """Heads (teams,) and levels (slots,), what they do; worth (promises,), of one more case a day kept of each promise;
    worth_at_once (teams,), of one more done in one visit by each team as its line asks for it."""

    heads: Integers
    levels: Integers
    kept: Kept
    worth: Floats
    worth_at_once: Floats

    @property
    def cost(self) -> float:
        return self.kept.cost


@dataclass(frozen=True)
class Found:
    """The best choice and the floor under the cost of all others; saved (teams,), what parts would cost less with one
    head more; `tried`, choices of heads for which parts were decided."""

    best: Choice
    bound: float
    saved: Floats
    tried: int


class Search:
    """The choices of heads met so far."""

    def __init__(self, visits: Visits) -> None:
        self.visits = visits
        self.pools = visits.question.pools
        self.choices: dict[tuple[int, ...], Choice | None] = {}
        self.best: Choice | None = None  # the cheapest of them
        self._ceilings: dict[int, list[tuple[float, float]]] = {}

    def choose(self, heads: Integers) -> Choice | None:
        """Return the cheapest parts found at these heads, None where none keeps the promises."""
        key = tuple(heads.tolist())
        if key not in self.choices:
            found = self.choices[key] = self._chosen(heads)
            if found and (self.best is None or found.cost < self.best.cost):
                self.best = found
        return self.choices[key]

    def _chosen(self, heads: Integers) -> Choice | None:
        visits, first, missed = self.visits, np.ones(self.visits.teams), np.zeros(len(self.visits.need))
        if not visits.responds(heads, first):
            return None
        least = visits.least_first(heads, first)
        for turn in range(_TURNS):
            line = visits.near_line(heads, first, missed) + visits.least_line(least)
            targets = visits.targets(heads, first, line)
            if targets is None:
                return None
            plan = keep_promises(self.pools, targets)
            kept = visits.evaluate(heads, plan.levels)
            if kept and (kept.share >= visits.need - _ROUNDING).all():
                own, lines = plan.worth[:len(visits.need)], plan.worth[len(visits.need):]
                own[visits.by_line] = lines[:visits.by_line.sum()]
                return Choice(heads, plan.levels, kept, own, lines @ line.count)
            if kept:
                missed += np.maximum(visits.need - kept.share, 0.0) * visits.asked
            reached = visits.first(plan.outcome.kept)
            first = np.minimum(first, reached if turn == 0 else 0.5 * (first + reached))
            first = np.maximum(first * 0.98 if turn >= 2 else first, least)
        return None

    def floor(self, heads: Integers, cost: float, enough: float) -> float:
        """Return what parts cost at least at these heads in any plan of at most this cost in all; infinite: there is
        none. A floor that is `enough` is not raised further."""
        visits, money = self.visits, cost - self.visits.people(heads)
        best = np.array([self._most_first(team, money) for team in range(visits.teams)])
        line = visits.least_line(visits.least_first(heads, best))
        targets = visits.targets(heads, best, line) if visits.responds(heads, best) else None
        if targets is None:
            return np.inf
        quick = 0.0
        if self.best is not None:
            there = targets.weight @ np.bincount(self.pools.flow_class, self.pools.flow_volume,
                                                 minlength=self.pools.classes)
            for scale in _SCALES:
                worth = scale * np.append(self.best.worth, line.count @ self.best.worth_at_once)
                priced = self.pools.price(worth @ targets.weight)
                quick = max(quick, float(priced.floor.sum() + worth @ (targets.share * there)))
        return quick if quick >= enough else max(quick, keep_promises(self.pools, targets).bound)

    def _most_first(self, team: int, money: float) -> float:
        """Return the largest share of one visit that parts for so much money could bring a team."""
        visits, question = self.visits, self.visits.question
        if team not in self._ceilings:
            mine = np.zeros((len(question.volume), len(question.waits)))
            mine[question.team == team, 0] = 1.0
            worths = _WORTHS * self.pools.typical_worth()
            self._ceilings[team] = [(worth, float(self.pools.price(worth * mine.ravel()).floor.sum()))
                                    for worth in worths.tolist()]
        at_once = min((money - floor) / worth for worth, floor in self._ceilings[team])
        alone = float(question.alone[question.team == team].sum())
        cases = float(visits.cases[team])
        return min(max((at_once + alone) / cases, 0.0), 1.0) if cases else 1.0


def together(visits: Visits, progress: Progress) -> Found:
    """Return the cheapest heads and levels that keep the promises, with the floor.

    Raises Unreachable where no heads and parts do, with the share that everything at hand would keep.
    """
    search, least = Search(visits), _least(visits)
    top = _enough(visits, least, _HARDLY)
    progress(0.1, "looking for heads")
    _descend(search, _enough(visits, least, _SOME))
    if search.best is None:
        _descend(search, top)
    if search.best is None:
        raise _unreachable(visits, top)
    best, bound = search.best, search.best.cost
    every = _worth_trying(visits, least, top, best.cost)
    if every is None:  # then the floor is that of parts if nobody ever waits, and of the fewest heads
        bound, every = visits.people(least) + search.floor(top + _MOST_HEADS, np.inf, np.inf), []
    for at, heads in enumerate(every):
        progress(0.3 + 0.6 * at / len(every), f"heads {at + 1} of {len(every)}")
        floor = search.floor(heads, best.cost, best.cost - visits.people(heads))
        if visits.people(heads) + floor < best.cost:
            search.choose(heads)
            best = search.best
            bound = min(bound, visits.people(heads) + floor)
    best = polished(visits, best)
    return Found(best, min(best.cost, bound), _saved(search, best), len(search.choices))


def polished(visits: Visits, choice: Choice) -> Choice:
    """Return a choice with every unit taken away, or replaced by one or a few cheaper ones, that is not missed.

    Parts were decided for a share of one visit that they need not meet to the last unit.
    """
    cost = visits.question.pools.slot_cost
    dearest = np.argsort(-cost, kind="stable").tolist()
    moves = [(take, take, 0) for take in dearest]
    moves += [(take, put, units) for units in (1, 2, 4) for take in dearest for put in reversed(dearest)
              if units * cost[put] < cost[take]]
    best, lowest = choice, visits.question.pools.slot_lowest
    for take, put, units in moves[:_MOST_MOVES]:
        while best.levels[take] > lowest[take]:
            levels = best.levels.copy()
            levels[take] -= 1
            levels[put] += units
            kept = visits.evaluate(best.heads, levels)
            if kept is None or kept.cost >= best.cost or (kept.share < visits.need - _ROUNDING).any():
                break
            best = replace(best, levels=levels, kept=kept)
    return best


def _worth_trying(visits: Visits, least: Integers, top: Integers, cost: float
                  ) -> list[Integers] | None:
    """Return all heads that keep up and cost less than this by themselves, the dearest first. Heads that cost nothing
    are as many as are of use. None: too many."""
    spare = cost - visits.people(least)
    spans = [range(int(low), int(low + spare / (hourly * HOURS_PER_YEAR)) + 1) if hourly > 0 else (int(most),)
             for low, most, hourly in zip(least, top, visits.hourly, strict=True)]
    if np.prod([float(len(span)) for span in spans]) > _MOST_CHOICES:
        return None
    every = [heads for heads in map(np.array, product(*spans)) if visits.people(heads) < cost]
    return sorted(every, key=lambda heads: (-visits.people(heads), *heads))


def _saved(search: Search, best: Choice) -> Floats:
    """Return what parts would cost less with one head more of each team (teams,)."""
    more = [search.choose(best.heads + step) for step in np.eye(len(best.heads), dtype=np.int64)]
    return np.array([max(best.kept.stock - choice.kept.stock, 0.0) if choice else 0.0 for choice in more])


def _least(visits: Visits) -> Integers:
    """Return the fewest heads that can keep up when every part is there (teams,)."""
    lines = [visits.line(team, 1.0) for team in range(visits.teams)]
    return np.array([int(rate * mean) + 1 if rate > 0 else 0 for rate, mean, _ in lines], dtype=np.int64)


def _enough(visits: Visits, least: Integers, delayed: float) -> Integers:
    """Return heads (teams,) with which this share waits for a technician at most, even if no part were there."""
    heads = least.copy()
    for team in range(visits.teams):
        for count in range(int(least[team]), int(least[team]) + _MOST_HEADS):
            wait = visits.wait(team, count, 0.0)
            if visits.line(team, 0.0)[0] == 0 or (wait is not None and wait.delayed < delayed):
                heads[team] = count
                break
    return heads


def _descend(search: Search, heads: Integers) -> None:
    """Take heads away, one at a time where that saves most, as long as it saves."""
    here = search.choose(heads)
    while here:
        tried = [search.choose(here.heads - step) for step in np.eye(len(heads), dtype=np.int64)
                 if (here.heads - step >= 0).all()]
        better = [choice for choice in tried if choice and choice.cost < here.cost]
        here = min(better, key=lambda choice: choice.cost) if better else None


def _unreachable(visits: Visits, heads: Integers) -> Unreachable:
    """Say which promise fails though every part is there and hardly anybody waits."""
    pools, told = visits.question.pools, list[str]()
    weight, alone = visits.weights(heads, np.ones(visits.teams)) or (np.zeros((len(visits.need), pools.classes)), 0.0)
    there = np.bincount(pools.flow_class, pools.flow_volume, minlength=pools.classes)
    most = (weight @ there + alone) / visits.asked
    for promise, share, need in zip(visits.question.promises.iter_rows(named=True), most, visits.need, strict=True):
        if share < need:
            what = "travel alone lets" if promise["step"] else "travel and work alone let"
            told.append(f"{promise['promise']} asks {need:.1%} within {promise['window']:g} h, but {what} at most "
                        f"{share:.1%} be in time")
    return Unreachable("No technicians and parts keep every promise: " + "; ".join(told or ["together they ask too "
                       "much"]) + ". Lengthen the window, post technicians nearer, or lower the target.")
