"""Text files as found in the wild: any encoding, separator and line end; every cell stays text.

Nearly every file goes through polars at once. What polars would pass over in silence (a short row, a stray quote, a
blank row) is found by counting, and such a file is read again, row by row, to say where.
"""

from __future__ import annotations

import codecs
import csv
import io
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from arbitre.core.errors import Fault
from arbitre.tables.files._binary import check_nature
from arbitre.tables.files._refused import Refused
from arbitre.tables.raw import Raw, headed

MOST_BYTES = 1_000_000_000
"""Of a file held in memory whole."""
MOST_STREAMED = 50_000_000_000
BLOCK = 48_000_000
"""Bytes of text held at once when a file is streamed; a row may take twice that."""
MOST_COLUMNS = 16_384
SAMPLE_BYTES = 1_000_000
SAMPLE_ROWS = 50
MOST_ROWS_TOLD = 10

_SEPARATORS = (",", ";", "\t", "|")
_NO_SEPARATOR = "\x1f"
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

_SIGNED = {"utf-8": "utf-8-sig", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}
"""The codecs that leave the mark out."""

@dataclass(frozen=True)
class _Layout:
    """How a text is laid out: its separator, and its header: `width` cells as row `row`, in bytes `skipped:body`."""

    separator: str
    skipped: int
    body: int
    row: int
    width: int


def read_text(path: Path, source: str) -> Raw:
    """Return the table of a text file, all cells text, blank ones null, with the faults of its rows.

    `source` is the file as the user knows it. Raises Refused when the file is not text, empty, or too large.
    """
    if path.stat().st_size > MOST_BYTES:
        raise Refused("file_too_large", source)
    check_nature(path, source)
    data = _utf8(path.read_bytes(), source)
    layout = _layout(data, source)
    return _table(data[layout.skipped:], layout, source)


def _table(data: bytes, layout: _Layout, source: str) -> Raw:
    """Return the table of a text that begins with its header."""
    data = data.rstrip(b"\n")
    frame = _at_once(data, layout)
    if frame is not None:
        return headed(source, frame, layout.row)
    frame, faults = _row_by_row(data.decode("utf-8"), layout, source)
    return headed(source, frame, layout.row, faults)


def _utf8(data: bytes, source: str) -> bytes:
    """Return the text as UTF-8 without mark, each line ended by a line feed alone."""
    encodings = _guesses(data)
    for mark, name in _MARKS:
        if data.startswith(mark):
            data, encodings = data.removeprefix(mark), (name,)
            break
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as wrong:
            if encoding == encodings[-1]:
                raise Refused("bad_encoding", source, encoding=encoding, place=str(wrong.start)) from None
            continue
        if encoding != "utf-8":
            data = text.encode("utf-8")
        break
    if b"\0" in data:
        raise Refused("nul_bytes", source)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def _guesses(data: bytes) -> tuple[str, ...]:
    """Say how a text without mark may be encoded: UTF-16 by its zeros, else UTF-8 where it fits, Windows or Latin."""
    start = data[:4096]
    if start.count(0) * 3 > len(start):
        return ("utf-16-le",) if start[1::2].count(0) > start[::2].count(0) else ("utf-16-be",)
    return "utf-8", "cp1252", "latin-1"


def _layout(data: bytes, source: str) -> _Layout:
    """Find the separator and the header of a text from its first rows."""
    start = data[:SAMPLE_BYTES]
    if len(start) < len(data):
        start = start[: start.rfind(b"\n") + 1]
        if not start:
            raise Refused("line_too_long", source, row=1)
    sample = start.decode("utf-8")
    told = sample[:6].lower()
    if told.startswith("sep=") and sample[5:6] == "\n":
        separator = sample[4]
    else:
        separator = max(_SEPARATORS, key=lambda each: _fitness(_first_rows(sample, each)))
        if _fitness(_first_rows(sample, separator))[0] == 0:
            separator = _NO_SEPARATOR
    rows = _first_rows(sample, separator)
    header = next((place for place, (row, _) in enumerate(rows) if sum(cell.strip() != "" for cell in row) > 1), None)
    if header is None:
        header = next((place for place, (row, _) in enumerate(rows) if any(cell.strip() for cell in row)), None)
    if header is None:
        raise Refused("empty_file", source)
    lines = rows[header - 1][1] if header else 0
    skipped = sum(len(line) for line in islice(io.BytesIO(start), lines))
    body = sum(len(line) for line in islice(io.BytesIO(start), rows[header][1]))
    width = len(rows[header][0])
    if width > MOST_COLUMNS:
        raise Refused("too_many_columns", source, most=str(MOST_COLUMNS))
    return _Layout(separator, skipped, body, header + 1, width)


def _first_rows(sample: str, separator: str) -> list[tuple[list[str], int]]:
    """Return the first rows, each with the number of lines read so far; they stop at what csv cannot read."""
    reader = csv.reader(io.StringIO(sample, newline="\n"), delimiter=separator)
    rows = []
    try:
        for row in islice(reader, SAMPLE_ROWS):
            rows.append((row, reader.line_num))
    except csv.Error:
        pass
    return rows


def _fitness(rows: list[tuple[list[str], int]]) -> tuple[float, bool, int]:
    """Say how well a separator cuts the rows: into the same number of cells, more than one, from the first row on."""
    widths = [len(row) for row, _ in rows if row]
    several = Counter(width for width in widths if width > 1)
    usual, times = several.most_common(1)[0] if several else (0, 0)
    if times * 2 <= len(widths) and max(widths[:1], default=0) < 2:  # a sign met in the cells of a single column
        return 0.0, False, 0
    return times / len(widths), widths[0] > 1, usual


def _at_once(data: bytes, layout: _Layout) -> pl.DataFrame | None:
    """Read the whole text by polars; None when it may have rows that polars does not read as they are meant."""
    quoted = b'"' in data
    try:
        frame = pl.read_csv(data, has_header=False, infer_schema=False, separator=layout.separator,
                            quote_char='"' if quoted else None)
    except PolarsError:
        return None
    if quoted and b'""' in data:
        frame = frame.with_columns(pl.all().replace("", None))
    if frame.width != layout.width or frame.select(pl.all_horizontal(pl.all().is_null()).any()).item():
        return None
    separators = data.count(layout.separator.encode())
    if quoted:
        every = pl.all()
        if frame.select(pl.any_horizontal(every.str.contains_any(['"', "\n"]).any())).item():
            return None
        inside = every.str.count_matches(layout.separator, literal=True).sum()
        separators -= frame.select(pl.sum_horizontal(inside)).item()
    return frame if separators == frame.height * (frame.width - 1) else None


def _row_by_row(text: str, layout: _Layout, source: str) -> tuple[pl.DataFrame, tuple[Fault, ...]]:
    """Read the text by the csv module, and say which rows have too few or too many cells."""
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=layout.separator, strict=True)
    rows: list[list[str]] = []
    ragged: list[int] = []
    try:
        for row in reader:
            cells = row
            if len(cells) != layout.width:
                while len(cells) > layout.width and cells[-1] == "":
                    cells.pop()
                if cells and len(cells) != layout.width:
                    ragged.append(layout.row + len(rows))
                cells = (cells + [""] * layout.width)[: layout.width]
            rows.append(cells)
    except csv.Error as wrong:
        rule = "cell_too_long" if "limit" in str(wrong) else "broken_quote"
        raise Refused(rule, source, row=layout.row + len(rows)) from None
    columns = {f"column_{place}": column for place, column in enumerate(zip(*rows, strict=True))}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_columns(pl.all().replace("", None))
    if not ragged:
        return frame, ()
    return frame, (Fault("", "", "ragged_row", tuple(ragged[:MOST_ROWS_TOLD]), len(ragged),
                         {"columns": str(layout.width)}, source),)


def write_parquet(path: Path, source: str, target: Path, block: int = BLOCK) -> int:
    """Write the table of a text file to `target`, all cells text, and return how many of its rows are ragged.

    `source` is the file as the user knows it. Raises Refused when the file is not text, empty, or too large.
    """
    size = path.stat().st_size
    if size <= block:
        raw = read_text(path, source)
        raw.frame.write_parquet(target, compression="zstd")
        return _ragged(raw)
    if size > MOST_STREAMED:
        raise Refused("file_too_large", source)
    check_nature(path, source)
    parts: list[pl.LazyFrame] = []
    ragged = 0
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        for raw in _tables(path, source, block):
            ragged += _ragged(raw)
            part = Path(folder) / f"{len(parts)}.parquet"
            raw.frame.write_parquet(part)
            parts.append(pl.scan_parquet(part))
        pl.concat(parts, how="diagonal").sink_parquet(target, compression="zstd")
    return ragged


def _ragged(raw: Raw) -> int:
    return sum(fault.count for fault in raw.faults if fault.rule == "ragged_row")


def _tables(path: Path, source: str, block: int) -> Iterator[Raw]:
    """Give the rows of a text, a block at a time, each under the header."""
    layout: _Layout | None = None
    header, rest = b"", b""
    with path.open("rb") as stream, io.TextIOWrapper(stream, _encoding(path, source), newline=None) as text:
        while True:
            chunk = text.read(block).encode("utf-8")
            data = rest + chunk
            if b"\0" in chunk:
                raise Refused("nul_bytes", source)
            if layout is None:
                layout = _layout(data, source)
                header, data = data[layout.skipped:layout.body], data[layout.body:]
                layout = replace(layout, skipped=0, body=len(header))
            cut = _last_row_end(data) if chunk else len(data)
            if cut:
                yield _table(header + data[:cut], layout, source)
            elif len(data) > 2 * block:
                raise Refused("line_too_long", source, row=1)
            rest = data[cut:]
            if not chunk:
                return


def _last_row_end(data: bytes) -> int:
    """Return where the last row ends: after a line feed with an even number of quotation marks before it, else 0."""
    end = data.rfind(b"\n") + 1
    odd = data.count(b'"', 0, end) % 2
    while end and odd:
        before = data.rfind(b"\n", 0, end - 1) + 1
        odd = (odd + data.count(b'"', before, end)) % 2
        end = before
    return end


def _encoding(path: Path, source: str) -> str:
    """Return the encoding in which the whole file reads: that of its mark, else the first likely one."""
    with path.open("rb") as stream:
        start = stream.read(4096)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    for name in (_SIGNED[marked],) if marked else _guesses(start):
        decoder = codecs.getincrementaldecoder(name)()
        with path.open("rb") as stream:
            try:
                while chunk := stream.read(1 << 24):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                continue
        return name
    raise Refused("bad_encoding", source, encoding=marked or "utf-8", place="0")
