"""Is the chain of visits sound at every scale, and do tours find what was planted in it?"""

from pathlib import Path

import polars as pl

from arbitre.capability import silent
from arbitre.measure import promises
from arbitre.optimise import routes
from arbitre.tables.new import new
from arbitre.tables.open import open_chain

ROOT = Path(__file__).parents[2]


def test_larger_ones_are_sound_too() -> None:
    assert new("visits", "medium", 3).check() == []


def test_what_was_planted_is_found_and_what_is_kept_is_measured() -> None:
    visits = open_chain(ROOT / "examples" / "visits")
    found = routes.run(visits, routes.Params(slots="V026", levers="left", rest=30), 1, silent)
    expect = pl.read_csv(ROOT / "examples" / "visits" / "expect" / "dropped.csv")
    assert found.tables["tours_dropped"].select("case", "reason").equals(expect)
    told = found.tables["tours"].filter(kind="visit")
    assert told.filter("is_pinned")["case"].to_list() == ["V005"]
    assert found.summary["late"] == 0
    after = visits.with_(cases=found.tables["cases"], events=found.tables["events"])
    kept = promises.run(after, promises.Params(), 1, silent).tables["promises_kept"]
    assert kept.filter(pl.col("segment").is_null())["kept"].sum() == told.height


def test_buffers_never_cost_more_on_average_and_chances_follow_the_spread() -> None:
    visits = open_chain(ROOT / "examples" / "visits")
    asked = {"slots": "V026", "levers": "left", "late": 1.0, "effort": 0.1, "replications": 500}
    plain = routes.run(visits, routes.Params(**asked), 1, silent)
    buffered = routes.run(visits, routes.Params(**{**asked, "effort": 0.4}, buffers="priced"), 1, silent)
    assert buffered.summary["expected_cost"] <= plain.summary["expected_cost"] + 1e-6
    assert buffered.summary["value"] >= plain.summary["value"] - 1e-6
    shaky = routes.run(visits, routes.Params(**asked, spread=0.8), 1, silent)
    assert shaky.summary["kept_expected_share"] < plain.summary["kept_expected_share"]
