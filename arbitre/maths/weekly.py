"""In which hours of the week does somebody work, judging by when work began and ended?

A calendar is a week of 168 hours, Monday 0 h first, each at work or off. Discovery, a simple form of O. López-Pintado
and M. Dumas, Business process simulation with differentiated resources: does it make a difference? (BPM 2022), with its
confidence and support: an hour is at work when it holds a stamp (the start or end of work) in at least a tenth of the
weeks from first to last; the calendar is believed when at least 70 % of the stamps fall in such hours and each has, on
average, five stamps or more: with fewer, an hour may look off by chance. Nor is it believed when half of the stamps
are at midnight sharp: those are dates without hours. Units: microseconds since 1970, a Thursday, in local time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

HOURS = 168
_HOUR = 3_600_000_000
_WEEK = HOURS * _HOUR
_THURSDAY = 72 * _HOUR
"""From the Monday before 1970 to its first day."""
_WEEKS_SHARE, _STAMPS_SHARE, _STAMPS_EACH = 0.1, 0.7, 5


@njit(cache=True, nogil=True, error_model="numpy")
def discovered(started, ended):
    """Return the hours at work (168 truths) by when work began and ended, and whether they can be believed."""
    works, stamps = np.ones(HOURS, np.bool_), 2 * len(started)
    if stamps == 0:
        return works, False
    start = (started.min() + _THURSDAY) // _WEEK
    weeks = (ended.max() + _THURSDAY) // _WEEK - start + 1
    seen, count, midnights = np.zeros((HOURS, weeks), np.bool_), np.zeros(HOURS, np.int64), 0
    for times in (started, ended):
        for stamp in times:
            week, rest = divmod(stamp + _THURSDAY, _WEEK)
            seen[rest // _HOUR, week - start] = True
            count[rest // _HOUR] += 1
            midnights += rest % (24 * _HOUR) == 0
    hours, within = 0, 0
    for hour in range(HOURS):
        works[hour] = seen[hour].sum() >= max(1.0, _WEEKS_SHARE * weeks)
        if works[hour]:
            hours += 1
            within += count[hour]
    return works, within >= _STAMPS_SHARE * stamps and within >= _STAMPS_EACH * hours and 2 * midnights < stamps


@njit(cache=True, nogil=True, error_model="numpy")
def hours_off(works):
    """Return the time off before each hour of the week, and in the whole week: (169,)."""
    before = np.zeros(HOURS + 1, np.int64)
    for hour in range(HOURS):
        before[hour + 1] = before[hour] + (0 if works[hour] else _HOUR)
    return before


@njit(cache=True, nogil=True, error_model="numpy")
def time_off(time, works, before):
    """Return the time off since the Monday before 1970, up to `time`; `before` is that of `hours_off`."""
    week, rest = divmod(time + _THURSDAY, _WEEK)
    hour = rest // _HOUR
    running = 0 if works[hour] else rest - hour * _HOUR
    return week * before[HOURS] + before[hour] + running
