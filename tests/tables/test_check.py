"""Checking typed tables that no file gave: the rules of each declaration and between tables."""

from datetime import date, datetime

import polars as pl

from arbitre.core.errors import Fault
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.checks.check import check
from arbitre.tables.frames import empty, shaped
from arbitre.tables.settings import Settings


def table(name: str, **columns: list) -> dict[str, pl.DataFrame]:
    return {name: shaped(INPUTS[name], pl.DataFrame(columns))}


def told(tables: dict[str, pl.DataFrame], found: list[Fault] | None = None) -> list[tuple[str, str, str, tuple]]:
    return [(fault.table, fault.column, fault.rule, fault.rows) for fault in check(tables, {}, found or [])]


ITEMS = table("items", item=["P1"], price=[1.0], lead_time=[1.0])


def test_empty_tables_have_no_faults() -> None:
    assert check({name: empty(declared) for name, declared in INPUTS.items()}, {}, []) == []
    assert check({}, {}, []) == []


def test_rows_are_those_of_the_file() -> None:
    lanes = table("segments", segment=["a", "b", "a"])
    assert told(lanes) == [("segments", "segment", "duplicate_key", (2, 4))]
    rows = {"segments": pl.Series([7, 9, 11])}
    assert [fault.rows for fault in check(lanes, rows, [])] == [(7, 11)]


def test_a_sample_of_rows_and_the_count_of_all() -> None:
    found = check(table("segments", segment=[None] * 25), {}, [])
    assert [(fault.rows, fault.count) for fault in found] == [(tuple(range(2, 12)), 25)]


def test_what_reading_emptied_is_not_told_twice() -> None:
    lanes = table("lanes", from_site=[None], to_site=[None], duration=[None])
    found = [Fault("lanes", column, "error_cell") for column in ("from_site", "to_site", "duration")]
    assert told(lanes, found) == []


def test_what_is_no_value_of_its_column_is_told_once_and_nothing_is_made_of_it() -> None:
    """Tables made in memory may hold what no reading leaves: rules between tables would stumble over it."""
    crews = {**table("crews", crew=["A"], heads=[1]), **table("needs", step=["S"], crew=["A"], quantity=[1])}
    shifts = table("shifts", crew=["A"], weekday=["mnday"], starts=[8.0], ends=[16.0])
    found = told({**crews, **shifts, **table("steps", step=["S"])})
    assert [row[:3] for row in found] == [("shifts", "weekday", "not_a_choice")]


def test_empty_cells_of_a_table_made_in_memory_have_the_default_that_a_file_would_give_them() -> None:
    made = table("rhythms", kind=["k", "k"], starts=[0.0, 8.0], ends=[8.0, 24.0], weight=[None, 3.0])
    chain = Chain(Settings.model_validate({"name": "made"}), made)
    assert chain.table("rhythms")["weight"].to_list() == [1.0, 3.0]
    assert chain.with_(**made).digest == chain.digest


def test_an_unreadable_table_is_neither_missing_nor_judged() -> None:
    stocks = table("stocks", site=["S"], item=["P1"], level=[1])
    assert told({**stocks, **ITEMS}, [Fault("sites", "", "empty_file")]) == []
    assert told({**stocks, **ITEMS}) == [("sites", "", "missing_table", ())]


def test_an_absent_table_is_told_once_with_all_that_use_it() -> None:
    tables = {**table("lanes", from_site=["A"], to_site=["B"], duration=[1.0]),
              **table("stocks", site=["A"], item=["P1"], level=[1]), **ITEMS}
    missing = check(tables, {}, [])
    assert [(fault.table, fault.rule) for fault in missing] == [("sites", "missing_table")]
    assert missing[0].values["users"] == "lanes.from_site, lanes.to_site, stocks.site"


def test_an_empty_part_of_a_key_means_every() -> None:
    sites = table("sites", site=["S"])
    rows = {"item": ["P1", "P1"], "site": ["S", "S"], "rate": [1.0, 2.0]}
    assert told({**sites, **ITEMS, **table("demand", **rows)}) == [("demand", "item", "duplicate_key", (2, 3))]


def test_values_made_in_memory_are_checked_too() -> None:
    items = table("items", item=["P1"], price=[float("nan")], lead_time=[float("inf")])
    assert [rule for _, _, rule, _ in told(items)] == ["not_finite", "not_finite"]


def test_a_number_beyond_what_sums_can_hold_is_told() -> None:
    for price, rules in ((9e11, []), (1e12, ["too_large"]), (1e300, ["too_large"]), (-1e300, ["too_small"])):
        assert [rule for _, _, rule, _ in told(table("items", item=["P1"], price=[price], lead_time=[1.0]))] == rules



def test_a_long_way_to_the_supplier_is_no_loop() -> None:
    names = [f"S{number}" for number in range(30)]
    tail = table("sites", site=["A", "B", "C"], supplier=["B", "C", "B"])
    assert told(table("sites", site=names, supplier=[None, *names[:-1]])) == []
    assert told(tail) == [("sites", "supplier", "supplier_loop", (3, 4))]


def test_an_event_may_be_a_little_early() -> None:
    cases = table("cases", case=["1"], opened_at=[datetime(2026, 1, 10)])
    for day, rules in ((9, []), (8, ["event_before_case"])):
        events = table("events", case=["1"], step=["picked"], happened_at=[datetime(2026, 1, day)])
        assert [rule for _, _, rule, _ in told({**cases, **events})] == rules


def test_a_misspelt_key_is_guessed_among_many() -> None:
    cases = table("cases", case=[f"CASE-{number:06}" for number in range(100_000)],
                  opened_at=[datetime(2026, 1, 10)] * 100_000)
    for typed in ("CASE-099x99", "case-099999", "CASE-O99999"):
        events = table("events", case=[typed], step=["picked"], happened_at=[datetime(2026, 1, 11)])
        faults = check({**cases, **events}, {}, [])
        assert [(fault.rule, fault.values["meant"]) for fault in faults] == [("unknown_reference", "CASE-099999")]


def test_calendars_are_known_and_days_open_and_close() -> None:
    hours = table("opening_hours", calendar=["shop"], weekday=["monday"], opens=["08:00"], closes=["17:00"])
    promises = table("promises", promise=["a", "b"], calendar=["shop", "shoq"])
    assert told({**hours, **promises}) == [("promises", "calendar", "unknown_calendar", (3,))]
    assert told(promises) == [("promises", "calendar", "unknown_calendar", (2, 3))]
    holidays = table("holidays", calendar=["shop", None, "store"], day=[date(2026, 1, 1)] * 3,
                     opens=[None, "09:00", None], closes=[None, None, None])
    assert told({**hours, **holidays}) == [("holidays", "calendar", "unknown_calendar", (4,)),
                                           ("holidays", "closes", "half_an_opening", (3,))]
    assert told(table("opening_hours", calendar=["a"], weekday=["monday"], opens=["8:00"], closes=["25:00"])) == [
        ("opening_hours", "opens", "not_a_clock", (2,)), ("opening_hours", "closes", "not_a_clock", (2,))]
