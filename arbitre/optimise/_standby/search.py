"""Which bases should so many units wait at? All choices where they are few, else swaps, with a ceiling proven.

A choice says how many units wait at each base. Where all choices can be looked at the best one is certain; else units
are moved one at a time from where they wait, and from where the most cases are near, until no move brings more, and
`maths.work.standby.ceiling` says how much more any choice could keep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arbitre.maths.work.hypercube import MOST_EXACT
from arbitre.maths.work.standby import Answer, Zones, answered, ceiling

Integers = NDArray[np.int64]

_WORK = 4e6
"""States times choices that are all looked at: some seconds."""


@dataclass(frozen=True)
class Placed:
    """heads (bases,), what is kept of all (by weight), its ceiling, and the answer."""

    heads: Integers
    value: float
    ceiling: float
    answer: Answer


def placed(zones: Zones, units: int, today: Integers, rng: np.random.Generator) -> Placed:
    """Return the best bases found for so many units, at least one; today (bases,), a start if they are as many."""
    bases = len(zones.way)
    seen: dict[tuple[int, ...], tuple[float, Answer]] = {}

    def value(heads: Integers) -> float:
        key = tuple(heads.tolist())
        if key not in seen:
            answer = answered(zones, heads)
            seen[key] = float((zones.weight * answer.kept).sum()), answer
        return seen[key][0]

    is_all = comb(bases + units - 1, units) * 2.0 ** min(units, MOST_EXACT) <= _WORK
    for heads in _choices(bases, units) if is_all else _starts(zones, units, today):
        _ = value(heads) if is_all else _descend(heads, value)
    best = max(seen, key=lambda key: seen[key][0])
    if today.sum() == units and value(today) >= seen[best][0]:
        best = tuple(today.tolist())  # nobody moves for nothing
    found, answer = seen[best]
    return Placed(np.array(best, np.int64), found, found if is_all else max(ceiling(zones, units, rng), found), answer)


def _choices(bases: int, units: int) -> Iterator[Integers]:
    for chosen in combinations_with_replacement(range(bases), units):
        yield np.bincount(chosen, minlength=bases).astype(np.int64)


def _starts(zones: Zones, units: int, today: Integers) -> Iterator[Integers]:
    """Yield where to begin: as today, and one unit after the other where it is nearest to most."""
    if today.sum() == units:
        yield today
    heads, near = np.zeros(len(zones.way), np.int64), np.full(zones.way.shape[1], zones.way.max())
    for _ in range(units):
        gain = (zones.rate * np.maximum(near - zones.way, 0.0)).sum(axis=1) / (1.0 + heads)
        chosen = int(np.argmax(gain))
        heads[chosen] += 1
        near = np.minimum(near, zones.way[chosen])
    yield heads


def _descend(heads: Integers, value: Any) -> None:
    """Move one unit at a time to where it brings most, until none does."""
    while True:
        now, moves = value(heads), []
        for start in np.flatnonzero(heads):
            for end in range(len(heads)):
                if end != start:
                    moved = heads.copy()
                    moved[start] -= 1
                    moved[end] += 1
                    moves.append((value(moved), moved))
        best, moved = max(moves, key=lambda move: move[0], default=(now, heads))
        if best <= now + 1e-9 * abs(now):
            return
        heads = moved
