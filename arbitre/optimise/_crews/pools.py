"""What do the levels of teams cost and keep, which are best at given worths, and what is the floor? (`_pool.Pools`.)

A pool is a team, a level its heads in one period, a flow the cases of one promise and rank at the team, a class a goal.
`evaluate` is exact on the transients; the floor under any levels is that of `_crews.floor`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from arbitre.core.units import DAYS_PER_YEAR
from arbitre.optimise._crews.floor import Lowest, Windows
from arbitre.optimise._crews.kernel import finishing, kept_by
from arbitre.optimise._crews.question import Question, Team
from arbitre.optimise._pool import Floats, Integers, Outcome, Priced


class CrewPools:
    """The teams of a question, as pools. hold, periods for which heads stay the same: the floor is for such levels."""

    def __init__(self, question: Question, hold: int = 1, teams: tuple[Team, ...] | None = None) -> None:
        self.question, self.hold, self.teams = question, hold, question.teams if teams is None else teams
        self.periods = len(self.teams[0].rate)
        self.days = self.periods * question.hours / 24.0
        self.slot_pool = np.repeat(np.arange(len(self.teams)), self.periods)
        self.slot_lowest = np.zeros(len(self.slot_pool), np.int64)
        self.flow_pool = np.repeat(np.arange(len(self.teams)), [len(team.goal) for team in self.teams])
        self.flow_class = np.concatenate([team.goal for team in self.teams])
        per_day = question.hours / self.days
        self.flow_volume = np.concatenate([team.flows[0].sum(axis=1) * per_day for team in self.teams])
        self.flow_reach = self.flow_volume * np.concatenate([team.flows[5].max(axis=1) for team in self.teams])
        self.flow_late = np.concatenate([team.late_cost for team in self.teams]) * DAYS_PER_YEAR

    @property
    def pools(self) -> int:
        return len(self.teams)

    @property
    def classes(self) -> int:
        return len(self.question.goals)

    @property
    def rises(self) -> bool:
        """Not said: crews are settled by their own search."""
        return False

    def by_goal(self, kept: Floats) -> Floats:
        """Return what flows keep (flows,) by goal (goals,)."""
        return np.bincount(self.flow_class, kept, minlength=self.classes).astype(np.float64)

    def typical_worth(self) -> float:
        """What the work of a case costs, for one more case a day."""
        return max(max(team.cost * team.work for team in self.teams), 1.0) * DAYS_PER_YEAR

    def part(self, every: int) -> CrewPools:
        return CrewPools(self.question, self.hold, self.teams[::every])

    def head_cost(self, team: Team) -> float:
        """Cost a year of one head in one period, every time it comes round."""
        return team.cost * self.question.hours * self.question.weeks

    def work_cost(self, need: Floats) -> float:
        """Return what the work of the teams costs a year that must keep some cases (need of their goals, goals, not
        nought): where nobody leaves unserved, a line that comes back to itself has all its work done in paid hours."""
        return sum(team.cost * team.work * float(team.rate.sum()) * self.question.hours * self.question.weeks
                   for team in self.teams if team.leave_rate == 0.0 and (need[team.goal] > 0.0).any())

    def hours_after(self, levels: Integers) -> Floats:
        """Return the hours that heads who leave with a case in hand work on it (teams,), every time periods come round.
        """
        return np.array([finishing(heads, *team.law, self.question.hours, team.room)[0].sum() * team.work
                         if team.finishes else 0.0
                         for heads, team in zip(levels.reshape(self.pools, -1), self.teams, strict=True)])

    def shares(self, levels: Integers) -> list[Floats]:
        """Return the share kept of each flow in each period (flows, periods), by team; levels (slots,)."""
        return [kept_by(heads, *team.law, self.question.hours, team.room, team.flows)[3]
                for heads, team in zip(levels.reshape(len(self.teams), -1), self.teams, strict=True)]

    def evaluate(self, levels: Integers) -> Outcome:
        """What do these levels (slots,) cost, late cases included, and keep (cases a day)?"""
        per_day = self.question.hours / self.days
        kept = np.concatenate([(team.flows[0] * share).sum(axis=1) * per_day
                               for team, share in zip(self.teams, self.shares(levels), strict=True)])
        late = np.bincount(self.flow_pool, self.flow_late * (self.flow_volume - kept), minlength=self.pools)
        heads = levels.reshape(len(self.teams), -1).sum(axis=1)
        paid = (heads + self.hours_after(levels) / self.question.hours) * np.array([
            self.head_cost(team) for team in self.teams])
        return Outcome(paid + late, levels.astype(np.float64), kept)

    @cached_property
    def windows(self) -> list[Windows]:
        """What heads keep at most, by team."""
        return [Windows(team, self.question.hours, self.days, self.hold) for team in self.teams]

    def price(self, worth: Floats) -> Priced:
        """Which levels are best, and what is the floor, when a case a day in time at goal k earns worth[k] a year?"""
        found = self.lowest(worth)
        return Priced(np.concatenate([lowest.heads for lowest in found]), np.array([lowest.floor for lowest in found]))

    def lowest(self, worth: Floats) -> list[Lowest]:
        """Return the floor of each team at these worths of goals."""
        found = []
        for pool, team in enumerate(self.teams):
            late, volume = (values[self.flow_pool == pool] for values in (self.flow_late, self.flow_volume))
            lowest = self.windows[pool].lowest(worth[team.goal] + late, self.head_cost(team))
            found.append(replace(lowest, floor=lowest.floor + float(late @ volume)))
        return found
