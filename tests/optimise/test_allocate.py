"""One budget over channels, hours and stock: margins are equal, the worth is told, what is missing is asked for."""

import math
from typing import Any

import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported, UsageError
from arbitre.optimise import allocate
from benchmarks.rows import chain_of


def hours(name: str, most: float, today: int) -> list[dict[str, Any]]:
    """A team whose hours, at 30 each, bring most x sqrt(hours)."""
    return [{"response": name, "kind": "crew", "amount": float(amount), "cost": 30.0 * amount,
             "worth": most * math.sqrt(amount), "error": 10.0, "is_today": amount == today} for amount in range(0, 201)]


def told(chain: Any, **params: Any) -> Result:
    return allocate.run(chain, allocate.Params(**params), 1, silent)


def test_the_last_unit_of_money_brings_as_much_everywhere() -> None:
    """With worth a sqrt(x) the best shares are as a squared: 1 to 4 here."""
    found = told(chain_of(responses=[*hours("desk", 500.0, 100), *hours("field", 1000.0, 25)]))
    rows = {row["response"]: row for row in found.tables["allocation"].to_dicts()}
    assert (rows["desk"]["amount"], rows["field"]["amount"]) == (25.0, 100.0)
    assert rows["desk"]["next"] == pytest.approx(rows["field"]["next"], rel=0.02)
    assert found.summary["worth_of_budget"] == pytest.approx(1000 / (2 * 10 * 30), rel=0.02)
    assert found.summary["gain"] == pytest.approx(500 * 5 + 1000 * 10 - 500 * 10 - 1000 * 5)
    assert found.summary["value"] <= found.summary["bound"] <= found.summary["value"] * 1.001
    assert found.summary["error"] == pytest.approx(10 * math.sqrt(2))


def test_spend_and_stock_share_with_hours() -> None:
    """A late case costs 200: stock that keeps a tenth more of 100 cases a year earns 2,000 for its 500."""
    chain = chain_of(
        responses=hours("desk", 500.0, 100),
        spend_curve=[{"channel": "tv", "spend": spend, "worth": worth, "error": 1.0, "is_today": spend == 10.0}
                     for spend, worth in ((5.0, 30.0), (10.0, 40.0), (15.0, 42.0))],
        promises=[{"promise": "fast", "late_cost": 200.0}, {"promise": "slow"}],
        promise_worth=[{"promise": "fast", "demand": 60.0}, {"promise": "fast", "segment": "a", "demand": 40.0},
                       {"promise": "slow", "demand": 5.0}],
        stock_curve=[{"point": point, "promise": promise, "cost": 500.0 * point, "capital": 5000.0 * point,
                      "kept_share": kept, "is_today": point == 0}
                     for point, kept in enumerate((0.8, 0.9, 0.95)) for promise in ("fast", "slow", None)])
    found = told(chain)
    rows = {(row["kind"], row["response"]): row for row in found.tables["allocation"].to_dicts()}
    assert set(rows) == {("crew", "desk"), ("spend", "tv"), ("stock", "stock")}
    stock = rows[("stock", "stock")]
    assert stock["worth_before"] == pytest.approx(0.8 * 100 * 200)
    assert (stock["amount"], stock["worth"]) == (10_000.0, pytest.approx(0.95 * 100 * 200))
    assert rows[("spend", "tv")]["worth"] == pytest.approx(40.0 * 365.25 / 7)
    assert rows[("crew", "desk")]["amount"] < 100
    assert found.summary["cost"] <= found.summary["budget"]


def test_hours_of_teams_start_from_the_plan_and_crews_of_a_team_are_one() -> None:
    """Two crews stand in for one another: one head more at 8 earns twice what it costs, at 9 half as much."""
    levels = [{"crew": crew, "weekday": "monday", "starts": hour, "ends": hour + 1.0, "heads": heads,
               "rate": 5.0 + hour, "worth": worth, "cost": 1000.0}
              for crew, heads in (("a", 2), ("b", 1)) for hour, worth in ((8.0, 2000.0), (9.0, 500.0))]
    chain = chain_of(crew_levels=[*levels, {"crew": "c", "weekday": "monday", "starts": 8.0, "ends": 9.0, "heads": 1,
                                            "rate": 1.0, "worth": 100.0, "cost": 1000.0}])
    found = told(chain, budget=8000.0)
    rows = {row["response"]: row for row in found.tables["allocation"].to_dicts()}
    assert set(rows) == {"a, b", "c"}
    team = rows["a, b"]
    assert (team["amount_before"], team["cost_before"], team["worth_before"]) == (6.0, 6000.0, 0.0)
    assert (team["amount"], team["worth"], team["next"]) == (7.0, 2000.0, 0.5)
    assert rows["c"]["amount"] == 1.0


def test_hours_of_those_who_act_bring_their_actions_and_a_few_more() -> None:
    """Half a year of 100 hours a year, at 20 an hour: 30 hours bring 3,000, 20 more bring 800, one more is worth 30."""
    chain = chain_of(
        next_actions=[{"rank": 1, "customer": "x", "lever": "call", "resource": "team", "hours": 30.0, "value": 3000.0},
                      {"rank": 2, "customer": "y", "lever": "call", "resource": "team", "hours": 20.0, "value": 800.0},
                      {"rank": 3, "customer": "z", "lever": "mail", "hours": 0.0, "value": 5.0}],
        action_hours=[{"resource": "team", "hours": 50.0, "worth": 30.0, "left_out": 4}],
        resources=[{"resource": "team", "cost": 2000.0, "capacity": 100.0}])
    row = told(chain).tables["allocation"].row(0, named=True)
    assert (row["cost"], row["worth"]) == pytest.approx((2000.0, 7600.0))
    assert row["amount"] == pytest.approx(100 * 7 / 365.25)
    assert (row["last"], row["next"]) == pytest.approx((2.0, 1.5))
    assert told(chain, budget=1300.0).tables["allocation"]["worth"].item() == pytest.approx(6000.0)


def test_what_is_missing_is_asked_for() -> None:
    with pytest.raises(Unsupported, match="Add the table responses"):
        told(chain_of(promises=[{"promise": "fast"}]))
    with pytest.raises(UsageError, match="marked is_today"):
        told(chain_of(responses=hours("desk", 1.0, -1)))
    assert told(chain_of(responses=hours("desk", 1.0, -1)), budget=300.0).summary["gain"] is None
    low = [row for row in hours("desk", 1.0, 50) if row["amount"] >= 10]
    with pytest.raises(UsageError, match="Raise it, or add smaller amounts"):
        told(chain_of(responses=low), budget=100.0)
