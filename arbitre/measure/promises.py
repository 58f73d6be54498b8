"""Which promises were kept, to whom, and how sure is that?

A *window* promise is about each case of its `kind` (and of its offer, segment and criticality where it names them).
The case is due at opened_at + window, or at promised_at when the promise has no window, and done at closed_at, or at
the first event of `step` when the promise names one. It is kept when done no later than due. It is judged when it is
done, or not done though past due at `now`; a case not done and not yet due is left out and counted apart. A case
closed without the step it was promised counts as not done. Hours run on the clock, day and night: business calendars
come later. Facts later than `now` are as if they had not happened.

An *availability* promise is about each machine of the customers whose contract is under its offer (of its segment),
in each calendar period (`period`): availability = 1 - hours down / hours under contract. A machine is down from the
opening of a case of the promise's `kind` that names it until that case is done, as above; overlapping contracts or
cases count once. The period is judged once the machine was under contract for a day of it before `now`, and kept
when its availability reaches target_share. `cases` and `kept` then count machine-periods.

kept_share = kept/cases with its Wilson interval (Wilson 1927; Brown, Cai, DasGupta 2001; see maths.shares). Verdict,
at that confidence: *kept* when low_share >= objective, *missed* when high_share < objective, else *undecided*. The
objective is target_share for a window; for availability, where target_share is what each machine must reach, it is the
parameter `machines_share`. A promise without a target is undecided.

Reads promises, cases; events, customers, items, contracts, assets where a promise needs them.
Writes promises_kept: a row per promise (empty segment: everyone) and per segment that received it. Cases without a
customer are in the first only. Units: hours in, counts and shares (0 to 1) out.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl
from pydantic import Field, NaiveDatetime

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.maths.shares import share, wilson
from arbitre.measure._promises_sql import AVAILABILITY, LATEST_FACT, WINDOWS
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("promises", "cases")
MAY_READ = ("events", "customers", "items", "contracts", "assets")
WRITES = ("promises_kept",)


class Params(capability.Params):
    """Which facts to judge, and how sure to be."""

    now: NaiveDatetime | None = Field(
        None, description="When to judge, in the chain's time zone; empty: at its latest fact.",
        json_schema_extra={"unit": "time"},
    )
    since: date | None = Field(
        None, description="First day judged: cases opened before it are left out; empty: the whole history.",
        json_schema_extra={"unit": "date"},
    )
    confidence: float = Field(
        0.95, ge=0.5, le=0.999, description="Confidence of the intervals and of the verdicts.",
        json_schema_extra={"unit": "share"},
    )
    machines_share: float = Field(
        0.95, gt=0.0, le=1.0, description="Share of machine-periods that must reach an availability promised to each.",
        json_schema_extra={"unit": "share"},
    )


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Judge every promise of the chain on its facts."""
    promises = chain.table("promises")
    _require(chain, promises)
    when = {"now": params.now or _latest_fact(chain), "since": params.since or date.min}
    progress(0.1, "judging cases")
    windows = chain.sql(WINDOWS, **when)
    progress(0.7, "judging machines")
    machines = chain.sql(AVAILABILITY, **when) if "availability" in promises["measure"] else pl.DataFrame()
    counts = pl.concat([windows, machines], how="diagonal_relaxed")
    kept = _judged(_with_totals(promises, counts), params)
    return Result(
        "measure.promises",
        _summary(kept, counts, when["now"]),
        {"promises_kept": shaped(RESULTS["promises_kept"], kept)},
        params=params.model_dump(mode="json"),
        seed=seed,
    )


def _require(chain: Chain, promises: pl.DataFrame) -> None:
    """Raise Unsupported, naming the promise and the remedy, where a promise needs what the chain does not have."""
    chain.table("cases")
    available = promises.filter(measure="availability")
    needs = (
        ("customers", promises.filter(pl.col("segment").is_not_null()), "is made to a segment"),
        ("items", promises.filter(pl.col("criticality").is_not_null()), "is made for a criticality"),
        ("events", promises.filter(pl.col("step").is_not_null()), "names a step"),
        ("contracts", available, "is about availability"),
        ("assets", available, "is about availability"),
    )
    for table, asking, why in needs:
        if asking.height and table not in chain.tables:
            name = asking["promise"].sort()[0]
            raise Unsupported(f"The promise {name} {why}, and the chain has no table {table}. Add tables/{table}.csv.")
    for name, kind, criticality in available.select("promise", "kind", "criticality").sort("promise").rows():
        if criticality is not None:
            raise Unsupported(f"The promise {name} is about machines, which have no criticality. Empty that cell.")
        if not chain.table("cases").filter(pl.col("asset").is_not_null(), kind=kind).height:
            # Without any such case every machine would look available all the time.
            raise Unsupported(f"The promise {name} is about availability, and no case of kind {kind} names an asset. "
                              "Write in its column kind the kind of case during which a machine is down.")


def _latest_fact(chain: Chain) -> datetime:
    """Return when the last dated fact of the chain happened; raises Unsupported when nothing ever did."""
    latest = chain.sql(LATEST_FACT).item()
    if latest is None:
        raise Unsupported(f"The table cases of the chain {chain.name} has no rows: no promise can be judged.")
    return latest


def _with_totals(promises: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Return each promise with its counts: first those of everyone (empty segment), then those of each segment."""
    columns = promises.select("promise", "offer", "measure", "window", "target_share")
    sums = counts.group_by("promise").agg(pl.col("cases", "kept").sum())
    everyone = columns.join(sums, on="promise", how="left").with_columns(pl.col("cases", "kept").fill_null(0))
    by_segment = counts.filter(pl.col("segment").is_not_null(), pl.col("cases") > 0)
    each = columns.join(by_segment.select("promise", "segment", "cases", "kept"), on="promise")
    return pl.concat([everyone, each], how="diagonal").sort("promise", "segment", nulls_last=False)


def _judged(counted: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Add to counted promises the share kept, its interval and the verdict."""
    low, high = wilson(counted["kept"].to_numpy(), counted["cases"].to_numpy(), params.confidence)
    with_share = counted.with_columns(
        kept_share=pl.Series(share(counted["kept"].to_numpy(), counted["cases"].to_numpy())).fill_nan(None),
        low_share=pl.Series(low),
        high_share=pl.Series(high),
        # Of a promise without a target nothing can be said, availability or window.
        objective=pl.when(pl.col("measure") == "availability", pl.col("target_share").is_not_null())
        .then(pl.lit(params.machines_share)).otherwise(pl.col("target_share")),
    )
    return with_share.with_columns(
        verdict=pl.when(pl.col("low_share") >= pl.col("objective")).then(pl.lit("kept"))
        .when(pl.col("high_share") < pl.col("objective")).then(pl.lit("missed"))
        .otherwise(pl.lit("undecided"))
    )


def _summary(kept: pl.DataFrame, counts: pl.DataFrame, now: datetime) -> dict[str, Any]:
    """Return the named numbers of the answer: each promise counts once, whoever received it."""
    everyone = kept.filter(pl.col("segment").is_null())
    windows, machines = everyone.filter(measure="window"), everyone.filter(measure="availability")
    verdicts = {name: everyone.filter(verdict=name).height for name in ("kept", "missed", "undecided")}
    summary: dict[str, Any] = {
        "promises": everyone.height,
        **{f"promises_{name}": number for name, number in verdicts.items()},
        "cases": windows["cases"].sum(),
        "kept_share": _ratio(windows["kept"], windows["cases"]),
        **{name: counts[name].sum() for name in ("open_overdue", "open_not_due", "without_date")},
        "now": now.isoformat(sep=" "),
    }
    if machines.height:
        summary["machine_periods"] = machines["cases"].sum()
        summary["machine_periods_kept_share"] = _ratio(machines["kept"], machines["cases"])
        summary["availability"] = _ratio(counts["covered"] - counts["down"], counts["covered"])
    return summary


def _ratio(part: pl.Series, whole: pl.Series) -> float | None:
    """Return the sum of one column over that of another, None when there is nothing to divide by."""
    return float(part.sum()) / float(whole.sum()) if whole.sum() else None
