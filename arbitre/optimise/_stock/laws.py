"""Simon's exact law of a depot and its places, level by level: what `_stock.price` and `_stock.evaluate` read.

The pipeline of a place is its own demand over the transport time plus its part of what the depot owes. With N the
depot's demand over the depot time, p its law and u(z) = 1 - share + share z the fate of one unit owed, the depot held
at position k owes the place a number with generating function (Simon 1971; Graves 1985)

    P(N <= k) + u(z) H(k),   H(k) = sum over n > k of p(n) u(z)^(n - k - 1),   H(k - 1) = p(k) + u(z) H(k).

So H, multiplied once by the law of the place's own demand, goes down from position to position with three products per
value, all positive: exact, stable, and cheaper than fitting a law at each position. More backlog only ever makes a
pipeline longer, so what a place can do without any backlog is a floor for every level of the depot.

Lots: the depot's inventory position is uniform on level - lot + 1 .. level (Hadley & Whitin 1963), so a law at a level
is the mean of the laws at its positions.

A depot that another feeds has, on order, its own demand over the way plus its part of what is owed above: the same law
again (`fed_laws`), and so down to any depth. Trees are independent: any split over threads gives the same bytes.
"""

import numpy as np
from numba import njit

from arbitre.maths.stock.echelons import local_pipeline
from arbitre.maths.stock.inventory import first_probability, law_of, next_probability, write_pmf

_CERTAIN = 1.0 - 1e-13
"""A depot owes nothing once this share of its law lies below its position."""
_VANISHED = 1e-26
_NEGLIGIBLE = 1e-10
"""Where units cost nothing, levels rise until only this share of a reward is left to gain."""


@njit(cache=True, nogil=True, error_model="numpy")
def held_at(held, position):
    """Stock on hand at a position of the depot; beyond the table each more unit stays on the shelf."""
    if position <= 0:
        return 0.0
    last = len(held) - 1
    return held[position] if position <= last else held[last] + (position - last)


@njit(cache=True, nogil=True, error_model="numpy")
def mean_held(held, level, lot):
    """Stock on hand at a level: the mean over its positions."""
    total = 0.0
    for position in range(level - lot + 1, level + 1):
        total += held_at(held, position)
    return total / lot


@njit(cache=True, nogil=True, error_model="numpy")
def depot_keeps(mean, held, below, level, lot, size):
    """Share of orders for `size` units that a stream of this mean serves in time.

    Where the depot is held lower than the order, the rest may come from further up: `below` (units,), of `fed_below`.
    """
    if level < size < len(below):
        return below[size - level]
    if mean == 0.0:
        return 1.0  # the window covers the whole depot time, or nothing is owed above
    after = level - size + 1
    return (held_at(held, after) - held_at(held, after - lot)) / lot


@njit(cache=True, nogil=True, error_model="numpy")
def depot_laws(streams, first, last, least_top):
    """Law and stock on hand of streams first .. last - 1, as far as anything is owed and one position further.

    Returns: pmf (streams, positions), held (streams, positions + 1).
    """
    top = least_top
    for stream in range(first, last):
        top = max(top, _reach(streams[stream].mean, streams[stream].variance, 1.0, 0.0, 1.0 - _CERTAIN))
    pmf, held = np.empty((last - first, top + 2)), np.empty((last - first, top + 3))
    for stream in range(first, last):
        row = stream - first
        write_pmf(streams[stream].mean, streams[stream].variance, pmf[row])
        ready, held[row, 0] = 0.0, 0.0
        for x in range(top + 2):
            ready = min(ready + pmf[row, x], 1.0)
            held[row, x + 1] = held[row, x] + ready
    return pmf, held


@njit(cache=True, nogil=True, error_model="numpy")
def lower_line(owed, trailing, total, local, pmf, held, share, lot, start, cdf):
    """Bring a line down from position `start`, writing its cumulated law at each of so many levels of the depot.

    Args: owed, H times the line's own law at `start`, and trailing, the same for the position that leaves a lot, and
    total, the sum of the laws over the positions of the last level, all written in place; local, its own law; pmf,
    held, of the stream that feeds it; cdf (rows, width), written in place.
    """
    rows, width = cdf.shape
    top = len(pmf) - 1
    for row in range(rows):
        position = start - row
        leaving = position + lot
        if lot > 1:
            gone = held[leaving + 1] - held[leaving] if leaving <= top else 1.0
            probability = pmf[leaving] if leaving <= top else 0.0
            for x in range(width - 1, -1, -1):
                passed = (1.0 - share) * trailing[x] + (share * trailing[x - 1] if x > 0 else 0.0)
                total[x] -= gone * local[x] + passed
                trailing[x] = probability * local[x] + passed
        ready, probability = held[position + 1] - held[position], pmf[position]
        for x in range(width - 1, -1, -1):
            passed = (1.0 - share) * owed[x] + (share * owed[x - 1] if x > 0 else 0.0)
            law = ready * local[x] + passed
            total[x] = total[x] + law if lot > 1 else law
            owed[x] = probability * local[x] + passed
        up_to = 0.0
        for x in range(width):
            up_to += total[x]
            cdf[row, x] = up_to / lot


@njit(cache=True, nogil=True, error_model="numpy")
def law_width(laws, pool, today):
    """How many values do the laws of the streams of a fed pool need, even if nothing is held above it?"""
    top = today
    for stream in range(laws.pools[pool].stream_first, laws.pools[pool + 1].stream_first):
        asked = laws.streams[stream]
        top = max(top, _reach(asked.whole, asked.whole_variance, 1.0, 0.0, 1.0 - _CERTAIN))
    return top + 2


@njit(cache=True, nogil=True, error_model="numpy")
def fed_laws(laws, pool, cdf, owed):
    """Law and stock on hand of the streams of a fed pool, and their mean and variance into `laws.streams`.

    Args: cdf (streams, width), their cumulated laws at the level of the depot above; owed (streams above,) by it.
    Returns: pmf (streams, width), held (streams, width + 1), as `depot_laws`.
    """
    own, width = laws.pools[pool], cdf.shape[1]
    pmf, held = np.empty(cdf.shape), np.zeros((len(cdf), width + 1))
    for row in range(len(cdf)):
        stream = own.stream_first + row
        mean, square, before = laws.streams[stream].own_mean, 0.0, 0.0
        if len(owed):
            above = laws.streams[stream].above
            mean += own.share * owed[above - first_stream_above(laws, pool)]
        for x in range(width):
            ready = min(max(cdf[row, x], before), 1.0)
            pmf[row, x] = ready - before
            held[row, x + 1] = held[row, x] + ready
            square += x * x * pmf[row, x]
            before = ready
        laws.streams[stream].mean = mean
        laws.streams[stream].variance = max(square - mean * mean, mean)
    return pmf, held


@njit(cache=True, nogil=True, error_model="numpy")
def fed_below(laws, pool, held, below, level, lot, most):
    """What part of orders does a fed pool hand on in time that holds so many units less than they need?

    An order that its window lets come straight from the depot above is served there, or further up: it is kept when the
    depots it passes hold all its units together and nobody before it is owed any (Simon 1971, for the last one to ask).
    Args: held (streams above, positions), below (streams above, units), level, lot, of the depot above; most, the
    largest order in units. Returns (streams, most + 1).
    """
    own, first = laws.pools[pool], first_stream_above(laws, pool)
    found = np.zeros((laws.pools[pool + 1].stream_first - own.stream_first, most + 1))
    for row in range(len(found)):
        stream = laws.streams[own.stream_first + row]
        if stream.own_mean == 0.0:
            above = stream.above - first
            for units in range(1, most + 1):
                found[row, units] = depot_keeps(laws.streams[stream.above].mean, held[above], below[above], level, lot,
                                                units)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def largest_order(laws, tree):
    """The largest order in units that any pool of a tree or its places are asked for; 0 without fed pools."""
    first, last = laws.trees[tree], laws.trees[tree + 1]
    largest = 0
    if last - first > 1:
        for read in range(laws.pools[first].read_first, laws.pools[last].read_first):
            largest = max(largest, laws.reads[read].size)
        for read in range(laws.places[laws.pools[first].place_first].read_first,
                          laws.places[laws.pools[last].place_first].read_first):
            largest = max(largest, laws.reads[read].size)
    return largest


@njit(cache=True, nogil=True, error_model="numpy")
def first_stream_above(laws, pool):
    """The first stream of the pool that feeds this one: the first streams feed each other."""
    return laws.streams[laws.pools[pool].stream_first].above


@njit(cache=True, nogil=True, error_model="numpy")
def level_range(line, stream, share, reward, unit_cost):
    """How many levels of a place may be worth looking at: a guess, as what lies beyond is bounded afterwards.

    Args: line, stream, rows of `Laws`.
    """
    mean, variance = local_pipeline(line.mean, line.variance, share, stream.mean, stream.variance)
    return _reach(mean, variance, reward, unit_cost, _NEGLIGIBLE)


@njit(cache=True, nogil=True, error_model="numpy")
def _reach(mean, variance, reward, unit_cost, negligible):
    """First level above the mean of a pipeline where what is left of a reward is not worth one more unit."""
    growth, trend, log_p = law_of(mean, variance)
    p, ready, level = first_probability(log_p), 0.0, 0
    while level <= mean or (
        reward * (1.0 - ready) > unit_cost * ready + negligible * reward and p > _VANISHED
    ):
        ready += p
        p, log_p = next_probability(p, log_p, growth, trend, float(level))
        level += 1
    return level
