"""The user's own content back as a workbook, with each faulty cell coloured and the reason at the right of its row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from xlsxwriter import Workbook

from arbitre.core.errors import Fault
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.cells.headers import matched
from arbitre.tables.checks.rules import say
from arbitre.tables.files._sheets import Pen, new_workbook
from arbitre.tables.raw import Raw

_WORDS = {
    "en": {"faults": "_faults", "reason": "_what to correct",
           "heads": ("table", "column", "rows", "count", "what to correct")},
    "fr": {"faults": "_défauts", "reason": "_à corriger",
           "heads": ("table", "colonne", "lignes", "nombre", "à corriger")},
}
_MOST_DIGITS = 15


def write_faults_workbook(raws: Mapping[str, Raw], faults: Sequence[Fault], path: Path,
                          language: Literal["en", "fr"]) -> None:
    """Write what the user brought to the workbook `path`, a sheet per table, so that it can be corrected there.

    Rows stay at their numbers. The first sheet lists every fault; faulty cells are coloured, and the last column, not
    read when the workbook comes back, says why. Raises UsageError when a table does not fit a sheet.
    """
    words: Mapping[str, Any] = _WORDS[language]
    with new_workbook(path, [raw.frame for raw in raws.values()]) as workbook:
        pen = Pen(workbook)
        listed = workbook.add_worksheet(words["faults"])
        rows = [(fault.table or fault.source, fault.column, ", ".join(map(str, fault.rows)), fault.count or None,
                 say(fault, language)) for fault in faults]
        for row, cells in enumerate([words["heads"], *rows]):
            for place, cell in enumerate(cells):
                pen.write(listed, row, place, cell)
        listed.set_column(0, 3, 16)
        listed.set_column(4, 4, 120)
        for name, raw in raws.items():
            _write_raw(workbook, pen, name, raw, [fault for fault in faults if fault.table == name],
                       language, words["reason"])


def _write_raw(workbook: Workbook, pen: Pen, name: str, raw: Raw, faults: Sequence[Fault],
               language: Literal["en", "fr"], reason: str) -> None:
    sheet = workbook.add_worksheet(name)
    headers = raw.frame.columns
    places = _places(name, headers)
    marked: set[tuple[int, int]] = set()
    reasons: dict[int, list[str]] = defaultdict(list)
    header_row = raw.first_row - 1
    for fault in faults:
        told = fault.rows or (header_row,)
        for row in told:
            reasons[row].append(say(fault, language))
            if fault.column in places:
                marked.add((row, places[fault.column]))
    for row, cells in enumerate(chain([headers], raw.frame.iter_rows()), start=header_row):
        for place, cell in enumerate(cells):
            pen.write(sheet, row - 1, place, _native(cell), (row, place) in marked)
        told = ([reason] if row == header_row else []) + reasons.get(row, [])
        pen.write(sheet, row - 1, len(headers), "\n".join(told))
    sheet.set_column(len(headers), len(headers), 80)
    sheet.freeze_panes(header_row, 0)


def _places(table: str, headers: Sequence[str]) -> dict[str, int]:
    """Return where each column is, by its header and by its declared name."""
    places = {header: place for place, header in enumerate(headers)}
    if table not in INPUTS:
        return places
    found, _ = matched(headers, INPUTS[table], "", "")
    return places | {name: places[header.written] for name, header in found.items()}


def _native(cell: Any) -> Any:
    """Turn a text that a number would be read as into that number; any other text stays as it is."""
    if not isinstance(cell, str) or not cell[-1:].isdigit() or len(cell) > _MOST_DIGITS:
        return cell
    try:
        number = float(cell)
    except ValueError:
        return cell
    shown = str(int(number)) if number.is_integer() else repr(number)
    return number if shown == cell else cell
