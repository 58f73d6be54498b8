"""Laws of depots and places: the exact law against brute force, METRIC below it, and curves that lie on their hull."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.maths.stock.echelons import backlog_pmf, exact_place_measures, local_pipeline
from arbitre.maths.stock.inventory import depot_measures, stock_measures
from arbitre.maths.stock.trees import exact_tree_measures, tree_demand
from tests.curves import greedy, lower_hull
from tests.maths.test_inventory import poisson
from tests.textbook.test_metric import place_backorders

SYSTEMS, MOST = 10_000, 26
seeds = st.integers(0, 10_000)


def ours_among_the_last(depot_level: int) -> np.ndarray:
    """(own orders, other orders, x): chance that x of the backlog are ours.

    All orders of the last depot time are outstanding, in random sequence, and the backlog is the last of them: ours
    among those are hypergeometric. No thinning by a share, as the product has it.
    """
    table = np.zeros((MOST, MOST, MOST))
    for own, other in itertools.product(range(MOST), repeat=2):
        owed = max(own + other - depot_level, 0)
        for x in range(max(owed - other, 0), min(own, owed) + 1):
            table[own, other, x] = math.comb(own, x) * math.comb(other, owed - x) / math.comb(own + other, owed)
    return table.reshape(MOST * MOST, MOST)


def poissons(means: np.ndarray) -> np.ndarray:
    logs = np.array([math.lgamma(x + 1) for x in range(MOST)])
    return np.exp(np.arange(MOST) * np.log(means)[:, None] - means[:, None] - logs)


class Systems:
    """Random tiny systems: a depot with lots, and one of its places; brute force over every number of orders."""

    def __init__(self) -> None:
        rng = np.random.default_rng(20)
        self.depot = rng.uniform(0.05, 3.0, SYSTEMS)
        self.share = rng.uniform(0.02, 0.98, SYSTEMS)
        self.local = rng.uniform(0.01, 3.0, SYSTEMS)
        self.lot = rng.integers(1, 4, SYSTEMS)
        self.depot_level, self.level = rng.integers(0, 6, SYSTEMS), rng.integers(0, 7, SYSTEMS)

    def brute_force(self) -> tuple[np.ndarray, np.ndarray]:
        """Ready rate and backorders: the mean over inventory positions, orders and local demands, term by term."""
        orders = poissons(self.share * self.depot)[:, :, None] * poissons((1 - self.share) * self.depot)[:, None, :]
        ours = np.zeros((SYSTEMS, MOST))
        lowest = np.maximum(self.depot_level - self.lot + 1, 0)
        for position in range(6):
            rows = (lowest <= position) & (position <= self.depot_level)
            found = orders[rows].reshape(rows.sum(), -1) @ ours_among_the_last(position)
            ours[rows] += found / (self.depot_level - lowest + 1)[rows, None]
        local, pipeline = poissons(self.local), np.add.outer(np.arange(MOST), np.arange(MOST))
        ready, owed = np.empty(SYSTEMS), np.empty(SYSTEMS)
        for level in range(7):
            rows = self.level == level
            ready[rows] = ((ours[rows] @ (pipeline < level)) * local[rows]).sum(axis=1)
            owed[rows] = ((ours[rows] @ np.maximum(pipeline - level, 0)) * local[rows]).sum(axis=1)
        return ready, owed

    def of_the_product(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ready rate and backorders by the exact law, and METRIC's backorders."""
        found = np.empty((3, SYSTEMS))
        for n in range(SYSTEMS):
            depot, local, share, level = self.depot[n], self.local[n], self.share[n], self.level[n]
            law = backlog_pmf(depot, depot, self.depot_level[n], self.lot[n])
            _, owed, spread, _ = depot_measures(depot, depot, self.depot_level[n], self.lot[n])
            found[:2, n] = exact_place_measures(local, local, law, share, owed, level)
            mean, _ = local_pipeline(local, local, share, owed, spread)
            found[2, n] = stock_measures(mean, mean, level)[1]
        return found[0], found[1], found[2]


def test_the_exact_law_is_brute_force_on_10000_systems_and_metric_never_above_it() -> None:
    systems = Systems()
    ready, owed = systems.brute_force()
    exact_ready, exact_owed, metric_owed = systems.of_the_product()
    np.testing.assert_allclose(exact_ready, ready, atol=1e-10)
    np.testing.assert_allclose(exact_owed, owed, atol=1e-9)
    assert (metric_owed <= owed + 1e-9).all()
    # Not for want of a difference.
    assert (metric_owed < 0.99 * owed).mean() > 0.3


def check_supported(curve: list[tuple[float, float]], plans: np.ndarray) -> None:
    """Each step of the curve is an edge of the hull: no plan (cost, owed) lies below its line."""
    for (cost, owed), (next_cost, next_owed) in itertools.pairwise(curve):
        worth = (next_owed - owed) / (next_cost - cost)
        assert (plans[:, 1] >= owed + worth * (plans[:, 0] - cost) - 1e-9).all()


def sums(curves: list[list[tuple[float, float]]]) -> np.ndarray:
    """Every choice of one point of each item, added up."""
    return np.array([np.sum(choice, axis=0) for choice in itertools.product(*curves)])


@settings(max_examples=40)
@given(seeds)
def test_the_greedy_curve_lies_on_the_hull_at_one_echelon(seed: int) -> None:
    """What is owed is convex in the level of a place, so every unit is a step and no corner is left out."""
    rng = np.random.default_rng(seed)
    curves = []
    for mean, cost in zip(rng.uniform(0.1, 4, 3), rng.uniform(1, 9, 3), strict=True):
        curves.append([(cost * level, stock_measures(mean, mean, level)[1]) for level in range(9)])
    check_supported(greedy(curves), sums(curves))


@settings(max_examples=15)
@given(seeds, st.sampled_from(["metric", "vari", "exact"]))
def test_the_greedy_curve_over_item_hulls_lies_on_the_hull_at_two_echelons(seed: int, model: str) -> None:
    """Depot and places together are not convex: marginal analysis must step from corner to corner of each item."""
    rng = np.random.default_rng(seed)
    curves = []
    for _ in range(2):
        depot, share = rng.uniform(0.3, 3), rng.uniform(0.1, 0.9)
        local, cost = rng.uniform(0.1, 1.5, 2), rng.uniform(1, 9)
        points = []
        for levels in itertools.product(range(5), range(4), range(4)):
            owed = [
                place_backorders(model, local[place], depot, part, levels[0], levels[1 + place])
                for place, part in enumerate((share, 1 - share))
            ]
            points.append((cost * sum(levels), sum(owed)))
        curves.append(points)
    check_supported(greedy([lower_hull(points) for points in curves]), sums([lower_hull(p) for p in curves]))
    for points in curves:
        check_supported(lower_hull(points), np.array(points))


@given(seeds)
def test_more_stock_anywhere_in_a_tree_owes_no_more_below(seed: int) -> None:
    rng = np.random.default_rng(seed)
    supplier = np.array([-1, 0, 1, 1, 0])
    demand, share = tree_demand(supplier, rng.uniform(0, 1, 5), rng.uniform(0, 0.8, 5))
    mean, lot = demand * rng.uniform(0, 4, 5), np.array([int(rng.integers(1, 4)), 1, 1, 1, 1])
    level = rng.integers(0, 5, 5)
    ready, owed, _ = exact_tree_measures(supplier, share, mean, mean, lot, level)
    level[rng.integers(0, 5)] += 1
    more_ready, less_owed, _ = exact_tree_measures(supplier, share, mean, mean, lot, level)
    assert (less_owed <= owed + 1e-9).all()
    assert (more_ready >= ready - 1e-9).all()


def test_brute_force_itself_knows_the_only_place_below_an_empty_depot() -> None:
    """All orders ours, none held: the backlog is Poisson."""
    own = poisson(1.3, MOST)
    ours = own @ ours_among_the_last(0).reshape(MOST, MOST, MOST)[:, 0]
    assert ours == pytest.approx(own)
