"""Whose shifts are replayed: those of the chain, or the people that plans of crews, of standby or of lines call for?

Where shifts were published for a plan of crews (`shift_cover`), those who are then there work, breaks taken off; cases
of campaigns come when that plan says (`planned_cases`).

A plan of lines also says which carrier takes which cases, and what is packed first: rows of routes and priorities;
its loads come when the tours that were planned are back: work of steps.
"""

from __future__ import annotations

import polars as pl

from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.tour_steps import with_tours

_PLANS = {"crew_levels": ("optimise.crews", "crew_promises"),
          "standby_levels": ("optimise.standby", "standby_promises"),
          "line_levels": ("optimise.lines", "line_promises")}
"""Plans of people: who makes each, and where it says what it keeps."""
PLANNED = (*_PLANS, "shift_cover", "planned_cases", "line_parcels", "tours", *(said for _, said in _PLANS.values()))
"""Every table that plans of people are told in."""
_QUARTER = 0.25
"""Hours of a row of shift_cover."""
_LAST = 59
"""The place in line of what has more than a day."""


def plans_of(chain: Chain) -> tuple[str, ...]:
    """Return the plans of people that a chain has; else those that it has a section for, else the first one."""
    asked = tuple(name for name, (maker, _) in _PLANS.items() if maker in chain.settings.capabilities)
    return tuple(name for name in _PLANS if chain.has(name)) or asked or tuple(_PLANS)[:1]


def staffed(chain: Chain, whose: str) -> Chain:
    """Return the chain with the shifts to replay ("today" or "plan"), and what the plan said it keeps of promises."""
    if whose == "today":
        return chain
    plans = plans_of(chain)
    tables = {"shifts": _shifts(chain, plans)}
    if "line_levels" in plans:
        tables |= _carried(chain) | {"steps": with_tours(chain).table("steps")}
    said = [chain.table(said) for name, (_, said) in _PLANS.items() if name in plans and chain.has(said)]
    if said:
        tables["promise_worth"] = shaped(RESULTS["promise_worth"], pl.concat(said, how="diagonal_relaxed"))
    return chain.with_(**tables)


def _shifts(chain: Chain, plans: tuple[str, ...]) -> pl.DataFrame:
    """Return the shifts of planned crews, one for each stretch of as many heads, and those of all others."""
    whose = ("crew", "weekday", "heads")
    levels = pl.concat([chain.table(name).select(*whose, "starts", "ends") for name in plans])
    if chain.has("shift_cover"):
        # Half a head, from a shift whose start is chosen by who works it, is there or not: it is left out.
        there = chain.table("shift_cover").select("crew", "weekday", pl.col("present").floor().cast(pl.Int64).alias(
            "heads"), "starts", ends=pl.col("starts") + _QUARTER)
        levels = pl.concat([levels.join(there, on="crew", how="anti"), there])
    levels = levels.sort("crew", "weekday", "starts", maintain_order=True)
    goes_on = pl.all_horizontal(pl.col("starts").eq_missing(pl.col("ends").shift()),
                                *(pl.col(name).eq_missing(pl.col(name).shift()) for name in whose))
    shifts = levels.group_by((~goes_on).cum_sum().alias("stretch"), maintain_order=True).agg(
        pl.col(*whose, "starts").first(), pl.col("ends").last()).drop("stretch")
    if chain.has("shifts"):
        others = chain.table("shifts").join(levels.select("crew").unique(), on="crew", how="anti")
        shifts = pl.concat([others, shifts], how="diagonal_relaxed")
    return shaped(INPUTS["shifts"], shifts)


def _carried(chain: Chain) -> dict[str, pl.DataFrame]:
    """Return routes and priorities as a plan of lines has them."""
    parcels = chain.table("line_parcels").filter(reason="planned")
    whose = parcels.group_by("line", "kind", "segment", "offer", maintain_order=True).agg(
        pl.col("carrier").sort_by("cases").last(), pl.col("rank").min().fill_null(_LAST))
    taken = whose.rename({"line": "from_step", "carrier": "to_step"}).drop("rank").with_columns(share=pl.lit(1.0))
    routes = chain.table("routes").join(taken, on=["kind", "from_step", "segment", "offer"], how="anti",
                                        nulls_equal=True)
    ranks = whose.select("kind", "segment", "offer", priority="rank").unique(["kind", "segment", "offer"])
    return {"routes": shaped(INPUTS["routes"], pl.concat([routes, taken], how="diagonal_relaxed")),
            "priorities": shaped(INPUTS["priorities"], ranks.sort("kind", "segment", "offer"))}
