"""Which tours are planned, and what do they cost when ways and work take as long as they happen to?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.maths.places.tour_chances import Chances, chances_of
from arbitre.maths.places.tours import RELOAD, Field, Timed, Tour, insertions, left_earlier, plan_cost, timed
from arbitre.optimise._routes.question import Question
from arbitre.solvers.routes import Search, tours_of

_ITERATIONS, _EACH = 500, 10
"""Iterations of effort 1, and those more for each visit."""
_STRETCHES = (0.0, 0.1, 0.2, 0.3)
"""By how much longer ways and work are taken to be, to have time in hand."""
_EARLIER = tuple(300 * step for step in range(7))
"""By how many seconds a tour may leave earlier than it must."""


@dataclass(frozen=True)
class Plan:
    """Tours with their chances; cost as planned, and on average in the replay; buffer: the share by which ways and
    work were taken to be longer.
    """

    tours: list[Timed]
    chances: list[Chances]
    cost: float
    expected_cost: float
    buffer: float


def planned(question: Question, params: Any, seed: int) -> Plan:
    """Return the plan; with `buffers` that of least mean cost."""
    stretches = _STRETCHES if params.buffers == "priced" else _STRETCHES[:1]
    plans = []
    for stretch in stretches:
        found = searched(question.field, params, seed, stretch=stretch, parts=len(stretches))
        margins = _EARLIER if params.buffers == "priced" else _EARLIER[:1]
        replayed = [_replayed(question, one, margins, params, stream(seed, "tours", number))
                    for number, one in enumerate(found)]
        tours, chances = [one for one, _ in replayed], [chance for _, chance in replayed]
        cost = plan_cost(question.field, tours)
        more = sum(chance.cost - one.cost for one, chance in zip(tours, chances, strict=True))
        plans.append(Plan(tours, chances, cost, cost + more, stretch))
    return min(plans, key=lambda plan: (plan.expected_cost, plan.buffer))


def searched(field: Field, params: Any, seed: int, start: Sequence[Tour] = (), stretch: float = 0.0, parts: int = 1
             ) -> list[Timed]:
    """Return tours searched in a field where ways and work take so much longer, timed in the field as it is.

    parts: into how many the effort is split.
    """
    seconds = None if params.seconds is None else params.seconds / parts
    iterations = params.effort * (_ITERATIONS + _EACH * len(field.visits)) / parts
    search = Search(max(1, round(iterations)), seconds)
    asked = field
    if stretch:
        visits = tuple(replace(visit, work=round(visit.work * (1.0 + stretch))) for visit in field.visits)
        asked = replace(field, visits=visits, seconds=np.ceil(field.seconds * (1.0 + stretch)))
    return _rested(field, [one.tour for one in tours_of(asked, search, seed, start)])


def _rested(field: Field, tours: Sequence[Tour]) -> list[Timed]:
    """Return tours with their rests; what then no longer fits goes where exact insertion finds it cheapest."""
    plan = []
    for tour in tours:
        found = timed(field, tour)
        while found is None and tour.stops:
            tour = min(_shorter(tour), key=lambda one: _regret(field, one, tour))
            found = timed(field, tour)
        if found is not None and any(stop != RELOAD for stop in found.tour.stops):
            plan.append(found)
    made = {stop for one in plan for stop in one.tour.stops}
    out = [row for row, visit in enumerate(field.visits) if visit.crews and row not in made]
    for visit in sorted(out, key=lambda row: (-field.visits[row].worth, row)):
        plan = inserted(field, plan, visit)
    return plan


def _shorter(tour: Tour) -> list[Tour]:
    """Return the tour without each of its stops."""
    return [Tour(tour.crew, (*tour.stops[:at], *tour.stops[at + 1:])) for at in range(len(tour.stops))]


def _regret(field: Field, shorter: Tour, tour: Tour) -> tuple[bool, float]:
    """Return what makes a stop a bad one to leave out: the tour still cannot be made, and what is lost."""
    found = timed(field, shorter)
    lost = sum(field.visits[stop].worth for stop in set(tour.stops) - set(shorter.stops) - {RELOAD})
    return found is None, lost + (0.0 if found is None else found.cost)


def inserted(field: Field, plan: list[Timed], visit: int) -> list[Timed]:
    """Return the plan with a visit where it is cheapest, if that costs less than it is worth."""
    best = min(insertions(field, plan, visit), key=lambda way: way[0], default=None)
    if best is None or best[0] >= field.visits[visit].worth:
        return plan
    _, one, row = best
    return [*plan, one] if row is None else [*plan[:row], one, *plan[row + 1:]]


def _replayed(question: Question, one: Timed, margins: Sequence[int], params: Any, rng: np.random.Generator
              ) -> tuple[Timed, Chances]:
    """Return the tour with its chances, leaving earlier by the margin at which its mean cost is least."""
    laws, works = _Laws(question), np.zeros((len(one.tour.stops), params.replications))
    for position, stop in enumerate(one.tour.stops):
        if stop != RELOAD:
            step = question.cases["step"][stop]
            works[position] = question.field.visits[stop].work * laws.factors(step, params.replications, rng)
    luck = rng.bit_generator.state
    told = []
    for margin in margins:
        rng.bit_generator.state = luck
        earlier = left_earlier(question.field, one, margin)
        told.append((earlier, chances_of(question.field, earlier, works, params.spread, rng)))
    return min(told, key=lambda found: found[1].cost)


class _Laws:
    """How work varies around its mean at each step; a visit without a step takes its time."""

    def __init__(self, question: Question) -> None:
        self.steps = {row["step"]: row for row in question.steps.iter_rows(named=True)}
        self.seen = {step: part["work"].to_numpy() for (step,), part in question.durations.filter(
            pl.col("work") > 0).group_by("step")}

    def factors(self, step: str | None, count: int, rng: np.random.Generator) -> np.ndarray:
        """Return draws of work over its mean (count,)."""
        law, spread = ("constant", 0.0) if step is None else (self.steps[step]["law"], self.steps[step]["spread"])
        if law == "observed" and step in self.seen:
            return rng.choice(self.seen[step], count) / self.seen[step].mean()
        if law == "exponential":
            return rng.exponential(size=count)
        if law == "erlang" and spread > 0:
            stages = max(1, round(1.0 / spread**2))
            return rng.gamma(stages, 1.0 / stages, count)
        if law == "lognormal" and spread > 0:
            squared = np.log1p(spread**2)
            return np.exp(rng.standard_normal(count) * np.sqrt(squared) - squared / 2.0)
        return np.ones(count)
