"""Script run by _child.py: writes each visible sheet of a workbook as CSV, and sheets.json to say what they are.

Cells become text without loss: 7500.0 is "7500", a date is ISO, a truth is "true", an error stays "#N/A".
"""

import csv
import datetime
import html
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, repeat
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

MOST_UNPACKED = 500_000_000
MOST_ENTRIES = 10_000
MOST_ROWS = 1_048_576
MOST_EXACT = 10**15
"""Below this every whole float is written without exponent, as a spreadsheet shows it."""
HEADER_SOUGHT = 50
"""Rows, from the first that is not blank, in which a header is looked for; else that first row is it."""

_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_SHEET = re.compile(r'<(?:\w+:)?sheet\s[^>]*>')
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_ERROR = re.compile(rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)>.*?<(?:\w+:)?v>([^<]*)<', re.DOTALL)
_CELL = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')

Errors = dict[tuple[int, int], str]


def parse(files: list[Path], folder: Path, refuse: Callable[..., Any]) -> None:
    """Write the sheets of the one file to `folder`."""
    file = files[0]
    with file.open("rb") as stream:
        packed = stream.read(2) == b"PK"
    errors = _checked_zip(file, refuse) if packed else {}
    try:
        workbook = CalamineWorkbook.from_path(file)
    except PasswordError:
        refuse("locked_file")
        return
    sheets = []
    for place, sheet in enumerate(workbook.sheets_metadata):
        shown = sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
        if not shown or sheet.name.startswith("_"):
            continue
        content = workbook.get_sheet_by_index(place)
        if content.start is None or content.end is None:
            continue
        top, left = content.start
        if content.end[0] >= MOST_ROWS:
            refuse("damaged_file", why=f"{sheet.name}: row {content.end[0] + 1}")
        rows = _texts(islice(content.iter_rows(), top, None), top, left, errors.get(sheet.name, {}))
        name = f"{place}.csv"
        header_row = top + _written(rows, folder / name)
        sheets.append({"name": sheet.name, "file": name, "header_row": header_row})
    (folder / "sheets.json").write_text(json.dumps(sheets), encoding="utf-8")


def _texts(rows: Iterable[list[Any]], top: int, left: int, errors: Errors) -> Iterator[tuple[list[str], int]]:
    """Give each row as text, with how many of its cells are text and not blank."""
    wrong_rows = {row for row, _ in errors}
    for number, row in enumerate(rows, start=top):
        if number not in wrong_rows and row.count("") == len(row):
            yield row, 0
            continue
        texts = [_text(cell) for cell in row]
        if number in wrong_rows:
            texts = [errors.get((number, left + place), text) for place, text in enumerate(texts)]
        yield texts, sum(isinstance(cell, str) and cell.strip() != "" for cell in row)


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < MOST_EXACT else repr(cell)
    if isinstance(cell, datetime.timedelta):
        minutes, seconds = divmod(cell.total_seconds(), 60)
        return f"{int(minutes // 60)}:{int(minutes % 60):02d}:{seconds:02.0f}"
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


def _written(rows: Iterator[tuple[list[str], int]], target: Path) -> int:
    """Write the rows from the header on, without the blank rows at the end; return the place of the header."""
    head: list[list[str]] = []
    header = 0
    for texts, words in islice(rows, HEADER_SOUGHT):
        head.append(texts)
        if words > 1:
            header = len(head) - 1
            break
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerows(head[header:])
        blank = 0
        for texts, _ in rows:
            if any(texts):
                writer.writerows(repeat([""] * len(texts), blank))
                writer.writerow(texts)
                blank = 0
            else:
                blank += 1
    return header + 1


def _checked_zip(file: Path, refuse: Callable[..., Any]) -> dict[str, Errors]:
    """Refuse bombs and document types; return the error cells of each sheet, which calamine shows as blank."""
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
            refuse("file_too_large")
        for entry in entries:
            if entry.filename.endswith((".xml", ".rels")):
                with archive.open(entry) as stream:
                    if _DOCTYPE.search(stream.read(4096).replace(b"\0", b"")):
                        refuse("document_type")
        names = {entry.filename for entry in entries}
        if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
            return {}
        relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
        targets = {_attribute(tag, "Id"): _attribute(tag, "Target") for tag in _RELATION.findall(relations)}
        found: dict[str, Errors] = {}
        for tag in _SHEET.findall(archive.read("xl/workbook.xml").decode("utf-8", "replace")):
            target = targets.get(_attribute(tag, "id"), "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if part in names:
                found[_attribute(tag, "name")] = _error_cells(archive.read(part))
    return found


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s(?:\w+:)?{name}="([^"]*)"', tag)
    return html.unescape(found.group(1)) if found else ""


def _error_cells(sheet: bytes) -> Errors:
    errors: Errors = {}
    if b't="e"' not in sheet:
        return errors
    for attributes, text in _ERROR.findall(sheet):
        cell = _CELL.search(attributes)
        if cell:
            errors[int(cell.group(2)) - 1, _column(cell.group(1))] = text.decode("utf-8", "replace")
    return errors


def _column(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1
