"""Is the curve that of the customers in order, and does its interval hold what it says it holds?"""

import numpy as np
import pytest

from arbitre.core.streams import stream
from arbitre.maths.market.whale import percentile_interval, resampled_curves, whale_curve


def test_the_curve_adds_up_customers_best_first() -> None:
    found = whale_curve(np.array([-20.0, 50.0, 10.0, 60.0]), np.array([0.0, 0.25, 0.375, 0.5, 0.75, 1.0]))
    assert found.curve.tolist() == [0.0, 60.0, 85.0, 110.0, 120.0, 100.0]
    assert (found.whole, found.peak) == (100.0, 120.0)


def test_customers_who_all_lose_have_no_peak() -> None:
    assert whale_curve(np.array([-1.0, -3.0]), np.array([0.5, 1.0])).peak == 0.0


def test_the_same_stream_draws_the_same_customers() -> None:
    profits, grid = stream(1, "profits").normal(1.0, 2.0, 50), np.linspace(0.0, 1.0, 11)
    one, two = (resampled_curves(profits, grid, 60, stream(3, "whale")) for _ in range(2))
    assert np.array_equal(one.curve, two.curve)
    assert np.array_equal(one.whole, one.curve[:, -1])
    assert one.curve.shape == (60, 11)


def test_intervals_hold_the_curve_of_the_population_as_often_as_they_say() -> None:
    """A firm of 200,000 customers, a fifth of whom lose; 300 samples of 250 of them, each with its own interval."""
    rng, grid = stream(7, "population"), np.array([0.1, 0.3, 0.5, 0.8])
    population = np.where(rng.random(200_000) < 0.2, -40.0, 100.0) * rng.gamma(2.0, 0.5, 200_000)
    truth = whale_curve(population, grid)
    told, peak = truth.curve / truth.whole, truth.peak / truth.whole
    held, held_peak = np.zeros(len(grid)), 0
    for turn in range(300):
        sample = population[stream(turn, "sample").integers(0, len(population), 250)]
        again = resampled_curves(sample, grid, 200, stream(turn, "draws"))
        low, high = percentile_interval(again.curve / again.whole[:, None], 0.9)
        held += (low <= told) & (told <= high)
        ends = percentile_interval(again.peak / again.whole, 0.9)
        held_peak += bool(ends[0] <= peak <= ends[1])
    # 300 trials at 90 %: a standard error of 1.7 points; percentile intervals of a sorted curve are a little short.
    assert held / 300 == pytest.approx(0.9, abs=0.05)
    assert held_peak / 300 == pytest.approx(0.9, abs=0.05)
