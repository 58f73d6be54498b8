"""Trees of supply against two echelons, against the whole law summed otherwise, and against an event simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitre.maths.stock.echelons import backlog_pmf, exact_place_measures, local_pipeline
from arbitre.maths.stock.inventory import depot_measures, stock_measures
from arbitre.maths.stock.trees import exact_tree_measures, network_measures, passed_backlog, tree_demand, tree_measures
from tests.maths.test_inventory import poisson

THREE = np.array([-1, 0, 0, 1, 1, 2])
"""A central depot, two regional ones, two places below the first of them and one below the second."""
RATE, TIME = np.array([0.1, 0.0, 0.2, 0.3, 0.5, 0.2]), np.array([8.0, 3.0, 2.0, 1.0, 2.0, 1.5])
LEVEL = np.array([7, 3, 2, 1, 2, 1])
ONE = np.ones(6, np.int64)


def test_demand_adds_up_the_tree() -> None:
    demand, share = tree_demand(THREE, RATE, np.zeros(6))
    np.testing.assert_allclose(demand, [1.3, 0.8, 0.4, 0.3, 0.5, 0.2])
    np.testing.assert_allclose(share, [0, 0.8 / 1.3, 0.4 / 1.3, 0.375, 0.625, 0.5])


def test_what_a_site_repairs_is_not_asked_of_its_supplier() -> None:
    demand, share = tree_demand(np.array([-1, 0, 0]), np.array([0.0, 2.0, 3.0]), np.array([0.0, 0.25, 1.0]))
    np.testing.assert_allclose(demand, [1.5, 2, 3])
    np.testing.assert_allclose(share, [0, 1, 0])


@given(st.integers(0, 10_000))
def test_two_echelons_are_those_of_echelons(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places, lot = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    supplier = np.array([-1] + [0] * places)
    demand, share = tree_demand(supplier, rng.uniform(0, 1, places + 1), rng.uniform(0, 1, places + 1))
    mean = demand * rng.uniform(0, 6, places + 1)
    variance = mean * rng.choice([1.0, 1.7], places + 1)
    level = rng.integers(0, 7, places + 1)
    lots = np.array([lot] + [1] * places)
    found = tree_measures(supplier, share, mean, variance, lots, level)
    ready, backorders, _ = exact_tree_measures(supplier, share, mean, variance, lots, level)
    root = depot_measures(mean[0], variance[0], level[0], lot)
    assert (found.ready[0], found.backorders[0], found.spread[0], found.on_hand[0]) == root
    law = backlog_pmf(mean[0], variance[0], level[0], lot)
    for place in range(1, places + 1):
        pipeline = local_pipeline(mean[place], variance[place], share[place], root[1], root[2])
        assert (found.mean[place], found.variance[place]) == pipeline
        expected = stock_measures(*pipeline, level[place])
        assert (found.ready[place], found.backorders[place], found.on_hand[place]) == pytest.approx(
            (expected[0], expected[1], expected[3]), abs=1e-12
        )
        exact = exact_place_measures(mean[place], variance[place], law, share[place], root[1], level[place])
        assert (ready[place], backorders[place]) == exact


def thinned(backlog: np.ndarray, share: float) -> np.ndarray:
    ours = np.zeros(len(backlog))
    for units, probability in enumerate(backlog):
        for own in range(units + 1):
            ours[own] += probability * math.comb(units, own) * share**own * (1 - share) ** (units - own)
    return ours


def summed(supplier: np.ndarray, share: np.ndarray, mean: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Expected backorders of every slot, whole laws convolved and thinned by their definitions."""
    owed: list[np.ndarray] = []
    for slot, above in enumerate(supplier):
        pipeline = poisson(mean[slot], 60)
        if above >= 0:
            pipeline = np.convolve(pipeline, thinned(owed[above], share[slot]))
        owed.append(np.concatenate([[pipeline[: level[slot] + 1].sum()], pipeline[level[slot] + 1 :]]))
    return np.array([law @ np.arange(len(law)) for law in owed])


@pytest.mark.parametrize("more", [0, 2])
def test_whole_laws_down_three_echelons(more: int) -> None:
    demand, share = tree_demand(THREE, RATE, np.zeros(6))
    mean = demand * TIME
    ready, backorders, on_hand = exact_tree_measures(THREE, share, mean, mean, ONE, LEVEL + more)
    np.testing.assert_allclose(backorders, summed(THREE, share, mean, LEVEL + more), rtol=1e-8)
    pipeline = mean + np.where(THREE >= 0, share * backorders[THREE], 0.0)
    np.testing.assert_allclose(on_hand - backorders, LEVEL + more - pipeline, atol=1e-9)
    # One more unit owes less by the chance not to be ready with it.
    for slot in range(3, 6):
        level = LEVEL + more
        level[slot] += 1
        again = exact_tree_measures(THREE, share, mean, mean, ONE, level)
        assert backorders[slot] - again[1][slot] == pytest.approx(1 - again[0][slot], abs=1e-9)
        assert again[0][slot] >= ready[slot]


def test_two_moments_come_close_to_the_whole_law_and_one_does_not() -> None:
    """Over 300 random trees of three echelons; means of the relative error of the backorders at the places."""
    rng = np.random.default_rng(2)
    fitted, poisson_only = [], []
    for _ in range(300):
        demand, share = tree_demand(THREE, rng.lognormal(-1, 0.7, 6), np.zeros(6))
        mean = demand * rng.uniform(1, 6, 6)
        level = rng.poisson(np.maximum(mean, 1.0)) + 1
        _, exact, _ = exact_tree_measures(THREE, share, mean, mean, ONE, level)
        found = tree_measures(THREE, share, mean, mean, ONE, level)
        for place in range(3, 6):
            if exact[place] > 0.02:
                fitted.append(found.backorders[place] / exact[place] - 1)
                metric = stock_measures(found.mean[place], found.mean[place], level[place])[1]
                poisson_only.append(metric / exact[place] - 1)
    assert abs(np.mean(fitted)) < 0.01
    assert np.mean(np.abs(fitted)) < 0.02
    assert np.mean(np.abs(poisson_only)) > 5 * np.mean(np.abs(fitted))


def test_a_tree_without_stock_waits_the_sum_of_all_times() -> None:
    demand, share = tree_demand(THREE, RATE, np.zeros(6))
    nothing = np.zeros(6, np.int64)
    path = TIME + np.where(THREE >= 0, TIME[THREE], 0) + np.where(THREE > 0, TIME[0], 0)
    for found in (
        tree_measures(THREE, share, demand * TIME, demand * TIME, ONE, nothing).backorders,
        exact_tree_measures(THREE, share, demand * TIME, demand * TIME, ONE, nothing)[1],
    ):
        np.testing.assert_allclose(found, demand * path)


def test_against_an_event_simulation_of_three_echelons() -> None:
    """Every demand is served by the unit that was ordered `level` demands before it."""
    rng = np.random.default_rng(7)
    demands = 300_000
    demand, share = tree_demand(THREE, RATE, np.zeros(6))
    asked = np.cumsum(rng.exponential(1 / demand[0], demands))
    who = rng.choice(6, demands, p=RATE / demand[0])
    below = {0: [0, 1, 2, 3, 4, 5], 1: [1, 3, 4], 2: [2, 5], 3: [3], 4: [4], 5: [5]}
    sent = asked.copy()  # when the supplier of the slot at hand lets go of each unit
    by_slot: dict[int, np.ndarray] = {}
    _, exact, _ = exact_tree_measures(THREE, share, demand * TIME, demand * TIME, ONE, LEVEL)
    for slot, above in enumerate(THREE):
        own = np.isin(who, below[slot])
        at = asked[own]
        from_above = by_slot[above][own[np.isin(who, below[above])]] if above >= 0 else sent
        arrives = from_above + TIME[slot]
        leaves = at.copy()
        leaves[LEVEL[slot] :] = np.maximum(at[LEVEL[slot] :], arrives[: -LEVEL[slot]])
        by_slot[slot] = leaves
        owed = demand[slot] * np.array([batch.mean() for batch in np.array_split(leaves - at, 30)])
        assert abs(owed.mean() - exact[slot]) < 4 * owed.std(ddof=1) / math.sqrt(30)


def test_passed_backlog_has_the_moments_of_the_sum() -> None:
    above = backlog_pmf(3.0, 3.0, 2, 1)
    units = np.arange(len(above))
    law = passed_backlog(1.5, 2.4, above, 0.3, 0)
    mean = above @ units
    expected = local_pipeline(1.5, 2.4, 0.3, mean, above @ units**2 - mean**2)
    found = law @ np.arange(len(law))
    assert (found, law @ np.arange(len(law)) ** 2 - found**2) == pytest.approx(expected, rel=1e-8)


def test_waiting_for_several_adds_up() -> None:
    """Two sources: means, variances and thinning of each, then one fit."""
    found = network_measures(
        np.array([0, 0, 0, 2]), np.array([0, 1]), np.array([0.5, 1.0]), np.array([2.0, 1.0, 0.5]),
        np.array([2.0, 1.0, 0.5]), np.ones(3, np.int64), np.array([1, 0, 1]),
    )
    first = depot_measures(2.0, 2.0, 1, 1)
    assert found.mean[2] == pytest.approx(0.5 + 0.5 * first[1] + 1.0)
    assert found.variance[2] == pytest.approx(0.5 + 0.25 * first[2] + 0.25 * first[1] + 1.0)
    assert found.backorders[2] == pytest.approx(stock_measures(found.mean[2], found.variance[2], 1)[1])


def test_a_supplier_comes_first_and_only_roots_order_in_lots() -> None:
    two = np.ones(2)
    with pytest.raises(ValueError, match="before the slots it feeds"):
        tree_demand(np.array([1, -1]), two, two)
    for supplier, lot in ((np.array([1, -1]), np.array([1, 1])), (np.array([-1, 0]), np.array([1, 2]))):
        for measure in (tree_measures, exact_tree_measures):
            with pytest.raises(ValueError, match="order one for one"):
                measure(supplier, two, two, two, lot, np.array([1, 1]))
