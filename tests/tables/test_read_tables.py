"""Folders, workbooks, databases and foreign exports: what is found, under which name, and what is told."""

from __future__ import annotations

import os
import zipfile
from datetime import date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from xlsxwriter import Workbook

from arbitre.tables.files._refused import Refused
from arbitre.tables.files.read import read_source, read_tables, table_named

DATA = Path(os.environ.get("ARBITRE_DATA", "../shared/data"))


def rules(found: object) -> list[str]:
    return sorted(fault.rule for fault in getattr(found, "faults", ()))


@pytest.mark.parametrize(("written", "name"), [
    ("Cases", "cases"), ("CASE", "cases"), ("Lignes de commande", "cases"), ("ligne_de_commandes", "cases"),
    ("entrepots", "sites"), ("Équipements du parc", "assets"), ("stock", "stocks"), ("Délais", None),
])
def test_tables_are_named_in_many_ways(written: str, name: str | None) -> None:
    assert table_named(written) == name


def test_a_folder(tmp_path: Path) -> None:
    tables = tmp_path / "tables"
    tables.mkdir()
    (tmp_path / "chain.toml").write_text('name = "x"\n[period]\nfrom = 2024-01-01\n')
    (tables / "articles.csv").write_text("article;désignation;prix\na;b;1\n", encoding="cp1252")
    (tables / "items.tsv").write_text("item\tprice\n")
    (tables / "custmers.csv").write_text("customer,segment\n")
    (tables / "README.txt").write_text("hello")
    (tables / "sites.csv").write_text("site,name\na\n")
    (tables / "lanes.xlsx").write_bytes(b"")
    (tables / "offers.csv").write_bytes(b"")
    pl.DataFrame({"site": ["a"], "item": ["b"], "level": [3]}).write_parquet(tables / "stocks.parquet")
    pl.DataFrame({"segment": ["a"]}).write_parquet(tables / "segments.parquet")
    (tables / "contracts.parquet").write_bytes(b"PAR1")
    found = read_tables(tmp_path)
    assert set(found.raws) == {"items", "sites", "stocks", "segments"}
    assert found.raws["stocks"].frame.schema["level"] == pl.Int64
    assert found.settings == {"name": "x", "period": {"from": date(2024, 1, 1)}}
    assert rules(found) == ["damaged_file", "duplicate_table", "empty_file", "ragged_row", "unknown_format",
                            "unknown_table"]
    told = {fault.rule: fault for fault in found.faults}
    assert told["unknown_table"].values == {"name": "custmers", "meant": "customers"}
    assert told["duplicate_table"].values == {"first": "tables/articles.csv", "second": "tables/items.tsv"}
    assert (told["ragged_row"].table, told["ragged_row"].rows) == ("sites", (2,))


def test_a_foreign_export_without_chain_toml_in_french(tmp_path: Path) -> None:
    (tmp_path / "Articles.csv").write_text("Article;Désignation;Délai d'approvisionnement\n", encoding="utf-8")
    (tmp_path / "notes.md").write_text("x")
    found = read_tables(tmp_path)
    assert (set(found.raws), found.language, found.faults) == ({"items"}, "fr", [])


def test_settings_that_cannot_be_read_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "chain.toml").write_text("name = x")
    assert rules(read_tables(tmp_path)) == ["bad_toml"]


def test_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = Workbook(str(path))
    sheet = book.add_worksheet("Clients")
    sheet.write_row(2, 1, ["Export", None])
    sheet.write_row(4, 1, ["Client", "Depuis", "Nom", "Vu le", "Latitude"])
    day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.write_number(5, 1, 7500)
    sheet.write_datetime(5, 2, datetime(2001, 8, 1), day)
    sheet.write_boolean(5, 3, True)
    sheet.write_datetime(5, 4, datetime(2001, 8, 1, 14, 30), moment)
    sheet.write_number(5, 5, 48.5)
    sheet.write_formula(7, 1, "=NA()", None, "#N/A")
    book.add_worksheet("_brouillon").write_row(0, 0, ["a", "b"])
    book.add_worksheet("lisez-moi").write_row(0, 0, ["a", "b"])
    hidden = book.add_worksheet("cachée")
    hidden.write_row(0, 0, ["a", "b"])
    hidden.hide()
    book.add_worksheet("Feuil3")
    settings = book.add_worksheet("chain")
    settings.write_row(0, 0, ["name", "value"])
    settings.write_row(1, 0, ["name", "essai"])
    settings.write_row(2, 0, ["capabilities > optimise.stock > share", 0.5])
    book.close()
    found = read_tables(path)
    raw = found.raws["customers"]
    assert raw.frame.columns == ["Client", "Depuis", "Nom", "Vu le", "Latitude"]
    assert raw.frame.rows() == [("7500", "2001-08-01", "true", "2001-08-01T14:30:00", "48.5"), (None,) * 5,
                                ("#N/A", None, None, None, None)]
    assert (raw.first_row, raw.source, found.language) == (6, "book.xlsx#Clients", "fr")
    assert found.settings == {"name": "essai", "capabilities": {"optimise.stock": {"share": 0.5}}}
    assert found.faults == []


_URN = "urn:oasis:names:tc:opendocument:xmlns"
ODS = (
    f'<office:document-content xmlns:office="{_URN}:office:1.0" xmlns:table="{_URN}:table:1.0" '
    f'xmlns:text="{_URN}:text:1.0"><office:body><office:spreadsheet><table:table table:name="Articles">'
    '<table:table-row><table:table-cell office:value-type="string"><text:p>Article</text:p></table:table-cell>'
    '<table:table-cell office:value-type="string"><text:p>Prix</text:p></table:table-cell></table:table-row>'
    '<table:table-row><table:table-cell office:value-type="string"><text:p>007</text:p></table:table-cell>'
    '<table:table-cell office:value-type="float" office:value="12.5"><text:p>12,5</text:p></table:table-cell>'
    '</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>'
)


def test_an_open_document(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", ODS)
    found = read_tables(tmp_path / "a.ods")
    assert found.raws["items"].frame.rows() == [("007", "12.5")]
    assert found.language == "fr"


def test_a_file_that_may_not_be_opened_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "items.csv").write_text("item,price\n")

    def closed(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(Refused, match="Permission denied"):
        read_tables(tmp_path / "items.csv")


def test_a_header_far_down(tmp_path: Path) -> None:
    book = Workbook(str(tmp_path / "items.xlsx"))
    sheet = book.add_worksheet("items")
    sheet.write_row(200, 3, ["item", "price"])
    sheet.write_row(201, 3, ["a", 1])
    book.close()
    raw = read_tables(tmp_path / "items.xlsx").raws["items"]
    assert (raw.first_row, raw.frame.columns, raw.frame.rows()) == (202, ["item", "price"], [("a", "1")])


def test_a_database(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as database:
        database.execute("CREATE TABLE items AS "
                         "SELECT 'a' item, 1.50::DECIMAL(9,2) price, [1] odd, DATE '2024-01-01' d")
        database.execute("CREATE VIEW sites AS SELECT 1 AS site")
        database.execute("""CREATE TABLE "chain" AS SELECT 'name' AS name, 'x' AS value""")
    found = read_tables(tmp_path / "a.duckdb")
    assert found.raws["items"].frame.rows() == [("a", "1.50", "[1]", date(2024, 1, 1))]
    assert (set(found.raws), found.settings, found.faults) == ({"items"}, {"name": "x"}, [])


@pytest.mark.parametrize("spec", ["../x.csv", "/etc/passwd", "a/../../x.csv", "link.csv"])
def test_sources_stay_in_their_folder(tmp_path: Path, spec: str) -> None:
    base = tmp_path / "base"
    base.mkdir()
    (tmp_path / "x.csv").write_text("a,b\n")
    (base / "link.csv").symlink_to(tmp_path / "x.csv")
    with pytest.raises(Refused) as refused:
        read_source(spec, base)
    assert refused.value.fault.rule == "outside_folder"


def test_sources_say_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no such file"):
        read_source("a.csv", tmp_path)
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(Refused, match="not read here"):
        read_source("a.json", tmp_path)
    book = Workbook(str(tmp_path / "a.xlsx"))
    for name in ("one", "two"):
        book.add_worksheet(name).write_row(0, 0, ["a", "b"])
    book.close()
    assert read_source("a.xlsx#Two", tmp_path).source == "a.xlsx#two"
    with pytest.raises(Refused, match="Did you mean two"):
        read_source("a.xlsx#twoo", tmp_path)
    with pytest.raises(Refused, match="the sheets are: one, two"):
        read_source("a.xlsx", tmp_path)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}: set ARBITRE_DATA")
def test_real_exports() -> None:
    oil = read_source("spares/oil.xls#Data 1b", DATA)
    assert oil.frame.shape == (7024, 66)
    assert oil.frame.columns[9:12] == ["Total", "2001-08-01", "2001-07-01"]
    assert oil.frame.row(0)[:7] == ("7500", "44", "1", "1", "1", "22.58", None)
    lines = read_source("promises/scms_delivery_history.csv", DATA)  # ended by carriage returns alone
    assert (lines.frame.height, lines.faults) == (10_324, ())
