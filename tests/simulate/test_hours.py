"""Crews that keep calendars, waves on holidays, seasons: against the calendar itself and against counts by hand."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.core.calendars import Calendar
from arbitre.simulate import twin
from arbitre.simulate._network.hours import open_hours
from arbitre.tables.business_time import calendars_of
from tests.simulate.workshops import queue

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")
OFFICE = {"opening_hours": [{"calendar": "office", "weekday": day, "opens": "08:00", "closes": "17:00"}
                            for day in WEEK],
          "holidays": [{"calendar": "office", "day": date(2025, 1, 8)},
                       {"calendar": "office", "day": date(2025, 1, 11), "opens": "10:00", "closes": "12:00"}]}


def facts(given, days=60, **params):
    return twin.run(given, twin.Params(days=days, **params), 1, silent)


def micro(times: pl.Series) -> np.ndarray:
    return times.dt.timestamp("us").to_numpy()


def keeping(shift_end: str = "pause", **more):
    crew = {"crew": "team", "heads": 200, "shift_end": shift_end, "calendar": "office"}
    return queue(1, 0.7, crews=[crew], steps=[{"step": "fix", "work": 3.0, "law": "constant"}], **OFFICE, **more)


def test_nobody_works_on_a_holiday_and_exceptions_open() -> None:
    begun = facts(keeping("finish")).tables["events"]["started_at"]
    begun = (begun + timedelta(seconds=1)).dt  # a case that waited begins when the door opens, to the microsecond
    told = set(begun.date())
    assert date(2025, 1, 8) not in told
    assert date(2025, 1, 11) in told, "the Saturday with hours of its own"
    assert {day.weekday() for day in told - {date(2025, 1, 11)}} == set(range(5))
    assert (begun.hour().min(), begun.hour().max()) == (8, 16)


def test_with_heads_for_all_a_case_is_done_when_its_working_hours_are_over() -> None:
    """Through a year with both changes of the clock: what the calendar says, case by case."""
    given = keeping()
    cases = facts(given, days=365).tables["cases"].drop_nulls("closed_at")
    office = calendars_of(given)["office"]
    assert cases.height > 5000
    over = office.after(micro(cases["opened_at"]), 3.0)
    assert np.abs(micro(cases["closed_at"]) - over).max() <= 2


def test_shifts_are_worked_only_while_the_calendar_is_open() -> None:
    early = keeping("finish", shifts=[{"crew": "team", "starts": 6.0, "ends": 12.0}])
    begun = (facts(early).tables["events"]["started_at"] + timedelta(seconds=1)).dt
    assert (begun.hour().min(), begun.hour().max()) == (8, 11)
    assert date(2025, 1, 8) not in set(begun.date())


def test_a_step_keeps_the_hours_of_its_calendar_with_a_crew_or_without() -> None:
    for needs in ([{"step": "fix", "crew": "team"}], []):
        given = queue(200, 0.7, steps=[{"step": "fix", "work": 3.0, "law": "constant", "calendar": "office"}],
                      needs=needs, **OFFICE)
        found = facts(given)
        cases, events = found.tables["cases"].drop_nulls("closed_at"), found.tables["events"]
        over = calendars_of(given)["office"].after(micro(cases["opened_at"]), 3.0)
        assert np.abs(micro(cases["closed_at"]) - over).max() <= 2
        assert events["resource"].unique().to_list() == (["team"] if needs else [None])
        assert [name for name in found.summary if name.startswith("used_share")] == ["used_share.team"]


def test_a_wave_does_not_leave_on_a_holiday() -> None:
    leaving = queue(1, 2.0, steps=[{"step": "fix", "work": 0.0, "calendar": "office"}], needs=[],
                    waves=[{"step": "fix", "leaves": 17.0}, {"step": "fix", "leaves": 18.0}], **OFFICE)
    closed = facts(leaving).tables["cases"]["closed_at"].drop_nulls().dt.round("1s")
    assert set(closed.dt.hour()) == {17}, "the office is closed at six"
    assert date(2025, 1, 8) not in set(closed.dt.date())
    assert {day.weekday() for day in closed.dt.date()} == set(range(5))


def test_seasons_bring_the_year_its_cases_at_their_time() -> None:
    weights = {1: 1.0, 2: 1.0, 7: 4.0}
    given = queue(60, 2.0, seasons=[{"kind": "repair", "month": month, "weight": weight}
                                    for month, weight in weights.items()])
    cases = facts(given, days=3653).tables["cases"]
    counts = dict(cases.group_by(cases["opened_at"].dt.month()).len().iter_rows())
    assert set(counts) == set(weights)
    days = {1: 31, 2: 28.2, 7: 31}
    total = sum(days[month] * weight for month, weight in weights.items())
    for month, count in counts.items():
        exact = 10 * 2.0 * 8766.0 * days[month] * weights[month] / total
        assert count == pytest.approx(exact, abs=4 * exact**0.5)


def test_the_hour_that_the_clock_skips_is_closed_and_the_one_shown_twice_is_there_once() -> None:
    night = Calendar(ZoneInfo("Europe/Paris"), {day: [(22 * 60, 6 * 60)] for day in range(7)})
    for day, hours in ((date(2025, 3, 29), 7.0), (date(2025, 10, 25), 8.0), (date(2025, 6, 1), 8.0)):
        begins = datetime(day.year, day.month, day.day, 12)
        opens, closes = open_hours(night, begins, begins + timedelta(hours=24))
        assert (closes - opens).sum() == pytest.approx(hours)
    opens, closes = open_hours(night, datetime(2025, 3, 29, 23), datetime(2025, 3, 30, 23))
    assert list(zip(opens, closes, strict=True)) == [(0.0, 3.0), (4.0, 7.0), (23.0, 24.0)]
