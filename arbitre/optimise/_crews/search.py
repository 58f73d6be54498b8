"""Which heads, period by period, keep every goal at the least cost, and how low can any plan go?

The bound: for any worths of the goals, the floors of the teams and what the promised volume earns lie together under
every plan (weak duality). Their sum is concave, and raised by cutting planes (Kelley 1960), one for each team and turn;
every point tried is proven, so nothing rests on the programme's arithmetic.

The plan: least heads in turn (`begun_with`), the most of each stretch for which heads stay, then moves. What one head
more or less in each single stretch brings is known exactly (`changes`); which of these moves to make together is a
small programme in whole numbers, no two next to each other unless they are few. A set that saves little is followed by
half as many. Where heads finish the work in hand as they leave, the hours after are paid; a second search first moves
them as if they put it down, and the cheaper end counts. It ends when no set of moves helps; heads are added where a
promise is still short. The worths told are the duals of the last programme: what one more case in time costs by the
moves that are left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from arbitre.capability import Progress, within
from arbitre.core.errors import Unreachable
from arbitre.optimise._crews.kernel import begun_with, changes, kept_by, leaving
from arbitre.optimise._crews.pools import CrewPools
from arbitre.optimise._pool import Floats, Integers
from arbitre.solvers.linear import Answer, NoValues, Rows, least

Gains = tuple[Floats, Floats, Floats, Floats]
"""What one head less, and more, keeps (goals, slots), and what each costs (slots,)."""
_ROUNDS = 40
_NODES = 400
_GAP = 1e-3
_PLANES = 40
_MOST_WORTH = 200.0
"""No kept case is worth more than so many times its work."""
_SHORT_COSTS = 20.0
"""A case a day short of a goal counts as so many times the worth of one, so that no plan rests on it."""
_PART, _MOST_ADDED = 0.01, 50
"""How closely the part of the heads to begin with is found, and how many are added to all hours at most."""
_EXACT = 1e-9
_FEWEST = 3
_WORTHWHILE = 3e-4
"""Moves that save less than this share of the cost are followed by fewer at a time, and then by none."""


@dataclass(frozen=True)
class Staffing:
    """levels (slots,), kept (goals,) cases a day, value (cost a year) with its bound, worth (goals,) of one more case a
    day, and gain (goals, slots), cases a day that one more head in each slot keeps."""

    levels: Integers
    kept: Floats
    value: float
    bound: float
    worth: Floats
    gain: Floats


def refuse_closed_hours(pools: CrewPools, need: Floats) -> None:
    """Raise Unreachable where hours in which people may work are too few for a promise; need (goals,) cases a day."""
    question = pools.question
    everybody = np.concatenate([np.where(team.allowed, team.room + 1, 0) for team in pools.teams])
    most = pools.by_goal(pools.evaluate(everybody).kept)
    volume = question.volume / pools.days
    faults = []
    for goal, kept, asked, all_ in zip(question.goals, most, need, volume, strict=True):
        if kept < asked * (1.0 - 1e-6):
            promise = question.promises.row(goal.promise, named=True)
            faults.append(f"Promise {promise['promise']} allows {promise['window']:g} h, and of the cases that step "
                          f"{goal.step} works on {kept / all_:.1%} at most are in time in the hours in which its crews "
                          f"may work; {goal.share:.1%} must be. Open them longer (opening_hours, crews.calendar), "
                          "lengthen the window, lower the target, or let cases come then (rhythms).")
    if faults:
        raise Unreachable(" ".join(faults))


def staffed(pools: CrewPools, need: Floats, known: tuple[Floats, float], progress: Progress) -> Staffing:
    """Return the levels that keep the goals; need (goals,) cases a day, within reach; known as of `placed`."""
    progress(0.0, "placing heads in turn (the first run on a machine compiles)")
    levels = _begun(pools, need)
    plan = placed(pools, need, known, levels, within(progress, 0.0, 0.4))
    if not any(team.finishes for team in pools.teams):
        return plan
    other = shaken(pools, need, known, levels, within(progress, 0.4, 1.0))
    return min(plan, other, key=lambda end: _merit(pools, end.levels, need, _short_cost(pools, known[0]))[0])


def shaken(pools: CrewPools, need: Floats, known: tuple[Floats, float], levels: Integers, progress: Progress
           ) -> Staffing:
    """Return the levels that keep the goals, searched from where these move to if heads put down the work in hand."""
    if any(team.finishes for team in pools.teams):
        paused = CrewPools(pools.question, pools.hold, tuple(replace(team, finishes=False) for team in pools.teams))
        levels, *_ = _moved(paused, levels, need, _short_cost(pools, known[0]), within(progress, 0.0, 0.5))
    return placed(pools, need, known, levels, within(progress, 0.5, 1.0))


def placed(pools: CrewPools, need: Floats, known: tuple[Floats, float], levels: Integers, progress: Progress
           ) -> Staffing:
    """Return the levels that keep the goals, searched from these alone; known, worths near theirs and a floor, as
    `bounded` has them."""
    short_cost = _short_cost(pools, known[0])
    levels, best, gains, most_moves = _moved(pools, levels, need, short_cost, progress)
    worth = _Programme(pools, gains, pools.hold, need - best[2], short_cost, most_moves).worths()
    more = gains[1] if pools.hold == 1 else _gains(pools, levels, 1)[1]
    return Staffing(levels, best[2], best[1], known[1], worth, more)


def _short_cost(pools: CrewPools, worth: Floats) -> float:
    """Return what a case a day short of a goal counts."""
    return _SHORT_COSTS * max(pools.typical_worth(), float(worth.max(initial=0.0)))


def _moved(pools: CrewPools, levels: Integers, need: Floats, short_cost: float, progress: Progress
           ) -> tuple[Integers, tuple[float, float, Floats], Gains, int]:
    """Return levels after all sets of moves that help, their merit, what further moves bring, and how many at a time.
    """
    hold, levels = pools.hold, _enough(pools, levels, lambda kept: _keep_up(pools, kept))
    most_moves = max(len(levels) // hold // 6, 2 * _FEWEST)
    best = _merit(pools, levels, need, short_cost)
    gains = _gains(pools, levels, hold)
    for turn in range(_ROUNDS):
        progress(turn / _ROUNDS, f"round {turn + 1}: {best[1]:,.0f} a year")
        step = _moves(_Programme(pools, gains, hold, need - best[2], short_cost, most_moves))
        found = None if step is None else _merit(pools, levels + step, need, short_cost)
        if step is not None and found is not None and found[0] < best[0]:
            is_little = best[0] - found[0] < _WORTHWHILE * best[0]
            levels, best = levels + step, found
            gains = _gains(pools, levels, hold)
        else:
            is_little = True
        if is_little and most_moves == _FEWEST:
            break
        most_moves = max(most_moves // 2, _FEWEST) if is_little else most_moves
    return *_completed(pools, levels, best, need, short_cost, gains), most_moves


def _completed(pools: CrewPools, levels: Integers, best: tuple[float, float, Floats], need: Floats, short_cost: float,
               gains: Gains) -> tuple[Integers, tuple[float, float, Floats], Gains]:
    """Return levels with a head more wherever that brings most of what is short of a goal, until nothing is.

    Moves stop where a head costs more than what is short; a promise must be kept all the same.
    """
    while (short := need - best[2]).max() > _EXACT * need.max():
        helped = np.minimum(gains[1], np.maximum(short, 0.0)[:, None]).clip(0.0).sum(axis=0)
        slot = int(np.argmax(helped / np.where(np.isfinite(gains[3]), np.maximum(gains[3], 1e-9), np.inf)))
        if helped[slot] <= 0.0:
            break
        levels = levels.copy()
        levels[slot:slot + pools.hold] += 1
        best = _merit(pools, levels, need, short_cost)
        gains = _gains(pools, levels, pools.hold)
    return levels, best, gains


def bounded(pools: CrewPools, need: Floats) -> tuple[Floats, float]:
    """Return the worth (goals,) of one more case a day, money a year, and the highest floor under any plan found:
    that of the worths, or what the work costs that somebody must do."""
    goals, teams = len(need), pools.pools
    most = _MOST_WORTH * pools.typical_worth()
    late = np.bincount(pools.flow_pool, pools.flow_late * pools.flow_volume, minlength=teams)
    deepest = np.bincount(pools.flow_pool, most * pools.flow_volume, minlength=teams) + 1.0
    top = np.append(np.full(goals, most), late)
    low = np.append(np.zeros(goals), -deepest).astype(np.float64)
    worth = best = np.full(goals, pools.typical_worth())
    bound, rows = pools.work_cost(need), _RowBook()
    for _ in range(_PLANES):
        floors = pools.lowest(worth)
        value = float(need @ worth) + sum(found.floor for found in floors)
        if value > bound:
            best, bound = worth, value
        for pool, (team, found) in enumerate(zip(pools.teams, floors, strict=True)):
            kept = np.bincount(team.goal, found.kept, minlength=goals).astype(np.float64)
            row = rows.row(-np.inf, found.floor + float(kept @ worth))
            rows.put(row, goals + pool, 1.0)
            for goal in range(goals):
                rows.put(row, goal, float(kept[goal]))
        answer = least(-np.append(need, np.ones(teams)), rows.rows(), low, top.astype(np.float64),
                       np.zeros(len(top), bool), gap=_GAP, most_nodes=_NODES)
        if -answer.objective <= bound * (1.0 + _GAP):
            break
        worth = np.clip(answer.values[:goals], 0.0, most)
    return best, bound


class _RowBook:
    """Rows of a linear programme, written entry by entry."""

    def __init__(self) -> None:
        self._entries: list[dict[int, float]] = []
        self._sides: list[tuple[float, float]] = []

    def row(self, lower: float, upper: float) -> int:
        """Return the number of a new row."""
        self._entries.append({})
        self._sides.append((lower, upper))
        return len(self._sides) - 1

    def put(self, row: int, column: int, value: float) -> None:
        if value != 0.0:
            self._entries[row][column] = value

    def rows(self) -> Rows:
        sizes = [len(row) for row in self._entries]
        lower, upper = np.array(self._sides).T
        return Rows(np.concatenate([[0], np.cumsum(sizes)]),
                    np.array([column for row in self._entries for column in row], np.int64),
                    np.array([value for row in self._entries for value in row.values()]), lower, upper)


def _begun(pools: CrewPools, need: Floats) -> Integers:
    """Return levels to search from: the least that keep the goals in each period, the most of each stretch. Where a
    team has hours in which nobody may work these are far too many, as who waits over the night may be in time too:
    then the least part of them that keeps the goals all together; need (goals,) cases a day."""
    question = pools.question
    levels = np.concatenate([
        begun_with(np.minimum(np.array([question.goals[goal].share for goal in team.goal]), team.flows[5].max(axis=1)
                              - 1e-6), team.most, team.allowed, *team.law, question.hours, team.room, team.flows)
        for team in pools.teams]).reshape(-1, pools.hold).max(axis=1).repeat(pools.hold)
    if all(team.allowed.all() for team in pools.teams):
        return levels

    def keeps(kept: Floats) -> bool:
        return bool((pools.by_goal(kept) >= need * (1.0 - _EXACT)).all())

    levels, low, high = _enough(pools, levels, keeps), 0.0, 1.0
    while high - low > _PART:
        middle = (low + high) / 2.0
        kept = pools.evaluate(np.ceil(middle * levels).astype(np.int64)).kept
        low, high = (low, middle) if keeps(kept) else (middle, high)
    return np.ceil(high * levels).astype(np.int64)


def _enough(pools: CrewPools, levels: Integers, keeps: Callable[[Floats], bool]) -> Integers:
    """Return levels with heads added at all hours in which somebody may work, until enough is kept (of each flow)."""
    allowed = np.concatenate([team.allowed for team in pools.teams]).astype(np.int64)
    for _ in range(_MOST_ADDED):
        if keeps(pools.evaluate(levels).kept):
            break
        levels = levels + allowed
    return levels


def _keep_up(pools: CrewPools, kept: Floats) -> bool:
    """Does every team keep something of what it could? One whose line outgrows it keeps nothing."""
    of_team, reach = (np.bincount(pools.flow_pool, each, minlength=pools.pools) for each in (kept, pools.flow_reach))
    return bool((of_team[reach > 0.0] > 0.0).all())


def _merit(pools: CrewPools, levels: Integers, need: Floats, short_cost: float) -> tuple[float, float, Floats]:
    """Return cost with what is short of the goals, cost alone, and cases kept a day (goals,)."""
    outcome = pools.evaluate(levels)
    kept = pools.by_goal(outcome.kept)
    value = float(outcome.cost.sum())
    return value + short_cost * float(np.maximum(need - kept, 0.0).sum()), value, kept


def _gains(pools: CrewPools, levels: Integers, hold: int) -> Gains:
    """Return what one head less, and one more, from each slot on for `hold` periods, keeps more a day (goals, slots),
    and costs a year (slots,), infinite where there is no such move."""
    told = []
    for change in (-1, 1):
        kept, cost = np.zeros((pools.classes, len(levels))), np.full(len(levels), np.inf)
        for pool, (heads, team) in enumerate(zip(levels.reshape(pools.pools, -1).copy(), pools.teams, strict=True)):
            slots = slice(pool * pools.periods, (pool + 1) * pools.periods)
            found = kept_by(heads, *team.law, pools.question.hours, team.room, team.flows)
            more = changes(heads, change, hold, team.allowed, *team.law, pools.question.hours, *found, team.flows)
            more = more / pools.days
            late = pools.flow_late[pools.flow_pool == pool]
            stretch = heads.reshape(-1, hold).min(axis=1) + change >= 0
            is_open = np.zeros(pools.periods, bool)
            is_open[::hold] = stretch & team.allowed.reshape(-1, hold).all(axis=1)
            after = 0.0
            if team.finishes:
                after = leaving(heads, change, hold, team.allowed, *team.law, pools.question.hours, team.room)
                after = after * team.work / pools.question.hours
            cost[slots] = np.where(is_open, (change * hold + after) * pools.head_cost(team) - late @ more, np.inf)
            np.add.at(kept[:, slots], team.goal, more)
        told += [kept, cost]
    return told[0], told[2], told[1], told[3]


class _Programme:
    """Moves of one head less (first half of the columns) or more, and what stays short of each goal (the last ones)."""

    def __init__(self, pools: CrewPools, gains: Gains, hold: int, short: Floats,
                 short_cost: float, most: int) -> None:
        self.pools, self.hold, self.short, self.short_cost = pools, hold, short, short_cost
        self.slots, self.kept = len(gains[2]), np.concatenate(gains[:2], axis=1)
        saved = np.concatenate(gains[2:])
        self.is_open = np.isfinite(saved)
        self.cost = np.concatenate([np.where(self.is_open, saved, 0.0), np.full(len(short), short_cost)])
        self.rows = _RowBook()
        self.goal_rows = [self._goal(goal) for goal in range(len(short))]
        if most > _FEWEST:
            self._apart()
        row = self.rows.row(-np.inf, float(most))
        for column in np.flatnonzero(self.is_open):
            self.rows.put(row, int(column), 1.0)

    def _goal(self, goal: int) -> int:
        row = self.rows.row(float(self.short[goal]), np.inf)
        for column in np.flatnonzero(self.is_open & (np.abs(self.kept[goal]) > 1e-12)):
            self.rows.put(row, int(column), float(self.kept[goal, column]))
        self.rows.put(row, 2 * self.slots + goal, 1.0)
        return row

    def _apart(self) -> None:
        """No two moves next to each other."""
        periods = self.pools.periods
        for pool in range(self.pools.pools):
            for t in range(0, periods, self.hold):
                row = self.rows.row(-np.inf, 1.0)
                for at in (t, (t + self.hold) % periods):
                    for column in (pool * periods + at, self.slots + pool * periods + at):
                        if self.is_open[column]:
                            self.rows.put(row, column, 1.0)

    def answer(self, is_whole: bool) -> Answer:
        """Solve it. Raises NoValues."""
        top = np.concatenate([self.is_open.astype(float), np.maximum(self.short, 0.0) + 1.0])
        whole = (np.arange(len(self.cost)) < 2 * self.slots) & is_whole
        return least(self.cost, self.rows.rows(), np.zeros(len(top)), top, whole, gap=_GAP, most_nodes=_NODES)

    def worths(self) -> Floats:
        """Return what one more case a day in time costs a year (goals,)."""
        try:
            return np.maximum(self.answer(is_whole=False).row_dual[self.goal_rows], 0.0)
        except NoValues:
            return np.zeros(len(self.short))


def _moves(programme: _Programme) -> Integers | None:
    """Return the moves (slots,) of -1, 0 and 1 that together promise most, None where none promises anything."""
    try:
        answer = programme.answer(is_whole=True)
    except NoValues:
        return None
    slots = programme.slots
    chosen = np.rint(answer.values[:2 * slots]).astype(np.int64)
    before = programme.short_cost * float(np.maximum(programme.short, 0.0).sum())
    if not chosen.any() or answer.objective >= before - _EXACT * max(before, 1.0):
        return None
    step = chosen[slots:] - chosen[:slots]
    return sum((np.roll(step, shift) for shift in range(1, programme.hold)), step)
