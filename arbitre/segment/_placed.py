"""Where does a school place each customer, by rule or by its tree, and how surely?

How much a measure owes to chance is known of those that rest on a customer's own lines: a share has the standard error
of Agresti and Coull (The American Statistician 52 (1998) 119-126), with two lines added to each side; money that of a
compound Poisson sum of exponential amounts, money x sqrt(2 / lines); the rate of lines, rate / sqrt(lines).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.core.streams import stream
from arbitre.maths.decision_tree import Tree
from arbitre.segment._customer_measures import ANSWER, MONEY, ORDERING
from arbitre.segment._schools import Floats, Integers, Measures, School

_DRAWS = 10


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


def measures_of(frame: pl.DataFrame, expects: str) -> dict[str, Floats]:
    """Return each column as numbers, NaN where it is empty; `expects` are the answers to that question."""
    found = {name: frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in frame.columns
             if name != "customer"}
    if f"{ANSWER}{expects}" in found:
        found["expects"] = found[f"{ANSWER}{expects}"]
    return found


def asked_about(measures: Measures) -> list[str]:
    """Return the measures that a tree may ask about."""
    answers = [name for name in measures if name.startswith(ANSWER)]
    return [name for name in (*MONEY, "line_rate", *ORDERING, "failures", *answers) if name in measures]


def asked(measures: Measures) -> Floats:
    """Return the same side by side: (customers, measures)."""
    return np.stack([measures[name] for name in asked_about(measures)], axis=1)


def placed(school: School, tree: Tree, measures: Measures, seed: int, chance: Floats | None) -> Placed:
    """Place every customer; one of whom neither the rule nor the tree knows a measure is left out.

    `chance`, of a school that has it, is that of each customer's segment.
    """
    by_rule, names, given = school.codes(measures), asked_about(measures), asked(measures)
    if not tree.counts[0].sum():
        return Placed(school, tree, names, given, by_rule, by_rule, np.full(len(by_rule), np.nan))
    leaf = tree.leaf(given)
    of_tree = np.isfinite(given).any(axis=1) & (by_rule < 0)
    codes = np.where(of_tree, tree.group()[leaf], by_rule)
    sure = _said_again(school, measures, by_rule, seed) if chance is None else chance
    sure = np.where(of_tree, tree.share()[leaf], sure)
    return Placed(school, tree, names, given, codes, by_rule, np.where(codes >= 0, sure, np.nan))


def error(measures: Measures, name: str) -> Floats | None:
    """Return the standard error of a measure of each customer; None where it is not known."""
    lines = np.maximum(measures["lines"], 1.0)
    if name == "urgent_share":
        drawn = (measures[name] * lines + 2.0) / (lines + 4.0)
        return np.sqrt(drawn * (1.0 - drawn) / (lines + 4.0))
    if name in MONEY:
        return np.abs(measures[name]) * np.sqrt(2.0 / lines)
    return measures[name] / np.sqrt(lines) if name == "line_rate" else None


def _said_again(school: School, measures: Measures, codes: Integers, seed: int) -> Floats:
    """Return how often the rule says the same of other lines, with one draw more on either side.

    Money is moved all alike, and keeps its sign.
    """
    luck, same = stream(seed, "lines drawn again", school.name), np.ones(len(codes))
    lines = np.maximum(measures["lines"], 1.0)
    share_error = error(measures, "urgent_share")
    for _ in range(_DRAWS):
        first, second, third = luck.standard_normal((3, len(codes)))
        money = np.exp(first * np.sqrt(2.0 / lines))
        drawn = {name: measures[name] * money for name in MONEY if name in measures}
        drawn["line_rate"] = measures["line_rate"] * np.exp(second / np.sqrt(lines))
        drawn["urgent_share"] = measures["urgent_share"] + third * share_error
        same += school.codes({**measures, **drawn}) == codes
    return same / (_DRAWS + 2.0)
