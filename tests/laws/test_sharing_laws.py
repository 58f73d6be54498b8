"""Laws of one stock shared between classes, whatever the numbers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.maths.stock.critical_levels import critical_level_measures
from arbitre.maths.stock.loss import loss_measures
from arbitre.maths.stock.overflow import overflow_measures
from arbitre.maths.stock.promised_date import first_come_share, promised_date_share
from arbitre.optimise._duality import keep_promises
from arbitre.optimise._stock.ration_pools import RationNetwork, RationPools
from tests.optimise.ration_cases import tiny_ration
from tests.optimise.stock_cases import targets_for

law = settings(derandomize=True, deadline=None, max_examples=150)
slow_law = settings(derandomize=True, deadline=None, max_examples=25)
seeds = st.integers(0, 10_000)
classes = st.lists(st.tuples(st.floats(0.01, 8), st.integers(0, 6)), min_size=1, max_size=4)
levels = st.integers(0, 12)


def shares_of(drawn: list[tuple[float, int]], level: int, raised: int | None = None) -> np.ndarray:
    """Share served of each class; one of them, if any, has its critical level raised by one."""
    shares = np.empty(len(drawn))
    critical = np.array([units for _, units in drawn])
    if raised is not None:
        critical[raised] += 1
    critical_level_measures(np.array([load for load, _ in drawn]), critical, level, shares)
    return shares


@law
@given(classes, levels)
def test_a_unit_more_serves_no_class_less(drawn: list[tuple[float, int]], level: int) -> None:
    assert (shares_of(drawn, level + 1) >= shares_of(drawn, level) - 1e-12).all()


@law
@given(classes, levels, st.data())
def test_keeping_more_back_from_a_class_never_helps_it_and_never_hurts_those_above(
    drawn: list[tuple[float, int]], level: int, data: st.DataObject
) -> None:
    k = data.draw(st.integers(0, len(drawn) - 1))
    before, after = shares_of(drawn, level), shares_of(drawn, level, raised=k)
    assert after[k] <= before[k] + 1e-12
    above = np.array([units <= drawn[k][1] and other != k for other, (_, units) in enumerate(drawn)])
    assert (after[above] >= before[above] - 1e-12).all()


@law
@given(classes, levels)
def test_whoever_is_refused_later_is_served_more(drawn: list[tuple[float, int]], level: int) -> None:
    order = np.argsort([units for _, units in drawn], kind="stable")
    assert (np.diff(shares_of(drawn, level)[order]) <= 1e-12).all()


@law
@given(st.floats(0.01, 20), levels)
def test_waiting_serves_less_from_the_shelf_than_going_elsewhere(load: float, level: int) -> None:
    """Who waits keeps a claim on the next unit; who goes elsewhere leaves it to others."""
    ready = first_come_share(np.array([load]), 0.0, 1.0, level)
    assert 1 - loss_measures(load, level)[0] >= ready - 1e-12


@law
@given(st.lists(st.tuples(st.floats(0.01, 3), st.floats(0, 12)), min_size=1, max_size=4), st.floats(0.1, 10), levels)
def test_the_promised_date_serves_the_shortest_window_better_and_the_longest_no_better_than_first_come(
    drawn: list[tuple[float, float]], time: float, level: int
) -> None:
    rates, windows = np.array(drawn).T
    share = promised_date_share(rates, windows, time, level)
    assert first_come_share(rates, windows.min(), time, level) <= share + 1e-12
    assert share <= first_come_share(rates, windows.max(), time, level) + 1e-12


@law
@given(seeds, st.integers(1, 5))
def test_overflow_serves_all_demand_once_and_helps_whoever_asks(seed: int, sites: int) -> None:
    rng = np.random.default_rng(seed)
    rates, times, held = rng.uniform(0.01, 1, sites), rng.uniform(0.1, 4, sites), rng.integers(0, 5, sites)
    asked = np.full((sites, max(sites - 1, 1)), -1)
    for site in range(sites):
        others = rng.permutation(np.delete(np.arange(sites), site))[: rng.integers(0, sites)]
        asked[site, : len(others)] = others
    shares, on_hand = overflow_measures(rates, times, held, asked)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert (shares >= 0).all()
    # What leaves the shelves of a site within a replenishment time is what it waits for.
    taken = rates * shares[:, 0]
    for site, choice in np.argwhere(asked >= 0):
        taken[asked[site, choice]] += rates[site] * shares[site, 1 + choice]
    np.testing.assert_allclose(held - on_hand, taken * times, rtol=1e-6, atol=1e-9)


@slow_law
@given(seeds, st.floats(0.3, 0.99), st.booleans())
def test_no_plan_that_keeps_the_promises_costs_less_than_the_bound(seed: int, share: float, each: bool) -> None:
    pools = RationPools(tiny_ration(seed, pools=5), classes=2)
    targets = targets_for(pools, share, each=each)
    plan = keep_promises(pools, targets)
    volume = np.bincount(pools.flow_class, pools.flow_volume, minlength=2)
    assert plan.bound <= plan.value + 1e-9
    rng = np.random.default_rng(seed)
    for _ in range(20):
        outcome = pools.evaluate(np.maximum(plan.levels + rng.integers(-1, 2, len(plan.levels)), 0))
        kept = np.bincount(pools.flow_class, outcome.kept, minlength=2)
        if (targets.weight @ kept >= targets.share * (targets.weight @ volume)).all():
            assert plan.bound <= outcome.cost.sum() + 1e-9


@slow_law
@given(seeds, st.sampled_from([2.0**-20, 2.0, 1024.0]))
def test_the_currency_does_not_matter(seed: int, money: float) -> None:
    network = tiny_ration(seed, pools=4)
    scaled = RationNetwork(**{**vars(network), "unit_cost": network.unit_cost * money,
                              "emergency_cost": network.emergency_cost * money})
    plain, other = RationPools(network, classes=2), RationPools(scaled, classes=2)
    first, second = keep_promises(plain, targets_for(plain, 0.9)), keep_promises(other, targets_for(other, 0.9))
    np.testing.assert_array_equal(first.levels, second.levels)
    np.testing.assert_allclose(
        [first.value * money, first.bound * money], [second.value, second.bound], rtol=1e-9
    )
