"""How is the programme of a portfolio told which heads the work and the promises of response call for?

A cell of a team is a bin of heads, above one number up to another, and the promise that binds there. It costs its least
heads and takes the load that its most take, under its promise and every looser one; so the programme is a bound on all
plans, and exact where a bin is one number. Exactly one cell of a team holds.
"""

from __future__ import annotations

import numpy as np

from arbitre.optimise._pool import Floats, Integers
from arbitre.optimise._portfolio.model import Model, Plan
from arbitre.optimise._portfolio.rows import Programme


class HeadRows:
    """The columns and rows of people. Columns of the cells are `columns`; team, least, most, binding (cells,): the
    promise, -1 none; takes (cells,) load."""

    def __init__(self, programme: Programme, model: Model, ends: list[Integers], budget: int | None, *,
                 right_ends: bool) -> None:
        self.model, people = model, model.question.people
        cells = [(t, int(low) + 1, int(high), tier)
                 for t, team in enumerate(people.teams)
                 for low, high in zip(ends[t][:-1], ends[t][1:], strict=True)
                 for tier in (-1, *(k for k in range(len(team.tiers)) if people.could_ask(t, k)))]
        cells += [(t, 0, 0, -1) for t in range(len(people.teams))]
        self.team, self.least, self.most, self.binding = (
            np.array(part, np.int64) for part in (zip(*cells, strict=True) if cells else ((),) * 4))
        self.takes = np.array([min(people.teams[t].most(high, -1), people.teams[t].most(high, tier))
                               for t, _, high, tier in cells])
        cost = np.array([team.cost for team in people.teams])
        self.columns = programme.columns(cost[self.team] * self.least.astype(float), whole=True)
        if cells:
            programme.rows(self.team, self.columns, 1.0, 1.0, 1.0)
        if budget is not None and cells:
            programme.row(self.columns, (self.most if right_ends else self.least).astype(float), -np.inf, float(budget),
                          f"at most {budget} heads in all crews")

    def bind(self, programme: Programme, segment: Integers, choice: Integers, columns: Integers) -> None:
        """Have the cells take the load of these choices (columns,), and keep what they promise."""
        asked = self.model.question
        offer = asked.choice_offer[choice]
        busy = asked.accept[segment, choice][:, None] * asked.people.load[segment, offer]
        for t, team in enumerate(asked.people.teams):
            own, busy_here = self.team == t, np.flatnonzero(busy[:, t])
            scale = max(float(self.takes[own].max()), 1e-9)
            programme.row(np.append(columns[busy_here], self.columns[own]),
                          np.append(busy[busy_here, t], -self.takes[own]) / scale, -np.inf, 0.0)
            for k in range(len(team.tiers)):
                asking = asked.people.asks[segment, offer, t, k]
                keeps = self.columns[own & self._keeps(k)]
                for s in np.unique(segment[asking]):
                    made = columns[asking & (segment == s)]
                    programme.row(np.append(made, keeps), np.append(np.ones(len(made)), -np.ones(len(keeps))), -np.inf,
                                  0.0)

    def _keeps(self, tier: int) -> np.ndarray:
        """Say of each cell whether its promise keeps that one too (cells,)."""
        teams = self.model.question.people.teams
        return np.array([bound >= 0 and tier < len(teams[t].tiers)
                         and load <= teams[t].most(high, tier) for t, high, bound, load in
                         zip(self.team, self.most, self.binding, self.takes, strict=True)], bool)

    def chosen(self, plan: Plan) -> Integers:
        """Return the columns of the cells that hold under a plan."""
        people, found = self.model.question.people, []
        _, heads = self.model.heads(plan)
        for t, tiers in enumerate(self.model.called_for(plan)[1]):
            own = np.flatnonzero((self.team == t) & (self.least <= heads[t]) & (heads[t] <= self.most)
                                 & np.isin(self.binding, tiers or [-1]))
            loads = [min((people.teams[t].most(int(self.most[cell]), k) for k in tiers), default=np.inf)
                     for cell in own]
            found.append(own[int(np.argmin(np.abs(self.takes[own] - loads) if tiers else np.zeros(len(own))))])
        return self.columns[np.array(found, np.int64)]

    def heads(self, values: Floats) -> Integers:
        """Return the heads of each team that values say (teams,), rounded up."""
        said = np.bincount(self.team, self.least * values[self.columns],
                           minlength=len(self.model.question.people.teams)) if len(self.columns) else np.zeros(0)
        return np.ceil(said - 1e-6).astype(np.int64)
