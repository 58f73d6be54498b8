"""How much work can so many heads take, when a share of the cases must be done within a window?

Cases come in a Poisson stream to c heads, first come, first served, of whom a load keeps a busy (M/M/c). A case waits
with Erlang's chance C(c, a), then exponentially with the mean work / (c - a); its own work S follows any law:

    done in time = E[ (1 - C exp(-(c - a) (window - S) / work)) ; S <= window ].

Every wait grows with the load, so the share falls with it, and the most that so many heads can take is one number.
Those who leave before they are served are counted as if they stayed: with them heads would be too many, not too few.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from arbitre.maths.stock.repair import delayed_share
from arbitre.maths.work.duration_laws import DurationLaw

Floats = NDArray[np.float64]

_PARTS = 200
"""Parts of the window that the law of the work is cut into."""
_CLOSE = 1e-10
"""How close the most load is told, as a share of a head."""


def most_load(heads: int, work: float, window: float, share: float, law: DurationLaw) -> float:
    """Return the most heads that may be busy on average if the share of cases is to be done in time.

    Args: heads; work, mean hours a head is busy with a case; window, hours from when the case is ready; law, of the
    work that must be done in the window. 0 where no number of heads keeps the share.
    """
    spent, weight = _work_within(window, law)
    if heads < 1 or weight.sum() < share:
        return 0.0

    def spare(load: float) -> float:
        waits = delayed_share(load, heads) * np.exp(-(heads - load) / work * (window - spent))
        return float(weight @ (1.0 - waits)) - share

    highest = heads * (1.0 - 1e-9)
    return highest if spare(highest) >= 0 else float(brentq(spare, 0.0, highest, xtol=_CLOSE))  # type: ignore[arg-type]


def _work_within(window: float, law: DurationLaw) -> tuple[Floats, Floats]:
    """Return values of the work within the window, and their chances."""
    if window < 0:
        return np.zeros(1), np.zeros(1)
    if law.kind == "constant":
        return np.array([law.mean]), np.array([float(law.mean <= window)])
    ends = np.linspace(0.0, window, _PARTS + 1)
    below = law.below(ends)
    return np.append(0.0, (ends[1:] + ends[:-1]) / 2), np.append(below[0], np.diff(below))
