"""How much may be asked for while an order is under way?

Demand comes in lines at random (a Poisson process), each for one or more units: compound Poisson. Two ways to say it:

- *fitted*: the variance of demand is `dispersion` times its mean. One is Poisson, a line for every unit; above one the
  demand over any time is negative binomial, which is the compound Poisson demand whose lines have logarithmic sizes
  (Quenouille 1949; Axsäter, Inventory Control, 2nd ed. 2006, 5.1.2).
- *sized*: the probabilities of the line sizes are given, and Panjer's recursion (1981) gives the demand D over a time,
  P(D = n) = mean lines / n x sum over k of k P(size = k) P(D = n - k).

All that a stock policy needs of D is the *shelf*: the table E[(y - D)+] for y = 0, 1, ..., the units on hand once the
position y has met D. Its differences are P(D < y); below nought it is nought, beyond its end it rises by one per unit.
The table ends where less than 1e-13 of the probability is left.
"""

import math

import numpy as np
from numba import njit

from arbitre.maths.stock.inventory import LEVEL, ON_HAND, PMF, READY, WALK_WIDTH, start_walk, step_walk

MOST_UNITS = 10_000_000
"""Mean demand beyond which no table is made: whoever asks must count in larger units."""
MOST_DISPERSION = 100_000.0
_NEGLIGIBLE = 1e-13
_VANISHED = 1e-26
"""Where rounding keeps a sum of probabilities from reaching one, a table ends at probabilities as small as this."""
_LARGE, _LOG_LARGE = 1e200, 200.0 * math.log(10.0)
"""Where Panjer's recursion, begun at one instead of a probability too small for a float, is scaled down."""
_SMALLEST_LOG = -690.0


@njit(cache=True, nogil=True, error_model="numpy")
def fitted_shelf(mean, dispersion):
    """Tabulate E[(y - D)+] of Poisson or negative binomial demand.

    Args: mean of D (units); variance over mean of D (up to 1 counts as Poisson).
    Returns: (size,) units, for y = 0 .. size - 1.
    """
    walk, only = np.empty((1, WALK_WIDTH)), np.int64(0)
    start_walk(walk, only, mean, mean * dispersion)
    shelf = np.empty(int(mean + 8.0 * math.sqrt(mean * max(dispersion, 1.0))) + 24)
    size = 0
    while True:
        if size == len(shelf):
            shelf = _doubled(shelf)
        shelf[size] = walk[only, ON_HAND]
        size += 1
        met = walk[only, READY] >= 1.0 - _NEGLIGIBLE or walk[only, PMF] <= _VANISHED
        if walk[only, LEVEL] > mean and met:
            return shelf[:size]
        step_walk(walk, only)


@njit(cache=True, nogil=True, error_model="numpy")
def sized_shelf(lines, sizes):
    """Tabulate E[(y - D)+] of compound Poisson demand.

    Args: mean number of lines; sizes (most,) probabilities of lines of 1, 2, ... units.
    Returns: (size,) units, for y = 0 .. size - 1.
    """
    pmf = _panjer(lines, sizes)
    shelf = np.empty(len(pmf) + 1)
    shelf[0] = 0.0
    ready = 0.0
    for y in range(len(pmf)):
        ready = min(ready + pmf[y], 1.0)
        shelf[y + 1] = shelf[y] + ready
    return shelf


@njit(cache=True, nogil=True, error_model="numpy")
def _panjer(lines, sizes):
    """Tabulate P(D = n) from n = 0 on; `left` is the logarithm of the factor still to be divided out."""
    mean, most = 0.0, len(sizes)
    for k in range(most):
        mean += lines * (k + 1) * sizes[k]
    pmf = np.empty(int(2.0 * mean) + 2 * most + 24)
    left = lines if -lines <= _SMALLEST_LOG else 0.0
    pmf[0] = 1.0 if left > 0.0 else math.exp(-lines)
    sum_so_far, n, quiet = pmf[0], 0, 0
    while n < mean or left > 0.0 or (sum_so_far < 1.0 - _NEGLIGIBLE and quiet < most):
        n += 1
        if n == len(pmf):
            pmf = _doubled(pmf)
        total = 0.0
        for k in range(1, min(most, n) + 1):
            total += k * sizes[k - 1] * pmf[n - k]
        pmf[n] = lines / n * total
        if left > 0.0 and (pmf[n] > _LARGE or left <= _LOG_LARGE):
            scale = min(left, _LOG_LARGE)
            left -= scale
            sum_so_far = -pmf[n] * math.exp(-scale)
            for x in range(n + 1):
                pmf[x] *= math.exp(-scale)
                sum_so_far += pmf[x]
        sum_so_far += pmf[n]
        quiet = quiet + 1 if pmf[n] <= _VANISHED else 0
    return pmf[: n + 1]


@njit(cache=True, nogil=True, error_model="numpy")
def _doubled(table):
    longer = np.empty(2 * len(table))
    for x in range(len(table)):
        longer[x] = table[x]
    return longer


@njit(cache=True, nogil=True, error_model="numpy")
def on_hand_at(shelf, position):
    """Read E[(position - D)+] off a shelf, for any whole position."""
    if position <= 0:
        return 0.0
    last = len(shelf) - 1
    return shelf[position] if position <= last else shelf[last] + (position - last)


@njit(cache=True, nogil=True, error_model="numpy")
def logarithmic_tails(dispersion):
    """With which probability does a line ask for more than 0, 1, 2, ... units, when demand is `fitted`?

    P(size = k) = theta^k / (k ln dispersion), theta = 1 - 1 / dispersion: sizes of which the negative binomial is made.
    Returns: (most,) probabilities; beyond lies less than 1e-13.
    """
    tails = np.empty(64)
    if dispersion <= 1.0 + 1e-9:
        tails[0] = 1.0
        return tails[:1]
    theta = 1.0 - 1.0 / dispersion
    size_pmf, tail, k = theta / math.log(dispersion), 1.0, 0
    while tail > _NEGLIGIBLE and size_pmf > _VANISHED:
        if k == len(tails):
            tails = _doubled(tails)
        tails[k] = tail
        tail -= size_pmf
        k += 1
        size_pmf *= theta * k / (k + 1.0)
    return tails[:k]


@njit(cache=True, nogil=True, error_model="numpy")
def size_tails(sizes):
    """With which probability does a line ask for more than 0, 1, 2, ... units, for sizes (most,) as `sized_shelf`?"""
    tails = np.empty(len(sizes))
    tail = 0.0
    for k in range(len(sizes) - 1, -1, -1):
        tail += sizes[k]
        tails[k] = tail
    return tails
