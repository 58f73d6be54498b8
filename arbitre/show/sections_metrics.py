"""The section about metrics: each period by period, and why the last whole period differs."""

from __future__ import annotations

from typing import Any

import polars as pl

from arbitre.show import plot
from arbitre.show.blocks import Cell, Figure, Grid, Section, Text
from arbitre.show.findings import View
from arbitre.show.format import NOTHING
from arbitre.show.periods import small_multiples

_MOST_SHOWN, _MOST_SPLIT, _MOST_MEMBERS = 12, 3, 4
"""Metrics drawn, changes drawn, and members told one by one in each; the others stand together."""
_AXES = {"share": ".0%", "money": "~s"}


def metrics(view: View) -> Section:
    """What the metrics of the chain say, and why they changed."""
    words, values, rows = view.words, view.result("metric_values"), view.input("metrics")
    if values is None or rows is None:
        return Section("metrics", words("metrics.title"), [Text(words("metrics.none"))])
    known = {row["metric"]: row for row in rows.to_dicts()}
    everyone = values.filter(pl.col("dimension").is_null(), pl.col("is_whole"))
    told = [metric for metric in known if metric in everyone["metric"]][:_MOST_SHOWN]
    panels = [(known[metric]["name"] or metric, _points(everyone.filter(metric=metric), known[metric]),
               _AXES.get(known[metric]["unit"], "~s")) for metric in told]
    title = words("metrics.figure", n=len(told))
    blocks: list[Text | Figure | Grid] = [] if not panels else [
        Figure(title, plot.svg(small_multiples(panels), view.formats.axis_locale, title), words("metrics.note"))]
    return Section("metrics", words("metrics.title"), [*blocks, *_splits(view, known), *_explained(view, known)])


def _points(values: pl.DataFrame, row: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"day": point["starts_on"].isoformat(), "value": point["value"], "low": point["low"],
             "high": point["high"], "target": row["target"]} for point in values.to_dicts()]


def _splits(view: View, known: dict[str, dict[str, Any]]) -> list[Figure]:
    """Draw the changes best explained: before, what members add by mix and by rate, after."""
    changes, explained = view.result("metric_changes"), view.result("metric_explained")
    if changes is None or explained is None:
        return []
    best = explained.filter(pl.col("rank") == 1, pl.col("explaining") > 0).sort(
        "q_value", "p_value", "metric", nulls_last=True)
    return [_waterfall(view, known[row["metric"]], changes.filter(metric=row["metric"]), row)
            for row in best.head(_MOST_SPLIT).to_dicts()]


def _waterfall(view: View, metric: dict[str, Any], changes: pl.DataFrame, best: dict[str, Any]) -> Figure:
    words = view.words
    whole = changes.filter(pl.col("dimension").is_null()).row(0, named=True)
    days = [view.formats.day(best[name]) for name in ("before_on", "starts_on")]
    roles = [words("metrics.whole"), words("metrics.between")]

    def bar(label: str, start: float, end: float, is_step: bool) -> dict[str, Any]:
        return {"label": label, "role": roles[is_step], "start": start, "end": end, "right": max(start, end),
                "shown": _shown(view, metric, end - start, signed=is_step)}

    rows, height = [bar(words("metrics.since", day=days[0]), 0.0, whole["before"], False)], whole["before"]
    for label, amount in _steps(view, changes.filter(dimension=best["dimension"]), best["dimension"]):
        rows.append(bar(label, height, height + amount, True))
        height += amount
    rows.append(bar(words("metrics.since", day=days[1]), 0.0, whole["after"], False))
    ends = {name: _shown(view, metric, whole[name]) for name in ("before", "after")}
    title = words("metrics.changed", name=metric["name"] or metric["metric"], by=best["dimension"], **ends)
    drawing = plot.svg(plot.waterfall(rows, roles, metric["unit"] or ""), view.formats.axis_locale, title)
    return Figure(title, drawing, words("metrics.split") if best["rate"] is not None else "")


def _steps(view: View, members: pl.DataFrame, dimension: str) -> list[tuple[str, float]]:
    """Return what the members who add most to a change add, by mix and by rate where it has both; then the others."""
    words, steps = view.words, list[tuple[str, float]]()
    ordered = members.sort(pl.col("total").abs(), "member", descending=[True, False])
    for row in ordered.head(_MOST_MEMBERS).to_dicts():
        member = view.name(dimension, row["member"]) or words("group.none")
        if row["rate"] is None:
            steps.append((member, row["total"]))
        else:
            steps.append((words("metrics.mix", member=member), row["mix"]))
            steps.append((words("metrics.rate", member=member), row["rate"]))
    rest = ordered.slice(_MOST_MEMBERS)
    if rest.height:
        steps.append((words("group.others", n=rest.height), float(rest["total"].to_numpy().sum())))
    return steps


def _explained(view: View, known: dict[str, dict[str, Any]]) -> list[Grid | Text]:
    """Tell of each metric which dimension explains its change best, and whether that is unusual."""
    words, formats, explained = view.words, view.formats, view.result("metric_explained")
    if explained is None:
        return []
    body = [
        (known[row["metric"]]["name"] or row["metric"], row["dimension"],
         Cell(row["members"] or words("metrics.nobody")),
         formats.share(row["explained_share"], 0), formats.number(row["surprise"], 3),
         formats.number(row["usual_surprise"], 3), formats.share(row["q_value"], 0))
        for row in explained.filter(pl.col("rank") == 1).to_dicts()
    ]
    columns = ("name", "by", "members", "explains", "surprise", "usual", "false")
    grid = Grid(words("metrics.explained"), tuple(words(f"metrics.column_{key}") for key in columns), body,
                frozenset({3, 4, 5, 6}))
    return [grid, Text(words("metrics.explained_note"), "note")]


def _shown(view: View, metric: dict[str, Any], value: float | None, *, signed: bool = False) -> str:
    """Write a value in the unit of its metric."""
    formats = view.formats
    if value is None:
        return NOTHING
    if metric["unit"] == "share":
        return formats.share(value, signed=signed)
    if metric["unit"] == "money":
        return formats.short_money(value, signed=signed)
    digits = 0 if value == round(value) else 1
    unit = f"\u00a0{metric['unit']}" if metric["unit"] else ""
    return formats.number(value, digits, signed=signed) + unit
