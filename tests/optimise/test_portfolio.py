"""`optimise.portfolio`: against trying every plan, in its tables, and when no plan can be."""

from copy import deepcopy
from typing import Any

import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import ArbitreError, Unreachable, Unsupported
from arbitre.optimise import portfolio, stock
from arbitre.optimise._portfolio.master import Rules
from arbitre.optimise._portfolio.model import Model
from arbitre.optimise._portfolio.question import question_of
from arbitre.optimise._portfolio.search import Effort, decided
from arbitre.tables.chain import Chain
from benchmarks.portfolio_proof import replayed
from benchmarks.portfolio_truth import drawn, is_right
from benchmarks.rows import chain_of

Rows = dict[str, list[dict[str, Any]]]


def market() -> Rows:
    """Two segments near two shops, which a depot resupplies: the one in a hurry, the other not."""
    return {
        "segments": [{"segment": "HOSP"}, {"segment": "FARM"}, {"segment": "NOBODY"}],
        "sites": [{"site": "DEPOT", "standing": "kept", "fixed_cost": 100.0},
                  {"site": "NORTH", "supplier": "DEPOT", "fixed_cost": 60.0},
                  {"site": "SOUTH", "supplier": "DEPOT", "fixed_cost": 4_000.0}],
        "lanes": [{"from_site": "DEPOT", "to_site": "NORTH", "duration": 12.0, "cost": 9.0},
                  {"from_site": "DEPOT", "to_site": "SOUTH", "duration": 15.0, "cost": 9.0},
                  {"from_site": "NORTH", "to_site": "NORTH", "duration": 1.0, "cost": 5.0},
                  {"from_site": "NORTH", "to_site": "SOUTH", "duration": 10.0, "cost": 9.0},
                  {"from_site": "SOUTH", "to_site": "SOUTH", "duration": 1.0, "cost": 5.0}],
        "customers": [{"customer": "H1", "segment": "HOSP", "site": "NORTH"},
                      {"customer": "H2", "segment": "HOSP", "site": "SOUTH"},
                      {"customer": "F1", "segment": "FARM", "site": "NORTH"},
                      {"customer": "F2", "segment": "FARM", "site": "NORTH"}],
        "assets": [{"asset": f"M{k}", "customer": customer, "hours": 100.0}
                   for k, customer in enumerate(("H1", "H1", "H2", "F1", "F2"))],
        "items": [{"item": "pump", "family": "parts", "price": 200.0, "sales_price": 260.0, "lead_time": 20.0},
                  {"item": "seal", "family": "parts", "price": 5.0, "lead_time": 20.0}],
        "demand": [{"item": "pump", "site": "DEPOT", "segment": "HOSP", "rate": 9.0},
                   {"item": "pump", "site": "DEPOT", "segment": "FARM", "rate": 6.0},
                   {"item": "seal", "site": "DEPOT", "segment": "HOSP", "rate": 18.0},
                   {"item": "seal", "site": "DEPOT", "segment": "FARM", "rate": 12.0}],
        "offers": [{"offer": "FAST", "price": 80.0, "fixed_cost": 50.0, "case_cost": 4.0},
                   {"offer": "SLOW", "price": 20.0, "fixed_cost": 10.0}],
        "promises": [{"promise": "fast", "offer": "FAST", "window": 11.0, "target_share": 0.9},
                     {"promise": "slow", "offer": "SLOW", "window": 96.0, "target_share": 0.8}],
        "acceptance": [{"segment": "HOSP", "offer": "FAST", "share": 0.7},
                       {"segment": "HOSP", "offer": "FAST", "price": 110.0, "share": 0.6},
                       {"segment": "HOSP", "offer": "SLOW", "share": 0.5},
                       {"segment": "FARM", "offer": "FAST", "share": 0.1},
                       {"segment": "FARM", "offer": "SLOW", "share": 0.8}],
        "contracts": [{"contract": "K1", "customer": "H1", "offer": "SLOW", "from_on": None},
                      {"contract": "K2", "customer": "F1", "offer": "SLOW", "from_on": None}],
    }


def chain(rows: Rows) -> Chain:
    return chain_of(**rows)


def run(rows: Rows, **params: Any) -> Result:
    return portfolio.run(chain(rows), portfolio.Params(**{"gap": 0.0, "rounds": 40, **params}), 1, silent)


def by(result: Result, table: str, key: str) -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in result.tables[table].iter_rows(named=True)}


@pytest.mark.parametrize("seed", range(30))
def test_the_plan_is_the_best_of_all_plans(seed: int) -> None:
    assert is_right(drawn(seed))[0]


def test_every_table_of_a_small_market() -> None:
    result = run(market())
    made = by(result, "portfolio", "segment")
    assert (made["HOSP"]["offer"], made["HOSP"]["price"], made["HOSP"]["taken_share"]) == ("FAST", 110.0, 0.6)
    assert (made["FARM"]["offer"], made["FARM"]["offer_before"], made["FARM"]["before_share"]) == ("SLOW", "SLOW", 0.5)
    assert made["HOSP"]["revenue"] == pytest.approx(0.6 * (27 * 110 + 9 * 60))
    assert made["HOSP"]["case_cost"] == pytest.approx(0.6 * 27 * 4)
    summary = result.summary
    assert result.bound >= summary["value"]
    assert summary["gap"] == pytest.approx(0.0, abs=1e-5)
    assert sum(row["margin"] for row in made.values()) - summary["sites"] - summary["catalogue"] == pytest.approx(
        summary["value"])
    assert summary["segments_empty"] == "NOBODY"
    sites = by(result, "portfolio_sites", "site")
    assert sum(row["capital"] for row in sites.values()) == pytest.approx(summary["capital"])
    assert summary["sites"] == 4_160.0
    served = result.tables["portfolio_service"]
    assert set(served.filter(segment="HOSP")["site"]) <= {"NORTH", "SOUTH"}
    assert result.tables["portfolio_stock"]["level"].min() > 0  # type: ignore[operator]
    policies = by(result, "portfolio_policies", "policy")
    assert policies["proposal"]["value"] == summary["value"]
    assert all(row["value"] <= result.bound + 1e-6 for row in policies.values() if row["reason"] is None)
    impact = by(result, "offer_impact", "offer")
    assert impact["FAST"]["worth"] > 0
    assert impact["FAST"]["advice"] == "differentiate"


def test_free_sites_close_what_does_not_pay() -> None:
    as_today, free = run(market()), run(market(), free_sites=True)
    assert free.summary["value"] > as_today.summary["value"] + 3_000
    sites = by(free, "portfolio_sites", "site")
    assert (sites["DEPOT"]["is_open"], sites["SOUTH"]["is_open"]) == (True, False)


def test_billing_by_machine_and_by_hour() -> None:
    rows = market()
    for billing, price, billed in (("subscription", 1_000.0, 3), ("hour", 10.0, 300)):
        rows["offers"][0] |= {"billing": billing, "price": price}
        rows["acceptance"][:2] = [{"segment": "HOSP", "offer": "FAST", "share": 0.7}]
        made = by(run(rows), "portfolio", "segment")
        assert made["HOSP"]["revenue"] == pytest.approx(0.7 * (billed * price + 9 * 60))


def test_uptime_is_billed_for_the_hours_that_waiting_leaves() -> None:
    rows = market()
    rows["offers"][0] |= {"billing": "uptime", "price": 10.0}
    rows["acceptance"][:2] = [{"segment": "HOSP", "offer": "FAST", "share": 0.7}]
    for asset in rows["assets"]:
        asset["hours"] = 1_000.0
    made = by(run(rows), "portfolio", "segment")
    # 27 cases a year stop one of three machines for 11 h each at most.
    assert made["HOSP"]["revenue"] == pytest.approx(0.7 * ((3 * 1_000 - 27 * 11) * 10 + 9 * 60))
    rows["promises"][0]["criticality"] = "high"  # which no item is: no hour is sure
    asked = question_of(chain(rows))
    fast = asked.choice_offer == asked.offers.index("FAST")
    assert asked.revenue[asked.segments.index("HOSP"), fast] == pytest.approx(0.7 * 9 * 60)


def test_stock_in_consignment_stands_at_each_customer_and_is_ours() -> None:
    rows = market()
    rows["promises"][0]["window"] = 0.5  # no site is so near: only what is there already keeps it
    assert by(run(rows), "portfolio", "segment")["HOSP"]["offer"] != "FAST"
    rows["offers"][0] |= {"billing": "consignment", "price": 900.0}
    rows["acceptance"][:2] = [{"segment": "HOSP", "offer": "FAST", "share": 0.7}]
    result = run(rows)
    made = by(result, "portfolio", "segment")["HOSP"]
    assert made["revenue"] == pytest.approx(0.7 * (27 * 900 + 9 * 60))
    held = result.tables["portfolio_stock"].filter(segment="HOSP")
    assert set(held["site"]) == {"NORTH", "SOUTH"}
    # Two pumps and seals would do for both customers together; apart each has its own.
    assert held.group_by("site").len()["len"].to_list() == [2, 2]
    sites = result.tables["portfolio_sites"]["capital"].sum()
    assert result.summary["capital"] > sites + 0.7 * 2 * 200
    assert result.summary["holding"] == pytest.approx(0.25 * result.summary["capital"])
    brought = result.tables["demand"].filter(segment="HOSP")
    assert set(brought["transit"]) == {0.0}


def test_a_window_on_other_items_lets_no_site_serve_without_a_lane() -> None:
    rows = market()
    rows["promises"][0]["criticality"] = "high"
    served = run(rows).tables["portfolio_service"]
    lanes = {(lane["from_site"], lane["to_site"]) for lane in rows["lanes"]}
    assert {(row["site"], row["region"]) for row in served.iter_rows(named=True)} <= lanes


def test_penalties_are_paid_by_the_binomial_of_the_period() -> None:
    rows = market()
    rows["promises"][1] |= {"period": "year", "penalty": 100.0, "target_share": 0.8}
    made = by(run(rows, grouping="all"), "portfolio", "segment")["FARM"]
    # 0.8 x 18 lines are 14 a year; 12 must be kept. With three times the odds of 0.8 they are.
    assert made["planned_share"] == pytest.approx(12 / 13)
    assert made["penalty_cost"] == pytest.approx(100 * (1 - sum(
        p * (12 / 13) ** k * (1 / 13) ** (14 - k) for k, p in ((12, 91), (13, 14), (14, 1)))))


def test_the_demand_it_brings_is_what_stock_is_decided_on() -> None:
    rows = market()
    result = run(rows)
    brought = result.tables["demand"]
    assert brought.filter(offer="FAST")["rate"].sum() == pytest.approx(0.6 * 27)
    then = stock.run(chain(rows).with_(demand=brought), stock.Params(sharing="promised_date"), 1, silent)
    assert then.summary["gap"] < 0.5


def test_the_twin_keeps_what_the_plan_promises() -> None:
    whole = chain({name: rows for name, rows in market().items() if name != "contracts"})
    model = Model(question_of(whole), "first_come", 0.25, 1.0)
    decision = decided(model, Rules(), Effort(), silent)
    own = replayed(whole, model, decision)["own"]
    assert (own["missed"], own["undecided"]) == (0, 0)
    assert own["value"] <= own["high"]  # it never says more than the twin finds
    assert own["capital"] == pytest.approx(own["capital_low"], rel=0.1)


def test_machines_that_fail_stand_for_a_demand_that_nobody_knows() -> None:
    rows = market()
    rows.pop("demand")
    for asset in rows["assets"]:
        asset["model"] = "Atlas"
    rows["positions"] = [{"model": "Atlas", "item": "pump", "failure_rate": 3.0},
                         {"model": "Atlas", "item": "seal", "quantity": 2.0, "failure_rate": 3.0}]
    assert "positions" in portfolio.reads(portfolio.Params(), chain(rows))
    assert run(rows).tables["demand"].filter(offer="FAST")["rate"].sum() == pytest.approx(0.6 * 27)
    rows["positions"][1]["failure_rate"] = 0.0
    never = run(rows).tables["demand"].filter(item="seal").select("rate", "dispersion").unique()
    assert never.rows() == [(0.0, 1.0)]


def test_other_policies_say_why_they_cannot_be() -> None:
    rows = market()
    rows["promises"][0]["window"] = 0.5
    policies = by(run(rows), "portfolio_policies", "policy")
    assert "no site is so near to NORTH, SOUTH" in policies["fastest_for_all"]["reason"]
    assert policies["slowest_for_all"]["reason"] is None


IMPOSSIBLE = {
    "a floor beyond what any offer is taken": (
        {"commitments": [{"segment": "FARM", "rule": "floor", "share": 0.9}]}, {}, ["at least 90% of FARM"], ["HOSP"]),
    "kept and dropped": (
        {"commitments": [{"segment": "HOSP", "offer": "FAST", "rule": "keep"},
                         {"segment": "HOSP", "offer": "FAST", "rule": "drop"},
                         {"segment": "FARM", "offer": "SLOW", "rule": "keep"}]}, {},
        ["HOSP is made FAST", "HOSP is not made FAST"], ["FARM"]),
    "one offer only": (
        {"commitments": [{"segment": "HOSP", "offer": "FAST", "rule": "keep"},
                         {"segment": "FARM", "offer": "SLOW", "rule": "keep"}]}, {"most_offers": 1},
        ["HOSP is made FAST", "FARM is made SLOW", "at most 1 offers"], ["capital"]),
    "no site in reach": (
        {"commitments": [{"segment": "HOSP", "offer": "FAST", "rule": "keep"}],
         "promises": [{"promise": "fast", "offer": "FAST", "window": 0.5, "target_share": 0.9}]}, {},
        ["HOSP is made FAST", "no site is so near to NORTH, SOUTH"], ["capital"]),
    "the only near site is closed": (
        {"commitments": [{"segment": "HOSP", "offer": "FAST", "rule": "keep"}],
         "sites": [{"site": "DEPOT", "standing": "kept"}, {"site": "SOUTH", "supplier": "DEPOT"},
                   {"site": "NORTH", "supplier": "DEPOT", "standing": "candidate"}]}, {},
        ["HOSP is made FAST", "NORTH stays closed"], ["SOUTH stays"]),
    "no capital": (
        {"commitments": [{"segment": "HOSP", "offer": "FAST", "rule": "keep"}]}, {"budget": 1.0},
        ["HOSP is made FAST", "at most 1 of capital"], ["FARM"]),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_contradicts_itself_is_named_and_nothing_else(name: str) -> None:
    changes, params, needed, spared = IMPOSSIBLE[name]
    with pytest.raises(Unreachable) as impossible:
        run({**market(), **deepcopy(changes)}, **params)
    assert all(word in str(impossible.value) for word in needed)
    assert not any(word in str(impossible.value) for word in spared)


def test_a_price_that_nobody_refuses_is_refused() -> None:
    rows = market()
    rows["acceptance"] = [{"segment": "HOSP", "offer": "FAST", "price": price, "share": 1.0} for price in (10.0, 90.0)]
    with pytest.raises(Unreachable, match="would take FAST at every price asked, up to 90"):
        run(rows)


@pytest.mark.parametrize(("table", "change", "told"), [
    ("customers", {"site": None}, "customers.site"),
    ("offers", {"price": None, "billing": "act"}, "have no price"),
    ("promises", {"target_share": None}, "target_share below 1"),
])
def test_what_is_missing_is_told(table: str, change: dict[str, Any], told: str) -> None:
    rows = market()
    rows[table][0] |= change
    with pytest.raises(Unsupported, match=told):
        run(rows)


def test_hours_that_nobody_counted_are_told() -> None:
    rows = market()
    rows["offers"][0]["billing"] = "hour"
    rows["assets"][0]["hours"] = None
    with pytest.raises(ArbitreError, match=r"assets\.hours"):
        run(rows)


def test_belief_takes_the_low_end() -> None:
    rows = market()
    rows["acceptance"][1]["low_share"] = 0.3
    made = by(run(rows, belief="low"), "portfolio", "segment")["HOSP"]
    assert (made["price"], made["taken_share"]) == (80.0, 0.7)


def test_the_order_of_rows_does_not_matter() -> None:
    rows = market()
    turned = {name: list(reversed(table)) for name, table in rows.items()}
    first, second = run(rows), run(turned)
    assert second.summary == first.summary
    for name, table in first.tables.items():
        assert second.tables[name].equals(table), name


def test_money_in_another_currency_is_the_same_plan() -> None:
    rows = market()
    for table, columns in (("sites", ["fixed_cost"]), ("lanes", ["cost"]), ("items", ["price", "sales_price"]),
                           ("offers", ["price", "fixed_cost", "case_cost"]), ("acceptance", ["price"])):
        for row in rows[table]:
            row |= {column: row[column] * 7.0 for column in columns if row.get(column) is not None}
    plain, scaled = run(market()), run(rows)
    assert scaled.summary["value"] == pytest.approx(7 * plain.summary["value"])
    kept = pl.col("segment", "region", "offer", "site")
    assert scaled.tables["portfolio_service"].select(kept).equals(plain.tables["portfolio_service"].select(kept))
