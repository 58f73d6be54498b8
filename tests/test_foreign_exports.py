"""A foreign export gives the same decision as our own tables: French headers, other separators, dates and encodings."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from arbitre.flow.solve import solve
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.checks.rules import say
from arbitre.tables.files.write import write_duckdb, write_folder, write_workbook
from arbitre.tables.open import open_chain

BASE = Path(__file__).parent / "faults" / "base"


def french(chain: Chain) -> Chain:
    return Chain(chain.settings.model_copy(update={"language": "fr"}), chain.tables)


def french_folder(chain: Chain, folder: Path) -> Path:
    """French files as a French system writes them: labels, ;, decimal comma, d/m/y, cp1252, CR LF.

    A day like 01/03/2024 could be the third of January: all chain.toml says is that days come first.
    """
    folder.mkdir()
    (folder / "chain.toml").write_text('dates = "day_first"\n', encoding="utf-8")
    for name, frame in chain.tables.items():
        table = INPUTS[name]
        dates = [pl.col(column).dt.strftime("%d/%m/%Y") for column, kind in frame.schema.items() if kind == pl.Date]
        times = [pl.col(column).dt.strftime("%d/%m/%Y %H:%M") for column, kind in frame.schema.items()
                 if kind == pl.Datetime]
        text = frame.with_columns(*dates, *times).rename({column.name: column.label_fr for column in table.columns})
        written = text.write_csv(separator=";", decimal_comma=True, line_terminator="\r\n")
        (folder / f"{table.label_fr}.csv").write_bytes(written.encode("cp1252"))
    return folder


def french_workbook(chain: Chain, folder: Path) -> Path:
    write_workbook(french(chain).tables, french(chain).settings, folder.with_suffix(".xlsx"))
    return folder.with_suffix(".xlsx")


def french_csv(chain: Chain, folder: Path) -> Path:
    write_folder(chain.tables, chain.settings, folder, "csv_fr")
    return folder


def database(chain: Chain, folder: Path) -> Path:
    write_duckdb(chain.tables, chain.settings, folder.with_suffix(".duckdb"))
    return folder.with_suffix(".duckdb")


@pytest.mark.parametrize("written", [french_folder, french_workbook, french_csv, database])
def test_the_decision_is_the_same(written: Callable[[Chain, Path], Path], tmp_path: Path) -> None:
    chain = open_chain(BASE)
    foreign = open_chain(written(chain, tmp_path / "export"))
    assert foreign.check() == []
    assert solve(foreign).summary == solve(chain).summary


def test_a_date_that_could_be_two_is_told_and_never_guessed(tmp_path: Path) -> None:
    folder = french_folder(open_chain(BASE), tmp_path / "export")
    (folder / "chain.toml").unlink()
    faults = open_chain(folder).check()
    assert {fault.rule for fault in faults} == {"ambiguous_date"}
    assert all("day_first" in say(fault, "fr") for fault in faults)


def test_french_headers_make_a_french_report(tmp_path: Path) -> None:
    foreign = open_chain(french_folder(open_chain(BASE), tmp_path / "export"))
    assert foreign.language == "fr"
    html = solve(foreign).report(tmp_path / "out")[0].read_text(encoding="utf-8")
    assert '<html lang="fr"' in html
    assert "borne" in html


def test_a_french_chain_tells_its_faults_in_french(tmp_path: Path) -> None:
    folder = french_folder(open_chain(BASE), tmp_path / "export")
    file = folder / "Articles.csv"
    file.write_bytes(file.read_bytes().replace(b"Prix", "Prix catalogué".encode("cp1252")))
    foreign = open_chain(folder)
    faults = foreign.check()
    assert {(fault.table, fault.rule) for fault in faults} == {("items", "unknown_column"), ("items", "missing_column")}
    assert all("colonne" in say(fault, foreign.language) for fault in faults)
