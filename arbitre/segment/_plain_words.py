"""How does one say a rule to somebody who has never seen a tree? In English and in French."""

from __future__ import annotations

from collections.abc import Sequence

from babel.numbers import format_decimal, format_percent

from arbitre.segment._customer_measures import ANSWER

_NAMES = {
    "sales": ("sales a year", "ventes par an"),
    "coming_sales": ("coming sales a year", "ventes à venir par an"),
    "contribution": ("margin a year once served", "marge par an une fois servi"),
    "coming_contribution": ("coming margin a year once served", "marge à venir par an une fois servi"),
    "line_rate": ("lines a year", "lignes par an"),
    "urgent_share": ("urgent share", "part urgente"),
    "tolerance": ("hours allowed", "heures accordées"),
    "lot": ("units a line", "unités par ligne"),
    "variability": ("irregularity of the months", "irrégularité des mois"),
    "item_spread": ("spread over items", "dispersion sur les articles"),
    "site_spread": ("spread over sites", "dispersion sur les sites"),
    "failures": ("failures of a machine a year", "pannes d'un équipement par an"),
}
_SHARES = frozenset({"urgent_share", "item_spread", "site_spread"})
_ENDS = {"en": ("{name} of {value} or more", "{name} below {value}", "answer to “{name}”", " and ", "all customers"),
         "fr": ("{name} : {value} ou plus", "{name} : moins de {value}", "réponse à « {name} »", " et ",
                "tous les clients")}
_LOCALES = {"en": "en_GB", "fr": "fr_FR"}

Step = tuple[str, float, bool]
"""A measure, its threshold, and whether one is above it."""


def told(way: Sequence[Step], language: str) -> str:
    """Return the way down a tree in words: urgent share of 30% or more and sales a year below 12,000.

    Of two steps that bound the same measure on the same side only the narrower is said.
    """
    narrowest: dict[tuple[str, bool], float] = {}
    for name, threshold, is_up in way:
        known = narrowest.get((name, is_up), threshold)
        narrowest[name, is_up] = max(known, threshold) if is_up else min(known, threshold)
    up, below, _, both, everybody = _ENDS[language]
    parts = [(up if is_up else below).format(name=_name(name, language), value=_number(name, threshold, language))
             for (name, is_up), threshold in narrowest.items()]
    return both.join(parts) if parts else everybody


def _name(measure: str, language: str) -> str:
    if measure.startswith(ANSWER):
        return _ENDS[language][2].format(name=measure.removeprefix(ANSWER))
    return _NAMES[measure][0 if language == "en" else 1]


def _number(measure: str, value: float, language: str) -> str:
    if measure in _SHARES:
        return format_percent(value, "#,##0.#%" if language == "en" else "#,##0.#\u00a0%", locale=_LOCALES[language])
    digits = "#,##0" if abs(value) >= 100 else "#,##0.##"
    return format_decimal(value, digits, locale=_LOCALES[language])
