"""How long was that in working hours, and when is so much work over?

A calendar is open in weekly hours; a day of its own (a holiday, an exception) has hours of its own or none. Hours
belong to the day on which they begin: a night shift that began before a holiday goes on into it. Hours that overlap
count once.

Business time B(u) is the time open before the instant u: a piecewise-linear function that rises at rate 1 while open
and rests while closed. Working time from s to e is B(e) - B(s); work of h hours begun at s is over at the earliest
u >= s with B(u) = B(s) + h. Instants are exact: where clocks change, an hour is skipped or counted twice, as it was.

Times go in and come out as people write them, without zone, on the clock of the calendar's time zone, in whole
microseconds since 1970. A time that the clock shows twice is taken for the first; one that it skips is what the clock
would have shown had it not been moved (02:30 in the skipped hour is 03:30), as PEP 495 has it for fold 0.
Calendars reach from 1900 to 2200; a time beyond, as the 9999-12-31 that stands for "no end", is taken for that end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

Integers = NDArray[np.int64]
Hours = tuple[int, int]
"""When it opens and closes, in minutes after midnight; one that closes no later than it opens does so the next day."""

MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000
NEVER = int(np.iinfo(np.int64).max)
"""The time at which work is over that no opening hours suffice for."""
_EPOCH = date(1970, 1, 1)
_FIRST, _LAST = (date(1900, 1, 1) - _EPOCH).days, (date(2200, 1, 1) - _EPOCH).days
_A_YEAR = 366


def minutes(clock: str) -> int:
    """Return a time of day as written in tables, "08:30", in minutes after midnight."""
    return int(clock[:2]) * 60 + int(clock[3:])


@dataclass(frozen=True)
class Calendar:
    """Opening hours: `week` those of each weekday (0 is Monday), `days` those of the days that differ from the week."""

    zone: ZoneInfo
    week: Mapping[int, Sequence[Hours]]
    days: Mapping[date, Sequence[Hours]] = field(default_factory=dict)

    def working(self, starts: ArrayLike, ends: ArrayLike) -> Integers:
        """Return the working time from each start to each end, negative where the end comes first.

        Args: starts, ends (cases,) in microseconds on the clock of the zone. Returns microseconds.
        """
        begin, end = np.asarray(starts, dtype=np.int64), np.asarray(ends, dtype=np.int64)
        if not len(begin):
            return np.zeros(0, np.int64)
        least, most = _extremes(begin, end)
        known = self._map(least // DAY, most // DAY)
        return _durations(begin, end, known.first * DAY, known.days)

    def after(self, starts: ArrayLike, hours: ArrayLike) -> Integers:
        """Return when so many working hours begun at each start are over; NEVER where the calendar has too few.

        Args: starts (cases,) in microseconds on the clock of the zone; hours (cases,) or one for all, at least 0.
        """
        begin = np.asarray(starts, dtype=np.int64)
        if not len(begin):
            return np.zeros(0, np.int64)
        work = np.rint(np.asarray(hours, dtype=np.float64) * HOUR).astype(np.int64)
        first, last = _clamped(int(begin.min()) // DAY), _clamped(int(begin.max()) // DAY)
        # Without weekly hours nothing opens any more after the last day of its own.
        end = _LAST if any(self.week.values()) else max([last, *((day - _EPOCH).days + 1 for day in self.days)])
        reach = _A_YEAR
        while True:
            until = min(last + reach, end)
            ahead = self._map(first, until)
            target = ahead.worked(begin) + work
            if until == end or target.max() <= ahead.total:
                return ahead.over(begin, target)
            reach *= 2

    def open_days(self, times: Integers) -> Integers:
        """Return the days on which hours begin, from the earliest time to a year after the latest but NEVER."""
        known = times[times < NEVER]
        first, last = (int(known.min()) // DAY, int(known.max()) // DAY) if len(known) else (0, 0)
        opens, _ = self._spans(_clamped(first), _clamped(last + _A_YEAR))
        return np.unique(opens // DAY)

    def opens(self, since: int, until: int) -> tuple[Integers, Integers]:
        """Return when it opens and closes on its clock from one time to another, in order; no two hours overlap.

        An hour that the clock skips is closed; one that it shows twice is there once.
        """
        first, last = _clamped(since // DAY), _clamped(until // DAY)
        shifts = _shifts(self.zone, first - 2, last + 2)
        opens, closes = (_shown(_instants(side, shifts), shifts) for side in _islands(*self._spans(first - 1, last)))
        for shown, before, after in zip(shifts.from_[1:], shifts.offset[:-1], shifts.offset[1:], strict=True):
            if after > before:  # from `shown - (after - before)` to `shown` the clock shows nothing
                gone = shown - (after - before)
                opens, closes = (np.concatenate([opens, np.maximum(opens, shown)]),
                                 np.concatenate([np.minimum(closes, gone), closes]))
                opens, closes = (side[opens < closes] for side in (opens, closes))
        opens, closes = np.clip(opens, since, until), np.clip(closes, since, until)
        order = np.argsort(opens, kind="stable")
        opens, closes = opens[order], closes[order]
        return opens[closes > opens], closes[closes > opens]

    def _spans(self, first: int, last: int) -> tuple[Integers, Integers]:
        """Return when it opens and closes, on its clock, for the hours that begin from day `first` to day `last`."""
        days = np.arange(first, last + 1)
        own = {(day - _EPOCH).days: hours for day, hours in self.days.items()}
        usual = days[~np.isin(days, np.fromiter(own, np.int64, len(own)))]
        weekday = (usual + 3) % 7  # 1970-01-01 was a Thursday
        parts = [(usual[weekday == at], hours) for at, several in self.week.items() for hours in several]
        parts += [(np.array([day]), hours) for day, several in own.items() if first <= day <= last for hours in several]
        opens = [day * DAY + begin * MINUTE for day, (begin, _) in parts]
        closes = [day * DAY + (end if end > begin else end + 24 * 60) * MINUTE for day, (begin, end) in parts]
        empty = np.zeros(0, np.int64)
        return np.concatenate([empty, *opens]), np.concatenate([empty, *closes])

    def _map(self, first: int, last: int) -> _Map:
        """Return business time from day `first` to day `last`; the evening before may reach into the first."""
        first, last = _clamped(first), _clamped(last)
        shifts = _shifts(self.zone, first - 2, last + 2)
        opens, closes = (_instants(times, shifts) for times in self._spans(first - 1, last + 1))
        return _Map.of(*_islands(opens, closes), shifts, first, last)


def due(starts: ArrayLike, hours: ArrayLike, calendar: Calendar | None = None, cut_off: int | None = None) -> Integers:
    """Return when what is promised within so many hours of each start is due.

    The hours are those of the calendar, or run day and night on the clock (None). With `cut_off`, in minutes after
    midnight, it is due at that time of the first open day on which that comes no sooner than the hours are over. NEVER
    where the calendar has too few hours or days.
    """
    if calendar is None:
        over = np.asarray(starts, dtype=np.int64) + np.rint(np.asarray(hours, np.float64) * HOUR).astype(np.int64)
    else:
        over = calendar.after(starts, hours)
    if cut_off is None:
        return over
    return _at_cut_off(over, cut_off, None if calendar is None else calendar.open_days(over))


def _at_cut_off(times: Integers, cut_off: int, open_days: Integers | None) -> Integers:
    """Return the first cut-off at or after each time, on one of the open days (None: every day)."""
    known = times < NEVER
    day = np.where(known, -((cut_off * MINUTE - times) // DAY), 0)  # the first day whose cut-off is not too early
    if open_days is not None:
        place = np.searchsorted(open_days, day)
        known = known & (place < len(open_days))
        day = np.append(open_days, 0)[np.minimum(place, len(open_days))]
    return np.where(known, day * DAY + cut_off * MINUTE, NEVER)


def _islands(opens: Integers, closes: Integers) -> tuple[Integers, Integers]:
    """Return hours as islands in order: those that overlap become one, those without length go."""
    order = np.argsort(opens, kind="stable")
    opens, closes = opens[order], np.maximum.accumulate(closes[order])
    # Where a span begins after all before it have ended, an island begins.
    begins, ends = np.ones(len(opens), dtype=bool), np.ones(len(opens), dtype=bool)
    begins[1:] = ends[:-1] = opens[1:] > closes[:-1]
    opens, closes = opens[begins], closes[ends]
    return opens[closes > opens], closes[closes > opens]


class _Shifts(NamedTuple):
    """How the clock runs beside UTC: by `offset[k]` from the instant `since[k]`, for clock times from `from_[k]`."""

    since: Integers
    from_: Integers
    offset: Integers


def _shifts(zone: ZoneInfo, first: int, last: int) -> _Shifts:
    """Return the offsets of a zone from day to day, and when they change, to the second."""
    offsets = [_offset(zone, day * DAY) for day in range(first, last + 1)]
    since, offset = [first * DAY], [offsets[0]]
    for day, (before, after) in enumerate(pairwise(offsets), start=first):
        if before != after:
            low, high = day * DAY, (day + 1) * DAY
            while high - low > 1_000_000:
                middle = (low + high) // 2_000_000 * 1_000_000
                low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
            since.append(high)
            offset.append(after)
    shown = [since[0] + offset[0]]
    # The new offset holds for clock times that are neither skipped nor, the second time, shown twice.
    shown += [at + max(pair) for at, pair in zip(since[1:], pairwise(offset), strict=True)]
    return _Shifts(*(np.array(column, dtype=np.int64) for column in (since, shown, offset)))


def _offset(zone: ZoneInfo, instant: int) -> int:
    shown = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    return int((shown.astimezone(zone).utcoffset() or timedelta()) / timedelta(microseconds=1))


def _instants(times: Integers, shifts: _Shifts) -> Integers:
    """Return clock times as microseconds UTC."""
    return times - shifts.offset[np.maximum(np.searchsorted(shifts.from_, times, side="right") - 1, 0)]


def _shown(instants: Integers, shifts: _Shifts) -> Integers:
    """Return microseconds UTC as clock times."""
    return instants + shifts.offset[np.maximum(np.searchsorted(shifts.since, instants, side="right") - 1, 0)]


def _clamped(day: int) -> int:
    return min(max(day, _FIRST), _LAST)


class _Map(NamedTuple):
    """Business time: spans open in UTC with the work done before each, and the same day by day on the clock.

    `days` is what the kernel reads, a row for each day from `first` on: the work done before midnight; when the clock
    changes (none: beyond the day) and by how much business time then jumps; then, span by span, when it opens after
    midnight and for how long.
    """

    opens: Integers
    before: Integers
    total: int
    shifts: _Shifts
    first: int
    days: Integers

    @classmethod
    def of(cls, opens: Integers, closes: Integers, shifts: _Shifts, first: int, last: int) -> _Map:
        """Return the map of disjoint spans in order, for clock times of the days `first` to `last`."""
        worked = np.append(0, np.cumsum(closes - opens))
        knots = np.column_stack([opens, closes]).ravel()
        midnights = np.arange(first, last + 2) * DAY
        at, done, rises = [], [], []
        ends = np.append(shifts.from_[1:], (last + 3) * DAY)
        for begins, until, offset in zip(shifts.from_, ends, shifts.offset, strict=True):
            # Between two changes of the clock, clock times are instants plus an offset.
            breaks = np.concatenate([knots + offset, midnights])
            shown = np.unique(np.append(begins, breaks[(breaks > begins) & (breaks < until)]))
            span = np.searchsorted(opens, shown - offset, side="right") - 1
            close = np.append(closes, 0)[span]
            into = np.minimum(shown - offset, close) - np.append(opens, 0)[span]
            at.append(shown)
            done.append(np.where(span >= 0, worked[np.maximum(span, 0)] + into, 0))
            rises.append((span >= 0) & (shown - offset < close))
        days = _day_rows(np.concatenate(at), np.concatenate(done), np.concatenate(rises), shifts.from_[1:], midnights)
        return cls(opens, worked[:-1], int(worked[-1]), shifts, first, days)

    def worked(self, times: Integers) -> Integers:
        """Return the time open before each clock time."""
        return _durations(np.full_like(times, self.first * DAY), times, self.first * DAY, self.days) + self.days[0, 0]

    def over(self, starts: Integers, target: Integers) -> Integers:
        """Return the clock time at which the work done reaches its target, no sooner than the start."""
        begin = _instants(starts, self.shifts)
        span = np.searchsorted(self.before, target, side="left") - 1
        reached = np.append(self.opens, 0)[span] + target - np.append(self.before, 0)[span]
        needs_work = (span >= 0) & (reached > begin)
        # A start that needs no work is over as it is written, even where the clock skips it.
        shown = np.where(needs_work, _shown(np.where(needs_work, reached, begin), self.shifts), starts)
        return np.where(target > self.total, NEVER, shown)


def _day_rows(at: Integers, done: Integers, rises: NDArray[np.bool_], changes: Integers, midnights: Integers
              ) -> Integers:
    """Return the rows of `_Map.days` from pieces: from clock time `at`, with `done` worked, rising or at rest.

    A piece begins at every midnight but the last, and at every change of the clock.
    """
    lengths = np.diff(at, append=at[-1])
    first = np.searchsorted(at, midnights[:-1])
    day_of = np.searchsorted(midnights, at, side="right") - 1
    inside = rises & (day_of >= 0) & (day_of < len(midnights) - 1) & (lengths > 0)
    place = np.cumsum(inside) - inside
    slot = place - place[first][np.clip(day_of, 0, len(first) - 1)]
    rows = np.zeros((len(first), 3 + 2 * (slot[inside].max(initial=-1) + 1)), np.int64)
    rows[:, 0], rows[:, 1] = done[first], DAY + 1
    for name, values in ((3, at - midnights[day_of]), (4, lengths)):
        rows[day_of[inside], name + 2 * slot[inside]] = values[inside]
    piece = np.searchsorted(at, changes)
    jump = done[piece] - (done[piece - 1] + rises[piece - 1] * (at[piece] - at[piece - 1]))
    # A change at midnight sharp is in the work done before midnight already.
    known = (day_of[piece] >= 0) & (day_of[piece] < len(first)) & (changes % DAY > 0)
    rows[day_of[piece][known], 1] = changes[known] % DAY
    rows[day_of[piece][known], 2] = jump[known]
    return rows


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _extremes(starts: Integers, ends: Integers) -> tuple[int, int]:
    """Return the earliest and the latest of all times, in one pass."""
    least, most = starts[0], starts[0]
    for row in range(len(starts)):
        least = min(least, starts[row], ends[row])
        most = max(most, starts[row], ends[row])
    return least, most


@numba.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _business_time(time: int, origin: int, limit: int, days: Integers, spans: int) -> int:
    """Return the time open before a clock time; without a branch that depends on the hours, for speed."""
    into = min(max(time - origin, 0), limit)
    day = into // DAY
    into -= day * DAY
    done = days[day, 0]
    if into >= days[day, 1]:
        done += days[day, 2]
    for span in range(spans):
        done += min(max(into - days[day, 3 + 2 * span], 0), days[day, 4 + 2 * span])
    return done


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _durations(starts: Integers, ends: Integers, origin: int, days: Integers) -> Integers:
    """Return the time open from each start to each end."""
    worked = np.empty(len(starts), np.int64)
    limit, spans = len(days) * DAY - 1, (days.shape[1] - 3) // 2
    for row in range(len(starts)):
        worked[row] = (_business_time(ends[row], origin, limit, days, spans)
                       - _business_time(starts[row], origin, limit, days, spans))
    return worked
