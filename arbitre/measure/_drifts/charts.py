"""Has a share of cases risen since the reference months? One chart for each class of them, all drawn the same way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from arbitre.maths.evidence import cusum
from arbitre.maths.evidence.shares import wilson

WHERE = ("promise", "offer", "segment", "site")
"""What says where something departs."""
_LEAST = 30
"""Cases that the reference and what follows it must each hold, for a class to be told apart."""
_PRIOR = 5.0
"""Cases that the mean of all stands for, in the risk of a kind of case seen few times."""
_YEAR = timedelta(days=365)


class Span(NamedTuple):
    """When facts are judged: `now`; the reference lasts so many months from the first of them."""

    now: datetime
    months: int

    def reference_end(self, first: datetime) -> datetime:
        """Return when the reference ends, for facts from `first` on."""
        months = first.year * 12 + first.month - 1 + self.months
        return datetime(months // 12, months % 12 + 1, 1)

    def in_last_year(self, column: str = "at") -> pl.Expr:
        """Tell what falls in the year before now."""
        return pl.col(column) > self.now - _YEAR


class Alarm(NamedTuple):
    """What a chart gives its alarms by: the odds that would matter, and the mean months to a false alarm."""

    ratio: float
    months: float


@dataclass(frozen=True)
class Finding:
    """One statistic at one place. `p_value`: None where nothing is tested; `goes_on`: still beyond its limit today.

    `evidence`: month by month (month, cases, departed, expected, walk, walk_limit); `missing`: what keeps from telling.
    """

    drift: str
    statistic: str
    promise: str | None = None
    offer: str | None = None
    segment: str | None = None
    site: str | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    p_value: float | None = None
    months: float = 0.0
    starts_on: date | None = None
    alarm_on: date | None = None
    money: float | None = None
    hint: str | None = None
    missing: str | None = None
    goes_on: bool = True
    evidence: pl.DataFrame | None = field(default=None, repr=False)


class _Class(NamedTuple):
    """The cases of one class in order of time, with the risk each had in the reference, and how many it holds."""

    place: dict[str, Any]
    cases: pl.DataFrame
    risk: np.ndarray
    before: int


def charts(watched: pl.DataFrame, drift: str, statistic: str, ways: Sequence[Sequence[str]], span: Span, alarm: Alarm
           ) -> list[Finding]:
    """Return a finding for each class with enough cases; one that cannot tell where all of them are too few.

    Args: watched, cases with `at` (when), `departed`, `mix` (kinds of case of like risk), `stake` (money lost by one
    that departs, or empty), and columns of WHERE; ways, the columns whose values make the classes.
    """
    watched = watched.drop_nulls("at").sort("at", "mix", "departed", *(c for c in WHERE if c in watched.columns))
    if not watched.height:
        return [Finding(drift, statistic, missing="cases")]
    end = span.reference_end(watched["at"][0])
    known = watched.with_columns(risk=pl.Series(_risk(watched, (watched["at"] < end).to_numpy())))
    classes = [each for way in ways for each in _classes(known, way, end)]
    if not classes:
        return [Finding(drift, statistic, missing="cases")]
    lump = _lump(classes)
    return [_chart(each, drift, statistic, lump, end, span, alarm) for each in classes]


def _risk(watched: pl.DataFrame, before: np.ndarray) -> np.ndarray:
    """Return the share of each kind of case that departed in the reference, drawn to that of all where it is rare."""
    departed, mix = watched["departed"].to_numpy().astype(np.float64), watched["mix"].fill_null("")
    kind = mix.rank("dense").to_numpy().astype(np.int64) - 1
    share = (departed[before].sum() + 0.5) / (before.sum() + 1.0)
    cases = np.bincount(kind[before], minlength=kind.max() + 1)
    wrong = np.bincount(kind[before], departed[before], minlength=kind.max() + 1)
    return ((wrong + _PRIOR * share) / (cases + _PRIOR))[kind]


def _classes(known: pl.DataFrame, way: Sequence[str], end: datetime) -> Iterator[_Class]:
    """Return the classes with enough cases, the risks of each drawn to what the class itself had in the reference."""
    parts = known.drop_nulls(list(way)).partition_by(list(way), as_dict=True, maintain_order=False) if way else {
        (): known}
    for key in sorted(parts):
        cases = parts[key]
        before = int((cases["at"] < end).sum())
        if min(before, cases.height - before) < _LEAST:
            continue
        risk = cases["risk"].to_numpy()
        factor = (int(cases["departed"][:before].sum()) + 0.5) / risk[:before].sum()
        yield _Class(dict(zip(way, key, strict=True)), cases, factor * risk / (1.0 - risk + factor * risk), before)


def _lump(classes: Sequence[_Class]) -> float:
    """Return the variance of monthly counts in the reference over that of independent cases; 1 at least."""
    squares = variance = 0.0
    for each in classes:
        month = each.cases["at"][: each.before].dt.truncate("1mo").rank("dense").to_numpy().astype(np.int64)
        wrong, risk = each.cases["departed"][: each.before].to_numpy(), each.risk[: each.before]
        months = int(month.max())
        if months > 1:
            away = np.bincount(month, wrong - risk)
            squares += float((away**2).sum()) * months / (months - 1)
            variance += float((risk * (1.0 - risk)).sum())
    return max(1.0, squares / variance) if variance else 1.0


def _chart(each: _Class, drift: str, statistic: str, lump: float, end: datetime, span: Span, alarm: Alarm) -> Finding:
    """Watch one class after the reference."""
    after, risk = each.cases[each.before:], each.risk[each.before:]
    wrong = after["departed"].to_numpy().astype(np.float64)
    walk = cusum.path(cusum.scores(wrong, risk, alarm.ratio) / lump)
    months = max((span.now - end) / _YEAR * 12.0, 1.0)
    limit = cusum.limit_for(risk, alarm.ratio, len(risk) / lump / months * alarm.months)
    goes_on = bool(walk[-1] >= limit)
    at = len(walk) - 1 if goes_on else int(walk.argmax())
    first = cusum.start(walk, at)
    beyond = np.nonzero(walk[first:] >= limit)[0]
    told = risk[np.linspace(0, len(risk) - 1, max(int(len(risk) / lump), 1)).astype(np.int64)]
    early = each.risk[: each.before]
    spread = float(np.sqrt(lump / (early * (1.0 - early)).sum()))
    peak = float(walk.max())
    p_value = cusum.chance_of_reaching(told, alarm.ratio, peak, spread) if peak > 0.0 else 1.0
    days = after["at"].dt.date()
    return Finding(
        drift, statistic, **each.place, **_last_year(after.with_columns(risk=pl.Series(risk)), span), p_value=p_value,
        months=months, starts_on=days[first] if peak > 0.0 else None,
        alarm_on=days[first + int(beyond[0])] if len(beyond) else None, goes_on=goes_on,
        evidence=_evidence(each, walk, limit),
    )


def _last_year(after: pl.DataFrame, span: Span) -> dict[str, Any]:
    """Return the share of the last year, its interval, the share expected, and the money lost by what exceeds it."""
    last = after.filter(span.in_last_year())
    wrong, cases, expected = int(last["departed"].sum()), last.height, float(last["risk"].sum())
    low, high = wilson(wrong, cases)
    lost = last.filter("departed")["stake"]
    money = float(lost.sum()) * max(0.0, 1.0 - expected / wrong) if wrong and lost.count() else None
    return {"value": wrong / cases if cases else None, "low": float(low), "high": float(high),
            "limit": expected / cases if cases else None, "money": money}


def _evidence(each: _Class, walk: np.ndarray, limit: float) -> pl.DataFrame:
    """Return the series behind a chart, month by month; the walk and its limit from the end of the reference on."""
    height = np.concatenate([np.full(each.before, np.nan), walk])
    frame = each.cases.select(pl.col("at").dt.truncate("1mo").dt.date().alias("month_on"), "departed",
                              expected=pl.Series(each.risk), walk=pl.Series(height).fill_nan(None))
    return frame.group_by("month_on").agg(
        pl.len().cast(pl.Int64).alias("cases"), pl.col("departed").sum().cast(pl.Int64), pl.col("expected").sum(),
        pl.col("walk").drop_nulls().last(),
    ).sort("month_on").with_columns(walk_limit=pl.when(pl.col("walk").is_not_null()).then(limit))
