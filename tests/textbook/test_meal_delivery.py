"""Meal delivery: are solutions of the Grubhub instances feasible by their rules, and as good as published?

Mean click-to-door of Reyes and others (2018, table 4) and of the optimum that knows the future (Yildiz and Savelsbergh
2018, tables 8 to 13) for two instances of half the orders.
"""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arbitre.capability import silent
from arbitre.measure import promises
from arbitre.optimise import dispatch
from arbitre.optimise._dispatch.minutes import dispatched
from arbitre.tables.open import open_chain
from benchmarks.mdrp import day_of, figures, policy_of, read, solution_of, write
from benchmarks.mdrp_rules import Move, Solution, broken

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("ARBITRE_DATA", ROOT.parent / "shared" / "data")) / "mdrp"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real data in {DATA}: set ARBITRE_DATA")
PUBLISHED = {"0o50t100s1p100": (31.19, 29.81), "0r50t75s2p125": (33.41, 32.00)}


@needs_data
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_instances_are_solved_by_the_rules_and_better_than_the_heuristic(name, tmp_path):
    instance = read(DATA / name)
    day = day_of(instance)
    log = dispatched(day, policy_of(instance))
    solution = solution_of(instance, log)
    assert broken(DATA / name, solution) == []
    found = figures(instance, day, log, 0.0)
    heuristic, clairvoyant = PUBLISHED[name]
    assert clairvoyant <= found["click_to_door"] < heuristic
    assert found["undelivered_share"] == found["beyond_90"] == 0.0
    write(solution, instance, tmp_path)
    lines = (tmp_path / "solution_info_orders.txt").read_text().splitlines()
    assert len(lines) == 1 + len(instance.orders)


@needs_data
def test_the_rules_are_asked_for(tmp_path):
    """Each way of cheating is found out."""
    place = DATA / "0o50t100s1p100"
    instance = read(place)
    honest = solution_of(instance, dispatched(day_of(instance), policy_of(instance)))
    trip, move = honest.trips[5], honest.moves[5]
    faults = {
        "brought twice": [*honest.trips, trip],
        "before it is placed": [replace(trip, told=trip.told - 60)],
        "not ready": [replace(trip, picked=0, told=0)],
        "off duty": [replace(trip, picked=5000, told=5000)],
        "several restaurants": [replace(trip, orders=[*trip.orders, *honest.trips[6].orders],
                                        delivered=[*trip.delivered, *honest.trips[6].delivered])],
        "minutes": [replace(trip, delivered=[trip.delivered[0] + 100])],
        "for the service": [replace(trip, delivered=[trip.delivered[0] - 1])],
        "told at": [replace(trip, told=trip.picked + 1)],
    }
    for sentence, trips in faults.items():
        assert any(sentence in fault for fault in broken(place, Solution(trips, honest.moves))), sentence
    elsewhere = [*honest.moves[:5], Move(move.rider, move.leaves, "r1", move.end), *honest.moves[6:]]
    assert any("but is at" in fault for fault in broken(place, Solution(honest.trips, elsewhere)))
    early = [*honest.moves[:5], Move(move.rider, -1, move.start, move.end), *honest.moves[6:]]
    assert any("before it arrives" in fault for fault in broken(place, Solution(honest.trips, early)))


@needs_data
def test_nothing_depends_on_what_is_placed_later():
    """An instance cut off at a minute begins as the whole one does."""
    instance = read(DATA / "0o50t75s1p100")
    day = day_of(instance)
    policy = policy_of(instance)
    minute = np.median(day.orders["placed"])
    early = np.flatnonzero(day.orders["placed"] < minute)
    whole = dispatched(day, policy).orders[early]
    cut = dispatched(day._replace(orders=day.orders[early]), policy).orders
    before = (whole["picked"] < minute) | (cut["picked"] < minute)
    assert before.sum() > 50
    assert (whole["delivered"][before] == cut["delivered"][before]).all()
    assert (whole["rider"][before] == cut["rider"][before]).all()


@needs_data
def test_an_instance_opened_as_a_chain_is_as_good():
    """Where two rides take as long, riders may stand in for one another; a ride may round otherwise on the sphere."""
    instance = read(DATA / "0o50t100s1p100")
    chain = open_chain(ROOT / "examples" / "grubhub", DATA.parent)
    assert chain.check() == []
    params = dispatch.Params(**chain.settings.capabilities["optimise.dispatch"])
    assert params.speed == instance.rules["meters_per_minute"] * 0.06
    assert params.order_pay == instance.rules["pay per order"]
    result = dispatch.run(chain, params, 1, silent)
    day = day_of(instance)
    found = figures(instance, day, dispatched(day, policy_of(instance)), 0.0)
    assert result.summary["undelivered_share"] == 0.0
    for name in ("click_to_door", "ready_to_pickup", "cost_per_order"):
        assert abs(result.summary[name] - found[name]) < 0.3, name
    after = chain.with_(cases=result.tables["cases"], events=result.tables["events"])
    kept = promises.run(after, promises.Params(), 1, silent).tables["promises_kept"]["kept_share"][0]
    assert kept == pytest.approx(result.summary["kept_share"])
