"""Published instances of the two-echelon and multi-item literature."""

import itertools

import numpy as np
import pytest

from arbitre.maths.stock.echelons import backlog_pmf, exact_place_measures, local_pipeline
from arbitre.maths.stock.inventory import depot_measures, stock_measures
from tests.curves import greedy, lower_hull


def place_backorders(model: str, local: float, depot: float, share: float, depot_level: int, level: int) -> float:
    """Expected backorders of a place under METRIC, VARI-METRIC or the exact law, all demand Poisson."""
    _, owed, spread, _ = depot_measures(depot, depot, depot_level, 1)
    if model == "exact":
        return exact_place_measures(local, local, backlog_pmf(depot, depot, depot_level, 1), share, owed, level)[1]
    mean, variance = local_pipeline(local, local, share, owed, spread)
    return stock_measures(mean, mean if model == "metric" else variance, level)[1]


class TestSherbrooke:
    """Five equal bases (Sherbrooke 2004, chapter 3): least total backorders for each total stock."""

    RATE, REPAIRED, REPAIR, ORDER = 23.2, 0.2, 0.01, 0.01
    DEPOT = 5 * 23.2 * 0.8 * 0.02531
    LOCAL = RATE * (REPAIRED * REPAIR + (1 - REPAIRED) * ORDER)

    def owed(self, model: str, total: int, depot: int) -> float:
        """The depot holds `depot`, the bases the rest, as evenly as it goes."""
        return sum(
            place_backorders(model, self.LOCAL, self.DEPOT, 0.2, depot, (total - depot + base) // 5)
            for base in range(5)
        )

    def least(self, model: str, total: int) -> float:
        return min(self.owed(model, total, depot) for depot in range(total + 1))

    def best_depot(self, model: str, total: int) -> int:
        return min(range(total + 1), key=lambda depot: self.owed(model, total, depot))

    def test_pipelines(self) -> None:
        assert pytest.approx(2.348768) == self.DEPOT
        assert local_pipeline(self.LOCAL, self.LOCAL, 0.2, self.DEPOT, self.DEPOT)[0] == pytest.approx(0.7017536)

    @pytest.mark.parametrize(
        ("total", "metric", "vari", "exact"),
        [
            (0, 3.50877, 3.50877, 3.50877),
            (3, 1.50717, 1.50717, 1.50717),
            (4, 1.24692, 1.25105, 1.25095),
            (5, 0.96577, 0.98624, 0.98653),
            (6, 0.57433, 0.60584, 0.60783),
            (7, 0.32694, 0.36105, 0.36154),
            (8, 0.20595, 0.22660, 0.22607),
            (9, 0.15446, 0.16318, 0.16275),
            (10, 0.12613, 0.13357, 0.13329),
            (12, 0.03932, 0.05328, 0.05308),
            (15, 0.01039, 0.01111, 0.01122),
        ],
    )
    def test_least_backorders(self, total: int, metric: float, vari: float, exact: float) -> None:
        assert self.least("metric", total) == pytest.approx(metric, abs=6e-6)
        assert self.least("vari", total) == pytest.approx(vari, abs=6e-6)
        assert self.least("exact", total) == pytest.approx(exact, abs=6e-6)

    def test_more_stock_in_all_may_mean_less_at_the_depot(self) -> None:
        """From 5 to 6 units the depot goes from 2 to 1: marginal analysis over depot and bases together is wrong."""
        for model in ("metric", "vari", "exact"):
            assert (self.best_depot(model, 5), self.best_depot(model, 6)) == (2, 1)

    def test_metric_and_the_exact_law_choose_differently(self) -> None:
        """Of 15 units METRIC puts 4 at the depot and 3, 2, 2, 2, 2 at the bases, the exact law 5 and 2 each."""
        assert (self.best_depot("metric", 15), self.best_depot("exact", 15)) == (4, 5)
        assert self.best_depot("vari", 15) == 5
        assert self.owed("exact", 15, 4) > self.owed("exact", 15, 5)


class TestDeSousaBorges:
    """Two items, two bases, one depot (W. de Sousa Borges, METRIC example; data set of the R package xmetric, GPL).

    Each base: rate (per year), repair time (years), share repaired there, time from the depot. Inputs alone are
    published; what is checked is that models and curves agree with each other on them.
    """

    ITEMS = (
        (5.0, 0.02531, ((23.2, 0.010, 0.5, 0.01), (20.1, 0.015, 0.6, 0.02))),
        (3.0, 0.01782, ((35.2, 0.020, 0.7, 0.01), (30.2, 0.020, 0.6, 0.02))),
    )

    def owed(self, model: str, item: int, depot_level: int, levels: tuple[int, ...]) -> float:
        _, time, bases = self.ITEMS[item]
        sent = [rate * (1 - repaired) for rate, _, repaired, _ in bases]
        local = [rate * (share * repair + (1 - share) * order) for rate, repair, share, order in bases]
        return sum(
            place_backorders(model, local[base], sum(sent) * time, sent[base] / sum(sent), depot_level, level)
            for base, level in enumerate(levels)
        )

    def plans(self, model: str, item: int, total: int) -> dict[tuple[int, int, int], float]:
        """Every way to place so many units, and what it owes."""
        return {
            (depot, first, total - depot - first): self.owed(model, item, depot, (first, total - depot - first))
            for depot in range(total + 1)
            for first in range(total - depot + 1)
        }

    def test_pipelines_without_stock(self) -> None:
        """Rate x (share repaired x repair time + rest x (order time + depot time)), Sherbrooke (2004), equation 3.2."""
        first = 23.2 * (0.5 * 0.01 + 0.5 * 0.03531) + 20.1 * (0.6 * 0.015 + 0.4 * 0.04531)
        second = 35.2 * (0.7 * 0.02 + 0.3 * 0.02782) + 30.2 * (0.6 * 0.02 + 0.4 * 0.03782)
        for model in ("metric", "vari", "exact"):
            assert self.owed(model, 0, 0, (0, 0)) == pytest.approx(first)
            assert self.owed(model, 1, 0, (0, 0)) == pytest.approx(second)

    @pytest.mark.parametrize("item", [0, 1])
    def test_metric_promises_too_much_for_every_plan(self, item: int) -> None:
        for total in range(8):
            metric, exact = self.plans("metric", item, total), self.plans("exact", item, total)
            assert all(metric[plan] <= exact[plan] + 1e-12 for plan in exact)
            assert min(exact.values()) <= exact[min(metric, key=metric.__getitem__)]

    def test_stock_at_the_depot_comes_and_goes(self) -> None:
        """Item 1: with each unit more the exact law keeps 0, 0, 0, 1, 0, 1, 0, 1 of them at the depot."""
        chosen = [min(plans, key=plans.__getitem__)[0] for plans in (self.plans("exact", 0, n) for n in range(8))]
        assert chosen == [0, 0, 0, 1, 0, 1, 0, 1]

    def test_marginal_analysis_over_items_meets_the_best_plans_of_its_costs(self) -> None:
        """Steps from corner to corner of each item's curve, best first: none of all plans is as cheap and owes less."""
        curves = [
            [(cost * n, min(self.plans("exact", item, n).values())) for n in range(9)]
            for item, (cost, _, _) in enumerate(self.ITEMS)
        ]
        met = greedy([lower_hull(curve) for curve in curves])
        everything = [(a + b, x + y) for a, x in curves[0] for b, y in curves[1]]
        assert len(met) > 8
        for cost, owed in met:
            assert owed == pytest.approx(min(y for x, y in everything if x <= cost))


class TestBarlowProschan:
    """Four parts (Barlow & Proschan 1965; Kettelle 1962): undominated pairs of cost and backorders."""

    MEANS, COSTS = (1.0, 3.0, 1.8, 2.0), (200, 100, 300, 250)

    def plans(self) -> dict[int, float]:
        curves = [[stock_measures(mean, mean, level)[1] for level in range(12)] for mean in self.MEANS]
        least: dict[int, float] = {}
        for levels in itertools.product(range(12), repeat=4):
            cost = sum(price * level for price, level in zip(self.COSTS, levels, strict=True))
            if cost <= 1800:
                owed = sum(curve[level] for curve, level in zip(curves, levels, strict=True))
                least[cost] = min(owed, least.get(cost, np.inf))
        return least

    def test_undominated_points(self) -> None:
        least = self.plans()
        published = {
            0: 7.8, 100: 6.84979, 200: 6.04894, 300: 5.47213, 400: 5.11936, 500: 4.84000, 550: 4.60746, 600: 4.48724,
            650: 4.25469, 850: 3.62257, 1150: 2.78787, 1400: 2.19388, 1500: 2.00914, 1800: 1.47198,
        }
        for cost, owed in published.items():
            assert least[cost] == pytest.approx(owed, abs=6e-6)
            assert all(other > owed for price, other in least.items() if price < cost)

    def test_82_undominated_points_until_a_unit_in_a_thousand_is_owed(self) -> None:
        curves = [np.array([stock_measures(mean, mean, level)[1] for level in range(20)]) for mean in self.MEANS]
        owed = sum(np.meshgrid(*curves, indexing="ij"))
        cost = sum(np.meshgrid(*(np.arange(20) * price for price in self.COSTS), indexing="ij"))
        order = np.lexsort((owed.ravel(), cost.ravel()))
        rising, falling = cost.ravel()[order], owed.ravel()[order]
        before = np.minimum.accumulate(np.concatenate([[np.inf], falling[:-1]]))
        undominated = falling < before - 1e-12
        points = list(zip(rising[undominated], falling[undominated], strict=True))
        assert points[0] == (0, pytest.approx(7.8))
        until = next(index for index, point in enumerate(points) if point[1] < 1e-3)
        assert (until + 1, points[until][0]) == (82, 6600)

    def test_marginal_analysis_walks_the_lower_hull(self) -> None:
        least, levels, cost, met = self.plans(), [0, 0, 0, 0], 0, []
        while cost < 1800:
            gain = [
                (1 - stock_measures(mean, mean, level + 1)[0]) / price
                for mean, level, price in zip(self.MEANS, levels, self.COSTS, strict=True)
            ]
            part = int(np.argmax(gain))
            levels[part] += 1
            cost += self.COSTS[part]
            owed = sum(stock_measures(mean, mean, level)[1] for mean, level in zip(self.MEANS, levels, strict=True))
            assert least[cost] == pytest.approx(owed)
            met.append(cost)
        assert met == [100, 200, 300, 400, 650, 850, 1150, 1400, 1500, 1800]


@pytest.mark.parametrize(
    ("depot_level", "level", "owed"),
    [(0, 0, 3.2), (2, 1, 0.440461), (3, 1, 0.198079), (4, 1, 0.095967), (4, 2, 0.009893)],
)
def test_lindo_metric_example(depot_level: int, level: int, owed: float) -> None:
    """Two outlets asking 0.1 a day, 2 days away from a depot that waits 14 days (LINDO, TBACK)."""
    found = 2 * place_backorders("metric", 0.2, 2.8, 0.5, depot_level, level)
    assert found == pytest.approx(owed, abs=6e-7)
