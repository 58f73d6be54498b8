"""The installed base fails and is repaired: against the machine-repair formula, and against what the facts say."""

from datetime import date, datetime

import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.core.errors import Unsupported
from arbitre.maths.evidence.replications import mean_interval
from arbitre.maths.stock import finite
from arbitre.measure import promises
from arbitre.simulate import proof, twin
from tests.simulate.workshops import YEAR, queue

MACHINES, WORK, EVERY = 12, 5.0, 60.0
"""Twelve machines, one repairer, 5 hours of work, a failure every 60 hours of running."""
PROMISED = {"promise": "up", "measure": "availability", "kind": "repair", "offer": "full", "window": 0.0,
            "target_share": 0.5, "period": "month"}


def workshop(**more):
    """Machines of one customer under contract, and a machine of another that has none."""
    return queue(1, work=WORK, **{
        "sites": [{"site": "hub"}], "segments": [{"segment": "big"}], "offers": [{"offer": "full"}, {"offer": "other"}],
        "customers": [{"customer": "c", "segment": "big", "site": "hub"}, {"customer": "d", "segment": "big"}],
        "contracts": [{"contract": "1", "customer": "c", "offer": "full", "from_on": date(2020, 1, 1)},
                      {"contract": "0", "customer": "d", "offer": "full", "from_on": date(2020, 1, 1),
                       "to_on": date(2021, 1, 1)}],
        "assets": [
            *({"asset": f"m{row:02}", "customer": "c", "failure_rate": YEAR / EVERY} for row in range(MACHINES - 1)),
            {"asset": "x", "customer": "d", "failure_rate": YEAR / EVERY},
            {"asset": "future", "customer": "c", "failure_rate": YEAR, "installed_on": date(2040, 1, 1)}],
        "promises": [PROMISED], "arrivals": [], **more})


def exact() -> float:
    return finite.fleet(MACHINES, 0, 1, 24.0 / EVERY, WORK / 24.0).availability


def facts(given, days=365, **params):
    return twin.run(given, twin.Params(days=days, **params), 1, silent)


def test_machines_are_up_as_the_machine_repair_formula_says() -> None:
    found = mean_interval([facts(workshop(), replication=run, days=2000).summary["availability.up"]
                           for run in range(6)], 0.999)
    assert found.low <= exact() <= found.high
    assert found.half_width < 0.02


def test_a_failure_opens_a_case_of_its_machine_and_none_while_it_is_down() -> None:
    cases = facts(workshop()).tables["cases"].sort("asset", "opened_at")
    assert set(cases["asset"]) == {*(f"m{row:02}" for row in range(MACHINES - 1)), "x"}
    assert dict(cases.select("customer", "offer").unique().iter_rows()) == {"c": "full", "d": None}
    again = cases.with_columns(before=pl.col("closed_at").shift().over("asset")).drop_nulls("before")
    assert (again["opened_at"] >= again["before"]).all()
    assert again.height > 1000


def test_what_is_measured_on_the_facts_is_what_the_replay_says() -> None:
    given = workshop()
    found = facts(given, days=90)
    told = twin.told(given, found.tables, "repair")
    params = promises.Params(now="2025-04-01T00:00:00", since="2025-01-01")
    measured = promises.run(told, params, 1, silent)
    assert measured.summary["availability"] == pytest.approx(found.summary["availability.up"], abs=1e-9)


def broken(*cases, **more):
    """The workshop with these cases still open when May begins."""
    rows = [{"case": f"o{row}", "kind": "repair", "customer": "c", "site": "hub", "offer": "full",
             "opened_at": datetime(2025, 4, 29 + row), **case} for row, case in enumerate(cases)]
    return workshop(cases=rows, **more)


def test_a_case_open_today_keeps_its_machine_down_until_it_has_ended() -> None:
    every = [{"asset": f"m{row:02}"} for row in range(2)]
    found = facts(broken(*every), start="today", days=30).tables["cases"].sort("asset", "opened_at")
    for asset in ("m00", "m01"):
        own = found.filter(asset=asset)
        assert own["opened_at"][0] < datetime(2025, 5, 1) <= own["opened_at"][1]
        assert (own["opened_at"][1:] >= own["closed_at"][:-1]).all()
    up = facts(broken({"asset": "m00"}, {}), start="today", days=30).summary["availability.up"]
    down = facts(broken(*every), start="today", days=30).summary["availability.up"]
    assert down < up


def test_a_machine_of_two_open_cases_is_down_for_the_older_and_one_that_runs_again_for_none() -> None:
    found = facts(broken({"asset": "m00"}, {"asset": "m00"}), start="today", days=30).tables["cases"]
    own = found.filter(asset="m00").sort("opened_at")
    assert own["opened_at"].is_duplicated().sum() == 0
    assert (own["opened_at"][1:] >= own["closed_at"][:1]).all()
    runs = broken({"asset": "m00"}, events=[{"case": "o0", "step": "fix", "happened_at": datetime(2025, 4, 29, 3)}],
                  promises=[{**PROMISED, "step": "fix"}])
    told = facts(runs, start="today", days=30).tables["cases"].filter(pl.col("opened_at") < datetime(2025, 5, 1))
    assert told["asset"].to_list() == [None]


@pytest.mark.parametrize(("target", "verdict"), [(0.5, "kept"), (0.97, "missed")])
def test_availability_is_proven_by_machine_and_period(target: float, verdict: str) -> None:
    given = workshop(promises=[{**PROMISED, "target_share": target}])
    proofs = proof.run(given, proof.Params(least=4, most=8), 1, silent).tables["proofs"].row(0, named=True)
    assert proofs["verdict"] == verdict
    assert proofs["cases"] % ((MACHINES - 1) * 12) == 0, "eleven machines under contract, by the month"
    assert proofs["replayed_share"] == pytest.approx(exact(), abs=0.02)


def test_availability_on_two_kinds_of_cases_is_refused() -> None:
    given = workshop(promises=[PROMISED, {**PROMISED, "promise": "too", "kind": "visit"}],
                     routes=[{"kind": "repair", "to_step": "fix"}, {"kind": "visit", "to_step": "fix"}])
    with pytest.raises(Unsupported, match="repair and visit"):
        facts(given)


def test_without_a_promise_of_availability_nothing_fails() -> None:
    with pytest.raises(Unsupported, match="nothing to replay"):
        facts(workshop(promises=[]))
