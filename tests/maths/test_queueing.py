"""Queueing formulas against published values, against each other where they meet, and against brute force."""

import math

import numpy as np
import pytest

from arbitre.core.errors import UsageError
from arbitre.maths.stock.finite import down_pmf
from arbitre.maths.stock.loss import loss_measures
from arbitre.maths.work import queueing


def test_published_values() -> None:
    # M/M/3 at load 2.7 (Gross & Harris form).
    assert queueing.mean_wait(3, 2.7, 1.0) == pytest.approx(2.72354, abs=5e-6)
    # Kleinrock 1976: M/M/1 with two classes, preemptive: the first class sees an M/M/1 of its own.
    assert queueing.priority_waits([0.3, 0.4], [1, 1], [2, 2], preemptive=True)[0] == pytest.approx(0.3 / 0.7)


def test_too_much_work_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot keep up"):
        queueing.mean_wait(2, 2.0, 1.0)


def test_limited_room_meets_erlang_b_without_a_line_and_m_m_c_with_a_long_one() -> None:
    assert queueing.limited_room(4, 4, 3.0, 1.0)[-1] == pytest.approx(loss_measures(3.0, 4)[0])
    law = queueing.limited_room(4, 2000, 3.0, 1.0)
    waiting = (np.maximum(np.arange(len(law)) - 4, 0) * law).sum()
    assert waiting / 3.0 == pytest.approx(queueing.mean_wait(4, 3.0, 1.0), rel=1e-9)


def test_patience_goes_from_erlang_b_to_erlang_c() -> None:
    assert queueing.erlang_a(4, 3.0, 1.0, 1e-9).abandoned == pytest.approx(loss_measures(3.0, 4)[0], rel=1e-6)
    patient = queueing.erlang_a(4, 3.0, 1.0, 1e9)
    assert patient.wait == pytest.approx(queueing.mean_wait(4, 3.0, 1.0), rel=1e-6)
    # With patience like the work, the number present is Poisson: M/M/infinity.
    same = queueing.erlang_a(4, 3.0, 1.0, 1.0)
    poisson = [math.exp(-3.0) * 3.0**n / math.factorial(n) for n in range(60)]
    assert same.waiting == pytest.approx(sum(max(n - 4, 0) * p for n, p in enumerate(poisson)), rel=1e-9)


def test_single_servers_agree() -> None:
    assert queueing.single_server_wait(0.8, 1.0, 2.0) == pytest.approx(queueing.mean_wait(1, 0.8, 1.0))
    assert queueing.renewal_arrivals_wait(lambda s: 0.8 / (0.8 + s), 1.0) == pytest.approx(4.0)
    assert queueing.fixed_work_wait(1, 0.8, 1.0) == pytest.approx(queueing.single_server_wait(0.8, 1.0, 1.0), rel=1e-7)


def test_fixed_work_of_many_servers_is_near_half_the_exponential_wait() -> None:
    """Tijms (1994): the ratio tends to 1/2 as load grows; Cosmetatos' correction gives 3 digits at moderate load."""
    servers, rate = 4, 3.6
    ratio = queueing.fixed_work_wait(servers, rate, 1.0) / queueing.mean_wait(servers, rate, 1.0)
    load = rate / servers
    cosmetatos = (1 + (1 - load) * (servers - 1) * (math.sqrt(4 + 5 * servers) - 2) / (16 * load * servers)) / 2
    assert ratio == pytest.approx(cosmetatos, rel=2e-3)


@pytest.mark.parametrize("preemptive", [False, True])
def test_priorities_keep_the_work_in_line_of_equal_classes(preemptive: bool) -> None:
    """With equal exponential work the order of service changes who waits, not how much is waited in all."""
    rates = [0.2, 0.3, 0.25]
    waits = queueing.priority_waits(rates, [1, 1, 1], [2, 2, 2], preemptive)
    total = queueing.mean_wait(1, 0.75, 1.0)
    assert np.dot(rates, waits) / 0.75 == pytest.approx(total)
    assert np.all(np.diff(waits) > 0)


def test_priorities_of_one_server_are_those_of_many_with_one() -> None:
    assert queueing.priority_waits_servers(1, [0.3, 0.4], 1.0) == pytest.approx(
        queueing.priority_waits([0.3, 0.4], [1, 1], [2, 2]))


def test_an_open_network_without_routes_is_its_stations() -> None:
    found = queueing.open_network([1.0, 2.0], np.zeros((2, 2)), [0.5, 1.0], [1, 3])
    assert found == pytest.approx([1.0, 2.0 * (1 + queueing.mean_wait(3, 2.0, 1.0))])
    assert queueing.station_rates([1.0, 0.0], [[0.0, 1.0], [0.5, 0.0]]) == pytest.approx([2.0, 2.0])


def test_a_closed_network_is_the_sum_over_its_states() -> None:
    cases, visits, work, servers = 4, [1.0, 0.6, 2.0], [1.0, 2.0, 0.3], [1, 2, 0]
    weights = {}
    for first in range(cases + 1):
        for second in range(cases + 1 - first):
            state, weight = (first, second, cases - first - second), 1.0
            for n, visit, mean, crew in zip(state, visits, work, servers, strict=True):
                for each in range(1, n + 1):
                    weight *= visit * mean / (each if crew == 0 else min(each, crew))
            weights[state] = weight
    total = sum(weights.values())
    busy = sum(weight for state, weight in weights.items() if state[0] > 0) / total
    throughput, means = queueing.closed_network(cases, visits, work, servers)
    assert throughput == pytest.approx(busy / (visits[0] * work[0]))
    assert means == pytest.approx([sum(s[k] * x for s, x in weights.items()) / total for k in range(3)])


def test_machine_repair_is_a_closed_network() -> None:
    law = queueing.birth_death(lambda n: (5 - n) / 10.0, lambda n: min(n, 2) / 3.0)
    _, means = queueing.closed_network(5, [1, 1], [10.0, 3.0], [0, 2])
    assert (np.arange(6) * law).sum() == pytest.approx(means[1])
    assert law == pytest.approx(down_pmf(5, 0, 2, 0.1, 3.0))
