"""Times of day as people write them: "08:30", "8h30", "17 h", "5:30 pm", "24:00"; kept as "08:30".

Seconds are read where they are nought. A lone number is refused: 8 is an hour or a minute, 0.35 a part of a day.
"""

from __future__ import annotations

import re

import polars as pl

from arbitre.tables.cells._cells import Cells, Refusal

_CLOCK = re.compile(r"(?P<hour>\d{1,2}) ?(?::|[hH](?= ?\d| ?$)) ?(?P<minute>\d\d)?(?P<seconds>:00(\.0+)?)?")
_HALF_DAY = re.compile(r"(?P<hour>\d{1,2})(:(?P<minute>\d\d)(:00)?)? ?(?P<half>[aApP])\.?[mM]\.?")
_MINUTES_A_DAY = 24 * 60


def clocks(text: pl.Series) -> Cells:
    """Return the column as times of day, each written "08:30" ("24:00" ends a day)."""
    known = {cell: _clock(cell) for cell in text.drop_nulls().unique().to_list()}
    read = text.replace_strict(known, default=None, return_dtype=pl.String) if known else text
    return Cells(read).without(Refusal("not_a_clock", read.is_null() & text.is_not_null()))


def native_clocks(native: pl.Series) -> Cells:
    """Return native times of day; one with seconds is refused."""
    read = native.dt.strftime("%H:%M")
    odd = (native.dt.second() != 0) | (native.dt.nanosecond() != 0)
    return Cells(read).without(Refusal("not_a_clock", odd.fill_null(value=False)))


def _clock(cell: str) -> str | None:
    """Return a cell as "08:30", None when it cannot be read in one way."""
    found = _CLOCK.fullmatch(cell)
    if found:
        if ":" in cell and found["minute"] is None:
            return None
        hour = int(found["hour"])
    else:
        found = _HALF_DAY.fullmatch(cell)
        if found is None or not 1 <= int(found["hour"]) <= 12:
            return None
        hour = int(found["hour"]) % 12 + (12 if found["half"] in "pP" else 0)
    minute = int(found["minute"] or 0)
    return f"{hour:02d}:{minute:02d}" if minute < 60 and hour * 60 + minute <= _MINUTES_A_DAY else None
