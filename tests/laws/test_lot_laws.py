"""Laws that lots obey whatever the numbers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.maths.stock.lots import best_lots, lots_measured

law = settings(derandomize=True, deadline=None, max_examples=60)
seeds = st.integers(0, 10_000)
LINE_SIZES = [0.5, 0.0, 0.2, 0.0, 0.0, 0.3]


def some_item(seed: int) -> tuple[tuple[float, ...], dict]:
    """Rate, lead time and costs of an item, and how irregular its demand is."""
    rng = np.random.default_rng(seed)
    costs = rng.lognormal(3, 1.5), rng.lognormal(1, 1.5), rng.lognormal(4, 1.5)
    demand = [{}, {"dispersion": 1 + rng.exponential(2)}, {"sizes": LINE_SIZES}][seed % 3]
    return (rng.lognormal(-4, 1.5), rng.uniform(0, 200), *costs), demand


@law
@given(seeds, st.integers(1, 30))
def test_cost_is_convex_in_the_reorder_point_and_readiness_rises_with_it(seed: int, lot: int) -> None:
    item, demand = some_item(seed)
    middle = int(best_lots(*item, **demand).reorder[0])
    found = lots_measured(np.arange(middle - 40, middle + 40), lot, *item, **demand)
    assert (np.diff(found.cost, n=2) >= -1e-9 * found.cost.max()).all()
    for rising in (found.ready, found.filled, found.on_hand, -found.backorders):
        assert (np.diff(rising) >= -1e-9 * max(abs(rising).max(), 1.0)).all()
    assert ((found.ready >= -1e-12) & (found.ready <= 1 + 1e-12)).all()
    np.testing.assert_allclose(found.orders, found.orders[0])


@law
@given(seeds, st.integers(1, 9), st.integers(1, 4))
def test_no_neighbour_allowed_costs_less(seed: int, minimum: int, multiple: int) -> None:
    item, demand = some_item(seed)
    best = best_lots(*item, **demand, minimum=minimum, multiple=multiple)
    reorder, lot = int(best.reorder[0]), int(best.lot[0])
    near = [(r, q) for r in (reorder - 1, reorder, reorder + 1) for q in (lot - multiple, lot, lot + multiple)
            if q >= minimum]
    others = lots_measured([r for r, _ in near], [q for _, q in near], *item, **demand)
    assert lot >= minimum
    assert lot % multiple == 0
    assert best.cost[0] <= others.cost.min() * (1 + 1e-9)


@law
@given(seeds, st.integers(2, 40), st.integers(2, 9))
def test_a_supplier_who_allows_less_never_makes_it_cheaper(seed: int, minimum: int, multiple: int) -> None:
    item, demand = some_item(seed)
    free, least, both = (
        best_lots(*item, **demand, minimum=asked, multiple=step).cost[0]
        for asked, step in ((1, 1), (minimum, 1), (minimum, multiple))
    )
    assert free <= least * (1 + 1e-12)
    assert least <= both * (1 + 1e-12)


@law
@given(seeds, st.sampled_from([2.0**-10, 2.0, 64.0]), st.sampled_from([2.0**-8, 4.0]))
def test_neither_unit_of_time_nor_currency_matters(seed: int, time: float, money: float) -> None:
    """Powers of two leave every digit as it was."""
    (rate, lead_time, *costs), demand = some_item(seed)
    order, holding, shortage = costs
    plain = best_lots(rate, lead_time, order, holding, shortage, **demand)
    other = best_lots(
        rate / time, lead_time * time, order * money, holding * money / time, shortage * money / time, **demand)
    assert (plain.reorder, plain.lot) == (other.reorder, other.lot)
    np.testing.assert_allclose(other.cost, plain.cost * money / time, rtol=1e-12)
    np.testing.assert_allclose([other.ready, other.on_hand], [plain.ready, plain.on_hand], rtol=1e-12)


@law
@given(seeds, st.floats(1.01, 5))
def test_dearer_orders_never_cost_less(seed: int, dearer: float) -> None:
    (rate, lead_time, order, *costs), demand = some_item(seed)
    plain, other = (best_lots(rate, lead_time, cost, *costs, **demand) for cost in (order, order * dearer))
    assert plain.cost[0] <= other.cost[0]
    assert other.orders[0] <= plain.orders[0] * (1 + 1e-9)


@law
@given(seeds)
def test_units_in_and_out_balance(seed: int) -> None:
    """On hand less owed is the mean position less the demand over the lead time."""
    item, demand = some_item(seed)
    found = best_lots(*item, **demand)
    position = found.reorder[0] + (found.lot[0] + 1) / 2
    np.testing.assert_allclose(found.on_hand - found.backorders, position - item[0] * item[1], atol=1e-8)
