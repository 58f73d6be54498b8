"""Which units queue for repair in which shop, and what is a repair to the twin?

Each unit asked of the root of a repaired item is a failed one that goes its way (the item's lead_time), waits for a
place of the shop first come, first served, and is worked on; then it is on the shelf. To the kernel that is a case of
its own, opened by the order of the node and closed by the shop. Such cases are nobody's, so they leave the run before
promises are judged and facts are told. A shop that is not open all week takes so much longer, as the optimiser has it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from arbitre.core.units import HOURS_PER_DAY
from arbitre.simulate._laws import LARGEST_ERLANG_SHAPE, Integers, LawBook
from arbitre.simulate._log import Run
from arbitre.simulate._model import Classes, Needs, Network, Pools, Routes, Steps
from arbitre.tables.chain import Chain

_HOURS_PER_WEEK = 7 * HOURS_PER_DAY


def repaired_items(chain: Chain) -> pl.DataFrame:
    """Return item, shop, places, work (hours in calendar time) and scatter of what shops repair."""
    shape = {"item": pl.String, "shop": pl.String, "places": pl.Int64, "work": pl.Float64, "scatter": pl.Float64}
    if not chain.has("repair_shops"):
        return pl.DataFrame(schema=shape)
    items = chain.table("items").filter(pl.col("repair_shop").is_not_null() & pl.col("repair_time").is_not_null())
    return items.join(chain.table("repair_shops"), left_on="repair_shop", right_on="shop").select(
        "item", "places", "scatter", shop="repair_shop",
        work=pl.col("repair_time") * (_HOURS_PER_WEEK / pl.col("hours"))).select(*shape)


@dataclass(frozen=True)
class Repairs:
    """The repairs of a part: a class of cases for each node that repairs. Laws are rows of the part's book.

    node (classes,), shop (classes,) as an index into `names`; way and work (classes,), laws; places (shops,).
    """

    node: Integers
    shop: Integers
    way: Integers
    work: Integers
    names: tuple[str, ...]
    places: Integers

    @classmethod
    def of(cls, nodes: pl.DataFrame, book: LawBook) -> Repairs:
        """Return the repairs of nodes that have a shop, their laws written down."""
        sent = nodes.with_row_index("row").filter(pl.col("shop").is_not_null())
        shops = sent.unique("shop").sort("shop")
        index = {name: number for number, name in enumerate(shops["shop"])}
        ways = [book.constant(row["hours"] - row["work"]) for row in sent.iter_rows(named=True)]
        works = [_law(book, row["work"], row["scatter"]) for row in sent.iter_rows(named=True)]
        shop = [index[name] for name in sent["shop"]]
        node, shop, way, law = (np.array(values, dtype=np.int64) for values in (sent["row"], shop, ways, works))
        return cls(node, shop, way, law, tuple(shops["shop"]), shops["places"].to_numpy().astype(np.int64))

    def added_to(self, network: Network) -> Network:
        """Return a network of one step with the way to the shops and the shops as further steps."""
        if not len(self.node):
            return network
        lines, repairs, shops = len(network.classes), len(self.node), len(self.names)
        own = np.arange(lines, lines + repairs)
        work, needs = (np.full((2 + shops, lines + repairs), -1) for _ in range(2))
        work[0, :lines] = network.work[0]
        work[1, own] = self.way
        work[2 + self.shop, own] = self.work
        needs[2:] = np.arange(shops)[:, None]
        classes, nodes = network.classes, network.nodes
        share, of_class = np.zeros(len(nodes)), np.full(len(nodes), -1)
        share[self.node], of_class[self.node] = 1.0, own
        return replace(
            network,
            classes=Classes(
                name=(*classes.name, *(f"repair|{nodes.name[node]}" for node in self.node)),
                entry=np.append(classes.entry, np.ones(repairs, np.int64)),
                rate=np.append(classes.rate, np.zeros(repairs)),
                quantity=np.append(classes.quantity, np.full(repairs, -1))),
            steps=Steps(name=("order", "way", *self.names)),
            work=work, needs_set=needs, patience=np.full((1, 1), -1),
            routes=Routes(step=np.ones(repairs, np.int64), to=2 + self.shop, of_class=own),
            pools=Pools(name=self.names, capacity=self.places),
            needs=Needs(of_set=np.arange(shops), group=np.zeros(shops, np.int64), pool=np.arange(shops)),
            nodes=replace(nodes, repair_share=share, repair_class=of_class),
            fleet_share=np.ones((0, 0)),
        )


def without_repairs(run: Run, lines: int) -> Run:
    """Return a run with the cases of its first `lines` classes only, those that somebody opened."""
    asked = run.cases[run.cases["of_class"] < lines]
    if len(asked) == len(run.cases):
        return run
    return replace(run, cases=asked, log=run.log[np.isin(run.log["case"], asked["case"])])


def _law(book: LawBook, hours: float, scatter: float) -> int:
    """Return the law of a repair: fixed, Erlang or exponential up to a scatter of 1, lognormal beyond."""
    if scatter > 1.0:
        return book.lognormal(hours, float(np.sqrt(scatter)))
    stages = 1.0 / scatter if scatter > 0.0 else np.inf
    return book.constant(hours) if stages > LARGEST_ERLANG_SHAPE else book.erlang(hours, round(stages))
