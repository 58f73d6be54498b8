"""The sections about service: what the chain holds, what was promised and kept, who receives it, what it is worth."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from arbitre.show import plot
from arbitre.show.blocks import Cell, Figure, Grid, Section, Text
from arbitre.show.findings import View
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.results.columns import FLOOR

_COUNTED = ("sites", "items", "segments", "customers", "assets", "offers", "promises", "cases")
_MOST_COLUMNS = 7
_MOST_CLASSES, _MOST_LOSSES, _MOST_GAINS = 60, 40, 20
_MOST_NAMED = 5


def chain(view: View) -> Section:
    """What is in the chain."""
    words, present = view.words, [name for name in _COUNTED if view.input(name) is not None]
    counts = [words(f"count.{name}", n=view.findings.chain.tables[name].height) for name in present]
    texts = [words("chain.counts", chain=view.findings.chain.name, counts=words.listed(counts))] if counts else []
    cases = view.input("cases")
    if cases is None:
        texts.append(words("chain.no_facts"))
    else:
        days = [view.formats.day(day) for day in (cases["opened_at"].min(), cases["opened_at"].max())]  # type: ignore[arg-type]
        texts.append(words("chain.period", from_=days[0], to=days[1]))
    tables = view.findings.chain.tables
    rows = [(_table_label(view, name), view.formats.number(tables[name].height)) for name in sorted(tables)]
    grid = Grid(words("chain.tables"), (words("column.table"), words("column.rows")), rows, frozenset({1}), folded=True)
    return Section("chain", words("chain.title"), [Text(" ".join(texts)), *_network(view), grid])


def promised(view: View) -> Section:
    """Who was promised what."""
    words, promises = view.words, view.input("promises")
    if promises is None:
        return Section("promised", words("promised.title"), [Text(words("promised.none"))])
    rows = promises.to_dicts()
    blocks = [Text(words("promised.intro")), _matrix(view, rows), _promise_list(view, rows)]
    return Section("promised", words("promised.title"), blocks)


def kept(view: View) -> Section:
    """What was kept, on the facts."""
    words, measured = view.words, view.result("promises_kept")
    if measured is None:
        reason = "kept.no_cases" if view.input("cases") is None else "kept.no_judged"
        return Section("kept", words("kept.title"), [Text(words(reason))])
    totals, parts = measured_parts(view, measured)
    tally = verdicts(totals)
    title = words("kept.figure", n=len(totals), kept=tally["kept"], missed=tally["missed"])
    spec = plot.kept([_kept_bar(row) for row in totals], {verdict: words(f"verdict.{verdict}") for verdict in tally})
    notes = [words("kept.note")]
    if any(row["measure"] == "availability" for row in totals):
        notes.append(words("kept.availability"))
    if any(row["measure"] == "waiting" for row in totals):
        notes.append(words("kept.waiting"))
    for told in ("open_overdue", "repromised"):
        if number := sum(row[told] or 0 for row in totals):
            notes.append(words(f"kept.{told}", n=number))
    if any(row["lateness_50"] is not None for row in totals):
        notes.append(words("kept.late"))
    blocks = [Figure(title, _draw(view, spec, title), " ".join(notes)), _kept_grid(view, words("kept.table"), totals)]
    if parts:
        blocks.append(_kept_grid(view, words("kept.drill"), parts, folded=True))
    return Section("kept", words("kept.title"), blocks)


def received(view: View) -> Section:
    """What each class of demand receives, losers first."""
    words, formats, classes = view.words, view.formats, view.classes
    if not classes:
        return Section("received", words("received.title"), [Text(words("received.none"))])
    losers = [row for row in classes if row["loses"]]
    compared = any(row["change"] is not None for row in classes)
    gainers, is_cut = sum(row["gains"] for row in classes), len(classes) > _MOST_CLASSES
    counted = words.choice("counted", str(view.findings.summary.get("counted", "unit")))
    blocks: list[Text | Figure | Grid] = [Text(words("received.counted", counted=counted))]
    if losers:
        named = [f"{row['label']} ({points(view, row['change'])})" for row in losers[:_MOST_NAMED]]
        rest = len(losers) - len(named)
        named += [words("list.more", n=rest)] if rest else []
        blocks.append(Text(words("received.losers", names=words.listed(named)), "loss"))
        if view.planned and all(row["is_kept"] for row in view.planned):
            blocks.append(Text(words("received.within")))
    else:
        blocks.append(Text(words("received.no_loser") if compared else words("answer.today_unknown")))
    title = (
        words("received.figure", n=formats.number(len(classes)), gainers=gainers, losers=len(losers))
        if compared
        else (words("received.figure_alone"))
    )
    drawn = [
        {
            "label": row["label"],
            "before": row["kept_before"],
            "after": row["kept_after"],
            "loses": row["loses"],
            "change": formats.number(_percent(row["change"]), 1, signed=True) if compared else "",
        }
        for row in (classes[:_MOST_LOSSES] + classes[-_MOST_GAINS:] if is_cut else classes)
    ]
    labels = {"before": words("received.before"), "after": words("received.plan"), "lost": words("received.lost")}
    note = words("received.cut", losses=_MOST_LOSSES, gains=_MOST_GAINS) if is_cut else ""
    drawing = _draw(view, plot.received(drawn, labels, words("received.unit")), title)
    rows = [
        (
            row["label"],
            formats.number(row["demand"]),
            formats.share(row["kept_before"]),
            formats.share(row["kept_after"]),
            Cell(points(view, row["change"]), tone="loss" if row["loses"] else "plain"),
        )
        for row in classes
    ]
    columns = tuple(
        words(key) for key in ("class.is", "column.demand", "column.before", "column.plan", "column.change")
    )
    grid = Grid(words("received.table"), columns, rows, frozenset({1, 2, 3, 4}), folded=len(rows) > 12)
    return Section("received", words("received.title"), [*blocks, Figure(title, drawing, note), grid])


def worth(view: View) -> Section:
    """What one more point of each promise would cost a year."""
    words, formats = view.words, view.formats
    if not view.planned and not view.floors:
        return Section("worth", words("worth.title"), [Text(words("worth.none"))])
    rows = sorted([*view.planned, *view.floors], key=lambda row: -(row["worth"] or 0.0))
    dear = [row for row in rows if (row["worth"] or 0.0) > 0.5]
    blocks: list[Text | Figure | Grid] = [Text(words("worth.use"))]
    if dear:
        title = words("worth.figure", label=dear[0]["label"], worth=formats.short_money(dear[0]["worth"]))
        bars = [
            {"label": row["label"], "worth": row["worth"], "shown": formats.short_money(row["worth"])} for row in dear
        ]
        unit, divided = money_unit(view, bars, ("worth",))
        blocks.append(Figure(title, _draw(view, plot.worth(divided, words("worth.unit", unit=unit)), title)))
    free = [row["label"] for row in rows if row not in dear and row["promise"] != FLOOR]
    if free and dear:
        named = [
            *free[:_MOST_NAMED],
            *([words("list.more", n=len(free) - _MOST_NAMED)] if len(free) > _MOST_NAMED else []),
        ]
        blocks.append(Text(words("worth.free", names=words.listed(named)), "note"))
    elif free:
        blocks.append(Text(words("worth.all_free")))
    table = [
        (
            Cell(row["label"], view.window(row["window"])),
            formats.number(row["demand"]),
            aimed(view, row, row["wait_after"]),
            formats.share(row["kept_before"]) if row["wait_after"] is None else formats.hours(row["wait_before"]),
            Cell(formats.share(row["kept_after"]) if row["wait_after"] is None else formats.hours(row["wait_after"]),
                 tone=_tone(row["is_kept"])),
            formats.money(row["worth"]),
        )
        for row in rows
    ]
    columns = tuple(words(f"column.{key}") for key in ("promise", "demand", "target", "before", "plan", "worth"))
    return Section(
        "worth", words("worth.title"), [*blocks, Grid(words("worth.table"), columns, table, frozenset(range(1, 6)))]
    )


def measured_parts(view: View, measured: pl.DataFrame) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Split what was measured in one row per promise (its widest class) and the rows by segment and offer under it."""
    promises = view.input("promises")
    made = {} if promises is None else {row["promise"]: row for row in promises.to_dicts()}
    rows: list[dict[str, Any]] = [
        {**row, **{name: made.get(row["promise"], {}).get(name) for name in ("calendar", "cut_off")}}
        for row in measured.to_dicts()]
    depth = [sum(row[column] is not None for column in ("segment", "offer")) for row in rows]
    least: dict[str, int] = {}
    for row, level in zip(rows, depth, strict=True):
        least[row["promise"]] = min(level, least.get(row["promise"], level))
    totals = [row for row, level in zip(rows, depth, strict=True) if level == least[row["promise"]]]
    parts = [row for row, level in zip(rows, depth, strict=True) if level > least[row["promise"]]]
    for row, label in zip(totals, view.promise_names(totals), strict=True):
        row["label"] = label
    for row in parts:
        row["label"] = f"{view.name('promise', row['promise'])} ({view.class_name(row)})"
    return totals, parts


def verdicts(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Count the verdicts."""
    return {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in ("kept", "missed", "undecided")}


def points(view: View, change: float | None) -> str:
    """A change of share in points: +3.8 points."""
    if change is None:
        return view.formats.number(None)
    return view.words("points.change", points=view.formats.number(_percent(change), 1, signed=True))


def money_unit(view: View, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> tuple[str, list[dict[str, Any]]]:
    """Choose the unit of an axis of money: €, k€ or M€; return it with the rows divided by it."""
    largest = max((abs(row[column]) for row in rows for column in columns if row[column] is not None), default=0.0)
    power = next((power for power in (6, 3) if largest >= 1.2 * 10**power), 0)
    divided = [
        {**row, **{name: None if row[name] is None else row[name] / 10**power for name in columns}} for row in rows
    ]
    return view.formats.unit(power), divided


def target_text(view: View, share: float | None) -> str:
    """A target in words: 95%, or no worse than today."""
    return view.words("promised.as_today") if share is None else view.formats.target(share)


def aimed(view: View, row: dict[str, Any], wait: float | None) -> str:
    """What a promise asks, in words: a share, or (where there is a mean wait to tell) the longest mean wait."""
    if wait is None or row["window"] is None:
        return target_text(view, row["target_share"])
    return view.words("promised.waiting", hours=view.formats.hours(row["window"]))


def _draw(view: View, spec: plot.Spec, alt: str) -> Any:
    return plot.svg(spec, view.formats.axis_locale, alt)


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100


def _tone(is_kept: bool | None) -> str:
    return "loss" if is_kept is False else "plain"


def _table_label(view: View, name: str) -> str:
    declared = INPUTS.get(name)
    return name if declared is None else declared.label_fr if view.words.language == "fr" else declared.label


def _network(view: View) -> list[Text | Figure | Grid]:
    sites = view.input("sites")
    if sites is None or sites.height < 2:
        return []
    words = view.words
    kinds = {kind: words(f"kind.{kind}") for kind in ("central", "regional", "local")}
    tally = {kind: sites.filter(pl.col("kind") == kind).height for kind in kinds}
    title = words("chain.network", kinds=words.listed([words(f"count.{kind}", n=n) for kind, n in tally.items() if n]))
    placed = sites.drop_nulls(["latitude", "longitude"])
    if placed.height < sites.height:
        return [Text(title)]
    levels = view.result("stock_levels")
    sums = (
        {}
        if levels is None
        else dict(levels.group_by("site", maintain_order=True).agg(pl.col("capital_after").sum()).iter_rows())
    )
    squeeze = math.cos(math.radians(float(placed["latitude"].mean() or 0.0)))  # type: ignore[arg-type]
    at = {row["site"]: (row["longitude"] * squeeze, row["latitude"]) for row in placed.iter_rows(named=True)}
    is_crowded = placed.height > 30
    points = [
        {
            "label": "" if is_crowded and row["kind"] == "local" else row["name"] or row["site"],
            "x": at[row["site"]][0],
            "y": at[row["site"]][1],
            "kind": kinds.get(row["kind"], row["kind"]),
            "money": sums.get(row["site"]) or 0.0,
        }
        for row in placed.iter_rows(named=True)
    ]
    lanes = [
        {"x": at[row["site"]][0], "y": at[row["site"]][1], "x2": at[row["supplier"]][0], "y2": at[row["supplier"]][1]}
        for row in placed.iter_rows(named=True)
        if row["supplier"] in at
    ]
    shown = {kind: word for kind, word in kinds.items() if tally[kind]}
    return [Figure(title, _draw(view, plot.network(points, lanes, shown), title), words("chain.network_note"))]


def _kept_bar(row: dict[str, Any]) -> dict[str, Any]:
    """A line of the plot: no interval without cases, no target where it is no share of cases (availability, a wait)."""
    bar = {"label": row["label"], "kept": row["kept_share"], "verdict": row["verdict"]}
    low, high = (row["low_share"], row["high_share"]) if row["cases"] else (None, None)
    return {
        **bar,
        "low": low,
        "high": high,
        "target": None if row["measure"] in ("availability", "waiting") else row["target_share"],
    }


def _matrix(view: View, rows: list[dict[str, Any]]) -> Grid:
    """Offers in rows and segments in columns, or the other way round when there are many segments."""
    words = view.words
    down = [view.class_name({**row, "segment": None}) for row in rows]
    across = [view.name("segment", row["segment"]) or words("column.every_segment") for row in rows]
    corner = words("column.offer" if any(row["offer"] for row in rows) else "class.is")
    if len(set(across)) > _MOST_COLUMNS:
        down, across, corner = across, down, words("column.segment")
    is_mixed = len({(row["kind"], row["step"]) for row in rows}) > 1
    held: dict[tuple[str, str], list[str]] = {}
    for row, line, column in zip(rows, down, across, strict=True):
        about = row["step"] or words.choice("case", row["kind"])
        is_told = is_mixed and row["measure"] != "availability"
        held.setdefault((line, column), []).append(_promise_text(view, row) + (f" ({about})" if is_told else ""))
    columns = tuple(dict.fromkeys(across))
    body = [(line, *("; ".join(held.get((line, column), ["–"])) for column in columns)) for line in dict.fromkeys(down)]
    return Grid(words("promised.matrix"), (corner, *columns), body, folded=len(columns) > _MOST_COLUMNS)


def _promise_text(view: View, row: dict[str, Any]) -> str:
    target = target_text(view, row["target_share"])
    if row["measure"] == "availability":
        return view.words("promised.available", target=target)
    if row["measure"] == "waiting":
        return aimed(view, row, row["window"])
    window = view.window(row["window"])
    if row["cut_off"]:
        window = view.words("promised.cut_off", window=window, cut_off=row["cut_off"]).strip()
    if row["calendar"]:
        window = view.words("promised.working", window=window, calendar=row["calendar"])
    if row["measure"] == "fill":
        return view.words("promised.issued", target=target, window=window)
    key = "promised.cell_today" if row["target_share"] is None else "promised.cell"
    return view.words(key, target=target, window=window)


def _promise_list(view: View, rows: list[dict[str, Any]]) -> Grid:
    words = view.words
    body = [
        (
            view.name("promise", row["promise"]),
            view.class_name(row),
            _promise_text(view, row),
            words.choice("period", row["period"]),
            view.formats.money(row["penalty"] or None),
        )
        for row in rows
    ]
    columns = ("column.promise", "class.is", "column.target", "column.period", "column.penalty")
    return Grid(words("promised.list"), tuple(words(key) for key in columns), body, frozenset({4}), folded=True)


def _kept_grid(view: View, title: str, rows: list[dict[str, Any]], *, folded: bool = False) -> Grid:
    formats, words = view.formats, view.words
    has_late = any(row["lateness_50"] is not None for row in rows)
    body = [
        (
            Cell(row["label"], _promise_text(view, row)),
            Cell(formats.number(row["cases"]), words.choice("counts", row["counts"])),
            aimed(view, row, row["mean_wait"]),
            *_measured(view, row),
            *([_lateness(view, row)] if has_late else []),
            Cell(words.choice("verdict", row["verdict"]), tone="loss" if row["verdict"] == "missed" else "plain"),
        )
        for row in rows
    ]
    names = ("promise", "cases", "target", "kept", "interval", *(["late"] if has_late else []), "verdict")
    columns = tuple(words(f"column.{name}") for name in names)
    return Grid(title, columns, body, frozenset(range(1, len(names) - 1)), folded=folded)


def _measured(view: View, row: dict[str, Any]) -> tuple[str, str]:
    """What was kept of a promise, and its interval: a share, or a mean wait."""
    told, name = (view.formats.share, "share") if row["mean_wait"] is None else (view.formats.hours, "wait")
    value = row["kept_share" if row["mean_wait"] is None else "mean_wait"]
    return told(value), f"{told(row[f'low_{name}'])} – {told(row[f'high_{name}'])}"


def _lateness(view: View, row: dict[str, Any]) -> Cell:
    """How late the late cases are: half of them, and nine in ten."""
    half, nine = (None if row[name] is None else view.formats.hours(row[name]) for name in
                  ("lateness_50", "lateness_90"))
    return Cell(half or "–", "" if nine is None else view.words("kept.nine_in_ten", hours=nine))
