"""From tables to slots: what is held of each life at each site, and the demand that it can serve from there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl

from arbitre.optimise._life.model import LifeModel
from arbitre.optimise._pool import Floats
from arbitre.tables.chain import Chain

_HOURS_PER_DAY = 24.0


@dataclass
class Slot:
    """What is held of one life at one site.

    members: (item, price, units) on the shelf, oldest of the succession first, the order in which they are used.
    rate and dispersion are of the demand of the site and of all it supplies; time is its own resupply (days); level its
    order-up-to level. `above` is the nearest slot of the same life that supplies it.

    Found later: `below`, the useful units of the slots it supplies; `needed`, units that service and near demand need;
    `kept`, units worth keeping, the needed ones included; `worths`, what each unit is worth, in order of use (money).
    """

    site: str
    level: int
    rate: float
    dispersion: float
    time: float
    members: list[tuple[str, float, int]]
    above: Slot | None = None
    below: int = 0
    needed: int = 0
    kept: int = 0
    worths: Floats = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        """Lay out the price of each unit, in order of use (units,)."""
        self.prices = np.repeat([price for _, price, _ in self.members], [units for *_, units in self.members])
        self.units = len(self.prices)


def slots_by_life(chain: Chain, model: LifeModel) -> Iterator[tuple[dict[str, Any], list[Slot]]]:
    """Yield each life of which something is held, with its slots, those farthest from the source first."""
    above = _sites_above(chain)
    held = _held(chain, model, above)
    suppliers: dict[str, list[str]] = {}
    for site, upper in above.filter(pl.col("distance") > 0).select("site", "upper").iter_rows():
        suppliers.setdefault(site, []).append(upper)
    lives = {life["last"]: life for life in model.lives.iter_rows(named=True)}
    for last, rows in groupby(held.iter_rows(named=True), key=lambda row: row["last"]):
        slots: dict[str, Slot] = {}
        for row in rows:
            members = list(zip(row["item"], row["price"], row["on_hand"], strict=True))
            time = lives[last]["lead_time"] if row["duration"] is None else row["duration"] / _HOURS_PER_DAY
            slots[row["site"]] = Slot(row["site"], row["level"], row["rate"], row["dispersion"], time, members)
        for slot in slots.values():
            slot.above = next((slots[upper] for upper in suppliers.get(slot.site, ()) if upper in slots), None)
        yield lives[last], list(slots.values())


def _sites_above(chain: Chain) -> pl.DataFrame:
    """Return each site with itself and every site above it, nearest first, and the steps to them (distance)."""
    supplier = dict(chain.table("sites").select("site", "supplier").iter_rows())
    rows = []
    for site in supplier:
        upper, distance = site, 0
        while upper is not None:
            rows.append((site, upper, distance))
            upper, distance = supplier.get(upper), distance + 1
    return pl.DataFrame(rows, schema={"site": pl.String, "upper": pl.String, "distance": pl.Int64}, orient="row")


def _held(chain: Chain, model: LifeModel, above: pl.DataFrame) -> pl.DataFrame:
    """Return a row per life and site that `stocks` names, its items in lists, with the demand it can serve."""
    named = model.items.select("item", "last", "steps", "price")
    stocks = chain.table("stocks").join(named, on="item", how="inner").with_columns(pl.col("on_hand").fill_null(0))
    stocks = stocks.filter(pl.col("on_hand").sum().over("last") > 0)
    demand = chain.table("demand").join(named.select("item", "last"), on="item").join(above, on="site")
    served = demand.group_by("last", site="upper").agg(
        pl.col("rate").sum(), dispersion=(pl.col("dispersion") * pl.col("rate")).sum() / pl.col("rate").sum())
    depth = above.group_by("site").agg(depth=pl.col("distance").max())
    return (
        stocks.sort("last", "site", "steps", "item", descending=[False, False, True, False])
        .group_by("last", "site", maintain_order=True)
        .agg(pl.col("level").max(), "item", "price", "on_hand")
        .join(served, on=["last", "site"], how="left")
        .join(_resupply(chain), on="site", how="left")
        .join(depth, on="site", how="left")
        .with_columns(pl.col("rate").fill_null(0.0), pl.col("dispersion").fill_nan(1.0).fill_null(1.0))
        .sort("last", "depth", "site", descending=[False, True, False])
    )


def _resupply(chain: Chain) -> pl.DataFrame:
    """Return the hours from its supplier to each site that has one; without a lane, no time."""
    sites = chain.table("sites").filter(pl.col("supplier").is_not_null()).select("site", "supplier")
    if not chain.has("lanes"):
        return sites.select("site", duration=pl.lit(0.0))
    ways = chain.table("lanes").select("from_site", "to_site", "duration")
    joined = sites.join(ways, left_on=["supplier", "site"], right_on=["from_site", "to_site"], how="left")
    return joined.select("site", pl.col("duration").fill_null(0.0))
