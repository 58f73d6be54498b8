"""What is each offer to each segment, and what would they pay for it, as people state it?

Answers are sorted by method, and told for everybody and for each segment:
- kano_with and kano_without (1 like, 2 must be, 3 neutral, 4 can live with it, 5 dislike): must have, the more the
  better, delights, indifferent, reversed, with Fong's test and a bootstrap (`maths.market.kano`);
- best_worst (MaxDiff): shares of preference by a logit of best and worst (`maths.market.maxdiff`);
- choice (conjoint): what each attribute is worth in money, by hierarchical Bayes (`maths.market.choice_bayes`), and
what
  share would take each offer that `alternatives` describes, against those of competitors and none; and which classes
  of people choose alike, whatever their segment, by a latent class logit (`maths.market.choice_classes`);
- too_cheap, cheap, dear, too_dear (van Westendorp) and would_buy (Gabor and Granger): prices
  (`maths.market.price_sensitivity`);
- importance and performance: mean scores.

What a class calls for: must-be, include it in every offer to the segment; one-dimensional, grade it; attractive, sell
it as an option; indifferent, drop it; reverse, keep it away from the segment; contradictory, or a class that does not
lead beyond chance, ask again.

All of this is stated, not done: prices are upper bounds. Reads answers and customers (offers, alternatives,
acceptance). Writes offer_classes, offer_worth, choice_classes and acceptance: shares from choices, beside what it says
already; and answers_worth: what asking more people would bring when offers are priced (`maths.market.answers_worth`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported, UsageError
from arbitre.maths.market.kano import kano
from arbitre.segment._answers import by_method, described, groups, is_unanswered, latest
from arbitre.segment._worth import Asked, Row, Wants, preferences, prices, scores
from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped
from arbitre.tables.schema import Table

READS = ("answers", "customers")
MAY_READ = ("offers", "alternatives", "acceptance")
WRITES = ("offer_classes", "offer_worth", "choice_classes", "acceptance", "answers_worth")

_CALLS_FOR = {"must_be": "include", "one_dimensional": "grade", "attractive": "sell", "indifferent": "drop",
              "reverse": "avoid", "questionable": "ask_again"}


class Params(BaseParams):
    """What to believe, and which attribute is the price."""

    confidence: float = Field(0.9, ge=0.5, le=0.999, description="Confidence of the intervals and of Fong's test.",
                              json_schema_extra={"unit": "share"})
    least: int = Field(5, ge=1, le=1000, description="People of a segment below whom nothing is said of it.",
                       json_schema_extra={"unit": ""})
    price: str = Field("price", description="Attribute of alternatives that is the price.")
    turns: int = Field(8000, ge=200, le=1_000_000, description="Turns of the hierarchical Bayes estimate.",
                       json_schema_extra={"unit": ""})
    classes: int = Field(4, ge=1, le=8, description="Most classes of people that are looked for; 1: none are.",
                         json_schema_extra={"unit": ""})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Tell what offers are to segments. Raises Unsupported when no answer is part of a method known here."""
    answers = by_method(chain)
    if answers.is_empty():
        raise Unsupported(f"No answer of the chain {chain.name} says what method it is part of: there is nothing to "
                          "tell offers apart by. Fill answers.method: kano_with, kano_without, best_worst, choice, ...")
    progress(0.1, "reading answers")
    asked = Asked(answers, params.least, params.confidence, seed)
    classes = list(_classes(asked))
    worth = [*preferences(asked), *prices(asked), *scores(asked)]
    accepted: list[Row] = []
    more: list[Row] = []
    alike: list[Row] = []
    if (answers["method"] == "choice").any():
        progress(0.3, "fitting choices (the first run on a machine compiles)")
        shown = described(chain)
        try:
            wants = Wants(asked, shown, params.price, params.turns)
            worth += wants.worth()
            ours, theirs = _offers(chain, shown)
            accepted += wants.acceptance(ours, theirs)
            more += wants.worth_of_answers(ours, theirs, _customers(chain))
            progress(0.7, "looking for people who choose alike")
            alike += wants.classes(params.classes) if params.classes > 1 else ()
        except UsageError as why:
            asked.refused.append(f"choices: {why}")
    stated = chain.table("acceptance").to_dicts() if chain.has("acceptance") else []
    tables = {"offer_classes": _table(RESULTS["offer_classes"], classes),
              "offer_worth": _table(RESULTS["offer_worth"], worth),
              "choice_classes": _table(RESULTS["choice_classes"], alike),
              "acceptance": _table(INPUTS["acceptance"], [*stated, *accepted]),
              "answers_worth": _table(RESULTS["answers_worth"], more)}
    return Result("segment.offers", _summary(asked, tables), tables)


def _classes(asked: Asked) -> Iterator[Row]:
    """Yield rows of offer_classes."""
    for segment, own in groups(latest(asked.answers, "kano_with", "kano_without")):
        for (offer,), rows in own.group_by("offer", maintain_order=True):
            if rows.height < asked.least:
                continue
            found = kano(rows["kano_with"].to_numpy() - 1, rows["kano_without"].to_numpy() - 1, asked.confidence,
                         asked.seed)
            ends = {name: dict(zip(("", "_low", "_high"), getattr(found, name), strict=True))
                    for name in ("better", "worse")}
            yield {
                "offer": offer, "segment": segment, "answers": found.answers, "offer_class": found.leading,
                "is_sure": found.is_sure, "stays_share": found.stays_share,
                **{name + end: None if np.isnan(value) else value for name, at in ends.items()
                   for end, value in at.items()},
                "present": found.present[0], "absent": found.absent[0],
                "calls_for": _CALLS_FOR[found.leading] if found.is_sure else "ask_again",
            }


def _offers(chain: Chain, shown: pl.DataFrame) -> tuple[list[str], list[str]]:
    """Return our offers and those of competitors that alternatives describe."""
    if not chain.has("offers"):
        return [], []
    known = chain.table("offers").filter(pl.col("offer").is_in(shown["alternative"].to_list())).sort("offer")
    is_theirs = pl.col("competitor").is_not_null()
    return known.filter(~is_theirs)["offer"].to_list(), known.filter(is_theirs)["offer"].to_list()


def _customers(chain: Chain) -> dict[str, int]:
    """Return how many customers each segment has."""
    counted = chain.table("customers").filter(pl.col("segment").is_not_null()).group_by("segment").len()
    return dict(counted.iter_rows())


def _table(table: Table, rows: list[Row]) -> pl.DataFrame:
    return shaped(table, pl.DataFrame(rows, infer_schema_length=None)) if rows else empty(table)


def _summary(asked: Asked, tables: dict[str, pl.DataFrame]) -> dict[str, Any]:
    classes, worth = tables["offer_classes"], tables["offer_worth"]
    everybody = classes.filter(pl.col("segment").is_null())
    differ = classes.filter(pl.col("segment").is_not_null(), pl.col("is_sure")).group_by("offer").agg(
        pl.col("offer_class").n_unique())
    summary: dict[str, Any] = {
        "people": asked.answers["customer"].n_unique(),
        "offers": everybody.height,
        "offers_that_differ_by_segment": differ.filter(pl.col("offer_class") > 1).height,
        **{f"class.{row['offer']}": row["offer_class"] if row["is_sure"] else f"{row['offer_class']} (unsure)"
           for row in everybody.iter_rows(named=True)},
        **{f"worth.{row['subject']}": row["value"] for row in worth.filter(
            pl.col("segment").is_null(), pl.col("measure") == "worth").iter_rows(named=True)},
        "classes": tables["choice_classes"]["number"].n_unique(),
        "acceptance": tables["acceptance"].height,
        **{f"all_answers_worth.{row['offer']}": row["worth"] for row in tables["answers_worth"].filter(
            pl.col("more_answers").is_null()).group_by("offer", maintain_order=True).agg(
            pl.col("worth").sum()).iter_rows(named=True)},
    }
    unanswered = asked.answers.filter(pl.col("method") == "choice").filter(is_unanswered())
    if unanswered.height:
        summary["tasks_not_answered"] = unanswered.select("customer", "task").n_unique()
    return {**summary, **{f"not_said.{number}": why for number, why in enumerate(asked.refused, 1)}}
