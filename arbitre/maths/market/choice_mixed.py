"""How much do people differ in what they want? The mixed logit: coefficients spread over people.

Each person has coefficients of his own, which hold for all his choices; over people they are normal, or minus or plus a
lognormal where everybody must agree on the direction (price). The probability of a person's choices is the mean over
draws of the product of logits; its logarithm, summed over people, is maximised (Revelt & Train 1998; Train 2009,
chapters 6 and 10). Draws are Halton's, so few do (Bhat 2001), and each person has draws of his own. Steps are those of
Berndt, Hall, Hall & Hausman 1974: the scores of people stand in for the curvature.

The simulated likelihood is biased down with few draws: compare fits only at the same number of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from arbitre.core.errors import UsageError
from arbitre.maths.market.choice import Choices, Floats, fit_logit

Spread = Literal["normal", "rises", "falls"]
SAME, NORMAL, RISES, FALLS = range(4)
KINDS: dict[Spread, int] = {"normal": NORMAL, "rises": RISES, "falls": FALLS}
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71)
_DROPPED = 100
"""The first points of Halton's sequences of several primes move together."""
_TURNS = 300
_CLOSE = 1e-6


@dataclass(frozen=True)
class MixedLogit:
    """A fitted mixed logit.

    mean, spread (features,): of the normal under each coefficient (spread 0: the same for everybody); where `kind` is
    rises or falls the coefficient is exp or -exp of it. covariance of mean, then of the spreads that are not 0.
    """

    names: tuple[str, ...]
    kind: NDArray[np.int64]
    mean: Floats
    spread: Floats
    covariance: Floats
    log_likelihood: float

    def people(self, normals: Floats) -> Floats:
        """Return coefficients (people, features) of people drawn by standard normals (people, features)."""
        under = self.mean + self.spread * normals
        return np.where(self.kind == RISES, np.exp(under), np.where(self.kind == FALLS, -np.exp(under), under))


def fit_mixed_logit(choices: Choices, spread: Mapping[str, Spread], draws: int = 200) -> MixedLogit:
    """Return the spread of coefficients over people that makes the choices most likely.

    Args: spread, how the coefficients of these features vary over people ("normal", or "rises" and "falls" for
    lognormal ones of one sign); all others are the same for everybody. draws, for each person.

    Raises UsageError when the plain logit cannot be fitted, or a feature is unknown.
    """
    unknown = [name for name in spread if name not in choices.names]
    if unknown:
        raise UsageError(f"No feature is called {', '.join(unknown)}. Known: {', '.join(choices.names)}.")
    plain = fit_logit(choices)
    kind = np.array([KINDS[spread[name]] if name in spread else SAME for name in choices.names])
    varies = np.flatnonzero(kind != SAME)
    normals = np.zeros((choices.people, draws, len(choices.names)))
    normals[:, :, varies] = halton_normals(choices.people * draws, len(varies)).reshape(choices.people, draws, -1)
    fitted = _Likelihood(choices, kind, varies, normals)
    start = plain.coefficients.copy()
    signed = (kind == RISES) | (kind == FALLS)
    start[signed] = np.log(np.maximum(np.abs(start[signed]), 1e-3))
    # A start away from nought: the likelihood is even in the spreads.
    wide = np.where(kind == NORMAL, 0.5 * np.abs(plain.coefficients) + plain.errors, 0.3)
    mean, widths, scores, value = fitted.climb(start, wide)
    return MixedLogit(choices.names, kind, mean, np.abs(widths), np.linalg.inv(scores.T @ scores), value)


def halton_normals(count: int, dimensions: int) -> Floats:
    """Return standard normals (count, dimensions) that fill their space evenly (Halton 1960)."""
    if dimensions > len(_PRIMES):
        raise UsageError(f"At most {len(_PRIMES)} coefficients may vary over people, not {dimensions}.")
    found = np.empty((count, dimensions))
    for column in range(dimensions):
        found[:, column] = _halton(count, _PRIMES[column])
    return _normal_quantiles(found)


class _Likelihood:
    """The simulated log likelihood of means and spreads, person by person."""

    def __init__(self, choices: Choices, kind: NDArray[np.int64], varies: NDArray[np.intp], normals: Floats) -> None:
        self.choices, self.kind, self.varies, self.normals = choices, kind, varies, normals
        self.begins = np.searchsorted(choices.person, np.arange(choices.people + 1))

    def at(self, mean: Floats, spread: Floats) -> tuple[Floats, Floats]:
        """Return the log likelihood (people,) and its scores (people, means and spreads that vary)."""
        people, features = self.choices.people, len(mean)
        value, scores = np.empty(people), np.empty((people, 2 * features))

        def work(first: int, last: int) -> None:
            _simulated(self.choices.attributes, self.choices.first, self.choices.taken, self.begins, self.kind,
                       self.normals, mean, spread, first, last, value, scores)

        cores = os.cpu_count() or 1
        edges = np.linspace(0, people, min(4 * cores, people) + 1).astype(int).tolist()
        with ThreadPoolExecutor(cores) as pool:
            list(pool.map(work, edges[:-1], edges[1:]))
        return value, np.hstack([scores[:, :features], scores[:, features + self.varies]])

    def climb(self, mean: Floats, spread: Floats) -> tuple[Floats, Floats, Floats, float]:
        """Return the mean and spread of the top, the scores there and its log likelihood."""
        spread = np.where(self.kind == SAME, 0.0, spread)
        value, scores = self.at(mean, spread)
        for _ in range(_TURNS):
            gradient = scores.sum(axis=0)
            curvature = scores.T @ scores
            step = np.linalg.solve(curvature + 1e-9 * np.diag(np.diag(curvature)), gradient)
            if gradient @ step < _CLOSE * len(value):
                return mean, spread, scores, float(value.sum())
            size = 2.0
            while size > 1e-4:
                tried_mean = mean + size * step[: len(mean)]
                tried_spread = spread.copy()
                tried_spread[self.varies] += size * step[len(mean):]
                tried, tried_scores = self.at(tried_mean, tried_spread)
                if tried.sum() > value.sum():
                    break
                size /= 2
            else:
                return mean, spread, scores, float(value.sum())
            mean, spread, value, scores = tried_mean, tried_spread, tried, tried_scores
        raise UsageError("The spread of what people want does not settle: ask more choices of each person, or let "
                         "fewer coefficients vary.")


@njit(cache=True, nogil=True, error_model="numpy")
def _simulated(attributes, first, taken, begins, kind, normals, mean, spread, start, end, value, scores):
    """Write value and scores of the people from `start` to `end`."""
    features, draws = attributes.shape[1], normals.shape[1]
    own, slope, pull = np.empty(features), np.empty(features), np.empty((draws, features))
    logs, expected = np.empty(draws), np.empty(features)
    utility = np.empty(np.diff(first).max())
    for person in range(start, end):
        for r in range(draws):
            for k in range(features):
                under = mean[k] + spread[k] * normals[person, r, k]
                own[k], slope[k] = under, 1.0
                if kind[k] == RISES:
                    own[k] = slope[k] = np.exp(under)
                elif kind[k] == FALLS:
                    own[k] = slope[k] = -np.exp(under)
                pull[r, k] = 0.0
            logs[r] = 0.0
            for s in range(begins[person], begins[person + 1]):
                base, count = first[s], first[s + 1] - first[s]
                highest = -np.inf
                for j in range(count):
                    v = 0.0
                    for k in range(features):
                        v += attributes[base + j, k] * own[k]
                    utility[j] = v
                    highest = max(highest, v)
                summed = 0.0
                chosen = utility[taken[s] - base]
                for k in range(features):
                    expected[k] = 0.0
                for j in range(count):
                    power = np.exp(utility[j] - highest)
                    summed += power
                    for k in range(features):
                        expected[k] += power * attributes[base + j, k]
                logs[r] += chosen - highest - np.log(summed)
                for k in range(features):
                    pull[r, k] += (attributes[taken[s], k] - expected[k] / summed)
            for k in range(features):
                pull[r, k] *= slope[k]
        most = logs.max()
        total = 0.0
        for r in range(draws):
            logs[r] = np.exp(logs[r] - most)
            total += logs[r]
        value[person] = most + np.log(total / draws)
        for k in range(features):
            scores[person, k] = 0.0
            scores[person, features + k] = 0.0
        for r in range(draws):
            part = logs[r] / total
            for k in range(features):
                scores[person, k] += part * pull[r, k]
                scores[person, features + k] += part * pull[r, k] * normals[person, r, k]


@njit(cache=True, nogil=True, error_model="numpy")
def _halton(count, prime):
    """Halton's points of one prime, the first ones dropped."""
    found = np.empty(count)
    for at in range(count):
        left, part, value = at + _DROPPED + 1, 1.0 / prime, 0.0
        while left > 0:
            value += part * (left % prime)
            left //= prime
            part /= prime
        found[at] = value
    return found


def _normal_quantiles(points: Floats) -> Floats:
    """Return standard normal quantiles by interpolation between 100,000 exact ones, which is exact to 1e-7 inside."""
    grid = np.linspace(-6.0, 6.0, 120_001)
    law = NormalDist()
    return np.interp(points, [law.cdf(z) for z in grid.tolist()], grid)
