"""measure.waiting: by hand, its laws, levels by brute force, and a real log."""

import random
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported
from arbitre.maths.levels import mean_levels
from arbitre.maths.work.waiting import CAUSES
from arbitre.measure import waiting
from arbitre.measure.waiting import Params
from arbitre.tables.chain import Chain
from benchmarks.real_logs import incidents
from tests.measure.event_chains import DATA, Rows, at, chain, event, logs

DESK = {
    "cases": [{"case": "1", "customer": "k", "kind": "repair", "opened_at": at(0), "closed_at": at(6)},
              {"case": "2", "kind": "repair", "opened_at": at(1), "closed_at": None},
              {"case": "3", "kind": "repair", "opened_at": at(2), "closed_at": at(8)}],
    "customers": [{"customer": "k", "segment": "gold"}],
    "events": [event("1", "mend", 4, started=0, resource="ann"), event("3", "mend", 6, started=4, resource="ann"),
               event("2", "mend", 7, started=6, resource="ann"), event("2", "send", 12, started=9)],
}
"""Ann mends 1 (0 to 4), then 3 (opened at 2), then 2 (opened at 1): 2 waits 3 h in line and 2 h passed over."""


def measured(facts: Chain, **params: Any) -> Result:
    return waiting.run(facts, Params(**params), 0, silent)


def test_by_hand() -> None:
    result = measured(chain(**DESK))
    mend = result.tables["waits"].filter(step="mend").row(0, named=True)
    assert [mend[name] for name in ("events", "work", "waiting", "contention", "prioritisation", "other")] == [
        3, 7.0, 7.0, 5.0, 2.0, 0.0]
    total = result.tables["waits"].row(0, named=True)
    assert (total["waiting"], total["other"], total["work"]) == (9.0, 2.0, 10.0)
    assert total["efficiency_share"] == 10 / 19
    gain = result.tables["wait_gains"].filter(step="mend", cause="contention").row(0, named=True)
    assert (gain["events"], gain["waiting"], gain["per_case"]) == (2, 5.0, pytest.approx(5 / 3))
    assert gain["efficiency_share"] == pytest.approx(10 / 14)
    assert result.summary["first_gain_cause"] == "contention"
    ann = result.tables["resource_use"].row(0, named=True)
    assert (ann["busy"], ann["on_duty"], ann["utilisation_share"], ann["calendar"]) == (7.0, 7.0, 1.0, "always")
    assert result.tables["waits"].filter(segment="gold").select("events", "waiting").row(0) == (1, 0.0)


def test_others_in_the_way_count_though_out_of_scope() -> None:
    """Only the case of the gold customer is told; the other two wait for it all the same when they are looked at."""
    facts = chain(**{**DESK, "customers": [{"customer": "k", "segment": "gold"}], "cases": [
        {**row, "customer": None if row["case"] == "1" else "k"} for row in DESK["cases"]]})
    result = measured(facts, segment="gold")
    assert result.tables["waits"]["contention"][0] == 5.0
    assert result.summary["cases"] == 2


def test_levels_by_hand() -> None:
    """Open: 1 from 0 to 6, 2 from 1 to the end (12, as it is not closed), 3 from 2 to 8; 4, 2, 5 units."""
    moved = [{"movement": "m0", "site": "S", "item": "P", "kind": "issue", "quantity": -9.0, "moved_at": at(-3)},
             {"movement": "m1", "site": "S", "item": "P", "kind": "count", "quantity": 4.0, "moved_at": at(0)},
             {"movement": "m2", "site": "S", "item": "P", "kind": "issue", "quantity": -2.0, "moved_at": at(1)},
             {"movement": "m3", "site": "S", "item": "P", "kind": "count", "quantity": 5.0, "moved_at": at(6)}]
    levels = measured(chain(**DESK, movements=moved)).tables["levels"]
    found = {(row["measure"], row["of"]): row["mean"] for row in levels.to_dicts()}
    assert found["open", None] == pytest.approx((6 + 11 + 6) / 12)
    assert found["in work", "mend"] == pytest.approx(7 / 12)
    assert found["waiting", "mend"] == pytest.approx(7 / 8)  # from 1, when 2 comes, to 9, when it is sent
    assert found["on hand", "S"] == pytest.approx((1 * 4 + 5 * 2 + 6 * 5) / 12)
    hours = measured(chain(**DESK), period="hour").tables["levels"].filter(measure="open")
    assert hours["mean"].to_list() == [1, 2, 3, 3, 3, 3, 2, 2, 1, 1, 1, 1]
    assert "on hand" not in measured(chain(**DESK, movements=moved), kind="repair").tables["levels"]["measure"]


@given(st.lists(st.tuples(st.integers(-5, 30), st.integers(0, 20), st.integers(-1, 1), st.integers(-3, 3)),
                max_size=12))
def test_levels_by_brute_force(drawn: list[tuple[int, int, int, int]]) -> None:
    since, length, of, amount = np.array(drawn, np.int64).reshape(-1, 4).T
    of, amount = of.astype(np.int32), amount.astype(np.float64)
    found = mean_levels(since, since + length, of, amount, 2, 5, (4, 2))
    expected = np.zeros((4, 2))
    for instant in range(2, 22):
        for row in range(len(since)):
            if of[row] >= 0 and since[row] <= instant < since[row] + length[row]:
                expected[(instant - 2) // 5, of[row]] += amount[row] / 5
    assert found == pytest.approx(expected)


@given(logs(), st.randoms(use_true_random=False))
def test_laws(events: Rows, chance: random.Random) -> None:
    """Causes add up to the waiting, groups to the whole, and the order of rows changes nothing."""
    mixed = list(events)
    chance.shuffle(mixed)
    result, other = measured(chain(events=events)), measured(chain(events=mixed))
    assert result.summary == other.summary
    assert all(frame.equals(other.tables[name]) for name, frame in result.tables.items())
    waits = result.tables["waits"]
    assert waits.select(pl.sum_horizontal(*CAUSES))["batching"].to_list() == pytest.approx(waits["waiting"].to_list())
    steps = waits.filter(pl.col("step").is_not_null())
    assert steps["waiting"].sum() == pytest.approx(waits["waiting"][0])
    overall = result.tables["wait_gains"].filter(pl.col("step").is_null())
    assert overall["waiting"].sum() == pytest.approx(waits["waiting"][0])


def test_refusals() -> None:
    with pytest.raises(Unsupported, match="no rows"):
        measured(chain(events=[]))
    with pytest.raises(Unsupported, match="No case in this scope"):
        measured(chain(**DESK), kind="none")


@pytest.mark.skipif(not DATA.exists(), reason="the real event logs are not here")
def test_bpic_2013() -> None:
    """What incidents wait for adds up to a plain sum over the log, once in progress until the next status is set."""
    frame = incidents(DATA)
    result = measured(chain(events=frame.to_dicts()))
    waits, previous = timedelta(), {}
    for case, started, ended in frame.sort("happened_at", "started_at").select(
            "case", "started_at", "happened_at").iter_rows():
        waits += max(timedelta(), started - previous.get(case, started))
        previous[case] = ended
    assert result.summary["waiting"] == pytest.approx(waits.total_seconds() / 3600)
