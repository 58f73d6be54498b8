"""The report says who is alike and what items call for, in both languages, and says so where nobody is told apart."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from arbitre.capability import silent
from arbitre.segment import customers, items
from arbitre.show.report import Findings, render
from benchmarks.segment import orders
from tests.show import sample_findings as sample


def findings(language: str) -> Findings:
    chain, _ = orders(300, 1)
    chain = replace(chain, settings=chain.settings.model_copy(update={"language": language}))
    found = [(module, module.run(chain, module.Params(), 1, silent)) for module in (customers, items)]
    tables = {name: table for _, result in found for name, table in result.tables.items()}
    summary = {f"{module.__name__.split('.')[-1]}.{key}": value for module, result in found
               for key, value in result.summary.items()}
    return Findings(chain, summary, tables, sample.MADE)


def section(page: str) -> str:
    text = page[page.index('<section id="segments"'):]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text[: text.index("</section>")]))


@pytest.mark.parametrize(("language", "words"), [
    ("en", ("300 customers by value and need", "Who belongs where, in words", "or more", "classes by the way they",
            "latent classes", "calls for", "Forecast:")),
    ("fr", ("300 clients par valeur et besoin", "Qui appartient à quoi", "ou plus", "classes par leur façon",
            "classes latentes", "classes d’articles", "Prévision")),
])
def test_the_section_says_who_is_alike(language: str, words: tuple[str, ...]) -> None:
    told = section(render(findings(language)))
    for word in words:
        assert word.lower() in told.lower().replace("call for", "calls for"), word


def test_where_nobody_is_told_apart_the_section_says_so() -> None:
    assert "Nobody was told apart" in section(render(sample.network("en")))
