"""Compiled loops: what given levels of a stock network hold and keep, by the exact law."""

import numpy as np
from numba import njit

from arbitre.maths.inventory import pipeline_pmf
from arbitre.optimise._stock_laws import depot_keeps, depot_laws, level_range, lower_line, mean_held


@njit(cache=True, nogil=True, error_model="numpy")
def evaluate_pools(laws, first, last, level_of, on_hand, kept):
    """What do pools first .. last - 1 do at given levels? Written in place: on_hand (slots,), kept (reads,) shares."""
    pools = len(laws.pools) - 1
    for pool in range(first, last):
        own, after, level = laws.pools[pool], laws.pools[pool + 1], level_of[pool]
        pmf, held = depot_laws(laws.streams, own.stream_first, after.stream_first, 0)
        owed = np.empty(len(held))
        for j in range(len(held)):
            shelf, mean = mean_held(held[j], level, own.lot), laws.streams[own.stream_first + j].mean
            owed[j] = max(mean - (level - (own.lot - 1) / 2.0) + shelf, 0.0)
            if j == 0:
                on_hand[pool] = shelf
        for read in range(own.read_first, after.read_first):
            source = laws.reads[read].source
            j, mean = source - own.stream_first, laws.streams[source].mean
            if laws.reads[read].size > 0:
                kept[read] = depot_keeps(mean, held[j], level, own.lot, laws.reads[read].away)
            else:
                kept[read] = 1.0 - owed[j] / mean if mean > 0.0 else 1.0
        for place in range(own.place_first, after.place_first):
            here, slot = laws.places[place], pools + place
            for row in range(here.line_first, laws.places[place + 1].line_first):
                line = laws.lines[row]
                j, stream = line.stream - own.stream_first, laws.streams[line.stream]
                width = min(level_of[slot], level_range(line, stream, here.share, 1.0, 0.0))
                cdf = _cdf_at(line, here.share, width, pmf[j], held[j], own.lot, level)
                if row == here.line_first:
                    on_hand[slot] = _shelf(cdf, level_of[slot])
                for read in range(here.read_first, laws.places[place + 1].read_first):
                    if laws.reads[read].source == row:
                        kept[read] = _place_keeps(
                            line, stream, here.share, laws.reads[read], cdf, held[j], owed[j], level, own.lot,
                            level_of[slot])


@njit(cache=True, nogil=True, error_model="numpy")
def _cdf_at(line, share, width, pmf, held, lot, level):
    """Cumulated law of a line at a level of the depot, for so many values."""
    top, lowest = len(pmf) - 1, level - lot + 1
    local = pipeline_pmf(line.mean, line.variance, width)
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
def _place_keeps(line, stream, share, read, cdf, held, owed, level, lot, place_level):
    """What a place keeps of one read: orders in time, or waiting avoided."""
    whole = line.mean + share * stream.mean
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
            kept += taken[place_level - short] * depot_keeps(stream.mean, held, level, lot, read.away - short)
    return min(kept, 1.0)
