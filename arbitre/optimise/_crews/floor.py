"""What do heads keep at most, and how little can a team cost, whatever its heads? A dynamic programme over the day.

A stretch is the periods for which heads stay the same. Let `kept(a, b, c)` be the cases that come in a stretch and are
kept when a, b, c are the heads of the stretches before it, of itself, and of those after it: as many of them as `back`
and `ahead` say. It is exact on the transients but for two optimistic ends:
- before the window the team has plenty of heads, and each case present goes at the larger of the rates of work and of
  leaving. Death rates are then no less at any number present, from the same empty start, so by coupling the number
  present is stochastically the least that any heads leave; with the heads of the window it stays so (a birth and death
  process keeps the order of its starts). Of `before_it` both parts, the line and who is in it, rise with that number;
  Where nobody may work any more and those who go finish their case (`Team.closing`), plenty leave the line empty;
- after the window the team has plenty again. At the same place in line more heads never let it move more slowly, and
  let it begin sooner.
So no levels keep more than their windows say, and
    floor = min over heads of the sum over stretches of cost (heads) - earned x kept (window)
lies under cost less what is earned at any levels. It is a shortest path whose state is the heads of the window but
one: Bellman's recursion, exact. Days are cut open at midnight (the first stretches begin empty, the last look at
plenty). Of the most heads of a stretch told apart, as many are paid and plenty are there: optimistic again, and all
larger numbers with it.

Nothing is said here of the hours that kept cases take: in the model a case that has begun keeps its promise even where
its head leaves, so kept work may exceed the hours of heads. Floors are weak where windows are far longer than
stretches; there what the work costs is the higher one (`CrewPools.work_cost`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from arbitre.maths.work.staffing import offered_load
from arbitre.maths.work.transient import advance, before_it, hand_over
from arbitre.optimise._crews.kernel import chances
from arbitre.optimise._crews.question import Team
from arbitre.optimise._pool import Floats, Integers

_WINDOWS = ((1, 3), (2, 2), (1, 1), (0, 1), (0, 0))
"""Stretches looked at before and after one, the best first."""
_MOST_ENTRIES, _MOST_LAWS = 5_000_000, 60_000
"""What a team's windows may take: numbers kept, and laws computed."""
_SPREADS = 2.5
"""Heads are told apart up to the load and so many of its square roots."""


@njit(cache=True, nogil=True, error_model="numpy")
def plenty_starts(plenty, rate, work_rate, leave_rate, closing, hours, room):
    """Return the law at the start of each period (periods, room + 1) when nobody ever waits for heads."""
    starts, law, mean = np.zeros((len(rate), room + 1)), np.zeros(room + 1), np.empty(room + 1)
    law[0] = 1.0
    for t in range(len(rate)):
        starts[t] = law
        if closing[t]:
            hand_over(law, plenty[t - 1], plenty[t])
        advance(law, rate[t], plenty[t], max(work_rate, leave_rate), leave_rate, hours, mean)
    return starts


@njit(cache=True, nogil=True, error_model="numpy")
def found_by(first, last, hold, told, counts, start, rate, work_rate, leave_rate, closing, hours, flows):
    """Return whom the cases of stretch `last` find before them (hold, flows, heads of stretches `first` to `last`,
    room + 1), from the law `start` at the beginning of `first`."""
    combos = 1
    for j in range(first, last + 1):
        combos *= counts[j]
    found = np.zeros((hold, len(flows[3]), combos, len(start)))
    law, mean = np.empty(len(start)), np.empty(len(start))
    for combo in range(combos):
        law[:] = start
        below, before = combos, len(start)
        for j in range(first, last + 1):
            below //= counts[j]
            heads = told[j, combo // below % counts[j]]
            for i in range(hold):
                t = j * hold + i
                if closing[t]:
                    hand_over(law, before, heads)
                before = heads
                advance(law, rate[t], heads, work_rate, leave_rate, hours, mean)
                if j == last:
                    for f in range(len(flows[3])):
                        if flows[0][f, t] > 0.0:
                            before_it(mean, heads, rate[t], flows[1][f, t], work_rate, leave_rate, found[i, f, combo])
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def in_time_by(first, last, hold, told, counts, plenty, rate, work_rate, leave_rate, closing, hours, flows, room):
    """Return the chance that a case of stretch `first` is in time (hold, flows, heads of stretches `first` to `last`,
    room + 1), by how many are before it."""
    combos = 1
    for j in range(first, last + 1):
        combos *= counts[j]
    found = np.zeros((hold, len(flows[3]), combos, room + 1))
    chance, heads = np.zeros((len(flows[3]), room + 1)), plenty.copy()
    for combo in range(combos):
        below = combos
        for j in range(first, last + 1):
            below //= counts[j]
            heads[j * hold:(j + 1) * hold] = told[j, combo // below % counts[j]]
        for i in range(hold):
            chances(first * hold + i, heads, rate, work_rate, leave_rate, closing, hours, room, flows, chance)
            found[i, :, combo] = chance
    return found


@dataclass(frozen=True)
class Lowest:
    """The floor of a team, money a year; heads (periods,) at which it lies; kept (flows,), cases a day said of them."""

    floor: float
    heads: Integers
    kept: Floats


class Windows:
    """What each window of a team keeps at most, cases a day."""

    def __init__(self, team: Team, hours: float, days: float, hold: int) -> None:
        self.hold, self.stretches = hold, len(team.rate) // hold
        is_open = team.allowed.reshape(-1, hold).any(axis=1)
        load = offered_load(team.rate, team.work, hours).reshape(-1, hold).max(axis=1)
        counts = np.where(is_open, np.ceil(load + _SPREADS * np.sqrt(load)).astype(np.int64) + 2, 1)
        self.back, self.ahead = _reach(counts, hold, len(team.goal))
        # Stretches before the first and after the last are not decided.
        self.counts = np.concatenate([np.ones(self.back, np.int64), counts, np.ones(self.ahead, np.int64)])
        told = np.tile(np.arange(counts.max()), (len(counts), 1))
        told[is_open, counts[is_open] - 1] = team.room + 1
        plenty = np.where(is_open, team.room + 1, 0).repeat(hold)
        starts = plenty_starts(plenty, *team.law, hours, team.room)
        self.kept = [self._kept(team, j, told, counts, plenty, starts, hours, hours / days)
                     for j in range(self.stretches)]

    def _kept(self, team: Team, j: int, told: Integers, counts: Integers, plenty: Integers, starts: Floats,
              hours: float, per_day: float) -> Floats:
        """Return what stretch j keeps (flows, heads of each stretch of its window)."""
        first, last, hold = max(j - self.back, 0), min(j + self.ahead, self.stretches - 1), self.hold
        window = self.counts[j:j + self.back + 1 + self.ahead]
        volume = team.flows[0][:, j * hold:(j + 1) * hold] * per_day
        if not volume.any():
            return np.zeros((len(volume), *window))
        before = found_by(first, j, hold, told, counts, starts[first * hold], *team.law, hours, team.flows)
        chance = in_time_by(j, last, hold, told, counts, plenty, *team.law, hours, team.flows, team.room)
        heads, wide = int(counts[j]), before.shape[-1]
        before = before.reshape(hold, len(volume), -1, heads, wide).transpose(0, 1, 3, 2, 4)
        chance = chance.reshape(hold, len(volume), heads, -1, wide).transpose(0, 1, 2, 4, 3)
        kept = np.einsum("fi,ifcae->face", volume, before @ chance)
        return np.ascontiguousarray(kept).reshape(len(volume), *window)

    def lowest(self, earned: Floats, a_head: float) -> Lowest:
        """Return the floor when a case a day of each flow earns so much (flows,), and a head costs so much a period."""
        size = self.counts
        value, came = np.zeros(size[:self.back + self.ahead]), list[Integers]()
        for j, kept in enumerate(self.kept):
            paid = a_head * self.hold * np.arange(size[j + self.back])
            stage = paid.reshape(-1, *[1] * self.ahead) - np.tensordot(earned, kept, axes=1)
            total = value[..., None] + stage
            came.append(total.argmin(axis=0))
            value = total.min(axis=0)
        state = tuple(int(at) for at in np.unravel_index(int(value.argmin()), value.shape))
        floor, found = float(value.min()), np.zeros(len(earned))
        chosen = np.zeros(self.stretches, np.int64)
        for j in range(self.stretches - 1, -1, -1):
            window = (int(came[j][state]), *state)
            found += self.kept[j][(slice(None), *window)]
            chosen[j] = window[self.back]
            state = window[:-1]
        return Lowest(floor, chosen.repeat(self.hold), found)


def _reach(counts: Integers, hold: int, flows: int) -> tuple[int, int]:
    """Return how many stretches before and after one can be looked at."""
    for back, ahead in _WINDOWS:
        padded = np.concatenate([np.ones(back, np.int64), counts, np.ones(ahead, np.int64)])
        views = np.lib.stride_tricks.sliding_window_view(padded, back + 1 + ahead)
        entries = views.prod(axis=1).sum() * flows
        laws = (views[:, :back + 1].prod(axis=1) * (back + 1) + views[:, back:].prod(axis=1) * flows).sum() * hold
        if entries <= _MOST_ENTRIES and laws <= _MOST_LAWS:
            return back, ahead
    return _WINDOWS[-1]
