"""The rule of thumb that a plan replaces: each item by itself at its promise's target."""

from __future__ import annotations

import numpy as np

from arbitre.optimise._pool import Floats, Integers, Targets
from arbitre.optimise._stock.pools import StockPools


def item_by_item(pools: StockPools, targets: Targets) -> Integers:
    """Return, for pools without places, the smallest level at which each pool keeps its own demand at target.

    A pool's target is the highest share among the targets its demand counts in; 0 where there is none.
    """
    asked = np.where(targets.weight > 0, targets.share[:, None], 0.0).max(axis=0, initial=0.0)
    wanted = np.zeros(pools.pools)
    np.maximum.at(wanted, pools.flow_pool, asked[pools.flow_class])
    low, high = pools.slot_lowest - 1, pools.slot_lowest
    while not (enough := _keeps(pools, high) >= wanted).all():
        low, high = np.where(enough, low, high), np.where(enough, high, 2 * high + 1)
    while (high - low > 1).any():
        middle = np.where(high - low > 1, (low + high) // 2, high)
        enough = _keeps(pools, middle) >= wanted
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high.astype(np.int64)


def _keeps(pools: StockPools, levels: Integers) -> Floats:
    kept = np.bincount(pools.flow_pool, pools.evaluate(levels).kept, minlength=pools.pools)
    volume = np.bincount(pools.flow_pool, pools.flow_reach, minlength=pools.pools)
    return np.divide(kept, volume, out=np.ones(pools.pools), where=volume > 0)
