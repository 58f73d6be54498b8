"""Which parts and technicians by the hour keep the promises at least cost together, and what would they cost apart?

Parts that have a share target ** power of each promise at hand at once, at least cost, are tried power after power
from the even split on, with the cheapest people for each, while the two together cost less. Then parts are decided anew
beside the people found, and people beside these, while that helps. The floor is that of `_visits.by_hour`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from arbitre.capability import Progress, within
from arbitre.core.errors import Unreachable
from arbitre.optimise._crews.pools import CrewPools
from arbitre.optimise._crews.search import Staffing, bounded, placed, refuse_closed_hours, shaken, staffed
from arbitre.optimise._pool import Floats
from arbitre.optimise._visits.apart import POWERS, Departments
from arbitre.optimise._visits.by_hour import ByHour, Parts

_POWERS = sorted((*POWERS, 1.3, 1.7, 2.2, 3.0))
"""Powers of each promise that parts are tried for; above 1, as second visits may be in time too."""
_EVEN = 0.5
_TURNS = 3
_WORTHWHILE = 1e-4
"""Turns that save less than this share of the cost are the last."""
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Plan:
    """Parts and people by the hour; share (promises,), what the two keep together."""

    parts: Parts
    crews: CrewPools
    people: Staffing
    share: Floats

    @property
    def cost(self) -> float:
        return self.parts.cost + self.people.value


class Search:
    """Plans of a question, technicians by the hour."""

    def __init__(self, by_hour: ByHour) -> None:
        """Bound the cost. Raises Unreachable where no parts or no people keep a promise."""
        self.by_hour, self.visits = by_hour, by_hour.visits
        self.parts = Departments(self.visits)
        need = self.need(by_hour.freest)
        refuse_closed_hours(by_hour.freest, need)
        self.known = bounded(by_hour.freest, need)
        none = np.zeros(self.visits.teams)
        self.bound = self.known[1] + by_hour.cheapest_parts(by_hour.unhindered(), none)[1]

    def need(self, crews: CrewPools, power: Floats | float = 1.0) -> Floats:
        """Return the cases a day that must be in time (promises,), to keep this power of each share."""
        return self.visits.need**power * crews.question.volume / crews.days

    def apart(self, progress: Progress) -> Plan | None:
        """Return what two departments plan, each to the same power of the promises (people to all of a response): the
        largest, from the even split on, that keeps them together; None where none does."""
        for power in sorted((power for power in POWERS if power <= _EVEN), reverse=True):
            parts = self.by_hour.parts(self.parts.levels(power))
            alone = self.by_hour.crews_alone(parts)
            need = self.need(alone, np.where(self.visits.by_line, 2.0 * power, power))
            try:
                refuse_closed_hours(alone, need)
            except Unreachable:
                return None
            found = self._with(parts, staffed(alone, need, self.known, progress))
            if found:
                return found
        return None

    def together(self, near: Plan | None, progress: Progress) -> Plan:
        """Return the cheapest plan found, searched from another one. Raises Unreachable where none of those tried keeps
        the promises."""
        tried, at = dict[bytes, Plan | None](), _POWERS.index(_EVEN)

        def found(at: int, near: Plan | None) -> Plan | None:
            """Return the plan of a power, searched from another one; many powers have the same levels."""
            levels, done = self.parts.levels(_POWERS[at]), len(tried) / len(_POWERS)
            if levels.tobytes() not in tried:
                tried[levels.tobytes()] = self._beside(self.by_hour.parts(levels), near,
                                                       within(progress, 0.6 * done, 0.6 * done + 0.6 / len(_POWERS)))
            return tried[levels.tobytes()]

        plan = found(at, near)
        while plan is None and at > 0:
            at -= 1
            plan = found(at, near)
        for step in (-1, 1):
            while plan and 0 <= at + step < len(_POWERS) and (other := found(at + step, plan)) and (
                    other.cost <= plan.cost):
                plan, at = other, at + step
        if plan is None:
            raise Unreachable("No parts that are bought by a share of each promise let technicians keep it in the "
                              "hours in which they may work. Open them longer (opening_hours, crews.calendar), "
                              "lengthen the window, or lower the target.")
        return self._improved(plan, within(progress, 0.6, 1.0))

    def _beside(self, parts: Parts, near: Plan | None, progress: Progress) -> Plan | None:
        """Return the cheapest people beside these parts, searched from those of another plan; None where none keep the
        promises."""
        crews = self.by_hour.crews(parts)
        need = self.need(crews)
        try:
            refuse_closed_hours(crews, need)
        except Unreachable:
            return None
        return self._with(parts, placed(crews, need, self.known, near.people.levels, progress) if near
                          else staffed(crews, need, self.known, progress))

    def _improved(self, plan: Plan, progress: Progress) -> Plan:
        """Return a plan after turns of parts beside its people, and of people beside these parts."""
        for turn in range(_TURNS):
            chances = self.by_hour.chances(plan.parts, plan.people.levels)
            found = [plan]
            for first in (plan.parts.first, np.zeros(self.visits.teams)):
                parts = self.by_hour.parts(self.by_hour.cheapest_parts(chances, first)[0])
                found += [other for other in [self._with(parts, plan.people) or self._beside(
                    parts, plan, within(progress, turn / _TURNS, turn / _TURNS))] if other]
            best = min(found, key=lambda other: other.cost)
            crews = self.by_hour.crews(best.parts)
            people = shaken(crews, self.need(crews), self.known, best.people.levels,
                            within(progress, turn / _TURNS, (turn + 1) / _TURNS))
            best = min((best, self._with(best.parts, people) or best), key=lambda other: other.cost)
            if best.cost >= plan.cost * (1.0 - _WORTHWHILE):
                return best
            plan = best
        return plan

    def _with(self, parts: Parts, people: Staffing) -> Plan | None:
        """Return parts and people together; None where they do not keep the promises."""
        plan = plan_of(self.by_hour, parts, people)
        return plan if (plan.share >= self.visits.need - _ROUNDING).all() else None


def plan_of(by_hour: ByHour, parts: Parts, people: Staffing) -> Plan:
    """Return what parts and people do together."""
    crews = by_hour.crews(parts)
    outcome = crews.evaluate(people.levels)
    kept = crews.by_goal(outcome.kept)
    told = replace(people, kept=kept, value=float(outcome.cost.sum()))
    return Plan(parts, crews, told, kept / crews.question.volume * crews.days)
