"""Promises in hours of a calendar, at a cut-off, by units: the replay keeps what measuring its facts says."""

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.core.errors import Unsupported
from arbitre.measure import promises
from arbitre.simulate import proof, twin
from tests.simulate.test_hours import OFFICE
from tests.simulate.workshops import after_sales

PROMISES = [
    {"promise": "office", "window": 20.0, "calendar": "office", "target_share": 0.8},
    {"promise": "by-five", "window": 10.0, "cut_off": "17:00", "target_share": 0.8},
    {"promise": "office-by-five", "window": 9.0, "calendar": "office", "cut_off": "17:00", "target_share": 0.8},
    {"promise": "units", "window": 60.0, "counts": "unit", "target_share": 0.8},
    {"promise": "there", "step": "arrived", "window": 20.0, "target_share": 0.8},
    {"promise": "orders", "window": 60.0, "counts": "order", "target_share": 0.8},
]


def test_what_the_replay_keeps_is_what_is_measured_on_its_facts() -> None:
    given = after_sales(promises=PROMISES, **OFFICE)
    given = given.with_(demand=given.table("demand").with_columns(size=pl.lit(None, pl.Int64), dispersion=pl.lit(2.5)))
    found = twin.run(given, twin.Params(days=120), 1, silent)
    told = twin.told(given, found.tables)
    kept = promises.run(told, promises.Params(now=found.summary["until"]), 1, silent).tables["promises_kept"]
    kept = kept.filter(pl.col("segment").is_null())
    assert kept.height == len(PROMISES)
    for name, cases, share in kept.select("promise", "cases", "kept_share").iter_rows():
        assert found.summary[f"cases.{name}"] == cases, name
        assert found.summary[f"kept_share.{name}"] == pytest.approx(share, abs=1e-12), name
    shares = {name: found.summary[f"kept_share.{name}"] for name in ("units", "orders")}
    assert shares["units"] != shares["orders"], "large lines are kept less often"
    assert found.summary["cases.units"] > found.summary["cases.orders"]
    events = found.tables["events"]
    assert set(events.filter(step="arrived")["resource"]) == {"north", "south"}
    assert events.filter(step="arrived").height >= events.filter(step="visit").height > 0


def test_a_proof_judges_what_was_promised_in_hours_of_a_calendar() -> None:
    """Every replication that a proof plays keeps what the twin of the same number keeps."""
    given = after_sales(promises=PROMISES, **OFFICE)
    proofs = proof.run(given, proof.Params(levels="today", least=3, most=3), 1, silent).tables["proofs"]
    twins = [twin.run(given, twin.Params(replication=run), 1, silent).summary for run in range(3)]
    for name, share in proofs.select("promise", "share").iter_rows():
        assert share == pytest.approx(np.mean([one[f"kept_share.{name}"] for one in twins]), abs=0.01), name


def test_a_calendar_without_hours_is_named() -> None:
    given = after_sales(promises=[{**PROMISES[0], "calendar": "nowhere"}], **OFFICE)
    with pytest.raises(Unsupported, match="nowhere"):
        twin.run(given, twin.Params(days=30), 1, silent)


def test_what_no_shelf_serves_is_flown_in_where_the_table_says_how_long_that_takes() -> None:
    """An empty shelf, an item that takes a year to come: lines are on their way at once, or wait for it."""
    item = {"item": "pump", "price": 900.0, "lead_time": 365.0, "emergency_cost": 100.0}

    def cases(hours: float | None) -> pl.DataFrame:
        given = after_sales(items=[{**item, "emergency_time": hours}, {"item": "seal", "price": 1.0, "lead_time": 1.0}],
                            stocks=[{"site": "hub", "item": "pump", "level": 0}])
        orders = given.with_(**{name: given.table(name).clear() for name in (
            "steps", "routes", "needs", "crews", "shifts", "rhythms", "promises")})
        return twin.run(orders, twin.Params(days=700), 1, silent).tables["cases"]

    flown, waited = (cases(hours).with_columns(days=(pl.col("closed_at") - pl.col("opened_at")).dt.total_hours() / 24)
                     for hours in (30.0, None))
    assert flown["days"].drop_nulls().unique().to_list() == [1.25]
    assert waited["days"].drop_nulls().min() > 365
    assert waited["opened_at"].to_list() == flown["opened_at"].to_list()
