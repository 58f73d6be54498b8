"""What do the levels of teams cost and keep, which are best at given worths, and what is the floor? (`_pool.Pools`.)

A pool is a team, a level its heads in one period, a flow the cases of one promise and rank at the team, a class a goal.
`evaluate` is exact on the transients. The floor needs what no levels can beat, and takes two facts together:
- heads of a period keep no more of its cases than they would if at all other hours there were as many as one likes
  (`ceilings`; so where nobody leaves sooner than he is served, else by the model's own lights);
- every case kept takes its work: over the week, work of kept cases <= heads x hours.
With a multiplier e from 0 to the cost of a head and hour on the second, the periods part, and for any e
    floor = sum over periods of min over heads s of (cost - e) h s - sum over flows of (worth - e work)+ kept(s),
which is concave in e: the best one is found by golden section.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from arbitre.core.units import DAYS_PER_YEAR
from arbitre.maths.staffing import offered_load
from arbitre.optimise._crews_kernel import ceilings, kept_by
from arbitre.optimise._crews_question import Question, Team
from arbitre.optimise._pool import Floats, Integers, Outcome, Priced

_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
_SECTIONS = 30


class CrewPools:
    """The teams of a question, as pools."""

    def __init__(self, question: Question, teams: tuple[Team, ...] | None = None) -> None:
        self.question, self.teams = question, question.teams if teams is None else teams
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

    def typical_worth(self) -> float:
        """What the work of a case costs, for one more case a day."""
        return max(max(team.cost * team.work for team in self.teams), 1.0) * DAYS_PER_YEAR

    def part(self, every: int) -> CrewPools:
        return CrewPools(self.question, self.teams[::every])

    def head_cost(self, team: Team) -> float:
        """Cost a year of one head in one period, every time it comes round."""
        return team.cost * self.question.hours * self.question.weeks

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
        paid = heads * np.array([self.head_cost(team) for team in self.teams])
        return Outcome(paid + late, levels.astype(np.float64), kept)

    @cached_property
    def ceilings(self) -> list[Floats]:
        """Cases a day that each number of heads keeps at most (flows, periods, most + 1), by team."""
        per_day = self.question.hours / self.days
        found = []
        for team in self.teams:
            load = offered_load(team.rate, team.work, self.question.hours)
            lowest = np.maximum(load - 4.0 * np.sqrt(load), 0.0).astype(np.int64)
            found.append(team.flows[0][:, :, None] * per_day * ceilings(
                lowest, team.most, team.allowed, *team.law, self.question.hours, team.room, team.flows))
        return found

    def price(self, worth: Floats) -> Priced:
        """Which levels are best, and what is the floor, when a case a day in time at goal k earns worth[k] a year?"""
        levels, floors = [], []
        for pool, team in enumerate(self.teams):
            mine = self.flow_pool == pool
            earned = worth[team.goal] + self.flow_late[mine]
            lost = float(self.flow_late[mine] @ self.flow_volume[mine])
            low, high = 0.0, team.cost
            for _ in range(_SECTIONS):
                left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
                if self._floor(pool, earned, left)[0] < self._floor(pool, earned, right)[0]:
                    low = left
                else:
                    high = right
            ends = [self._floor(pool, earned, share) for share in (0.0, (low + high) / 2.0, team.cost)]
            floors.append(max(floor for floor, _ in ends) + lost)
            levels.append(ends[0][1])
        return Priced(np.concatenate(levels).astype(np.int64), np.array(floors))

    def _floor(self, pool: int, earned: Floats, work_price: float) -> tuple[float, Integers]:
        """Return the floor when an hour of work is charged so much and refunded to the heads, and the levels there."""
        team = self.teams[pool]
        a_case = np.maximum(earned - work_price * team.parts * DAYS_PER_YEAR, 0.0)
        paid = (1.0 - work_price / team.cost if team.cost > 0 else 1.0) * self.head_cost(team)
        net = paid * np.arange(team.most + 1) - np.tensordot(a_case, self.ceilings[pool], axes=1)
        return float(net.min(axis=1).sum()), net.argmin(axis=1)
