"""How many units does a line ask for, when demand is negative binomial?

Negative binomial demand of dispersion D (its variance over its mean) comes in lines at random whose sizes are
logarithmic with theta = 1 - 1 / D (Quenouille, Biometrics 5, 1949):

    P(a line asks for k units) = theta^k / (k ln D)        P(a unit is one of a line for k) = (1 - theta) theta^(k - 1)

The second is the first weighed by k. Either is told by few sizes of one weight, at the middle of equal shares: of the
units, where a rate of units is split, or of the lines, where lines are drawn.
"""

import numpy as np

_MOST_THETA = 0.999_999


def sizes_of_units(dispersion, parts):
    """Which sizes do the lines have that equal shares of the units stand in?

    Args: dispersion (rows,), each above 1; parts, how many shares. Returns: (rows, parts) units, ascending.
    """
    theta = 1.0 - 1.0 / np.asarray(dispersion, dtype=np.float64)
    return np.maximum(np.ceil(np.log(1.0 - _middles(parts)) / np.log(theta)[:, None]), 1.0)


def sizes_of_lines(dispersion, parts):
    """Which sizes stand for equal shares of the lines, and have the dispersion asked for, E[k^2] / E[k]?

    The middles of shares cut the tail of the law, so theta is sought for which they have that dispersion themselves.
    Args: dispersion above 1; parts, how many shares. Returns: (parts,) units, ascending.
    """
    low, high = 0.0, _MOST_THETA
    for _ in range(40):
        middle = (low + high) / 2
        sizes = _quantiles(middle, parts)
        if (sizes**2).sum() / sizes.sum() < dispersion:
            low = middle
        else:
            high = middle
    return _quantiles(high, parts)


def _quantiles(theta, parts):
    """Return the sizes under which the middles of equal shares of the lines lie."""
    if theta < 1e-9:
        return np.ones(parts)
    below = _middles(parts)
    # Beyond the last size the share left, under theta^size, is less than the last quantile leaves.
    sizes = np.arange(1, 2 + int(np.log(1.0 - below[-1]) / np.log(theta)))
    so_far = np.cumsum(theta**sizes / sizes) / -np.log1p(-theta)
    return 1.0 + np.searchsorted(so_far, below)


def _middles(parts):
    return (np.arange(parts) + 0.5) / parts
