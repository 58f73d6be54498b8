"""Where does the twin stand today? Units on the shelf, units on the way, cases already open.

What is on the shelf is told by `stocks.on_hand` (empty: its level). What is on the way is not told: it is what the rule
of the node must have ordered by now, spread evenly over the time of resupply. Open are the cases without a closing. An
order waits for its units from the start, first come first served. A case with a route stands after its last event: it
comes to the step that a draw among the routes from there gives, or to its first step where nothing happened yet, and
begins to wait and to work there anew. The machine that a case is about, where machines fail, is down from the start
until that case (the oldest, where it has several) has ended.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.simulate._facts import LEFT
from arbitre.simulate._kernel.model import Given, Pipeline
from arbitre.simulate._network.parts import Part
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty
from arbitre.tables.routing import SCOPE, Process

_KEYS = ("kind", "item", "site", *SCOPE, "size")


def open_cases(chain: Chain, kinds: tuple[str, ...], start: datetime) -> pl.DataFrame:
    """Return the cases open at the start, oldest first: kind, item, site, scope, size, age (h), the last step done, and
    the machine (`asset`) that is down for it: none where a promise of availability counts it up again by now.
    """
    cases, customers, items, events = (chain.tables.get(name, empty(INPUTS[name])) for name in
                                       ("cases", "customers", "items", "events"))
    routed = pl.col("kind").is_in(list(Process.of(chain).kinds))
    is_line = pl.col("item").is_not_null() & pl.col("site").is_not_null() & (pl.col("quantity") >= 1)
    waiting = cases.filter(pl.col("kind").is_in(list(kinds)), pl.col("closed_at").is_null(),
                           pl.col("opened_at") <= start, routed | is_line)
    promises = chain.tables.get("promises", empty(INPUTS["promises"])).filter(measure="availability")
    is_up = events.filter(pl.col("happened_at") <= start).join(promises, on="step", how="semi").select(
        "case", is_up=True).unique()
    last = events.filter(pl.col("happened_at") <= start).sort("happened_at", maintain_order=True).group_by("case").agg(
        last=pl.col("step").last())
    return (
        waiting.join(customers.select("customer", "segment"), on="customer", how="left", maintain_order="left")
        .join(items.select("item", "criticality"), on="item", how="left", maintain_order="left")
        .join(last, on="case", how="left", maintain_order="left")
        .filter(~pl.col("last").is_in(LEFT) | pl.col("last").is_null())
        .join(is_up, on="case", how="left", maintain_order="left")
        .with_columns(size=pl.when(is_line).then(pl.col("quantity").round().cast(pl.Int64)),
                      item=pl.when(is_line).then("item"), asset=pl.when(pl.col("is_up").is_null()).then("asset"),
                      age=(pl.lit(start) - pl.col("opened_at")).dt.total_microseconds() / 3_600e6)
        .sort("age", "case", descending=[True, False]).select(*_KEYS, "age", "last", "asset")
    )


def classes_of(waiting: pl.DataFrame, chain: Chain) -> pl.DataFrame:
    """Return the classes, of which no more cases come (rate 0), that open cases belong to."""
    demand = chain.tables.get("demand", empty(INPUTS["demand"]))
    transit = demand.group_by("item", "site").agg(pl.col("transit").mean())
    return (
        waiting.select(_KEYS).unique(maintain_order=True).join(transit, on=["item", "site"], how="left")
        .with_columns(pl.col("transit").fill_null(0.0), rate=pl.lit(0.0), dispersion=pl.lit(1.0))
    )


def as_today(part: Part, chain: Chain, waiting: pl.DataFrame, seed: int) -> Part:
    """Return a part that starts where the chain stands today, and is measured at once."""
    stocks = chain.tables.get("stocks", empty(INPUTS["stocks"]))
    nodes = part.nodes.with_row_index("node").join(
        stocks.select("item", "site", "on_hand", known="level"), on=["item", "site"], how="left", maintain_order="left")
    on_hand = nodes.select(pl.coalesce("on_hand", "known", pl.lit(0)))["on_hand"].to_numpy()
    owned = part.classes.with_row_index("of_class").filter(source="open")
    held = waiting.join(owned.select(*_KEYS, pl.col("of_class").cast(pl.Int64)), on=list(_KEYS), how="inner",
                        nulls_equal=True, maintain_order="left")
    given = Given(at=np.zeros(held.height), of_class=held["of_class"].to_numpy(), step=_steps(part, chain, held, seed),
                  opened=-held["age"].to_numpy(), machine=_machines_down(part, held))
    asked = held.group_by("item", "site").agg(owed=pl.col("size").sum())
    owed = nodes.join(asked, on=["item", "site"], how="left", maintain_order="left")["owed"].fill_null(0).to_numpy()
    network = replace(part.network, nodes=replace(part.network.nodes, on_hand=on_hand),
                      given=part.network.given.plus(given), pipeline=_on_the_way(part, on_hand, owed))
    return replace(part, network=network)


def _steps(part: Part, chain: Chain, held: pl.DataFrame, seed: int) -> np.ndarray:
    """Return (cases,) the step each open case comes to, -1 the first of its class; a case past its last step redoes it.
    """
    process, numbers = Process.of(chain), part.numbers
    luck = stream(seed, "twin", "open").random(held.height)
    found = np.full(held.height, -1)
    for row, (*scope, last) in enumerate(held.select("kind", "segment", "offer", "item", "last").iter_rows()):
        if last not in numbers or scope[0] not in process.kinds:
            continue
        ways = [(numbers[end], share) for start, end, share in process.ways(*scope)
                if start == last and end is not None and share > 0.0]
        if not ways:
            found[row] = numbers[last]
            continue
        so_far = np.cumsum([share for _, share in ways])
        found[row] = ways[int(np.searchsorted(so_far, luck[row] * so_far[-1], side="right").clip(max=len(ways) - 1))][0]
    return found


def _machines_down(part: Part, held: pl.DataFrame) -> np.ndarray:
    """Return (cases,) the machine that each open case keeps down, -1 none."""
    numbers = part.machines.select("asset", machine=pl.int_range(pl.len(), dtype=pl.Int64))
    found = held.join(numbers, on="asset", how="left", maintain_order="left")
    down = pl.when(pl.col("machine").is_first_distinct()).then("machine").fill_null(-1)
    return found.select(down)["machine"].to_numpy()


def _on_the_way(part: Part, on_hand: np.ndarray, owed: np.ndarray) -> Pipeline:
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
