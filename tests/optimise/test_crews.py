"""People for promises: against every plan of a tiny day, the floor, and what cannot be."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.core.errors import Unreachable, Unsupported
from arbitre.core.week import WEEKDAYS
from arbitre.maths.work import queueing
from arbitre.optimise import crews
from arbitre.optimise._crews import question
from arbitre.optimise._crews.kernel import finishing
from arbitre.optimise._crews.pools import CrewPools
from arbitre.optimise._crews.question import question_of
from arbitre.optimise._crews.search import bounded, staffed
from arbitre.simulate import proof, twin
from arbitre.tables.chain import Chain
from benchmarks.crew_errors import modelled
from benchmarks.rows import chain_of


def desk(**changes: list[dict[str, Any]]) -> Chain:
    """A desk open from 8 to 11, with one peak."""
    tables: dict[str, list[dict[str, Any]]] = {
        "sites": [{"site": "town"}, {"site": "hills"}],
        "steps": [{"step": "answer", "work": 0.5, "patience": 2.0}],
        "routes": [{"kind": "call", "to_step": "answer"}],
        "crews": [{"crew": "agents", "heads": 2, "cost": 30.0}],
        "shifts": [{"crew": "agents", "starts": 8, "ends": 11}],
        "needs": [{"step": "answer", "crew": "agents"}],
        "arrivals": [{"kind": "call", "rate": 4000.0}],
        "rhythms": [{"kind": "call", "starts": at, "ends": at + 1, "weight": weight}
                    for at, weight in ((8, 1.0), (9, 3.0), (10, 1.0))],
        "promises": [{"promise": "answered", "kind": "call", "window": 1.5, "target_share": 0.6}],
    }
    return chain_of(**{**tables, **changes})


def asked(chain: Chain, hold: int = 1) -> tuple[CrewPools, np.ndarray]:
    question = question_of(chain, "order")
    pools = CrewPools(question, hold)
    return pools, np.array([goal.share for goal in question.goals]) * question.volume / pools.days


def opens(closes: str) -> list[dict[str, Any]]:
    return [{"calendar": "morning", "weekday": day, "opens": "08:00", "closes": closes} for day in WEEKDAYS]


@pytest.mark.parametrize(("crew", "least"), [
    ({"shift_end": "pause"}, 0.8), ({"shift_end": "finish"}, 0.6),
    ({"shift_end": "finish", "calendar": "morning"}, 0.6)])
def test_the_plan_is_near_the_best_of_all_and_the_floor_below_it(crew: dict[str, str], least: float) -> None:
    """Every number of heads from 0 to 4 in each hour from 8 to 12, and nobody at other hours; the floor knows nothing
    of the hours after shifts."""
    pools, need = asked(desk(crews=[{"crew": "agents", "heads": 2, "cost": 30.0, **crew}],
                             opening_hours=opens("12:00")), 4)
    plan = staffed(pools, need, bounded(pools, need), silent)
    best = np.inf
    for heads in product(range(5), repeat=4):
        levels = np.zeros(pools.periods, np.int64)
        levels[32:48] = np.repeat(heads, 4)
        found = pools.evaluate(levels)
        if found.kept.sum() >= need.sum():
            best = min(best, float(found.cost.sum()))
    assert (plan.kept >= need - 1e-9).all()
    assert plan.value == pytest.approx(float(pools.evaluate(plan.levels).cost.sum()))
    assert least * best < plan.bound <= best  # the best plan has four heads: less than one of them is left open
    assert plan.value == pytest.approx(best)


@pytest.mark.parametrize("changes", [
    {},
    {"steps": [{"step": "answer", "work": 0.5, "patience": 0.2}]},  # they leave sooner than they are served
    {"steps": [{"step": "answer", "work": 2.0}],
     "promises": [{"promise": "answered", "kind": "call", "window": 4.0, "target_share": 0.3}]},
])
def test_the_floor_lies_under_every_plan_of_a_tiny_day_at_any_worth(changes: dict[str, Any]) -> None:
    """Every number of heads from 0 to 2 in each hour from 8 to 12, at low and high worths."""
    pools, need = asked(desk(**changes), 4)
    worth, _ = bounded(pools, need)
    plans = []
    for heads in product(range(3), repeat=4):
        levels = np.zeros(pools.periods, np.int64)
        levels[32:48] = np.repeat(heads, 4)
        plans.append(pools.evaluate(levels))
    for factor in (0.0, 0.5, 1.0, 4.0):
        floor = float(pools.price(factor * worth).floor.sum())
        assert floor <= min(float(found.cost.sum() - factor * worth @ found.kept) for found in plans) + 1e-6


def test_the_floor_lies_under_any_levels_with_ranks() -> None:
    pools, need = asked(ranked())
    worth, bound = bounded(pools, need)
    assert float(pools.price(worth).floor.sum() + worth @ need) <= bound + 1e-6
    rng = np.random.default_rng(3)
    floor = float(pools.price(worth).floor.sum())
    for _ in range(30):
        levels = rng.integers(0, 5, pools.periods) * (rng.random(pools.periods) < 0.4)
        found = pools.evaluate(levels)
        assert floor <= found.cost.sum() - worth @ np.bincount(pools.flow_class, found.kept) + 1e-6


def test_one_more_head_brings_what_the_gain_says() -> None:
    pools, need = asked(desk(), 4)
    plan = staffed(pools, need, bounded(pools, need), silent)
    before = pools.evaluate(plan.levels).kept
    for slot in (31, 36, 40, 46):
        more = plan.levels.copy()
        more[slot] += 1
        assert plan.gain[0, slot] == pytest.approx(float((pools.evaluate(more).kept - before).sum()), abs=2e-3)


def test_what_a_run_tells() -> None:
    found = crews.run(desk(), crews.Params(hold=60), 1, silent)
    levels, promise = found.tables["crew_levels"], found.tables["crew_promises"].row(0, named=True)
    assert levels.height == 672
    assert levels.filter(rate=0.0).filter(starts=3.0)["heads"].to_list() == [0] * 7  # nobody comes at night
    assert levels["heads"].sum() * 0.25 == pytest.approx(found.summary["hours_a_week"])
    assert promise["kept_after"] >= 0.6
    assert found.bound is not None
    assert found.bound <= found.summary["value"]
    again = crews.run(desk(), crews.Params(hold=60), 1, silent)
    assert again.tables["crew_levels"].equals(levels)


def test_hours_in_shifts_and_after_them_are_all_the_work() -> None:
    patient = desk(steps=[{"step": "answer", "work": 0.5}], shifts=[{"crew": "agents", "starts": 0, "ends": 24},
                                                                    {"crew": "agents", "starts": 8, "ends": 11}])
    (team,) = question_of(patient, "order").teams
    gone, means = finishing(team.today, *team.law, 0.25, team.room)
    busy = (means * np.minimum(np.arange(team.room + 1), team.today[:, None])).sum() * 0.25
    assert gone[44] == gone.sum() > 0.2  # at 11 o'clock two of four leave
    assert busy + gone.sum() * team.work == pytest.approx(team.rate.sum() * 0.25 * team.work, rel=1e-3)
    assert not question_of(desk(crews=[{"crew": "agents", "shift_end": "pause"}]), "order").teams[0].finishes


def test_hours_after_shifts_are_paid() -> None:
    """One head for an hour, gone with a case that takes half an hour more in so many of them, or putting it down."""
    cost = {}
    for shift_end in ("finish", "pause"):
        pools, _ = asked(desk(crews=[{"crew": "agents", "heads": 2, "cost": 30.0, "shift_end": shift_end}]))
        levels = np.zeros(pools.periods, np.int64)
        levels[36:40] = 1
        cost[shift_end] = float(pools.evaluate(levels).cost.sum())
        (team,), after = pools.teams, float(pools.hours_after(levels).sum())
        busy = 1.0 - finishing(levels, *team.law, 0.25, team.room)[1][39, 0]
        assert after == pytest.approx(0.5 * busy if shift_end == "finish" else 0.0, rel=0.05)
    assert cost["finish"] - cost["pause"] == pytest.approx(30.0 * 365.25 * float(
        asked(desk())[0].hours_after(levels).sum()))


def test_hours_after_shifts_are_those_of_the_replay() -> None:
    """All leave at eleven: whoever is served then is still served, for half an hour on average."""
    chain = desk()
    (team,) = question_of(chain, "order").teams
    told = finishing(team.today, *team.law, 0.25, team.room)[0].sum() * team.work * 365.0
    events = twin.run(chain, twin.Params(days=365), 1, silent).tables["events"].filter(pl.col("step") == "answer")
    closes = pl.col("started_at").dt.truncate("1d") + pl.duration(hours=11)
    after = events.select((pl.col("happened_at") - closes).dt.total_seconds().clip(0).sum() / 3600.0).item()
    assert after == pytest.approx(told, rel=0.1)


def test_heads_that_finish_keep_more_where_some_leave_and_the_same_where_none_do() -> None:
    steady = desk(shifts=[{"crew": "agents", "starts": 0, "ends": 24}])
    plan = crews.run(desk(), crews.Params(), 1, silent)
    ((back, finished),) = modelled(desk(), "order", plan).values()
    assert back == pytest.approx(plan.summary["kept_after.answered"])
    assert finished > back
    level = plan.tables["crew_levels"].with_columns(heads=pl.lit(2))
    told = modelled(steady, "order", replace(plan, tables={**plan.tables, "crew_levels": level}))
    assert told["answered"][0] == pytest.approx(told["answered"][1], abs=1e-9)


def test_who_is_there_when_the_calendar_closes_finishes_his_case_as_in_the_replay() -> None:
    chain = desk(steps=[{"step": "answer", "work": 1.5, "law": "exponential"}], rhythms=[],
                 shifts=[{"crew": "agents", "starts": 8, "ends": 12}], opening_hours=opens("12:00"),
                 crews=[{"crew": "agents", "heads": 2, "cost": 30.0, "calendar": "morning"}],
                 arrivals=[{"kind": "call", "rate": 1600.0}],
                 promises=[{"promise": "answered", "kind": "call", "window": 22.0, "target_share": 0.5}])
    pools, _ = asked(chain)
    kept = float(pools.evaluate(pools.teams[0].today).kept.sum() / pools.flow_volume.sum())
    paused, _ = asked(chain.with_(crews=chain.table("crews").with_columns(shift_end=pl.lit("pause"))))
    told = proof.run(chain, proof.Params(least=12, most=12), 1, silent).tables["proofs"]["share"][0]
    assert told == pytest.approx(kept, abs=0.015)
    assert float(paused.evaluate(pools.teams[0].today).kept.sum() / pools.flow_volume.sum()) < kept - 0.1


def ranked() -> Chain:
    """The desk with a club that goes first."""
    return desk(segments=[{"segment": "club"}, {"segment": "guest"}],
                arrivals=[{"kind": "call", "segment": name, "rate": 2000.0} for name in ("club", "guest")],
                priorities=[{"kind": "call", "segment": "club", "priority": 0}],
                promises=[{"promise": name, "segment": name, "kind": "call", "window": 1.0, "target_share": 0.3}
                          for name in ("club", "guest")])


def test_first_in_line_wait_less() -> None:
    pools, _ = asked(ranked())
    club, guest = pools.evaluate(np.concatenate([team.today for team in pools.teams])).kept / pools.flow_volume
    assert club > guest + 0.05


def test_crews_that_stand_in_for_one_another_are_one_team() -> None:
    both = [{"crew": name, "site": name, "cost": 20.0} for name in ("town", "hills")]
    lanes = [{"from_site": a, "to_site": b, "duration": 0.1 if a == b else 0.4} for a in ("town", "hills")
             for b in ("town", "hills")]
    steps = [{"step": "answer", "work": 0.5, "travels": True}]
    arrivals = [{"kind": "call", "site": name, "rate": 2000.0} for name in ("town", "hills")]
    for role, ways, teams in (("any", lanes, 1), (None, lanes[::3], 2)):
        told = desk(crews=both, lanes=ways, steps=steps, arrivals=arrivals, shifts=[],
                    needs=[{"step": "answer", "crew": name, "role": role} for name in ("town", "hills")])
        assert len(question_of(told, "order").teams) == teams


@pytest.mark.parametrize(("changes", "error", "sentence"), [
    ({"promises": [{"promise": "answered", "kind": "call", "window": 0.1, "target_share": 0.6}]}, Unreachable,
     "Promise answered allows 0.1 h; work and the way there alone"),
    ({"crews": [{"crew": "agents", "site": "hills"}], "arrivals": [{"kind": "call", "site": "town", "rate": 9.0}]},
     Unreachable, "Nobody serves step answer for cases of site town: agents belongs to other sites"),
    ({"needs": []}, Unsupported, "needs must name a crew"),
    ({"promises": [{"promise": "other", "kind": "visit", "window": 1.0, "target_share": 0.6}]}, Unsupported,
     "needs must name a crew"),
])
def test_what_cannot_be_is_said(changes: dict[str, Any], error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        crews.run(desk(**changes), crews.Params(), 1, silent)


@pytest.mark.parametrize("at_hand", [1.0, 0.7, 0.0])
def test_who_lacks_the_part_is_visited_twice(at_hand: float) -> None:
    """The hours of work of a visit with the part, or of one without it and one that brings it."""
    chain = desk(
        steps=[{"step": "repair", "work": 2.0, "takes_item": True, "without_item": "look"},
               {"step": "look", "work": 1.0}, {"step": "bring", "work": 1.5, "takes_item": True}],
        routes=[{"kind": "order", "to_step": "repair"}, {"kind": "order", "from_step": "look", "to_step": "bring"}],
        needs=[{"step": step, "crew": "agents"} for step in ("repair", "look", "bring")], rhythms=[], shifts=[],
        items=[{"item": "part", "price": 1.0}], arrivals=[{"kind": "order", "site": "town", "rate": 500.0}],
        demand=[{"item": "part", "site": "town", "rate": 1500.0}],
        promises=[{"promise": "mended", "kind": "order", "window": 24.0, "target_share": 0.8}])
    asked_for = question_of(chain, "order", at_hand)
    (team,) = asked_for.teams
    assert [goal.step for goal in asked_for.goals] == ["repair"]
    without = (1.0 - at_hand) * 1500.0
    hours = 2.0 * (2000.0 - without) + 2.5 * without
    assert team.rate[0] * team.work * 8766.0 == pytest.approx(hours)
    assert team.rate[0] * 8766.0 == pytest.approx(2000.0 + without)


def office(window: float, target: float = 0.9) -> Chain:
    """Calls and letters of one desk, open on weekdays from 8 to 18; letters come at any hour and wait for calls."""
    days = ("monday", "tuesday", "wednesday", "thursday", "friday")
    chain = desk(
        steps=[{"step": "call", "work": 0.25}, {"step": "letter", "work": 1.0}],
        routes=[{"kind": "call", "to_step": "call"}, {"kind": "letter", "to_step": "letter"}],
        crews=[{"crew": "agents", "heads": 2, "cost": 30.0, "calendar": "office"}], shifts=[],
        opening_hours=[{"calendar": "office", "weekday": day, "opens": "08:00", "closes": "18:00"} for day in days],
        needs=[{"step": "call", "crew": "agents"}, {"step": "letter", "crew": "agents"}],
        arrivals=[{"kind": "call", "rate": 4000.0}, {"kind": "letter", "rate": 1200.0}],
        rhythms=[{"kind": "call", "weekday": day, "starts": 8, "ends": 18} for day in days],
        priorities=[{"kind": "call", "priority": 0}],
        promises=[{"promise": "answered", "kind": "call", "window": 1.0, "target_share": 0.8},
                  {"promise": "written", "kind": "letter", "window": window, "target_share": target}])
    return replace(chain, settings=chain.settings.model_copy(update={"time_zone": "Europe/Paris"}))


def test_hours_that_are_too_few_for_a_promise_are_said() -> None:
    """Letters of a weekend are not answered within a day, whoever is there."""
    with pytest.raises(Unreachable, match=r"written allows 24 h.*7\d\.\d% at most"):
        crews.run(office(24.0), crews.Params(), 1, silent)


def test_a_promise_is_kept_also_where_a_head_costs_more_than_what_is_short() -> None:
    """A hundredth of a case a day is no reason for one more head to any programme that prices what is short."""
    chain = desk(
        steps=[{"step": "answer", "work": 0.5}], arrivals=[{"kind": "call", "rate": 300.0}],
        rhythms=[{"kind": "call", "starts": at, "ends": at + 1, "weight": weight}
                 for at, weight in ((13, 2.0), (14, 4.0), (15, 1.0))],
        promises=[{"promise": "answered", "kind": "call", "window": 1.0, "target_share": 0.5}])
    pools, need = asked(chain, 4)
    plan = staffed(pools, need, bounded(pools, need), silent)
    assert plan.kept[0] >= need[0]
    assert plan.value >= plan.bound


def test_who_waits_for_days_is_counted_as_by_the_quarter_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """The share kept of patient cases, whether those of some hours are taken together or not."""
    found = []
    for patient in (question._PATIENT, np.inf):
        monkeypatch.setattr(question, "_PATIENT", patient)
        pools, _ = asked(office(30.0))
        levels = np.concatenate([np.where(team.allowed, 1, 0) for team in pools.teams])
        found.append(pools.evaluate(levels).kept)
    assert found[0] == pytest.approx(found[1], rel=0.01)
    assert found[0][1] < 0.99 * asked(office(30.0))[0].question.volume[1] / 7.0


def test_a_response_ends_with_the_way_and_not_with_the_work() -> None:
    field = desk(
        steps=[{"step": "answer", "work": 1.0, "travels": True}], shifts=[], rhythms=[],
        crews=[{"crew": "agents", "site": "town", "heads": 2, "cost": 30.0}],
        lanes=[{"from_site": "town", "to_site": "town", "duration": 0.25}],
        arrivals=[{"kind": "call", "site": "town", "rate": 0.6 * 8766.0}],
        promises=[{"promise": "there", "kind": "call", "step": "arrived", "window": 1.0, "target_share": 0.8}])
    pools, _ = asked(field)
    kept = pools.evaluate(np.full(pools.periods, 2)).kept.sum() / pools.flow_volume.sum()
    assert kept == pytest.approx(1.0 - queueing.wait_exceeds(2, 0.6, 1.25, 0.75), abs=2e-3)
    told = proof.run(field, proof.Params(least=8, most=8), 1, silent)
    assert told.tables["proofs"]["share"][0] == pytest.approx(kept, abs=0.02)
    with pytest.raises(Unreachable, match="Promise there allows 1 h"):
        crews.run(field.with_(promises=field.table("promises").with_columns(step=pl.lit("answer"))), crews.Params(), 1,
                  silent)
