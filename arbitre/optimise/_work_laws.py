"""Which law does the work of a step follow, as the tables say?"""

from __future__ import annotations

from typing import Any

import numpy as np

from arbitre.maths.work.duration_laws import DurationLaw
from arbitre.tables.routing import Process

_SMALLEST_SPREAD = 1e-3


def work_law(step: dict[str, Any], process: Process) -> DurationLaw:
    """Return the law of the work of a step (its row), in hours."""
    if step["law"] == "observed":
        values = tuple(sorted(process.durations.filter(step=step["step"])["work"])) or (0.0,)
        return DurationLaw("observed", float(np.mean(values)), values=values)
    if step["work"] == 0.0 or step["law"] == "constant" or step["spread"] < _SMALLEST_SPREAD:
        return DurationLaw("constant", step["work"])
    spread = 1.0 if step["law"] == "exponential" else step["spread"]
    kind = "erlang" if step["law"] == "exponential" else step["law"]
    return DurationLaw(kind, step["work"], spread, max(round(spread**-2), 1))
