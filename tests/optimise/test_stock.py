"""`optimise.stock` on chains small enough to see through: from rows to levels, shares, worths and reasons."""

from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.capability import Result, silent
from arbitre.core.errors import Unreachable, Unsupported
from arbitre.maths.stock.inventory import stock_measures
from arbitre.optimise import stock
from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.settings import Settings


def chain(**rows: list[dict[str, Any]]) -> Chain:
    tables = {name: shaped(INPUTS[name], pl.DataFrame(given, infer_schema_length=None)) for name, given in rows.items()}
    return Chain(Settings(name="tiny"), tables)


def depot_and_local(**more: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {
        "sites": [{"site": "hub", "supplier": None}, {"site": "shop", "supplier": "hub"}],
        "lanes": [{"from_site": "hub", "to_site": "shop", "duration": 24.0}],
        "items": [{"item": "pump", "price": 100.0, "lead_time": 30.0},
                  {"item": "seal", "price": 1.0, "lead_time": 10.0}],
        "segments": [{"segment": "big"}, {"segment": "small"}],
        "offers": [{"offer": "fast"}, {"offer": "slow"}],
        "promises": [{"promise": "p1", "offer": "fast", "window": 4.0, "target_share": 0.9},
                     {"promise": "p2", "offer": "slow", "window": 240.0, "target_share": 0.8}],
        "demand": [
            {"item": "pump", "site": "shop", "segment": "big", "offer": "fast", "rate": 12.0, "transit": 2.0},
            {"item": "pump", "site": "hub", "segment": "small", "offer": "slow", "rate": 20.0, "transit": 20.0},
            {"item": "seal", "site": "shop", "segment": "small", "offer": "fast", "rate": 50.0, "transit": 2.0},
        ],
        "stocks": [{"site": "shop", "item": "pump", "level": 3}, {"site": "hub", "item": "pump", "level": 9},
                   {"site": "shop", "item": "seal", "level": 9}, {"site": "hub", "item": "seal", "level": 9}],
        **more,
    }


def solve(rows: dict[str, list[dict[str, Any]]], **params: Any) -> Result:
    return stock.run(chain(**rows), stock.Params(**params), 1, silent)


def test_every_promise_is_kept_and_the_books_agree() -> None:
    result = solve(depot_and_local())
    worth, levels = result.tables["promise_worth"], result.tables["stock_levels"]
    assert (worth["kept_after"] >= worth["target_share"]).all()
    assert result.summary["bound"] <= result.summary["value"]
    assert levels["capital_after"].sum() == pytest.approx(result.summary["capital_after"])
    assert result.summary["value"] == pytest.approx(0.25 * result.summary["capital_after"])
    assert levels.height == 4


def test_one_item_one_site_equals_enumeration() -> None:
    rows = depot_and_local(
        sites=[{"site": "hub", "supplier": None}], lanes=[{"from_site": "hub", "to_site": "hub", "duration": 1.0}],
        demand=[{"item": "pump", "site": "hub", "segment": "big", "offer": "fast", "rate": 24.35},
                {"item": "seal", "site": "hub", "segment": "big", "offer": "fast", "rate": 73.05}],
        stocks=[{"site": "hub", "item": "pump", "level": 1}])
    result = solve(rows)

    def poisson(mean: float) -> np.ndarray:
        return np.exp(-mean) * np.cumprod(np.concatenate([[1.0], mean / np.arange(1, 40)]))

    def ready(mean: float, level: int) -> float:
        return float(poisson(mean)[:level].sum())

    def on_hand(mean: float, level: int) -> float:
        return float((poisson(mean)[:level] * (level - np.arange(level))).sum())

    window = 4 / 24
    means = [24.35 / 365.25 * (30 - window), 73.05 / 365.25 * (10 - window)]
    full = [24.35 / 365.25 * 30, 73.05 / 365.25 * 10]
    best = min(
        25 * on_hand(full[0], pump) + 0.25 * on_hand(full[1], seal)
        for pump, seal in product(range(12), range(16))
        if 24.35 * ready(means[0], pump) + 73.05 * ready(means[1], seal) >= 0.9 * 97.4
    )
    assert result.summary["value"] == pytest.approx(best)
    assert result.summary["bound"] <= best * (1 + 1e-12)


def test_an_empty_target_means_no_worse_than_today() -> None:
    rows = depot_and_local()
    rows["promises"][0]["target_share"] = None
    worth = solve(rows).tables["promise_worth"].filter(pl.col("promise") == "p1")
    assert worth["target_share"][0] == pytest.approx(worth["kept_before"][0])
    assert worth["kept_after"][0] >= worth["kept_before"][0]
    del rows["stocks"]
    with pytest.raises(Unsupported, match="no worse than today"):
        solve(rows)


def test_more_units_on_their_way_than_levels_can_be_gone_through_are_refused() -> None:
    rows = depot_and_local()
    rows["demand"] = [{**row, "rate": 1e9} for row in rows["demand"]]
    with pytest.raises(Unsupported, match=r"Of item .* count the item in larger units"):
        solve(rows)


def test_by_segment_holds_each_promise_for_every_segment() -> None:
    worth = solve(depot_and_local(), by="segment").tables["promise_worth"]
    assert worth.filter(pl.col("promise") == "p1")["segment"].to_list() == ["big", "small"]
    assert (worth["kept_after"] >= worth["target_share"]).all()


def test_floors_are_targets_too() -> None:
    result = solve(depot_and_local(), floor_share=0.85, item_floor_share=0.88)
    worth = result.tables["promise_worth"]
    assert set(worth.filter(pl.col("promise") == "floor")["item_class"].drop_nulls()) == {"1", "3"}
    assert (worth["kept_after"] >= worth["target_share"]).all()
    received = result.tables["stock_received"]
    assert (received.filter(pl.col("item_class").is_not_null())["kept_after"] >= 0.88).all()


def test_a_promise_that_transport_alone_breaks_is_named() -> None:
    rows = depot_and_local()
    rows["demand"][0]["transit"] = rows["demand"][2]["transit"] = 5.0
    with pytest.raises(Unreachable, match=r"p1 to fast asks 90.0% within 4 h, .* at most 0.0%"):
        solve(rows)


def test_a_part_nobody_asks_for_is_released_and_the_reason_told() -> None:
    rows = depot_and_local()
    rows["items"].append({"item": "relic", "price": 500.0, "lead_time": 30.0})
    rows["stocks"].append({"site": "shop", "item": "relic", "level": 2})
    moves = solve(rows).tables["stock_moves"]
    relic = moves.filter((pl.col("item") == "relic") & (pl.col("site") == "shop"))
    assert relic.select("before", "level", "capital_change", "reason").row(0) == (2, 0, -1000.0, "no_demand")


def test_free_parts_and_parts_at_once_have_an_answer() -> None:
    rows = depot_and_local()
    rows["items"][1] |= {"price": 0.0}
    rows["items"][0] |= {"lead_time": 0.0}
    worth = solve(rows).tables["promise_worth"]
    assert (worth["kept_after"] >= worth["target_share"]).all()


def test_two_windows_on_one_demand_are_judged_apart_and_queue_once() -> None:
    rows = depot_and_local()
    rows["promises"].append({"promise": "p3", "offer": "fast", "window": 48.0, "target_share": 0.97})
    worth = solve(rows).tables["promise_worth"]
    assert (worth["kept_after"] >= worth["target_share"]).all()
    short, long = (worth.filter(pl.col("promise") == name) for name in ("p1", "p3"))
    assert short["demand"][0] == long["demand"][0]
    assert long["kept_before"][0] >= short["kept_before"][0]


@settings(max_examples=15, deadline=None, derandomize=True)
@given(order=st.randoms(use_true_random=False), factor=st.sampled_from([0.25, 1.0, 1024.0]))
def test_row_order_and_currency_change_nothing(order: Any, factor: float) -> None:
    """A power of two changes no digit of a float, so the search itself must take the same steps."""
    base = solve(depot_and_local())
    rows = depot_and_local()
    for table in rows.values():
        order.shuffle(table)
    for item in rows["items"]:
        item["price"] *= factor
    other = solve(rows)
    assert other.tables["stock_levels"]["level"].to_list() == base.tables["stock_levels"]["level"].to_list()
    assert other.summary["bound"] == pytest.approx(factor * base.summary["bound"], rel=1e-9)


def test_a_change_that_costs_more_than_it_saves_is_left() -> None:
    free, dear = solve(depot_and_local()), solve(depot_and_local(), change_cost=5.0)
    moves = [result.tables["stock_moves"].height for result in (free, dear)]
    assert moves[1] < moves[0]
    assert (dear.tables["promise_worth"]["kept_after"] >= dear.tables["promise_worth"]["target_share"]).all()
    assert dear.summary["value"] == pytest.approx(0.25 * dear.summary["capital_after"] + 5.0 * moves[1])


def test_a_forecast_replaces_the_rate_and_the_dispersion_that_were_measured() -> None:
    rows = depot_and_local()
    twice = [{**row, "rate": 2 * row["rate"], "dispersion": 1.5} for row in rows["demand"]]
    forecast = [{"item": row["item"], "site": row["site"], "rate": row["rate"], "dispersion": 1.5} for row in twice]
    foreseen = chain(**rows).with_(forecasts=shaped(RESULTS["forecasts"], pl.DataFrame(forecast)))
    result = stock.run(foreseen, stock.Params(), 1, silent)
    expected = solve({**rows, "demand": twice})
    assert result.tables["stock_levels"].equals(expected.tables["stock_levels"])


def test_an_order_for_several_units_needs_more_than_as_many_orders_for_one() -> None:
    rows = depot_and_local()
    lumps = [{**row, "size": 3, "dispersion": 3.0} for row in rows["demand"]]
    single = [{**row, "size": 1, "dispersion": 3.0} for row in rows["demand"]]
    assert solve({**rows, "demand": lumps}).summary["value"] > solve({**rows, "demand": single}).summary["value"]


def park(machines: int, target: float, **more: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Machines near the hub; each holds two pumps that fail, and a seal inside the pump that does not count."""
    return depot_and_local(**{
        "lanes": [{"from_site": "hub", "to_site": "shop", "duration": 24.0},
                  {"from_site": "hub", "to_site": "hub", "duration": 6.0}],
        "customers": [{"customer": "c", "segment": "big", "site": "hub"}],
        "assets": [{"asset": f"m{number}", "customer": "c", "model": "press"} for number in range(machines)],
        "positions": [{"model": "press", "item": "pump", "quantity": 2.0, "failure_rate": 0.6},
                      {"model": "press", "item": "seal", "parent": "pump", "failure_rate": 9.0}],
        "promises": [{"promise": "up", "measure": "availability", "kind": "intervention", "target_share": target}],
        "demand": [{"item": "pump", "site": "hub", "segment": "big", "rate": 1.2 * machines}],
        "stocks": [{"site": "hub", "item": "pump", "level": 0}],
        **more,
    })


@pytest.mark.parametrize("target", [0.9, 0.98, 0.995])
def test_availability_takes_the_least_stock_that_lets_few_enough_machines_wait(target: float) -> None:
    machines, pipeline = 20, 24.0 * 30 / 365.25
    in_transit = 24.0 * 6 / 8766
    result = solve(park(machines, target))
    level = result.tables["stock_levels"].filter(item="pump", site="hub")["level"].item()
    waiting = [stock_measures(pipeline, pipeline, s)[1] + in_transit for s in range(40)]
    assert level == next(s for s in range(40) if waiting[s] <= machines * (1 - target))
    told = result.tables["promise_worth"].row(0, named=True)
    assert (told["promise"], told["target_share"]) == ("up", target)
    assert told["kept_after"] == pytest.approx(1 - waiting[level] / machines)
    assert told["kept_before"] == pytest.approx(1 - waiting[0] / machines)
    assert result.tables["stock_received"].height == 2  # the demand of pumps, and its price quarter: no machines


def test_availability_without_measured_demand_rests_on_the_failures_themselves() -> None:
    measured = solve(park(20, 0.98)).tables["stock_levels"]["level"].sum()
    other = [{"item": "seal", "site": "hub", "segment": "big", "rate": 0.0}]
    assert solve(park(20, 0.98, demand=other)).tables["stock_levels"]["level"].sum() == measured


def test_availability_that_transport_alone_breaks_is_refused() -> None:
    with pytest.raises(Unreachable, match="always wait for a part on its way"):
        solve(park(20, 0.9999))


def test_where_an_order_costs_the_best_multiple_of_the_lot_is_bought() -> None:
    rows = depot_and_local()
    rows["items"] = [{"item": "pump", "price": 100.0, "lead_time": 30.0, "lot": 1},
                     {"item": "seal", "price": 1.0, "lead_time": 10.0, "lot": 5, "order_cost": 20.0}]
    levels = solve(rows).tables["stock_levels"]
    lots = {(row["item"], row["site"]): row["lot"] for row in levels.iter_rows(named=True)}
    # Economic order quantity: sqrt(2 x 50 x 20 / 0.25) = 89.4 units.
    assert lots["seal", "hub"] % 5 == 0
    assert 80 <= lots["seal", "hub"] <= 100
    assert lots["pump", "hub"] == lots["seal", "shop"] == 1
    seal = levels.row(by_predicate=(pl.col("item") == "seal") & (pl.col("site") == "hub"), named=True)
    assert seal["level"] - seal["reorder_level"] + 1 == lots["seal", "hub"]
