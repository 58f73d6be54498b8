"""How do four schools sort the same customers: value and need, behaviour, strata, and what falls apart by itself?

    value_need  value (mean rank of the scores of potential and projected profit) by need (mean rank of urgent share,
                failures of a machine and how much speed matters), each parted in low, medium and high where it parts
                best (maths.natural_breaks): the matrix of value and need.
    behaviour   after Gattorna (Dynamic Supply Chains, 2nd edition, 2010), from what orders show: dynamic, 30 % urgent
                lines or more; else project, lines that come in bursts (variability of 2 or more); else collaborative, a
                line a month or more; else transactional.
    strata      A, those who make 80 % of the sales together; B, up to 95 %; C, the others; D, no sales.
    classes     latent classes (maths.latent_classes) of the ways of ordering, machines and answers in fifths, as many
                as can be told apart (ICL): a check, that no rule has shaped. Numbered from the least need on.

Where a measure that a rule rests on is not known, the rule says nothing of that customer (code -1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from arbitre.core.streams import stream
from arbitre.maths.evidence.latent_classes import LatentClasses, chosen, stability
from arbitre.maths.evidence.natural_breaks import two_cuts
from arbitre.segment._customer_lines import Floats, Integers
from arbitre.segment._customer_measures import ANSWER, ORDERING, Measures

TIERS = ("low", "medium", "high")
BEHAVIOURS = ("dynamic", "project", "collaborative", "transactional")
STRATA = ("A", "B", "C", "D")
_URGENT, _BURSTS, _A_MONTH = 0.3, 2.0, 12.0
_STRATA_SHARES = (0.8, 0.95)
_FIFTHS = (0.2, 0.4, 0.6, 0.8)
_GRID = np.linspace(0.0, 1.0, 257)
_MOST_FITTED, _FEWEST_FITTED, _DRAWS = 10_000, 30, 10

SCORES: dict[str, tuple[tuple[str, int], ...]] = {
    "potential": (("coming_sales", 1),),
    "profit": (("contribution", 1),),
    "projected_profit": (("coming_contribution", 1),),
    "logistics": (("urgent_share", 1), ("tolerance", -1), ("variability", 1), ("item_spread", 1), ("site_spread", 1),
                  ("lot", -1)),
    "expectations": (("expects", 1),),
}
"""The measures a score is the mean rank of; -1: the more of it, the lower the score."""
_VALUE = (("coming_sales", 1), ("coming_contribution", 1))
NEED = (("urgent_share", 1), ("failures", 1), ("expects", 1))


@dataclass(frozen=True)
class School:
    """A way of sorting: its segments, and what sorts measures into them (codes, -1 where it says nothing)."""

    name: str
    segments: tuple[str, ...]
    codes: Callable[[Measures], Integers]


class Ranks:
    """The rank of a value among all customers, from 0 to 1; equals share the rank in their middle."""

    def __init__(self, measures: Measures) -> None:
        self._grid: dict[str, tuple[Floats, Floats, Floats]] = {}
        for name, values in measures.items():
            known = values[np.isfinite(values)]
            if len(known):
                places, times = np.unique(np.quantile(known, _GRID), return_counts=True)
                above = np.cumsum(times) / len(_GRID)
                self._grid[name] = places, above - times / (2.0 * len(_GRID)), np.append(above, 0.0)

    def of(self, name: str, values: Floats) -> Floats:
        """Return the ranks of values; NaN where there is none."""
        if name not in self._grid:
            return np.full(len(values), np.nan)
        places, middle, above = self._grid[name]
        at = np.searchsorted(places, values, side="right") - 1  # -1, below all, reads the nought at the end
        rank = np.where(places[at] == values, middle[at], above[at])
        return np.where(np.isfinite(values), rank, np.nan)

    def mean(self, measures: Measures, parts: tuple[tuple[str, int], ...]) -> Floats:
        """Return the mean rank over the parts that are known of each customer; NaN where none is."""
        total, known = np.zeros(_people(measures)), np.zeros(_people(measures))
        for name, sign in parts:
            if name in measures:
                rank = self.of(name, measures[name])
                total += np.nan_to_num(rank if sign > 0 else 1.0 - rank)
                known += np.isfinite(rank)
        return np.divide(total, known, out=np.full(len(total), np.nan), where=known > 0)


def rules(measures: Measures, ranks: Ranks) -> list[School]:
    """Return the three schools that sort by rule, their cuts set by these customers."""
    cuts = [two_cuts(ranks.mean(measures, parts)) for parts in (_VALUE, NEED)]
    strata = _strata_cuts(measures["sales"])

    def value_need(given: Measures) -> Integers:
        value, need = (_tier(ranks.mean(given, parts), cut) for parts, cut in zip((_VALUE, NEED), cuts, strict=True))
        return np.where((value >= 0) & (need >= 0), 3 * value + need, -1)

    def stratum(given: Measures) -> Integers:
        sales = given["sales"]
        code = np.where(sales > 0.0, 2 - (sales >= strata[1]) - (sales >= strata[0]), 3)
        return np.where(np.isfinite(sales), code, -1)

    names = tuple(f"{value}-{need}" for value in TIERS for need in TIERS)
    return [School("value_need", names, value_need), School("behaviour", BEHAVIOURS, _behaviour),
            School("strata", STRATA, stratum)]


def _behaviour(given: Measures) -> Integers:
    urgent, variability = given["urgent_share"], given["variability"]
    code = np.select([urgent >= _URGENT, variability >= _BURSTS, given["line_rate"] >= _A_MONTH], [0, 1, 2], 3)
    return np.where(np.isfinite(given["lot"]), code, -1)


def _tier(score: Floats, cuts: tuple[float, float]) -> Integers:
    """Return 0, 1 or 2 for low, medium and high; all are medium where nothing parts them."""
    if np.isinf(cuts[0]):
        return np.where(np.isfinite(score), 1, -1)
    return np.where(np.isfinite(score), (score >= cuts[0]).astype(np.int64) + (score >= cuts[1]), -1)


def _strata_cuts(sales: Floats) -> tuple[float, float]:
    """Return the sales from which on a customer is A, and B: the last one needed to reach the share is in it."""
    known = np.sort(sales[np.isfinite(sales) & (sales > 0.0)])[::-1]
    if not len(known):
        return np.inf, np.inf
    before = (np.cumsum(known) - known) / known.sum()
    a, b = (float(known[before < share].min()) for share in _STRATA_SHARES)
    return a, b


@dataclass(frozen=True)
class Found:
    """The latent classes: as a school, the chance of each customer's own class, and how stable each class is."""

    school: School
    chance: Floats
    icl: float
    stability: Floats


def classes(measures: Measures, ranks: Ranks, most: int, seed: int) -> Found | None:
    """Return what customers fall into by themselves; None where fewer than 30 are known, or nothing tells them apart.

    At most 10,000 customers, drawn at random, are fitted; every one is then placed.
    """
    names = [name for name in _told_apart(measures) if len(_edges(measures[name]))]
    if not names:
        return None
    edges = {name: _edges(measures[name]) for name in names}
    counts = np.array([len(edges[name]) + 1 for name in names])
    levels = _levels(measures, edges)
    known = np.flatnonzero((levels >= 0).any(axis=1))
    if len(known) < _FEWEST_FITTED:
        return None
    luck = stream(seed, "latent classes")
    fitted_to = levels[luck.permutation(known)[:_MOST_FITTED] if len(known) > _MOST_FITTED else known]
    model = _in_order_of_need(chosen(fitted_to, counts, most, luck), levels, ranks.mean(measures, NEED))
    chance = np.where((levels >= 0).any(axis=1), model.memberships(levels).max(axis=1), np.nan)

    def of_class(given: Measures) -> Integers:
        own = _levels(given, edges)
        return np.where((own >= 0).any(axis=1), model.memberships(own).argmax(axis=1), -1)

    school = School("classes", tuple(f"class {at + 1}" for at in range(len(model.shares))), of_class)
    return Found(school, chance, model.icl, stability(fitted_to, counts, model, _DRAWS, luck))


def _told_apart(measures: Measures) -> list[str]:
    """Return the measures that classes are made of: tolerance says again what the urgent share says."""
    ordering = [name for name in ORDERING if name != "tolerance" or not np.isfinite(measures["urgent_share"]).any()]
    return [name for name in (*ordering, "failures", *(name for name in measures if name.startswith(ANSWER)))
            if name in measures]


def _edges(values: Floats) -> Floats:
    """Return where the fifths of the known values begin; fewer where many are equal, none where all are."""
    known = values[np.isfinite(values)]
    if not len(known):
        return known
    edges = np.unique(np.quantile(known, _FIFTHS))
    return edges[edges > known.min()]


def _levels(measures: Measures, edges: Mapping[str, Floats]) -> Integers:
    return np.stack([np.where(np.isfinite(measures[name]), np.searchsorted(cut, measures[name], side="right"), -1)
                     for name, cut in edges.items()], axis=1)


def _in_order_of_need(model: LatentClasses, levels: Integers, need: Floats) -> LatentClasses:
    """Return the same model, its classes from the least mean need to the greatest."""
    own = model.memberships(levels).argmax(axis=1)
    known = np.isfinite(need)
    counts, sums = (np.bincount(own[known], weight, len(model.shares)) for weight in (None, need[known]))
    order = np.argsort(np.divide(sums, counts, out=np.zeros(len(sums)), where=counts > 0), kind="stable")
    return replace(model, shares=model.shares[order], log_chances=model.log_chances[order])


def _people(measures: Measures) -> int:
    return len(next(iter(measures.values())))
