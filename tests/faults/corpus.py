"""Hostile files: cut short, disguised, bloated, encoded oddly, or built so that a parser breaks its neck."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
from xlsxwriter import Workbook

ROWS = 40
_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def workbook(sheet: str, strings: str = "", prologue: str = "") -> bytes:
    """Build an xlsx by hand around the XML of its one sheet, named items."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
                                        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        archive.writestr("xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
                                            '<sheet name="items" sheetId="1" r:id="rId1"/></sheets></workbook>')
        archive.writestr("xl/_rels/workbook.xml.rels",
                         f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" Type="{_OFFICE}/worksheet" '
                         f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" '
                         'Target="sharedStrings.xml"/></Relationships>')
        archive.writestr("xl/worksheets/sheet1.xml", prologue + f'<worksheet xmlns="{_MAIN}">{sheet}</worksheet>')
        if strings:
            archive.writestr("xl/sharedStrings.xml", strings)
    return buffer.getvalue()


def cell(place: str, value: str, kind: str = "n") -> str:
    row = "".join(sign for sign in place if sign.isdigit())
    return f'<sheetData><row r="{row}"><c r="{place}" t="{kind}"><v>{value}</v></c></row></sheetData>'


def sound_files(folder: Path) -> dict[str, bytes]:
    """One sound file of each kind, to be harmed."""
    frame = pl.DataFrame({"item": [f"part {row}" for row in range(ROWS)], "price": [row / 3 for row in range(ROWS)],
                          "lead_time": list(range(ROWS))})
    frame.write_parquet(folder / "sound.parquet")
    with duckdb.connect(str(folder / "sound.duckdb")) as database:
        database.execute("CREATE TABLE items AS SELECT range AS item, 1.5 AS price, 3 AS lead_time FROM range(40)")
    book = Workbook(str(folder / "sound.xlsx"))
    sheet = book.add_worksheet("items")
    sheet.write_row(0, 0, frame.columns)
    for row, cells in enumerate(frame.iter_rows(), start=1):
        sheet.write_row(row, 0, cells)
    sheet.write_datetime(1, 4, date(2024, 1, 1))
    book.close()
    frame.write_csv(folder / "sound.csv")
    return {suffix: (folder / f"sound.{suffix}").read_bytes() for suffix in ("parquet", "duckdb", "xlsx", "csv")}


def hostile_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give every hostile file by name."""
    sound = sound_files(folder)
    yield from _cut_and_flipped(sound)
    yield from _disguised(sound)
    yield from _texts()
    yield from _workbooks()
    yield from _zips(sound["xlsx"])


def _cut_and_flipped(sound: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    shares = {"xlsx": 24, "parquet": 8, "duckdb": 5}
    for suffix, times in shares.items():
        data = sound[suffix]
        for part in range(1, times + 1):
            yield f"cut_{part}.{suffix}", data[: len(data) * part // (times + 1)]
    signs = random.Random(1)  # noqa: S311  # not a secret
    for suffix, times in {"xlsx": 24, "parquet": 6, "duckdb": 4}.items():
        for turn in range(times):
            data = bytearray(sound[suffix])
            for _ in range(8):
                data[signs.randrange(8, len(data))] ^= 1 << signs.randrange(8)
            yield f"flipped_{turn}.{suffix}", bytes(data)


def _disguised(sound: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    contents = {
        "png": b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "pdf": b"%PDF-1.7\n" + b"x" * 50,
        "gzip": b"\x1f\x8b\x08" + b"\0" * 40, "html": b"<html><table><tr><td>item</td></tr></table></html>",
        "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "sqlite": b"SQLite format 3\0" + b"\0" * 100, "empty": b"", "zeros": b"\0" * 4096, **sound,
    }
    for suffix in ("xlsx", "xls", "ods", "csv", "parquet", "duckdb", "db"):
        for nature, data in contents.items():
            if nature != suffix and (nature, suffix) not in (("html", "csv"), ("duckdb", "db")):
                yield f"{nature}_named.{suffix}", data


def _texts() -> Iterator[tuple[str, bytes]]:
    head = b"item,price,lead_time\n"
    yield "blank.csv", b"\n\n \n"
    yield "mark_only.csv", b"\xef\xbb\xbf"
    yield "nul.csv", head + b"a,\0,3\n"
    yield "half_utf16.csv", b"\xff\xfei\0t\0e\0m\0,\0x"
    yield "lone_surrogate.csv", b"\xff\xfe" + b"i\0t\0,\0a\0\n\0" + b"\x00\xd8" + b"\n\0"
    yield "broken_utf8.csv", b"\xef\xbb\xbf" + head + b"\xff\xff,1,2\n"
    yield "open_quote.csv", head + b'"a,1,2\n' * 9
    yield "text_after_quote.csv", head + b'"a"b,1,2\n"c\nd",1,2\n'
    yield "ragged.csv", head + b"a,1\nb,1,2,3\n"
    yield "huge_quoted_cell.csv", head + b'"' + b'x""\n' * 100_000 + b'",1,2\n'
    yield "columns_100k.csv", b",".join(b"c%d" % place for place in range(100_000)) + b"\n"
    yield "columns_1m.csv", b"," * 1_000_000 + b"\n" + b"," * 1_000_000
    yield "long_line.csv", b"x" * 3_000_000
    yield "long_lines_later.csv", head + b"a,1," + b"9" * 2_000_000 + b",4\n"
    yield "quotes_only.csv", b'"' * 10_001
    yield "noise.csv", random.Random(2).randbytes(20_000)  # noqa: S311  # not a secret
    yield "repeated.csv", b"item,item,price,lead_time\na,b,1,2\n"
    yield "separator_line.csv", b"sep=\n"


def _workbooks() -> Iterator[tuple[str, bytes]]:
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    yield "far_cell.xlsx", workbook(f"<sheetData>{far}</sheetData>")
    yield "only_far_cell.xlsx", workbook(cell("XFD1048576", "1"))
    yield "beyond.xlsx", workbook(cell("ZZZ99999999", "1"))
    yield "row_overflow.xlsx", workbook(cell("A99999999999999999999", "1"))
    yield "row_zero.xlsx", workbook(cell("A0", "1"))
    yield "no_place.xlsx", workbook('<sheetData><row><c r="" t="n"><v>1</v></c></row></sheetData>')
    yield "negative_size.xlsx", workbook('<dimension ref="A-1:B-5"/>' + cell("A1", "x", "str"))
    yield "lying_size.xlsx", workbook('<dimension ref="A1:XFD1048576"/>' + cell("XFC1048570", "x", "str"))
    yield "string_out_of_reach.xlsx", workbook(cell("A1", "999999999", "s"))
    yield "string_negative.xlsx", workbook(cell("A1", "-1", "s"))
    yield "no_number.xlsx", workbook(cell("A1", "1e999999x"))
    yield "deep.xlsx", workbook("<a>" * 200_000)
    yield "never_closed.xlsx", workbook("<sheetData><row><c><v>1")
    bomb = "<sst>" + "<si><t>" + "x" * 1000 + "</t></si>" * 2
    yield "strings_cut.xlsx", workbook(cell("A1", "0", "s"), bomb)
    entity = '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]>'
    yield "laughs.xlsx", workbook(cell("A1", "&b;", "str"), prologue=entity)
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    yield "outside_entity.xlsx", workbook(cell("A1", "&a;", "str"), prologue=outside)
    yield "undefined_entity.xlsx", workbook(cell("A1", "&nothing;", "str"))
    huge = "".join(f'<row r="{row}"><c r="A{row}" t="n"><v>1</v></c></row>' for row in (1, 1_048_576))
    yield "two_ends.xlsx", workbook(f"<sheetData>{huge}</sheetData>")


def _zips(sound: bytes) -> Iterator[tuple[str, bytes]]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for place in range(6):
            archive.writestr(f"xl/{place}.bin", bytes(90_000_000))
    yield "bomb.xlsx", buffer.getvalue()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for place in range(10_001):
            archive.writestr(str(place), b"")
    yield "many_entries.xlsx", buffer.getvalue()
    lying = bytearray(sound)
    start = 0
    while (start := lying.find(b"PK\x01\x02", start) + 1) > 0:
        struct.pack_into("<I", lying, start - 1 + 24, 7)  # the unpacked size in the directory
    yield "lying_sizes.xlsx", bytes(lying)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../etc/passwd", b"x")
    yield "climbing.xlsx", buffer.getvalue()
    yield "climbing.ods", buffer.getvalue()
