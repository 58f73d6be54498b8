"""Business time: by hand where clocks change, and minute by minute over random calendars."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.core.calendars import HOUR, MINUTE, NEVER, Calendar, due, minutes

PARIS = ZoneInfo("Europe/Paris")
A_MINUTE = timedelta(minutes=1)


def us(time: datetime) -> int:
    return (time - datetime(1970, 1, 1)) // timedelta(microseconds=1)


def at(number: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(microseconds=int(number))


def hours(calendar: Calendar, start: datetime, end: datetime) -> float:
    return float(calendar.working([us(start)], [us(end)])[0] / HOUR)


def over(calendar: Calendar, start: datetime, work: float) -> datetime:
    return at(calendar.after([us(start)], work)[0])


OFFICE = Calendar(PARIS, {day: [(8 * 60, 12 * 60), (14 * 60, 18 * 60)] for day in range(5)}, {date(2024, 5, 1): []})
ALWAYS = Calendar(PARIS, {day: [(0, 24 * 60)] for day in range(7)})
NIGHTS = Calendar(PARIS, {day: [(22 * 60, 6 * 60)] for day in range(7)}, {date(2024, 12, 25): []})
FRIDAY = datetime(2024, 5, 3)


def test_a_week_by_hand() -> None:
    assert hours(OFFICE, FRIDAY.replace(hour=17), datetime(2024, 5, 6, 9)) == 2  # the weekend does not count
    assert hours(OFFICE, datetime(2024, 4, 30, 17), datetime(2024, 5, 2, 9)) == 2  # nor does the first of May
    assert hours(OFFICE, FRIDAY.replace(hour=13), FRIDAY.replace(hour=13, minute=30)) == 0
    assert hours(OFFICE, datetime(2024, 5, 6, 9), FRIDAY.replace(hour=17)) == -2
    assert over(OFFICE, FRIDAY.replace(hour=17), 2) == datetime(2024, 5, 6, 9)
    assert over(OFFICE, FRIDAY.replace(hour=17), 1) == FRIDAY.replace(hour=18)  # the earliest time, not Monday
    assert over(OFFICE, FRIDAY.replace(hour=20), 0) == FRIDAY.replace(hour=20)
    assert over(OFFICE, FRIDAY.replace(hour=20), 0.25) == datetime(2024, 5, 6, 8, 15)
    assert over(OFFICE, FRIDAY, 8 * 261) == datetime(2025, 5, 2, 18)  # 52 weeks of five days, and a day


def test_an_hour_is_skipped_and_an_hour_comes_twice() -> None:
    assert hours(ALWAYS, datetime(2024, 3, 31), datetime(2024, 4, 1)) == 23
    assert hours(ALWAYS, datetime(2024, 10, 27), datetime(2024, 10, 28)) == 25
    assert hours(NIGHTS, datetime(2024, 3, 30, 12), datetime(2024, 3, 31, 12)) == 7
    assert hours(NIGHTS, datetime(2024, 10, 26, 12), datetime(2024, 10, 27, 12)) == 9
    assert over(ALWAYS, datetime(2024, 3, 31, 1), 2) == datetime(2024, 3, 31, 4)
    assert over(ALWAYS, datetime(2024, 10, 27, 1), 3) == datetime(2024, 10, 27, 3)
    # 02:30 was skipped: it is 03:30. 02:30 came twice: it is the first.
    assert hours(ALWAYS, datetime(2024, 3, 31, 2, 30), datetime(2024, 3, 31, 4)) == 0.5
    assert hours(ALWAYS, datetime(2024, 10, 27, 2, 30), datetime(2024, 10, 27, 4)) == 2.5


def test_a_night_before_a_holiday_goes_on_into_it() -> None:
    assert hours(NIGHTS, datetime(2024, 12, 24, 12), datetime(2024, 12, 26, 12)) == 8


def test_a_cut_off_is_on_the_first_open_day_that_leaves_time() -> None:
    def promised(start: datetime, work: float, calendar: Calendar | None = OFFICE) -> datetime:
        return at(due([us(start)], work, calendar, 17 * 60)[0])

    assert promised(FRIDAY.replace(hour=14), 3) == FRIDAY.replace(hour=17)
    assert promised(FRIDAY.replace(hour=14, minute=1), 3) == datetime(2024, 5, 6, 17)
    assert promised(datetime(2024, 4, 30, 17, 1), 0) == datetime(2024, 5, 2, 17)
    assert promised(FRIDAY.replace(hour=17, minute=1), 0, None) == datetime(2024, 5, 4, 17)
    assert promised(FRIDAY.replace(hour=17), 0, None) == FRIDAY.replace(hour=17)


def test_no_hours_suffice_for_ever() -> None:
    closed = Calendar(PARIS, {}, {date(2024, 5, 3): [(480, 540)]})
    starts = [us(datetime(2024, 5, 1)), us(datetime(2024, 5, 1)), us(datetime(2024, 6, 1))]
    assert closed.after(starts, np.array([1.0, 2.0, 1.0])).tolist() == [us(datetime(2024, 5, 3, 9)), NEVER, NEVER]
    assert due(starts, np.array([1.0, 2.0, 1.0]), closed, 600).tolist() == [us(datetime(2024, 5, 3, 10)), NEVER, NEVER]
    assert hours(ALWAYS, datetime(2024, 1, 1), datetime(9999, 12, 31)) == hours(
        ALWAYS, datetime(2024, 1, 1), datetime(2500, 1, 1))
    assert OFFICE.working([], []).tolist() == OFFICE.after([], 1.0).tolist() == []


def test_a_clock_is_its_minutes() -> None:
    assert [minutes(clock) for clock in ("00:00", "08:30", "24:00")] == [0, 510, 1440]


# Minute by minute: an instant is open when it lies in hours whose ends the zone itself turned into instants.
CLOCK = st.integers(0, 48).map(lambda half: half * 30)
SPANS = st.lists(st.tuples(CLOCK.filter(lambda clock: clock < 1440), CLOCK), max_size=2)
ZONES = st.sampled_from(["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC"])
# Days around the changes of the clock, Brazil's midnight one and Lord Howe's half hour among them.
STARTS = st.sampled_from([date(2024, 3, 29), date(2024, 10, 25), date(2024, 3, 8), date(2024, 4, 5), date(2018, 11, 2),
                          date(2018, 2, 16), date(2024, 7, 1)])
DAYS = 5


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, date]:
    first = draw(STARTS)
    week = draw(st.dictionaries(st.integers(0, 6), SPANS))
    days = draw(st.dictionaries(st.integers(-1, DAYS).map(lambda day: first + timedelta(days=day)), SPANS, max_size=2))
    return Calendar(ZoneInfo(draw(ZONES)), week, days), first


def instant(shown: datetime, zone: ZoneInfo) -> datetime:
    return shown.replace(tzinfo=zone).astimezone(UTC)


def open_minutes(calendar: Calendar, first: date) -> set[datetime]:
    found: set[datetime] = set()
    for number in range(-2, DAYS + 3):
        day = first + timedelta(days=number)
        for opens, closes in calendar.days.get(day, calendar.week.get(day.weekday(), ())):
            midnight = datetime(day.year, day.month, day.day)
            moment = instant(midnight + opens * A_MINUTE, calendar.zone)
            until = instant(midnight + (closes if closes > opens else closes + 1440) * A_MINUTE, calendar.zone)
            while moment < until:
                found.add(moment)
                moment += A_MINUTE
    return found


MOMENTS = st.integers(0, DAYS * 1440)


@settings(max_examples=60, deadline=None)
@given(calendars(), st.lists(st.tuples(MOMENTS, MOMENTS), min_size=1, max_size=6))
def test_durations_as_minute_by_minute(drawn: tuple[Calendar, date], spans: list[tuple[int, int]]) -> None:
    calendar, first = drawn
    origin = datetime(first.year, first.month, first.day)
    shown = [(origin + begin * A_MINUTE, origin + end * A_MINUTE) for begin, end in spans]
    found = calendar.working([us(begin) for begin, _ in shown], [us(end) for _, end in shown])
    is_open = open_minutes(calendar, first)
    for (begin, end), worked in zip(shown, found, strict=True):
        low, high = instant(begin, calendar.zone), instant(end, calendar.zone)
        inside = sum(min(low, high) <= moment < max(low, high) for moment in is_open)
        assert worked == inside * MINUTE * (1 if low <= high else -1)


@settings(max_examples=60, deadline=None)
@given(calendars(), st.lists(MOMENTS, min_size=1, max_size=6), st.integers(0, 2000))
def test_work_is_over_as_minute_by_minute(drawn: tuple[Calendar, date], begun: list[int], work: int) -> None:
    calendar, first = drawn
    origin = datetime(first.year, first.month, first.day)
    shown = [origin + begin * A_MINUTE for begin in begun]
    found = calendar.after([us(begin) for begin in shown], work / 60)
    is_open = sorted(open_minutes(calendar, first))
    limit = instant(origin + timedelta(days=DAYS + 1), calendar.zone)
    for begin, over_at in zip(shown, found, strict=True):
        start = instant(begin, calendar.zone)
        later = [moment for moment in is_open if moment >= start]
        if work == 0:
            assert at(over_at) == begin
        elif len(later) >= work and later[work - 1] < limit:
            ended = (later[work - 1] + A_MINUTE).astimezone(calendar.zone).replace(tzinfo=None)
            assert at(over_at) == ended


@settings(max_examples=40, deadline=None)
@given(calendars(), st.lists(MOMENTS, min_size=3, max_size=3))
def test_durations_add_up(drawn: tuple[Calendar, date], moments: list[int]) -> None:
    calendar, first = drawn
    origin = us(datetime(first.year, first.month, first.day))
    a, b, c = (origin + moment * MINUTE + 17 for moment in moments)
    ab, bc, ac = calendar.working([a, b, a], [b, c, c])
    assert ab + bc == ac


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Asia/Kolkata"])
def test_thirty_years_of_office_hours_as_day_by_day(zone: str) -> None:
    """Far from midnight a change of the clock changes no office hours: 8 h on each weekday."""
    calendar = Calendar(ZoneInfo(zone), OFFICE.week)
    first, last = date(1995, 1, 1), date(2025, 1, 1)
    weekdays = np.busday_count(first, last)
    assert hours(calendar, datetime(1995, 1, 1), datetime(2025, 1, 1)) == 8 * weekdays
