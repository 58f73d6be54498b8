"""From the heads wanted by a crew and the shifts it may be given to the cheapest cover: a programme in whole heads.

    minimise  paid hours x cost + sum over quarters of what those missing cost
    with      heads there - heads on a break + missing >= wanted,   in each quarter of an hour of a week

The set covering of Dantzig (Operations Research 2, 1954). Breaks are not tied to shifts but counted by their start
(Bechtold & Jacobs, Management Science 36, 1990): there are enough of them wherever, for every stretch of time, as many
start within it as shifts must break within it (Hall 1935); stretches that begin or end the day are asked for at once,
the others where they are found wanting. What those missing cost is convex: the first cost least.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise, product

import numpy as np

from arbitre.core.errors import Unsupported
from arbitre.maths.work.roster_lines import Floats, Integers
from arbitre.solvers.linear import Answer, Infeasible, Rows, Unsolved, least

QUARTERS = 96
"""Quarters of an hour in a day."""
WEEK = 7 * QUARTERS
_CUTS = 10
"""How often stretches found wanting are added."""
_NODES = 400
_STEPS = 5
"""A dive rounds one in so many of the heads that are not whole."""
_SLACK = 1e-6


@dataclass(frozen=True)
class Pattern:
    """A family of shifts, in quarters of an hour: starts, and lengths; breaks, their length and how many quarters lie
    from one start to the next; least, most heads a day (-1:
    no limit) and most hours a week; cost of an hour; who chooses the start."""

    name: str
    starts: tuple[int, ...]
    lengths: tuple[int, ...]
    rest: int
    every: int
    least: int
    most: int
    most_hours: float
    cost: float
    is_flexible: bool


@dataclass(frozen=True)
class Choice:
    """A shift that may be given on a day: when it may start (several: who works it chooses), and its length."""

    pattern: int
    day: int
    starts: tuple[int, ...]
    length: int

    def breaks(self, pattern: Pattern) -> tuple[int, int]:
        """Return the first and the last quarter of the day at which the break of a shift may start: after its first
        quarter, over before its last, on the grid of the pattern where it has room for that."""
        first = self.starts[0] + -(-self.length // 4)
        last = max(first, self.starts[0] + 3 * self.length // 4 - pattern.rest)
        inner = -(-first // pattern.every) * pattern.every
        return (inner, last // pattern.every * pattern.every) if inner <= last else (first, first)


@dataclass(frozen=True)
class Wanted:
    """Heads wanted in each quarter of a week: pieces (piece,) of what is missing from the most wanted, of the quarter,
    so many heads wide, at a cost of a head in it; `most` (WEEK,) the most wanted."""

    most: Floats
    quarter: Integers
    width: Floats
    cost: Floats

    def missing(self, present: Floats) -> Floats:
        """Return what those missing cost in each quarter (WEEK,)."""
        left, total = np.maximum(self.most - present, 0.0), np.zeros(WEEK)
        for quarter, width, cost in zip(self.quarter, self.width, self.cost, strict=True):
            part = min(left[quarter], width)
            left[quarter] -= part
            total[quarter] += part * cost
        return total


@dataclass(frozen=True)
class Cover:
    """Heads by choice, breaks by (pattern, day, start), heads there in each quarter (WEEK,), the cost and its floor."""

    heads: Integers
    breaks: dict[tuple[int, int, int], int]
    present: Floats
    value: float
    bound: float


def wanted_of(levels: list[tuple[int, int, float]]) -> Wanted:
    """Return what is wanted, from rows of (quarter of the week, heads, cost of one head fewer in an hour)."""
    by_quarter: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for quarter, heads, cost in levels:
        if heads > 0:
            by_quarter[quarter][heads] += cost / 4.0
    most, pieces = np.zeros(WEEK), []
    for quarter, rows in sorted(by_quarter.items()):
        steps = [*sorted(rows, reverse=True), 0]
        most[quarter], slope = steps[0], 0.0
        for upper, lower in pairwise(steps):
            slope += rows[upper]
            pieces.append((quarter, float(upper - lower), slope))
    quarter, width, cost = (np.array([piece[part] for piece in pieces], dtype=float) for part in range(3))
    return Wanted(most, quarter.astype(np.int64), width, cost)


def choices_of(patterns: list[Pattern], days: list[int]) -> list[Choice]:
    """Return every shift that may be given on those days."""
    found = []
    for at, pattern in enumerate(patterns):
        starts = [pattern.starts] if pattern.is_flexible else [(start,) for start in pattern.starts]
        found += [Choice(at, day, start, length) for day, start, length in product(days, starts, pattern.lengths)]
    return found


def presence(choice: Choice, pattern: Pattern) -> Floats:
    """Return which share of a head is there in each quarter of the week (WEEK,); breaks are taken off where each
    chooses: spread evenly over the quarters in which they may start."""
    there = np.zeros(WEEK)
    for start in choice.starts:
        np.add.at(there, (choice.day * QUARTERS + start + np.arange(choice.length)) % WEEK, 1.0)
        if pattern.rest and len(choice.starts) > 1:
            first, last = Choice(choice.pattern, choice.day, (start,), choice.length).breaks(pattern)
            for at in range(first, last + 1):
                quarters = (choice.day * QUARTERS + at + np.arange(pattern.rest)) % WEEK
                np.subtract.at(there, quarters, 1.0 / (last - first + 1))
    return there / len(choice.starts)


def covered(patterns: list[Pattern], wanted: Wanted, most_hours: float, gap: float) -> tuple[list[Choice], Cover]:
    """Return the shifts that may be given and the cheapest cover by them.

    Args: most_hours, paid in a week, inf without limit; gap, the relative gap at which the search may stop. Raises
    Unsupported when the least heads of patterns exceed the hours or heads allowed.
    """
    days = sorted({quarter // QUARTERS for quarter in np.flatnonzero(wanted.most).tolist()})
    choices = choices_of(patterns, days)
    if not choices:
        return [], Cover(np.zeros(0, dtype=np.int64), {}, np.zeros(WEEK), 0.0, 0.0)
    model = _Model(patterns, choices, wanted, most_hours)
    floor = -np.inf
    for _ in range(_CUTS):
        try:
            answer = _solved(model, gap)
        except Infeasible:
            raise Unsupported("The least heads of the patterns are more than their most, or than the hours allowed. "
                              "Lower least, or raise most and most_hours, in shift_patterns.") from None
        floor = max(floor, answer.bound)
        heads, breaks = model.read(answer.values)
        if not model.cut(heads, breaks):
            break
    present = model.there @ heads - model.absent(breaks)
    paid = sum(count * _hours(patterns[choice.pattern], choice) * patterns[choice.pattern].cost
               for count, choice in zip(heads.tolist(), choices, strict=True))
    value = float(paid + wanted.missing(present).sum())
    return choices, Cover(heads, breaks, present, value, min(floor, value))


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
    """The programme: heads by choice, breaks by start, then pieces of what is missing."""

    def __init__(self, patterns: list[Pattern], choices: list[Choice], wanted: Wanted, most_hours: float) -> None:
        self.patterns, self.choices, self.wanted = patterns, choices, wanted
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
        self.rows: list[tuple[dict[int, float], float, float]] = []
        self._cover()
        self._limits(most_hours)
        for key, windows in self.windows.items():
            firsts, lasts = {first for _, first, _ in windows}, {last for *_, last in windows}
            self._stretch(key, min(firsts), max(lasts), exact=True)
            for last in lasts - {max(lasts)}:
                self._stretch(key, min(firsts), last)
            for first in firsts - {min(firsts)}:
                self._stretch(key, first, max(lasts))

    def _cover(self) -> None:
        pieces = defaultdict(list)
        for piece, quarter in enumerate(self.wanted.quarter.tolist()):
            pieces[quarter].append(len(self.choices) + len(self.slots) + piece)
        away = defaultdict(list)
        for pattern, day, slot in self.slots:
            for quarter in range(self.patterns[pattern].rest):
                away[(day * QUARTERS + slot + quarter) % WEEK].append(self.slot[pattern, day, slot])
        for quarter, missing in pieces.items():
            terms = {int(at): float(self.there[quarter, at]) for at in np.flatnonzero(self.there[quarter])}
            terms |= dict.fromkeys(missing, 1.0) | dict.fromkeys(away[quarter], -1.0)
            self.rows.append((terms, float(self.wanted.most[quarter]), np.inf))

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
        most = 4.0 * self.wanted.most.sum() + max((pattern.least for pattern in self.patterns), default=0)
        cost = np.concatenate([paid, np.zeros(slots), self.wanted.cost])
        upper = np.concatenate([np.full(heads + slots, most), self.wanted.width])
        first = np.cumsum([0, *(len(terms) for terms, _, _ in self.rows)])
        entry = np.array([at for terms, _, _ in self.rows for at in terms], dtype=np.int64)
        factor = np.array([value for terms, _, _ in self.rows for value in terms.values()])
        sides = np.array([(lower, upper) for _, lower, upper in self.rows]).reshape(-1, 2)
        whole = np.arange(len(cost)) < heads + slots
        return cost, Rows(first, entry, factor, sides[:, 0], sides[:, 1]), np.zeros(len(cost)), upper, whole

    def read(self, values: Floats) -> tuple[Integers, dict[tuple[int, int, int], int]]:
        """Return heads by choice, and breaks by their start."""
        count = np.rint(values[: len(self.choices) + len(self.slots)]).astype(np.int64)
        return count[: len(self.choices)], {slot: int(count[at]) for slot, at in self.slot.items() if count[at]}

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
