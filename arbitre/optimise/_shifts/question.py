"""What is asked of the shifts of a crew: patterns, heads wanted, planned jobs. Quarters of an hour of a week."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from arbitre.maths.work.roster_lines import Floats, Integers

Flags = NDArray[np.bool_]
QUARTERS = 96
"""Quarters of an hour in a day."""
WEEK = 7 * QUARTERS


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
    so many heads wide, at a cost of a head in it; `most` (WEEK,) the most wanted, `busy` (WEEK,) those of them whom the
    cases they are wanted for keep busy, on average."""

    most: Floats
    busy: Floats
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
class Job:
    """A case of a campaign: quarters it takes, heads it takes for them, how often it is to be done in a week, what one
    that is not done costs, whether it is done in the time left between other cases, for which it is put down, and the
    quarters (WEEK,) in which it may be worked on."""

    length: int
    heads: int
    often: int
    late_cost: float
    fills: bool
    is_open: Flags

    @property
    def size(self) -> int:
        """Quarters of a head that it takes."""
        return self.length * self.heads

    def quarters(self, start: int) -> Integers:
        """Return the quarters of the week that one takes which starts then."""
        return (start + np.arange(self.length)) % WEEK


def wanted_of(levels: list[tuple[int, int, float]], busy: Floats | None = None) -> Wanted:
    """Return what is wanted, from rows of (quarter of the week, heads, cost of one head fewer in an hour); busy (WEEK,)
    heads, None: all of them."""
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
    return Wanted(most, most if busy is None else busy, quarter.astype(np.int64), width, cost)


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
