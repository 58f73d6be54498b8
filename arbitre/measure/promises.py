"""Which promises were kept, to whom, and how sure is that?

A *window* promise is about each case of its `kind` (and of its offer, segment and criticality where it names them).
The case is due its window after opened_at, in the hours of the promise's calendar (none: day and night on the clock);
with a `cut_off`, at that time of the first open day on which this comes no sooner than the window; with neither, at
promised_at, the first date promised (of the case, else of its first event that promises one). It is done at closed_at,
or at the first event of `step` when the promise names one. It is kept when done no later than due, and in full
(delivered_quantity, where given, reaches quantity). It is judged when it is done, or not done though past due at `now`;
a case not done and not yet due is left out and counted apart. A case closed without the step it was promised counts as
not done. Facts later than `now` are as if they had not happened.

A *fill* promise is the same of units issued: a case is done when the movements issued for it reach its quantity, and of
its units those issued by the due date are kept. With a window of 0 these are the units given at once.

`counts` says what a share counts. *line*: cases. *order*: the lines that share `order`, kept when all are (on time in
full), missed once one is. *unit*: the units of lines on time (all or delivered_quantity), or issued by then.

An *availability* promise is about each machine of the customers whose contract is under its offer (of its segment),
in each calendar period (`period`): availability = 1 - hours down / hours under contract, counted in the hours of the
promise's calendar. A machine is down from the opening of a case of the promise's `kind` that names it until that case
is done, as above; overlapping contracts or cases count once. The period is judged once the machine was under contract
for a day of it before `now`, and kept when its availability reaches target_share. `cases` and `kept` then count
machine-periods.

A *waiting* promise is about the mean of these cases' time from opened_at until done, in the hours of the promise's
calendar, open ones followed (see maths.survival): *kept* when high_wait <= window, *missed* when low_wait > window.
`kept` then counts those done within the window, for information.

kept_share = kept/cases with its Wilson interval (Wilson 1927; Brown, Cai, DasGupta 2001; see maths.shares). Verdict,
at that confidence: *kept* when low_share >= objective, *missed* when high_share < objective, else *undecided*. The
objective is target_share; for availability, where target_share is what each machine must reach, it is the parameter
`machines_share`. A promise without a target is undecided. What is still open is followed as far as it goes by the
product limit (Kaplan, Meier 1958; see maths.survival): followed_share, lateness, taken, and the curve.

Reads promises, cases; events, customers, items, contracts, assets, movements, opening_hours, holidays where a promise
needs them. Writes promises_kept, a row per promise (empty segment: everyone) and per segment that received it;
promises_kept_by, the same told by the columns that `by` names; promises_curve. Cases without a customer are in no
segment. Units: hours in, counts, hours and shares (0 to 1) out.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl
import polars.selectors as cs
from pydantic import Field, NaiveDatetime

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.core.calendars import Calendar
from arbitre.core.errors import Unsupported, UsageError
from arbitre.core.words import nearest
from arbitre.measure._promises.followed import lengths, with_due
from arbitre.measure._promises.judged import curves, judged, timed, waited
from arbitre.measure._promises.needs import calendars_named, latest_fact, require
from arbitre.measure._promises.sql import AVAILABILITY, MACHINES, cases, counts
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped
from arbitre.tables.results.measure import DIMENSIONS

READS = ("promises", "cases")
MAY_READ = ("events", "customers", "items", "contracts", "assets", "movements", "opening_hours", "holidays")
WRITES = ("promises_kept", "promises_kept_by", "promises_curve")

_BY = tuple(column.name for column in DIMENSIONS)
_OF_CUSTOMERS, _OF_ITEMS = ("segment",), ("family", "criticality")
_COLUMNS = ("promise", "offer", "measure", "window", "target_share", "counts")


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
    by: str = Field(
        "", description="What else to tell kept promises by, one or several separated by commas: segment, offer, site, "
        "customer, item, family, criticality, month, weekday.", json_schema_extra={"unit": ""},
    )


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Judge every promise of the chain on its facts."""
    promises, by = chain.table("promises"), _columns(params.by)
    _require(chain, promises, by)
    calendars = calendars_named(chain, promises)
    when = {"now": params.now or _latest_fact(chain), "since": params.since or date.min}
    progress(0.1, "following cases")
    facts = chain.sql(cases(list(dict.fromkeys(("segment", *by)))), **when)
    followed = with_due(facts, promises, calendars, when["now"])
    progress(0.4, "judging cases")
    machines = _machines(chain, promises, calendars, when)
    ways = [(), ("segment",), *([by] if by else [])]
    counted = chain.sql_with({"followed": followed}, counts(ways), now=when["now"])
    everyone, of_segments, *told = (
        _told(counted.filter(way=way), promises, followed, machines, by).join(
            waited(followed, by, params.confidence), on=["promise", *by], how="left", nulls_equal=True,
            maintain_order="left")
        for way, by in enumerate(ways))
    progress(0.8, "judging")
    found = pl.concat([everyone, of_segments.filter(pl.col("segment").is_not_null(), pl.col("cases") > 0)],
                      how="diagonal").sort("promise", "segment", nulls_last=False)
    kept, *told = (judged(part, params.confidence, params.machines_share) for part in (found, *told))
    return Result(
        "measure.promises",
        _summary(kept, machines, when["now"]),
        {"promises_kept": shaped(RESULTS["promises_kept"], kept),
         "promises_kept_by": shaped(RESULTS["promises_kept_by"], told[0]) if by else empty(RESULTS["promises_kept_by"]),
         "promises_curve": shaped(RESULTS["promises_curve"], curves(followed, params.confidence))},
        params=params.model_dump(mode="json"),
        seed=seed,
    )


def _columns(text: str) -> tuple[str, ...]:
    """Return the columns that `by` names; raises UsageError on one that nothing can be told by."""
    names = tuple(dict.fromkeys(filter(None, (name.strip() for name in text.split(",")))))
    for name in names:
        if name not in _BY:
            meant = nearest(name, _BY)
            raise UsageError(f"Kept promises cannot be told by {name}.{f' Did you mean {meant}?' if meant else ''} "
                             f"These can be: {', '.join(_BY)}.")
    return names


def _require(chain: Chain, promises: pl.DataFrame, by: tuple[str, ...]) -> None:
    """Raise Unsupported, with the remedy, where promises, or what they are told by, need what the chain lacks."""
    require(chain, promises)
    available = promises.filter(measure="availability")
    for table, told in (("customers", _OF_CUSTOMERS), ("items", _OF_ITEMS)):
        missing = [name for name in by if name in told and table not in chain.tables]
        if missing:
            raise Unsupported(f"The {missing[0]} of a case is in the table {table}, which the chain does not have. "
                              f"Add tables/{table}.csv, or leave {missing[0]} out of by.")
    for name, kind, criticality in available.select("promise", "kind", "criticality").sort("promise").rows():
        if criticality is not None:
            raise Unsupported(f"The promise {name} is about machines, which have no criticality. Empty that cell.")
        if not chain.table("cases").filter(pl.col("asset").is_not_null(), kind=kind).height:
            # Without any such case every machine would look available all the time.
            raise Unsupported(f"The promise {name} is about availability, and no case of kind {kind} names an asset. "
                              "Write in its column kind the kind of case during which a machine is down.")


def _latest_fact(chain: Chain) -> datetime:
    """Return when the last dated fact of the chain happened; raises Unsupported when nothing ever did."""
    latest = latest_fact(chain)
    if latest is None:
        raise Unsupported(f"The table cases of the chain {chain.name} has no rows: no promise can be judged.")
    return latest


def _machines(chain: Chain, promises: pl.DataFrame, calendars: dict[str, Calendar], when: dict[str, Any]
              ) -> pl.DataFrame:
    """Return for each promise of availability and each segment the machine-periods counted, and the hours."""
    if "availability" not in promises["measure"]:
        return pl.DataFrame(schema={"promise": pl.String, "segment": pl.String, "cases": pl.Float64, "kept": pl.Float64,
                                    "down": pl.Float64, "covered": pl.Float64})
    spans = lengths(chain.sql(MACHINES, **when), promises, calendars)
    return chain.sql_with({"spans": spans}, AVAILABILITY)


def _told(counted: pl.DataFrame, promises: pl.DataFrame, followed: pl.DataFrame, machines: pl.DataFrame,
          by: tuple[str, ...]) -> pl.DataFrame:
    """Return each promise with what was counted, by some columns of its cases; by none, every promise is there.

    Machine-periods are told for everyone and by segment alone.
    """
    keys = ["promise", *by]
    found = counted.join(timed(followed, by), on=keys, how="left", nulls_equal=True, maintain_order="left")
    if set(by) <= {"segment"}:
        sums = machines.group_by(keys, maintain_order=True).agg(pl.col("cases", "kept").sum())
        found = pl.concat([found, sums.with_columns(squares=pl.col("cases"))], how="diagonal_relaxed")
    found = found.select(*keys, cs.exclude("way", *_BY, "promise"))
    columns = promises.select(_COLUMNS).with_columns(
        counts=pl.when(measure="availability").then(pl.lit("machine")).otherwise("counts"))
    if "offer" in by:
        columns = columns.drop("offer")
    told = columns.join(found, on="promise", how="inner" if by else "left", maintain_order="left")
    return told.with_columns(pl.col("cases", "kept", "squares").fill_null(0.0)).sort(keys, nulls_last=False)


def _summary(kept: pl.DataFrame, machines: pl.DataFrame, now: datetime) -> dict[str, Any]:
    """Return the named numbers of the answer: each promise counts once, whoever received it."""
    everyone = kept.filter(pl.col("segment").is_null())
    others, available = (everyone.filter(~pl.col("measure").is_in(["availability", "waiting"])),
                         everyone.filter(measure="availability"))
    verdicts = {name: everyone.filter(verdict=name).height for name in ("kept", "missed", "undecided")}
    summary: dict[str, Any] = {
        "promises": everyone.height,
        **{f"promises_{name}": number for name, number in verdicts.items()},
        **_totals(others),
        **{name: others[name].sum() for name in ("open_overdue", "open_not_due", "without_date", "repromised")},
        "now": now.isoformat(sep=" "),
    }
    if available.height:
        summary["machine_periods"] = round(available["cases"].sum())
        summary["machine_periods_kept_share"] = _ratio(available["kept"], available["cases"])
        summary["availability"] = _ratio(machines["covered"] - machines["down"], machines["covered"])
    return summary


def _totals(others: pl.DataFrame) -> dict[str, Any]:
    """Return cases and the share kept of all promises together, or of each thing counted where they count several."""
    counted = others["counts"].unique().sort().to_list() or ["line"]
    if counted == ["line"]:
        return {"cases": round(others["cases"].sum()), "kept_share": _ratio(others["kept"], others["cases"])}
    totals: dict[str, Any] = {}
    for name in counted:
        own = others.filter(counts=name)
        totals[f"{name}s"] = own["cases"].sum()
        totals[f"{name}s_kept_share"] = _ratio(own["kept"], own["cases"])
    return totals


def _ratio(part: pl.Series, whole: pl.Series) -> float | None:
    """Return the sum of one column over that of another, None when there is nothing to divide by."""
    return float(part.sum()) / float(whole.sum()) if whole.sum() else None
