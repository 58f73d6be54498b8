"""Offers before stock: only where it is asked for, and then everything shown in both languages."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from arbitre.flow.arbitrate import arbitrates
from arbitre.flow.solve import Answer, solve
from arbitre.tables.chain import Chain
from tests.optimise.test_portfolio import chain, market

QUICK = {"gap": 0.02, "rounds": 2, "nodes": 100}


def asking(**sections: dict[str, float]) -> Chain:
    rows = market()
    for row in rows["contracts"]:
        row["from_on"] = date(2024, 1, 1)
    made = chain(rows)
    named = {f"optimise.{name}": params for name, params in sections.items()}
    return replace(made, settings=made.settings.model_copy(update={"capabilities": named}))


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARBITRE_CACHE", str(tmp_path_factory.mktemp("cache")))
        return solve(asking(portfolio=QUICK, frontier={**QUICK, "points": 2, "alternatives": 1, "near": 0.9}))


def test_offers_are_decided_only_where_it_is_asked_for_or_nothing_else_tells_a_demand() -> None:
    assert not arbitrates(asking())
    assert arbitrates(asking(portfolio={}))
    assert arbitrates(asking(frontier={}))
    rows = market()
    rows.pop("demand")
    assert not arbitrates(chain(rows)), "nothing tells what would be asked"
    rows["positions"] = [{"model": "Atlas", "item": "pump", "failure_rate": 3.0}]
    assert arbitrates(chain(rows))


def test_stock_is_decided_for_the_demand_that_the_offers_bring(answer: Answer) -> None:
    brought = answer.results["optimise.portfolio"].tables["demand"]
    assert answer.tables["demand"].equals(brought)
    assert answer.chain.table("demand").equals(brought)
    assert answer.summary["portfolio.value"] <= answer.summary["portfolio.bound"]
    assert answer.summary["frontier.value"] == pytest.approx(answer.summary["portfolio.value"], rel=0.05)
    assert set(answer.tables["promise_worth"]["offer"].drop_nulls()) <= set(brought["offer"])


@pytest.mark.parametrize(("language", "words", "sheet"), [
    ("en", ["Who is served from where", "signed today by", "Keep FAST apart", "each with its bound", "as promised"],
     "Frontier"),
    ("fr", ["Qui est servi d’où", "signée aujourd’hui par", "Différencier FAST", "Aujourd’hui"], "Frontière")])
def test_the_report_shows_it(answer: Answer, tmp_path: Path, language: str, words: list[str], sheet: str) -> None:
    spoken = replace(answer.chain, settings=answer.chain.settings.model_copy(update={"language": language}))
    page, book, *_ = replace(answer, chain=spoken).report(tmp_path)
    html = page.read_text(encoding="utf-8")
    assert [word for word in words if word not in html] == []
    assert sheet in CalamineWorkbook.from_path(str(book)).sheet_names


def test_without_it_the_report_has_no_such_section(tmp_path: Path) -> None:
    told = solve(asking())
    page, book, *_ = told.report(tmp_path)
    assert not any(name.startswith(("portfolio.", "frontier.")) for name in told.summary)
    assert 'id="portfolio"' not in page.read_text(encoding="utf-8")
    assert "Frontier" not in CalamineWorkbook.from_path(str(book)).sheet_names
