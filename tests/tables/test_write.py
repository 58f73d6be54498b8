"""What is written is read back the same, whatever the form, and nothing is ever half written."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as runs
from hypothesis import strategies as st

from arbitre.core.errors import Fault, UsageError
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.files import _sheets
from arbitre.tables.files._settings_rows import settings_from, settings_rows
from arbitre.tables.files.faults_workbook import write_faults_workbook
from arbitre.tables.files.read import read_tables
from arbitre.tables.files.write import write_duckdb, write_folder, write_workbook
from arbitre.tables.frames import TYPES
from arbitre.tables.open import open_chain
from arbitre.tables.raw import Raw
from arbitre.tables.sample.aftersales import SAMPLES
from arbitre.tables.schema import Column, Kind
from arbitre.tables.settings import Settings

SETTINGS = Settings.model_validate({
    "name": 'Après-vente "Est" \\', "language": "fr", "currency": "USD", "period": {"from": "2024-01-01"},
    "sources": {"oil": "spares/oil.xls#Data 1b"},
    "scenarios": {"fewer > vans": [{"table": "items", "column": "price", "change": "* 1.1"}], "none": []},
    "capabilities": {"optimise.stock": {"share": 0.95, "text": "12", "deep": {"list": [1, [2, "x"]], "yes": True}}},
})
TABLES = {
    "items": pl.DataFrame({
        "item": ["007", "1.50", "=1+1", "http://x.y", "true", "+3", "a;b,c\n\"d\"", "\t- x", "2024-01-01", "_x0041_"],
        "price": [0.1 + 0.2, 1 / 3, 1e300, 5e-324, 1234.5, 1e15, 0.0, 123456789.123456789, 2.0, 1e22],
        "lead_time": [1.0] * 10, "lot": [1, 2**53 + 1, 2**62, 4, 5, 6, 7, 8, 9, 10],
        "is_repairable": [True, False] * 5,
    }),
    "cases": pl.DataFrame({
        "case": ["1", "2", "3"],
        "opened_at": [datetime(2024, 1, 1, 23, 59, 59), datetime(1900, 1, 1), datetime(2024, 1, 1, 0, 0, 0, 123457)],
        "closed_at": [None, datetime(2024, 2, 29), datetime(2199, 12, 31, 1)],
    }),
    "contracts": pl.DataFrame({"contract": ["a"], "customer": ["é"], "offer": ["x"], "from_on": [date(1900, 2, 28)]}),
    "events": pl.DataFrame(schema={"case": pl.String, "step": pl.String}),
}


def opened(path: Path) -> Chain:
    chain = open_chain(path)
    assert [fault for fault in chain.found if fault.rule != "missing_column"] == []
    return chain


def same(one: Chain, other: Chain) -> None:
    assert one.settings == other.settings
    assert one.tables.keys() == other.tables.keys()
    for name, frame in one.tables.items():
        assert frame.equals(other.tables[name]), name


def test_every_form_gives_the_chain_back(tmp_path: Path) -> None:
    write_folder(TABLES, SETTINGS, tmp_path / "a")
    chain = opened(tmp_path / "a")
    assert chain.settings == SETTINGS
    for name, frame in TABLES.items():
        stripped = frame.with_columns(pl.col(pl.String).str.strip_chars())
        assert chain.tables[name].select(frame.columns).equals(
            stripped.cast({column: TYPES[INPUTS[name].column(column).kind] for column in frame.columns})), name
    before = chain
    for form in ("a.xlsx", "b", "c.duckdb", "d:parquet", "e.xlsx", "g.duckdb", "h"):
        name, _, kind = form.partition(":")
        path = tmp_path / name
        if path.suffix == ".xlsx":
            write_workbook(before.tables, before.settings, path)
        elif path.suffix == ".duckdb":
            write_duckdb(before.tables, before.settings, path)
        else:
            write_folder(before.tables, before.settings, path, kind or "csv")  # type: ignore[arg-type]
        after = opened(path)
        same(before, after)
        before = after
    same(chain, before)
    small = {**chain.tables, "items": chain.tables["items"].with_columns(lot=pl.lit(1, pl.Int64))}
    write_folder(small, SETTINGS, tmp_path / "fr", "csv_fr")  # whole numbers stay exact there up to 2^53
    assert opened(tmp_path / "fr").tables["items"].equals(small["items"])
    write_folder(chain.tables, chain.settings, tmp_path / "a")
    for file in (tmp_path / "a" / "tables").iterdir():
        assert file.read_bytes() == (tmp_path / "h" / "tables" / file.name).read_bytes()


def test_the_sample_survives_every_form(tmp_path: Path) -> None:
    sample = SAMPLES["aftersales"]("small", 1)
    tables = {name: frame.head(300) for name, frame in sample.tables.items()}
    settings = Settings.model_validate(sample.settings)
    write_folder(tables, settings, tmp_path / "a")
    first = opened(tmp_path / "a")
    write_workbook(first.tables, settings, tmp_path / "a.xlsx")
    second = opened(tmp_path / "a.xlsx")
    write_duckdb(second.tables, settings, tmp_path / "a.duckdb")
    third = opened(tmp_path / "a.duckdb")
    for chain, after in pairwise((first, second, third)):
        same(chain, after)


def cells(column: Column) -> st.SearchStrategy[object]:
    """Values that a column may hold, as the typing step leaves them."""
    text = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs", "Co", "Cn")), min_size=1, max_size=8)
    kinds: dict[Kind, st.SearchStrategy[object]] = {
        Kind.KEY: text.map("k".__add__), Kind.TEXT: text.map("t".__add__), Kind.INTEGER: st.integers(0, 10**9),
        Kind.NUMBER: st.floats(0, 1e12), Kind.TRUTH: st.booleans(), Kind.DATE: st.dates(date(1901, 1, 1)),
    }
    return kinds[column.kind]


@given(st.data())
@runs(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_items_survive_a_workbook(tmp_path: Path, data: st.DataObject) -> None:
    table = INPUTS["items"]
    rows = data.draw(st.lists(st.tuples(*(cells(column) for column in table.columns)), min_size=1, max_size=5))
    frame = pl.DataFrame(rows, schema={column.name: TYPES[column.kind] for column in table.columns}, orient="row")
    write_workbook({"items": frame}, Settings(name="x", language="en"), tmp_path / "x.xlsx")
    assert opened(tmp_path / "x.xlsx").tables["items"].equals(frame)


def test_every_label_is_read_back_as_its_column(tmp_path: Path) -> None:
    empty = {name: pl.DataFrame(schema={column.name: TYPES[column.kind] for column in table.columns})
             for name, table in INPUTS.items()}
    for language in ("en", "fr"):
        write_workbook(empty, Settings(name="x", language=language), tmp_path / f"{language}.xlsx")
        chain = open_chain(tmp_path / f"{language}.xlsx")
        assert set(chain.tables) == set(INPUTS)
        assert chain.found == ()
        assert read_tables(tmp_path / f"{language}.xlsx").language == language


settings_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: st.lists(inner.filter(lambda each: each is not None), max_size=3), max_leaves=5,
).filter(lambda each: each is not None)


@given(st.dictionaries(st.text("abz_.é ", min_size=1).map(str.strip).filter(bool), settings_values, max_size=4))
def test_settings_survive_rows(values: dict[str, object]) -> None:
    frame = settings_rows({"capabilities": {"x": values}}).with_columns(pl.all().replace("", None))
    found, faults = settings_from(Raw("x", frame))
    assert (found, faults) == ({"capabilities": {"x": values}}, [])


def test_a_folder_is_replaced_whole_and_nothing_else_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "chain"
    write_folder(TABLES, SETTINGS, path)
    (path / "README.md").write_text("mine")
    (path / "tables" / "notes.md").write_text("mine too")
    write_folder({"items": TABLES["items"]}, SETTINGS, path)
    assert sorted(file.name for file in (path / "tables").iterdir()) == ["items.csv", "notes.md"]
    assert (path / "README.md").read_text() == "mine"
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("x")
    with pytest.raises(UsageError, match="other things"):
        write_folder(TABLES, SETTINGS, other)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["chain", "other"]


def test_nothing_is_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.xlsx").write_text("before")
    monkeypatch.setattr(_sheets, "MOST_SIGNS", 3)
    with pytest.raises(UsageError, match="characters"):
        write_workbook(TABLES, SETTINGS, tmp_path / "a.xlsx")
    monkeypatch.setattr(_sheets, "MOST_ROWS", 3)
    with pytest.raises(UsageError, match="rows"):
        write_workbook(TABLES, SETTINGS, tmp_path / "a.xlsx")
    with pytest.raises(UsageError, match="Did you mean items"):
        write_duckdb({"itms": TABLES["items"]}, SETTINGS, tmp_path / "a.duckdb")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.xlsx", "before")]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_faults_come_back_in_the_workbook_and_it_can_be_opened_again(tmp_path: Path, language: str) -> None:
    (tmp_path / "items.csv").write_text("Article;Prix;Délai\n007;abc;3\nb;2;\n", encoding="utf-8")
    chain = open_chain(tmp_path / "items.csv")
    faults = chain.check()
    assert {fault.rule for fault in faults} >= {"not_a_number", "empty_cell"}
    raws = read_tables(tmp_path / "items.csv").raws
    missing = Fault("items", "name", "missing_column", values={"label": "Name"})
    write_faults_workbook(raws, [*faults, missing], tmp_path / "faults.xlsx", language)  # type: ignore[arg-type]
    again = read_tables(tmp_path / "faults.xlsx")
    frame = again.raws["items"].frame
    assert frame.select(frame.columns[:3]).rows() == raws["items"].frame.rows()
    assert all(frame[frame.columns[3]].str.len_chars() > 20)
    assert open_chain(tmp_path / "faults.xlsx").tables["items"].equals(chain.tables["items"])
