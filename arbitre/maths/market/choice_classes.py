"""Which kinds of people are there, judged by what they choose? The latent class logit.

Each person belongs to one of a few classes, not seen; a class has a share and coefficients of its own. Both are found
by expectation and maximisation (Bhat 1997; Train 2009, section 14.2): given coefficients, how probable each class is
for each person; given that, a logit for each class with people weighted by it. The likelihood has several tops, so
several starts are made; the number of classes is chosen by the Bayesian information criterion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from arbitre.core.errors import UsageError
from arbitre.core.streams import stream
from arbitre.maths.market.choice import Choices, Floats, Logit, fit_logit, situation_logs

_TURNS = 500
_CLOSE = 1e-8
_LEAST_PEOPLE = 5
"""A class of fewer people than this says nothing about anybody else."""


@dataclass(frozen=True)
class LatentClasses:
    """Classes of people: share (classes,), one logit for each, belongs (people, classes), and how well it all fits.

    `information` is the Bayesian information criterion; the lowest is the best trade of fit and size.
    """

    share: Floats
    logits: tuple[Logit, ...]
    belongs: Floats
    log_likelihood: float
    information: float


def fit_classes(choices: Choices, classes: int, starts: int = 8, seed: int = 1) -> LatentClasses:
    """Return the best of several fits of so many classes, the largest class first.

    Raises UsageError when a plain logit cannot be fitted, or there are too few people for so many classes.
    """
    if choices.people < _LEAST_PEOPLE * classes:
        raise UsageError(f"{classes} classes need at least {_LEAST_PEOPLE * classes} people, not {choices.people}.")
    if classes == 1:
        plain = fit_logit(choices)
        return _told(choices, np.ones(1), (plain,), np.ones((choices.people, 1)), plain.log_likelihood)
    found = [fit for number in range(starts) if (fit := _climbed(choices, classes, seed, number)) is not None]
    if not found:
        raise UsageError(f"{classes} classes cannot be told apart by these choices. Ask for fewer.")
    return max(found, key=lambda fit: fit.log_likelihood)


def best_classes(choices: Choices, most: int = 5, starts: int = 8, seed: int = 1) -> LatentClasses:
    """Return the fit of 1 to `most` classes with the lowest information criterion."""
    best = fit_classes(choices, 1)
    for classes in range(2, most + 1):
        try:
            fit = fit_classes(choices, classes, starts, seed)
        except UsageError:
            break
        if fit.information >= best.information:
            break
        best = fit
    return best


def _climbed(choices: Choices, classes: int, seed: int, number: int) -> LatentClasses | None:
    """Climb from a random start; None where a class dies out or decides everything."""
    luck = stream(seed, "latent classes", classes, number)
    belongs = luck.dirichlet(np.full(classes, 0.5), choices.people)
    before, starts = -math.inf, np.zeros((classes, len(choices.names)))
    for _ in range(_TURNS):
        share = belongs.mean(axis=0)
        if (share * choices.people < _LEAST_PEOPLE).any():
            return None
        try:
            logits = tuple(fit_logit(choices, belongs[:, one], starts[one]) for one in range(classes))
        except UsageError:
            return None
        starts = np.array([logit.coefficients for logit in logits])
        joint = np.stack([_person_logs(choices, logit.coefficients) for logit in logits], axis=1) + np.log(share)
        highest = joint.max(axis=1, keepdims=True)
        likely = np.exp(joint - highest)
        value = float((np.log(likely.sum(axis=1)) + highest[:, 0]).sum())
        belongs = likely / likely.sum(axis=1, keepdims=True)
        if value - before < _CLOSE * choices.situations:
            order = np.argsort(-share)
            return _told(choices, share[order], tuple(logits[one] for one in order), belongs[:, order], value)
        before = value
    return None


def _person_logs(choices: Choices, coefficients: Floats) -> Floats:
    """Return the log probability of each person's choices (people,)."""
    logs = situation_logs(choices.attributes, choices.first, choices.taken, coefficients)
    return np.bincount(choices.person, logs, minlength=choices.people).astype(float)


def _told(choices: Choices, share: Floats, logits: tuple[Logit, ...], belongs: Floats, value: float) -> LatentClasses:
    parameters = len(share) * (len(choices.names) + 1) - 1
    return LatentClasses(share, logits, belongs, value, parameters * math.log(choices.people) - 2.0 * value)
