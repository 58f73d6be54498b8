"""Is a service missed when absent, welcomed when present, or neither? Kano's questions, answered with how sure that is.

Each person answers twice, from like (0) to dislike (4): how is it with the service, and how without? The pair gives a
class (Kano, Seraku, Takahashi & Tsuji 1984; table of Berger et al. 1993):
  attractive, one-dimensional (the more the better), must-be, indifferent, reverse, questionable (contradictory).
Better = (A + O) / (A + O + M + I) and worse = -(O + M) / (A + O + M + I) say how much presence pleases and absence
hurts. The continuous form scores answers (DuMouchel 1993: with 4, 2, 0, -1, -2; without -2, -1, 0, 2, 4), and means
over people place the service. Intervals are by bootstrap over people.

Whether one class truly leads is Fong's test (1996): the two most frequent classes a and b of n answers differ when
|a - b| > z sqrt((a + b)(2 n - a - b) / (2 n)).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arbitre.core.errors import UsageError
from arbitre.core.streams import stream

Floats = NDArray[np.float64]
KanoClass = Literal["must_be", "one_dimensional", "attractive", "indifferent", "reverse", "questionable"]
CLASSES: tuple[KanoClass, ...] = ("must_be", "one_dimensional", "attractive", "indifferent", "reverse", "questionable")
"""In the order in which ties are broken: what hurts most when wrongly left out comes first (Berger et al. 1993)."""
_M, _O, _A, _I, _R, _Q = range(6)
_TABLE = np.array([
    [_Q, _A, _A, _A, _O],
    [_R, _I, _I, _I, _M],
    [_R, _I, _I, _I, _M],
    [_R, _I, _I, _I, _M],
    [_R, _R, _R, _R, _Q],
])
"""Rows: how it is with the service; columns: without it."""
_WITH = np.array([4.0, 2.0, 0.0, -1.0, -2.0])
_WITHOUT = np.array([-2.0, -1.0, 0.0, 2.0, 4.0])
_RESAMPLES = 1000


@dataclass(frozen=True)
class Kano:
    """What people's answers make of a service.

    answers, how many; counts (classes,) in the order of CLASSES; leading, the class most named; is_sure, whether it
    leads beyond chance; stays_share, of resamples in which it leads; better, worse with their low and high ends;
    present, absent: means of the continuous scores, each with low and high.
    """

    answers: int
    counts: NDArray[np.int64]
    leading: KanoClass
    is_sure: bool
    stays_share: float
    better: tuple[float, float, float]
    worse: tuple[float, float, float]
    present: tuple[float, float, float]
    absent: tuple[float, float, float]


def classes_of(with_it: ArrayLike, without_it: ArrayLike) -> NDArray[np.int64]:
    """Return the class (people,) of each pair of answers, as a number in CLASSES.

    Args (people,): answers from 0 (like) over 1 (must be), 2 (neutral) and 3 (can live with it) to 4 (dislike).

    Raises UsageError for an answer outside 0 to 4.
    """
    given = np.asarray(with_it), np.asarray(without_it)
    if any(len(one) and ((one < 0) | (one > 4)).any() for one in given):
        raise UsageError("An answer to a Kano question is a number from 0 (like) to 4 (dislike).")
    return _TABLE[given[0].astype(int), given[1].astype(int)]


def kano(with_it: ArrayLike, without_it: ArrayLike, confidence: float = 0.95, seed: int = 1) -> Kano:
    """Return what a service is to these people. Args as of `classes_of`; raises UsageError without answers."""
    functional, dysfunctional = np.asarray(with_it, dtype=int), np.asarray(without_it, dtype=int)
    found = classes_of(functional, dysfunctional)
    people = len(found)
    if people == 0:
        raise UsageError("Nobody answered about this service.")
    counts = np.bincount(found, minlength=len(CLASSES))
    luck = stream(seed, "kano")
    drawn = luck.integers(0, people, (_RESAMPLES, people))
    resampled = np.stack([(found[drawn] == one).sum(axis=1) for one in range(len(CLASSES))], axis=1)
    tails = (1.0 - confidence) / 2, (1.0 + confidence) / 2
    leading = int(np.argmax(counts))

    def estimate(value: float, values: Floats) -> tuple[float, float, float]:
        low, high = np.nanquantile(values, tails) if np.isfinite(values).any() else (np.nan, np.nan)
        return float(value), float(low), float(high)

    better, worse = _better_worse(counts[None, :]), _better_worse(resampled)
    present, absent = _WITH[functional], _WITHOUT[dysfunctional]
    return Kano(
        people, counts, CLASSES[leading], is_leading(counts, confidence),
        float((resampled.argmax(axis=1) == leading).mean()),
        estimate(better[0][0], worse[0]), estimate(better[1][0], worse[1]),
        estimate(present.mean(), present[drawn].mean(axis=1)), estimate(absent.mean(), absent[drawn].mean(axis=1)),
    )


def is_leading(counts: ArrayLike, confidence: float = 0.95) -> bool:
    """Say whether the most frequent class leads the second beyond chance (Fong 1996)."""
    seen = np.sort(np.asarray(counts, dtype=float))[::-1]
    first, second, people = seen[0], seen[1], seen.sum()
    z = NormalDist().inv_cdf((1.0 + confidence) / 2)
    return bool(first - second > z * np.sqrt((first + second) * (2 * people - first - second) / (2 * people)))


def _better_worse(counts: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return better and worse (rows,) of counts (rows, classes); nan where nobody gave a usable answer."""
    usable = counts[:, [_A, _O, _M, _I]].sum(axis=1)
    usable = np.where(usable > 0, usable, np.nan)
    return (counts[:, _A] + counts[:, _O]) / usable, -(counts[:, _O] + counts[:, _M]) / usable
