"""How is a mixed-integer programme written down group by group, so that what contradicts itself can be named?"""

from __future__ import annotations

import numpy as np

from arbitre.optimise._pool import Floats, Integers
from arbitre.solvers.linear import Rows


class Programme:
    """Columns and rows, added in blocks. A row may bear the name of the constraint it belongs to."""

    def __init__(self) -> None:
        self._columns: list[tuple[Floats, Floats, Floats, np.ndarray]] = []
        self._entries: list[tuple[Integers, Integers, Floats]] = []
        self._sides: list[tuple[Floats, Floats]] = []
        self.names: list[str | None] = []
        self.width = 0

    def columns(self, cost: Floats, upper: Floats | float = 1.0, *, whole: np.ndarray | bool) -> Integers:
        """Add columns from 0 to upper; returns their numbers."""
        count = len(cost)
        self._columns.append((np.asarray(cost, float), np.zeros(count), np.broadcast_to(upper, count).astype(float),
                              np.broadcast_to(whole, count)))
        self.width += count
        return np.arange(self.width - count, self.width)

    def rows(self, key: Integers, column: Integers, value: Floats | float, lower: Floats | float, upper: Floats | float,
             names: list[str] | None = None) -> None:
        """Add a row for each number in `key` (entries,), in rising order; sides and names are one a row, or for all."""
        found, row = np.unique(key, return_inverse=True)
        at = len(self.names)
        self._entries.append((row.ravel() + at, np.asarray(column), np.broadcast_to(value, len(key)).astype(float)))
        self._sides.append((np.broadcast_to(lower, len(found)).astype(float),
                            np.broadcast_to(upper, len(found)).astype(float)))
        self.names += list(names) if names else [None] * len(found)

    def row(self, column: Integers, value: Floats | float, lower: float, upper: float, name: str | None = None) -> None:
        """Add one row."""
        self.rows(np.zeros(len(column), np.int64), column, value, lower, upper, [name] if name else None)

    def written(self, without: frozenset[str] = frozenset()
                ) -> tuple[Floats, Rows, Floats, Floats, np.ndarray]:
        """Return cost, rows, lower, upper and whole, without the rows of these names."""
        cost, lower, upper, whole = (np.concatenate(part) for part in zip(*self._columns, strict=True))
        row, column, value = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        low, high = (np.concatenate(part) for part in zip(*self._sides, strict=True))
        stays = np.array([name not in without for name in self.names])
        number = np.cumsum(stays) - 1
        order = np.lexsort((column, row))
        order = order[stays[row[order]]]
        first = np.searchsorted(number[row[order]], np.arange(int(stays.sum()) + 1))
        return cost, Rows(first, column[order], value[order], low[stays], high[stays]), lower, upper, whole
