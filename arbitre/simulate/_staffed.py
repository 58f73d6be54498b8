"""Whose shifts are replayed: those of the chain, or the people that optimise.crews says are needed?"""

from __future__ import annotations

import polars as pl

from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped


def staffed(chain: Chain, whose: str) -> Chain:
    """Return the chain with the shifts to replay ("today" or "plan"), and what the plan said it keeps of promises."""
    if whose == "today":
        return chain
    levels = chain.table("crew_levels").sort("crew", "weekday", "starts", maintain_order=True)
    stretch = pl.struct("crew", "weekday", "heads").rle_id()
    planned = levels.group_by(stretch.alias("stretch"), maintain_order=True).agg(
        pl.col("crew", "weekday", "heads", "starts").first(), pl.col("ends").last())
    shifts = planned.drop("stretch")
    if chain.has("shifts"):
        others = chain.table("shifts").join(levels.select("crew").unique(), on="crew", how="anti")
        shifts = pl.concat([others, shifts], how="diagonal_relaxed")
    tables = {"shifts": shaped(INPUTS["shifts"], shifts)}
    if chain.has("crew_promises"):
        tables["promise_worth"] = shaped(RESULTS["promise_worth"], chain.table("crew_promises"))
    return chain.with_(**tables)
