"""How do cases move through their steps, counted over an event log kept as sorted columns of numbers?

The log holds the events of one case after those of another; case c has the events first[c] to first[c + 1]. Within a
case they are in the order in which they ended; ties go to the one that began first, then by `rank` (event number), then
by step and by resource, in alphabetical order, so the order in which rows came never matters.

Event b *directly follows* a when it is the next of its case; the time between them is start of b - end of a, nought
when they overlap (W. van der Aalst, Process Mining, 2nd edition, Springer 2016, chapters 5 and 9). Cases with the same
steps in the same order are a *variant*. A step done again in the same case is *rework*, at once a *self-loop*. A
*hand-over* is b directly after a by another resource; a *ping-pong* gives it straight back.
Units: times in whole microseconds; codes from 0 on, -1 for unknown.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]


@njit(cache=True, nogil=True, error_model="numpy")
def case_order(case, cases, started, ended, rank, step, resource):
    """Return the place in the input of each event of the sorted log, and where each case starts: (cases + 1).

    Events whose case is negative are left out. Rows that come roughly in order of time are sorted in linear time.
    """
    first = np.zeros(cases + 1, np.int64)
    for code in case:
        if code >= 0:
            first[code + 1] += 1
    for code in range(cases):
        first[code + 1] += first[code]
    place, order = first[:-1].copy(), np.empty(first[cases], np.int64)
    latest = np.full(cases, np.iinfo(np.int64).min, np.int64)
    for row in range(len(case)):
        code = case[row]
        if code < 0:
            continue
        at, low = place[code], first[code]
        place[code] += 1
        if ended[row] > latest[code]:  # as rows in order of time do: nothing to look back at
            latest[code] = ended[row]
            order[at] = row
            continue
        while at > low and _before(row, order[at - 1], started, ended, rank, step, resource):
            order[at] = order[at - 1]
            at -= 1
        order[at] = row
    return order, first


@njit(cache=True, nogil=True, error_model="numpy")
def _before(a, b, started, ended, rank, step, resource):
    """Tell whether event a comes before event b of the same case."""
    if ended[a] != ended[b]:
        return ended[a] < ended[b]
    if started[a] != started[b]:
        return started[a] < started[b]
    if rank[a] != rank[b]:
        return rank[a] < rank[b]
    if step[a] != step[b]:
        return step[a] < step[b]
    return resource[a] < resource[b]


@njit(cache=True, nogil=True, error_model="numpy")
def tied(order, first, started, ended):
    """Tell which events of the input share their start and end with another of their case."""
    ties = np.zeros(len(started), np.bool_)
    for case in range(len(first) - 1):
        for place in range(first[case] + 1, first[case + 1]):
            a, b = order[place - 1], order[place]
            if ended[a] == ended[b] and started[a] == started[b]:
                ties[a] = ties[b] = True
    return ties


@njit(cache=True, nogil=True, error_model="numpy")
def follow_keys(first, code, codes, is_change):
    """Return for each event previous code x codes + own code; -1 for the first of a case or where a code is unknown.

    With `is_change`, events whose code is that of the one before have none either.
    """
    keys = np.full(len(code), -1, np.int64)
    for case in range(len(first) - 1):
        for event in range(first[case] + 1, first[case + 1]):
            a, b = np.int64(code[event - 1]), np.int64(code[event])
            if a >= 0 and b >= 0 and not (is_change and a == b):
                keys[event] = a * codes + b
    return keys


@njit(cache=True, nogil=True, error_model="numpy")
def directly_follows(first, flow, flows, started, ended, kept):
    """Return, over the cases kept, how often each flow occurs, in how many cases, and the time it took in all.

    Args: flow, the flow that led to each event (-1: none); kept, (cases,) which ones count. Times are in whole seconds
    and microseconds left, apart, so that sums are exact.
    """
    counts, cases = np.zeros(flows, np.int64), np.zeros(flows, np.int64)
    seconds, rests = np.zeros(flows, np.int64), np.zeros(flows, np.int64)
    seen = np.full(flows, -1, np.int64)
    for case in range(len(first) - 1):
        if not kept[case]:
            continue
        for event in range(first[case] + 1, first[case + 1]):
            code = flow[event]
            if code < 0:
                continue
            time = max(np.int64(0), started[event] - ended[event - 1])
            whole = time // 1_000_000
            counts[code] += 1
            seconds[code] += whole
            rests[code] += time - whole * 1_000_000
            if seen[code] != case:
                seen[code] = case
                cases[code] += 1
    return counts, cases, seconds, rests


@njit(cache=True, nogil=True, error_model="numpy")
def gaps(first, started, ended):
    """Return the time from the end of the event before, in its case, to the start of each event; 0 for the first."""
    time = np.zeros(len(started), np.int64)
    for case in range(len(first) - 1):
        for event in range(first[case] + 1, first[case + 1]):
            time[event] = max(np.int64(0), started[event] - ended[event - 1])
    return time


@njit(cache=True, nogil=True, error_model="numpy")
def rework(first, step, steps):
    """Return for each step: events, cases with it, cases that do it again, and events that repeat the one before."""
    events, cases = np.zeros(steps, np.int64), np.zeros(steps, np.int64)
    again, loops = np.zeros(steps, np.int64), np.zeros(steps, np.int64)
    once, twice = np.full(steps, -1, np.int64), np.full(steps, -1, np.int64)
    for case in range(len(first) - 1):
        for event in range(first[case], first[case + 1]):
            code = step[event]
            events[code] += 1
            if once[code] != case:
                once[code] = case
                cases[code] += 1
            elif twice[code] != case:
                twice[code] = case
                again[code] += 1
            if event > first[case] and step[event - 1] == code:
                loops[code] += 1
    return events, cases, again, loops


@njit(cache=True, nogil=True, error_model="numpy")
def ping_pongs(first, resource, flow, flows):
    """Return how often each hand-over is given straight back: the event after it is by the one who gave it."""
    found = np.zeros(flows, np.int64)
    for case in range(len(first) - 1):
        for event in range(first[case] + 1, first[case + 1] - 1):
            if flow[event] >= 0 and resource[event + 1] == resource[event - 1]:
                found[flow[event]] += 1
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _trace_hashes(first, step, salt):
    """Return a number per case that the same steps in the same order always share, and others hardly ever do."""
    hashes = np.empty(len(first) - 1, np.uint64)
    for case in range(len(first) - 1):
        mixed = np.uint64(salt)
        for event in range(first[case], first[case + 1]):
            mixed = (mixed ^ np.uint64(step[event] + 1)) * np.uint64(0xBF58476D1CE4E5B9)
            mixed ^= mixed >> np.uint64(29)
        hashes[case] = mixed
    return hashes


@njit(cache=True, nogil=True, error_model="numpy")
def _differs(first, step, like):
    """Tell whether some case has other steps than the case it is said to be like."""
    for case in range(len(first) - 1):
        length = first[case + 1] - first[case]
        other = like[case]
        if length != first[other + 1] - first[other]:
            return True
        for at in range(length):
            if step[first[case] + at] != step[first[other] + at]:
                return True
    return False


def variants(first: Ints, step: Codes) -> tuple[Codes, Ints]:
    """Return the variant of each case, and a case of each variant. Exact: every case is compared with that one."""
    salt = 0x9E3779B97F4A7C15
    while True:
        _, example, variant = np.unique(_trace_hashes(first, step, np.uint64(salt)), return_index=True,
                                        return_inverse=True)
        if not _differs(first, step, example[variant]):
            return variant.astype(np.int32), example
        salt += 2
