"""How long is a unit away that a shop with few places repairs, and how irregularly do units come back?

A failed unit is sent to the shop of its item (the item's lead_time is the way there and back), waits until a place is
free and is repaired. What a root has in repair is no longer Poisson: its mean and variance are those of a queue with
few servers (`maths.stock.repair`; Sleptchenko, van der Heijden & van Harten 2002), shared by all items of the shop, and
take the place of Palm's law:

    time       = lead_time + E[N] / rate
    dispersion = (D rate lead_time + Var[N] + (D - 1) E[N]) / (rate lead_time + E[N]),

N being the units of the item in the shop and D the dispersion of its demand. Units reach the shop at random and are
served as they come. A window shortens the whole time, as it does a fixed one: the mean of what is still away is then
right as long as few units are back within the window.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from arbitre.core.errors import Unreachable, Unsupported
from arbitre.core.units import DAYS_PER_YEAR, HOURS_PER_DAY
from arbitre.maths.stock.repair import shop_pipelines
from arbitre.optimise._pool import Floats
from arbitre.tables.chain import Chain

_HOURS_PER_WEEK = 7 * HOURS_PER_DAY
_TOLD = 5


def through_shops(chain: Chain, depots: pl.DataFrame, rate: Floats, dispersion: Floats) -> tuple[Floats, Floats]:
    """Return days until a unit is back at each root (pools,), and the dispersion of what is away (pools,).

    `depots` has item, lead_time and above of each pool, shops repairing for those without a site above; `rate` (pools,)
    units a year, `dispersion` of demand (pools,).
    Raises Unsupported where repairs are described by halves, Unreachable where a shop cannot keep up.
    """
    time, dispersion = depots["lead_time"].to_numpy().copy(), dispersion.copy()
    if not chain.has("repair_shops"):
        return time, dispersion
    sent = _sent(chain, depots)
    rate = rate / DAYS_PER_YEAR
    for (shop,), items in sent.filter(pl.col("repair_shop").is_not_null()).group_by("repair_shop", maintain_order=True):
        pool, places = items["pool"].to_numpy(), int(items["places"][0])
        work = (items["repair_time"] / HOURS_PER_DAY * (_HOURS_PER_WEEK / items["hours"])).to_numpy()
        busy = float(rate[pool] @ work)
        if busy >= places:
            raise Unreachable(
                f"Shop {shop} cannot keep up: it has {places} places and work for {busy:.2f}, so units to repair pile "
                "up without end and no stock lasts. Raise places or hours in repair_shops, or send it less.")
        mean, variance = shop_pipelines(rate[pool], work, items["scatter"].to_numpy(), places)
        way = rate[pool] * time[pool]
        spread = dispersion[pool] * way + variance + (dispersion[pool] - 1) * mean
        away, asked = way + mean, rate[pool] > 0
        time[pool] += np.where(asked, mean / np.where(asked, rate[pool], 1.0), work)
        dispersion[pool] = np.maximum(np.divide(spread, away, out=np.ones(len(away)), where=away > 0), 1.0)
    return time, dispersion


def _sent(chain: Chain, depots: pl.DataFrame) -> pl.DataFrame:
    """Return the shop of each root, with its places, hours and scatter, and the work of one repair."""
    items = chain.table("items").select("item", "repair_shop", "repair_time", "is_repairable", "lot", "order_cost")
    roots = depots.select("item", "above", pool=pl.int_range(pl.len())).filter(pl.col("above").is_null())
    sent = roots.join(items, on="item", how="left", maintain_order="left")
    shops = chain.table("repair_shops").select("places", "hours", "scatter", repair_shop="shop")
    sent = sent.join(shops, on="repair_shop", how="left", maintain_order="left")
    repaired = pl.col("repair_shop").is_not_null()
    for wrong, remedy in (
        (pl.col("repair_time").is_null(), "are sent to a repair shop, and nothing says how much work they are: fill "
                                          "items.repair_time"),
        (~pl.col("is_repairable").fill_null(value=False), "have a repair shop and are not repaired: set "
                                                          "items.is_repairable, or leave repair_shop empty"),
        ((pl.col("lot") > 1) | pl.col("order_cost").is_not_null(),
         "are repaired one by one, not bought in lots: set items.lot to 1 and leave order_cost empty"),
    ):
        named = sent.filter(repaired & wrong)["item"].unique().sort().to_list()
        if named:
            more = f" and {len(named) - _TOLD} more" if len(named) > _TOLD else ""
            raise Unsupported(f"Items {', '.join(named[:_TOLD])}{more} {remedy}.")
    return sent
