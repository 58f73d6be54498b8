"""Is the meals chain sound and fresh, and does dispatch find what was planted in it?"""

from pathlib import Path

import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.measure import promises
from arbitre.optimise import dispatch
from arbitre.tables.chain import Chain
from arbitre.tables.new import new
from arbitre.tables.open import open_chain

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def meals() -> Chain:
    return open_chain(ROOT / "examples" / "meals")


def test_the_shipped_meals_are_what_the_command_writes(tmp_path: Path) -> None:
    new("meals", "small", 1, tmp_path / "meals")
    for path in (tmp_path / "meals").rglob("*.*"):
        shipped = ROOT / "examples" / "meals" / path.relative_to(tmp_path / "meals")
        assert shipped.read_bytes() == path.read_bytes(), "arbitre new meals examples/meals"


@pytest.mark.parametrize("seed", range(3))
def test_any_seed_gives_a_sound_chain(seed: int) -> None:
    assert new("meals", "small", seed).check() == []


def test_what_was_planted_is_found(meals: Chain) -> None:
    found = dispatch.run(meals, dispatch.Params(order_pay=4.0), 1, silent)
    expect = pl.read_csv(ROOT / "examples" / "meals" / "expect" / "lost.csv")
    assert {f"lost.{reason}": count for reason, count in expect.iter_rows()} == {
        name: value for name, value in found.summary.items() if name.startswith("lost.")}
    crunch = pl.read_csv(ROOT / "examples" / "meals" / "expect" / "crunch.csv", try_parse_dates=True).row(0, named=True)
    evenings = found.tables["dispatch_hours"].filter(pl.col("starts_at").dt.hour() >= 18).drop_nulls("load")
    hardest = evenings.sort("load").row(-1, named=True)["starts_at"]
    assert hardest.date() == crunch["day"]
    assert crunch["hours_from"] <= hardest.hour < crunch["hours_to"]


def test_the_readme_says_what_is_measured(meals: Chain) -> None:
    found = dispatch.run(meals, dispatch.Params(order_pay=4.0, levers="left"), 1, silent)
    after = meals.with_(cases=found.tables["cases"], events=found.tables["events"])
    text = (ROOT / "examples" / "meals" / "README.md").read_text(encoding="utf-8")
    for chain in (meals, after):
        kept = promises.run(chain, promises.Params(), 1, silent).tables["promises_kept"].filter(promise="CLUB-35")
        assert f"{kept['kept_share'][0]:.1%}".replace("%", " %") in text
