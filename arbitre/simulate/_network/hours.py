"""When does work go on, and when do cases come? Shifts, calendars, waves, rhythms and seasons as arrays of a network.

Hours are those of the clock on the wall. This replay never sets it forward or back: work that goes on through the night
in which clocks change lasts as long as the clock says, the hour that it skips in spring is closed in every calendar,
and the hour that it shows twice in autumn is there once.

A crew without a calendar repeats its week for ever. One with a calendar has the heads of its week in the hours in which
that is open, holidays and exceptions included. A step with a calendar needs, beside its crews, that this be open: work
in hand is put down when it closes. One with waves too is worked on at any hour: its waves leave while the calendar is
open, closing time included.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from arbitre.core.calendars import HOUR, Calendar
from arbitre.core.units import DAYS_PER_YEAR
from arbitre.core.week import HOURS_PER_WEEK, week_hours, week_means, week_sums
from arbitre.simulate._kernel.laws import Floats, Integers
from arbitre.simulate._kernel.model import FINISH, PAUSE, Pools, Timetables
from arbitre.tables.routing import Process, zones_of

HOURS_A_BUCKET = 0.25
"""How finely the rhythm of arrivals is cut."""
_SHIFT_END = {"finish": FINISH, "pause": PAUSE}
_OPEN_TO_ALL = 1_000_000
"""Places that a step has for work while its calendar is open."""
_DAYS_OF_MONTHS = (31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True)
class Hours:
    """The hours of a process from the beginning of a replay to its end.

    waves (steps of the table,): timetable of the waves of each step. gates (steps of the table,): pool that each step
    needs because of its calendar. -1 where there is none. The pools of crews come first.
    """

    waves: Integers
    gates: Integers
    pools: Pools
    timetables: Timetables

    @classmethod
    def of(cls, process: Process, begins: datetime, until: datetime) -> Hours:
        """Return the hours of a process."""
        told = _Told(process, begins, until)
        waves = np.array([told.wave(*row) for row in process.steps.select("step", "calendar").iter_rows()], np.int64)
        zone, crews = zones_of(process), process.crews
        tables = np.array([told.crew(*row) for row in crews.select("crew", "heads", "calendar").iter_rows()], np.int64)
        pools = Pools(name=tuple(crews["crew"]), capacity=crews["heads"].to_numpy(), timetable=tables,
                      zone=np.array([zone.get(site, -1) for site in crews["site"]], dtype=np.int64),
                      shift_end=np.array([_SHIFT_END[word] for word in crews["shift_end"]], dtype=np.int64))
        gated = process.steps.with_row_index().filter(pl.col("calendar").is_not_null(), pl.Series(waves < 0))
        gates = np.full(process.steps.height, -1)
        gates[gated["index"].to_numpy()] = crews.height + np.arange(gated.height)
        doors = Pools(name=tuple(f"hours of {step}" for step in gated["step"]),
                      timetable=np.array([told.gate(name) for name in gated["calendar"]], np.int64),
                      shift_end=np.full(gated.height, PAUSE))
        return cls(waves, gates, pools.plus(doors), told.timetables())


class _Told:
    """Writes timetables one after the other."""

    def __init__(self, process: Process, begins: datetime, until: datetime) -> None:
        self.process, self.begins, self.until = process, begins, until
        self._rows: list[tuple[Floats, Integers, float]] = []

    def timetables(self) -> Timetables:
        """Return all that were written."""
        if not self._rows:
            return Timetables.empty()
        sizes = [len(at) for at, _, _ in self._rows]
        return Timetables(table=np.repeat(np.arange(len(sizes)), sizes),
                          at=np.concatenate([at for at, _, _ in self._rows]),
                          value=np.concatenate([value for _, value, _ in self._rows]),
                          period=np.repeat([period for _, _, period in self._rows], sizes))

    def wave(self, step: str, calendar: str | None) -> int:
        """Return the timetable of the waves of a step, -1 for none."""
        rows = self.process.waves.filter(step=step).select("weekday", "leaves").iter_rows()
        hours = sorted({on_clock(hour % HOURS_PER_WEEK, self.begins) for weekday, leaves in rows
                        for hour in week_hours(weekday, leaves)})
        if not hours:
            return -1
        if calendar is None:
            return self._written(np.array(hours), np.zeros(len(hours), np.int64), HOURS_PER_WEEK)
        at = self._repeated(np.array(hours))
        opens, closes = self._open(calendar)
        last = np.searchsorted(opens, at, side="right") - 1
        return self._written(at[(last >= 0) & (at <= np.append(closes, 0.0)[last])])

    def crew(self, crew: str, heads: int, calendar: str | None) -> int:
        """Return the timetable of a crew, -1 where it is always there."""
        own = self.process.shifts.filter(crew=crew).with_columns(pl.col("heads").fill_null(heads))
        if own.is_empty():
            return -1 if calendar is None else self.gate(calendar, heads)
        turns = sorted((on_clock(hour, self.begins), int(value)) for hour, value in
                       week_sums(own.select("weekday", "starts", "ends", "heads").iter_rows()))
        at, value = np.array([hour for hour, _ in turns]), np.array([number for _, number in turns])
        if calendar is None:
            return self._written(at, value, HOURS_PER_WEEK)
        weeks = self._repeated(at)
        return self._while_open(np.append(0.0, weeks), np.append(value[-1], np.resize(value, len(weeks))), calendar)

    def gate(self, calendar: str, heads: int = _OPEN_TO_ALL) -> int:
        """Return the timetable of so many heads in all the hours of a calendar."""
        return self._while_open(np.zeros(1), np.array([heads]), calendar)

    def _while_open(self, at: Floats, value: Integers, calendar: str) -> int:
        """Write the values that hold from hours `at` on (0 first), and 0 where the calendar is closed."""
        opens, closes = self._open(calendar)
        edges = np.unique(np.concatenate([at, opens, closes]))
        is_open = np.searchsorted(opens, edges, side="right") > np.searchsorted(closes, edges, side="right")
        held = np.where(is_open, value[np.searchsorted(at, edges, side="right") - 1], 0)
        changes = np.append(True, held[1:] != held[:-1])
        return self._written(edges[changes], held[changes])

    def _written(self, at: Floats, value: Integers | None = None, period: float = 0.0) -> int:
        self._rows.append((at, np.zeros(len(at), np.int64) if value is None else value, period))
        return len(self._rows) - 1

    def _repeated(self, at: Floats) -> Floats:
        """Return hours of a week in all weeks of the replay."""
        weeks = np.arange(np.ceil((self.until - self.begins) / timedelta(hours=HOURS_PER_WEEK)) + 1)
        return (weeks[:, None] * HOURS_PER_WEEK + at).ravel()

    def _open(self, name: str) -> tuple[Floats, Floats]:
        """Return the hours of the replay at which a calendar opens and closes."""
        return open_hours(self.process.calendars[name], self.begins, self.until)


def open_hours(calendar: Calendar, begins: datetime, until: datetime) -> tuple[Floats, Floats]:
    """Return when a calendar opens and closes between two times, in hours since the first."""
    first, last = (round((time - datetime(1970, 1, 1)) / timedelta(microseconds=1)) for time in (begins, until))
    opens, closes = calendar.opens(first, last)
    return (opens - first) / HOUR, (closes - first) / HOUR


def on_clock(hour: float, begins: datetime) -> float:
    """Return when an hour of the week first comes, in hours from the beginning of the replay."""
    first = 24.0 * begins.weekday() + begins.hour + begins.minute / 60 + begins.second / 3600
    return round((hour - first) % HOURS_PER_WEEK, 9) % HOURS_PER_WEEK


def profiles_of(process: Process, classes: pl.DataFrame, begins: datetime, until: datetime
                ) -> tuple[Floats, Integers, Floats]:
    """Return profiles (kinds, quarters of hours), the profile of each class, and its busiest rate over its mean.

    A profile is a week; where a kind has seasons, all of them run from the beginning of the replay to its end.
    """
    profiles, of_class, peak = list[Floats](), np.full(classes.height, -1), np.ones(classes.height)
    kinds = set(classes["kind"])
    has_seasons = not kinds.isdisjoint(process.seasons["kind"])
    for kind in sorted(kinds & {*process.rhythms["kind"], *process.seasons["kind"]}):
        rate = _week(process.rhythms.filter(kind=kind), begins)
        mean = float(rate.mean())
        if has_seasons:
            season, of_year = _seasons(process.seasons.filter(kind=kind), begins, until)
            rate, mean = np.resize(rate, len(season)) * season, mean * of_year
        mine = (classes["kind"] == kind).to_numpy()
        of_class[mine], peak[mine] = len(profiles), rate.max() / mean
        profiles.append(rate / rate.max() if rate.any() else np.ones(len(rate)))
    return (np.array(profiles) if profiles else np.ones((0, 1))), of_class, peak


def _week(rhythm: pl.DataFrame, begins: datetime) -> Floats:
    """Return what comes in each quarter of an hour of a week that starts at `begins`."""
    count = round(HOURS_PER_WEEK / HOURS_A_BUCKET)
    if rhythm.is_empty():
        return np.ones(count)
    held = week_means(rhythm.select("weekday", "starts", "ends", "weight").iter_rows(), HOURS_A_BUCKET)
    first = round((HOURS_PER_WEEK - on_clock(0.0, begins)) / HOURS_A_BUCKET) % count
    return np.roll(held, -first)


def _seasons(seasons: pl.DataFrame, begins: datetime, until: datetime) -> tuple[Floats, float]:
    """Return the weight of each quarter of an hour of the replay, and that of a mean year."""
    weight = np.ones(12)
    if seasons.height:
        weight[:] = 0.0
        weight[seasons["month"].to_numpy() - 1] = seasons["weight"].to_numpy()
    count = int(np.ceil((until - begins) / timedelta(hours=HOURS_A_BUCKET))) + 1
    moments = np.datetime64(begins, "m") + np.arange(count) * np.timedelta64(round(60 * HOURS_A_BUCKET), "m")
    month = moments.astype("datetime64[M]").astype(np.int64) % 12
    return weight[month], float(weight @ np.array(_DAYS_OF_MONTHS)) / DAYS_PER_YEAR
