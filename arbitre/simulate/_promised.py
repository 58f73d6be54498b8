"""Which promises does a replay judge, and how many cases does each keep in each of its periods?

A promise of a window is about the cases of the classes it covers: an empty segment, offer or criticality is every one.
A case is kept when it was done no later than its window after it opened, in whole microseconds as in
`measure.promises`: when it closed, or when the step that the promise names was first finished. A case that left before
its end (out of patience, called off, turned away) never closed.
It belongs to the period in which it opened. Months and quarters are those of the calendar, weeks are counted from the
start; a last period that is cut short is not judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl

from arbitre.simulate._laws import Floats, Integers
from arbitre.simulate._log import CLOSED, FINISHED, Run
from arbitre.tables.chain import Chain
from arbitre.tables.results.columns import FLOOR

SCOPE = ("segment", "offer", "criticality")
_MICROSECONDS = 3_600e6
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def promised_windows(chain: Chain, kinds: Sequence[str]) -> pl.DataFrame:
    """Return the promises of a window on cases of these kinds, sorted; those about a step where the twin plays it.

    Columns: promise, kind, segment, offer, criticality, step, window (h), target_share, period, penalty, late_cost.
    """
    played = chain.tables["steps"]["step"] if "steps" in chain.tables else pl.Series(dtype=pl.String)
    return chain.table("promises").filter(
        (pl.col("measure") == "window") & pl.col("kind").is_in(list(kinds)) & pl.col("window").is_not_null()
        & (pl.col("step").is_null() | pl.col("step").is_in(played.implode()))
    ).select("promise", "kind", *SCOPE, "step", "window", "target_share", "period", "penalty", "late_cost"
             ).sort("promise")


def said_of(promises: pl.DataFrame, chain: Chain) -> pl.DataFrame:
    """Return promises of a window with what the optimiser said it keeps of each: column said_share.

    A promise that the optimiser held for every segment has a row for each. A target left empty ("no worse than today")
    is the one the optimiser worked out, where there is one.
    """
    if not chain.has("promise_worth"):
        return promises.with_columns(said_share=pl.lit(None, pl.Float64))
    said = chain.table("promise_worth").filter(pl.col("promise") != FLOOR)
    said = said.select("promise", own="segment", aimed="target_share", said_share="kept_after",
                       parts=pl.len().over("promise"))
    told = promises.join(said, on="promise", how="left", maintain_order="left")
    return told.with_columns(
        segment=pl.when(pl.col("parts") > 1).then("own").otherwise("segment"),
        target_share=pl.coalesce("target_share", "aimed"),
    ).drop("own", "aimed", "parts").sort("promise", "segment", nulls_last=False)


def covered(promises: pl.DataFrame, classes: pl.DataFrame) -> np.ndarray:
    """Return (promises, classes): is the class promised that? Both have a kind and a scope."""
    found = np.ones((promises.height, classes.height), dtype=bool)
    for row, promise in enumerate(promises.iter_rows(named=True)):
        for column in ("kind", *SCOPE):
            if promise[column] is not None:
                found[row] &= (classes[column] == promise[column]).fill_null(value=False).to_numpy()
    return found


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
    return np.rint(np.asarray(hours) * _MICROSECONDS).astype(np.int64)


@dataclass(frozen=True)
class Judged:
    """Cases and kept cases of each promise in each period (promises, periods), and their sums by weight (promises,)."""

    cases: Integers
    kept: Integers
    weight: Floats
    weight_kept: Floats

    def __add__(self, other: Judged) -> Judged:
        return Judged(self.cases + other.cases, self.kept + other.kept, self.weight + other.weight,
                      self.weight_kept + other.weight_kept)


@dataclass(frozen=True)
class Court:
    """Judges replays: allowed (promises,) microseconds; steps that keep them, None the end of the case; ends, hours at
    which the periods of each promise end."""

    allowed: Integers
    steps: tuple[str | None, ...]
    ends: tuple[Floats, ...]
    hours: float

    @classmethod
    def of(cls, promises: pl.DataFrame, start: date, years: int) -> Court:
        """Return the court of these promises for so many years from a start."""
        ends = tuple(period_ends(start, years, period) for period in promises["period"])
        return cls(microseconds(promises["window"].to_numpy()), tuple(promises["step"]), ends,
                   float(period_ends(start, years, "year")[-1]))

    def judged(self, run: Run, numbers: Mapping[str, int], begins: float, covered: np.ndarray, weight: Floats
               ) -> Judged:
        """Return what was kept of cases opened from hour `begins` on.

        Args: numbers of the steps by name; covered (promises, classes); weight (cases,) what each counts in the
        weighted sums.
        """
        since = run.cases["opened"] - begins
        inside = (since >= 0.0) & (since < self.hours)
        cases, since, heavy = run.cases[inside], since[inside], weight[inside]
        waits = {step: microseconds(hours_until(run, numbers, step)[inside]) for step in set(self.steps)}
        of_class = cases["of_class"]
        count = max((len(ends) for ends in self.ends), default=0)
        judged = Judged(np.zeros((len(self.ends), count), np.int64), np.zeros((len(self.ends), count), np.int64),
                        np.zeros(len(self.ends)), np.zeros(len(self.ends)))
        for row, ends in enumerate(self.ends):
            rows = np.nonzero(covered[row][of_class])[0]
            if len(rows) == 0:
                continue
            is_kept = waits[self.steps[row]][rows] <= self.allowed[row]
            judged.weight[row] = heavy[rows].sum()
            judged.weight_kept[row] = heavy[rows][is_kept].sum()
            period = np.searchsorted(ends, since[rows], side="right")
            judged.cases[row] = np.bincount(period, minlength=count + 1)[:count]
            judged.kept[row] = np.bincount(period[is_kept], minlength=count + 1)[:count]
        return judged


_NEVER = 1e9
"""Hours that no window allows; they stand for a case not done."""


def hours_until(run: Run, numbers: Mapping[str, int], step: str | None) -> Floats:
    """Return (cases,) the hours from opening until a step was first finished, or (None) the case was closed."""
    cases = run.cases
    if step is None:
        return np.where(cases["outcome"] == CLOSED, cases["closed"] - cases["opened"], _NEVER)
    if step not in numbers:
        return np.full(len(cases), _NEVER)
    done = run.log[(run.log["kind"] == FINISHED) & (run.log["step"] == numbers[step])]
    first = np.full(1 + cases["case"].max(initial=-1), np.inf)
    np.minimum.at(first, done["case"], done["time"])
    return np.minimum(first[cases["case"]] - cases["opened"], _NEVER)
