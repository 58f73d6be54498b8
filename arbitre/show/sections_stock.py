"""The answer, and the sections about stock: the decision, the items that move, and how far to trust it all."""

from __future__ import annotations

from typing import Any

import polars as pl

from arbitre.show import plot
from arbitre.show.blocks import Cell, Figure, Grid, Section, Text, Tile
from arbitre.show.findings import View
from arbitre.show.sections_proof import sentence
from arbitre.show.sections_reasons import item_cell, last_and_next, promise_served, ratio
from arbitre.show.sections_service import measured_parts, money_unit, points, verdicts

_MOST_GROUPS = 14
_MOST_MOVES = 25


def answer(view: View) -> list[Text]:
    """The whole report in a few sentences."""
    words = view.words
    value, bound = view.number("value"), view.number("bound")
    if view.number("capital_after") is None:
        return [Text(_measured(view, "answer.measured") or words("kept.no_cases")), Text(words("answer.no_plan"))]
    texts = [_promise_sentence(view)]
    if value is not None:
        key = "answer.cost_no_bound" if bound is None else f"answer_bound.{view.decide}"
        texts.append(words(key, **_proof(view)))
        if (by_model := view.number("value_by_model")) is not None:
            texts.append(words("answer.tightened", by_model=view.formats.short_money(by_model)))
    texts += filter(None, [sentence(view)])
    losers = [row for row in view.classes if row["loses"]]
    if not view.is_compared:
        return [Text(" ".join(texts)), Text(words("answer.today_unknown"), "note")]
    notes = [_today_sentence(view)]
    if losers:
        change, demand = points(view, losers[0]["change"]), words("count.units", n=round(losers[0]["demand"] or 0.0))
        notes.append(
            words(
                "answer.losers",
                n=len(losers),
                classes=len(view.classes),
                worst=losers[0]["label"],
                change=change,
                demand=demand,
            )
        )
    elif view.classes:
        notes.append(words("answer.no_loser"))
    if view.is_rule:
        notes.insert(0, words("answer.rule"))
    return [Text(" ".join(texts)), Text(" ".join(filter(None, notes)), "note")]


def tiles(view: View) -> list[Tile]:
    """The headline figures."""
    words, formats = view.words, view.formats
    after, before = view.number("capital_after"), view.number("capital_before")
    note = words("tile.today_unknown")
    if view.is_compared and after is not None and before:
        note = words("tile.capital_note", before=formats.short_money(before), change=_relative(view, after, before))
    bound = view.number("bound")
    proof = words("tile.cost_note", bound=formats.short_money(bound), gap=_gap(view)) if bound is not None else ""
    known = [row for row in view.planned if row["was_kept"] is not None]
    today = words("tile.planned_note", kept=sum(row["was_kept"] for row in known), n=len(known)) if known else ""
    return [
        Tile(words("tile.capital"), formats.short_money(after), note),
        Tile(words("tile.cost"), formats.short_money(view.number("value")), proof or words("tile.no_bound")),
        Tile(
            words("tile.planned"),
            _part(view, sum(bool(row["is_kept"]) for row in view.planned), len(view.planned)),
            today,
        ),
        _measured_tile(view),
    ]


def decision(view: View) -> Section:
    """Capital today and with the plan, the cost, the bound and the gap."""
    words = view.words
    blocks: list[Text | Figure | Grid] = [*_bracket(view), *_capital(view)]
    return Section("decision", words("decision.title"), blocks or [Text(words("decision.none"))])


def moves(view: View) -> Section:
    """The levels that rise or fall most, and why."""
    words, formats, table = view.words, view.formats, view.result("stock_moves")
    if table is None:
        return Section("moves", words("moves.title"), _largest(view))
    table = table.join(last_and_next(view), on=["item", "site"], how="left", maintain_order="left")
    rises = table.filter(pl.col("capital_change") >= 0).sort(
        "capital_change", "item", "site", descending=[True, False, False]
    )
    falls = table.filter(pl.col("capital_change") < 0).sort("capital_change", "item", "site")
    added, released = (formats.short_money(abs(float(side["capital_change"].sum()))) for side in (rises, falls))
    total = words(
        "moves.totals",
        ups=formats.number(rises.height),
        added=added,
        downs=formats.number(falls.height),
        released=released,
    )
    blocks: list[Text | Figure | Grid] = [Text(total if view.is_compared else words("moves.today_unknown"))]
    blocks += [_reasons(view, table), Text(words("moves.units"), "note")]
    for key, side in (("moves.gains", rises), ("moves.losses", falls)):
        if side.height:
            top = side.head(_MOST_MOVES)
            blocks.append(_moves_grid(view, words(key, n=top.height), top))
    return Section("moves", words("moves.title"), blocks)


def method(view: View) -> Section:
    """How to read the report, its limits, and how to obtain it again."""
    words = view.words
    told = ("method.facts", "method.capital", f"method_bound.{view.decide}", "method.limits")
    texts = [Text(words(key)) for key in told]
    again = Grid(words("method.again"), (words("column.what"), words("column.value")), view.made_rows())
    return Section("method", words("method.title"), [*texts, again, Text(words("method.again_note"), "note")])


def _promise_sentence(view: View) -> str:
    words, formats = view.words, view.formats
    after, before = view.number("capital_after"), view.number("capital_before")
    capital = words("answer.capital", after=formats.short_money(after))
    if view.is_compared and after is not None and before:
        capital = words(
            "answer.capital_change",
            after=formats.short_money(after),
            before=formats.short_money(before),
            change=_relative(view, after, before),
        )
    if not view.planned:
        return words("answer.capital_only", capital=capital)
    unkept = [row["label"] for row in view.planned if not row["is_kept"]]
    if not unkept:
        return words("answer.keeps_all", capital=capital)
    count = len(view.planned)
    named = words.listed([*unkept[:3], *([words("list.more", n=len(unkept) - 3)] if len(unkept) > 3 else [])])
    return words("answer.keeps_some", kept=count - len(unkept), n=count, capital=capital, unkept=named)


def _today_sentence(view: View) -> str:
    known = [row for row in view.planned if row["was_kept"] is not None]
    kept = sum(row["was_kept"] for row in known)
    return view.words("answer.today_keeps", kept=kept, n=len(known)) if known else ""


def _measured(view: View, key: str) -> str:
    table = view.result("promises_kept")
    if table is None:
        return ""
    totals, _ = measured_parts(view, table)
    return view.words(key, n=len(totals), **verdicts(totals))


def _measured_tile(view: View) -> Tile:
    words, table = view.words, view.result("promises_kept")
    if table is None:
        return Tile(words("tile.measured"), view.formats.number(None), words("tile.not_measured"))
    totals, _ = measured_parts(view, table)
    return Tile(
        words("tile.measured"),
        _part(view, verdicts(totals)["kept"], len(totals)),
        _measured(view, "tile.measured_note"),
    )


def _part(view: View, part: int, whole: int) -> str:
    return view.words("list.of", part=part, whole=whole) if whole else view.formats.number(None)


def _relative(view: View, after: float, before: float) -> str:
    return view.formats.share(after / before - 1, 0, signed=True)


def _gap(view: View) -> str:
    return view.formats.share(view.number("gap"), 2)


def _proof(view: View) -> dict[str, str]:
    """The numbers that sentences about the bound are filled with, whatever decided."""
    money = {
        name: view.formats.short_money(view.number(key))
        for name, key in (("value", "value"), ("bound", "bound"), ("late", "late_cost"), ("budget", "budget"))
    }
    shares = {
        name: view.formats.share(view.number(key), 2)
        for name, key in (("kept", "kept_share"), ("most", "kept_share_most"))
    }
    return {**money, **shares, "gap": _gap(view)}


def _bracket(view: View) -> list[Text | Figure | Grid]:
    words, formats = view.words, view.formats
    value, bound = view.number("value"), view.number("bound")
    if value is None:
        return []
    if bound is None or value <= 0 or bound < 0:
        return [Text(words("decision.no_bound", value=formats.short_money(value)))]
    told = _proof(view)
    title = words(f"bracket.{view.decide}", **told)
    labels = {"floor": words("decision.floor", **told), "plan": words("decision.plan", **told)}
    drawing = plot.svg(plot.bracket(value, min(bound, value), labels), formats.axis_locale, title)
    note = words(f"bracket_note.{view.decide}", room=formats.short_money(max(value - bound, 0.0)))
    return [Figure(title, drawing, note), *_other_costs(view)]


def _other_costs(view: View) -> list[Text]:
    """Tell what the stock compared with costs."""
    before = view.number("cost_before")
    return [] if before is None else [Text(view.words("decision.before", cost=view.formats.short_money(before)))]


def _capital(view: View) -> list[Text | Figure | Grid]:
    words, formats, levels = view.words, view.formats, view.result("stock_levels")
    if levels is None:
        return []
    sites, by_item = view.capital_by_site(_MOST_GROUPS), _by_item(view, levels)
    groups = [(words("decision.by_site"), sites), by_item] if len(sites) > 1 else [by_item]
    known = [row for _, rows in groups for row in rows]
    if not known:
        return []
    for row in known:
        row["moved"] = row["after"] - (row["before"] or 0.0)
        row["change"] = formats.short_money(row["moved"], signed=view.is_compared)
    most = max((row for row in groups[0][1] if not row["is_rest"]), key=lambda row: abs(row["moved"]))["label"]
    total = sum(row["moved"] for row in groups[0][1])
    key = "alone" if not view.is_compared else "less" if total < 0 else "more"
    title = words(f"decision.capital_{key}", change=formats.short_money(abs(total)), most=most)
    unit, divided = money_unit(view, known, ("before", "after"))
    split = len(groups[0][1])
    panels = [(title, rows) for (title, _), rows in zip(groups, (divided[:split], divided[split:]), strict=False)]
    labels = {"before": words("received.before")} if view.is_compared else {}
    labels["after"] = words("received.plan")
    spec = plot.capital(panels, labels, words("decision.unit", unit=unit))
    body = [
        (
            row["label"],
            formats.money(row["before"]),
            formats.money(row["after"]),
            formats.money(row["moved"] if view.is_compared else None, signed=True),
        )
        for row in known
    ]
    columns = tuple(words(f"column.{name}") for name in ("group", "before", "plan", "change"))
    grid = Grid(words("decision.table"), columns, body, frozenset({1, 2, 3}), folded=True)
    return [Figure(title, plot.svg(spec, formats.axis_locale, title)), grid]


def _by_item(view: View, levels: pl.DataFrame) -> tuple[str, list[dict[str, Any]]]:
    """Capital by family where families are given, by decade of unit cost otherwise."""
    items = view.input("items")
    per_item = levels.group_by("item", maintain_order=True).agg(
        pl.col("capital_before", "capital_after").sum(), pl.col("price").first()
    )
    if items is not None and items["family"].n_unique() > 1:
        named = per_item.join(items.select("item", "family"), on="item", how="left")
        return view.words("decision.by_family"), view.capital_by(named, "family", _MOST_GROUPS)
    decade = pl.col("price").clip(1.0, 99_999.0).log10().floor().cast(pl.Int64).alias("decade")
    banded = per_item.with_columns(decade)
    lowest, highest = (int(banded["decade"].drop_nulls().min() or 0), int(banded["decade"].drop_nulls().max() or 0))  # type: ignore[arg-type]
    rows = []
    for step in range(lowest, highest + 1):
        band = banded.filter(pl.col("decade") == step).with_columns(
            pl.lit(_band(view, step, lowest, highest)).alias("band")
        )
        rows += view.capital_by(band, "band", 1) if band.height else []
    return view.words("decision.by_price"), rows


def _band(view: View, step: int, lowest: int, highest: int) -> str:
    start, end = view.formats.money(10.0**step), view.formats.money(10.0 ** (step + 1))
    if step == lowest:
        return view.words("group.under", to=end)
    return (
        view.words("group.over", from_=start) if step == highest else view.words("group.between", from_=start, to=end)
    )


def _reasons(view: View, table: pl.DataFrame) -> Grid:
    words, formats = view.words, view.formats
    rises = pl.col("capital_change") >= 0
    sums = (
        table.group_by("reason", maintain_order=True)
        .agg(rises.sum().alias("ups"), (~rises).sum().alias("downs"), pl.col("capital_change").sum())
        .sort(pl.col("capital_change").abs(), "reason", descending=[True, False])
    )
    rows = [
        (
            words.choice("reason", row["reason"]),
            formats.number(row["ups"]),
            formats.number(row["downs"]),
            formats.money(row["capital_change"], signed=True),
        )
        for row in sums.iter_rows(named=True)
    ]
    columns = tuple(words(f"column.{name}") for name in ("reason", "levels_up", "levels_down", "capital"))
    return Grid(words("moves.reasons"), columns, rows, frozenset({1, 2, 3}))


def _largest(view: View) -> list[Text | Figure | Grid]:
    """For want of moves, the levels that tie up most capital."""
    words, formats, levels = view.words, view.formats, view.result("stock_levels")
    if levels is None or (view.is_compared and not view.is_rule):
        return [Text(words("moves.none"))]
    top = levels.sort("capital_after", "item", "site", descending=[True, False, False]).head(_MOST_MOVES)
    rows = [
        (
            item_cell(view, row["item"]),
            view.name("site", row["site"]),
            formats.number(row["level"]),
            formats.money(row["price"]),
            formats.money(row["capital_after"]),
        )
        for row in top.iter_rows(named=True)
    ]
    columns = tuple(words(f"column.{key}") for key in ("item", "site", "level", "price", "capital"))
    grid = Grid(words("moves.largest", n=top.height), columns, rows, frozenset({2, 3, 4}))
    return [Text(words("moves.no_today")), grid]


def _moves_grid(view: View, title: str, table: pl.DataFrame) -> Grid:
    words, formats = view.words, view.formats
    rows = []
    for row in table.iter_rows(named=True):
        level = f"{formats.number(row['before'])} → {formats.number(row['level'])}"
        rows.append(
            (
                item_cell(view, row["item"]),
                view.name("site", row["site"]),
                level,
                formats.money(row["capital_change"], signed=True),
                Cell(words.choice("reason", row["reason"]), promise_served(view, row["promise"])),
                ratio(view, row["last_unit"]),
                ratio(view, row["next_unit"]),
            )
        )
    keys = (
        "column.item",
        "column.site",
        "column.level",
        "column.capital",
        "column.reason",
        "column.last_unit",
        "column.next_unit",
    )
    return Grid(title, tuple(words(key) for key in keys), rows, frozenset({2, 3, 5, 6}))
