"""Calendars, heads and crews: planted ones found again, working time beside counting minutes."""

import heapq

import numpy as np
import pytest

from arbitre.maths.work.crews import crews, heads
from arbitre.maths.work.weekly import calendar, worked_hours
from arbitre.maths.work.weekly_rates import WEEK

HEADS = np.zeros((7, 24), dtype=np.int64)
HEADS[:5, 8:18] = 4
HEADS[:5, 18:22] = 2
HEADS = HEADS.ravel()


def shop(rate: float, heads_of: np.ndarray, weeks: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Play one crew, first come first served, work of one hour on average finished by whoever began it."""
    random = np.random.default_rng(seed)
    ready = np.sort(random.random(random.poisson(rate * weeks * WEEK)) * weeks * WEEK)
    start, end, busy, now = [], [], [], 0.0
    for case in ready:
        now = max(now, case)
        while True:
            while busy and busy[0] <= now:
                heapq.heappop(busy)
            if len(busy) < heads_of[int(now) % WEEK]:
                break
            hour = float(np.floor(now) + 1)
            now = min(busy[0], hour) if busy else hour
        start.append(now)
        end.append(now + random.exponential(1.0))
        heapq.heappush(busy, end[-1])
    return ready, np.array(start), np.array(end)


@pytest.mark.parametrize("seed", range(5))
def test_shifts_are_found_again(seed: int) -> None:
    ready, start, end = shop(0.7, HEADS, 26, seed)
    works = calendar(start)
    assert works is not None
    assert works.tolist() == (HEADS > 0).tolist()
    assert (heads(ready, start, end, works) != HEADS).sum() <= 2


def test_a_quiet_crew_is_never_taken_as_smaller_than_it_was_seen() -> None:
    ready, start, end = shop(0.2, HEADS, 26, 1)
    works = calendar(start)
    assert works is not None
    assert (works & (HEADS == 0)).sum() == 0
    assert (heads(ready, start, end, works)[works] >= HEADS[works]).all()


def test_always_there() -> None:
    ready, start, end = shop(2.4, np.full(WEEK, 3), 8, 2)
    works = calendar(start)
    assert works is not None
    assert works.all()
    assert heads(ready, start, end, works).tolist() == [3] * WEEK


def test_an_odd_hour_out_of_hours_does_not_count() -> None:
    often = np.concatenate([np.arange(9, 17) + 0.5 + day * 24 + week * WEEK for week in range(30) for day in range(5)])
    works = calendar(np.append(often, [3.5, 400.5]))
    assert works is not None
    assert np.nonzero(works)[0].tolist() == [hour + 24 * day for day in range(5) for hour in range(9, 17)]


def test_who_is_seen_rarely_is_known_by_hours_of_the_day() -> None:
    """Sixty moments in a year, on weekdays from 9 to 17; and a dozen, which say nothing."""
    random = np.random.default_rng(0)
    moments = random.integers(0, 52, 60) * WEEK + random.integers(0, 5, 60) * 24 + random.integers(9, 17, 60) + 0.5
    works = calendar(moments)
    assert works is not None
    assert np.nonzero(works)[0].tolist() == [hour + 24 * day for day in range(5) for hour in range(9, 17)]
    assert calendar(random.random(12) * WEEK * 52) is None
    assert calendar([]) is None


def test_working_time_beside_counting_minutes() -> None:
    random = np.random.default_rng(8)
    works = random.random(WEEK) < 0.4
    minutes = np.repeat(works, 60)
    start = random.integers(0, 3 * WEEK * 60, 200)
    end = start + random.integers(0, 2 * WEEK * 60, 200)
    counted = [np.take(minutes, np.arange(one, other), mode="wrap").sum() / 60
               for one, other in zip(start, end, strict=True)]
    assert worked_hours(start / 60, end / 60, works) == pytest.approx(np.array(counted))
    assert worked_hours([-WEEK - 5.0], [-5.0], works) == pytest.approx([works.sum()])


def test_crews_do_the_same_steps() -> None:
    """Two who test, three who repair (one helps out once), one who does everything at a half."""
    work = [[90, 0, 0], [0, 50, 60], [70, 1, 0], [1, 40, 40], [0, 45, 5], [0, 0, 30]]
    assert crews(work).tolist() == [1, 0, 1, 0, 0, 0]
    assert crews([[6, 5, 0, 0], [0, 0, 5, 5]]).tolist() == [0, 1]
