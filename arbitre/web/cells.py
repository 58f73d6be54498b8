"""Cells of a table, for three readers: people (in their language), programs (JSON), spreadsheets (CSV)."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from babel.numbers import format_decimal

from arbitre.show.format import NOTHING, Formats
from arbitre.show.words import Words as ReportWords
from arbitre.tables.chain import Chain
from arbitre.tables.schema import Column, Kind, Table
from arbitre.web.words import Language, Words

_NUMBERS = (Kind.INTEGER, Kind.NUMBER, Kind.SHARE)
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Heading:
    """The head of a column: its label in the language of the chain, and what it means."""

    name: str
    label: str
    sentence: str
    unit: str
    is_number: bool

    @property
    def title(self) -> str:
        return f"{self.sentence} ({self.unit})" if self.unit else self.sentence


@dataclass(frozen=True)
class Grid:
    """Rows to look at, each cell a text; `count` says, as a text, how many rows the whole table has."""

    name: str
    label: str
    sentence: str
    headings: list[Heading]
    rows: list[list[str]]
    count: str
    is_whole: bool


def grid(chain: Chain, declared: Table, frame: pl.DataFrame, offset: int, most: int) -> Grid:
    """Return `most` rows of a table from `offset` on, as people of the chain's language read them."""
    columns = [declared.column(name) for name in frame.columns]
    reader = Reader(chain.language, chain.settings.currency)
    rows = [[reader.text(value, column) for value, column in zip(row, columns, strict=True)]
            for row in frame.slice(offset, most).iter_rows()]
    headings = [Heading(name=column.name, label=labelled(column, chain.language), sentence=column.sentence,
                        unit=column.unit.replace("money", chain.settings.currency), is_number=column.kind in _NUMBERS)
                for column in columns]
    return Grid(declared.name, labelled(declared, chain.language), declared.sentence, headings, rows,
                reader.text(frame.height), len(rows) == frame.height)


def labelled(declared: Table | Column, language: Language) -> str:
    """Return the label of a table or a column."""
    return declared.label_fr if language == "fr" else declared.label


class Reader:
    """Puts values in the words and the figures of one language."""

    def __init__(self, language: Language, currency: str) -> None:
        self._formats = Formats(language, currency)
        self._report_words = ReportWords(language)
        self._words = Words(language)

    def text(self, value: Any, column: Column | None = None) -> str:
        """Return a value with no more digits than it has, up to four, two for a percentage; nothing when empty."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return self._words("truth.yes" if value else "truth.no")
        if column is not None and column.kind is Kind.SHARE:
            return self._words("number.share", n=self._number(value * 100, 2))
        if isinstance(value, int | float):
            return self._number(value)
        if column is not None and column.kind is Kind.CHOICE:
            return self._report_words.told(column, value)
        return _plain_text(value)

    def _number(self, value: float, digits: int = 4) -> str:
        if not math.isfinite(value):
            return NOTHING
        is_small = 0 < abs(value) < 10**-digits
        pattern = "0.##E0" if is_small else f"#,##0.{'#' * digits}"
        return format_decimal(value, format=pattern, locale=self._formats.locale).replace("-", "\u2212")


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as JSON can hold it: a number that is none becomes null, dates become text."""
    return {name: None if isinstance(value, float) and not math.isfinite(value)
            else _plain_text(value) if isinstance(value, date) else value for name, value in row.items()}


def comma_separated(frame: pl.DataFrame) -> str:
    """Return rows as CSV; an apostrophe keeps a spreadsheet from taking a text for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(frame.columns)
    writer.writerows([_harmless(value) for value in row] for row in frame.iter_rows())
    return out.getvalue()


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA_SIGNS) else value
    return _plain_text(value) if isinstance(value, date) else value


def _plain_text(value: object) -> str:
    """Return a date or time as 2025-02-17 or 2025-02-17 09:15, anything else as it prints."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds").removesuffix(":00")
    return str(value)
