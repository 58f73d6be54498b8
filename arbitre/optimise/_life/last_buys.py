"""Last-time buys: how many units to have when an item can be ordered no more."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl

from arbitre.maths.stock.inventory import stock_measures
from arbitre.optimise._life.model import MONTHS_PER_YEAR, LifeModel
from arbitre.optimise._life.worth import Rest, Terms, costs_by_units
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.frames import shaped

_FINEST = 2_000
"""Units told apart in one buy; more are counted in packs."""


def last_buys(model: LifeModel, on_hand: pl.DataFrame, terms: Terms) -> tuple[pl.DataFrame, float]:
    """Return the table last_buys, dearest first, and the cost that no number of units goes under, whole lots or not.

    `on_hand`: last, units. An item that need no longer be served by the day of its last order has no row.
    """
    lives = model.lives.filter(
        pl.col("order_months").is_not_null(), pl.col("months_left") > pl.max_horizontal("order_months", pl.lit(0.0)),
    ).join(on_hand, on="last", how="left").with_columns(pl.col("units").fill_null(0)).sort("last")
    rows, bound = [], 0.0
    for life in lives.iter_rows(named=True):
        row, least = _last_buy(model, life, terms)
        rows.append(row)
        bound += least
    table = shaped(RESULTS["last_buys"], pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame(
        schema={"item": pl.String}))
    return table.sort("money", "item", descending=[True, False]), bound


def _last_buy(model: LifeModel, life: dict[str, Any], terms: Terms) -> tuple[dict[str, Any], float]:
    """Return the row of one item, and its least cost were lots of one unit."""
    start, too_late = max(life["order_months"], 0.0), life["order_months"] < 0
    month = life["rate"] / MONTHS_PER_YEAR
    before = month * float(model.asked_between(life["fade"], 0.0, start).sum())
    then = max(round(life["units"] - before), 0)
    asked = month * model.asked_between(life["fade"], start, life["months_left"])
    can_buy = not too_late or math.isfinite(terms.late)
    price, lot = (life["price"] * terms.late, 1) if too_late and can_buy else (life["price"], int(life["lot"]))
    rest = Rest(asked, life["dispersion"], life["price"], -1 if too_late else 0)
    costs = costs_by_units(rest, terms, then, lot + 1, _FINEST)
    if can_buy:
        paid = costs[then:-1] + price * np.arange(len(costs) - then - 1)
        quantity = int(lot * np.argmin(paid[::lot]))
        best, least = float(paid[quantity]), float(paid.min())
    else:
        quantity, best, least = 0, float(costs[then]), float(costs[then])
    level, total = then + quantity, float(asked.sum())
    _, short, _, left = stock_measures(total, life["dispersion"] * total, level)
    enough, *_ = stock_measures(total, life["dispersion"] * total, level + 1)
    row = {
        "item": life["last"], "order_on": life["order_on"], "served_until_on": life["served_until_on"],
        "verdict": "too_late" if too_late else "buy" if quantity else "enough",
        "on_hand": life["units"], "on_hand_then": then, "demand_left": total, "level": level, "quantity": quantity,
        "money": price * quantity, "cost": best, "run_out_share": max(1.0 - enough, 0.0),
        "units_short": short, "units_left": left,
        "one_less": float(costs[level - 1] - costs[level] - price) if quantity else None,
        "one_more": float(costs[level + 1] - costs[level] + price) if can_buy else None,
    }
    return row, least
