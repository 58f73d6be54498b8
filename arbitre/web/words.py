"""The words of the pages, in English and in French: `words.toml` holds them all."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Language = Literal["en", "fr"]


class Words:
    """The words of one language: `words("table.page", page=2, pages=7)`."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, **blanks: object) -> str:
        """Return the words of a key with its blanks filled; raises KeyError when there are none."""
        group, _, name = key.partition(".")
        return catalogue()[group][name][self.language].format(**blanks)

    def said(self, sentence: str) -> tuple[str, Language]:
        """Return a sentence of the code in this language where there is a translation, and the language it is in."""
        translations = catalogue()["french"] if self.language == "fr" else {}
        return (translations[sentence], "fr") if sentence in translations else (sentence, "en")


@cache
def catalogue() -> Mapping[str, Mapping[str, Any]]:
    """Return every entry by group and name; "french" translates sentences that the code says in English."""
    return tomllib.loads(files("arbitre.web").joinpath("words.toml").read_text(encoding="utf-8"))
