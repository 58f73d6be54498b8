"""Which dimension explains a change, and which of its members?

For a sum, F is what was expected (the period before) and A what came, F_j and A_j those of member j of a dimension:
    explanatory power   EP_j = (A_j - F_j) / (A - F);
    surprise            S_j = (p log(2p / (p + q)) + q log(2q / (p + q))) / 2,   p = F_j / F, q = A_j / A,
which adds up over members to the Jensen-Shannon divergence of the two mixes. For a ratio of m to n
    EP_j = (dm_j F(n) - dn_j F(m)) / (F(n) (F(n) + dn_j)),   d the change of the member,
scaled so that they add up to one, and its surprise is that of m and that of n together. Members are taken by surprise,
those that explain at least a tenth, until they explain two thirds: R. Bhagwan and others, Adtributor: revenue debugging
in advertising systems (NSDI 2014), with its thresholds.

A dimension of many small members always surprises: with N rows of k members in both periods, by (k - 1) / (2 N log 2)
bits when nothing changes (S. S. Wilks, Annals of Mathematical Statistics 9, 1938), and by more where rows come
together. So the mixes of the same members in earlier periods tell what is usual, and how many times that a surprise is
ranks dimensions. How often the usual surprise was as large gives a p-value, and where many dimensions are tried the
share of false finds is held by Y. Benjamini and Y. Hochberg (JRSS B 57, 1995).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ENOUGH_SHARE, LEAST_SHARE = 0.67, 0.10
"""Members are taken until they explain the first, those that explain the second each."""


def surprise(before: Floats, after: Floats) -> Floats:
    """Return the surprise of each member (members,), in bits; not a number where a mix is not one of shares.

    Args: before, after: what each member has of a sum, (members,); a mix needs a positive sum of nothing negative.
    """
    totals = before.sum(), after.sum()
    if min(totals) <= 0.0 or min(before.min(), after.min()) < 0.0:
        return np.full(len(before), np.nan)
    p, q = before / totals[0], after / totals[1]
    return np.maximum((_information(p, p + q) + _information(q, p + q)) / 2.0, 0.0)


def explanatory_power(before: Floats, after: Floats) -> Floats:
    """Return the share of the change of a sum that each member explains (members,); not a number without a change."""
    return _of_one(after - before)


def explanatory_power_of_ratio(above: tuple[Floats, Floats], below: tuple[Floats, Floats]) -> Floats:
    """Return the share of the change of a ratio that each member explains (members,).

    Args: above, below: before and after, each (members,).
    """
    whole_above, whole_below = above[0].sum(), below[0].sum()
    more_above, more_below = above[1] - above[0], below[1] - below[0]
    divisor = whole_below * (whole_below + more_below)
    changed = more_above * whole_below - more_below * whole_above
    return _of_one(np.divide(changed, divisor, out=np.full(len(changed), np.nan), where=divisor != 0.0))


def explaining(power: Floats, surprises: Floats) -> NDArray[np.int64]:
    """Return the members that explain a change together, the most surprising first; none where they explain too little.

    Args: power, surprises: of each member, (members,).
    """
    order = np.argsort(-np.nan_to_num(surprises), kind="stable")
    taken = order[np.nan_to_num(power[order]) >= LEAST_SHARE]
    reached = np.flatnonzero(np.cumsum(power[taken]) >= ENOUGH_SHARE)
    return taken[:reached[0] + 1] if len(reached) else taken[:0]


def chance(found: float, usual: Floats) -> float:
    """Return how often what is usual was as large as what was found, that itself counted (Davison, Hinkley 1997, 4.2).

    Not a number where nothing is known to be usual.
    """
    known = usual[np.isfinite(usual)]
    if not len(known) or not np.isfinite(found):
        return float("nan")
    return float((1 + np.sum(known >= found)) / (1 + len(known)))


def false_discovery_shares(p: Floats) -> Floats:
    """Return for each test the least share of false finds at which it would be one (the q-value); what is nan stays so.

    Args: p: the p-value of each test, (tests,).
    """
    found, known = np.full(len(p), np.nan), np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    raised = p[order] * len(order) / np.arange(1, len(order) + 1)
    found[order] = np.minimum.accumulate(raised[::-1])[::-1]
    return found


def _information(shares: Floats, both: Floats) -> Floats:
    """Return p log2(2p / (p + q)), nought where p is."""
    ratio = np.divide(2.0 * shares, both, out=np.ones_like(shares), where=shares > 0.0)
    return shares * np.log2(ratio)


def _of_one(changes: Floats) -> Floats:
    """Return changes as shares of their sum; not a number where that is nought."""
    whole = changes.sum()
    return changes / whole if whole else np.full(len(changes), np.nan)
