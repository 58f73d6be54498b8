"""The sections about the trade between value, capital and service, and about what was decided on such numbers."""

from __future__ import annotations

from typing import Any

import polars as pl

from arbitre.show import plot
from arbitre.show.blocks import Cell, Figure, Grid, Section, Text
from arbitre.show.findings import View
from arbitre.show.frontier_chart import frontier_chart
from arbitre.show.sections_service import money_unit
from arbitre.show.words import Words


def frontier(view: View) -> Section | None:
    """The curve with today and its knee, break-even, what would change it, and what promises do to one another."""
    table = view.result("portfolio_frontier")
    if table is None:
        return None
    return Section("frontier", view.words("frontier.title"), [
        *_curve(view, table), *_prices(view), *_counts(view), *_sensitivity(view), *_alternatives(view),
        *_interactions(view)])


def arbitrations(view: View) -> Section | None:
    """Who decided what, on which numbers."""
    table = view.input("arbitrations")
    if table is None:
        return None
    body = [(Cell(row["question"], view.formats.day(row["on"])), row["scenarios"],
             Cell(row["choice"], row["why"] or ""), row["by"], row["numbers"] or "", row["turns_on"] or "")
            for row in table.sort("on", "question", descending=[True, False]).to_dicts()]
    columns = tuple(view.label("arbitrations", name) for name in ("question", "scenarios", "choice", "by", "numbers",
                                                                  "turns_on"))
    return Section("arbitrations", view.words("arbitrations.title"),
                   [Grid(view.words("arbitrations.table"), columns, body)])


def _curve(view: View, table: pl.DataFrame) -> list[Text | Figure | Grid]:
    words, formats = view.words, view.formats
    rows = table.to_dicts()
    plan = next(row for row in rows if row["is_plan"])
    today = next((row for row in rows if row["is_today"]), None)
    told = {"value": formats.short_money(plan["value"]), "capital": formats.short_money(plan["capital"])}
    title = words("frontier.figure_alone", **told)
    if today is not None:
        title = words("frontier.figure", **told, value_before=formats.short_money(today["value"]),
                      capital_before=formats.short_money(today["capital"]))
    unit, divided = money_unit(view, rows, ("capital", "value", "bound"))
    names = {"is_today": words("frontier.today"), "is_plan": words("column.plan"), "is_knee": words("frontier.knee")}
    marks = [{"label": names[mark], "role": names[mark], "capital": row["capital"], "value": row["value"]}
             for row in divided for mark in names if row[mark]]
    lines = [{"capital": row["capital"], "value": row["value"], "bound": row["bound"], "service": _service(view, row)}
             for row in divided if not row["is_today"]]
    services = list(dict.fromkeys(_service(view, row) for row in divided))
    labels = {"capital": words("frontier.capital", unit=unit), "value": words("frontier.value", unit=unit)}
    drawing = plot.svg(frontier_chart(lines, marks, (list(names.values()), services), _service(view, plan), labels),
                       formats.axis_locale, title)
    return [Figure(title, drawing, words("frontier.note")), _points(view, rows)]


def _service(view: View, row: dict[str, Any]) -> str:
    """Say how strictly promises are kept."""
    if row["odds"] == 1:
        return view.words("frontier.as_promised")
    times = 1 / row["odds"]
    return view.words("frontier.late_cases", times=view.formats.number(times, 2 if times % 1 else 0))


def _points(view: View, rows: list[dict[str, Any]]) -> Grid:
    names = ("capital", "value", "bound", "cost", "planned_share", "served_share", "offers", "sites")
    body = []
    for row in rows:
        roles = [view.words(f"frontier.{mark}") for mark in ("today", "knee") if row[f"is_{mark}"]]
        roles += [view.words("column.plan")] if row["is_plan"] else []
        body.append((Cell(_service(view, row), view.words.listed(roles)), *_cells(view, row, names)))
    columns = (view.words("frontier.service"), *(view.label("portfolio_frontier", name) for name in names))
    return Grid(view.words("frontier.points"), columns, body, frozenset(range(1, 9)), folded=True)


def _cells(view: View, row: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    """Return the cells of a row: shares and counts as such, all else as money."""
    shown = []
    for name in names:
        if name.endswith("_share"):
            shown.append(view.formats.share(row[name]))
        else:
            is_count = name in ("offers", "sites", "customers", "segments_changed")
            shown.append(view.formats.number(row[name]) if is_count else view.formats.money(row[name]))
    return shown


def _prices(view: View) -> list[Grid]:
    words, formats, table = view.words, view.formats, view.result("price_break_even")
    if table is None:
        return []
    body = [(Cell(view.name("segment", row["segment"]), words("frontier.proposed") if row["is_proposed"] else ""),
             view.name("offer", row["offer"]), formats.number(row["price"], 2), formats.share(row["taken_share"], 0),
             Cell(formats.number(row["break_even"], 2), words("frontier.between", low=formats.number(
                 row["break_even_low"], 2), high=formats.number(row["break_even_high"], 2)),
                 "loss" if row["is_proposed"] and row["price"] < row["break_even_low"] else "plain"))
            for row in table.to_dicts()]
    columns = tuple(view.label("price_break_even", name) for name in ("segment", "offer", "price", "taken_share",
                                                                      "break_even"))
    return [Grid(words("frontier.prices"), columns, body, frozenset({2, 3, 4}))]


def _counts(view: View) -> list[Grid]:
    formats, table = view.formats, view.result("count_break_even")
    if table is None:
        return []
    body = [(Cell(view.name("offer", row["offer"])), formats.money(row["fixed_cost"]), formats.money(row["earned"]),
             formats.number(row["customers"], 1), formats.number(row["break_even_low"], 1),
             formats.number(row["break_even"], 1)) for row in table.to_dicts()]
    columns = tuple(view.label("count_break_even", name) for name in ("offer", "fixed_cost", "earned", "customers",
                                                                      "break_even_low", "break_even"))
    return [Grid(view.words("frontier.counts"), columns, body, frozenset(range(1, 6)))]


def _sensitivity(view: View) -> list[Grid]:
    table, names = view.result("portfolio_sensitivity"), ("value", "bound", "value_change", "capital",
                                                          "segments_changed")
    if table is None:
        return []
    body = [(Cell(view.words(f"what_if.{row['change']}", part=view.formats.share(row["factor"] - 1, 0, signed=True))),
             *_cells(view, row, names)) for row in table.to_dicts()]
    columns = tuple(view.label("portfolio_sensitivity", name) for name in ("change", *names))
    return [Grid(view.words("frontier.sensitivity"), columns, body, frozenset(range(1, 6)))]


def _alternatives(view: View) -> list[Text | Grid]:
    words, table, names = view.words, view.result("portfolio_alternatives"), ("value", "below_share", "capital",
                                                                              "sites")
    if table is None:
        return [Text(words("frontier.no_alternative"))]
    texts = ("catalogue", "added", "dropped", "segments_changed")
    body = [(*(row[name] or "" for name in texts), *_cells(view, row, names)) for row in table.to_dicts()]
    columns = tuple(view.label("portfolio_alternatives", name) for name in (*texts, *names))
    return [Grid(words("frontier.alternatives"), columns, body, frozenset(range(4, 8)))]


def _interactions(view: View) -> list[Grid]:
    formats, table = view.formats, view.result("promise_interactions")
    if table is None:
        return []
    body = []
    for row in table.to_dicts():
        whom = view.name("offer", row["offer"]) if row["offer"] else view.words("column.whole")
        steps = view.words("frontier.step", before=formats.target(row["target_before"]),
                           after=formats.target(row["target_after"]))
        body.append((Cell(view.name("promise", row["promise"]), steps), whom, formats.money(row["capital_before"]),
                     formats.money(row["capital_after"]), formats.money(row["value_change"], signed=True)))
    columns = tuple(view.label("promise_interactions", name) for name in (
        "promise", "offer", "capital_before", "capital_after", "value_change"))
    return [Grid(view.words("frontier.interactions"), columns, body, frozenset({2, 3, 4}))]


def turning_point(words: Words, figure: str, other: str, ahead: float) -> str:
    """Say what the next best scenario would have to bring for a choice to change, or that it is better already; ahead,
    by how much the choice leads."""
    amount = f"{abs(ahead):,.0f}"
    if ahead >= 0:
        return words("arbitrations.turns", other=other, amount=amount)
    return words("arbitrations.already", other=other, amount=amount, figure=figure)
