"""A survey is designed, sent out, filled in and read back; its errors are those that answers then show."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import arbitre
from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported, UsageError
from arbitre.maths.market.choice import fit_logit
from arbitre.segment import offers, survey
from arbitre.segment._answers import choices_of, described
from benchmarks.rows import chain_of

GUESSED = {"hours": {4.0: 0.6, 24.0: 0.1, 48.0: -0.5},
           "night": {0.0: -0.2, 1.0: 0.2}, "price": {40.0: 1.0, 120.0: -1.0}}


def chain(people: int = 8, guessed: dict = GUESSED) -> arbitre.Chain:
    return chain_of(
        segments=[{"segment": "all"}],
        customers=[{"customer": f"C{one:03}", "segment": "all"} for one in range(people)],
        attribute_levels=[{"attribute": name, "value": value, "guess": guess}
                          for name, levels in guessed.items() for value, guess in levels.items()])


def designed(given: arbitre.Chain, **params) -> Result:
    return survey.run(given, survey.Params(**params), 1, silent)


def filled(blank: arbitre.Chain, slopes: dict[str, float], luck: np.random.Generator) -> arbitre.Chain:
    """The survey as people answer who want what the slopes say, and never none."""
    wide = described(blank)
    utility = wide.select("alternative", utility=sum(slope * pl.col(name) for name, slope in slopes.items()))
    rows = blank.table("answers").join(utility, on="alternative", how="left", maintain_order="left")
    felt = rows["utility"].fill_null(-1e9).to_numpy() + luck.gumbel(size=rows.height)
    taken = rows.with_columns(felt=felt).with_columns(
        score=(pl.col("felt") == pl.col("felt").max().over("customer", "task")).cast(pl.Float64))
    return blank.with_(answers=taken.select(blank.table("answers").columns))


def test_a_survey_goes_out_as_a_workbook_and_comes_back_as_a_chain(tmp_path: Path) -> None:
    blank = arbitre.survey(chain(), tmp_path / "survey.xlsx", {"tasks": 5, "versions": 2})
    read = arbitre.open(tmp_path / "survey.xlsx")
    assert read.check() == []
    answers = read.table("answers")
    assert answers.height == 8 * 5 * 4
    assert answers["question"][0].startswith("01 A: hours ")
    assert answers.group_by("customer").agg(pl.col("alternative").drop_nulls().str.head(2).unique())[
        "alternative"].list.len().unique().to_list() == [1]
    assert answers.equals(blank.table("answers"))
    with pytest.raises(Unsupported, match="No task is answered"):
        offers.run(read, offers.Params(), 1, silent)
    # One person answers, all but the last task.
    mine = (pl.col("customer") == "C003") & (pl.col("task") != "05") & pl.col("question").str.contains(" B: ")
    half = read.with_(answers=answers.with_columns(score=mine.cast(pl.Float64)))
    found = offers.run(half, offers.Params(least=1, turns=200), 1, silent)
    assert found.summary["tasks_not_answered"] == 8 * 5 - 4


def test_the_error_told_is_the_error_found() -> None:
    """Of 100 surveys of 40 people who want what was guessed, the fits scatter as told (within what 100 can show)."""
    slopes = {"hours": -0.025, "night": 0.4, "price": -0.025}
    straight = {name: {value: slopes[name] * value for value in levels} for name, levels in GUESSED.items()}
    given = chain(40, straight)
    told = {row["attribute"]: row for row in designed(given, people=40, tasks=8).tables["survey_precision"].to_dicts()}
    blank = arbitre.survey(given, params={"people": 40, "tasks": 8})
    luck, worth = np.random.default_rng(5), []
    for _ in range(100):
        choices, _ = choices_of(filled(blank, slopes, luck).table("answers").filter(
            pl.col("alternative").is_not_null()), described(blank))
        fitted = dict(zip(choices.names, fit_logit(choices).coefficients, strict=True))
        worth.append({name: -fitted[name] / fitted["price"] for name in ("hours", "night")})
    for name in ("hours", "night"):
        found = float(np.std([one[name] for one in worth], ddof=1))
        assert found == pytest.approx(told[name]["worth_error"], rel=0.25)


def test_four_times_the_people_halve_the_error() -> None:
    one, four = (designed(chain(), people=people).tables["survey_precision"] for people in (50, 200))
    np.testing.assert_allclose(one["slope_error"], 2 * four["slope_error"])
    assert one["people_needed"].to_list() == four["people_needed"].to_list()


def test_without_guesses_no_worth_is_told_and_the_design_is_more_efficient() -> None:
    nothing = {name: dict.fromkeys(levels) for name, levels in GUESSED.items()}
    found = designed(chain(guessed=nothing))
    assert found.tables["survey_precision"]["worth"].null_count() == 3
    assert not any(name.startswith("worth_error") for name in found.summary)
    assert found.summary["efficiency"] > designed(chain()).summary["efficiency"]


def test_what_cannot_be_asked_is_refused() -> None:
    half = {**GUESSED, "night": {0.0: None, 1.0: 0.2}}
    with pytest.raises(UsageError, match="only some values of night"):
        designed(chain(guessed=half))
    with pytest.raises(UsageError, match="attribute 1 has 1 level"):
        designed(chain(guessed={"hours": {4.0: 0.0}, "price": {40.0: 1.0, 80.0: 0.0}}))
    with pytest.raises(UsageError, match="certain answers tell nothing"):
        designed(chain(guessed={**GUESSED, "night": {0.0: 0.0, 1.0: 1e4}}))
    with pytest.raises(Unsupported, match="names nobody to ask"):
        arbitre.survey(chain_of(attribute_levels=[{"attribute": "hours", "value": 4.0}]))
