"""Which rows does a filter choose? Terms as "column = value", joined by and: one language for every table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from arbitre.core.errors import UsageError

_TERM = re.compile(r"^\s*([\w.]+)\s*(=|!=|<=|>=|<|>)\s*(.+?)\s*$")
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True)
class Term:
    """One comparison: of a column, with a value as it was written."""

    column: str
    compare: str
    value: str


def terms(text: str) -> list[Term]:
    """Return the comparisons that a filter joins, none where it is empty; raises UsageError on what is none."""
    return [_term(part) for part in filter(None, re.split(r"\s+and\s+", text))]


def value(text: str, kind: pl.DataType, place: str) -> Any:
    """Return a value as its column (`place`) holds it; raises UsageError when it does not fit."""
    bare = text.strip("'\"")
    try:
        if kind == pl.Boolean:
            return _TRUTHS[bare.lower()]
        if kind == pl.Date:
            return date.fromisoformat(bare)
        if kind == pl.Datetime:
            return datetime.fromisoformat(bare).replace(tzinfo=None)
        return pl.Series([bare]).cast(kind, strict=True)[0]
    except (pl.exceptions.PolarsError, ValueError, KeyError) as wrong:
        raise UsageError(f"{text} does not fit {place}, which holds {kind}.") from wrong


def _term(text: str) -> Term:
    found = _TERM.match(text)
    if not found:
        raise UsageError(f"Cannot read the filter {text!r}. Write: column = value, joined by and.")
    return Term(*found.groups())
