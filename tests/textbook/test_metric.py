"""Published instances of the two-echelon and multi-item literature."""

import itertools

import numpy as np
import pytest

from arbitre.maths.echelons import backlog_pmf, exact_place_measures, local_pipeline
from arbitre.maths.inventory import depot_measures, stock_measures


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

    def least(self, model: str, total: int) -> float:
        return min(
            sum(
                place_backorders(model, self.LOCAL, self.DEPOT, 0.2, depot, (total - depot + base) // 5)
                for base in range(5)
            )
            for depot in range(total + 1)
        )

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
