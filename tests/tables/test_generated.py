"""What follows from the declarations is up to date, and says what they say."""

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from arbitre.core.units import factor
from arbitre.tables import catalogue
from arbitre.tables.catalogue import DECLARED, INPUTS
from arbitre.tables.cells.typed import typed
from arbitre.tables.generated import ddl, json_schema, main, page, referred_first, stale, templates
from arbitre.tables.raw import Raw
from arbitre.tables.schema import Kind
from arbitre.tables.settings import Settings


def test_the_generated_files_are_fresh() -> None:
    assert stale() == [], "run python -m arbitre.tables.generated"


def test_no_two_tables_share_a_name() -> None:
    names = [table.name for topic in (*catalogue._TOPICS, catalogue.results) for table in topic.TABLES]
    assert sorted(names) == sorted(DECLARED)


def test_a_changed_or_left_over_file_is_stale(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "riders.csv").write_text("rider\n", encoding="utf-8")
    assert {"tables.md", "templates/riders.csv"} <= set(stale(tmp_path))


def test_wrong_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--write"]) == 2
    assert "Usage" in capsys.readouterr().err


def test_the_ddl_makes_every_table_with_its_references() -> None:
    with duckdb.connect() as database:
        database.execute(ddl())
        assert {name for (name,) in database.execute("SHOW TABLES").fetchall()} == set(INPUTS)
        database.execute("INSERT INTO sites (site) VALUES ('S')")
        with pytest.raises(duckdb.ConstraintException):
            database.execute("INSERT INTO lanes (from_site, to_site, duration) VALUES ('S', 'nowhere', 1)")
    order = referred_first()
    assert order.index("segments") < order.index("customers") < order.index("cases") < order.index("events")


def test_every_template_is_read_without_fault() -> None:
    for name, text in templates().items():
        frame = pl.DataFrame(schema=dict.fromkeys(text.strip().split(","), pl.String))
        assert typed(Raw(name, frame), INPUTS[name], Settings.model_validate({})).faults == []


def test_the_schema_and_the_page_name_every_column() -> None:
    schema = json.loads(json.dumps(json_schema()))["properties"]
    text = page()
    for name, table in DECLARED.items():
        assert f"### {name}\n" in text
        assert all(f"| `{column.name}` |" in text for column in table.columns)
        if name in INPUTS:
            assert set(schema[name]["items"]["properties"]) == set(table.names)


def test_declarations_are_sound() -> None:
    """Every unit is known, every reference exists, every label is there in both languages."""
    for table in DECLARED.values():
        assert table.label
        assert table.label_fr
        for column in table.columns:
            place = f"{table.name}.{column.name}"
            assert column.label, place
            assert column.label_fr, place
            assert column.sentence.endswith("."), place
            assert not column.unit or factor(column.unit, column.unit) == 1, place
            assert (column.kind == Kind.CHOICE) == bool(column.choices), place
            if column.refers:
                other, key = column.refers.split(".")
                assert INPUTS[other].column(key).kind == column.kind == Kind.KEY, place
