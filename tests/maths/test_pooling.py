"""Are the three shares of a pooled stock those of their definitions, found by plain sums?"""

import math

import numpy as np
import pytest

from arbitre.core.streams import stream
from arbitre.maths.stock.pooling import least_on_hand, mean_owed, share_pools


def shelf(load: float, share: float) -> float:
    """Units on hand at the least level ready with that probability, Poisson, by summing its law."""
    pmf = [math.exp(-load) * load**x / math.factorial(x) for x in range(80)]
    level = next(s for s in range(80) if sum(pmf[:s]) >= share)
    return sum((level - x) * pmf[x] for x in range(level))


@pytest.mark.parametrize(("load", "share"), [(0.0, 0.9), (0.3, 0.95), (2.0, 0.5), (7.5, 0.99), (4.0, 0.0)])
def test_the_least_stock_is_that_of_the_law(load: float, share: float) -> None:
    assert least_on_hand(load, 1.0, share) == pytest.approx(shelf(load, share), abs=1e-12)


def test_lumpy_demand_needs_more() -> None:
    assert least_on_hand(4.0, 3.0, 0.95) > least_on_hand(4.0, 1.0, 0.95)


def test_three_shares_of_one_stock() -> None:
    loads, shares = np.array([1.0, 3.0, 0.5]), np.array([0.8, 0.95, 0.99])
    natural, alone, marginal = share_pools(np.array([0, 3]), loads, shares, np.array([1.0]))
    low, middle, high = (shelf(4.5, share) for share in shares)
    assert natural == pytest.approx([
        low / 4.5, low * 3.0 / 4.5 + (middle - low) * 3.0 / 3.5,
        low * 0.5 / 4.5 + (middle - low) * 0.5 / 3.5 + high - middle,
    ])
    assert natural.sum() == pytest.approx(high)
    assert alone == pytest.approx([shelf(1.0, 0.8), shelf(3.0, 0.95), shelf(0.5, 0.99)])
    assert marginal == pytest.approx([high - shelf(3.5, 0.99), high - shelf(1.5, 0.99), high - shelf(4.0, 0.95)])


@pytest.mark.parametrize("seed", range(5))
def test_natural_shares_add_up_and_do_not_mind_the_order(seed: int) -> None:
    rng = stream(seed, "pool")
    loads, shares = rng.gamma(1.0, 2.0, 6), rng.choice([0.0, 0.9, 0.95], 6)
    shares[0] = 0.95
    natural, alone, marginal = share_pools(np.array([0, 6]), loads, shares, np.array([1.5]))
    assert natural.sum() == pytest.approx(least_on_hand(loads.sum(), 1.5, 0.95))
    assert natural.min() >= 0.0
    turned = rng.permutation(6)
    again = share_pools(np.array([0, 6]), loads[turned], shares[turned], np.array([1.5]))
    for one, two in zip((natural, alone, marginal), again, strict=True):
        assert two == pytest.approx(one[turned])


def test_promises_longer_than_the_resupply_share_alike() -> None:
    natural, _, _ = share_pools(np.array([0, 2]), np.zeros(2), np.array([0.9, 0.9]), np.array([1.0]))
    assert natural.tolist() == [0.5, 0.5]


def test_pools_do_not_mix() -> None:
    both = share_pools(np.array([0, 1, 3]), np.array([2.0, 1.0, 1.0]), np.array([0.9, 0.9, 0.5]), np.ones(2))
    alone = share_pools(np.array([0, 1]), np.array([2.0]), np.array([0.9]), np.ones(1))
    assert [part[0] for part in both] == [part[0] for part in alone]


def test_what_a_stock_owes() -> None:
    pmf = [math.exp(-2.0) * 2.0**x / math.factorial(x) for x in range(60)]
    owed = sum((x - 3) * pmf[x] for x in range(3, 60))
    assert mean_owed(np.array([2.0, 1.5]), np.ones(2), np.array([3, 0])) == pytest.approx([owed, 1.5])
