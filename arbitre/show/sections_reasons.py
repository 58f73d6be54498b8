"""The section that answers "why this level?": what binds the levels, and the last and the next unit of the largest."""

from __future__ import annotations

import polars as pl

from arbitre.show.blocks import Cell, Grid, Section, Text
from arbitre.show.findings import View
from arbitre.tables.results.columns import FLOOR

_MOST_LEVELS = 25


def reasons(view: View) -> Section:
    """What binds the levels, by reason, and the levels that tie up most capital one by one."""
    words, table = view.words, _with_capital(view)
    if table is None:
        return Section("reasons", words("reasons.title"), [Text(words("reasons.none"))])
    blocks = [Text(words("reasons.how")), _by_reason(view, table), _largest(view, table)]
    return Section("reasons", words("reasons.title"), [*blocks, Text(words("reasons.units"), "note")])


def last_and_next(view: View) -> pl.DataFrame:
    """Return item, site, promise, and what the last and the next unit earn over what they cost, of shared stock."""
    units = {"last_unit": _earned("last"), "next_unit": _earned("next")}
    table = view.result("stock_reasons")
    if table is None:
        none = {"last_unit": pl.Float64, "next_unit": pl.Float64}
        return pl.DataFrame(schema={"item": pl.String, "site": pl.String, "promise": pl.String, **none})
    return table.filter(pl.col("kept_for").is_null()).select("item", "site", "promise", **units)


def ratio(view: View, value: float | None) -> str:
    """What a unit earns over what it costs."""
    return view.formats.number(value, 2)


def item_cell(view: View, item: str) -> Cell:
    """The number of an item, its name under it."""
    name = view.name("item", item)
    return Cell(item, name if name != item else "")


def promise_served(view: View, promise: str | None) -> str:
    """The name of the promise that a level serves most."""
    return view.words("class.any_floor") if promise == FLOOR else view.name("promise", promise)


def _earned(unit: str) -> pl.Expr:
    """What a unit earns over what it costs; null where it costs nothing, or saves more than it costs."""
    return pl.when(pl.col(f"{unit}_cost") > 0).then(pl.col(f"{unit}_earns") / pl.col(f"{unit}_cost"))


def _with_capital(view: View) -> pl.DataFrame | None:
    table, levels = view.result("stock_reasons"), view.result("stock_levels")
    if table is None or levels is None:
        return None
    capital = levels.select("item", "site", "kept_for", "capital_after")
    return table.join(capital, on=["item", "site", "kept_for"], how="left", nulls_equal=True, maintain_order="left")


def _by_reason(view: View, table: pl.DataFrame) -> Grid:
    words, formats = view.words, view.formats
    sums = table.group_by("reason", maintain_order=True).agg(
        levels=pl.len(), units=pl.col("level").sum(), capital=pl.col("capital_after").sum()
    ).sort("capital", "levels", "reason", descending=[True, True, False])
    rows = [
        (
            words.choice("reason", row["reason"]),
            formats.number(row["levels"]),
            formats.number(row["units"]),
            formats.money(row["capital"]),
        )
        for row in sums.iter_rows(named=True)
    ]
    columns = tuple(words(f"column.{name}") for name in ("reason", "levels", "units", "capital"))
    return Grid(words("reasons.binding"), columns, rows, frozenset({1, 2, 3}))


def _largest(view: View, table: pl.DataFrame) -> Grid:
    words, formats = view.words, view.formats
    top = table.sort("capital_after", "item", "site", descending=[True, False, False], nulls_last=True)
    rows = [
        (
            item_cell(view, row["item"]),
            Cell(view.name("site", row["site"]), row["kept_for"] or ""),
            formats.number(row["level"]),
            Cell(words.choice("reason", row["reason"]), promise_served(view, row["promise"])),
            formats.money(row["last_cost"]),
            formats.money(row["last_earns"]),
            formats.money(row["next_cost"]),
            formats.money(row["next_earns"]),
        )
        for row in top.head(_MOST_LEVELS).iter_rows(named=True)
    ]
    names = ("item", "site", "level", "reason", "last_cost", "last_earns", "next_cost", "next_earns")
    title = words("reasons.largest", n=len(rows))
    return Grid(title, tuple(words(f"column.{name}") for name in names), rows, frozenset({2, 4, 5, 6, 7}))
