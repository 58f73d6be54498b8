"""How does each person get their roster? As a calendar file, and in a workbook with an overview and a sheet for each.

Calendars follow RFC 5545: lines end in CR LF and fold at 75 bytes, times are UTC, so that every calendar shows them in
its own zone. The few lines that shifts take need no library.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from arbitre.tables.chain import Chain
from arbitre.tables.files.atomic import whole_file

_WORDS: dict[str, dict[str, Any]] = {
    "en": {"overview": "Overview", "cover": "Cover", "person": "Person", "hours": "Hours", "day": "Day",
           "shift": "Shift", "starts": "Starts", "ends": "Ends", "needed": "Needed", "present": "Present",
           "days": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")},
    "fr": {"overview": "Vue d'ensemble", "cover": "Couverture", "person": "Personne", "hours": "Heures", "day": "Jour",
           "shift": "Poste", "starts": "Début", "ends": "Fin", "needed": "Nécessaire", "present": "Présent",
           "days": ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")},
}
_FOLD = 75
_SHEET = 31
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_roster_files(chain: Chain, tables: Mapping[str, pl.DataFrame], folder: Path) -> list[Path]:
    """Write roster.xlsx and a calendar for each person of the tables roster, roster_people and roster_cover."""
    people = tables["roster_people"]["person"].to_list()
    names = {person: person for person in people}
    if chain.has("people"):
        names |= {person: name for person, name in chain.table("people").select("person", "name").iter_rows() if name}
    files = [_workbook(chain, tables, names, folder / "roster.xlsx")]
    for person, stem in _stems(people).items():
        files.append(folder / f"{stem}.ics")
        shifts = tables["roster"].filter(person=person).sort("starts_at")
        with whole_file(files[-1]) as new:
            new.write_bytes(calendar(shifts, names[person], ZoneInfo(chain.settings.time_zone)))
    return files


def calendar(shifts: pl.DataFrame, name: str, zone: ZoneInfo) -> bytes:
    """Return the shifts of one person, rows of roster, as a calendar. Days stand for when it was made, so that the same
    roster gives the same bytes."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Arbitre//roster//EN", f"X-WR-CALNAME:{_escaped(name)}"]
    for row in shifts.iter_rows(named=True):
        starts, ends = (row[end].replace(tzinfo=zone).astimezone(UTC) for end in ("starts_at", "ends_at"))
        of = hashlib.blake2b(f"{row['person']}\n{row['day']}".encode(), digest_size=12).hexdigest()
        lines += ["BEGIN:VEVENT", f"UID:{of}@arbitre", f"DTSTAMP:{_told(starts)}", f"DTSTART:{_told(starts)}",
                  f"DTEND:{_told(ends)}", f"SUMMARY:{_escaped(row['shift'])}", "END:VEVENT"]
    return b"".join(_folded(line) for line in [*lines, "END:VCALENDAR"])


def _told(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """Return a line cut so that none is longer than 75 bytes, never within a character."""
    parts, part = [], b""
    for letter in line:
        more = letter.encode()
        if len(part) + len(more) > _FOLD - (1 if parts else 0):
            parts.append(part)
            part = b""
        part += more
    return b"\r\n ".join([*parts, part]) + b"\r\n"


def _stems(people: list[str]) -> dict[str, str]:
    """Return a name of a file for each person: what is no letter, digit, dash or point becomes a dash."""
    stems: dict[str, str] = {}
    for person in people:
        plain = re.sub(r"[^\w-]+", "-", person).strip("-")[:60] or "person"
        taken = {stem.casefold() for stem in stems.values()}
        stems[person] = next(stem for stem in [plain, *(f"{plain}-{n}" for n in range(2, len(people) + 2))]
                             if stem.casefold() not in taken)
    return stems


def _workbook(chain: Chain, tables: Mapping[str, pl.DataFrame], names: Mapping[str, str], path: Path) -> Path:
    words, roster = _WORDS[chain.language], tables["roster"]
    days = sorted({*roster["day"], *tables["roster_cover"]["day"]})
    with whole_file(path) as new, xlsxwriter.Workbook(str(new), _OPTIONS) as book:
        looks = {"head": book.add_format({"bold": True, "bottom": 1}),
                 "day": book.add_format({"num_format": "dd/mm/yyyy"}), "time": book.add_format({"num_format": "hh:mm"})}
        sheet = book.add_worksheet(words["overview"])
        sheet.write_row(0, 0, [words["person"], words["hours"], *(_weekday(words, day) for day in days)], looks["head"])
        given = {(person, day): shift for person, day, shift in roster.select("person", "day", "shift").iter_rows()}
        for down, (person, hours) in enumerate(tables["roster_people"].select("person", "hours").iter_rows(), 1):
            sheet.write_string(down, 0, names[person])
            sheet.write_number(down, 1, hours)
            for across, day in enumerate(days, 2):
                sheet.write_string(down, across, given.get((person, day), ""))
        sheet.freeze_panes(1, 2)
        sheet.set_column(0, 0, 24)
        _cover(book.add_worksheet(words["cover"]), tables["roster_cover"], words, looks)
        taken = {words["overview"].casefold(), words["cover"].casefold()}
        for person in tables["roster_people"]["person"]:
            sheet = book.add_worksheet(sheet_name(names[person], taken))
            sheet.write_row(0, 0, [words[name] for name in ("day", "shift", "starts", "ends", "hours")], looks["head"])
            rows = roster.filter(person=person).sort("day").select("day", "shift", "starts_at", "ends_at", "hours")
            for down, (day, shift, starts, ends, hours) in enumerate(rows.iter_rows(), 1):
                sheet.write_datetime(down, 0, datetime(day.year, day.month, day.day), looks["day"])
                sheet.write_string(down, 1, shift)
                sheet.write_datetime(down, 2, starts, looks["time"])
                sheet.write_datetime(down, 3, ends, looks["time"])
                sheet.write_number(down, 4, hours)
            sheet.set_column(0, 4, 18)
    return path


def _cover(sheet: Worksheet, cover: pl.DataFrame, words: Mapping[str, str],
           looks: Mapping[str, Format]) -> None:
    sheet.write_row(0, 0, [words[name] for name in ("day", "shift", "needed", "present")], looks["head"])
    for down, (day, shift, needed, present) in enumerate(cover.select("day", "shift", "needed", "present").iter_rows(),
                                                         1):
        sheet.write_datetime(down, 0, datetime(day.year, day.month, day.day), looks["day"])
        sheet.write_string(down, 1, shift)
        sheet.write_number(down, 2, needed)
        sheet.write_number(down, 3, present)
    sheet.set_column(0, 3, 18)


def _weekday(words: Mapping[str, str], day: date) -> str:
    return f"{words['days'][day.weekday()]} {day:%d/%m}"


def sheet_name(name: str, taken: set[str]) -> str:
    """Return a name that a sheet may have and no other has; remembers it."""
    plain = re.sub(r"[\[\]:*?/\\]", "-", name).strip("' ")[:_SHEET] or "-"
    found, number = plain, 2
    while found.casefold() in taken or found.casefold() == "history":
        found, number = f"{plain[: _SHEET - 5]} {number}", number + 1
    taken.add(found.casefold())
    return found
