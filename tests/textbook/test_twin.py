"""The twin reproduces closed forms; `python -m benchmarks.twin_truth` holds them all, these are the quick ones."""

import pytest

from benchmarks.truth import queues, stock
from benchmarks.twin_truth import ks_p, measured

QUICK = {
    "M/M/3 wait beyond 1", "M/D/2 wait", "Erlang B, lognormal work", "Erlang A, 5 servers, abandoned",
    "two stations, room 1 between, rate", "preemptive priority 0 of M/G/1, Erlang-2 work",
    "fixed work redone when interrupted, rate", "penalty per hour of work first",
    "closed network of 8, servers [1, 2, 1]",
    "10 machines, 2 repairers, down", "(r,Q) = (3,4), owed", "place 1 under a depot, owed",
    "repair at the place or at the depot, owed", "critical level, on hand",
    "emergency instead of waiting, lognormal lead",
    "waves at 3 and at 9, wait", "a way before the work", "repair by 2 at a time, owed",
}
TRUTHS = {truth.name: truth for truth in (*queues.truths(), *stock.truths())}


@pytest.mark.parametrize("name", sorted(QUICK))
def test_the_twin_reproduces_what_is_known_exactly(name: str) -> None:
    assert abs(measured(TRUTHS[name], 77)["z"]) < 4


def test_there_are_as_many_closed_forms_as_asked() -> None:
    assert len(TRUTHS) >= 60
    assert all(truth.source for truth in TRUTHS.values())


def test_the_test_of_all_scores_can_fail() -> None:
    assert ks_p([0.5] * 60) < 0.001
    assert ks_p([-1.5, -0.9, -0.5, -0.2, 0.1, 0.3, 0.6, 1.0, 1.7]) > 0.9
