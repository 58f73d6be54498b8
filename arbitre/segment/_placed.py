"""Where does a school place each customer, by rule or by its tree, and how surely?

How much a measure owes to chance is known of those that rest on a customer's own lines: a share has the standard error
of Agresti and Coull (The American Statistician 52 (1998) 119-126), with two lines added to each side; money that of a
compound Poisson sum of exponential amounts, money x sqrt(2 / lines); the rate of lines, rate / sqrt(lines).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arbitre.core.streams import stream
from arbitre.maths.evidence.decision_tree import Tree, grown
from arbitre.segment._customer_lines import Floats, Integers
from arbitre.segment._customer_measures import ANSWER, MONEY, ORDERING, Measures
from arbitre.segment._schools import School

_DRAWS = 10
_MOST_GROWN = 50_000
"""Customers from whom a tree is grown at most, drawn at random."""


@dataclass(frozen=True)
class Placed:
    """Customers by a school: its tree, the names of the measures that it asks about and their values (customers,
    measures); codes of segments (customers,), -1 not placed; the codes of its rule alone; the confidence of each."""

    school: School
    tree: Tree
    names: list[str]
    given: Floats
    codes: Integers
    by_rule: Integers
    confidence: Floats

    @property
    def by_tree(self) -> NDArray[np.bool_]:
        return (self.by_rule < 0) & (self.codes >= 0)


def asked_about(measures: Measures) -> list[str]:
    """Return the measures that a tree may ask about."""
    answers = [name for name in measures if name.startswith(ANSWER)]
    return [name for name in (*MONEY, "line_rate", *ORDERING, "failures", *answers) if name in measures]


def asked(measures: Measures) -> Floats:
    """Return the same side by side: (customers, measures)."""
    return np.stack([measures[name] for name in asked_about(measures)], axis=1)


def placed(schools: Sequence[School], measures: Measures, depth: int, chance: Mapping[str, Floats],
           seed: int) -> list[Placed]:
    """Place every customer by every school; one of whom neither the rule nor the tree knows a measure is left out.

    `depth`, questions of a tree at most; `chance`, for a school that knows it, that of each customer's segment.
    """
    names, given = asked_about(measures), asked(measures)
    anything = np.isfinite(given).any(axis=1)
    rules = [school.codes(measures) for school in schools]
    unsure = [at for at, school in enumerate(schools) if school.name not in chance]
    again = _said_again([schools[at] for at in unsure], measures, [rules[at] for at in unsure], seed)
    sure = {schools[at].name: one for at, one in zip(unsure, again, strict=True)} | dict(chance)
    found = []
    for school, by_rule in zip(schools, rules, strict=True):
        known = np.flatnonzero(by_rule >= 0)
        if len(known) > _MOST_GROWN:
            known = np.sort(stream(seed, "tree", school.name).permutation(known)[:_MOST_GROWN])
        tree = grown(given[known], by_rule[known], depth, max(2, len(known) // 200))
        codes, confidence = by_rule.copy(), sure[school.name].copy()
        rest = np.flatnonzero(anything & (by_rule < 0)) if len(known) else known
        leaf = tree.leaf(given[rest])
        codes[rest], confidence[rest] = tree.group()[leaf], tree.share()[leaf]
        found.append(Placed(school, tree, names, given, codes, by_rule, np.where(codes >= 0, confidence, np.nan)))
    return found


def error(measures: Measures, name: str) -> Floats | None:
    """Return the standard error of a measure of each customer; None where it is not known."""
    lines = np.maximum(measures["lines"], 1.0)
    if name == "urgent_share":
        drawn = (measures[name] * lines + 2.0) / (lines + 4.0)
        return np.sqrt(drawn * (1.0 - drawn) / (lines + 4.0))
    if name in MONEY:
        return np.abs(measures[name]) * np.sqrt(2.0 / lines)
    return measures[name] / np.sqrt(lines) if name == "line_rate" else None


def _said_again(schools: list[School], measures: Measures, codes: list[Integers], seed: int) -> list[Floats]:
    """Return how often each rule says the same of other lines, with one draw more on either side.

    Money is moved all alike, and keeps its sign.
    """
    luck, same = stream(seed, "lines drawn again"), [np.ones(len(one)) for one in codes]
    few = np.sqrt(1.0 / np.maximum(measures["lines"], 1.0))
    share_error = error(measures, "urgent_share")
    for _ in range(_DRAWS):
        first, second, third = luck.standard_normal((3, len(few)))
        money = np.exp(first * np.sqrt(2.0) * few)
        drawn = {name: measures[name] * money for name in MONEY if name in measures}
        drawn["line_rate"] = measures["line_rate"] * np.exp(second * few)
        drawn["urgent_share"] = measures["urgent_share"] + third * share_error
        for counted, school, known in zip(same, schools, codes, strict=True):
            counted += school.codes({**measures, **drawn}) == known
    return [one / (_DRAWS + 2.0) for one in same]
