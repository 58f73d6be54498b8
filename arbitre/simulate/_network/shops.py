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
from arbitre.simulate._kernel.laws import LARGEST_ERLANG_SHAPE, Integers, LawBook
from arbitre.simulate._kernel.log import Run
from arbitre.simulate._kernel.model import Classes, Needs, Network, Pools, Routes, Steps
from arbitre.tables.chain import Chain

_HOURS_PER_WEEK = 7 * HOURS_PER_DAY


REPAIRED = {"shop": pl.String(), "places": pl.Int64(), "work": pl.Float64(), "scatter": pl.Float64()}
"""What is known of a repaired item besides its name."""


def repaired_items(chain: Chain) -> pl.DataFrame:
    """Return item, shop, places, work (hours in calendar time) and scatter of what shops repair."""
    if not chain.has("repair_shops"):
        return pl.DataFrame(schema={"item": pl.String(), **REPAIRED})
    items = chain.table("items").filter(pl.col("repair_shop").is_not_null() & pl.col("repair_time").is_not_null())
    return items.join(chain.table("repair_shops"), left_on="repair_shop", right_on="shop").select(
        "item", "places", "scatter", shop="repair_shop",
        work=pl.col("repair_time") * (_HOURS_PER_WEEK / pl.col("hours"))).select("item", *REPAIRED)


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
        """Return a network with the way to the shops and the shops as further steps."""
        if not len(self.node):
            return network
        lines, steps, pools = len(network.classes), len(network.steps), len(network.pools)
        repairs, shops = len(self.node), len(self.names)
        own, sets = np.arange(lines, lines + repairs), 1 + int(network.needs.of_set.max(initial=-1)) + np.arange(shops)
        way, shop = steps, steps + 1 + self.shop

        def grown(cells: Integers) -> Integers:
            """Return cells (steps, classes) with rows and columns for repairs, -1 where nothing is said."""
            found = np.full((steps + 1 + shops, lines + repairs), -1)
            found[:steps, :lines] = cells
            return found

        work, needs_set = grown(network.work), grown(network.needs_set)
        work[way, own], work[shop, own] = self.way, self.work
        needs_set[steps + 1:] = sets[:, None]
        share, of_class = np.zeros(len(network.nodes)), np.full(len(network.nodes), -1)
        share[self.node], of_class[self.node] = 1.0, own
        names = tuple(f"repair|{network.nodes.name[node]}" for node in self.node)
        return replace(
            network,
            classes=network.classes.plus(Classes(name=names, entry=np.full(repairs, way))),
            steps=network.steps.plus(Steps(name=("way", *self.names))),
            work=work, needs_set=needs_set, patience=grown(network.patience),
            routes=network.routes.plus(Routes(step=np.full(repairs, way), to=shop, of_class=own)),
            pools=network.pools.plus(Pools(name=self.names, capacity=self.places)),
            needs=network.needs.plus(
                Needs(of_set=sets, group=np.zeros(shops, np.int64), pool=pools + np.arange(shops))),
            nodes=replace(network.nodes, repair_share=share, repair_class=of_class),
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
