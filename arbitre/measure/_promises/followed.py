"""When is each case due under each promise, and how long was it followed? In the hours of the promise's calendar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import numpy as np
import polars as pl

from arbitre.core.calendars import HOUR, NEVER, Calendar, Integers, due, minutes

_EPOCH = datetime(1970, 1, 1)


def with_due(cases: pl.DataFrame, promises: pl.DataFrame, calendars: Mapping[str, Calendar], now: datetime
             ) -> pl.DataFrame:
    """Return the cases under promises (sorted by promise) with what judging them needs.

    Columns added: due, in microseconds, None where it was never dated; is_dated, whether the date promised on the case
    decides; lateness, hours on the clock from the due date until it was done, or is now; taken, hours of the promise's
    calendar from its opening until then.
    """
    seen = cases.with_columns(seen=pl.coalesce("done", pl.lit(microseconds(now))))
    parts = [_followed(seen, promise, calendars) for promise in promises.iter_rows(named=True)]
    if not parts:
        parts = [seen.with_columns(due=pl.lit(None, pl.Int64), taken=pl.lit(0.0), is_dated=pl.lit(value=False))]
    return pl.concat(parts).with_columns(lateness=(pl.col("seen") - pl.col("due")) / HOUR).drop("seen")


def lengths(spans: pl.DataFrame, promises: pl.DataFrame, calendars: Mapping[str, Calendar]) -> pl.DataFrame:
    """Return the spans of machines with `hours`: the microseconds of the promise's calendar in them, else all."""
    of = {name: calendars.get(calendar) for name, calendar in promises.select("promise", "calendar").rows()}
    parts = [part.with_columns(hours=_each(part["since"], part["until"], of[name[0]]))
             for name, part in spans.group_by("promise", maintain_order=True)]
    return pl.concat(parts) if parts else spans.with_columns(hours=pl.lit(0, pl.Int64))


def microseconds(time: datetime) -> int:
    """Return a time without zone as whole microseconds since 1970."""
    passed = time - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def _followed(seen: pl.DataFrame, promise: Mapping[str, object], calendars: Mapping[str, Calendar]) -> pl.DataFrame:
    own = seen.filter(pl.col("promise") == promise["promise"])
    calendar = calendars.get(str(promise["calendar"]))
    is_dated = promise["window"] is None and promise["cut_off"] is None
    if is_dated:
        at = own["first_due"]
    else:
        cut_off = None if promise["cut_off"] is None else minutes(str(promise["cut_off"]))
        window = float(promise["window"] or 0.0)  # type: ignore[arg-type]
        at = _over(own["opened"], lambda opened: due(opened, window, calendar, cut_off))
    taken = _each(own["opened"], own["seen"], calendar) / HOUR
    return own.with_columns(due=at, taken=taken, is_dated=pl.lit(is_dated))


def _over(starts: pl.Series, when: Callable[[Integers], Integers]) -> pl.Series:
    """Return due times as a column, empty where that is never."""
    times = pl.Series("due", when(starts.to_numpy()), pl.Int64)
    return times.set(times == NEVER, None)


def _each(starts: pl.Series, ends: pl.Series, calendar: Calendar | None) -> pl.Series:
    """Return the microseconds from each start to each end."""
    begin, end = np.asarray(starts.to_numpy(), np.int64), np.asarray(ends.to_numpy(), np.int64)
    return pl.Series(end - begin if calendar is None else calendar.working(begin, end), dtype=pl.Int64)
