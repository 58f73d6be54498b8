"""What do repeated runs of a simulation prove, and how surely?

Runs (replications) are independent; what happens within one is not, so every interval here is taken over runs.

- A share is a ratio of sums, all kept over all cases. Its variance over runs is that of a ratio estimator
      sum (kept_r - p cases_r)^2 / ((R - 1) R mean(cases)^2)
  (W. G. Cochran, Sampling Techniques, 1977, chapter 6). Cases of one run are alike, so they prove less than as many
  independent ones: n cases count as n over the design effect (L. Kish, Survey Sampling, 1965), and the interval is
  Wilson's on that effective number, with Student's quantile of R - 1 degrees of freedom (E. L. Korn and B. I. Graubard,
  Survey Methodology 24, 1998). So it stays within 0 and 1, and has a width even when everything was kept.
- A warm-up is cut from the mean path over runs where the marginal standard error of what is left is least: MSER-5
  (K. P. White, Simulation 69, 1997; K. P. White, M. J. Cobb, S. C. Spratt, Winter Simulation Conference 2000).
- Two plans played under the same luck are compared by the difference of each run; of several, each difference to the
  best is held to Bonferroni's share of the risk, so that the chance that any statement is wrong stays below 1 -
  confidence (B. L. Nelson and F. J. Matejcik, Management Science 41, 1995).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arbitre.core.errors import UsageError
from arbitre.maths.evidence.shares import score_interval

Floats = NDArray[np.float64]
_BATCH = 5
_LARGEST_CUT = 0.5
"""MSER looks for the cut in the first half only: the error of a few last values means nothing."""


class Estimate(NamedTuple):
    """A value with the ends of its interval."""

    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2


def student_quantile(share: float, freedom: int) -> float:
    """Return the quantile of Student's law for 1/2 <= share < 1 (G. W. Hill, Algorithm 396, CACM 13, 1970).

    Exact for 1 and 2 degrees of freedom, to six digits from 3 on.
    """
    if not (0.5 <= share < 1.0 and freedom >= 1):
        raise UsageError(f"Student's law needs a share from 0.5 to 1 and at least 1 degree of freedom, not {share} and "
                         f"{freedom}.")
    tails, n = 2.0 * (1.0 - share), float(freedom)
    if freedom == 1:
        return 1.0 / math.tan(tails * math.pi / 2.0)
    if freedom == 2:
        return math.sqrt(2.0 / (tails * (2.0 - tails)) - 2.0)
    a = 1.0 / (n - 0.5)
    b = 48.0 / a**2
    c = ((20700.0 * a / b - 98.0) * a - 16.0) * a + 96.36
    d = ((94.5 / (b + c) - 3.0) / b + 1.0) * math.sqrt(a * math.pi / 2.0) * n
    y = (d * tails) ** (2.0 / n)
    if y <= 0.05 + a:
        y = ((1.0 / (((n + 6.0) / (n * y) - 0.089 * d - 0.822) * (n + 2.0) * 3.0) + 0.5 / (n + 4.0)) * y - 1.0) * (
            n + 1.0) / (n + 2.0) + 1.0 / y
        return math.sqrt(n * y)
    x = NormalDist().inv_cdf(tails / 2.0)
    y = x * x
    if freedom < 5:
        c += 0.3 * (n - 4.5) * (x + 0.6)
    c += (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b
    y = (((((0.4 * y + 6.3) * y + 36.0) * y + 94.5) / c - y - 3.0) / b + 1.0) * x
    return math.sqrt(n * math.expm1(a * y * y))


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Return the mean over runs with Student's interval. One value has no interval: it is without bounds."""
    runs = np.asarray(values, dtype=np.float64)
    mean = math.fsum(runs) / len(runs)
    if len(runs) < 2:
        return Estimate(mean, -math.inf, math.inf)
    error = math.sqrt(math.fsum((runs - mean) ** 2) / (len(runs) - 1) / len(runs))
    half = student_quantile((1.0 + confidence) / 2.0, len(runs) - 1) * error
    return Estimate(mean, mean - half, mean + half)


def share_interval(kept: ArrayLike, cases: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Return the share kept with its interval; args (runs,). Without cases it is nan, from 0 to 1."""
    kept, cases = np.asarray(kept, dtype=np.float64), np.asarray(cases, dtype=np.float64)
    runs, total = len(cases), math.fsum(cases)
    if total == 0.0:
        return Estimate(math.nan, 0.0, 1.0)
    share = math.fsum(kept) / total
    if runs < 2:
        return Estimate(share, 0.0, 1.0)
    variance = math.fsum((kept - share * cases) ** 2) * runs / (runs - 1) / total**2
    alone = share * (1.0 - share) / total
    # Less scatter than independent cases would show is luck, not proof.
    effective = total / max(variance / alone, 1.0) if alone > 0.0 else total
    quantile = student_quantile((1.0 + confidence) / 2.0, runs - 1)
    low, high = score_interval(min(share, 1.0) * effective, effective, quantile)
    return Estimate(share, float(low), float(high))


def warm_up(paths: ArrayLike) -> int:
    """Return how many of the first values to leave out: paths (runs, values), MSER-5 on the mean path over runs.

    The cut is 1.5 times that of MSER-5 and a twentieth of the path, at least a tenth: MSER alone cuts too early when
    runs start empty. A cut beyond a third of the path says that runs are too short.
    """
    mean = np.asarray(paths, dtype=np.float64).mean(axis=0)
    batches = len(mean) // _BATCH
    if batches < 2:
        raise UsageError(f"MSER-5 needs a path of at least {2 * _BATCH} values, not {len(mean)}.")
    path = mean[:batches * _BATCH].reshape(batches, _BATCH).mean(axis=1)
    left = np.arange(batches, 0, -1)
    rest, squares = np.cumsum(path[::-1])[::-1], np.cumsum(path[::-1] ** 2)[::-1]
    error = np.maximum(squares - rest**2 / left, 0.0) / left**2
    cut = int(np.argmin(error[:max(int(batches * _LARGEST_CUT), 1)])) * _BATCH
    return min(max(math.ceil(1.5 * cut + len(mean) / 20), math.ceil(len(mean) / 10)), len(mean) - 1)


def paired_difference(one: ArrayLike, other: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Return what `one` exceeds `other` by, both (runs,) played under the same luck, run by run."""
    return mean_interval(np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64), confidence)


def best_of(values: ArrayLike, confidence: float = 0.95) -> tuple[int, list[int]]:
    """Which of several plans is best (largest mean)? Args: values (plans, runs), paired by run.

    Returns the best seen, and those that may be as good: with at least this confidence the true best is among them.
    """
    seen = np.asarray(values, dtype=np.float64)
    best = int(np.argmax(seen.mean(axis=1)))
    rivals = [plan for plan in range(len(seen)) if plan != best]
    each = 1.0 - (1.0 - confidence) / max(len(rivals), 1)
    alike = [plan for plan in rivals if mean_interval(seen[best] - seen[plan], 2 * each - 1).low <= 0.0]
    return best, sorted([best, *alike])
