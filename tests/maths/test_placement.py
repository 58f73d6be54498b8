"""Placement on networks small enough to see through; the laws try many more."""

import numpy as np
import pytest

from arbitre.maths.stock.placement import Placement, forest_service_times, improved_service_times
from arbitre.maths.stock.stages import stage_network


def serial(rate: list[float], longest: int = 0) -> Placement:
    """Three stages in a row that take 4, 5 and 1 periods; the last faces customers."""
    return Placement(stage_network(3, [0, 1], [1, 2], [1.0, 1.0]), np.array([4, 5, 1]), np.array([9, 9, longest]),
                     np.array(rate))


def test_cheap_stages_upstream_hold_and_dear_ones_do_not() -> None:
    """Simpson 1958: in a row, a stage holds all it can or nothing."""
    asked = serial([1.0, 1.0, 100.0])
    service = forest_service_times(asked)
    assert service.tolist() == [4, 0, 0]
    assert asked.costs(service).tolist() == [0.0, 3.0, 100.0]
    assert forest_service_times(serial([100.0, 99.0, 1.0])).tolist() == [4, 9, 0]


def test_customers_who_wait_save_stock() -> None:
    costs = [float(asked.costs(forest_service_times(asked)).sum())
             for asked in (serial([1.0, 2.0, 3.0], longest) for longest in range(12))]
    assert costs == sorted(costs, reverse=True)
    assert costs[9] > 0
    assert costs[10] == costs[11] == 0


def test_nothing_to_hold_where_nobody_asks() -> None:
    asked = serial([0.0, 0.0, 0.0])
    service = forest_service_times(asked)
    assert (asked.net_times(service) >= 0).all()
    assert asked.costs(service).sum() == 0


def test_stages_that_take_no_time_need_no_stock() -> None:
    asked = Placement(stage_network(2, [0], [1], [1.0]), np.zeros(2, np.int64), np.array([5, 5]), np.ones(2))
    assert forest_service_times(asked).tolist() == [0, 0]


def test_stages_joined_twice_are_no_forest() -> None:
    knot = stage_network(3, [0, 0, 1], [1, 2, 2], [1.0, 1.0, 1.0])
    asked = Placement(knot, np.array([1, 2, 3]), np.array([9, 9, 0]), np.ones(3))
    with pytest.raises(ValueError, match="more than one way"):
        forest_service_times(asked)
    assert asked.costs(improved_service_times(asked, np.zeros(3, np.int64), 50, np.random.default_rng(1))).sum() > 0


def test_on_a_forest_one_round_of_the_search_is_the_exact_answer() -> None:
    asked = serial([1.0, 2.0, 3.0])
    found = improved_service_times(asked, np.zeros(3, np.int64), 1, np.random.default_rng(1))
    assert asked.costs(found).sum() == asked.costs(forest_service_times(asked)).sum()
