"""Where does a curve of diminishing returns bend most? The point beyond which more brings little."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def knee(x: Floats, y: Floats) -> int | None:
    """Return the place of the point farthest above the chord between the ends of a rising curve.

    Args: x (points,), what is spent, rising; y (points,), what it brings. Both are measured from end to end, so units
    do not matter. None where no point lies above the chord. Source: Das 1999, "On characterizing the knee of
    the Pareto curve based on normal-boundary intersection", Structural Optimization 18:107-115; Satopää et al. 2011
    ("Kneedle") take the same point.
    """
    width, height = x[-1] - x[0], y[-1] - y[0]
    if width <= 0 or height <= 0:
        return None
    above = (y - y[0]) / height - (x - x[0]) / width
    at = int(np.argmax(above))
    return at if above[at] > 0 else None
