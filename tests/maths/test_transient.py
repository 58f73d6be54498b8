"""Numbers present and waits over time: against matrix exponentials, and the closed forms of the long run."""

import numpy as np
import pytest
from scipy.linalg import expm

from arbitre.maths.work.queueing import erlang_a, priority_waits_servers, wait_exceeds
from arbitre.maths.work.transient import advance, delayed_shares, hand_over, in_time, laws_over


def settled(heads: int, rate: float, leave_rate: float, room: int = 120) -> np.ndarray:
    law, mean = np.zeros(room + 1), np.empty(room + 1)
    law[0] = 1.0
    for _ in range(300):
        advance(law, rate, heads, 1.0, leave_rate, 2.0, mean)
    return mean


def generator(rate: float, heads: int, work_rate: float, leave_rate: float, room: int) -> np.ndarray:
    moves = np.zeros((room + 1, room + 1))
    for n in range(room + 1):
        if n < room:
            moves[n, n + 1] = rate
        if n > 0:
            moves[n, n - 1] = min(n, heads) * work_rate + max(n - heads, 0) * leave_rate
        moves[n, n] = -moves[n].sum()
    return moves


@pytest.mark.parametrize(("rate", "heads", "leave_rate", "hours"),
                         [(5.0, 3, 0.7, 0.25), (0.0, 2, 0.0, 1.0), (9.0, 0, 0.0, 0.5), (40.0, 9, 2.0, 30.0)])
def test_a_stretch_of_time_is_the_matrix_exponential(rate: float, heads: int, leave_rate: float, hours: float) -> None:
    room = 12
    law, mean = np.random.default_rng(1).dirichlet(np.ones(room + 1)), np.empty(room + 1)
    moves = generator(rate, heads, 1.5, leave_rate, room)
    steps = 4000
    small = expm(moves * hours / steps)
    path = [law]
    for _ in range(steps):
        path.append(path[-1] @ small)
    after = law.copy()
    advance(after, rate, heads, 1.5, leave_rate, hours, mean)
    assert after == pytest.approx(law @ expm(moves * hours), abs=1e-8)
    assert mean == pytest.approx((np.sum(path, axis=0) - (path[0] + path[-1]) / 2.0) / steps, abs=1e-5)


def test_periods_follow_one_another() -> None:
    law = np.zeros(41)
    law[3] = 1.0
    rate, heads = np.array([4.0, 9.0, 0.0]), np.array([2, 5, 0])
    starts, means = laws_over(rate, heads, 1.0, 0.5, 0.5, law)
    other, mean = law.copy(), np.empty(41)
    for t in range(3):
        advance(other, rate[t], heads[t], 1.0, 0.5, 0.5, mean)
        assert starts[t + 1] == pytest.approx(other)
        assert delayed_shares(means, heads)[t] == pytest.approx(mean[heads[t]:].sum())


def test_heads_that_go_take_their_case_with_them_and_the_idle_go_first() -> None:
    law = np.array([0.1, 0.2, 0.3, 0.2, 0.1, 0.1])
    assert hand_over(law, 3, 1) == pytest.approx(0.3 * 1 + (0.2 + 0.1 + 0.1) * 2)
    assert law == pytest.approx([0.1, 0.7, 0.1, 0.1, 0.0, 0.0])  # 3 and fewer: nobody waits; 4 and 5: one and two do
    assert hand_over(law, 1, 3) == 0.0
    assert law.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("window", [0.1, 0.5, 2.0])
def test_waits_of_one_rank_are_those_of_the_long_run(window: float) -> None:
    step = min(0.25, window / 24)
    done = np.ones(round(window / step) + 1)
    told = in_time(settled(3, 2.4, 0.0), 0, np.full(4, 3), np.full(4, 2.4), np.ones(4), np.zeros(4), 1.0, 0.0,
                   0.25, step, done)
    assert 1.0 - told == pytest.approx(wait_exceeds(3, 2.4, 1.0, window), abs=1e-6)


def test_waits_by_rank_have_the_mean_of_kella_and_yechiali() -> None:
    mean, step = settled(3, 2.4, 0.0), 0.1
    for rank, (equal, better) in enumerate([(1.0 / 2.4, 0.0), (1.0, 1.0 / 2.4)]):
        late = [1.0 - in_time(mean, 0, np.full(4, 3), np.full(4, 2.4), np.full(4, equal), np.full(4, better),
                              1.0, 0.0, 0.25, step, np.ones(k)) for k in range(1, 400)]
        assert step * (sum(late) - late[0] / 2.0) == pytest.approx(
            priority_waits_servers(3, [1.0, 1.4], 1.0)[rank], rel=0.005)


def test_those_who_stay_are_served() -> None:
    served = in_time(settled(3, 4.0, 0.5), 0, np.full(4, 3), np.full(4, 4.0), np.ones(4), np.zeros(4), 1.0,
                     0.5, 0.25, 0.02, np.ones(1500))
    assert 1.0 - served == pytest.approx(erlang_a(3, 4.0, 1.0, 2.0).abandoned, abs=1e-4)


def test_heads_that_come_later_take_on_those_who_wait() -> None:
    mean = np.zeros(21)
    mean[2] = 1.0  # two before it, and nobody at work for half an hour
    heads, done = np.array([0, 0, 3, 3]), np.zeros(6)
    done[4:] = 1.0
    told = in_time(mean, 0, heads, np.zeros(4), np.ones(4), np.zeros(4), 1.0, 0.0, 0.25, 0.25, done)
    assert told == pytest.approx(0.0)
    done[:] = 1.0
    told = in_time(mean, 0, heads, np.zeros(4), np.ones(4), np.zeros(4), 1.0, 0.0, 0.25, 0.25, done)
    assert told == pytest.approx(1.0)
