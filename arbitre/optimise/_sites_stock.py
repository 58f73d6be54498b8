"""How much stock do the sites of a plan need, against one site for all and against every site open?

The stated response: an item asked at a site at rate r, bought in T, is held up to the least level s with
P(X < s) >= share for Poisson X of mean r T, and mean (s - X)+ stands on the shelf (`maths.pooling`). Demand served from
one site is pooled before the level is taken, whole units and all, so no square root is assumed.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from arbitre.core.units import DAYS_PER_YEAR
from arbitre.maths.location import Floats
from arbitre.maths.pooling import least_on_hand
from arbitre.tables.chain import Chain


class StockResponse:
    """The response of a chain: what stock costs at sites that serve these parts of each class of demand."""

    def __init__(self, chain: Chain, items: pl.DataFrame, ready_share: float) -> None:
        """Args: chain, with items; items: number of the class, item, units a year; ready_share, below 1."""
        known = chain.table("items").select("item", "price", "lead_time").sort("item").with_row_index("place")
        rows = items.join(known, on="item", maintain_order="left")
        self._class, self._item = rows["number"].to_numpy(), rows["place"].to_numpy().astype(np.int64)
        self._load = (rows["units"] * rows["lead_time"] / DAYS_PER_YEAR).to_numpy()
        self._price, self._ready = known["price"].to_numpy(), ready_share

    def money(self, share: Floats) -> Floats:
        """Return the money on the shelves of each site (sites,) that serves these shares (sites, classes)."""
        return np.array([self._of_site(part) for part in share])

    def _of_site(self, part: Floats) -> float:
        loads = np.bincount(self._item, self._load * part[self._class], len(self._price))
        return float(sum(self._price[item] * least_on_hand(loads[item], 1.0, self._ready)
                         for item in np.flatnonzero(loads)))
