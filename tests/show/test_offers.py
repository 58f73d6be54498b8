"""The report shows what offers are to each segment, in both languages, with words for every choice."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from arbitre.capability import Result, silent
from arbitre.segment import offers
from arbitre.show.report import Findings, render
from benchmarks.surveys import survey
from tests.show import sample_findings as sample


@pytest.fixture(scope="module")
def found() -> Result:
    return offers.run(survey(people=30, tasks=5), offers.Params(turns=1000), 1, silent)


def page(found: Result, language: str) -> str:
    chain = survey(people=30, tasks=5)
    chain = replace(chain, settings=chain.settings.model_copy(update={"language": language}))
    return render(Findings(chain, {}, found.tables, sample.MADE))


@pytest.mark.parametrize(("language", "words"), [
    ("en", ("What offers are to each segment", "must be", "not beyond chance", "1,000 more people", "All known",
            "ask again", "Lacking it hurts", "survey", "What they would pay", "best revenue price")),
    ("fr", ("Ce que sont les offres pour chaque segment", "indispensable", "pas au-delà du hasard", "Tout su",
            "redemander", "En manquer déplaît", "enquête", "ils paieraient", "prix au meilleur revenu")),
])
def test_the_section_tells_classes_prices_and_answers(found: Result, language: str, words: tuple[str, ...]) -> None:
    text = page(found, language)
    section = text[text.index('<section id="offers"'):]
    section = section[: section.index("</section>")]
    assert section.count("<svg") == 2
    for word in words:
        assert word in re.sub(r"\s+", " ", section), word
    assert not re.search(r"must_be|one_dimensional|ask_again", section)


def test_without_answers_there_is_no_such_section() -> None:
    assert '<section id="offers"' not in render(sample.network("en"))
