"""What holds in each hour of a week? Rows of a weekday with hours become one timetable of 168 hours, Monday first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

HOURS_PER_WEEK = 168.0
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAYS_FR = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def week_hours(weekday: str | None, hour: float) -> list[float]:
    """Return the hours of the week at which it is that hour of the day: of one weekday, or (None) of every day."""
    days = range(7) if weekday is None else [WEEKDAYS.index(weekday)]
    return [24.0 * day + hour for day in days]


def week_sums(rows: Iterable[tuple[str | None, float, float, float]]) -> list[tuple[float, float]]:
    """Return what rows (weekday, starts, ends, value) add up to over the week: (hour from which, sum), hour 0 first.

    Hours of the day, 0 to 24. A row that ends no later than it starts ends on the next day; a row without weekday holds
    every day; Sunday night runs into Monday.
    """
    changes = {0.0: 0.0}
    for weekday, starts, ends, value in rows:
        length = ends - starts if ends > starts else ends + 24.0 - starts
        for begins in week_hours(weekday, starts):
            first, last = begins % HOURS_PER_WEEK, (begins + length) % HOURS_PER_WEEK
            changes[first] = changes.get(first, 0.0) + value
            changes[last] = changes.get(last, 0.0) - value
            if last <= first:
                changes[0.0] += value  # it is under way when the week begins
    told, total = [], 0.0
    for hour in sorted(changes):
        total += changes[hour]
        told.append((hour, total))
    return told


def week_means(rows: Iterable[tuple[str | None, float, float, float]], hours: float) -> NDArray[Any]:
    """Return the mean of what rows add up to in each stretch of so many hours of the week; rows as in `week_sums`."""
    at, sums = (np.array(column) for column in zip(*week_sums(rows), strict=True))
    so_far = np.concatenate([[0.0], np.cumsum(sums * np.diff(at, append=HOURS_PER_WEEK))])
    edges = np.arange(round(HOURS_PER_WEEK / hours) + 1) * hours
    return np.diff(np.interp(edges, np.append(at, HOURS_PER_WEEK), so_far)) / hours
