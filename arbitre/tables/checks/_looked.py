"""The tables under check: frames, row numbers, and which columns the reading already found fault with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from arbitre.core.errors import Fault
from arbitre.tables.cells._cells import fault_at, quoted

_FIRST_ROW = 2


@dataclass(frozen=True)
class Looked:
    """What the rules look at. `doubtful` holds (table, column), and (table, "") for a table that could not be read."""

    frames: Mapping[str, pl.DataFrame]
    rows: Mapping[str, pl.Series]
    doubtful: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, frames: Mapping[str, pl.DataFrame], rows: Mapping[str, pl.Series], found: Sequence[Fault]) -> Looked:
        """Return the tables under check, given the faults met on reading them."""
        named = {(fault.table, fault.column) for fault in found}
        meant = {(fault.table, fault.values.get("meant", "")) for fault in found if fault.rule == "unknown_column"}
        return cls(frames, rows, frozenset(named | {place for place in meant if place[1]}))

    def sure(self, table: str, *columns: str) -> bool:
        """Tell whether the table, and each of the columns, was read without a fault."""
        return not any((table, column) in self.doubtful for column in ("", *columns))

    def has(self, *tables: str) -> bool:
        """Tell whether every one of the tables is present and was read."""
        return all(table in self.frames and self.sure(table) for table in tables)

    def fault(self, place: tuple[str, str], rule: str, mask: pl.Series, quote: pl.Series | None = None,
              **values: str) -> Iterator[Fault]:
        """Yield the fault of the rows where `mask` is True, if any; `quote` gives the column to show a cell of."""
        mask = mask.fill_null(value=False)
        if not mask.any():
            return
        numbers = self.rows.get(place[0])
        if numbers is None:
            numbers = pl.Series(range(_FIRST_ROW, _FIRST_ROW + mask.len()), dtype=pl.Int64)
        if quote is not None:
            values["cell"] = quoted(quote.filter(mask)[0])
        yield fault_at(place, rule, numbers.filter(mask), values)
