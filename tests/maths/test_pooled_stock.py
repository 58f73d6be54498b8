"""The stock of a part of demand: by the definition, item by item, and its floors."""

import numpy as np
import pytest

from arbitre.maths.stock.pooled_stock import pooled_cost, pooled_floor

RATES, LOADS, PRICES = np.array([40.0, 3.0, 0.4]), np.array([8.0, 0.6, 0.02]), np.array([12.0, 300.0, 4000.0])
HOLDING, MISS = 0.25, 90.0


def by_definition(part: float) -> tuple[float, float]:
    """The cheapest level of each item among the first 60, by the Poisson sums themselves."""
    cost = money = 0.0
    for rate, load, price in zip(RATES, LOADS, PRICES, strict=True):
        mean, x = part * load, np.arange(200)
        pmf = np.exp(-mean + x * np.log(mean) - np.cumsum(np.log(np.maximum(x, 1))))
        shelf = [float((np.maximum(level - x, 0) * pmf).sum()) for level in range(60)]
        told = [HOLDING * price * on_hand + MISS * rate * part * float(pmf[level:].sum())
                for level, on_hand in enumerate(shelf)]
        best = int(np.argmin(told))
        cost, money = cost + told[best], money + price * shelf[best]
    return cost, money


@pytest.mark.parametrize("part", [0.01, 0.2, 0.7, 1.0])
def test_cost_and_money_are_those_of_the_best_levels(part: float) -> None:
    cost, money = pooled_cost(RATES, LOADS, PRICES, HOLDING, MISS, np.array([part]))
    assert (cost[0], money[0]) == pytest.approx(by_definition(part), rel=1e-9)


def test_nothing_is_held_for_nobody_and_pooling_never_costs_more() -> None:
    parts = np.array([0.0, 0.1, 0.25, 0.35, 0.5, 0.6, 1.0])
    cost, money = pooled_cost(RATES, LOADS, PRICES, HOLDING, MISS, parts)
    assert (cost[0], money[0]) == (0.0, 0.0)
    assert cost[3] <= cost[1] + cost[2]
    assert cost[5] <= cost[1] + cost[4]
    assert cost[6] <= 2 * cost[4]


def test_no_part_costs_less_than_the_floor_between_its_neighbours() -> None:
    grid = np.concatenate([[0.0], np.geomspace(0.01, 1.0, 25)])
    floor = pooled_floor(RATES, LOADS, PRICES, HOLDING, MISS, grid)
    for low, high, least in zip(grid[:-1], grid[1:], floor, strict=True):
        between, _ = pooled_cost(RATES, LOADS, PRICES, HOLDING, MISS, np.linspace(low, high, 9))
        assert (between >= least * (1 - 1e-12)).all()
    fine = pooled_floor(RATES, LOADS, PRICES, HOLDING, MISS, np.array([0.5, 0.51]))
    assert fine[0] == pytest.approx(by_definition(0.505)[0], rel=0.05)
