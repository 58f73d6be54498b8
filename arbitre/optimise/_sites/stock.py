"""What the stock of a site costs a year, as a function of the part of all demand that it serves.

The stated response: every place asks for the items in the same proportion, and a site that serves the part f of the
units asked holds every item for f of its demand, up to the level at which units on the shelf and units missed cost
least together, bought in the item's lead time (`maths.stock.pooled_stock`). Only what serves customers is held; what
feeds other sites is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import polars as pl

from arbitre.core.units import DAYS_PER_YEAR
from arbitre.maths.line_below import line_below
from arbitre.maths.places.location import Floats
from arbitre.maths.stock.pooled_stock import pooled_cost, pooled_floor
from arbitre.optimise._sites.places import Demand
from arbitre.tables.chain import Chain

_FINEST, _RATIO = 1e-3, 1.01
"""The smallest part told from nought, and how much larger each next one is."""
_CELLS = 70
"""Cells of the grid in an interval: its end is twice its start."""


@dataclass(frozen=True)
class Response:
    """What stock costs: rates (items,) units a year and loads (items,) units on order for all demand, prices (items,).

    holding is the yearly cost of money on the shelf, miss that of a unit not there when asked; grid (points,), parts
    of all demand from 0 to 1; floor (points - 1,), the cost below which no part between two points is.
    """

    rates: Floats
    loads: Floats
    prices: Floats
    holding: float
    miss: float
    grid: Floats
    floor: Floats

    @cached_property
    def lines(self) -> tuple[Floats, Floats, Floats]:
        """Intervals of the part (ends, one more than intervals) and, in each, a line below the cost: base and slope."""
        cuts = np.unique(np.append(np.arange(0, len(self.floor), _CELLS), len(self.floor)))
        lines = [line_below(self.grid[start : end + 1], self.floor[start:end])
                 for start, end in pairwise(cuts.tolist())]
        base, slope = np.array(lines).T
        return self.grid[cuts], base, slope

    def at(self, parts: Floats) -> tuple[Floats, Floats]:
        """Return the cost a year, and the money on the shelves, of sites (sites,) that serve these parts of demand."""
        return pooled_cost(self.rates, self.loads, self.prices, self.holding, self.miss, np.ascontiguousarray(parts))


def response_of(chain: Chain, demand: Demand, holding: float, miss: float | None) -> Response | None:
    """Return the response of a chain to this demand; None without items, or where nobody says what a miss costs.

    Args: holding, yearly cost of money on the shelf; miss, cost of a unit not there; None: late_cost of the promises,
    mean over shipments.
    """
    miss = _late_cost(chain, demand) if miss is None else miss
    if not chain.has("items") or not demand.items.height or miss is None or miss <= 0.0:
        return None
    known = chain.table("items").select("item", "price", "lead_time")
    asked = demand.items.group_by("item").agg(pl.col("units").sort().sum()).join(known, on="item").sort("item")
    rates, days, prices = (asked[name].to_numpy().astype(float) for name in ("units", "lead_time", "price"))
    loads = rates * days / DAYS_PER_YEAR
    points = int(np.ceil(np.log(1 / _FINEST) / np.log(_RATIO)))
    grid = np.concatenate([[0.0], np.geomspace(_FINEST, 1.0, points)])
    return Response(rates, loads, prices, holding, miss, grid, pooled_floor(rates, loads, prices, holding, miss, grid))


def _late_cost(chain: Chain, demand: Demand) -> float | None:
    """Return the mean cost of a late case over the promised shipments for which one is known."""
    if not chain.has("promises"):
        return None
    costs = chain.table("promises").select(promises="promise", cost="late_cost").drop_nulls()
    classes = demand.classes.select("number", "promises", "shipments").explode("promises").join(costs, on="promises")
    dearest = classes.group_by("number").agg(pl.col("cost").max(), pl.col("shipments").first()).sort("number")
    cost, shipments = dearest["cost"].to_numpy(), dearest["shipments"].to_numpy()
    return float(cost @ shipments / shipments.sum()) if len(cost) else None
