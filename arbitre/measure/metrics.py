"""What does each metric of the chain say, period by period, and what explains how it changed?

A metric is a row of the table `metrics`: a measure that a user adds without code. Its kinds are those of dbt's semantic
layer (MetricFlow), and three that operations need:
    simple      count, sum, mean, min, max or distinct values of a measure over the rows of a table;
    ratio       a metric over another;
    derived     + - * / over metrics; without a value where it divides by nought;
    cumulative  the same as simple over the days of a window that ends with the period, or since the start of the month,
                quarter or year, or since the first fact;
    conversion  share of the passages of cases through a step from which another is reached within a window. As in dbt
                a step is reached from the last passage before it, less than the window later; other than in dbt a
                passage counts once, and one whose window is not over at the latest fact is left out;
    promise     share kept of a promise, judged as measure.promises does, by the day on which cases were opened;
    percentile  of a measure, between the two nearest values where it falls between them;
    level       mean over time of what stands (cases open, units on hand, money in stock): the integral of the level
                over the period, divided by its length, as measure.waiting takes it.
A row belongs to the period of its time. A dimension is a column of the rows or of what they refer to: the segment of
the customer, the family of the item; each reference leads to one row at most, so nothing counts twice.

The last whole period is compared with the one before, or with that of the year before. Over the members of a dimension
a sum changes by what each adds; a ratio by mix and rate (maths.change), which add up to its change exactly. Which
dimension explains it, beyond what is usual, is told as maths.explanation says. Counts of orders, distinct values, min,
max, percentiles and products of metrics do not add up over members, and are told for everyone alone.

Shares of things counted carry the Wilson interval (maths.shares). Reads metrics and the tables they name. Writes
metric_values, metric_changes, metric_explained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from graphlib import TopologicalSorter
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import Field

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported, UsageError
from arbitre.core.words import nearest
from arbitre.maths.evidence.shares import wilson
from arbitre.measure._metrics.changes import changes
from arbitre.measure._metrics.forms import Form
from arbitre.measure._metrics.periods import Periods
from arbitre.measure._metrics.sql import dated
from arbitre.measure._metrics.values import measured
from arbitre.measure._promises.needs import latest_fact
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped
from arbitre.tables.measured import Row, inputs, table_of

READS = ("metrics",)
MAY_READ = ("cases", "events", "movements", "costs", "invoices", "contracts", "answers", "customers", "segments",
            "offers", "assets", "items", "sites", "promises", "opening_hours", "holidays")
WRITES = ("metric_values", "metric_changes", "metric_explained")

_FALSE_SHARE = 0.1
"""A dimension is named in the summary when at most this share of such finds is false."""


class Params(capability.Params):
    """Which metrics, told by what, over which periods."""

    metrics: str = Field(
        "", description="Metrics told, separated by commas; empty: all.", json_schema_extra={"unit": ""})
    by: str = Field(
        "", description="What to tell them by, separated by commas: columns of their rows or of what these refer to, "
        "as segment, site, family; a metric whose rows have no such column is told for everyone alone.",
        json_schema_extra={"unit": ""})
    period: Literal["day", "week", "month", "quarter", "year"] = Field(
        "month", description="Period of the values.", json_schema_extra={"unit": ""})
    since: date | None = Field(
        None, description="First day told; empty: the first of the chain's period, or of the facts.",
        json_schema_extra={"unit": "date"})
    until: date | None = Field(
        None, description="Last day told; empty: the last of the chain's period, or of the facts.",
        json_schema_extra={"unit": "date"})
    compare: Literal["previous", "year"] = Field(
        "previous", description="What the last whole period is compared with: the one before, or that of the year "
        "before.", json_schema_extra={"unit": ""})
    confidence: float = Field(
        0.95, ge=0.5, le=0.999, description="Confidence of the intervals.", json_schema_extra={"unit": "share"})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Measure the metrics of a chain and tell why they changed."""
    every = {row["metric"]: row for row in chain.table("metrics").to_dicts()}
    asked, by = _named(params.metrics, every), _listed(params.by)
    needed = _with_inputs(asked, every)
    periods = _periods(chain, params, needed)
    progress(0.1, "measuring")
    keys, forms = measured(chain, needed, by, periods)
    forms = {name: forms[name] for name in asked}
    progress(0.8, "comparing")
    changed, explained = changes(keys, forms, by, periods.before(params.compare))
    values = pl.concat([_values(keys, name, form, by, periods, params.confidence) for name, form in forms.items()])
    found = {"metric_values": values, "metric_changes": changed, "metric_explained": explained}
    return Result(
        "measure.metrics",
        _summary(found, len(asked), periods),
        {name: shaped(RESULTS[name], found[name]) if found[name].height else empty(RESULTS[name]) for name in WRITES},
        params=params.model_dump(mode="json"),
        seed=seed,
    )


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(filter(None, (name.strip() for name in text.split(",")))))


def _named(text: str, every: Mapping[str, Row]) -> list[str]:
    """Return the metrics asked for; raises UsageError on one there is not."""
    for name in _listed(text):
        if name not in every:
            meant = nearest(name, every)
            raise UsageError(f"There is no metric {name}.{f' Did you mean {meant}?' if meant else ''} "
                             f"The chain has: {', '.join(every)}.")
    return _listed(text) or list(every)


def _with_inputs(asked: Sequence[str], every: Mapping[str, Row]) -> list[Row]:
    """Return the metrics asked for and those they are computed from, these first."""
    order: TopologicalSorter[str] = TopologicalSorter()
    waiting = list(asked)
    seen = set(waiting)
    while waiting:
        name = waiting.pop()
        order.add(name, *inputs(every[name]))
        waiting += [other for other in inputs(every[name]) if other not in seen]
        seen.update(inputs(every[name]))
    return [every[name] for name in order.static_order()]


def _periods(chain: Chain, params: Params, rows: Sequence[Row]) -> Periods:
    """Return the periods to tell; raises Unsupported where nothing is dated, UsageError on days out of order."""
    of_rows = [row for row in rows if row["kind"] not in ("ratio", "derived")]
    asked = dict.fromkeys(dated(row) for row in of_rows if table_of(row) in chain.tables)
    spans = [chain.sql(question).row(0) for question in asked]
    starts, ends = ([span[side] for span in spans if span[side] is not None] for side in (0, 1))
    known, now = chain.settings.period, latest_fact(chain)
    first = params.since or known.get("from") or min(starts, default=None)
    last = params.until or known.get("to") or (now.date() if now else max(ends, default=None))
    if first is None or last is None:
        raise Unsupported(f"Nothing that the metrics of the chain {chain.name} measure has a date: their tables have "
                          "no rows.")
    if last < first:
        raise UsageError(f"The last day, {last}, comes before the first, {first}. Turn since and until around.")
    return Periods(params.period, first, last, now or datetime.combine(last, time.min) + timedelta(days=1),
                   min([first, *starts]))


def _values(keys: pl.DataFrame, metric: str, form: Form, by: Sequence[str], periods: Periods, confidence: float
            ) -> pl.DataFrame:
    """Return the values of one metric, where it has any."""
    low, high = np.full((2, keys.height), np.nan)
    if form.alike is not None:
        share = np.clip(np.nan_to_num(form.value), 0.0, 1.0)
        low, high = wilson(share * form.alike, form.alike, confidence)
    frame = keys.with_columns(
        metric=pl.lit(metric), dimension=pl.col("way").replace_strict(dict(enumerate(by, 1)), default=None,
                                                                      return_dtype=pl.String),
        value=pl.Series(form.value).fill_nan(None), low=pl.Series(low).fill_nan(None),
        high=pl.Series(high).fill_nan(None), sample=pl.Series(np.where(np.isfinite(form.sample), form.sample, np.nan))
        .fill_nan(None).cast(pl.Int64))
    told = frame.filter(pl.col("way").is_in(sorted(form.ways | {0})), pl.col("value").is_not_null())
    whole = periods.table.select("starts_on", "is_whole")
    return told.join(whole, on="starts_on", how="left", maintain_order="left").sort(
        "way", "member", "starts_on", nulls_last=False)


def _summary(found: dict[str, pl.DataFrame], metrics: int, periods: Periods) -> dict[str, Any]:
    """Return the named numbers of the answer: each metric, its change where there is one, and what explains it."""
    summary: dict[str, Any] = {
        "metrics": metrics, "values": found["metric_values"].height, "first_on": periods.first.isoformat(),
        "last_on": periods.last.isoformat()}
    for metric, value in _latest(found["metric_values"]).select("metric", "value").iter_rows():
        summary[metric] = value
    if found["metric_changes"].height:
        for row in found["metric_changes"].filter(pl.col("dimension").is_null()).to_dicts():
            summary |= {row["metric"]: row["after"], f"{row['metric']}.change": row["total"]}
    if found["metric_explained"].height:
        sure = found["metric_explained"].filter(pl.col("q_value") <= _FALSE_SHARE, pl.col("explaining") > 0)
        summary |= {f"{metric}.explained_by": dimension
                    for metric, dimension in sure.filter(pl.col("rank") == 1).select("metric", "dimension").rows()}
    return summary


def _latest(values: pl.DataFrame) -> pl.DataFrame:
    """Return what each metric says for everyone in its last whole period, in its last one where none is whole."""
    return values.filter(pl.col("dimension").is_null()).group_by("metric", maintain_order=True).agg(
        pl.col("value").sort_by("is_whole", "starts_on").last())
