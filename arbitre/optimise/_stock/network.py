"""Which item is held in which supply tree, and who asks for it?

A `StockNetwork` is what the model says: pools, places and flows. A pool is a depot and the places it resupplies. It may
itself be resupplied by another pool, to any depth: then its depot_time is the way from there, and it orders one for
one. A *tree* is a pool supplied from outside with all the pools below it.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numba import njit

from arbitre.optimise._pool import Floats, Integers

_PER_POOL = ("unit_cost", "depot_time", "dispersion", "depot_lot", "pool_above")
_PER_PLACE = ("place_time", "place_dispersion")
_PER_FLOW = (
    "flow_place", "flow_class", "flow_rate", "flow_window", "flow_volume", "flow_size", "flow_waits", "flow_date")
_BY_DEFAULT: Any = None
_WHOLE = {"depot_lot", "pool_above", "place_first", "flow_first", "flow_place", "flow_class", "flow_size"}


@dataclass(frozen=True)
class StockNetwork:
    """Stock pools as arrays. `_first` arrays hold the index of each pool's first place or flow, and one past the last.

    pools: unit_cost, money per year for each unit on hand; depot_time, days to procure or repair; dispersion, variance
    over mean of demand (1 is Poisson, above 1 negative binomial); depot_lot, units per order of the depot, never fewer;
    pool_above, the pool that resupplies it, -1 for outside (default): what lies below a pool follows it at once.
    places: place_time, days from the depot to the place; place_dispersion, of the place's own demand (default, or 0:
    that of the pool).
    flows: flow_place, index of the place that serves it or -1 for the depot; flow_class; flow_rate, units per day;
    flow_window, days left once the transport to the customer is taken off (negative: can never be kept); flow_volume,
    what a flow counts in promises (default its rate): a flow may queue with a rate and count otherwise; flow_size,
    units in one order (default 1): an order is kept when its last unit leaves in time; flow_waits, whether what is kept
    is the waiting avoided beyond the window instead of orders within it (default no); flow_date, days after they are
    asked at which its units are taken, not beyond its window (default 0: first come first served).

    Raises ValueError that names every fault found.
    """

    unit_cost: Floats
    depot_time: Floats
    dispersion: Floats
    depot_lot: Integers
    place_first: Integers
    place_time: Floats
    flow_first: Integers
    flow_place: Integers
    flow_class: Integers
    flow_rate: Floats
    flow_window: Floats
    flow_volume: Floats = _BY_DEFAULT
    flow_size: Integers = _BY_DEFAULT
    flow_waits: np.ndarray = _BY_DEFAULT
    flow_date: Floats = _BY_DEFAULT
    place_dispersion: Floats = _BY_DEFAULT
    pool_above: Integers = _BY_DEFAULT

    def __post_init__(self) -> None:
        flows = len(self.flow_rate)
        defaults = {"flow_volume": self.flow_rate, "flow_size": np.ones(flows), "flow_waits": np.zeros(flows)}
        defaults |= {"flow_date": np.zeros(flows), "place_dispersion": np.zeros(len(self.place_time)),
                     "pool_above": np.full(len(self.unit_cost), -1)}
        for field in fields(self):
            given = getattr(self, field.name)
            kind = bool if field.name == "flow_waits" else np.int64 if field.name in _WHOLE else np.float64
            given = defaults[field.name] if given is None else given
            object.__setattr__(self, field.name, np.ascontiguousarray(given, dtype=kind))
        faults = self._faults()
        if faults:
            raise ValueError("stock network: " + "; ".join(faults))

    @property
    def pools(self) -> int:
        """How many pools."""
        return len(self.unit_cost)

    @property
    def places(self) -> int:
        """How many local places, over all pools."""
        return len(self.place_time)

    @property
    def place_pool(self) -> Integers:
        """(places,) the pool of each place."""
        return np.repeat(np.arange(self.pools), np.diff(self.place_first))

    @property
    def flow_pool(self) -> Integers:
        """(flows,) the pool of each flow."""
        return np.repeat(np.arange(self.pools), np.diff(self.flow_first))

    @property
    def pool_tree(self) -> Integers:
        """(pools,) the tree of each pool: trees are counted by their roots."""
        return np.cumsum(self.pool_above < 0) - 1

    @property
    def is_deep(self) -> bool:
        """Whether some pool resupplies another."""
        return bool((self.pool_above >= 0).any())

    def part(self, every: int) -> "StockNetwork":
        """Every so-many-th tree, with its places and flows."""
        pools = np.flatnonzero(self.pool_tree % every == 0)
        place = np.isin(self.place_pool, pools)
        flow = np.isin(self.flow_pool, pools)
        moved = np.cumsum(place) - 1
        flow_place = self.flow_place[flow]
        chosen = {name: getattr(self, name)[pools] for name in _PER_POOL}
        chosen |= {name: getattr(self, name)[flow] for name in _PER_FLOW}
        chosen["flow_place"] = np.where(flow_place >= 0, moved[flow_place], -1) if self.places else flow_place
        above = chosen["pool_above"]
        chosen["pool_above"] = np.where(above >= 0, np.searchsorted(pools, above), -1)
        chosen |= {name: getattr(self, name)[place] for name in _PER_PLACE}
        for name in ("place_first", "flow_first"):
            counts = np.diff(getattr(self, name))[pools]
            chosen[name] = np.concatenate([[0], np.cumsum(counts)])
        return StockNetwork(**chosen)

    def split(self, group: Integers) -> tuple["StockNetwork", Integers, Integers]:
        """Each pool split into one pool per group (flows,) of its flows; no pool may resupply another.

        Returns: the network, its pools by pool and group; the pool (new pools,) and the place (new places,) they were.
        """
        groups = int(group.max(initial=0)) + 1
        pools, flow_pool = np.unique(self.flow_pool * groups + group, return_inverse=True)
        local = self.flow_place >= 0
        places, moved = np.unique(
            flow_pool[local] * max(self.places, 1) + self.flow_place[local], return_inverse=True)
        old_pool, old_place = pools // groups, places % max(self.places, 1)
        flow_place, order = np.full(len(group), -1), np.argsort(flow_pool, kind="stable")
        flow_place[local] = moved
        chosen = {name: getattr(self, name)[old_pool] for name in _PER_POOL}
        chosen |= {name: getattr(self, name)[old_place] for name in _PER_PLACE}
        chosen |= {name: getattr(self, name)[order] for name in _PER_FLOW}
        chosen["flow_place"] = flow_place[order]
        chosen["place_first"] = first_of(places // max(self.places, 1), len(pools))
        chosen["flow_first"] = first_of(flow_pool[order], len(pools))
        return StockNetwork(**chosen), old_pool, old_place

    def _faults(self) -> list[str]:
        faults = [f.name + " must have one dimension" for f in fields(self) if getattr(self, f.name).ndim != 1]
        faults += _length_faults(self, _PER_POOL)
        faults += _length_faults(self, _PER_PLACE)
        faults += _length_faults(self, _PER_FLOW)
        for name, count in (("place_first", self.places), ("flow_first", len(self.flow_rate))):
            first = getattr(self, name)
            if len(first) != self.pools + 1 or first[0] != 0 or first[-1] != count or (np.diff(first) < 0).any():
                faults.append(f"{name} must rise from 0 to {count} in {self.pools + 1} steps")
        least_of = {
            "unit_cost": 0, "depot_time": 0, "dispersion": 1, "depot_lot": 1, "place_time": 0, "place_dispersion": 0,
            "flow_rate": 0, "flow_volume": 0, "flow_class": 0, "flow_size": 1, "flow_date": 0, "pool_above": -1,
        }
        for name, least in least_of.items():
            values = getattr(self, name)
            if not (np.isfinite(values) & (values >= least)).all():
                faults.append(f"{name} must be finite and at least {least}")
        if np.isnan(self.flow_window).any():
            faults.append("flow_window must be a number")
        if not faults and (self.flow_date > np.maximum(self.flow_window, 0.0)).any():
            faults.append("flow_date must not be beyond flow_window")
        if not faults and self.is_deep:
            fed, feeding = self.pool_above >= 0, np.unique(self.pool_above[self.pool_above >= 0])
            if (subtree_sizes(self.pool_above) == 0).any():
                faults.append("pool_above must lead to an earlier pool, and what lies below a pool must follow it")
            if (self.depot_lot[fed] > 1).any():
                faults.append("a pool that another resupplies orders one for one: its depot_lot must be 1")
            if np.diff(self.place_first)[feeding].any():
                faults.append("a pool that resupplies others must have no places: let its places be pools")
            if (self.flow_date > 0).any():
                faults.append("flow_date must be 0 where a pool resupplies another")
        if not faults:
            local = self.flow_place >= 0
            place, pool = self.flow_place[local], self.flow_pool[local]
            foreign = (place < self.place_first[pool]) | (place >= self.place_first[pool + 1])
            if foreign.any() or (self.flow_place < -1).any():
                faults.append("flow_place must be -1 or a place of the flow's own pool")
        return faults


def _length_faults(network: StockNetwork, names: tuple[str, ...]) -> list[str]:
    lengths = {name: len(getattr(network, name)) for name in names}
    return [f"lengths differ: {lengths}"] if len(set(lengths.values())) > 1 else []


@njit(cache=True, nogil=True)
def subtree_sizes(above):
    """How many pools does the subtree of each pool have, itself included? 0 where it does not follow it at once."""
    sizes = np.ones(len(above), np.int64)
    for pool in range(len(above) - 1, -1, -1):
        if above[pool] >= pool:
            sizes[pool] = 0
        elif above[pool] >= 0:
            sizes[above[pool]] += sizes[pool]
    for pool in range(len(above)):
        if above[pool] >= 0 and pool >= above[pool] + sizes[above[pool]]:
            sizes[pool] = 0
    return sizes


def owners(first: Integers) -> Integers:
    """The owner of each element, from the index of each owner's first."""
    return np.repeat(np.arange(len(first) - 1), np.diff(first))


def summed(owner: Integers, amount: Floats, count: int) -> Floats:
    """Sum of the amounts of each owner. numpy answers in integers where there is nothing to sum."""
    return np.bincount(owner, amount, minlength=count).astype(float)


def first_of(owner: Integers, count: int) -> Integers:
    """Index of the first element of each owner, and one past the last; the owners are in rising order."""
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))]).astype(np.int64)
