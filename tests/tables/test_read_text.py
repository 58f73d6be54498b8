"""Text files in every dress: encodings, separators, line ends, quotes, ragged rows."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbitre.tables.files._csv import read_text
from arbitre.tables.files._refused import Refused
from arbitre.tables.raw import Raw

HEADERS = ["item", "prix", "note"]
ROWS = [("a1", "1,50", "été"), ("a2", "2,00", None)]


def read(folder: Path, data: bytes, name: str = "items.csv") -> Raw:
    path = folder / name
    path.write_bytes(data)
    return read_text(path, name)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_dress_gives_the_same_table(tmp_path: Path, encoding: str, separator: str, end: str) -> None:
    lines = [HEADERS, *([cell or "" for cell in row] for row in ROWS)]
    data = "".join(separator.join(line) + end for line in lines).encode(encoding)
    raw = read(tmp_path, data)
    assert raw.frame.columns == HEADERS
    assert raw.frame.rows() == ROWS
    assert (raw.first_row, raw.faults) == (2, ())


def test_the_header_is_found_below_titles_and_blank_rows(tmp_path: Path) -> None:
    raw = read(tmp_path, b'Export\n\n"list\nof items"\nitem,price\na,1\n\nb,2\n')
    assert raw.frame.columns == ["item", "price"]
    assert raw.frame.rows() == [("a", "1"), (None, None), ("b", "2")]
    assert raw.first_row == 5


def test_ragged_rows_are_told_and_extra_separators_are_not(tmp_path: Path) -> None:
    raw = read(tmp_path, b"item,price\na,1,,\nb\nc,1,2\n")
    assert [(fault.rule, fault.rows, fault.count) for fault in raw.faults] == [("ragged_row", (3, 4), 2)]
    assert raw.frame.rows() == [("a", "1"), ("b", None), ("c", "1")]


def test_headers_repeated_or_missing_get_names(tmp_path: Path) -> None:
    raw = read(tmp_path, b"item,item,,x,\na,b,c,d,\n")
    assert raw.frame.columns == ["item", "item (2)", "column 3", "x"]
    assert [(fault.rule, fault.column, fault.rows) for fault in raw.faults] == [("repeated_header", "item", (1,))]


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    raw = read(tmp_path, b"item,price\n")
    assert raw.frame.columns == ["item", "price"]
    assert raw.frame.height == 0


def test_one_column_and_the_separator_that_excel_declares(tmp_path: Path) -> None:
    assert read(tmp_path, b"item\na, b\n\nc\n").frame.rows() == [("a, b",), (None,), ("c",)]
    assert read(tmp_path, b"sep=;\nitem;price\na;1,5\n").frame.rows() == [("a", "1,5")]


def test_decimal_commas_do_not_pass_for_separators(tmp_path: Path) -> None:
    data = b"a;b;c\n" + b"1,5;2,5;3,5\n" * 20 + b"1,5;2,5\n"
    assert read(tmp_path, data).frame.columns == ["a", "b", "c"]


def test_a_quote_inside_an_unquoted_cell_is_a_sign_like_another(tmp_path: Path) -> None:
    raw = read(tmp_path, b'item,price\n5" pipe,1\n6" pipe,2\n')
    assert raw.frame.rows() == [('5" pipe', "1"), ('6" pipe', "2")]


def test_a_quote_never_closed_is_found_by_row(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read(tmp_path, b'item,price\na,1\n"b,2\n')
    assert (refused.value.fault.rule, refused.value.fault.rows) == ("broken_quote", (3,))


written = st.text(st.characters(exclude_characters="\r\0", exclude_categories=("Cs",)), max_size=6)


@given(st.lists(st.tuples(written, written, written), max_size=8))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_csv_writes_is_read_back(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([HEADERS, *rows])
    raw = read(tmp_path, stream.getvalue().encode())
    wanted = [tuple(cell or None for cell in row) for row in rows]
    while wanted and wanted[-1] == (None, None, None):
        wanted.pop()
    found = raw.frame.rows()
    while found and found[-1] == (None, None, None):
        found.pop()
    assert found == wanted
