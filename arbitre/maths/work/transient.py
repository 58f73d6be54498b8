"""How many are waiting, period after period, while load and crew change, and who is in time?

Cases come in a Poisson stream whose rate holds for a period, are worked on by the heads there for an exponential time,
and leave when an exponential patience ends (M_t/M/s_t + M). The number present is a birth and death process, and
Kolmogorov's forward equations are solved within each period by uniformisation (Jensen 1953; Grassmann 1977):
    law(t + h) = sum over k of Poisson(k; q h) law(t) P^k,   P = I + generator / q,   q above every rate of leaving,
and the mean law of the period has the chances of more than k events over q h as its weights. Nothing is left out but
chances below 1e-10, and more cases than there is room for. Who comes within a period sees its mean law (Poisson
arrivals see time averages). Heads that go put their work back in line, or take it with them (`hand_over`).

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
_CLOSE = 1e-7
"""Tail cut off each step of a wait."""
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
def hand_over(law, before, after):
    """Let heads go, in place, each with the case in hand, those without one first: the exhaustive discipline (A.
    Ingolfsson and others, INFORMS Journal on Computing 19 (2007) 201-214).

    Args: law (room + 1,) of cases present; before and after, heads.
    Returns: how many heads go with a case, on average.
    """
    gone = 0.0
    if after < before:
        for n in range(after + 1, len(law)):
            left = max(n - (before - after), after)
            gone += law[n] * (n - left)
            law[left] += law[n]
            law[n] = 0.0
    return gone


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
def chances_before(room, period, heads, rate, better, work_rate, leave_rate, closing, hours, step, done):
    """With which chance is a case in time that comes in a period and finds so many before it?

    Args: period it comes in; heads, rate (periods,), repeated for ever; closing (periods,), do those who go at its
    start take their case with them (`hand_over`), else it goes back in line; better, cases an hour of better ranks as
    parts of `rate` (periods,); step, hours of a step of the wait, at most a period of `hours`; done (steps + 1,), the
    chance that a case that begins at once, or in each step of its wait, is in time.
    Returns: (room + 1,); those who leave the line are not in time.
    """
    value, part, after = np.zeros(room + 1), np.empty(room + 1), -1
    for k in range(len(done) - 1, 0, -1):
        slot = int(period + 0.5 + (k - 1) * step / hours + 1e-9) % len(heads)
        if after >= 0 and closing[after] and heads[after] < heads[slot]:
            part[:] = value
            for n in range(heads[slot], room + 1):  # who is served then is before nobody any more
                value[n] = part[n - heads[slot] + heads[after]]
        after = slot
        begins = done[k] * np.exp(-leave_rate * (k - 0.5) * step)
        value[:min(heads[slot], room + 1)] = begins
        carry_back(value, part, rate[slot] * better[slot], heads[slot], work_rate, leave_rate, step)
    value[:min(heads[period], room + 1)] = done[0]
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def carry_back(value, part, rate, heads, work_rate, leave_rate, hours):
    """Replace what each number before one is worth (room + 1,) after a stretch of time by what it is before it; below
    `heads` one begins, and the value stays."""
    room = len(value) - 1
    if heads > room:
        return
    high = room  # nothing is gained beyond: values fall with the line, and each event moves it by one
    while high > heads and value[high] < 1e-12:
        high -= 1
    fastest = rate + heads * work_rate + (room - heads) * leave_rate
    if fastest <= 0.0:
        return
    pieces = int(fastest * hours / _MOST_EVENTS) + 1
    events = fastest * hours / pieces
    for _ in range(pieces):
        part[:] = value
        weight = np.exp(-events)
        seen = weight
        for n in range(heads, high + 1):
            value[n] *= weight
        k = 0
        while 1.0 - seen > _CLOSE and k < 10 * _MOST_EVENTS:
            k += 1
            high = min(high + 1, room)
            below = part[heads - 1] if heads > 0 else part[0]
            weight *= events / k
            seen += weight
            for n in range(heads, high + 1):
                down = (heads * work_rate + (n - heads) * leave_rate) / fastest
                up = rate / fastest if n < room else 0.0
                mine = part[n] * (1.0 - down - up) + down * below
                if n < room:
                    mine += up * part[n + 1]
                below = part[n]
                part[n] = mine
                value[n] += weight * mine


@njit(cache=True, nogil=True, error_model="numpy")
def before_it(mean, heads, rate, equal, work_rate, leave_rate, before):
    """Fill in with which chance a case has so many before it, who see the law `mean` (room + 1,).

    Args: equal, cases of its rank or better as a part of the rate, 1 where there is one rank or it is the last.
    """
    before[:] = mean
    if equal >= 1.0 or heads >= len(mean):
        return
    line = mean[heads:].sum()
    total, weight = 0.0, 1.0
    for n in range(heads, len(mean)):
        before[n] = weight
        total += weight
        gone = heads * work_rate + (n + 1 - heads) * leave_rate
        weight = weight * rate * equal / gone if gone > 0.0 else weight
    # As many in line as the stationary law says, and no more than there are.
    rest, stationary, above = line, 1.0, line
    for n in range(heads, len(mean)):
        rest -= mean[n]
        stationary -= before[n] / total
        further = max(min(stationary * line, rest), 0.0)
        before[n] = above - further
        above = further


@njit(cache=True, nogil=True, error_model="numpy")
def in_time(mean, period, heads, rate, equal, better, work_rate, leave_rate, hours, step, done):
    """Which share of the cases that come in a period, and see the law `mean` (room + 1,), is in time?

    Args: equal, better (periods,), cases of their rank or better, and of better ones, as parts of the rate; others as
    `chances_before`, work put back in line.
    """
    before = np.empty(len(mean))
    before_it(mean, heads[period], rate[period], equal[period], work_rate, leave_rate, before)
    return before @ chances_before(len(mean) - 1, period, heads, rate, better, work_rate, leave_rate,
                                   np.zeros(len(heads), np.bool_), hours, step, done)
