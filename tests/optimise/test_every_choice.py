"""Few pools settled by every choice that a cheaper plan could hold: against trying all plans, and worths alone."""

import numpy as np
import pytest

from arbitre.optimise import _duality, _every_choice
from arbitre.optimise._duality import keep_promises
from arbitre.optimise._pool import Targets
from arbitre.optimise._stock.pools import StockPools
from tests.optimise.stock_cases import shared_network, targets_for, tiny_network
from tests.optimise.test_columns import HIGHEST, least_cost


def test_two_pools_cost_the_least_of_all_plans_within_their_gap() -> None:
    least = 0
    for seed in range(20):
        pools = StockPools(tiny_network(seed, pools=2, lots=seed % 2 == 0), classes=2)
        targets = targets_for(pools, (0.4, 0.6, 0.8)[seed % 3])
        plan, optimum = keep_promises(pools, targets), least_cost(pools, targets)
        assert plan.bound <= optimum * (1 + 1e-9)
        least += (plan.levels - pools.slot_lowest).max() > HIGHEST or plan.value <= optimum * (1 + 6e-4)
    assert least >= 19  # what has too many choices to try may keep a gap


def test_a_dozen_items_are_settled_where_worths_leave_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    pools, targets = StockPools(shared_network(12)), Targets(np.eye(3), np.array([0.9, 0.95, 0.98]))
    plan = keep_promises(pools, targets)
    monkeypatch.setattr(_every_choice, "_TRIED", 12)
    some = keep_promises(pools, targets)
    monkeypatch.setattr(_duality, "_DOZENS", 0)
    by_worths = keep_promises(pools, targets)
    assert by_worths.gap > 2e-3 > 6e-4 >= plan.gap >= 0.0
    assert (plan.share >= targets.share).all()
    # Where only some items could be tried, the bound still lies under every plan.
    assert by_worths.bound <= some.bound <= plan.value * (1 + 1e-9)
    assert plan.value <= some.value * (1 + 6e-4) <= by_worths.value * (1 + 2e-3)
