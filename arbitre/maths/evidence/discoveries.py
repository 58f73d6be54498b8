"""When many things are tested at once, which findings may be believed?

Benjamini and Hochberg (Journal of the Royal Statistical Society B 57, 1995, 289-300): with m tests in order of their p
values, those up to the last k with p_(k) <= k q / m are believed; of what is believed, a share q at most is false in
the mean. The adjusted value of a test is the least q at which it is believed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def adjusted(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return the adjusted p values (tests,), in the order given; a test is believed when its own is at most q."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = p[order] * len(p) / np.arange(1, len(p) + 1)
    found = np.empty(len(p))
    found[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return found
