"""Finite fleets against the balance of their chain, and availability against what it must lie between."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitre.core.errors import UsageError
from arbitre.maths.stock.finite import availability, down_pmf, fleet
from arbitre.maths.stock.inventory import stock_measures
from arbitre.maths.stock.repair import shop_pipelines, shop_waits


@given(st.integers(1, 6), st.integers(0, 4), st.integers(1, 5), st.floats(0.01, 2), st.floats(0.1, 5))
def test_down_pmf_solves_the_balance_of_the_chain(
    machines: int, spares: int, servers: int, failure_rate: float, repair_time: float
) -> None:
    units = machines + spares
    flow = np.zeros((units + 1, units + 1))
    for down in range(units):
        flow[down, down + 1] = failure_rate * min(machines, units - down)
        flow[down + 1, down] = min(down + 1, servers) / repair_time
    generator = flow - np.diag(flow.sum(axis=1))
    system = np.vstack([generator.T, np.ones(units + 1)])
    solved = np.linalg.lstsq(system, np.append(np.zeros(units + 1), 1.0))[0]
    np.testing.assert_allclose(down_pmf(machines, spares, servers, failure_rate, repair_time), solved, atol=1e-10)


def test_a_server_for_every_machine_makes_them_independent() -> None:
    found = fleet(7, 0, 7, 0.1, 3)
    assert found.availability == pytest.approx(1 / 1.3)
    assert found.full == pytest.approx(1 / 1.3**7)
    assert (found.repair_wait, found.spare_wait) == pytest.approx((0, 3))


def test_a_vast_fleet_is_an_endless_source() -> None:
    """A million machines that ask three servers for 2.4: the units down are those of M/M/3."""
    found = fleet(10**6, 0, 3, 2.4e-6, 1.0)
    assert found.down == pytest.approx(shop_pipelines(2.4, 1, 1, 3)[0][0], rel=1e-3)
    assert found.repair_wait == pytest.approx(shop_waits(2.4, 1, 1, 3)[0][0], rel=1e-3)


@given(st.integers(1, 20), st.integers(0, 5), st.integers(1, 8), st.floats(0.001, 1), st.floats(0.1, 5))
def test_little_and_the_books(machines: int, spares: int, servers: int, rate: float, time: float) -> None:
    found = fleet(machines, spares, servers, rate, time)
    failures = machines * found.availability * rate
    assert found.down == pytest.approx(failures * (found.repair_wait + time))
    assert found.short == pytest.approx(failures * found.spare_wait)
    assert fleet(machines, spares + 1, servers, rate, time).availability >= found.availability - 1e-12
    assert fleet(machines, spares, servers + 1, rate, time).availability >= found.availability - 1e-12


def test_machines_that_never_fail() -> None:
    assert fleet(3, 1, 1, 0.0, 2.0) == (1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    for wrong in ((0, 0, 1), (1, -1, 1), (1, 0, 0)):
        with pytest.raises(UsageError, match="at least 1 machine"):
            fleet(*wrong, 1.0, 1.0)


@given(st.integers(1, 30), st.integers(0, 6), st.floats(0.001, 0.5), st.floats(0.1, 5))
def test_an_endless_source_is_never_kinder_than_the_fleet(
    machines: int, spares: int, rate: float, time: float
) -> None:
    """So the floor from METRIC's backorders is a floor for the fleet itself."""
    mean = machines * rate * time
    owed = stock_measures(mean, mean, spares)[1]
    _, floor = availability([owed], [1], machines)
    assert floor <= fleet(machines, spares, machines + spares, rate, time).availability + 1e-9


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 4)), min_size=1, max_size=8), st.integers(1, 20))
def test_the_sum_lies_under_the_product(items: list[tuple[float, int]], machines: int) -> None:
    product, floor = availability([item[0] for item in items], [item[1] for item in items], machines)
    assert 0 <= floor <= product + 1e-12 <= 1 + 1e-12


def test_availability_by_hand() -> None:
    """Ten machines, an item held once that is owed half a unit, one held twice that is owed two: .95 x .9 x .9."""
    assert availability([0.5, 2], [1, 2], 10) == pytest.approx((0.95 * 0.81, 0.75))
    assert availability([30], [1], 10) == (0, 0)
    with pytest.raises(UsageError, match="backorders >= 0"):
        availability([math.nan], [1], 10)


def test_the_floor_holds_whatever_the_dependence() -> None:
    """Two items short on the same machine, or on two: the product is right for neither, the floor under both."""
    machines, owed = 4, np.array([1.0, 1.0])
    product, floor = availability(owed, [1, 1], machines)
    same, other = 3 / 4, 2 / 4
    assert floor == other < product < same
