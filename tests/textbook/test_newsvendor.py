"""Published newsvendor numbers, from the last-buy program with a single period."""

import numpy as np
import pytest

from arbitre.maths.stock.last_buy import life_costs, newsvendor


def test_poisson_newsvendor() -> None:
    """Mean 50, holding 0.18, stockout 0.70: level 56, cost 1.7972352118 (L. V. Snyder, Z.-J. M. Shen, Fundamentals of
    Supply Chain Theory, chapter 4; as printed by the documentation of stockpyl for newsvendor_poisson)."""
    costs, levels = life_costs(np.array([50.0]), 1.0, np.zeros(1), np.array([0.70]), 0.18, 1.0, 1.0, 0.0, 120)
    assert levels[0] == newsvendor(50.0, 50.0, 0.70, 0.18) == 56
    assert costs.min() == pytest.approx(1.7972352118, abs=1e-10)


def test_last_order_by_hand() -> None:
    """Two periods of a Poisson demand of mean 1, bought once at 1, missing 3, nothing else: the third unit is used
    with probability 1 - e^-2 (1 + 2 + 2) = 0.3233 and saves 0.97, less than its price; the second, 0.5940, 1.78."""
    costs, _ = life_costs(np.ones(2), 1.0, np.array([1.0, np.inf]), np.full(2, 3.0), 0.0, 1.0, 1.0, 0.0, 4)
    saved = costs[:-1] - costs[1:]
    assert saved == pytest.approx([2.5940, 1.7820, 0.9700, 0.4286], abs=5e-5)
    assert np.argmin(costs + np.arange(5)) == 2
