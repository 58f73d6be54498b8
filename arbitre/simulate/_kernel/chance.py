"""Which number does chance give to this case, at this visit, for this purpose?

A counter-based generator: every number is a hash of (seed, replication, case, visit, purpose, turn), and of nothing
else. So two scenarios give the same case the same luck whatever happens around it (common random numbers), and a run
gives the same bytes in any order of work. The hash is the output function of splitmix64 (Steele, Lea & Flood 2014, with
the constants of Stafford's variant 13), applied to a Weyl sequence of the case's own key.
"""

import math

import numpy as np
from numba import njit

from arbitre.simulate._kernel.inner import inner
from arbitre.simulate._kernel.laws import CONSTANT, ERLANG, EXPONENTIAL, LOGNORMAL, OBSERVED, WEIBULL

(GAP, THINNING, QUANTITY, CANCEL, WORK, ROUTE, PATIENCE, MOVE, TRAVEL, UPTIME, FAILURE, LEAD, REPAIRABLE, REPAIR,
 LATERAL_WAY, EMERGENCY_WAY) = np.arange(16)
"""Purposes. Each visit of a case owns 256 turns of each of 32 purposes."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53
FIRST_TURN = np.int64(0)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def hashed(key, counter):
    """Return 64 random bits: place `counter` of the sequence that belongs to `key` (both uint64)."""
    bits = key + (counter + np.uint64(1)) * _GOLDEN
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return bits ^ (bits >> np.uint64(31))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def uniform(key, visit, purpose, turn):
    """Return a number strictly between 0 and 1."""
    counter = (np.uint64(visit) << np.uint64(13)) | np.uint64((purpose << 8) | turn)
    return (np.float64(hashed(key, counter) >> np.uint64(11)) + 0.5) * _UNIT


@njit(cache=True, nogil=True, error_model="numpy")
def normal_quantile(share):
    """Return the quantile of the standard normal law (Acklam 2003, relative error below 1.2e-9)."""
    if share < 0.02425 or share > 0.97575:
        tail = math.sqrt(-2.0 * math.log(min(share, 1.0 - share)))
        above = ((((-7.784894002430293e-03 * tail - 3.223964580411365e-01) * tail - 2.400758277161838) * tail
                  - 2.549732539343734) * tail + 4.374664141464968) * tail + 2.938163982698783
        below = (((7.784695709041462e-03 * tail + 3.224671290700398e-01) * tail + 2.445134137142996) * tail
                 + 3.754408661907416) * tail + 1.0
        return above / below if share < 0.5 else -above / below
    centred = share - 0.5
    square = centred * centred
    above = ((((-3.969683028665376e+01 * square + 2.209460984245205e+02) * square - 2.759285104469687e+02) * square
              + 1.383577518672690e+02) * square - 3.066479806614716e+01) * square + 2.506628277459239
    below = ((((-5.447609879822406e+01 * square + 1.615858368579775e+02) * square - 1.556989798598866e+02) * square
              + 6.680131188771972e+01) * square - 1.328068155288572e+01) * square + 1.0
    return above * centred / below


@inner
def _rarer(w, law, share, key, visit, purpose):
    """Draw from a law that is not exponential; `share` is its first uniform number."""
    if law.kind == ERLANG:
        product = share
        for turn in range(1, int(law.second_number)):
            product *= uniform(key, visit, purpose, turn)
            if product < 1e-250:  # the logarithm is taken early where a long product would vanish
                return _long_erlang(law, share, key, visit, purpose)
        return -law.first_number / law.second_number * math.log(product)
    if law.kind == LOGNORMAL:
        return math.exp(law.first_number + law.second_number * normal_quantile(share))
    if law.kind == WEIBULL:
        return law.first_number * (-math.log(share)) ** (1.0 / law.second_number)
    if law.kind == OBSERVED:
        return w.value[law.first + int(share * (law.end - law.first))]
    which = law.first  # MIXED
    while share > w.value[which]:
        which += 2
    return -w.value[which + 1] * math.log(uniform(key, visit, purpose, FIRST_TURN + 1))


@inner
def _long_erlang(law, share, key, visit, purpose):
    """Return an Erlang draw as a sum of logarithms."""
    total = math.log(share)
    for turn in range(1, int(law.second_number)):
        total += math.log(uniform(key, visit, purpose, turn))
    return -law.first_number / law.second_number * total


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def draw(w, row, key, visit, purpose):
    """Return a duration (h) of the law in that row."""
    law = w.law[row]
    if law.kind == CONSTANT:
        return law.first_number
    share = uniform(key, visit, purpose, FIRST_TURN)
    if law.kind == EXPONENTIAL:
        return -law.first_number * math.log(share)
    return _rarer(w, law, share, key, visit, purpose)
