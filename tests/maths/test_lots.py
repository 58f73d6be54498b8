"""Lots against enumeration, and the policy against the chain of its own positions."""

import math

import numpy as np
import pytest

from arbitre.core.errors import UsageError
from arbitre.maths.stock.lots import DAYS_PER_YEAR, Lots, best_lots, lots_measured
from tests.maths.test_lead_time_demand import compound, on_hand, poisson

YEARLY = 1.0 / DAYS_PER_YEAR


def line_sizes(dispersion: float, most: int = 400) -> np.ndarray:
    if dispersion == 1.0:
        return np.ones(1)
    theta = 1.0 - 1.0 / dispersion
    return np.array([theta**k / (k * math.log(dispersion)) for k in range(1, most)])


class Item:
    """One item by definition: the chain of positions, and sums over everything that can happen."""

    def __init__(self, rate: float, years: float, order: float, holding: float, shortage: float, sizes: np.ndarray
                 ) -> None:
        self.order, self.holding, self.shortage, self.sizes = order, holding, shortage, sizes
        self.units = np.arange(1, len(sizes) + 1)
        self.lines = rate / (sizes @ self.units)
        self.pmf = poisson(rate * years, 120) if len(sizes) == 1 else compound(self.lines * years, sizes, 60)
        self.mean = rate * years
        self.known: dict[int, tuple[np.ndarray, float]] = {}
        self.given = (rate * YEARLY, years / YEARLY, order, holding, shortage)

    def positions(self, lot: int) -> tuple[np.ndarray, float]:
        """Return the long-run chances of the positions above the reorder point, and of an order, per line."""
        if lot in self.known:
            return self.known[lot]
        moves, orders = np.zeros((lot, lot)), np.zeros(lot)
        for at in range(1, lot + 1):
            for units, chance in zip(self.units, self.sizes, strict=True):
                after = at - units
                orders[at - 1] += chance * (after <= 0)
                moves[at - 1, (after - 1) % lot] += chance
        steady = np.linalg.lstsq(np.vstack([moves.T - np.eye(lot), np.ones(lot)]), np.append(np.zeros(lot), 1.0),
                                 rcond=None)[0]
        return self.known.setdefault(lot, (steady, float(steady @ orders)))

    def cost(self, reorder: int, lot: int) -> float:
        steady, ordering = self.positions(lot)
        total = self.order * self.lines * ordering
        for above, chance in enumerate(steady, start=1):
            held = on_hand(self.pmf, reorder + above)
            total += chance * (self.holding * held + self.shortage * (held - reorder - above + self.mean))
        return total


ITEMS = [
    (Item(1.5, 2.0, 100, 20, 150, np.ones(1)), {}),
    (Item(0.2, 0.3, 30, 5, 400, np.ones(1)), {}),
    (Item(6.0, 0.5, 3, 9, 12, np.ones(1)), {}),
    (Item(4.0, 0.0, 25, 9, 30, np.ones(1)), {}),
    (Item(2.0, 1.5, 60, 10, 90, line_sizes(2.5, 60)), {"dispersion": 2.5}),
    (Item(5.0, 0.4, 8, 10, 90, np.array([0.6, 0.0, 0.1, 0.3])), {"sizes": [0.6, 0.0, 0.1, 0.3]}),
    (Item(8.0, 0.5, 20, 3, 60, np.array([0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.8])), {"sizes": [0.2, 0, 0, 0, 0, 0, 0.8]}),
]


@pytest.mark.parametrize(("minimum", "multiple"), [(1, 1), (4, 1), (1, 3), (5, 4)])
@pytest.mark.parametrize(("item", "demand"), ITEMS)
def test_no_lot_allowed_costs_less(item: Item, demand: dict, minimum: int, multiple: int) -> None:
    found = best_lots(*item.given, **demand, minimum=minimum, multiple=multiple)
    allowed = [lot for lot in range(1, 26) if lot >= minimum and lot % multiple == 0]
    costs = {(reorder, lot): item.cost(reorder, lot) for lot in allowed for reorder in range(-6, 15)}
    best = min(costs, key=lambda policy: costs[policy])
    assert (found.reorder[0], found.lot[0]) == best
    assert found.cost[0] == pytest.approx(costs[best], rel=1e-9)


@pytest.mark.parametrize(("item", "demand"), ITEMS[4:])
@pytest.mark.parametrize("lot", [1, 3, 5, 12])
def test_positions_are_uniform_and_orders_as_frequent_as_said(item: Item, demand: dict, lot: int) -> None:
    steady, ordering = item.positions(lot)
    np.testing.assert_allclose(steady, 1 / lot, rtol=1e-9)
    assert lots_measured(2, lot, *item.given, **demand).orders[0] == pytest.approx(item.lines * ordering, rel=1e-9)


@pytest.mark.parametrize(("item", "demand"), ITEMS)
@pytest.mark.parametrize(("reorder", "lot"), [(-4, 2), (-1, 1), (0, 6), (4, 3)])
def test_measures_are_what_the_shelf_sees(item: Item, demand: dict, reorder: int, lot: int) -> None:
    said = lots_measured(reorder, lot, *item.given, **demand)
    held = owed = ready = served = 0.0
    for position in range(reorder + 1, reorder + lot + 1):
        for asked, chance in enumerate(item.pmf):
            stock = position - asked
            held += chance * max(stock, 0) / lot
            owed += chance * max(-stock, 0) / lot
            ready += chance * (stock > 0) / lot
            served += chance * np.minimum(max(stock, 0), item.units) @ item.sizes / lot
    expected = [held, owed, ready, served / (item.sizes @ item.units)]
    found = [said.on_hand[0], said.backorders[0], said.ready[0], said.filled[0]]
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-11)
    assert said.cost[0] == pytest.approx(item.cost(reorder, lot), rel=1e-9)


def test_many_items_get_what_each_gets_alone() -> None:
    rng = np.random.default_rng(3)
    rows = [rng.lognormal(-4, 1.5, 40), rng.uniform(0, 120, 40), rng.lognormal(3, 1, 40), rng.lognormal(1, 1, 40),
            rng.lognormal(4, 1, 40)]
    more = {"dispersion": 1 + rng.exponential(1, 40), "minimum": rng.integers(1, 9, 40),
            "multiple": rng.integers(1, 4, 40)}
    together = best_lots(*rows, **more)
    for i in range(40):
        alone = best_lots(*(row[i] for row in rows), **{name: values[i] for name, values in more.items()})
        assert all(getattr(alone, name)[0] == getattr(together, name)[i] for name in Lots.__dataclass_fields__)
    assert (together.lot >= more["minimum"]).all()
    assert (together.lot % more["multiple"] == 0).all()


def test_each_item_may_have_its_own_line_sizes() -> None:
    both = best_lots([0.01, 0.01], 30, 50, 4, 60, sizes=[[1.0, 0.0], [0.0, 1.0]])
    assert both.lot[0] == best_lots(0.01, 30, 50, 4, 60).lot[0]
    assert both.cost[1] == best_lots(0.01, 30, 50, 4, 60, sizes=[0.0, 1.0]).cost[0]


def test_an_item_nobody_asks_for_is_not_held() -> None:
    found = best_lots(0, 30, 50, 4, 60, minimum=7, multiple=5)
    assert (found.reorder[0], found.lot[0]) == (-1, 10)
    assert [found.cost[0], found.orders[0], found.on_hand[0], found.backorders[0], found.ready[0]] == [0] * 5


def test_what_nobody_asks_for_stays_where_it_is() -> None:
    found = lots_measured(3, 5, 0, 30, 50, 4, 60)
    assert (found.on_hand[0], found.cost[0], found.orders[0], found.ready[0]) == (6, 24, 0, 1)


def test_no_items_get_no_lots() -> None:
    assert best_lots([], [], 50, 4, 60).lot.shape == (0,)


def test_an_item_free_to_hold_is_ordered_for_a_year_and_never_short() -> None:
    found = best_lots(0.02, 30, 50, 0, 60, multiple=5)
    assert found.lot[0] == 10
    assert found.backorders[0] < 1e-12
    assert found.orders[0] == pytest.approx(0.02 * DAYS_PER_YEAR / 10)
    assert best_lots(0.02, 30, 0, 0, 0, minimum=3).lot[0] == 3


def test_without_lead_time_nothing_is_owed_for_long() -> None:
    found = best_lots(0.5, 0, 10, 2, 2000)
    assert found.reorder[0] == -1
    assert found.backorders[0] == 0
    assert found.on_hand[0] == (found.lot[0] - 1) / 2


def test_free_orders_are_for_one() -> None:
    assert best_lots(0.5, 20, 0, 2, 30).lot[0] == 1


def test_a_wanted_ready_rate_is_met_to_within_a_unit() -> None:
    wanted = np.array([0.8, 0.95, 0.99])
    found = best_lots(0.4, 25, 40, 3, 3 * wanted / (1 - wanted))
    more = lots_measured(found.reorder + 1, found.lot, 0.4, 25, 40, 3, 3)
    less = lots_measured(found.reorder - 1, found.lot, 0.4, 25, 40, 3, 3)
    assert ((less.ready < wanted) & (wanted < more.ready)).all()


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        ((-1, 1, 1, 1, 1), {}, "0 or more"),
        ((1, math.nan, 1, 1, 1), {}, "finite"),
        (([1, 2], [1, 2, 3], 1, 1, 1), {}, "one per item"),
        ((1, 1, 1, 1, 0), {}, "ready rate"),
        ((1, 1, 1, 1, 1), {"minimum": 0}, "whole minimum of 1 or more"),
        ((1, 1, 1, 1, 1), {"multiple": 2.5}, "whole multiple"),
        ((1, [1, 2, 3], 1, 1, 1), {"minimum": [1, 2]}, "one per item"),
        ((1e6, 100, 1, 1, 1), {}, "larger units"),
        ((1, 1, 1, 1, 1), {"dispersion": 1e6}, "larger units"),
        ((1, 1, 1, 1, 1), {"minimum": 1e9}, "whole minimum"),
        ((1, 1, 1, 1, 1), {"minimum": math.inf}, "whole minimum"),
        (([[1, 2]], 1, 1, 1, 1), {}, "one per item"),
        ((1, 1, 1, 1, 1), {"sizes": [0.5, 0.4]}, "sum to 1"),
        ((1, 1, 1, 1, 1), {"sizes": [[1.0], [1.0]]}, "row per item"),
        ((1, 1, 1, 1, 1), {"sizes": [1.0], "dispersion": 2}, "not both"),
    ],
)
def test_wrong_questions_are_told(arguments: tuple, options: dict, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        best_lots(*arguments, **options)
