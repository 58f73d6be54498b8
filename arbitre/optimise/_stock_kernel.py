"""Compiled loops behind `_stock_pools`: price and evaluate every pool of a stock network.

Two things are shared so that nothing is computed twice. A *stream* is the depot's demand over one (possibly shortened)
depot time; all windows that shorten it equally read the same stream, and the first stream of a pool is the full time. A
*line* is the pipeline of a place over one residual transport time, fed by the backlog of one stream; the first line of
a place is its full pipeline, which sets its stock on hand. A line without residual transport time belongs to windows
that the depot can still keep when the place holds nothing.

Pools are independent: any split of the range of pools over threads gives the same bytes.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from arbitre.maths.echelons import backlog_pmf, exact_place_measures, local_pipeline
from arbitre.maths.inventory import (
    BACKORDERS,
    BACKORDERS_SQUARED,
    ON_HAND,
    READY,
    WALK_WIDTH,
    depot_measures,
    start_walk,
    step_walk,
    stock_measures,
)

_NEGLIGIBLE = 1e-10
"""Levels rise no further once only this share of a reward is left to gain. The floor counts it as gained."""
_HIGHEST_LEVEL = 10_000_000
"""Where an enumeration ends whatever happens; the floor stays proven, as it then counts everything beyond as gained."""


class Network(NamedTuple):
    """Stock pools as the kernel reads them; `_first` arrays lead from a pool or place to its streams, places, lines."""

    unit_cost: np.ndarray  # (pools,) money per year for a unit on hand
    lot: np.ndarray  # (pools,) units per order of the depot
    stream_first: np.ndarray  # (pools + 1,)
    place_first: np.ndarray  # (pools + 1,)
    line_first: np.ndarray  # (places + 1,)
    stream_mean: np.ndarray  # (streams,) depot demand over the stream's time, mean
    stream_variance: np.ndarray  # (streams,) and variance
    line_mean: np.ndarray  # (lines,) place demand over the residual time, mean
    line_variance: np.ndarray  # (lines,) and variance
    line_share: np.ndarray  # (lines,) share of the place in the depot's demand
    line_stream: np.ndarray  # (lines,) the stream whose backlog feeds it


@njit(cache=True, nogil=True, error_model="numpy")
def _average_positions(walks, sums, measures, streams, level, lot):
    """Bring `measures` (ready, backlog, its variance, on hand; per stream) to this level: means over the positions.

    The leading walks stand at the highest position; for lots, `sums` holds the totals over the positions, and a second
    set of walks trails at the position that leaves.
    """
    for j in range(streams):
        if lot == 1:
            ready, backlog = walks[j, READY], walks[j, BACKORDERS]
            squared, on_hand = walks[j, BACKORDERS_SQUARED], walks[j, ON_HAND]
        else:
            trail = streams + j
            leaves = level >= lot
            for m in range(4):
                sums[j, m] += walks[j, READY + m]
                if leaves:
                    sums[j, m] -= walks[trail, READY + m]
            if leaves:
                step_walk(walks, trail)
            positions = min(level + 1, lot)
            ready, backlog = sums[j, 0] / positions, sums[j, 1] / positions
            squared, on_hand = sums[j, 2] / positions, sums[j, 3] / positions
        measures[j, 0] = ready
        measures[j, 1] = backlog
        measures[j, 2] = max(squared - backlog * backlog, 0.0)
        measures[j, 3] = on_hand


@njit(cache=True, nogil=True, error_model="numpy")
def _depot_keeps(net, stream, ready, level, lot):
    """Share of requests the depot serves within the stream's window.

    A position of nought means ordered on demand: in time only if the window leaves no depot time over.
    """
    on_demand = 1.0 / (level + 1) if level < lot else 0.0
    return ready + on_demand if net.stream_mean[stream] == 0.0 else ready


@njit(cache=True, nogil=True, error_model="numpy")
def _price_place(net, pool, place, rewards, reward_all, keeps, measures, walks, row):
    """Cheapest level of a place, the depot's being fixed. Returns objective, level, and a floor under every level."""
    first, last = net.line_first[place], net.line_first[place + 1]
    stream_base = net.stream_first[pool]
    reward = 0.0
    for line in range(first, last):
        j = net.line_stream[line] - stream_base
        mean, variance = local_pipeline(
            net.line_mean[line], net.line_variance[line], net.line_share[line], measures[j, 1], measures[j, 2]
        )
        start_walk(walks, row + line - first, mean, variance)
        if net.line_mean[line] == 0.0:
            reward += rewards[line] * keeps[j]
    best, best_level, cost = np.inf, 0, 0.0
    # The ready rate is not concave: a level that does not pay says nothing about the next. Only the cost of stock does.
    for level in range(_HIGHEST_LEVEL):
        if cost - reward < best:
            best, best_level = cost - reward, level
        reward_left = reward_all - reward
        reward = 0.0
        for line in range(first, last):
            if rewards[line] > 0.0 or line == first:
                step_walk(walks, row + line - first)
                reward += rewards[line] * walks[row + line - first, READY]
        cost = net.unit_cost[pool] * walks[row, ON_HAND]
        if cost - reward_all >= best or reward_left <= _NEGLIGIBLE * reward_all:
            break
    return best, best_level, min(best, cost - reward_all)


@njit(cache=True, nogil=True, error_model="numpy")
def _price_places(net, pool, line_rewards, place_rewards, keeps, measures, walks, levels, objective, reward_left, best):
    """Add the best of every place to the depot's objective; give up as soon as `best` is out of reach.

    Returns objective (infinite when given up) and floor.
    """
    row = 2 * (net.stream_first[pool + 1] - net.stream_first[pool])
    floor = objective
    for place in range(net.place_first[pool], net.place_first[pool + 1]):
        slot = place - net.place_first[pool]
        levels[slot] = 0
        if place_rewards[place] <= 0.0:
            continue
        value, levels[slot], least = _price_place(
            net, pool, place, line_rewards, place_rewards[place], keeps, measures, walks, row
        )
        objective += value
        floor += least
        reward_left -= place_rewards[place]
        if floor - reward_left >= best:
            return np.inf, floor - reward_left
    return objective, floor


@njit(cache=True, nogil=True, error_model="numpy")
def _price_pool(net, pool, stream_rewards, line_rewards, place_rewards, depot_level, place_level, work):
    """Write the cheapest levels of one pool into depot_level and place_level. Returns the floor of its objective."""
    walks, sums, measures, keeps, levels = work
    base, streams = net.stream_first[pool], net.stream_first[pool + 1] - net.stream_first[pool]
    lot, cost_rate = net.lot[pool], net.unit_cost[pool]
    depot_level[pool] = 0
    local, reward_all = 0.0, 0.0
    for place in range(net.place_first[pool], net.place_first[pool + 1]):
        place_level[place] = 0
        local += place_rewards[place]
    for j in range(streams):
        reward_all += stream_rewards[base + j]
    reward_all += local
    if reward_all <= 0.0:
        return 0.0
    for j in range(streams):
        start_walk(walks, j, net.stream_mean[base + j], net.stream_variance[base + j])
        start_walk(walks, streams + j, net.stream_mean[base + j], net.stream_variance[base + j])
        for m in range(4):
            sums[j, m] = 0.0
    best, floor = np.inf, np.inf
    for level in range(_HIGHEST_LEVEL):
        _average_positions(walks, sums, measures, streams, level, lot)
        objective = cost_rate * measures[0, 3]
        if objective - reward_all >= best or best + reward_all <= _NEGLIGIBLE * reward_all:
            break
        for j in range(streams):
            keeps[j] = _depot_keeps(net, base + j, measures[j, 0], level, lot)
            objective -= stream_rewards[base + j] * keeps[j]
        objective, least = _price_places(
            net, pool, line_rewards, place_rewards, keeps, measures, walks, levels, objective, local, best
        )
        floor = min(floor, least)
        if objective < best:
            best = objective
            depot_level[pool] = level
            for place in range(net.place_first[pool], net.place_first[pool + 1]):
                place_level[place] = levels[place - net.place_first[pool]]
        for j in range(streams):
            step_walk(walks, j)
    # Stock at the depot only grows dearer from the last level on, and no level can earn more than everything.
    return min(floor, best, cost_rate * measures[0, 3] - reward_all)


@njit(cache=True, nogil=True, error_model="numpy")
def price_pools(net, first, last, stream_rewards, line_rewards, place_rewards, depot_level, place_level, floor):
    """Cheapest levels and floors of pools first .. last - 1.

    Args: what streams, lines and places would earn (money per year) if all they are asked were kept.
    Written in place: depot_level (pools,), place_level (places,), floor (pools,).
    """
    streams, places, lines = 1, 1, 1
    for pool in range(first, last):
        streams = max(streams, net.stream_first[pool + 1] - net.stream_first[pool])
        places = max(places, net.place_first[pool + 1] - net.place_first[pool])
        for place in range(net.place_first[pool], net.place_first[pool + 1]):
            lines = max(lines, net.line_first[place + 1] - net.line_first[place])
    work = (
        np.empty((2 * streams + lines, WALK_WIDTH)),
        np.empty((streams, 4)),
        np.empty((streams, 4)),
        np.empty(streams),
        np.empty(places, np.int64),
    )
    for pool in range(first, last):
        floor[pool] = _price_pool(
            net, pool, stream_rewards, line_rewards, place_rewards, depot_level, place_level, work
        )


@njit(cache=True, nogil=True, error_model="numpy")
def evaluate_pools(net, first, last, depot_level, place_level, depot_held, place_held, stream_kept, line_kept):
    """What do pools first .. last - 1 do at given levels, places by VARI-METRIC?

    Written in place: units on hand at depots and places, share kept per stream and per line.
    """
    for pool in range(first, last):
        level, lot, base = depot_level[pool], net.lot[pool], net.stream_first[pool]
        streams = net.stream_first[pool + 1] - base
        owed = np.empty((streams, 2))
        for j in range(streams):
            mean, variance = net.stream_mean[base + j], net.stream_variance[base + j]
            ready, owed[j, 0], owed[j, 1], held = depot_measures(mean, variance, level, lot)
            stream_kept[base + j] = _depot_keeps(net, base + j, ready, level, lot)
            if j == 0:
                depot_held[pool] = held
        for place in range(net.place_first[pool], net.place_first[pool + 1]):
            for line in range(net.line_first[place], net.line_first[place + 1]):
                stream = net.line_stream[line]
                mean, variance = local_pipeline(
                    net.line_mean[line],
                    net.line_variance[line],
                    net.line_share[line],
                    owed[stream - base, 0],
                    owed[stream - base, 1],
                )
                ready, _, _, held = stock_measures(mean, variance, place_level[place])
                if line == net.line_first[place]:
                    place_held[place] = held
                passed_on = place_level[place] == 0 and net.line_mean[line] == 0.0
                line_kept[line] = stream_kept[stream] if passed_on else ready


@njit(cache=True, nogil=True, error_model="numpy")
def evaluate_places_exactly(net, first, last, depot_level, place_level, place_held, stream_kept, line_kept):
    """Overwrite what `evaluate_pools` found at places, and its shares kept per line, by Simon's exact law."""
    for pool in range(first, last):
        level, lot = depot_level[pool], net.lot[pool]
        for stream in range(net.stream_first[pool], net.stream_first[pool + 1]):
            backlog = backlog_pmf(net.stream_mean[stream], net.stream_variance[stream], level, lot)
            _, owed, _, _ = depot_measures(net.stream_mean[stream], net.stream_variance[stream], level, lot)
            for place in range(net.place_first[pool], net.place_first[pool + 1]):
                held_up_to = place_level[place]
                for line in range(net.line_first[place], net.line_first[place + 1]):
                    if net.line_stream[line] != stream:
                        continue
                    mean, share = net.line_mean[line], net.line_share[line]
                    ready, backorders = exact_place_measures(
                        mean, net.line_variance[line], backlog, share, owed, held_up_to
                    )
                    if line == net.line_first[place]:
                        place_held[place] = max(held_up_to - mean - share * owed + backorders, 0.0)
                    passed_on = held_up_to == 0 and mean == 0.0
                    line_kept[line] = stream_kept[stream] if passed_on else ready
