"""How far does one sorting of cases follow another, and over how many kinds do cases really spread?

Cramér's V of a table of counts, from 0 (nothing follows) to 1 (all follows), corrected for what chance alone gives
(W. Bergsma, Journal of the Korean Statistical Society 42, 2013, 323-328): with phi² = chi²/n, r rows and c columns,
    phi~² = max(0, phi² - (r-1)(c-1)/(n-1)),  r~ = r - (r-1)²/(n-1),  c~ likewise,  V = sqrt(phi~² / min(r~-1, c~-1)).
Effective number: exp(H), H = -sum w log w of the shares w: so many kinds of equal share would be as diverse (M. O.
Hill, Ecology 54, 1973, 427-432).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike


def cramers_v(counts: ArrayLike) -> float:
    """Return V of a table of counts (rows, columns), empty rows and columns left out; NaN where there is no choice."""
    table = np.asarray(counts, dtype=np.float64)
    table = table[table.sum(axis=1) > 0.0][:, table.sum(axis=0) > 0.0]
    n, (rows, columns) = table.sum(), table.shape
    if min(rows, columns) < 2 or n < 2.0:
        return math.nan
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    phi2 = ((table - expected) ** 2 / expected).sum() / n
    corrected = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1.0))
    least = min(size - (size - 1) ** 2 / (n - 1.0) for size in (rows, columns)) - 1.0
    return math.sqrt(corrected / least) if least > 0.0 else math.nan


def effective_number(amounts: ArrayLike) -> float:
    """Return how many kinds of equal amount would be as diverse as these (kinds,); 0 where there are none."""
    amount = np.asarray(amounts, dtype=np.float64)
    share = amount[amount > 0.0] / max(amount.sum(), 1e-300)
    return float(np.exp(-(share * np.log(share)).sum())) if len(share) else 0.0
