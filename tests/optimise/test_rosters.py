"""`optimise.rosters`: small rosters that can be tried out, published ones, and what cannot be covered."""

import os
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported, UsageError
from arbitre.optimise import rosters
from benchmarks.rosters import BEST_KNOWN, broken, cost, decided, read
from benchmarks.rows import chain_of

DATA = Path(os.environ.get("ARBITRE_DATA", "../shared/data")) / "rosters"
MONDAY = "2026-06-01"
Rows = dict[str, list[dict[str, Any]]]


def desk(**other: list[dict[str, Any]]) -> Rows:
    """Two people, an early and a late shift, a week."""
    rows: Rows = {
        "people": [{"person": "ann"}, {"person": "bob"}],
        "shift_kinds": [{"shift": "early", "starts": 6.0, "ends": 14.0},
                        {"shift": "late", "starts": 14.0, "ends": 22.0}],
        "shift_needs": [{"shift": "early", "heads": 1}, {"shift": "late", "heads": 1}],
    }
    return rows | other


def solve(rows: Rows, **params: Any) -> Result:
    chain = chain_of(**rows)
    assert chain.check() == []
    return rosters.run(chain, rosters.Params(**{"starts_on": MONDAY, "days": 7, **params}), 1, silent)


def test_rest_keeps_an_early_shift_from_following_a_late_one() -> None:
    found = solve(desk(), days=2)
    assert found.summary["value"] == found.summary["bound"] == 0.0
    shifts = {(row["person"], row["day"]): row["shift"] for row in found.tables["roster"].iter_rows(named=True)}
    for person in ("ann", "bob"):
        days = [shifts.get((person, date(2026, 6, day))) for day in (1, 2)]
        assert days != ["late", "early"]


@pytest.mark.parametrize("wishes", [(5, 1), (1, 5), (3, 3)])
def test_no_roster_of_two_days_costs_less(wishes: tuple[int, int]) -> None:
    asks = [{"person": "ann", "kind": "avoids", "from_on": date(2026, 6, 1), "shift": "late", "weight": wishes[0]},
            {"person": "bob", "kind": "wants", "from_on": date(2026, 6, 1), "shift": "early", "weight": wishes[1]},
            {"person": "bob", "kind": "avoids", "from_on": date(2026, 6, 2), "weight": 7.0}]
    found = solve(desk(requests=asks), days=2)

    def price(ann: tuple[str | None, ...], bob: tuple[str | None, ...]) -> float:
        if ("late", "early") in (ann, bob):
            return float("inf")
        total = wishes[0] * (ann[0] == "late") + wishes[1] * (bob[0] != "early") + 7.0 * (bob[1] is not None)
        for day, shift in product((0, 1), ("early", "late")):
            there = (ann[day] == shift) + (bob[day] == shift)
            total += 100.0 * max(1 - there, 0) + max(there - 1, 0)
        return total

    lines = list(product((None, "early", "late"), repeat=2))
    least = min(price(ann, bob) for ann, bob in product(lines, lines))
    assert found.summary["value"] == least
    assert found.bound is not None
    assert found.bound <= least


def test_what_cannot_be_covered_is_said_and_the_rest_planned() -> None:
    rows = desk(
        shift_kinds=[{"shift": "early", "starts": 6.0, "ends": 14.0},
                     {"shift": "welding", "starts": 6.0, "ends": 14.0, "skill": "welding"},
                     {"shift": "late", "starts": 14.0, "ends": 22.0, "skill": "keys"}],
        shift_needs=[{"shift": "early", "heads": 3}, {"shift": "welding", "heads": 1}, {"shift": "late", "heads": 1}],
        skills=[{"person": "ann", "skill": "keys"}],
        requests=[{"person": "ann", "kind": "away", "from_on": date(2026, 6, 1), "until_on": date(2026, 6, 3)}])
    found = solve(rows, days=5)
    told = {(row["shift"], row["day"].day): row["reason"] for row in found.tables["roster_cover"].iter_rows(named=True)}
    assert told["welding", 1] == "nobody_may"
    assert told["late", 2] == "all_away"
    assert told["early", 1] == "too_few"
    assert found.summary["shifts_given"] > 0


def test_a_contract_that_absence_breaks_gets_what_is_possible() -> None:
    rows = desk(people=[{"person": "ann", "least_hours": 32.0, "most_hours": 40.0}, {"person": "bob"}],
                requests=[{"person": "ann", "kind": "away", "from_on": date(2026, 6, 1), "until_on": date(2026, 6, 5)}])
    found = solve(rows)
    ann = found.tables["roster_people"].filter(person="ann").row(0, named=True)
    assert (ann["hours"], ann["hours_missing"]) == (16.0, 16.0)


def test_limits_of_one_person_stand_in_for_those_of_everyone() -> None:
    limits = [{"shift": "early", "most": 0}, {"person": "ann", "shift": "early", "most": 2}]
    found = solve(desk(shift_rules=limits), days=4)
    early = found.tables["roster"].filter(shift="early")
    assert set(early["person"]) == {"ann"}
    assert early.height == 2


def test_settled_days_are_kept_and_weekends_spread() -> None:
    rows = desk(shift_needs=[{"shift": "early", "weekday": "saturday", "heads": 1}],
                requests=[{"person": "bob", "kind": "works", "from_on": date(2026, 6, 3)}])
    found = solve(rows, days=14, even_weekends=10.0)
    people = {row["person"]: row for row in found.tables["roster_people"].iter_rows(named=True)}
    assert people["bob"]["unsettled"] == 0
    assert {people[name]["weekends"] for name in people} == {1}


def test_nothing_needed_is_an_empty_roster() -> None:
    found = solve(desk(shift_needs=[{"shift": "early", "heads": 0}]))
    assert found.tables["roster"].is_empty()
    assert found.summary["value"] == 0.0


def test_what_is_not_asked_is_asked_for() -> None:
    with pytest.raises(UsageError, match="starts_on"):
        solve(desk(), starts_on=None)
    with pytest.raises(Unsupported, match="people"):
        rosters.run(chain_of(**desk()).with_(people=chain_of(**desk()).table("people").clear()),
                    rosters.Params(starts_on=date(2026, 6, 1)), 1, silent)


def test_same_seed_same_roster() -> None:
    one, two = solve(desk(), rounds=3), solve(desk(), rounds=3)
    assert one.tables["roster"].equals(two.tables["roster"])


@pytest.mark.skipif(not DATA.exists(), reason="the published instances are not here")
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_published_instances_are_solved_to_the_best_known_value(number: int) -> None:
    found = decided(DATA / f"Instance{number}.txt", 0)
    assert found["value"] == found["told"] == BEST_KNOWN[number]
    assert found["broken"] == []
    assert found["bound"] <= found["value"]


@pytest.mark.skipif(not DATA.exists(), reason="the published instances are not here")
def test_the_check_of_the_benchmark_sees_what_is_broken() -> None:
    instance = read(DATA / "Instance2.txt")
    idle: dict[str, dict[int, str]] = {}
    assert len(broken(instance, idle)) == len(instance.staff)  # nobody has the least minutes
    assert cost(instance, idle) > BEST_KNOWN[2]
    worker = {"A": {0: "L", 1: "E", 2: "L", 3: "L", 4: "L", 5: "L", 6: "L", 7: "L"}}
    assert any("E after L" in told for told in broken(instance, worker))
    assert any("8 days on" in told for told in broken(instance, worker))
