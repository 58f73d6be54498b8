"""From the heads wanted by a crew and the shifts it may be given to the cheapest cover: a programme in whole heads.

    minimise  paid hours x cost + sum over quarters of what those missing cost + cases of campaigns not done x cost
    with      heads there - heads on a break - heads on campaigns + missing >= wanted,   in each quarter of a week

The set covering of Dantzig (Operations Research 2, 1954). Breaks are not tied to shifts but counted by their start
(Bechtold & Jacobs, Management Science 36, 1990): there are enough of them wherever, for every stretch of time, as many
start within it as shifts must break within it (Hall 1935); stretches that begin or end the day are asked for at once,
the others where they are found wanting. What those missing cost is convex: the first cost least.

A case of a campaign sets heads aside for a stretch that may start at any half-hour; or, where it is put down for other
cases, it takes time of those who are there and not busy, hour by hour: calls do not wait for work that gives way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from arbitre.core.errors import Unsupported
from arbitre.maths.work.roster_lines import Floats, Integers
from arbitre.optimise._shifts.question import QUARTERS, WEEK, Choice, Job, Pattern, Wanted, choices_of, presence
from arbitre.solvers.linear import Answer, Infeasible, Rows, Unsolved, least

_EVERY = 2
"""Quarters from one time at which a case of a campaign may start to the next."""
_USED = 0.9
"""Share of the idle time of an hour that is counted on: calls leave it in pieces, and chance takes its part."""
_CUTS = 10
"""How often stretches found wanting are added."""
_NODES = 400
_STEPS = 5
"""A dive rounds one in so many of the heads that are not whole."""
_SLACK = 1e-6


@dataclass(frozen=True)
class Cover:
    """Heads by choice, breaks by (pattern, day, start), jobs by (job, quarter of the week at which it starts), heads
    there in each quarter (WEEK,), those booked for jobs among them, heads that fill idle time by job (jobs, WEEK), the
    cost and its floor."""

    heads: Integers
    breaks: dict[tuple[int, int, int], int]
    jobs: dict[tuple[int, int], int]
    present: Floats
    booked: Floats
    filled: Floats
    value: float
    bound: float

    @property
    def free(self) -> Floats:
        """Heads there for what is wanted (WEEK,)."""
        return self.present - self.booked


def covered(patterns: list[Pattern], wanted: Wanted, jobs: list[Job], most_hours: float, gap: float
            ) -> tuple[list[Choice], Cover]:
    """Return the shifts that may be given and the cheapest cover by them.

    Args: most_hours, paid in a week, inf without limit; gap, the relative gap at which the search may stop. Jobs alone
    may be done on any day, else on those on which somebody is wanted. Raises Unsupported when the least heads of
    patterns exceed the hours or heads allowed.
    """
    days = sorted({quarter // QUARTERS for quarter in np.flatnonzero(wanted.most).tolist()})
    choices = choices_of(patterns, days or list(range(7)) if jobs else days)
    if not choices:
        nobody = np.zeros(WEEK)
        return [], Cover(np.zeros(0, dtype=np.int64), {}, {}, nobody, nobody, np.zeros((len(jobs), WEEK)), 0.0, 0.0)
    model = _Model(patterns, choices, wanted, jobs, most_hours)
    floor = -np.inf
    for _ in range(_CUTS):
        try:
            answer = _solved(model, gap)
        except Infeasible:
            raise Unsupported("The least heads of the patterns are more than their most, or than the hours allowed. "
                              "Lower least, or raise most and most_hours, in shift_patterns.") from None
        floor = max(floor, answer.bound)
        heads, breaks, done = model.read(answer.values)
        if not model.cut(heads, breaks):
            break
    present, booked, filled = model.there @ heads - model.absent(breaks), np.zeros(WEEK), model.filled(answer.values)
    often = filled.sum(axis=1) / np.array([job.size for job in jobs])
    for (at, start), count in done.items():
        booked[jobs[at].quarters(start)] += count * jobs[at].heads
        often[at] += count
    late = sum((job.often - done) * job.late_cost for job, done in zip(jobs, often.tolist(), strict=True))
    paid = sum(count * _hours(patterns[choice.pattern], choice) * patterns[choice.pattern].cost
               for count, choice in zip(heads.tolist(), choices, strict=True))
    value = float(paid + wanted.missing(present - booked).sum() + late)
    return choices, Cover(heads, breaks, done, present, booked, filled, value, min(floor, value))


def _solved(model: _Model, gap: float) -> Answer:
    """Return whole numbers within the gap: those of a dive, or where that is not near enough, of branch and cut.

    The dive rounds up, a few at a time, the heads that the linear programme has most of; then the breaks find their
    places.
    """
    cost, rows, lower, upper, whole = model.stated()
    relaxed = answer = least(cost, rows, lower, upper, np.zeros_like(whole), gap=0.0, most_nodes=1)
    low, high, heads = lower.copy(), upper.copy(), len(model.choices)
    while True:
        values = answer.values[:heads]
        np.maximum(low[:heads], np.floor(values + _SLACK), out=low[:heads])
        open_ = np.flatnonzero(values - low[:heads] > _SLACK)
        if not len(open_):
            break
        most = open_[np.argsort(low[open_] - values[open_], kind="stable")][: max(1, len(open_) // _STEPS)]
        try:
            low[most] += 1.0
            answer = least(cost, rows, low, high, np.zeros_like(whole), gap=0.0, most_nodes=1)
        except Infeasible:
            low[most] -= 1.0
            high[most] = low[most]
            answer = least(cost, rows, low, high, np.zeros_like(whole), gap=0.0, most_nodes=1)
    low[:heads] = high[:heads] = np.rint(values)
    try:
        placed = least(cost, rows, low, high, whole, gap=gap, most_nodes=_NODES)
    except (Infeasible, Unsolved):
        return least(cost, rows, lower, upper, whole, gap=gap, most_nodes=_NODES)
    if placed.objective - relaxed.objective <= gap * abs(placed.objective):
        return replace(placed, bound=relaxed.objective)
    return least(cost, rows, lower, upper, whole, gap=gap, most_nodes=_NODES, start=placed.values)


def _hours(pattern: Pattern, choice: Choice) -> float:
    return (choice.length - pattern.rest) / 4.0


class _Model:
    """The programme: heads by choice, breaks by start, jobs by start, then pieces of what is missing, jobs that are not
    done, and heads that fill idle time, by job and hour."""

    def __init__(self, patterns: list[Pattern], choices: list[Choice], wanted: Wanted, jobs: list[Job],
                 most_hours: float) -> None:
        self.patterns, self.choices, self.wanted, self.jobs = patterns, choices, wanted, jobs
        self.there = np.array([presence(choice, patterns[choice.pattern]) for choice in choices]).reshape(
            -1, WEEK).T
        self.windows: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
        for at, choice in enumerate(choices):
            pattern = patterns[choice.pattern]
            if pattern.rest and len(choice.starts) == 1:
                self.windows[choice.pattern, choice.day].append((at, *choice.breaks(pattern)))
        self.slots = [(*key, slot) for key, windows in self.windows.items() for slot in sorted({
            at for _, first, last in windows for at in range(first, last + 1, patterns[key[0]].every)})]
        self.slot = {slot: len(choices) + at for at, slot in enumerate(self.slots)}
        is_reached = np.asarray(self.there.any(axis=1))
        self.begins = [(at, start) for at, job in enumerate(jobs) for start in range(0, WEEK, _EVERY)
                       if not job.fills and (is_reached & job.is_open)[job.quarters(start)].all()]
        self.fills = [(at, hour) for at, job in enumerate(jobs) if job.fills
                      for hour in np.flatnonzero((is_reached & job.is_open).reshape(-1, 4).all(axis=1)).tolist()]
        self.whole = len(choices) + len(self.slots) + len(self.begins)
        self.undone = self.whole + len(wanted.cost)
        self.rows: list[tuple[dict[int, float], float, float]] = []
        self._cover()
        self._jobs()
        self._limits(most_hours)
        for key, windows in self.windows.items():
            firsts, lasts = {first for _, first, _ in windows}, {last for *_, last in windows}
            self._stretch(key, min(firsts), max(lasts), exact=True)
            for last in lasts - {max(lasts)}:
                self._stretch(key, min(firsts), last)
            for first in firsts - {min(firsts)}:
                self._stretch(key, first, max(lasts))

    def _cover(self) -> None:
        pieces, away, jobs = self._missing(), defaultdict(dict), defaultdict(dict)
        for pattern, day, slot in self.slots:
            for ahead in range(self.patterns[pattern].rest):
                away[(day * QUARTERS + slot + ahead) % WEEK][self.slot[pattern, day, slot]] = -1.0
        for column, (at, start) in enumerate(self.begins, len(self.choices) + len(self.slots)):
            for quarter in self.jobs[at].quarters(start).tolist():
                jobs[quarter][column] = -float(self.jobs[at].heads)
        free = [{int(at): float(self.there[quarter, at]) for at in np.flatnonzero(self.there[quarter])}
                | dict.fromkeys(pieces[quarter], 1.0) | jobs[quarter] for quarter in range(WEEK)]
        for quarter in sorted({*pieces, *jobs}):
            # Where nobody else is wanted, a job waits while who does it has a break.
            terms = free[quarter] | (away[quarter] if self.wanted.most[quarter] > 0 else {})
            self.rows.append((terms, float(self.wanted.most[quarter]), np.inf))
        for hour in sorted({hour for _, hour in self.fills}):
            terms = defaultdict(float)
            for quarter in range(4 * hour, 4 * hour + 4):
                for column, value in (free[quarter] | away[quarter]).items():
                    terms[column] += value
            terms |= {column: -1.0 / _USED for column, (_, own) in self._filling() if own == hour}
            self.rows.append((dict(terms), float(self.wanted.busy[4 * hour:4 * hour + 4].sum()), np.inf))

    def _missing(self) -> dict[int, list[int]]:
        """Return the columns of those missing in each quarter."""
        pieces = defaultdict(list)
        for piece, quarter in enumerate(self.wanted.quarter.tolist()):
            pieces[quarter].append(self.whole + piece)
        return pieces

    def _filling(self) -> Iterator[tuple[int, tuple[int, int]]]:
        """Yield the column of each job and hour in which it fills idle time."""
        return enumerate(self.fills, self.undone + len(self.jobs))

    def _jobs(self) -> None:
        """Each job is done as often as asked, or not done."""
        first = len(self.choices) + len(self.slots)
        for at, job in enumerate(self.jobs):
            terms = {first + column: 1.0 for column, (own, _) in enumerate(self.begins) if own == at}
            terms |= {column: 1.0 / job.size for column, (own, _) in self._filling() if own == at}
            self.rows.append((terms | {self.undone + at: 1.0}, float(job.often), float(job.often)))

    def _limits(self, most_hours: float) -> None:
        paid = [_hours(self.patterns[choice.pattern], choice) for choice in self.choices]
        for at, pattern in enumerate(self.patterns):
            own = [number for number, choice in enumerate(self.choices) if choice.pattern == at]
            for day in {self.choices[number].day for number in own} if pattern.least or pattern.most >= 0 else ():
                terms = {number: 1.0 for number in own if self.choices[number].day == day}
                self.rows.append((terms, float(pattern.least), float(pattern.most) if pattern.most >= 0 else np.inf))
            if np.isfinite(pattern.most_hours):
                self.rows.append(({number: paid[number] for number in own}, -np.inf, pattern.most_hours))
        if np.isfinite(most_hours):
            self.rows.append((dict(enumerate(paid)), -np.inf, most_hours))

    def _stretch(self, key: tuple[int, int], first: int, last: int, exact: bool = False) -> None:
        """As many breaks start in a stretch of time as shifts must break within it."""
        terms = {self.slot[slot]: 1.0 for slot in ((*key, at) for at in range(first, last + 1)) if slot in self.slot}
        terms |= {at: -1.0 for at, begins, ends in self.windows[key] if begins >= first and ends <= last}
        self.rows.append((terms, 0.0, 0.0 if exact else np.inf))

    def stated(self) -> tuple[Floats, Rows, Floats, Floats, np.ndarray]:
        """Return the programme: cost, rows, lower and upper ends, and which are whole."""
        heads, slots = len(self.choices), len(self.slots)
        paid = [_hours(self.patterns[choice.pattern], choice) * self.patterns[choice.pattern].cost
                for choice in self.choices]
        often = [job.often for job in self.jobs]
        most = (4.0 * self.wanted.most.sum() + max((pattern.least for pattern in self.patterns), default=0)
                + sum(job.often * job.size for job in self.jobs))
        cost = np.concatenate([paid, np.zeros(self.whole - heads), self.wanted.cost,
                               [job.late_cost for job in self.jobs], np.zeros(len(self.fills))])
        upper = np.concatenate([np.full(heads + slots, most), [often[job] for job, _ in self.begins],
                                self.wanted.width, often, np.full(len(self.fills), most)])
        first = np.cumsum([0, *(len(terms) for terms, _, _ in self.rows)])
        entry = np.array([at for terms, _, _ in self.rows for at in terms], dtype=np.int64)
        factor = np.array([value for terms, _, _ in self.rows for value in terms.values()])
        sides = np.array([(lower, upper) for _, lower, upper in self.rows]).reshape(-1, 2)
        whole = np.arange(len(cost)) < self.whole
        return cost, Rows(first, entry, factor, sides[:, 0], sides[:, 1]), np.zeros(len(cost)), upper, whole

    def read(self, values: Floats) -> tuple[Integers, dict[tuple[int, int, int], int], dict[tuple[int, int], int]]:
        """Return heads by choice, breaks by their start, and jobs by theirs."""
        count = np.rint(values[: self.whole]).astype(np.int64)
        done = dict(zip(self.begins, count[len(self.choices) + len(self.slots):].tolist(), strict=True))
        return (count[: len(self.choices)], {slot: int(count[at]) for slot, at in self.slot.items() if count[at]},
                {begin: often for begin, often in done.items() if often})

    def filled(self, values: Floats) -> Floats:
        """Return the heads that fill idle time by each job (jobs, WEEK)."""
        found = np.zeros((len(self.jobs), WEEK))
        for column, (at, hour) in self._filling():
            found[at, 4 * hour:4 * hour + 4] = values[column] / 4.0
        return found

    def absent(self, breaks: dict[tuple[int, int, int], int]) -> Floats:
        """Return how many are on a break in each quarter (WEEK,)."""
        away = np.zeros(WEEK)
        for (pattern, day, slot), count in breaks.items():
            away[(day * QUARTERS + slot + np.arange(self.patterns[pattern].rest)) % WEEK] += count
        return away

    def cut(self, heads: Integers, breaks: dict[tuple[int, int, int], int]) -> bool:
        """Ask for the stretches in which too few breaks start; returns whether there were any."""
        before = len(self.rows)
        for key, windows in self.windows.items():
            used = [(at, first, last) for at, first, last in windows if heads[at]]
            for first, last in product({begin for _, begin, _ in used}, {end for *_, end in used}):
                must = sum(int(heads[at]) for at, begin, end in used if begin >= first and end <= last)
                if must > sum(breaks.get((*key, slot), 0) for slot in range(first, last + 1)):
                    self._stretch(key, first, last)
        return len(self.rows) > before
