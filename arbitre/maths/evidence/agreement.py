"""How far do two ways of sorting the same things into groups agree?

*All in all*: the Rand index counts the pairs of things that both put together or both keep apart; adjusted, it is 0 on
average where the groups of one are shuffled and 1 where they are the same (Hubert and Arabie, Journal of Classification
2 (1985) 193-218, equation 5). *Group by group*: Jaccard's index of a group is the share, of the things in either, that
are in both; what the most alike group of the other sorting reaches tells whether a group would be found again (Hennig,
Computational Statistics & Data Analysis 52 (2007) 258-271: below 0.5 it dissolves, from 0.75 on it is stable).

Groups are codes from 0; a negative code stands for a thing that a sorting leaves out: it counts for neither.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


def cross_table(one: Integers, other: Integers) -> Integers:
    """Return how many things are in each group of one and of the other: (groups of one, groups of the other)."""
    both = (one >= 0) & (other >= 0)
    rows, columns = int(one.max(initial=-1)) + 1, int(other.max(initial=-1)) + 1
    codes = one[both].astype(np.int64) * max(columns, 1) + other[both]
    return np.bincount(codes, minlength=rows * columns).reshape(rows, columns)


def adjusted_rand(one: Integers, other: Integers) -> float:
    """Return the adjusted Rand index of two sortings (things,): 1 the same, 0 as by chance; 1 where neither parts any.

    Fewer than two things that both sort tell nothing: NaN.
    """
    table = cross_table(one, other).astype(np.float64)
    things = table.sum()
    if things < 2:
        return np.nan
    both, rows, columns = (_pairs(counts) for counts in (table, table.sum(axis=1), table.sum(axis=0)))
    by_chance = rows * columns / _pairs(np.array([things]))
    most = (rows + columns) / 2.0
    return 1.0 if most == by_chance else float((both - by_chance) / (most - by_chance))


def best_jaccard(one: Integers, other: Integers) -> Floats:
    """Return, for each group of one, Jaccard's index with the most alike group of the other; NaN for an empty group."""
    table = cross_table(one, other).astype(np.float64)
    if not table.size:
        return np.full(table.shape[0], np.nan)
    either = table.sum(axis=1, keepdims=True) + table.sum(axis=0) - table
    likeness = np.divide(table, either, out=np.zeros_like(table), where=either > 0.0)
    return np.where(table.sum(axis=1) > 0.0, likeness.max(axis=1), np.nan)


def _pairs(counts: Floats) -> float:
    return float((counts * (counts - 1.0)).sum() / 2.0)
