"""Stock as pools that keep their last units for the demands that matter most: critical levels, emergency shipments.

The question answered: which level, and which units kept back from whom, keep the promises at the least cost of stock on
hand and of emergency shipments? A pool is an item at one site, supplied from outside one for one. Demand k is served
from the shelf as long as more than its critical level is there; a unit not served is flown in from elsewhere at the
emergency cost and leaves the shelf alone. The model (`maths.stock.critical_levels`):

- Poisson demand, replenishment times exponential. With equal critical levels, so with one demand, only their mean
  matters (Erlang's loss system); with unequal ones the shape matters a little, and exponential is an approximation.
- A flow is kept when its demand is served from the shelf; its window must leave time for that (not negative), and a
  longer one brings no more, as nobody waits. But demand whose every window is as long as a unit takes to come (those
  that have passed apart) waits for the one ordered for it: it is kept, and the shelf never sees it.

What one demand is, is the allocation rule: demands of their own have critical levels of their own; flows of one common
demand are served first come, first served, or at the promised date, when the time is that of `promised_load`.
"""

from dataclasses import dataclass, fields

import numpy as np

from arbitre.core.units import DAYS_PER_YEAR
from arbitre.optimise._pool import Floats, Integers, Outcome, Priced
from arbitre.optimise._stock.ranges import over_ranges, threads_for
from arbitre.optimise._stock.ration_kernel import Ration, evaluate_pools, price_pools

_POOLS_PER_THREAD = 1000
"""Fewer pools than this are not worth another thread."""


@dataclass(frozen=True)
class RationNetwork:
    """Shared stocks as arrays.

    pools: unit_cost, money per year for each unit on hand; time, mean days to replace a unit; emergency_cost, money for
    each unit not served from the shelf; demand_first (pools + 1,), index of each pool's first demand, and one past the
    last.
    demands: demand_rate, units per day.
    flows: flow_demand, the demand they judge (several promises may judge the same units); flow_class; flow_window, days
    left once the transport to the customer is taken off (negative: can never be kept); flow_volume, what the flow
    counts in promises, per day.

    Raises ValueError that names every fault found.
    """

    unit_cost: Floats
    time: Floats
    emergency_cost: Floats
    demand_first: Integers
    demand_rate: Floats
    flow_demand: Integers
    flow_class: Integers
    flow_window: Floats
    flow_volume: Floats

    def __post_init__(self) -> None:
        whole = {"demand_first", "flow_demand", "flow_class"}
        for field in fields(self):
            kind = np.int64 if field.name in whole else np.float64
            object.__setattr__(self, field.name, np.ascontiguousarray(getattr(self, field.name), dtype=kind))
        faults = self._faults()
        if faults:
            raise ValueError("ration network: " + "; ".join(faults))

    @property
    def pools(self) -> int:
        """How many pools."""
        return len(self.unit_cost)

    @property
    def demand_pool(self) -> Integers:
        """(demands,) the pool of each demand."""
        return np.repeat(np.arange(self.pools), np.diff(self.demand_first))

    def part(self, every: int) -> "RationNetwork":
        """Every so-many-th pool, with its demands and flows."""
        chosen = np.arange(self.pools) % every == 0
        demand = chosen[self.demand_pool]
        flow = demand[self.flow_demand]
        return RationNetwork(
            **{name: getattr(self, name)[chosen] for name in ("unit_cost", "time", "emergency_cost")},
            demand_first=np.concatenate([[0], np.cumsum(np.diff(self.demand_first)[chosen])]),
            demand_rate=self.demand_rate[demand],
            flow_demand=(np.cumsum(demand) - 1)[self.flow_demand[flow]],
            **{name: getattr(self, name)[flow] for name in ("flow_class", "flow_window", "flow_volume")},
        )

    def _faults(self) -> list[str]:
        faults = [f.name + " must have one dimension" for f in fields(self) if getattr(self, f.name).ndim != 1]
        for names in (("unit_cost", "time", "emergency_cost"),
                      ("flow_demand", "flow_class", "flow_window", "flow_volume")):
            lengths = {name: len(getattr(self, name)) for name in names}
            if len(set(lengths.values())) > 1:
                faults.append(f"lengths differ: {lengths}")
        first, demands = self.demand_first, len(self.demand_rate)
        if len(first) != self.pools + 1 or first[0] != 0 or first[-1] != demands or (np.diff(first) < 0).any():
            faults.append(f"demand_first must rise from 0 to {demands} in {self.pools + 1} steps")
        for name in ("unit_cost", "time", "emergency_cost", "demand_rate", "flow_volume", "flow_class"):
            values = getattr(self, name)
            if not (np.isfinite(values) & (values >= 0)).all():
                faults.append(f"{name} must be finite and not negative")
        if ((self.flow_demand < 0) | (self.flow_demand >= demands)).any():
            faults.append(f"flow_demand must be below {demands} and not negative")
        if np.isnan(self.flow_window).any():
            faults.append("flow_window must be a number")
        return faults


class RationPools:
    """The contract of a pool (`_pool.Pools`) for shared stock.

    Levels are the order-up-to level of each pool first, then the critical level of each demand: the units on the shelf
    up to which it is refused.

    Args: network; classes, how many classes there are (default: the highest class found plus one); threads, how many to
    use (default: every core; the bytes do not depend on it).
    """

    def __init__(self, network: RationNetwork, classes: int | None = None, threads: int | None = None) -> None:
        found = int(network.flow_class.max(initial=-1)) + 1
        if classes is not None and classes < found:
            raise ValueError(f"classes is {classes}, but a flow has class {found - 1}")
        self.network = network
        self.pools = network.pools
        self.classes = found if classes is None else classes
        self.slot_pool = np.concatenate([np.arange(network.pools), network.demand_pool])
        self.flow_pool = network.demand_pool[network.flow_demand]
        self.flow_class = network.flow_class
        self.flow_volume = network.flow_volume
        self.flow_reach = np.where(network.flow_window >= 0, network.flow_volume, 0.0)
        self.slot_lowest = np.zeros(len(self.slot_pool), np.int64)
        time = network.time[network.demand_pool]
        shortest, possible = np.full(len(time), np.inf), network.flow_window >= 0
        np.minimum.at(shortest, network.flow_demand[possible], network.flow_window[possible])
        self.demand_waits = np.isfinite(shortest) & (shortest >= time)
        shelf_rate = np.where(self.demand_waits, 0.0, network.demand_rate)
        self._ration = Ration(
            holding=network.unit_cost,
            demand_first=network.demand_first,
            load=shelf_rate * time,
            emergency=shelf_rate * DAYS_PER_YEAR * network.emergency_cost[network.demand_pool],
        )
        self._threads = threads_for(self.pools, _POOLS_PER_THREAD, threads)

    @property
    def rises(self) -> bool:
        """No: a unit more saves flights."""
        return False

    def typical_worth(self) -> float:
        """The median over pools of the cost of a unit on hand for each unit of volume (money per year per volume)."""
        volume = np.bincount(self.flow_pool, self.flow_reach, minlength=self.pools)
        useful = (volume > 0) & (self.network.unit_cost > 0)
        return float(np.median(self.network.unit_cost[useful] / volume[useful])) if useful.any() else 1.0

    def part(self, every: int) -> "RationPools":
        """Every so-many-th pool, as pools of the same classes."""
        return RationPools(self.network.part(every), self.classes, self._threads)

    def evaluate(self, levels: Integers) -> Outcome:
        """What do these levels cost (stock on hand and emergencies), tie up and keep?"""
        on_hand, share = self._on_shelves(levels)
        emergencies = np.bincount(
            self.network.demand_pool, self._ration.emergency * (1.0 - share), minlength=self.pools
        )
        cost = self.network.unit_cost * on_hand[: self.pools] + emergencies
        return Outcome(cost, on_hand, share[self.network.flow_demand] * self.flow_reach)

    def served(self, levels: Integers) -> Floats:
        """Which share of each demand (demands,) needs no emergency shipment at these levels?"""
        return self._on_shelves(levels)[1]

    def _on_shelves(self, levels: Integers) -> tuple[Floats, Floats]:
        """Units on hand (slots,), and the share of each demand (demands,) that needs no emergency shipment."""
        levels = np.asarray(levels, dtype=np.int64)
        if levels.shape != self.slot_pool.shape or (levels < 0).any():
            raise ValueError(f"levels must be {len(self.slot_pool)} integers, none negative")
        stock_level, critical_level = levels[: self.pools], levels[self.pools :]
        on_hand, share = np.zeros(len(levels)), np.empty(len(critical_level))
        over_ranges(
            lambda first, last: evaluate_pools(
                self._ration, first, last, stock_level, critical_level, on_hand, share
            ),
            self.pools,
            self._threads,
        )
        share[self.demand_waits] = 1.0
        return on_hand, share

    def price(self, worth: Floats) -> Priced:
        """Which levels are best at these worths (classes,), and what is the floor? The end of the search is proven."""
        worth = np.asarray(worth, dtype=float)
        if worth.shape != (self.classes,) or not (np.isfinite(worth) & (worth >= 0)).all():
            raise ValueError(f"worth must be {self.classes} finite numbers, none negative")
        earned, demands = worth[self.flow_class] * self.flow_reach, len(self.network.demand_rate)
        # numpy answers in integers where there is nothing to sum.
        reward = np.bincount(self.network.flow_demand, earned, minlength=demands).astype(float)
        certain = np.bincount(self.network.demand_pool, reward * self.demand_waits, minlength=self.pools)
        reward[self.demand_waits] = 0.0
        levels, floor = np.zeros(len(self.slot_pool), np.int64), np.zeros(self.pools)
        stock_level, critical_level = levels[: self.pools], levels[self.pools :]
        over_ranges(
            lambda first, last: price_pools(
                self._ration, first, last, reward, stock_level, critical_level, floor
            ),
            self.pools,
            self._threads,
        )
        critical_level[self.demand_waits] = 0
        return Priced(levels, floor - certain)
