"""Compiled loops: the cheapest levels of a depot and its places at given worths, and a proven floor.

All levels of the depot are looked at from the highest that can matter down, a block at a time; at each, every place
takes its cheapest level. A level of the depot whose floor is above the best objective found is passed over.
"""

import numpy as np
from numba import njit

from arbitre.maths.stock.inventory import write_pmf
from arbitre.optimise._stock.laws import depot_keeps, held_at, level_range, lower_line, mean_held

NO_BACKLOG = 1e-3
"""While all that backlog can cost is this part of a unit, only the floor of a level is looked at."""
BLOCK = 32
"""Levels of the depot looked at in one go."""
_UNBOUNDED = 1 << 40
"""A depot level at which nothing is ever owed."""


@njit(cache=True, nogil=True, error_model="numpy")
def price_pool(laws, pool, pmf, held, below, rewards, before, change, level_of):
    """Write the cheapest levels of a pool without pools below it into level_of (slots,). Returns the floor.

    Args: pmf, held, below (streams, ...), of `_stock.laws`; rewards (reads,), what each read would earn (money per
    year) if all of it were kept; before (slots,), levels today; change, money per year for each level that differs.
    """
    own, after, pools = laws.pools[pool], laws.pools[pool + 1], len(laws.pools) - 1
    level_of[pool] = own.lot - 1
    for place in range(own.place_first, after.place_first):
        level_of[pools + place] = 0
    earns, alone, offset, local = _open_places(laws, pool, below, rewards, before, change)
    reward_all, share, rest = 0.0, 0.0, 0.0
    for read in range(own.read_first, after.read_first):
        reward_all += rewards[read]
    for index in range(len(earns)):
        reward_all += earns[index]
        rest += alone[index]
        share += laws.places[own.place_first + index].share if earns[index] > 0.0 else 0.0
    if reward_all <= 0.0 and own.lot == 1 and (change == 0.0 or before[pool] == 0):
        return 0.0
    state = np.zeros((3, len(local)))  # what is owed, what leaves a lot, and the sum over its positions
    for x in range(len(local)):
        state[2, x] = local[x] * own.lot
    found = np.zeros((len(earns), BLOCK), np.int64)
    best, floor = np.inf, np.inf
    for start in range(pmf.shape[1] - 1, -1, -BLOCK):
        level, owed, objective, under, least = price_depot(
            laws, pool, rewards, held, below, start, before[pool], change, share, rest)
        skip = rows_to_skip(held[0], start, least, best, level, before[pool], NO_BACKLOG * own.unit_cost / reward_all)
        for row in range(skip):
            floor = min(floor, least[row])
        _price_places(
            laws, pool, rewards, before, change, earns, offset, local, state, pmf, held, below, owed, start, skip,
            objective, under, found)
        for row in range(skip, len(level)):
            floor = min(floor, under[row])
            if objective[row] < best:
                best, level_of[pool] = objective[row], level[row]
                for index in range(len(earns)):
                    level_of[pools + own.place_first + index] = found[index, row]
    return min(floor, best)


@njit(cache=True, nogil=True, error_model="numpy")
def _open_places(laws, pool, below, rewards, before, change):
    """What do the places of a pool ask for?

    Returns: earns (places,), the most they can earn; alone (places,), a floor of what they add to the objective
    whatever the depot holds; offset (lines + 1,) and local, the laws of the lines' own demand, one after the other.
    """
    first_place, last_place, pools = laws.pools[pool].place_first, laws.pools[pool + 1].place_first, len(laws.pools) - 1
    first_line, unit_cost = laws.places[first_place].line_first, laws.pools[pool].unit_cost
    earns, alone = np.zeros(last_place - first_place), np.zeros(last_place - first_place)
    offset = np.zeros(laws.places[last_place].line_first - first_line + 1, np.int64)
    for place in range(first_place, last_place):
        own, after, index = laws.places[place], laws.places[place + 1], place - first_place
        largest, width = 1, 0
        for read in range(own.read_first, after.read_first):
            earns[index] += rewards[read]
            largest = max(largest, laws.reads[read].size)
        today = before[pools + place] if change > 0.0 else 0
        if earns[index] > 0.0 or today > 0:
            line = laws.lines[own.line_first]
            stream = laws.streams[line.stream]
            width = level_range(line, stream, own.share, earns[index], unit_cost) + largest
            if unit_cost * (today - line.mean - own.share * stream.mean) < earns[index] + change:
                width = max(width, today)
            earns[index] = max(earns[index], 1e-300)
        for row in range(own.line_first - first_line, after.line_first - first_line):
            offset[row + 1] = offset[row] + width
    local = np.empty(offset[-1])
    for row in range(len(offset) - 1):
        line = laws.lines[first_line + row]
        write_pmf(line.mean, line.variance, local[offset[row] : offset[row + 1]])
    _price_alone(laws, pool, below, rewards, before, change, earns, offset, local, alone)
    return earns, alone, offset, local


@njit(cache=True, nogil=True, error_model="numpy")
def _price_alone(laws, pool, below, rewards, before, change, earns, offset, local, alone):
    """Write a floor of what each place adds, by its law without any backlog."""
    streams = laws.pools[pool + 1].stream_first - laws.pools[pool].stream_first
    held, owed, start = np.zeros((streams, 1)), np.zeros((streams, 1)), _UNBOUNDED
    best, found, lines = np.zeros(1), np.zeros(1, np.int64), laws.places[laws.pools[pool].place_first].line_first
    for index in range(len(earns)):
        place = laws.pools[pool].place_first + index
        if earns[index] > 0.0:
            first, last = laws.places[place].line_first - lines, laws.places[place + 1].line_first - lines
            cdf = np.empty((last - first, 1, offset[first + 1] - offset[first]))
            for line in range(first, last):
                up_to = 0.0
                for x in range(offset[line], offset[line + 1]):
                    up_to += local[x]
                    cdf[line - first, 0, x - offset[line]] = up_to
            _price_place(laws, pool, place, rewards, cdf, offset, local, held, below, owed, start, 1, 0, before, change,
                         best, alone[index : index + 1], found)


@njit(cache=True, nogil=True, error_model="numpy")
def price_depot(laws, pool, rewards, held, below, start, before, change, backlog_share, rest):
    """What does the depot alone add at the levels from position `start` down?

    What is owed to places is on their orders and not on their shelves: held up to s, their stock on hand is s - own
    demand - share x owed + backorders, and neither backorders nor lateness are less than without any backlog.
    Args: rest, what the places add without any backlog.
    Returns: level (rows,); owed (streams, rows); the depot's part of the objective (rows,), twice; least (rows,), a
    floor of the whole.
    """
    own, rows = laws.pools[pool], min(BLOCK, start + 1)
    level, owed = np.empty(rows, np.int64), np.empty((len(held), rows))
    depot, under, least = np.empty(rows), np.empty(rows), np.empty(rows)
    for j in range(len(held)):
        shelf, mean = own.lot * mean_held(held[j], start + own.lot, own.lot), laws.streams[own.stream_first + j].mean
        for row in range(rows):
            level[row] = start - row + own.lot - 1
            shelf += held_at(held[j], start - row) - held_at(held[j], level[row] + 1)
            owed[j, row] = max(mean - (level[row] - (own.lot - 1) / 2.0) + shelf / own.lot, 0.0)
            if j == 0:
                depot[row] = own.unit_cost * shelf / own.lot + (change if level[row] != before else 0.0)
    for read in range(own.read_first, laws.pools[pool + 1].read_first):
        source, away = laws.reads[read].source, laws.reads[read].away
        j, mean, whole = source - own.stream_first, laws.streams[source].mean, laws.streams[source].whole
        if rewards[read] > 0.0:
            for row in range(rows):
                if laws.reads[read].size > 0:
                    depot[row] -= rewards[read] * depot_keeps(mean, held[j], below[j], level[row], own.lot, away)
                else:
                    depot[row] -= rewards[read] * (1.0 - owed[j, row] / whole if whole > 0.0 else 1.0)
    for row in range(rows):
        least[row] = depot[row] - own.unit_cost * backlog_share * owed[0, row] + rest
        under[row] = depot[row]
    return level, owed, depot, under, least


@njit(cache=True, nogil=True, error_model="numpy")
def rows_to_skip(held, start, least, best, level, before, negligible):
    """How many of the first rows need no look at their places.

    Either their floors lie above the best objective known, or the next row is as good and cheaper: so little is owed
    there that all it can cost is a small part of a unit.
    """
    rows = len(level)
    for row in range(rows):
        position = start - row
        owes = 1.0 - (held_at(held, position) - held_at(held, position - 1))
        if position == 0 or level[row] == before or (least[row] < best and owes >= negligible):
            return row
    return rows


@njit(cache=True, nogil=True, error_model="numpy")
def _price_places(
    laws, pool, rewards, before, change, earns, offset, local, state, pmf, held, below, owed, start, skip,
    objective, under, found
):
    """Bring all places of a pool down by so many levels of the depot and add their best, rows from `skip` on."""
    own, rows = laws.pools[pool], len(objective)
    lines = laws.places[own.place_first].line_first
    for index in range(len(earns)):
        if earns[index] <= 0.0:
            continue
        place = own.place_first + index
        first, last = laws.places[place].line_first - lines, laws.places[place + 1].line_first - lines
        cdf = np.empty((last - first, rows, offset[first + 1] - offset[first]))
        for line in range(first, last):
            a, b, j = offset[line], offset[line + 1], laws.lines[lines + line].stream - own.stream_first
            lower_line(state[0, a:b], state[1, a:b], state[2, a:b], local[a:b], pmf[j], held[j],
                       laws.places[place].share, own.lot, start, cdf[line - first])
        if skip < rows:
            _price_place(laws, pool, place, rewards, cdf, offset, local, held, below, owed, start, own.lot, skip,
                         before, change, objective, under, found[index])


@njit(cache=True, nogil=True, error_model="numpy")
def _price_place(
    laws, pool, place, rewards, cdf, offset, local, held, below, owed, start, lot, skip, before, change, objective,
    under, found,
):
    """Add the best of one place at several levels of the depot, rows from `skip` on.

    Args: cdf (lines, rows, width); offset, local, of `_open_places`; held (streams, positions); owed (streams, rows) by
    the depot; start, the lowest position of the first row. Written in place: objective, under, found (rows,).
    """
    own, slot = laws.places[place], len(laws.pools) - 1 + place
    first_stream, unit_cost = laws.pools[pool].stream_first, laws.pools[pool].unit_cost
    rows, width = cdf.shape[1], cdf.shape[2]
    value, left = np.empty((rows, width + 1)), np.zeros(rows)
    for row in range(skip, rows):
        shelf = 0.0
        for s in range(width):
            value[row, s] = unit_cost * shelf
            shelf += cdf[0, row, s]
        value[row, width] = unit_cost * shelf
    for read in range(own.read_first, laws.places[place + 1].read_first):
        reward, source, size = rewards[read], laws.reads[read].source, laws.reads[read].size
        if reward <= 0.0:
            continue
        line = laws.lines[source]
        law, j, stream = cdf[source - own.line_first], line.stream - first_stream, laws.streams[line.stream]
        whole = line.mean + own.share * stream.whole
        if whole == 0.0:
            _earn_always(value, reward, skip)
        elif size == 0:
            _earn_waiting(value, law, reward, line.mean, own.share, owed[j], whole, skip, left)
        else:
            _earn_orders(value, law, reward, size, skip, left)
            if laws.reads[read].straight:
                row = source - laws.places[laws.pools[pool].place_first].line_first
                a, b = offset[row], offset[row] + 1 if line.mean == 0.0 else offset[row + 1]
                _earn_straight(value, local[a:b], held[j], below[j], start, lot, stream.mean, reward,
                               laws.reads[read], skip)
    for row in range(skip, rows):
        best, level = np.inf, 0
        for s in range(width + 1):
            amount = value[row, s] + (change if s != before[slot] else 0.0)
            if amount < best:
                best, level = amount, s
        objective[row] += best
        # Every level beyond costs at least one more unit most of the time, and gains at most what is left.
        dearer = unit_cost * min(cdf[0, row, width - 1], 1.0) if width > 0 else 0.0
        dearer += change if before[slot] <= width else 0.0
        under[row] += min(best, value[row, width] + dearer - left[row])
        found[row] = level


@njit(cache=True, nogil=True, error_model="numpy")
def _earn_always(value, reward, skip):
    """Take off what is earned whatever is held: the window covers all the time there is."""
    for row in range(skip, len(value)):
        for s in range(value.shape[1]):
            value[row, s] -= reward


@njit(cache=True, nogil=True, error_model="numpy")
def _earn_orders(value, cdf, reward, size, skip, left):
    """Take off what orders of a size earn, and add to `left` (rows,) what the last level still leaves to earn."""
    rows, width = cdf.shape
    for row in range(skip, rows):
        for s in range(size, width + 1):
            value[row, s] -= reward * cdf[row, s - size]
        left[row] += reward * (1.0 - (cdf[row, width - size] if width >= size else 0.0))


@njit(cache=True, nogil=True, error_model="numpy")
def _earn_straight(value, taken, held, below, start, lot, mean, reward, read, skip):
    """Take off what orders that come straight from the depot in time earn where the place has taken all it holds.

    Args: taken (width,), the law of what the place has taken: so much, and `short` units of the order fail to come.
    """
    for row in range(skip, len(value)):
        for short in range(read.size):
            earned = reward * depot_keeps(mean, held, below, start - row + lot - 1, lot, read.away - short)
            for s in range(short, min(short + len(taken), value.shape[1])):
                value[row, s] -= earned * taken[s - short]


@njit(cache=True, nogil=True, error_model="numpy")
def _earn_waiting(value, cdf, reward, local_mean, share, owed, whole, skip, left):
    """Take off what the waiting avoided earns; owed (rows,) by the depot; whole, the waiting with no stock anywhere."""
    rows, width = cdf.shape
    for row in range(skip, rows):
        shelf, kept = 0.0, 0.0
        for s in range(width + 1):
            kept = 1.0 - max(local_mean + share * owed[row] - s + shelf, 0.0) / whole
            value[row, s] -= reward * kept
            if s < width:
                shelf += cdf[row, s]
        left[row] += reward * (1.0 - kept)
