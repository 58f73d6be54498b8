"""Dates and times as people write them, read exactly or refused.

Year first (ISO) and day first with dots are read as they stand. "03/04/2026" has two readings: the cells of the
column with a part above 12 decide, else the setting `dates` of the chain, else it is a fault. A zone offset is
converted to the time zone of the chain. Serial numbers of a spreadsheet and two-digit years are not guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl

from arbitre.tables.cells._cells import Cells, Refusal

Order = Literal["day_first", "month_first"]

Forms = tuple[str, ...]
Family = tuple[str, Forms]
"""The look of a cell, and the forms that such a look may have: trying them all on every cell would cost seconds."""

_CLOCKS: tuple[Family, ...] = (
    ("", ("",)), (r"[ T][\d:.]+", (" %H:%M:%S", " %H:%M", " %H:%M:%S%.f", "T%H:%M:%S", "T%H:%M", "T%H:%M:%S%.f")),
)
_HALF_DAYS: tuple[Family, ...] = ((r" [\d:]+ ?[AaPp][Mm]", (" %I:%M:%S %p", " %I:%M %p", " %I:%M:%S%p", " %I:%M%p")),)
_ZONES: tuple[Family, ...] = tuple((rf"{look} ?(Z|[+-][\d:]+)", tuple(f"{form}{gap}%#z" for form in forms
                                                                     for gap in ("", " ")))
                                   for look, forms in _CLOCKS[1:])


def _families(look: str, form: str, clocks: tuple[Family, ...]) -> tuple[Family, ...]:
    return tuple((f"^{look}{clock}$", tuple(form + ending for ending in endings)) for clock, endings in clocks)


_CERTAIN = (
    *_families(r"\d{4}-\d\d?-\d\d?", "%Y-%m-%d", (*_CLOCKS, *_ZONES)),
    *_families(r"\d{4}/\d\d?/\d\d?", "%Y/%m/%d", _CLOCKS),
    *_families(r"\d\d?\.\d\d?\.\d{4}", "%d.%m.%Y", _CLOCKS),
    *_families(r"\d{8}", "%Y%m%d", _CLOCKS[:1]),
)
_LOOKS_UNSURE = r"^\d\d?[/-]\d\d?[/-]\d{4}"
_DAY_FIRST, _MONTH_FIRST = (
    tuple(family for sign in "/-" for family in _families(
        rf"\d\d?{sign}\d\d?{sign}\d{{4}}", sign.join(parts), (*_CLOCKS, *_HALF_DAYS)))
    for parts in (("%d", "%m", "%Y"), ("%m", "%d", "%Y"))
)
_FIRST_YEAR = 1000
"""An earlier year was written with two digits; 9999-12-31 is how many systems write "no end"."""


def times(text: pl.Series, zone: str, order: Order | None) -> Cells:
    """Return the column as naive times in the time zone `zone`.

    `order` reads "03/04/2026" in a column whose cells do not tell the day from the month; None refuses them.
    """
    two_ways = text.str.contains(_LOOKS_UNSURE).fill_null(value=False)
    values, _ = _read(text.set(two_ways, None) if two_ways.any() else text, _CERTAIN, zone)
    refusals: list[Refusal] = []
    if two_ways.any():
        unsure, refusals = _read_unsure(text.set(~two_ways, None), zone, order)
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
    by_day, rest = _read(text, _DAY_FIRST, zone)
    if rest.null_count() == rest.len() and (by_day.dt.day() > 12).any():
        return by_day, []  # every cell has a day-first reading, and one of them no other
    by_month, _ = _read(text, _MONTH_FIRST, zone)
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


def _read(text: pl.Series, families: Sequence[Family], zone: str) -> tuple[pl.Series, pl.Series]:
    """Read each family of looks by its forms; return the times and the text left over."""
    values = pl.Series(text.name, [None], dtype=pl.Datetime("us")).new_from_index(0, text.len())
    first = text.drop_nulls().head(1)
    for look, forms in sorted(families, key=lambda family: not first.str.contains(family[0]).any()):
        if text.null_count() == text.len():
            break
        alike = text.str.contains(look).fill_null(value=False)
        if not alike.any():
            continue
        part = text if alike.all() else text.set(~alike, None)
        likely = [form for form in forms if _parsed(part.drop_nulls().head(1), form, zone).null_count() == 0]
        for form in dict.fromkeys((*likely, *forms)):
            parsed = _parsed(part, form, zone)
            if parsed.null_count() == parsed.len():
                continue
            values = parsed if values.null_count() == values.len() else _first(values, parsed)
            read = parsed.is_not_null()
            part, text = part.set(read, None), text.set(read, None)
            if part.null_count() == part.len():
                break
    return values, text


def _parsed(text: pl.Series, form: str, zone: str) -> pl.Series:
    values = local(text.str.to_datetime(form, strict=False, time_unit="us"), zone)
    odd = values.dt.year() < _FIRST_YEAR
    return values.set(odd, None) if odd.any() else values


def _first(values: pl.Series, others: pl.Series) -> pl.Series:
    return pl.select(pl.coalesce(values, others)).to_series()
