"""`optimise.life` on chains small enough to see through: last buys, what is too many, what replaces what."""

import math
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported
from arbitre.flow.pipeline import run
from arbitre.maths.stock.inventory import pipeline_pmf
from arbitre.maths.stock.last_buy import newsvendor
from arbitre.optimise import life
from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.open import open_chain
from arbitre.tables.settings import Settings
from tests.strategies import chains

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("ARBITRE_DATA", ROOT.parent / "shared" / "data"))
TODAY = date(2025, 12, 31)
TIMELESS = {"holding_share": 0.0, "discount_share": 0.0, "obsolescence_share": 0.0}
Rows = dict[str, list[dict[str, Any]]]


def chain(rows: Rows, period: bool = True) -> Chain:
    tables = {name: shaped(INPUTS[name], pl.DataFrame(given, infer_schema_length=None)) for name, given in rows.items()}
    return Chain(Settings(name="tiny", period={"to": TODAY} if period else {}), tables)


def solve(rows: Rows, **params: Any) -> Result:
    return life.run(chain(rows), life.Params(**params), 1, silent)


def years(count: float) -> date:
    return TODAY + timedelta(days=round(365.25 * count))


def one_item(rate: float = 2.0, on_hand: int | None = 0, **item: Any) -> Rows:
    return {
        "sites": [{"site": "hub"}],
        "items": [{"item": "pump", "price": 100.0, "lead_time": 30.0, **item}],
        "stocks": [{"site": "hub", "item": "pump", "on_hand": on_hand, "level": 2}],
        "demand": [{"item": "pump", "site": "hub", "rate": rate}] if rate else [
            {"item": "seal", "site": "hub", "rate": 1.0}],
    } | ({} if rate else {"items": [{"item": "pump", "price": 100.0, "lead_time": 30.0, **item},
                                    {"item": "seal", "price": 1.0, "lead_time": 1.0}]})


def two_sites(**more: Any) -> Rows:
    """A hub that supplies a shop; little is asked at the shop, more at the hub."""
    return {
        "sites": [{"site": "hub"}, {"site": "shop", "supplier": "hub"}],
        "lanes": [{"from_site": "hub", "to_site": "shop", "duration": 24.0, "cost": 20.0},
                  {"from_site": "hub", "to_site": "hub", "duration": 2.0, "cost": 15.0},
                  {"from_site": "shop", "to_site": "shop", "duration": 2.0, "cost": 15.0}],
        "items": [{"item": "pump", "price": 100.0, "lead_time": 30.0}],
        "stocks": [{"site": "hub", "item": "pump", "on_hand": 1, "level": 2},
                   {"site": "shop", "item": "pump", "on_hand": 9, "level": 1}],
        "demand": [{"item": "pump", "site": "hub", "rate": 6.0}, {"item": "pump", "site": "shop", "rate": 0.2}],
        **more,
    }


def row(result: Result, table: str = "last_buys", **which: Any) -> dict[str, Any]:
    found = result.tables[table].filter(**which)
    assert found.height == 1, found
    return found.row(0, named=True)


# Last buys


@pytest.mark.parametrize(("rate", "span"), [(2.0, 5.0), (70.0, 0.08)])
def test_without_time_the_last_buy_is_the_newsvendor(rate: float, span: float) -> None:
    """Ordered today for some years, missing at 10 prices, left over at 0.1: too few cost 9, too many 0.9."""
    rows = one_item(rate=rate, on_hand=3, last_order_on=TODAY, last_service_on=years(span))
    buy = row(solve(rows, **TIMELESS))
    demand = rate * (years(span) - TODAY).days / 365.25
    assert buy["demand_left"] == pytest.approx(demand)
    assert buy["level"] == newsvendor(demand, demand, 9.0, 0.9) == 3 + buy["quantity"]
    assert (buy["verdict"], buy["money"]) == ("buy", 100.0 * buy["quantity"])
    pmf = pipeline_pmf(demand, demand, 80)
    assert buy["run_out_share"] == pytest.approx(pmf[buy["level"] + 1:].sum())
    assert buy["units_short"] == pytest.approx((np.maximum(np.arange(80) - buy["level"], 0) * pmf).sum())
    assert buy["units_left"] == pytest.approx((np.maximum(buy["level"] - np.arange(80), 0) * pmf).sum())
    cost = 100.0 * buy["quantity"] + 1000.0 * buy["units_short"] - 10.0 * buy["units_left"]
    assert buy["cost"] == pytest.approx(cost)
    assert min(buy["one_less"], buy["one_more"]) >= 0
    worth = 100.0 * (10.0 * (1 - pmf[: buy["level"] + 1].sum()) + 0.1 * pmf[: buy["level"] + 1].sum())
    assert buy["one_more"] == pytest.approx(100.0 - worth)


def test_time_and_a_later_source_lower_the_last_buy_and_a_dearer_shortage_raises_it() -> None:
    rows = one_item(rate=4.0, last_order_on=years(1), last_service_on=years(9))
    plain = row(solve(rows))
    assert plain["level"] < row(solve(rows, **TIMELESS))["level"]
    assert row(solve(rows, late_factor=1.5))["level"] < plain["level"]
    assert row(solve(rows, shortage_factor=20.0))["level"] > plain["level"]
    assert row(solve(rows, shortage_cost=1000.0)) == row(solve(rows, shortage_factor=20.0))


def test_what_is_used_until_the_order_is_not_there_any_more() -> None:
    """12 on the shelf, 4 a year, ordered in 2 years: 4 are left then; nobody buys 8 years' use ahead of the day."""
    buy = row(solve(one_item(rate=4.0, on_hand=12, last_order_on=years(2), last_service_on=years(4))))
    assert (buy["on_hand"], buy["on_hand_then"]) == (12, 4)
    assert buy["demand_left"] == pytest.approx(8.0, abs=0.02)


def test_lots_are_whole_and_cost_at_least_what_single_units_do() -> None:
    life_of = {"last_order_on": TODAY, "last_service_on": years(6)}
    single, lots = solve(one_item(**life_of)), solve(one_item(lot=8, **life_of))
    assert row(lots)["quantity"] % 8 == 0
    assert lots.summary["bound"] == pytest.approx(single.summary["value"]) == single.summary["bound"]
    assert lots.summary["value"] > lots.summary["bound"] == lots.bound
    assert single.summary["gap"] == 0.0


def test_verdicts() -> None:
    assert row(solve(one_item(on_hand=60, last_order_on=TODAY, last_service_on=years(5))))["verdict"] == "enough"
    late = row(solve(one_item(last_order_on=years(-0.1), last_service_on=years(5))))
    assert (late["verdict"], late["quantity"], late["one_more"]) == ("too_late", 0, None)
    assert late["units_short"] == pytest.approx(late["demand_left"])
    bought = row(solve(one_item(last_order_on=years(-0.1), last_service_on=years(5)), late_factor=2.0))
    assert bought["quantity"] > 0
    assert bought["money"] == 200.0 * bought["quantity"]


def test_items_without_a_last_buy_have_no_row() -> None:
    for dates in ({}, {"last_order_on": years(3), "last_service_on": years(2)},
                  {"last_order_on": years(-3), "last_service_on": years(-1)}, {"last_order_on": date(9999, 12, 31)}):
        result = solve(one_item(**dates))
        assert result.tables["last_buys"].is_empty()
        assert (result.summary["value"], result.bound) == (None, None)


def test_without_an_end_the_horizon_is_served_from_the_last_order_on() -> None:
    for never in (None, date(9999, 12, 31)):
        buy = row(solve(one_item(last_order_on=years(2), last_service_on=never), horizon=3.0))
        assert buy["demand_left"] == pytest.approx(6.0, abs=0.02)
        assert abs(buy["served_until_on"] - years(5)) <= timedelta(days=1)


def test_an_item_nobody_asks_for_is_not_bought() -> None:
    buy = row(solve(one_item(rate=0.0, last_order_on=years(1), last_service_on=years(5))))
    assert (buy["quantity"], buy["demand_left"], buy["verdict"]) == (0, 0.0, "enough")


def test_a_free_item_has_an_answer() -> None:
    rows = one_item(price=0.0, last_order_on=years(1), last_service_on=years(5))
    assert row(solve(rows))["money"] == 0.0
    assert row(solve(rows, shortage_cost=10.0))["run_out_share"] < 1e-6


def test_hundreds_of_thousands_are_counted_in_packs() -> None:
    """Large demand is all but certain: the level of the timeless program is the mean and a little more."""
    buy = row(solve(one_item(rate=40_000.0, last_order_on=TODAY, last_service_on=years(5)), **TIMELESS))
    assert 1.0 < buy["level"] / buy["demand_left"] < 1.05


def test_demand_declines_and_old_machines_leave() -> None:
    rows = one_item(rate=4.0, last_order_on=TODAY, last_service_on=years(8))
    left = row(solve(rows))["demand_left"]
    assert row(solve(rows, decline_share=0.1))["demand_left"] == pytest.approx(
        4.0 * (1 - 0.9**8) / -math.log(0.9), rel=1e-3)

    def with_machines(installed: float | None) -> dict[str, Any]:
        day = None if installed is None else years(installed)
        fleet = {"assets": [{"asset": "m1", "customer": "c", "model": "A", "installed_on": day}],
                 "positions": [{"model": "A", "item": "pump", "failure_rate": 1.0}]}
        return row(solve({**rows, **fleet}, machine_life=10.0))

    young, old, unknown = (with_machines(age)["demand_left"] for age in (0.0, -15.0, None))
    assert old < young < left
    assert unknown == pytest.approx(left)
    # A new machine's chance to be at work after t years, Weibull of shape 3 and mean 10 years, summed over 8 years.
    scale, at = 10.0 / math.gamma(4 / 3), np.linspace(0.0, 8.0, 8001)
    assert young == pytest.approx(4.0 * np.trapezoid(np.exp(-((at / scale) ** 3)), at), rel=2e-3)


# Excess


def test_what_nobody_asks_for_is_sold_and_what_sells_for_nothing_is_scrapped() -> None:
    result = solve(one_item(rate=0.0, on_hand=4))
    sold = row(result, "excess")
    assert (sold["advice"], sold["units"], sold["money"], sold["gain"], sold["reason"]) == (
        "sell", 4, 400.0, 40.0, "no_demand")
    assert sold["saving"] == pytest.approx(0.2 * 400.0)
    assert (sold["cover"], sold["needed"]) == (None, 0)
    assert result.summary["capital"] == result.summary["capital_without_demand"] == 400.0
    assert row(solve(one_item(rate=0.0, on_hand=4), salvage_share=0.0), "excess")["advice"] == "scrap"
    freight = {"lanes": [{"from_site": "hub", "to_site": "hub", "duration": 1.0, "cost": 40.0}]}
    assert row(solve(one_item(rate=0.0, on_hand=4) | freight), "excess")["advice"] == "scrap"
    assert row(solve(one_item(rate=0.0, on_hand=5) | freight), "excess")["gain"] == 10.0


def test_after_its_service_an_item_is_not_needed() -> None:
    told = row(solve(one_item(rate=5.0, on_hand=4, last_service_on=years(-1))), "excess")
    assert (told["advice"], told["units"], told["reason"], told["needed"]) == ("sell", 4, "service_ended", 0)


def test_units_are_kept_while_worth_what_they_sell_for() -> None:
    """Each unit saves a purchase in the month the sum of demands reaches its rank; by sums over the Poisson law."""
    rate, months = 1.5, 120
    yearly, holding, salvage = 0.1, 0.1, 0.3
    discount = (1 + yearly) ** (-1 / 12)
    asked = np.arange(1, months + 1) * rate / 12

    def worth(unit: int) -> float:
        reached = np.array([1 - pipeline_pmf(mean, mean, unit).sum() for mean in asked])
        used, paid = np.diff(reached, prepend=0.0), discount ** np.arange(months)
        return (paid * (used - holding / 12 * (1 - reached))).sum() + discount**months * salvage * (1 - reached[-1])

    kept = next(unit for unit in range(1, 60) if worth(unit) < salvage) - 1
    result = solve(one_item(rate=rate, on_hand=25), discount_share=yearly, holding_share=holding,
                   obsolescence_share=0.0, salvage_share=salvage)
    keep, sell = row(result, "excess", advice="keep"), row(result, "excess", advice="sell")
    needed = keep["needed"]
    assert 1 <= needed < kept < 25
    assert (keep["units"], sell["units"], sell["reason"]) == (kept - needed, 25 - kept, "used_too_late")
    assert keep["worth"] == pytest.approx(100.0 * sum(worth(unit) for unit in range(needed + 1, kept + 1)))
    assert sell["worth"] < sell["gain"] == pytest.approx(100.0 * salvage * sell["units"])
    assert sell["cover"] == pytest.approx(25 / rate)


def test_what_can_be_ordered_no_more_is_kept_longer() -> None:
    alive, ending = ({**one_item(rate=1.0, on_hand=30, **dates)} for dates in (
        {}, {"last_order_on": years(-1), "last_service_on": years(10)}))
    kept = [row(solve(rows), "excess", advice="keep")["units"] for rows in (alive, ending)]
    assert kept[1] > kept[0]


def test_service_and_near_demand_are_needed() -> None:
    """Asked 12 a year with 30 days to resupply: 3 ready at 95 %, no more than the level says, and a year's demand."""
    rows = one_item(rate=12.0, on_hand=40)
    rows["stocks"][0]["level"] = 30
    mean = 12 * 30 / 365.25
    ready = next(level for level in range(9) if pipeline_pmf(mean, mean, level).sum() >= 0.95)
    for params, needed in (({"cover": 0.0}, ready), ({}, 12), ({"cover": 0.0, "ready_share": 1.0}, 30),
                           ({"cover": 2.0}, 24)):
        assert row(solve(rows, **params), "excess", advice="keep")["needed"] == needed
    rows["stocks"][0]["level"] = 2
    assert row(solve(rows, cover=0.0), "excess", advice="keep")["needed"] == 2


def test_surplus_goes_where_it_is_worth_most_after_freight() -> None:
    """The shop needs 1 of its 9; the hub would otherwise buy, and takes the rest back for one shipment."""
    moved = row(solve(two_sites()), "excess", site="shop", advice="move")
    assert (moved["to_site"], moved["reason"], moved["needed"]) == ("hub", "needed_elsewhere", 1)
    # The hub is short of 4 of a year's demand, the shop's useful unit counted; a purchase saved now saves its price.
    assert 400.0 - 20.0 < moved["gain"] < 100.0 * moved["units"] - 20.0
    assert moved["saving"] == pytest.approx(0.2 * moved["money"])
    far = two_sites(lanes=[{"from_site": "shop", "to_site": "shop", "duration": 2.0, "cost": 0.0}])
    assert "move" not in solve(far).tables["excess"]["advice"].to_list()
    dear = two_sites()
    dear["lanes"][0]["cost"] = 5000.0
    assert "move" not in solve(dear).tables["excess"]["advice"].to_list()
    no_lanes = two_sites()
    del no_lanes["lanes"]
    assert row(solve(no_lanes), "excess", advice="move")["gain"] == pytest.approx(moved["gain"] + 20.0)


def test_nothing_moves_to_where_nothing_is_meant_to_be_held() -> None:
    rows = two_sites()
    rows["stocks"][0]["level"] = 0
    assert "move" not in solve(rows).tables["excess"]["advice"].to_list()


def test_what_cannot_be_sold_is_kept_for_little() -> None:
    """A unit worth less than its sale, but more than nothing, stays where the sale would not pay its shipment."""
    rows = one_item(rate=0.5, on_hand=8) | {
        "lanes": [{"from_site": "hub", "to_site": "hub", "duration": 1.0, "cost": 0.0}]}
    sold = row(solve(rows, salvage_share=0.3), "excess", advice="sell")["units"]
    rows["lanes"][0]["cost"] = 1000.0
    scrapped = row(solve(rows, salvage_share=0.3), "excess", advice="scrap")
    assert 0 < scrapped["units"] < sold
    assert scrapped["worth"] < 0.0
    # Surplus elsewhere, too far to come here, does not change what stays here.
    rest = 8 - scrapped["units"]
    also = two_sites(stocks=[{"site": "hub", "item": "pump", "on_hand": rest, "level": 2},
                             {"site": "shop", "item": "pump", "on_hand": 30, "level": 1}],
                     demand=[{"item": "pump", "site": "hub", "rate": 0.5}])
    for lane in also["lanes"]:
        lane["cost"] = 1000.0
    told = solve(also, salvage_share=0.3).tables["excess"].filter(site="hub")
    assert told["advice"].to_list() == ["keep"]
    assert told["units"][0] == rest - told["needed"][0]


def test_what_comes_to_a_site_is_no_more_than_it_would_keep() -> None:
    shops = [{"site": name, "supplier": "hub"} for name in ("a", "b", "c")]
    rows = two_sites(
        sites=[{"site": "hub"}, *shops], demand=[{"item": "pump", "site": "hub", "rate": 2.0}],
        lanes=[{"from_site": "hub", "to_site": shop["site"], "duration": 24.0, "cost": 1.0} for shop in shops],
        stocks=[{"site": "hub", "item": "pump", "on_hand": 0, "level": 2},
                *({"site": shop["site"], "item": "pump", "on_hand": 7, "level": 0} for shop in shops)])
    moved = solve(rows).tables["excess"].filter(advice="move")
    alone = row(solve(one_item(rate=2.0, on_hand=21)), "excess", advice="keep")
    assert moved["units"].sum() == alone["needed"] + alone["units"] < 21
    # The first ones save buying now, the later ones later: what comes second brings less.
    assert moved["gain"].to_list() == sorted(moved["gain"], reverse=True)
    gain = 100.0 * alone["needed"] + alone["worth"] - moved.height
    assert moved["gain"].sum() == pytest.approx(gain)


def test_what_sites_hold_usefully_counts_as_held_above() -> None:
    """The hub has 8, a year of all demand; with 4 useful units at the shop it needs 4 of them."""
    rows = two_sites(demand=[{"item": "pump", "site": site, "rate": 4.0} for site in ("hub", "shop")])
    rows["stocks"][0] |= {"on_hand": 30}
    rows["stocks"][1] |= {"on_hand": 4}
    assert row(solve(rows), "excess", site="hub", advice="keep")["needed"] == 4
    rows["stocks"][1] |= {"on_hand": 0}
    assert row(solve(rows), "excess", site="hub", advice="keep")["needed"] == 8


def test_no_demand_here_is_told_apart_from_no_demand() -> None:
    rows = two_sites(demand=[{"item": "pump", "site": "hub", "rate": 0.5}])
    rows["stocks"][0]["on_hand"] = 30
    assert row(solve(rows), "excess", site="shop")["reason"] == "no_demand_here"


# Successions


def successive() -> Rows:
    rows = one_item(rate=3.0, on_hand=2)
    rows["items"] = [{"item": "old", "price": 80.0, "lead_time": 9.0, "successor": "mid"},
                     {"item": "mid", "price": 90.0, "lead_time": 9.0, "successor": "pump"}, *rows["items"]]
    rows["stocks"] += [{"site": "hub", "item": "old", "on_hand": 2, "level": 4},
                       {"site": "hub", "item": "mid", "on_hand": 1, "level": 4}]
    rows["demand"] += [{"item": "old", "site": "hub", "rate": 1.0}]
    return rows


def test_demand_moves_to_the_last_and_old_units_are_used_first() -> None:
    result = solve(successive())
    told = {line["item"]: line for line in result.tables["successions"].to_dicts()}
    assert list(told) == ["old", "mid", "pump"]
    assert [told[item]["steps"] for item in told] == [2, 1, 0]
    assert {line["last"] for line in told.values()} == {"pump"}
    assert [told[item]["rate"] for item in told] == [1.0, 0.0, 3.0]
    assert [told[item]["rate_moved"] for item in told] == [0.0, 0.0, 4.0]
    assert [told[item]["used_up_in"] for item in told] == pytest.approx([2 / 4, 3 / 4, 5 / 4])
    assert result.summary["items_replaced"] == 2
    excess = result.tables["excess"]
    assert set(excess.select("item", "advice", "units", "reason").rows()) == {
        ("old", "use_up", 2, "replaced"), ("mid", "use_up", 1, "replaced"), ("pump", "keep", 1, "worth_keeping")}
    # A year of all demand is 4 units, 3 of which are old ones; a used one saves buying the last item at its price.
    assert row(result, "excess", item="pump")["needed"] == 1
    assert row(result, "excess", item="old")["gain"] == 200.0


def test_old_units_lower_the_last_buy_of_their_successor() -> None:
    rows = successive()
    rows["items"][2] |= {"last_order_on": TODAY, "last_service_on": years(5)}
    with_old = row(solve(rows))
    assert (with_old["item"], with_old["on_hand"]) == ("pump", 5)
    assert with_old["demand_left"] == pytest.approx(20.0, abs=0.02)
    rows["stocks"] = rows["stocks"][:1]
    assert row(solve(rows))["quantity"] == with_old["quantity"] + 3


def test_a_replaced_item_has_no_last_buy_of_its_own() -> None:
    rows = successive()
    rows["items"][0] |= {"last_order_on": years(1), "last_service_on": years(5)}
    assert solve(rows).tables["last_buys"].is_empty()


def test_a_long_succession_is_followed_to_its_end() -> None:
    rows = one_item(rate=1.0)
    rows["items"] += [{"item": f"p{step}", "price": 1.0, "lead_time": 1.0, "successor": f"p{step + 1}"}
                      for step in range(3000)]
    rows["items"].append({"item": "p3000", "price": 1.0, "lead_time": 1.0, "successor": "pump"})
    told = solve(rows).tables["successions"]
    assert told.filter(item="p0").select("last", "steps").row(0) == ("pump", 3001)


# What is missing


def test_what_was_not_counted_is_to_be_counted_first() -> None:
    rows = two_sites()
    rows["stocks"][1]["on_hand"] = None
    result = solve(rows)
    told = row(result, "excess", site="shop")
    assert (told["advice"], told["units"], told["money"], told["reason"]) == ("count", None, None, "not_counted")
    assert result.summary["not_counted"] == 1
    rows["stocks"][0]["on_hand"] = None
    with pytest.raises(Unsupported, match=r"on_hand .* stocks .* Fill it in"):
        solve(rows)


@pytest.mark.parametrize(("table", "column"), [("stocks", "on_hand"), ("demand", "rate")])
def test_units_beyond_counting_are_refused_by_name(table: str, column: str) -> None:
    rows = one_item()
    rows[table][0][column] = 10**9
    with pytest.raises(Unsupported, match=rf"{table}.*pump.*Count it in packs"):
        solve(rows)


def test_today_is_the_end_of_the_period_or_of_the_facts_or_asked_for() -> None:
    dated = one_item(last_order_on=years(1), last_service_on=years(5))
    with pytest.raises(Unsupported, match=r"what day it is.*pump.*today"):
        life.run(chain(dated, period=False), life.Params(), 1, silent)
    assert solve(dated).summary["today"] == str(TODAY)
    assert solve(dated, today=years(2)).summary["last_buys_too_late"] == 1
    moved = {"movements": [{"movement": "1", "site": "hub", "item": "pump", "kind": "issue", "quantity": -1.0,
                            "moved_at": years(0.5)}]}
    facts = life.run(chain(dated | moved, period=False), life.Params(), 1, silent)
    assert facts.summary["today"] == str(years(0.5))
    undated = life.run(chain(one_item(), period=False), life.Params(), 1, silent)
    assert undated.summary["today"] is None


def test_what_left_the_shelf_once_was_asked_for() -> None:
    rows = one_item(rate=0.0, on_hand=3)
    assert solve(rows).summary["capital_never_asked"] == 300.0
    moved = {"movements": [{"movement": "1", "site": "hub", "item": "pump", "kind": "issue", "quantity": -1.0,
                            "moved_at": years(-1)}]}
    result = solve(rows | moved)
    assert (result.summary["capital_never_asked"], result.summary["capital_without_demand"]) == (0.0, 300.0)


# Whatever the chain


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(chains("items", "sites", "stocks", "demand", "lanes", "assets", "positions"), st.booleans())
def test_any_sound_chain_has_an_answer_that_adds_up(drawn: Chain, machines: bool) -> None:
    stocks = drawn.table("stocks")
    if not drawn.has("stocks") or stocks["on_hand"].null_count() == stocks.height:
        return
    result = life.run(drawn, life.Params(today=date(2024, 1, 1), machine_life=8.0 if machines else None), 1, silent)
    for name in life.WRITES:
        assert result.tables[name].columns == list(RESULTS[name].names)
        keys = result.tables[name].select(RESULTS[name].key)
        assert keys.is_duplicated().sum() == 0
    assert all(math.isfinite(value) for value in result.summary.values() if isinstance(value, float))
    excess = result.tables["excess"].filter(pl.col("advice") != "count")
    beyond = excess.group_by("item", "site").agg(pl.col("on_hand", "needed").first(), pl.col("units").sum())
    assert (beyond["units"] == beyond["on_hand"] - pl.Series(np.minimum(beyond["on_hand"], beyond["needed"]))).all()
    assert excess.join(stocks, on=["item", "site"]).filter(pl.col("on_hand") != pl.col("on_hand_right")).is_empty()
    assert (excess["units"] > 0).all()
    buys = result.tables["last_buys"]
    assert (buys["level"] == buys["on_hand_then"] + buys["quantity"]).all()
    if buys.height:
        assert result.summary["bound"] <= result.summary["value"] + 1e-9 * abs(result.summary["value"])


@settings(max_examples=15, deadline=None, derandomize=True)
@given(order=st.randoms(use_true_random=False), factor=st.sampled_from([0.25, 1.0, 1024.0]))
def test_row_order_and_currency_change_nothing(order: Any, factor: float) -> None:
    rows, other = ({**two_sites(), "items": successive()["items"], "demand": [
        *two_sites()["demand"], {"item": "old", "site": "shop", "rate": 1.0}]} for _ in range(2))
    for given_rows in (rows, other):
        given_rows["items"][2] |= {"last_order_on": years(1), "last_service_on": years(7)}
    for table in other.values():
        order.shuffle(table)
    for table, column in (("items", "price"), ("lanes", "cost")):
        for line in other[table]:
            line[column] *= factor
    base, scaled = solve(rows), solve(other)
    for name in ("excess", "last_buys"):
        plain = [column for column in base.tables[name].columns if base.tables[name].schema[column] != pl.Float64]
        assert scaled.tables[name].select(plain).equals(base.tables[name].select(plain))
    assert scaled.summary["value"] == pytest.approx(factor * base.summary["value"], rel=1e-12)


@pytest.mark.skipif(not (DATA / "spares").is_dir(), reason=f"no real data in {DATA}: set ARBITRE_DATA")
def test_the_dead_stock_of_the_refinery() -> None:
    """5,335,936 on the shelf, 201,880 of it in items that no month of the 56 saw leave it."""
    summary = run(open_chain(ROOT / "examples" / "refinery", DATA), "optimise.life").summary
    assert summary["capital"] == pytest.approx(5_335_936, abs=1)
    assert summary["capital_never_asked"] == pytest.approx(201_880, abs=1)
