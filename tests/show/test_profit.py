"""The report and the workbook say who earns and who loses, in both languages, and what is not known."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from python_calamine import load_workbook

from arbitre.measure import cost, profit
from arbitre.show.report import Findings, render
from arbitre.show.workbook import write_workbook_report
from tests.measure.costing_chain import firm, shelved
from tests.show import sample_findings as sample


def findings(language: str) -> Findings:
    chain = shelved(firm())
    chain = replace(chain, settings=chain.settings.model_copy(update={"language": language}))
    found = [module.run(chain, module.Params(), 1, lambda *_: None) for module in (cost, profit)]
    tables = {name: table for result in found for name, table in result.tables.items()}
    summary = {f"profit.{key}": value for key, value in found[1].summary.items()}
    return Findings(chain, summary, tables, sample.MADE)


def section(page: str) -> str:
    text = page[page.index('<section id="profit"'):]
    text = re.sub(r"<svg.*?</svg>", " ", text[: text.index("</section>")], flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))


@pytest.mark.parametrize(("language", "words"), [
    ("en", ("1 of 2 customers lose money: 50%", "of net sales", "Who pays for whom", "not known", "Discounts")),
    ("fr", ("clients à perte : 1 sur 2", "de ventes nettes", "Qui paie pour qui", "Non connu", "Remises")),
])
def test_the_section_says_who_loses(language: str, words: tuple[str, ...]) -> None:
    page = render(findings(language))
    told = section(page).lower() + " ".join(re.findall(r"<text[^>]*>([^<]*)", page)).lower()
    for word in words:
        assert word.lower() in told.replace("\u00a0%", "%"), word


def test_without_invoices_the_section_says_so() -> None:
    assert "the chain has no table of invoices" in section(render(sample.network("en")))


def test_the_workbook_has_a_sheet_for_each_table(tmp_path: Path) -> None:
    book = load_workbook(str(write_workbook_report(findings("fr"), tmp_path / "book.xlsx")))
    assert book.sheet_names[2:] == [
        "Cascade", "Clients", "Qui paie pour qui", "Coût de service", "Capacité", "Stock par promesse"]
    rows = book.get_sheet_by_name("Cascade").to_python()
    assert rows[1][:4] == ["tous", "", "Tarif", 235.0]
    assert rows[7][2:4] == ["Manutention", ""]
    capacity = book.get_sheet_by_name("Capacité").to_python()
    assert capacity[3][0] == "desk"
    assert capacity[3][1] == ""
