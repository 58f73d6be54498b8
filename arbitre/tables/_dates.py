"""Dates and times as people write them, read exactly or refused.

Year first (ISO) and day first with dots are read as they stand. "03/04/2026" has two readings: the cells of the
column with a part above 12 decide, else the setting `dates` of the chain, else it is a fault. A zone offset is
converted to the time zone of the chain. Serial numbers of a spreadsheet and two-digit years are not guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl

from arbitre.tables._cells import Cells, Refusal

Order = Literal["day_first", "month_first"]

_TIMES = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S%.f")
_CERTAIN = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d",
    "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f",
    *("%Y/%m/%d" + time for time in _TIMES), *("%d.%m.%Y" + time for time in _TIMES),
    *(f"%Y-%m-%d{mark}{time}%#z" for mark in (" ", "T") for time in ("%H:%M:%S%.f", "%H:%M", "%H:%M:%S%.f ", "%H:%M ")),
    "%Y%m%d",
)
_CLOCKS = (*_TIMES, " %I:%M:%S %p", " %I:%M %p")
_UNSURE: dict[Order, tuple[str, ...]] = {
    "day_first": tuple(f"%d{sign}%m{sign}%Y{clock}" for sign in "/-" for clock in _CLOCKS),
    "month_first": tuple(f"%m{sign}%d{sign}%Y{clock}" for sign in "/-" for clock in _CLOCKS),
}
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_PACKED = 8
"""20260309 has eight digits; fewer is a serial number of a spreadsheet."""


def times(text: pl.Series, zone: str, order: Order | None) -> Cells:
    """Return the column as naive times in the time zone `zone`.

    `order` reads "03/04/2026" in a column whose cells do not tell the day from the month; None refuses them.
    """
    values, rest = _read(text, _CERTAIN, zone)
    refusals: list[Refusal] = []
    if rest.null_count() < rest.len():
        unsure, refusals = _read_unsure(rest, zone, order)
        values = _first(values, unsure)
    missed = values.is_null() & text.is_not_null()
    for refusal in refusals:
        missed = missed & ~refusal.mask
    return Cells(values, tuple(refusals)).without(Refusal("not_a_time", missed))


def local(native: pl.Series, zone: str) -> pl.Series:
    """Return native times as naive times in the time zone `zone`, in microseconds."""
    if isinstance(native.dtype, pl.Datetime) and native.dtype.time_zone:
        native = native.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return native.cast(pl.Datetime("us"))


def _read_unsure(text: pl.Series, zone: str, order: Order | None) -> tuple[pl.Series, list[Refusal]]:
    by_day, rest = _read(text, _UNSURE["day_first"], zone)
    if rest.null_count() == rest.len() and (by_day.dt.day() > 12).any():
        return by_day, []  # every cell has a day-first reading, and one of them no other
    by_month, _ = _read(text, _UNSURE["month_first"], zone)
    only_day = by_day.is_not_null() & by_month.is_null()
    only_month = by_month.is_not_null() & by_day.is_null()
    if only_day.any() and only_month.any():
        days_win = (only_day.sum() or 0) >= (only_month.sum() or 0)
        odd = only_month if days_win else only_day
        return (by_day if days_win else by_month), [Refusal("mixed_dates", odd)]
    if only_day.any() or (order == "day_first" and not only_month.any()):
        return by_day, []
    if only_month.any() or order == "month_first":
        return by_month, []
    unsure = (by_day != by_month).fill_null(value=False)
    return by_day.set(unsure, None), [Refusal("ambiguous_date", unsure)] if unsure.any() else []


def _read(text: pl.Series, forms: Sequence[str], zone: str) -> tuple[pl.Series, pl.Series]:
    """Read by each form in turn, the one that fits the first cell first; return the times and the text left over."""
    given = text.drop_nulls()
    values = pl.Series(text.name, [None], dtype=pl.Datetime("us")).new_from_index(0, text.len())
    if given.is_empty():
        return values, text
    likely = [form for form in forms if _parsed(given.head(1), form, zone).null_count() == 0]
    for form in dict.fromkeys((*likely, *forms)):
        parsed = _parsed(text, form, zone)
        if parsed.null_count() == parsed.len():
            continue
        values = parsed if values.null_count() == values.len() else _first(values, parsed)
        text = text.set(parsed.is_not_null(), None)
        if text.null_count() == text.len():
            break
    return values, text


def _parsed(text: pl.Series, form: str, zone: str) -> pl.Series:
    if form == "%Y%m%d":
        text = text.set(text.str.len_chars() != _PACKED, None)
    values = text.str.to_datetime(form, strict=False, time_unit="us")
    values = local(values, zone)
    if values.null_count() == values.len():
        return values
    odd = ~values.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR)
    return values.set(odd, None) if odd.any() else values


def _first(values: pl.Series, others: pl.Series) -> pl.Series:
    return pl.select(pl.coalesce(values, others)).to_series()
