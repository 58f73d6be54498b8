"""Which survey goes out to whom? The tasks that segment.survey designs, as answers still to be given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.flow.pipeline import run
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.save import save

KEPT = ("segments", "customers", "offers", "acceptance", "attribute_levels")
"""What a survey takes over from the chain it is made for."""


def survey(chain: Chain, place: Path | str | None = None, params: Mapping[str, Any] | None = None,
           seed: int = 1) -> Chain:
    """Return a chain whose answers are to be filled in: the tasks of one version for each customer, versions in turn.

    Each alternative of a task is a row of `answers`, none of them the last; a score of 1 marks the one that is taken.
    With a place it is written there: a workbook (.xlsx) is easiest to fill in.

    Raises Unsupported when the chain names no customers, and what segment.survey raises.
    """
    if not chain.has("customers") or chain.table("customers").is_empty():
        raise Unsupported(f"The chain {chain.name} names nobody to ask. Add tables/customers.csv: customer, segment.")
    tasks = run(chain, "segment.survey", params, seed).tables["survey_tasks"]
    told = pl.concat_str("attribute", pl.lit(" "), pl.format("{}", pl.col("value").round(6)))
    rows = tasks.group_by("version", "task", "alternative", maintain_order=True).agg(
        pl.concat_str(told.str.strip_suffix(".0")).str.join(", ").alias("shown"))
    none = rows.select("version", "task").unique(maintain_order=True).with_columns(
        alternative=pl.lit(None, pl.String), shown=pl.lit("none of them"))
    rows = pl.concat([rows, none]).sort("version", "task", "alternative", nulls_last=True, maintain_order=True)
    letter = pl.int_range(pl.len()).over("version", "task").replace_strict(dict(enumerate("ABCDEFG")))
    rows = rows.with_columns(question=pl.format("{} {}: {}", "task", letter, "shown"))
    versions = tasks["version"].n_unique()
    people = chain.table("customers").select("customer").with_row_index("place").select(
        "customer", version=(pl.col("place") % versions + 1).cast(pl.Int64))
    answers = people.join(rows, on="version", how="left", maintain_order="left_right").with_columns(
        method=pl.lit("choice"), score=0.0, answered_on=pl.lit(chain.settings.period.get("to", date.today())))
    shown = tasks.select("alternative", "attribute", "value")
    if chain.has("alternatives") and chain.has("offers"):
        # Offers stay described, so that the share that would take each can be told.
        shown = pl.concat([shown, chain.table("alternatives").join(chain.table("offers"), left_on="alternative",
                                                                   right_on="offer", how="semi")])
    kept = {name: chain.table(name) for name in KEPT if chain.has(name)}
    made = Chain(chain.settings.model_copy(update={"capabilities": {}, "scenarios": {}, "sources": {}, "map": {}}),
                 {**kept, "alternatives": shaped(INPUTS["alternatives"], shown),
                  "answers": shaped(INPUTS["answers"], answers)})
    if place is not None:
        save(made, place)
    return made
