"""Calendars and workbooks of a roster: what calendars read, in their time, whatever people are called."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from python_calamine import CalamineWorkbook

from arbitre.show.roster_files import calendar, write_roster_files
from benchmarks.rows import chain_of

PARIS = ZoneInfo("Europe/Paris")


def roster(*people: str) -> pl.DataFrame:
    rows = [{"person": person, "day": date(2026, 3, 28), "shift": "night", "starts_at": datetime(2026, 3, 28, 22),
             "ends_at": datetime(2026, 3, 29, 6), "hours": 8.0} for person in people]
    return chain_of(roster=rows).table("roster")


def test_times_are_utc_across_the_change_of_clocks() -> None:
    told = calendar(roster("ann"), "Ann", PARIS).decode()
    assert "DTSTART:20260328T210000Z\r\n" in told
    assert "DTEND:20260329T040000Z\r\n" in told
    assert told.count("BEGIN:VEVENT") == told.count("END:VEVENT") == 1


def test_lines_are_escaped_and_folded() -> None:
    name = "Zoé, \\ the; " + "é" * 90 + "\nBEGIN:VEVENT"
    told = calendar(roster("ann"), name, PARIS)
    assert all(len(line) <= 75 for line in told.split(b"\r\n"))
    whole = told.replace(b"\r\n ", b"").decode()
    assert "X-WR-CALNAME:Zoé\\, \\\\ the\\; " + "é" * 90 + "\\nBEGIN:VEVENT\r\n" in whole
    assert whole.count("\r\nBEGIN:VEVENT\r\n") == 1


def test_everyone_has_a_file_and_a_sheet_whatever_the_name(tmp_path: Path) -> None:
    people = ["../../etc", "a/b", "a:b", "A-B", "x" * 50, "=1+1"]
    tables = {
        "roster": roster(*people),
        "roster_people": chain_of(roster_people=[{"person": person, "hours": 8.0} for person in people]).table(
            "roster_people"),
        "roster_cover": chain_of(roster_cover=[{"day": date(2026, 3, 28), "shift": "night", "needed": 1,
                                                "present": 6}]).table("roster_cover"),
    }
    files = write_roster_files(chain_of(), tables, tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert len({file.name.casefold() for file in files}) == 1 + len(people)
    book = CalamineWorkbook.from_path(str(tmp_path / "roster.xlsx"))
    assert len(book.sheet_names) == 2 + len(people)
    assert book.get_sheet_by_index(7).to_python()[1][1] == "night"
