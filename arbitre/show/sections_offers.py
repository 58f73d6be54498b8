"""The section about what offers are to each segment: Kano's fields, worths, who would take them, more answers."""

from __future__ import annotations

from typing import Any

import polars as pl

from arbitre.show import plot
from arbitre.show.blocks import Cell, Figure, Grid, Section, Text
from arbitre.show.findings import View
from arbitre.show.kano_chart import kano_chart
from arbitre.tables.catalogue import DECLARED

_LARGE = 20.0
"""Numbers from which decimals tell nothing."""
_FIELDS = ("attractive", "one_dimensional", "indifferent", "must_be")


def offers(view: View) -> Section | None:
    """What each offer is to each segment, as people state it."""
    blocks = [*_kano(view), *_classes(view), *_worth(view), *_alike(view), *_acceptance(view), *_answers(view)]
    if not blocks:
        return None
    return Section("offers", view.words("offers.title"), [Text(view.words("offers.stated")), *blocks])


def _kano(view: View) -> list[Figure]:
    words, table = view.words, view.result("offer_classes")
    if table is None:
        return []
    known = table.drop_nulls(["better", "worse"])
    of_segments = known.filter(pl.col("segment").is_not_null())
    shown = known if of_segments.is_empty() else of_segments
    rows = [{"label": view.name("offer", row["offer"]), "segment": _segment(view, row),
             **{name: row[name] for name in ("better", "better_low", "better_high")},
             "hurts": -row["worse"], "hurts_low": -row["worse_high"], "hurts_high": -row["worse_low"]}
            for row in shown.to_dicts()]
    if not rows:
        return []
    title = words("offers.kano", n=len({row["label"] for row in rows}))
    fields = {name: _choice(view, "offer_classes", "offer_class", name) for name in _FIELDS}
    labels = {"hurts": words("offers.hurts"), "better": words("offers.better")}
    segments = list(dict.fromkeys(row["segment"] for row in rows))
    drawing = plot.svg(kano_chart(rows, segments, fields, labels), view.formats.axis_locale, title)
    return [Figure(title, drawing, words("offers.kano_note"))]


def _classes(view: View) -> list[Grid]:
    """Each offer by segment: its class, how sure, and what that calls for."""
    words, formats, table = view.words, view.formats, view.result("offer_classes")
    if table is None:
        return []
    rows = [(Cell(view.name("offer", row["offer"]), _segment(view, row)),
             Cell(_choice(view, "offer_classes", "offer_class", row["offer_class"]),
                  "" if row["is_sure"] else words("offers.unsure")),
             formats.share(row["stays_share"], 0), formats.number(row["answers"]),
             _choice(view, "offer_classes", "calls_for", row["calls_for"])) for row in table.to_dicts()]
    columns = ("offer", "offer_class", "stays_share", "answers", "calls_for")
    return [Grid(words("offers.classes"), tuple(view.label("offer_classes", name) for name in columns), rows,
                 frozenset({2, 3}), folded=True)]


def _worth(view: View) -> list[Grid]:
    """What each offer or attribute is worth to a segment, and the prices and scores people give, with intervals."""
    words, formats, table = view.words, view.formats, view.result("offer_worth")
    if table is None:
        return []

    def told(row: dict[str, Any], name: str) -> str:
        if row["measure"] == "preference_share":
            return formats.share(row[name], 0)
        return formats.number(row[name], 0 if abs(row["value"]) >= _LARGE else 2)

    rows = [(Cell(view.name("offer", row["subject"]), _segment(view, row)),
             _choice(view, "offer_worth", "measure", row["measure"]),
             *(told(row, name) for name in ("value", "low", "high")), formats.number(row["answers"]))
            for row in table.to_dicts()]
    columns = ("subject", "measure", "value", "low", "high", "answers")
    return [Grid(words("offers.worth"), tuple(view.label("offer_worth", name) for name in columns), rows,
                 frozenset({2, 3, 4, 5}), folded=True)]


def _alike(view: View) -> list[Grid]:
    """Which classes of people choose alike, and what one more of each attribute is worth to each."""
    words, formats, table = view.words, view.formats, view.result("choice_classes")
    if table is None or table["number"].n_unique() < 2:
        return []
    valued = table.drop_nulls("worth")
    subjects = valued["subject"].unique(maintain_order=True).to_list()
    rows = []
    for (number,), own in table.group_by("number", maintain_order=True):
        first, worth = own.row(0, named=True), dict(own.select("subject", "worth").iter_rows())
        rows.append((Cell(formats.number(number), ""), formats.share(first["share"], 0),
                     Cell(view.name("segment", first["mostly"]) if first["mostly"] else "",
                          formats.share(first["mostly_share"], 0)),
                     *("" if worth[subject] is None else formats.money(worth[subject]) for subject in subjects)))
    columns = (*(view.label("choice_classes", name) for name in ("number", "share", "mostly")), *subjects)
    return [Grid(words("offers.alike"), columns, rows, frozenset({1, *range(3, len(columns))}))]


def _acceptance(view: View) -> list[Figure]:
    """What share of a segment would take an offer at its price, by whom it is said."""
    words, table = view.words, view.result("acceptance")
    if table is None:
        return []
    sources = {source: _choice(view, "acceptance", "source", source) for source in table["source"].unique().sort()}
    rows = [{"label": _taken(view, row), "share": row["share"], "low": _or(row["low_share"], row["share"]),
             "high": _or(row["high_share"], row["share"]), "source": sources[row["source"]]}
            for row in table.sort("segment", "offer", "price", "source").to_dicts()]
    title = words("offers.acceptance")
    drawing = plot.svg(plot.taken(rows, list(sources.values())), view.formats.axis_locale, title)
    return [Figure(title, drawing, words("offers.acceptance_note"))]


def _answers(view: View) -> list[Grid]:
    """What asking more people would bring, when offers are priced."""
    words, formats, table = view.words, view.formats, view.result("answers_worth")
    if table is None:
        return []
    sizes = table["more_answers"].unique().sort(nulls_last=True).to_list()
    rows = []
    for (segment, offer), own in table.group_by("segment", "offer", maintain_order=True):
        worth = dict(own.select("more_answers", "worth").iter_rows())
        first = own.row(0, named=True)
        rows.append((Cell(view.name("offer", str(offer)), view.name("segment", str(segment))),
                     formats.money(first["price"]), formats.share(first["is_best_share"], 0),
                     *(formats.money(worth[size]) for size in sizes)))
    told = [words("offers.more", n=formats.number(size)) if size is not None else words("offers.all") for size in sizes]
    columns = (*(view.label("answers_worth", name) for name in ("offer", "price", "is_best_share")), *told)
    return [Grid(words("offers.answers"), columns, rows, frozenset(range(1, len(columns))))]


def _taken(view: View, row: dict[str, Any]) -> str:
    parts = [_segment(view, row), view.name("offer", row["offer"])]
    if row["price"] is not None:
        parts.append(view.formats.money(row["price"]))
    return "\u00a0· ".join(parts)


def _segment(view: View, row: dict[str, Any]) -> str:
    return view.name("segment", row["segment"]) if row["segment"] else view.words("offers.everybody")


def _choice(view: View, table: str, column: str, value: str) -> str:
    return view.words.told(DECLARED[table].column(column), value)


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value
