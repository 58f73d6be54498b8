"""Critical levels: against the chain solved as such, and against replenishment times that are not exponential."""

import itertools

import numpy as np
import pytest
from numba import njit

from arbitre.maths.stock.critical_levels import critical_level_measures
from arbitre.maths.stock.loss import loss_measures


def solved(loads: np.ndarray, critical: np.ndarray, level: int) -> tuple[np.ndarray, float]:
    """Shares and stock on hand from the generator of the chain, by linear algebra."""
    generator = np.zeros((level + 1, level + 1))
    for shelf in range(level + 1):
        if shelf > 0:
            generator[shelf, shelf - 1] = loads[critical < shelf].sum()
        if shelf < level:
            generator[shelf, shelf + 1] = level - shelf
    generator -= np.diag(generator.sum(axis=1))
    generator[:, 0] = 1.0
    chance = np.linalg.solve(generator.T, np.eye(level + 1)[0])
    shelves = np.arange(level + 1)
    return np.array([chance[shelves > c].sum() for c in critical]), float(chance @ shelves)


@pytest.mark.parametrize("level", range(5))
def test_shares_solve_the_chain(level: int) -> None:
    loads, shares = np.array([0.2, 0.7, 1.1]), np.empty(3)
    for critical in itertools.product(range(level + 2), repeat=3):
        on_hand, elsewhere = critical_level_measures(loads, np.array(critical), level, shares)
        expected, shelf = solved(loads, np.array(critical), level)
        np.testing.assert_allclose(shares, expected, atol=1e-12)
        assert on_hand == pytest.approx(shelf)
        assert elsewhere == pytest.approx(loads @ (1 - expected))


@pytest.mark.parametrize(("load", "level"), [(1.0, 4), (0.3, 1), (6.0, 9), (900.0, 930)])
def test_without_critical_levels_it_is_erlangs_loss(load: float, level: int) -> None:
    shares = np.empty(2)
    on_hand, elsewhere = critical_level_measures(np.array([0.25, 0.75]) * load, np.zeros(2, np.int64), level, shares)
    lost, shelf = loss_measures(load, level)
    np.testing.assert_allclose(shares, 1 - lost, rtol=1e-9)
    assert on_hand == pytest.approx(shelf, rel=1e-9)
    assert elsewhere == pytest.approx(load * lost, rel=1e-9)


@njit(cache=True)
def played(loads: np.ndarray, critical: np.ndarray, level: int, demands: int, seed: int) -> np.ndarray:
    """Share of the demands that find more than each critical level, a unit being replaced after a fixed time of one.

    Demand of every class sees the same shelf, so each demand counts for all of them.
    """
    np.random.seed(seed)
    now, due, served = 0.0, np.full(level, -1.0), np.zeros(len(loads))
    for _ in range(demands):
        now += np.random.exponential(1.0 / loads.sum())
        place, k = np.random.random() * loads.sum(), 0
        while k < len(loads) - 1 and place > loads[k]:
            place -= loads[k]
            k += 1
        shelf, slot = 0, -1
        for unit in range(level):
            if due[unit] <= now:
                shelf, slot = shelf + 1, unit
        served += shelf > critical
        if shelf > critical[k]:
            due[slot] = now + 1.0
    return served / demands


def test_fixed_replenishment_times_change_little() -> None:
    rng, worst = np.random.default_rng(0), 0.0
    for seed in range(12):
        level = int(rng.integers(2, 10))
        loads = level * rng.uniform(0.1, 0.9) * rng.dirichlet([1, 2, 4])
        critical, shares = np.sort(np.append(0, rng.integers(0, level, 2))), np.empty(3)
        critical_level_measures(loads, critical, level, shares)
        worst = max(worst, np.abs(played(loads, critical, level, 1_000_000, seed) - shares).max())
    assert worst <= 0.002
