"""Units as declared on columns and as written in headers: "Lead time (months)", "Délai [j]", "Taux (%)"."""

from __future__ import annotations

import re
import unicodedata

from arbitre.core.errors import UsageError

# A month is a twelfth of a year and a year counts the leap days, so that rates per month and per year agree exactly.
HOURS_PER_DAY = 24.0
DAYS_PER_YEAR = 365.25
PERIODS_PER_YEAR = {"week": DAYS_PER_YEAR / 7, "month": 12.0, "quarter": 4.0, "year": 1.0}
"""Of each period that a promise may be judged by."""
_HOURS: dict[str, float] = {
    "min": 1 / 60, "h": 1.0, "day": HOURS_PER_DAY, "week": 7 * HOURS_PER_DAY,
    "month": DAYS_PER_YEAR / 12 * HOURS_PER_DAY, "year": DAYS_PER_YEAR * HOURS_PER_DAY,
}
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "min": ("mn", "mins", "minute", "minutes"),
    "h": ("hr", "hrs", "hour", "hours", "heure", "heures"),
    "day": ("d", "days", "j", "jr", "jrs", "jour", "jours", "calendar days", "jours calendaires"),
    "week": ("w", "wk", "wks", "weeks", "sem", "semaine", "semaines"),
    "month": ("mth", "months", "mois"),
    "year": ("y", "yr", "yrs", "years", "an", "ans", "annee", "annees"),
    "unit": ("1", "u", "units", "unite", "unites", "pc", "pcs", "piece", "pieces", "ea", "each", "qty", "qte"),
    "money": ("currency", "devise"),
    "k money": (),
    "%": ("pct", "percent", "pourcent", "pour cent"),
    "share": ("", "ratio", "part"),
    "km": ("kms", "kilometre", "kilometres", "kilometer", "kilometers"),
    "deg": ("°", "degree", "degrees", "degre", "degres"),
}
_STANDARD = {spelling: unit for unit, others in _SPELLINGS.items() for spelling in (unit, *others)}
_SIZES: dict[str, tuple[str, float]] = {
    **{unit: ("time", hours) for unit, hours in _HOURS.items()},
    "unit": ("unit", 1.0), "money": ("money", 1.0), "k money": ("money", 1000.0),
    "%": ("share", 0.01), "share": ("share", 1.0), "km": ("km", 1.0), "deg": ("deg", 1.0),
}
_SYMBOLS = {"€": "EUR", "£": "GBP", "euro": "EUR", "euros": "EUR"}
_DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD")
_CURRENCIES = ("EUR", "GBP", "CHF", "JPY", "CNY", "SEK", "NOK", "DKK", "PLN", "CZK", "MAD", "TND", "XOF", "BRL", "INR",
               *_DOLLARS)
_PER = re.compile(r"\s*/\s*|\s+per\s+|\s+par\s+|^per\s+|^par\s+")
_BRACKETS = re.compile(r"^(?P<name>.*?)\s*[(\[](?P<unit>[^()\[\]]*)[)\]]\s*$", re.DOTALL)


def factor(from_unit: str, to_unit: str) -> float:
    """Say by what to multiply a number in one unit to have it in another.

    Both are written in English or French, as in a header: "months", "j", "€/mois", "%". Raises UsageError, naming
    the units that fit, when a unit is unknown or measures something else.
    """
    try:
        dimension, size = _measured(from_unit)
        wanted, wanted_size = _measured(to_unit)
    except KeyError:
        dimension = wanted = ""
        size = wanted_size = 1.0
    if not dimension or dimension != wanted:
        fitting = ", ".join(fitting_units(to_unit))
        raise UsageError(f'"{from_unit}" is not a unit that fits {to_unit or "a share"}. These do: {fitting}.')
    return size / wanted_size


def fitting_units(unit: str) -> tuple[str, ...]:
    """List the units that convert to the given one, as one may write them in a header."""
    top, _, bottom = unit.partition("/")
    if bottom:
        return tuple(f"{top}/{period}" for period in _HOURS)
    dimension, _ = _measured(unit)
    return tuple(other for other, (measured, _) in _SIZES.items() if measured == dimension)


def split_header(header: str) -> tuple[str, str]:
    """Part a header from the unit in brackets at its end: "Délai [j]" gives ("Délai", "j"); no unit is ""."""
    found = _BRACKETS.match(header)
    return (found["name"].strip(), found["unit"].strip()) if found else (header.strip(), "")


def currency_of(text: str, own: str) -> str:
    """Say which currency a unit or a cell is written in: "k€/an" gives "EUR"; "" when it names none.

    `own` is the currency of the chain: "$" is its own dollar where it has one.
    """
    for word in map(str, re.findall(r"[^\W\d_]+|[€£$]", text)):
        symbol = word.removeprefix("k") or word
        if symbol == "$":
            return own if own in _DOLLARS else "USD"
        code = _SYMBOLS.get(symbol.lower()) or symbol.upper()
        if code in (own, *_CURRENCIES):
            return code
    return ""


def _measured(unit: str) -> tuple[str, float]:
    """Say what a unit measures and how much of it one is; raises KeyError on a word that is no unit."""
    parts = _PER.split(_plain(unit))
    if len(parts) > 2:
        raise KeyError(unit)
    if len(parts) == 1:
        return _SIZES[_standard(parts[0])]
    top, bottom = parts
    dimension, size = _SIZES[_standard(top or "unit")]
    divisor, period = _SIZES[_standard(bottom)]
    if divisor != "time":
        raise KeyError(unit)
    return f"{dimension}/time", size / period


def _standard(word: str) -> str:
    if word in _STANDARD:
        return _STANDARD[word]
    if currency_of(word, ""):
        return "k money" if word.startswith("k") else "money"
    raise KeyError(word)


def _plain(unit: str) -> str:
    letters = unicodedata.normalize("NFKD", unit.strip().rstrip(".").casefold())
    return " ".join("".join(sign for sign in letters if not unicodedata.combining(sign)).split())
