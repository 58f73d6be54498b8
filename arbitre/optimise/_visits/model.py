"""What do heads and levels keep together, when each part that is missing is a second visit?

Of a group of cases a share f finds its part at once and takes one visit, the rest takes two. With F(t) the share whose
part is there within t, one(t) and two(t) the chances that one and two visits are done t hours before the window ends,
    kept = F(0) one(0) + integral over t > 0 of two(t) dF(t) + (cases that need no part) one(0),
and the wait of technicians is that of a line whose visits are one for each case and one more for each part missing: the
more parts, the shorter the line. F is taken at the waits of the question, the chances of two as the mean of its ends
between them, so for given chances what is kept is a sum over flows of the pools of parts, with weights >= 0: at given
heads parts are decided as any stock is (`_duality`). As chances fall while the line grows, the shortest line there can
be gives a floor (`_visits.search`).

A promise of response is kept by who comes first, with the part or without: by the wait and the way alone. Parts count
for it as they shorten the line: at given heads it asks for so much f, a further target of the parts.

A share of the cases may be repaired on site instead, each item's its own: one visit of its own length and no part, so
it counts in the line and in what is kept, and f is of the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arbitre.core.units import HOURS_PER_DAY
from arbitre.maths.work.visits import InTime, Wait, in_time, wait_for
from arbitre.optimise._pool import Floats, Integers, Targets
from arbitre.optimise._visits.question import HOURS_PER_YEAR, Flags, Question

_CLOSE, _STEP = 1e-6, 1e-3
"""How closely a share is found, and over which part of it is told what more of it brings."""


@dataclass(frozen=True)
class Line:
    """What must be done in one visit so that lines are short enough: count (rows, teams), what a case a day of each
    team counts, and least (rows,), how much there must be."""

    count: Floats
    least: Floats

    def __add__(self, other: Line) -> Line:
        return Line(np.concatenate([self.count, other.count]), np.concatenate([self.least, other.least]))


@dataclass(frozen=True)
class Kept:
    """What heads and levels do. stock, cost of parts a year; people, cost of technicians; share (promises,) kept;
    first (teams,) share of a team's exchanges done in one visit; busy (teams,) share of the time its heads are busy;
    on_hand (slots,) units on the shelf; delayed (teams,) share of the visits that find nobody free.
    """

    stock: float
    people: float
    share: Floats
    first: Floats
    busy: Floats
    on_hand: Floats
    delayed: Floats

    @property
    def cost(self) -> float:
        return self.stock + self.people


class Visits:
    """The technicians and the parts of a question together; need (promises,): shares to keep, None: those promised."""

    def __init__(self, question: Question, need: Floats | None = None) -> None:
        self.question = question
        self.teams = question.crews.height
        self.hourly = question.crews["cost"].to_numpy().astype(np.float64)
        self.cases = np.bincount(question.team, question.volume, minlength=self.teams)
        promised = question.promises["target_share"].to_numpy().astype(np.float64)
        self.need = promised if need is None else need
        self.asked = question.covers @ (question.volume + question.on_site)
        self.by_line = question.there & (question.steps.second is not None)  # parts matter to the line alone
        mine = np.zeros((self.teams, len(question.volume), len(question.waits)))
        mine[question.team, np.arange(len(question.volume)), 0] = 1.0
        self.at_once = mine.reshape(self.teams, -1)  # (teams, classes): counts for a team's f
        self._chances: dict[tuple[int, int, float], tuple[InTime, InTime] | None] = {}

    def people(self, heads: Integers) -> float:
        """Return what heads (teams,) cost a year, on duty day and night."""
        return float(heads @ self.hourly) * HOURS_PER_YEAR

    def line(self, team: int, first: float) -> tuple[float, float, float]:
        """Return visits an hour of a team, and the mean and square of the time they take, if a share `first` of its
        cases takes one visit."""
        question, mine = self.question, self.question.team == team
        way, exchanged, on_site = (each[mine] for each in (question.way, question.volume, question.on_site))
        works = [((first if question.steps.second else 1.0) * exchanged, question.steps.whole)]
        works += [((1.0 - first) * exchanged, law) for law in question.steps.second or ()]
        works += [(on_site, question.steps.on_site)]
        rate = float(sum(often.sum() for often, _ in works))
        if rate == 0.0:
            return 0.0, 0.0, 0.0
        mean = sum(float(often @ (way + law.mean)) for often, law in works) / rate
        square = sum(float(often @ (way**2 + 2 * way * law.mean + law.square)) for often, law in works) / rate
        return rate / HOURS_PER_DAY, mean, square

    def wait(self, team: int, heads: int, first: float) -> Wait | None:
        """Return the wait for a technician of a team, None where its heads cannot keep up."""
        return wait_for(heads, *self.line(team, first))

    def chances(self, team: int, heads: int, first: float) -> tuple[InTime, InTime] | None:
        """Return the chances of visits to be done in time: of an exchange, and of a repair on site."""
        key = team, heads, round(first, 6)
        if key not in self._chances:
            wait, steps = self.wait(team, heads, key[2]), self.question.steps
            longest = float(self.question.promises["window"].max())  # type: ignore[arg-type]
            self._chances[key] = None if wait is None else (
                in_time(wait, steps.whole, steps.second, longest), in_time(wait, steps.on_site, None, longest))
        return self._chances[key]

    def weights(self, heads: Integers, first: Floats, among: Flags | None = None) -> tuple[Floats, Floats] | None:
        """Return what each class of parts counts for each promise (promises, classes), and the cases a day kept
        whatever parts there are (promises,); None where heads cannot keep up. first (teams,): share of cases done in
        one visit; among (groups,): whose cases count, None: all."""
        question = self.question
        waits, windows = question.waits, question.promises["window"].to_numpy()
        found = np.zeros((len(windows), len(question.volume), len(waits)))
        alone = np.zeros(len(windows))
        for group, team in enumerate(question.team.tolist()):
            told = self.chances(team, int(heads[team]), float(first[team]))
            if told is None:
                return None
            chances, on_site = told
            if among is not None and not among[group]:
                continue
            for row in np.flatnonzero(question.covers[:, group]):
                left, visits = windows[row] - question.way[group], 0 if question.there[row] else 1
                one = float(chances.within(left, visits))
                alone[row] += float(on_site.within(left, visits)) * question.on_site[group]
                if self.by_line[row]:
                    alone[row] += one * question.volume[group]
                    continue
                later = (chances.within(left - question.way[group] - waits, 2) if question.steps.second
                         else chances.within(left - waits, visits))
                steps = np.concatenate([[one], (later[1:] + later[:-1]) / 2.0, [0.0]])
                found[row, group] = steps[:-1] - steps[1:]
                alone[row] += one * question.alone[group]
        return np.maximum(found, 0.0).reshape(len(windows), -1), alone

    def targets(self, heads: Integers, first: Floats, line: Line) -> Targets | None:
        """Return the promises as targets of the parts alone, then what the line asks of them; None where no parts could
        keep one of them."""
        told = self.weights(heads, first)
        if told is None:
            return None
        pools = self.question.pools
        alone_at_once = np.bincount(self.question.team, self.question.alone, minlength=self.teams)
        weight = np.concatenate([told[0], line.count @ self.at_once])
        most = weight @ np.bincount(pools.flow_class, pools.flow_volume, minlength=pools.classes)
        short = np.concatenate([np.where(self.by_line, 0.0, self.need * self.asked - told[1]),
                                line.least - line.count @ alone_at_once])
        if (short > most).any():
            return None
        return Targets(weight, np.divide(np.maximum(short, 0.0), most, out=np.zeros(len(most)), where=most > 0))

    def answered(self, heads: Integers, first: Floats) -> Floats | None:
        """Return the cases a day answered in time by the line alone under each promise (promises,), when a share
        `first` (teams,) takes one visit; 0 for other promises, None where a line cannot keep up."""
        question = self.question
        waits = [self.wait(team, int(heads[team]), float(first[team])) for team in range(self.teams)]
        windows, there = question.promises["window"].to_numpy(), np.zeros(question.covers.shape)
        for group, team in enumerate(question.team.tolist()):
            wait = waits[team]
            if wait is None:
                return None
            there[:, group] = wait.within(windows - question.way[group])
        return np.where(self.by_line, (question.covers * (question.volume + question.on_site) * there).sum(axis=1), 0.0)

    def responds(self, heads: Integers, first: Floats) -> bool:
        """Do the lines keep up, and keep the promises of response?"""
        found = self.answered(heads, first)
        return found is not None and bool((found >= np.where(self.by_line, self.need * self.asked, 0.0)).all())

    def least_first(self, heads: Integers, others: Floats) -> Floats:
        """Return the share of each team's cases (teams,) that must be done in one visit at least for `responds` to
        hold, if that is at most `others` (teams,) at the other teams."""
        least = np.zeros(self.teams)
        for team, this in enumerate(np.eye(self.teams)):
            low, high = 0.0, 0.0 if self.responds(heads, others * (1.0 - this)) else 1.0
            while high - low > _CLOSE:
                middle = (low + high) / 2.0
                is_enough = self.responds(heads, others + (middle - others) * this)
                low, high = (low, middle) if is_enough else (middle, high)
            least[team] = low
        return least

    def least_line(self, least: Floats) -> Line:
        """Return what a share `least` (teams,) to be done in one visit asks of the teams."""
        return Line(np.eye(self.teams)[least > 0.0], (least * self.cases)[least > 0.0])

    def near_line(self, heads: Integers, first: Floats, missed: Floats) -> Line:
        """Return what promises of response, and so much more (promises,), ask of the teams near a share `first`."""
        here, count = self.answered(heads, first), np.zeros((len(self.need), self.teams))
        if here is None:
            return Line(count[:0], np.zeros(0))
        for team, this in enumerate(np.eye(self.teams)):
            lower = self.answered(heads, first - _STEP * this)
            if lower is not None and self.cases[team] > 0:
                count[:, team] = np.maximum(here - lower, 0.0) / (_STEP * self.cases[team])
        least = self.need * self.asked + missed - here + count @ (first * self.cases)
        return Line(count[self.by_line], least[self.by_line])

    def first(self, kept: Floats) -> Floats:
        """Return the share of each team's cases done in one visit (teams,); kept (flows,) of the pools."""
        question = self.question
        there = np.bincount(question.pools.flow_class, kept, minlength=question.pools.classes)
        at_once = there.reshape(len(question.volume), -1)[:, 0] + question.alone
        cases = np.bincount(question.team, at_once, minlength=self.teams)
        return np.divide(cases, self.cases, out=np.ones(self.teams), where=self.cases > 0)

    def evaluate(self, heads: Integers, levels: Integers) -> Kept | None:
        """Return what heads (teams,) and levels (slots,) do; None where heads cannot keep up."""
        pools = self.question.pools
        outcome = pools.evaluate(levels)
        first = self.first(outcome.kept)
        told = self.weights(heads, first)
        if told is None:
            return None
        there = np.bincount(pools.flow_class, outcome.kept, minlength=pools.classes)
        share = (told[0] @ there + told[1]) / self.asked
        lines = np.array([self.line(team, float(part)) for team, part in enumerate(first)])
        busy = np.divide(lines[:, 0] * lines[:, 1], heads, out=np.zeros(self.teams), where=heads > 0)
        waits = [self.wait(team, int(count), float(part)) for team, (count, part) in
                 enumerate(zip(heads, first, strict=True))]
        delayed = np.array([1.0 if wait is None else wait.delayed for wait in waits])
        return Kept(float(outcome.cost.sum()), self.people(heads), share, first, busy, outcome.on_hand, delayed)

