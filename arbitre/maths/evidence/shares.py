"""How sure is a share, counted on so many cases?

The Wilson (score) interval of a share: every share p that a two-sided test at the given confidence would not reject,
    |kept/cases - p| <= z sqrt(p (1 - p) / cases),   z the normal quantile of (1 + confidence) / 2.
Solved for p, with f = kept/cases and n = cases:
    (f + z²/2n ± z sqrt(f (1 - f)/n + z²/4n²)) / (1 + z²/n).
It stays within 0 and 1, has a width even when nothing or everything was kept, and covers close to its confidence
from very few cases on, where the textbook f ± z sqrt(f (1 - f)/n) does not.

Sources: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927) 209-212;
L. D. Brown, T. T. Cai, A. DasGupta, Interval estimation for a binomial proportion, Statistical Science 16 (2001)
101-133, which recommends it. Units: counts in, shares (0 to 1) out.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arbitre.core.errors import UsageError

Floats = NDArray[np.float64]

NINE_IN_TEN = NormalDist().inv_cdf(0.95)
"""Standard errors on either side of an interval that holds nine in ten."""


def share(kept: ArrayLike, cases: ArrayLike) -> Floats:
    """Return kept/cases; NaN where there are no cases."""
    kept, cases = _counts(kept, cases)
    return np.divide(kept, cases, out=np.full(kept.shape, np.nan), where=cases > 0)


def wilson(kept: ArrayLike, cases: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Return the lower and upper ends of the Wilson interval of each share; 0 and 1 where there are no cases.

    Args: kept, how many of the cases; cases, how many in all; confidence, strictly between 0 and 1.
    """
    if not 0.0 < confidence < 1.0:
        raise UsageError(f"Expected a confidence between 0 and 1, got {confidence}. For 95 % write 0.95.")
    return score_interval(kept, cases, NormalDist().inv_cdf((1.0 + confidence) / 2.0))


def score_interval(kept: ArrayLike, cases: ArrayLike, z: float) -> tuple[Floats, Floats]:
    """Return the same interval for a quantile `z` of a law of one's own choice; counts need not be whole."""
    kept, cases = _counts(kept, cases)
    # The formula multiplied by n: no division by nought, and z²/(n + z²) keeps its digits when n is large.
    middle = (kept + z * z / 2.0) / (cases + z * z)
    missed = cases - kept
    spread = np.divide(kept * missed, cases, out=np.zeros_like(cases), where=cases > 0)
    half = z * np.sqrt(spread + z * z / 4.0) / (cases + z * z)
    # The ends are exactly 0 and 1 when nothing or everything was kept; rounding must not say otherwise.
    low = np.where(kept == 0, 0.0, np.maximum(middle - half, 0.0))
    high = np.where(missed == 0, 1.0, np.minimum(middle + half, 1.0))
    return low, high


def _counts(kept: ArrayLike, cases: ArrayLike) -> tuple[Floats, Floats]:
    """Return both counts as floats of one shape; raises UsageError when they cannot be counts of the same cases."""
    few, all_ = np.broadcast_arrays(np.asarray(kept, dtype=np.float64), np.asarray(cases, dtype=np.float64))
    if not np.all((few >= 0) & (few <= all_) & np.isfinite(all_)):
        raise UsageError("Expected counts with 0 <= kept <= cases.")
    return few, all_
