"""Keeping promises: against brute force, and the certified gaps that are promised."""

from itertools import product

import numpy as np
import pytest

from arbitre.optimise._duality import keep_promises
from arbitre.optimise._pool import Pools, Targets, Unreachable
from arbitre.optimise._stock.network import StockNetwork
from arbitre.optimise._stock.pools import StockPools
from tests.optimise.stock_cases import (
    direct_network,
    every_level,
    shared_network,
    targets_for,
    tiny_network,
    tree_network,
)

HIGHEST = 6


def least_cost(pools: Pools, targets: Targets, highest: int) -> float:
    """The cheapest plan with no level above `highest`, by trying all; pools keep only their undominated choices."""
    volume = np.bincount(pools.flow_class, pools.flow_volume, minlength=pools.classes)
    choices = []
    for _, cost, kept in every_level(pools, highest):
        gain = kept @ targets.weight.T
        order = np.argsort(cost, kind="stable")
        front: list[int] = []
        for index in order:
            if not any((gain[other] >= gain[index]).all() for other in front):
                front.append(int(index))
        choices.append((cost[front], gain[front]))
    cost, gain = np.zeros(1), np.zeros((1, len(targets.share)))
    for more_cost, more_gain in choices:
        cost = (cost[:, None] + more_cost).ravel()
        gain = (gain[:, None, :] + more_gain).reshape(len(cost), -1)
    kept = (gain >= (targets.share - 1e-9) * (targets.weight @ volume)).all(axis=1)
    return float(cost[kept].min(initial=np.inf))


@pytest.mark.parametrize(("seed", "share", "each"), list(product(range(8), (0.5, 0.9), (True, False))))
def test_bound_optimum_value_stand_in_this_order(seed: int, share: float, each: bool) -> None:
    pools = StockPools(tiny_network(seed, pools=3), classes=2)
    targets = targets_for(pools, share, each=each)
    plan = keep_promises(pools, targets)
    optimum = least_cost(pools, targets, HIGHEST)
    assert plan.bound <= optimum + 1e-9
    assert (plan.share >= targets.share - 2e-9).all()
    if plan.levels.max() <= HIGHEST:
        assert plan.value >= optimum - 1e-9


def check(pools: StockPools, targets: Targets, most_gap: float) -> None:
    plan = keep_promises(pools, targets)
    assert 0 <= plan.gap <= most_gap
    assert (plan.share >= targets.share - 2e-9).all()
    assert plan.value == pytest.approx(pools.evaluate(plan.levels).cost.sum())


def test_gap_of_one_target_over_5000_items() -> None:
    check(StockPools(direct_network(5000)), Targets(np.ones((1, 1)), np.array([0.95])), 5e-4)


def test_gap_of_an_overall_target_with_floors_on_cost_classes() -> None:
    targets = Targets(np.vstack([np.ones(4), np.eye(4)]), np.array([0.95, 0.9, 0.9, 0.85, 0.8]))
    check(StockPools(direct_network(5000, classes=4, lots=True)), targets, 1e-3)


def test_gap_of_three_classes_that_share_7000_stocks() -> None:
    check(StockPools(shared_network(7000)), Targets(np.eye(3), np.array([0.95, 0.93, 0.97])), 3e-3)


def test_gap_of_25_classes_in_730_supply_trees() -> None:
    shares = np.random.default_rng(0).uniform(0.85, 0.97, 25)
    check(StockPools(tree_network(730)), Targets(np.eye(25), shares), 5e-3)


def test_many_pools_start_from_a_sample() -> None:
    pools = StockPools(direct_network(9000, classes=2))
    plan = keep_promises(pools, targets_for(pools, 0.9))
    assert plan.status == "optimal"
    assert plan.iterations <= 8


def test_targets_out_of_reach_are_named_with_what_can_be_reached() -> None:
    network = shared_network(50, windows=(0.0, -1.0))
    pools = StockPools(network)
    both = Targets(np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]), np.array([0.9, 0.9, 0.0]))
    with pytest.raises(Unreachable) as raised:
        keep_promises(pools, both)
    share = pools.flow_reach.sum() / pools.flow_volume.sum()
    assert raised.value.targets == [1]
    assert raised.value.reachable == pytest.approx([share])


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_nothing_and_everything_can_be_promised(share: float) -> None:
    pools = StockPools(tiny_network(2, pools=4, lots=False), classes=2)
    plan = keep_promises(pools, Targets(np.eye(2), np.full(2, share)))
    assert (plan.share >= share - 2e-9).all()
    if share == 0.0:
        assert (plan.value, plan.bound, plan.gap, plan.status) == (0.0, 0.0, 0.0, "optimal")


def test_a_target_that_another_one_covers_is_worth_nothing() -> None:
    pools = StockPools(direct_network(400, classes=2))
    targets = Targets(np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.95, 0.6]))
    plan = keep_promises(pools, targets)
    assert plan.worth[1] == 0.0
    assert plan.worth[0] > 0.0


def test_worth_of_a_point_is_what_a_point_costs() -> None:
    pools = StockPools(direct_network(3000))
    plans = [keep_promises(pools, Targets(np.ones((1, 1)), np.array([share]))) for share in (0.945, 0.95, 0.955)]
    assert plans[1].worth_per_point[0] == pytest.approx(plans[2].value - plans[0].value, rel=0.02)


def test_no_targets_no_classes_no_volume() -> None:
    pools = StockPools(direct_network(5))
    assert keep_promises(pools, Targets(np.empty((0, 1)), np.empty(0))).value == 0.0
    idle = StockPools(StockNetwork(**{**vars(direct_network(5)), "flow_rate": np.zeros(5), "flow_volume": None}))
    plan = keep_promises(idle, Targets(np.ones((1, 1)), np.array([0.9])))
    assert plan.value == 0.0
    assert plan.share[0] == 1.0


def test_malformed_targets_are_refused() -> None:
    with pytest.raises(ValueError, match="shares of targets"):
        Targets(np.ones((1, 1)), np.array([95.0]))
    with pytest.raises(ValueError, match="not negative"):
        Targets(-np.ones((1, 1)), np.array([0.9]))
    with pytest.raises(ValueError, match="targets need"):
        Targets(np.ones((1, 1)), np.array([0.9, 0.9]))
    with pytest.raises(ValueError, match="classes"):
        keep_promises(StockPools(direct_network(5)), Targets(np.ones((1, 2)), np.array([0.9])))


def test_progress_only_rises() -> None:
    told: list[float] = []
    pools = StockPools(shared_network(300))
    keep_promises(pools, targets_for(pools, 0.95), progress=lambda part, _: told.append(part))
    assert told == sorted(told)
    assert all(0 <= part <= 1 for part in told)
