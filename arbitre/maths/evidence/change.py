"""Why did a sum of volumes times margins change: volume, mix, or what a unit brings?

A whole is made of classes, each with n units that bring r each. From one period to the next
    change of sum n r = sum (change of n) x mean r + sum mean n x (change of r),
means taken over the two periods: exact, nothing left over, and the same told backwards (T. L. Bennet, Journal of the
Royal Statistical Society 83, 1920; W. E. Diewert, Journal of Productivity Analysis 23, 2005, recommends it for
profits). With N units in all and shares w = n/N, in the same way
    (change of n) = (change of N) x mean w + mean N x (change of w):
the first is volume, all classes moving alike, the second is mix. A class seen in one period only brings in the other
what it brings in the one: all of its change is volume and mix.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Change(NamedTuple):
    """What each class adds to the change: volume (classes,), mix (classes,), rates (classes, parts)."""

    volume: Floats
    mix: Floats
    rates: Floats


def decompose(units: tuple[Floats, Floats], amounts: tuple[Floats, Floats]) -> Change:
    """Split the change of the amounts between two periods.

    Args: units, before and after, each (classes,); amounts, before and after, each (classes, parts), signed so that
    they add up to what is to be explained. An amount of a class without units has nothing to be divided by: it is
    volume. Returns what adds up, for each class, to its amounts after less before.
    """
    counts = [np.asarray(count, dtype=np.float64) for count in units]
    sums = [np.asarray(amount, dtype=np.float64) for amount in amounts]
    rates = [np.divide(total, count[:, None], out=np.zeros_like(total), where=count[:, None] > 0)
             for total, count in zip(sums, counts, strict=True)]
    seen = [count[:, None] > 0 for count in counts]
    before, after = (np.where(here, own, other) for here, own, other in zip(seen, rates, rates[::-1], strict=True))
    all_before, all_after = counts[0].sum(), counts[1].sum()
    share = [count / max(count.sum(), 1.0) for count in counts]
    bring = ((before + after) / 2.0).sum(axis=1)
    volume = (all_after - all_before) * (share[0] + share[1]) / 2.0 * bring
    mix = (all_before + all_after) / 2.0 * (share[1] - share[0]) * bring
    unexplained = (sums[1] * ~seen[1] - sums[0] * ~seen[0]).sum(axis=1)
    return Change(volume + unexplained, mix, (counts[0] + counts[1])[:, None] / 2.0 * (after - before))


def mix_and_rates(above: tuple[Floats, Floats], below: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Split the change of a rate, sum of what is above over sum of what is below, into mix and rates, class by class.

    With w the share of a class in what is below and r its own rate, the rate is sum w r, and
        change = sum (change of w) x (mean r - mean rate) + sum mean w x (change of r).
    A class that grows adds to mix by how far it stands from the whole; as shares add up to one, taking the mean rate
    off changes no sum. It is the split of `decompose`, of Kitagawa (JASA 50, 1955, 1168-1194) and of Shapley alike.

    Args: above and below, before and after, each (classes,), nothing negative below. Returns mix and rates, each
    (classes,), which add up to the change; not a number where one of the rates has nothing below.
    """
    wholes = [float(np.sum(part)) for part in below]
    if min(wholes) <= 0.0 or min(float(np.min(part)) for part in below) < 0.0:
        nowhere = np.full(len(below[0]), np.nan)
        return nowhere, nowhere
    shares = (below[0] / wholes[0], below[1] / wholes[1])
    parts = (above[0] / wholes[0], above[1] / wholes[1])
    split = decompose(shares, (parts[0][:, None], parts[1][:, None]))
    mean_rate = (parts[0].sum() + parts[1].sum()) / 2.0
    return split.mix + split.volume - (shares[1] - shares[0]) * mean_rate, split.rates[:, 0]
