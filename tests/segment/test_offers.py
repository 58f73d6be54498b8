"""What was planted in a survey is found in it; what a survey cannot say is not said, with the reason."""

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported
from arbitre.segment import offers
from benchmarks.rows import chain_of
from benchmarks.surveys import WORTH, survey


def told(given, **params) -> Result:
    return offers.run(given, offers.Params(**params), 1, silent)


@pytest.fixture(scope="module")
def found() -> Result:
    return told(survey(), turns=3000)


def of(result: Result, table: str, **keys: str | None) -> pl.DataFrame:
    rows = result.tables[table]
    for column, value in keys.items():
        rows = rows.filter(pl.col(column).is_null() if value is None else pl.col(column) == value)
    return rows


def test_one_offer_is_a_must_for_some_and_a_delight_for_others(found: Result) -> None:
    urgent, = of(found, "offer_classes", offer="fast", segment="urgent").to_dicts()
    calm, = of(found, "offer_classes", offer="fast", segment="calm").to_dicts()
    assert (urgent["offer_class"], urgent["is_sure"], urgent["calls_for"]) == ("must_be", True, "include")
    assert (calm["offer_class"], calm["is_sure"], calm["calls_for"]) == ("attractive", True, "sell")
    assert of(found, "offer_classes", offer="papers", segment=None)["calls_for"].to_list() == ["drop"]
    assert found.summary["offers_that_differ_by_segment"] == 1
    assert urgent["worse_low"] <= urgent["worse"] <= urgent["worse_high"]


def test_people_who_choose_alike_are_told_apart_without_their_segments(found: Result) -> None:
    classes = found.tables["choice_classes"]
    whose = classes.unique("number")
    assert whose["share"].sum() == pytest.approx(1.0)
    for segment, planted in WORTH.items():
        own = whose.filter(mostly=segment)
        assert own["share"].sum() == pytest.approx(0.5, abs=0.15)
        assert own["mostly_share"].min() > 0.8
        for attribute, worth in planted.items():
            told = classes.filter(mostly=segment, subject=attribute)
            mean = (told["worth"] * told["share"]).sum() / told["share"].sum()
            assert 0.5 < mean / worth < 2.0
    assert classes.filter(subject="price")["worth"].null_count() == whose.height
    assert found.summary["classes"] == whose.height


@pytest.mark.parametrize("segment", WORTH)
@pytest.mark.parametrize("attribute", ["hours", "night"])
def test_what_each_segment_would_pay_is_found(found: Result, segment: str, attribute: str) -> None:
    row, = of(found, "offer_worth", subject=attribute, segment=segment, measure="worth").to_dicts()
    truth = WORTH[segment][attribute]
    wide = row["high"] - row["low"]
    assert row["low"] - wide <= truth <= row["high"] + wide
    assert wide < abs(truth)
    assert row["answers"] == 60


def test_acceptance_is_against_the_rival_and_nothing(found: Result) -> None:
    rows = {(row["segment"], row["offer"]): row for row in of(found, "acceptance", source="survey").to_dicts()}
    assert set(rows) == {(segment, offer) for segment in WORTH for offer in ("fast", "slow")}
    assert rows["urgent", "fast"]["share"] > rows["calm", "fast"]["share"] + 0.2
    assert rows["calm", "fast"]["price"] == 120.0
    for row in rows.values():
        assert 0 <= row["low_share"] <= row["share"] <= row["high_share"] <= 1


def test_more_answers_are_worth_more_where_the_best_price_is_less_sure(found: Result) -> None:
    rows = of(found, "answers_worth").sort("segment", "offer", "more_answers", nulls_last=True)
    assert rows.group_by("segment", "offer").len()["len"].to_list() == [6] * 4
    for (_, _), own in rows.group_by("segment", "offer"):
        assert own["worth"].is_sorted()
        assert own["more_answers"].to_list() == [10, 30, 100, 300, 1000, None]
        sure, all_known = own["is_best_share"][0], own["worth"][-1]
        assert (all_known == 0.0) == (sure == 1.0), "what is sure already needs no answer"
    few = told(survey(people=10, tasks=4, methods=("choice",)), turns=2000)
    whole = {name: of(one, "answers_worth", more_answers=None)["worth"].sum() / people
             for name, one, people in (("few", few, 20), ("many", found, 120))}
    assert whole["few"] > whole["many"] > 0.0


def test_preferences_and_prices(found: Result) -> None:
    liked = of(found, "offer_worth", segment="urgent", measure="preference_share")
    assert liked.sort("value", descending=True)["subject"].to_list() == ["fast", "slow", "papers"]
    assert liked["value"].sum() == pytest.approx(1.0)
    prices = {row["measure"]: row["value"] for row in of(found, "offer_worth", subject="fast", segment=None).to_dicts()}
    assert prices["acceptable_from"] < prices["indifference_price"] < prices["acceptable_to"]
    assert prices["best_revenue_price"] in (60.0, 90.0)
    assert prices["importance"] > prices["performance"] + 1


def test_what_the_sales_force_says_stays_beside_the_survey() -> None:
    given = survey(people=20, tasks=4)
    stated = chain_of(acceptance=[{"segment": "calm", "offer": "papers", "source": "sales", "share": 0.2,
                                   "low_share": 0.1, "high_share": 0.4}]).table("acceptance")
    both = told(given.with_(acceptance=stated), turns=400).tables["acceptance"]
    assert set(both["source"]) == {"sales", "survey"}


def test_the_order_of_rows_does_not_matter(found: Result) -> None:
    given = survey()
    mixed = given.with_(answers=given.table("answers").sample(fraction=1.0, shuffle=True, seed=3))
    again = told(mixed, turns=3000)
    assert again.summary == found.summary
    assert all(again.tables[name].equals(table) for name, table in found.tables.items())


def test_a_segment_of_few_is_not_judged_alone() -> None:
    given = survey(people=4, methods=("kano", "scores"))
    found = told(given)
    assert of(found, "offer_classes", segment="calm").is_empty()
    assert of(found, "offer_classes", segment=None).height == 2
    assert of(told(given, least=4), "offer_classes", segment="calm").height == 2


def test_answers_of_no_method_say_nothing_here() -> None:
    given = survey(people=5, methods=("scores",))
    plain = given.with_(answers=given.table("answers").with_columns(method=pl.lit(None, pl.String)))
    with pytest.raises(Unsupported, match=r"Fill answers\.method"):
        told(plain)


def test_alternatives_that_nothing_describes_are_named() -> None:
    given = survey(people=5, tasks=3, methods=("choice",))
    with pytest.raises(Unsupported, match=r"alternatives\.csv"):
        told(given.with_(alternatives=given.table("alternatives").clear()))
    with pytest.raises(Unsupported, match="Nothing describes p"):
        told(given.with_(alternatives=given.table("alternatives").filter(~pl.col("alternative").str.starts_with("p1"))))


def test_what_choices_cannot_say_is_told_and_the_rest_stands() -> None:
    given = survey(people=20, tasks=4, methods=("kano", "choice"))
    always = given.table("answers").with_columns(score=pl.when(pl.col("method") == "choice").then(
        pl.col("alternative").is_null().cast(pl.Float64)).otherwise("score"))
    found = told(given.with_(answers=always), turns=400)
    assert "choices" in found.summary["not_said.1"]
    assert of(found, "offer_classes", segment=None).height == 2


def test_contradictory_answers_ask_again() -> None:
    given = survey(people=20, methods=("kano",))
    likes_both = given.table("answers").with_columns(score=pl.lit(1.0))
    found = told(given.with_(answers=likes_both))
    assert set(found.tables["offer_classes"]["calls_for"]) == {"ask_again"}
    assert found.tables["offer_classes"]["better"].null_count() == found.tables["offer_classes"].height


def test_worth_is_covered_as_often_as_it_says() -> None:
    """Six surveys of two segments and two attributes at 90 %; `benchmarks.choice --surveys` makes hundreds."""
    covered = [row["low"] <= WORTH[row["segment"]][row["subject"]] <= row["high"]
               for seed in range(6)
               for row in told(survey(people=40, tasks=8, seed=seed, methods=("choice",)), turns=3000, classes=1)
               .tables["offer_worth"].filter(pl.col("segment").is_not_null(), pl.col("measure") == "worth").to_dicts()]
    assert len(covered) == 24
    assert np.mean(covered) >= 0.75
