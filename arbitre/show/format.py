"""Numbers, money, shares, durations and dates as people of a language write them (by Babel's CLDR data)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeGuard

from babel.dates import format_date
from babel.numbers import format_compact_currency, format_currency, format_decimal, get_currency_symbol
from babel.units import format_unit

from arbitre.show.words import LOCALES

NOTHING = "–"
_SPACE = "\u00a0"
_DAY = 24.0


@dataclass(frozen=True)
class Formats:
    """How one language and one currency are written. A missing value is a dash; a minus sign is a real one."""

    language: str
    currency: str

    @property
    def locale(self) -> str:
        return LOCALES[self.language]

    def number(self, value: float | None, digits: int = 0, *, signed: bool = False) -> str:
        """1234.5 -> 1,234.5 or 1 234,5."""
        if not _known(value):
            return NOTHING
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return _signed(format_decimal(_rounded(value, digits), format=pattern, locale=self.locale), value, signed)

    def share(self, value: float | None, digits: int = 1, *, signed: bool = False) -> str:
        """0.95 -> 95.0% or 95,0 %."""
        text = self.number(None if value is None else value * 100, digits, signed=signed)
        return text if text == NOTHING else text + (f"{_SPACE}%" if self.language == "fr" else "%")

    def target(self, value: float | None) -> str:
        """A share with only the digits it needs: 0.95 -> 95%, 0.995 -> 99.5%."""
        short = _known(value) and abs(value * 100 - round(value * 100)) < 1e-9
        return self.share(value, 0 if short else 1)

    def money(self, value: float | None, *, signed: bool = False) -> str:
        """Money without cents: €1,234 or 1 234 €."""
        if not _known(value):
            return NOTHING
        text = format_currency(
            _rounded(value, 0), self.currency, locale=self.locale, currency_digits=False, format=self._money_pattern
        )
        return _signed(text, value, signed)

    def short_money(self, value: float | None, *, signed: bool = False) -> str:
        """Money to three figures: €1.24M or 1,24 M€."""
        if not _known(value) or abs(value) < 999.5:
            return self.money(value, signed=signed)
        digits = 2 - math.floor(math.log10(abs(float(f"{value:.3g}")))) % 3
        text = format_compact_currency(value, self.currency, locale=self.locale, fraction_digits=digits)
        if text.endswith(f"{_SPACE}{self.symbol}"):
            text = text.removesuffix(f"{_SPACE}{self.symbol}") + self.symbol
        return _signed(text, value, signed)

    def hours(self, value: float | None) -> str:
        """A duration kept in hours: 4 h, 2.5 h, or whole days from two days on."""
        if not _known(value):
            return NOTHING
        if value < 2 * _DAY or value % _DAY:
            return f"{self.number(value, 0 if value == round(value) else 1)}{_SPACE}h"
        days = format_unit(value / _DAY, "duration-day", length="short", format="#,##0", locale=self.locale)
        return days.replace(" ", _SPACE).replace("\u202f", _SPACE)

    def day(self, value: date | datetime | str | None) -> str:
        """A date in words: 9 March 2026, 9 mars 2026; text that is no date is returned as it is."""
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                return value
        return NOTHING if value is None else format_date(value, format="long", locale=self.locale)

    @property
    def symbol(self) -> str:
        """The sign of the currency."""
        return get_currency_symbol(self.currency, locale=self.locale)

    def unit(self, power: int) -> str:
        """The unit of money by powers of a thousand: €K and €M, k€ and M€."""
        prefix = {0: "", 3: "k", 6: "M"}[power]
        return prefix + self.symbol if self.language == "fr" else self.symbol + prefix.upper()

    @property
    def axis_locale(self) -> dict[str, object]:
        """The same conventions for the axes of plots (a d3-format locale)."""
        if self.language == "fr":
            return {
                "decimal": ",",
                "thousands": "\u202f",
                "grouping": [3],
                "currency": ["", ""],
                "percent": f"{_SPACE}%",
            }
        return {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""], "percent": "%"}

    @property
    def _money_pattern(self) -> str:
        return f"#,##0{_SPACE}¤" if self.language == "fr" else "¤#,##0"


def _known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def _rounded(value: float, digits: int) -> float:
    """Round, without the minus sign of a negative zero."""
    return round(value, digits) + 0.0


def _signed(text: str, value: float, signed: bool) -> str:
    """Give a real minus sign, and when asked a plus sign to what is not shown as zero."""
    text = text.replace("-", "\u2212")
    is_zero = not any(digit in text for digit in "123456789")
    return f"+{text}" if signed and value > 0 and not is_zero else text
