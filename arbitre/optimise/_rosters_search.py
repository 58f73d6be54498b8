"""Who works which shift on which day at least cost, and a proven floor under that.

    minimise  sum of the costs of lines + sum over days and shifts of short x missing + spare x too many

One line of shifts and days off for each person. Column generation (Dantzig & Wolfe 1960; for rosters: Burke & Curtois,
European Journal of Operational Research 237, 2014): a linear programme chooses among lines known so far, its duals say
what each shift of each day is worth, and `maths.work.roster_lines` finds for each person the line worth most. What no
line can better is the bound: sum of the least priced costs + duals x needs, for any duals (Lagrange). Duals are
smoothed (Wentges, International Transactions in Operational Research 4, 1997).
Whole rosters come from a dive: the line the programme takes most of is given to its person, the others are chosen anew.
The roster is then bettered by freeing some people, the others fixed, and diving again (large neighbourhood search).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from arbitre.maths.work.roster_lines import OFF, Floats, Integers, LineRules, cheapest_line, ending
from arbitre.solvers.linear import Answer, Rows, least

_SMOOTHED = 0.5
"""Weight of the best duals so far beside those of the last programme."""
_ROUNDS, _ROUNDS_OF_DIVE = 300, 8
"""Programmes solved at most, to the end and on the way down."""
_CLOSE = 0.5
"""Gap of the programme to its bound at which no more lines are sought: costs are mostly whole numbers."""
_SLACK = 1e-6
_SURE = 0.999
"""Share of a line above which it is given without choosing anew."""


@dataclass(frozen=True)
class Question:
    """People P, days, shifts S: rules (P,); wish (P, days, S), cost of working; constant, the cost of all wishes when
    nobody works; need, short, spare (days, S), people needed and what one missing or one too many costs."""

    rules: Sequence[LineRules]
    wish: Floats
    constant: float
    need: Floats
    short: Floats
    spare: Floats

    def own_cost(self, person: int, line: Integers) -> float:
        """Return what a line costs by itself: wishes, hours and weekends."""
        days = np.flatnonzero(line != OFF)
        return float(self.wish[person, days, line[days]].sum() + self.rules[person].end_cost[
            ending(self.rules[person], line)])

    def present(self, lines: Integers) -> Floats:
        """Return how many work each shift of each day (days, S)."""
        there = np.zeros_like(self.need)
        person, day = np.nonzero(lines != OFF)
        np.add.at(there, (day, lines[person, day]), 1.0)
        return there

    def value(self, lines: Integers) -> float:
        """Return what a roster (P, days) costs."""
        missing = self.need - self.present(lines)
        covered = (self.short * np.maximum(missing, 0.0) + self.spare * np.maximum(-missing, 0.0)).sum()
        return self.constant + float(covered) + sum(self.own_cost(*given) for given in enumerate(lines))


@dataclass(frozen=True)
class Found:
    """A roster (P, days), its cost, and the floor under the cost of any."""

    lines: Integers
    value: float
    bound: float


@dataclass
class _Known:
    """Lines known, one after the other: whose, which, at what cost of their own."""

    owner: list[int]
    line: list[Integers]
    cost: list[float]
    seen: set[tuple[int, bytes]]

    @classmethod
    def none(cls) -> _Known:
        return cls([], [], [], set())

    def add(self, question: Question, person: int, line: Integers) -> bool:
        """Add a line; returns whether it is new."""
        key = (person, line.tobytes())
        if key in self.seen:
            return False
        self.seen.add(key)
        self.owner.append(person)
        self.line.append(line)
        self.cost.append(question.own_cost(person, line))
        return True

    def of(self, people: Sequence[int]) -> _Known:
        """Return a copy with the lines of some people."""
        wanted, copy = set(people), _Known.none()
        for owner, line, cost in zip(self.owner, self.line, self.cost, strict=True):
            if owner in wanted:
                copy.owner.append(owner)
                copy.line.append(line)
                copy.cost.append(cost)
                copy.seen.add((owner, line.tobytes()))
        return copy


def searched(question: Question, rounds: int, rng: np.random.Generator,
             progress: Callable[[float, str], None]) -> Found:
    """Return the best roster found, with its bound; `rounds`, how often some people are freed to better it."""
    everyone = list(range(len(question.rules)))
    root = _Known.none()
    for person in everyone:
        root.add(question, person, cheapest_line(question.rules[person], question.wish[person])[1])
    _, bound = _generated(question, root, everyone, question.need, _ROUNDS)
    bound = _rounded_up(question, bound + question.constant)
    progress(0.3, "giving lines to people")
    dived = _dive(question, root, everyone, np.full((len(everyone), len(question.need)), OFF), np.inf)
    best = dived if dived is not None else np.array([root.line[root.owner.index(person)] for person in everyone])
    value = question.value(best)
    for done in range(rounds if everyone else 0):
        if value <= bound + _SLACK:
            break
        progress(0.4 + 0.6 * done / rounds, "trying to better the roster")
        few = min(len(everyone), 3)
        freed = int(rng.integers(few, max(few, len(everyone) * 3 // 5) + 1))
        people = sorted(rng.choice(len(everyone), freed, replace=False).tolist())
        known = root.of(people)
        for person in people:
            known.add(question, person, best[person])
        tried = _dive(question, known, people, best, value)
        if tried is not None and question.value(tried) < value - _SLACK:
            best, value = tried, question.value(tried)
    return Found(best, value, min(bound, value))


def _dive(question: Question, known: _Known, people: Sequence[int], lines: Integers, most: float) -> Integers | None:
    """Return the roster with new lines for some people, those of the others kept; None once it must cost `most`."""
    lines, free = lines.copy(), list(people)
    fixed = [person for person in range(len(lines)) if person not in set(free)]
    known = known.of(free)
    while free:
        spent = question.constant + sum(question.own_cost(person, lines[person]) for person in fixed)
        need = question.need - question.present(lines[fixed])
        answer, bound = _generated(question, known, free, need, _ROUNDS_OF_DIVE)
        if spent + bound > most - _SLACK:
            return None
        shares, owner = answer.values[: len(known.line)], np.array(known.owner)
        taken = {person: int(np.argmax(np.where(owner == person, shares, -1.0))) for person in free}
        given = [person for person in free if shares[taken[person]] > _SURE]
        for person in given or [max(free, key=lambda person: shares[taken[person]])]:
            lines[person] = known.line[taken[person]]
            fixed.append(person)
            free.remove(person)
        known = known.of(free)
    return lines


def _generated(question: Question, known: _Known, people: Sequence[int], need: Floats,
               rounds: int) -> tuple[Answer, float]:
    """Return the programme over lines and those that its duals called for, added to the known; and a bound."""
    bound, best = -np.inf, None
    for _ in range(rounds):
        answer = _programme(question, known, people, need)
        duals = answer.row_dual[: need.size].reshape(need.shape)
        added = False
        for worth in [duals] if best is None else [_SMOOTHED * best + (1 - _SMOOTHED) * duals, duals]:
            floor = float((worth * need).sum())
            for place, person in enumerate(people):
                priced, line = cheapest_line(question.rules[person], question.wish[person] - worth)
                floor += priced
                days = np.flatnonzero(line != OFF)
                gain = question.own_cost(person, line) - duals[days, line[days]].sum()
                if gain < answer.row_dual[need.size + place] - _SLACK:
                    added |= known.add(question, person, line)
            if floor > bound:
                bound, best = floor, worth
            if added:
                break
        if not added or answer.objective - bound < _CLOSE:
            break
    return answer, bound


def _programme(question: Question, known: _Known, people: Sequence[int], need: Floats) -> Answer:
    """Return the linear programme over the lines known: shares of lines, then people missing and people too many."""
    columns, cells, shifts = len(known.line), need.size, need.shape[1]
    place = {person: cells + at for at, person in enumerate(people)}
    lines = np.array(known.line)
    column, day = np.nonzero(lines != OFF)
    cell, every = np.arange(cells), np.arange(columns)
    row = np.concatenate([day * shifts + lines[column, day], [place[owner] for owner in known.owner], cell, cell])
    entry = np.concatenate([column, every, columns + cell, columns + cells + cell])
    factor = np.ones(len(row))
    factor[len(row) - cells :] = -1.0
    order = np.argsort(row, kind="stable")
    sides = np.concatenate([need.ravel(), np.ones(len(people))])
    rows = Rows(np.searchsorted(row[order], np.arange(len(sides) + 1)), entry[order], factor[order], sides, sides)
    cost = np.concatenate([known.cost, question.short.ravel(), question.spare.ravel()])
    most = np.full(len(cost), len(question.rules) + float(np.abs(need).max(initial=0.0)))
    most[:columns] = 1.0
    return least(cost, rows, np.zeros(len(cost)), most, np.zeros(len(cost), dtype=bool), gap=0.0, most_nodes=1)


def _rounded_up(question: Question, bound: float) -> float:
    """Return the bound, at the next whole number where every cost is one."""
    costs = [question.wish, question.short, question.spare, np.array(question.constant)]
    costs += [rules.end_cost[np.isfinite(rules.end_cost)] for rules in question.rules]
    whole = all((np.asarray(cost) % 1.0 == 0.0).all() for cost in costs)
    return float(np.ceil(bound - _SLACK)) if whole else bound
