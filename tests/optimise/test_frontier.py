"""`optimise.frontier`: brackets against every plan of tiny chains, break-even against what the price then earns."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import poisson

from arbitre.capability import Result, silent
from arbitre.optimise import frontier
from arbitre.optimise._frontier import break_even
from arbitre.optimise._frontier import points as points_of
from arbitre.optimise._frontier.market import Market, capital_by_offer, segments_changed
from arbitre.optimise._frontier.menus import menus
from arbitre.optimise._portfolio.master import Rules
from arbitre.optimise._portfolio.renewals import lost_renewals
from arbitre.optimise._portfolio.search import Decision, Effort
from benchmarks.portfolio_truth import Instance, Trial, drawn
from benchmarks.rows import chain_of
from tests.optimise.test_portfolio import market

FEW = {"gap": 0.0, "rounds": 40, "nodes": 5_000}


def market_of(instance: Instance, **changed: Any) -> Market:
    given: dict[str, Any] = {
        "chain": instance.chain, "rules": instance.rules, "effort": Effort(0.0, 40, 5_000), "kind": "order",
        "belief": "expected", "grouping": "family", "sharing": instance.sharing, "holding_share": 0.25,
        "resupply_wait": 0.5, "leaving_share": 0.0, "lost_years": 3.0}
    return Market(**{**given, **changed})


def possible(seed: int) -> Instance:
    """A drawn chain whose plans are only bound by what they promise, and where a late case costs nothing."""
    instance = drawn(seed)
    promises = [{**row, "late_cost": None} for row in instance.rows["promises"]]
    rules = replace(instance.rules, budget=None, most_offers=None)
    return replace(instance, rows={**instance.rows, "commitments": [], "promises": promises},
                   rules=rules)


def most_within(instance: Instance, capital: float) -> float:
    """What the best plan with so much capital brings, by trying every plan."""
    best = Trial(replace(instance, rules=replace(instance.rules, budget=capital * (1 + 1e-9) + 1e-9))).best()
    assert best is not None
    return best


@pytest.mark.parametrize("seed", range(1, 7))
def test_every_point_brackets_the_best_of_all_plans_with_as_much_capital(seed: int) -> None:
    instance = possible(seed)
    market = market_of(instance)
    model = market.model()
    curve = points_of.curve_of(market, model, 1.0, 5, market.decided(model))
    assert [point.capital for point in curve] == sorted(point.capital for point in curve)
    assert [point.value for point in curve] == sorted(point.value for point in curve)
    for point in curve:
        best, slack = most_within(instance, point.capital), 1e-4 * max(abs(point.value), 100)
        assert point.value <= best + slack
        assert best <= point.bound + slack
        assert point.bound - point.value <= slack, "with no gap left a supported point is the best there is"


def test_tightened_promises_bracket_the_best_of_all_plans_too() -> None:
    instance = possible(3)
    market = market_of(instance)
    tighter = market.tightened(2.0)
    rows = {**instance.rows, "promises": tighter.table("promises").to_dicts()}
    share = np.array([row["target_share"] for row in instance.rows["promises"]])
    assert [row["target_share"] for row in rows["promises"]] == pytest.approx(2 * share / (1 + share))
    model = market.model(tighter)
    for point in points_of.curve_of(market, model, 2.0, 3, market.decided(model)):
        best, slack = most_within(replace(instance, rows=rows), point.capital), 1e-4 * max(abs(point.value), 100)
        assert point.value - slack <= best <= point.bound + slack


def plan_of(seed: int) -> tuple[Market, Any, Decision]:
    market = market_of(possible(seed))
    model = market.model()
    return market, model, market.decided(model)


@pytest.mark.parametrize("seed", [0, 2, 5])
def test_at_its_break_even_price_an_offer_adds_nothing(seed: int) -> None:
    """By trying every plan of a chain where the segment may only be made the offer at the price, or nothing."""
    market, model, decision = plan_of(seed)
    table = break_even.prices(market, model, decision.plan)
    assert table.height > 0
    for row in table.iter_rows(named=True):
        assert row["break_even_low"] <= row["break_even"] + 1e-9 <= row["break_even_high"] + 2e-9
        at = [best_beside(market, model, decision, row, price) for price in (row["break_even"], None)]
        assert at[0] == pytest.approx(at[1], abs=1e-3 * max(abs(at[1]), 100))


def best_beside(market: Market, model: Any, decision: Decision, row: dict[str, Any], price: float | None) -> float:
    """The best value with the segment made the offer at a price (None: nothing), others as in the plan."""
    asked, plan, instance = model.question, decision.plan, possible_rows(market)
    accept, keep = [], []
    for s, segment in enumerate(asked.segments):
        made, choice = plan.choice[s], plan.choice[s]
        if segment == row["segment"]:
            if price is not None:
                accept.append({"segment": segment, "offer": row["offer"], "price": price, "share": row["taken_share"]})
        elif made >= 0:
            accept.append({"segment": segment, "offer": asked.offers[asked.choice_offer[choice]],
                           "price": asked.choice_price[choice], "share": asked.accept[s, choice]})
    keep = [{"segment": known["segment"], "offer": known["offer"], "rule": "keep", "share": None} for known in accept]
    sites = [{**site, "standing": "kept" if plan.is_open[asked.sites.index(site["site"])] else "candidate"}
             for site in instance["sites"]]
    rows = {**instance, "acceptance": accept, "commitments": keep, "sites": sites}
    best = Trial(Instance(rows, market.sharing, replace(market.rules, free_sites=False))).best()
    assert best is not None
    return best


def possible_rows(market: Market) -> dict[str, list[dict[str, Any]]]:
    return {name: market.chain.table(name).to_dicts() for name in market.chain.tables} | {
        name: [] for name in ("commitments",)}


def test_an_offer_earns_from_the_count_of_customers_that_poisson_stock_says() -> None:
    """One item at one place: the profit of every count of customers, by formulas of its own."""
    fee, fixed, rate, price, lead, target = 30.0, 400.0, 2.0, 300.0, 30.0, 0.95

    def earned(customers: int) -> float:
        due = customers * rate * lead / 365.25
        level = int(poisson.ppf(target, due)) + 1  # P(demand < level) reaches the target
        held = float(sum((level - k) * poisson.pmf(k, due) for k in range(level)))
        return customers * fee * rate - fixed - 0.25 * price * held

    least = next(n for n in range(1, 400) if all(earned(m) >= 0 for m in range(n, n + 5)))
    chain = chain_of(
        segments=[{"segment": "S"}], sites=[{"site": "J", "standing": "kept"}],
        lanes=[{"from_site": "J", "to_site": "J", "duration": 1.0, "cost": 0.0}],
        customers=[{"customer": f"C{k}", "segment": "S", "site": "J"} for k in range(100)],
        items=[{"item": "I", "price": price, "lead_time": lead}],
        demand=[{"item": "I", "site": "J", "segment": "S", "rate": 100 * rate}],
        offers=[{"offer": "O", "price": fee, "billing": "act", "fixed_cost": fixed}],
        promises=[{"promise": "P", "offer": "O", "window": 1.0, "target_share": target}],
        acceptance=[{"segment": "S", "offer": "O", "share": 1.0}])
    market = replace(market_of(possible(0)), chain=chain, sharing="first_come")
    model = market.model()
    row = break_even.counts(model, market.decided(model).plan).row(0, named=True)
    assert row["break_even_low"] <= row["break_even"]
    assert row["earned"] == pytest.approx(earned(100), rel=1e-6)
    assert abs(row["break_even"] - least) <= 2.0


def tractors() -> dict[str, list[dict[str, Any]]]:
    """Two segments, two offers, one of which is as good as the other for the second segment."""
    rows = drawn(1).rows
    return {**rows, "commitments": [], "contracts": [
        {"contract": "K", "customer": row["customer"], "offer": "O1", "from_on": None} for row in rows["customers"]]}


def run(rows: dict[str, list[dict[str, Any]]], **params: Any) -> Result:
    chain = chain_of(**{name: table for name, table in rows.items() if table})
    return frontier.run(chain, frontier.Params(**{**FEW, "points": 3, **params}), 1, silent)


def test_every_table_and_today() -> None:
    result = run(tractors(), near=0.5)
    told = result.tables["portfolio_frontier"]
    assert result.bound == pytest.approx(result.summary["value"], rel=1e-4)
    assert told.filter("is_plan")["value"].item() == result.summary["value"]
    assert set(told.filter(~told["is_today"])["odds"]) == {0.5, 1.0, 2.0, 4.0}
    today = told.filter("is_today").row(0, named=True)
    assert today["value"] <= result.summary["value"] + 1e-6
    assert today["bound"] is None
    changes = {(row["change"], row["factor"]): row for row in result.tables["portfolio_sensitivity"].to_dicts()}
    assert changes["prices", 1.1]["value_change"] > 0 > changes["prices", 0.9]["value_change"]
    assert changes["costs", 0.9]["value_change"] > 0 > changes["costs", 1.1]["value_change"]
    for row in result.tables["portfolio_alternatives"].to_dicts():
        assert row["added"] or row["dropped"]
        assert row["below_share"] <= 0.5
    matrix = result.tables["promise_interactions"]
    whole = matrix.filter(matrix["offer"].is_null())
    parts = matrix.drop_nulls("offer").group_by("promise").agg(pl.col("capital_before", "capital_after").sum())
    assert dict(parts.select("promise", "capital_after").iter_rows()) == pytest.approx(
        dict(whole.select("promise", "capital_after").iter_rows()))


def test_stock_that_is_counted_today_is_what_today_costs() -> None:
    market, model, decision = plan_of(1)
    rows = market.chain.table("items").to_dicts()
    held = sum(5 * row["price"] for row in rows)
    counted = chain_of(items=rows, stocks=[{"site": "J0", "item": row["item"], "on_hand": 5, "level": 5}
                                           for row in rows])
    assert points_of.capital_today(counted) == pytest.approx(held)
    assert points_of.capital_today(market.chain) is None
    curve = points_of.curve_of(market, model, 1.0, 1, decision)
    modelled, shelf = (points_of.told(curve, (model, decision), known).filter("is_today").row(0, named=True)
                       for known in (None, held))
    assert shelf["capital"] == pytest.approx(held)
    assert shelf["value"] == pytest.approx(modelled["value"] - 0.25 * (held - modelled["capital"]))


def test_customers_who_leave_make_a_kept_promise_worth_more() -> None:
    instance = possible(2)
    faithful, leaving = (market_of(instance, leaving_share=share) for share in (0.0, 0.2))
    lost, model = leaving.decided(leaving.model()), faithful.model()
    plain = faithful.decided(model)
    assert lost.worth.value < plain.worth.value
    asked = leaving.model().question
    assert {1.0, 3.0} <= set(asked.choice_odds)
    s, p = np.argwhere(model.question.accept > 0)[0]
    people = float(model.question.customers[s].sum())
    late = float(model.question.lines[s].sum() / people * (1 - model.question.planned[s, p, 0]))
    assert lost_renewals(model.question, 0.2, 3.0)[s, p] == pytest.approx(
        (1 - 0.8**late) * max(model.question.money[s, p], 0.0) * 3.0)


def test_a_menu_sells_by_the_logit_and_is_evaluated_with_the_rest_of_the_plan() -> None:
    rows = market()
    rows["acceptance"] = [row for row in rows["acceptance"] if row["segment"] == "FARM" or not row.get("price")]
    rows["acceptance"][0]["share"] = 0.5
    for item in rows["items"]:
        item["price"] = 0.0  # stock costs nothing: a menu earns what its buyers pay
    found = market_of(Instance(rows, "promised_date", Rules()), chain=chain_of(**rows), resupply_wait=1.0)
    model = found.model()
    decision = found.decided(model)
    menu = {row["segment"]: row for row in menus(model, Rules(), decision).iter_rows(named=True)}["HOSP"]
    assert (menu["alone"], set(menu["menu"].split(", "))) == ("FAST at 80", {"FAST at 80", "SLOW at 20"})
    odds = {"FAST": 1.0, "SLOW": 1.0}
    earned = {offer: 27 * (price - case - 5) + 9 * 260
              for offer, price, case in (("FAST", 80.0, 4.0), ("SLOW", 20.0, 0.0))}
    sold = {offer: value / (1 + sum(odds.values())) for offer, value in odds.items()}
    assert menu["taken_share"] == pytest.approx(sum(sold.values()))
    assert menu["value_change"] == pytest.approx(
        sum(sold[offer] * earned[offer] for offer in sold) - 0.5 * earned["FAST"])
    assert menu["capital_change"] == 0.0


def test_capital_is_shared_out_whole_and_changes_are_named() -> None:
    _, model, decision = plan_of(4)
    assert capital_by_offer(model, decision.plan, decision.worth).sum() == pytest.approx(decision.worth.tied)
    nobody = replace(decision.plan, choice=np.full_like(decision.plan.choice, -1))
    assert segments_changed(model, decision.plan, decision.plan) == []
    assert segments_changed(model, decision.plan, nobody) == [
        name for name, made in zip(model.question.segments, decision.plan.choice, strict=True) if made >= 0]
