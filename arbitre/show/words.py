"""Every word of what Arbitre shows, in English and in French: `words.toml` is the one catalogue."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from babel.numbers import format_decimal

from arbitre.tables.schema import Column

LANGUAGES = ("en", "fr")
LOCALES = {"en": "en_GB", "fr": "fr_FR"}


class Words:
    """The words of one language: `words("decision.plan", value="12 k€")`.

    `fixed` fills blanks that are the same in every sentence. An entry is a sentence with named blanks, or a pair
    (one, many) of which the blank `n` chooses and is shown in.
    """

    def __init__(self, language: str, fixed: Mapping[str, str] | None = None) -> None:
        if language not in LANGUAGES:
            raise ValueError(f"no words in {language!r}: only {', '.join(LANGUAGES)}")
        self.language = language
        self.fixed = dict(fixed or {})

    def __call__(self, key: str, **values: Any) -> str:
        """Return the words of a key with its blanks filled; raises KeyError when there are none."""
        entry = catalogue()[key][self.language]
        if isinstance(entry, list):
            count = values["n"]
            one = count <= 1 if self.language == "fr" else count == 1
            entry = entry[0 if one else 1]
            values["n"] = format_decimal(count, locale=LOCALES[self.language])
        return entry.format(**{**self.fixed, **values})

    def choice(self, group: str, value: str | None) -> str:
        """Return the words of a value of a choice, or the value itself when the catalogue does not know it."""
        return self(f"{group}.{value}") if f"{group}.{value}" in catalogue() else (value or "")

    def told(self, column: Column, value: str) -> str:
        """Return the words of a value of a column of choices: of the catalogue, else as the column declares them."""
        if f"{column.name}.{value}" in catalogue():
            return self(f"{column.name}.{value}")
        if self.language == "fr" and column.choices_fr and value in column.choices:
            return column.choices_fr[column.choices.index(value)]
        return value.replace("_", " ")

    def listed(self, texts: list[str]) -> str:
        """Join texts as one enumerates them: a, b and c."""
        if len(texts) < 2:
            return "".join(texts)
        return f"{', '.join(texts[:-1])} {self('list.and')} {texts[-1]}"


@cache
def catalogue() -> Mapping[str, Mapping[str, Any]]:
    """Return every entry by its dotted key, in every language, typeset."""
    source = tomllib.loads(files("arbitre.show").joinpath("words.toml").read_text(encoding="utf-8"))
    return {
        key: {language: _typeset(text, language) for language, text in entry.items()} for key, entry in _entries(source)
    }


def _entries(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if "en" in node or "fr" in node:
        yield prefix, node
        return
    for name, child in node.items():
        yield from _entries(child, f"{prefix}.{name}" if prefix else name)


def _typeset(text: Any, language: str) -> Any:
    if isinstance(text, list):
        return [_typeset(part, language) for part in text]
    text = text.replace("'", "\u2019")
    if language == "fr":
        text = re.sub(r" ([;!?])", "\u202f\\1", text)
        text = re.sub(r" ([:»%])", "\u00a0\\1", text).replace("« ", "«\u00a0")
    return text
