"""Which alternatives should a survey show together, so that its answers tell the most?

A design of choice sets is judged by the information its answers would bear on what every level of every attribute is
worth (a logit's, McFadden 1974): with p the shares at the guessed utilities, a set of attributes x bears
x' (diag(p) - p p') x, levels coded by orthogonal contrasts. The best design makes the determinant of the sum largest
(D-optimality; J. Huber and K. Zwerina, The importance of utility balance in efficient choice designs, Journal of
Marketing Research 33, 1996). It is sought by exchanging one level at a time, from several starts.

*Bound.* A determinant is at most the product of those of the blocks of each attribute (Fischer), and a block's at most
(trace / size)^size. The trace of an attribute of L levels is 2 L times the sum over pairs of alternatives that differ
in it of p_i p_j, which is largest when the levels of a set are as even as can be. Designs that reach it are optimal
(D. J. Street, L. Burgess and J. J. Louviere, Quick and easy choice sets, International Journal of Research in Marketing
22, 2005); efficiency is the root of the share of it that a design reaches, and at least that of the best design.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray

from arbitre.core.errors import UsageError
from arbitre.core.streams import stream
from arbitre.maths.market.choice import shares

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_STARTS, _GOOD = 20, 0.995
"""Searches begun at most, and the efficiency at which no more is."""
_FIRM = 1e-6
"""Added to the diagonal, so that a start that tells nothing of some level can still be bettered."""
_BETTER = 1e-9


@dataclass(frozen=True)
class Design:
    """Which level each attribute of each alternative holds, (sets, alternatives, attributes), and how good that is.

    efficiency, 0 to 1: at least this share of what the best design of so many sets would tell.
    """

    levels: Integers
    efficiency: float


def contrasts(levels: int) -> Floats:
    """Return orthogonal contrasts (levels, levels - 1), each of mean 0 and mean square 1."""
    powers = np.vander(np.linspace(-1.0, 1.0, levels), increasing=True)
    found = np.linalg.qr(powers)[0][:, 1:] * np.sqrt(levels)
    return np.asarray(found * np.sign(found[-1]), dtype=np.float64)


def information(x: Floats, utilities: Floats) -> Floats:
    """Return what answers to choice sets bear on the coefficients: (..., features, features).

    Args: x (..., alternatives, features); utilities (..., alternatives), guessed, from which shares follow.
    """
    share = shares(utilities)[..., None]
    mean = (share * x).sum(axis=-2, keepdims=True)
    return np.swapaxes(x - mean, -1, -2) @ (share * (x - mean))


def choice_design(utilities: Sequence[Floats], sets: int, alternatives: int, seed: int = 0) -> Design:
    """Return choice sets that tell much of what every level of every attribute is worth.

    Args: utilities, for each attribute the guessed utility of each of its levels (0 where nothing is known); sets, how
    many there are; alternatives, in each set (2 or more).

    Raises UsageError where an attribute has a single level, sets are too few to tell all levels apart, or there are
    fewer different alternatives than a set shows.
    """
    counts = [len(own) for own in utilities]
    features = sum(counts) - len(counts)
    faults = [f"attribute {at + 1} has {count} level: it needs two or more" for at, count in enumerate(counts)
              if count < 2]
    if not counts:
        faults.append("there is no attribute")
    if alternatives < 2 or prod(counts) < alternatives:
        faults.append(f"{alternatives} alternatives cannot be shown together: there are {prod(counts)} different ones")
    elif sets * (alternatives - 1) < features:
        faults.append(f"{sets} sets cannot tell {features} differences of levels apart: at least "
                      f"{-(-features // (alternatives - 1))} are needed")
    if faults:
        raise UsageError("The survey cannot be designed: " + "; ".join(faults) + ".")
    search = _Search(utilities, alternatives)
    is_blank = not any(np.any(own != own[0]) for own in utilities)
    most = _most(counts, sets, alternatives, is_blank)
    best = Design(np.zeros(0, dtype=np.int64), -1.0)
    for turn in range(_STARTS):
        levels = search.improved(search.start(sets, stream(seed, "choice design", turn)))
        told = np.linalg.slogdet(search.told(levels).sum(axis=0))[1]
        best = max(best, Design(levels, float(np.exp((told - most) / features))), key=lambda one: one.efficiency)
        if best.efficiency >= _GOOD:
            break
    return best


class _Search:
    """Levels exchanged one at a time."""

    def __init__(self, utilities: Sequence[Floats], alternatives: int) -> None:
        self.counts, self.alternatives = [len(own) for own in utilities], alternatives
        edges = np.cumsum([0, *(count - 1 for count in self.counts)])
        self.features = int(edges[-1])
        self.coded = []
        for (start, end), count in zip(pairwise(edges), self.counts, strict=True):
            wide = np.zeros((count, self.features))
            wide[:, start:end] = contrasts(count)
            self.coded.append(wide)
        self.utilities = [np.asarray(own, dtype=np.float64) for own in utilities]
        # Every exchange of one level: which alternative, which attribute, to which level.
        self.exchanges = np.array([(one, at, level) for one in range(alternatives)
                                   for at, count in enumerate(self.counts) for level in range(count)])

    def start(self, sets: int, luck: np.random.Generator) -> Integers:
        """Return sets whose levels are as even as can be, in random order."""
        levels = np.empty((sets, self.alternatives, len(self.counts)), dtype=np.int64)
        for at, count in enumerate(self.counts):
            for each in range(sets):
                levels[each, :, at] = luck.permutation((np.arange(self.alternatives) + luck.integers(count)) % count)
        return levels

    def told(self, levels: Integers) -> Floats:
        """Return the information of sets (..., alternatives, attributes): (..., features, features)."""
        x = sum(self.coded[at][levels[..., at]] for at in range(len(self.counts)))
        utility = sum(self.utilities[at][levels[..., at]] for at in range(len(self.counts)))
        return information(np.asarray(x), np.asarray(utility))

    def improved(self, levels: Integers) -> Integers:
        """Return sets that no exchange betters."""
        total = self.told(levels).sum(axis=0) + _FIRM * np.eye(self.features)
        value, turn, since = self._worth(total), 0, 0
        while since < len(levels):
            each, since = turn % len(levels), since + 1
            turn += 1
            others = total - self.told(levels[each])
            tried = np.repeat(levels[each][None], len(self.exchanges), axis=0)
            tried[np.arange(len(tried)), self.exchanges[:, 0], self.exchanges[:, 1]] = self.exchanges[:, 2]
            told = self.told(tried)
            values = np.where(_repeats(tried), -np.inf, self._worth(others + told))
            best = int(values.argmax())
            if values[best] > value + _BETTER or (_repeats(levels[each]) and values[best] > -np.inf):
                levels[each], total, value, since = tried[best], others + told[best], float(values[best]), 0
        return levels

    @staticmethod
    def _worth(information: Floats) -> Floats:
        return np.linalg.slogdet(information)[1]


def _repeats(levels: Integers) -> NDArray[np.bool_]:
    """Return whether a set (..., alternatives, attributes) shows the same alternative twice."""
    same = (levels[..., :, None, :] == levels[..., None, :, :]).all(axis=-1)
    return np.asarray(same.sum(axis=(-1, -2)) > levels.shape[-2])


def _most(counts: Sequence[int], sets: int, alternatives: int, is_blank: bool) -> float:
    """Return the logarithm of a determinant that no design exceeds; where nothing is guessed shares are even."""
    total = 0.0
    for count in counts:
        if is_blank:
            held = np.array([alternatives // count + (level < alternatives % count) for level in range(count)])
            differ = (alternatives**2 - (held**2).sum()) / (2.0 * alternatives**2)
        else:
            differ = (1.0 - 1.0 / min(count, alternatives)) / 2.0
        total += (count - 1) * np.log(sets * 2.0 * count * differ / (count - 1))
    return total
