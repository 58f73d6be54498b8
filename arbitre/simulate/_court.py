"""How many cases does a replay keep of each promise, in each of its periods?

A case is kept when it was done no later than it was due, in whole microseconds as in `measure.promises`: when it
closed, or when the step that the promise names was first finished, or somebody was first there (ARRIVED); due after its
window from opening, in the hours of a calendar and at a cut-off where the promise says so. A case that left before its
end (out of patience, called off, turned away) never closed. It counts as one line, which is an order of its own, or as
its units (`counts`), and belongs to the period in which it opened.

Of availability, what counts is a machine in a period: kept when the hours it was not down reach the target. Of a mean
wait it is the hours of the promise's calendar that a case waits, followed for half a year after the replay.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.calendars import Calendar, due, minutes
from arbitre.core.units import DAYS_PER_YEAR, HOURS_PER_DAY
from arbitre.simulate._kernel.laws import Floats, Integers
from arbitre.simulate._kernel.log import CLOSED, FINISHED, REACHED, Run
from arbitre.simulate._network.parts import Part
from arbitre.simulate._network.promised import MICROSECONDS, microseconds, period_ends
from arbitre.tables.routing import ARRIVED

_NEVER = 1e9
"""Hours that no window allows; they stand for a case not done."""
_UNDONE = round(_NEVER * MICROSECONDS)
_FOLLOWED = HOURS_PER_DAY * DAYS_PER_YEAR / 2
"""Hours for which a wait is followed after the last case opened: nearly all are over, and the rest counts so far."""
_NO_TIME = 0.5 / MICROSECONDS
"""Half a microsecond, in hours."""


@dataclass(frozen=True)
class Judged:
    """What counts and what was kept for each promise in each period (promises, periods), and by weight (promises,).

    waited (promises, periods): hours waited in all, where a mean wait is promised.
    """

    cases: Floats
    kept: Floats
    waited: Floats
    weight: Floats
    weight_kept: Floats

    def __add__(self, other: Judged) -> Judged:
        return Judged(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


@dataclass(frozen=True)
class Deadlines:
    """When is a case due? Times in microseconds since the start of a replay."""

    start: datetime
    calendars: Mapping[str, Calendar]

    @property
    def clock(self) -> int:
        """What the clock shows at the start, in microseconds since 1970."""
        return round((self.start - datetime(1970, 1, 1)) / timedelta(microseconds=1))

    def due(self, promise: Mapping[str, Any], opened: Integers) -> Integers:
        """Return when cases opened at these times are due by a promise."""
        if promise["calendar"] is None and promise["cut_off"] is None:
            return opened + microseconds(np.array(promise["window"]))
        cut_off = None if promise["cut_off"] is None else minutes(promise["cut_off"])
        return due(self.clock + opened, promise["window"], self.calendar(promise), cut_off) - self.clock

    def calendar(self, promise: Mapping[str, Any]) -> Calendar | None:
        """Return the calendar of a promise, None for day and night."""
        return None if promise["calendar"] is None else self.calendars[promise["calendar"]]

    def hours(self, promise: Mapping[str, Any], since: Integers, until: Integers) -> Floats:
        """Return the hours of a promise's calendar between these times."""
        calendar = self.calendar(promise)
        if calendar is None:
            return (until - since) / MICROSECONDS
        return calendar.working(self.clock + since, self.clock + until) / MICROSECONDS

    def longest(self, promise: Mapping[str, Any], hours: float) -> float:
        """Return the most hours that a case opened in the first so many may take without being late."""
        if promise["measure"] in ("availability", "waiting"):
            return _FOLLOWED if promise["measure"] == "waiting" else 0.0
        opened = microseconds(np.arange(0.0, hours + 2 * HOURS_PER_DAY, HOURS_PER_DAY))
        # Who opens later is due no sooner, so what opens in a day is due no later than the end of that day.
        return float((self.due(promise, opened)[1:] - opened[:-1]).max() / MICROSECONDS)


@dataclass(frozen=True)
class Court:
    """Judges replays: promises as `promised` returns them; ends, hours at which the periods of each promise end."""

    promises: Sequence[Mapping[str, Any]]
    ends: tuple[Floats, ...]
    hours: float
    deadlines: Deadlines

    @classmethod
    def of(cls, promises: pl.DataFrame, start: date, years: int, calendars: Mapping[str, Calendar]) -> Court:
        """Return the court of these promises for so many years from a start."""
        ends = tuple(period_ends(start, years, period) for period in promises["period"])
        return cls(promises.to_dicts(), ends, float(period_ends(start, years, "year")[-1]),
                   Deadlines(datetime.combine(start, time()), calendars))

    @property
    def longest(self) -> float:
        """The most hours that a case opened in time may take without being late by any promise."""
        return max((self.deadlines.longest(promise, self.hours) for promise in self.promises), default=0.0)

    def judged(self, run: Run, part: Part, covered: np.ndarray, weight: Floats) -> Judged:
        """Return what a part replayed has kept of what opened since its `settles`.

        Args: covered (promises, classes); weight (cases,) what each counts in the weighted sums.
        """
        since = run.cases["opened"] - part.settles
        inside = (since >= 0.0) & (since < self.hours)
        cases, since, heavy = run.cases[inside], since[inside], weight[inside]
        opened, units = microseconds(since), cases["quantity"] * part.units[cases["of_class"]]
        waits = {step: microseconds(hours_until(run, part.numbers, step)[inside])
                 for step in {promise["step"] for promise in self.promises}}
        count = max((len(ends) for ends in self.ends), default=0)
        judged = Judged(*(np.zeros((len(self.ends), count)) for _ in range(3)),
                        *(np.zeros(len(self.ends)) for _ in range(2)))
        for row, (promise, ends) in enumerate(zip(self.promises, self.ends, strict=True)):
            if promise["measure"] == "availability":
                held, down = machine_hours(run, part, promise, ends, self.deadlines)
                target = math.inf if promise["target_share"] is None else promise["target_share"]
                is_kept = held - down >= target * held - _NO_TIME
                judged.cases[row, :len(ends)], judged.kept[row, :len(ends)] = len(held), is_kept.sum(axis=0)
                judged.weight[row], judged.weight_kept[row] = held.sum(), (held - down).sum()
                continue
            rows = np.nonzero(covered[row][cases["of_class"]])[0]
            if len(rows) == 0:
                continue
            done = waits[promise["step"]][rows]
            period = np.searchsorted(ends, since[rows], side="right")
            if promise["measure"] == "waiting":
                end = microseconds(np.array(run.ended - part.settles))
                hours = self.deadlines.hours(promise, opened[rows], np.minimum(opened[rows] + done, end))
                judged.cases[row] = np.bincount(period, minlength=count + 1)[:count]
                judged.waited[row] = np.bincount(period, hours, minlength=count + 1)[:count]
                continue
            is_kept = (done < _UNDONE) & (opened[rows] + done <= self.deadlines.due(promise, opened[rows]))
            judged.weight[row] = heavy[rows].sum()
            judged.weight_kept[row] = heavy[rows][is_kept].sum()
            counts = units[rows] if promise["counts"] == "unit" else np.ones(len(rows))
            judged.cases[row] = np.bincount(period, counts, minlength=count + 1)[:count]
            judged.kept[row] = np.bincount(period, counts * is_kept, minlength=count + 1)[:count]
        return judged


def machine_hours(run: Run, part: Part, promise: Mapping[str, Any], ends: Floats, deadlines: Deadlines
                  ) -> tuple[Floats, Floats]:
    """Return (machines, periods) the hours that count and those down, of the machines that a promise is about.

    ends: hours since the start of the replay at which the periods end, the first having begun at 0. A machine is up
    again when the step that the promise names is first finished, else when its case has ended.
    """
    calendar, edges = deadlines.calendar(promise), microseconds(np.append(0.0, ends))

    def open_before(times: Integers) -> Integers:
        """Return the hours that count from the start to each time."""
        if calendar is None:
            return times
        return calendar.working(np.full(len(times), deadlines.clock), deadlines.clock + times)

    mine = np.ones(part.machines.height, dtype=bool)
    for column in ("segment", "offer"):
        if promise[column] is not None:
            mine &= (part.machines[column] == promise[column]).fill_null(value=False).to_numpy()
    place = np.cumsum(mine) - 1
    up_again = np.where(np.isnan(run.cases["closed"]), _NEVER, run.cases["closed"])
    if promise["step"] is not None:
        up_again = np.minimum(up_again, run.cases["opened"] + hours_until(run, part.numbers, promise["step"]))
    machine = run.cases["machine"]
    about = (machine >= 0) & np.append(mine, False)[machine]
    since, until = (np.clip(microseconds(moments[about] - part.settles), 0, edges[-1])
                    for moments in (run.cases["opened"], up_again))
    held, down = np.diff(open_before(edges)) / MICROSECONDS, np.zeros((int(mine.sum()), len(ends)))
    for period, (first, last) in enumerate(pairwise(edges.tolist())):
        hours = open_before(np.clip(until, first, last)) - open_before(np.clip(since, first, last))
        down[:, period] = np.bincount(place[machine[about]], hours, minlength=len(down)) / MICROSECONDS
    return np.broadcast_to(held, down.shape), down


def hours_until(run: Run, numbers: Mapping[str, int], step: str | None) -> Floats:
    """Return (cases,) the hours from opening until a step was first finished, somebody had arrived, or (None) the case
    was closed."""
    cases = run.cases
    if step is None:
        return np.where(cases["outcome"] == CLOSED, cases["closed"] - cases["opened"], _NEVER)
    if step in numbers:
        done = run.log[(run.log["kind"] == FINISHED) & (run.log["step"] == numbers[step])]
    elif step == ARRIVED:
        done = run.log[run.log["kind"] == REACHED]
    else:
        return np.full(len(cases), _NEVER)
    first = np.full(1 + cases["case"].max(initial=-1), np.inf)
    np.minimum.at(first, done["case"], done["time"])
    return np.minimum(first[cases["case"]] - cases["opened"], _NEVER)
