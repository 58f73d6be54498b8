"""How much should a rate seen on few cases weigh against a rate expected before any was seen?

Units come at a rate that is a factor times an expected one: the failures of the machines there are, by their makers'
rates. The factor of each item is drawn from a gamma law with mean m and shape a; given it, the units seen while e were
expected have mean (factor e) and variance `lump` times that (a Poisson count of lumps). Then, given y units, the factor
has a gamma law with shape a + y/lump and mean
    (a + y/lump) / (a/m + e/lump),
which is m where nothing was expected yet, and y/e where much was: gamma-Poisson credibility (Bühlmann and Straub, ASTIN
1970; Clayton and Kaldor, Biometrics 43 (1987) 671-681). The law itself is estimated from all the items (empirical
Bayes): m = (sum y + 1) / (sum e + 1), the 1 being one failure at the expected rate; and, as the variance of y is
lump m e + (m e)²/a,
    1/a = sum ((y - m e)² - lump m e) / sum (m e)².
What is asked of k units expected then is negative binomial, with mean k times the factor's and that mean's square over
the shape added to the variance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_SHAPES = (0.05, 1e6)
"""Least and most shape: a factor that is nearly anything, and one that is the same for all."""


def factor_law(units: Floats, expected: Floats, group: Integers, lump: float) -> tuple[Floats, float]:
    """Return the mean of the factor in each item's group, and the shape that all share.

    Args: units seen and expected (items,); group (items,) whose factors share a mean; lump, variance over mean of
    the units given the rate (at least 1).
    """
    groups = int(group.max(initial=-1)) + 1
    ratio = (np.bincount(group, units, groups) + 1.0) / (np.bincount(group, expected, groups) + 1.0)
    mean = ratio[group]
    foreseen = mean * expected
    squares = float((foreseen**2).sum())
    excess = float(((units - foreseen) ** 2 - lump * foreseen).sum())
    inverse = excess / squares if squares > 0.0 else 1.0
    return mean, float(np.clip(1.0 / inverse if inverse > 0.0 else np.inf, *_SHAPES))


def factor_given(units: Floats, expected: Floats, mean: Floats, shape: float, lump: float) -> tuple[Floats, Floats]:
    """Return the mean and the shape of each item's factor, given the units seen while `expected` were expected.

    Args: units, expected (items,); mean (items,), shape and lump as `factor_law` gives them.
    """
    known = shape + units / lump
    return known / (shape / mean + expected / lump), known


def pooled_lump(units: Floats) -> float:
    """Return the variance over the mean of the units of a period, pooled over items, at least 1.

    Args: units (items, periods). Fisher's index with one mean per item: 1 on average when single units come at random.
    """
    mean = units.mean(axis=1, keepdims=True)
    freedom = float((units.shape[1] - 1) * mean.sum())
    return max(float(((units - mean) ** 2).sum()) / freedom, 1.0) if freedom > 0.0 else 1.0
