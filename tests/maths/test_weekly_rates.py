"""Weekly rates: planted profiles found, intervals that cover, and days that differ by more than chance."""

import numpy as np
import pytest

from arbitre.core.errors import UsageError
from arbitre.maths.work.weekly_rates import PROFILES, WEEK, count_interval, weekly_rate

_HOURS = np.where((np.arange(24) >= 8) & (np.arange(24) < 18), 1.0, 0.1)
_DAYS = np.array([1.3, 1.0, 1.0, 1.0, 0.9, 0.3, 0.05])
_PLANTED = {"level": np.ones(WEEK), "hour": np.tile(_HOURS, 7), "day and hour": np.outer(_DAYS, _HOURS).ravel()}
_PLANTED["hour of week"] = np.where(np.arange(WEEK) // 24 == 2, np.roll(_PLANTED["day and hour"], 8),
                                    _PLANTED["day and hour"])
BEGIN = 13.5


def arrivals(random: np.random.Generator, profile: np.ndarray, rate: float, weeks: float) -> np.ndarray:
    """Draw a Poisson stream from BEGIN on."""
    hours = np.arange(int(BEGIN), int(BEGIN + weeks * WEEK) + 1)
    at = np.repeat(hours, random.poisson(rate * profile[hours % WEEK]))
    at = at + random.random(len(at))
    return at[(at >= BEGIN) & (at < BEGIN + weeks * WEEK)]


@pytest.mark.parametrize("kind", PROFILES)
def test_a_planted_profile_is_found(kind: str) -> None:
    """Twenty streams of half a year: the profile in at least 17, the rate covered in at least 17 (of 19 expected)."""
    random = np.random.default_rng(7)
    profile = _PLANTED[kind] / _PLANTED[kind].mean()
    found = [weekly_rate(arrivals(random, profile, 2.0, 26), BEGIN, BEGIN + 26 * WEEK) for _ in range(20)]
    assert sum(each.kind == kind for each in found) >= 17
    assert sum(each.low <= 2.0 <= each.high for each in found) >= 17
    assert np.mean([np.abs(each.profile - profile).mean() for each in found]) < 0.1
    assert sum(each.chance < 0.01 for each in found) <= 2
    for each in found:
        assert each.profile.mean() == pytest.approx(1.0)


def test_few_arrivals_get_a_shrunk_profile() -> None:
    """Thirty arrivals cannot tell 168 hours apart: the profile foretells better than a level, and none says never."""
    random = np.random.default_rng(1)
    profile = _PLANTED["day and hour"] / _PLANTED["day and hour"].mean()
    found = [weekly_rate(arrivals(random, profile, 30 / WEEK / 4, 4), BEGIN, BEGIN + 4 * WEEK) for _ in range(20)]
    assert all(each.profile.min() > 0.0 for each in found)
    foretold = [(profile * np.log(each.profile)).mean() for each in found]
    assert np.mean(foretold) > 0.1
    assert min(foretold) > -0.25


def test_days_that_differ_by_more_than_chance_are_told() -> None:
    random = np.random.default_rng(3)
    luck = np.repeat(random.gamma(4.0, 0.25, 200), 24)
    at = np.repeat(np.arange(200 * 24), random.poisson(2.0 * luck)) + 0.5
    told = weekly_rate(at, 0.0, 200 * 24.0)
    assert told.dispersion == pytest.approx(1 + 48 / 4, rel=0.35)
    assert told.chance < 1e-6
    quiet = weekly_rate(arrivals(random, np.ones(WEEK), 2.0, 26), BEGIN, BEGIN + 26 * WEEK)
    assert told.high - told.low > 2.5 * (quiet.high - quiet.low)


def test_the_interval_of_a_count_is_the_score_test_turned_round() -> None:
    """(n - m)² = z² m at both ends, and it covers."""
    for end in count_interval(7):
        assert (7 - end) ** 2 == pytest.approx(1.959964**2 * end, rel=1e-6)
    assert count_interval(0)[0] == 0.0
    random = np.random.default_rng(9)
    counts = random.poisson(20.0, 4000)
    covered = [low <= 20.0 <= high for low, high in map(count_interval, counts)]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.015)


def test_nothing_to_look_at() -> None:
    for at, end in (([], 100.0), ([200.0], 100.0), ([1.0], 5.0)):
        with pytest.raises(UsageError):
            weekly_rate(at, 0.0, end)
