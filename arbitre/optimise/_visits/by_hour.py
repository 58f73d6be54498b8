"""What do technicians by the hour and parts keep together, where crews have shifts or hours in which they may work?

A plan of parts says who finds the part at once, who within each wait, and who not in time at all; the line of a crew
counts a second visit for each that does not. With F(w) the share whose part is there within w,
    kept = F(0) P(wait + work <= window - way)
         + sum over waits w of dF(w) P(wait + work <= half of what w, both ways and the first visit leave)
         + (repaired on site) P(wait + work <= window - way),
the wait for technicians followed on the exact transients of their pools (`_crews`): both waits of a second visit may
take half of what is left each, which is no more than they may together. At given parts people are thus staffed as any
crew is, and at given people the chances are weights of the parts, which are decided as any stock is (`_duality`).

The floor is that of parts if nobody ever waited for technicians, and that of people if every part were at hand, cases
took the shorter of the two mean works of one visit and of two, and second visits came for nothing. With a higher rate
and longer work more cases are before each (birth and death processes keep the order of their rates, as in
`_crews.floor`), so no plan keeps more, nor costs less.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from arbitre.core.errors import Unreachable
from arbitre.core.units import HOURS_PER_DAY
from arbitre.maths.work.duration_laws import NO_WORK, DurationLaw
from arbitre.optimise._crews.loads import Due, Goal
from arbitre.optimise._crews.pools import CrewPools
from arbitre.optimise._crews.question import Gathered, Team, Work, asked_of, period_of, rates_of, team_of
from arbitre.optimise._duality import keep_promises
from arbitre.optimise._pool import Floats, Integers, Targets
from arbitre.optimise._visits.model import Visits
from arbitre.tables.routing import Process

_HOLD = 0.5
"""Hours for which heads stay the same, at least."""
_HARDLY_ANY = 1e-9
"""Cases a day that stand for none, where what they would keep is asked."""
_FEW = 2e-3
"""Cases of a way that are a smaller share of their group are taken together with those that have less left."""
_NEARLY = 1e-5
"""Part of what is asked that a plan may be short of by rounding."""
_ROUNDING, _POINTS = 1e-9, 200

Way = tuple[float, DurationLaw]
"""Hours left for a wait and some work, and the law of that work."""


@dataclass(frozen=True)
class Parts:
    """A plan of parts: levels, on_hand (slots,), cost a year; there (groups, waits), cases a day whose part is there
    within each wait; first (teams,), the share done in one visit."""

    levels: Integers
    on_hand: Floats
    cost: float
    there: Floats
    first: Floats


class ByHour:
    """The technicians and parts of a question, technicians by the hour."""

    def __init__(self, visits: Visits, process: Process, kind: str) -> None:
        self.visits, self.process = visits, process
        self.hours = period_of(visits.question.promises["window"].to_list())
        self.hold = max(round(_HOLD / self.hours), 1)
        one = pl.DataFrame({"kind": [kind], "rate": [1.0]})
        shape = rates_of(process, one, self.hours)[0]
        self.shape = shape / shape.mean()

    def parts(self, levels: Integers) -> Parts:
        """Return what levels (slots,) of parts do."""
        pools = self.visits.question.pools
        outcome = pools.evaluate(levels)
        there = np.bincount(pools.flow_class, outcome.kept, minlength=pools.classes).astype(np.float64)
        return Parts(levels, outcome.on_hand, float(outcome.cost.sum()),
                     there.reshape(len(self.visits.question.volume), -1), self.visits.first(outcome.kept))

    def crews(self, parts: Parts) -> CrewPools:
        """Return the pools of people beside these parts."""
        return self._pools(_fewer(self._cases(parts.there)), self._lines(parts), self._ways)[0]

    def crews_alone(self, parts: Parts) -> CrewPools:
        """Return the pools of people as if every case found its part, with the second visits of these parts."""
        return self._pools(self._everything, self._lines(parts), self._ways)[0]

    @cached_property
    def freest(self) -> CrewPools:
        """The pools of people of the floor: no plan keeps its promises with fewer than these take."""
        one, two = ([self.visits.line(team, first)[:2] for team in range(self.visits.teams)] for first in (1.0, 0.0))
        lines = [(rate, min(mean, other)) for (rate, mean), (_, other) in zip(one, two, strict=True)]
        return self._pools(self._everything, lines, self._quickest)[0]

    def chances(self, parts: Parts, heads: Integers) -> Floats:
        """Return the chances to be in time (promises, groups, 1 + waits), on site first, when parts are these and heads
        (slots,) those of their pools of people."""
        cases = np.maximum(self._cases(parts.there), _HARDLY_ANY)
        crews, places = self._pools(cases, self._lines(parts), self._ways)
        found = np.zeros((len(self.visits.need), *cases.shape))
        for team, shares, flows in zip(crews.teams, crews.shares(heads), places, strict=True):
            volume = team.flows[0]
            mean = (volume * shares).sum(axis=1) / volume.sum(axis=1)
            for at, flow in flows.items():
                found[at] = mean[flow]
        return found[:, :, :-1]

    def unhindered(self) -> Floats:
        """Return the chances to be in time (promises, groups, 1 + waits) if nobody ever waited for technicians."""
        found = np.zeros((len(self.visits.need), len(self.visits.question.volume), len(self.visits.question.waits) + 1))
        for row, group in np.argwhere(self.visits.question.covers > 0).tolist():
            found[row, group] = [float(law.below(left)) if left >= 0.0 else 0.0
                                 for left, law in self._ways(row, group)[:-1]]
        return found

    def cheapest_parts(self, chances: Floats, least_first: Floats) -> tuple[Integers, float]:
        """Return the cheapest levels that keep the promises at these chances, a share least_first (teams,) done in one
        visit at least, and the floor under their cost. Raises Unreachable where none do."""
        visits, question, pools = self.visits, self.visits.question, self.visits.question.pools
        then = np.append(chances[:, :, 2:], np.zeros((*chances.shape[:2], 1)), axis=2)
        weight = np.maximum(chances[:, :, 1:] - then, 0.0) * (question.covers * ~visits.by_line[:, None])[:, :, None]
        sure = question.alone + np.where(visits.by_line[:, None], question.parts, 0.0)
        alone = (question.covers * (chances[:, :, 1] * sure + chances[:, :, 0] * question.on_site)).sum(axis=1)
        line, at_once = visits.least_line(least_first), np.bincount(question.team, question.alone, visits.teams)
        weight = np.concatenate([weight.reshape(len(weight), -1), line.count @ visits.at_once])
        most = weight @ np.bincount(pools.flow_class, pools.flow_volume, minlength=pools.classes)
        short = np.concatenate([visits.need * visits.asked - alone, line.least - line.count @ at_once])
        faults = np.flatnonzero((short - most)[:len(visits.need)] > _NEARLY * visits.asked)
        if len(faults):
            raise Unreachable(f"No parts keep {', '.join(question.promises['promise'].gather(faults))}, however many "
                              "there are: travel and work alone take too long. Lengthen the window, post technicians "
                              "nearer, or lower the target.")
        share = np.divide(np.maximum(short, 0.0), most, out=np.zeros(len(most)), where=most > 0)
        plan = keep_promises(pools, Targets(weight, np.minimum(share, 1.0)))
        return plan.levels, plan.bound

    @property
    def _everything(self) -> Floats:
        """Cases by the ways they take if every part were at hand."""
        question = self.visits.question
        return self._cases(np.repeat(question.parts[:, None], len(question.waits), axis=1))

    def _lines(self, parts: Parts) -> list[tuple[float, float]]:
        return [self.visits.line(team, float(first))[:2] for team, first in enumerate(parts.first)]

    def _cases(self, there: Floats) -> Floats:
        """Return cases a day by the ways they take (groups, 1 + waits + 1): on site, as the part is there within each
        wait, and never in time."""
        question = self.visits.question
        never = question.parts - there[:, -1]
        cases = np.column_stack([question.on_site, there[:, 0] + question.alone, np.diff(there), never])
        return np.maximum(cases, 0.0)

    def _ways(self, row: int, group: int) -> list[Way]:
        """Return what is left, and the law of the work in it, of the cases of a group under a promise: by `_cases`."""
        question, steps = self.visits.question, self.visits.question.steps
        left = float(question.promises["window"][row] - question.way[group])
        law, on_site = (NO_WORK, NO_WORK) if question.there[row] else (steps.whole, steps.on_site)
        if self.visits.by_line[row]:
            return [(left, law)] * (len(question.waits) + 2)
        middle = (question.waits[1:] + question.waits[:-1]) / 2.0
        later = [self._later(row, group, float(wait)) for wait in middle]
        return [(left, on_site), (left, law), *later, (-np.inf, law)]

    def _later(self, row: int, group: int, wait: float) -> Way:
        """Return what is left, and the work in it, of the cases whose part is there after a wait."""
        question, steps = self.visits.question, self.visits.question.steps
        way = float(question.way[group])
        left = float(question.promises["window"][row]) - way - wait
        if not steps.second:
            return left, NO_WORK if question.there[row] else steps.whole
        look, back = steps.second
        left -= way + look.mean
        return (left + back.mean) / 2.0 if left > back.mean else left, back

    def _quickest(self, row: int, group: int) -> list[Way]:
        """Return for all cases of a group the way that is in time most often, whatever the wait for technicians."""
        ways = self._ways(row, group)
        (_, on_site), (left, law) = ways[:2]
        if self.visits.question.steps.second and not self.visits.by_line[row]:
            rest, back = self._later(row, group, 0.0)
            at = np.linspace(0.0, max(left, 0.0), _POINTS)
            law = law if (law.below(at) >= back.below(at - (left - rest)) - _ROUNDING).all() else NO_WORK
        return [(left, on_site), *[(left, law)] * (len(ways) - 1)]

    def _pools(self, cases: Floats, lines: list[tuple[float, float]], ways: Callable[[int, int], list[Way]]
               ) -> tuple[CrewPools, list[dict[tuple[int, int, int], int]]]:
        """Return the pools of people for so many cases of each way, and where the flow of each promise, group and way
        is; lines (teams,), rate (1/hour) and mean work (hours)."""
        question = self.visits.question
        goals = [Goal(row, question.steps.names[0], float(need)) for row, need in enumerate(self.visits.need)]
        made = [self._team(team, cases, line, ways) for team, line in enumerate(lines) if line[0] > 0.0]
        asked = asked_of([team for team, _ in made], goals, question.promises, self.hours)
        return CrewPools(asked, self.hold), [places for _, places in made]

    def _team(self, number: int, cases: Floats, line: tuple[float, float], ways: Callable[[int, int], list[Way]]
              ) -> tuple[Team, dict[tuple[int, int, int], int]]:
        question, crew, gathered = self.visits.question, self.visits.question.crews["crew"][number], Gathered()
        late_cost, places = question.promises["late_cost"].fill_null(0.0), dict[tuple[int, int, int], int]()
        for row, group in np.argwhere(question.covers * (question.team == number) > 0).tolist():
            for way, (left, law) in enumerate(ways(row, group)):
                if cases[group, way] > 0.0:
                    volume = cases[group, way] / HOURS_PER_DAY * self.shape
                    places[row, group, way] = gathered.add(Due(row, row, left, law), 0, volume, late_cost[row])
        rate, mean = line
        work = Work(rate * self.shape[None], np.array([mean]), np.zeros(1), np.zeros(1, np.int64), np.array([crew]))
        return team_of(self.process, (crew,), work, gathered, self.hours), places


def _fewer(cases: Floats) -> Floats:
    """Return cases by the ways they take (groups, ways) with those of few moved to the next way, which leaves less."""
    cases, few = cases.copy(), _FEW * cases.sum(axis=1)
    for way in range(2, cases.shape[1] - 1):
        moved = np.where(cases[:, way] < few, cases[:, way], 0.0)
        cases[:, way] -= moved
        cases[:, way + 1] += moved
    return cases
