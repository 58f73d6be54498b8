"""Sums along networks of stages, against networks small enough to add up by hand."""

import math
from graphlib import CycleError

import numpy as np
import pytest

from arbitre.maths.stock.stages import (
    StageNetwork,
    cumulated_cost,
    inbound_times,
    pooled_deviation,
    replenishment_times,
    settled,
    spanning_forest,
    stage_network,
    total_need,
)


def diamond() -> StageNetwork:
    """Stage 3 takes two of 1 and one of 2, which take three and one of 0; arcs given in no order."""
    return stage_network(4, [1, 0, 2, 0], [3, 1, 3, 2], [2.0, 3.0, 1.0, 1.0])


def test_arcs_come_suppliers_first() -> None:
    network = diamond()
    assert network.supplier.tolist()[:2] == [0, 0]
    assert set(network.customer.tolist()[2:]) == {3}


def test_a_loop_is_refused() -> None:
    with pytest.raises(CycleError):
        stage_network(3, [0, 1, 2], [1, 2, 0], [1.0, 1.0, 1.0])


def test_costs_add_up_downstream_and_needs_upstream() -> None:
    network = diamond()
    assert cumulated_cost(network, np.array([10.0, 1.0, 2.0, 5.0])).tolist() == [10, 31, 12, 5 + 2 * 31 + 12]
    assert total_need(network, np.array([0.5, 0.0, 0.0, 4.0])).tolist() == [0.5 + 7 * 4, 8, 4, 4]


def test_times_follow_the_longest_way() -> None:
    network = diamond()
    assert replenishment_times(network, np.array([4, 1, 3, 2])).tolist() == [4, 5, 7, 9]
    assert inbound_times(network, np.array([4, 5, 1, 0])).tolist() == [0, 4, 4, 5]


def test_a_service_time_later_than_possible_is_brought_forward() -> None:
    network = diamond()
    assert settled(network, np.array([4, 1, 3, 2]), np.array([3, 99, 99, 0])).tolist() == [3, 4, 6, 0]


def test_ways_to_one_customer_add_up_before_they_pool() -> None:
    assert pooled_deviation(diamond(), np.array([0.0, 0.0, 0.0, 2.0]), 2.0).tolist() == [14, 4, 2, 2]


@pytest.mark.parametrize(("power", "expected"), [(2.0, math.hypot(3.0, 2 * 4.0)), (1.0, 3.0 + 2 * 4.0)])
def test_customers_pool_by_the_power(power: float, expected: float) -> None:
    network = stage_network(3, [0, 0], [1, 2], [1.0, 2.0])
    assert pooled_deviation(network, np.array([0.0, 3.0, 4.0]), power)[0] == pytest.approx(expected)


def test_a_forest_keeps_every_arc_and_a_loop_loses_one() -> None:
    kept, group = spanning_forest(5, np.array([0, 1, 0, 3]), np.array([1, 2, 2, 4]))
    assert kept.tolist() == [True, True, False, True]
    assert len(set(group[:3])) == 1
    assert group[3] == group[4] != group[0]


def test_a_part_is_numbered_anew() -> None:
    network = stage_network(5, [0, 3, 2], [1, 4, 4], [1.0, 2.0, 3.0]).part(np.array([False, False, True, True, True]))
    assert (network.stages, network.supplier.tolist(), network.customer.tolist()) == (3, [0, 1], [2, 2])
    assert network.quantity.tolist() == [3.0, 2.0]
