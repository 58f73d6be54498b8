"""Few pools settled by every choice that a cheaper plan could hold: against trying all plans, and worths alone."""

import numpy as np
import pytest

from arbitre.optimise import _duality
from arbitre.optimise._duality import keep_promises
from arbitre.optimise._pool import Targets
from arbitre.optimise._stock_pools import StockPools
from tests.optimise.stock_cases import shared_network, targets_for, tiny_network
from tests.optimise.test_columns import HIGHEST, least_cost


def test_two_pools_cost_the_least_of_all_plans_and_the_bound_says_so() -> None:
    tight = 0
    for seed in range(40):
        pools = StockPools(tiny_network(seed, pools=2, lots=seed % 2 == 0), classes=2)
        targets = targets_for(pools, (0.4, 0.6, 0.8)[seed % 3])
        plan = keep_promises(pools, targets)
        if (plan.levels - pools.slot_lowest).max() <= HIGHEST:
            assert plan.value <= least_cost(pools, targets) * (1 + 6e-4)
        tight += plan.gap <= 6e-4
    assert tight >= 39


def test_a_dozen_items_are_settled_where_worths_leave_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    pools, targets = StockPools(shared_network(12)), Targets(np.eye(3), np.array([0.9, 0.95, 0.98]))
    plan = keep_promises(pools, targets)
    monkeypatch.setattr(_duality, "_DOZENS", 0)
    by_worths = keep_promises(pools, targets)
    assert by_worths.gap > 2e-3 > 6e-4 >= plan.gap >= 0.0
    assert by_worths.bound < plan.bound <= plan.value <= by_worths.value
    assert (plan.share >= targets.share).all()


def test_where_only_some_pools_can_be_tried_the_bound_still_lies_under_every_plan(monkeypatch: pytest.MonkeyPatch
                                                                                  ) -> None:
    pools = StockPools(shared_network(12))
    targets = Targets(np.eye(3), np.array([0.9, 0.95, 0.98]))
    known = keep_promises(pools, targets)
    monkeypatch.setattr(_duality, "_DOZENS", 0)
    by_worths = keep_promises(pools, targets)
    monkeypatch.undo()
    monkeypatch.setattr("arbitre.optimise._every_choice._TRIED", 12)
    some = keep_promises(pools, targets)
    assert by_worths.bound <= some.bound <= known.value * (1 + 1e-9)
    assert known.bound <= some.value <= by_worths.value
