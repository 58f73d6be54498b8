"""Settings as rows, for a workbook or a database: a name and a value, where chain.toml has sections.

    name                                   value
    currency                               EUR
    period > from                          2024-01-01
    scenarios > fewer vans > #1 > column   level

A value is a JSON literal where it reads as one (12, true, "12" for the text), and plain text elsewhere; a section with
a name that could not be read back is one literal as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from arbitre.core.errors import Fault
from arbitre.core.words import folded
from arbitre.tables.raw import Raw

SETTINGS = "chain"
MOST_SECTIONS = 8
_SIGN = ">"
_STEP = f" {_SIGN} "
_HEADERS = {"name": ("name", "nom", "setting", "reglage"), "value": ("value", "valeur")}


def settings_rows(settings: Mapping[str, Any]) -> pl.DataFrame:
    """Return the settings as rows; `settings` is plain: texts, numbers, truths, lists and mappings."""
    return pl.DataFrame(list(_flat(settings, "")), schema={"name": pl.String, "value": pl.String}, orient="row")


def settings_from(raw: Raw) -> tuple[dict[str, Any], list[Fault]]:
    """Return the settings of such a table as chain.toml would give them, and its faults."""
    columns = {name: next((header for header in raw.frame.columns if folded(header) in words), None)
               for name, words in _HEADERS.items()}
    if columns["name"] is None or columns["value"] is None:
        return {}, [Fault(SETTINGS, "", "settings_sheet", source=raw.source)]
    settings: dict[str, Any] = {}
    faults = []
    pairs = zip(raw.frame[columns["name"]].to_list(), raw.frame[columns["value"]].to_list(), strict=True)
    for row, (name, value) in enumerate(pairs, start=raw.first_row):
        if name is None or value is None:
            continue
        try:
            _place(settings, [step.strip() for step in str(name).split(_SIGN)], _value(value))
        except (ValueError, AttributeError):
            faults.append(Fault(SETTINGS, str(name), "settings_row", (row,), 1, source=raw.source))
    return _with_lists(settings), faults


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value and all(key.strip() == key != "" and _SIGN not in key for key in value):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}{_STEP}{key}" if name else str(key))
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value, start=1):
            yield from _flat(inner, f"{name}{_STEP}#{place}")
    elif value is not None:
        if isinstance(value, str) and value.strip() == value != "" and _value(value) == value:
            yield name, value
        else:
            yield name, json.dumps(value, ensure_ascii=False)


def _value(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return text


def _place(settings: dict[str, Any], steps: list[str], value: Any) -> None:
    *sections, last = steps
    for section in sections:
        settings = settings.setdefault(section, {})
    if last in settings or len(sections) > MOST_SECTIONS:
        raise ValueError(last)
    settings[last] = value


def _with_lists(value: Any) -> Any:
    """Turn the mappings whose keys are #1, #2, ... into lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _with_lists(each) for key, each in value.items()}
    if inner and all(key == f"#{place}" for place, key in enumerate(inner, start=1)):
        return list(inner.values())
    return inner
