"""Numbers, money, shares and dates as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from arbitre.show.format import NOTHING, Formats

ENGLISH, FRENCH = Formats("en", "EUR"), Formats("fr", "EUR")


def test_french_conventions() -> None:
    assert FRENCH.number(1234567.891, 2) == "1\u202f234\u202f567,89"
    assert FRENCH.share(0.95) == "95,0\u00a0%"
    assert FRENCH.money(1234.5) == "1\u202f234\u00a0€"
    assert FRENCH.short_money(1_244_000) == "1,24\u00a0M€"
    assert FRENCH.day(date(2026, 3, 9)) == "9 mars 2026"
    assert FRENCH.hours(72) == "3\u00a0j"


def test_english_conventions() -> None:
    assert ENGLISH.number(1234567.891, 2) == "1,234,567.89"
    assert ENGLISH.share(0.95) == "95.0%"
    assert ENGLISH.money(1234.5) == "€1,234"
    assert ENGLISH.short_money(1_244_000) == "€1.24M"
    assert ENGLISH.day("2026-03-09") == "9 March 2026"
    assert ENGLISH.hours(2.5) == "2.5\u00a0h"


@pytest.mark.parametrize(("value", "shown"), [(0.95, "95%"), (0.995, "99.5%"), (1.0, "100%"), (None, NOTHING)])
def test_targets_have_the_digits_they_need(value: float | None, shown: str) -> None:
    assert ENGLISH.target(value) == shown


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_what_is_not_known_is_a_dash(value: float | None) -> None:
    shown = (ENGLISH.number(value), ENGLISH.share(value), ENGLISH.money(value), ENGLISH.short_money(value))
    assert set(shown) == {NOTHING}


def test_signs() -> None:
    assert ENGLISH.number(-0.01) == "0"
    assert ENGLISH.number(0.01, signed=True) == "0"
    assert ENGLISH.share(0.038, signed=True) == "+3.8%"
    assert ENGLISH.short_money(-1_500_000, signed=True) == "−€1.5M"
    assert FRENCH.short_money(1_500_000, signed=True) == "+1,5\u00a0M€"


def test_other_currencies() -> None:
    assert (Formats("en", "GBP").unit(6), FRENCH.unit(3), FRENCH.unit(0)) == ("£M", "k€", "€")
    assert Formats("fr", "CHF").short_money(12_400) == "12,4\u00a0kCHF"
    assert Formats("en", "GBP").money(12) == "£12"
