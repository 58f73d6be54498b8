"""What measuring says of a replay: the cause of waiting that was planted, and the objects that meet in its events."""

import pytest

from arbitre.capability import silent
from arbitre.measure import process, waiting
from arbitre.simulate import twin
from tests.simulate.workshops import after_sales, queue

NIGHTS = [{"crew": "team", "weekday": day, "starts": 8.0, "ends": 16.0} for day in (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")]
PLANTED = {
    "contention": {"heads": 1, "rate": 0.8},
    "unavailability": {"heads": 1, "rate": 0.1, "work": 0.3, "shifts": NIGHTS},
    "batching": {"heads": 20, "rate": 0.8, "steps": [{"step": "fix", "work": 1.0, "batch": 12}]},
}


def replayed(given, days=180, **params):
    found = twin.run(given, twin.Params(days=days, **params), 1, silent)
    return found, twin.told(given, found.tables)


@pytest.mark.parametrize("cause", PLANTED)
def test_the_cause_that_was_planted_is_the_cause_that_is_measured(cause: str) -> None:
    _, told = replayed(queue(**PLANTED[cause]))
    waits = waiting.run(told, waiting.Params(), 1, silent).tables["waits"]
    hours = {name: waits[name].sum() for name in PLANTED}
    assert max(hours, key=lambda name: hours[name]) == cause, hours
    assert hours[cause] > 0.8 * sum(hours.values()), hours


def test_every_event_touches_its_case_its_item_and_who_did_it() -> None:
    found, told = replayed(after_sales(), days=60)
    events, relations = found.tables["events"], found.tables["event_objects"]
    kinds = dict(found.tables["objects"].group_by("kind").len().iter_rows())
    assert kinds == {"order": found.tables["events"]["case"].n_unique(), "item": 1, "crew": 3}
    assert events["event"].n_unique() == events.height
    by_role = dict(relations.group_by("role").len().iter_rows())
    assert by_role == {"case": events.height, "item": events.height, "crew": events["resource"].count()}
    measured = process.run(told, process.Params(), 1, silent).tables
    flows = measured["object_flows"].filter(kind="order").select("from_step", "to_step", "count").sort("count")
    assert ("plan", "visit") in set(flows.select("from_step", "to_step").iter_rows())
    assert set(measured["object_delays"]["kind"]) >= {"order", "crew"}
