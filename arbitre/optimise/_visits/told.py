"""What is told of technicians and parts: shelves and promises, whichever way people are decided."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from arbitre.optimise._pool import Floats, Integers
from arbitre.optimise._stock.model import SCOPE
from arbitre.optimise._visits.model import Visits


def stock_levels(visits: Visits, levels: Integers, on_hand: Floats, today: Floats | None) -> pl.DataFrame:
    """Return a row for each shelf: levels, and units on_hand with them and today (slots,), None: unknown."""
    lots = np.concatenate([visits.question.model.network.depot_lot, np.ones(visits.question.model.network.places)])
    price = pl.col("price")
    return visits.question.model.slots.with_columns(
        level=pl.Series(levels), lot=pl.Series(lots.astype(np.int64)), on_hand_after=pl.Series(on_hand),
        on_hand_before=pl.lit(None, pl.Float64) if today is None else pl.Series(today),
    ).with_columns(
        reorder_level=(pl.col("level") - pl.col("lot") + 1).clip(0), capital_after=pl.col("on_hand_after") * price,
        capital_before=pl.col("on_hand_before") * price, sharing=pl.lit("first_come"),
    ).sort("item", "site")


def promise_worth(visits: Visits, share: Floats, today: Floats | None, worth: Floats) -> pl.DataFrame:
    """Return a row for each promise: its share kept with the plan and today, None: unknown, and worth (promises,) of
    one more case a day."""
    return visits.question.promises.select(
        "promise", *SCOPE, "window", "target_share", demand=pl.Series(visits.asked * 365.25),
        kept_before=pl.lit(None, pl.Float64) if today is None else pl.Series(today),
        kept_after=pl.Series(share), worth=pl.Series(worth * 0.01 * visits.asked))


def plan_rows(visits: Visits, name: str, heads: int, people: float, stock: float, first: Floats, share: Floats
              ) -> list[dict[str, Any]]:
    """Return a row of visit_plans for each promise: what a plan costs a year (people, stock) and keeps (promises,);
    first (teams,) as of `first_time_fix`."""
    told = {"plan": name, "heads": heads, "people_cost": people, "stock_cost": stock, "cost": people + stock,
            "first_share": first_time_fix(visits, first)}
    return [{**told, "promise": promise, "target_share": need, "kept_share": kept} for promise, need, kept in
            zip(visits.question.promises["promise"], visits.need, share, strict=True)]


def first_time_fix(visits: Visits, first: Floats) -> float:
    """Return the share of all cases done in one visit; first (teams,), of the exchanges of each team."""
    on_site = visits.question.on_site.sum()
    return float((first @ visits.cases + on_site) / (visits.cases.sum() + on_site))
