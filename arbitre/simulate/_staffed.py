"""Whose shifts are replayed: those of the chain, or the people that a plan of crews or of standby says are needed?"""

from __future__ import annotations

import polars as pl

from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

_PLANS = {"crew_levels": ("optimise.crews", "crew_promises"),
          "standby_levels": ("optimise.standby", "standby_promises")}
"""Plans of people: who makes each, and where it says what it keeps."""
PROMISES_SAID = tuple(said for _, said in _PLANS.values())


def plans_of(chain: Chain) -> tuple[str, ...]:
    """Return the plans of people that a chain has; else those that it has a section for, else the first one."""
    asked = tuple(name for name, (maker, _) in _PLANS.items() if maker in chain.settings.capabilities)
    return tuple(name for name in _PLANS if chain.has(name)) or asked or tuple(_PLANS)[:1]


def staffed(chain: Chain, whose: str) -> Chain:
    """Return the chain with the shifts to replay ("today" or "plan"), and what the plan said it keeps of promises."""
    if whose == "today":
        return chain
    plans = plans_of(chain)
    columns = ("crew", "weekday", "starts", "ends", "heads")
    levels = pl.concat([chain.table(name).select(columns) for name in plans]).sort(
        "crew", "weekday", "starts", maintain_order=True)
    stretch = pl.struct("crew", "weekday", "heads").rle_id()
    planned = levels.group_by(stretch.alias("stretch"), maintain_order=True).agg(
        pl.col("crew", "weekday", "heads", "starts").first(), pl.col("ends").last())
    shifts = planned.drop("stretch")
    if chain.has("shifts"):
        others = chain.table("shifts").join(levels.select("crew").unique(), on="crew", how="anti")
        shifts = pl.concat([others, shifts], how="diagonal_relaxed")
    tables = {"shifts": shaped(INPUTS["shifts"], shifts)}
    said = [chain.table(said) for name, (_, said) in _PLANS.items() if name in plans and chain.has(said)]
    if said:
        tables["promise_worth"] = shaped(RESULTS["promise_worth"], pl.concat(said, how="diagonal_relaxed"))
    return chain.with_(**tables)
