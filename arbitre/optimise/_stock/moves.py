"""Which items gain or lose stock, and why."""

from __future__ import annotations

import numpy as np
import polars as pl

from arbitre.optimise._pool import Integers
from arbitre.optimise._stock.model import StockModel


def stock_moves(model: StockModel, levels: Integers, reasons: pl.DataFrame) -> pl.DataFrame:
    """Return the slots whose level changes, dearest change first, with the reason.

    `levels` (slots,) are those of the plan; `reasons` says what the last unit of each costs and earns.
    """
    supplier, grown = model.supplier, levels > model.levels_today
    moved = model.slots.with_columns(
        level=pl.Series(levels),
        covers_others=pl.Series(np.isin(np.arange(len(levels)), supplier)),
        supplier_grows=pl.Series((supplier >= 0) & grown[supplier]),
    ).filter(pl.col("level") != pl.col("before")).with_columns(
        capital_change=(pl.col("level") - pl.col("before")) * pl.col("price"))
    judged = moved.join(reasons.select("item", "site", "last_cost", "last_earns"), on=["item", "site"], how="left")
    return judged.with_columns(reason=_reason()).sort(
        pl.col("capital_change").abs(), "item", "site", descending=[True, False, False])


def _reason() -> pl.Expr:
    grows = pl.col("level") > pl.col("before")
    # The last unit earns ten times what it costs: nobody would argue.
    cheap = (pl.col("last_cost") > 0) & (pl.col("last_earns") > 10 * pl.col("last_cost"))
    covers = pl.col("covers_others")
    return (
        pl.when(~grows & (pl.col("rate") == 0) & ~covers).then(pl.lit("no_demand"))
        .when(~grows & pl.col("supplier_grows")).then(pl.lit("held_upstream"))
        .when(~grows).then(pl.lit("dearer_than_its_worth"))
        .when(covers).then(pl.lit("covers_others"))
        .when(cheap).then(pl.lit("cheap_insurance"))
        .otherwise(pl.lit("promise_at_risk"))
    )
