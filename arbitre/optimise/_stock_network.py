"""Which item is held in which supply tree, who asks for it, and which laws does that ask for?

A `StockNetwork` is what the model says: pools, places and flows. `arranged` finds what has to be computed and computes
nothing twice. A *stream* is the depot's demand over one (possibly shortened) depot time; all windows that shorten it
equally read the same stream, and the first stream of a pool is the full time. A *line* is the pipeline of a place over
one residual transport time, fed by the backlog of one stream; the first line of a place is its full pipeline, which
sets its stock on hand. A *read* is one question asked of a stream or a line: the share of orders for so many units
that is kept, or the waiting that is avoided.

Each flow has a date on which its units are taken, counted from when they are asked; what replaces them is ordered when
they are asked. Time 0 being the day on which a flow f, asked w days ago, has to leave the place (w its window, d its
date, O the transport time, L the depot time, and (x)+ = max(x, 0)):

- a place has taken and not yet been sent back, for a flow g of its own, what was asked between d_g and O days ago, less
  the w - d days that f can wait past its date: rate x (O - (w - d) - d_g)+. The sum over its flows is its line;
- the depot sends what a place needs on the place's date less the transport, but not before it is asked: on its own date
  (d_g - O_g)+. Taken there and not yet replaced is rate x (L - y - (d_g - O_g)+)+, y = (w - max(O, d))+ the days left
  when f's own unit is due there. The sum over all flows is its stream.

First come first served all dates are 0, and the times are O - w and L - (w - O)+ whoever asks (Simon 1971). At the
promised date d = w: no window shortens a time any more, and all flows read one stream and one line (`promised_date`;
Hariharan & Zipkin 1995). A flow whose own unit comes straight from the depot in time (w >= O) is served even where the
place has taken all it holds; one whose own unit is even replaced at the depot (w >= O + L) takes nothing there either.

Exact at a single site for Poisson demand and fixed times, and with places as long as no date is beyond the transport
time; then the depot sends in the order of asking and each unit it owes belongs to a place with the chance of its share
of the rates. With later dates the short ones are sent first, and the chances are a little different.
"""

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from arbitre.optimise._pool import Floats, Integers

_PER_POOL = ("unit_cost", "depot_time", "dispersion", "depot_lot")
_PER_PLACE = ("place_time", "place_dispersion")
_PER_FLOW = (
    "flow_place", "flow_class", "flow_rate", "flow_window", "flow_volume", "flow_size", "flow_waits", "flow_date")
_BY_DEFAULT: Any = None
_WHOLE = {"depot_lot", "place_first", "flow_first", "flow_place", "flow_class", "flow_size"}


@dataclass(frozen=True)
class StockNetwork:
    """Stock pools as arrays. `_first` arrays hold the index of each pool's first place or flow, and one past the last.

    pools: unit_cost, money per year for each unit on hand; depot_time, days to procure or repair; dispersion, variance
    over mean of demand (1 is Poisson, above 1 negative binomial); depot_lot, units per order of the depot, never fewer.
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

    def __post_init__(self) -> None:
        flows = len(self.flow_rate)
        defaults = {"flow_volume": self.flow_rate, "flow_size": np.ones(flows), "flow_waits": np.zeros(flows)}
        defaults |= {"flow_date": np.zeros(flows), "place_dispersion": np.zeros(len(self.place_time))}
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

    def part(self, every: int) -> "StockNetwork":
        """Every so-many-th pool, with its places and flows."""
        pools = np.arange(0, self.pools, every)
        place = np.isin(self.place_pool, pools)
        flow = np.isin(self.flow_pool, pools)
        moved = np.cumsum(place) - 1
        flow_place = self.flow_place[flow]
        chosen = {name: getattr(self, name)[pools] for name in _PER_POOL}
        chosen |= {name: getattr(self, name)[flow] for name in _PER_FLOW}
        chosen["flow_place"] = np.where(flow_place >= 0, moved[flow_place], -1) if self.places else flow_place
        chosen |= {name: getattr(self, name)[place] for name in _PER_PLACE}
        for name in ("place_first", "flow_first"):
            counts = np.diff(getattr(self, name))[pools]
            chosen[name] = np.concatenate([[0], np.cumsum(counts)])
        return StockNetwork(**chosen)

    def split(self, group: Integers) -> tuple["StockNetwork", Integers, Integers]:
        """Each pool split into one pool per group (flows,) of its flows.

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
            "flow_rate": 0, "flow_volume": 0, "flow_class": 0, "flow_size": 1, "flow_date": 0,
        }
        for name, least in least_of.items():
            values = getattr(self, name)
            if not (np.isfinite(values) & (values >= least)).all():
                faults.append(f"{name} must be finite and at least {least}")
        if np.isnan(self.flow_window).any():
            faults.append("flow_window must be a number")
        if not faults and (self.flow_date > np.maximum(self.flow_window, 0.0)).any():
            faults.append("flow_date must not be beyond flow_window")
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


class Laws(NamedTuple):
    """What the kernels compute, as tables with one row per pool, place, stream, line and read.

    A `_first` column leads to the first row below, and the last row of a table only closes the one before it.
    """

    pools: np.ndarray
    places: np.ndarray
    streams: np.ndarray
    lines: np.ndarray
    reads: np.ndarray


_POOL = [("unit_cost", "f8"), ("lot", "i8"), ("place_first", "i8"), ("stream_first", "i8"), ("read_first", "i8")]
_PLACE = [("share", "f8"), ("line_first", "i8"), ("read_first", "i8")]
"""share: of the place in the depot's demand."""
_STREAM = [("mean", "f8"), ("variance", "f8")]
"""Depot demand over the stream's time."""
_LINE = [("mean", "f8"), ("variance", "f8"), ("stream", "i8")]
"""Place demand over the line's time, and the stream whose backlog feeds it."""
_READ = [("source", "i8"), ("size", "i8"), ("away", "i8"), ("straight", "?")]
"""The stream (of a depot) or line (of a place) that is asked; units in one order, 0 for the waiting avoided; how many
of them are not yet replaced at the depot when they have to leave; whether they come straight from the depot in time."""


def arranged(network: StockNetwork) -> tuple[Laws, Integers]:
    """Find the distinct streams, lines and reads. Returns them, and the read of each flow, -1 when never kept."""
    flow_pool, place_pool, date = network.flow_pool, network.place_pool, network.flow_date
    local, possible = network.flow_place >= 0, network.flow_window >= 0
    pool_rate = summed(flow_pool, network.flow_rate, network.pools)
    place_rate = summed(network.flow_place[local], network.flow_rate[local], network.places)
    transport = np.where(local, network.place_time[network.flow_place] if network.places else 0.0, 0.0)
    # What a window leaves of the transport time, and of the depot time once the transport time is used up.
    residual = np.maximum(transport - (network.flow_window - date), 0.0)
    depot_left = np.maximum(
        network.depot_time[flow_pool] - np.maximum(network.flow_window - np.maximum(transport, date), 0.0), 0.0)
    straight = local & (network.flow_window >= transport)
    is_away = network.flow_window < transport + network.depot_time[flow_pool]

    nothing = np.zeros(network.pools)
    stream_first, stream_time, _, flow_stream = _distinct(
        flow_pool, possible, depot_left, np.zeros(len(flow_pool)), network.depot_time, nothing, True)
    line_first, line_time, line_stream, flow_line = _distinct(
        network.flow_place, possible & local, residual, flow_stream.astype(float), network.place_time,
        stream_first[place_pool].astype(float), True)
    slots = np.zeros(network.pools + network.places)
    question = np.where(network.flow_waits, 0, 4 * network.flow_size + 2 * is_away + straight)
    read_first, read_source, read_question, flow_read = _distinct(
        np.where(local, network.pools + network.flow_place, flow_pool), possible,
        np.where(local, flow_line, flow_stream).astype(float), question.astype(float), slots, slots, False)
    read_size, last_bits = np.divmod(read_question.astype(np.int64), 4)

    stream_pool, line_place = owners(stream_first), owners(line_first)
    stream_mean = _loads(stream_first, stream_time, flow_pool, network.flow_rate, np.maximum(date - transport, 0.0))
    line_mean = _loads(line_first, line_time, network.flow_place, network.flow_rate, date)
    whole = pool_rate[place_pool]
    lot = np.where(pool_rate > 0, network.depot_lot, 1)  # what nobody asks for is never bought
    share = np.divide(place_rate, whole, out=np.zeros(network.places), where=whole > 0)
    scatter = np.where(network.place_dispersion > 0, network.place_dispersion, network.dispersion[place_pool])
    laws = Laws(
        _rows(_POOL, network.unit_cost, lot, network.place_first, stream_first, read_first[: network.pools + 1]),
        _rows(_PLACE, share, line_first, read_first[network.pools :]),
        _rows(_STREAM, stream_mean, network.dispersion[stream_pool] * stream_mean),
        _rows(_LINE, line_mean, scatter[line_place] * line_mean, line_stream),
        _rows(_READ, read_source, read_size, read_size * (last_bits // 2), last_bits % 2),
    )
    return laws, flow_read


def _rows(columns: list[tuple[str, str]], *values: np.ndarray) -> np.ndarray:
    """A table of these columns, as long as the longest."""
    rows = np.zeros(max(map(len, values)), columns)
    for (name, _), value in zip(columns, values, strict=True):
        rows[name][: len(value)] = value
    return rows


@njit(cache=True, nogil=True)
def _distinct(owner, wanted, first, second, start_first, start_second, started):
    """Find the distinct pairs (first, second) of each owner among the wanted rows, in the order they are met.

    Args: owner, wanted, first, second (rows,); start_first, start_second (owners,), the pair every owner begins with,
    if `started`. Returns: index of each owner's first pair, and one past the last (owners + 1,); the pairs, as two
    arrays; the pair of each row, -1 where it is not wanted.
    """
    owners, rows = len(start_first), len(owner)
    nodes = owners + rows if started else rows
    head, after = np.full(owners, -1), np.full(nodes, -1)
    one, two = np.empty(nodes), np.empty(nodes)
    row_node = np.full(rows, -1)
    count = 0
    for row in range(-owners if started else 0, rows):
        if row < 0:
            who, a, b = row + owners, start_first[row], start_second[row]
        elif wanted[row]:
            who, a, b = owner[row], first[row], second[row]
        else:
            continue
        node, last = head[who], -1
        while node >= 0 and (one[node] != a or two[node] != b):
            node, last = after[node], node
        if node < 0:
            node = count
            one[node], two[node] = a, b
            if last < 0:
                head[who] = node
            else:
                after[last] = node
            count += 1
        if row >= 0:
            row_node[row] = node
    begins, place = np.empty(owners + 1, np.int64), np.empty(count, np.int64)
    sorted_one, sorted_two = np.empty(count), np.empty(count)
    position = 0
    for who in range(owners):
        begins[who] = position
        node = head[who]
        while node >= 0:
            place[node], sorted_one[position], sorted_two[position] = position, one[node], two[node]
            position += 1
            node = after[node]
    begins[owners] = position
    for row in range(rows):
        if row_node[row] >= 0:
            row_node[row] = place[row_node[row]]
    return begins, sorted_one, sorted_two, row_node


@njit(cache=True, nogil=True)
def _loads(first, time, owner, rate, date):
    """Demand of each owner's flows over each of its times, less what is not taken yet: sum of rate x (time - date)+.

    Args: first (owners + 1,), index of each owner's first time; time (times,); owner (flows,), -1 for none; rate, date
    (flows,). Returns (times,).
    """
    load = np.zeros(len(time))
    for flow in range(len(owner)):
        if owner[flow] >= 0:
            for k in range(first[owner[flow]], first[owner[flow] + 1]):
                load[k] += rate[flow] * max(time[k] - date[flow], 0.0)
    return load


def owners(first: Integers) -> Integers:
    """The owner of each element, from the index of each owner's first."""
    return np.repeat(np.arange(len(first) - 1), np.diff(first))


def summed(owner: Integers, amount: Floats, count: int) -> Floats:
    """Sum of the amounts of each owner. numpy answers in integers where there is nothing to sum."""
    return np.bincount(owner, amount, minlength=count).astype(float)


def first_of(owner: Integers, count: int) -> Integers:
    """Index of the first element of each owner, and one past the last; the owners are in rising order."""
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))]).astype(np.int64)
