"""The section about drifts: what departs, since when, at what stake, and the chart that says so."""

from __future__ import annotations

from typing import Any

import polars as pl

from arbitre.show import plot
from arbitre.show.blocks import Cell, Figure, Grid, Section, Text
from arbitre.show.drift_chart import picture
from arbitre.show.findings import View
from arbitre.tables.results.drifts import DRIFTS_OF_SERVICE

_MOST = 12
_PLACE = ("promise", "offer", "segment", "site")


def drifts(view: View) -> Section:
    """Which drifts are under way."""
    words, table = view.words, view.result("drifts")
    if table is None:
        return Section("drifts", words("drifts.title"), [Text(words("drifts.none"))])
    going = table.filter(verdict="under way")
    blocks: list[Text | Figure | Grid] = [Text(_told(view, table)), *_figure(view, going)]
    if going.height:
        blocks += [_rows(view, going.head(_MOST).to_dicts()), Text(words("drifts.note"), "note")]
    return Section("drifts", words("drifts.title"), [*blocks, *_unknown(view, table)])


def _told(view: View, table: pl.DataFrame) -> str:
    """Say which drifts are under way, and which are not."""
    words = view.words
    by = {name: set(table.filter(drift=name)["verdict"]) for name in DRIFTS_OF_SERVICE}
    going = [name for name, verdicts in by.items() if "under way" in verdicts]
    quiet = [name for name, verdicts in by.items() if "under way" not in verdicts and "not seen" in verdicts]
    parts = [words(f"drifts.{key}", names=words.listed([words.choice("drift", name) for name in names]))
             for key, names in (("going", going), ("quiet", quiet)) if names]
    return " ".join(parts) or words("drifts.unknown_all")


def _figure(view: View, going: pl.DataFrame) -> list[Figure]:
    """Draw, for each drift under way, the chart with most at stake."""
    words, evidence = view.words, view.result("drift_evidence")
    if evidence is None:
        return []
    keys = ["drift", "statistic", *_PLACE]
    charted = going.join(evidence.select(keys).unique(), on=keys, how="semi", nulls_equal=True)
    rows: list[dict[str, Any]] = []
    names: list[str] = []
    for chart in charted.unique("drift", keep="first", maintain_order=True).to_dicts():
        name = f"{words.choice('drift', chart['drift'])} – {_name(view, chart)}"
        is_own = [pl.col(key).eq_missing(pl.lit(chart[key], pl.String)) for key in keys]
        own = evidence.filter(*is_own).drop_nulls("walk")
        rows += [{"name": name, "month": row["month_on"].isoformat(), "times": row["walk"] / row["walk_limit"]}
                 for row in own.sort("month_on").to_dicts()]
        names.append(name)
    if not rows:
        return []
    title = words("drifts.figure", n=len(names))
    labels = {"times": words("drifts.times"), "limit": words("drifts.limit")}
    drawing = plot.svg(picture(rows, names, labels), view.formats.axis_locale, title)
    return [Figure(title, drawing, words("drifts.figure_note"))]


def _name(view: View, row: dict[str, Any]) -> str:
    """Name a statistic and where it was taken."""
    place = [view.name(column, row[column]) for column in _PLACE if row[column]]
    if row["promise"] and row["offer"]:
        place = [view.name("promise", row["promise"]), *place[2:]]
    return ", ".join([view.words.choice("statistic", row["statistic"]), *place])


def _rows(view: View, rows: list[dict[str, Any]]) -> Grid:
    """List what is under way, the most money at stake first."""
    words, formats = view.words, view.formats
    body = [
        (
            Cell(_name(view, row), words.choice("drift", row["drift"])), _number(view, row["value"]),
            _number(view, row["limit"]), formats.day(row["starts_on"]) if row["starts_on"] else "",
            "" if row["money"] is None else formats.money(row["money"]), words.choice("lever", row["lever"]),
        )
        for row in rows
    ]
    columns = tuple(words(f"column.{key}") for key in ("what", "value", "against", "since", "stake", "lever"))
    return Grid(words("drifts.table"), columns, body, frozenset({1, 2, 4}))


def _number(view: View, value: float | None) -> str:
    """Show a share as a share, and anything else as a number."""
    if value is None:
        return ""
    return view.formats.share(value) if 0.0 <= value <= 1.0 else view.formats.number(value, 1)


def _unknown(view: View, table: pl.DataFrame) -> list[Text]:
    """Say what cannot be told, and for want of what."""
    rows = table.filter(verdict="cannot tell").select("statistic", "missing").unique(maintain_order=True).to_dicts()
    told = [view.words("drifts.missing", name=view.words.choice("statistic", row["statistic"]), table=row["missing"])
            for row in rows]
    return [Text(view.words("drifts.unknown", names=view.words.listed(told)), "note")] if told else []
