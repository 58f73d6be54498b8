"""Which network does a chain of stocks make? Tables in, networks of the twin out.

A class of cases is a row of demand: order lines for an item at a site, by segment, offer and criticality. A node is an
item at a site: every site that is asked and all sites above it, up to the one supplied from outside. A line asks its
node for its units, waits until the last is there, then travels to the customer; that closes it.

Lines come at random (Poisson). A row with a `size` asks so many units a line; without one, the units of a line are
logarithmic, so that units asked are negative binomial of the row's dispersion (Quenouille 1949), as the optimiser
takes them. The law of sizes is taken at its quantiles, and lines come at the rate that makes the units right.

Items never meet on a shelf, so the chain is cut into parts that are replayed apart. All start whole years before the
clock is read, as many as the longest way from outside to a shelf takes, so that what was on the way at the start has
come, and the same lines come at the same hours when lead times change a little.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.core.units import DAYS_PER_YEAR, HOURS_PER_DAY
from arbitre.simulate._laws import Floats, Integers, LawBook
from arbitre.simulate._model import Asks, Classes, Network, Nodes, Steps
from arbitre.simulate._promised import SCOPE
from arbitre.simulate._stock_shops import Repairs, repaired_items
from arbitre.tables.chain import Chain

HOURS_PER_YEAR = DAYS_PER_YEAR * HOURS_PER_DAY
_CLASSES_A_PART = 1_500
"""Small parts keep their calendar in the processor's cache, large ones are fewer to prepare."""
_LOAD_DRAWN = 10
"""A class whose sizes are drawn counts as so many more: the kernel keeps room for the largest line of each."""
_QUANTILES = 512
_DISPERSION_STEP = 0.01
"""Dispersions are told apart by 1 %: a law is shared by all rows near it."""
_NEVER_BEYOND = 0.999_999


@dataclass(frozen=True)
class StockPart:
    """Some items of a chain as a network. units (classes,): what a line asks, times the quantity of its case.

    classes: item, site, segment, offer, criticality, size, rate of each class of lines of the network, in its order;
    the classes of repairs come after them (`_stock_shops`).
    nodes: item, site, level, lot, supplier, hours (of resupply) of each node. settles: hours after which what was on
    the way at the start has come.
    """

    network: Network
    units: Integers
    classes: pl.DataFrame
    nodes: pl.DataFrame
    settles: float


def levels_of_plan(chain: Chain) -> pl.DataFrame:
    """Return item, site, level and lot of a plan."""
    return chain.table("stock_levels").select("item", "site", "level", "lot")


def levels_today(chain: Chain) -> pl.DataFrame:
    """Return item, site, level and lot of today's stocks."""
    reorder = pl.col("reorder_level").fill_null(pl.col("level"))
    return chain.table("stocks").select("item", "site", "level", lot=pl.col("level") - reorder + 1)


def stock_parts(chain: Chain, levels: pl.DataFrame, waiting: pl.DataFrame | None = None,
                classes_a_part: int = _CLASSES_A_PART) -> list[StockPart]:
    """Return the chain as networks; an item that `levels` does not name at a site is not held there (level 0, lot 1).

    `waiting` adds rows to demand that ask for nothing more (rate 0): the classes of cases that are open at the start.

    Raises Unsupported when there is no demand to replay, or a lot does not fit its level.
    """
    demand = chain.table("demand").filter(pl.col("rate") > 0)
    if demand.is_empty():
        raise Unsupported(f"The table demand of the chain {chain.name} asks for nothing: there is nothing to replay.")
    if waiting is not None:
        demand = pl.concat([demand, waiting], how="diagonal_relaxed")
    ways = _ways(chain)
    nodes = _nodes(chain, demand, levels, ways)
    classes = _classes(demand)
    is_drawn = pl.col("size").is_null() & (pl.col("dispersion") > 1.0)
    # Items meet in the shop that repairs them, if nowhere else.
    shop = pl.col("shop").drop_nulls().first()
    together = nodes.group_by("item").agg(group=pl.coalesce(shop, pl.col("item").first()))
    load = classes.join(together, on="item").group_by("group").agg(
        pl.col("item").unique(), load=pl.len() + is_drawn.sum() * _LOAD_DRAWN).sort("group")
    parts = load.select("item", part=(pl.col("load").cum_sum() - pl.col("load")) // classes_a_part)
    parts = parts.explode("item")
    longest = nodes.group_by("item").agg(pl.col("hours").sum())["hours"].max()
    settles = np.ceil(longest / HOURS_PER_YEAR) * HOURS_PER_YEAR  # type: ignore[operator]
    held = nodes.join(parts, on="item").sort("part", "item", "site").partition_by("part", maintain_order=True)
    asked = classes.join(parts, on="item").sort("part", *_KEYS).partition_by("part", maintain_order=True)
    return [_part(own.drop("part"), flows.drop("part"), settles) for own, flows in zip(held, asked, strict=True)]


_KEYS = ("item", "site", *SCOPE, "size", "dispersion", "transit", "rate")


def _classes(demand: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of demand, each with a name of its own."""
    return demand.select(_KEYS).with_columns(
        name=pl.concat_str([pl.col(column).cast(pl.String).fill_null("") for column in _KEYS[:6]], separator="|"))


def _ways(chain: Chain) -> pl.DataFrame:
    """Return for each site all sites above it and itself: site, above; with the supplier and the hours to `above`."""
    sites = chain.table("sites").select("site", "supplier")
    hours = {}
    if chain.has("lanes"):
        lanes = chain.table("lanes").select("from_site", "to_site", "duration")
        hours = {(start, end): duration for start, end, duration in lanes.rows()}
    supplier = dict(sites.rows())
    rows = []
    for site in supplier:
        above, seen = site, set[str]()
        while above is not None and above not in seen:
            seen.add(above)
            source = supplier.get(above)
            rows.append((site, above, source, hours.get((source, above), 0.0)))
            above = source
        if above is not None:
            raise Unsupported(f"Site {above} supplies itself through its suppliers. Break the loop in sites.supplier.")
    return pl.DataFrame(rows, orient="row", schema={"site": pl.String, "above": pl.String, "supplier": pl.String,
                                                    "hours": pl.Float64})


def _nodes(chain: Chain, demand: pl.DataFrame, levels: pl.DataFrame, ways: pl.DataFrame) -> pl.DataFrame:
    """Return every node with its level, lot, supplier and the hours of resupply."""
    nodes = (
        demand.select("item", "site").unique().join(ways, on="site")
        .select("item", "supplier", "hours", site="above").unique(["item", "site"])
        .join(levels, on=["item", "site"], how="left")
        .join(chain.table("items").select("item", "lead_time"), on="item", how="left")
        .join(repaired_items(chain), on="item", how="left")
        .with_columns(pl.when(pl.col("supplier").is_null()).then(pl.col("shop", "places", "work", "scatter")))
        .with_columns(pl.col("level").fill_null(0), pl.col("lot").fill_null(1),
                      hours=pl.when(pl.col("supplier").is_null())
                      .then(pl.col("lead_time") * HOURS_PER_DAY + pl.col("work").fill_null(0.0)).otherwise("hours"))
        .sort("item", "site")
    )
    wrong = nodes.filter(pl.col("lot") < 1)
    if wrong.height:
        item, site = wrong.row(0)[0], wrong["site"][0]
        raise Unsupported(f"The table stocks orders item {item} at site {site} above its level. Make reorder_level at "
                          "most level.")
    return nodes


def _part(nodes: pl.DataFrame, classes: pl.DataFrame, settles: float) -> StockPart:
    nodes = nodes.with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    place = nodes.select("item", "site", "node")
    above = nodes.join(place.rename({"site": "supplier", "node": "source"}), on=["item", "supplier"], how="left",
                       maintain_order="left")
    asked = classes.join(place, on=["item", "site"], how="left", maintain_order="left")
    book = LawBook()
    lead = np.array([book.constant(hours) for hours in nodes["hours"]], dtype=np.int64)
    work = np.array([book.constant(hours) for hours in classes["transit"]], dtype=np.int64)
    size, rate = _lines(classes, book)
    repairs = Repairs.of(nodes, book)
    units = classes["size"].fill_null(1).to_numpy()
    count = classes.height
    level, lot = nodes["level"].to_numpy(), nodes["lot"].to_numpy()
    network = Network(
        laws=book.laws(),
        classes=Classes(name=tuple(classes["name"]), entry=np.zeros(count, np.int64), rate=rate, quantity=size),
        steps=Steps(name=("order",)),
        work=work[None, :],
        nodes=Nodes(name=tuple(nodes["item"] + "|" + nodes["site"]), on_hand=level, reorder=level - lot, lot=lot,
                    supplier=above["source"].fill_null(-1).to_numpy(), lead=lead),
        asks=Asks(step=np.zeros(count, np.int64), node=asked["node"].to_numpy(), quantity=units,
                  of_class=np.arange(count)),
    )
    return StockPart(repairs.added_to(network), units, classes.select("item", "site", *SCOPE, "size", "rate"),
                     nodes.select("item", "site", "level", "lot", "supplier", "hours"),
                     settles)


def _lines(classes: pl.DataFrame, book: LawBook) -> tuple[Integers, Floats]:
    """Return the law of the size of each class's lines (-1: as its row says, or 1), and the lines it opens an hour."""
    hourly = classes["rate"].to_numpy() / HOURS_PER_YEAR
    law, mean = np.full(classes.height, -1), np.ones(classes.height)
    for row, (size, dispersion) in enumerate(classes.select("size", "dispersion").iter_rows()):
        if size is not None:
            mean[row] = size
        elif dispersion > 1.0 + _DISPERSION_STEP / 2:
            values = logarithmic_sizes(round(np.log(dispersion) / _DISPERSION_STEP))
            law[row], mean[row] = book.observed(values), np.mean(values)
    return law, hourly / mean


@cache
def logarithmic_sizes(step: int) -> tuple[float, ...]:
    """Return the quantiles of the logarithmic law whose dispersion (E[q^2] / E[q]) is exp(step x 1 %).

    That law has dispersion 1 / (1 - theta); the quantiles stand at the middle of equal shares, which cuts its tail, so
    theta is sought for which the quantiles themselves have the dispersion asked for.
    """
    wanted = np.exp(step * _DISPERSION_STEP)
    low, high = 0.0, _NEVER_BEYOND
    for _ in range(40):
        middle = (low + high) / 2
        values = _quantiles(middle)
        if (values**2).sum() / values.sum() < wanted:
            low = middle
        else:
            high = middle
    return tuple(_quantiles(high).tolist())


def _quantiles(theta: float) -> np.ndarray:
    if theta < 1e-9:
        return np.ones(_QUANTILES)
    asked = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    so_far, share, values, size = 0.0, -theta / np.log1p(-theta), np.ones(_QUANTILES), 1
    while so_far < asked[-1]:
        values[asked > so_far] = size
        so_far += share
        share *= theta * size / (size + 1)
        size += 1
    return values
