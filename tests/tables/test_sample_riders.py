"""Are the riders' chains sound, and does what is published cover what was planted, in the plan and in the replay?"""

from pathlib import Path

import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.optimise import crews, rosters, shifts
from arbitre.simulate._staffed import staffed
from arbitre.tables.chain import Chain
from arbitre.tables.new import new
from arbitre.tables.open import open_chain

FOLDER = Path(__file__).parents[2] / "examples" / "riders"


@pytest.fixture(scope="module")
def published() -> Chain:
    chain = open_chain(FOLDER)
    chain = chain.with_(**crews.run(chain, crews.Params(), 1, silent).tables)
    return chain.with_(**shifts.run(chain, shifts.Params(), 1, silent).tables)


@pytest.mark.parametrize("scale", ["small", "medium", "large"])
def test_any_scale_is_sound(scale: str) -> None:
    assert new("riders", scale, 2).check() == []


def hours(table: pl.DataFrame) -> dict[str, float]:
    """Hours of heads a week, by site; a row without a weekday is one of every day."""
    days = pl.when(pl.col("weekday").is_null()).then(7.0).otherwise(1.0)
    told = table.group_by(site=pl.col("crew").str.strip_prefix("riders ")).agg(
        (days * pl.col("heads") * (pl.col("ends") - pl.col("starts"))).sum().alias("hours"))
    return dict(told.iter_rows())


def test_published_shifts_cover_the_plan_which_covers_the_work_and_pays_less_than_today(published: Chain) -> None:
    planted = pl.read_csv(FOLDER / "expect" / "hours.csv")
    asked, there = hours(published.table("crew_levels")), hours(staffed(published, "plan").table("shifts"))
    for row in planted.iter_rows(named=True):
        assert row["work_a_week"] < asked[row["site"]] <= there[row["site"]] < row["paid_today"]
    assert hours(published.table("shifts")) == dict(planted.select("site", "paid_today").iter_rows())


def test_the_replay_has_those_who_are_there_between_their_breaks(published: Chain) -> None:
    at_work = staffed(published, "plan").table("shifts")
    for row in published.table("shift_cover").sample(60, seed=1).iter_rows(named=True):
        there = at_work.filter((pl.col("crew") == row["crew"]) & (pl.col("weekday") == row["weekday"])
                               & (pl.col("starts") <= row["starts"]) & (row["starts"] < pl.col("ends")))
        assert there["heads"].sum() == int(row["present"])


def test_people_are_enough_and_their_wishes_are_granted(published: Chain) -> None:
    found = rosters.run(published, rosters.Params(**published.settings.capabilities["optimise.rosters"]), 1, silent)
    assert found.summary["wishes_kept"] == found.summary["wishes"] == published.table("requests").height
    assert found.summary["hours_missing"] == 0
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"{published.table('shift_cover')['wanted'].sum() / 4.0:g} hours" in text
