"""forecast.transitions: planted truths found, leaks and dead cases told, thin histories refused or wide."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported
from arbitre.forecast import transitions
from arbitre.forecast._transitions.stays import read_stays
from arbitre.forecast.transitions import Params
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty
from arbitre.tables.sample.sales import SOURCES, sales
from arbitre.tables.settings import Settings
from benchmarks.commercial_hazards import contracts, leads
from benchmarks.rows import chain_of

DAY = timedelta(days=1)
START = datetime(2025, 1, 1)


def asked(chain: Chain, **params: Any) -> Result:
    return transitions.run(chain, Params(**params), 1, silent)


def steady(count: int = 300, seed: int = 4, late: int = 0) -> dict[str, list[dict[str, Any]]]:
    """Cases opened through a year, left after some 30 days as done (two in three) or lost; seen until its end."""
    chance = np.random.default_rng(seed)
    cases, events = [], []
    for number in range(count):
        opened = START + DAY * float(chance.uniform(0, 365))
        left = opened + DAY * float(chance.exponential(30.0))
        ended = left < START + 365 * DAY
        step = "done" if chance.random() < 2 / 3 else "lost"
        if ended and left < START + late * DAY:
            continue
        cases.append({"case": f"c{number}", "kind": "visit", "opened_at": opened, "closed_at": left if ended else None})
        if ended:
            events.append({"case": f"c{number}", "step": step, "happened_at": left})
    return {"cases": cases, "events": events}


@pytest.fixture(scope="module")
def desk() -> Result:
    sample = sales("small", 1)
    return asked(Chain(Settings.model_validate(sample.settings), sample.tables), target=1_500_000.0)


def test_the_tables_are_as_declared(desk: Result) -> None:
    assert tuple(desk.tables) == transitions.WRITES
    for name, table in desk.tables.items():
        assert table.schema == empty(RESULTS[name]).schema, name


def test_planted_leak_dead_deals_and_sources_are_found(desk: Result) -> None:
    expect = sales("small", 1).expect
    assert desk.tables["transition_leaks"]["attribute"].to_list() == expect["leaks"]["attribute"].to_list()
    found = set(desk.tables["case_chances"].filter("is_dead")["case"])
    planted = set(expect["dead"]["case"])
    assert len(found & planted) >= 0.8 * len(found)
    won = desk.tables["transition_drivers"].filter(to_step="won", attribute="source", compared_with="web")
    for row in won.iter_rows(named=True):
        assert row["low"] <= SOURCES[row["level"]] <= row["high"], row


def test_the_way_of_each_segment_takes_the_time_planted(desk: Result) -> None:
    """Before the proposal: a mean of twelve days, 0.6 and 2 times that; the median of them all lies between."""
    row = desk.tables["transition_steps"].filter(step="qualified", to_step="proposal").row(0, named=True)
    assert 0.6 * 12 * np.log(2) < row["median"] < 2 * 12 * np.log(2)
    drivers = desk.tables["transition_drivers"].filter(to_step="proposal", attribute="segment", level="large")
    assert drivers["high"].item() < 1.0


def test_segments_add_up_to_all_and_chances_to_the_forecast(desk: Result) -> None:
    told = desk.tables["transition_forecasts"].filter(exit="won")
    every = told.filter(pl.col("segment").is_null()).row(0, named=True)
    parts = told.filter(pl.col("segment").is_not_null())
    for name in ("open", "expected", "new", "value"):
        assert parts[name].sum() == pytest.approx(every[name])
    chances = desk.tables["case_chances"].filter(exit="won")
    assert chances["chance_share"].sum() == pytest.approx(every["expected"])
    assert 0.0 < every["target_share"] < 1.0


def test_exits_are_the_steps_that_end_closed_cases() -> None:
    stays = read_stays(chain_of(**steady()), None, (), None)
    assert (set(stays.exits), stays.steps) == ({"done", "lost"}, ("open",))


def test_the_forecast_of_a_constant_rate_is_what_it_must_be() -> None:
    """Open cases times the chance to leave in 28 days at 1/30 a day, two in three by `done`."""
    found = asked(chain_of(**steady(3000)), horizon=28.0, period="week").summary
    assert found["done.expected"] == pytest.approx(found["open"] * (1 - np.exp(-28 / 30)) * 2 / 3, rel=0.15)
    assert found["done.low"] < found["done.expected"] < found["done.high"]
    assert found["dead"] == 0


def test_what_ended_before_the_record_began_is_not_taken_to_have_lasted() -> None:
    """Those that left before day 120 are not on record; the others then count from day 120, not from their opening."""
    stays = read_stays(chain_of(**steady(2000, late=120)), None, (), None)
    assert abs(stays.since - (START + 120 * DAY).timestamp()) < 5 * 86_400 + 86_400
    assert read_stays(chain_of(**steady(2000)), None, (), None).since == -np.inf


def test_at_a_day_only_what_was_known_then_is_used() -> None:
    """Whatever comes after that day is as if it were not there."""
    rows, day = steady(800), date(2025, 7, 31)
    night = datetime(2025, 8, 1)
    known = {"cases": [row | {"closed_at": row["closed_at"] if row["closed_at"] and row["closed_at"] < night else None}
                       for row in rows["cases"] if row["opened_at"] < night],
             "events": [row for row in rows["events"] if row["happened_at"] < night]}
    later, then = (asked(chain_of(**given), at=day).summary for given in (rows, known))
    assert {name: later[name] for name in ("open", "done.expected", "done.low")} == pytest.approx(
        {name: then[name] for name in ("open", "done.expected", "done.low")})


def test_a_field_filled_at_the_end_is_refused_and_one_known_from_the_start_is_not() -> None:
    rows = steady(600)
    closed = {row["case"] for row in rows["events"]}
    attributes = [{"case": case, "attribute": "verdict", "value": "fine"} for case in sorted(closed)]
    attributes += [{"case": row["case"], "attribute": "colour", "value": ("red", "blue")[number % 2]}
                   for number, row in enumerate(rows["cases"])]
    found = asked(chain_of(**rows, attributes=attributes))
    assert found.tables["transition_leaks"].select("attribute", "reason").rows() == [("verdict", "never_ends")]
    assert set(found.tables["transition_drivers"]["attribute"]) == {"colour"}


def test_a_number_that_grows_with_time_is_refused() -> None:
    lasted = np.random.default_rng(1).uniform(2, 40, 400)
    known = pl.DataFrame({"paid": lasted * 30.0, "size": np.arange(400) % 37 + 0.5})
    found = asked(contracts(lasted, np.arange(400) % 2 == 0, known))
    assert found.tables["transition_leaks"].select("attribute", "reason").rows() == [("paid", "grows")]


def test_a_dated_value_counts_from_its_date_on() -> None:
    """A flag that triples the rate, set halfway: read as of each period, so the ratio found is about three."""
    chance = np.random.default_rng(2)
    cases, attributes = [], []
    for number in range(1500):
        opened = START + DAY * float(chance.uniform(0, 300))
        before = float(chance.exponential(60.0))
        lasted = before if before < 30 else 30 + float(chance.exponential(20.0))
        left = opened + DAY * lasted
        cases.append({"case": f"c{number}", "opened_at": opened,
                      "closed_at": left if left < START + 365 * DAY else None})
        if lasted > 30:
            attributes.append({"case": f"c{number}", "attribute": "flag", "value": "on",
                               "valid_from": opened + 30 * DAY})
    found = asked(chain_of(cases=cases, attributes=attributes), period="day").tables["transition_drivers"]
    flag = found.filter(attribute="flag").sort("level")
    ratio = flag.filter(level="on")["ratio"].item() / flag.filter(level="(blank)")["ratio"].item()
    assert 2.0 < ratio < 4.5  # age and flag go together: what tells them apart is drawn towards nothing


def test_contracts_are_cases_too() -> None:
    chance = np.random.default_rng(3)
    rows = []
    for number in range(400):
        begins = date(2022, 1, 1) + timedelta(days=int(chance.integers(0, 1000)))
        ends = begins + timedelta(days=int(chance.exponential(400)))
        rows.append({"contract": f"k{number}", "customer": "a", "offer": "o", "from_on": begins,
                     "to_on": ends if ends < date(2024, 9, 27) else None})
    found = asked(chain_of(contracts=rows), kind="contract", horizon=100.0).summary
    assert found["ended.expected"] == pytest.approx(found["open"] * (1 - np.exp(-100 / 400)), rel=0.25)


def test_a_date_promised_has_a_chance_to_be_missed() -> None:
    rows = steady(400)
    for row in rows["cases"]:
        row["promised_at"] = max(row["opened_at"] + 20 * DAY, START + 370 * DAY)
    chances = asked(chain_of(**rows), horizon=60.0).tables["case_chances"]
    breach = chances["breach_share"].drop_nulls()
    assert len(breach) > 0
    assert breach.is_between(0.3, 0.98).all()  # at least some days are left, at one chance in thirty a day


@pytest.mark.parametrize("left", [0, 1, 4])
def test_too_few_exits_are_refused_with_the_number_needed(left: int) -> None:
    cases = [{"case": f"c{number}", "opened_at": START + number * DAY,
              "closed_at": START + (number + 9) * DAY if number < left else None} for number in range(30)]
    with pytest.raises(Unsupported, match=f"{left} of 30 cases have left on record, 5 are needed"):
        asked(chain_of(cases=cases))


def test_six_exits_give_a_wide_interval_and_no_loss_is_no_matter() -> None:
    cases = [{"case": f"c{number}", "opened_at": START + number * DAY,
              "closed_at": START + (number + 9) * DAY if number < 6 else None} for number in range(60)]
    found = asked(chain_of(cases=cases)).summary
    assert found["replays"] == 0
    assert found["closed.high"] - found["closed.low"] >= 0.5 * found["closed.expected"]


def test_cases_that_end_before_they_begin_are_left_out_and_told() -> None:
    rows = steady(200)
    rows["cases"] += [{"case": "wrong", "kind": "visit", "opened_at": START, "closed_at": START - DAY}]
    assert asked(chain_of(**rows)).summary["misdated"] == 1


def test_the_same_seed_gives_the_same_bytes() -> None:
    one, two = (asked(chain_of(**steady(200))) for _ in range(2))
    assert one.summary == two.summary
    assert all(one.tables[name].equals(two.tables[name]) for name in one.tables)


def test_intervals_hold_effects_and_exits_as_often_as_they_say() -> None:
    """Ten seeds; the benchmark counts two hundred."""
    held = []
    for seed in range(10):
        chain, seen = leads(seed, 250)
        told = asked(chain, at=date(2025, 6, 30), horizon=60, period="week").tables
        won = told["transition_forecasts"].filter(exit="won").row(0, named=True)
        held.append(won["low"] <= seen <= won["high"])
    assert sum(held) >= 8
