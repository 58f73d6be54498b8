"""Technicians by the hour and parts together: against every plan there is, the model's own parts, and the twin."""

from itertools import product

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.core.errors import Unreachable
from arbitre.core.week import WEEKDAYS
from arbitre.optimise import visits
from arbitre.optimise._visits.by_hour import ByHour
from arbitre.optimise._visits.model import Visits
from arbitre.optimise._visits.plans_by_hour import Search
from arbitre.optimise._visits.question import question_of
from arbitre.simulate import proof
from arbitre.tables.chain import Chain
from arbitre.tables.routing import Process
from tests.optimise.test_visits import STEPS, field


def open_from(opens: str, closes: str, **tables) -> Chain:
    """The one zone of test_visits, its team allowed to work between two times of every day."""
    return field(**{"crews": [{"crew": "team", "site": "zone", "heads": 3, "cost": 0.4, "calendar": "day"}],
                    "opening_hours": [{"calendar": "day", "weekday": day, "opens": opens, "closes": closes}
                                      for day in WEEKDAYS], **tables})


def by_hour(chain: Chain) -> ByHour:
    return ByHour(Visits(question_of(chain, "intervention", 0.25)), Process.of(chain), "intervention")


def few_hours(**tables) -> Chain:
    """Four hours of work a day, one shelf of one item."""
    return open_from("09:00", "13:00", **{
        "sites": [{"site": "zone"}], "lanes": [{"from_site": "zone", "to_site": "zone", "duration": 0.5}],
        "demand": [{"item": "pump", "site": "zone", "rate": 300.0}], "arrivals": [],
        "promises": [{"promise": "back", "kind": "intervention", "window": 30.0, "target_share": 0.8}], **tables})


def test_no_heads_by_the_hour_and_levels_are_cheaper_than_the_bound() -> None:
    model = by_hour(few_hours())
    search = Search(model)
    best = search.together(None, silent)
    hours = np.arange(9, 13)
    found = []
    for level in range(8, 22):
        parts = model.parts(np.array([level]))
        crews = model.crews(parts)
        for heads in product(range(4), repeat=len(hours)):
            levels = np.zeros(crews.periods, np.int64)
            levels[hours] = heads
            outcome = crews.evaluate(levels)
            if outcome.kept.sum() >= search.need(crews)[0]:
                found.append(parts.cost + float(outcome.cost.sum()))
    assert search.bound <= min(found) <= best.cost * (1.0 + 1e-9)
    assert best.cost <= min(found) * 1.02


def test_chances_of_people_are_weights_of_parts() -> None:
    model = by_hour(open_from("06:00", "22:00"))
    plan = Search(model).together(None, silent)
    chances = model.chances(plan.parts, plan.people.levels)
    there = plan.parts.there
    question = model.visits.question
    cases = np.column_stack([question.on_site, there[:, 0] + question.alone, np.diff(there)])
    share = (question.covers * (chances * cases).sum(axis=2)).sum(axis=1) / model.visits.asked
    assert (share >= plan.share - 1e-9).all()  # few cases that wait so long are taken with those who have less left
    assert share == pytest.approx(plan.share, abs=2e-3)
    levels, floor = model.cheapest_parts(chances, plan.parts.first)
    assert floor <= model.parts(levels).cost <= plan.parts.cost * (1.0 + 1e-9)


def test_more_hours_of_work_never_cost_more() -> None:
    bounds = [Search(by_hour(open_from(*hours))).bound for hours in (("08:00", "20:00"), ("06:00", "22:00"))]
    assert bounds[1] <= bounds[0] * (1.0 + 1e-9)


def test_the_twin_finds_what_is_said_of_technicians_by_the_hour() -> None:
    chain = open_from("06:00", "22:00")
    result = visits.run(chain, visits.Params(), 1, silent)
    planned = chain.with_(**{name: result.tables[name] for name in ("stock_levels", "crew_levels")})
    params = proof.Params.model_validate({"kind": "intervention", "crews": "plan", "levels": "plan", "least": 6,
                                          "most": 6})
    told = proof.run(planned, params, 1, silent).tables["proofs"].filter(promise="back")
    said = result.summary["kept_after.back"]  # as if heads put down the work in hand where they leave
    assert said - 0.01 <= told["share"][0] <= said + 0.05
    assert told["high_share"][0] >= 0.85
    assert result.summary["bound"] <= result.summary["value"] <= result.summary["cost_apart"] * (1.0 + 1e-9)
    plans = result.tables["visit_plans"]
    assert plans["cost"].to_list() == pytest.approx((plans["people_cost"] + plans["stock_cost"]).to_list())
    assert (plans["kept_share"] >= 0.85 - 1e-6).all()


def test_heads_stay_away_while_nobody_may_work() -> None:
    levels = visits.run(open_from("06:00", "22:00"), visits.Params(), 1, silent).tables["crew_levels"]
    closed = levels.filter((pl.col("ends") <= 6.0) | (pl.col("starts") >= 22.0))
    assert closed["heads"].sum() == 0
    assert levels["heads"].sum() > 0


def test_shifts_of_today_do_not_bind_the_plan() -> None:
    shifts = [{"crew": "team", "weekday": day, "starts": 8.0, "ends": 16.0} for day in WEEKDAYS]
    told = visits.run(field(shifts=shifts), visits.Params(), 1, silent).summary
    free = visits.run(open_from("00:00", "24:00"), visits.Params(), 1, silent).summary
    assert told["hours_a_week_before"] == pytest.approx(3 * 8 * 7)
    assert told["value"] == pytest.approx(free["value"])


def test_hours_too_few_for_a_promise_are_refused() -> None:
    with pytest.raises(Unreachable, match=r"Promise back allows 12 h, .* Open them longer"):
        visits.run(open_from("09:00", "13:00"), visits.Params(), 1, silent)


def test_a_response_is_kept_with_the_part_or_without() -> None:
    promises = [{"promise": "back", "kind": "intervention", "window": 12.0, "target_share": 0.85},
                {"promise": "there", "kind": "intervention", "step": "arrived", "window": 9.0, "target_share": 0.9}]
    model = by_hour(open_from("06:00", "22:00", promises=promises))
    plan = Search(model).together(None, silent)
    nothing = model.parts(model.visits.question.pools.slot_lowest)
    assert (plan.share >= model.visits.need - 1e-6).all()
    chances = model.chances(nothing, plan.people.levels)
    assert chances[1, 0, 1:] == pytest.approx(chances[1, 0, 1])


def test_who_waits_for_the_part_first_gets_one_visit() -> None:
    once = {"steps": [STEPS[0] | {"without_item": None}], "needs": [{"step": "repair", "crew": "team"}],
            "routes": [{"kind": "intervention", "to_step": "repair"}]}
    model = by_hour(open_from("06:00", "22:00", **once))
    plan = Search(model).together(None, silent)
    chances = model.chances(plan.parts, plan.people.levels)[0, 0, 1:]
    assert (plan.share >= model.visits.need - 1e-6).all()
    assert (np.diff(chances) <= 1e-9).all()


def test_a_line_that_outgrows_its_heads_keeps_nothing_however_patient_its_cases_are() -> None:
    patient = [{"promise": "back", "kind": "intervention", "window": 96.0, "target_share": 0.9}]
    model = by_hour(open_from("08:00", "22:00", promises=patient))
    search = Search(model)
    plan = search.together(None, silent)
    (team,), hours = plan.crews.teams, plan.crews.hours_after(plan.people.levels).sum()
    assert plan.people.levels.sum() * model.hours + hours >= team.rate.sum() * model.hours * team.work
    assert search.bound <= plan.cost
    few = np.where(team.allowed, 1, 0) * (np.arange(plan.crews.periods) % 24 < 12)
    assert plan.crews.evaluate(few).kept.sum() == 0.0


def test_parts_beside_people_who_only_just_keep_a_response_are_found() -> None:
    """A promise that people keep but for rounding is none that no parts keep."""
    promises = [{"promise": "back", "kind": "intervention", "window": 12.0, "target_share": 0.7},
                {"promise": "there", "kind": "intervention", "step": "arrived", "window": 9.0, "target_share": 0.8}]
    model = by_hour(open_from("06:00", "22:00", promises=promises))
    parts = model.parts(np.array([3, 5, 8, 12][:len(model.visits.question.pools.slot_lowest)]))
    heads = model.crews(parts).teams[0].today
    chances = model.chances(parts, heads)
    kept = (model.visits.question.covers * chances[:, :, 1]).max(axis=1)
    model.visits.need = np.array([0.5 * kept[0], kept[1] * (1.0 + 5e-7)])
    assert model.cheapest_parts(chances, np.zeros(1))[1] >= 0.0
    model.visits.need = np.array([0.5 * kept[0], kept[1] * (1.0 + 1e-3)])
    with pytest.raises(Unreachable, match="No parts keep there, however many"):
        model.cheapest_parts(chances, np.zeros(1))
