"""The section about profit: what is left once customers are served, who loses, and who pays for whom."""

from __future__ import annotations

from typing import Any

import polars as pl

from arbitre.show import plot
from arbitre.show.blocks import Cell, Figure, Grid, Section, Text
from arbitre.show.findings import View
from arbitre.show.sections_service import money_unit
from arbitre.tables.results.profit import TOTALS

_MOST_LOSING = 20


def profit(view: View) -> Section:
    """What is left once customers are served."""
    words, steps = view.words, view.result("profit_waterfall")
    if steps is None:
        return Section("profit", words("earnings.title"), [Text(words("earnings.none"))])
    everyone = steps.filter(by="everyone").to_dicts()
    blocks: list[Text | Figure | Grid] = [Text(_losing(view)), _waterfall(view, everyone), *_whale(view)]
    unknown = [words(f"step.{row['step']}") for row in everyone if row["amount"] is None]
    if unknown:
        blocks.insert(2, Text(words("earnings.unknown", names=words.listed(unknown)), "note"))
    return Section("profit", words("earnings.title"), [*blocks, *_subsidies(view), *_worst(view), *_change(view)])


def _losing(view: View) -> str:
    """Say how many customers lose money, and how sure that is."""
    formats, number = view.formats, {
        name: view.number(f"profit.{name}")
        for name in ("customers", "customers_losing", "losing_share", "losing_low_share", "losing_high_share", "lost",
                     "customers_surely_losing")
    }
    return view.words(
        "earnings.losing", losing=formats.number(number["customers_losing"]), n=formats.number(number["customers"]),
        share=formats.share(number["losing_share"], 0), low=formats.share(number["losing_low_share"], 0),
        high=formats.share(number["losing_high_share"], 0), lost=formats.short_money(number["lost"]),
        surely=formats.number(number["customers_surely_losing"]),
    )


def _waterfall(view: View, steps: list[dict[str, Any]]) -> Figure:
    words, formats = view.words, view.formats
    amount = {row["step"]: row["amount"] for row in steps}
    roles = [words("earnings.total"), words("earnings.between")]
    rows, height = [], 0.0
    for row in steps:
        if row["amount"] is None:
            continue
        is_total = row["step"] in TOTALS
        start, end = (0.0, row["amount"]) if is_total else (height, height + row["amount"])
        height = end
        rows.append({"label": words(f"step.{row['step']}"), "role": roles[0 if is_total else 1], "start": start,
                     "end": end, "right": max(start, end), "shown": formats.short_money(row["amount"])})
    title = words("earnings.figure", net=formats.short_money(amount["net"]),
                  contribution=formats.short_money(amount["contribution"]))
    unit, divided = money_unit(view, rows, ("start", "end", "right"))
    days = {name: formats.day(str(view.findings.summary.get(f"profit.{key}", "")))
            for name, key in (("from_", "first_on"), ("to", "last_on"))}
    spec = plot.waterfall(divided, roles, words("earnings.unit", unit=unit, **days))
    return Figure(title, plot.svg(spec, formats.axis_locale, title))


def _whale(view: View) -> list[Figure]:
    words, curve, peak = view.words, view.result("whale_curve"), view.number("profit.peak")
    if curve is None or peak is None:
        return []
    rows = curve.select(customers="customers_share", whole="of_whole", low="low", high="high").to_dicts()
    title = words("earnings.whale", peak=view.formats.share(peak, 0))
    labels = {name: words(f"earnings.{name}") for name in ("customers", "whole")}
    drawing = plot.svg(plot.whale(rows, labels), view.formats.axis_locale, title)
    return [Figure(title, drawing, words("earnings.whale_note"))]


def _subsidies(view: View) -> list[Grid | Text]:
    words, formats, table = view.words, view.formats, view.result("cross_subsidies")
    rows = [] if table is None else table.filter(by="segment").sort("balance", descending=True).to_dicts()
    if len(rows) < 2:
        return []
    body = [
        (
            view.name("segment", row["name"]) or words("group.none"), formats.number(row["customers"]),
            formats.number(row["losing"]), formats.money(row["earned"]), formats.money(row["lost"]),
            Cell(formats.money(row["balance"], signed=True), tone="loss" if row["balance"] < 0.0 else "plain"),
        )
        for row in rows
    ]
    columns = tuple(words(f"column.{key}") for key in ("segment", "customers", "losing", "earned", "lost", "balance"))
    grid = Grid(words("earnings.subsidies"), columns, body, frozenset({1, 2, 3, 4, 5}))
    return [grid, Text(words("earnings.subsidies_note"), "note")]


def _worst(view: View) -> list[Grid]:
    """The customers who lose most, by name."""
    words, formats, table = view.words, view.formats, view.result("customer_profit")
    losing = None if table is None else table.filter(pl.col("contribution") < 0.0).reverse().head(_MOST_LOSING)
    if losing is None or losing.is_empty():
        return []
    known = view.input("customers")
    named: dict[str, str] = {} if known is None else dict(known.select("customer", "name").drop_nulls().iter_rows())
    body = [
        (
            Cell(named.get(row["customer"], row["customer"]), view.name("segment", row["segment"])),
            formats.number(row["cases"]), *(formats.money(row[key]) for key in ("net", "goods", "serving")),
            formats.money(row["contribution"]), words.choice("verdict", row["verdict"]),
        )
        for row in losing.to_dicts()
    ]
    keys = ("customer", "cases", "net", "goods", "serving", "contribution", "verdict")
    title = words("earnings.worst", n=len(body))
    return [Grid(title, tuple(words(f"column.{key}") for key in keys), body, frozenset(range(1, 6)), folded=True)]


def _change(view: View) -> list[Text]:
    """Say why the contribution changed."""
    words, table = view.words, view.result("profit_change")
    if table is None:
        return []
    told = [
        words("earnings.changed", name=words(f"part.{row['part']}"),
              amount=view.formats.short_money(row["amount"], signed=row["part"] not in ("before", "after")))
        for row in table.filter(by="everyone").to_dicts()
    ]
    return [Text(words("earnings.change", parts=words.listed(told)))]
