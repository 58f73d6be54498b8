"""Is the life of an item told as chance allows: by trying every place of its months, and by the published test?"""

from itertools import combinations
from math import comb

import numpy as np
import pytest

from arbitre.maths.stock.life_cycle import _empty_by_chance, _mann, life_of


def test_the_chance_of_silence_is_that_of_every_place() -> None:
    months, empty, times = 9, 4, 3
    places = list(combinations(range(months), times))
    told = sum(max(place) < months - empty for place in places) / len(places)
    found = _empty_by_chance(np.array([months]), np.array([empty]), np.array([times]))
    assert found[0] == pytest.approx(told) == pytest.approx(comb(5, 3) / comb(9, 3))


def test_manns_statistic_with_ties() -> None:
    """S and its variance counted pair by pair, for a series with two groups of equal values."""
    series = np.array([[3.0, 1.0, 4.0, 4.0, 5.0, 3.0, 3.0, 9.0]])
    s = sum(np.sign(b - a) for a, b in combinations(series[0], 2))
    n, ties = 8, [3, 2]
    variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    assert _mann(series)[0] == pytest.approx((s - 1) / variance**0.5)
    assert _mann(np.full((1, 8), 2.0))[0] == 0.0


def lives(*rows: list[float]) -> list[str]:
    return life_of(np.array(rows, dtype=float), 12)[0].tolist()


def test_lives() -> None:
    steady = [4.0, 5.0, 4.0, 5.0] * 9
    rising = [float(at) for at in range(1, 37)]
    ended = [3.0] * 24 + [0.0] * 12
    begun = [0.0] * 28 + [2.0] * 8
    once = [0.0] * 35 + [1.0]
    assert lives(steady, rising, rising[::-1], ended, begun, once, [0.0] * 36) == [
        "stable", "growing", "declining", "dying", "new", "unsure", "none"]


def test_chance_alone_is_seldom_taken_for_a_life() -> None:
    """Steady demand at random: new and dying each in at most about one item of a hundred, trends in one of twenty."""
    units = np.random.default_rng(1).poisson(0.15, (4000, 36)).astype(float)
    names = np.array(lives(*units.tolist()))
    assert (names == "dying").mean() < 0.015
    assert (names == "new").mean() < 0.015
    assert np.isin(names, ["growing", "declining"]).mean() < 0.06


def test_units_do_not_matter_and_the_trend_is_a_share_a_year() -> None:
    units = np.random.default_rng(2).poisson(1.0, (50, 24)).astype(float)
    names, trend = life_of(units, 6)
    again, trend_again = life_of(units * 1000.0, 6)
    assert names.tolist() == again.tolist()
    np.testing.assert_allclose(trend, trend_again, rtol=1e-9)
    line = np.arange(1.0, 25.0)[None, :]
    assert life_of(line, 6)[1][0] == pytest.approx(12.0 / line.mean())
    assert np.isnan(life_of(np.ones((1, 1)), 6)[1][0])
