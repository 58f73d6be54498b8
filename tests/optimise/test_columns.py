"""Putting a plan together choice by choice: against trying all, and what it closes of the gap."""

from itertools import product

import numpy as np
import pytest

from arbitre.optimise import _duality
from arbitre.optimise._columns import Columns, _relaxed_and_fixed
from arbitre.optimise._duality import keep_promises
from arbitre.optimise._pool import Floats, Pools, Targets
from arbitre.optimise._stock.pools import StockPools
from arbitre.solvers.linear import Infeasible
from tests.optimise.stock_cases import every_level, targets_for, tiny_network, tree_network

HIGHEST = 4


def random_columns(seed: int, pools: int) -> Columns:
    """From one to four columns for each pool, each with gains for two targets, the second one not for all."""
    rng = np.random.default_rng(seed)
    pool = np.repeat(np.arange(pools), rng.integers(1, 5, pools))
    gains = rng.uniform(0, 4, (len(pool), 2)) * (rng.random((len(pool), 2)) < 0.8)
    cost = gains.sum(axis=1) * rng.lognormal(1, 0.5, len(pool))
    return Columns(pool, cost, gains, np.zeros(len(pool), np.int64), np.zeros((1, pools), np.int64))


def least_by_trying(columns: Columns, need: Floats) -> float:
    pools = columns.pool.max() + 1
    choices = np.array(list(product(*(np.flatnonzero(columns.pool == pool) for pool in range(pools)))))
    kept = (columns.gains[choices].sum(axis=1) >= need * (1 + 3e-6)).all(axis=1)
    return float(columns.cost[choices].sum(axis=1)[kept].min(initial=np.inf))


@pytest.mark.parametrize("seed", range(100))
def test_few_pools_take_the_columns_that_trying_all_finds(seed: int) -> None:
    columns = random_columns(seed, pools=5)
    need = np.random.default_rng(seed + 1000).uniform(0, 9, 2) * (seed % 3 > 0, 1.0)
    optimum = least_by_trying(columns, need)
    if np.isinf(optimum):
        with pytest.raises(Infeasible):
            _relaxed_and_fixed(columns, need, columns.cost.sum(), 1e-9)
        return
    chosen = _relaxed_and_fixed(columns, need, columns.cost.sum(), 1e-9)
    assert columns.pool[chosen].tolist() == list(range(5))
    assert (columns.gains[chosen].sum(axis=0) >= need).all()
    assert columns.cost[chosen].sum() == pytest.approx(optimum, rel=1e-6)


def test_groups_decided_one_after_the_other_keep_what_is_needed() -> None:
    columns = random_columns(7, pools=60)
    need = 0.6 * np.array([columns.gains[columns.pool == pool].max(axis=0) for pool in range(60)]).sum(axis=0)
    chosen = _relaxed_and_fixed(columns, need, columns.cost.sum(), 1e-3)
    assert columns.pool[chosen].tolist() == list(range(60))
    assert (columns.gains[chosen].sum(axis=0) >= need).all()


def least_cost(pools: Pools, targets: Targets) -> float:
    """The cheapest plan with no level above `HIGHEST`, by trying all pairs of choices of two pools."""
    volume = np.bincount(pools.flow_class, pools.flow_volume, minlength=pools.classes)
    (_, cost, kept), (_, other_cost, other_kept) = every_level(pools, HIGHEST)
    gain = kept[:, None] + other_kept
    missed = (gain @ targets.weight.T < (targets.share - 1e-9) * (targets.weight @ volume)).any(axis=2)
    return float(np.where(missed, np.inf, cost[:, None] + other_cost).min())


def test_bound_optimum_value_stand_in_this_order() -> None:
    closed = 0
    for seed in range(80):
        pools = StockPools(tiny_network(seed, pools=2, lots=seed % 2 == 0), classes=2)
        targets = targets_for(pools, (0.4, 0.6, 0.8)[seed % 3])
        plan, optimum = keep_promises(pools, targets), least_cost(pools, targets)
        assert plan.bound <= optimum * (1 + 1e-9)
        assert (plan.share >= targets.share - 2e-9).all()
        if (plan.levels - pools.slot_lowest).max() <= HIGHEST:
            assert plan.value >= optimum * (1 - 1e-9)
            closed += plan.value <= optimum * (1 + 1e-9)
    assert closed >= 50


def test_few_pools_come_closer_than_mixing_plans_brings_them(monkeypatch: pytest.MonkeyPatch) -> None:
    pools = StockPools(tree_network(200, places=3))
    targets = Targets(np.eye(7), np.linspace(0.85, 0.95, 7))
    plan = keep_promises(pools, targets)
    monkeypatch.setattr(_duality, "_FEW", 0)
    mixed = keep_promises(pools, targets)
    assert plan.bound >= mixed.bound
    assert plan.gap <= 0.6 * mixed.gap
    assert (plan.share >= targets.share).all()
    assert plan.value == pytest.approx(pools.evaluate(plan.levels).cost.sum())


def test_the_same_pools_give_the_same_bytes() -> None:
    targets = Targets(np.eye(7), np.linspace(0.85, 0.95, 7))
    network = tree_network(30, places=3)
    plans = [keep_promises(StockPools(network), targets) for _ in range(2)]
    assert (plans[0].levels == plans[1].levels).all()
