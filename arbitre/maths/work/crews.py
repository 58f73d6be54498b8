"""How many of a resource are at work in each hour of the week, and who works alike?

*Heads.* When a thing that had to wait is begun, all heads are busy: so many are then in hand. Work left over from the
shift before does not count, as nothing is begun before it is down to the heads there are. The heads of an hour are the
most found so in two weeks at least (in one, when fewer than four were seen); of an hour in which nobody waited nothing
is known but that heads were enough, and it has those of the hour before, or as many as were ever in hand there. One
hour with fewer heads than both its neighbours (at the edge of a shift: than its only one) is chance, and has theirs.

*Crews.* Resources that do the same steps are one crew. Steps below LEAST_PART of what a resource does are taken as help
out, not skill; skill sets are taken in the order of the work they did, and each joins the first crew whose set has at
least ALIKE of both in common (Jaccard's index; the leader algorithm of J. A. Hartigan, Clustering Algorithms, 1975,
chapter 3).

Units: hours since a Monday 0:00; calendars are flags of the 168 hours of the week.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arbitre.maths.work.weekly_rates import DAY, WEEK

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

LEAST_PART = 0.05
ALIKE = 0.5
SAME = 1.0 / 3600.0
"""Hours within which two moments are one: nobody writes down less than a second."""
_PROOF = 5
"""Waits in an hour from which on its heads are known."""
_WEEKS_TO_DOUBT = 4


def heads(ready: ArrayLike, start: ArrayLike, end: ArrayLike, works: Flags) -> Integers:
    """Return how many a resource is in each hour of the week (168,): 0 where it does not work, else at least 1.

    Args: ready, start, end (works done,), when each could have begun, began and ended; works, its calendar.
    """
    begins, ends = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    order = np.argsort(begins, kind="stable")
    begins, waited = begins[order], (begins > np.asarray(ready, dtype=np.float64) + SAME)[order]
    # In hand after the n-th beginning: n + 1 less those that had ended; what ends at that instant has ended.
    in_hand = np.arange(1, len(begins) + 1) - np.searchsorted(np.sort(ends), begins + SAME, side="right")
    in_hand = np.maximum(in_hand, 1)
    slot, week = np.floor(begins).astype(np.int64) % WEEK, np.floor(begins).astype(np.int64) // WEEK
    least = _most_often(slot, week, in_hand, WEEK, 0)
    known = _most_often(slot[waited], week[waited], in_hand[waited], WEEK, _PROOF)
    of_day = _most_often(slot[waited] % DAY, week[waited] * 7 + slot[waited] // DAY, in_hand[waited], DAY, _PROOF)
    known = np.where(known > 0, known, np.tile(of_day, 7)) * works
    if not known.any():
        return np.where(works, max(int(least.max()), 1), 0)
    # An hour in which nobody had to wait shows no more than that heads were enough: as many as in the hour before.
    last = np.maximum.accumulate(np.where(np.tile(known, 2) > 0, np.arange(2 * WEEK), -1))[WEEK:]
    found = np.where(works, np.maximum(np.tile(known, 2)[last], np.maximum(least, 1)), 0)
    before, after = np.roll(found, 1), np.roll(found, -1)
    better = np.minimum(np.where(before > 0, before, after), np.where(after > 0, after, before))
    return np.where(works, np.maximum(found, better), 0)


def _most_often(slot: Integers, time: Integers, values: Integers, slots: int, least: int) -> Integers:
    """Return (slots,) the largest value reached at two times at least (at one, when values come from fewer than four);
    0 for slots with fewer than `least` values.
    """
    found, is_short = np.zeros(slots, dtype=np.int64), len(np.unique(time)) < _WEEKS_TO_DOUBT
    for each in np.unique(slot):
        here = slot == each
        most = np.sort(_most_by(time[here], values[here]))
        if here.sum() >= least:
            found[each] = most[-1] if is_short or len(most) == 1 else most[-2]
    return found


def _most_by(key: Integers, values: Integers) -> Integers:
    """Return the largest value of each key."""
    order = np.argsort(key, kind="stable")
    first = np.concatenate([[True], key[order][1:] != key[order][:-1]])
    return np.maximum.reduceat(values[order], np.nonzero(first)[0])


def crews(work: ArrayLike) -> Integers:
    """Return the crew of each resource, numbered in the order of the work they did.

    Args: work (resources, steps), how often each resource did each step.
    """
    done = np.asarray(work, dtype=np.float64)
    share = done / np.maximum(done.sum(axis=1, keepdims=True), 1.0)
    skilled = share >= LEAST_PART
    sets, of_set = np.unique(skilled, axis=0, return_inverse=True)
    of_set = of_set.reshape(-1)
    volume = np.bincount(of_set, done.sum(axis=1), len(sets))
    leaders: list[Flags] = []
    crew_of_set = np.zeros(len(sets), dtype=np.int64)
    for each in np.argsort(-volume, kind="stable"):
        alike = [(sets[each] & leader).sum() / max((sets[each] | leader).sum(), 1) for leader in leaders]
        joined = next((crew for crew, share in enumerate(alike) if share >= ALIKE), len(leaders))
        if joined == len(leaders):
            leaders.append(sets[each])
        crew_of_set[each] = joined
    return crew_of_set[of_set]
