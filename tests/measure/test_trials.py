"""Trials are judged by the way they were run; what was planted is found, and who looks every day is not fooled."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported
from arbitre.maths.evidence.trials import difference
from arbitre.measure import trials
from arbitre.tables.new import new
from arbitre.tables.sample.trials import EFFECTS
from benchmarks.marketing_trials import figures
from benchmarks.rows import chain_of

MONDAY = datetime(2025, 3, 3)


def told(rows: list[dict[str, Any]], **params: Any) -> Result:
    chain = chain_of(trial_outcomes=[{"trial": "one", "drawn_share": 0.5, **row} for row in rows])
    return trials.run(chain, trials.Params.model_validate(params), 1, silent)


def row(rows: list[dict[str, Any]], **params: Any) -> dict[str, Any]:
    return told(rows, **params).tables["trial_effects"].row(0, named=True)


def units(size: int, effect: float, seed: int = 1, treated: float = 0.5) -> list[dict[str, Any]]:
    luck = np.random.default_rng(seed)
    on = luck.random(size) < treated
    return [{"unit": f"u{at}", "seen_at": MONDAY + timedelta(days=at // 50), "is_treated": bool(on[at]),
             "outcome": float(10 + effect * on[at] + luck.normal())} for at in range(size)]


@pytest.fixture(scope="module")
def sample() -> pl.DataFrame:
    chain = new("trials", "small", 1)
    return trials.run(chain, trials.Params(skip=1), 1, silent).tables["trial_effects"]


def test_the_way_a_trial_was_run_is_read_from_its_rows(sample: pl.DataFrame) -> None:
    assert dict(sample.select("trial", "method").iter_rows()) == {
        "mail": "units", "banner": "ratio", "coaching": "clusters", "batching": "switchback", "popup": "units",
        "lockers": "before_after", "kiosk": "synthetic_control"}
    counted = {name: (on, off) for name, on, off in sample.select("trial", "treated", "alone").iter_rows()}
    assert (counted["coaching"], counted["batching"], counted["kiosk"]) == ((12, 12), (42, 42), (2, 12))


def test_what_was_planted_is_found_and_a_broken_split_is_said(sample: pl.DataFrame) -> None:
    for one in sample.filter(pl.col("trial") != "popup").to_dicts():
        off = abs(one["effect"] - EFFECTS[one["trial"]])
        assert off < 1.5 * (one["high"] - one["low"]) / 2, one["trial"]
    verdicts = dict(sample.select("trial", "verdict").iter_rows())
    assert verdicts == {"mail": "raises", "banner": "go_on", "coaching": "lowers", "batching": "lowers",
                        "popup": "broken_split", "lockers": "lowers", "kiosk": "raises"}
    banner = sample.filter(trial="banner").row(0, named=True)
    assert banner["high"] < 0 < banner["always_high"], "one look is fooled, the sequence is not"
    assert sample.filter(trial="mail")["explained_share"].item() == pytest.approx(0.5, abs=0.06)
    assert sample.filter(trial="coaching")["design_effect"].item() > 1.5


def test_units_are_compared_as_two_means() -> None:
    rows = units(300, 0.5)
    sides = [[one["outcome"] for one in rows if one["is_treated"] == on] for on in (True, False)]
    found, known = row(rows), difference(sides[0], sides[1])
    assert (found["effect"], found["low"], found["high"], found["p"]) == pytest.approx(
        (known.value, known.low, known.high, known.p))
    assert found["usual"] == pytest.approx(np.mean(sides[1]))


def test_a_unit_seen_twice_counts_once() -> None:
    rows = units(200, 0.5)
    halves = [{**one, "outcome": one["outcome"] / 2, "seen_at": one["seen_at"] + timedelta(hours=hour)}
              for one in rows for hour in (0, 1)]
    assert row(halves)["effect"] == pytest.approx(row(rows)["effect"])
    assert row(halves)["treated"] == row(rows)["treated"]


def test_as_many_units_as_needed_find_the_effect_with_the_power_asked() -> None:
    needed = row(units(2000, 0.0), least_share=0.02)["needed"]
    assert needed == pytest.approx(4 * (2.8016 / 0.2) ** 2, rel=0.1)
    found = [row(units(needed, 0.2, seed))["p"] < 0.05 for seed in range(30)]
    assert 0.6 <= np.mean(found) <= 0.96
    early = row(units(200, 0.0), least_share=0.02)
    assert early["days_left"] == pytest.approx((early["needed"] - 200) * 4 / 200, rel=0.3)


def test_before_a_trial_begins_it_says_how_many_it_takes() -> None:
    rows = units(2000, 0.0, treated=-1.0)
    found = row(rows, least_share=0.02)
    assert (found["verdict"], found["treated"], found["alone"]) == ("not_begun", 0, 2000)
    assert found["effect"] is None
    assert found["needed"] == pytest.approx(4 * (2.8016 / 0.2) ** 2, rel=0.1)
    assert told(rows).tables["trial_looks"].height == 0


def test_verdicts() -> None:
    assert row(units(60, 0.0))["verdict"] == "too_early"
    assert row(units(400, 0.0), least_share=0.01)["verdict"] == "go_on"
    assert row(units(3000, 0.0), least_share=0.05)["verdict"] == "too_small"
    assert row(units(3000, 0.4))["verdict"] == "raises"
    assert row(units(1000, 0.4, treated=0.35))["verdict"] == "broken_split"


def test_a_stretch_that_has_only_begun_does_not_count() -> None:
    rows = [{"unit": "city", "seen_at": MONDAY + timedelta(hours=hour), "is_treated": hour // 4 % 2 == 0,
             "outcome": 5.0 + (hour // 4 % 2 == 0) + 0.01 * (hour % 3)} for hour in range(97)]
    found = row(rows, skip=1)
    assert found["method"] == "switchback"
    assert found["treated"] + found["alone"] == 24
    assert found["effect"] == pytest.approx(1.0, abs=0.01)


def test_a_lever_tried_on_customers_is_a_trial() -> None:
    luck = np.random.default_rng(1)
    chain = chain_of(exposures=[{"customer": f"c{at % 150}", "lever": "call", "exposed_at": MONDAY + timedelta(at),
                                 "is_treated": at % 2 == 0, "outcome": float(luck.random() < 0.3 + 0.4 * (at % 2 == 0))}
                                for at in range(600)])
    found = trials.run(chain, trials.Params(), 1, silent).tables["trial_effects"].row(0, named=True)
    assert (found["trial"], found["verdict"], found["split_chance"]) == ("call", "raises", None)
    assert found["treated"] == 300


def test_what_cannot_be_judged_is_refused() -> None:
    everybody = [{"unit": unit, "seen_at": MONDAY + timedelta(day), "is_treated": day > 5, "outcome": 1.0 * day}
                 for unit in "abcdef" for day in range(10)]
    with pytest.raises(Unsupported, match="nobody is left to compare"):
        row(everybody)
    waves = [{**one, "unit": one["unit"] + wave, "is_treated": one["is_treated"] and wave != "3" and (
        wave != "2" or one["seen_at"] > MONDAY + timedelta(7))} for one in everybody for wave in "123"]
    with pytest.raises(Unsupported, match="give each wave its own name"):
        row(waves)
    with pytest.raises(Unsupported, match="cannot be judged"):
        row([{"unit": "a", "seen_at": MONDAY, "is_treated": True, "outcome": 1.0}])
    with pytest.raises(Unsupported, match="Nothing was tried"):
        trials.run(chain_of(promises=[{"promise": "fast"}]), trials.Params(), 1, silent)


def test_who_looks_every_day_is_not_fooled() -> None:
    found = figures(3)
    assert sum(found[name]["always"] for name in ("mail", "banner", "coaching", "batching")) * 3 <= 1
    assert np.mean([found[name]["held"] for name in EFFECTS if name != "popup"]) >= 0.8
