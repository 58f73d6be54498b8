"""Weekly timetables against a plain count at every quarter of an hour."""

from hypothesis import given
from hypothesis import strategies as st

from arbitre.core.week import WEEKDAYS, week_sums

QUARTERS = st.integers(0, 96).map(lambda quarter: quarter / 4)
ROWS = st.lists(st.tuples(st.none() | st.sampled_from(WEEKDAYS), QUARTERS, QUARTERS, st.integers(0, 5)), max_size=6)


def holds(row, hour: float) -> bool:
    """Is this hour of the week within the row, by looking at this day and the one before?"""
    weekday, starts, ends, _ = row
    for day in range(7):
        if weekday in (None, WEEKDAYS[day]):
            length = ends - starts if ends > starts else ends - starts + 24
            if (hour - (24 * day + starts)) % 168 < length:
                return True
    return False


@given(ROWS)
def test_the_timetable_says_what_counting_says(rows) -> None:
    table = week_sums(rows)
    assert table[0][0] == 0.0
    assert [hour for hour, _ in table] == sorted({hour for hour, _ in table})
    for quarter in range(0, 168 * 4, 7):
        hour = quarter / 4
        told = [value for at, value in table if at <= hour][-1]
        # A row without weekday that lasts a whole day is there once at any hour, and no more than that.
        assert told == sum(value for *when, value in rows if holds((*when, value), hour))


def test_a_night_runs_into_the_next_day() -> None:
    assert week_sums([("sunday", 22.0, 6.0, 2)]) == [(0.0, 2.0), (6.0, 0.0), (166.0, 2.0)]
    assert week_sums([(None, 8.0, 8.0, 1)])[0] == (0.0, 1.0)
