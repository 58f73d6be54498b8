"""How many are waiting, period after period, while load and crew change, and who is in time?

Cases come in a Poisson stream whose rate holds for a period, are worked on by the heads there for an exponential time,
and leave when an exponential patience ends (M_t/M/s_t + M). The number present is a birth and death process, and
Kolmogorov's forward equations are solved within each period by uniformisation (Jensen 1953; Grassmann 1977):
    law(t + h) = sum over k of Poisson(k; q h) law(t) P^k,   P = I + generator / q,   q above every rate of leaving,
and the mean law of the period has the chances of more than k events over q h as its weights. Nothing is left out but
chances below 1e-10, and more cases than there is room for. Who comes within a period sees its mean law (Poisson
arrivals see time averages). Heads that go put their work back in line.

A case that finds m others present starts as soon as fewer are before it than there are heads. Those before it become
fewer as they finish or leave, and more as cases of better rank come (not preemptive): again a birth and death process,
followed in steps along its window with the heads of the hours that come. It is exact where one rank is served first
come, first served. With ranks, the total is exact; of the line, what is of the case's rank or better is taken from the
stationary law under the rates of its period, never more than the whole line (a stationary line is exact).

Units: hours, cases an hour. Patience: rate of leaving, 0 for ever.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_TAIL = 1e-10
_MOST_EVENTS = 200.0
"""Longer stretches are cut in pieces, whose Poisson weights do not vanish."""


@njit(cache=True, nogil=True, error_model="numpy")
def advance(law, rate, heads, work_rate, leave_rate, hours, mean):
    """Carry the law (room + 1,) of cases present over a stretch of time, in place, and fill `mean` (room + 1,) with the
    mean law of it."""
    top = len(law) - 1
    fastest = rate + min(top, heads) * work_rate + max(top - heads, 0) * leave_rate
    mean[:] = 0.0
    if fastest * hours <= 0.0:
        mean[:] = law
        return
    pieces = int(fastest * hours / _MOST_EVENTS) + 1
    events = fastest * hours / pieces
    new, old = np.empty(top + 1), np.empty(top + 1)
    for _ in range(pieces):
        high = top
        while high > 0 and law[high] < 1e-16:
            high -= 1
        old[:] = law
        weight = np.exp(-events)
        seen = weight
        law[:] = old * weight
        mean += old * ((1.0 - seen) / (events * pieces))
        k = 0
        while 1.0 - seen > _TAIL and k < 10 * _MOST_EVENTS:
            k += 1
            high = min(high + 1, top)
            for n in range(high + 1):
                down = min(n, heads) * work_rate + max(n - heads, 0) * leave_rate
                up = rate if n < top else 0.0
                value = old[n] * (1.0 - (down + up) / fastest)
                if n > 0:
                    value += old[n - 1] * rate / fastest
                if n < high:
                    value += old[n + 1] * (min(n + 1, heads) * work_rate + max(n + 1 - heads, 0) * leave_rate) / fastest
                new[n] = value
            new[high + 1:] = 0.0
            old, new = new, old
            weight *= events / k
            seen += weight
            left = max(1.0 - seen, 0.0) / (events * pieces)
            for n in range(high + 1):
                law[n] += weight * old[n]
                mean[n] += left * old[n]
        law /= law.sum()
    mean /= mean.sum()


@njit(cache=True, nogil=True, error_model="numpy")
def laws_over(rate, heads, work_rate, leave_rate, hours, law):
    """Return the law at the start of each period (periods + 1, room + 1) and its mean over each (periods, room + 1).

    Args: rate, heads (periods,); law (room + 1,) at the very start.
    """
    starts, means = np.empty((len(rate) + 1, len(law))), np.empty((len(rate), len(law)))
    starts[0] = law
    for t in range(len(rate)):
        starts[t + 1] = starts[t]
        advance(starts[t + 1], rate[t], heads[t], work_rate, leave_rate, hours, means[t])
    return starts, means


@njit(cache=True, nogil=True, error_model="numpy")
def delayed_shares(means, heads):
    """Return the share of the cases of each period that find nobody free.

    Args: means (periods, room + 1), heads (periods,).
    """
    found = np.empty(len(heads))
    for t in range(len(heads)):
        found[t] = means[t, heads[t]:].sum()
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def in_time(mean, period, heads, rate, equal, better, work_rate, leave_rate, hours, step, done):
    """Which share of the cases that come in a period is done, or begun, in time?

    Args: mean (room + 1,) law that they see; period they come in; heads, rate (periods,), repeated for ever; equal and
    better, cases an hour of their rank or better, and of better ones, as parts of `rate`; step, hours of a step of the
    wait, no longer than a period of `hours`; done (steps + 1,), the chance that a case that begins in each step of its
    wait is in time, at once first.
    Returns: a share; those who leave the line are not in time.
    """
    room, periods, s = len(mean) - 1, len(heads), heads[period]
    before, idle = np.zeros(room + 1), np.empty(room + 1)
    at_once = 0.0
    for n in range(min(s, room + 1)):
        at_once += mean[n]
    if equal >= 1.0:
        before[s:] = mean[s:]
    elif s <= room:
        tail, above, all_above = 1.0, 0.0, 1.0 - at_once
        shares = np.zeros(room + 1 - s)
        total, weight = 0.0, 1.0
        for j in range(room + 1 - s):
            shares[j] = weight
            total += weight
            gone = s * work_rate + (j + 1) * leave_rate
            weight = weight * rate[period] * equal / gone if gone > 0.0 else weight
        for j in range(room + 1 - s):  # as many in line as the stationary law says, and no more than there are
            line_above = mean[s + j + 1:].sum()
            tail -= shares[j] / total
            above = min(tail * (1.0 - at_once), line_above)
            before[s + j] = max(all_above - above, 0.0)
            all_above = above
    found = at_once * done[0]
    now = (period + 0.5) * hours
    for k in range(1, len(done)):
        slot = int(now / hours + 1e-9) % periods
        crew, ahead = heads[slot], 0.0
        begun = before[:min(crew, room + 1)].sum()  # heads that have come take them on
        before[:min(crew, room + 1)] = 0.0
        advance_before(before, rate[slot] * better, crew, work_rate, leave_rate, step, idle)
        ahead = before[:min(crew, room + 1)].sum()
        before[:min(crew, room + 1)] = 0.0
        found += (begun + ahead) * done[k] * np.exp(-leave_rate * (k - 0.5) * step)
        now += step
        if before.sum() < 1e-9:
            break
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def advance_before(before, rate, heads, work_rate, leave_rate, hours, idle):
    """Carry the chances (room + 1,) of having so many cases before one over a step, in place; below `heads` one starts,
    and stays there."""
    room = len(before) - 1
    if heads > room:
        return
    high = room
    while high > heads and before[high] < 1e-14:
        high -= 1
    fastest = rate + heads * work_rate + (room - heads) * leave_rate
    if fastest <= 0.0:
        return
    pieces = int(fastest * hours / _MOST_EVENTS) + 1
    events = fastest * hours / pieces
    last = max(heads - 1, 0)
    for _ in range(pieces):
        idle[:] = before
        weight = np.exp(-events)
        seen = weight
        before *= weight
        k = 0
        while 1.0 - seen > _TAIL and k < 10 * _MOST_EVENTS:
            k += 1
            high = min(high + 1, room)
            carried = 0.0
            for n in range(heads, high + 1):
                down = heads * work_rate + (n - heads) * leave_rate
                up = rate if n < room else 0.0
                value = idle[n] * (1.0 - (down + up) / fastest) + carried
                carried = idle[n] * up / fastest
                if n < high:
                    value += idle[n + 1] * (heads * work_rate + (n + 1 - heads) * leave_rate) / fastest
                if n == heads and heads > 0:
                    idle[last] += idle[n] * down / fastest
                idle[n] = value
            weight *= events / k
            seen += weight
            for n in range(last, high + 1):
                before[n] += weight * idle[n]
