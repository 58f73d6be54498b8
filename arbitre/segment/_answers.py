"""Which answers belong together? Surveys sorted by method and segment, as the formulas read them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.maths.market.choice import Choices
from arbitre.tables.chain import Chain

NONE = "none of them"
"""The attribute of taking none of the alternatives shown."""
EVERYBODY = None
"""Stands for all segments together."""


def by_method(chain: Chain) -> pl.DataFrame:
    """Return the answers that are part of a method, each with the segment of who gave it, sorted."""
    people = chain.table("customers").select("customer", "segment")
    answers = chain.table("answers").filter(pl.col("method").is_not_null()).join(people, on="customer", how="left")
    return answers.sort("method", "offer", "customer", "answered_on", "question", nulls_last=True)


def groups(answers: pl.DataFrame) -> Iterator[tuple[str | None, pl.DataFrame]]:
    """Yield everybody's answers, then each segment's."""
    yield EVERYBODY, answers
    for (segment,), own in answers.filter(pl.col("segment").is_not_null()).group_by("segment", maintain_order=True):
        yield str(segment), own


def latest(answers: pl.DataFrame, *methods: str) -> pl.DataFrame:
    """Return customer, segment, offer and a column for each of the methods: everybody's last answer to all of them."""
    asked = answers.filter(pl.col("method").is_in(methods), pl.col("offer").is_not_null())
    if asked.is_empty():
        return pl.DataFrame(schema={"customer": pl.String, "segment": pl.String, "offer": pl.String,
                                    **dict.fromkeys(methods, pl.Float64)})
    last = asked.group_by("customer", "segment", "offer", "method", maintain_order=True).agg(pl.col("score").last())
    wide = last.pivot("method", index=["customer", "segment", "offer"], values="score", maintain_order=True)
    missing = [pl.lit(None, pl.Float64).alias(method) for method in methods if method not in wide.columns]
    return wide.with_columns(missing).drop_nulls(list(methods)).select("customer", "segment", "offer", *methods)


def described(chain: Chain) -> pl.DataFrame:
    """Return alternatives with a column for each attribute; one that an alternative does not name is 0 there."""
    if not chain.has("alternatives"):
        raise Unsupported(f"The chain {chain.name} has answers to choice tasks, but nothing says what was shown. Add "
                          "tables/alternatives.csv: alternative, attribute, value.")
    return chain.table("alternatives").pivot("attribute", index="alternative", values="value", sort_columns=True,
                                             maintain_order=True).fill_null(0.0)


def is_unanswered() -> pl.Expr:
    """Whether a choice belongs to a task of which nothing was taken."""
    return (pl.col("score") <= 0.5).all().over("customer", "task")


def choices_of(answers: pl.DataFrame, shown: pl.DataFrame) -> tuple[Choices, list[str]]:
    """Return the choices of a survey and who made them, people in the order of the choices.

    Taking none is an alternative of its own, with nothing but the attribute NONE. A task in which nothing was taken is
    one not answered, and left out.

    Raises Unsupported naming the alternatives that nothing describes, or when no task is answered.
    """
    rows = answers.filter(pl.col("method") == "choice").select("customer", "task", "alternative", "score")
    rows = rows.filter(~is_unanswered())
    if rows.is_empty():
        raise Unsupported("No task is answered: a score of 1 marks the alternative that is taken.")
    names = [name for name in shown.columns if name != "alternative"]
    joined = rows.join(shown, on="alternative", how="left", maintain_order="left")
    unknown = joined.filter(pl.col("alternative").is_not_null(), pl.col(names[0]).is_null())["alternative"]
    if len(unknown):
        named = ", ".join(unknown.unique().sort()[:5])
        raise Unsupported(f"Nothing describes {named}. Add rows to alternatives, or leave the answer's alternative "
                          "empty where it means none of them.")
    attributes = joined.select(pl.col(name).fill_null(0.0) for name in names).to_numpy()
    is_none = joined["alternative"].is_null().to_numpy()
    if is_none.any():
        attributes, names = np.column_stack([attributes, is_none]), [*names, NONE]
    task = joined.select(pl.concat_str("customer", pl.col("task").fill_null(""), separator="|"))["customer"]
    choices = Choices.of(attributes, task.to_numpy(), joined["score"].to_numpy() > 0.5, joined["customer"].to_numpy(),
                         names)
    return choices, np.unique(joined["customer"].to_numpy()).tolist()
