"""What would more answers be worth, where a choice is to be made on what the present ones say?

The payoff of each choice is known by draws. Answers of n more like those the draws rest on move its mean by as much as
n of n + known of its variance tells; the rest stays unknown. Means after n answers are therefore taken as the draws,
drawn towards their mean by the square root of n / (n + known), the Gaussian approximation of Jalal and Alarid-Escudero
(2018, A Gaussian approximation approach for value of information analysis, Medical Decision Making 38, 174-188); exact
where payoffs are normal (Raiffa and Schlaifer 1961, Applied Statistical Decision Theory, part II).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]


def worth_of_answers(payoffs: Floats, known: int, more: npt.ArrayLike) -> Floats:
    """Return what a choice made after more answers brings beyond the best choice of today.

    payoffs (draws, choices), in money; known: answers the draws rest on; more (sizes,): numbers of further answers,
    infinity for everything known. Returns (sizes,), in money; never negative, and never less for more answers.

    Raises ValueError where fewer than one answer is known.
    """
    if known < 1:
        raise ValueError("draws must rest on an answer at least")
    sizes = np.asarray(more, dtype=float)
    told = np.divide(sizes, sizes + known, out=np.ones_like(sizes), where=np.isfinite(sizes))
    middle = payoffs.mean(axis=0)
    after = middle + np.sqrt(told)[:, None, None] * (payoffs - middle)
    return (after.max(axis=2) - after[:, :, middle.argmax()]).mean(axis=1)
