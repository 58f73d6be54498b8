"""Which line of shifts and days off costs a person least, within the rules they work under?

A line says for each day which shift is worked, or none. Its cost is a sum over days (wishes, and what each shift is
worth to whoever plans) and a cost of where it ends: hours and weekends worked. Rules: which shift may follow which on
the next day, how many days in a row are worked or off, how often a shift is worked, hours and weekends in all.

Dynamic programme over the days (the pricing of Burke & Curtois, European Journal of Operational Research 237, 2014): a
state is the run of days under way, the counts that are limited, the hours and the weekends so far, so the least cost is
exact. A run cut off by the first or the last day may be shorter than the least: what came before, and what comes after,
is not known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]

OFF = -1
"""Stands in a line for a day off."""
MOST_STATES = 400_000_000
"""States of all days that a line may be looked for in: what fits in memory."""


class TooManyStates(ValueError):
    """The limits on how often shifts are worked are too many to be watched at once."""


@dataclass(frozen=True)
class LineRules:
    """What a person may do, over days, with shifts S in classes C: those of a class may be followed by the same shifts.

    may_work (days, S); group (S,), the class of a shift; follows (C, S), may the shift come on the day after one of the
    class; longest_run, shortest_run, shortest_break, days in a row worked, and off; most (S,), how often a shift may be
    worked, -1 without limit; work (S,) whole units of time; weekend (days,), 1 the first day of a weekend, 2 the
    second, 0 any other; end_cost (units + 1, weekends + 1), inf where a line may not end.
    """

    may_work: Truths
    group: Integers
    follows: Truths
    longest_run: int
    shortest_run: int
    shortest_break: int
    most: Integers
    work: Integers
    weekend: Integers
    end_cost: Floats


def cheapest_line(rules: LineRules, cost: Floats) -> tuple[float, Integers]:
    """Which line costs least?

    Args: cost (days, S), of working a shift on a day. Returns: its cost, inf where no line keeps the rules; the line
    (days,), OFF on days off. Raises TooManyStates.

    A limit on a shift is watched only once a line has broken it, which leaves the least cost exact (decremental state
    space relaxation: Righini & Salani, Networks 51, 2008).
    """
    watched = np.full(len(rules.most), -1, dtype=np.int64)
    runs = np.array([rules.longest_run, rules.shortest_run, rules.shortest_break])
    priced = np.where(rules.may_work, cost, np.inf)
    needed = _needed(rules)
    while True:
        ends = len(rules.follows) * rules.longest_run + rules.shortest_break
        states = (len(cost) + 1) * ends * math.prod((watched + 1)[watched >= 0].tolist()) * rules.end_cost.size
        if states > MOST_STATES:
            raise TooManyStates
        value, before, by = _forward(priced, rules.group, rules.follows, runs, watched, rules.work, rules.weekend,
                                     rules.end_cost.shape, needed)
        least, line = _read_back(value, before, by, watched, rules.work, rules.weekend, rules.end_cost,
                                 len(rules.follows) * rules.longest_run)
        times = np.bincount(line[line != OFF], minlength=len(rules.most))
        broken = (rules.most >= 0) & (times > rules.most)
        if not broken.any():
            return least, line
        watched[broken] = rules.most[broken]


def ending(rules: LineRules, line: Integers) -> tuple[int, int]:
    """Return the units of time and the weekends that a line works."""
    on = line != OFF
    first = (rules.weekend == 1) & on
    second = (rules.weekend == 2) & on & ~np.concatenate([[False], on[:-1]])
    return int(rules.work[line[on]].sum()), int(first.sum() + second.sum())


def _needed(rules: LineRules) -> Integers:
    """Return the least units (days + 1,) a line must have by the start of each day to end where it may."""
    days, wanted = len(rules.weekend), int(np.flatnonzero(np.isfinite(rules.end_cost).any(axis=1))[0])
    left = np.arange(days, -1, -1)
    cycle = rules.longest_run + rules.shortest_break
    worked = left // cycle * rules.longest_run + np.minimum(left % cycle, rules.longest_run)
    return wanted - worked * int(rules.work.max(initial=0))


@njit(cache=True, nogil=True, error_model="numpy")
def _forward(cost, group, follows, runs, watched, work, weekend, shape, needed):
    """Return the least cost of each state (days + 1, run, counts, units, weekends), the run before it, and the shift.

    Runs are numbered: those worked by class and length, then those off by length, the last standing for all longer.
    """
    days, shifts = cost.shape
    longest_run, shortest_run, shortest_break = runs
    working, (units, weekends) = len(follows) * longest_run, shape
    stride, places = np.zeros(shifts, np.int64), 1
    for shift in range(shifts):
        if watched[shift] >= 0:
            stride[shift] = places
            places *= watched[shift] + 1
    states = (days + 1, working + shortest_break, places, units, weekends)
    value, before, by = np.full(states, np.inf), np.zeros(states, np.int16), np.full(states, -1, np.int16)
    value[0, working + shortest_break - 1, 0, 0, 0] = 0.0
    for day in range(days):
        for run in range(working + shortest_break):
            off = run >= working
            length = run - working + 1 if off else run % longest_run + 1
            # A run that reaches back to the first day is long enough: what came before is not known.
            may_turn = length >= day or length >= (shortest_break if off else shortest_run)
            rest = working + (min(length, shortest_break - 1) if off and day else 0)
            for place in range(places):
                for unit in range(max(needed[day], 0), units):
                    for ends in range(weekends):
                        so_far = value[day, run, place, unit, ends]
                        if so_far == np.inf:
                            continue
                        if (off or may_turn) and so_far < value[day + 1, rest, place, unit, ends]:
                            value[day + 1, rest, place, unit, ends] = so_far
                            before[day + 1, rest, place, unit, ends] = run
                            by[day + 1, rest, place, unit, ends] = -1
                        after = ends + (weekend[day] == 1 or (weekend[day] == 2 and off))
                        if after == weekends or (not may_turn if off else length == longest_run):
                            continue
                        for shift in range(shifts):
                            total, reached = so_far + cost[day, shift], unit + work[shift]
                            if total == np.inf or reached >= units or not (off or follows[run // longest_run, shift]):
                                continue
                            if stride[shift] and place // stride[shift] % (watched[shift] + 1) == watched[shift]:
                                continue
                            to = group[shift] * longest_run + (0 if off else length)
                            if total < value[day + 1, to, place + stride[shift], reached, after]:
                                value[day + 1, to, place + stride[shift], reached, after] = total
                                before[day + 1, to, place + stride[shift], reached, after] = run
                                by[day + 1, to, place + stride[shift], reached, after] = shift
    return value, before, by


@njit(cache=True, nogil=True, error_model="numpy")
def _read_back(value, before, by, watched, work, weekend, end_cost, working):
    """Return the least cost of all ends, and the line that leads to it."""
    days, runs, places = len(weekend), value.shape[1], value.shape[2]
    least, run, place, unit, ends = np.inf, 0, 0, 0, 0
    for at in range(runs):
        for counts in range(places):
            for units in range(end_cost.shape[0]):
                for weekends in range(end_cost.shape[1]):
                    total = value[days, at, counts, units, weekends] + end_cost[units, weekends]
                    if total < least:
                        least, run, place, unit, ends = total, at, counts, units, weekends
    line = np.full(days, -1, np.int64)
    if least == np.inf:
        return least, line
    stride, size = np.zeros(len(work), np.int64), 1
    for shift in range(len(work)):
        if watched[shift] >= 0:
            stride[shift] = size
            size *= watched[shift] + 1
    for day in range(days - 1, -1, -1):
        shift, came_from = by[day + 1, run, place, unit, ends], before[day + 1, run, place, unit, ends]
        line[day] = shift
        if shift >= 0:
            place -= stride[shift]
            unit -= work[shift]
            if weekend[day] == 1 or (weekend[day] == 2 and came_from >= working):
                ends -= 1
        run = came_from
    return least, line
