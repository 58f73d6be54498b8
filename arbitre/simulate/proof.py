"""Which promises does the plan keep when it is replayed event by event, and how sure is that?

The stock levels of a plan are played through order lines that come at random, lots, lead times and lanes, first come,
first served, unit by unit; cases with routes through their steps, crews and shifts (see `_network.parts`). Nothing of
the optimiser's formulas is used, so the proof also says how far they were off, where crews and parts meet too.

A promise is a share over a period of its own, so a monthly promise is judged by months. Two things are asked of it:
- share: do all cases together reach the target, but for `margin`? Its interval is taken over replications, cases of one
  replication being alike (`maths.evidence.replications`);
- periods: does at least `periods_share` of the months (weeks, quarters, years) reach the target by itself?
Of a mean wait they ask alike, in hours: is the mean over all cases within the window, but for `margin` of it, and is
that of enough of the months?

The verdict is *kept* when both are certain, *missed* when either is certainly not so, else *undecided*. Replications
are added until every promise is decided, or its interval as narrow as `precision`, or `most` replications or `cases`
cases are played.

deviation = share in the replay - share the optimiser said, both counted as the optimiser counts (`weight`), with the
interval that chance leaves it; largest_deviation is the largest that chance does not explain.
penalty = penalty of a period x share of periods missed x periods a year, with its interval, and what a bad year costs
(`_penalties`): of availability as of any other promise, by its distribution over the promise's own periods.

Reads promises with items, sites, demand and stock_levels, or with steps, routes and arrivals, or both (lanes and the
other tables of processes; promise_worth for what was said). Writes proofs. Hours, shares from 0 to 1, money in the
chain's currency. The same seed gives the same bytes on any number of workers.
"""

from __future__ import annotations

import math
from datetime import datetime, time
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.maths.evidence.replications import Estimate, mean_interval, share_interval
from arbitre.simulate._network.parts import REPLAYED, kinds_of, parts_of, tables_read
from arbitre.simulate._network.promised import next_month, objective, promised, promised_waits, said_of
from arbitre.simulate._network.stock import HOURS_PER_YEAR, levels_of
from arbitre.simulate._penalties import penalties
from arbitre.simulate._replay import Replay, Tally, cores, until_sure
from arbitre.simulate._staffed import PLANNED, plans_of, staffed
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("promises",)
MAY_READ = (*REPLAYED, "stock_levels", "stock_reserved", "promise_worth", *PLANNED)
WRITES = ("proofs",)
FIGURES = {"told": ("promises_kept", "promises_missed")}

_EXACT = 1e-9
"""A share of a period reaches its target when it falls short by no more than this (rounding)."""


class Params(BaseParams):
    """How much is replayed, and what counts as proven."""

    levels: Literal["plan", "today"] = Field("plan", description="Whose levels: those of the plan (stock_levels), or "
                                             "those of stocks.")
    crews: Literal["today", "plan"] = Field("today", description="Whose shifts: those of shifts, or the people of the "
                                            "plan (crew_levels, standby_levels, line_levels with the carriers "
                                            "of line_parcels).")
    confidence: float = Field(0.95, ge=0.5, le=0.999, description="Confidence of the intervals and of the verdicts.",
                              json_schema_extra={"unit": "share"})
    margin: float = Field(0.005, ge=0, le=0.2, description="A share that falls short of its target by no more than "
                          "this is taken as reaching it.", json_schema_extra={"unit": "share"})
    periods_share: float = Field(0.5, ge=0, le=1, description="Share of a promise's own periods that must reach its "
                                 "target; at 0.5 the typical one.", json_schema_extra={"unit": "share"})
    machines_share: float = Field(0.95, gt=0, le=1, description="Share of machine-periods that must reach an "
                                  "availability promised to each.", json_schema_extra={"unit": "share"})
    precision: float = Field(0.005, gt=0, le=0.2, description="A promise is replayed no further once half its interval "
                             "is this narrow, decided or not.", json_schema_extra={"unit": "share"})
    years: int = Field(1, ge=1, le=20, description="Years in one replication.", json_schema_extra={"unit": "year"})
    least: int = Field(10, ge=2, le=1000, description="Replications made at first, and added at a time.",
                       json_schema_extra={"unit": ""})
    most: int = Field(40, ge=2, le=10000, description="Replications made at most.", json_schema_extra={"unit": ""})
    cases: int = Field(400_000, ge=1, description="Cases replayed after which none are added, whatever is still "
                       "uncertain.", json_schema_extra={"unit": ""})
    weight: Literal["unit", "line", "value"] = Field("unit", description="What the optimiser counted; the deviation is "
                                                     "counted alike. Verdicts count lines.")
    dispatch: Literal["", "first come", "priority", "earliest promise", "slack", "penalty"] = Field(
        "", description="Whose turn comes first at a crew; empty: by priorities where the chain has some, else first "
        "come.")
    kind: str = Field("order", description="Kind of the cases that demand opens.")


def reads(params: Params, chain: Chain) -> tuple[str, ...]:
    """Return the tables needed, given what the chain has."""
    planned = plans_of(chain) if params.crews == "plan" else ()
    return (*READS, *tables_read(chain, params.levels), *planned)


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Prove or refute a plan. Raises Unsupported when no promise can be replayed, or there is no demand."""
    chain, kinds = staffed(chain, params.crews), kinds_of(chain, params.kind)
    judgeable = pl.concat([promised(chain, kinds), promised_waits(chain, kinds)]).sort("promise")
    promises = said_of(judgeable, chain).with_columns(
        objective=objective(params.machines_share))
    if promises.is_empty():
        raise Unsupported(f"The chain {chain.name} promises no window on cases of kind {', '.join(kinds)}: there is "
                          "nothing to prove. Write one in promises, or change the parameter kind.")
    progress(0.0, "building the twin (the first run on a machine compiles)")
    start = datetime.combine(next_month(chain), time())
    hours = (params.years + 1) * HOURS_PER_YEAR  # a year more: what is late is still worked on
    parts = parts_of(chain, levels_of(chain, params.levels), start, hours, params.kind, params.dispatch)
    replayed = Replay.of(chain, parts, promises, params.years, params.weight, seed)
    tallies: list[Tally] = []

    def more(numbers: range) -> None:
        for tally in replayed.runs(numbers, cores()):
            tallies.append(tally)
            progress(0.1 + 0.9 * len(tallies) / params.most, f"replication {len(tallies)}")

    proofs = pl.DataFrame()

    def is_sure() -> bool:
        nonlocal proofs
        proofs = judged(promises, tallies, params)
        is_spent = sum(tally.cases for tally in tallies) >= params.cases
        return is_spent or all(_is_sure(row, params) for row in proofs.iter_rows(named=True))

    until_sure(more, is_sure, params.least, params.most)
    return Result("simulate.proof", _summary(chain, proofs, tallies, params),
                  {"proofs": shaped(RESULTS["proofs"], proofs)})


def judged(promises: pl.DataFrame, tallies: list[Tally], params: Params) -> pl.DataFrame:
    """Return the promises with what the replications (at least one) say of each."""
    cases, kept = (np.array([getattr(tally.judged, name) for tally in tallies]) for name in ("cases", "kept"))
    weight, weight_kept = (np.array([getattr(tally.judged, name) for tally in tallies])
                           for name in ("weight", "weight_kept"))
    rows = []
    waited = np.array([tally.judged.waited for tally in tallies])
    for at, promise in enumerate(promises.iter_rows(named=True)):
        if promise["measure"] == "waiting":
            rows.append({**promise, **_waited(promise, cases[:, at], waited[:, at], params)})
            continue
        share = share_interval(kept[:, at].sum(axis=1), cases[:, at].sum(axis=1), params.confidence)
        alike = share_interval(weight_kept[:, at], weight[:, at], params.confidence)
        reached, periods = _periods(promise["objective"], cases[:, at], kept[:, at], params.confidence)
        said = promise["said_share"]
        rows.append({
            **promise, "share": share.value, "low_share": share.low, "high_share": share.high,
            "cases": int(cases[:, at].sum()), "periods": int((cases[:, at] > 0).sum()),
            "periods_kept_share": periods.value, "periods_low_share": periods.low, "periods_high_share": periods.high,
            "verdict": _verdict(promise["objective"], share, periods, params),
            "replayed_share": alike.value,
            **{name: None if said is None or math.isnan(alike.value) else end - said for name, end in zip(
                ("deviation", "deviation_low", "deviation_high"), alike, strict=True)},
            **penalties(promise, (cases[:, at] > 0) & ~reached, periods, params.years),
        })
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.col(pl.Float64).fill_nan(None))


def _waited(promise: dict[str, Any], cases: np.ndarray, waited: np.ndarray, params: Params) -> dict[str, Any]:
    """Return what is said of a promised mean wait; cases, waited (replications, periods)."""
    some = cases.sum(axis=1) > 0
    wait = mean_interval(waited[some].sum(axis=1) / cases[some].sum(axis=1), params.confidence) if some.any() else None
    goal = promise["window"] * (1.0 + params.margin)
    reached = (waited <= goal * cases) & (cases > 0)
    periods = share_interval(reached.sum(axis=1), (cases > 0).sum(axis=1), params.confidence)
    verdict = "undecided"
    if wait and (wait.low > goal or periods.high < params.periods_share):
        verdict = "missed"
    elif wait and wait.high <= goal and periods.low >= params.periods_share:
        verdict = "kept"
    shares = ("share", "low_share", "high_share", "replayed_share", "deviation", "deviation_low", "deviation_high")
    return {
        **dict.fromkeys(shares),
        "mean_wait": wait and wait.value, "low_wait": wait and max(wait.low, 0.0), "high_wait": wait and wait.high,
        "cases": int(cases.sum()), "periods": int((cases > 0).sum()), "periods_kept_share": periods.value,
        "periods_low_share": periods.low, "periods_high_share": periods.high, "verdict": verdict,
        **penalties(promise, (cases > 0) & ~reached, periods, params.years),
    }


def _periods(target: float | None, cases: np.ndarray, kept: np.ndarray, confidence: float
             ) -> tuple[np.ndarray, Estimate]:
    """Return which periods reach a target by themselves, and their share; cases, kept (replications, periods)."""
    if target is None:
        return cases > 0, Estimate(math.nan, 0.0, 1.0)
    reached = (kept >= (target - _EXACT) * cases) & (cases > 0)
    return reached, share_interval(reached.sum(axis=1), (cases > 0).sum(axis=1), confidence)


def _verdict(target: float | None, share: Estimate, periods: Estimate, params: Params) -> str:
    if target is None or math.isnan(share.value):
        return "undecided"
    goal = target - params.margin
    if share.high < goal or periods.high < params.periods_share:
        return "missed"
    return "kept" if share.low >= goal and periods.low >= params.periods_share else "undecided"


def _is_sure(row: dict[str, Any], params: Params) -> bool:
    if row["measure"] == "waiting":
        is_narrow = row["cases"] > 0 and row["high_wait"] - row["low_wait"] <= 2 * params.precision * row["mean_wait"]
    else:
        is_narrow = row["high_share"] - row["low_share"] <= 2 * params.precision
    return is_narrow or row["verdict"] != "undecided" or row["cases"] == 0


def _summary(chain: Chain, proofs: pl.DataFrame, tallies: list[Tally], params: Params) -> dict[str, Any]:
    verdicts = {name: proofs.filter(verdict=name).height for name in ("kept", "missed", "undecided")}
    capital = mean_interval([tally.capital for tally in tallies], params.confidence)
    off = proofs.filter((pl.col("deviation_low") > 0) | (pl.col("deviation_high") < 0))
    promises = chain.table("promises").height
    return {
        **{f"promises_{name}": number for name, number in verdicts.items()},
        "promises_not_replayed": promises - proofs["promise"].n_unique(),
        "cases": sum(tally.cases for tally in tallies),
        "replications": len(tallies),
        "years": params.years,
        "largest_deviation": off["deviation"].abs().max() if off.height else 0.0,
        "penalty": float(proofs["penalty"].sum()),
        "capital": capital.value,
        "capital_low": capital.low,
        "capital_high": capital.high,
    }
