"""The section about customers and items told apart: the matrix of value and need, the rules in words, what items call
for."""

from __future__ import annotations

from typing import Any

import polars as pl

from arbitre.show import plot
from arbitre.show.blocks import Cell, Figure, Grid, Section, Text
from arbitre.show.findings import View
from arbitre.show.value_need import matrix

_TIERS = ("high", "medium", "low")
_MOST_CLASSES = 10


def segments(view: View) -> Section:
    """Who is alike, by which rules, and what items call for."""
    words = view.words
    blocks = [*_customers(view), *_items(view)]
    return Section("segments", words("segments.title"), blocks or [Text(words("segments.none"))])


def _customers(view: View) -> list[Text | Figure | Grid]:
    members = view.result("segment_members")
    if members is None:
        return []
    return [*_matrix(view, members), *_rules(view), *_classes(view), *_agreement(view), *_moves(view)]


def _matrix(view: View, members: pl.DataFrame) -> list[Figure]:
    """Customers by value and need, with the part of the sales that each cell makes."""
    words, formats, profiles = view.words, view.formats, view.result("segment_profiles")
    own = members.filter(pl.col("school") == "value_need", pl.col("segment").is_not_null())
    if own.is_empty() or profiles is None:
        return []
    sales = dict(profiles.filter(pl.col("school") == "value_need", pl.col("feature") == "sales").select(
        "segment", "total_share").iter_rows())
    tiers = {tier: words(f"tier.{tier}") for tier in _TIERS}
    rows: list[dict[str, Any]] = []
    for segment, count in own.group_by("segment").len().sort("segment").iter_rows():
        value, need = segment.split("-")
        part = sales.get(segment)
        told = "" if part is None else words("segments.of_sales", share=formats.share(part, 0))
        rows.append({"value": tiers[value], "need": tiers[need], "customers": count,
                     "label": words("count.customers", n=count), "minor": told})
    title = words("segments.figure", n=own.height, cells=len(rows))
    labels = {"value": words("segments.value"), "need": words("segments.need")}
    drawing = plot.svg(matrix(rows, list(tiers.values()), labels), formats.axis_locale, title)
    return [Figure(title, drawing, words("segments.note"))]


def _rules(view: View) -> list[Grid]:
    """The tree of value and need, a row an end: who belongs where, in words."""
    words, formats, rules = view.words, view.formats, view.result("segment_rules")
    if rules is None:
        return []
    ends = rules.filter(pl.col("school") == "value_need", pl.col("feature").is_null(), pl.col("segment").is_not_null())
    sentence = "sentence_fr" if words.language == "fr" else "sentence"
    rows = [(Cell(_segment(view, row["segment"])), row[sentence], formats.number(row["customers"]),
             formats.share(row["confidence"], 0)) for row in ends.sort("customers", descending=True).to_dicts()]
    columns = tuple(words(f"column.{key}") for key in ("segment", "in_words", "customers", "alike"))
    return [Grid(words("segments.rules"), columns, rows, frozenset({2, 3}), folded=True)] if rows else []


def _classes(view: View) -> list[Text]:
    """How many classes there are that no rule has shaped, and whether they would be found again."""
    count, stable = view.number("customers.classes.segments"), view.number("customers.classes.least_stability")
    if count is None or stable is None:
        return []
    key = "segments.classes_firm" if stable >= 0.75 else "segments.classes_loose"
    return [Text(view.words(key, count=view.formats.number(count), stable=view.formats.number(stable, 2)))]


def _agreement(view: View) -> list[Grid]:
    words, formats, table = view.words, view.formats, view.result("segment_agreement")
    if table is None:
        return []
    whole = table.filter(pl.col("measure") == "adjusted_rand")
    rows = [(Cell(words.choice("school", row["school"])), words.choice("school", row["other"]),
             formats.number(row["value"], 2), formats.number(row["customers"])) for row in whole.to_dicts()]
    columns = tuple(words(f"column.{key}") for key in ("school", "beside", "adjusted_rand", "customers"))
    return [Grid(words("segments.agreement"), columns, rows, frozenset({2, 3}), folded=True)] if rows else []


def _moves(view: View) -> list[Text]:
    table = view.result("segment_moves")
    moved = None if table is None else table.filter(school="value_need")
    if moved is None or moved.is_empty():
        return []
    sure = moved.filter(pl.col("is_sure")).height
    return [Text(view.words("segments.moved", n=moved.height, sure=view.formats.number(sure)))]


def _items(view: View) -> list[Grid]:
    """The classes of items that weigh most, and what they call for."""
    words, formats, table = view.words, view.formats, view.result("item_policies")
    if table is None:
        return []
    sentence = "sentence_fr" if words.language == "fr" else "sentence"
    rows = [(Cell(_item_class(view, row["class"])), formats.number(row["items"]), formats.money(row["yearly_value"]),
             row[sentence]) for row in table.head(_MOST_CLASSES).to_dicts()]
    columns = tuple(words(f"column.{key}") for key in ("item_class_name", "items", "yearly_value", "calls_for"))
    title = words("segments.items", n=len(rows))
    return [Grid(title, columns, rows, frozenset({1, 2}), folded=True)]


def _segment(view: View, segment: str) -> str:
    value, need = segment.split("-")
    return view.words("segments.cell", value=view.words(f"tier.{value}"), need=view.words(f"tier.{need}"))


def _item_class(view: View, name: str) -> str:
    return ", ".join(view.words.choice("item_trait", part) for part in name.split("-"))
