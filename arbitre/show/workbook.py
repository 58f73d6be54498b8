"""The report as a workbook: one sheet per table, with native charts, real numbers, and the labels of one language.

Text from tables is written as text: nothing a user brings can become a formula or a link.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import polars as pl
import xlsxwriter
from xlsxwriter.chart_bar import ChartBar
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from arbitre.show import theme
from arbitre.show.findings import Findings, View
from arbitre.show.words import catalogue
from arbitre.tables.catalogue import DECLARED
from arbitre.tables.files.atomic import whole_file
from arbitre.tables.results.profit import WATERFALL
from arbitre.tables.schema import Column, Kind

MOST_ROWS = {"stock_levels": 20_000, "stock_reasons": 20_000, "stock_moves": 20_000, "customer_profit": 20_000,
             "cost_to_serve": 20_000, "drift_evidence": 20_000}
"""Rows a sheet holds at most; the ones with the most capital are kept, and the first sheet says so."""

_MOST_ROWS = 20_000
_SHEETS = ("promises_kept", "promise_worth", "proofs", "stock_received", "stock_levels", "stock_reasons", "stock_moves",
           "stock_curve", "profit_waterfall", "customer_profit", "cross_subsidies", "profit_change", "cost_to_serve",
           "capacity_used", "stock_caused", "drifts", "drift_evidence")
_ASKED = ("portfolio", "portfolio_service", "portfolio_policies", "offer_impact", "portfolio_frontier",
          "price_break_even", "count_break_even", "portfolio_sensitivity", "portfolio_alternatives",
          "promise_interactions", "metric_values", "metric_changes", "metric_explained")
"""Sheets that stand only where offers were decided, or metrics measured."""
_NAMED = ("segment", "offer", "promise", "site")
_CHOICES = ("reason", "verdict", "measure", "counts", "period", "step", "by", "part", "drift", "statistic", "lever")
_CLASS = Column("class", Kind.KEY, "Class of demand.", "Class", "Classe", key=True)
_A4 = 9
_ROW_PIXELS = 20
_CHARTED_CLASSES = 40
_CHARTED_MOVES = 20
_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
    "constant_memory": True,
}


@dataclass(frozen=True)
class _Bars:
    """A bar chart over cells: rows first to last under their header, labels from column 0 to last_label."""

    title: str
    first: int
    last: int
    series: Sequence[tuple[int, str]]
    last_label: int = 0
    number_format: str = "#,##0"

    @property
    def pixels(self) -> int:
        return 140 + 26 * (self.last - self.first + 1) * max(1, len(self.series) - 1)


def write_workbook_report(findings: Findings, path: Path) -> Path:
    """Write the report as one .xlsx file; the file appears whole or not at all."""
    view = View(findings)
    names = (*_SHEETS, *_ASKED, *(name for name in findings.more if name not in _SHEETS))
    frames = {name: frame for name in names if (frame := _frame(view, name)) is not None}
    with whole_file(path) as temporary, xlsxwriter.Workbook(str(temporary), _OPTIONS) as book:
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
        frame = frame.with_columns(pl.Series("class", [row["label"] for row in view.classes]))
    if name in ("promises_kept", "promise_worth", "proofs"):
        frame = frame.with_columns(pl.Series("promise", view.promise_names(frame.to_dicts())))
    if name == "stock_moves":
        frame = frame.sort(pl.col("capital_change").abs(), "item", "site", descending=[True, False, False])
    if "by" in frame.columns:
        names = [pl.when(by=by).then(pl.col("name").replace(named)) for by, named in view.names.items() if named]
        frame = frame.with_columns(pl.coalesce(*names, "name").alias("name"))
    most = MOST_ROWS.get(name, _MOST_ROWS if name in view.findings.more else frame.height)
    if name in ("stock_levels", "stock_reasons") and frame.height > most:
        key = ["item", "site", "kept_for"]
        levels = view.findings.tables["stock_levels"].select(
            *key, most=pl.max_horizontal("capital_before", "capital_after"))
        frame = frame.join(levels, on=key, how="left", nulls_equal=True, maintain_order="left").sort(
            "most", "item", "site", descending=[True, False, False], nulls_last=True).drop("most")
    return frame.head(most).with_columns(
        pl.col(column).replace(view.names[column]) for column in _NAMED if column in frame.columns
    )


def _styles(book: Workbook, view: View) -> dict[str, Format]:
    """Return the cell formats by what a cell holds; Excel itself shows them in the language of its reader."""
    symbol = view.formats.symbol
    money = f'#,##0 "{symbol}"' if view.words.language == "fr" else f'"{symbol}"#,##0'
    wanted: dict[str, dict[str, Any]] = {
        "title": {"bold": True, "font_size": 16},
        "header": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"},
        "number_header": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom", "align": "right"},
        "text": {},
        "wrapped": {"text_wrap": True, "valign": "top"},
        "number": {"num_format": "#,##0.00"},
        "integer": {"num_format": "#,##0"},
        "share": {"num_format": "0.0%"},
        "gap": {"num_format": "0.00%"},
        "gain": {"num_format": "0.000000%"},
        "money": {"num_format": money},
        "date": {"num_format": "dd/mm/yyyy"},
    }
    return {name: book.add_format({"font_color": theme.INK, **look}) for name, look in wanted.items()}


def _add_sheet(book: Workbook, name: str) -> Worksheet:
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    return sheet


def _title(view: View, name: str) -> str:
    """Return the name of a sheet: that of its own words, else the label of its table, as long as a sheet's may be."""
    if f"book.{name}" in catalogue():
        return view.words(f"book.{name}")
    return (DECLARED[name].label_fr if view.words.language == "fr" else DECLARED[name].label)[:31]


def _readme(book: Workbook, view: View, styles: Mapping[str, Format], frames: Mapping[str, pl.DataFrame]) -> None:
    words = view.words
    sheet = _add_sheet(book, words("book.readme"))
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, view.findings.chain.name, styles["title"])
    sheet.write_string(1, 0, words("book.readme_intro"))
    sheet.write_string(3, 0, words("book.readme_sheet"), styles["header"])
    sheet.write_string(3, 1, words("book.readme_holds"), styles["header"])
    stood = () if view.findings.more else _SHEETS
    listed = ("summary", *stood, *(name for name in frames if name not in stood))
    for at, name in enumerate(listed, 4):
        told = words(f"book.readme_{name}") if f"book.readme_{name}" in catalogue() else ""
        table = view.result(name)
        if name != "summary" and name not in frames:
            told = words("book.absent")
        elif table is not None and table.height > frames[name].height:
            shown, every = view.formats.number(frames[name].height), view.formats.number(table.height)
            told = f"{told} {words('book.cut', shown=shown, n=every)}"
        sheet.write_string(at, 0, _title(view, name), styles["wrapped"])
        sheet.write_string(at, 1, told, styles["wrapped"])
    at = 4 + len(listed) + 2
    for offset, (key, value) in enumerate(view.made_rows()):
        sheet.write_string(at + offset, 0, key)
        sheet.write_string(at + offset, 1, value)


def _summary(book: Workbook, view: View, styles: Mapping[str, Format]) -> None:
    words = view.words
    sheet = _add_sheet(book, words("book.summary"))
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
        figures += [
            ("planned", sum(bool(row["is_kept"]) for row in view.planned), "integer"),
            ("promises", len(view.planned), "integer"),
        ]
    if view.is_compared:
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
    columns = [("before", words("received.before"))] if view.is_compared else []
    columns.append(("after", words("received.plan")))
    for across, title in enumerate((words("column.site"), *(title for _, title in columns))):
        sheet.write_string(at, across, title, styles["header"])
    for down, row in enumerate(rows, at + 1):
        sheet.write_string(down, 0, row["label"])
        for across, (name, _) in enumerate(columns, 1):
            sheet.write_number(down, across, row[name], styles["money"])
    series = list(zip(range(1, len(columns) + 1), [theme.TODAY, theme.PLAN][-len(columns) :], strict=True))
    title = words("book.capital_by_site", unit=view.formats.symbol)
    _draw(book, sheet, _Bars(title, at + 1, at + min(len(rows), 30), series), 0, 5)


def _sheet(book: Workbook, view: View, styles: Mapping[str, Format], name: str, frame: pl.DataFrame) -> None:
    columns = (_CLASS, *DECLARED[name].columns) if name == "stock_received" else DECLARED[name].columns
    sheet = _add_sheet(book, _title(view, name))
    told = [_told(view, column, frame[column.name]) for column in columns]
    for at, column in enumerate(columns):
        label = column.label_fr if view.words.language == "fr" else column.label
        sheet.write_string(0, at, label, styles["header" if _style(column) == "text" else "number_header"])
        sheet.set_column(at, at, _width(column, told[at]))
    looks = [styles[_style(column)] for column in columns]
    for down, row in enumerate(zip(*told, strict=True), 1):
        _write_row(sheet, down, row, looks)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, frame.height, len(columns) - 1)
    is_short = frame.height <= _CHARTED_CLASSES
    down, across = (frame.height + 2, 0) if is_short else (1, len(columns) + 1)
    for bars in _bars(view, name, columns, frame.height):
        _draw(book, sheet, bars, down, across)
        down += bars.pixels // _ROW_PIXELS + 2


def _bars(view: View, name: str, columns: Sequence[Column], height: int) -> list[_Bars]:
    """Return the charts of a sheet."""
    words, unit, last = view.words, view.formats.symbol, min(height, _CHARTED_CLASSES)
    at = {column.name: index for index, column in enumerate(columns)}
    if name == "promises_kept":
        series = [(at["target_share"], theme.TODAY), (at["kept_share"], theme.PLAN)]
        return [_Bars(words("kept.table"), 1, last, series, number_format="0%")]
    if name == "proofs":
        series = [(at["target_share"], theme.TODAY), (at["share"], theme.PLAN)]
        return [_Bars(words("proof.table"), 1, last, series, number_format="0%")]
    if name == "stock_moves":
        series = [(at["capital_change"], theme.PLAN)]
        return [_Bars(words("book.top_moves", unit=unit), 1, min(height, _CHARTED_MOVES), series, at["site"])]
    if name == "profit_waterfall":
        return [_Bars(words("book.profit_waterfall"), 1, len(WATERFALL), [(at["amount"], theme.PLAN)], at["step"])]
    if "kept_after" not in at:
        return []
    series = [(at["kept_before"], theme.TODAY)] if view.is_compared else []
    series.append((at["kept_after"], theme.PLAN))
    bars = [_Bars(words("book.kept_by_class"), 1, last, series, number_format="0%")]
    if name == "promise_worth":
        bars.append(_Bars(words("book.worth_chart", unit=unit), 1, last, [(at["worth"], theme.PLAN)]))
    return bars


def _draw(book: Workbook, sheet: Worksheet, bars: _Bars, down: int, across: int) -> None:
    chart = cast(ChartBar, book.add_chart({"type": "bar"}))
    for column, colour in bars.series:
        chart.add_series(
            {
                "name": [sheet.name, bars.first - 1, column],
                "categories": [sheet.name, bars.first, 0, bars.last, bars.last_label],
                "values": [sheet.name, bars.first, column, bars.last, column],
                "fill": {"color": colour},
                "invert_if_negative": False,
                "gap": 50,
            }
        )
    grid = {"visible": True, "line": {"color": theme.LINE}}
    chart.set_title({"name": bars.title, "name_font": {"size": 12}, "overlay": False})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 9}, "label_position": "low"})
    scale = {"min": 0, "max": 1} if bars.number_format == "0%" else {}
    chart.set_x_axis({"num_format": bars.number_format, "major_gridlines": grid, **scale})
    chart.set_legend({"position": "bottom"} if len(bars.series) > 1 else {"none": True})
    chart.set_size({"width": 720, "height": bars.pixels})
    sheet.insert_chart(down, across, chart, {"description": bars.title})


def _told(view: View, column: Column, values: pl.Series) -> list[Any]:
    """Return the values of a column, choices in the words of the reader."""
    group = {"kind": "step"}.get(values.name, values.name)
    if group in _CHOICES:
        values = values.replace({choice: view.words.choice(group, choice) for choice in values.drop_nulls().unique()})
    elif column.kind is Kind.CHOICE:
        values = values.replace({choice: view.words.told(column, choice) for choice in values.drop_nulls().unique()})
    return values.to_list()


def _write_row(sheet: Worksheet, down: int, row: Sequence[Any], looks: Sequence[Format]) -> None:
    for at, (value, look) in enumerate(zip(row, looks, strict=True)):
        if isinstance(value, str):
            sheet.write_string(down, at, value, look)
        elif isinstance(value, bool):
            sheet.write_boolean(down, at, value, look)
        elif isinstance(value, date):
            sheet.write_datetime(down, at, datetime(value.year, value.month, value.day), look)
        elif value is not None:
            sheet.write_number(down, at, value, look)


def _style(column: Column) -> str:
    if column.unit.startswith("money"):
        return "money"
    if column.name.endswith("_gain"):
        return "gain"
    if column.name == "change" or column.name.startswith("deviation"):
        return "share"
    known = {Kind.SHARE: "share", Kind.INTEGER: "integer", Kind.NUMBER: "number", Kind.DATE: "date"}
    return known.get(column.kind, "text")


def _width(column: Column, told: Sequence[Any]) -> int:
    """A width that shows the longest text, from 12 to 44 characters."""
    longest = max((len(value) for value in told if isinstance(value, str)), default=0)
    return min(44, max(12, len(column.label_fr) + 3, longest + 2))
