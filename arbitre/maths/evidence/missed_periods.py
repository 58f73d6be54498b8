"""How often is a share missed over a period of few cases, although it is kept on the long run?

Of n cases in a period each is kept with chance p, so the number kept is binomial, and the share promised is missed when
fewer than target x n are kept. A promise of 95 % on 20 lines a month, kept at 96 % on the long run, is missed in 19 %
of the months: penalties are priced by this distribution, not by its mean.
"""

from __future__ import annotations

import math

import numpy as np


def chance_of_missing(cases: float, kept: float, target: float) -> float:
    """Return the chance that fewer than `target` of the cases of a period are kept.

    Args: cases in a period, rounded to a whole number, and to none below a half (nothing is then missed); kept, share
    of the cases kept on the long run; target, share promised.
    """
    count = round(cases)
    needed = math.ceil(target * count - 1e-9)
    if needed <= 0 or kept >= 1:
        return 0.0
    if kept <= 0:
        return 1.0
    few = np.arange(needed)
    chances = np.array([math.lgamma(k + 1.0) + math.lgamma(count - k + 1.0) for k in few])
    logs = math.lgamma(count + 1.0) - chances + few * math.log(kept) + (count - few) * math.log1p(-kept)
    return float(min(np.exp(logs).sum(), 1.0))
