"""Decisions kept as rows: whole, beside what is there, and refused where they could not be read again."""

from pathlib import Path

import polars as pl
import pytest

from arbitre.core.errors import UsageError
from arbitre.flow.compare import explained
from arbitre.flow.decide import Arbitration
from arbitre.show.report import Findings, render
from arbitre.tables.open import open_chain
from arbitre.tables.save import save
from benchmarks.rows import chain_of

COMPARED = pl.DataFrame({
    "measure": ["portfolio.value", "portfolio.bound", "portfolio.margin", "portfolio.transport", "portfolio.sites",
                "portfolio.catalogue", "portfolio.holding"],
    "base": [100.0, 110.0, 400.0, 100.0, 150.0, 0.0, 50.0], "near": [130.0, 140.0, 400.0, 60.0, 160.0, 0.0, 50.0]})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return save(chain_of(segments=[{"segment": "S"}]), tmp_path / "chain")


def made(place: Path, **changed: object) -> Arbitration:
    given = {"path": place, "chain": open_chain(place), "scenarios": ("near",), "choice": "near", "by": "Ann, Bo",
             "why": 'so "said"\nthe board', "question": "Where?"}
    return Arbitration(**{**given, **changed})  # type: ignore[arg-type]


def test_a_decision_is_added_and_everything_else_stays(place: Path) -> None:
    before = {file: file.read_bytes() for file in place.rglob("*") if file.is_file()}
    file = made(place).keep(COMPARED)
    first = file.read_bytes()
    made(place, question="And then?").keep(COMPARED)
    assert file.read_bytes().startswith(first)
    assert {name: name.read_bytes() for name in before} == before
    assert {found.name for found in (place / "tables").iterdir()} == {"segments.csv", "arbitrations.csv"}
    chain = open_chain(place)
    assert chain.check() == []
    row = chain.table("arbitrations").filter(question="Where?").row(0, named=True)
    assert (row["choice"], row["by"], row["scenarios"]) == ("near", "Ann, Bo", "base, near")
    assert row["numbers"].startswith("portfolio.value: base 100, near 130")
    assert row["turns_on"] == "If base brought 30 more a year."
    assert "Ann, Bo" in render(Findings(chain))


def test_a_choice_that_is_not_the_best_says_so(place: Path) -> None:
    row = open_chain(made(place, choice="base").keep(COMPARED).parents[1]).table("arbitrations").row(0, named=True)
    assert row["turns_on"] == "It is not the best by portfolio.value: near is, by 30 a year."


def test_what_could_not_be_kept_is_refused_before_anything_is_solved(place: Path) -> None:
    for changed, told in (({"choice": "far"}, "not among"), ({"by": " "}, "Nobody"),
                          ({"path": place / "chain.toml"}, "no folder")):
        with pytest.raises(UsageError, match=told):
            made(place, **changed)
    made(place).keep(COMPARED)
    with pytest.raises(UsageError, match="today already"):
        made(place)
    (place / "tables" / "arbitrations.csv").write_text("question;on\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no plain CSV"):
        made(place)


def test_a_difference_is_told_by_its_parts() -> None:
    assert explained(COMPARED) == {"near": "+30 a year: transport +40, sites -10"}
    assert explained(COMPARED.filter(measure="portfolio.bound")) == {}
