"""What will a customer still pay, and what of it does one more broken promise take?

With h the chance to leave in a period, a customer pays as long as it is there
(`maths.market.retention.paid_while_there`). One more breach raises h for as many periods as it is remembered; the
payments it takes are the price of the breach. Its interval is that of the effects (delta method), and of nothing else:
payments of single customers scatter more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit

from arbitre.core.units import DAYS_PER_YEAR
from arbitre.maths.evidence.logistic import Logistic
from arbitre.maths.evidence.shares import NINE_IN_TEN
from arbitre.maths.market.retention import paid_while_there

Floats = NDArray[np.float64]

_STEP = 1e-4


class Worth(NamedTuple):
    """Where the breaches stand among the features, and how payments count.

    period, in days; remembered, periods for which a breach is; ahead, periods of the forecast; years over which
    payments count; discount_share, what money a year later loses.
    """

    breaches: int
    period: int
    remembered: int
    ahead: float
    years: float
    discount_share: float


def paid(effect: Floats, features: Floats, worth: Worth, more: float = 0.0) -> Floats:
    """Return the years' prices that each customer still pays, with so many more breaches than it had: (customers,)."""
    line = effect[0] + features @ effect[1:]
    raised = expit(line + more * effect[1 + worth.breaches]) if more else None
    share = worth.period / DAYS_PER_YEAR
    return share * paid_while_there(expit(line), (1.0 - worth.discount_share) ** share, round(worth.years / share),
                                    raised, worth.remembered)


def breach_prices(segments: list[str | None], features: Floats, price: Floats, law: Logistic, worth: Worth,
                  ) -> pl.DataFrame:
    """Return the price of one more breach for everybody (first row, no segment) and for each segment.

    Args: segments, features, price (customers,), of those under contract now; NaN where the price is not known.
    """
    known = np.isfinite(price)

    def lost(effect: Floats) -> Floats:
        """Return what one more breach takes from each customer."""
        return price * (paid(effect, features, worth) - paid(effect, features, worth, 1.0))

    moves = _STEP * np.eye(len(law.effect))
    slopes = np.column_stack([(lost(law.effect + move) - lost(law.effect - move)) / (2 * _STEP) for move in moves])
    line = law.effect[0] + features @ law.effect[1:]
    stays, kept = (1.0 - expit(line + more) for more in (0.0, law.effect[1 + worth.breaches]))
    remembered = min(worth.remembered, worth.ahead)
    before, after = stays ** worth.ahead, kept ** remembered * stays ** (worth.ahead - remembered)
    value, taken = price * paid(law.effect, features, worth), lost(law.effect)
    of = np.array(["" if segment is None else segment for segment in segments], dtype=object)
    rows = []
    for name in (None, *sorted({segment for segment in segments if segment is not None})):
        here = np.ones(len(of), bool) if name is None else of == name
        both = here & known
        slope = slopes[both].mean(axis=0) if both.any() else np.full(len(law.effect), np.nan)
        mean = float(taken[both].mean()) if both.any() else np.nan
        width = NINE_IN_TEN * float(np.sqrt(slope @ law.covariance @ slope))
        rows.append({"segment": name, "customers": int(here.sum()), "leave_share": float((1.0 - before[here]).mean()),
                     "added_share": float((before - after)[here].mean()), "price": mean, "low": mean - width,
                     "value": float(value[both].mean()) if both.any() else np.nan, "high": mean + width})
    return pl.DataFrame(rows, schema_overrides={"segment": pl.String}).with_columns(
        pl.col("price", "low", "high", "value").fill_nan(None))
