"""People in `optimise.portfolio`: against trying every plan, and in its tables."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unreachable
from arbitre.maths.work.queueing import wait_exceeds
from arbitre.optimise import frontier, portfolio
from arbitre.simulate import proof
from benchmarks.portfolio_truth import drawn, is_right
from benchmarks.rows import chain_of
from tests.optimise.test_portfolio import by, market

Rows = dict[str, list[dict[str, Any]]]
HOURS = 12 * 365.25


def with_desk() -> Rows:
    """The market of two segments, whose questions a desk answers by day under FAST, a portal under SLOW."""
    rows = market()
    rows["promises"].append({"promise": "answer", "offer": "FAST", "kind": "call", "window": 2.0, "target_share": 0.9,
                             "step": "talk"})
    return {
        **rows, "crews": [{"crew": "desk", "heads": 2, "cost": 0.02}],
        "shifts": [{"crew": "desk", "starts": 7.0, "ends": 19.0}],
        "steps": [{"step": "talk", "work": 0.5}, {"step": "portal"}],
        "needs": [{"step": "talk", "crew": "desk"}],
        "routes": [{"kind": "call", "offer": "FAST", "to_step": "talk"},
                   {"kind": "call", "offer": "SLOW", "to_step": "portal"}],
        "arrivals": [{"kind": "call", "segment": "HOSP", "rate": 40_000.0},
                     {"kind": "call", "segment": "FARM", "offer": "SLOW", "rate": 10_000.0}]}


def run(rows: Rows, **params: Any) -> Result:
    return portfolio.run(chain_of(**rows), portfolio.Params(gap=0.0, rounds=40, **params), 1, silent)


@pytest.mark.parametrize("seed", range(10))
def test_tiny_chains_with_people_are_decided_as_by_trying_every_plan(seed: int) -> None:
    assert is_right(drawn(seed, people=True))[0]


def test_heads_answer_calls_within_the_window_promised() -> None:
    rows = with_desk()
    result = run(rows)
    crew = by(result, "portfolio_crews", "crew")["desk"]
    taken = by(result, "portfolio", "segment")["HOSP"]["taken_share"]
    assert crew["busy"] == pytest.approx(taken * 40_000 * 0.5 / HOURS)
    assert crew["cost"] == pytest.approx(crew["heads"] * 0.02 * HOURS) == result.summary["crews"]
    assert (crew["heads_before"], crew["work"]) == (2, pytest.approx(taken * 20_000))
    costs = sum(result.summary[name] for name in ("transport", "sites", "catalogue", "holding", "crews"))
    assert result.summary["margin"] - costs == pytest.approx(result.summary["value"])
    impact = by(result, "offer_impact", "offer")
    assert (impact["FAST"]["work"], impact["SLOW"]["work"]) == (pytest.approx(crew["work"]), 0.0)
    assert impact["FAST"]["heads_without"] == 0 < impact["FAST"]["heads_with"]


def test_the_calls_and_heads_of_the_plan_are_told_for_the_twin() -> None:
    rows = with_desk()
    rows["arrivals"] += [{"kind": "call", "rate": 7.0}]
    result = run(rows)
    taken = by(result, "portfolio", "segment")["HOSP"]["taken_share"]
    calls = result.tables["portfolio_arrivals"]
    hospital = calls.filter(segment="HOSP").sort("site")
    assert hospital.select("kind", "site", "offer").rows() == [("call", "NORTH", "FAST"), ("call", "SOUTH", "FAST")]
    assert hospital["rate"].to_list() == pytest.approx([taken * 40_000 * 2 / 3, taken * 40_000 / 3])  # by machines
    assert calls.filter(pl.col("segment").is_null())["rate"].to_list() == [7.0]
    level = by(result, "crew_levels", "crew")["desk"]
    assert (level["weekday"], level["starts"], level["ends"], level["heads_before"]) == (None, 7.0, 19.0, 2)
    assert level["heads"] == result.summary["heads"]
    assert level["heads"] * level["cost"] == pytest.approx(result.summary["crews"])


def test_heads_are_split_over_crews_that_stand_in_for_one_another_and_their_days() -> None:
    rows = with_desk()
    rows["crews"] = [{"crew": crew, "heads": 1, "cost": 0.02} for crew in ("desk", "evening")]
    rows["shifts"] = [{"crew": crew, "weekday": day, "starts": 7.0, "ends": 19.0}
                      for crew in ("desk", "evening") for day in ("monday", "friday")]
    rows["needs"] = [{"step": "talk", "crew": crew, "role": "agent"} for crew in ("desk", "evening")]
    result = run(rows)
    levels = result.tables["crew_levels"]
    assert levels["weekday"].to_list() == ["monday", "friday"] * 2
    assert levels.filter(weekday="monday")["heads"].sum() == result.summary["heads"]
    assert levels["heads"].to_list() == sorted(levels["heads"], reverse=True)
    assert (levels["cost"] * levels["heads"]).sum() == pytest.approx(result.summary["crews"])


def test_without_people_nothing_is_told_of_them() -> None:
    tables = run(market()).tables
    assert [tables[name].height for name in ("portfolio_crews", "crew_levels", "portfolio_arrivals")] == [0, 0, 0]


def test_a_wait_alone_is_kept_by_erlang_c() -> None:
    rows = with_desk()
    rows["steps"] = [{"step": "talk", "work": 0.5, "law": "constant"}, {"step": "portal"}]
    rows["promises"][-1] |= {"window": 0.6}
    crew = by(run(rows), "portfolio_crews", "crew")["desk"]
    heads, rate = crew["heads"], crew["busy"] / 0.5
    assert wait_exceeds(heads, rate, 0.5, 0.1) <= 0.1
    assert heads == int(crew["busy"]) + 1 or wait_exceeds(heads - 1, rate, 0.5, 0.1) > 0.1
    assert crew["promise"] == "answer"


def with_fitters(step: str | None, window: float, work: float = 1.5, heads: int = 2) -> Rows:
    """The market of two segments; fitters of one base visit the hospitals under FAST, day and night."""
    rows = market()
    rows["promises"].append({"promise": "visit", "offer": "FAST", "kind": "visit", "step": step, "window": window,
                             "target_share": 0.9})
    return {**rows, "crews": [{"crew": "fitters", "heads": heads, "cost": 0.02}],
            "steps": [{"step": "mend", "work": work, "law": "constant", "travels": True}],
            "needs": [{"step": "mend", "crew": "fitters"}], "routes": [{"kind": "visit", "to_step": "mend"}],
            "arrivals": [{"kind": "visit", "segment": "HOSP", "rate": 40_000.0}]}


def test_a_response_calls_for_the_heads_of_erlang_c() -> None:
    crew = by(run(with_fitters("arrived", 0.4)), "portfolio_crews", "crew")["fitters"]
    heads, rate = crew["heads"], crew["busy"] / 1.5
    assert wait_exceeds(heads, rate, 1.5, 0.4) <= 0.1
    assert heads == int(crew["busy"]) + 1 or wait_exceeds(heads - 1, rate, 1.5, 0.4) > 0.1
    assert crew["promise"] == "visit"


def test_a_response_calls_for_what_a_restoration_does_with_the_time_of_the_work_more() -> None:
    response, restored, same = (run(with_fitters(step, window)).summary
                                for step, window in (("arrived", 0.4), (None, 1.9), (None, 1.6)))
    assert response == restored
    assert same["heads"] > response["heads"]
    idle = [run(with_fitters(step, 0.4, work=0.0)).summary for step in ("arrived", None)]
    assert idle[0] == idle[1]


def test_nobody_comes_to_those_who_are_answered_from_afar() -> None:
    rows = with_fitters("arrived", 0.4)
    rows["commitments"] = [{"segment": "HOSP", "offer": "FAST", "rule": "keep"}]
    rows["routes"] += [{"kind": "visit", "offer": "FAST", "to_step": "talk"}]
    rows["steps"] += [{"step": "talk", "work": 0.1}]
    rows["needs"] += [{"step": "talk", "crew": "fitters"}]
    with pytest.raises(Unreachable, match=r"what no number of heads of fitters keeps .visit.: nobody goes to these"):
        run(rows)


def test_the_twin_finds_a_response_kept_as_planned() -> None:
    rows = with_fitters("arrived", 0.4)
    rows["steps"][0] |= {"law": "exponential"}  # M/M/c: nothing is approximated
    result = run(rows)
    heads, busy = (by(result, "portfolio_crews", "crew")["fitters"][name] for name in ("heads", "busy"))
    del rows["demand"]  # the visits alone
    planned = {"arrivals": result.tables["portfolio_arrivals"], "crew_levels": result.tables["crew_levels"]}
    judged = proof.run(chain_of(**rows).with_(**planned), proof.Params.model_validate(
        {"crews": "plan", "kind": "visit", "least": 4, "most": 4, "years": 2}), 1, silent)
    row = by(judged, "proofs", "promise")["visit"]
    assert row["low_share"] <= 1.0 - wait_exceeds(heads, busy / 1.5, 1.5, 0.4) <= row["high_share"]


def test_a_channel_costs_what_its_time_does() -> None:
    rows = with_desk()
    rows |= {"resources": [{"resource": "web", "cost": 600.0, "capacity": 100.0}],
             "activities": [{"activity": "click", "resource": "web"}],
             "time_equations": [{"activity": "click", "per": "event", "step": "portal", "minutes": 0.1}]}
    rows["promises"].pop()
    plain = by(run(with_desk() | {"promises": rows["promises"]}), "portfolio", "segment")["FARM"]
    paid = by(run(rows), "portfolio", "segment")["FARM"]
    assert paid["offer"] == plain["offer"] == "SLOW"
    assert paid["case_cost"] - plain["case_cost"] == pytest.approx(0.8 * 10_000 * 0.1 * 0.1)


def test_a_budget_of_heads_is_kept_and_named() -> None:
    rows = with_desk()
    free = run(rows)
    tight = run(rows, heads=int(free.summary["heads"]) - 1)
    assert tight.summary["heads"] < free.summary["heads"]
    assert tight.summary["value"] <= free.summary["value"]
    rows["commitments"] = [{"segment": "HOSP", "offer": "FAST", "rule": "keep"}]
    with pytest.raises(Unreachable, match="at most 1 heads in all crews"):
        run(rows, heads=1)


def test_a_response_that_nobody_can_give_is_named() -> None:
    rows = with_desk()
    rows["promises"][-1] |= {"window": 0.3}
    rows["commitments"] = [{"segment": "HOSP", "offer": "FAST", "rule": "keep"}]
    with pytest.raises(Unreachable, match="what no number of heads of desk keeps"):
        run(rows)


def test_the_frontier_counts_heads_too() -> None:
    chain = chain_of(**with_desk())
    params = frontier.Params(**{"points": 1, "alternatives": 0})
    told = frontier.run(chain, params, 1, silent)
    decided = run(with_desk())
    assert told.summary["value"] <= decided.summary["bound"] + 1e-6
    assert told.summary["bound"] >= decided.summary["value"] - 1e-6


def test_many_heads_are_found_by_cutting_bins() -> None:
    instance = drawn(4, people=True)
    rows = {**instance.rows, "arrivals": [{**row, "rate": 40 * row["rate"]} for row in instance.rows["arrivals"]],
            "crews": [{**row, "cost": row["cost"] / 40} for row in instance.rows["crews"]]}
    assert is_right(replace(instance, rows=rows))[0]
