"""Which promises does a replay judge, about which cases, over which periods?

A promise of response names the step ARRIVED: it is kept when somebody is where the case is, on kinds that are gone to.
A promise of a window is about the cases of the classes it covers: an empty segment, offer or criticality is every one;
one of a mean wait too; one of availability about the machines that fail (`_machines`) under its offer, of its segment.

Months and quarters are those of the calendar, weeks are counted from the start; a last period that is cut short is not
judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
import polars as pl

from arbitre.core.calendars import Calendar
from arbitre.core.errors import Unsupported
from arbitre.simulate._kernel.laws import Floats, Integers
from arbitre.simulate._network.machines import kind_of_failures
from arbitre.tables.business_time import calendars_of
from arbitre.tables.chain import Chain
from arbitre.tables.results.columns import FLOOR
from arbitre.tables.routing import ARRIVED, SCOPE, Process

_COLUMNS = ("promise", "measure", "kind", *SCOPE, "step", "window", "calendar", "cut_off", "counts", "target_share",
            "period", "penalty", "late_cost")
MICROSECONDS = 3_600e6
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def promised_windows(chain: Chain, kinds: Sequence[str]) -> pl.DataFrame:
    """Return the promises of a window on cases of these kinds, sorted; those about a step where the twin plays it.

    Columns: promise, measure, kind, segment, offer, criticality, step, window (h), calendar, cut_off, counts,
    target_share, period, penalty, late_cost.
    """
    return _played(chain, kinds, "window")


def promised_waits(chain: Chain, kinds: Sequence[str]) -> pl.DataFrame:
    """Return the promises of a mean wait on cases of these kinds, as `promised_windows`; target_share is empty."""
    return _played(chain, kinds, "waiting")


def _played(chain: Chain, kinds: Sequence[str], measure: str) -> pl.DataFrame:
    process = Process.of(chain)
    gone_to = [kind for kind in kinds if process.goes_to(kind)]
    found = chain.table("promises").filter(
        (pl.col("measure") == measure) & pl.col("kind").is_in(list(kinds)) & pl.col("window").is_not_null()
        & (pl.col("step").is_null() | pl.col("step").is_in(process.steps["step"].implode())
           | ((pl.col("step") == ARRIVED) & pl.col("kind").is_in(gone_to)))
    )
    return found.select(_COLUMNS).sort("promise")


def promised(chain: Chain, kinds: Sequence[str]) -> pl.DataFrame:
    """Return all promises that a replay of cases of these kinds can judge, as `promised_windows`; availability too."""
    failures = kind_of_failures(chain)
    available = chain.table("promises").filter(pl.col("measure") == "availability", pl.lit(failures is not None),
                                               pl.col("kind") == pl.lit(failures, pl.String))
    return pl.concat([promised_windows(chain, kinds), available.select(_COLUMNS)]).sort("promise")


def calendars_of_promises(chain: Chain, promises: pl.DataFrame) -> Mapping[str, Calendar]:
    """Return the calendars of a chain, none where no promise runs in one. Raises Unsupported where one is lacking."""
    named = promises["calendar"].drop_nulls()
    known = calendars_of(chain) if len(named) else {}
    for name in named:
        if name not in known:
            raise Unsupported(f"A promise runs in the hours of the calendar {name}, which no row of opening_hours "
                              "describes. Add them, or empty the cell to count day and night.")
    return known


def objective(machines_share: float) -> pl.Expr:
    """Return the share of what counts that must be kept: the target; of machine-periods, the one given."""
    return pl.when(pl.col("measure") == "availability", pl.col("target_share").is_not_null()).then(
        machines_share).otherwise("target_share")


def said_of(promises: pl.DataFrame, chain: Chain) -> pl.DataFrame:
    """Return promises with what the optimiser said it keeps of each: column said_share, of a mean wait said_wait.

    A promise that the optimiser held for every segment has a row for each. A target left empty ("no worse than today")
    is the one the optimiser worked out, where there is one.
    """
    if not chain.has("promise_worth"):
        return promises.with_columns(said_share=pl.lit(None, pl.Float64), said_wait=pl.lit(None, pl.Float64))
    said = chain.table("promise_worth").filter(pl.col("promise") != FLOOR)
    said = said.select("promise", own="segment", aimed="target_share", said_share="kept_after", said_wait="wait_after",
                       parts=pl.len().over("promise"))
    told = promises.join(said, on="promise", how="left", maintain_order="left")
    # The model tells a mean wait as the share of waiting that is avoided; the replay, in hours.
    is_share = pl.col("measure") != "waiting"
    return told.with_columns(
        segment=pl.when(pl.col("parts") > 1).then("own").otherwise("segment"),
        target_share=pl.when(is_share).then(pl.coalesce("target_share", "aimed")),
        said_share=pl.when(is_share).then("said_share"),
    ).drop("own", "aimed", "parts").sort("promise", "segment", nulls_last=False)


def period_ends(start: date, years: int, period: str) -> Floats:
    """Return the hours from the start at which each whole period of so many years ends."""
    hours = (_later(start, 12 * years) - start).days * 24.0
    if period == "week":
        return np.arange(168.0, hours + 1.0, 168.0)
    step = _MONTHS[period]
    return np.array([(_later(start, month) - start).days * 24.0 for month in range(step, 12 * years + 1, step)])


def next_month(chain: Chain) -> date:
    """Return the first day of the month after the last fact, or after the period of the chain; else of 2025."""
    known: datetime | date | None = chain.table("cases")["opened_at"].max() if chain.has("cases") else None  # type: ignore[assignment]
    known = known or chain.settings.period.get("to")
    return _later(date(known.year, known.month, 1), 1) if known else date(2025, 1, 1)


def _later(start: date, months: int) -> date:
    years, month = divmod(start.month - 1 + months, 12)
    return date(start.year + years, month + 1, start.day)


def microseconds(hours: Floats) -> Integers:
    """Return hours as whole microseconds."""
    return np.rint(np.asarray(hours) * MICROSECONDS).astype(np.int64)
