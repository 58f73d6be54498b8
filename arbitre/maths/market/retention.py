"""How many will renew, period after period, and what is a customer worth who may move and leave?

*Renewals* (shifted beta-geometric law: Fader and Hardie, Journal of Interactive Marketing 21 (2007) 76-90): each
customer leaves at a renewal with a chance of its own, drawn from a beta law (a, b). The t-th renewal is then missed
by
    a / (a + b + t - 1)
of those who come to it: less and less, as those who leave easily have left. Counts of those who came to a renewal and
of those who missed it are all that the likelihood needs, so that customers first seen late, and those still there,
count for what was seen of them.

*Value* (Markov reward: Pfeifer and Carraway, Journal of Interactive Marketing 14 (2000) 43-55): a customer passes
between states with fixed chances each period and pays what its state is worth.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from arbitre.maths.evidence.likelihood import likeliest

Floats = NDArray[np.float64]


class Renewals(NamedTuple):
    """The beta law of the chance to leave, the covariance of the logarithms of a and b, and the log likelihood."""

    a: float
    b: float
    covariance: Floats
    log_likelihood: float

    def missed_share(self, renewal: Floats) -> Floats:
        """Return the share of those who come to a renewal (1 the first) that miss it."""
        return self.a / (self.a + self.b + renewal - 1.0)

    def kept_share(self, renewal: Floats) -> Floats:
        """Return the share of all that renewed so many times: (renewals,)."""
        return np.exp(betaln(self.a, self.b + renewal) - betaln(self.a, self.b))


def fit_renewals(came: Floats, missed: Floats) -> Renewals:
    """Fit the shifted beta-geometric law.

    Args: came, missed (renewals,): how many came to the first, second, ... renewal, and how many of them missed it.
    """
    before = np.arange(len(came), dtype=np.float64)
    renewed = came - missed

    def of(logs: Floats) -> tuple[float, Floats]:
        a, b = np.exp(logs)
        total = a + b + before
        value = missed @ np.log(a / total) + renewed @ np.log((b + before) / total)
        of_both = came @ (1.0 / total)
        slope = np.array([missed.sum() / a - of_both, renewed @ (1.0 / (b + before)) - of_both])
        return float(value), slope * (a, b)

    fit = likeliest(of, np.array([0.0, 1.0]))
    return Renewals(float(fit.parameters[0]), float(fit.parameters[1]), fit.covariance, fit.log_likelihood)


def worth_of_states(passage: Floats, reward: Floats, discount: float, periods: int) -> Floats:
    """Return what a customer of each state pays over so many periods, counted as money of today: (..., states).

    Args: passage (..., states, states), chances from state (row) to state within a period, rows adding up to at most 1
    (the rest has left); reward (states,), paid at the end of a period by those then in the state; discount, what
    money a period later is worth today.
    """
    worth = np.zeros(passage.shape[:-1])
    for _ in range(periods):
        worth = discount * np.einsum("...ij,...j->...i", passage, reward + worth)
    return worth


def paid_while_there(leaves: Floats, discount: float, periods: int, raised: Floats | None = None,
                     raised_periods: int = 0) -> Floats:
    """Return how many payments a customer makes, counted as money of today, who may leave each period: (customers,).

    Args: leaves (customers,), the chance to leave within a period; discount, what money a period later is worth today;
    periods, how far payments count; raised (customers,), the chance during the first raised_periods, where it differs.
    """
    there, total = np.ones_like(leaves), np.zeros_like(leaves)
    for period in range(periods):
        there = there * discount * (1.0 - (raised if raised is not None and period < raised_periods else leaves))
        total = total + there
    return total
