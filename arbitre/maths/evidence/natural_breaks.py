"""Where do scores part by themselves into low, medium and high?

The two cuts that leave the least spread within the three groups: those that make the variance between them largest
(Fisher, Journal of the American Statistical Association 53 (1958) 789-798; Otsu, IEEE Transactions on Systems, Man and
Cybernetics 9 (1979) 62-66), found among all pairs of 256 places. Scores without gaps are cut in thirds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_PLACES = 256


def two_cuts(scores: Floats) -> tuple[float, float]:
    """Return the scores from which on one is medium, and high. Scores (things,); NaN is left out.

    Where there are fewer than three different scores there is nothing to part: both cuts are infinite, all are low.
    """
    known = scores[np.isfinite(scores)]
    values = np.unique(known)
    if len(values) < 3:
        return np.inf, np.inf
    if len(values) > _PLACES:
        values = np.unique(np.quantile(known, np.linspace(0.0, 1.0, _PLACES + 1)[:-1]))
    held = np.bincount(np.searchsorted(values, known, side="right") - 1, minlength=len(values)) > 0
    values = values[held]  # between equal scores lie places that hold none
    place = np.searchsorted(values, known, side="right") - 1
    count = np.concatenate([[0.0], np.cumsum(np.bincount(place, minlength=len(values)))])
    total = np.concatenate([[0.0], np.cumsum(np.bincount(place, known, len(values)))])
    first, second = np.triu_indices(len(values) + 1, 1)
    inside = (first > 0) & (second < len(values))
    first, second = first[inside], second[inside]
    spread = sum(_squares(total, count, start, end) for start, end in
                 ((np.zeros_like(first), first), (first, second), (second, np.full_like(first, len(values)))))
    best = int(np.argmax(spread))
    return float(values[first[best]]), float(values[second[best]])


def _squares(total: Floats, count: Floats, start: NDArray[np.int64], end: NDArray[np.int64]) -> Floats:
    """Return the squared sum of each group over its size: the larger in all, the less spread is left within."""
    return (total[end] - total[start]) ** 2 / (count[end] - count[start])
