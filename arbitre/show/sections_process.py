"""The section about the way of cases: a picture of the process, where time goes, and the ways most taken."""

from __future__ import annotations

from typing import Any

import polars as pl

from arbitre.show import plot
from arbitre.show.blocks import Cell, Figure, Grid, Section, Text
from arbitre.show.findings import View
from arbitre.show.process_map import Passage, picture

_BEGIN, _END = "\0begin", "\0end"
"""Names no step has, for where cases begin and end."""
_DRAWN_SHARE, _MOST_DRAWN, _MOST_WAYS = 0.02, 24, 8
"""Flows taken by fewer cases than this share, or beyond so many, are left out of the picture."""


def process(view: View) -> Section:
    """What cases go through."""
    words, flows = view.words, view.result("process_flows")
    if flows is None:
        return Section("process", words("process.title"), [Text(words("process.none"))])
    cases = int(flows.filter(pl.col("from_step").is_null())["count"].sum())
    drawn = flows.filter(pl.col("cases") >= _DRAWN_SHARE * cases).head(_MOST_DRAWN)
    title = words("process.figure", cases=view.formats.number(cases), slowest=_slowest(view, flows))
    names = {_BEGIN: words("process.begin"), _END: words("process.end")}
    spec = picture([_passage(view, row) for row in drawn.to_dicts()], names)
    drawing = plot.svg(spec, view.formats.axis_locale, title)
    note = words("process.note", share=view.formats.target(_DRAWN_SHARE))
    return Section("process", words("process.title"), [Figure(title, drawing, note), *_ways(view), *_waits(view)])


def _slowest(view: View, flows: pl.DataFrame) -> str:
    """Name the passage in which cases spend the most time in all, and its mean."""
    between = flows.drop_nulls("mean").sort(pl.col("mean") * pl.col("count"), descending=True)
    if not between.height:
        return ""
    row = between.row(0, named=True)
    return view.words("process.slowest", from_=row["from_step"], to=row["to_step"],
                      hours=view.formats.hours(row["mean"]))


def _passage(view: View, row: dict[str, Any]) -> Passage:
    """Return an arrow, with how often it is taken and the median time."""
    label = view.formats.number(row["count"])
    if row["median"] is not None:
        label = f"{label} · {view.formats.hours(row['median'])}"
    return Passage(row["from_step"] or _BEGIN, row["to_step"] or _END, row["count"], label)


def _ways(view: View) -> list[Grid]:
    """Return the ways most taken."""
    words, formats, table = view.words, view.formats, view.result("process_variants")
    if table is None:
        return []
    rows = [(Cell(row["steps"]), formats.number(row["cases"]), formats.share(row["case_share"]),
             formats.share(row["covered_share"]), formats.hours(row["median"]))
            for row in table.head(_MOST_WAYS).to_dicts()]
    columns = tuple(words(f"column.{key}") for key in ("way", "cases", "case_share", "covered", "median"))
    return [Grid(words("process.ways"), columns, rows, frozenset({1, 2, 3, 4}))]


def _waits(view: View) -> list[Grid]:
    """Return what each cause of waiting weighs; nothing where events show none, for want of resources."""
    words, formats, table = view.words, view.formats, view.result("wait_gains")
    if table is None or table["cause"].unique().to_list() == ["other"]:
        return []
    rows = [(Cell(words(f"cause.{row['cause']}")), formats.share(row["waiting_share"]),
             formats.hours(row["per_case"]))
            for row in table.filter(pl.col("step").is_null()).to_dicts()]
    columns = tuple(words(f"column.{key}") for key in ("cause", "waiting_share", "per_case"))
    return [Grid(words("process.waits"), columns, rows, frozenset({1, 2}))]
