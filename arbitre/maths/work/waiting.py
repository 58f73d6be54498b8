"""For what did each piece of work wait?

A piece of work (an event with a start and an end) waits from the moment it is *enabled*, the end of what came before it
in its case, to its start. Each instant of that time goes to the first cause that holds (K. Lashkevich, F. Milani,
D. Chapela-Campa, I. Suvorau, M. Dumas, Why am I waiting? Data-driven analysis of waiting times in business processes,
CAiSE 2023, doi 10.1007/978-3-031-34560-9_11, and their tool Kronos):
    batching         until all work of its batch is enabled: work of one step, for several cases, that one resource
                     starts together;
    contention       the resource does other work that was enabled no later;
    prioritisation   the resource does other work that was enabled later;
    unavailability   the resource is off, by its weekly calendar (maths.weekly);
    other            none of these: also all the waiting of work done by nobody known.
Two choices make this exact where the paper leaves room. What came before is the last event of the case that ended no
later than the start (for the first, the opening of the case): work in parallel never waits for its sibling. Only work
that starts together is a batch: work done back to back may as well be a queue being worked off.

How: with E(t) the time until t in which a resource does anything, kept as running totals over its work in order of
start, all other causes are differences of E and of its part off. Contention is apart from prioritisation only where
something enabled later started first, and then one sweep over what started in the wait tells them apart.
Units: whole microseconds.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from arbitre.maths.work.weekly import WEEK, calendar_of_work, hours_of_work, hours_off, time_off, weeks_about

BATCHING, CONTENTION, PRIORITISATION, UNAVAILABILITY, OTHER = range(5)
CAUSES = ("batching", "contention", "prioritisation", "unavailability", "other")

Ints = NDArray[np.int64]


@njit(cache=True, nogil=True, error_model="numpy")
def enabled_at(first, started, ended, opened):
    """Return when each event of a sorted log was enabled: never after its start.

    Args: opened, (cases,) when each case was opened; one later than a first event enables it at its own start.
    """
    enabled = np.empty(len(started), np.int64)
    for case in range(len(first) - 1):
        for event in range(first[case], first[case + 1]):
            before = event - 1
            while before >= first[case] and ended[before] > started[event]:
                before -= 1
            if before >= first[case]:
                enabled[event] = ended[before]
            else:
                enabled[event] = min(opened[case], started[event])
    return enabled


@njit(cache=True, nogil=True, error_model="numpy")
def by_resource(resource, resources, started, step):
    """Return the events resource after resource, each in order of start, then of step, and where each begins.

    Those of nobody known come last. All that follows takes columns in this order: it reads memory in one go.
    """
    first = np.zeros(resources + 2, np.int64)
    for code in resource:
        first[(code if code >= 0 else resources) + 1] += 1
    for code in range(resources + 1):
        first[code + 1] += first[code]
    place, order = first[:-1].copy(), np.empty(len(resource), np.int64)
    for event in range(len(resource)):
        code = resource[event] if resource[event] >= 0 else resources
        order[place[code]] = event
        place[code] += 1
    for code in range(resources):
        mine = order[first[code]:first[code + 1]]
        starts = started[mine]
        ranked = np.argsort(starts, kind="mergesort")
        mine[:], starts = mine[ranked], starts[ranked]
        low = 0
        for high in range(1, len(mine) + 1):  # work that starts together, by step
            if high == len(mine) or starts[high] != starts[low]:
                if high - low > 1:
                    run = mine[low:high].copy()
                    mine[low:high] = run[np.argsort(step[run], kind="mergesort")]
                low = high
    return order, first[:-1]


@njit(cache=True, nogil=True, error_model="numpy")
def batches(first, started, step, case):
    """Return the batch of each event, -1 outside any, and how many there are.

    A batch is the work of one step that a resource starts at one instant, for two cases or more.
    """
    batch, found = np.full(len(started), -1, np.int32), 0
    for code in range(len(first) - 1):
        low = first[code]
        for high in range(first[code] + 1, first[code + 1] + 1):
            if high < first[code + 1] and started[low] == started[high] and step[low] == step[high]:
                continue
            several = False
            for place in range(low + 1, high):
                several = several or case[place] != case[low]
            if several:
                batch[low:high] = found
                found += 1
            low = high
    return batch, found


@njit(cache=True, nogil=True, error_model="numpy")
def ready_at(enabled, batch, batches):
    """Return when all work of its batch was enabled; outside any batch, when the event itself was."""
    last = np.full(batches, np.iinfo(np.int64).min, np.int64)
    for event in range(len(batch)):
        if batch[event] >= 0:
            last[batch[event]] = max(last[batch[event]], enabled[event])
    ready = enabled.copy()
    for event in range(len(batch)):
        if batch[event] >= 0:
            ready[event] = last[batch[event]]
    return ready


def calendars(first: Ints, started: Ints, ended: Ints) -> tuple[NDArray[np.bool_], NDArray[np.int8]]:
    """Return the hours of the week each resource works: (resources, 168) truths, and (resources,) whose they are.

    Whose: 2 its own; 1 that of all resources together, where its own cannot be believed; 0 always at work.
    """
    works, whose = np.ones((len(first) - 1, WEEK), np.bool_), np.zeros(len(first) - 1, np.int8)
    known = first[-1]
    if not known:
        return works, whose
    monday, hours = weeks_about(int(started[:known].min()), int(ended[:known].max()))
    by_anybody, at_midnight = np.zeros(hours, np.bool_), 0
    own = []
    for low, high in pairwise(first.tolist()):
        seen, midnights = hours_of_work(started[low:high], ended[low:high], monday, hours)
        own.append(calendar_of_work(seen, midnights, 2 * (high - low)))
        by_anybody |= seen
        at_midnight += midnights
    everyone = calendar_of_work(by_anybody, at_midnight, 2 * known)
    for code, mine in enumerate(own):
        chosen = everyone if mine is None else mine
        if chosen is not None:
            works[code], whose[code] = chosen, 1 if mine is None else 2
    return works, whose


@njit(cache=True, nogil=True, error_model="numpy")
def split(first, started, ended, enabled, ready, works, low, high, waited, use):
    """Fill in the time each event waited for each cause, for the resources from `low` to `high`.

    Args: works, (resources, 168) their calendars; waited, (events, 5) in the order of CAUSES; use, (resources, 3) the
    time each resource does anything, the part of it while off, and its time at work from its first start to its last
    end. The last two are filled in.
    """
    for code in range(low, high):
        a, b = first[code], first[code + 1]
        if b > a:
            _split_one(started[a:b], ended[a:b], enabled[a:b], ready[a:b], works[code], waited[a:b], use[code])


@njit(cache=True, nogil=True, error_model="numpy")
def _split_one(started, ended, enabled, ready, works, waited, use):
    """Fill in the waiting of the events of one resource, and its use."""
    before = hours_off(works)
    lasting = ended > started  # what takes no time keeps nobody waiting
    starts, ends, since_when = started[lasting], ended[lasting], enabled[lasting]
    reach, latest, busy, off = _running(starts, ends, since_when, works, before)
    end = ended.max()
    use[0], use[1] = busy[-1], off[-1]
    use[2] = end - started[0] - (time_off(end, works, before) - time_off(started[0], works, before))
    b = 0
    for event in range(len(started)):
        until, since = started[event], ready[event]
        waited[event, 0] = since - enabled[event]
        if since >= until:
            continue
        while b < len(starts) and starts[b] < until:
            b += 1
        a = _first_from(starts, b, since)
        over_a, over_b = max(since, reach[a]), max(until, reach[b])
        # Time of other work in the wait: totals up to each end, less what runs on beyond it.
        total = (busy[b] - (over_b - until)) - (busy[a] - (over_a - since))
        earlier = total
        if latest[b] > since:
            earlier = _enabled_earlier(starts, ends, since_when, a, b, since, until, min(over_a, until))
        waited[event, 1] = earlier
        waited[event, 2] = total - earlier
        off_until, off_since = time_off(until, works, before), time_off(since, works, before)
        off_over = time_off(over_b, works, before) - off_until if over_b > until else np.int64(0)
        off_under = time_off(over_a, works, before) - off_since if over_a > since else np.int64(0)
        resting = off_until - off_since - ((off[b] - off_over) - (off[a] - off_under))
        waited[event, 3] = resting
        waited[event, 4] = until - since - total - resting


@njit(cache=True, nogil=True, error_model="numpy")
def _first_from(starts, end, since):
    """Return the first place before `end` whose start is `since` or later, `end` if none: it is mostly near the end."""
    step = 1
    while step <= end and starts[end - step] >= since:
        step *= 2
    low, high = max(end - step, 0), end - step // 2
    while low < high:
        middle = (low + high) // 2
        if starts[middle] >= since:
            high = middle
        else:
            low = middle + 1
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def _running(starts, ends, enabled, works, before):
    """Return, over work in order of start, up to each place: the latest end, the latest enabling, the time covered by
    any of it, and the part of that time off."""
    many, lowest = len(starts), np.iinfo(np.int64).min
    reach, latest = np.full(many + 1, lowest, np.int64), np.full(many + 1, lowest, np.int64)
    busy, off = np.zeros(many + 1, np.int64), np.zeros(many + 1, np.int64)
    for place in range(many):
        since, until = max(starts[place], reach[place]), ends[place]
        reach[place + 1] = max(reach[place], until)
        latest[place + 1] = max(latest[place], enabled[place])
        busy[place + 1], off[place + 1] = busy[place], off[place]
        if until > since:
            busy[place + 1] += until - since
            off[place + 1] += time_off(until, works, before) - time_off(since, works, before)
    return reach, latest, busy, off


@njit(cache=True, nogil=True, error_model="numpy")
def _enabled_earlier(starts, ends, enabled, a, b, since, until, reached):
    """Return the time from `since` to `until` covered by work enabled no later than `since`.

    What started before `since` was enabled before it too, and runs until `reached`; the rest started from `a` to `b`.
    """
    covered = reached - since
    for place in range(a, b):
        if enabled[place] <= since:
            end = min(ends[place], until)
            if end > reached:
                covered += end - max(starts[place], reached)
                reached = end
    return covered
