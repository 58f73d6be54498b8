"""Which laws does a stock network ask for?

`arranged` finds what has to be computed and computes
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

A pool that another resupplies waits for it: its streams are fed by the streams of that pool as lines are by its own,
and what a window still leaves beyond one way shortens the next. There all dates are 0, and an order that comes straight
from its depot in time may come straight from further up, as far as the window reaches (`fed_below` of `_stock.laws`).

Exact at a single site for Poisson demand and fixed times, and with places as long as no date is beyond the transport
time; then the depot sends in the order of asking and each unit it owes belongs to a place with the chance of its share
of the rates. With later dates the short ones are sent first, and the chances are a little different.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from arbitre.optimise._pool import Floats, Integers
from arbitre.optimise._stock.network import StockNetwork, owners, subtree_sizes, summed


class Laws(NamedTuple):
    """What the kernels compute, as tables with one row per tree, pool, place, stream, line and read.

    A `_first` column leads to the first row below, and the last row of a table only closes the one before it.
    """

    trees: Integers
    pools: np.ndarray
    places: np.ndarray
    streams: np.ndarray
    lines: np.ndarray
    reads: np.ndarray


_POOL = [("unit_cost", "f8"), ("lot", "i8"), ("share", "f8"), ("below", "i8"), ("place_first", "i8"),
         ("stream_first", "i8"), ("read_first", "i8")]
"""share: of the pool in the demand of the one above; below: how many pools it resupplies, and they others."""
_PLACE = [("share", "f8"), ("line_first", "i8"), ("read_first", "i8")]
"""share: of the place in the depot's demand."""
_STREAM = [("mean", "f8"), ("variance", "f8"), ("above", "i8"), ("own_mean", "f8"), ("own_variance", "f8"),
           ("whole", "f8"), ("whole_variance", "f8")]
"""What a depot has on order, over the stream's time: mean and variance at the levels above it that are looked at, which
the kernels write where a pool is fed; above, the stream that feeds it; own, of its demand over the time alone; whole,
if nothing were held above."""
_LINE = [("mean", "f8"), ("variance", "f8"), ("stream", "i8")]
"""Place demand over the line's time, and the stream whose backlog feeds it."""
_READ = [("source", "i8"), ("size", "i8"), ("away", "i8"), ("straight", "?")]
"""The stream (of a depot) or line (of a place) that is asked; units in one order, 0 for the waiting avoided; how many
of them are not yet replaced at the depot when they have to leave; whether they come straight from the depot in time."""


def arranged(network: StockNetwork) -> tuple[Laws, Integers]:
    """Find the distinct streams, lines and reads. Returns them, and the read of each flow, -1 when never kept."""
    flow_pool, place_pool, date = network.flow_pool, network.place_pool, network.flow_date
    local, possible = network.flow_place >= 0, network.flow_window >= 0
    transport = np.where(local, network.place_time[network.flow_place] if network.places else 0.0, 0.0)
    # What a window leaves of the transport time.
    residual = np.maximum(transport - (network.flow_window - date), 0.0)
    straight = local & (network.flow_window >= transport)
    # A pool that is fed has no unit back before it has passed all above.
    is_away = (network.pool_above[flow_pool] >= 0) | (
        network.flow_window < transport + network.depot_time[flow_pool])

    asked = _asked_above(network, np.maximum(network.flow_window - np.maximum(transport, date), 0.0), possible)
    nothing = np.zeros(network.pools)
    stream_first, stream_time, _, row_stream = _distinct(
        asked.pool, asked.possible, asked.left, asked.beyond, network.depot_time, nothing, True)
    flow_stream = row_stream[: len(flow_pool)]
    line_first, line_time, line_stream, flow_line = _distinct(
        network.flow_place, possible & local, residual, flow_stream.astype(float), network.place_time,
        stream_first[place_pool].astype(float), True)
    slots = np.zeros(network.pools + network.places)
    question = np.where(network.flow_waits, 0, 4 * network.flow_size + 2 * is_away + straight)
    read_first, read_source, read_question, flow_read = _distinct(
        np.where(local, network.pools + network.flow_place, flow_pool), possible,
        np.where(local, flow_line, flow_stream).astype(float), question.astype(float), slots, slots, False)
    read_size, last_bits = np.divmod(read_question.astype(np.int64), 4)

    pool_rate = summed(asked.pool[asked.pool >= 0], network.flow_rate[asked.flow[asked.pool >= 0]], network.pools)
    place_rate = summed(network.flow_place[local], network.flow_rate[local], network.places)
    line_place = owners(line_first)
    stream_mean = _loads(stream_first, stream_time, asked.pool, network.flow_rate[asked.flow],
                         np.maximum(date - transport, 0.0)[asked.flow])
    line_mean = _loads(line_first, line_time, network.flow_place, network.flow_rate, date)
    lot = np.where(pool_rate > 0, network.depot_lot, 1)  # what nobody asks for is never bought
    scatter = np.where(network.place_dispersion > 0, network.place_dispersion, network.dispersion[place_pool])
    pool_share = np.where(network.pool_above >= 0, _part(pool_rate, pool_rate[network.pool_above]), 0.0)
    sizes = subtree_sizes(network.pool_above)
    roots = np.append(np.flatnonzero(network.pool_above < 0), network.pools)
    laws = Laws(
        roots,
        _rows(_POOL, network.unit_cost, lot, pool_share, sizes - 1, network.place_first, stream_first,
              read_first[: network.pools + 1]),
        _rows(_PLACE, _part(place_rate, pool_rate[place_pool]), line_first, read_first[network.pools :]),
        _streams(network, stream_first, stream_mean, row_stream, pool_share),
        _rows(_LINE, line_mean, scatter[line_place] * line_mean, line_stream),
        _rows(_READ, read_source, read_size, read_size * (last_bits // 2), last_bits % 2),
    )
    return laws, flow_read


class _Asked(NamedTuple):
    """Every flow at every pool it passes, its own pool first: (rows,) flow; pool, -1 past the root; possible, whether
    it can be kept at all; left, days that its window leaves of the pool's time; beyond, days of its window after that,
    for the pools further up. So many rows as there are flows lie between a pool and the one above it."""

    flow: Integers
    pool: Integers
    possible: np.ndarray
    left: Floats
    beyond: Floats


def _asked_above(network: StockNetwork, beyond: Floats, possible: np.ndarray) -> _Asked:
    """Follow every flow from its pool up; `beyond` (flows,) is what the way to its place leaves of its window."""
    flows, pool, rows = np.arange(len(beyond)), network.flow_pool, []
    while True:
        passes = pool >= 0
        is_fed = passes & (network.pool_above[pool] >= 0) if network.pools else passes
        time = np.where(passes, network.depot_time[pool] if network.pools else 0.0, 0.0)
        left = np.maximum(time - beyond, 0.0)
        beyond = np.where(is_fed, np.maximum(beyond - time, 0.0), 0.0)
        rows.append((flows, pool, passes & possible, left, beyond))
        if not is_fed.any():
            return _Asked(*(np.concatenate(column) for column in zip(*rows, strict=True)))
        pool = np.where(is_fed, network.pool_above[pool], -1)


def _streams(network: StockNetwork, first: Integers, mean: Floats, row_stream: Integers,
             pool_share: Floats) -> np.ndarray:
    """The table of streams, each fed by that of the pool above with what its windows leave there."""
    flows, pool = len(network.flow_rate), owners(first)
    above, fed = np.full(len(mean), -1), np.flatnonzero(network.pool_above >= 0)
    above[first[fed]] = first[network.pool_above[fed]]
    joined = np.flatnonzero(row_stream[flows:] >= 0)
    above[row_stream[joined]] = row_stream[joined + flows]
    whole, scatter, higher = mean.copy(), network.dispersion[pool], above
    while (higher >= 0).any():  # from the top down, a pool further each time
        next_up = np.where(higher >= 0, above[higher], -1)
        whole = mean + np.where(above >= 0, pool_share[pool] * whole[above], 0.0)
        scatter = np.where(above >= 0, np.maximum(scatter, scatter[above]), scatter)
        higher = next_up
    variance = network.dispersion[pool] * mean
    return _rows(_STREAM, mean, variance, above, mean, variance, whole, scatter * whole)


def _part(amount: Floats, whole: Floats) -> Floats:
    """What part of the whole is the amount? Nought of nothing."""
    return np.divide(amount, whole, out=np.zeros(len(amount)), where=whole > 0)


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
