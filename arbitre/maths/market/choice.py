"""Which attributes make people choose what they choose? The multinomial logit, and the data all choice models read.

A person in a situation (a choice set) sees some alternatives and takes one. With utility = attributes x coefficients
plus Gumbel noise, alternative j is taken with probability exp(V_j) / sum of exp(V) (McFadden 1974; Train, Discrete
Choice Methods with Simulation, 2009, chapter 3). The log likelihood is concave, so Newton's method finds its top; the
covariance is the sandwich with the situations of one person as a cluster (White 1982; Train 2009, section 8.6).

`choice_mixed`, `choice_classes` and `choice_bayes` let people differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from arbitre.core.errors import UsageError

Floats = NDArray[np.floating]
Integers = NDArray[np.int64]

_TURNS = 100
_CLOSE = 1e-10
"""The step that promises less than this for each situation is the last: Newton doubles the digits each time."""
_SMALLEST = 1e-6
"""A step is not halved below this part."""
_CERTAIN = 20.0
"""A utility that usually differs by more than this leaves no doubt: e^-20 is two in a thousand million."""


@dataclass(frozen=True)
class Choices:
    """What was seen and taken.

    attributes (alternatives, features), the alternatives of one situation after the other; first (situations + 1,),
    where each situation's begin; taken (situations,), the row that was taken; person (situations,), numbers from 0 on,
    rising; names (features,). Raises UsageError where that does not fit together, or nobody chose.
    """

    attributes: Floats
    first: Integers
    taken: Integers
    person: Integers
    names: tuple[str, ...]

    @classmethod
    def of(cls, attributes: ArrayLike, situation: ArrayLike, taken: ArrayLike, person: ArrayLike,
           names: Sequence[str]) -> Choices:
        """Return the choices of a long table: one row per alternative, in any order.

        Args (rows,): situation, any labels; taken, whether it was; person, who chose, any labels.
        """
        values = np.asarray(attributes, dtype=np.float64).reshape(len(np.asarray(situation)), -1)
        if not np.isfinite(values).all():
            raise UsageError("An attribute of an alternative is missing or not a number.")
        who = np.unique(np.asarray(person), return_inverse=True)[1]
        where = np.unique(np.asarray(situation), return_inverse=True)[1]
        order = np.lexsort((where, who))
        where, who = where[order], who[order]
        begins = np.flatnonzero(np.concatenate([[True], (where[1:] != where[:-1]) | (who[1:] != who[:-1])]))
        first = np.append(begins, len(where))
        is_taken = np.asarray(taken, dtype=bool)[order]
        count = np.add.reduceat(is_taken, begins, dtype=np.int64) if len(begins) else np.zeros(0, np.int64)
        if len(begins) == 0 or (count != 1).any():
            raise UsageError(f"In every situation one alternative must be taken; {int((count != 1).sum())} of "
                             f"{len(begins)} have none or several.")
        return cls(values[order], first, np.flatnonzero(is_taken), who[begins], tuple(names))

    @property
    def people(self) -> int:
        """How many people chose."""
        return int(self.person[-1]) + 1

    @property
    def situations(self) -> int:
        """How many choices were made."""
        return len(self.taken)


@dataclass(frozen=True)
class Logit:
    """A fitted logit: coefficients (features,), their covariance robust to people's habits, and the log likelihood.

    `null` is the log likelihood of choosing at random.
    """

    names: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    null: float

    @property
    def errors(self) -> Floats:
        """Standard errors (features,)."""
        return np.sqrt(np.diag(self.covariance))


def fit_logit(choices: Choices, weight: ArrayLike | None = None, start: ArrayLike | None = None) -> Logit:
    """Return the coefficients that make the choices most likely.

    Args: weight (people,), how much each person counts, default 1; start (features,), where to look first, default 0.

    Raises UsageError when the choices cannot tell: a feature never differs within a situation or follows from others,
    or it decides every choice (perfect separation), so that no finite coefficient is best.
    """
    counts = np.ones(choices.people) if weight is None else np.asarray(weight, dtype=np.float64)
    per_situation = counts[choices.person]
    features = choices.attributes.shape[1]
    told = usual_reach(choices)
    scores, hessian = np.zeros((choices.people, features)), np.zeros((features, features))
    coefficients = np.zeros(features) if start is None else np.asarray(start, dtype=np.float64) * told
    scaled = Choices(choices.attributes / told, choices.first, choices.taken, choices.person, choices.names)
    value = log_likelihood(scaled.attributes, scaled.first, scaled.taken, scaled.person, per_situation, coefficients,
                           scores, hessian)
    null = -float(per_situation @ np.log(np.diff(choices.first)))
    for _ in range(_TURNS):
        step, gain = _step(hessian, scores.sum(axis=0), choices.names)
        is_close, size, trial = gain < _CLOSE * per_situation.sum(), 1.0, -np.inf
        while size > _SMALLEST:
            trial = log_likelihood(scaled.attributes, scaled.first, scaled.taken, scaled.person, per_situation,
                                   coefficients + size * step, scores, hessian)
            if trial >= value or is_close:
                break
            size /= 2
        coefficients, value = coefficients + size * step, trial
        _refuse_certainty(scaled, coefficients)
        if is_close:
            return Logit(choices.names, coefficients / told, _covariance(hessian, scores, told), value, null)
    raise UsageError("The choices have no best explanation: the fit does not settle.")


@njit(cache=True, nogil=True, error_model="numpy")
def log_likelihood(attributes, first, taken, person, weight, coefficients, scores, hessian):
    """How likely are the choices at these coefficients?

    Args: as of `Choices`; weight (situations,). Written in place: scores (people, features), the gradient of each
    person; hessian (features, features), of minus the log likelihood. Returns the log likelihood.
    """
    features = attributes.shape[1]
    scores[:] = 0.0
    hessian[:] = 0.0
    total = 0.0
    mean = np.empty(features)
    for s in range(len(taken)):
        start, end = first[s], first[s + 1]
        highest = -np.inf
        utility = np.empty(end - start)
        for j in range(start, end):
            v = 0.0
            for k in range(features):
                v += attributes[j, k] * coefficients[k]
            utility[j - start] = v
            highest = max(highest, v)
        summed = 0.0
        for j in range(end - start):
            summed += np.exp(utility[j] - highest)
        total += weight[s] * (utility[taken[s] - start] - highest - np.log(summed))
        mean[:] = 0.0
        for j in range(start, end):
            p = np.exp(utility[j - start] - highest) / summed
            for k in range(features):
                mean[k] += p * attributes[j, k]
        for k in range(features):
            scores[person[s], k] += weight[s] * (attributes[taken[s], k] - mean[k])
        for j in range(start, end):
            p = weight[s] * np.exp(utility[j - start] - highest) / summed
            for k in range(features):
                apart = p * (attributes[j, k] - mean[k])
                for m in range(k + 1):
                    hessian[k, m] += apart * (attributes[j, m] - mean[m])
    for k in range(features):
        for m in range(k):
            hessian[m, k] = hessian[k, m]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def situation_logs(attributes, first, taken, coefficients):
    """Return the log probability of what was taken in each situation (situations,)."""
    found = np.empty(len(taken))
    for s in range(len(taken)):
        highest, chosen = -np.inf, 0.0
        for j in range(first[s], first[s + 1]):
            v = 0.0
            for k in range(attributes.shape[1]):
                v += attributes[j, k] * coefficients[k]
            highest = max(highest, v)
            if j == taken[s]:
                chosen = v
        summed = 0.0
        for j in range(first[s], first[s + 1]):
            v = 0.0
            for k in range(attributes.shape[1]):
                v += attributes[j, k] * coefficients[k]
            summed += np.exp(v - highest)
        found[s] = chosen - highest - np.log(summed)
    return found


def shares(utilities: ArrayLike) -> Floats:
    """Return the share of each alternative: utilities (..., alternatives); one of utility 0 may stand for none."""
    values = np.asarray(utilities, dtype=np.float64)
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def usual_reach(choices: Choices) -> Floats:
    """Return how far each feature usually reaches within a situation in which it differs (features,).

    Raises UsageError where it never does.
    """
    highest = np.maximum.reduceat(choices.attributes, choices.first[:-1])
    reach = highest - np.minimum.reduceat(choices.attributes, choices.first[:-1])
    same = [name for name, one in zip(choices.names, reach.max(axis=0), strict=True) if one == 0]
    if same:
        raise UsageError(f"{', '.join(same)} never differ between the alternatives of a situation, so the choices say "
                         "nothing about them. Leave them out.")
    return np.array([np.median(one[one > 0]) for one in reach.T])


def _step(hessian: Floats, gradient: Floats, names: Sequence[str]) -> tuple[Floats, float]:
    """Return Newton's step and what it promises; raises UsageError where features cannot be told apart."""
    scale = np.sqrt(np.maximum(np.diag(hessian), 1e-300))
    sizes, directions = np.linalg.eigh(hessian / np.outer(scale, scale))
    if sizes[0] < 1e-10:
        alike = [name for name, part in zip(names, directions[:, 0], strict=True) if abs(part) > 0.1]
        raise UsageError(f"The choices cannot tell {', '.join(alike)} apart: one follows from the others, or they "
                         "decide every choice. Leave one out, or ask more people.")
    step = np.linalg.solve(hessian, gradient)
    return step, float(gradient @ step) / 2


def _refuse_certainty(scaled: Choices, coefficients: Floats) -> None:
    """Raise UsageError where a feature has come to decide every choice it differs in."""
    name = scaled.names[int(np.argmax(np.abs(coefficients)))]
    if np.abs(coefficients).max() > _CERTAIN:
        raise UsageError(f"{name} decides every choice in which it differs (perfect separation), so its worth is "
                         "beyond what these choices can tell. Ask for choices in which it is traded off.")


def _covariance(hessian: Floats, scores: Floats, told: Floats) -> Floats:
    inverse = np.linalg.inv(hessian)
    people = len(scores)
    correction = people / (people - 1) if people > 1 else 1.0
    sandwich = inverse @ (scores.T @ scores) @ inverse * correction if people > 1 else inverse
    return sandwich / np.outer(told, told)
