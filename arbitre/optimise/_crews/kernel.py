"""What do heads, period by period, keep of the promises on the cases that a team works for? Compiled.

A team is one line of cases and the heads that take them. A flow is the cases of one promise and one rank: `volume`
cases an hour in each period; `equal`, `better` parts of all that comes that are of its rank or better, and of better
ones; `step`, `steps` how its wait is cut, and `done` the chance to be in time after each step (`maths.work.transient`).
"""

import numpy as np
from numba import njit

from arbitre.core.week import HOURS_PER_WEEK
from arbitre.maths.work.transient import advance, before_it, chances_before, hand_over

_SETTLED = 1e-3
"""Laws that differ by no more than this are one and the same."""
_WEEKS, _ROUNDS = 4, 4
"""For so long a line is followed until it comes back to itself; and so often where only hours after shifts are told."""
_LOST = 1e-3
"""Where nobody leaves, a line that has no room for this share of the cases outgrows any: nobody is in time."""


@njit(cache=True, nogil=True, error_model="numpy")
def chances(t, heads, rate, work_rate, leave_rate, closing, hours, room, flows, found):
    """Fill in the chance that a case of each flow that comes in period t is in time, by how many are before it (flows,
    room + 1)."""
    volume, _, better, step, steps, done = flows
    for f in range(len(step)):
        if volume[f, t] > 0.0:
            found[f] = chances_before(room, t, heads, rate, better[f], work_rate, leave_rate, closing, hours, step[f],
                                      done[f, :steps[f] + 1])


@njit(cache=True, nogil=True, error_model="numpy")
def kept_in(mean, t, heads, rate, work_rate, leave_rate, flows, chance, kept):
    """Fill in the share kept of each flow (flows,) of those who come in period t and see the law `mean`."""
    before = np.empty(len(mean))
    for f in range(len(kept)):
        kept[f] = 0.0
        if flows[0][f, t] > 0.0:
            before_it(mean, heads[t], rate[t], flows[1][f, t], work_rate, leave_rate, before)
            kept[f] = before @ chance[f]


@njit(cache=True, nogil=True, error_model="numpy")
def settled(heads, rate, work_rate, leave_rate, closing, hours, room):
    """Return the law at the end of each period (periods, room + 1) and its mean (periods, room + 1), round after round
    of the same week, until it comes back to itself; closing as of `chances_before`."""
    periods = len(rate)
    ends, means = np.zeros((periods, room + 1)), np.zeros((periods, room + 1))
    law = np.zeros(room + 1)
    law[0] = 1.0
    for _ in range(int(_WEEKS * HOURS_PER_WEEK / (periods * hours))):
        before = law.copy()
        for t in range(periods):
            if closing[t]:
                hand_over(law, heads[t - 1], heads[t])
            advance(law, rate[t], heads[t], work_rate, leave_rate, hours, means[t])
            ends[t] = law
        if np.abs(law - before).sum() < _SETTLED:
            break
    return ends, means


@njit(cache=True, nogil=True, error_model="numpy")
def finishing(heads, rate, work_rate, leave_rate, _closing, hours, room):
    """Return how many heads leave at the start of each period with a case in hand (periods,), where each finishes it,
    and the mean law of each period then (periods, room + 1)."""
    periods = len(rate)
    gone, means, law = np.zeros(periods), np.zeros((periods, room + 1)), np.zeros(room + 1)
    law[0] = 1.0
    for _ in range(_ROUNDS):
        before = law.copy()
        for t in range(periods):
            gone[t] = hand_over(law, heads[t - 1], heads[t])
            advance(law, rate[t], heads[t], work_rate, leave_rate, hours, means[t])
        if np.abs(law - before).sum() < _SETTLED:
            break
    return gone, means


@njit(cache=True, nogil=True, error_model="numpy")
def leaving(heads, change, hold, allowed, rate, work_rate, leave_rate, closing, hours, room):
    """Return how many heads more leave with a case in hand (periods,) where one more (change 1) or less (-1) is there
    for `hold` periods from each period on; nought where none may be."""
    periods = len(rate)
    found = np.zeros(periods)
    now = finishing(heads, rate, work_rate, leave_rate, closing, hours, room)[0].sum()
    for t in range(0, periods, hold):
        if allowed[t:t + hold].all() and heads[t:t + hold].min() + change >= 0:
            heads[t:t + hold] += change
            found[t] = finishing(heads, rate, work_rate, leave_rate, closing, hours, room)[0].sum() - now
            heads[t:t + hold] -= change
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def kept_by(heads, rate, work_rate, leave_rate, closing, hours, room, flows):
    """Return the laws of `settled`, the chances of `chances` (periods, flows, room + 1), and the share kept of each
    flow in each period (flows, periods)."""
    ends, means = settled(heads, rate, work_rate, leave_rate, closing, hours, room)
    count, periods = len(flows[3]), len(rate)
    kept, one, chance = np.zeros((count, periods)), np.zeros(count), np.zeros((periods, count, room + 1))
    lost = 0.0
    for t in range(periods):
        lost += rate[t] * means[t, room]
    is_endless = leave_rate == 0.0 and lost > _LOST * rate.sum()
    for t in range(periods):
        chances(t, heads, rate, work_rate, leave_rate, closing, hours, room, flows, chance[t])
        kept_in(means[t], t, heads, rate, work_rate, leave_rate, flows, chance[t], one)
        if not is_endless:
            kept[:, t] = one
    return ends, means, chance, kept


@njit(cache=True, nogil=True, error_model="numpy")
def changes(heads, change, hold, allowed, rate, work_rate, leave_rate, closing, hours, ends, means, chance, kept,
            flows):
    """What does one head more (change 1) or less (-1) bring, for `hold` periods from each period on, all else as it is?

    Args: ends, means, chance, kept of these heads (`kept_by`). Followed until the law is what it was.
    Returns: (flows, periods) cases kept more in all periods; nought where no stretch begins (only every hold-th period
    has one), or a head cannot come or go.
    """
    volume, step, steps = flows[0], flows[3], flows[4]
    periods, count, room = len(rate), len(step), ends.shape[1] - 1
    found, one, other = np.zeros((count, periods)), np.zeros(count), np.zeros((count, room + 1))
    reach = 0
    for f in range(count):
        reach = max(reach, int(steps[f] * step[f] / hours + 0.5))
    reach = min(reach, periods - hold)
    law, mean = np.empty(room + 1), np.empty(room + 1)
    for t in range(0, periods, hold):
        if not allowed[t:t + hold].all() or heads[t:t + hold].min() + change < 0:
            continue
        heads[t:t + hold] += change
        for back in range(1, reach + 1):  # those who came before and still wait
            u = (t - back) % periods
            chances(u, heads, rate, work_rate, leave_rate, closing, hours, room, flows, other)
            kept_in(means[u], u, heads, rate, work_rate, leave_rate, flows, other, one)
            found[:, t] += (one - kept[:, u]) * volume[:, u] * hours
        law[:] = ends[t - 1]
        for ahead in range(periods - reach):
            u = (t + ahead) % periods
            if closing[u]:
                hand_over(law, heads[u - 1], heads[u])
            advance(law, rate[u], heads[u], work_rate, leave_rate, hours, mean)
            if ahead < hold:
                chances(u, heads, rate, work_rate, leave_rate, closing, hours, room, flows, other)
            kept_in(mean, u, heads, rate, work_rate, leave_rate, flows, other if ahead < hold else chance[u], one)
            found[:, t] += (one - kept[:, u]) * volume[:, u] * hours
            if ahead >= hold - 1 and np.abs(law - ends[u]).sum() < _SETTLED:
                break
        heads[t:t + hold] -= change
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def begun_with(targets, most, allowed, rate, work_rate, leave_rate, closing, hours, room, flows):
    """Return the least heads (periods,) that keep the target of each flow (flows,) in each period, in turn, were they
    to stay on: where the search begins."""
    periods = len(rate)
    heads = np.zeros(periods, np.int64)
    law, trial, mean = np.zeros(room + 1), np.empty(room + 1), np.empty(room + 1)
    law[0] = 1.0
    one, stays, chance = np.zeros(len(targets)), np.zeros(periods, np.int64), np.zeros((len(targets), room + 1))
    for t in range(periods):
        present = 0.0
        for n in range(room + 1):
            present += n * law[n]
        low, high = -1, most
        if not allowed[t] or (rate[t] <= 0.0 and present < 0.5):
            high = 0
        while high - low > 1:
            level = (low + high) // 2
            trial[:] = law
            stays[:] = level
            advance(trial, rate[t], level, work_rate, leave_rate, hours, mean)
            chances(t, stays, rate, work_rate, leave_rate, closing, hours, room, flows, chance)
            kept_in(mean, t, stays, rate, work_rate, leave_rate, flows, chance, one)
            met = rate[t] > 0.0 or level >= present
            for f in range(len(targets)):
                met = met and (flows[0][f, t] <= 0.0 or one[f] >= targets[f])
            if met:
                high = level
            else:
                low = level
        heads[t] = high
        if closing[t]:
            hand_over(law, heads[t - 1], high)
        advance(law, rate[t], high, work_rate, leave_rate, hours, mean)
    return heads
