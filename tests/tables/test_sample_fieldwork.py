"""Is the field service sound, and are its planted truths found again by the plan and by its replay?"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.optimise import rosters, shifts, visits
from arbitre.optimise._visits.model import Visits
from arbitre.optimise._visits.question import question_of
from arbitre.simulate import proof, twin
from arbitre.tables.chain import Chain
from arbitre.tables.new import new
from arbitre.tables.open import open_chain

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def field() -> Chain:
    return open_chain(ROOT / "examples" / "fieldwork")


@pytest.mark.parametrize("seed", range(3))
def test_any_seed_gives_a_sound_chain(seed: int) -> None:
    assert new("fieldwork", "small", seed).check() == []


def test_the_hours_of_one_and_of_two_visits_are_those_planted(field: Chain) -> None:
    planted = pl.read_csv(ROOT / "examples" / "fieldwork" / "expect" / "work.csv")
    model = Visits(question_of(field, "intervention", 0.25))
    for team, row in enumerate(planted.iter_rows(named=True)):
        hours = model.cases[team] / 24.0
        for first, told in ((1.0, row["hours_with_part"]), (0.0, row["hours_without"])):
            rate, mean, _ = model.line(team, first)
            assert rate * mean / hours == pytest.approx(told)
        assert model.wait(team, row["least_heads"], 1.0)
        assert model.wait(team, row["least_heads"] - 1, 1.0) is None


def test_the_plan_is_kept_when_it_is_replayed_and_the_readme_says_what_it_costs(field: Chain) -> None:
    found = visits.run(field, visits.Params(), 1, silent)
    text = " ".join((ROOT / "examples" / "fieldwork" / "README.md").read_text(encoding="utf-8").split())
    for name in ("value", "cost_apart"):
        assert f"{found.summary[name]:,.0f}" in text
    planned = field.with_(**found.tables)
    published = planned.with_(**shifts.run(planned, shifts.Params(), 1, silent).tables)
    named = rosters.run(published, rosters.Params(**field.settings.capabilities["optimise.rosters"]), 1, silent).summary
    assert named["shifts_given"] == named["shifts_needed"]
    assert named["shifts_missing"] == 0
    assert f"{named['people']} people" in text
    assert f"{named['shifts_given']} shifts in a fortnight" in text
    proved = proof.run(planned, proof.Params(kind="intervention", crews="plan", least=4, most=4), 1, silent)
    told = proved.tables["proofs"]
    assert told["share"].min() > 0.89
    assert told["deviation"].abs().max() < 0.015
    used = twin.run(planned, twin.Params(kind="intervention", levels="plan", crews="plan"), 1, silent).summary
    busy = [used[f"used_share.{crew}"] for crew in found.tables["crew_levels"]["crew"]]
    assert np.allclose(busy, found.tables["crew_levels"]["busy_share"], atol=0.03)
