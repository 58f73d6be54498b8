"""Are tours right: windows, skills, depots, trips, releases, rests, plans already made, what is left out, why?"""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported, UsageError
from arbitre.measure import promises
from arbitre.optimise import routes
from arbitre.solvers import routes as solver
from benchmarks.rows import chain_of

DAY = datetime(2026, 3, 2)


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


Rows = list[dict[str, Any]]


def town(visits: int = 8, crews: int = 2, seed: int = 1, **more: Rows) -> dict[str, Rows]:
    """Visits around two depots, in windows of two hours."""
    rng = np.random.default_rng(seed)
    tables: dict[str, Rows] = {
        "segments": [{"segment": "all"}],
        "sites": [{"site": "north", "latitude": 48.9, "longitude": 2.35},
                  {"site": "south", "latitude": 48.8, "longitude": 2.35}],
        "customers": [{"customer": f"k{row}", "segment": "all", "latitude": 48.85 + rng.uniform(-0.08, 0.08),
                       "longitude": 2.35 + rng.uniform(-0.08, 0.08)} for row in range(visits)],
        "cases": [{"case": f"v{row}", "kind": "visit", "customer": f"k{row}", "opened_at": at(-20)}
                  for row in range(visits)],
        "visit_windows": [{"case": f"v{row}", "opens_at": at(hour), "closes_at": at(hour + 2)}
                          for row, hour in enumerate(rng.integers(8, 15, visits).tolist())],
        "crews": [{"crew": f"c{row}", "site": ("north", "south")[row % 2], "cost": 30.0} for row in range(crews)],
        "shifts": [{"crew": f"c{row}", "starts": 8, "ends": 17} for row in range(crews)],
        "steps": [{"step": "visit", "work": 0.5, "law": "constant"}],
    }
    return {**tables, **more}


def plan(tables: dict[str, Rows], seed: int = 1, **params: Any) -> Result:
    asked = {"levers": "left", "effort": 0.1, "replications": 200, **params}
    return routes.run(chain_of(**tables), routes.Params(**asked), seed, silent)


def visits(result: Result) -> pl.DataFrame:
    return result.tables["tours"].filter(kind="visit")


def test_every_visit_that_can_be_made_is_made_in_its_window() -> None:
    tables = town()
    result = plan(tables)
    told = visits(result).join(pl.DataFrame(tables["visit_windows"]), on="case")
    assert told.height == 8
    assert (told["starts_at"] >= told["opens_at"]).all()
    assert (told["starts_at"] <= told["closes_at"]).all()
    assert result.bound is not None
    assert result.bound <= result.summary["value"]


def test_same_seed_same_tours_and_row_order_does_not_matter() -> None:
    tables = town()
    turned = {name: rows[::-1] for name, rows in tables.items()}
    one, again, other = plan(tables), plan(tables), plan(turned)
    for name in routes.WRITES:
        if name in one.tables:
            assert one.tables[name].equals(again.tables[name]), name
    assert other.summary["value"] == pytest.approx(one.summary["value"])


def test_a_skill_that_nobody_has_and_a_window_that_closes_before_it_opens_are_told() -> None:
    tables = town(
        attributes=[{"case": "v0", "attribute": "skill", "value": "diving"},
                    {"case": "v1", "attribute": "skill", "value": "gas"}],
        people=[{"person": "ann", "crew": "c1"}], skills=[{"person": "ann", "skill": "gas"}])
    tables["visit_windows"][2] |= {"opens_at": at(12), "closes_at": at(10)}
    tables["visit_windows"][3] |= {"opens_at": at(3), "closes_at": at(4)}
    tables["customers"][4] |= {"latitude": None, "longitude": None}
    result = plan(tables)
    assert dict(result.tables["tours_dropped"].select("case", "reason").iter_rows()) == {
        "v0": "nobody_may", "v2": "window", "v3": "never_in_time", "v4": "nowhere"}
    assert visits(result).filter(case="v1")["crew"].to_list() == ["c1"]
    assert visits(result).height == 4


def test_a_visit_not_worth_its_way_is_left_out_and_told_what_it_would_cost() -> None:
    tables = town(attributes=[{"case": "v0", "attribute": "worth", "value": "0.5"}])
    dropped = plan(tables).tables["tours_dropped"].row(0, named=True)
    assert (dropped["case"], dropped["reason"]) == ("v0", "not_worth")
    assert dropped["least_cost"] > dropped["worth"] == 0.5


def test_a_fixed_visit_keeps_its_crew_and_changes_are_counted() -> None:
    tables = town()
    told = dict(visits(plan(tables)).select("case", "crew").iter_rows())
    other = {"c0": "c1", "c1": "c0"}
    swapped = [{"case": case, "crew": other[crew], "standing": "fixed"} for case, crew in list(told.items())[:1]]
    fixed = plan({**tables, "planned_visits": swapped})
    row = visits(fixed).filter(case=swapped[0]["case"]).row(0, named=True)
    assert (row["crew"], row["is_pinned"]) == (swapped[0]["crew"], True)
    wanted = [{"case": case, "crew": other[crew]} for case, crew in told.items()]
    assert plan({**tables, "planned_visits": wanted}, change_cost=1000.0).summary["changed"] == 0
    assert plan({**tables, "planned_visits": wanted}, change_cost=0.0).summary["changed"] == 8


def test_a_crew_with_a_visit_under_way_starts_there_when_it_is_over() -> None:
    tables = town(planned_visits=[{"case": "v0", "crew": "c0", "standing": "begun", "starts_at": at(9)}])
    result = plan(tables, now=at(9.1))
    assert "v0" not in visits(result)["case"].to_list()
    assert "v0" not in result.tables["tours_dropped"]["case"].to_list()
    first = result.tables["tours"].filter(pl.col("crew") == "c0", stop=0)
    assert (first["leaves_at"] >= at(9.5)).all()


def test_trips_carry_no_more_than_the_load_and_leave_when_all_is_ready() -> None:
    tables = town(crews=1, visit_windows=[])
    tables["crews"] = [{"crew": "c0", "site": "north", "cost": 30.0, "load": 3.0}]
    tables["events"] = [{"case": "v7", "step": "ready", "happened_at": at(11)}]
    result = plan(tables, on=DAY.date(), effort=1.0)
    trips = visits(result).group_by("trip").agg(pl.col("load").sum(), pl.col("arrives_at").min(), pl.col("case"))
    assert trips.height == 3
    assert trips["load"].max() <= 3
    assert trips.filter(pl.col("case").list.contains("v7"))["arrives_at"].item() > at(11)


def test_a_rest_is_taken_in_its_hours_and_windows_hold() -> None:
    tables = town(visits=10, crews=1)
    result = plan(tables, rest=45)
    rests = result.tables["tours"].filter(kind="rest")
    assert rests.height == 1
    assert at(11.5) <= rests["starts_at"].item() <= at(14)
    told = visits(result).join(pl.DataFrame(tables["visit_windows"]), on="case")
    assert (told["starts_at"] <= told["closes_at"]).all()


def test_lateness_at_a_price_is_taken_where_it_is_cheaper_than_leaving_out() -> None:
    tables = town(visits=2, crews=1, visit_windows=[{"case": f"v{row}", "opens_at": at(9), "closes_at": at(9)}
                                                    for row in range(2)])
    assert plan(tables).summary["made"] == 1
    late = plan(tables, late=3, late_cost=20)
    assert late.summary["made"] == 2
    assert late.summary["late"] == 1
    assert visits(late)["late"].max() > 0


def test_facts_of_the_plan_are_as_measure_reads_them() -> None:
    tables = town(promises=[{"promise": "in window", "kind": "visit", "step": "arrived", "target_share": 0.9}])
    chain, result = chain_of(**tables), plan(tables)
    after = chain.with_(cases=result.tables["cases"], events=result.tables["events"])
    kept = promises.run(after, promises.Params(), 1, silent).tables["promises_kept"]
    assert kept.filter(pl.col("segment").is_null()).select("cases", "kept").row(0) == (8, 8)


def test_slots_are_priced_and_only_for_new_cases() -> None:
    tables = town()
    result = plan(tables, slots="v5")
    slots = result.tables["tours_slots"]
    assert "v5" not in visits(result)["case"].to_list()
    assert slots.height == 5
    assert slots.filter("is_possible")["dearer"].min() == 0
    cheapest = slots.filter("is_possible").sort("cost").row(0, named=True)
    tables["visit_windows"][5] = {"case": "v5", "opens_at": cheapest["opens_at"], "closes_at": cheapest["closes_at"]}
    booked = plan(tables)
    assert booked.summary["value"] <= result.summary["value"] + cheapest["cost"] + 1e-6


def test_levers_begin_from_the_plan_and_an_illness_costs() -> None:
    levers = plan(town(), levers="tried").tables["tours_levers"]
    assert levers["lever"].to_list() == ["none", "overtime", "crew", "absent", "crew", "absent", "no_show", "emergency"]
    assert (levers.filter(lever="absent")["change"] > 0).all()
    assert levers.filter(lever="no_show")["change"].item() < 0
    assert levers.filter(lever="none")["change"].item() == 0


@pytest.mark.parametrize(("change", "error", "says"), [
    ({"cases": [{"case": "v0", "kind": "other", "opened_at": DAY}], "visit_windows": []}, Unsupported, "--kind"),
    ({"attributes": [{"case": "v0", "attribute": "work", "value": "long"}]}, UsageError, "write a number"),
    ({"attributes": [{"case": "v0", "attribute": "worth", "value": "-3"}]}, UsageError, "below"),
])
def test_what_cannot_be_planned_is_refused_with_a_remedy(change: dict[str, Rows], error: type, says: str) -> None:
    with pytest.raises(error, match=says):
        plan({**town(), **change})


def test_a_day_without_crews_leaves_all_out() -> None:
    result = plan(town(shifts=[{"crew": f"c{row}", "weekday": "sunday", "starts": 8, "ends": 17} for row in range(2)]))
    assert result.tables["tours"].height == 0
    assert set(result.tables["tours_dropped"]["reason"]) == {"nobody_may"}


def test_needs_name_who_may_and_lanes_say_how_long_a_way_takes() -> None:
    tables = town(visits=1, visit_windows=[], needs=[{"step": "visit", "crew": "c1"}],
                  lanes=[{"from_site": "south", "to_site": "north", "duration": 1.0}])
    tables["customers"] = [{"customer": "k0", "segment": "all", "site": "north"}]
    result = plan(tables, on=DAY.date())
    told = visits(result).row(0, named=True)
    start = result.tables["tours"].filter(kind="start")["leaves_at"].item()
    assert told["crew"] == "c1"
    assert told["arrives_at"] - start == timedelta(hours=1)


def test_several_days_and_a_night_shift_are_planned() -> None:
    tables = town(visits=2, crews=1, visit_windows=[{"case": "v0", "opens_at": at(1), "closes_at": at(3)},
                                                    {"case": "v1", "opens_at": at(25), "closes_at": at(27)}],
                  shifts=[{"crew": "c0", "weekday": "monday", "starts": 22, "ends": 6}])
    result = plan(tables, days=2)
    assert visits(result)["case"].to_list() == ["v1"]
    assert result.tables["tours_dropped"]["reason"].to_list() == ["never_in_time"]


def test_without_the_extra_one_is_told_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "_pyvrp", None)
    with pytest.raises(UsageError, match=r'pip install "arbitre\[routes\]"'):
        plan(town())


def test_a_promise_in_the_past_is_still_visited_and_told_late() -> None:
    tables = town(visits=2, crews=1, visit_windows=[{"case": "v0", "opens_at": at(9), "closes_at": at(12)}])
    tables["cases"][1]["promised_at"] = at(-4)
    result = plan(tables)
    told = visits(result).filter(case="v1").row(0, named=True)
    assert told["late"] > 0
    assert result.summary["late"] == 1
