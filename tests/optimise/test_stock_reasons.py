"""Why each level is what it is: units judged one by one, by hand; every reason on a chain where it must be the one."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.optimise._pool import Targets
from arbitre.optimise._stock.pools import StockPools
from arbitre.optimise._stock.reasons import bought
from arbitre.optimise._stock.sharing import Shelves
from tests.optimise.stock_cases import tiny_network
from tests.optimise.test_stock import depot_and_local, park, solve
from tests.optimise.test_stock_sharing import one_site


def shelf_of(pools: StockPools) -> Shelves:
    network = pools.network
    slot = np.where(network.flow_place < 0, pools.flow_pool, network.pools + network.flow_place)
    described = pl.DataFrame({"is_reserve": np.zeros(len(pools.slot_pool), bool)})
    supplier = np.append(np.full(network.pools, -1), network.place_pool)
    return Shelves(pools, described, pools, supplier, slot, network.unit_cost[pools.slot_pool])


@pytest.mark.parametrize("seed", range(12))
def test_all_units_judged_at_once_are_as_judged_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pools = StockPools(tiny_network(seed, pools=4), 2)
    levels = pools.slot_lowest + rng.integers(0, 4, len(pools.slot_pool))
    targets, worth = Targets(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([0.5, 0.5])), rng.uniform(10, 1000, 2)
    found = bought(shelf_of(pools), levels, targets, worth)
    base = pools.evaluate(levels)

    def kept(outcome: Any) -> np.ndarray:
        return targets.weight @ np.bincount(pools.flow_class, outcome.kept, minlength=2)

    for slot in range(len(levels)):
        gains = np.zeros(2)
        for unit, step in ((found.last, -1), (found.next, 1)):
            moved = levels.copy()
            moved[slot] += step
            if moved[slot] < pools.slot_lowest[slot]:
                assert np.isnan([unit.cost[slot], unit.earned[slot], unit.gain[slot]]).all()
                continue
            other = pools.evaluate(moved)
            gain = step * (kept(other) - kept(base))
            gains += gain
            assert unit.cost[slot] == pytest.approx(step * (other.cost - base.cost).sum(), rel=1e-9, abs=1e-9)
            assert unit.earned[slot] == pytest.approx(worth @ gain, rel=1e-6, abs=1e-12)
            if found.target[slot] >= 0:
                assert unit.gain[slot] == pytest.approx(gain[found.target[slot]], rel=1e-6, abs=1e-12)
        if (gains > 1e-12).any():
            assert found.target[slot] == np.argmax(worth * gains)


def reasons(rows: dict[str, list[dict[str, Any]]], **params: Any) -> pl.DataFrame:
    return solve(rows, **params).tables["stock_reasons"]


def reason(table: pl.DataFrame, item: str, site: str) -> str:
    return table.filter(item=item, site=site)["reason"].item()


def test_the_units_of_a_plan_earn_their_cost_and_the_next_would_not() -> None:
    rows = depot_and_local()
    for promise, cost in zip(rows["promises"], (400.0, 90.0), strict=True):
        promise["late_cost"] = cost
    table = reasons(rows, decide="penalties")
    assert table.height == 4
    assert (table["last_earns"].fill_null(np.inf) >= table["last_cost"].fill_null(0.0) * (1 - 1e-9)).all()
    assert (table["next_earns"] <= table["next_cost"] * (1 + 1e-9)).all()
    assert set(table["reason"]) <= {"earns_its_cost", "covers_others", "first_too_dear"}
    assert reason(table, "seal", "hub") in ("covers_others", "first_too_dear")
    pump = table.filter(item="pump", site="shop").row(0, named=True)
    assert pump["promise"] == "p1"
    # Twelve of sixty-two units a year of p1 are pumps at the shop: a share of p1 is worth 62 x 400 a year.
    assert pump["last_earns"] == pytest.approx(pump["last_gain"] * 62 * 400, rel=0.05)


def test_what_a_share_is_worth_links_what_a_unit_earns_to_what_it_adds() -> None:
    result = solve(depot_and_local())
    table, worth = result.tables["stock_reasons"], result.tables["promise_worth"]
    points = dict(zip(worth["promise"], worth["worth"], strict=True))
    shop = table.filter(site="shop")
    assert shop["promise"].to_list() == ["p1", "p1"]
    assert shop["last_earns"].to_list() == pytest.approx((shop["last_gain"] * 100 * points["p1"]).to_list())


def test_demand_that_nothing_is_promised_to_or_that_stock_cannot_reach_says_so() -> None:
    rows = depot_and_local()
    rows["items"] += [{"item": item, "price": 10.0, "lead_time": 30.0} for item in ("asked", "far", "relic", "free")]
    rows["items"][-1]["price"] = 0.0
    rows["demand"] += [
        {"item": "asked", "site": "shop", "segment": "big", "offer": None, "rate": 5.0, "transit": 2.0},
        {"item": "far", "site": "shop", "segment": "big", "offer": "fast", "rate": 1.0, "transit": 5.0},
        {"item": "free", "site": "shop", "segment": "big", "offer": "fast", "rate": 1.0, "transit": 2.0}]
    rows["stocks"].append({"site": "shop", "item": "relic", "level": 2})
    table = reasons(rows)
    assert reason(table, "asked", "shop") == "no_promise"
    assert reason(table, "far", "shop") == "out_of_reach"
    assert reason(table, "relic", "shop") == "no_demand"
    assert reason(table, "free", "shop") == "costs_nothing"
    assert table.filter(item="free", site="shop")["next_cost"].item() == 0.0


def test_what_comes_in_time_by_itself_needs_no_stock() -> None:
    rows = depot_and_local()
    rows["items"][0]["lead_time"] = 0.0
    table = reasons(rows)
    assert table.filter(item="pump", site="hub").select("level", "reason").row(0) == (0, "kept_without_stock")


def test_a_lot_keeps_a_level_from_falling_lower() -> None:
    rows = one_site()
    rows["items"] = [{**item, "lot": 40 if item["item"] == "pump" else 1} for item in rows["items"]]
    table = reasons(rows)
    assert table.filter(item="pump").select("level", "reason").row(0) == (39, "smallest_lot")


def test_a_level_that_only_its_change_cost_holds_is_left_as_today() -> None:
    table = reasons(depot_and_local(), change_cost=5.0)
    assert table.filter(item="seal")["reason"].to_list() == ["left_as_today"] * 2
    assert (table.filter(item="seal")["last_earns"] < table.filter(item="seal")["last_cost"]).all()


@pytest.mark.parametrize("rule", ["promised_date", "critical_levels", "dedicated"])
def test_every_rule_says_why_each_of_its_levels_is_what_it_is(rule: str) -> None:
    result = solve(one_site(), sharing=rule)
    table, levels = result.tables["stock_reasons"], result.tables["stock_levels"]
    planned = levels.filter((pl.col("level") > 0) | (pl.col("rate") > 0))
    keys = ["item", "site", "kept_for", "level"]
    assert table.select(keys).equals(planned.select(keys))
    assert table["reason"].null_count() == 0


def test_availability_gains_are_told_in_machines() -> None:
    machines = 20
    result = solve(park(machines, 0.98))
    table, worth = result.tables["stock_reasons"], result.tables["promise_worth"]
    pump = table.filter(item="pump").row(0, named=True)
    assert pump["promise"] == "up"
    assert pump["last_earns"] == pytest.approx(pump["last_gain"] * 100 * worth["worth"].item())
