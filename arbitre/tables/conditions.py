"""What may be asked of an open case? The filters of tables/filters, over its columns and where it stands.

A column is one of `STANDING`, `attribute.NAME` (as known at the time), or one that a row of `cases` tells: its own, or
that of its customer, segment, site and so on (tables/reach). Numbers and dates of attributes are compared as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import polars as pl

from arbitre.core.errors import UsageError
from arbitre.tables.filters import Term, terms, value
from arbitre.tables.frames import TYPES
from arbitre.tables.reach import Reached, reach
from arbitre.tables.schema import Kind

FLAGS = ("dead", "stuck", "overdue", "pushed", "skipped")
"""What may be wrong with an open case, as in case_hygiene."""
STANDING: dict[str, Kind] = {
    "step": Kind.KEY, "resource": Kind.KEY, "days_open": Kind.NUMBER, "days_at_step": Kind.NUMBER,
    **dict.fromkeys(FLAGS, Kind.TRUTH),
}
_ATTRIBUTE = "attribute."
_COMPARE = {"=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


class Asked(NamedTuple):
    """One comparison, understood: its term, the value as its column holds it, and where that column is found."""

    term: Term
    value: Any
    reached: Reached | None

    @property
    def attribute(self) -> str | None:
        """The attribute that is compared, if any."""
        return self.term.column.removeprefix(_ATTRIBUTE) if self.term.column.startswith(_ATTRIBUTE) else None

    def holds(self) -> pl.Expr:
        """Return the comparison; a value that is not known never holds."""
        column = pl.col(self.term.column)
        if self.attribute is not None and isinstance(self.value, float):
            column = column.cast(pl.Float64, strict=False)
        return getattr(column, _COMPARE[self.term.compare])(self.value).fill_null(value=False)


def condition(text: str | None) -> list[Asked]:
    """Return what a condition asks; raises UsageError where a column is not there, or a value does not fit it."""
    return [_asked(term) for term in terms(text or "")]


def all_hold(asked: Sequence[Asked]) -> pl.Expr:
    """Return whether every comparison holds."""
    return pl.all_horizontal(pl.lit(value=True), *(one.holds() for one in asked))


def _asked(term: Term) -> Asked:
    if term.column in STANDING:
        return Asked(term, value(term.value, TYPES[STANDING[term.column]], term.column), None)
    if term.column.startswith(_ATTRIBUTE):
        return Asked(term, _number_or_text(term.value), None)
    try:
        found = reach("cases", term.column)
    except UsageError as wrong:
        raise UsageError(f"{wrong} A condition may also ask {', '.join(STANDING)} or {_ATTRIBUTE}NAME.") from wrong
    return Asked(term, value(term.value, TYPES[found.column.kind], f"cases.{found.path}"), found)


def _number_or_text(text: str) -> float | str:
    bare = text.strip("'\"")
    try:
        return float(bare)
    except ValueError:
        return bare
