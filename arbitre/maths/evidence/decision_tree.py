"""Which few questions tell to which group a thing belongs?

A classification tree (Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984): each question
asks whether one measure reaches a cut, and the one asked is that which leaves the least Gini impurity, 1 - sum of the
squared shares of the groups, weighted by how many things go each way. A measure that is not known goes the way that
leaves less. Cuts are sought among up to 64 places that part the known values evenly; values of fewer than 64 kinds are
cut between any two.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_PLACES = 64
_LEAF = -1


@dataclass
class Tree:
    """Nodes in the order they were grown, the root first.

    measure, asked by the node (-1: none, it is a leaf); cut, at which or above which one goes up; unknown_up, where one
    goes whose measure is not known; low and up, the nodes gone to; parent (-1 of the root); counts (groups,) of the
    things that come to the node.
    """

    measure: list[int] = field(default_factory=list)
    cut: list[float] = field(default_factory=list)
    unknown_up: list[bool] = field(default_factory=list)
    low: list[int] = field(default_factory=list)
    up: list[int] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    counts: list[Integers] = field(default_factory=list)

    def add(self, parent: int, counts: Integers) -> int:
        """Add a leaf under a node, and return it."""
        for values, value in ((self.measure, _LEAF), (self.cut, np.nan), (self.unknown_up, False), (self.low, _LEAF),
                              (self.up, _LEAF), (self.parent, parent), (self.counts, counts)):
            values.append(value)  # type: ignore[arg-type]
        return len(self.measure) - 1

    def leaf(self, measures: Floats) -> Integers:
        """Return the leaf that each thing comes to. Measures (things, measures), NaN where not known."""
        at = np.zeros(len(measures), np.int64)
        for node, measure in enumerate(self.measure):  # a node comes after its parent
            if measure == _LEAF:
                continue
            here = at == node
            at[here] = np.where(_goes_up(measures[here, measure], self.cut[node], self.unknown_up[node]),
                                self.up[node], self.low[node])
        return at

    def group(self) -> Integers:
        """Return the group that most things of each node are of (the first of equals): (nodes,)."""
        return np.array([counts.argmax() for counts in self.counts])

    def share(self) -> Floats:
        """Return the share of that group in each node: (nodes,)."""
        return np.array([counts.max() / max(counts.sum(), 1) for counts in self.counts])

    def path(self, node: int) -> list[int]:
        """Return the nodes from the root down to this one."""
        way = [node]
        while self.parent[way[-1]] != _LEAF:
            way.append(self.parent[way[-1]])
        return way[::-1]


def grown(measures: Floats, group: Integers, depth: int, least: int) -> Tree:
    """Grow a tree of at most `depth` questions on a way, with at least `least` things in each leaf.

    Args: measures (things, measures), NaN where not known; group (things,) codes from 0.
    """
    groups = int(group.max(initial=0)) + 1
    cuts = [_places(measures[:, at]) for at in range(measures.shape[1])]
    level = [np.where(np.isnan(measures[:, at]), len(cut) + 1, np.searchsorted(cut, measures[:, at], side="right"))
             for at, cut in enumerate(cuts)]
    tree = Tree()
    waiting = [(tree.add(_LEAF, np.bincount(group, minlength=groups)), np.arange(len(group)), depth)]
    while waiting:
        node, rows, left = waiting.pop(0)
        best = _best(level, cuts, group, groups, rows, least) if left else None
        if best is None:
            continue
        measure, place, unknown_up = best
        tree.measure[node], tree.cut[node], tree.unknown_up[node] = measure, float(cuts[measure][place]), unknown_up
        up = _goes_up(measures[rows, measure], tree.cut[node], unknown_up)
        for side, names in ((~up, tree.low), (up, tree.up)):
            names[node] = tree.add(node, np.bincount(group[rows[side]], minlength=groups))
            waiting.append((names[node], rows[side], left - 1))
    return _pruned(tree)


def _pruned(tree: Tree) -> Tree:
    """Return the tree without questions whose answers all lead to the same group."""
    group, kept = tree.group(), [measure != _LEAF for measure in tree.measure]
    for node in reversed(range(len(kept))):
        ends = (tree.low[node], tree.up[node])
        if kept[node] and not any(kept[end] for end in ends) and group[ends[0]] == group[ends[1]]:
            kept[node] = False
    answer = Tree()
    waiting = [(0, answer.add(_LEAF, tree.counts[0]))]
    while waiting:
        node, place = waiting.pop(0)
        if not kept[node]:
            continue
        answer.measure[place], answer.cut[place] = tree.measure[node], tree.cut[node]
        answer.unknown_up[place] = tree.unknown_up[node]
        for names, end in ((answer.low, tree.low[node]), (answer.up, tree.up[node])):
            names[place] = answer.add(place, tree.counts[end])
            waiting.append((end, names[place]))
    return answer


def _goes_up(values: Floats, cut: float, unknown_up: bool) -> NDArray[np.bool_]:
    return np.where(np.isnan(values), unknown_up, values >= cut)


def _places(values: Floats) -> Floats:
    """Return where a measure may be cut, ascending: a thing goes up from the cut on."""
    known = np.unique(values[~np.isnan(values)])
    if len(known) <= _PLACES:
        return known[1:]
    return np.unique(np.quantile(values[~np.isnan(values)], np.linspace(0.0, 1.0, _PLACES + 1)[1:-1]))


def _best(level: list[Integers], cuts: list[Floats], group: Integers, groups: int, rows: Integers,
          least: int) -> tuple[int, int, bool] | None:
    """Return the measure, the place of its cut and where the unknown go that leave the least impurity; None if none
    leaves less than there is."""
    whole = np.bincount(group[rows], minlength=groups)
    purest, best = float((whole.astype(float) ** 2).sum() / max(len(rows), 1)) + 1e-9, None
    for measure, cut in enumerate(cuts):
        if not len(cut):
            continue
        codes = level[measure][rows] * groups + group[rows]
        table = np.bincount(codes, minlength=(len(cut) + 2) * groups).reshape(-1, groups)
        below, unknown = table[:-2].cumsum(axis=0), table[-1]
        for unknown_up in (True, False):
            low = below if unknown_up else below + unknown
            purity = _purity(low, least) + _purity(whole - low, least)
            place = int(np.argmax(purity))
            if purity[place] > purest:
                purest, best = float(purity[place]), (measure, place, unknown_up)
    return best


def _purity(counts: Integers, least: int) -> Floats:
    """Return the squared counts over their sum (cuts,): the larger, the purer; never where too few are left."""
    size = counts.sum(axis=1).astype(np.float64)
    return np.where(size >= least, (counts.astype(np.float64) ** 2).sum(axis=1) / np.maximum(size, 1.0), -np.inf)
