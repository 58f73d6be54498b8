"""Shared stock: the sweep against enumeration of all critical levels, and promises kept against brute force."""

import itertools

import numpy as np
import pytest

from arbitre.maths.stock.loss import loss_measures
from arbitre.optimise._duality import keep_promises
from arbitre.optimise._pool import Targets
from arbitre.optimise._stock.ration_pools import RationNetwork, RationPools
from tests.optimise.ration_cases import mixed_ration, tiny_ration
from tests.optimise.stock_cases import every_level, targets_for
from tests.optimise.test_duality import least_cost

HIGHEST = 4
YEAR = 365.25


def one_pool(rates: list[float], time: float, **changed: float | list[float]) -> RationNetwork:
    """One pool that asks each rate in a class of its own."""
    count = len(rates)
    fields = {
        "unit_cost": [100.0], "time": [time], "emergency_cost": [50.0], "demand_first": [0, count],
        "demand_rate": rates, "flow_demand": range(count), "flow_class": range(count),
        "flow_window": np.zeros(count), "flow_volume": rates,
    }
    return RationNetwork(**{**fields, **changed})


def objective(pools: RationPools, levels: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """(pools,) cost less what is earned."""
    outcome = pools.evaluate(levels)
    return outcome.cost - np.bincount(pools.flow_pool, worth[pools.flow_class] * outcome.kept, minlength=pools.pools)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("scale", [0.0, 0.1, 1.0, 4.0])
def test_price_is_the_minimum_of_the_enumeration(seed: int, scale: float) -> None:
    pools = RationPools(tiny_ration(seed, pools=2), classes=2)
    worth = scale * pools.typical_worth() * np.array([1.0, 0.4])
    priced = pools.price(worth)
    np.testing.assert_allclose(objective(pools, priced.levels, worth), priced.floor, rtol=1e-9, atol=1e-9)
    for pool, (_, cost, kept) in enumerate(every_level(pools, HIGHEST)):
        least = (cost - kept @ worth).min()
        assert priced.floor[pool] <= least + 1e-9
        if priced.levels[pool] <= HIGHEST:
            assert priced.floor[pool] == pytest.approx(least, rel=1e-9, abs=1e-9)


def test_price_passes_over_no_level_of_a_busy_pool() -> None:
    """Far more units than in the tiny cases: against every level with the best of many critical levels."""
    rng = np.random.default_rng(3)
    pools = RationPools(one_pool([0.1, 0.3, 0.5], 30.0, emergency_cost=[1.0]))
    worth = np.array([900_000.0, 12_000.0, 3_500.0])
    priced = pools.price(worth)
    least = np.inf
    for level, second, third in itertools.product(range(15, 45), range(8), range(16)):
        least = min(least, objective(pools, np.array([level, 0, second, third]), worth)[0])
    assert 15 < priced.levels[0] < 44
    assert priced.levels[1] == 0 < priced.levels[2] < priced.levels[3]
    assert priced.floor[0] == pytest.approx(least, rel=1e-10)
    for _ in range(200):
        assert priced.floor[0] <= objective(pools, rng.integers(0, 60, 4), worth)[0]


@pytest.mark.parametrize("seed", range(8))
def test_floors_of_many_demands_hold_in_any_order_of_critical_levels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pools = RationPools(tiny_ration(seed, pools=4, classes=5, most_demands=12), classes=5)
    worth = rng.lognormal(0, 1, 5) * pools.typical_worth()
    priced = pools.price(worth)
    np.testing.assert_allclose(objective(pools, priced.levels, worth), priced.floor, rtol=1e-9, atol=1e-9)
    for _ in range(100):
        near = np.maximum(priced.levels + rng.integers(-2, 3, len(priced.levels)), 0)
        assert (objective(pools, near, worth) >= priced.floor - 1e-9).all()


@pytest.mark.parametrize("level", range(6))
def test_one_demand_is_erlangs_loss(level: int) -> None:
    pools = RationPools(one_pool([0.04], 25.0))
    outcome = pools.evaluate(np.array([level, 0]))
    lost, on_hand = loss_measures(1.0, level)
    assert outcome.kept[0] == pytest.approx(0.04 * (1 - lost))
    assert outcome.cost[0] == pytest.approx(100 * on_hand + 50 * 0.04 * YEAR * lost)
    if level == 4:
        assert outcome.kept[0] / 0.04 == pytest.approx(0.984615, abs=1e-6)


def test_promises_that_judge_the_same_demand_see_the_same_shelf() -> None:
    pools = RationPools(one_pool([0.1, 0.2], 20.0, flow_demand=[0, 1, 1], flow_class=[0, 1, 2],
                                 flow_window=[0.0, 0.0, 3.0], flow_volume=[0.1, 0.2, 0.1]))
    kept = pools.evaluate(np.array([6, 0, 2])).kept
    assert kept[2] == pytest.approx(kept[1] / 2)
    assert kept[0] / 0.1 > kept[1] / 0.2


@pytest.mark.parametrize(("seed", "share", "each"), list(itertools.product(range(8), (0.5, 0.9), (True, False))))
def test_bound_optimum_value_stand_in_this_order(seed: int, share: float, each: bool) -> None:
    pools = RationPools(tiny_ration(seed), classes=2)
    targets = targets_for(pools, share, each=each)
    plan = keep_promises(pools, targets)
    optimum = least_cost(pools, targets, HIGHEST)
    assert plan.bound <= optimum + 1e-9
    assert (plan.share >= targets.share - 2e-9).all()
    assert plan.value == pytest.approx(pools.evaluate(plan.levels).cost.sum())
    if plan.levels.max() <= HIGHEST:
        assert plan.value >= optimum - 1e-9


def test_gap_of_three_classes_that_share_2000_stocks() -> None:
    pools = RationPools(mixed_ration(2000))
    targets = Targets(np.eye(3), np.array([0.98, 0.95, 0.9]))
    plan = keep_promises(pools, targets)
    assert 0 <= plan.gap <= 5e-4
    assert (plan.share >= targets.share - 2e-9).all()


def test_a_shared_stock_with_critical_levels_is_cheaper_than_the_best_promise_for_all() -> None:
    pools = RationPools(mixed_ration(300))
    differ = keep_promises(pools, Targets(np.eye(3), np.array([0.98, 0.9, 0.8])))
    alike = keep_promises(pools, Targets(np.eye(3), np.full(3, 0.98)))
    assert differ.value < 0.95 * alike.bound


def test_units_that_cost_nothing_are_held_until_nothing_is_left_to_gain() -> None:
    pools = RationPools(one_pool([0.1, 0.3], 20.0, unit_cost=[0.0]))
    worth = np.array([1.0, 2.0])
    priced = pools.price(worth)
    outcome = pools.evaluate(priced.levels)
    np.testing.assert_allclose(outcome.kept, pools.flow_reach, rtol=1e-7)
    assert priced.floor[0] <= objective(pools, priced.levels, worth)[0]


def test_a_fast_mover_is_priced() -> None:
    pools = RationPools(one_pool([10.0, 40.0], 60.0))
    worth = np.array([2e3, 5e2])
    priced = pools.price(worth)
    assert 2800 < priced.levels[0] < 3400
    assert objective(pools, priced.levels, worth)[0] == pytest.approx(priced.floor[0], rel=1e-9)


def test_demand_that_nobody_pays_for_is_not_served() -> None:
    pools = RationPools(one_pool([0.1, 0.3], 20.0, emergency_cost=[0.0], flow_window=[0.0, -0.1]))
    assert pools.flow_reach[1] == 0
    assert pools.price(np.zeros(2)).levels.sum() == 0
    priced = pools.price(np.array([1e6, 1e9]))
    assert priced.levels[0] > 0
    kept = pools.evaluate(priced.levels).kept
    assert kept[0] > 0.09
    assert kept[1] == 0


def test_a_unit_replaced_at_once_is_not_held() -> None:
    pools = RationPools(one_pool([0.1, 0.3], 0.0))
    priced = pools.price(np.ones(2))
    np.testing.assert_array_equal(priced.levels, [0, 0, 0])
    outcome = pools.evaluate(priced.levels)
    assert outcome.cost[0] == 0.0
    np.testing.assert_array_equal(outcome.kept, pools.flow_volume)
    assert priced.floor[0] == pytest.approx(-0.4)


def test_who_can_wait_for_a_unit_takes_none_from_the_shelf() -> None:
    """As if it were not there, and kept whatever is held; a shorter window on the same demand ends that."""
    with_it = RationPools(one_pool([0.1, 0.3], 20.0, flow_window=[0.0, 20.0]))
    without = RationPools(one_pool([0.1], 20.0))
    for level in range(4):
        seen, alone = with_it.evaluate(np.array([level, 0, 0])), without.evaluate(np.array([level, 0]))
        assert seen.cost[0] == pytest.approx(alone.cost[0])
        np.testing.assert_allclose(seen.kept, [alone.kept[0], 0.3])
    np.testing.assert_array_equal(with_it.served(np.zeros(3, np.int64)), [0.0, 1.0])
    judged_twice = RationPools(one_pool([0.1, 0.3], 20.0, flow_demand=[0, 1, 1], flow_class=[0, 1, 1],
                                        flow_window=[0.0, 20.0, 1.0], flow_volume=[0.1, 0.3, 0.3]))
    assert not judged_twice.demand_waits.any()


def test_the_number_of_threads_does_not_change_a_byte() -> None:
    network = mixed_ration(3000)
    one, two = RationPools(network, threads=1), RationPools(network, threads=2)
    worth = np.array([3.0, 2.0, 1.0]) * one.typical_worth()
    assert (one._threads, two._threads) == (1, 2)
    first, second = one.price(worth), two.price(worth)
    assert first.levels.tobytes() == second.levels.tobytes()
    assert first.floor.tobytes() == second.floor.tobytes()
    assert one.evaluate(first.levels).kept.tobytes() == two.evaluate(first.levels).kept.tobytes()


def test_every_fault_of_a_network_is_named() -> None:
    network = tiny_ration(0)
    with pytest.raises(ValueError, match=r"unit_cost .* time"):
        RationNetwork(**{**vars(network), "unit_cost": -network.unit_cost, "time": network.time - 99})
    with pytest.raises(ValueError, match="flow_demand"):
        RationNetwork(**{**vars(network), "flow_demand": network.flow_demand + 99})
    with pytest.raises(ValueError, match="demand_first"):
        RationNetwork(**{**vars(network), "demand_first": network.demand_first + 1})
    with pytest.raises(ValueError, match="lengths differ"):
        RationNetwork(**{**vars(network), "flow_window": [0.0]})
    with pytest.raises(ValueError, match="classes is 1"):
        RationPools(network, classes=1)
    with pytest.raises(ValueError, match="worth"):
        RationPools(network, classes=2).price(np.array([-1.0, 0.0]))
    with pytest.raises(ValueError, match="levels"):
        RationPools(network).evaluate(np.zeros(1, np.int64))
