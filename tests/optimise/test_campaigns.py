"""Planned work beside calls: what shifts make room for, tried out in full, and what the twin lives of it."""

from collections import Counter
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.capability import Result, silent
from arbitre.core.errors import Unreachable, Unsupported
from arbitre.optimise import shifts
from arbitre.simulate import proof, twin
from benchmarks.rows import chain_of

Rows = dict[str, list[dict[str, Any]]]
OVERHAUL = {"campaign": "overhaul", "kind": "overhaul", "cases": 20, "opens_on": date(2026, 6, 1),
            "due_on": date(2026, 8, 9), "late_cost": 1000.0}


def workshop(**other: list[dict[str, Any]]) -> Rows:
    """A workshop wanted on Mondays from eight to noon, by shifts of two hours; an overhaul takes one hour of it."""
    rows: Rows = {
        "crews": [{"crew": "fitters", "heads": 2, "cost": 10.0}],
        "heads_wanted": [{"crew": "fitters", "weekday": "monday", "starts": 8.0, "ends": 12.0, "heads": 1,
                         "short_cost": 30.0}],
        "shift_patterns": [{"pattern": "short", "crew": "fitters", "earliest": 8.0, "latest": 10.0, "every": 1.0,
                            "shortest": 2.0}],
        "steps": [{"step": "call", "work": 1.0}, {"step": "overhaul", "work": 1.0, "law": "constant"}],
        "routes": [{"kind": "call", "to_step": "call"}, {"kind": "overhaul", "to_step": "overhaul"}],
        "needs": [{"step": "call", "crew": "fitters"}, {"step": "overhaul", "crew": "fitters"}],
        "campaigns": [OVERHAUL],
    }
    return rows | other


def levels(heads: int = 2, busy_share: float = 0.5) -> list[dict[str, Any]]:
    """Heads that calls want on Mondays from eight to noon, and the share of them that calls keep busy."""
    return [{"crew": "fitters", "weekday": "monday", "starts": 8.0 + hour, "ends": 9.0 + hour, "heads": heads,
             "busy_share": busy_share} for hour in range(4)]


GIVES_WAY: Rows = {
    "steps": [{"step": "call", "work": 1.0},
              {"step": "overhaul", "work": 1.0, "law": "constant", "interrupted": "resume"}],
    "priorities": [{"kind": "call", "priority": 0}],
}


def solve(rows: Rows, **params: Any) -> Result:
    chain = chain_of(**rows)
    assert chain.check() == []
    return shifts.run(chain, shifts.Params(**{"gap": 0.0, **params}), 1, silent)


@settings(deadline=None, max_examples=25)
@given(heads=st.lists(st.integers(0, 2), min_size=4, max_size=4), cases=st.integers(0, 40),
       late=st.sampled_from([4.0, 12.0, 300.0]), short=st.sampled_from([8.0, 30.0]))
def test_no_plan_with_its_campaign_costs_less(heads: list[int], cases: int, late: float, short: float) -> None:
    if not any(heads):
        heads = [0, 0, 0, 1]
    wanted = [{"crew": "fitters", "weekday": "monday", "starts": 8.0 + hour, "ends": 9.0 + hour, "heads": count,
               "short_cost": short} for hour, count in enumerate(heads) if count]
    found = solve(workshop(heads_wanted=wanted, campaigns=[OVERHAUL | {"cases": cases, "late_cost": late}]))
    often = -(-cases // 10)

    def price(shifts_given: tuple[int, ...], jobs: tuple[int, ...]) -> float:
        first, second, third = shifts_given
        present = np.array([first, first + second, second + third, third])
        if (present < jobs).any() or sum(jobs) > often:
            return np.inf
        missing = np.maximum(np.array(heads) - (present - jobs), 0)
        return 20.0 * sum(shifts_given) + short * float(missing.sum()) + late * (often - sum(jobs))

    best = min(price(given, jobs) for given in product(range(5), repeat=3) for jobs in product(range(5), repeat=4)
               if max(jobs) <= often)
    assert found.summary["value"] == pytest.approx(best)
    assert found.bound == pytest.approx(best)


def test_a_campaign_takes_the_hours_that_shifts_leave() -> None:
    pattern = {"pattern": "long", "crew": "fitters", "earliest": 8.0, "latest": 8.0, "shortest": 8.0}
    found = solve(workshop(shift_patterns=[pattern], campaigns=[OVERHAUL | {"cases": 40}]))
    assert (found.summary["cost_of_campaigns"], found.summary["cost_of_campaigns_alone"]) == (0.0, 80.0)
    planned = found.tables["planned_cases"]
    assert planned["cases"].sum() == 4
    assert planned["weekday"].unique().to_list() == ["monday"]
    assert planned["starts"].is_between(12.0, 15.0).all()
    (plan,) = found.tables["campaign_plans"].to_dicts()
    assert (plan["asked"], plan["booked"], plan["hours"], plan["late"], plan["is_filler"]) == (4, 4, 1.0, 0, False)
    assert plan["ends_on"] == OVERHAUL["due_on"]
    cover = found.tables["shift_cover"]
    assert cover["booked"].sum() / 4.0 == found.summary["campaign_hours"] == 4.0
    assert cover["reason"].null_count() == cover.height


def test_what_gives_way_takes_the_time_that_calls_leave_idle() -> None:
    rows = workshop(campaigns=[OVERHAUL | {"cases": 30}], crew_levels=levels(), **GIVES_WAY)
    rows.pop("heads_wanted")
    found = solve(rows)
    # Two heads, half busy, four hours: 3.6 of the 4 idle hours are counted on, and three are asked for.
    assert found.summary["cost_of_campaigns"] == pytest.approx(0.0)
    assert found.tables["shift_cover"]["filled"].sum() / 4.0 == pytest.approx(3.0)
    assert found.tables["planned_cases"]["cases"].sum() == 3
    assert found.tables["campaign_plans"]["is_filler"].to_list() == [True]
    more = solve({**rows, "campaigns": [OVERHAUL | {"cases": 40}]})
    assert more.summary["cost_of_campaigns"] == pytest.approx(20.0)
    busy = solve({**rows, "crew_levels": levels(busy_share=1.0)})
    assert busy.summary["cost_of_campaigns"] == pytest.approx(40.0)
    never = solve({**rows, "steps": workshop()["steps"]})
    assert never.tables["campaign_plans"]["is_filler"].to_list() == [False]


def test_what_is_too_dear_is_late_and_said() -> None:
    found = solve(workshop(campaigns=[OVERHAUL | {"late_cost": 1.0}]))
    assert found.summary["campaign_cases_late"] == 20
    assert found.tables["campaign_plans"]["ends_on"].to_list() == [None]
    assert found.tables["planned_cases"].height == 0


def test_only_campaigns_open_on_the_day_count() -> None:
    later = OVERHAUL | {"campaign": "later", "opens_on": date(2027, 1, 1), "due_on": date(2027, 3, 1)}
    rows = workshop(campaigns=[OVERHAUL, later])
    assert solve(rows).tables["campaign_plans"].height == 2
    assert solve(rows, on=date(2026, 7, 1)).tables["campaign_plans"]["campaign"].to_list() == ["overhaul"]


def test_the_order_of_rows_changes_nothing() -> None:
    campaigns = [OVERHAUL, OVERHAUL | {"campaign": "upgrade", "cases": 10}]
    tables = [solve(workshop(campaigns=rows)).tables for rows in (campaigns, campaigns[::-1])]
    assert tables[0]["campaign_plans"].equals(tables[1]["campaign_plans"])
    assert tables[0]["planned_cases"].equals(tables[1]["planned_cases"])


def test_a_shift_that_only_a_campaign_needs_is_not_left_empty() -> None:
    rows = workshop(campaigns=[OVERHAUL | {"cases": 40}])
    rows.pop("heads_wanted")
    found = solve(rows | {"crew_levels": levels(heads=0)})
    assert found.tables["shift_needs"]["short_cost"].min() >= OVERHAUL["late_cost"]


def test_what_cannot_be_planned_is_told() -> None:
    base = workshop()
    with pytest.raises(Unsupported, match="less than a week"):
        solve(workshop(campaigns=[OVERHAUL | {"due_on": date(2026, 6, 3)}]))
    with pytest.raises(Unsupported, match="nobody would"):
        solve(workshop(needs=base["needs"][:1]))
    with pytest.raises(Unsupported, match="into days"):
        solve(workshop(steps=[base["steps"][0], {"step": "overhaul", "work": 3.0}]))
    with pytest.raises(Unreachable, match="belongs"):
        solve(workshop(sites=[{"site": "north"}, {"site": "south"}], campaigns=[OVERHAUL | {"site": "north"}],
                       crews=[{"crew": "fitters", "site": "south", "cost": 10.0}]))


def test_faults_of_campaigns_are_told() -> None:
    wrong = chain_of(**workshop(campaigns=[OVERHAUL | {"due_on": date(2026, 5, 1), "kind": "overhual"}]))
    assert {(fault.table, fault.rule) for fault in wrong.check()} == {
        ("campaigns", "due_before_opened"), ("campaigns", "kind_without_begin")}
    strange = chain_of(**workshop(planned_cases=[{"kind": "nothing", "starts": 8.0}]))
    assert {(fault.table, fault.rule) for fault in strange.check()} == {("planned_cases", "kind_without_begin")}


def test_the_twin_replays_what_is_planned() -> None:
    rows = workshop(planned_cases=[{"kind": "overhaul", "weekday": "tuesday", "starts": 9.5, "cases": 2},
                              {"kind": "overhaul", "starts": 6.0}], sites=[{"site": "base"}],
                    arrivals=[{"kind": "call", "rate": 400.0}])
    found = twin.run(chain_of(**rows), twin.Params(days=70), 1, silent)
    opened = found.tables["cases"].filter(kind="overhaul")["opened_at"]
    often = Counter(zip(opened.dt.weekday(), opened.dt.hour(), strict=True))
    assert often == {**{(weekday, 6): 10 for weekday in range(1, 8)}, (2, 9): 20}
    assert opened.filter(opened.dt.hour() == 9).dt.minute().unique().to_list() == [30]
    twice = twin.run(chain_of(**rows), twin.Params(days=70), 1, silent).tables["cases"]
    calls = twin.run(chain_of(**{**rows, "planned_cases": rows["planned_cases"][:1]}), twin.Params(days=70), 1, silent)
    assert twice.equals(found.tables["cases"])
    assert calls.tables["cases"].filter(kind="call")["opened_at"].equals(
        found.tables["cases"].filter(kind="call")["opened_at"])


def test_calls_do_not_wait_for_work_that_gives_way() -> None:
    """In the twin calls keep the same share whether overhauls fill the idle time or not; where these may not be put
    down, calls keep less."""
    planned = [{"kind": "overhaul", "starts": hour + 0.0, "cases": 1} for hour in range(0, 24, 3)]
    rows = workshop(**GIVES_WAY, arrivals=[{"kind": "call", "rate": 4000.0}], promises=[
        {"promise": "calls", "kind": "call", "window": 2.0, "target_share": 0.5}])

    def kept(**other: list[dict[str, Any]]) -> tuple[float, float]:
        found = proof.run(chain_of(**{**rows, **other}), proof.Params(least=6, most=6), 1, silent)
        (row,) = found.tables["proofs"].to_dicts()
        return row["low_share"], row["high_share"]

    rows["steps"][1]["work"] = 2.0
    alone, with_overhauls = kept(), kept(planned_cases=planned)
    assert with_overhauls == alone
    steps = [rows["steps"][0], {"step": "overhaul", "work": 2.0, "law": "constant"}]
    blocked = kept(planned_cases=planned, steps=steps)
    assert blocked[1] < alone[0]


def test_no_case_planned_is_none() -> None:
    rows = workshop(planned_cases=[{"kind": "overhaul", "starts": 6.0, "cases": 0}],
                    arrivals=[{"kind": "call", "rate": 90.0}])
    found = twin.run(chain_of(**rows), twin.Params(days=70), 1, silent)
    assert found.tables["cases"].filter(pl.col("kind") == "overhaul").is_empty()
