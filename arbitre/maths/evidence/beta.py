"""Given so many kept of so many, how likely is the true share below a promise, and the next period missed?

With f kept of n cases and nothing known before (Jeffreys' prior), the true share follows a beta law with parameters
f + 1/2 and n - f + 1/2; kept cases of the next m follow the beta-binomial law with the same parameters.
"""

from __future__ import annotations

import math

import numpy as np

_JEFFREYS = 0.5


def chance_below(share: float, kept: float, cases: float) -> float:
    """Return how likely the true share is below `share` (0 to 1), after `kept` of `cases`."""
    return incomplete_beta(share, kept + _JEFFREYS, cases - kept + _JEFFREYS)


def chance_of_missing(share: float, kept: float, cases: float, coming: int) -> float:
    """Return how likely fewer than `share` of the next `coming` cases are kept, after `kept` of `cases`."""
    a, b = kept + _JEFFREYS, cases - kept + _JEFFREYS
    whole = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    counts = np.arange(math.ceil(share * coming - 1e-9))
    law = [math.lgamma(coming + 1) - math.lgamma(k + 1) - math.lgamma(coming - k + 1)
           + math.lgamma(a + k) + math.lgamma(b + coming - k) - math.lgamma(a + b + coming) - whole for k in counts]
    return float(min(np.exp(law).sum(), 1.0))


def incomplete_beta(x: float, a: float, b: float) -> float:
    """Return the chance that a beta variable with parameters a, b is below x, by Lentz's continued fraction.

    Source: W. H. Press et al., Numerical Recipes, 3rd edition, 2007, section 6.4.
    """
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(x, a, b) / a
    return 1.0 - front * _fraction(1.0 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1.0 / _away(1.0 - (a + b) * x / (a + 1.0), tiny)
    found, m = d, 1
    while True:
        for top in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                    -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d, c = 1.0 / _away(1.0 + top * d, tiny), _away(1.0 + top / c, tiny)
            found *= d * c
        if abs(d * c - 1.0) < 1e-14 or m > 100_000:
            return found
        m += 1


def _away(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
