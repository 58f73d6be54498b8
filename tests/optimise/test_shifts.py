"""`optimise.shifts`: covers small enough to try out, breaks, budgets, and hours that nobody can cover."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported
from arbitre.optimise import shifts
from benchmarks.rows import chain_of

Rows = dict[str, list[dict[str, Any]]]


def desk(**other: list[dict[str, Any]]) -> Rows:
    """A desk wanted on Mondays from eight to noon, by shifts of two hours."""
    rows: Rows = {
        "crews": [{"crew": "desk", "heads": 2, "cost": 10.0}],
        "heads_wanted": [{"crew": "desk", "weekday": "monday", "starts": 8.0, "ends": 12.0, "heads": 2,
                         "short_cost": 30.0}],
        "shift_patterns": [{"pattern": "short", "crew": "desk", "earliest": 8.0, "latest": 10.0, "every": 1.0,
                            "shortest": 2.0}],
    }
    return rows | other


def solve(rows: Rows, **params: Any) -> Result:
    chain = chain_of(**rows)
    assert chain.check() == []
    return shifts.run(chain, shifts.Params(**{"gap": 0.0, **params}), 1, silent)


def test_shifts_meet_what_is_wanted() -> None:
    found = solve(desk())
    assert found.summary["value"] == found.summary["bound"] == 80.0
    needs = {(row["shift"], row["weekday"]): row["heads"] for row in found.tables["shift_needs"].iter_rows(named=True)}
    assert needs == {("short 08:00-10:00", "monday"): 2, ("short 10:00-12:00", "monday"): 2}


@pytest.mark.parametrize("seed", range(8))
def test_no_cover_costs_less(seed: int) -> None:
    rng = np.random.default_rng(seed)
    heads = rng.integers(0, 4, 4)
    rows = desk(heads_wanted=[{"crew": "desk", "weekday": "monday", "starts": 8.0 + hour, "ends": 9.0 + hour,
                              "heads": int(count), "short_cost": cost}
                             for hour, count in enumerate(heads) for cost, count in ((8.0, count), (15.0, count // 2))
                             if count])
    found = solve(rows | {"heads_wanted": list({(row["starts"], row["heads"]): row
                                               for row in rows["heads_wanted"]}.values())})
    wanted = {(row["starts"] - 8.0, row["heads"], row["short_cost"]) for row in
              {(row["starts"], row["heads"]): row for row in rows["heads_wanted"]}.values()}

    def price(given: tuple[int, ...]) -> float:
        present = [given[0], given[0] + given[1], given[1] + given[2], given[2]]
        return 20.0 * sum(given) + sum(cost * max(count - present[int(hour)], 0) for hour, count, cost in wanted)

    assert found.summary["value"] == pytest.approx(min(price(given) for given in product(range(5), repeat=3)))
    assert found.bound == pytest.approx(found.summary["value"])


def test_everyone_has_a_break_within_the_shift() -> None:
    patterns = [{"pattern": "day", "crew": "desk", "earliest": 8.0, "latest": 9.0, "every": 0.5, "shortest": 4.0,
                 "longest": 6.0, "break_hours": 0.5}]
    levels = [{"crew": "desk", "weekday": "monday", "starts": 8.0, "ends": 15.0, "heads": 4, "short_cost": 50.0}]
    found = solve(desk(shift_patterns=patterns, heads_wanted=levels))
    kinds = {row["shift"]: row for row in found.tables["shift_kinds"].iter_rows(named=True)}
    breaks = found.tables["shift_breaks"]
    for row in found.tables["shift_needs"].iter_rows(named=True):
        own = breaks.filter(shift=row["shift"])
        assert own["heads"].sum() == row["heads"]
        quarter = (kinds[row["shift"]]["ends"] - kinds[row["shift"]]["starts"]) / 4
        assert own["starts"].min() >= kinds[row["shift"]]["starts"] + quarter - 0.25
        assert own["starts"].max() + 0.5 <= kinds[row["shift"]]["ends"] - quarter + 0.25
    cover = found.tables["shift_cover"].filter(weekday="monday")
    there = np.zeros(96)
    for row in found.tables["shift_needs"].iter_rows(named=True):
        there[round(4 * kinds[row["shift"]]["starts"]): round(4 * kinds[row["shift"]]["ends"])] += row["heads"]
    for row in breaks.iter_rows(named=True):
        there[round(4 * row["starts"]): round(4 * (row["starts"] + row["hours"]))] -= row["heads"]
    assert cover["present"].to_list() == [there[round(4 * hour)] for hour in cover["starts"]]


def test_hours_out_of_reach_are_said() -> None:
    levels = [{"crew": "desk", "weekday": "monday", "starts": 8.0, "ends": 13.0, "heads": 1, "short_cost": 30.0}]
    found = solve(desk(heads_wanted=levels))
    assert found.summary["hours_out_of_reach"] == 1.0
    assert set(found.tables["shift_cover"].filter(reason="out_of_reach")["starts"]) == {12.0, 12.25, 12.5, 12.75}


def test_the_same_hours_are_better_placed() -> None:
    today = [{"crew": "desk", "weekday": "monday", "starts": 6.0, "ends": 10.0, "heads": 1}]
    found = solve(desk(shifts=today), hours_share=1.0)
    assert found.summary["hours"] == found.summary["hours_today"] == 4.0
    assert found.summary["cost_of_missing"] < found.summary["cost_of_missing_today"]


def test_freedom_to_choose_costs_what_it_costs() -> None:
    pattern = {"pattern": "short", "crew": "desk", "earliest": 8.0, "latest": 10.0, "every": 1.0, "shortest": 2.0}
    found = solve(desk(shift_patterns=[pattern | {"is_flexible": True}]))
    assert found.summary["freedom"] > 0.0
    assert found.summary["value"] == pytest.approx(80.0 + found.summary["freedom"])


def test_nothing_wanted_needs_nobody() -> None:
    found = solve(desk(heads_wanted=[{"crew": "desk", "starts": 8.0, "ends": 12.0, "heads": 0}]))
    assert (found.summary["value"], found.summary["shifts_a_week"]) == (0.0, 0)


def test_what_contradicts_itself_is_told() -> None:
    base = desk()["shift_patterns"][0]
    with pytest.raises(Unsupported, match="least heads"):
        solve(desk(shift_patterns=[base | {"least": 3, "most_hours": 2.0}]))
    with pytest.raises(Unsupported, match="Correct shift_patterns"):
        solve(desk(shift_patterns=[base | {"break_hours": 3.0}]))
    with pytest.raises(Unsupported, match="Add a row of desk"):
        solve(desk(crews=[{"crew": "desk"}, {"crew": "other"}], shift_patterns=[base | {"crew": "other"}]))
    with pytest.raises(Unsupported, match="hours_share"):
        solve(desk(), hours_share=1.0)
