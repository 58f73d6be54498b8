"""The least stock of a family: against trying every level, and between its floor and what fewer demands cost."""

import math
from itertools import product

import numpy as np
import pytest

from arbitre.maths.stock.family_stock import least_stock


def tried(price: np.ndarray, weight: np.ndarray, due: np.ndarray, ordered: np.ndarray, share: float) -> float:
    """The least cost by trying all levels up to 13, from Poisson terms written out."""
    levels = []
    for c, q, a, b in zip(price, weight, due, ordered, strict=True):
        terms = [(math.exp(-a) * a**k / math.factorial(k), math.exp(-b) * b**k / math.factorial(k)) for k in range(60)]
        levels.append([(q * sum(p for p, _ in terms[:s]),
                        c * (s + sum((k - s) * p for k, (_, p) in enumerate(terms) if k > s))) for s in range(14)])
    return min(sum(cost for _, cost in chosen) for chosen in product(*levels)
               if sum(kept for kept, _ in chosen) >= share - 1e-9)


@pytest.mark.parametrize("seed", range(40))
def test_few_items_cost_what_trying_all_levels_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    items = int(rng.integers(1, 4))
    price, weight = rng.uniform(1, 20, items), rng.dirichlet(np.ones(items))
    due = weight * rng.uniform(0.05, 4)
    ordered = due * rng.uniform(1, 2)
    share = rng.uniform(0.3, 0.97)
    found = least_stock(price, weight, due, ordered, share)
    assert found.cost == pytest.approx(tried(price, weight, due, ordered, share), rel=1e-9)
    assert found.floor == found.cost


@pytest.mark.parametrize("load", [0.5, 8.0, 200.0])
def test_many_items_lie_close_above_their_floor_and_rise_with_what_is_asked(load: float) -> None:
    rng = np.random.default_rng(1)
    price, weight = rng.lognormal(3, 1, 120), rng.dirichlet(np.ones(120))
    least = least_stock(price, weight, weight * load, weight * load, 0.95)
    assert least.floor <= least.cost <= least.floor * 1.02 + price.max()
    more = least_stock(price, weight, weight * load * 1.1, weight * load * 1.1, 0.95)
    higher = least_stock(price, weight, weight * load, weight * load, 0.97)
    longer = least_stock(price, weight, weight * load, weight * load * 1.5, 0.95)
    assert least.floor < min(more.floor, higher.floor, longer.floor)


def test_where_nothing_is_due_nothing_is_held() -> None:
    found = least_stock(np.array([5.0]), np.ones(1), np.zeros(1), np.array([2.0]), 0.99)
    assert (found.levels[0], found.cost) == (0, 10.0)
