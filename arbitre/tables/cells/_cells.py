"""What reading a column gives: its values, and the cells that were refused with the rule each one broke."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from arbitre.core.errors import Fault

_SAMPLE = 10
_SEEN = 60
"""A cell is quoted in a fault up to this many characters."""


@dataclass(frozen=True)
class Refusal:
    """Cells that broke one rule: `mask` is True on their rows, `values` fill the sentence of the rule."""

    rule: str
    mask: pl.Series
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cells:
    """A column as read: typed `values`, empty where the file was empty or the cell was refused."""

    values: pl.Series
    refused: tuple[Refusal, ...] = ()

    def without(self, *refusals: Refusal) -> Cells:
        """Return the column with more cells refused; refusals that refuse no cell are left out."""
        added = tuple(refusal for refusal in refusals if refusal.mask.any())
        values = self.values
        for refusal in added:
            values = values.set(refusal.mask.fill_null(value=False), None)
        return Cells(values, self.refused + added)

    @property
    def bad(self) -> pl.Series | None:
        """True on the rows of refused cells; None when there is none."""
        mask = None
        for refusal in self.refused:
            mask = refusal.mask if mask is None else mask | refusal.mask
        return None if mask is None else mask.fill_null(value=False)


def fault_at(place: tuple[str, str], rule: str, rows: pl.Series, values: dict[str, str] | None = None,
             source: str = "") -> Fault:
    """Return the fault of the given rows of a `(table, column)`: a sample of row numbers, and how many there are."""
    table, column = place
    return Fault(table, column, rule, tuple(rows.head(_SAMPLE).to_list()), rows.len(), values or {}, source)


def quoted(cell: object) -> str:
    """Say a cell as it is quoted in a sentence: on one line and not too long."""
    text = " ".join(str(cell).split())
    return text if len(text) <= _SEEN else text[:_SEEN] + "…"
