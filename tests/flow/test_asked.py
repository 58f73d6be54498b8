"""A chain that holds no stock is answered by what its chain.toml has sections for."""

from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from arbitre.core.errors import Unsupported
from arbitre.flow.solve import solve
from arbitre.tables.catalogue import DECLARED
from arbitre.tables.chain import Chain
from arbitre.tables.new import new


@pytest.fixture(scope="module")
def marketing() -> Chain:
    return new("marketing", "small", 1)


def asking(chain: Chain, language: str, **capabilities: dict) -> Chain:
    sections = {name.replace("__", "."): params for name, params in capabilities.items()}
    return Chain(chain.settings.model_copy(update={"capabilities": sections, "language": language}), chain.tables)


def test_each_section_is_answered_in_the_order_of_the_stages(marketing: Chain) -> None:
    answer = solve(asking(marketing, "en", optimise__spend={"draws": 50}, measure__lifts={}))
    assert [name for name in answer.results if name in ("measure.lifts", "optimise.spend")] == [
        "measure.lifts", "optimise.spend"]
    assert answer.plan is None
    assert answer.summary["spend.bound"] >= answer.summary["spend.value"]
    assert set(answer.results["optimise.spend"].tables) <= set(answer.tables)


def test_the_report_tells_its_tables_as_they_are_declared(marketing: Chain, tmp_path: Path) -> None:
    answer = solve(asking(marketing, "fr", measure__lifts={}))
    page, book, *_ = answer.report(tmp_path)
    text = page.read_text(encoding="utf-8")
    assert answer.results["measure.lifts"].tables["lift_tests"].height
    label = DECLARED["lift_tests"].label_fr
    assert label in text
    assert label in CalamineWorkbook.from_path(book).sheet_names
    assert "Ce qui a été demandé" in text
    assert "Aucun plan" not in text



def test_a_chain_that_asks_nothing_is_told_what_a_stock_needs(marketing: Chain) -> None:
    with pytest.raises(Unsupported, match=r"optimise.stock needs items"):
        solve(asking(marketing, "en"))
