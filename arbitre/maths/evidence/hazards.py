"""At what rate do cases pass to each of several steps, given where they stand, how long, when, and what they are like?

A row is one case followed through one period (or part of one): its factors (step, age, calendar, attributes) are codes
from 0, `exposure` is the part of the period it was followed, and it ends in at most one passage. The rate of passage k
is constant within a period and multiplies over factors,
    rate_k = exp(b_k0 + sum over factors f of b_kf[code_f]),
so that a case leaves within a period with chance 1 - exp(-sum_k rate_k), by k in the share of its rate: the grouped
proportional hazards of R. Prentice and L. Gloeckler (Biometrics 34 (1978) 57-67) with competing risks. Given the times
of passages the likelihood is that of Poisson counts with the exposure as offset and factorises over k (T. Holford,
Biometrics 36 (1980) 299-305; N. Laird and D. Olivier, JASA 76 (1981) 231-240). Hence rows with the same codes add up to
a cell, a case that is first seen late counts from then on only (delayed entry), and one still open counts for as long
as it was seen (censoring).

The effects of a factor are drawn from a normal law with mean 0 and a variance of its own, estimated with them (the
evidence of D. MacKay, Neural Computation 4 (1992) 415-447, one notional level of variance 1 added): levels of which
little is known are drawn towards the others, and a factor that tells nothing fades.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.integer]

_ROUNDS = 60
_SETTLED, _STEADY = 1e-5, 1e-2
"""Move of an effect, and of the logarithm of a variance, below which nothing moves any more."""
_STEP = 3.0
"""Longest move of an effect in one round: factor 20 of a rate."""
_LEAST_VARIANCE = 1e-6
_KEY_ROOM = 2**62


class Cells(NamedTuple):
    """Rows with the same codes, added up: codes (cells, factors), exposure (cells,), passages (cells, kinds)."""

    codes: Integers
    exposure: Floats
    passages: Floats


class Rates(NamedTuple):
    """The law of one passage: `effect` and `covariance` of the level b_0 (place 0) and of every level of every factor.

    first (factors + 1,): where the effects of each factor begin. variance (factors,): that of the law they come from.
    """

    effect: Floats
    covariance: Floats
    first: Integers
    variance: Floats

    def of(self, factor: int) -> Floats:
        """Return the effects of a factor."""
        return self.effect[self.first[factor]:self.first[factor + 1]]

    def draws(self, count: int, chance: np.random.Generator) -> Floats:
        """Return (count, effects) draws of the effects given what was seen."""
        together = np.flatnonzero((self.covariance != 0.0).sum(axis=0) > 1)
        values, vectors = np.linalg.eigh(self.covariance[np.ix_(together, together)])
        noise = chance.standard_normal((count, len(self.effect)))
        drawn = noise * np.sqrt(np.diag(self.covariance))
        drawn[:, together] = (noise[:, together] * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        return self.effect + drawn


def cells_of(codes: list[Integers], levels: tuple[int, ...], exposure: Floats, passage: Integers, kinds: int) -> Cells:
    """Add up rows with the same codes.

    Args: codes, one array (rows,) for each factor, below its number of levels; exposure (rows,) in periods; passage
    (rows,) in which the row ends, -1: none.
    """
    key, room = np.zeros(len(exposure), np.int64), 1
    for code, count in zip(codes, levels, strict=True):
        if room * count > _KEY_ROOM:
            key = np.unique(key, return_inverse=True)[1]
            room = int(key.max(initial=0)) + 1
        key = key * count + code
        room *= count
    _, example, cell = np.unique(key, return_index=True, return_inverse=True)
    count = len(example)
    ends = passage >= 0
    passages = np.bincount(cell[ends] * kinds + passage[ends], minlength=count * kinds).reshape(count, kinds)
    together = np.stack([code[example] for code in codes], axis=1).astype(np.int64)
    return Cells(together, np.bincount(cell, exposure, count).astype(np.float64), passages.astype(np.float64))


def fitted(cells: Cells, kind: int, levels: tuple[int, ...], used: NDArray[np.bool_]) -> Rates:
    """Return the law of one kind of passage, of which at least one was seen.

    Args: levels, how many each factor has; used (factors,), those that may have an effect; the others have none.
    """
    first = np.concatenate(([1], 1 + np.cumsum(levels)))
    seen, exposure = cells.passages[:, kind], np.maximum(cells.exposure, 1e-12)
    met = [np.unique(cells.codes[:, number]) + first[number] for number in np.flatnonzero(used)]
    active = np.concatenate(([0], *met)).astype(np.int64)
    among = np.zeros(first[-1], np.int32)
    among[active] = np.arange(len(active))
    places = np.concatenate((np.zeros((len(seen), 1), np.int32), among[cells.codes[:, used] + first[:-1][used]]), 1)
    factor = np.repeat(np.arange(len(met)), [len(each) for each in met])
    effect, variance = np.zeros(len(active)), np.ones(len(met))
    effect[0] = np.log(seen.sum() / exposure.sum())
    covariance = np.zeros((len(effect), len(effect)))
    for _ in range(_ROUNDS):
        precision = np.concatenate(([0.0], 1.0 / variance[factor]))
        slope, lower = _curvature(places, exposure, seen, effect)
        covariance = np.linalg.inv(lower + np.tril(lower, -1).T + np.diag(precision)).astype(np.float64)
        move = np.clip(covariance @ (slope - precision * effect), -_STEP, _STEP)
        effect = effect + move
        before, variance = variance, _variances(effect, covariance, factor, variance)
        if np.abs(move).max() < _SETTLED and np.abs(np.log(variance / before)).max(initial=0.0) < _STEADY:
            break
    return _whole(effect, covariance, variance, active, first, used)


def _whole(effect: Floats, covariance: Floats, variance: Floats, active: Integers, first: Integers,
           used: NDArray[np.bool_]) -> Rates:
    """Return the law with the levels that were never met: their effects come from that of their factor, if any."""
    every = np.zeros(len(used))
    every[used] = variance
    unmet = np.concatenate(([0.0], np.repeat(every, np.diff(first))))
    unmet[active] = 0.0
    whole, spread = np.zeros(first[-1]), np.diag(unmet)
    whole[active] = effect
    spread[np.ix_(active, active)] = covariance
    return Rates(whole, spread, first, every)


@njit(cache=True, nogil=True, error_model="numpy")
def _curvature(places: Integers, exposure: Floats, seen: Floats, effect: Floats) -> tuple[Floats, Floats]:
    """Return the gradient of the log-likelihood and minus its second derivative.

    Args: places (cells, factors + 1) of the effects of each cell, in rising order.
    """
    count, factors = places.shape
    slope, curvature = np.zeros(len(effect)), np.zeros((len(effect), len(effect)))
    for cell in range(count):
        total = 0.0
        for place in places[cell]:
            total += effect[place]
        mean = exposure[cell] * np.exp(total)
        for one in range(factors):
            place = places[cell, one]
            slope[place] += seen[cell] - mean
            for other in range(one + 1):
                curvature[place, places[cell, other]] += mean
    return slope, curvature


def _variances(effect: Floats, covariance: Floats, factor: Integers, variance: Floats) -> Floats:
    """Return the variance of the effects of each factor that makes what was seen likeliest."""
    count = len(variance)
    squares = np.bincount(factor, effect[1:] ** 2, count)
    known = np.bincount(factor, minlength=count) - np.bincount(factor, np.diag(covariance)[1:], count) / variance
    return np.maximum((squares + 1.0) / (np.maximum(known, 0.0) + 1.0), _LEAST_VARIANCE)
