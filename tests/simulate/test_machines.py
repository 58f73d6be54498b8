"""The installed base fails and is repaired: against the machine-repair formula, and against what the facts say."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import chisquare

from arbitre.capability import silent
from arbitre.core.errors import Unsupported
from arbitre.maths.evidence.replications import mean_interval
from arbitre.maths.stock import finite
from arbitre.maths.stock.inventory import stock_measures
from arbitre.measure import promises
from arbitre.simulate import proof, twin
from benchmarks.rows import chain_of
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


PARTS = {"pump": 0.9, "seal": 2.4, "board": 0.3}
"""Failures of each item a year in one machine; the seal is there three times."""


def park(count: int = 40, **more):
    """Machines whose positions say what fails, under a promise of availability; two of them another site's, unpromised.

    No steps: a part that failed comes from the shelf and goes its way to the machine.
    """
    items = [{"item": item, "price": 100.0, "lead_time": 20.0} for item in PARTS]
    return chain_of(**{
        "sites": [{"site": "hub"}], "items": items, "segments": [{"segment": "big"}, {"segment": "small"}],
        "offers": [{"offer": "full"}, {"offer": "call"}],
        "lanes": [{"from_site": "hub", "to_site": "hub", "duration": 6.0}],
        "customers": [{"customer": "c", "segment": "big", "site": "hub"},
                      {"customer": "d", "segment": "small", "site": "hub"}],
        "contracts": [{"contract": str(row), "customer": customer, "offer": offer, "from_on": date(2020, 1, 1)}
                      for row, (customer, offer) in enumerate((("c", "full"), ("d", "call")))],
        "assets": [{"asset": f"m{row:02}", "customer": "c" if row < count else "d", "model": "press"}
                   for row in range(count + 10)],
        "positions": [{"model": "press", "item": "pump", "failure_rate": 0.9},
                      {"model": "press", "item": "seal", "quantity": 3.0, "failure_rate": 0.8},
                      {"model": "press", "item": "board", "failure_rate": 0.3},
                      {"model": "press", "item": "board", "parent": "pump", "failure_rate": 50.0}],
        "promises": [{**PROMISED, "target_share": 0.97},
                     {"promise": "soon", "offer": "call", "window": 48.0, "target_share": 0.8}],
        "demand": [{"item": item, "site": "hub", "segment": segment, "offer": offer, "rate": machines * rate,
                    "transit": 6.0} for item, rate in PARTS.items()
                   for segment, offer, machines in (("big", "full", count), ("small", "call", 10))],
        "stocks": [{"site": "hub", "item": item, "level": 8} for item in PARTS], **more})


def undemanded(**more):
    """The same where nothing but failures asks."""
    given = park(**more)
    return replace(given, tables={name: table for name, table in given.tables.items() if name != "demand"})


def asked(cases: pl.DataFrame) -> np.ndarray:
    """How often each item was asked for, in the order of PARTS."""
    return np.array([cases.filter(item=item).height for item in PARTS])


def test_the_part_that_fails_is_drawn_by_the_rates_of_the_positions() -> None:
    cases = facts(park(), days=3650).tables["cases"].filter(kind="repair")
    rates = np.array(list(PARTS.values()))
    assert chisquare(asked(cases), rates / rates.sum() * cases.height).pvalue > 0.001
    assert cases.height > 1000
    by_machine = cases.group_by("asset").len()["len"].to_numpy()  # each fails as often as its positions together
    assert by_machine.sum() == pytest.approx(40 * 10 * rates.sum(), abs=4 * np.sqrt(40 * 10 * rates.sum()))
    assert set(cases["quantity"]) == {1.0}


def test_what_machines_ask_demand_does_not_ask_again() -> None:
    cases = facts(park(), days=3650).tables["cases"]
    assert set(cases.filter(kind="repair")["customer"]) == {"c"}
    assert set(cases.filter(kind="order")["customer"]) == {"d"}, "machines that are promised nothing are in demand"
    wanted = 10 * 50 * np.array(list(PARTS.values()))
    assert (np.abs(asked(cases) - wanted) < 4 * np.sqrt(wanted)).all()
    rows = [{"item": item, "site": "hub", "rate": 50 * rate * share, "criticality": name}
            for item, rate in PARTS.items() for name, share in (("high", 0.75), ("low", 0.25))]
    broad = facts(park(demand=rows), days=3650).tables["cases"].filter(kind="order")
    left = wanted / 5  # what the ten machines ask that are promised nothing
    assert (np.abs(asked(broad) - left) < 4 * np.sqrt(left)).all(), "rows about everybody are lowered too"
    alone = facts(undemanded(), days=3650).tables["cases"]
    assert set(alone["customer"]) == {"c", "d"}, "without demand all machines ask for their parts"
    assert set(alone["kind"]) == {"repair"}


def test_every_failure_takes_its_part_from_the_shelf_once() -> None:
    found = facts(park(), days=365)
    issued = found.tables["movements"].filter(kind="issue").group_by("case", "item").agg(pl.col("quantity").sum())
    closed = found.tables["cases"].filter(pl.col("closed_at").is_not_null(), kind="repair")
    told = closed.join(issued, on=["case", "item"], how="left")
    assert (told["quantity_right"] == -1.0).all()
    assert ((told["closed_at"] - told["opened_at"]).dt.total_hours() >= 6).all()


@pytest.mark.parametrize("level", [6, 9])
def test_availability_replayed_with_parts_is_that_of_the_exact_law_of_stock(level: int) -> None:
    given = undemanded(stocks=[{"site": "hub", "item": item, "level": level} for item in PARTS])
    told = proof.run(given, proof.Params(levels="today", least=20, most=20), 1, silent).tables["proofs"].filter(
        promise="up")["replayed_share"].item()
    # Palm 1938 for each item; machines that are down do not fail, so what comes is what those that run ask.
    pipelines = [20.0 / 365.25 * 50 * told * rate for rate in PARTS.values()]
    waiting = sum(stock_measures(mean, mean, level)[1] + 0.25 / 20.0 * mean for mean in pipelines)
    assert told == pytest.approx(1 - waiting / 50, abs=0.002)


def test_a_step_that_takes_the_item_takes_that_of_the_position_and_another_none() -> None:
    steps = {"steps": [{"step": "fix", "work": WORK, "takes_item": True}],
             "routes": [{"kind": "repair", "to_step": "fix"}], "crews": [{"crew": "team", "heads": 5}],
             "needs": [{"step": "fix", "crew": "team"}]}
    found = facts(park(**steps), days=730)
    cases = found.tables["cases"].filter(kind="repair", customer="c")
    rates = np.array(list(PARTS.values()))
    assert chisquare(asked(cases), rates / rates.sum() * cases.height).pvalue > 0.001
    issued = found.tables["movements"].filter(kind="issue").join(cases, on="case", suffix="_of_case")
    assert issued.height > 100
    assert (issued["item"] == issued["item_of_case"]).all()
    dry = park(**{**steps, "steps": [{"step": "fix", "work": WORK}]})
    dry_cases = facts(dry, days=90).tables["cases"]
    assert dry_cases.filter(kind="repair")["item"].null_count() == dry_cases.filter(kind="repair").height > 0


def test_the_rate_of_the_machine_stands_before_that_of_its_positions() -> None:
    often = [{"asset": f"m{row:02}", "customer": "c", "model": "press", "failure_rate": 36.0} for row in range(10)]
    cases = facts(undemanded(assets=often), days=730).tables["cases"]
    up = facts(undemanded(assets=often), days=730).summary["availability.up"]
    assert cases.height == pytest.approx(720 * up, abs=4 * np.sqrt(720))
    rates = np.array(list(PARTS.values()))
    assert chisquare(asked(cases), rates / rates.sum() * cases.height).pvalue > 0.001


def test_a_machine_waits_today_for_the_part_of_its_open_case() -> None:
    held = [{"site": "hub", "item": item, "level": 8, "on_hand": 0 if item == "board" else 8} for item in PARTS]
    waits = [{"case": "o", "kind": "repair", "customer": "c", "site": "hub", "offer": "full", "asset": "m00",
              "item": "board", "quantity": 1, "opened_at": datetime(2025, 4, 29)}]
    given = park(cases=waits, stocks=held)
    found = facts(given, start="today", days=60)
    own = found.tables["cases"].filter(asset="m00", item="board").sort("opened_at")
    # Nine boards are on order, that of the open case too, spread evenly over 20 days; then 6 hours of way.
    assert own["closed_at"][0] == datetime(2025, 5, 1, 6) + timedelta(days=20 / 9 / 2)
    measured = promises.run(twin.told(given, found.tables), promises.Params(now="2025-06-30T00:00:00",
                                                                           since="2025-05-01"), 1, silent)
    assert measured.summary["availability"] == pytest.approx(found.summary["availability.up"], abs=1e-9)
