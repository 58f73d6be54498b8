"""`optimise.stock` decided by penalties or a budget, and the curve it always draws, on chains small enough to see."""

from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.core.errors import Unreachable, Unsupported, UsageError
from tests.optimise.test_stock import depot_and_local, park, solve


def priced(fast: float | None = 90.0, slow: float | None = 15.0) -> dict[str, list[dict[str, Any]]]:
    rows = depot_and_local()
    rows["promises"][0]["late_cost"], rows["promises"][1]["late_cost"] = fast, slow
    return rows


def test_penalties_weigh_stock_against_late_cases_as_enumeration_does() -> None:
    rows = depot_and_local(
        sites=[{"site": "hub", "supplier": None}], lanes=[],
        promises=[{"promise": "p1", "window": 0.0, "target_share": 0.9, "late_cost": 30.0}],
        demand=[{"item": "pump", "site": "hub", "segment": "big", "offer": "fast", "rate": 24.35},
                {"item": "seal", "site": "hub", "segment": "big", "offer": "fast", "rate": 73.05}],
        stocks=[{"site": "hub", "item": "pump", "level": 1}])
    summary = solve(rows, decide="penalties").summary

    def yearly(rate: float, days: float, price: float, level: int) -> float:
        mean = rate / 365.25 * days
        pmf = np.exp(-mean) * np.cumprod(np.concatenate([[1.0], mean / np.arange(1, 40)]))
        on_hand = (pmf[:level] * (level - np.arange(level))).sum()
        return float(0.25 * price * on_hand + 30.0 * rate * (1 - pmf[:level].sum()))

    best = min(yearly(24.35, 30, 100, pump) + yearly(73.05, 10, 1, seal)
               for pump, seal in product(range(12), range(16)))
    assert summary["value"] == pytest.approx(best)
    assert summary["bound"] == pytest.approx(best, rel=1e-6)
    assert summary["late_cost"] + 0.25 * summary["capital_after"] == pytest.approx(best)
    today = yearly(24.35, 30, 100, 1) + yearly(73.05, 10, 1, 0)
    assert summary["cost_before"] == pytest.approx(today)
    assert summary["late_cost_before"] == pytest.approx(today - 0.25 * summary["capital_before"])


def test_late_cases_are_paid_by_what_shares_count() -> None:
    result = solve(priced(), decide="penalties")
    costs = pl.DataFrame({"promise": ["p1", "p2"], "late": [90.0, 15.0]})
    worth = result.tables["promise_worth"].join(costs, on="promise")
    late = (worth["late"] * worth["demand"] * (1 - worth["kept_after"])).sum()
    assert result.summary["late_cost"] == pytest.approx(late)
    assert worth["worth"].to_list() == pytest.approx((0.01 * worth["late"] * worth["demand"]).to_list())
    assert result.summary["weighed_by"] == "late_cost"


def test_a_budget_of_what_penalties_spend_buys_the_same_levels() -> None:
    by_penalties = solve(priced(), decide="penalties")
    by_budget = solve(priced(), decide="budget", budget=by_penalties.summary["capital_after"])
    levels = [result.tables["stock_levels"]["level"].to_list() for result in (by_penalties, by_budget)]
    assert levels[0] == levels[1]
    assert by_budget.summary["kept_gap"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("budget", [200.0, 400.0, 700.0])
def test_a_budget_is_never_exceeded_and_more_of_it_never_keeps_less(budget: float) -> None:
    found, more = (solve(depot_and_local(), decide="budget", budget=money).summary for money in (budget, 2 * budget))
    assert found["capital_after"] <= budget * (1 + 1e-9)
    assert found["kept_share"] <= found["kept_share_most"] <= more["kept_share_most"] <= 1
    assert found["kept_share"] <= more["kept_share"]
    assert found["bound"] <= found["value"] == pytest.approx(0.25 * found["capital_after"])
    assert found["weighed_by"] == "equal"


def test_what_does_not_count_is_said() -> None:
    result = solve(priced(slow=None), decide="penalties", item_floor_share=0.95)
    assert result.summary["not_weighed"] == "p2"
    assert result.summary["floors"] == "not held"
    floors = result.tables["promise_worth"].filter(pl.col("promise") == "floor")
    assert floors["kept_after"].min() < 0.95  # type: ignore[operator]
    assert (floors["worth"] == 0).all()


def test_questions_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="add a budget"):
        solve(priced(), decide="budget")
    with pytest.raises(UsageError, match="Add --decide budget, or leave the budget out"):
        solve(priced(), budget=100.0)
    with pytest.raises(UsageError, match="leave change_cost out"):
        solve(priced(), decide="budget", budget=100.0, change_cost=1.0)
    with pytest.raises(UsageError, match="add --weight line"):
        solve(priced(), decide="penalties", weight="value")
    with pytest.raises(Unsupported, match=r"Fill it in promises for at least one of p1, p2\."):
        solve(depot_and_local(), decide="penalties")
    rows = priced()
    rows["items"][0]["lot"], rows["items"][1]["lot"] = 20, 1
    with pytest.raises(Unreachable, match=r"A budget of 5 is less than 7\d\d, what the smallest lots tie up"):
        solve(rows, decide="budget", budget=5.0)


@pytest.mark.parametrize("params", [{}, {"decide": "penalties"}, {"decide": "budget", "budget": 400.0},
                                    {"change_cost": 5.0}])
def test_the_curve_holds_the_plan_and_today_and_brackets_every_point(params: dict[str, Any]) -> None:
    result = solve(priced(), **params)
    curve, worth = result.tables["stock_curve"], result.tables["promise_worth"]
    whole = curve.filter(pl.col("promise").is_null())
    assert whole["point"].to_list() == list(range(1, whole.height + 1))
    assert curve.select("point", "promise").is_unique().all()
    assert whole["cost"].is_sorted()
    assert whole["capital"].to_list() == pytest.approx((whole["cost"] / 0.25).to_list())
    drawn = whole.filter(~pl.col("is_plan") & ~pl.col("is_today"))
    assert (drawn["bound"] <= drawn["cost"]).all()
    assert drawn["kept_share"].is_sorted()
    for mark, when in (("is_plan", "after"), ("is_today", "before")):
        point = curve.filter(pl.col(mark))
        assert point["capital"][0] == pytest.approx(result.summary[f"capital_{when}"])
        each = point.drop_nulls("promise").join(worth, on="promise", maintain_order="left")
        assert each.height == 2
        assert each["kept_share"].to_list() == pytest.approx(each[f"kept_{when}"].to_list())
    plan = whole.filter(pl.col("is_plan"))
    assert plan["bound"][0] <= plan["cost"][0] * (1 + 1e-9)


def test_a_promise_held_for_every_segment_is_one_line_of_the_curve() -> None:
    result = solve(priced(), by="segment", floor_share=0.5)
    names = result.tables["stock_curve"]["promise"].unique(maintain_order=True).to_list()
    assert names == [None, "p1", "p2"]
    worth = result.tables["promise_worth"].filter(pl.col("promise") == "p1")
    plan = result.tables["stock_curve"].filter(pl.col("is_plan") & (pl.col("promise") == "p1"))
    assert plan["kept_share"][0] == pytest.approx((worth["kept_after"] * worth["demand"]).sum() / worth["demand"].sum())


def test_without_promises_or_stock_of_today_the_curve_has_none() -> None:
    rows = priced()
    del rows["stocks"]
    assert not solve(rows).tables["stock_curve"]["is_today"].any()
    rows["promises"] = [{"promise": "p1", "kind": "visit", "window": 4.0, "target_share": 0.9}]
    assert solve(rows).tables["stock_curve"].height == 0
    nothing = solve(rows, decide="budget", budget=100.0).summary
    assert nothing["capital_after"] == 0
    assert "kept_share" not in nothing


def test_availability_is_told_as_promised_and_weighs_nothing_without_targets() -> None:
    result = solve(park(20, 0.98))
    curve = result.tables["stock_curve"].drop_nulls("promise")
    told = result.tables["promise_worth"].select("kept_before", "kept_after").row(0)
    assert [curve.filter(mark)["kept_share"][0] for mark in ("is_today", "is_plan")] == pytest.approx(told)
    assert curve["kept_share"].is_between(0, 1).all()
    promise = result.tables["promise_worth"]["promise"][0]
    summary = solve(park(20, 0.98), decide="budget", budget=1000.0).summary
    assert summary["not_weighed"] == promise
    assert summary["capital_after"] == 0


def test_free_parts_counted_by_value_have_a_curve() -> None:
    rows = priced()
    for item in rows["items"]:
        item["price"] = 0.0
    curve = solve(rows, weight="value").tables["stock_curve"]
    assert curve["kept_share"].is_finite().all()


def test_promises_that_ask_for_nothing_still_have_a_curve() -> None:
    rows = depot_and_local()
    for promise in rows["promises"]:
        promise["target_share"] = 0.0
    whole = solve(rows).tables["stock_curve"].filter(pl.col("promise").is_null())
    assert whole.filter(pl.col("is_plan"))["capital"][0] == 0
    assert whole["kept_share"].max() > 0.9  # type: ignore[operator]
