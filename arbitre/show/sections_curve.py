"""The section about money and service: what every amount of capital keeps, and where the plan and today stand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import polars as pl

from arbitre.show import plot
from arbitre.show.blocks import Cell, Figure, Grid, Section, Text
from arbitre.show.findings import View
from arbitre.show.sections_service import money_unit

Rows = list[dict[str, Any]]


def curve(view: View) -> Section:
    """The curve of cost and service, its proven floor, and its points."""
    words, table = view.words, view.result("stock_curve")
    rows = [] if table is None else table.filter(pl.col("promise").is_null()).to_dicts()
    plan = next((row for row in rows if row["is_plan"]), None)
    if plan is None:
        return Section("curve", words("curve.title"), [Text(words("curve.none"))])
    title = _title(view, rows, plan)
    blocks = [Figure(title, _drawing(view, rows, title), words("curve.note")), _points(view, rows)]
    return Section("curve", words("curve.title"), blocks)


def _title(view: View, rows: Rows, plan: dict[str, Any]) -> str:
    """Tell in a sentence where today's stock and the plan stand, and what more would cost."""
    words, formats = view.words, view.formats
    told = {"after": formats.share(plan["kept_share"]), "capital_after": formats.short_money(plan["capital"])}
    today = next((row for row in rows if row["is_today"]), None)
    if today is None:
        title = words("curve.figure_alone", **told)
    else:
        told |= {"before": formats.share(today["kept_share"]), "capital_before": formats.short_money(today["capital"])}
        title = words("curve.figure", **told)
    point = _one_more_point([row for row in rows if not row["is_today"]], plan)
    return title if point is None else title + words("curve.one_more", worth=formats.short_money(point))


def _one_more_point(rows: Rows, plan: dict[str, Any]) -> float | None:
    """What keeping one more point (1 %) than the plan costs a year along the curve; None where the curve ends."""
    goal = plan["kept_share"] + 0.01
    for low, high in pairwise(rows):
        if low["kept_share"] < goal <= high["kept_share"]:
            part = (goal - low["kept_share"]) / (high["kept_share"] - low["kept_share"])
            return low["cost"] + part * (high["cost"] - low["cost"]) - plan["cost"]
    return None


def _drawing(view: View, rows: Rows, title: str) -> Any:
    words, formats = view.words, view.formats
    # The bound is told in cost; capital is cost at the same rate everywhere.
    rows = [{**row, "floor": row["capital"] * row["bound"] / row["cost"] if row["cost"] else 0.0} for row in rows]
    unit, divided = money_unit(view, rows, ("capital", "floor"))
    names = {"is_today": words("column.before"), "is_plan": words("column.plan")}
    marks = [
        {
            "label": words("curve.mark", name=names[mark], share=formats.share(row["kept_share"])),
            "role": names[mark],
            "capital": row["capital"],
            "kept": row["kept_share"],
        }
        for row in divided
        for mark in names
        if row[mark]
    ]
    line = [
        {"capital": row["capital"], "floor": row["floor"], "kept": row["kept_share"], "zero": 0}
        for row in divided
        if not row["is_today"]
    ]
    labels = {"capital": words("decision.unit", unit=unit), "kept": words("curve.unit"), "floor": words("curve.proven")}
    return plot.svg(plot.curve(line, marks, list(names.values()), labels), formats.axis_locale, title)


def _points(view: View, rows: Rows) -> Grid:
    words, formats = view.words, view.formats
    body = [
        (
            Cell(formats.money(row["capital"]), _name(view, row)),
            formats.share(row["kept_share"]),
            formats.money(row["cost"]),
            formats.money(row["bound"]),
        )
        for row in rows
    ]
    columns = tuple(words(f"column.{key}") for key in ("capital", "whole", "cost", "bound"))
    return Grid(words("curve.table"), columns, body, frozenset({0, 1, 2, 3}), folded=True)


def _name(view: View, row: dict[str, Any]) -> str:
    if row["is_today"]:
        return view.words("column.before")
    return view.words("column.plan") if row["is_plan"] else ""
