"""How many durations a second are counted in working hours, and are they those of counting day by day? One JSON object.

    python -m benchmarks.calendars --json

`durations_per_second`: random durations of up to 30 days over ten years, by calendar, in processor time of the one
thread, the best of the runs and the median; `after_per_second`: due times, 8 working hours on. `errors`: durations of
a sample that differ from adding up the hours of every day in UTC, span by span, by Python's own zoneinfo. Nothing is
read: times are drawn from one seed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from arbitre.core.calendars import DAY, HOUR, Calendar

SEED = 1
FIRST = (date(2016, 1, 1) - date(1970, 1, 1)).days
DAYS = 3_653
PARIS = ZoneInfo("Europe/Paris")
HOLIDAYS = {date(year, month, day): [] for year in range(2015, 2028)
            for month, day in ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))}
CALENDARS = {
    "office": Calendar(PARIS, {day: [(480, 1080)] for day in range(5)}, HOLIDAYS),
    "shop": Calendar(PARIS, {day: [(480, 720), (840, 1080)] for day in range(6)}, HOLIDAYS),
    "nights": Calendar(PARIS, {day: [(1320, 360)] for day in range(5)}, HOLIDAYS),
    "day and night": Calendar(PARIS, {day: [(0, 1440)] for day in range(7)}),
}


def measured(name: str, starts: np.ndarray, ends: np.ndarray, runs: int, checked: int) -> dict[str, Any]:
    """Return what one calendar reaches."""
    calendar, few = CALENDARS[name], len(starts) // 10
    calendar.working(starts[:9], ends[:9])  # compiles
    seconds = _seconds(lambda: calendar.working(starts, ends), runs)
    ahead = _seconds(lambda: calendar.after(starts[:few], 8.0), runs)
    worked = calendar.working(starts[:checked], ends[:checked])
    errors = sum(int(found) != summed(calendar, int(start), int(end))
                 for found, start, end in zip(worked, starts[:checked], ends[:checked], strict=True))
    return {"calendar": name, "durations_per_second": round(len(starts) / min(seconds)),
            "median_per_second": round(len(starts) / statistics.median(seconds)),
            "after_per_second": round(few / min(ahead)), "checked": checked, "errors": errors}


def summed(calendar: Calendar, start: int, end: int) -> int:
    """Return the microseconds open from start to end, adding up the hours of each day."""
    begin, until = (_instant(time // DAY, time % DAY, calendar.zone) for time in (start, end))
    total = 0
    for day in range(start // DAY - 1, end // DAY + 1):
        on = date(1970, 1, 1) + timedelta(days=day)
        for opens, closes in calendar.days.get(on, calendar.week.get(on.weekday(), ())):
            low = _instant(day, opens * 60_000_000, calendar.zone)
            high = _instant(day, (closes if closes > opens else closes + 1440) * 60_000_000, calendar.zone)
            total += max(0, min(high, until) - max(low, begin))
    return total


def _instant(day: int, into: int, zone: ZoneInfo) -> int:
    shown = datetime(1970, 1, 1) + timedelta(days=day, microseconds=into)
    passed = shown.replace(tzinfo=zone).astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return passed // timedelta(microseconds=1)


def _seconds(ask: Callable[[], object], runs: int) -> list[float]:
    found = []
    for _ in range(runs):
        started = time.thread_time()
        ask()
        found.append(time.thread_time() - started)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    parser.add_argument("--durations", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--checked", type=int, default=2_000)
    asked = parser.parse_args()
    rng = np.random.default_rng(SEED)
    starts = FIRST * DAY + rng.integers(0, DAYS * 24, asked.durations) * HOUR + rng.integers(0, HOUR, asked.durations)
    ends = starts + rng.integers(0, 30 * DAY, asked.durations)
    found = [measured(name, starts, ends, asked.runs, asked.checked) for name in CALENDARS]
    print(json.dumps({"durations": asked.durations, "calendars": found,
                      "durations_per_second": min(each["durations_per_second"] for each in found),
                      "errors": sum(each["errors"] for each in found)}, indent=1))


if __name__ == "__main__":
    main()
