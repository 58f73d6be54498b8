"""Typing: what people write becomes what is declared, or is refused; nothing is guessed."""

from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import polars as pl
import pytest

from arbitre.tables.catalogue import INPUTS
from arbitre.tables.cells.typed import Typed, typed
from arbitre.tables.frames import TYPES
from arbitre.tables.raw import Raw
from arbitre.tables.schema import Column, Kind, Table
from arbitre.tables.settings import Settings

PARIS = Settings.model_validate({"name": "typed"})


def read(table: str | Table, /, columns: dict[str, Any] | None = None, **more: Any) -> Typed:
    declared = INPUTS[table] if isinstance(table, str) else table
    return typed(Raw("file.csv", pl.DataFrame({**(columns or {}), **more})), declared, PARIS)


def one(kind: Kind, cells: Any, settings: Settings = PARIS, header: str = "thing", **declared: Any
        ) -> tuple[list[Any], list[tuple[str, tuple[int, ...]]]]:
    """Type a table of one column; return its values and its faults."""
    table = Table("things", "", "Things", "Choses", (Column("thing", kind, "", "Thing", "Chose", **declared),))
    found = typed(Raw("file.csv", pl.DataFrame({header: cells})), table, settings)
    return found.frame["thing"].to_list(), [(fault.rule, fault.rows) for fault in found.faults]


@pytest.mark.parametrize(("cells", "values"), [
    (["1234.5", "-3", "+4", "1e3"], [1234.5, -3, 4, 1000]),
    (["1 234,56", "7"], [1234.56, 7]),
    (["1\u202f234,56", "1\u00a0234"], [1234.56, 1234]),
    (["1,234.56", "1,234"], [1234.56, 1234]),
    (["1.234,56", "1.234"], [1234.56, 1234]),
    (["1'234.5", "12-", "(12)", "\u22124"], [1234.5, -12, -12, -4]),
    (["1,234,567", "1,234"], [1234567, 1234]),
    (["1.234", "2.5"], [1.234, 2.5]),
    (["0,125", "1,234"], [0.125, 1.234]),
    (["", "NA", "n/a", "-", "5"], [None, None, None, None, 5]),
])
def test_numbers_are_read_in_one_way(cells: list[str], values: list[float]) -> None:
    # A second column keeps rows from being blank.
    table = Table("things", "", "Things", "Choses", (
        Column("thing", Kind.NUMBER, "", "Thing", "Chose"), Column("name", Kind.TEXT, "", "Name", "Nom")))
    found = read(table, thing=cells, name=["a"] * len(cells))
    assert found.faults == []
    assert found.frame["thing"].to_list() == values


def test_money_wears_its_sign_and_nothing_else_does() -> None:
    assert one(Kind.NUMBER, ["€ 12", "12 EUR", "1 200,5 €"], unit="money") == ([12, 12, 1200.5], [])
    assert one(Kind.NUMBER, ["£ 12"], unit="money") == ([None], [("other_currency", (2,))])
    assert one(Kind.NUMBER, ["€ 12"], unit="h") == ([None], [("not_a_number", (2,))])


def test_a_lone_thousands_figure_is_never_guessed() -> None:
    assert one(Kind.NUMBER, ["1,234", "5"]) == ([None, 5], [("ambiguous_number", (2,))])
    assert one(Kind.NUMBER, ["1,234", "1.234"]) == ([None, None], [("ambiguous_number", (2, 3))])
    assert one(Kind.INTEGER, ["1,234"]) == ([None], [("ambiguous_number", (2,))])


def test_another_column_of_the_table_decides() -> None:
    items = read("items", item=["P1"], price=["1,234"], lead_time=["2,5"])
    assert items.frame["price"].to_list() == [1.234]
    items = read("items", item=["P1"], price=["1,234"], lead_time=["2.5"])
    assert items.frame["price"].to_list() == [1234]
    items = read("items", item=["P1"], price=["1.234"], lead_time=["2,5"])
    assert items.frame["price"].to_list() == [1234]


def test_a_column_with_two_decimal_marks_is_refused_where_it_departs() -> None:
    assert one(Kind.NUMBER, ["1.5", "2.5", "3,5"]) == ([1.5, 2.5, None], [("mixed_decimals", (4,))])


@pytest.mark.parametrize("cell", ["12 34", "1,2,3", "1.2.3", "abc", "12 days", "0x10", "1_000", "--1", "%"])
def test_what_is_not_a_number_is_refused(cell: str) -> None:
    assert one(Kind.NUMBER, [cell, "1"]) == ([None, 1], [("not_a_number", (2,))])


def test_shares() -> None:
    assert one(Kind.SHARE, ["0.95", "95 %", "95,5%"])[1] == [("mixed_decimals", (4,))]
    assert one(Kind.SHARE, ["0,95", "95 %", "95,5%"]) == ([0.95, 0.95, 0.955], [])
    assert one(Kind.SHARE, ["95", "0.9"]) == ([None, 0.9], [("not_a_share", (2,))])
    assert one(Kind.SHARE, ["95", "0.5"], header="Thing (%)") == ([0.95, 0.005], [])
    assert one(Kind.SHARE, ["0.95", "1"], header="Thing (%)") == ([None, None], [("ambiguous_share", (2, 3))])
    table = Table("t", "", "", "", (Column("s_share", Kind.SHARE, "", "S", "S"),))
    assert read(table, s_share=["95"]).faults[0].values["meant"] == "0.95"


def test_units_in_headers_convert() -> None:
    items = read("items", {"Article": ["P1"], "Prix (k€)": ["1,5"], "Délai [mois]": ["2"]})
    assert items.faults == []
    assert items.frame.select("price", "lead_time").rows() == [(1500, 60.875)]


def test_whole_numbers() -> None:
    assert one(Kind.INTEGER, ["1.0", "2.5", "3"]) == ([1, None, 3], [("not_whole", (3,))])
    assert one(Kind.INTEGER, ["9007199254740993"]) == ([9007199254740993], [])
    assert one(Kind.INTEGER, [1.0, 2.0]) == ([1, 2], [])


@pytest.mark.parametrize(("cells", "first"), [
    (["2026-03-09"], datetime(2026, 3, 9)),
    (["2026-03-09 14:30"], datetime(2026, 3, 9, 14, 30)),
    (["2026-03-09T14:30:05.25"], datetime(2026, 3, 9, 14, 30, 5, 250000)),
    (["2026/03/09", "2026-03-10 10:00:00"], datetime(2026, 3, 9)),
    (["09.03.2026 14:30"], datetime(2026, 3, 9, 14, 30)),
    (["20260309"], datetime(2026, 3, 9)),
    (["09/03/2026", "13/03/2026"], datetime(2026, 3, 9)),
    (["09/03/2026", "03/13/2026"], datetime(2026, 9, 3)),
    (["9/3/2026 2:30 PM", "3/13/2026 2:30 PM"], datetime(2026, 9, 3, 14, 30)),
    (["2026-03-09T13:30:00Z"], datetime(2026, 3, 9, 14, 30)),
    (["2026-07-09T13:30:00+05:00"], datetime(2026, 7, 9, 10, 30)),
    (["2026-07-09 13:30:00.5 +0000"], datetime(2026, 7, 9, 15, 30, 0, 500000)),
])
def test_times_are_read_in_one_way(cells: list[str], first: datetime) -> None:
    values, faults = one(Kind.TIME, cells)
    assert (values[0], faults) == (first, [])


@pytest.mark.parametrize("cell", ["45673", "45673.5", "09/03/26", "2026-02-30", "March", "31/31/2026", "0012-01-01",
                                  "40-01-02"])
def test_what_is_not_a_time_is_refused(cell: str) -> None:
    assert one(Kind.TIME, [cell]) == ([None], [("not_a_time", (2,))])


def test_day_or_month_first_is_told_by_the_column_or_by_the_chain() -> None:
    assert one(Kind.DATE, ["03/04/2026", "05/05/2026"]) == ([None, date(2026, 5, 5)], [("ambiguous_date", (2,))])
    for order, day in (("day_first", date(2026, 4, 3)), ("month_first", date(2026, 3, 4))):
        told = Settings.model_validate({"name": "t", "dates": order})
        assert one(Kind.DATE, ["03/04/2026"], told) == ([day], [])
    assert one(Kind.DATE, ["13/04/2026", "14/04/2026", "04/25/2026"])[1] == [("mixed_dates", (4,))]


def test_truths_and_choices() -> None:
    words = ["true", "Oui", "VRAI", "x", "1", "1.0", "no", "Non", "faux", "0", "N"]
    assert one(Kind.TRUTH, words) == ([True] * 6 + [False] * 5, [])
    assert one(Kind.TRUTH, ["maybe"]) == ([None], [("not_a_truth", (2,))])
    assert one(Kind.CHOICE, ["HIGH", "Eleve", "hihg"], choices=("high", "élevé")) == (
        ["high", "élevé", None], [("not_a_choice", (4,))])


@pytest.mark.parametrize("table", INPUTS.values(), ids=lambda table: table.name)
def test_choices_are_read_in_french_too(table: Table) -> None:
    for column in (column for column in table.columns if column.choices):
        assert len(column.choices_fr) == len(column.choices), "every choice has its French word"
        found = one(Kind.CHOICE, list(column.choices_fr), choices=column.choices, choices_fr=column.choices_fr)
        assert found == (list(column.choices), [])


def test_formula_errors_and_missing_marks() -> None:
    assert one(Kind.KEY, ["#N/A", "#REF!", "#1", "NA"]) == ([None, None, "#1", "NA"], [("error_cell", (2, 3))])
    assert one(Kind.NUMBER, ["nan", "inf", "1"]) == ([None, None, 1], [("not_finite", (2, 3))])


def test_native_columns_are_cast_strictly() -> None:
    at = datetime(2026, 7, 9, 12, tzinfo=timezone(timedelta(hours=0)))
    assert one(Kind.TIME, [at]) == ([datetime(2026, 7, 9, 14)], [])
    assert one(Kind.TIME, [date(2026, 7, 9)]) == ([datetime(2026, 7, 9)], [])
    assert one(Kind.TIME, [45673]) == ([None], [("not_a_time", (2,))])
    assert one(Kind.KEY, [7500]) == (["7500"], [])
    assert one(Kind.KEY, [7500.0, 8.0]) == (["7500", "8"], [])
    assert one(Kind.KEY, [7500.0, float("nan")]) == (["7500", None], [("not_finite", (3,))])
    assert one(Kind.KEY, [timedelta(1)]) == ([None], [("not_a_text", (2,))])
    assert one(Kind.INTEGER, pl.Series([2**64 - 1], dtype=pl.UInt64)) == ([None], [("not_a_number", (2,))])
    assert one(Kind.TRUTH, [True, False]) == ([True, False], [])
    assert one(Kind.NUMBER, [True]) == ([None], [("not_a_number", (2,))])
    assert one(Kind.NUMBER, [1, 2]) == ([1, 2], [])
    assert one(Kind.NUMBER, [float("nan"), 1.0]) == ([None, 1], [("not_finite", (2,))])
    assert one(Kind.TEXT, [["a"]]) == ([None], [("not_a_text", (2,))])
    assert one(Kind.NUMBER, pl.Series(["1,5"], dtype=pl.Categorical)) == ([1.5], [])


def test_headers_are_known_by_name_label_and_alias() -> None:
    for header in ("item", "Item", "ARTICLE", "Référence", "code-article", "SKU", "Part  Number"):
        found = read("items", {header: ["P1"], "price": ["1"], "lead_time": ["1"]})
        assert (found.faults, found.frame["item"].to_list()) == ([], ["P1"]), header


def test_no_two_columns_of_a_table_share_a_name() -> None:
    for table in INPUTS.values():
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names)


def test_notes_are_left_out_and_strangers_reported() -> None:
    found = read("segments", {"segment": ["a"], "_note": ["x"], "column 3": ["y"], "nam": ["z"]})
    assert [(fault.column, fault.rule, fault.values["meant"]) for fault in found.faults] == [
        ("nam", "unknown_column", "name")]


def test_blank_rows_go_and_the_others_keep_their_numbers() -> None:
    found = typed(Raw("f", pl.DataFrame({"segment": ["a", " ", None, "b"], "name": ["", None, "", "B"]}), first_row=5),
                  INPUTS["segments"], PARIS)
    assert found.frame["segment"].to_list() == ["a", "b"]
    assert found.rows.to_list() == [5, 8]


def test_an_empty_table_has_the_declared_shape() -> None:
    for table in INPUTS.values():
        raw = pl.DataFrame(schema=dict.fromkeys((column.name for column in table.columns), pl.String))
        found = typed(Raw("f", raw), table, PARIS)
        assert found.faults == []
        assert dict(found.frame.schema) == {column.name: TYPES[column.kind] for column in table.columns}


def test_defaults_fill_empty_cells_but_not_refused_ones() -> None:
    found = read("lanes", from_site=["A", "A"], to_site=["B", "C"], duration=["1", "1"], cost=["", "dear"])
    assert found.frame["cost"].to_list() == [0.0, None]
    assert read("lanes", from_site=["A"], to_site=["B"], duration=["1"]).frame["cost"].to_list() == [0.0]


@pytest.mark.parametrize(("cell", "clock"), [
    ("08:30", "08:30"), ("8:30", "08:30"), ("8h30", "08:30"), ("8 h 30", "08:30"), ("17h", "17:00"), ("17 H", "17:00"),
    ("08:30:00", "08:30"), ("8:30:00.000", "08:30"), ("5:30 pm", "17:30"), ("5 p.m.", "17:00"), ("12 am", "00:00"),
    ("12:05 PM", "12:05"), ("24:00", "24:00"), ("24h", "24:00"), ("00:00", "00:00"),
])
def test_a_clock_is_read_in_one_way(cell: str, clock: str) -> None:
    assert one(Kind.CLOCK, [cell]) == ([clock], [])


@pytest.mark.parametrize("cell", [
    "8", "0830", "8.30", "8:", "8h5", "8:60", "24:30", "25:00", "16:59:59", "13 pm", "0 am", "noon", "0.354",
])
def test_a_doubtful_clock_is_refused(cell: str) -> None:
    assert one(Kind.CLOCK, [cell]) == ([None], [("not_a_clock", (2,))])


def test_native_clocks_are_kept_to_the_minute() -> None:
    assert one(Kind.CLOCK, [time(8, 30), time(0)]) == (["08:30", "00:00"], [])
    assert one(Kind.CLOCK, [time(8, 30, 1), time(9)]) == ([None, "09:00"], [("not_a_clock", (2,))])
    assert one(Kind.CLOCK, [8, 9]) == ([None, None], [("not_a_clock", (2, 3))])
