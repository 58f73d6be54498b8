"""Turns a table as found into the table as declared: headers, units, numbers, dates, words. Nothing is guessed.

Every cell that cannot be read in one way only is refused: it is empty in the frame and is part of a fault.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from arbitre.core.errors import Fault
from arbitre.core.words import folded, nearest
from arbitre.tables.cells._cells import Cells, Refusal, fault_at, quoted
from arbitre.tables.cells._clocks import clocks, native_clocks
from arbitre.tables.cells._dates import local, times
from arbitre.tables.cells._numbers import marks, numbers, plain, written
from arbitre.tables.cells.headers import Header, matched
from arbitre.tables.frames import TYPES
from arbitre.tables.raw import Raw
from arbitre.tables.schema import Column, Kind, Table
from arbitre.tables.settings import Settings

_NUMERIC = (Kind.INTEGER, Kind.NUMBER, Kind.SHARE)
_WORDS = (Kind.KEY, Kind.TEXT)
_NOTHING = ("NA", "N/A", "n/a", "-", "–", "—", "NULL", "null", "None")
"""Ways of leaving a cell empty. In a key or a text only dashes and N/A are: NA may well be North America."""
_NO_WORD = ("N/A", "n/a", "-", "–", "—")
_EXACT = 2**53
"""Below this every whole number has its own float."""
_ERRORS = ("#N/A", "#N/D", "#REF!", "#VALUE!", "#VALEUR!", "#DIV/0!", "#NAME?", "#NOM?", "#NUM!", "#NOMBRE!", "#NULL!",
           "#NUL!", "#SPILL!", "#CALC!", "#GETTING_DATA")
_TRUTHS = {
    **dict.fromkeys(("true", "yes", "oui", "vrai", "1", "1 0", "x", "y", "o"), "true"),
    **dict.fromkeys(("false", "no", "non", "faux", "0", "0 0", "n"), "false"),
}
"""Folded, so that "1 0" is the 1.0 of a sheet."""


@dataclass(frozen=True)
class Typed:
    """A table as declared: `rows` holds the row number in the file of each row of `frame`."""

    frame: pl.DataFrame
    rows: pl.Series
    faults: list[Fault]


def typed(raw: Raw, table: Table, settings: Settings) -> Typed:
    """Return the table as declared, with every fault of its headers and cells.

    `settings` gives the currency and the time zone of the chain, and the order of day and month where cells do not
    tell. A refused cell is empty in the frame; an empty cell takes the default of its column. Rows in which
    every cell is empty are dropped.
    """
    # A header met twice was renamed and reported by the reader.
    repeated = {fault.values.get("renamed") for fault in raw.faults}
    written_headers = [header for header in raw.frame.columns if header not in repeated]
    headers, faults = matched(written_headers, table, settings.currency, raw.source)
    frame, rows = _without_blank_rows(raw)
    texts = {name: _stripped(frame[header.written], header.column) for name, header in headers.items()
             if frame.schema[header.written] == pl.String}
    columns = _numbers(texts, headers, settings)
    for name, header in headers.items():
        if name not in columns:
            columns[name] = _cells(texts.get(name, frame[header.written]), header, settings)
    series = []
    for column in table.columns:
        cells = columns.get(column.name, Cells(_empty(column, frame.height)))
        if column.name in headers:
            found = frame[headers[column.name].written]
            faults.extend(_faults(cells, column, table, found, rows, raw.source))
        series.append(_filled(cells, column))
    return Typed(pl.DataFrame(series), rows, faults)


def _empty(column: Column, height: int) -> pl.Series:
    return pl.Series(column.name, [None], TYPES[column.kind]).new_from_index(0, height)


def _without_blank_rows(raw: Raw) -> tuple[pl.DataFrame, pl.Series]:
    frame = raw.frame
    rows = pl.int_range(raw.first_row, raw.first_row + frame.height, eager=True)
    blank = pl.repeat(True, frame.height, eager=True)
    for name in frame.columns:
        column = frame[name]
        empty = column.is_null()
        if column.dtype == pl.String:
            empty = empty | (column.str.strip_chars() == "")
        blank = blank & empty
        if not blank.any():
            return frame, rows
    return frame.remove(blank), rows.filter(~blank)


def _stripped(found: pl.Series, column: Column) -> Cells:
    """Return a text column without the spaces around its cells: empty ones are null, errors of formulas refused."""
    text = found.str.strip_chars()
    nothing = _NO_WORD if column.kind in _WORDS else _NOTHING
    text = text.set((text == "") | text.is_in(nothing), None)
    if text.str.starts_with("#").any():
        return Cells(text).without(Refusal("error_cell", text.str.to_uppercase().is_in(_ERRORS).fill_null(value=False)))
    return Cells(text)


def _numbers(texts: dict[str, Cells], headers: dict[str, Header], settings: Settings) -> dict[str, Cells]:
    """Return the columns of numbers found as text, read together: one may tell the decimal mark of another."""
    given = {name: cells.values for name, cells in texts.items() if headers[name].column.kind in _NUMERIC}
    cast = {name: plain(text, headers[name].column.kind == Kind.INTEGER) for name, text in given.items()}
    if any(values is None for values in cast.values()):
        ways = {name: written(text) for name, text in given.items()}
        decided = marks(ways)
        read = {name: numbers(text, ways[name], decided[name], _money(headers[name].column, settings),
                              percents=not headers[name].column.unit) for name, text in given.items()}
    else:
        read = {name: Cells(values) for name, values in cast.items() if values is not None}
    return {name: _measured(_joined(texts[name], cells), headers[name]) for name, cells in read.items()}


def _money(column: Column, settings: Settings) -> str:
    return settings.currency if column.unit.startswith("money") else ""


def _joined(before: Cells, after: Cells) -> Cells:
    return replace(after, refused=before.refused + after.refused)


def _measured(cells: Cells, header: Header) -> Cells:
    """Return a column of numbers in its declared unit: finite, whole where declared so, a share from 0 to 1."""
    values, kind = cells.values, header.column.kind
    if values.dtype == pl.Int64 and kind == Kind.INTEGER and header.times == 1.0:
        return cells
    values = values.cast(pl.Float64)
    cells = replace(cells, values=values)
    cells = cells.without(Refusal("not_finite", (~values.is_finite()).fill_null(value=False)))
    if header.percent and _looks_like_shares(cells.values):
        return cells.without(Refusal("ambiguous_share", cells.values.is_not_null(), {"header": header.written}))
    grown = _scaled(cells.values, header.times)
    cells = replace(cells, values=grown)
    if kind == Kind.INTEGER:
        whole = grown.round(0).cast(pl.Int64, strict=False)
        odd = ((whole.is_null() & grown.is_not_null()) | (whole.cast(pl.Float64) != grown)).fill_null(value=False)
        return replace(cells, values=whole).without(Refusal("not_whole", odd))
    if kind == Kind.SHARE:
        return cells.without(*_not_shares(grown))
    return cells


def _scaled(values: pl.Series, times: float) -> pl.Series:
    """Return the numbers times a factor, each the nearest number: 95 % is the very number 0.95.

    Multiplying by 0.01 is off by a last digit, and so is dividing by a scalar, which polars turns into the same.
    """
    if times == 1:
        return values
    return values * times if times > 1 else values / pl.repeat(1 / times, values.len(), eager=True)


def _looks_like_shares(values: pl.Series) -> bool:
    """Tell whether a column headed "%" holds 0.95 rather than 95: a sheet exports a cell shown as 95 % as 0.95."""
    given = values.drop_nulls()
    return bool((given != 0).any()) and bool((given <= 1).all())


def _not_shares(values: pl.Series) -> list[Refusal]:
    percents = ((values > 1) & (values <= 100)).fill_null(value=False)
    others = (((values > 100) | (values < 0)).fill_null(value=False))
    first = values.filter(percents).head(1)
    meant = f"{first[0] / 100:g}" if first.len() else ""
    return [Refusal("not_a_share", percents, {"meant": meant}), Refusal("not_a_share", others)]


def _cells(found: pl.Series | Cells, header: Header, settings: Settings) -> Cells:
    """Return any other column: native values cast strictly, texts read by their kind."""
    if isinstance(found, pl.Series):
        return _native(found, header, settings)
    text, column = found.values, header.column
    match column.kind:
        case Kind.CHOICE:
            french = dict(zip(map(folded, column.choices_fr), column.choices, strict=False))
            words = {**french, **{folded(choice): choice for choice in column.choices}}
            read = _translated(text, words, "not_a_choice", choices=", ".join(column.choices))
        case Kind.TRUTH:
            read = _translated(text, _TRUTHS, "not_a_truth")
            read = replace(read, values=read.values == "true")
        case Kind.DATE | Kind.TIME:
            read = times(text, settings.time_zone, settings.dates)
            read = replace(read, values=read.values.cast(TYPES[column.kind]))
        case Kind.CLOCK:
            read = clocks(text)
        case _:
            return found
    return _joined(found, read)


def _translated(text: pl.Series, words: dict[str, str], rule: str, **values: str) -> Cells:
    """Return a column of few words translated by `words`; another word breaks `rule`, with the nearest as a hint."""
    distinct = text.drop_nulls().unique(maintain_order=True).to_list()
    known = {word: words.get(folded(word)) for word in distinct}
    read = text.replace_strict(known, default=None, return_dtype=pl.String) if known else text
    strange = next((word for word, meaning in known.items() if meaning is None), "")
    values["meant"] = nearest(strange, words.values()) or ""
    return Cells(read).without(Refusal(rule, read.is_null() & text.is_not_null(), values))


def _native(found: pl.Series, header: Header, settings: Settings) -> Cells:
    """Return a column whose cells came with a type: cast where nothing is lost, refused otherwise."""
    kind, dtype = header.column.kind, found.dtype
    if dtype == pl.Null:
        return Cells(found.cast(TYPES[kind]))
    if dtype in (pl.Categorical, pl.Enum):
        text = _stripped(found.cast(pl.String), header.column)
        return _numbers({"": text}, {"": header}, settings)[""] if kind in _NUMERIC else _cells(text, header, settings)
    if kind in _NUMERIC and dtype.is_numeric():
        exact = dtype.is_integer() and kind == Kind.INTEGER
        values = found.cast(pl.Int64 if exact else pl.Float64, strict=False)
        lost = Refusal("not_a_number", values.is_null() & found.is_not_null())
        return _measured(Cells(values).without(lost), header)
    if kind in (Kind.DATE, Kind.TIME) and dtype in (pl.Date, pl.Datetime):
        return Cells(local(found, settings.time_zone).cast(TYPES[kind]))
    if kind == Kind.CLOCK and dtype == pl.Time:
        return native_clocks(found)
    if kind == Kind.TRUTH and (dtype == pl.Boolean or (dtype.is_numeric() and found.is_in([0, 1]).all())):
        return Cells(found.cast(pl.Boolean))
    if kind in (*_WORDS, Kind.CHOICE) and dtype.is_float():
        cells = Cells(found).without(Refusal("not_finite", (~found.is_finite()).fill_null(value=False)))
        whole = (cells.values == cells.values.round(0)) & (cells.values.abs() < _EXACT)
        words = (cells.values.cast(pl.Int64) if whole.all() else cells.values).cast(pl.String)
        return _cells(replace(cells, values=words), header, settings)
    if kind in (*_WORDS, Kind.CHOICE) and (dtype.is_integer() or dtype in (pl.Boolean, pl.Date, pl.Datetime)):
        return _cells(Cells(found.cast(pl.String)), header, settings)
    return Cells(_empty(header.column, found.len())).without(Refusal(_REFUSED[kind], found.is_not_null()))


_REFUSED = {
    Kind.KEY: "not_a_text", Kind.TEXT: "not_a_text", Kind.CHOICE: "not_a_text", Kind.INTEGER: "not_a_number",
    Kind.NUMBER: "not_a_number", Kind.SHARE: "not_a_number", Kind.TRUTH: "not_a_truth", Kind.DATE: "not_a_time",
    Kind.TIME: "not_a_time", Kind.CLOCK: "not_a_clock",
}


def _faults(cells: Cells, column: Column, table: Table, found: pl.Series, rows: pl.Series, source: str) -> list[Fault]:
    place = (table.name, column.name)
    faults = []
    for refusal in cells.refused:
        mask = refusal.mask.fill_null(value=False)
        values = {"cell": quoted(found.filter(mask)[0]), "unit": column.unit, **refusal.values}
        faults.append(fault_at(place, refusal.rule, rows.filter(mask), values, source))
    if column.required and column.default is None and cells.values.null_count():
        empty = cells.values.is_null() if cells.bad is None else cells.values.is_null() & ~cells.bad
        if empty.any():
            faults.append(fault_at(place, "empty_cell", rows.filter(empty), {"label": column.label}, source))
    return faults


def _filled(cells: Cells, column: Column) -> pl.Series:
    """Return the column with its default where the file was empty; a refused cell stays empty."""
    values = cells.values
    if column.default is not None and values.null_count():
        empty = values.is_null() if cells.bad is None else values.is_null() & ~cells.bad
        default = pl.lit(column.default, dtype=TYPES[column.kind])
        values = pl.select(pl.when(empty).then(default).otherwise(values)).to_series()
    return values.alias(column.name)
