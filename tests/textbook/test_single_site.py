"""Published numbers of one place: the newsvendor and the (r, Q) policy.

Inputs are those of L. V. Snyder and Z.-J. M. Shen, Fundamentals of Supply Chain Theory (2nd ed., 2019), chapters 4 and
5; the digits are those that stockpyl 1.0.2 (MIT) documents and tests for them.
"""

import pytest

from arbitre.maths.stock.lots import DAYS_PER_YEAR, Lots, best_lots, lots_measured
from arbitre.maths.stock.newsvendor import (
    discrete_newsvendor,
    expected_level_lot,
    fitted_newsvendor,
    normal_newsvendor,
    normal_shortage,
)


@pytest.mark.parametrize(
    ("arguments", "level", "cost"),
    [
        ((0.18, 0.70, 50, 8), 56.60395592743389, 1.9976051931766445),  # example 4.3
        ((43, 79, 900, 60), 922.7214038234755, 2718.196781782411),  # problem 4.1
        ((0.18, 0.70, 250, 8 * 5**0.5), 264.7668943741548, 4.466781004149578),  # example 4.4, lead time 4
    ],
)
def test_normal_newsvendor(arguments: tuple, level: float, cost: float) -> None:
    found = normal_newsvendor(*arguments)
    assert found[0] == pytest.approx(level, rel=1e-13)
    assert found[1] == pytest.approx(cost, rel=1e-12)


@pytest.mark.parametrize(
    ("level", "arguments", "cost"),
    [(40, (0.18, 0.70, 50, 8), 7.356131552870388), (1040, (43, 79, 900, 60), 6044.298415188692)],
)
def test_cost_of_a_given_level(level: float, arguments: tuple, cost: float) -> None:
    holding, shortage, mean, deviation = arguments
    found = holding * (level - mean) + (holding + shortage) * normal_shortage(level, mean, deviation)
    assert found == pytest.approx(cost, rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "level", "cost"),
    [
        ((0.18, 0.70, 50), 56, 1.797235211809178),  # example 4.3 with Poisson demand
        ((1, 4, 6), 8, 3.570106945770946),  # example 4.7
        ((200, 270, 18), 19, 786.0884409351115),  # problem 4.8(a)
    ],
)
def test_poisson_newsvendor(arguments: tuple, level: int, cost: float) -> None:
    levels, costs = fitted_newsvendor(*arguments)
    assert levels == level
    assert costs == pytest.approx(cost, rel=1e-12)


def test_newsvendor_of_any_demand() -> None:
    """Problem 4.7(b)."""
    found = discrete_newsvendor(500_000, 1_000_000, [0, 0.25, 0.05, 0.1, 0.2, 0.15, 0.1, 0.1, 0.05])
    assert found == (5, pytest.approx(1_225_000))


def yearly(rate: float, lead_time: float) -> tuple[float, float]:
    """The examples count in one unit of time: here a year, said in days."""
    return rate / DAYS_PER_YEAR, lead_time * DAYS_PER_YEAR


def policy(found: Lots) -> tuple[int, int, float]:
    return int(found.reorder[0]), int(found.lot[0]), float(found.cost[0])


def test_best_lot_for_poisson_demand() -> None:
    """Examples 5.8 and problem 5.2, by the algorithm of Federgruen and Zheng (1992)."""
    assert policy(best_lots(*yearly(1.5, 2), 100, 20, 150)) == (3, 5, pytest.approx(107.92358063314975, rel=1e-12))
    assert policy(best_lots(*yearly(12, 0.5), 4, 4, 28)) == (6, 7, pytest.approx(28.241312842169155, rel=1e-12))


@pytest.mark.parametrize(
    ("reorder", "lot", "demand", "costs", "cost"),
    [
        (8, 12, (1.5, 2), (100, 20, 150), 242.5281637662021),
        (3, 9, (12, 0.5), (4, 4, 28), 34.264154469469503),
    ],
)
def test_cost_of_a_given_lot(reorder: int, lot: int, demand: tuple, costs: tuple, cost: float) -> None:
    assert lots_measured(reorder, lot, *yearly(*demand), *costs).cost[0] == pytest.approx(cost, rel=1e-12)


@pytest.mark.parametrize(
    ("holding", "shortage", "order", "rate", "deviation", "time", "published"),
    [
        (0.225, 7.5, 8, 1300, 150, 1 / 12, (213.97044213580244, 318.5901810768729, 95.45114022285196)),  # example 5.2
        (3.1, 45, 50, 800, 40, 4 / 365, (17.972649360167715, 162.1231617283653, 531.1189321826714)),  # problem 5.1(a)
        (3 / 14, 40, 85, 192, 17.4, 3, (644.8385303830128, 400.7559793125993, 100.6273949347740)),  # problem 5.3(a)
    ],
)
def test_expected_inventory_level_approximation(
    holding: float, shortage: float, order: float, rate: float, deviation: float, time: float, published: tuple
) -> None:
    found = expected_level_lot(holding, shortage, order, rate, rate * time, deviation * time**0.5)
    assert found == pytest.approx(published, rel=1e-8)
