"""measure.pipeline: a pipeline small enough to count by hand."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported
from arbitre.measure import pipeline
from arbitre.measure.pipeline import Params
from benchmarks.rows import chain_of

DAY0 = datetime(2025, 1, 1, 12)


def day(number: float) -> datetime:
    return DAY0 + timedelta(days=number)


CASES = [("old", 0, None), ("won", 1, 30), ("lost", 2, 40), ("new", 25, None), ("done", 3, 15)]
EVENTS = [("old", "offer", 5), ("won", "call", 3), ("won", "offer", 6), ("won", "won", 30), ("lost", "call", 4),
          ("lost", "lost", 40), ("new", "call", 26), ("done", "call", 4), ("done", "offer", 7), ("done", "won", 15)]
WORTH = [("old", 100, 0), ("old", 80, 30), ("won", 50, 1), ("won", 70, 25), ("lost", 40, 2), ("new", 10, 25),
         ("done", 5, 3)]


def asked(**params: Any) -> Result:
    attributes = [{"case": case, "attribute": "amount", "value": str(value), "valid_from": day(since)}
                  for case, value, since in WORTH]
    attributes += [{"case": "old", "attribute": "expected_close", "value": str(day(said).date()),
                    "valid_from": day(since)} for said, since in ((30, 0), (41, 20), (35, 22), (44, 31))]
    attributes.append({"case": "won", "attribute": "expected_close", "value": "2025-01-20", "valid_from": day(1)})
    chain = chain_of(
        cases=[{"case": case, "kind": "deal", "opened_at": day(begins), "closed_at": ends and day(ends)}
               for case, begins, ends in CASES],
        events=[{"case": case, "step": step, "happened_at": day(at), "resource": "ann"} for case, step, at in EVENTS],
        attributes=attributes, needs=[{"step": "offer", "crew": "reps"}])
    return pipeline.run(chain, Params(**params), 1, silent)


@pytest.fixture(scope="module")
def told() -> Result:
    return asked(since=day(20).date(), until=day(50).date())


def test_the_waterfall_adds_up(told: Result) -> None:
    rows = {(row["change"], row["exit"]): (row["cases"], row["value"])
            for row in told.tables["pipeline_changes"].iter_rows(named=True)}
    assert rows == {("start", None): (3, 190.0), ("new", None): (1, 10.0), ("raised", None): (1, 20.0),
                    ("lowered", None): (1, -20.0), ("left", "lost"): (1, -40.0), ("left", "won"): (1, -70.0),
                    ("end", None): (2, 90.0)}
    assert sum(value for (change, _), (_, value) in rows.items() if change != "end") == 90.0


def test_a_case_expected_by_then_and_open_still_has_slipped(told: Result) -> None:
    """On day 20 `old` was said to close on day 41, `won` on the 20th of January."""
    assert sorted(told.tables["pipeline_slips"].rows()) == [("slipped", 1, 100.0), ("won", 1, 50.0)]


def test_what_is_unclean_is_told_with_its_rule(told: Result) -> None:
    """`old` waits at its offer longer than others did, was moved back twice (30, 41, 35, 44), and is past day 44."""
    rows = [(row["case"], row["rule"], row["times"]) for row in told.tables["case_hygiene"].iter_rows(named=True)]
    assert rows == [("old", "overdue", None), ("old", "pushed", 2), ("old", "stuck", None)]


def test_time_before_a_step_with_a_crew_is_ours(told: Result) -> None:
    rows = {row["step"]: row for row in told.tables["waiting_sides"].iter_rows(named=True)}
    assert {step: row["side"] for step, row in rows.items()} == {
        "call": "others", "lost": "others", "offer": "us", "won": "others"}
    assert rows["offer"]["mean"] == pytest.approx((5 + 3 + 3) / 3)
    assert told.summary["waiting_on_us_share"] == pytest.approx(11 / (11 + 2 + 2 + 1 + 1 + 24 + 36 + 8))


def test_days_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(Unsupported, match="is not before the last"):
        asked(since=date(2025, 3, 1), until=date(2025, 2, 1))
