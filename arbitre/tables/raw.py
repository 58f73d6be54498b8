"""A table as found in a file, before types."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from arbitre.core.errors import Fault


@dataclass(frozen=True)
class Raw:
    """A table as found: headers as written, cells as text (or native values from Parquet or DuckDB); blank is null.

    `source` is the file, and the sheet, as the user knows them. Row i of `frame` is row i + `first_row` of the file,
    so blank rows inside the table are kept here. `faults` are those met while reading, with no table named yet.
    """

    source: str
    frame: pl.DataFrame
    first_row: int = 2
    faults: tuple[Fault, ...] = ()


def headed(source: str, frame: pl.DataFrame, header_row: int, faults: tuple[Fault, ...] = ()) -> Raw:
    """Return the table whose headers are the first row of `frame`, which is row `header_row` of the file.

    A column without header gets one ("column 3") or, when it is blank too, is left out; the second column headed
    "Stock" becomes "Stock (2)" and is reported.
    """
    found = ["" if header is None else str(header).strip() for header in frame.row(0)]
    rows = frame.slice(1)
    names: list[str | None] = []
    repeated: list[Fault] = []
    for place, header in enumerate(found, start=1):
        blank = not header and rows.to_series(place - 1).null_count() == rows.height
        name = header or f"column {place}"
        again = sum(other == header for other in found[:place])
        if header and again > 1:
            name = _unused(f"{header} ({again})", found)
            repeated.append(Fault("", header, "repeated_header", (header_row,), 1, {"renamed": name}, source))
        names.append(None if blank else name)
    kept = rows.select(
        pl.col(column).alias(name) for column, name in zip(rows.columns, names, strict=True) if name is not None
    )
    return Raw(source, kept, header_row + 1, (*faults, *repeated))


def _unused(name: str, taken: list[str]) -> str:
    while name in taken:
        name += "'"
    return name
