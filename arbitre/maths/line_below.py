"""Which line lies below a curve of which only floors are known, between points?

A curve that costs of stock follow bends down or jumps, so a linear programme sees it through lines that nowhere lie
above it: each is drawn through the floors at both ends, and lowered until it is below every floor between them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def line_below(at: Floats, floors: Floats) -> tuple[float, float]:
    """Return base (the line at 0) and slope of a line below a curve.

    Args: at (points,), rising, two or more; floors (points - 1,), below which the curve is nowhere between two points.
    """
    slope = max(float(floors[-1] - floors[0]), 0.0) / max(float(at[-1] - at[1]), 1e-12)
    return float((floors - slope * at[1:]).min()), slope
