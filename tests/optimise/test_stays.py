"""The chain of stays: what was planted in it is found again."""

from pathlib import Path

import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.measure import promises
from arbitre.optimise import loops, routes, standby
from arbitre.tables.chain import Chain
from arbitre.tables.open import open_chain

STAYS = Path(__file__).parents[2] / "examples" / "stays"


@pytest.fixture(scope="module")
def stays() -> Chain:
    return open_chain(STAYS)


def expected(name: str) -> pl.DataFrame:
    return pl.read_csv(STAYS / "expect" / f"{name}.csv")


def kept_by(stays: Chain, by: str, promise: str) -> pl.DataFrame:
    found = promises.run(stays, promises.Params.model_validate({"by": by}), 1, silent).tables["promises_kept_by"]
    return found.filter(pl.col("promise") == promise, pl.col(by).is_not_null()).sort("kept_share")


def test_the_late_team_is_the_one_that_keeps_least(stays: Chain) -> None:
    kept = kept_by(stays, "site", "READY")
    assert kept["site"][0] == expected("late_team")["site"].item()
    assert kept["kept_share"][0] < kept["kept_share"][1] - 0.05


def test_the_laundry_is_slow_on_mondays(stays: Chain) -> None:
    kept = kept_by(stays, "weekday", "WASHED")
    assert kept["weekday"][0] == "monday"
    assert kept["kept_share"][0] < 0.1 < 0.6 < kept["kept_share"][1]


def test_one_key_too_few_and_more_linen_than_needed(stays: Chain) -> None:
    found = loops.run(stays, loops.Params.model_validate(stays.settings.capabilities["optimise.loops"]), 1, silent)
    keys = found.tables["loop_levels"].filter(item="KEYS").select("site", needed="level", held="before")
    assert keys.sort("site").equals(expected("keys").select("site", "needed", "held").sort("site"))
    linen = found.tables["loop_levels"].filter(pl.col("item") != "KEYS")
    assert linen.select(pl.col("level").sum() < 0.7 * pl.col("before").sum()).item()
    assert (linen["short_share"] <= 0.02).all()


def test_one_of_those_on_call_moves(stays: Chain) -> None:
    found = standby.run(stays, standby.Params.model_validate({"starts": 22.0, "ends": 7.0}), 1, silent)
    levels = found.tables["standby_levels"].select("site", heads="heads_before")
    assert levels.sort("site").equals(expected("on_call").sort("site"))
    assert (found.summary["units_moved"], found.status) == (1, "optimal")
    assert found.summary["kept_before.NIGHT"] < 0.85 < found.summary["kept_after.NIGHT"]


def test_every_flat_is_cleaned_before_it_is_inspected(stays: Chain) -> None:
    asked = routes.Params.model_validate(
        {"kind": "turnover, inspection", "levers": "left", "effort": 0.2})
    made = routes.run(stays, asked, 1, silent).tables["tours"].drop_nulls("case").select(
        "crew", "starts_at", "leaves_at", kind=pl.col("case").str.slice(0, 1), flat=pl.col("case").str.slice(1))
    both = made.filter(kind="T").join(made.filter(kind="I"), on="flat")
    assert both.height == stays.table("planned_visits").height
    assert both.select((pl.col("leaves_at") <= pl.col("starts_at_right")).all()).item()
    fixed = stays.table("planned_visits").filter(standing="fixed").select(flat=pl.col("case").str.slice(1), own="crew")
    assert fixed.join(both, on="flat").select((pl.col("own") == pl.col("crew")).all()).item()
