"""Where does the twin stand today? Units on the shelf, units on the way, lines already open.

What is on the shelf is told by `stocks.on_hand` (empty: its level). What is on the way is not told: it is what the rule
of the node must have ordered by now, spread evenly over the time of resupply. Open lines are the cases without a
closing that ask for an item at a site; each waits for its units from the start, first come first served.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import polars as pl

from arbitre.simulate._model import Given, Pipeline
from arbitre.simulate._promised import SCOPE
from arbitre.simulate._stock_chain import StockPart
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty

_KEYS = ("item", "site", *SCOPE, "size")


def open_lines(chain: Chain, kind: str, start: datetime) -> pl.DataFrame:
    """Return the lines open at the start: item, site, scope, size and the hours they have been open, oldest first."""
    cases, customers = (chain.tables.get(name, empty(INPUTS[name])) for name in ("cases", "customers"))
    waiting = cases.filter(
        pl.col("kind") == kind, pl.col("closed_at").is_null(), pl.col("item").is_not_null(),
        pl.col("site").is_not_null(), pl.col("opened_at") <= start, pl.col("quantity") >= 1)
    return (
        waiting.join(customers.select("customer", "segment"), on="customer", how="left", maintain_order="left")
        .join(chain.table("items").select("item", "criticality"), on="item", how="left", maintain_order="left")
        .with_columns(size=pl.col("quantity").round().cast(pl.Int64),
                      age=(pl.lit(start) - pl.col("opened_at")).dt.total_microseconds() / 3_600e6)
        .sort("age", "case", descending=[True, False]).select(*_KEYS, "age")
    )


def classes_of(lines: pl.DataFrame, demand: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of demand, asking for nothing more (rate 0), that open lines belong to."""
    transit = demand.group_by("item", "site").agg(pl.col("transit").mean())
    return (
        lines.select(_KEYS).unique().join(transit, on=["item", "site"], how="left")
        .with_columns(pl.col("transit").fill_null(0.0), rate=pl.lit(0.0), dispersion=pl.lit(1.0))
    )


def as_today(part: StockPart, stocks: pl.DataFrame, lines: pl.DataFrame) -> StockPart:
    """Return a part that starts where the chain stands today, and is measured at once."""
    nodes = part.nodes.with_row_index("node").join(
        stocks.select("item", "site", "on_hand", known="level"), on=["item", "site"], how="left", maintain_order="left")
    on_hand = nodes.select(pl.coalesce("on_hand", "known", pl.lit(0)))["on_hand"].to_numpy()
    owned = part.classes.with_row_index("of_class").filter(pl.col("rate") == 0)
    held = lines.join(owned.select(*_KEYS, "of_class"), on=list(_KEYS), how="inner", nulls_equal=True,
                      maintain_order="left")
    given = Given(at=np.zeros(held.height), of_class=held["of_class"].cast(pl.Int64).to_numpy(),
                  opened=-held["age"].to_numpy())
    asked = held.group_by("item", "site").agg(owed=pl.col("size").sum())
    owed = nodes.join(asked, on=["item", "site"], how="left", maintain_order="left")["owed"].fill_null(0).to_numpy()
    network = replace(part.network, nodes=replace(part.network.nodes, on_hand=on_hand), given=given,
                      pipeline=_on_the_way(part, on_hand, owed))
    return replace(part, network=network, settles=0.0)


def _on_the_way(part: StockPart, on_hand: np.ndarray, owed: np.ndarray) -> Pipeline:
    """Return what each node has ordered by its rule and not received yet; lines open now order when they come in."""
    nodes, hours = part.network.nodes, part.nodes["hours"].to_numpy()
    position = on_hand - owed
    lots = np.maximum(-((position - nodes.reorder - 1) // nodes.lot), 0)
    at, node, units = [], [], []
    for row in np.nonzero(lots > 0)[0]:
        count = int(lots[row])
        at.append((np.arange(count) + 0.5) / count * hours[row])
        node.append(np.full(count, row))
        units.append(np.full(count, nodes.lot[row]))
    if not at:
        return Pipeline.empty()
    return Pipeline(at=np.concatenate(at), node=np.concatenate(node), units=np.concatenate(units))
