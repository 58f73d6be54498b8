"""The report as a workbook: one sheet per table, with native charts, real numbers, and the labels of one language.

Text from tables is written as text: nothing a user brings can become a formula or a link.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from arbitre.show import theme
from arbitre.show.findings import Findings, View, replacing
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.schema import Column, Kind, Table

MOST_LEVELS = 100_000
"""Rows of stock levels a workbook holds at most; the ones with the most capital are kept."""

_SHEETS = ("promises_kept", "promise_worth", "stock_received", "stock_levels", "stock_moves")
_NAMED = ("segment", "offer", "promise", "site")
_CHARTED_CLASSES = 40
_CHARTED_MOVES = 20
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": True}


def write_workbook_report(findings: Findings, path: Path) -> Path:
    """Write the report as one .xlsx file; the file appears whole or not at all."""
    view = View(findings)
    frames = {name: frame for name in _SHEETS if (frame := _frame(view, name)) is not None}
    with replacing(path) as temporary:
        with xlsxwriter.Workbook(str(temporary), _OPTIONS) as book:
            book.set_calc_mode("auto")
            styles = _styles(book, view)
            _readme(book, view, styles, frames)
            _summary(book, view, styles)
            for name, frame in frames.items():
                _sheet(book, view, styles, name, frame)
    return path


def _frame(view: View, name: str) -> pl.DataFrame | None:
    """Return a result table as it is to be written: named, ordered, and cut to what a workbook can hold."""
    frame = view.result(name)
    if frame is None:
        return None
    if name == "stock_received":
        frame = frame.sort("change", nulls_last=True, maintain_order=True)
    if name == "stock_moves":
        frame = frame.sort(pl.col("capital_change").abs(), "item", "site", descending=[True, False, False])
    if name == "stock_levels" and frame.height > MOST_LEVELS:
        capital = pl.max_horizontal("capital_before", "capital_after")
        frame = frame.sort(capital, "item", "site", descending=[True, False, False], nulls_last=True)
    return frame.head(MOST_LEVELS).with_columns(
        pl.col(column).replace(view.names[column]) for column in _NAMED if column in frame.columns
    )


def _styles(book: Workbook, view: View) -> dict[str, Format]:
    """Return the cell formats by what a cell holds; Excel itself shows them in the language of its reader."""
    symbol = view.formats.symbol
    money = f'#,##0 "{symbol}"' if view.words.language == "fr" else f'"{symbol}"#,##0'
    wanted: dict[str, dict[str, Any]] = {
        "title": {"bold": True, "font_size": 16},
        "header": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"},
        "text": {},
        "wrapped": {"text_wrap": True, "valign": "top"},
        "number": {"num_format": "#,##0.00"},
        "integer": {"num_format": "#,##0"},
        "share": {"num_format": "0.0%"},
        "gap": {"num_format": "0.00%"},
        "money": {"num_format": money},
        "date": {"num_format": "dd/mm/yyyy"},
    }
    return {name: book.add_format({"font_color": theme.INK, **look}) for name, look in wanted.items()}


def _readme(book: Workbook, view: View, styles: Mapping[str, Format], frames: Mapping[str, pl.DataFrame]) -> None:
    words = view.words
    sheet = book.add_worksheet(words("book.readme"))
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, view.findings.chain.name, styles["title"])
    sheet.write_string(1, 0, words("book.readme_intro"))
    sheet.write_string(3, 0, words("book.readme_sheet"), styles["header"])
    sheet.write_string(3, 1, words("book.readme_holds"), styles["header"])
    for at, name in enumerate(("summary", *_SHEETS), 4):
        told = words(f"book.readme_{name}")
        table = view.result(name)
        if name != "summary" and name not in frames:
            told = words("book.absent")
        elif table is not None and table.height > MOST_LEVELS:
            shown, every = view.formats.number(MOST_LEVELS), view.formats.number(table.height)
            told = f"{told} {words('book.cut', shown=shown, n=every)}"
        sheet.write_string(at, 0, words(f"book.{name}"), styles["wrapped"])
        sheet.write_string(at, 1, told, styles["wrapped"])
    at = 4 + len(_SHEETS) + 3
    for offset, (key, value) in enumerate(view.made_rows()):
        sheet.write_string(at + offset, 0, key)
        sheet.write_string(at + offset, 1, value)


def _summary(book: Workbook, view: View, styles: Mapping[str, Format]) -> None:
    words = view.words
    sheet = book.add_worksheet(words("book.summary"))
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, 3, 18)
    sheet.write_string(0, 0, words("column.what"), styles["header"])
    sheet.write_string(0, 1, words("column.value"), styles["header"])
    sheet.freeze_panes(1, 0)
    figures: list[tuple[str, float | None, str]] = [
        (name, view.number(name), "gap" if name == "gap" else "money")
        for name in ("value", "bound", "gap", "capital_before", "capital_after")
    ]
    if view.planned:
        figures += [("planned", sum(bool(row["is_kept"]) for row in view.planned), "integer"),
                    ("promises", len(view.planned), "integer")]  # fmt: skip
    if view.knows_today:
        figures.append(("losers", sum(row["loses"] for row in view.classes), "integer"))
    known = [(name, value, style) for name, value, style in figures if value is not None]
    for at, (name, value, style) in enumerate(known, 1):
        sheet.write_string(at, 0, words(f"book.{name}"))
        sheet.write_number(at, 1, value, styles[style])
    _capital_by_site(book, sheet, view, styles, len(known) + 3)


def _capital_by_site(book: Workbook, sheet: Worksheet, view: View, styles: Mapping[str, Format], at: int) -> None:
    rows = view.capital_by_site(most=1_000)
    if not rows:
        return
    words = view.words
    columns = [("before", words("received.today"))] if view.knows_today else []
    columns.append(("after", words("received.plan")))
    for across, title in enumerate((words("column.site"), *(title for _, title in columns))):
        sheet.write_string(at, across, title, styles["header"])
    for down, row in enumerate(rows, at + 1):
        sheet.write_string(down, 0, row["label"])
        for across, (name, _) in enumerate(columns, 1):
            sheet.write_number(down, across, row[name], styles["money"])
    colours = [theme.TODAY, theme.PLAN][-len(columns) :]
    _chart(book, sheet, words("book.capital_by_site", unit=view.formats.symbol), (at + 1, at + min(len(rows), 30)), (0, 0),
           list(zip(range(1, len(columns) + 1), colours, strict=True)), (0, 5), at, "#,##0")  # fmt: skip


def _sheet(book: Workbook, view: View, styles: Mapping[str, Format], name: str, frame: pl.DataFrame) -> None:
    table = RESULTS[name]
    sheet = book.add_worksheet(view.words(f"book.{name}"))
    for at, column in enumerate(table.columns):
        sheet.write_string(0, at, column.label_fr if view.words.language == "fr" else column.label, styles["header"])
        sheet.set_column(at, at, _width(column, frame))
        _write_column(sheet, at, _told(view, name, column, frame), styles[_style(column)])
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, frame.height, len(table.columns) - 1)
    _charts(book, sheet, view, table, frame.height)


def _charts(book: Workbook, sheet: Worksheet, view: View, table: Table, height: int) -> None:
    words, unit, place = view.words, view.formats.symbol, (1, len(table.columns) + 1)
    at = {name: index for index, name in enumerate(table.names)}
    if table.name in ("promise_worth", "stock_received"):
        labels = (0, at["criticality"])
        series = [(at["kept_before"], theme.TODAY), (at["kept_after"], theme.PLAN)]
        series = series if view.knows_today else series[1:]
        _chart(book, sheet, words("book.kept_by_class"), (1, min(height, _CHARTED_CLASSES)), labels, series, place, 0, "0%")
    if table.name == "promise_worth":
        _chart(book, sheet, words("book.worth_chart", unit=unit), (1, min(height, _CHARTED_CLASSES)), (0, 0),
               [(at["worth"], theme.PLAN)], (24, place[1]), 0, "#,##0")  # fmt: skip
    if table.name == "promises_kept":
        series = [(at["target_share"], theme.TODAY), (at["kept_share"], theme.PLAN)]
        _chart(book, sheet, words("kept.table"), (1, min(height, _CHARTED_CLASSES)), (0, at["offer"]), series, place, 0, "0%")
    if table.name == "stock_moves":
        _chart(book, sheet, words("book.top_moves", unit=unit), (1, min(height, _CHARTED_MOVES)), (0, at["site"]),
               [(at["capital_change"], theme.PLAN)], place, 0, "#,##0")  # fmt: skip


def _chart(book: Workbook, sheet: Worksheet, title: str, rows: tuple[int, int], labels: tuple[int, int],
           series: Sequence[tuple[int, str]], place: tuple[int, int], header: int, number_format: str) -> None:  # fmt: skip
    """Add a bar chart over cells: rows first to last, label columns first to last, one series per column."""
    chart = book.add_chart({"type": "bar"})
    for column, colour in series:
        chart.add_series({
            "name": [sheet.name, header, column],
            "categories": [sheet.name, rows[0], labels[0], rows[1], labels[1]],
            "values": [sheet.name, rows[0], column, rows[1], column],
            "fill": {"color": colour},
            "invert_if_negative": False,
            "gap": 50,
        })  # fmt: skip
    chart.set_title({"name": title, "name_font": {"size": 12}, "overlay": False})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 9}, "label_position": "low"})
    chart.set_x_axis({"num_format": number_format, "major_gridlines": {"visible": True, "line": {"color": theme.LINE}}})
    chart.set_legend({"position": "bottom"} if len(series) > 1 else {"none": True})
    chart.set_size({"width": 720, "height": 140 + 26 * (rows[1] - rows[0] + 1) * max(1, len(series) - 1)})
    sheet.insert_chart(*place, chart, {"description": title})


def _told(view: View, name: str, column: Column, frame: pl.DataFrame) -> list[Any]:
    """Return the values of a column, choices in the words of the reader."""
    values = frame[column.name]
    if column.name in ("reason", "verdict", "measure"):
        words = {choice: view.words.choice(column.name, choice) for choice in values.drop_nulls().unique().to_list()}
        values = values.replace(words)
    if name == "stock_received" and column.name == "segment" and frame["segment"].null_count() == frame.height:
        return [None] * frame.height
    return values.to_list()


def _write_column(sheet: Worksheet, at: int, values: Sequence[Any], style: Format) -> None:
    for down, value in enumerate(values, 1):
        if isinstance(value, str):
            sheet.write_string(down, at, value, style)
        elif value is not None:
            sheet.write_number(down, at, value, style)


def _style(column: Column) -> str:
    if column.unit.startswith("money"):
        return "money"
    if column.name == "change":
        return "share"
    known = {Kind.SHARE: "share", Kind.INTEGER: "integer", Kind.NUMBER: "number"}
    return known.get(column.kind, "text")


def _width(column: Column, frame: pl.DataFrame) -> float:
    """A width that shows the longest text, from 12 to 44 characters."""
    longest = frame[column.name].str.len_chars().max() if frame[column.name].dtype == pl.String else 0
    return min(44, max(12, len(column.label_fr) + 3, int(longest or 0) + 2))  # type: ignore[arg-type]
