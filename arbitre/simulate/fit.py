"""What process do the facts tell of, and does a twin made of it reproduce what it has not seen?

Arrivals, durations, routes, crews with their shifts, and patience are estimated from cases and events, each with an
interval (table estimates), and written in the tables the twin reads: once laid over the chain they are replayed like
any other. Facts are never changed. What is estimated how, and from which sources, is told where it is done:
arrivals in `maths.work.weekly_rates`, laws of duration in `maths.work.duration_laws`, calendars, heads and crews in
`maths.work.weekly` and `maths.work.crews`, patience in `maths.work.patience`; what facts can tell at all in
`_fit.visits`.

Before anyone trusts it: the facts are split in time, a twin is fitted to the first part and replayed over the later
one, and each figure of the later part is told reproduced or not (table fits, `_fit.check`). Then the tables are made
from all of the facts.

A twin walks one step after another: steps of a case that ran at once are put in a row, the time they shared counted
once. Batches, priorities, rooms, travel and waves are not estimated; write them in the tables by hand.

Reads cases and events; customers for segments, promises for what was kept. Writes steps, durations, routes, crews,
shifts, needs, arrivals, rhythms, estimates, fits. Units: hours, cases a year.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import CannotReplay, Unsupported
from arbitre.maths.work.weekly_rates import DAY
from arbitre.simulate._fit.check import checked
from arbitre.simulate._fit.model import estimates_of, model_of
from arbitre.simulate._fit.visits import Facts, facts_of
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped

READS = ("cases", "events")
MAY_READ = ("customers", "promises", "sites", "lanes")
WRITES = ("steps", "durations", "routes", "crews", "shifts", "needs", "arrivals", "rhythms", "estimates", "fits")

_LEAST_CASES = 20
"""Cases that either part must have for a twin to be judged on them."""


class Params(BaseParams):
    """Which facts are read, and how the twin made of them is judged."""

    kind: str | None = Field(None, description="Kind of the cases fitted; empty: all "
                             "that are not about an item at a site.")
    left: str = Field("abandoned", description="Steps that say a case gave up waiting, separated by commas.")
    cancelled: str = Field("cancelled", description="Steps that say a case was called off, separated by commas.")
    first_share: float = Field(0.7, ge=0.2, le=0.9, description="Share of the cases, the first to come, until which "
                               "the twin under judgement is fitted; it is judged on what came later.",
                               json_schema_extra={"unit": "share"})
    replications: int = Field(20, ge=5, le=1000, description="Replications of the later part.",
                              json_schema_extra={"unit": ""})
    confidence: float = Field(0.95, ge=0.5, le=0.999, description="Confidence of the intervals; of the verdicts all "
                              "together.", json_schema_extra={"unit": "share"})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Fit a process to the facts and judge it. Raises Unsupported when the facts cannot tell one."""
    facts = facts_of(chain, params.kind)
    progress(0.1, "fitting to the first part")
    fits, reason = _judged(chain, facts, params, seed, progress)
    progress(0.8, "fitting to all")
    model = model_of(facts, *_leaving(params), params.confidence)
    estimates = estimates_of(model, params.confidence)
    tables = {**model.tables, "estimates": shaped(RESULTS["estimates"], estimates),
              "fits": shaped(RESULTS["fits"], fits).with_columns(pl.col(pl.Float64).fill_nan(None))}
    return Result("simulate.fit", _summary(facts, estimates, fits, reason), tables)


def _leaving(params: Params) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the steps that stand for giving up, and those for calling off."""
    left, cancelled = (
        tuple(filter(None, map(str.strip, named.split(",")))) for named in (params.left, params.cancelled))
    return left, cancelled


def _judged(chain: Chain, facts: Facts, params: Params, seed: int, progress: Progress) -> tuple[pl.DataFrame, str]:
    """Return the figures with their verdicts; or none, and the reason."""
    none = empty(RESULTS["fits"])
    split = float(np.quantile(facts.cases["opened"].to_numpy(), params.first_share))
    first = facts.until(split)
    cases = min(first.cases["closed"].count(), facts.cases.height - first.cases.height)
    if cases < _LEAST_CASES or min(split - facts.begin, facts.end - split) < DAY:
        return none, f"there are fewer than {_LEAST_CASES} cases or a day to fit it to or to judge it on"
    left, cancelled = _leaving(params)
    try:
        model = model_of(first, left, cancelled, params.confidence)
        progress(0.3, "replaying the later part (the first run on a machine compiles)")
        return checked(chain, facts, model, split, (*left, *cancelled), params.replications, params.confidence, seed,
                       os.cpu_count() or 1), ""
    except (CannotReplay, Unsupported) as refused:
        return none, str(refused).rstrip(".")


def _summary(facts: Facts, estimates: pl.DataFrame, fits: pl.DataFrame, reason: str) -> dict[str, Any]:
    counts = {verdict: fits.filter(verdict=verdict).height for verdict in ("reproduced", "not reproduced", "undecided")}
    wrong = fits.filter(verdict="not reproduced").select(pl.concat_str(
        "what", pl.when(pl.col("subject") == "").then(pl.lit("")).otherwise(pl.format(" ({})", "subject"))))
    off = estimates.filter(what="work", how="inferred")
    return {
        "told": _sentence(counts, wrong.to_series().to_list(), reason),
        "reproduced": counts["reproduced"],
        "not_reproduced": counts["not reproduced"],
        "undecided": counts["undecided"],
        "cases": facts.cases.height,
        "open": facts.cases["closed"].null_count(),
        "visits": facts.visits.height,
        "steps": estimates.filter(what="work").height,
        "steps_inferred": off.height,
        "crews": estimates.filter(what="heads").height,
        "days": (facts.end - facts.begin) / 24.0,
    }


def _sentence(counts: dict[str, int], wrong: list[str], reason: str) -> str:
    """Return the verdict in a plain sentence."""
    if reason:
        return f"The twin could not be judged: {reason}. Do not trust it yet."
    told = f"The twin reproduces {counts['reproduced']} of {sum(counts.values())} figures of the part it has not seen"
    if wrong:
        told += f", and not these: {', '.join(wrong)}"
    if counts["undecided"]:
        told += f"; {counts['undecided']} are undecided, too little being seen"
    return told + "."
