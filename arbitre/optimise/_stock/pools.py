"""Stock as pools: an item in a supply tree, a depot supplied from outside and what it resupplies one for one: places,
or other depots with what they resupply, to any depth.

The question answered: which levels at the depots and at the places keep the promises, at which cost of stock on hand?
Demand is served first come, first served; a flow is kept when all units of the order leave in time for its window. The
model, exact for Poisson demand and fixed times (Simon 1971; Graves 1985; `_stock.laws`):

- depot pipeline Poisson (Palm), or negative binomial where demand is more scattered, over the depot time; the depot
  orders in lots, so its inventory position is uniform (Hadley & Whitin 1963);
- pipeline of a place, and of a depot below another: own demand over the transport time, plus its part of the backlog
  of the depot above;
- a window w shortens the times: demand of the last w days is not due yet, so a unit is ready in time when the pipeline
  over the shortened times is below the level; an order for n units needs n of them.
"""

import numpy as np

from arbitre.optimise._pool import Floats, Integers, Outcome, Priced
from arbitre.optimise._stock.arranged import arranged
from arbitre.optimise._stock.evaluate import evaluate_trees
from arbitre.optimise._stock.network import StockNetwork, summed
from arbitre.optimise._stock.ranges import over_ranges, threads_for
from arbitre.optimise._stock.search import price_trees

_LINES_PER_THREAD = 4000
"""Fewer streams and lines than this are not worth another thread."""


class StockPools:
    """The contract of a pool (`_pool.Pools`) for stock: each tree of the network is one. Levels are order-up-to: all
    depots first, then all places.

    Args: network; classes, how many classes there are (default: the highest class found plus one); before, levels today
    (slots,), and change_cost, money per year for each level that differs from them (default none); threads, how many to
    use (default: every core; the bytes do not depend on it).
    """

    def __init__(
        self,
        network: StockNetwork,
        classes: int | None = None,
        *,
        before: Integers | None = None,
        change_cost: float = 0.0,
        threads: int | None = None,
    ) -> None:
        found = int(network.flow_class.max(initial=-1)) + 1
        if classes is not None and classes < found:
            raise ValueError(f"classes is {classes}, but a flow has class {found - 1}")
        self.network = network
        self.pools = int((network.pool_above < 0).sum())
        self.classes = found if classes is None else classes
        tree = network.pool_tree
        self.slot_pool = np.concatenate([tree, tree[network.place_pool]])
        self.slot_cost = np.concatenate([network.unit_cost, network.unit_cost[network.place_pool]])
        self.flow_pool = tree[network.flow_pool]
        self.flow_class = network.flow_class
        self.flow_volume: Floats = np.asarray(network.flow_volume)
        self.flow_reach = np.where(network.flow_window >= 0, self.flow_volume, 0.0)
        self._laws, self._flow_read = arranged(network)
        self.slot_lowest = np.concatenate([self._laws.pools["lot"][:-1] - 1, np.zeros(network.places, np.int64)])
        self._before = np.zeros(len(self.slot_pool), np.int64) if before is None else np.asarray(before, np.int64)
        self._change_cost = change_cost
        lines = len(self._laws.streams) + len(self._laws.lines)
        self._threads = threads_for(lines, _LINES_PER_THREAD, threads)

    @property
    def rises(self) -> bool:
        """Yes: no shelf is emptier for a higher level, there or above; but for what it costs to change one."""
        return self._change_cost == 0.0

    def part(self, every: int) -> "StockPools":
        """Every so-many-th tree, as pools of the same classes."""
        kept = np.arange(self.pools) % every == 0
        return StockPools(self.network.part(every), self.classes, before=self._before[kept[self.slot_pool]],
                          change_cost=self._change_cost, threads=self._threads)

    def typical_worth(self) -> float:
        """The median over pools of the cost of a unit on hand for each unit of volume (money per year per volume)."""
        volume = summed(self.flow_pool, self.flow_reach, self.pools)
        cost = self.network.unit_cost[self.network.pool_above < 0]
        useful = (volume > 0) & (cost > 0)
        return float(np.median(cost[useful] / volume[useful])) if useful.any() else 1.0

    def evaluate(self, levels: Integers) -> Outcome:
        """What do these levels cost, tie up and keep?"""
        levels = np.ascontiguousarray(levels, dtype=np.int64)
        if levels.shape != self.slot_pool.shape or (levels < self.slot_lowest).any():
            raise ValueError(f"levels must be {len(self.slot_pool)} integers, none below what its lot needs")
        on_hand, read_kept = np.empty(len(levels)), np.empty(len(self._laws.reads))
        laws = self._laws
        over_ranges(
            lambda first, last: evaluate_trees(laws, first, last, levels, on_hand, read_kept),
            self.pools, self._threads)
        read = self._flow_read
        kept = np.where(read >= 0, read_kept[read], 0.0) if len(read_kept) else np.zeros(len(read))
        cost = summed(self.slot_pool, self.slot_cost * on_hand, self.pools)
        if self._change_cost:
            cost += self._change_cost * summed(self.slot_pool, levels != self._before, self.pools)
        return Outcome(cost, on_hand, kept * self.flow_volume)

    def price(self, worth: Floats) -> Priced:
        """Which levels are best at these worths (classes,), and what is the floor? By enumeration, each end proven."""
        worth = np.asarray(worth, dtype=float)
        if worth.shape != (self.classes,) or not (np.isfinite(worth) & (worth >= 0)).all():
            raise ValueError(f"worth must be {self.classes} finite numbers, none negative")
        possible = self._flow_read >= 0
        reward = worth[self.flow_class] * self.flow_volume
        rewards = summed(self._flow_read[possible], reward[possible], len(self._laws.reads))
        levels, floor = np.zeros(len(self.slot_pool), np.int64), np.zeros(self.pools)
        laws, before, change = self._laws, self._before, self._change_cost
        over_ranges(
            lambda first, last: price_trees(laws, first, last, rewards, before, change, levels, floor),
            self.pools, self._threads)
        return Priced(levels, floor)
