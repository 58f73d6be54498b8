"""Units: as declared, and as people write them in headers."""

import pytest

from arbitre.core.errors import UsageError
from arbitre.core.units import currency_of, factor, fitting_units, split_header


@pytest.mark.parametrize(("written", "kept", "times"), [
    ("h", "h", 1), ("min", "h", 1 / 60), ("days", "h", 24), ("j", "day", 1), ("jours", "day", 1),
    ("semaines", "day", 7), ("months", "day", 30.4375), ("Mois", "day", 30.4375), ("an", "day", 365.25),
    ("Années", "month", 12),
    ("unit/month", "unit/year", 12), ("per month", "unit/year", 12), ("/mois", "unit/year", 12),
    ("pièces par an", "unit/year", 1), ("par an", "1/year", 1), ("€/mois", "money/year", 12),
    ("k€/an", "money/year", 1000), ("EUR", "money", 1), ("%", "", 0.01), ("pour cent", "share", 0.01), ("°", "deg", 1),
])
def test_a_unit_converts(written: str, kept: str, times: float) -> None:
    assert factor(written, kept) == pytest.approx(times, rel=1e-15)


@pytest.mark.parametrize(("written", "kept"), [
    ("kg", "day"), ("day", "money"), ("jours ouvrés", "day"), ("", "day"), ("m", "h"), ("a/b/c", "unit/year"),
    ("h", "unit/year"), ("unit/kg", "unit/year"), ("%", "day"),
])
def test_another_unit_is_refused_with_those_that_fit(written: str, kept: str) -> None:
    with pytest.raises(UsageError) as refused:
        factor(written, kept)
    assert all(unit in str(refused.value) for unit in fitting_units(kept))


def test_units_that_fit_do_fit() -> None:
    for unit in ("h", "day", "money", "unit/year", "1/year", "money/year", "deg", "unit", ""):
        assert fitting_units(unit)
        assert all(factor(fitting, unit) > 0 for fitting in fitting_units(unit))


@pytest.mark.parametrize(("header", "parts"), [
    ("Lead time (months)", ("Lead time", "months")), ("Délai [j]", ("Délai", "j")), ("Taux (%)", ("Taux", "%")),
    ("price", ("price", "")), ("Prix (hors taxes) (k€)", ("Prix (hors taxes)", "k€")), ("(x)", ("", "x")),
])
def test_a_header_parts_from_its_unit(header: str, parts: tuple[str, str]) -> None:
    assert split_header(header) == parts


def test_currencies_are_known_by_sign_and_by_code() -> None:
    assert currency_of("12 €", "EUR") == "EUR"
    assert currency_of("k€/an", "EUR") == "EUR"
    assert currency_of("$", "CAD") == "CAD"
    assert currency_of("$", "EUR") == "USD"
    assert currency_of("CHF 12", "EUR") == "CHF"
    assert currency_of("12", "EUR") == ""
