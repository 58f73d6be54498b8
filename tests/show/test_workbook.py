"""The workbook holds numbers as numbers, text as text, charts, and says what was cut."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook, load_workbook

from arbitre.show import workbook
from arbitre.show.report import Findings
from arbitre.show.workbook import write_workbook_report
from arbitre.tables.chain import Chain
from arbitre.tables.settings import Settings
from tests.show import sample_findings as sample


def written(findings: Findings, path: Path) -> CalamineWorkbook:
    return load_workbook(str(write_workbook_report(findings, path)))


def test_sheets_in_french_with_charts_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    book = written(sample.network("fr", items=10, sites=4), path)
    assert book.sheet_names == [
        "Lisez-moi", "Synthèse", "Promesses", "Valeur marginale", "Qui reçoit quoi", "Niveaux",
        "Pourquoi ce niveau", "Mouvements", "Coût et service",
    ]  # fmt: skip
    received = book.get_sheet_by_name("Qui reçoit quoi").to_python()
    assert received[0][0] == "Classe"
    assert received[1][-1] == pytest.approx(-0.0616)
    with zipfile.ZipFile(path) as parts:
        charts = [name for name in parts.namelist() if name.startswith("xl/charts/chart")]
        sheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(charts) == 6
    assert sum("<autoFilter" in sheet for sheet in sheets) == 7
    assert sum('state="frozen"' in sheet for sheet in sheets) == 8
    assert not any("<f>" in sheet for sheet in sheets)


def test_text_never_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    findings = sample.network(items=5, sites=2)
    sites = findings.chain.tables["sites"].with_columns(name=pl.lit('=HYPERLINK("http://x")'))
    items = findings.chain.tables["items"]
    chain = Chain(Settings(name="=1+1"), {**findings.chain.tables, "sites": sites, "items": items})
    levels = findings.tables["stock_levels"].with_columns(item=pl.lit("http://example.com"))
    tables = {**findings.tables, "stock_levels": levels}
    path = tmp_path / "report.xlsx"
    book = written(replace(findings, chain=chain, tables=tables), path)
    assert book.get_sheet_by_name("Read me").to_python()[0][0] == "=1+1"
    assert book.get_sheet_by_name("Levels").to_python()[1][:2] == ["http://example.com", '=HYPERLINK("http://x")']
    with zipfile.ZipFile(path) as parts:
        text = "".join(parts.read(name).decode() for name in parts.namelist() if "worksheets" in name)
    assert not re.search(r"<f>|<hyperlink", text)


def test_long_tables_are_cut_and_the_first_sheet_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", {"stock_levels": 20, "stock_reasons": 20, "stock_moves": 5})
    book = written(sample.network(items=50, sites=4), tmp_path / "report.xlsx")
    levels = book.get_sheet_by_name("Levels").to_python()
    assert len(levels) == 21
    before, after = (levels[0].index(name) for name in ("Capital today", "Capital in the plan"))
    capital = [max(row[before], row[after]) for row in levels[1:]]
    assert capital == sorted(capital, reverse=True)
    reasons = book.get_sheet_by_name("Why this level").to_python()
    assert {tuple(row[:2]) for row in reasons[1:]} == {tuple(row[:2]) for row in levels[1:]}
    told = " ".join(str(cell) for row in book.get_sheet_by_name("Read me").to_python() for cell in row)
    assert "Only the 20 rows with the most capital, of 200;" in told


def test_parts_may_be_missing_and_today_unknown(tmp_path: Path) -> None:
    bare = sample.without(sample.network(items=5), "promises_kept", "promise_worth", "stock_received", "stock_reasons",
                          "stock_moves", "stock_curve")  # fmt: skip
    assert written(bare, tmp_path / "a.xlsx").sheet_names == ["Read me", "Summary", "Levels"]
    book = written(sample.refinery(), tmp_path / "b.xlsx")
    levels = book.get_sheet_by_name("Levels").to_python()
    assert levels[0][3] == "Today"
    assert levels[1][3] == ""
    assert written(Findings(Chain(Settings(), {})), tmp_path / "c.xlsx").sheet_names == ["Read me", "Summary"]


def test_moves_come_dearest_first_with_their_reason_in_words(tmp_path: Path) -> None:
    moves = written(sample.network(items=20), tmp_path / "m.xlsx").get_sheet_by_name("Moves").to_python()
    change = [abs(row[4]) for row in moves[1:]]
    assert change == sorted(change, reverse=True)
    assert "_" not in "".join(row[5] for row in moves[1:])
