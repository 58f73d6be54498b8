"""Who should wait on call where, so that somebody is there in time, and what is one more on call worth?

Units wait at bases; a case takes the free unit with the shortest way, or the first that frees itself where all are
away. What each zone gets is found exactly up to 18 units from the states of who is away (the hypercube of Larson 1974),
by Jarvis' approximation above (`maths.work.hypercube`, `maths.work.standby`). As many units as today are placed at
bases where most of what is promised is kept: by looking at all choices where they are few, else by moves under a proven
ceiling.

    value = late cost x late cases,   kept = P(wait + way + work <= window)

A promise of response (step `arrived`) is kept once a unit is there: the work is not part of it.
A unit is away for its way and its work, and is free again at its base; all work alike (one mean of both); heads do not
change in the hours looked at; who waits at a base that no case comes near earns nothing. What is approximated the twin
tells: `simulate.proof --crews plan`. Bases that no common zone joins are decided apart, each with the units it has.

Reads crews, steps, needs, routes, arrivals, promises; shifts, rhythms, lanes, durations and opening_hours where
present. Writes standby_levels, standby_zones, standby_units, standby_promises. Hours, the chain's currency, a year.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.streams import stream
from arbitre.optimise._standby.question import question_of
from arbitre.optimise._standby.search import placed
from arbitre.optimise._standby.told import Decided, decided_today, levels, promises, units, zones
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("crews", "steps", "needs", "routes", "arrivals", "promises")
MAY_READ = ("shifts", "rhythms", "lanes", "durations", "opening_hours", "holidays", "sites")
WRITES = ("standby_levels", "standby_zones", "standby_units", "standby_promises")


class Params(BaseParams):
    """Which cases, in which hours."""

    kind: str = Field("incident", description="Kind of the cases that units on call are for.",
                      json_schema_extra={"unit": ""})
    starts: float = Field(0.0, ge=0, le=24, description="Hour of the day from which units are on call.",
                          json_schema_extra={"unit": "h"})
    ends: float = Field(24.0, ge=0, le=24, description="Hour of the day until which they are; no later than they "
                        "start: on the next day.", json_schema_extra={"unit": "h"})
    around: int = Field(2, ge=0, le=6, description="How many units more and fewer are looked at.",
                        json_schema_extra={"unit": "unit"})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Return who waits where.

    Raises Unsupported where no case comes, nobody is on call, or nothing is promised.
    """
    progress(0.0, "reading who waits where")
    question = question_of(chain, params.kind, params.starts, params.ends)
    rng = stream(seed, "optimise.standby")
    found = list[Decided]()
    for at, group in enumerate(question.groups):
        progress(at / len(question.groups), "placing units")
        found.append(Decided(group, decided_today(group), placed(group.zones, int(group.today.sum()), group.today, rng)
                             if group.today.any() else None))
    tables = {
        "standby_levels": levels(question, found), "standby_zones": zones(question, found),
        "standby_units": units(question, found, params.around, rng), "standby_promises": promises(question, found),
    }
    tables = {name: shaped(RESULTS[name], table) for name, table in tables.items()}
    value = sum(each.late(each.plan.value if each.plan else 0.0) for each in found)
    bound = sum(each.late(each.plan.ceiling if each.plan else 0.0) for each in found)
    before = sum(each.late(each.today_value) for each in found)
    gap = (value - bound) / value if value > 0 else 0.0
    kept = {f"{when}.{row['promise']}": row[when] for row in tables["standby_promises"].iter_rows(named=True)
            for when in ("kept_before", "kept_after")}
    moved = tables["standby_levels"].select((pl.col("heads") - pl.col("heads_before")).clip(0).sum()).item()
    covered = tables["standby_zones"].filter(pl.col("reason").is_null())
    mean = float(np.average(covered["response"], weights=covered["cases"])) if covered.height else None
    summary = {
        "value": value, "bound": bound, "gap": gap, "value_before": before, "units": int(sum(
            each.group.today.sum() for each in found)), "units_moved": moved, "response": mean, **kept,
        "zones_nobody_serves": tables["standby_zones"].filter(pl.col("reason").is_not_null()).height,
    }
    return Result("optimise.standby", summary, tables, status="optimal" if gap <= 1e-9 else "feasible", bound=bound)
