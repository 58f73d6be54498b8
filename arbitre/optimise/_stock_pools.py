"""Stock as pools: an item in a supply tree, a depot supplied from outside and the places it replenishes one for one.

The question answered: which levels at the depot and at the places keep the promises, at which cost of stock on hand?
Demand is served first come, first served; a flow is kept when the unit leaves in time for its window. The model:

- depot pipeline Poisson (Palm) or negative binomial over the depot time; with lots the inventory position is uniform
  (Hadley & Whitin 1963);
- place pipeline by VARI-METRIC (Graves 1985; Sherbrooke 2004), or by the exact law (Simon 1971; Graves 1985);
- a window w shortens the times: demand of the last w days is not due yet, so a unit is ready in time when the pipeline
  over the shortened times is below the level. Exact for fixed times, one for one (as Simon 1971 for w = 0).
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np

from arbitre.optimise._pool import Floats, Integers, Outcome, Priced
from arbitre.optimise._stock_kernel import Network, evaluate_places_exactly, evaluate_pools, price_pools

_LINES_PER_THREAD = 4000
"""Fewer streams and lines than this are not worth another thread."""


@dataclass(frozen=True)
class StockNetwork:
    """Stock pools as arrays. `_first` arrays hold the index of each pool's first place or flow, and one past the last.

    pools: unit_cost, money per year for each unit on hand; depot_time, days to procure or repair; dispersion, variance
    over mean of demand (1 is Poisson, above 1 negative binomial); depot_lot, units per order of the depot.
    places: place_time, days from the depot to the place.
    flows: flow_place, index of the place that serves it or -1 for the depot; flow_class; flow_rate, units per day;
    flow_window, days left once the transport to the customer is taken off (negative: can never be kept); flow_volume,
    what a flow counts in promises (default its rate): a flow may queue with a rate and count otherwise.

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
    flow_volume: Floats | None = None

    def __post_init__(self) -> None:
        if self.flow_volume is None:
            object.__setattr__(self, "flow_volume", self.flow_rate)
        whole = {"depot_lot", "place_first", "flow_first", "flow_place", "flow_class"}
        for field in fields(self):
            kind = np.int64 if field.name in whole else np.float64
            object.__setattr__(self, field.name, np.ascontiguousarray(getattr(self, field.name), dtype=kind))
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

    def _faults(self) -> list[str]:
        faults = [f.name + " must have one dimension" for f in fields(self) if getattr(self, f.name).ndim != 1]
        faults += _length_faults(self, ("unit_cost", "depot_time", "dispersion", "depot_lot"))
        faults += _length_faults(self, ("flow_place", "flow_class", "flow_rate", "flow_window", "flow_volume"))
        for name, count in (("place_first", self.places), ("flow_first", len(self.flow_rate))):
            first = getattr(self, name)
            if len(first) != self.pools + 1 or first[0] != 0 or first[-1] != count or (np.diff(first) < 0).any():
                faults.append(f"{name} must rise from 0 to {count} in {self.pools + 1} steps")
        for name, least in (
            ("unit_cost", 0.0),
            ("depot_time", 0.0),
            ("dispersion", 1.0),
            ("depot_lot", 1),
            ("place_time", 0.0),
            ("flow_rate", 0.0),
            ("flow_volume", 0.0),
            ("flow_class", 0),
        ):
            values = getattr(self, name)
            if not (np.isfinite(values) & (values >= least)).all():
                faults.append(f"{name} must be finite and at least {least}")
        if np.isnan(self.flow_window).any():
            faults.append("flow_window must be a number")
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


class StockPools:
    """The contract of a pool (`_pool.Pools`) for stock. Levels are order-up-to: all depots first, then all places.

    Args: network; classes, how many classes there are (default: the highest class found plus one); threads, how many to
    use (default: every core; the bytes do not depend on it).
    """

    def __init__(self, network: StockNetwork, classes: int | None = None, threads: int | None = None) -> None:
        found = int(network.flow_class.max(initial=-1)) + 1
        if classes is not None and classes < found:
            raise ValueError(f"classes is {classes}, but a flow has class {found - 1}")
        self.network = network
        self.pools = network.pools
        self.classes = found if classes is None else classes
        self.slot_pool = np.concatenate([np.arange(network.pools), network.place_pool])
        self.flow_pool = network.flow_pool
        self.flow_class = network.flow_class
        self.flow_volume: Floats = np.asarray(network.flow_volume)
        self.flow_reach = np.where(network.flow_window >= 0, self.flow_volume, 0.0)
        self.exact = network.places == 0
        self._arrays, self._flow_stream, self._flow_line = _arrange(network)
        lines = len(self._arrays.stream_mean) + len(self._arrays.line_mean)
        self._threads = max(1, min(threads or os.cpu_count() or 1, lines // _LINES_PER_THREAD))
        self._line_place = np.repeat(np.arange(network.places), np.diff(self._arrays.line_first))

    def typical_worth(self) -> float:
        """The median over pools of the cost of a unit on hand for each unit of volume (money per year per volume)."""
        volume = _summed(self.flow_pool, self.flow_reach, self.pools)
        useful = (volume > 0) & (self.network.unit_cost > 0)
        return float(np.median(self.network.unit_cost[useful] / volume[useful])) if useful.any() else 1.0

    def evaluate(self, levels: Integers, *, exact: bool = False) -> Outcome:
        """What do these levels cost, tie up and keep? exact=True takes places by Simon's law, not by VARI-METRIC."""
        levels = np.asarray(levels, dtype=np.int64)
        if levels.shape != self.slot_pool.shape or (levels < 0).any():
            raise ValueError(f"levels must be {len(self.slot_pool)} integers, none negative")
        depot_level, place_level = levels[: self.pools], levels[self.pools :]
        on_hand = np.empty(len(levels))
        depot_held, place_held = on_hand[: self.pools], on_hand[self.pools :]
        net = self._arrays
        stream_kept, line_kept = np.empty(len(net.stream_mean)), np.empty(len(net.line_mean))

        def work(first: int, last: int) -> None:
            evaluate_pools(
                net, first, last, depot_level, place_level, depot_held, place_held, stream_kept, line_kept
            )
            if exact and not self.exact:
                evaluate_places_exactly(
                    net, first, last, depot_level, place_level, place_held, stream_kept, line_kept
                )

        self._over_pools(work)
        share = np.zeros(len(self.flow_volume))
        direct, local = self._flow_stream >= 0, self._flow_line >= 0
        share[direct] = stream_kept[self._flow_stream[direct]]
        share[local] = line_kept[self._flow_line[local]]
        cost = self.network.unit_cost * _summed(self.slot_pool, on_hand, self.pools)
        return Outcome(cost, on_hand, share * self.flow_volume)

    def price(self, worth: Floats) -> Priced:
        """Which levels are best at these worths (classes,), and what is the floor? By enumeration, each end proven."""
        worth = np.asarray(worth, dtype=float)
        if worth.shape != (self.classes,) or not (np.isfinite(worth) & (worth >= 0)).all():
            raise ValueError(f"worth must be {self.classes} finite numbers, none negative")
        reward = worth[self.flow_class] * self.flow_volume
        direct, local = self._flow_stream >= 0, self._flow_line >= 0
        streams, lines = len(self._arrays.stream_mean), len(self._arrays.line_mean)
        stream_rewards = _summed(self._flow_stream[direct], reward[direct], streams)
        line_rewards = _summed(self._flow_line[local], reward[local], lines)
        place_rewards = _summed(self._line_place, line_rewards, self.network.places)
        levels, floor = np.zeros(len(self.slot_pool), np.int64), np.zeros(self.pools)
        depot_level, place_level = levels[: self.pools], levels[self.pools :]
        self._over_pools(
            lambda first, last: price_pools(
                self._arrays, first, last, stream_rewards, line_rewards, place_rewards, depot_level, place_level, floor
            )
        )
        return Priced(levels, floor)

    def _over_pools(self, work: Callable[[int, int], None]) -> None:
        """Do the work on consecutive ranges of pools, on several threads when there are pools enough."""
        if self._threads == 1:
            work(0, self.pools)
            return
        # More ranges than threads even out pools that are dearer to enumerate.
        edges = np.linspace(0, self.pools, 8 * self._threads + 1).astype(int).tolist()
        with ThreadPoolExecutor(self._threads) as threads:
            list(threads.map(work, edges[:-1], edges[1:]))


def _arrange(network: StockNetwork) -> tuple[Network, Integers, Integers]:
    """Find the distinct streams and lines. Returns the kernel's arrays, and each flow's stream and line (or -1)."""
    flow_pool, place_pool = network.flow_pool, network.place_pool
    local, possible = network.flow_place >= 0, network.flow_window >= 0
    pool_rate = _summed(flow_pool, network.flow_rate, network.pools)
    place_rate = _summed(network.flow_place[local], network.flow_rate[local], network.places)
    transport = np.where(local, network.place_time[network.flow_place] if network.places else 0.0, 0.0)
    # What a window leaves of the transport time, and of the depot time once the transport time is used up.
    residual = np.maximum(transport - network.flow_window, 0.0)
    depot_left = network.depot_time[flow_pool] - np.maximum(network.flow_window - transport, 0.0)
    depot_left = np.where(possible, np.maximum(depot_left, 0.0), network.depot_time[flow_pool])

    # Streams: by pool, the full depot time first (it is the longest).
    owner = np.concatenate([np.arange(network.pools), flow_pool])
    length = np.concatenate([network.depot_time, depot_left])
    stream_keys, stream_of = _distinct(owner, -length)
    stream_pool, stream_time = stream_keys[0].astype(np.int64), -stream_keys[1]
    full_stream, flow_stream = stream_of[: network.pools], stream_of[network.pools :]

    # Lines: by place, the full transport time from the full stream first (again the longest, from the longest).
    places = np.arange(network.places)
    wanted = local & possible
    line_keys, line_of = _distinct(
        np.concatenate([places, network.flow_place[wanted]]),
        -np.concatenate([network.place_time, residual[wanted]]),
        np.concatenate([full_stream[place_pool], flow_stream[wanted]]),
    )
    line_place, line_time, line_stream = line_keys[0].astype(np.int64), -line_keys[1], line_keys[2].astype(np.int64)
    flow_line = np.full(len(flow_pool), -1)
    flow_line[wanted] = line_of[network.places :]

    stream_mean = pool_rate[stream_pool] * stream_time
    line_mean = place_rate[line_place] * line_time
    line_pool = place_pool[line_place]
    whole = pool_rate[line_pool]
    arrays = Network(
        unit_cost=network.unit_cost,
        lot=network.depot_lot,
        stream_first=first_of(stream_pool, network.pools),
        place_first=network.place_first,
        line_first=first_of(line_place, network.places),
        stream_mean=stream_mean,
        stream_variance=network.dispersion[stream_pool] * stream_mean,
        line_mean=line_mean,
        line_variance=network.dispersion[line_pool] * line_mean,
        line_share=np.divide(place_rate[line_place], whole, out=np.zeros(len(whole)), where=whole > 0),
        line_stream=line_stream,
    )
    return arrays, np.where(possible & ~local, flow_stream, -1), flow_line


def _distinct(*keys: np.ndarray) -> tuple[np.ndarray, Integers]:
    """Distinct combinations in rising order, (keys, distinct), and which of them each given combination is."""
    rows, found = np.unique(np.stack([np.asarray(key, dtype=float) for key in keys]), axis=1, return_inverse=True)
    return rows, found.reshape(-1)


def _summed(owner: Integers, amount: Floats, owners: int) -> Floats:
    """Sum of the amounts of each owner. numpy answers in integers where there is nothing to sum."""
    return np.bincount(owner, amount, minlength=owners).astype(float)


def first_of(owner: Integers, owners: int) -> Integers:
    """Index of the first element of each owner, and one past the last."""
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=owners))]).astype(np.int64)
