"""Compiled loops: what given levels of a stock network hold and keep, by the exact law."""

import numpy as np
from numba import njit

from arbitre.maths.stock.inventory import pipeline_pmf
from arbitre.optimise._stock.laws import (
    depot_keeps,
    depot_laws,
    fed_below,
    fed_laws,
    largest_order,
    law_width,
    level_range,
    lower_line,
    mean_held,
)


@njit(cache=True, nogil=True, error_model="numpy")
def evaluate_trees(laws, first, last, level_of, on_hand, kept):
    """What do trees first .. last - 1 do at given levels? Written in place: on_hand (slots,), kept (reads,) shares."""
    for tree in range(first, last):
        root = laws.trees[tree]
        pmf, held = depot_laws(laws.streams, laws.pools[root].stream_first, laws.pools[root + 1].stream_first, 0)
        _evaluate_pool(laws, root, pmf, held, np.empty((len(pmf), 0)), largest_order(laws, tree), level_of, on_hand,
                       kept)


@njit(cache=True, nogil=True, error_model="numpy")
def _evaluate_pool(laws, pool, pmf, held, below, most, level_of, on_hand, kept):
    """Write what a pool does whose streams have these laws, and all pools below it."""
    own, after, level = laws.pools[pool], laws.pools[pool + 1], level_of[pool]
    owed = np.empty(len(held))
    for j in range(len(held)):
        shelf, mean = mean_held(held[j], level, own.lot), laws.streams[own.stream_first + j].mean
        owed[j] = max(mean - (level - (own.lot - 1) / 2.0) + shelf, 0.0)
        if j == 0:
            on_hand[pool] = shelf
    for read in range(own.read_first, after.read_first):
        source = laws.reads[read].source
        j, stream = source - own.stream_first, laws.streams[source]
        if laws.reads[read].size > 0:
            kept[read] = depot_keeps(stream.mean, held[j], below[j], level, own.lot, laws.reads[read].away)
        else:
            kept[read] = 1.0 - owed[j] / stream.whole if stream.whole > 0.0 else 1.0
    _evaluate_places(laws, pool, pmf, held, below, owed, level_of, on_hand, kept)
    child = pool + 1
    while child <= pool + own.below:
        streams = laws.pools[child + 1].stream_first - laws.pools[child].stream_first
        cdf = np.empty((streams, law_width(laws, child, 0)))
        for row in range(streams):
            fed = laws.streams[laws.pools[child].stream_first + row]
            j = fed.above - own.stream_first
            cdf[row] = _cdf_at(fed.own_mean, fed.own_variance, laws.pools[child].share, cdf.shape[1], pmf[j], held[j],
                               own.lot, level)
        fed_pmf, fed_held = fed_laws(laws, child, cdf, owed)
        fed_rest = fed_below(laws, child, held, below, level, own.lot, most)
        _evaluate_pool(laws, child, fed_pmf, fed_held, fed_rest, most, level_of, on_hand, kept)
        child += laws.pools[child].below + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _evaluate_places(laws, pool, pmf, held, below, owed, level_of, on_hand, kept):
    """Write what the places of a pool do; owed (streams,) by their depot."""
    own, after, level, pools = laws.pools[pool], laws.pools[pool + 1], level_of[pool], len(laws.pools) - 1
    for place in range(own.place_first, after.place_first):
        here, slot = laws.places[place], pools + place
        for row in range(here.line_first, laws.places[place + 1].line_first):
            line = laws.lines[row]
            j, stream = line.stream - own.stream_first, laws.streams[line.stream]
            width = min(level_of[slot], level_range(line, stream, here.share, 1.0, 0.0))
            cdf = _cdf_at(line.mean, line.variance, here.share, width, pmf[j], held[j], own.lot, level)
            if row == here.line_first:
                on_hand[slot] = _shelf(cdf, level_of[slot])
            for read in range(here.read_first, laws.places[place + 1].read_first):
                if laws.reads[read].source == row:
                    kept[read] = _place_keeps(
                        line, stream, here.share, laws.reads[read], cdf, held[j], below[j], owed[j], level, own.lot,
                        level_of[slot])


@njit(cache=True, nogil=True, error_model="numpy")
def _cdf_at(own_mean, own_variance, share, width, pmf, held, lot, level):
    """Cumulated law of what a depot at this level feeds, of so much own demand, for so many values."""
    top, lowest = len(pmf) - 1, level - lot + 1
    local = pipeline_pmf(own_mean, own_variance, width)
    rows = max(top - lowest + 1, 0)
    cdf = np.empty((rows, width))
    lower_line(np.zeros(width), local, np.empty(width), local, pmf, held, share, 1, top, cdf)
    # Positions above the table owe nothing.
    above, up_to, mean = max(level - max(top, lowest - 1), 0), 0.0, np.empty(width)
    for x in range(width):
        up_to += local[x]
        mean[x] = above * up_to
        for row in range(max(top - level, 0), rows):
            mean[x] += cdf[row, x]
        mean[x] /= lot
    return mean


@njit(cache=True, nogil=True, error_model="numpy")
def _shelf(cdf, level):
    """Stock on hand of a place held up to a level."""
    shelf, width = 0.0, len(cdf)
    for x in range(width):
        shelf += cdf[x]
    return shelf + (cdf[width - 1] * (level - width) if width > 0 else 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _place_keeps(line, stream, share, read, cdf, held, below, owed, level, lot, place_level):
    """What a place keeps of one read: orders in time, or waiting avoided."""
    whole = line.mean + share * stream.whole
    if whole == 0.0:
        return 1.0
    if read.size == 0:
        late = line.mean + share * owed - place_level + _shelf(cdf, place_level)
        return 1.0 - max(late, 0.0) / whole
    kept = 0.0
    if place_level >= read.size:
        kept = cdf[min(place_level - read.size, len(cdf) - 1)]
    if read.straight:
        taken = pipeline_pmf(line.mean, line.variance, place_level + 1)
        for short in range(min(read.size, place_level + 1)):
            kept += taken[place_level - short] * depot_keeps(stream.mean, held, below, level, lot, read.away - short)
    return min(kept, 1.0)
