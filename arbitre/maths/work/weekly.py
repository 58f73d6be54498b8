"""In which hours of the week does somebody work, judging by when they were seen, and how long is it there?

Of a resource only moments are known at which it began or ended something. An hour of the week belongs to its calendar
when it was seen in that hour in at least CONFIDENCE of the weeks it was about (or, of who is seen rarely, in at least
RARELY of the weeks in which a typical hour saw it); the calendar is believed when it holds at least SUPPORT of all that
was seen, and not when half of the moments are at midnight sharp: those are dates without hours. This is the discovery
of calendars by confidence and support of O. López-Pintado and M. Dumas, Business process simulation with differentiated
resources, BPM 2022, LNCS 13420, after B. Estrada-Torres et al., Data & Knowledge Engineering 134 (2021) 101897, with
their thresholds. Where hours are hardly ever seen twice, the calendar is made of hours of the day and days of the week.
Hours in which nothing was seen between two that belong are filled in when chance explains them: when an hour worked is
seen fewer than three times on average, one in twenty never is.

*Working time* from s to e is C(e) - C(s), C the hours of the calendar passed since the first Monday.

A calendar is the flags of the 168 hours of the week, Monday 0 h first. Units: hours since a Monday 0:00; in compiled
code, which reads event logs, microseconds since 1970, a Thursday, in local time.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from arbitre.maths.work.weekly_rates import DAY, WEEK

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

CONFIDENCE = 0.1
SUPPORT = 0.7
RARELY = 0.25
_OFTEN = 3.0
"""Moments an hour on average above which an hour never seen is not worked (one in exp(3) = 20 by chance)."""
_HOUR = 3_600_000_000
_THURSDAY = 72 * _HOUR
"""From the Monday before 1970 to its first day."""


def calendar(moments: ArrayLike) -> Flags | None:
    """Return the hours of the week (168,) in which whoever was seen at these moments works; None: seen too rarely."""
    times = np.asarray(moments, dtype=np.float64)
    if not len(times) or _are_dates(int(np.count_nonzero(times % DAY == 0)), len(times)):
        return None
    every = np.floor(times).astype(np.int64)
    monday = every.min() // WEEK * WEEK
    seen = np.zeros(every.max() + 1 - monday, dtype=bool)
    seen[every - monday] = True
    return _calendar(np.flatnonzero(seen))


def calendar_of_work(seen: Flags, midnights: int, moments: int) -> Flags | None:
    """Return the same from the hours since a Monday that were seen, and how many of the moments were midnight sharp."""
    return None if not moments or _are_dates(midnights, moments) else _calendar(np.flatnonzero(seen))


def _are_dates(midnights: int, moments: int) -> bool:
    return 2 * midnights >= moments


def _calendar(hours: Integers) -> Flags | None:
    """Return the calendar of distinct hours since a Monday."""
    weeks = len(np.unique(hours // WEEK))
    works = _often(hours % WEEK, WEEK, weeks)
    if works is None:
        of_day = _often(hours % DAY, DAY, weeks * 7)
        days = _often(np.unique(hours // DAY) % 7, 7, weeks)
        works = None if of_day is None or days is None else np.outer(days, of_day).reshape(-1)
    return None if works is None else _filled(works) if len(hours) < _OFTEN * works.sum() else works


def _often(slot: Integers, slots: int, chances: int) -> Flags | None:
    """Return the slots in which somebody was seen often enough, given once per time seen; None: hardly ever twice."""
    count = np.bincount(slot, minlength=slots)
    if not len(slot) or np.median(count[count > 0]) < 2:
        return None
    works = count >= min(CONFIDENCE * chances, RARELY * float(np.median(count[count > 0])))
    return works if count[works].sum() >= SUPPORT * count.sum() else None


def _filled(works: Flags) -> Flags:
    """Return the calendar with the holes of each day filled, and that at midnight when both sides of it are worked."""
    days = works.reshape(7, DAY)
    hours = np.arange(DAY)
    first = np.where(days.any(axis=1), days.argmax(axis=1), DAY)
    last = np.where(days.any(axis=1), DAY - 1 - days[:, ::-1].argmax(axis=1), -1)
    filled = (hours >= first[:, None]) & (hours <= last[:, None])
    # Somebody seen within three hours of both sides of midnight was there at midnight.
    for day in range(7):
        after = (day + 1) % 7
        if last[day] >= DAY - 3 and first[after] < 3:
            filled[day, last[day]:] = True
            filled[after, :first[after]] = True
    return filled.reshape(-1)


def worked_hours(start: ArrayLike, end: ArrayLike, works: Flags) -> Floats:
    """Return the hours of the calendar between each start and end."""
    so_far = np.concatenate([[0.0], np.cumsum(works)])

    def passed(at: Floats) -> Floats:
        weeks, rest = np.divmod(at, WEEK)
        hour = np.minimum(np.floor(rest).astype(np.int64), WEEK - 1)
        return weeks * so_far[-1] + so_far[hour] + (rest - hour) * works[hour]

    return passed(np.asarray(end, dtype=np.float64)) - passed(np.asarray(start, dtype=np.float64))


def weeks_about(since: int, until: int) -> tuple[int, int]:
    """Return the Monday hour before `since`, in hours since the Monday before 1970, and the hours to the end of
    `until`. Microseconds since 1970."""
    monday = (since + _THURSDAY) // (WEEK * _HOUR) * WEEK
    return monday, (until + _THURSDAY) // _HOUR + 1 - monday


@njit(cache=True, nogil=True, error_model="numpy")
def hours_of_work(started, ended, monday, hours):
    """Return in which hours since that Monday (hours,) work began or ended, and how often at midnight sharp.

    Work that ends on the hour was done in the hour before.
    """
    seen, midnights = np.zeros(hours, np.bool_), 0
    for event in range(len(started)):
        for time in (started[event], max(ended[event] - 1, started[event])):
            at = time + _THURSDAY
            seen[at // _HOUR - monday] = True
            if at % (DAY * _HOUR) == 0:
                midnights += 1
    return seen, midnights


@njit(cache=True, nogil=True, error_model="numpy")
def hours_off(works):
    """Return the time off before each hour of the week, and in the whole week: (169,)."""
    before = np.zeros(WEEK + 1, np.int64)
    for hour in range(WEEK):
        before[hour + 1] = before[hour] + (0 if works[hour] else _HOUR)
    return before


@njit(cache=True, nogil=True, error_model="numpy")
def time_off(time, works, before):
    """Return the time off since the Monday before 1970, up to `time`; `before` is that of `hours_off`."""
    week, rest = divmod(time + _THURSDAY, WEEK * _HOUR)
    hour = rest // _HOUR
    running = 0 if works[hour] else rest - hour * _HOUR
    return week * before[WEEK] + before[hour] + running
