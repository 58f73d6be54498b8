"""Which columns can be told of a row? Its own, and those of the rows it refers to: a customer's segment, and so on.

A reference leads to one row at most, as keys are unique: nothing is counted twice on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from arbitre.core.errors import UsageError
from arbitre.core.words import nearest
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.schema import Column

_FARTHEST = 3
"""References followed one after another: event, case, customer, segment."""


@dataclass(frozen=True)
class Reached:
    """A column and how to come to it: `by` are the references followed from the row, each with the table it leads to.

    by: ((column of the table before, table, key of that table), ...); empty: a column of the row itself.
    """

    column: Column
    by: tuple[tuple[str, str, str], ...] = ()

    @property
    def path(self) -> str:
        """How one may write it: customer.segment."""
        return ".".join((*(step for step, _, _ in self.by), self.column.name))


def reach(table: str, written: str) -> Reached:
    """Return the column that rows of a table tell under a name.

    A name without dots is the nearest column of that name: the row's own, else that of a row it refers to, and so on.
    Raises UsageError when there is none, or when several are as near: a path with dots tells which.
    """
    known = [found for found in _all(table) if written in (found.path, found.column.name)]
    exact = [found for found in known if found.path == written]
    near = exact or [found for found in known if len(found.by) == min(len(other.by) for other in known)]
    if not near:
        meant = nearest(written, dict.fromkeys(found.column.name for found in _all(table)))
        raise UsageError(f"No column {written} in {table}, or in what it refers to."
                         f"{f' Did you mean {meant}?' if meant else ''}")
    if len(near) > 1:
        raise UsageError(f"{written} may be {' or '.join(found.path for found in near)} in {table}. Write which.")
    return near[0]


def _all(table: str) -> Iterator[Reached]:
    """Yield every column that rows of a table tell, the nearest first."""
    front: list[tuple[str, tuple[tuple[str, str, str], ...]]] = [(table, ())]
    for _ in range(_FARTHEST + 1):
        onward: list[tuple[str, tuple[tuple[str, str, str], ...]]] = []
        for here, by in front:
            for column in INPUTS[here].columns:
                yield Reached(column, by)
                if column.refers:
                    there, key = column.refers.split(".")
                    if INPUTS[there].key == (key,) and there not in (table, *(seen for _, seen, _ in by)):
                        onward.append((there, (*by, (column.name, there, key))))
        front = onward
