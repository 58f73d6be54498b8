"""Which shelves does a chain hold, and which lines ask of them? Tables in, nodes and classes out.

A node is an item at a site: every site that is asked and all sites above it, up to the one supplied from outside.

Lines come at random (Poisson). A row of demand with a `size` asks so many units a line; without one, the units of a
line are logarithmic, so that units asked are negative binomial of the row's dispersion (Quenouille 1949), as the
optimiser takes them. The law of sizes is taken at its quantiles, and lines come at the rate that makes the units right.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.core.units import DAYS_PER_YEAR, HOURS_PER_DAY
from arbitre.maths.stock.line_sizes import sizes_of_lines
from arbitre.simulate._kernel.laws import Floats, Integers, LawBook
from arbitre.simulate._kernel.model import Laterals, Nodes
from arbitre.simulate._network.shops import REPAIRED, repaired_items
from arbitre.tables.chain import Chain
from arbitre.tables.routing import SHELF

HOURS_PER_YEAR = DAYS_PER_YEAR * HOURS_PER_DAY
_QUANTILES = 512
_DISPERSION_STEP = 0.01
"""Dispersions are told apart by 1 %: a law is shared by all rows near it."""


def levels_of(chain: Chain, whose: str) -> pl.DataFrame:
    """Return item, site, kept_for, level, lot and sharing of a "plan" (stock_levels), or of the stocks of "today".

    kept_for: whom a stock is kept apart for, null for everyone. sharing: the rule by which all are shared. A chain
    without demand may have neither: it holds nothing. Raises Unsupported when the levels asked for are lacking.
    """
    if whose == "plan" and chain.has("stock_levels"):
        # What was shared so far may stand beside what is kept for those who belong to no class.
        return chain.table("stock_levels").group_by(SHELF, maintain_order=True).agg(
            pl.col("level").sum(), pl.col("lot").max(), pl.col("sharing").first())
    if whose == "today" and chain.has("stocks"):
        reorder = pl.col("reorder_level").fill_null(pl.col("level"))
        return chain.table("stocks").select("item", "site", "level", lot=pl.col("level") - reorder + 1,
                                            kept_for=pl.lit(None, pl.String), sharing=pl.lit("first_come"))
    if not chain.has("demand"):
        return NO_LEVELS
    if whose == "plan":
        raise Unsupported(f"The chain {chain.name} has no plan. Run optimise.stock first, or replay today's levels.")
    raise Unsupported(f"The chain {chain.name} has no table stocks, so what is held today is not known. Add "
                      "tables/stocks.csv, or replay the levels of a plan from a steady start.")


NO_LEVELS = pl.DataFrame(schema={**dict.fromkeys(SHELF, pl.String), "level": pl.Int64, "lot": pl.Int64,
                                 "sharing": pl.String})
_NO_SHELF = pl.DataFrame(schema={"item": pl.String, "kept_for": pl.String, "supplier": pl.String, "hours": pl.Float64,
                                 "site": pl.String, "level": pl.Int64, "lot": pl.Int64, "lead_time": pl.Float64,
                                 **REPAIRED})


def shelves(chain: Chain, asked: pl.DataFrame, levels: pl.DataFrame) -> pl.DataFrame:
    """Return every node with its level, lot, supplier and the hours of resupply; asked: item, site, kept_for.

    Raises Unsupported when sites supply each other in a loop, or a lot does not fit its level.
    """
    if asked.is_empty():
        return _NO_SHELF
    nodes = (
        asked.select(SHELF).unique().join(_ways(chain), on="site")
        .select("item", "kept_for", "supplier", "hours", site="above").unique(SHELF)
        .join(levels.drop("sharing"), on=SHELF, how="left", nulls_equal=True)
        .join(chain.table("items").select("item", "lead_time"), on="item", how="left")
        .join(repaired_items(chain), on="item", how="left")
        .with_columns(pl.when(pl.col("supplier").is_null()).then(pl.col("shop", "places", "work", "scatter")))
        .with_columns(pl.col("level").fill_null(0), pl.col("lot").fill_null(1),
                      hours=pl.when(pl.col("supplier").is_null())
                      .then(pl.col("lead_time") * HOURS_PER_DAY + pl.col("work").fill_null(0.0)).otherwise("hours"))
        .sort(SHELF, nulls_last=False)
    )
    wrong = nodes.filter(pl.col("lot") < 1)
    if wrong.height:
        item, site = wrong.row(0)[0], wrong["site"][0]
        raise Unsupported(f"The table stocks orders item {item} at site {site} above its level. Make reorder_level at "
                          "most level.")
    return nodes


def nodes_of(shelves: pl.DataFrame, book: LawBook) -> Nodes:
    """Return shelves as nodes of a network, in their order."""
    at = shelves.with_row_index("node").select("item", "kept_for", pl.col("node").cast(pl.Int64), supplier="site")
    above = shelves.join(at, on=["item", "supplier", "kept_for"], how="left", nulls_equal=True, maintain_order="left")
    level, lot = shelves["level"].to_numpy(), shelves["lot"].to_numpy()
    lead = np.array([book.constant(hours) for hours in shelves["hours"]], dtype=np.int64)
    names = shelves.select(pl.concat_str(SHELF, separator="|", ignore_nulls=True))["item"]
    return Nodes(name=tuple(names), on_hand=level, reorder=level - lot, lot=lot,
                 supplier=above["node"].fill_null(-1).to_numpy(), lead=lead)


def laterals_of(chain: Chain, shelves: pl.DataFrame, book: LawBook) -> Laterals:
    """Return which shelves lend to which when it is empty, the nearest first."""
    if not chain.has("lanes"):
        return Laterals.empty()
    lent = chain.table("lanes").filter("lends", pl.col("from_site") != pl.col("to_site"))
    at = shelves.with_row_index("node").select(*SHELF, pl.col("node").cast(pl.Int64))
    found = at.join(lent, left_on="site", right_on="to_site").join(
        at.rename({"site": "from_site", "node": "source"}), on=["item", "from_site", "kept_for"], nulls_equal=True,
    ).sort("node", "duration", "from_site")
    return Laterals(found["node"].to_numpy(), found["source"].to_numpy(),
                    np.array([book.constant(hours) for hours in found["duration"]], dtype=np.int64))


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


def lines_of(classes: pl.DataFrame, book: LawBook) -> tuple[Integers, Floats]:
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
    """Return the sizes that stand for lines whose dispersion (E[q^2] / E[q]) is exp(step x 1 %)."""
    return tuple(sizes_of_lines(np.exp(step * _DISPERSION_STEP), _QUANTILES).tolist())
