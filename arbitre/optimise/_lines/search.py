"""Which plan of every day is best, by chance or by means, and what is the floor under any?

Days that are alike are planned once. A promise that falls short of its target has the worth of its cases doubled until
it is kept, and then lowered again while it is; weak duality takes off the floor what raised worths are too high,

    floor = sum over days of floor(worth) - sum over promises of (worth - late cost) x (1 - target) x cases,

and the floor at the late costs themselves, under any plan, counts where it is higher.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arbitre.capability import Progress
from arbitre.optimise._lines.pools import Carriers, Levels, LinePool, Outcome
from arbitre.optimise._lines.question import Day, Question

Floats = NDArray[np.float64]
Chosen = Mapping[Hashable, tuple[Levels, Carriers]]
WEEKS = 365.25 / 7.0
_ROUNDS = 6
_KEPT = 1e-6
_AMPLE = 2
"""Heads more than by means with which the second search begins."""
_MOST = 1000.0
"""Times its late cost, a case is worth more than any people."""


@dataclass(frozen=True)
class Plan:
    """A plan of a day, what it brings, what today brings and what the plan by means brings."""

    day: Day
    pool: LinePool
    levels: Levels
    carriers: Carriers
    outcome: Outcome
    today: Outcome
    means: Outcome


@dataclass(frozen=True)
class Plans:
    """The plans of all days, what a case missed costs and what it was reckoned with (promises,), and the floor."""

    days: tuple[Plan, ...]
    late_cost: Floats
    worth: Floats
    floor: float


def planned(question: Question, late_cost: Floats, by: str, margin: float, heads: int, grain: int, boxes: int,
            progress: Progress) -> Plans:
    """Return the plan of every day, by "chance", by "means", or by chance at no more than the "cost of means"."""
    worth = np.maximum(late_cost, 1e-3)
    pools: dict[Hashable, LinePool] = {}
    for day in question.days:
        pools.setdefault(day.likeness, LinePool(day, late_cost, grain, max(heads, *(slot.heads for slot in day.slots))))
    begun = {key: _by_means(pool, worth, margin) for key, pool in pools.items()}
    chosen = {key: plan if by == "means" else _by_chance(pool, plan, worth, by)
              for (key, pool), plan in zip(pools.items(), begun.values(), strict=True)}
    if by == "chance":
        worth, chosen = _kept(question, pools, worth, chosen, progress)
    progress(0.7, "proving a floor")
    floors = [{key: pool.bound(each, pool.priced(pool.evaluate(*chosen[key]), each), boxes)
               for key, pool in pools.items()} for each in ([late_cost] if (worth == late_cost).all() else
                                                           [late_cost, worth])]
    plans = []
    for day in question.days:
        pool, (levels, carriers) = pools[day.likeness], chosen[day.likeness]
        plans.append(Plan(day, pool, levels, carriers, pool.evaluate(levels, carriers), pool.evaluate(*pool.today),
                          pool.evaluate(*begun[day.likeness])))
    spared = [(1.0 - (row["target_share"] or 0.0)) * _volume(question, number)
              for number, row in enumerate(question.promises.iter_rows(named=True))]
    at_late, *raised = [sum(each[day.likeness] for day in question.days) for each in floors]
    floor = max([at_late, *(each - float((worth - late_cost) @ np.array(spared)) for each in raised)])
    return Plans(tuple(plans), late_cost, worth, floor)


def _kept(question: Question, pools: Mapping[Hashable, LinePool], worth: Floats, chosen: Chosen, progress: Progress
          ) -> tuple[Floats, Chosen]:
    """Return the least worths found, and the plans at them, that keep every target that can be kept."""
    low, high, kept = worth, None, chosen
    for turn in range(_ROUNDS):
        progress(0.1 + 0.6 * turn / _ROUNDS, "weighing parcels where a promise falls short")
        short = _short(question, pools, chosen)
        if not short.any():
            high, kept = worth, chosen
            if np.allclose(low, high):
                break
        else:
            low = worth
        worth = np.where(short, 2.0 * worth, worth) if high is None else np.sqrt(low * high)
        chosen = {key: pool.best(worth, chosen[key]) for key, pool in pools.items()}
    return (worth, chosen) if high is None else (high, kept)


def _by_chance(pool: LinePool, means: tuple[Levels, Carriers], worth: Floats, by: str) -> tuple[Levels, Carriers]:
    """Return the best plan found by chance, from that by means and from the carriers that are best alone."""
    if by == "cost of means":  # all that may be spent is spent on what is missed
        return pool.best(_MOST * worth, means, pool.evaluate(*means).cost)
    ample = tuple(min(heads + _AMPLE, pool.heads) for heads in means[0])
    begun = (means, (ample, pool.cheapest_alone(worth)))
    return min((pool.best(worth, each) for each in begun), key=lambda plan: pool.priced(pool.evaluate(*plan), worth))


def _by_means(pool: LinePool, worth: Floats, margin: float) -> tuple[Levels, Carriers]:
    """Return the plan of one who takes everything as it is on average."""
    return pool.by_means(margin).best(worth, pool.today)


def _volume(question: Question, promise: int) -> float:
    return sum(flow.volume for day in question.days for flow in day.flows if flow.promise == promise)


def _short(question: Question, pools: Mapping[Hashable, LinePool], chosen: Chosen) -> NDArray[np.bool_]:
    """Return which promises fall short of their target."""
    missed = np.zeros(question.promises.height)
    for day in question.days:
        found = pools[day.likeness].evaluate(*chosen[day.likeness])
        np.add.at(missed, [flow.promise for flow in day.flows], found.missed)
    target = question.promises["target_share"].fill_null(0.0).to_numpy()
    volume = np.array([_volume(question, number) for number in range(question.promises.height)])
    return (volume > 0.0) & (missed > (1.0 - target + _KEPT) * volume)
