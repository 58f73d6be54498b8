"""The section of a chain that holds no stock: each table of what its chain.toml asks, as it was declared."""

from __future__ import annotations

from datetime import date
from typing import Any

from arbitre.show.blocks import Cell, Grid, Section, Text
from arbitre.show.findings import View
from arbitre.show.format import NOTHING
from arbitre.tables.catalogue import DECLARED
from arbitre.tables.schema import Column, Kind

_MOST_ROWS = 20
_NUMBERS = (Kind.NUMBER, Kind.INTEGER, Kind.SHARE)
_FINE = 0.01
_SMALL = 100.0


def answer(view: View) -> list[Text]:
    """What there is to read."""
    return [Text(view.words("tables.answer", n=len(_shown(view))))]


def tables(view: View) -> Section:
    """The answers, table by table; the workbook has every row."""
    blocks = [block for name in _shown(view) for block in _table(view, name)]
    return Section("tables", view.words("tables.title"), blocks)


def _shown(view: View) -> list[str]:
    return [name for name in view.findings.more if view.result(name) is not None]


def _table(view: View, name: str) -> list[Text | Grid]:
    frame, declared = view.result(name), DECLARED[name]
    assert frame is not None  # noqa: S101 - only tables with rows are shown
    is_french = view.words.language == "fr"
    columns = [column for column in declared.columns if column.name in frame.columns
               and frame[column.name].null_count() < frame.height]
    title = declared.label_fr if is_french else declared.label
    rows = [[Cell(_told(view, column, row[column.name])) for column in columns]
            for row in frame.head(_MOST_ROWS).iter_rows(named=True)]
    grid = Grid(title, tuple(column.label_fr if is_french else column.label for column in columns), rows,
                frozenset(at for at, column in enumerate(columns) if column.kind in _NUMBERS))
    left = frame.height - len(rows)
    return [grid, *([Text(view.words("tables.more", n=left), "note")] if left else [])]


def _told(view: View, column: Column, value: Any) -> str:
    """Return a cell as people of the language write it, by what the column was declared to hold."""
    formats = view.formats
    if value is None:
        return NOTHING
    if column.kind == Kind.SHARE:
        return formats.share(value)
    if column.unit.startswith("money"):
        return formats.money(value) if abs(value) >= _SMALL else formats.number(value, 2)
    if column.kind in _NUMBERS:
        return formats.number(value, 0 if float(value).is_integer() else 1 if abs(value) >= _SMALL else
                              2 if abs(value) >= _FINE else 4)
    if column.kind == Kind.TRUTH:
        return view.words("tables.yes" if value else "tables.no")
    if isinstance(value, date):
        return formats.day(value)
    if column.kind == Kind.CHOICE:
        return view.words.told(column, value)
    return view.name(column.name, str(value))
