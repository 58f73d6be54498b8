"""The report and the workbook say which drifts are under way, in both languages, and what cannot be told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from python_calamine import load_workbook

from arbitre.capability import Result
from arbitre.measure import drifts
from arbitre.show.report import Findings, render
from arbitre.show.workbook import write_workbook_report
from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of
from tests.show import sample_findings as sample

START = datetime(2023, 1, 1)


@pytest.fixture(scope="module")
def chain() -> Chain:
    """Three hundred lines, one a third of a week; those of the last year come late."""
    lines = [{"case": f"c{i:03}", "site": "lyon", "opened_at": at,
              "closed_at": at + timedelta(hours=2 if i < 200 else 9)}
             for i in range(300) for at in [START + i * timedelta(days=3.6)]]
    promise = {"promise": "p", "name": "Same day", "window": 8.0, "target_share": 0.9, "late_cost": 70.0}
    return chain_of(cases=lines, sites=[{"site": "lyon", "name": "Lyon"}], promises=[promise])


@pytest.fixture(scope="module")
def result(chain: Chain) -> Result:
    return drifts.run(chain, drifts.Params.model_validate({}), 1, lambda *_: None)


def findings(chain: Chain, result: Result, language: str) -> Findings:
    told = replace(chain, settings=chain.settings.model_copy(update={"language": language, "currency": "EUR"}))
    return Findings(told, {}, result.tables, sample.MADE)


def section(page: str) -> str:
    text = page[page.index('<section id="drifts"'):]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text[: text.index("</section>")]))


@pytest.mark.parametrize(("language", "words"), [
    ("en", ("Under way: service below promise", "promises missed, rising, Lyon", "Same day", "stock or crews",
            "The chart of the drift under way", "Times its limit", "Cannot be told", "90.0%")),
    ("fr", ("En cours : service sous la promesse", "promesses manquées en hausse, Lyon", "stock ou équipes",
            "La carte de la dérive en cours", "En multiples de sa limite", "Ne peut être dit", "90,0 %")),
])
def test_the_section_says_what_departs(chain: Chain, result: Result, language: str, words: tuple[str, ...]) -> None:
    told = section(render(findings(chain, result, language))).replace("\u00a0", " ").replace("\u202f", " ")
    for word in words:
        assert word in told, word


def test_without_drifts_measured_the_section_says_so() -> None:
    assert "No case says whether the service drifts" in section(render(sample.network("en")))


def test_the_workbook_has_their_rows_and_months(chain: Chain, result: Result, tmp_path: Path) -> None:
    book = load_workbook(str(write_workbook_report(findings(chain, result, "fr"), tmp_path / "book.xlsx")))
    assert book.sheet_names[2:] == ["Dérives", "Preuves des dérives"]
    rows = book.get_sheet_by_name("Dérives").to_python()
    assert rows[1][0] == "service sous la promesse"
    assert "en cours" in rows[1]
    assert isinstance(rows[1][rows[0].index("Depuis")], date)
    assert len(book.get_sheet_by_name("Preuves des dérives").to_python()) == 1 + result.tables["drift_evidence"].height
