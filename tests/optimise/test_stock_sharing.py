"""Who gets the last unit: every rule against enumeration by formulas of its own, what is told, what is refused."""

from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.core.errors import Unsupported
from arbitre.optimise._stock.pools import StockPools
from tests.optimise.stock_cases import at_promised_date, shared_network, tiny_network
from tests.optimise.test_stock import depot_and_local, solve

RULES = ["first_come", "promised_date", "critical_levels", "dedicated"]
YEAR = 365.25


def one_site(**more: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """A pump, 30 days to replace, asked for at once by some and within ten days by others; and a seal."""
    return depot_and_local(**{
        "sites": [{"site": "hub", "supplier": None}],
        "lanes": [{"from_site": "hub", "to_site": "hub", "duration": 2.0}],
        "items": [{"item": "pump", "price": 100.0, "lead_time": 30.0, "emergency_cost": 15.0},
                  {"item": "seal", "price": 1.0, "lead_time": 10.0, "emergency_cost": 2.0}],
        "demand": [
            {"item": "pump", "site": "hub", "segment": "big", "offer": "fast", "rate": 12.0, "transit": 4.0},
            {"item": "pump", "site": "hub", "segment": "small", "offer": "slow", "rate": 30.0, "transit": 0.0},
            {"item": "seal", "site": "hub", "segment": "small", "offer": "fast", "rate": 50.0, "transit": 0.0},
        ],
        "stocks": [{"site": "hub", "item": "pump", "level": 9}, {"site": "hub", "item": "seal", "level": 4}],
        **more,
    })


def only_the_pump() -> dict[str, list[dict[str, Any]]]:
    rows = one_site()
    for name in ("items", "demand", "stocks"):
        rows[name] = [row for row in rows[name] if row["item"] == "pump"]
    return rows


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_keeps_the_promises_and_leaves_today_as_it_is(rule: str) -> None:
    result, shared = solve(one_site(), sharing=rule), solve(one_site())
    worth, levels, received = (result.tables[name] for name in ("promise_worth", "stock_levels", "stock_received"))
    assert result.summary["sharing"] == rule
    assert (worth["kept_after"] >= worth["target_share"]).all()
    assert result.summary["bound"] <= result.summary["value"]
    assert levels["capital_after"].sum() == pytest.approx(result.summary["capital_after"])
    assert levels["capital_before"].sum() == pytest.approx(shared.summary["capital_before"])
    assert levels["before"].sum() == 13
    told = received.sort(pl.all().exclude("kept_after", "change"))["kept_before"].to_list()
    expected = shared.tables["stock_received"].sort(pl.all().exclude("kept_after", "change"))
    assert told == expected["kept_before"].to_list()
    moves = result.tables["stock_moves"]
    assert moves["capital_change"].sum() == pytest.approx(
        ((levels["level"] - levels["before"]) * levels["price"]).sum())
    assert moves.select("item", "site").is_unique().all()


@pytest.mark.parametrize("rule", RULES)
def test_without_stocks_every_rule_is_compared_with_the_rule_of_thumb(rule: str) -> None:
    rows = one_site()
    del rows["stocks"]
    result, shared = solve(rows, sharing=rule), solve(rows)
    assert result.summary["capital_before"] == pytest.approx(shared.summary["capital_before"])
    levels = result.tables["stock_levels"]
    assert levels["before"].sum() == shared.tables["stock_levels"]["before"].sum() > 0


def poisson(mean: float, up_to: int) -> np.ndarray:
    return np.exp(-mean) * np.cumprod(np.concatenate([[1.0], mean / np.arange(1, up_to)]))


def ready(mean: float, level: int) -> float:
    return float(poisson(mean, 60)[:level].sum())


def on_hand(mean: float, level: int) -> float:
    return float((poisson(mean, 60)[:level] * (level - np.arange(level))).sum())


FAST, SLOW = 12.0 / YEAR, 30.0 / YEAR
LEFT = [30.0, 30.0 - 10.0]
"""Days that the windows leave of the lead time: 4 h less 4 h on the way, and ten days."""


def rationed(level: int, refused_at: int) -> tuple[float, float, float]:
    """Cost and shares of one policy: the chain of units on the shelf, solved as a linear system."""
    flow = np.zeros((level + 1, level + 1))
    for shelf in range(level + 1):
        if shelf > 0:
            flow[shelf, shelf - 1] = FAST + (SLOW if shelf > refused_at else 0.0)
        if shelf < level:
            flow[shelf, shelf + 1] = (level - shelf) / 30.0
    balance = flow.T - np.diag(flow.sum(axis=1))
    law = np.linalg.lstsq(np.vstack([balance, np.ones(level + 1)]), np.append(np.zeros(level + 1), 1.0), rcond=None)[0]
    fast, slow = law[1:].sum(), law[refused_at + 1:].sum()
    emergencies = 15.0 * YEAR * (FAST * (1 - fast) + SLOW * (1 - slow))
    return 25.0 * float(law @ np.arange(level + 1)) + emergencies, fast, slow


def every_plan(rule: str) -> list[tuple[float, float, float]]:
    """Cost a year and the two kept shares of every plan for the pump, by formulas that share no code with ours."""
    if rule == "critical_levels":
        return [rationed(level, kept) for level in range(14) for kept in range(level + 1)]
    if rule == "dedicated":
        return [(25 * (on_hand(FAST * 30, fast) + on_hand(SLOW * 30, slow)), ready(FAST * 30, fast),
                 ready(SLOW * 20, slow)) for fast, slow in product(range(12), repeat=2)]
    if rule == "promised_date":
        load = FAST * LEFT[0] + SLOW * LEFT[1]
        return [(25 * on_hand(load, level), ready(load, level), ready(load, level)) for level in range(16)]
    whole = FAST + SLOW
    return [(25 * on_hand(whole * 30, level), ready(whole * LEFT[0], level), ready(whole * LEFT[1], level))
            for level in range(16)]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("targets", [(0.9, 0.8), (0.97, 0.7), (0.6, 0.95)])
def test_every_rule_equals_enumeration(rule: str, targets: tuple[float, float]) -> None:
    rows = only_the_pump()
    for promise, target in zip(rows["promises"], targets, strict=True):
        promise["target_share"] = target
    best = min(cost for cost, *kept in every_plan(rule) if all(np.array(kept) >= targets))
    result = solve(rows, sharing=rule)
    assert result.summary["value"] == pytest.approx(best, rel=1e-6)
    assert result.summary["bound"] <= best * (1 + 1e-9)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.floats(0.3, 0.99), st.floats(0.5, 40.0))
def test_at_the_promised_date_one_share_for_all_never_needs_a_higher_level(
    seed: int, share: float, longest: float
) -> None:
    """Where the least kept class decides, the units that wait for their date are there for who is due before."""
    network = shared_network(3, windows=(0.0, longest / 3, longest), seed=seed)
    first, dated = StockPools(network), StockPools(at_promised_date(network))

    def least(pools: StockPools) -> np.ndarray:
        levels = np.zeros(3, np.int64)
        while True:
            kept = pools.evaluate(levels).kept / network.flow_rate
            short = np.array([kept[pools.flow_pool == pool].min() < share for pool in range(3)])
            if not short.any():
                return levels
            levels += short

    assert (least(dated) <= least(first)).all()


def test_at_the_promised_date_the_same_levels_lie_longer_on_the_shelf() -> None:
    """So with few units, where no level can be spared, keeping them for their date costs more: it is not free."""
    rows = only_the_pump()
    rows["promises"][0]["target_share"], rows["promises"][1]["target_share"] = 0.53, 0.3
    first, dated = solve(rows), solve(rows, sharing="promised_date")
    assert dated.tables["stock_levels"]["level"].to_list() == first.tables["stock_levels"]["level"].to_list()
    assert dated.summary["value"] > first.summary["value"]


def test_demand_judged_twice_is_taken_on_the_first_date_promised() -> None:
    """A second, longer promise on the same demand changes nothing for anybody, and is kept at least as well."""
    rows = only_the_pump()
    rows["promises"].append({"promise": "p3", "offer": "slow", "window": 480.0, "target_share": 0.5})
    twice, once = solve(rows, sharing="promised_date"), solve(only_the_pump(), sharing="promised_date")
    assert twice.summary["value"] == pytest.approx(once.summary["value"])
    kept = dict(twice.tables["promise_worth"].select("promise", "kept_after").iter_rows())
    assert kept["p3"] > kept["p2"] == pytest.approx(kept["p1"])


def test_a_stock_for_each_class_says_for_whom_and_releases_what_is_shared_today() -> None:
    result = solve(depot_and_local(), sharing="dedicated")
    levels = result.tables["stock_levels"]
    pump = levels.filter(pl.col("item") == "pump").select("site", "kept_for", "before", "level")
    assert pump.rows()[0] == ("hub", None, 9, 0)
    assert pump["kept_for"].to_list() == [None, "big / fast", "small / slow", None, "big / fast"]
    assert (levels.filter(pl.col("kept_for").is_null())["level"] == 0).all()
    assert (levels.filter(pl.col("kept_for").is_not_null())["before"] == 0).all()
    moves = result.tables["stock_moves"]
    assert set(moves["reason"]) == {"kept_apart"}
    assert moves.height == 4


def test_with_one_class_of_demand_a_stock_of_its_own_is_the_shared_one() -> None:
    rows = one_site(demand=[{"item": "pump", "site": "hub", "rate": 12.0}], stocks=[
        {"site": "hub", "item": "pump", "level": 9}, {"site": "hub", "item": "seal", "level": 4}],
        promises=[{"promise": "all", "window": 4.0, "target_share": 0.9}])
    shared, apart = solve(rows), solve(rows, sharing="dedicated")
    assert apart.summary["value"] == pytest.approx(shared.summary["value"])
    assert apart.tables["stock_levels"].drop("sharing").equals(shared.tables["stock_levels"].drop("sharing"))


@pytest.mark.parametrize("seed", range(10))
def test_a_network_split_by_class_holds_each_class_as_if_it_were_alone(seed: int) -> None:
    network = tiny_network(seed)
    split, old_pool, old_place = network.split(network.flow_class)
    rng = np.random.default_rng(seed)
    levels = np.append(split.depot_lot - 1, np.zeros(split.places, np.int64)) + rng.integers(
        0, 4, split.pools + split.places)
    kept = StockPools(split, 2).evaluate(levels).kept
    order = np.lexsort((network.flow_class, network.flow_pool))
    for group in range(2):
        alone = network.flow_rate * (network.flow_class == group)
        only = type(network)(**{**vars(network), "flow_rate": alone, "flow_volume": alone})
        mine = np.array([split.flow_class[split.flow_pool == pool][0] == group for pool in range(split.pools)])
        here = np.append(only.depot_lot - 1, np.zeros(only.places, np.int64))
        here[old_pool[mine]] = levels[: split.pools][mine]
        here[only.pools + old_place[mine[split.place_pool]]] = levels[split.pools:][mine[split.place_pool]]
        expected = StockPools(only, 2).evaluate(here).kept[order]
        asked = network.flow_class[order] == group
        np.testing.assert_allclose(kept[asked], expected[asked], rtol=1e-12)


def test_units_are_kept_back_from_who_matters_less_and_what_that_costs_is_told() -> None:
    rows = only_the_pump()
    rows["promises"][0]["target_share"], rows["promises"][1]["target_share"] = 0.99, 0.6
    rows["items"][0]["emergency_cost"] = 1.0
    result = solve(rows, sharing="critical_levels")
    reserved = result.tables["stock_reserved"].sort("segment")
    assert reserved["segment"].to_list() == ["big", "small"]
    assert reserved["reserved"][0] == 0 < reserved["reserved"][1]
    level = result.tables["stock_levels"]["level"][0]
    _, fast, slow = rationed(level, reserved["reserved"][1])
    np.testing.assert_allclose(reserved["served_share"], [fast, slow], rtol=1e-9)
    np.testing.assert_allclose(reserved["flown_in"], [12 * (1 - fast), 30 * (1 - slow)], rtol=1e-9)
    assert result.summary["emergency_cost"] == pytest.approx(reserved["flown_in"].sum())
    assert result.tables["stock_levels"].height == 1


def test_who_can_wait_for_a_unit_has_nothing_kept_back() -> None:
    rows = only_the_pump()
    rows["promises"][1]["window"] = 24.0 * 30
    result = solve(rows, sharing="critical_levels")
    assert result.tables["stock_reserved"]["segment"].to_list() == ["big"]
    kept = dict(result.tables["promise_worth"].select("promise", "kept_after").iter_rows())
    assert kept["p2"] == pytest.approx(1.0)


def test_what_critical_levels_take_as_simpler_than_it_is_is_counted() -> None:
    rows = one_site()
    rows["items"][0]["lot"], rows["items"][1]["lot"] = 4, 1
    assert solve(rows, sharing="critical_levels").summary["simplified"] == 1
    for row, dispersion in zip(rows["demand"], [1.0, 1.0, 2.0], strict=True):
        row["dispersion"] = dispersion
    assert solve(rows, sharing="critical_levels").summary["simplified"] == 2


def test_critical_levels_over_two_echelons_are_refused_by_name() -> None:
    with pytest.raises(Unsupported, match=r"one site, and shop are resupplied .* Share by promised_date"):
        solve(depot_and_local(), sharing="critical_levels", emergency_share=0.1)


def test_an_emergency_without_a_cost_is_refused_by_name() -> None:
    rows = one_site()
    del rows["items"][1]["emergency_cost"]
    with pytest.raises(Unsupported, match=r"what that costs for seal\. Fill items\.emergency_cost, or give"):
        solve(rows, sharing="critical_levels")
    given_share = solve(rows, sharing="critical_levels", emergency_share=2.0)
    assert given_share.summary["value"] == pytest.approx(solve(one_site(), sharing="critical_levels").summary["value"])
    rows["demand"] = rows["demand"][:2]
    assert solve(rows, sharing="critical_levels").status
