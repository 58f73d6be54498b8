"""Cells of a workbook written so that they come back as they were, and never as a formula or a link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from arbitre.core.errors import UsageError
from arbitre.tables.files.atomic import whole_file

MOST_ROWS = 1_048_575
MOST_SIGNS = 32_767
_LIGHT_CELLS = 500_000
"""Above this many cells a workbook is written row by row, so that memory stays flat."""
_FIRST_DAY = date(1900, 3, 1)
"""Before it Excel counts days otherwise than the calendar."""
_MOST_EXACT = 2**53


class _Exact(float):
    """A float that xlsxwriter writes with all its digits (it would round to sixteen)."""

    def __format__(self, spec: str) -> str:
        return repr(float(self))


@contextmanager
def new_workbook(path: Path, frames: Sequence[pl.DataFrame]) -> Iterator[Workbook]:
    """Give a workbook that is at `path`, whole, once the block ends; raises UsageError when a frame does not fit."""
    for frame in frames:
        if frame.height > MOST_ROWS:
            raise UsageError(f"A sheet takes {MOST_ROWS} rows and the table has {frame.height}. "
                             "Write the chain as a folder or a DuckDB file.")
    cells = sum(frame.height * frame.width for frame in frames)
    with whole_file(path) as written:
        workbook = Workbook(str(written), {
            "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
            "constant_memory": cells > _LIGHT_CELLS,
        })
        yield workbook
        workbook.close()


class Pen:
    """Writes cells to the sheets of one workbook."""

    def __init__(self, workbook: Workbook) -> None:
        self._formats: dict[tuple[str, bool], Format] = {}
        self._workbook = workbook

    def write(self, sheet: Worksheet, row: int, column: int, value: Any, marked: bool = False) -> None:
        """Write one cell, coloured when `marked`; None leaves it blank."""
        if value is None or value == "":
            if marked:
                sheet.write_blank(row, column, None, self._format("", marked))
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, self._format("", marked))
        elif isinstance(value, int | float) and abs(value) < (_MOST_EXACT if isinstance(value, int) else float("inf")):
            sheet.write_number(row, column, _Exact(value), self._format("", marked))
        elif isinstance(value, datetime) and value.date() >= _FIRST_DAY and not value.microsecond and not value.tzinfo:
            sheet.write_datetime(row, column, value, self._format("yyyy-mm-dd hh:mm:ss", marked))
        elif isinstance(value, date) and not isinstance(value, datetime) and value >= _FIRST_DAY:
            midnight = datetime.combine(value, time())
            sheet.write_datetime(row, column, midnight, self._format("yyyy-mm-dd", marked))
        else:
            text = value.isoformat() if isinstance(value, date | time) else str(value)
            if len(text) > MOST_SIGNS:
                raise UsageError(f"A cell of a workbook takes {MOST_SIGNS} characters and {text[:40]!r}... has "
                                 f"{len(text)}. Write the chain as a folder or a DuckDB file.")
            sheet.write_string(row, column, text, self._format("", marked))

    def _format(self, shown: str, marked: bool) -> Format | None:
        if not shown and not marked:
            return None
        if (shown, marked) not in self._formats:
            looks = ({"num_format": shown} if shown else {}) | ({"bg_color": "#F8CBAD"} if marked else {})
            self._formats[shown, marked] = self._workbook.add_format(looks)
        return self._formats[shown, marked]
