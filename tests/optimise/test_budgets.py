"""Penalties, budgets and the curve: against every plan of tiny pools, against each other, and under scaling."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from arbitre.optimise._budgets import Unaffordable, best_at, curve, within_budget
from arbitre.optimise._duality import keep_promises
from arbitre.optimise._pool import Floats, Pools, Targets
from arbitre.optimise._stock.network import StockNetwork
from arbitre.optimise._stock.pools import StockPools
from tests.optimise.stock_cases import direct_network, every_level, shared_network, targets_for, tiny_network

HIGHEST = 5
SEEDS = range(8)


def every_plan(pools: Pools, weight: Floats) -> tuple[Floats, Floats]:
    """Cost and weighted volume kept (weights per class) of every plan with no level more than HIGHEST above its lowest.

    Pools keep only choices that no other one beats in both.
    """
    cost, kept = np.zeros(1), np.zeros(1)
    for _, pool_cost, pool_kept in every_level(pools, HIGHEST):
        value = pool_kept @ weight
        order = np.lexsort((-value, pool_cost))
        best = np.maximum.accumulate(value[order])
        front = order[np.concatenate([[True], best[1:] > best[:-1]])]
        cost = (cost[:, None] + pool_cost[front]).ravel()
        kept = (kept[:, None] + value[front]).ravel()
    return cost, kept


def tiny(seed: int) -> tuple[StockPools, Targets]:
    pools = StockPools(tiny_network(seed), classes=2)
    return pools, Targets(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([0.9, 0.8]))


@pytest.mark.parametrize("seed", SEEDS)
def test_penalties_find_the_cheapest_of_all_plans(seed: int) -> None:
    pools, targets = tiny(seed)
    penalty = np.array([10.0, 2.0]) * pools.typical_worth()
    plan = best_at(pools, targets, penalty)
    volume = np.bincount(pools.flow_class, pools.flow_volume, minlength=2)
    cost, kept = every_plan(pools, penalty @ targets.weight)
    assert (plan.levels - pools.slot_lowest).max() <= HIGHEST
    assert plan.value == pytest.approx((cost - kept).min() + penalty @ targets.weight @ volume, rel=1e-12)
    assert plan.gap == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("seed", "part"), list(product(SEEDS, (0.2, 0.5, 0.8))))
def test_no_plan_within_the_budget_keeps_more_than_is_proven(seed: int, part: float) -> None:
    pools, targets = tiny(seed)
    weight = np.array([2.0, 1.0])
    cost, kept = every_plan(pools, weight @ targets.weight)
    budget = cost.min() + part * (np.median(cost) - cost.min())
    found = within_budget(pools, targets, weight, budget)
    best = kept[cost <= budget].max()
    assert found.plan.value <= budget * (1 + 1e-9)
    assert found.kept == pytest.approx(weight @ targets.weight @ found.plan.kept)
    assert found.kept <= found.most
    assert best <= found.most * (1 + 1e-12)
    assert found.gap == pytest.approx(found.most / found.kept - 1)
    if (found.plan.levels - pools.slot_lowest).max() <= HIGHEST:
        assert found.kept <= best * (1 + 1e-12)
        assert found.plan.bound <= cost[kept >= found.kept * (1 - 1e-12)].min() * (1 + 1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_slot_takes_all_the_budget_allows(seed: int) -> None:
    network = direct_network(1, seed=seed)
    pools, targets = StockPools(network), Targets(np.ones((1, 1)), np.array([0.9]))
    costs = np.array([pools.evaluate(np.array([level])).cost[0] for level in range(40)])
    for level in (1, 2, 5):
        found = within_budget(pools, targets, np.ones(1), 0.5 * (costs[level] + costs[level + 1]), gap=0.0)
        assert found.plan.levels.tolist() == [level]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_plan_lies_under_the_curve(seed: int) -> None:
    pools, targets = tiny(seed)
    worth = np.array([30.0, 5.0]) * pools.typical_worth()
    found = curve(pools, targets, worth, sweeps=12)
    cost, kept = every_plan(pools, worth @ targets.weight)
    lines = found.floors[:, None] + found.scales[:, None] * kept
    assert (cost >= lines.max(axis=0) - 1e-9 * cost.max()).all()
    for point in found.points:
        assert point.bound <= point.value
        assert point.bound == pytest.approx(found.bound(point.gain), rel=1e-9, abs=1e-9)
        if point.bound >= point.value * (1 - 1e-12):
            cheaper = cost < point.value * (1 - 1e-9)
            assert kept[cheaper].max(initial=0.0) < worth @ point.gain


@pytest.mark.parametrize("seed", SEEDS)
def test_enough_sweeps_find_every_corner_of_the_hull(seed: int) -> None:
    pools, targets = tiny(seed)
    worth = np.array([2.0, 0.5]) * pools.typical_worth()
    found = curve(pools, targets, worth, sweeps=200, points=2)
    cost, kept = every_plan(pools, worth @ targets.weight)
    corners = {round(float((cost - scale * kept).min()), 6) for scale in np.linspace(0, 8, 500)}
    lowest = np.array([min(point.value - scale * (worth @ point.gain) for point in found.points)
                       for scale in np.linspace(0, 8, 500)])
    assert {round(float(value), 6) for value in lowest} == corners


def test_the_curve_only_rises_and_is_bracketed() -> None:
    pools = StockPools(shared_network(2000))
    targets = Targets(np.eye(3), np.array([0.95, 0.93, 0.97]))
    plan = keep_promises(pools, targets)
    found = curve(pools, targets, plan.worth)
    asked = targets.weight @ np.bincount(pools.flow_class, pools.flow_volume)
    kept = [float(plan.worth @ point.gain) for point in found.points]
    assert len(found.points) >= 15
    assert kept == sorted(kept)
    assert all(low.value < high.value for low, high in pairwise(found.points))
    slopes = [(high.value - low.value) / (plan.worth @ (high.gain - low.gain)) for low, high in pairwise(found.points)]
    assert all(gentle <= steep * (1 + 1e-3) for gentle, steep in pairwise(slopes))
    assert kept[0] <= 0.05 * plan.worth @ asked
    assert kept[-1] >= 0.99 * plan.worth @ asked
    assert plan.bound <= found.bound(targets.weight @ plan.kept) <= plan.value
    assert max(point.value - point.bound for point in found.points) <= 0.1 * plan.value


@pytest.mark.parametrize("classes", [1, 3])
def test_three_duals_of_one_problem_agree(classes: int) -> None:
    pools = StockPools(shared_network(4000) if classes == 3 else direct_network(4000))
    targets = targets_for(pools, 0.95)
    by_targets = keep_promises(pools, targets)
    by_penalties = best_at(pools, targets, by_targets.worth)
    by_budget = within_budget(pools, targets, by_targets.worth, by_targets.value)
    whole = by_targets.worth @ (targets.weight @ by_targets.kept)
    assert by_penalties.share == pytest.approx(by_targets.share, abs=2e-3)
    assert by_penalties.outcome.cost.sum() == pytest.approx(by_targets.value, rel=5e-3)
    assert by_budget.plan.share == pytest.approx(by_targets.share, abs=2e-3)
    assert by_budget.kept == pytest.approx(whole, rel=1e-3)
    assert by_budget.most >= whole
    assert by_budget.plan.worth == pytest.approx(by_targets.worth, rel=0.02)


def test_gap_of_a_budget_over_5000_items() -> None:
    pools = StockPools(direct_network(5000, classes=4, lots=True))
    targets = targets_for(pools, 0.9)
    budget = keep_promises(pools, targets).value
    found = within_budget(pools, targets, np.array([1.0, 2.0, 3.0, 4.0]), budget)
    assert 0 <= found.gap <= 5e-4
    assert found.plan.value <= budget * (1 + 1e-9)
    assert found.plan.status == "optimal"


def test_many_pools_start_from_a_sample() -> None:
    pools = StockPools(direct_network(9000, classes=2))
    targets = targets_for(pools, 0.9)
    found = within_budget(pools, targets, np.ones(2), keep_promises(pools, targets).value)
    assert found.gap <= 5e-4
    assert found.plan.iterations <= 8


@pytest.mark.parametrize("factor", [0.25, 1024.0])
def test_currency_and_unit_of_weight_change_nothing(factor: float) -> None:
    """A power of two changes no digit of a float, so the search itself must take the same steps."""
    network = shared_network(300)
    dearer = StockNetwork(**{**vars(network), "unit_cost": network.unit_cost * factor})
    targets = Targets(np.eye(3), np.full(3, 0.9))
    weight, penalty = np.array([1.0, 2.0, 4.0]), np.array([300.0, 2000.0, 900.0])
    base, other = StockPools(network), StockPools(dearer)
    budget = best_at(base, targets, penalty).outcome.cost.sum()
    assert (best_at(other, targets, penalty * factor).levels == best_at(base, targets, penalty).levels).all()
    plans = [within_budget(base, targets, weight, budget), within_budget(other, targets, weight, budget * factor),
             within_budget(base, targets, weight * factor, budget)]
    for plan in plans[1:]:
        assert (plan.plan.levels == plans[0].plan.levels).all()
        assert plan.gap == pytest.approx(plans[0].gap, rel=1e-9)
    points = curve(base, targets, penalty).points
    scaled = curve(other, targets, penalty * factor).points
    assert [point.value * factor for point in points] == pytest.approx([point.value for point in scaled], rel=1e-12)


def test_a_target_that_counts_for_nothing_changes_nothing() -> None:
    pools = StockPools(shared_network(200))
    targets = targets_for(pools, 0.9)
    more = Targets(np.vstack([targets.weight, np.ones((1, 3))]), np.append(targets.share, 0.5))
    weight = np.array([3.0, 1.0, 2.0])
    budget = best_at(pools, targets, weight * pools.typical_worth()).outcome.cost.sum()
    one = within_budget(pools, targets, weight, budget)
    two = within_budget(pools, more, np.append(weight, 0.0), budget)
    assert (one.plan.levels == two.plan.levels).all()
    assert two.plan.worth[-1] == 0.0


def test_budgets_at_the_ends() -> None:
    pools = StockPools(tiny_network(2, pools=4, lots=False), classes=2)
    targets = targets_for(pools, 0.9)
    nothing = within_budget(pools, targets, np.ones(2), 0.0)
    assert nothing.plan.value == 0.0
    assert nothing.kept == pytest.approx(best_at(pools, targets, np.zeros(2)).kept.sum())
    everything = within_budget(pools, targets, np.ones(2), 1e9)
    assert everything.kept == pytest.approx(pools.flow_reach.sum(), rel=1e-8)
    assert everything.gap <= 1e-8
    lots = StockPools(direct_network(20, lots=True))
    least = float(lots.evaluate(lots.slot_lowest).cost.sum())
    with pytest.raises(Unaffordable, match="no levels cost less than") as raised:
        within_budget(lots, targets_for(lots, 0.9), np.ones(1), 0.5 * least)
    assert raised.value.least == pytest.approx(least)
    assert within_budget(lots, targets_for(lots, 0.9), np.ones(1), least).plan.value == pytest.approx(least)


def test_free_stock_and_nothing_to_keep_have_an_answer() -> None:
    network = direct_network(6)
    free = StockPools(StockNetwork(**{**vars(network), "unit_cost": np.zeros(6)}))
    targets = targets_for(free, 0.9)
    assert within_budget(free, targets, np.ones(1), 0.0).kept == pytest.approx(free.flow_reach.sum(), rel=1e-6)
    assert curve(free, targets, np.ones(1)).points[-1].value == 0.0
    pools = StockPools(network)
    none = within_budget(pools, targets, np.zeros(1), 100.0)
    assert (none.kept, none.most, none.gap, none.plan.value) == (0.0, 0.0, 0.0, 0.0)
    assert len(curve(pools, targets, np.zeros(1)).points) == 1
    no_targets = Targets(np.empty((0, 1)), np.empty(0))
    assert best_at(pools, no_targets, np.empty(0)).value == 0.0
    assert curve(pools, no_targets, np.empty(0)).points[0].value == 0.0


def test_malformed_questions_are_refused() -> None:
    pools = StockPools(direct_network(5))
    targets = targets_for(pools, 0.9)
    for wrong in (np.ones(2), -np.ones(1), np.full(1, np.inf)):
        with pytest.raises(ValueError, match="finite numbers, none negative"):
            best_at(pools, targets, wrong)
        with pytest.raises(ValueError, match="finite numbers, none negative"):
            within_budget(pools, targets, wrong, 10.0)
        with pytest.raises(ValueError, match="finite numbers, none negative"):
            curve(pools, targets, wrong)
    for budget in (-1.0, np.nan):
        with pytest.raises(ValueError, match="budget"):
            within_budget(pools, targets, np.ones(1), budget)


def test_shares_of_targets_do_not_matter() -> None:
    pools = StockPools(direct_network(50))
    targets = targets_for(pools, 0.9)
    other = replace(targets, share=np.zeros(1))
    assert (best_at(pools, other, np.full(1, 99.0)).levels == best_at(pools, targets, np.full(1, 99.0)).levels).all()
