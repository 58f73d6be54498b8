"""From tables to stock pools: which item is held where, who asks for it, and which promise each demand falls under.

A pool is an item at a depot and at the places it resupplies; a depot may be resupplied by another, to any depth. A
class is what a promise can tell apart (segment, offer, criticality where a promise names one, window) and the class of
the item asked for: its quarter by price, its family or its criticality. The demand of one row may fall under several
windows; it queues once and is judged under each of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.core.units import DAYS_PER_YEAR, HOURS_PER_DAY
from arbitre.maths.stock.lots import best_lots
from arbitre.optimise._pool import Floats, Integers
from arbitre.optimise._stock.availability import Machines, machines_promised
from arbitre.optimise._stock.network import StockNetwork, first_of
from arbitre.optimise._stock.repair import through_shops
from arbitre.optimise._stock.sizes import sized
from arbitre.tables.chain import Chain
from arbitre.tables.expected import expected_demand

SCOPE = ["segment", "offer", "criticality"]
PRICE_QUARTERS = 4
_READY = 0.95
"""Share of the time that lots are chosen for; levels are then decided by the promises."""


_MOST_UNITS = 1_000_000


@dataclass(frozen=True)
class StockModel:
    """Stock pools with the names behind the numbers.

    slots (depots first, then places, as in the network): item, site, price, rate and today's level and lot.
    classes: segment, offer, criticality, window, item_class (for price: "1" cheapest to "4" dearest), demand in units a
    year; row k is class k of the network. Then those whose mean wait is promised: `lines`, the volume a year that the
    mean is taken over, and `in_transit`, its way from the shelf (volume-days a year), are empty elsewhere. The last
    ones are those of machines under a promise of availability, named in `park`, the row of `parks` (see
    `_stock.availability`).
    dates: (flows,) days after it is asked at which the demand of a flow is due, by the first promise made to it.
    """

    network: StockNetwork
    slots: pl.DataFrame
    classes: pl.DataFrame
    parks: pl.DataFrame
    dates: Floats

    @property
    def supplier(self) -> Integers:
        """(slots,) the slot that resupplies each, -1 for outside."""
        return np.concatenate([self.network.pool_above, self.network.place_pool])

    @property
    def has_today(self) -> bool:
        """Whether today's levels are known."""
        return self.slots["before"].null_count() == 0

    @property
    def levels_today(self) -> Integers:
        return self.slots["before"].to_numpy().astype(np.int64)

    @property
    def lots_today(self) -> Integers:
        """(pools,) units per order of each depot today."""
        return self.slots["lot_before"].to_numpy()[: self.network.pools].astype(np.int64)


def stock_model(chain: Chain, promises: pl.DataFrame, weight: str, item_classes: str, holding_share: float
                ) -> StockModel:
    """Return the stock pools of a chain.

    `promises` are those of a window or a mean wait that stock can keep; `weight` is what a kept share counts ("unit",
    "line", "value"); `item_classes` is how items are classed ("price", "family", "criticality");
    `holding_share` is the yearly cost of a unit on the shelf as a share of its price.
    Raises Unsupported when sites supply each other in a loop, too many units are on their way, and as `through_shops`.
    """
    trees, machines = supply_trees(chain), machines_promised(chain)
    slots = _slots(chain, trees, machines)
    depots, places = slots.filter(pl.col("site") == pl.col("root")), slots.filter(pl.col("site") != pl.col("root"))
    flows, classes = _flows(chain, promises, weight, item_classes, trees)
    flows, classes = _with_waits(flows, classes, promises.filter(measure="waiting"))
    flows, classes = _with_machines(flows, classes, machines, trees)
    flows = flows.join(depots.select("item", "root", "pool"), on=["item", "root"], how="left")
    flows = flows.join(places.select("item", "site", "place", "duration"), on=["item", "site"], how="left").sort(
        "pool", "place", "class", nulls_last=False)
    above = _pool_above(depots)
    passing = _passing(flows, above)
    depots, dispersion = _with_shops(chain, depots, passing)
    depots = _with_lots(depots, passing, holding_share)
    flows = _with_waiting(flows, depots, above)
    _refuse_crowds(flows, depots)
    network = StockNetwork(
        unit_cost=depots["price"].to_numpy() * holding_share,
        depot_time=depots["lead_time"].to_numpy(),
        dispersion=dispersion,
        depot_lot=depots["lot"].to_numpy(),
        place_first=first_of(places["pool"].to_numpy(), depots.height),
        place_time=places["duration"].to_numpy() / HOURS_PER_DAY,
        flow_first=first_of(flows["pool"].to_numpy(), depots.height),
        flow_place=flows["place"].fill_null(-1).to_numpy(),
        flow_class=flows["class"].to_numpy(),
        flow_rate=flows["rate"].to_numpy() / DAYS_PER_YEAR,
        flow_window=flows["left"].to_numpy() / HOURS_PER_DAY,
        flow_volume=flows["volume"].to_numpy() / DAYS_PER_YEAR,
        flow_size=flows["size"].fill_null(1).to_numpy(),
        flow_waits=flows["waits"].to_numpy(),
        place_dispersion=_dispersion(flows, "place", places.height),
        pool_above=above,
    )
    dates = flows.select(pl.col("left").min().over("row").clip(0.0) / HOURS_PER_DAY)["left"].to_numpy()
    rates = flows.group_by("item", "site").agg(pl.col("rate").sum())
    named = pl.concat([depots, places]).join(rates, on=["item", "site"], how="left", maintain_order="left")
    return StockModel(network, named.with_columns(pl.col("rate").fill_null(0.0)), classes, machines.parks, dates)


def _refuse_crowds(flows: pl.DataFrame, depots: pl.DataFrame) -> None:
    """Raise Unsupported where more units of an item are on their way than levels can be gone through."""
    asked = flows.group_by("item").agg(pl.col("rate").sum())
    coming = depots.join(asked, on="item").with_columns(units=pl.col("rate") / DAYS_PER_YEAR * pl.col("lead_time"))
    crowds = coming.filter(pl.col("units") > _MOST_UNITS).sort("units", descending=True)
    if crowds.height:
        item, rate, lead, units = crowds.select("item", "rate", "lead_time", "units").row(0)
        raise Unsupported(f"Of item {item} {rate:,.0f} units are asked a year and resupplied in {lead:g} days, so that "
                          f"{units:,.0f} would be on their way, and levels are decided up to {_MOST_UNITS:,}. Correct "
                          "demand.rate or items.lead_time, or count the item in larger units.")


def _pool_above(depots: pl.DataFrame) -> Integers:
    """Return the pool that resupplies each depot (pools,), -1 for outside."""
    suppliers = depots.select("item", above="site", pool_above="pool")
    found = depots.join(suppliers, on=["item", "above"], how="left", maintain_order="left")
    return found["pool_above"].fill_null(-1).to_numpy()


def _passing(flows: pl.DataFrame, above: Integers) -> pl.DataFrame:
    """Return the flows at each pool they pass: their own, and all that resupply it."""
    pool, passing = flows["pool"].to_numpy(), [flows]
    while len(pool):
        pool = np.where(pool >= 0, above[pool], -1)
        if (pool < 0).all():
            break
        passing.append(flows.with_columns(pool=pl.Series(pool)).filter(pl.col("pool") >= 0))
    return pl.concat(passing)


def _with_shops(chain: Chain, depots: pl.DataFrame, passing: pl.DataFrame) -> tuple[pl.DataFrame, Floats]:
    """Return the depots with the time that repair takes as their lead time, and the dispersion of what is away."""
    rates = passing.group_by("pool").agg(pl.col("rate").sum())
    rate = depots.join(rates, on="pool", how="left", maintain_order="left")["rate"].fill_null(0.0).to_numpy()
    time, dispersion = through_shops(chain, depots, rate, _dispersion(passing, "pool", depots.height))
    return depots.with_columns(lead_time=pl.Series(time)), dispersion


def _with_waiting(flows: pl.DataFrame, depots: pl.DataFrame, above: Integers) -> pl.DataFrame:
    """Let machines count the waiting there would be without any stock, instead of units."""
    way = time = depots["lead_time"].to_numpy()
    higher = above
    while (higher >= 0).any():
        way = way + np.where(higher >= 0, time[higher], 0.0)
        higher = np.where(higher >= 0, above[higher], -1)
    ways = pl.DataFrame({"pool": depots["pool"], "way": way})
    whole = pl.col("way") + pl.col("duration").fill_null(0.0) / HOURS_PER_DAY
    counted = flows.join(ways, on="pool", how="left", maintain_order="left")
    return counted.with_columns(volume=pl.when("waits").then(pl.col("volume") * whole).otherwise("volume"))


def _with_lots(depots: pl.DataFrame, passing: pl.DataFrame, holding_share: float) -> pl.DataFrame:
    """Where an order has a cost, let the lot be the best multiple of what must be bought at a time.

    Lots are chosen before levels, for units ready 95 times in 100 (Federgruen & Zheng 1992): cost is flat around the
    best lot, and levels then make up for what the lot does not cover.
    """
    rates = passing.group_by("pool").agg(asked=pl.col("rate").sum())
    rated = depots.join(rates, on="pool", how="left", maintain_order="left")
    chosen = rated["order_cost"].is_not_null() & (rated["asked"].fill_null(0.0) > 0) & (rated["price"] > 0)
    which = np.flatnonzero(chosen.to_numpy())
    if not len(which):
        return depots
    some, lot = rated[which], depots["lot"].to_numpy().copy()
    holding = some["price"].to_numpy() * holding_share
    lot[which] = best_lots(
        some["asked"].to_numpy() / DAYS_PER_YEAR, some["lead_time"].to_numpy(), some["order_cost"].to_numpy(), holding,
        holding * _READY / (1 - _READY), dispersion=_dispersion(passing, "pool", depots.height)[which],
        minimum=lot[which], multiple=lot[which]).lot
    return depots.with_columns(lot=pl.Series(lot))


def _dispersion(flows: pl.DataFrame, by: str, count: int) -> Floats:
    """Return variance over mean of the demand of each pool or place: the mean over its units; 1 without demand."""
    asked = flows.filter(pl.col(by).is_not_null() & (pl.col("rate") > 0))
    known = asked.group_by(by).agg(pl.col("rate").sum(), scatter=(pl.col("dispersion") * pl.col("rate")).sum())
    dispersion = np.ones(count)
    dispersion[known[by].to_numpy()] = np.maximum((known["scatter"] / known["rate"]).to_numpy(), 1.0)
    return dispersion


def supply_trees(chain: Chain) -> pl.DataFrame:
    """Return each site with its place in the trees of supply, in their order; raises Unsupported for a loop.

    root: the depot whose pool the site is in, itself for a depot; above: the site that resupplies that depot, null for
    outside; rank: of the site in the order of its tree; duration: hours from its supplier. A site is a place where
    neither it nor another of its supplier resupplies anybody.
    """
    supplier = dict(chain.table("sites").select("site", "supplier").rows())
    paths = sorted(_path(site, supplier) for site in supplier)
    feeding = {path[-2] for path in paths if len(path) > 1}
    feeding_depots = {path[-2] for path in paths if len(path) > 1 and path[-1] in feeding}
    lanes = {}
    if chain.has("lanes"):
        lanes = {tuple(ends): hours for *ends, hours in
                 chain.table("lanes").select("from_site", "to_site", "duration").rows()}
    rows = []
    for rank, (*higher, site) in enumerate(paths):
        is_place = bool(higher) and higher[-1] not in feeding_depots
        root = higher[-1] if is_place else site
        rows.append((site, root, supplier[root], rank, lanes.get((supplier[site], site)) or 0.0))
    return pl.DataFrame(rows, orient="row", schema={"site": pl.String, "root": pl.String, "above": pl.String,
                                                    "rank": pl.Int64, "duration": pl.Float64})


def _path(site: str, supplier: dict[str, str | None]) -> list[str]:
    """Return the sites from the top of its tree down to a site."""
    path, above = [site], supplier[site]
    while above in supplier:
        if above in path:
            raise Unsupported(f"Site {site} supplies itself through its suppliers. Break the loop in sites.supplier.")
        path, above = [above, *path], supplier[above]
    return path


def _slots(chain: Chain, trees: pl.DataFrame, machines: Machines) -> pl.DataFrame:
    """Return every item at every site where it is asked for or held, and at the depots above, with pool and place."""
    demand, items = chain.table("demand"), chain.table("items")
    used = [demand.select("item", "site"), machines.failures.select("item", "site")]
    if chain.has("stocks"):
        used.append(chain.table("stocks").select("item", "site"))
    pairs = pl.concat(used).unique().join(trees, on="site", how="left")
    depots = pairs.select("item", site="root", above="above").unique()
    while not depots.is_empty():
        pairs = pl.concat([pairs.select("item", "site"), depots.select("item", "site")]).unique()
        higher = depots.select("item", site="above").drop_nulls().unique()
        depots = higher.join(trees.select("site", "above"), on="site", how="left")
    pairs = pairs.join(trees, on="site", how="left").sort("item", "rank")
    is_place = pl.col("site") != pl.col("root")
    pools = pairs.filter(~is_place).with_row_index("pool").select("item", "root", "pool")
    slots = (
        pairs.join(pools, on=["item", "root"], how="left", maintain_order="left")
        .join(items.select("item", "price", "lead_time", "lot", "order_cost"), on="item", how="left",
              maintain_order="left")
        .with_columns(is_place=is_place, pool=pl.col("pool").cast(pl.Int64))
        .with_columns(_one_by_one())
        .with_columns(place=pl.when("is_place").then(pl.col("is_place").cast(pl.Int64).cum_sum() - 1))
        .sort("is_place", "pool", "rank")
    )
    return _with_today(chain, slots).drop("is_place")


def _one_by_one() -> list[pl.Expr]:
    """A depot below another is resupplied one for one, after the way from there."""
    is_fed = pl.col("above").is_not_null() & ~pl.col("is_place")
    return [pl.when(is_fed).then(pl.col("duration") / HOURS_PER_DAY).otherwise("lead_time").alias("lead_time"),
            pl.when(is_fed).then(pl.lit(1, pl.Int64)).otherwise("lot").alias("lot"),
            pl.when(is_fed).then(pl.lit(None, pl.Float64)).otherwise("order_cost").alias("order_cost")]


def _with_today(chain: Chain, slots: pl.DataFrame) -> pl.DataFrame:
    """Add today's level and lot: what `stocks` says; an item it does not name is not held. Null without the table."""
    if not chain.has("stocks"):
        return slots.with_columns(before=pl.lit(None, pl.Int64), lot_before=pl.lit(None, pl.Int64))
    today = chain.table("stocks").select(
        "item", "site", before="level",
        lot_before=pl.col("level") - pl.col("reorder_level").fill_null(pl.col("level")) + 1,
    )
    return slots.join(today, on=["item", "site"], how="left", maintain_order="left").with_columns(
        pl.col("before").fill_null(0),
        lot_before=pl.when(pl.col("above").is_null()).then(pl.col("lot_before").fill_null(1)).otherwise(1))


def _flows(chain: Chain, promises: pl.DataFrame, weight: str, item_classes: str, trees: pl.DataFrame
           ) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the demand under each of its windows, and the classes it falls into."""
    demand = sized(expected_demand(chain)).join(trees.select("site", "root"), on="site", how="left")
    demand = demand.join(classed_items(chain, item_classes), on="item", how="left")
    if promises["criticality"].null_count() == promises.height:
        demand = demand.with_columns(criticality=pl.lit(None, pl.String))
    counted = {"unit": pl.col("rate"), "line": pl.col("rate") / pl.col("size").fill_null(1),
               "value": pl.col("rate") * pl.col("price")}
    demand = demand.with_columns(volume=counted[weight]).with_row_index("row")
    flows = under_windows(demand, promises.filter(measure="window")).sort(
        "item", "site", *SCOPE, "window", "size", nulls_last=False)
    first = pl.col("row").is_first_distinct()
    # Demand under a second window is judged twice but stands in the queue once.
    flows = flows.with_columns(asked=pl.col("rate"), rate=pl.when(first).then("rate").otherwise(0.0),
                               left=pl.col("window").fill_null(pl.col("transit")) - pl.col("transit"))
    keys = [*SCOPE, "window", "item_class"]
    classes = (
        flows.group_by(keys).agg(demand=pl.col("asked").sum())
        .sort(keys, nulls_last=False).with_row_index("class").with_columns(pl.col("class").cast(pl.Int64))
    )
    return flows.join(classes.drop("demand"), on=keys, how="left", nulls_equal=True), classes


def _with_waits(flows: pl.DataFrame, classes: pl.DataFrame, promises: pl.DataFrame
                ) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add the waiting of the demand under promises of a mean wait: it stands in the queue already, and is judged again.

    Each segment, offer and criticality that waits, and each class of items, is a class of its own.
    """
    keys = [*SCOPE, "item_class"]
    under = pl.any_horizontal(pl.lit(value=False), *(covered(promise) for promise in promises.iter_rows(named=True)))
    waits = flows.filter(pl.col("row").is_first_distinct() & (pl.col("volume") > 0)).filter(under).select(
        "item", "site", "root", *keys, "dispersion", "volume", "transit", waits=True, left=pl.lit(0.0),
        rate=pl.lit(0.0))
    way = (pl.col("volume") * pl.col("transit")).sum() / HOURS_PER_DAY
    told = waits.group_by(keys).agg(demand=pl.lit(0.0), lines=pl.col("volume").sum(), in_transit=way).sort(
        keys, nulls_last=False).with_columns(**{"class": classes.height + pl.int_range(pl.len())})
    waits = waits.join(told.select(*keys, "class"), on=keys, how="left", nulls_equal=True)
    return (pl.concat([flows.with_columns(waits=False), waits], how="diagonal_relaxed"),
            pl.concat([classes, told], how="diagonal_relaxed"))


def _with_machines(flows: pl.DataFrame, classes: pl.DataFrame, machines: Machines, trees: pl.DataFrame
                   ) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add what machines under a promise of availability wait for, judged by waiting.

    A failure that demand counts already stands in the queue once; one that demand does not know queues by itself.
    """
    parks = machines.parks.with_row_index("park").with_columns(pl.col("park").cast(pl.Int64))
    classes = pl.concat([classes, parks.select(
        "segment", "park", demand=pl.lit(0.0), **{"class": pl.col("park") + classes.height})], how="diagonal")
    known = flows.filter(pl.col("rate") > 0).select("item", "site", known=True).unique()
    judged = (
        machines.failures.join(parks.select("promise", "segment", "park"), on=["promise", "segment"], nulls_equal=True)
        .join(trees.select("site", "root"), on="site")
        .join(known, on=["item", "site"], how="left")
        .select("item", "site", "root", segment="segment", waits=True, left=pl.lit(0.0), dispersion=pl.lit(1.0),
                rate=pl.when(pl.col("known").is_null()).then("rate").otherwise(0.0),
                volume="rate", **{"class": pl.col("park") + classes.height - parks.height})
    )
    return pl.concat([flows, judged], how="diagonal_relaxed"), classes


def classed_items(chain: Chain, by: str) -> pl.DataFrame:
    """Return the price and the class of each item in demand: its quarter by price, its family or its criticality."""
    items = chain.table("items").join(chain.table("demand"), on="item", how="semi")
    items = items.sort("price", "item").with_row_index("rank")
    quarter = (pl.col("rank") * PRICE_QUARTERS // pl.len() + 1).cast(pl.String)
    return items.select("item", "price", item_class=quarter if by == "price" else pl.col(by))


def under_windows(demand: pl.DataFrame, promises: pl.DataFrame) -> pl.DataFrame:
    """Return each row of demand once for each distinct window promised to it; null where nothing is promised."""
    windows = [
        demand.filter(covered(promise)).select("row", window=pl.lit(promise["window"], pl.Float64))
        for promise in promises.iter_rows(named=True)
    ]
    judged = pl.concat([pl.DataFrame(schema={"row": pl.UInt32, "window": pl.Float64}), *windows]).unique()
    return demand.join(judged, on="row", how="left")


def covered(promise: dict[str, object]) -> pl.Expr:
    """Return what a promise is made to: an empty segment, offer or criticality means every one."""
    scope = pl.lit(value=True)
    for column in SCOPE:
        if promise[column] is not None:
            scope = scope & pl.col(column).eq(pl.lit(promise[column])).fill_null(value=False)
    return scope
