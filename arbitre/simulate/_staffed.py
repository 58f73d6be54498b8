"""Whose shifts are replayed: those of the chain, or the people that optimise.crews or optimise.lines says are needed?

A plan of lines also says which carrier takes which cases, and what is packed first: rows of routes and priorities.
"""

from __future__ import annotations

import polars as pl

from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

_LAST = 59
"""The place in line of what has more than a day."""


def planned_tables(whose: str) -> tuple[str, ...]:
    """Return the tables that a replay of these people needs."""
    return {"plan": ("crew_levels",), "lines": ("line_levels", "line_parcels")}.get(whose, ())


def staffed(chain: Chain, whose: str) -> Chain:
    """Return the chain with the shifts to replay ("today", "plan" of crews or of "lines"), and what the plan said it
    keeps of promises."""
    if whose == "today":
        return chain
    if whose == "lines":
        return _at_lines(chain)
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


def _at_lines(chain: Chain) -> Chain:
    """Return the chain with the plan of its lines."""
    levels, parcels = chain.table("line_levels"), chain.table("line_parcels").filter(reason="planned")
    shifts = levels.select("crew", "weekday", "starts", "ends", "heads")
    if chain.has("shifts"):
        others = chain.table("shifts").join(levels.select("crew").unique(), on="crew", how="anti")
        shifts = pl.concat([others, shifts], how="diagonal_relaxed")
    whose = parcels.group_by("line", "kind", "segment", "offer", maintain_order=True).agg(
        pl.col("carrier").sort_by("cases").last(), pl.col("rank").min().fill_null(_LAST))
    taken = whose.rename({"line": "from_step", "carrier": "to_step"}).drop("rank").with_columns(share=pl.lit(1.0))
    routes = chain.table("routes").join(taken, on=["kind", "from_step", "segment", "offer"], how="anti",
                                        nulls_equal=True)
    ranks = whose.select("kind", "segment", "offer", priority="rank").unique(["kind", "segment", "offer"])
    tables = {"shifts": shaped(INPUTS["shifts"], shifts),
              "routes": shaped(INPUTS["routes"], pl.concat([routes, taken], how="diagonal_relaxed")),
              "priorities": shaped(INPUTS["priorities"], ranks.sort("kind", "segment", "offer"))}
    if chain.has("line_promises"):
        tables["promise_worth"] = shaped(RESULTS["promise_worth"], chain.table("line_promises"))
    return chain.with_(**tables)
