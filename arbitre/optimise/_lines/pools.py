"""What do heads and carriers of a line on one day cost and keep, which are best, and what is the floor?

A pool is a line on a day; its levels are the heads of each shift, and the carrier of each class of cases. Packed first
is what must be packed first, of that what costs most when late: a rank. What is of a rank or better is one queue
(`maths.work.cutoff_line`), and expected misses of a rank are a difference of means,
    missed(k) = E[present(<= k)] - E[present(< k)] + not yet come,   at the time by which rank k must be packed.
Rank among equals is first come, first served; a case in work is not put down, which is left out.

`bound` is proven by branching: with all heads of a box at their most, no more is kept; at their least, nothing costs
less; a class whose carrier is still open misses no less than alone on the line with everybody there. The boxes that are
left when `boxes` have been looked at give the floor. It is weak where many classes share carriers.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

import numpy as np
from numpy.typing import NDArray

from arbitre.core.errors import Unsupported
from arbitre.maths.work.cutoff_line import MOST_LOADS, lag, laws_of_sizes, present_law
from arbitre.optimise._lines.question import Day

Floats = NDArray[np.float64]
Levels = tuple[int, ...]
Carriers = tuple[int, ...]
OPEN = -1
"""Carrier of a class that is not decided yet."""
_EXACT = 1e-6


@dataclass(frozen=True)
class Outcome:
    """What levels and carriers bring on a day: people and carriers in money; missed (flows,) cases."""

    people: float
    carriers: float
    missed: Floats

    @property
    def cost(self) -> float:
        """People and carriers."""
        return self.people + self.carriers


@dataclass(frozen=True)
class Rank:
    """Flows that must be packed by one time (h of the week) and cost the same when late."""

    deadline: float
    late_cost: float
    flows: tuple[int, ...]


@dataclass(frozen=True)
class LinePool:
    """A line on a day. late_cost (promises,) of one case; grain, minutes of a step; at_mean: as if all were as on
    average, of `margin` more cases; heads, at most in a shift."""

    day: Day
    late_cost: Floats
    grain: int
    heads: int
    at_mean: bool = False
    margin: float = 0.0

    @cached_property
    def _cache(self) -> dict[tuple[Levels, tuple[int, ...]], tuple[Floats, Floats]]:
        return {}

    @cached_property
    def classes(self) -> tuple[int, ...]:
        """The classes that come, as the question numbers them."""
        return tuple(sorted({flow.of_class for flow in self.day.flows}))

    @cached_property
    def today(self) -> tuple[Levels, Carriers]:
        """Heads and carriers of today."""
        return tuple(slot.heads for slot in self.day.slots), tuple(int(self.day.today[each]) for each in self.classes)

    @cached_property
    def begins(self) -> float:
        """The hour of the week at which the day of the line begins: when the first tour leaves, or the first shift."""
        tours = [tour.leaves + tour.lane for tour in self.day.tours]
        return float(np.floor(min(tours) if tours else 0.0))

    @cached_property
    def ends(self) -> float:
        """The last hour of the week by which something must be packed."""
        known = [at for flow in self.day.flows for at in flow.deadline if np.isfinite(at)]
        return max(known, default=self.begins)

    @cached_property
    def steps(self) -> int:
        """Steps of `grain` from beginning to an hour after the end, for which something may be held."""
        return int(np.ceil((self.ends + 1.0 - self.begins) * 60.0 / self.grain)) + 1

    @cached_property
    def comes(self) -> Floats:
        """Return (tours, steps) the chance that each comes in each step, heads being behind by the lag of their work.
        """
        behind = 0.0 if self.at_mean else lag(self.day.work, self.spread)
        return np.array([tour.comes(self.begins - behind, self.steps, self.grain / 60.0, self.at_mean)
                         for tour in self.day.tours]).reshape(-1, self.steps)

    @property
    def spread(self) -> float:
        """The spread of work that is reckoned with."""
        return 0.0 if self.at_mean else self.day.spread

    def options(self, of_class: int) -> list[int]:
        """Return the carriers that a class may use and one of whose cut-offs it can make."""
        own = [flow for flow in self.day.flows if flow.of_class == of_class]
        return [carrier for carrier in range(len(self.day.carriers))
                if not np.isnan(self.day.cost[of_class, carrier])
                and any(not np.isnan(flow.deadline[carrier]) for flow in own)]

    def ranks(self, carriers: Carriers) -> list[Rank]:
        """Return who is packed first, for flows whose carrier is decided and whose time is near."""
        gathered: dict[tuple[float, float], list[int]] = {}
        for number, flow in enumerate(self.day.flows):
            carrier = carriers[self.classes.index(flow.of_class)]
            at = np.nan if carrier == OPEN else flow.deadline[carrier]
            if np.isfinite(at):
                gathered.setdefault((at, -float(self.late_cost[flow.promise])), []).append(number)
        return [Rank(at, -cost, tuple(flows)) for (at, cost), flows in sorted(gathered.items())]

    def evaluate(self, levels: Levels, carriers: Carriers) -> Outcome:
        """Return what heads and carriers bring."""
        people, missed, money = self.people(levels), np.zeros(len(self.day.flows)), 0.0
        for number, flow in enumerate(self.day.flows):
            carrier = carriers[self.classes.index(flow.of_class)]
            if carrier != OPEN:
                money += flow.volume * float(self.day.cost[flow.of_class, carrier])
                missed[number] = flow.volume if np.isnan(flow.deadline[carrier]) else 0.0
        packed, so_far = tuple[int, ...](), None
        for rank in self.ranks(carriers):
            packed = (*packed, *rank.flows)
            mean = self.present(levels, packed)[0]
            late = self.at(mean, rank.deadline) - (0.0 if so_far is None else self.at(so_far, rank.deadline))
            so_far = mean
            volume = np.array([self.day.flows[flow].volume for flow in rank.flows])
            away = np.array([self.not_come(flow, rank.deadline) for flow in rank.flows])
            there = volume - away
            shares = there / there.sum() if there.sum() > 0.0 else volume / volume.sum()
            missed[list(rank.flows)] = np.minimum(away + max(late, 0.0) * shares, volume)
        return Outcome(people, money, missed)

    def present(self, levels: Levels, flows: tuple[int, ...]) -> tuple[Floats, Floats]:
        """Return the mean of what is present of these flows, and the chance that all has come and none is left, at the
        beginning of each step. Raises Unsupported where too many tours may come at once."""
        key = levels, tuple(sorted(flows))
        if key not in self._cache:
            self._cache[key] = self._followed(levels, flows)
        return self._cache[key]

    def load_law(self, levels: Levels, before: tuple[int, ...], own: tuple[int, ...], tour: int) -> Floats:
        """Return the chance, at the beginning of each step, that what a tour brings of `own` is packed: `before` goes
        first, and others of `own` that come later go after it."""
        return self._followed(levels, (*before, *own), tour, before)[1]

    def _followed(self, levels: Levels, flows: Sequence[int], tagged: int = -1, after: Sequence[int] | None = None
                  ) -> tuple[Floats, Floats]:
        load, stream = self._brought(flows)
        later, stream_later = (load, stream) if after is None else self._brought(after)
        used = np.flatnonzero(load > 0.0)
        if len(used) > MOST_LOADS:
            raise Unsupported(f"{len(used)} tours may come to line {self.day.line} on {self.day.weekday}: more than "
                              f"the {MOST_LOADS} that one plan follows. Bring tours together in waves.")
        (size, chance), (then, then_chance) = self._sizes(load[used]), self._sizes(later[used])
        brought = (load.sum() + stream.sum()) * (1.0 + self.margin)
        room = int(np.ceil(brought + 6.0 * np.sqrt(brought))) + 10
        mark = -1 if tagged < 0 else int(np.flatnonzero(used == tagged)[0])
        work = max(self.day.work * 60.0 / self.grain, 1e-6)
        mean, clear, _ = present_law(self._heads(levels), work, self.spread, self.comes[used], size, chance, then,
                                     then_chance, stream, stream_later, mark, room)
        if not len(mean):
            raise Unsupported(f"So many tours may come to line {self.day.line} at once on {self.day.weekday} that they "
                              "cannot be told apart. Bring tours together in waves, or make their durations less "
                              "spread.")
        return mean, clear

    def _sizes(self, means: Floats) -> tuple[NDArray[np.int64], Floats]:
        """Return the laws of sizes of loads of these means."""
        if not self.at_mean:
            return laws_of_sizes(means)
        return np.round(means * (1.0 + self.margin)).astype(np.int64)[:, None], np.ones((len(means), 1))

    def _brought(self, flows: Sequence[int]) -> tuple[Floats, Floats]:
        """Return what flows bring by tours (tours,) and one by one (steps,)."""
        load, stream = np.zeros(len(self.day.tours)), np.zeros(self.steps)
        for number in flows:
            flow = self.day.flows[number]
            if not flow.opened:
                load[flow.tour] += flow.volume
                continue
            lag_hours = self._mean_way(flow.tour)
            for hour, volume in flow.opened:
                at = (hour + lag_hours - self.begins) * 60.0 / self.grain
                wide = 15.0 / self.grain
                cut = np.clip(np.arange(self.steps + 1), at - wide / 2.0, at + wide / 2.0)
                stream += volume * np.diff(cut) / wide
        return load, stream

    def _mean_way(self, tour: int) -> float:
        told = self.day.tours[tour]
        return told.lane + sum(law.mean for law in told.laws)

    def _heads(self, levels: Levels) -> NDArray[np.int64]:
        """Return the heads in each step."""
        at = self.begins + (np.arange(self.steps) + 0.5) * self.grain / 60.0
        there = np.zeros(self.steps, np.int64)
        for slot, heads in zip(self.day.slots, levels, strict=True):
            there[(at >= slot.starts) & (at < slot.ends)] += heads
        return there

    def at(self, values: Floats, hour: float) -> float:
        """Return what is told for the beginning of steps, at an hour of the week."""
        return float(np.interp((hour - self.begins) * 60.0 / self.grain, np.arange(len(values)), values))

    def not_come(self, number: int, hour: float) -> float:
        """Return the cases of a flow that have not come by an hour."""
        flow = self.day.flows[number]
        if flow.opened:
            way = self._mean_way(flow.tour)
            return sum(volume for opened, volume in flow.opened if opened + way > hour)
        come = np.concatenate([[0.0], np.cumsum(self.comes[flow.tour])])
        return flow.volume * (1.0 - self.at(come, hour))

    def priced(self, outcome: Outcome, worth: Floats) -> float:
        """Return cost and worth of what is missed; worth (promises,) of one case."""
        return outcome.cost + float(sum(worth[flow.promise] * late for flow, late in
                                        zip(self.day.flows, outcome.missed, strict=True)))

    def best(self, worth: Floats, begin: tuple[Levels, Carriers], most_cost: float = np.inf
             ) -> tuple[Levels, Carriers]:
        """Return heads and carriers, from a beginning on, that no change makes better: the heads of one shift or two;
        the carrier of one class, or of those that miss most, with the heads of a shift or without.

        most_cost: of people and carriers, which `begin` must not exceed.
        """
        plan, value = begin, self.priced(self.evaluate(*begin), worth)
        is_better = True
        while is_better:
            is_better = False
            for other in self._neighbours(*plan):
                found = self.evaluate(*other)
                new = self.priced(found, worth)
                if found.cost <= most_cost + _EXACT and new < value - _EXACT * max(value, 1.0):
                    plan, value, is_better = other, new, True
                    break
        return plan

    def cheapest_alone(self, worth: Floats) -> Carriers:
        """Return the carrier that is best for each class were it alone on the line, with everybody there."""
        return tuple(min(self.options(of_class), key=lambda carrier, at=at: self._alone(at, carrier, worth),
                         default=int(self.day.today[of_class])) for at, of_class in enumerate(self.classes))

    def _neighbours(self, levels: Levels, carriers: Carriers) -> Iterator[tuple[Levels, Carriers]]:
        """Yield the plans that `best` looks at from a plan on, the nearest first."""
        slots = range(len(levels))
        changes = [((slot, change),) for change in (4, -4, 2, -2, 1, -1) for slot in slots]
        pairs = [((one, down), (other, up)) for down, up in ((-1, 1), (-2, 1), (-1, 2))
                 for one in slots for other in slots if one != other]
        moved = [self._changed(levels, each) for each in (*changes, *pairs)]
        yield from ((other, carriers) for other in moved if other is not None)
        near = [levels, *(other for other in moved[4 * len(levels):] if other is not None)]
        yield from ((levels, taken) for taken in self._taken_on(carriers, self.evaluate(levels, carriers), 1))
        for taken in self._taken_on(carriers, self.evaluate(levels, carriers), len(carriers)):
            yield from ((other, taken) for other in near)

    def _taken_on(self, carriers: Carriers, outcome: Outcome, most: int) -> Iterator[Carriers]:
        """Yield carriers where up to so many classes go from one to another: the one, or the two, ... that miss most.
        """
        missed = np.zeros(len(carriers))
        np.add.at(missed, [self.classes.index(flow.of_class) for flow in self.day.flows], outcome.missed)
        worst_first = np.argsort(-missed, kind="stable").tolist()
        for one in sorted(set(carriers)):
            for other in range(len(self.day.carriers)):
                able = [at for at in worst_first if carriers[at] == one != other
                        and other in self.options(self.classes[at])]
                starts = range(len(able)) if most == 1 else [0]
                for first in starts:
                    for many in range(1, min(most, len(able) - first) + 1):
                        gone = able[first:first + many]
                        yield tuple(other if at in gone else carrier for at, carrier in enumerate(carriers))

    def _changed(self, levels: Levels, changes: Sequence[tuple[int, int]]) -> Levels | None:
        """Return heads with some more or less in some shifts, None where there cannot be so many or few."""
        found = list(levels)
        for slot, change in changes:
            found[slot] += change
        return tuple(found) if all(0 <= heads <= self.heads for heads in found) else None

    def bound(self, worth: Floats, value: float, boxes: int) -> float:
        """Return a floor under cost and worth of misses of any heads and carriers, at most `value`."""
        options = [self.options(of_class) for of_class in self.classes]
        alone = [[self._alone(at, carrier, worth) for carrier in each] for at, each in enumerate(options)]
        rest = [min(each, default=0.0) for each in alone]
        open_ones = tuple(OPEN if len(each) > 1 else (each[0] if each else int(self.day.today[of_class]))
                          for of_class, each in zip(self.classes, options, strict=True))
        number = count()

        def box(low: Levels, high: Levels, carriers: Carriers) -> tuple[float, int, Levels, Levels, Carriers]:
            found = self.evaluate(high, carriers)
            least = self.people(low) - found.people
            undecided = sum(rest[at] for at, carrier in enumerate(carriers) if carrier == OPEN)
            return self.priced(found, worth) + least + undecided, next(number), low, high, carriers

        nothing = tuple(0 for _ in self.day.slots)
        queue = [box(nothing, tuple(self.heads for _ in nothing), open_ones)]
        for _ in range(boxes):
            floor, _, low, high, carriers = queue[0]
            if floor >= value * (1.0 - 1e-4) or (low == high and OPEN not in carriers):
                break
            heapq.heappop(queue)
            for part in self._split(low, high, carriers, options, alone):
                heapq.heappush(queue, box(*part))
        return min(queue[0][0], value)

    def _split(self, low: Levels, high: Levels, carriers: Carriers, options: list[list[int]], alone: list[list[float]]
               ) -> Iterator[tuple[Levels, Levels, Carriers]]:
        """Yield the parts of a box: its widest shift halved, or, where what that may save is less than what the most
        doubtful class may cost, that class decided."""
        width = [((slot.cost * (slot.ends - slot.starts) + 1e-9) * (top - least), at)
                 for at, (slot, least, top) in enumerate(zip(self.day.slots, low, high, strict=True))]
        doubt = [(max(alone[at]) - min(alone[at]) + 1e-9, at) for at, carrier in enumerate(carriers) if carrier == OPEN]
        if doubt and (max(doubt)[0] >= max(width)[0] or low == high):
            at = max(doubt)[1]
            yield from ((low, high, (*carriers[:at], carrier, *carriers[at + 1:])) for carrier in options[at])
            return
        at = max(width)[1]
        middle = (low[at] + high[at]) // 2
        yield low, (*high[:at], middle, *high[at + 1:]), carriers
        yield (*low[:at], middle + 1, *low[at + 1:]), high, carriers

    def people(self, levels: Levels) -> float:
        """Return what heads cost."""
        return sum(slot.cost * (slot.ends - slot.starts) * heads
                   for slot, heads in zip(self.day.slots, levels, strict=True))

    def _alone(self, at: int, carrier: int, worth: Floats) -> float:
        """Return what a class costs and misses at least with a carrier: with everybody there, for it alone."""
        carriers = tuple(carrier if place == at else OPEN for place in range(len(self.classes)))
        everybody = tuple(self.heads for _ in self.day.slots)
        found = self.evaluate(everybody, carriers)
        return self.priced(found, worth) - found.people

    def by_means(self, margin: float) -> LinePool:
        """Return the same line as one sees it who plans by means, with a margin of so many more cases."""
        return replace(self, at_mean=True, margin=margin)
