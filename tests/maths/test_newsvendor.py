"""One level, one demand: against the definition."""

import math

import numpy as np
import pytest

from arbitre.core.errors import UsageError
from arbitre.maths.stock.newsvendor import (
    discrete_newsvendor,
    expected_level_lot,
    fitted_newsvendor,
    normal_newsvendor,
    normal_shortage,
)
from tests.maths.test_lead_time_demand import poisson


@pytest.mark.parametrize(("level", "mean", "deviation"), [(40.0, 50.0, 8.0), (0.0, 0.0, 1.0), (70.0, 50.0, 8.0)])
def test_normal_shortage_is_the_integral_of_what_is_asked_above(level: float, mean: float, deviation: float) -> None:
    nodes, weights = np.polynomial.legendre.leggauss(200)
    half = 12.0 * deviation
    demand = level + half * (nodes + 1.0)
    density = np.exp(-0.5 * ((demand - mean) / deviation) ** 2) / (deviation * math.sqrt(2 * math.pi))
    assert normal_shortage(level, mean, deviation) == pytest.approx(half * weights @ ((demand - level) * density))


def test_normal_level_has_no_cheaper_neighbour_and_the_cost_said() -> None:
    h, p, mean, deviation = np.array([1.0, 4.0]), np.array([9.0, 1.0]), np.array([20.0, 300.0]), np.array([3.0, 60.0])
    levels, costs = normal_newsvendor(h, p, mean, deviation)
    for i in range(2):
        around = [h[i] * (y - mean[i]) + (h[i] + p[i]) * normal_shortage(y, mean[i], deviation[i])
                  for y in (levels[i] - 0.1, levels[i], levels[i] + 0.1)]
        assert around[1] == pytest.approx(costs[i])
        assert around[1] < min(around[0], around[2])


def test_a_unit_short_may_cost_any_number_of_times_a_unit_left() -> None:
    levels, _ = normal_newsvendor(np.array([1e-20, 1.0]), np.array([1.0, 1e-20]), 0.0, 1.0)
    assert levels[0] == -levels[1] == pytest.approx(9.2623, abs=1e-4)


def test_certain_demand_is_met_exactly() -> None:
    levels, costs = normal_newsvendor(1.0, 9.0, 20.0, 0.0)
    assert (float(levels), float(costs)) == (20.0, 0.0)
    assert fitted_newsvendor(1.0, 9.0, 0.0) == (0, 0.0)


@pytest.mark.parametrize("mean", [0.1, 3.0, 42.0])
def test_poisson_level_is_that_of_its_probabilities(mean: float) -> None:
    levels, costs = fitted_newsvendor(np.array([1.0, 1.0]), np.array([9.0, 0.2]), mean)
    for i, shortage in enumerate((9.0, 0.2)):
        level, cost = discrete_newsvendor(1.0, shortage, poisson(mean, 150))
        assert levels[i] == level
        assert costs[i] == pytest.approx(cost)


def test_discrete_level_costs_least() -> None:
    pmf = np.array([0.25, 0.0, 0.3, 0.05, 0.4])

    def cost(level: int) -> float:
        costs = (2.0 * max(level - units, 0) + 7.0 * max(units - level, 0) for units in range(5))
        return float(pmf @ list(costs))

    level, least = discrete_newsvendor(2.0, 7.0, pmf)
    assert least == pytest.approx(min(cost(y) for y in range(5)))
    assert least == pytest.approx(cost(level))
    assert discrete_newsvendor(1e-12, 1e9, [0.1] * 10)[0] == 9


def test_dispersed_demand_costs_more() -> None:
    _, costs = fitted_newsvendor(1.0, 9.0, 10.0, np.array([0.5, 1.0, 2.0, 5.0]))
    assert costs[0] == costs[1] < costs[2] < costs[3]


def test_wrong_questions_are_told() -> None:
    with pytest.raises(UsageError, match="above 0 for a unit left"):
        normal_newsvendor(0.0, 1.0, 5.0, 1.0)
    with pytest.raises(UsageError, match="0 or more"):
        fitted_newsvendor(1.0, 1.0, -5.0)
    with pytest.raises(UsageError, match="larger units"):
        fitted_newsvendor(1.0, 1.0, 1e9)
    with pytest.raises(UsageError, match="sum to 1"):
        discrete_newsvendor(1.0, 1.0, [0.5, 0.6])
    with pytest.raises(UsageError, match="above 0"):
        expected_level_lot(1.0, 1.0, 0.0, 10.0, 5.0, 1.0)
    with pytest.raises(UsageError, match="best_lots"):
        expected_level_lot(1.0, 0.01, 100.0, 10.0, 5.0, 1.0)
