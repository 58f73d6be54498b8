"""The after-sales sample: a replay of the stocks, unit by unit, first come first served.

The centre buys lots from outside; every other site asks the centre for each unit as it goes. Under such a rule the
n-th unit asked is the n-th unit to come, counting those on the shelf at the start, so the whole replay is a sort and
a shift, without a clock.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arbitre.core.streams import stream
from arbitre.tables.sample.flows import Demands
from arbitre.tables.sample.supply import CENTRAL, Network, Parts
from arbitre.tables.sample.terms import to_minute


@dataclass(frozen=True)
class Replay:
    """What the stocks did; times in h.

    `ready` is when the last unit of each demand is on the shelf that serves it (its opening when it needs no part);
    `bought_*` the lots that came to the centre; `sent_*` the units that left the centre for a site and came there;
    `opening` (items, sites) the units on the shelf before the first demand.
    """

    ready: np.ndarray
    bought_item: np.ndarray
    bought_at: np.ndarray
    sent_item: np.ndarray
    sent_site: np.ndarray
    sent_at: np.ndarray
    came_at: np.ndarray
    opening: np.ndarray


def replay(demands: Demands, parts: Parts, network: Network, levels: np.ndarray, seed: int) -> Replay:
    """Serve every unit asked, with the given levels (items, sites)."""
    line = np.repeat(np.arange(len(demands.item)), np.where(demands.item >= 0, demands.quantity, 0))
    line = line[np.argsort(demands.item[line], kind="stable")]  # by item, then by time
    item, site, asked = demands.item[line], demands.site[line], demands.opened[line]
    offset = (stream(seed, "positions").random(len(parts.lot)) * parts.lot).astype(np.int64)
    free, bought_item, bought_at = _serve_centre(item, asked, parts, levels[:, CENTRAL], offset, seed)
    opening = levels.astype(np.int64)
    opening[:, CENTRAL] -= np.where(levels[:, CENTRAL] > 0, offset, 0)

    away = np.nonzero(site != CENTRAL)[0]
    away = away[np.lexsort((site[away], item[away]))]
    came_at = to_minute(free[away] + network.hours[CENTRAL, site[away]])
    served = free.copy()
    served[away] = _serve_site(item[away], site[away], asked[away], came_at, levels)
    ready = demands.opened.copy()
    np.maximum.at(ready, line, served)
    return Replay(ready, bought_item, bought_at, item[away], site[away], free[away], came_at, opening)


def _rank(*keys: np.ndarray) -> np.ndarray:
    """Return the place of each row in its run of equal keys, from 0; the rows are sorted by the keys."""
    row = np.arange(len(keys[0]))
    is_first = np.ones(len(row), dtype=bool)
    is_first[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    return row - np.maximum.accumulate(np.where(is_first, row, 0))


def _serve_centre(
    item: np.ndarray, asked: np.ndarray, parts: Parts, level: np.ndarray, offset: np.ndarray, seed: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return when the centre can let each unit go, and the item and time of every lot it receives.

    Position starts `offset` units under the level, as if that many had been asked since the last order; each lot is
    ordered when a lot has been asked.
    """
    lot = parts.lot[item]
    number = 1 + _rank(item) + offset[item]
    ordering = np.nonzero(number % lot == 0)[0]
    # Suppliers are a little early or late; the lots of an item are taken as they come.
    scatter = np.exp(0.15 * stream(seed, "suppliers").standard_normal(len(ordering)))
    arrival = to_minute(asked[ordering] + 24.0 * parts.lead_time[item[ordering]] * scatter)
    arrival = arrival[np.lexsort((arrival, item[ordering]))]

    before = np.searchsorted(item[ordering], np.arange(len(parts.lot)))  # lots of the items before
    missing = number - level[item]  # units to come before this one can go; 0 or less: it was there from the start
    free = asked.copy()
    short = np.nonzero(missing > 0)[0]
    supply = before[item[short]] + (missing[short] - 1) // lot[short]
    free[short] = np.maximum(asked[short], arrival[supply])
    return free, item[ordering], arrival


def _serve_site(
    item: np.ndarray, site: np.ndarray, asked: np.ndarray, came_at: np.ndarray, levels: np.ndarray,
) -> np.ndarray:
    """Return when each unit is on the shelf of its site: the one asked `level` units earlier brought it."""
    level = levels[item, site]
    source = np.arange(len(item)) - level
    from_stock = _rank(item, site) < level
    return np.where(from_stock, asked, np.maximum(asked, came_at[np.where(from_stock, 0, source)]))


def on_hand(played: Replay, demands: Demands, shipped: np.ndarray, parts: Parts, at: float) -> np.ndarray:
    """Count the units on the shelf at a time (h), (items, sites): what was there, plus what came, less what left."""
    shape = played.opening.shape

    def total(item: np.ndarray, site: np.ndarray | int, when: np.ndarray, units: np.ndarray | int) -> np.ndarray:
        past = np.where(when < at, units, 0)
        cell = item * shape[1] + site
        return np.bincount(cell, past, shape[0] * shape[1]).astype(np.int64).reshape(shape)

    has_part = demands.item >= 0
    came = total(played.bought_item, CENTRAL, played.bought_at, parts.lot[played.bought_item])
    came += total(played.sent_item, played.sent_site, played.came_at, 1)
    left = total(played.sent_item, CENTRAL, played.sent_at, 1)
    left += total(demands.item[has_part], demands.site[has_part], shipped[has_part], demands.quantity[has_part])
    return played.opening + came - left
