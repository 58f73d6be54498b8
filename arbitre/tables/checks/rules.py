"""Tells faults in English and in French, from the catalogue `rules.toml`: what is wrong, where, and what to do."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from arbitre.core.errors import Fault
from arbitre.core.words import folded
from arbitre.tables.catalogue import INPUTS, RESULTS

Language = Literal["en", "fr"]

_BLANK = re.compile(r"\{(\w+)\}")
_OPTION = re.compile(r"\[([^\[\]]*)\]")
_WORDS: dict[Language, dict[str, str]] = {
    "en": {"column": "column", "setting": "setting", "row": "row", "rows": "rows", "and": "and", "colon": ": ",
           "all": "in all"},
    "fr": {"column": "colonne", "setting": "réglage", "row": "ligne", "rows": "lignes", "and": "et",
           "colon": "\u00a0: ", "all": "en tout"},
}


def say(fault: Fault, language: Language) -> str:
    """Tell a fault in one paragraph: the place (table, column, rows), what is wrong, and what to do."""
    message, remedy = _sentences(fault, language)
    place = _place(fault, language)
    colon = _WORDS[language]["colon"]
    return f"{place}{colon}{message} {remedy}" if place else f"{message} {remedy}"


def told(faults: Sequence[Fault], language: Language) -> list[dict[str, Any]]:
    """Return faults as plain values for JSON; "message" is the sentence and "remedy" what to do."""
    answers = []
    for fault in faults:
        message, remedy = _sentences(fault, language)
        answers.append({"table": fault.table, "column": fault.column, "rule": fault.rule, "rows": list(fault.rows),
                        "count": fault.count, "source": fault.source, "message": message, "remedy": remedy,
                        "place": _place(fault, language)})
    return answers


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return the sentences of every rule: en, fr, remedy_en, remedy_fr, with {blanks} and [optional parts]."""
    return tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))


def _sentences(fault: Fault, language: Language) -> tuple[str, str]:
    rule = catalogue()[fault.rule]
    blanks = {"table": fault.table, "column": fault.column, "source": fault.source, "count": str(fault.count),
              **fault.values}
    return _filled(rule[language], blanks), _filled(rule[f"remedy_{language}"], blanks)


def _filled(sentence: str, blanks: Mapping[str, str]) -> str:
    """Fill the blanks; a part in square brackets is left out when one of its blanks is empty."""
    kept = _OPTION.sub(lambda part: part[1] if all(blanks.get(name) for name in _BLANK.findall(part[1])) else "",
                       sentence)
    return _BLANK.sub(lambda blank: blanks.get(blank[1], ""), kept).strip()


def _place(fault: Fault, language: Language) -> str:
    words = _WORDS[language]
    if fault.table == "chain":
        return ", ".join(part for part in ("chain.toml", fault.column and f"{words['setting']} {fault.column}") if part)
    named = f"{fault.table} ({fault.source})" if fault.table and fault.source else fault.table or fault.source
    parts = [named, fault.column and f"{words['column']} {_labelled(fault, language)}", _rows(fault, language)]
    return ", ".join(part for part in parts if part)


def _labelled(fault: Fault, language: Language) -> str:
    """Return the column by its name, and by its label where the user may know it by no other."""
    table = INPUTS.get(fault.table) or RESULTS.get(fault.table)
    if table is None or fault.column not in table.names:
        return fault.column
    column = table.column(fault.column)
    label = column.label_fr if language == "fr" else column.label
    return fault.column if folded(label) == folded(fault.column) else f"{fault.column} ({label})"


def _rows(fault: Fault, language: Language) -> str:
    words = _WORDS[language]
    if not fault.rows:
        return ""
    if len(fault.rows) == 1:
        listed = f"{words['row']} {fault.rows[0]}"
    else:
        listed = f"{words['rows']} {', '.join(map(str, fault.rows[:-1]))} {words['and']} {fault.rows[-1]}"
    return f"{listed} ({fault.count} {words['all']})" if fault.count > len(fault.rows) else listed
