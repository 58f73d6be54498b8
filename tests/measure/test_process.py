"""measure.process: by hand, by brute force, whatever the order of rows, with objects, and on a real log."""

import random
from collections import Counter, defaultdict
from itertools import pairwise
from statistics import mean, median
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported
from arbitre.measure import process
from arbitre.measure._log import encoded
from arbitre.measure.process import Params
from arbitre.tables.chain import Chain
from benchmarks.real_logs import repairs
from tests.measure.event_chains import DATA, Rows, at, chain, event, logs

REPAIR = [event("1", "diagnose", 2, started=0, resource="ann"), event("1", "mend", 6, started=3, resource="bob"),
          event("1", "test", 7, started=6, resource="ann"), event("1", "mend", 9, started=8, resource="bob"),
          event("2", "diagnose", 3, started=1, resource="ann"), event("2", "mend", 5, started=4, resource="ann")]


def measured(chain: Chain, **params: Any) -> Result:
    return process.run(chain, Params(**params), 0, silent)


def rows(result: Result, table: str, *key: str) -> dict[Any, dict[str, Any]]:
    return {tuple(row[name] for name in key): row for row in result.tables[table].to_dicts()}


def by_case(events: Rows) -> dict[str, Rows]:
    """Return the events of each case in the stated order."""
    cases = defaultdict(list)
    for row in sorted(events, key=lambda row: (row["happened_at"], row["started_at"], len(row["event"]), row["event"])):
        cases[row["case"]].append(row)
    return cases


def test_by_hand() -> None:
    result = measured(chain(events=REPAIR))
    steps, flows = rows(result, "process_steps", "step"), rows(result, "process_flows", "from_step", "to_step")
    mend = steps["mend",]
    assert [mend[name] for name in ("events", "cases", "again_cases", "repeats", "self_loops")] == [3, 2, 1, 1, 0]
    assert mend["mean"] == pytest.approx(5 / 3)  # 3, 1 and 1 hours
    assert flows["diagnose", "mend"]["count"] == 2
    assert [flows["diagnose", "mend"][name] for name in ("mean", "median", "p90")] == [1.0, 1.0, 1.0]
    assert flows["test", "mend"]["mean"] == 1.0
    assert [flows[None, "diagnose"]["count"], flows["mend", None]["count"]] == [2, 2]
    variants = result.tables["process_variants"].to_dicts()
    assert [row["steps"] for row in variants] == ["diagnose → mend", "diagnose → mend → test → mend"]
    assert [row["covered_share"] for row in variants] == [0.5, 1.0]
    assert [row["mean"] for row in variants] == [4.0, 9.0]
    handed = rows(result, "process_handovers", "from_resource", "to_resource")
    assert {pair: (row["count"], row["ping_pongs"]) for pair, row in handed.items()} == {
        ("ann", "bob"): (2, 1), ("bob", "ann"): (1, 1)}
    assert result.summary["mean_lead_time"] == 6.5


@given(logs())
def test_counts_are_those_of_a_plain_reading(events: Rows) -> None:
    result, cases = measured(chain(events=events)), by_case(events)
    flows: dict[tuple[str, str], list[float]] = defaultdict(list)
    for way in cases.values():
        for a, b in pairwise(way):
            hours = (b["started_at"] - a["happened_at"]).total_seconds() / 3600
            flows[a["step"], b["step"]].append(max(0.0, hours))
    found = rows(result, "process_flows", "from_step", "to_step")
    inner = {pair: row for pair, row in found.items() if None not in pair}
    assert {pair: row["count"] for pair, row in inner.items()} == {pair: len(times) for pair, times in flows.items()}
    for pair, times in flows.items():
        told = [inner[pair][name] for name in ("mean", "median", "p90")]
        assert told == pytest.approx([mean(times), median(times), float(np.quantile(times, 0.9))])
    begins = Counter(way[0]["step"] for way in cases.values())
    assert {to: row["count"] for (start, to), row in found.items() if start is None} == begins
    ways = Counter(" → ".join(row["step"] for row in way) for way in cases.values())
    assert dict(result.tables["process_variants"].select("steps", "cases").iter_rows()) == ways
    for (step,), row in rows(result, "process_steps", "step").items():
        times = [sum(each["step"] == step for each in way) for way in cases.values()]
        assert (row["events"], row["cases"], row["again_cases"]) == (
            sum(times), sum(time > 0 for time in times), sum(time > 1 for time in times))
    handed = Counter((a["resource"], b["resource"]) for way in cases.values() for a, b in pairwise(way)
                     if a["resource"] and b["resource"] and a["resource"] != b["resource"])
    assert {pair: row["count"] for pair, row in
            rows(result, "process_handovers", "from_resource", "to_resource").items()} == handed


@given(logs(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(events: Rows, chance: random.Random) -> None:
    mixed = list(events)
    chance.shuffle(mixed)
    assert _same(measured(chain(events=events)), measured(chain(events=mixed)))


@given(logs())
def test_without_event_numbers_ties_go_by_step(events: Rows) -> None:
    bare = [{name: value for name, value in row.items() if name != "event"} for row in events]
    assert _same(measured(chain(events=bare)), measured(chain(events=bare[::-1])))


def _same(one: Result, other: Result) -> bool:
    return one.summary == other.summary and all(frame.equals(other.tables[name]) for name, frame in one.tables.items())


def test_ties_go_by_event_number_nine_before_ten() -> None:
    log = encoded(chain(events=[event("1", "late", 5, event="10"), event("1", "soon", 5, event="9")]))
    assert [log.steps[code] for code in log.step] == ["soon", "late"]


def test_scope() -> None:
    facts = chain(events=REPAIR, customers=[{"customer": "k", "segment": "gold"}], cases=[
        {"case": "1", "customer": "k", "kind": "repair", "opened_at": at(-48)},
        {"case": "2", "kind": "repair", "opened_at": at(0)}])
    assert measured(facts, segment="gold").summary["events"] == 4
    assert measured(facts, since=at(0).date()).summary["events"] == 2
    assert measured(facts, until=at(-24).date()).summary["events"] == 4
    with pytest.raises(Unsupported, match="No case in this scope"):
        measured(facts, offer="none")
    with pytest.raises(Unsupported, match="no rows"):
        measured(chain(events=[]))


def test_refiltering_is_measuring_the_rest() -> None:
    facts = chain(events=REPAIR)
    log = encoded(facts)
    kept = np.array([False, True])
    counts, cases, hours = log.flows(kept)
    pairs = [(log.steps[a], log.steps[b]) for a, b in log.flow[1]]
    told = {pair: (count, many, time) for pair, count, many, time in zip(pairs, counts, cases, hours, strict=True)
            if count}
    assert told == {("diagnose", "mend"): (1, 1, 1.0)}
    assert log.only(kept).events == 2


def test_batches() -> None:
    together = [event(case, "paint", 9, started=7, resource="oven") for case in "123"]
    alone = [event("4", "paint", 12, started=10, resource="oven"), event("5", "dry", 12, started=10, resource="oven")]
    found = measured(chain(events=together + alone)).tables["process_batches"].to_dicts()
    assert found == [{"step": "paint", "resource": "oven", "batches": 1, "events": 3, "mean_size": 3.0, "largest": 3}]


def test_the_object_that_came_last() -> None:
    """The visit needs the part (delivered at 6) and the technician (free at 4), then (at 9) and (at 11)."""
    events = [event("1", "deliver", 6, event="e1"), event("1", "finish", 4, event="e2"),
              event("1", "visit", 8, event="e3"), event("2", "deliver", 9, event="e4"),
              event("2", "visit", 13, event="e5"), event("3", "finish", 11, event="e6")]
    kinds = {"p1": "part", "p2": "part", "tom": "technician"}
    touched = {"e1": ["p1"], "e2": ["tom"], "e3": ["p1", "tom"], "e4": ["p2"], "e6": ["tom"], "e5": ["p2", "tom"]}
    facts = chain(events=events, objects=[{"object": name, "kind": kind} for name, kind in kinds.items()],
                  event_objects=[{"event": name, "object": each, "role": role} for name, many in touched.items()
                                 for each in many for role in ("needs", "uses")])
    result = measured(facts)
    flows = rows(result, "object_flows", "kind", "from_step", "to_step")
    assert flows["part", "deliver", "visit"]["count"] == 2
    assert flows["part", "deliver", "visit"]["mean"] == 3.0  # 2 and 4 hours
    assert flows["technician", "finish", "visit"]["mean"] == 3.0  # 4 and 2 hours
    late = rows(result, "object_delays", "step", "kind")
    assert [late["visit", "part"][name] for name in ("events", "last_events", "lost")] == [2, 1, 2.0]
    assert [late["visit", "technician"][name] for name in ("events", "last_events", "lost")] == [2, 1, 2.0]
    assert late["visit", "part"]["synchronisation"] == 2.0


@given(logs(), st.lists(st.tuples(st.integers(0, 15), st.sampled_from("pqr")), max_size=25, unique=True))
def test_objects_by_brute_force(events: Rows, touched: list[tuple[int, str]]) -> None:
    kinds = {"p": "part", "q": "part", "r": "person"}
    touched = [(number, name) for number, name in touched if number < len(events)]
    facts = chain(events=events, objects=[{"object": name, "kind": kind} for name, kind in kinds.items()],
                  event_objects=[{"event": str(number), "object": name, "role": ""} for number, name in touched])
    flows, came = Counter(), defaultdict(dict)
    for name, kind in kinds.items():
        mine = [dict(events[number], case="") for number, each in touched if each == name]
        for a, b in pairwise(by_case(mine).get("", [])):
            flows[kind, a["step"], b["step"]] += 1
            came[b["event"], b["step"]].setdefault(kind, []).append(a["happened_at"])
    lost = Counter()
    for (_, step), arrivals in came.items():
        last = sorted(((max(times), kind) for kind, times in arrivals.items()), reverse=True)
        if len(last) > 1:
            lost[step, last[0][1]] += (last[0][0] - last[1][0]).total_seconds() / 3600
    result = measured(facts)
    assert {pair: row["count"] for pair, row in
            rows(result, "object_flows", "kind", "from_step", "to_step").items()} == flows
    told = {pair: row["lost"] for pair, row in rows(result, "object_delays", "step", "kind").items() if row["lost"]}
    assert told == {pair: time for pair, time in lost.items() if time}


@pytest.mark.skipif(not DATA.exists(), reason="the real event logs are not here")
def test_repair_example() -> None:
    """The steps of a repair desk, counted once more with a Counter."""
    frame = repairs(DATA)
    result = measured(chain(events=frame.to_dicts()))
    ways = defaultdict(list)
    for case, step in frame.sort("happened_at", "started_at", "step").select("case", "step").iter_rows():
        ways[case].append(step)
    pairs = Counter(pair for way in ways.values() for pair in pairwise(way))
    found = rows(result, "process_flows", "from_step", "to_step")
    assert {pair: row["count"] for pair, row in found.items() if None not in pair} == pairs
    assert result.summary["cases"] == len(ways) == 1104
