"""Which positive parameters are the likeliest, and how surely are they known?

They are sought as logarithms. Their covariance is the inverse of the information there, to which that of a normal law
of variance 100 is added: what the data do not tell has a wide interval and not an infinite one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Gradient = Callable[[Floats], tuple[float, Floats]]

_WIDEST = 100.0
_FURTHEST = 12.0
"""Log parameters are sought within this of nought."""


class Fit(NamedTuple):
    """Parameters, the covariance of their logarithms, and the log likelihood."""

    parameters: Floats
    covariance: Floats
    log_likelihood: float


def likeliest(of: Gradient, start: Floats) -> Fit:
    """Return where a log likelihood is highest.

    Args: of, which tells it with its slopes by the logarithms of the parameters; start (parameters,), logarithms.
    """

    def cost(logs: Floats) -> tuple[float, Floats]:
        value, slope = of(logs)
        return -value, -slope

    found: Any = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=[(-_FURTHEST, _FURTHEST)] * len(start),
                          options={"maxiter": 1000, "ftol": 1e-14, "gtol": 1e-8})
    moves = 1e-3 * np.eye(len(start))
    information = np.array([(cost(found.x + move)[1] - cost(found.x - move)[1]) / 2e-3 for move in moves])
    values, vectors = np.linalg.eigh((information + information.T) / 2.0)
    covariance = vectors / (np.maximum(values, 0.0) + 1.0 / _WIDEST) @ vectors.T
    return Fit(np.exp(found.x), covariance, float(-found.fun))


def with_differences(of: Callable[[Floats], float]) -> Gradient:
    """Return a log likelihood with its slopes, by central differences."""

    def told(logs: Floats) -> tuple[float, Floats]:
        moves = 1e-5 * np.eye(len(logs))
        return of(logs), np.array([(of(logs + move) - of(logs - move)) / 2e-5 for move in moves])

    return told


def slopes(of: Callable[[Floats], Floats], fit: Fit) -> Floats:
    """Return how what parameters lead to (rows,) moves with each log parameter: (rows, parameters)."""
    logs, step = np.log(fit.parameters), 1e-4
    return np.column_stack([(of(np.exp(logs + move)) - of(np.exp(logs - move))) / (2.0 * step)
                            for move in step * np.eye(len(logs))])
