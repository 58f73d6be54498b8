"""What does each single person want, and how sure is that? Hierarchical Bayes.

As in the mixed logit, people's coefficients are normal over people, with any covariance; but each person's own are
drawn too, from his choices and from what people are like (Allenby & Rossi 1999; Train 2009, chapter 12). In turns:
  mean over the people of each group | the rest: normal;
  covariance | the rest: inverse Wishart with as many degrees of freedom as features, scaled by the identity, features
  being measured by how far they usually reach in a choice, so that their units do not matter;
  coefficients of each person | the rest: a step of Metropolis, its width set so that three of ten are taken.
Groups (segments) have a mean each and share a covariance, so that people are drawn towards their own kind and not
towards the middle of all. A feature that `falls` (price) or `rises` for everybody is minus or plus the exponential of
a normal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from arbitre.core.errors import UsageError
from arbitre.core.streams import stream
from arbitre.maths.market.choice import Choices, Floats, fit_logit, usual_reach
from arbitre.maths.market.choice_mixed import FALLS, KINDS, NORMAL, RISES, Spread

_TAKEN = 0.3
_KEPT = 500
"""Draws kept, spread evenly over the turns after the warm-up."""


@dataclass(frozen=True)
class PeoplesWants:
    """What people want: draws (draws, people, features) of each one's coefficients, mean (draws, groups, features) and
    covariance (draws, features, features) of the normal under them, in units of reach (features,).
    """

    names: tuple[str, ...]
    draws: Floats
    mean: Floats
    covariance: Floats
    reach: Floats

    def worth(self, price: str) -> dict[str, Floats]:
        """Return what each feature is worth in money, (draws, people): minus its coefficient over that of the price.

        Raises UsageError where the price does not fall for everybody: a worth over a price near nought means nothing.
        """
        at = self.names.index(price)
        if (self.draws[:, :, at] >= 0).any():
            raise UsageError(f"Worth in money needs a price that nobody likes. Fit with {price} falling.")
        return {name: -self.draws[:, :, column] / self.draws[:, :, at]
                for column, name in enumerate(self.names) if column != at}


def fit_people(choices: Choices, spread: Mapping[str, Spread] | None = None, turns: int = 8000, seed: int = 1,
               group: ArrayLike | None = None) -> PeoplesWants:
    """Return what each person wants.

    Args: spread, which features rise or fall for everybody, all others are normal; turns, the first half warms up;
    group (people,), of what kind each is, numbers from 0 on, default all of one.

    Raises UsageError when the plain logit cannot be fitted, or there are no more people than features.
    """
    reach = usual_reach(choices)
    choices = replace(choices, attributes=choices.attributes / reach)
    plain = fit_logit(choices)
    people, features = choices.people, len(choices.names)
    if people <= features:
        raise UsageError(f"To tell how people differ in {features} features takes more than {features} people, not "
                         f"{people}.")
    kind = np.array([KINDS[(spread or {}).get(name, "normal")] for name in choices.names])
    luck = stream(seed, "people's wants")
    begins = np.searchsorted(choices.person, np.arange(people + 1))
    start = np.where(kind == NORMAL, plain.coefficients, np.log(np.maximum(np.abs(plain.coefficients), 1e-3)))
    kin = np.zeros(people, int) if group is None else np.asarray(group, dtype=int)
    size = np.bincount(kin)
    under, covariance = np.tile(start, (people, 1)), np.eye(features)
    logs = np.empty(people)
    _person_logs(choices.attributes, choices.first, choices.taken, begins, kind, under, logs)
    width, every = 0.1, max(turns // 2 // _KEPT, 1)
    kept: list[tuple[Floats, Floats, Floats]] = []
    for turn in range(turns):
        centre = np.stack([under[kin == one].mean(axis=0) for one in range(len(size))])
        means = centre + luck.standard_normal(centre.shape) @ np.linalg.cholesky(covariance).T / np.sqrt(size)[:, None]
        mean = means[kin]
        apart = under - mean
        covariance = _inverse_wishart(features * np.eye(features) + apart.T @ apart, features + people, luck)
        root = np.linalg.cholesky(covariance)
        tried = under + width * luck.standard_normal((people, features)) @ root.T
        tried_logs = np.empty(people)
        _person_logs(choices.attributes, choices.first, choices.taken, begins, kind, tried, tried_logs)
        inverse = np.linalg.inv(covariance)
        gain = tried_logs - logs - 0.5 * (_distance(tried - mean, inverse) - _distance(apart, inverse))
        is_taken = np.log(luck.random(people)) < gain
        under[is_taken], logs[is_taken] = tried[is_taken], tried_logs[is_taken]
        if turn < turns // 2:
            width *= 1.01 if is_taken.mean() > _TAKEN else 0.99
        elif (turn - turns // 2) % every == 0:
            kept.append((_coefficients(under, kind), means, covariance))
    own, middle, covariances = zip(*kept, strict=True)
    return PeoplesWants(choices.names, np.array(own) / reach, np.array(middle), np.array(covariances), reach)


def _distance(apart: Floats, inverse: Floats) -> Floats:
    return ((apart @ inverse) * apart).sum(axis=1)


def _coefficients(under: Floats, kind: np.ndarray) -> Floats:
    powers = np.exp(np.where(kind == NORMAL, 0.0, under))
    return np.where(kind == RISES, powers, np.where(kind == FALLS, -powers, under))


def _inverse_wishart(scale: Floats, freedom: int, luck: np.random.Generator) -> Floats:
    """Draw an inverse Wishart matrix (Bartlett's decomposition of the Wishart of the inverse scale)."""
    size = len(scale)
    root = np.linalg.cholesky(np.linalg.inv(scale))
    lower = np.tril(luck.standard_normal((size, size)), -1)
    lower[np.diag_indices(size)] = np.sqrt(luck.chisquare(freedom - np.arange(size)))
    drawn = root @ lower
    return np.linalg.inv(drawn @ drawn.T)


@njit(cache=True, nogil=True, error_model="numpy")
def _person_logs(attributes, first, taken, begins, kind, under, logs):
    """Write the log probability of each person's choices (people,) at his coefficients."""
    features = attributes.shape[1]
    own = np.empty(features)
    for person in range(len(begins) - 1):
        for k in range(features):
            own[k] = under[person, k]
            if kind[k] == RISES:
                own[k] = np.exp(own[k])
            elif kind[k] == FALLS:
                own[k] = -np.exp(own[k])
        total = 0.0
        for s in range(begins[person], begins[person + 1]):
            summed = 0.0
            for j in range(first[s], first[s + 1]):
                more = 0.0
                for k in range(features):
                    more += (attributes[j, k] - attributes[taken[s], k]) * own[k]
                summed += np.exp(more)
            total -= np.log(summed)
        logs[person] = total
