"""Checks the tables of a chain, each by its declaration and all against each other. Every fault is reported at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import polars as pl

from arbitre.core.errors import Fault
from arbitre.core.words import nearest
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.checks._agreement import AGREEMENTS
from arbitre.tables.checks._looked import Looked
from arbitre.tables.schema import A_CLOCK, Column, Kind, Table

_FEW = 2_000
"""Comparing a misspelt key with more keys than this would take seconds."""

_LARGEST = 999_999_999_999.0
"""Sums are taken to the millionth in 18 digits, so that they are the same in any order of rows; also a sane limit."""

_CENTURY = {"min": 52_596_000.0, "h": 876_600.0, "day": 36_525.0}
"""What takes longer is a slip of the pen, or of the unit."""

_TIMES = (datetime(1900, 1, 1), datetime(2200, 1, 1))
"""Times beyond stand for "none" or "no end" where they come from; everything told by the hour would span millennia."""

_NO_VALUE = ("empty_cell", "not_a_choice", "not_a_clock", "not_finite")
"""What breaks one of these is no value of its column, and rules between tables make nothing of it. Reading a file
leaves none; tables made in memory may hold some."""


def check(tables: Mapping[str, pl.DataFrame], rows: Mapping[str, pl.Series], found: Sequence[Fault]) -> list[Fault]:
    """Return the faults of typed tables.

    `tables` are shaped as declared; `rows` gives the row number in its file of each row of a table (a table made in
    memory counts as a file with one header row). `found` are the faults met on reading: what they emptied is not
    reported a second time.
    """
    looked = Looked.of(tables, rows, found)
    faults: list[Fault] = []
    for name in tables:
        if name not in INPUTS:
            continue
        for column in INPUTS[name].columns:
            faults.extend(_column(looked, name, column))
        faults.extend(_duplicates(looked, INPUTS[name]))
    looked = Looked.of(tables, rows, [*found, *(fault for fault in faults if fault.rule in _NO_VALUE)])
    faults.extend(_references(looked))
    for agreement in AGREEMENTS:
        faults.extend(agreement(looked))
    return faults


def _column(looked: Looked, table: str, column: Column) -> Iterator[Fault]:
    values = looked.frames[table][column.name]
    place = (table, column.name)
    if column.required and column.default is None and values.null_count() and looked.sure(*place):
        yield from looked.fault(place, "empty_cell", values.is_null(), label=column.label)
    if column.kind == Kind.CHOICE:
        distinct = values.drop_nulls().unique()
        strange = distinct.filter(~distinct.is_in(column.choices))
        if strange.len():
            yield from looked.fault(place, "not_a_choice", values.is_in(strange.implode()), cell=strange[0],
                                    choices=", ".join(column.choices), meant=nearest(strange[0], column.choices) or "")
    if column.kind == Kind.CLOCK:
        yield from looked.fault(place, "not_a_clock", ~values.str.contains(f"^({A_CLOCK})$"), quote=values)
    if values.dtype == pl.Float64:
        yield from looked.fault(place, "not_finite", ~values.is_finite())
        values = values.set(~values.is_finite(), None)
    yield from _range(looked, place, column, values)


def _range(looked: Looked, place: tuple[str, str], column: Column, values: pl.Series) -> Iterator[Fault]:
    if column.kind == Kind.TIME:
        yield from looked.fault(place, "absurd_time", ~values.is_between(*_TIMES), quote=values,
                                least=str(_TIMES[0].year), most=str(_TIMES[1].year))
    least, most = (0.0, 1.0) if column.kind == Kind.SHARE else (column.least, column.most)
    if column.kind == Kind.NUMBER:
        largest = _CENTURY.get(column.unit, _LARGEST)
        least, most = -largest if least is None else least, largest if most is None else most
    if least is not None:
        yield from looked.fault(place, "too_small", values < least, quote=values, least=f"{least:g}", unit=column.unit)
    if most is not None:
        yield from looked.fault(place, "too_large", values > most, quote=values, most=f"{most:g}", unit=column.unit)


def _duplicates(looked: Looked, table: Table) -> Iterator[Fault]:
    """Report rows that share a key. An empty cell is part of a key where the column may be empty: it means "every"."""
    if not table.key or not looked.sure(table.name, *table.key):
        return
    frame = looked.frames[table.name]
    keys = frame.select(table.key)
    if keys.n_unique() == keys.height:
        return
    mask = keys.is_duplicated()
    for column in table.columns:
        if column.key and column.required:
            mask = mask & frame[column.name].is_not_null()
    if mask.any():
        first = keys.filter(mask).row(0)
        yield from looked.fault((table.name, table.key[0]), "duplicate_key", mask, key=", ".join(table.key),
                                cell=" / ".join("" if value is None else str(value) for value in first))


def _references(looked: Looked) -> Iterator[Fault]:
    """Report keys that their table does not have, and once each absent table that a required column refers to.

    An optional column may name what the export does not describe: what can then not be answered, capabilities say.
    """
    absent: dict[str, list[str]] = {}
    for name, frame in looked.frames.items():
        for column in INPUTS[name].columns if name in INPUTS else ():
            if not column.refers or frame[column.name].null_count() == frame.height:
                continue
            table, key = column.refers.split(".")
            if table not in looked.frames:
                if column.required:
                    absent.setdefault(table, []).append(f"{name}.{column.name}")
            elif looked.sure(table, key):
                yield from _unknown(looked, (name, column.name), (table, key))
    for table, users in absent.items():
        if looked.sure(table):
            yield Fault(table, "", "missing_table", values={"users": ", ".join(users)})


def _unknown(looked: Looked, place: tuple[str, str], refers: tuple[str, str]) -> Iterator[Fault]:
    values = looked.frames[place[0]][place[1]]
    known = looked.frames[refers[0]][refers[1]].drop_nulls()
    distinct = values.drop_nulls().unique(maintain_order=True)
    strange = distinct.filter(~distinct.is_in(known.implode()))
    if strange.len():
        yield from looked.fault(place, "unknown_reference", values.is_in(strange.implode()), cell=strange[0],
                                refers=refers[0], meant=nearest(strange[0], _alike(strange[0], known)) or "")


def _alike(word: str, known: pl.Series) -> pl.Series:
    """Return the keys worth comparing with a misspelt one: among many, those a single slip away (case put aside)."""
    if known.len() > _FEW:
        letters, word = known.str.to_lowercase(), word.lower()
        near = known.filter(letters.str.len_chars().is_between(len(word) - 1, len(word) + 1)
                            & pl.select(pl.any_horizontal(letters.str.starts_with(word[:place])
                                                          & letters.str.ends_with(word[place + 2:])
                                                          for place in range(max(1, len(word))))).to_series())
        known = near.head(_FEW)
    return known.unique(maintain_order=True)
