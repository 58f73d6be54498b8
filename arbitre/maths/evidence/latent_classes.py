"""Into how many classes do people fall by themselves, which is whose, and would they be found again?

A latent class model (Lazarsfeld and Henry, Latent Structure Analysis, 1968; Goodman, Biometrika 61 (1974) 215-231): in
a class, each measure falls on each of its levels with a chance of its own, independently of the others. With shares w
of the classes and chances p, somebody with levels l1, l2, ... has the likelihood
    sum over classes of w prod p(measure, level),
in which a measure that is not known has no factor: nothing is put in its place. Fitted by expectation-maximisation from
several starts; half a person is added to each level (Jeffreys), so that no chance is nought. The number of classes is
that of the least
    ICL = -2 log likelihood + parameters x log people + 2 x entropy of who belongs where,
which is BIC (Schwarz, Annals of Statistics 6 (1978) 461-464) but that classes must be told apart too (Biernacki, Celeux
and Govaert, IEEE Transactions on Pattern Analysis and Machine Intelligence 22 (2000) 719-725): BIC goes on splitting a
class whose measures depend on each other a little, as shares of a handful of lines do.

Levels, not numbers: shares that are mostly nought and amounts over five decades would make a mixture of normal laws
split tails and spikes without end; levels have neither units nor tails.

*Stability* (Hennig 2007, `maths.evidence.agreement`): people are drawn again, the model is fitted anew, and the Jaccard
index of each class with the most alike of the new ones is averaged over the draws.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from arbitre.maths.evidence.agreement import best_jaccard

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_STARTS, _MOST_TURNS, _SETTLED = 4, 200, 1e-7
_HALF = 0.5


@dataclass(frozen=True)
class LatentClasses:
    """A fitted model: shares (classes,), log chances (classes, all levels of all measures), first (measures,) the place
    of each measure's first level among them, log likelihood and icl."""

    shares: Floats
    log_chances: Floats
    first: Integers
    log_likelihood: float
    icl: float

    def memberships(self, levels: Integers) -> Floats:
        """Return the chance of each class for each person (people, classes). Levels (people, measures), -1 unknown."""
        patterns, whose, _ = _patterns(levels)
        logs = np.tile(np.log(self.shares), (len(patterns), 1))
        for measure, start in enumerate(self.first):
            level = patterns[:, measure]
            known = level >= 0
            logs[known] += self.log_chances[:, start + level[known]].T
        logs -= logs.max(axis=1, keepdims=True)
        np.exp(logs, out=logs)
        return (logs / logs.sum(axis=1, keepdims=True))[whose]


def fitted(levels: Integers, counts: Integers, classes: int, luck: np.random.Generator) -> LatentClasses:
    """Fit a number of classes to people.

    Args: levels (people, measures), from 0, -1 where unknown; counts (measures,), levels of each measure; classes;
    luck, for the starts. People with the same levels are counted together.
    """
    patterns, _, weight = _patterns(levels)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    seen = np.hstack([(patterns[:, [at]] == np.arange(count)) for at, count in enumerate(counts)]).astype(np.float64)
    found = max((_climbed(seen, weight.astype(np.float64), first, classes, luck) for _ in range(_STARTS)),
                key=lambda one: one[0])
    parameters = classes - 1 + classes * int((counts - 1).sum())
    likelihood, shares, log_chances = found
    model = LatentClasses(shares, log_chances, first, likelihood, np.nan)
    chance = model.memberships(levels)
    entropy = -float((chance * np.log(np.maximum(chance, np.finfo(float).tiny))).sum())
    return replace(model, icl=2.0 * (entropy - likelihood) + parameters * float(np.log(len(levels))))


def chosen(levels: Integers, counts: Integers, most: int, luck: np.random.Generator) -> LatentClasses:
    """Fit 1, 2, ... classes, up to `most`, for as long as one more is better by ICL, and return the best."""
    best = fitted(levels, counts, 1, luck)
    for classes in range(2, most + 1):
        more = fitted(levels, counts, classes, luck)
        if more.icl >= best.icl:
            break
        best = more
    return best


def stability(levels: Integers, counts: Integers, model: LatentClasses, draws: int,
              luck: np.random.Generator) -> Floats:
    """Return the mean Jaccard index (classes,) of each class with what is found among people drawn again."""
    found = np.full((draws, len(model.shares)), np.nan)
    of_model = model.memberships(levels).argmax(axis=1)
    for draw in range(draws):
        again = luck.integers(0, len(levels), len(levels))
        other = fitted(levels[again], counts, len(model.shares), luck)
        found[draw] = _padded(best_jaccard(of_model[again], other.memberships(levels[again]).argmax(axis=1)),
                              len(model.shares))
    return np.nan_to_num(found).mean(axis=0)


def _patterns(levels: Integers) -> tuple[Integers, Integers, Integers]:
    """Return the different rows of levels, which of them each person has, and how many people have each."""
    places = np.append(np.cumprod((levels.max(axis=0) + 2)[::-1])[::-1][1:], 1)
    _, first, whose, times = np.unique((levels + 1) @ places, return_index=True, return_inverse=True,
                                       return_counts=True)
    return levels[first], whose, times


def _padded(values: Floats, length: int) -> Floats:
    return np.concatenate([values, np.full(length - len(values), np.nan)])


def _climbed(seen: Floats, weight: Floats, first: Integers, classes: int,
             luck: np.random.Generator) -> tuple[float, Floats, Floats]:
    """Return log likelihood, shares and log chances after expectation-maximisation from one start.

    Args: seen (patterns, all levels), 1 where a pattern has that level; weight (patterns,) people of each.
    """
    people = weight.sum()
    belongs = luck.dirichlet(np.full(classes, 0.3), len(weight))
    before, likelihood = -np.inf, -np.inf
    shares, log_chances = np.ones(classes), np.zeros((classes, seen.shape[1]))
    for _ in range(_MOST_TURNS):
        belongs *= weight[:, None]
        shares = (belongs.sum(axis=0) + _HALF) / (people + classes * _HALF)
        times = belongs.T @ seen + _HALF
        of_measure = np.add.reduceat(times, first, axis=1)
        log_chances = np.log(times / np.repeat(of_measure, np.diff([*first, seen.shape[1]]), axis=1))
        logs = seen @ log_chances.T + np.log(shares)
        largest = logs.max(axis=1, keepdims=True)
        belongs = np.exp(logs - largest)
        whole = belongs.sum(axis=1, keepdims=True)
        belongs /= whole
        likelihood = float((weight[:, None] * (largest + np.log(whole))).sum())
        if likelihood - before < _SETTLED * abs(likelihood):
            break
        before = likelihood
    return likelihood, shares, log_chances
