"""How much of what tours bring is packed by a cut-off? Compiled.

Loads come to a line of heads at random minutes, each once; what is present is worked off, and what is still there at
the cut-off has missed it. The law of what is present is carried from minute to minute (the recursion of D. V. Lindley,
Proceedings of the Cambridge Philosophical Society 48 (1952) 277-289), jointly with which of the loads that may still
come have come: a load that has come comes no more, so its minutes are no Poisson stream. In a minute, s heads with n
present finish

    floor of the running sum of (1 - c²) s / work, and, if n > s, a Poisson number of mean c² s / work,
    else each of the n with chance 1 - exp(-c² / work),

which has mean and variance of a renewal stream of s heads in the long run (variance to mean c², the squared spread of
work) and is exact for exponential work (c = 1) but for the minute in which n passes s; minutes should be no longer
than half the work. Heads that begin together finish (1 - c²) / 2 of a case less, each, than that (D. R. Cox, Renewal
Theory, 1962, section 4.2), so a cut-off comes `lag` sooner. A spread above 1 is taken as 1. Sizes of loads are laws on
whole numbers. Nothing is drawn.

A load marked `tagged` is followed to its end, first come, first served: after it has come, other loads bring only what
goes before it (`after`), so an empty line says that all of it is done.

Units: minutes, cases. Minute t is from t to t + 1; loads that come in it are there from t on.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.stats import poisson

Floats = NDArray[np.float64]

MOST_LOADS = 20
"""Loads that one line is planned with: what is known is which of them have come."""
_LEAST = 1e-6
"""Chances below this are left out."""
_ROWS = 8192
_FEW = 9.0
"""Up to this mean a Poisson size is written out; above, three points stand for it, as Gauss and Hermite place them."""


def lag(work: float, spread: float) -> float:
    """Return the time by which heads that begin together are behind a stream that has always run."""
    return work * (1.0 - min(spread, 1.0)**2) / 2.0


def sizes(mean: float) -> tuple[Floats, Floats]:
    """Return whole numbers and their chances, with the mean and variance of a Poisson number of cases."""
    if mean <= _FEW:
        last = int(poisson.isf(_LEAST, mean)) + 1 if mean > 0 else 0
        chance = poisson.pmf(np.arange(last + 1), mean)
        return np.arange(last + 1.0), chance / chance.sum()
    middle, apart = round(mean), round(np.sqrt(3.0 * mean))
    beyond = mean - middle
    both, more = (mean + beyond**2) / apart**2, beyond / apart
    return (np.array([middle - apart, middle, middle + apart], float),
            np.array([(both - more) / 2.0, 1.0 - both, (both + more) / 2.0]))


def laws_of_sizes(means: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Return sizes and chances (loads, points) of Poisson loads of these means (loads,), padded with chance 0."""
    told = [sizes(float(mean)) for mean in means]
    width = max((len(size) for size, _ in told), default=1)
    size, chance = np.zeros((len(told), width), np.int64), np.zeros((len(told), width))
    for row, (points, weights) in enumerate(told):
        size[row, :len(points)], chance[row, :len(points)] = points, weights
    return size, chance


@njit(cache=True, nogil=True, error_model="numpy")
def present_law(heads, work, spread, comes, size, chance, after_size, after_chance, stream, stream_after, tagged, room):
    """Carry the law of what is present from minute to minute.

    Args: heads (minutes,); work, mean minutes of one head on one case; comes (loads, minutes), the chance that a load
    comes in each minute, at most 1 in all; size, chance (loads, points) how much it brings, and after_* once the tagged
    load has come; stream, stream_after (minutes,), Poisson arrivals besides; tagged, a load, or -1; room, most present.
    Returns: mean (minutes + 1,), cases present when each minute begins; clear (minutes + 1,), the chance that all loads
    (or the tagged one) have come and nobody is present; law (room + 1,) at the end. Empty when too many loads may come
    at once to be told apart.
    """
    loads, minutes = comes.shape
    rows = min(_ROWS, 1 << loads)
    law, subset, row_of = np.zeros((rows, room + 1)), np.zeros(rows, np.int64), np.full(1 << loads, -1, np.int64)
    high = np.zeros(rows, np.int64)
    law[0, 0], row_of[0], count = 1.0, 0, 1
    left = np.ones(loads)
    mean, clear = np.zeros(minutes + 1), np.zeros(minutes + 1)
    most = heads.max() if minutes else 0
    busy = _poisson_rows(most, min(spread, 1.0)**2 / work)
    few = _binomial_rows(most, 1.0 - np.exp(-min(spread, 1.0)**2 / work))
    steady, done = (1.0 - min(spread, 1.0)**2) / work, 0.0
    fresh = np.zeros(room + 1)
    everyone = (1 << loads) - 1
    for t in range(minutes + 1):
        for row in range(count):
            is_in = subset[row] == everyone if tagged < 0 else (subset[row] >> tagged) & 1 == 1
            if is_in:
                clear[t] += law[row, 0]
            for n in range(1, high[row] + 1):
                mean[t] += n * law[row, n]
        if t == minutes:
            break
        for load in range(loads):
            if comes[load, t] <= 0.0:
                continue
            hazard = min(comes[load, t] / max(left[load], _LEAST), 1.0)
            left[load] -= comes[load, t]
            for row in range(count):
                if (subset[row] >> load) & 1 == 1:
                    continue
                target = subset[row] | (1 << load)
                to = row_of[target]
                if to < 0:
                    if count == rows:
                        return np.zeros(0), np.zeros(0), np.zeros(0)
                    to, row_of[target], subset[count] = count, count, target
                    law[to], high[to] = 0.0, 0
                    count += 1
                is_after = tagged >= 0 and (subset[row] >> tagged) & 1 == 1
                jump, weight = (after_size[load], after_chance[load]) if is_after else (size[load], chance[load])
                high[to] = max(high[to], _come(law[row], law[to], high[row], hazard, jump, weight))
        before, done = int(done + 1e-9), done + heads[t] * steady
        regular = int(done + 1e-9) - before
        row = 0
        while row < count:
            rate = stream_after[t] if tagged >= 0 and (subset[row] >> tagged) & 1 == 1 else stream[t]
            if rate > 0.0:
                high[row] = _joined(law[row], high[row], rate, fresh)
            total = _worked(law[row], high[row], heads[t], regular, busy, few, fresh)
            while high[row] > 0 and law[row, high[row]] < 1e-15:
                high[row] -= 1
            row += 1
            if total < _LEAST:  # hardly ever so: forget it, and let the last row take its place
                row, count = row - 1, count - 1
                row_of[subset[row]] = -1
                if row < count:
                    law[row], subset[row], high[row] = law[count], subset[count], high[count]
                    row_of[subset[row]] = row
    last = np.zeros(room + 1)
    for row in range(count):
        last += law[row]
    return mean, clear, last


@njit(cache=True, nogil=True, error_model="numpy")
def _come(law, with_it, high, hazard, jump, weight):
    """Let a load come with a chance, from one row to another, in place; returns how many may be present there."""
    room, most = len(law) - 1, 0
    for n in range(high + 1):
        mass = law[n] * hazard
        if mass <= 0.0:
            continue
        law[n] -= mass
        for point in range(len(jump)):
            if weight[point] > 0.0:
                there = min(n + jump[point], room)
                with_it[there] += mass * weight[point]
                most = max(most, there)
    return most


@njit(cache=True, nogil=True, error_model="numpy")
def _poisson_rows(most, rate):
    """Return (most + 1, width) chances of a Poisson number of mean rate x k; the last one has what is left."""
    width = int(rate * most + 6.0 * np.sqrt(rate * most) + 6.0)
    found = np.zeros((most + 1, width))
    for k in range(most + 1):
        weight, total = np.exp(-rate * k), 0.0
        for j in range(width - 1):
            found[k, j] = weight
            total += weight
            weight *= rate * k / (j + 1)
        found[k, width - 1] = max(1.0 - total, 0.0)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _binomial_rows(most, chance):
    """Return (most + 1, most + 1) chances that so many of k are done, each with that chance."""
    found = np.zeros((most + 1, most + 1))
    found[0, 0] = 1.0
    for k in range(1, most + 1):
        found[k, 0] = found[k - 1, 0] * (1.0 - chance)
        for j in range(1, k + 1):
            found[k, j] = found[k - 1, j] * (1.0 - chance) + found[k - 1, j - 1] * chance
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _joined(law, high, rate, fresh):
    """Let a Poisson number of cases join, in place; returns how many may be present."""
    room = len(law) - 1
    top = min(high + int(rate + 6.0 * np.sqrt(rate) + 6.0), room)
    fresh[:top + 1] = 0.0
    for n in range(high + 1):
        if law[n] <= 0.0:
            continue
        weight, left = np.exp(-rate), 1.0
        for j in range(top - n + 1):
            fresh[n + j] += law[n] * weight
            left -= weight
            weight *= rate / (j + 1)
        fresh[top] += law[n] * max(left, 0.0)
    law[:top + 1] = fresh[:top + 1]
    return top


@njit(cache=True, nogil=True, error_model="numpy")
def _worked(law, high, heads, regular, busy, few, fresh):
    """Work for a minute, in place; returns how likely this row is."""
    total = 0.0
    if heads == 0:
        for n in range(high + 1):
            total += law[n]
        return total
    fresh[:high + 1] = 0.0
    for n in range(high + 1):
        mass = law[n]
        if mass <= 0.0:
            continue
        total += mass
        at = n - regular
        if at <= 0:
            fresh[0] += mass
            continue
        chances = busy[heads] if n > heads else few[n]
        for j in range(len(chances)):
            if at - j <= 0:
                for rest in range(j, len(chances)):
                    fresh[0] += mass * chances[rest]
                break
            fresh[at - j] += mass * chances[j]
    law[:high + 1] = fresh[:high + 1]
    return total
