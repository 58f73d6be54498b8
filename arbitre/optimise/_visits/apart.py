"""What would technicians and parts cost, each planned to a target of its own, as two departments do?

The usual split takes a promise of 90 % as parts at hand for 95 % and a technician in time for 95 %: the square root for
each; one of response is for technicians alone. Parts are the cheapest that are at hand at once for their share; heads
the cheapest that are in time for theirs, second visits at the share that parts are planned for. That parts spare
visits, and technicians waits, is on nobody's account. A split is a power of the promise for each side, tightened until
the promise holds by the model of both together: the same for both sides (the usual split), or any two of POWERS, the
cheapest found in hindsight.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from arbitre.optimise._duality import keep_promises
from arbitre.optimise._pool import Floats, Integers, Targets
from arbitre.optimise._visits.model import Visits
from arbitre.optimise._visits.search import Choice

POWERS = (1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02)
_MOST_HEADS = 200


class Departments:
    """Parts and technicians planned apart."""

    def __init__(self, visits: Visits) -> None:
        self.visits = visits
        self._parts: dict[float, Integers] = {}

    def split(self, parts: float, people: float) -> Choice | None:
        """Return what departments plan for these powers of each promise; None where no heads are in time."""
        visits = self.visits
        share = visits.need ** np.where(visits.by_line, min(2.0 * people, 1.0), people)
        levels, heads = self.levels(parts), self._heads(share, visits.need**parts)
        kept = None if heads is None else visits.evaluate(heads, levels)
        worth = np.zeros(len(share)), np.zeros(visits.teams)
        return None if heads is None or kept is None else Choice(heads, levels, kept, *worth)

    def usual(self, need: Floats) -> Choice | None:
        """Return the cheapest equal split that keeps so much of each promise (promises,)."""
        return self._cheapest([(power, power) for power in POWERS if power <= 0.5], need)

    def best(self, need: Floats) -> Choice | None:
        """Return the cheapest split of all that keeps so much of each promise (promises,)."""
        return self._cheapest(list(product(POWERS, POWERS)), need)

    def _cheapest(self, powers: list[tuple[float, float]], need: Floats) -> Choice | None:
        made = [choice for pair in powers if (choice := self.split(*pair)) and (choice.kept.share >= need - 1e-9).all()]
        return min(made, key=lambda choice: choice.cost) if made else None

    def levels(self, power: float) -> Integers:
        """Return the cheapest parts that are at hand at once for their share of each promise."""
        if power not in self._parts:
            visits, question = self.visits, self.visits.question
            weight = np.zeros((len(visits.need), len(question.volume), len(question.waits)))
            weight[:, :, 0] = question.covers * ~visits.by_line[:, None]
            share = np.where(visits.by_line, 0.0, visits.need**power)
            targets = Targets(weight.reshape(len(weight), -1), share)
            self._parts[power] = keep_promises(question.pools, targets).levels
        return self._parts[power]

    def _heads(self, share: Floats, first: Floats) -> Integers | None:
        """Return the cheapest heads (teams,) that are in time for a share of each promise (promises,), if parts are at
        hand for a share `first` of each; None where none are.

        Heads are added where they bring most for their cost, then taken away where they turn out not to be needed.
        """
        visits = self.visits
        at_hand = np.array([_mean_first(visits, visits.question.team == team, first) for team in range(visits.teams)])
        lines = [visits.line(team, at_hand[team]) for team in range(visits.teams)]
        heads = np.array([int(rate * mean) + 1 if rate > 0 else 0 for rate, mean, _ in lines], dtype=np.int64)
        cost, steps = np.maximum(visits.hourly, 1e-9), np.eye(visits.teams, dtype=np.int64)
        for _ in range(_MOST_HEADS):
            short = self._short(heads, at_hand, share)
            if short == 0.0:
                break
            gains = [(short - self._short(heads + step, at_hand, share)) / (cost @ step) for step in steps]
            if max(gains) <= 1e-9:
                return None
            heads = heads + steps[int(np.argmax(gains))]
        for step in sorted(steps, key=lambda step: -float(cost @ step)):
            while (heads > step).all() and self._short(heads - step, at_hand, share) == 0.0:
                heads = heads - step
        return heads

    def _short(self, heads: Integers, first: Floats, share: Floats) -> float:
        """Return the cases a day that are not in time, though promised; first (teams,)."""
        visits, question = self.visits, self.visits.question
        kept = np.zeros(len(share))
        for group, team in enumerate(question.team.tolist()):
            chances = visits.chances(team, int(heads[team]), float(first[team]))
            if chances is not None:
                left = question.promises["window"].to_numpy() - question.way[group]
                done = [np.where(question.there, told.within(left, 0), told.within(left, 1)) for told in chances]
                often = question.volume[group] * done[0] + question.on_site[group] * done[1]
                kept += question.covers[:, group] * often
        return float(np.maximum(share * visits.asked * (1.0 - 1e-12) - kept, 0.0).sum())


def _mean_first(visits: Visits, mine: np.ndarray, first: Floats) -> float:
    """Return the share of a team's cases that take one visit when parts of each promise are at hand for their share."""
    question = visits.question
    promised = np.max(question.covers * np.where(visits.by_line, 0.0, first)[:, None], axis=0)
    parts = np.where(promised > 0, promised, 1.0) * question.parts
    return float((parts + question.alone)[mine].sum() / question.volume[mine].sum())
