"""Does the Markov chain give the run lengths and chances that simulation gives, and is a change dated where it is?"""

import itertools

import numpy as np
import pytest

from arbitre.core.errors import UsageError
from arbitre.maths.evidence import cusum


def simulated(risk: np.ndarray, ratio: float, limit: float, times: int, seed: int) -> np.ndarray:
    """Return whether each of so many histories reaches the limit."""
    rng = np.random.default_rng(seed)
    walk, reached = np.zeros(times), np.zeros(times, dtype=bool)
    for chance in risk:
        wrong = rng.random(times) < chance
        walk = np.maximum(0.0, walk + cusum.scores(wrong, np.full(times, chance), ratio))
        reached |= walk >= limit
    return reached


def test_a_walk_by_hand() -> None:
    score = cusum.scores([0, 1, 1, 0], [0.5, 0.5, 0.2, 0.2], 3.0)
    assert score == pytest.approx([-np.log(2.0), np.log(3.0) - np.log(2.0), np.log(3.0) - np.log(1.4), -np.log(1.4)])
    walk = cusum.path(score)
    assert walk == pytest.approx([0.0, np.log(1.5), np.log(1.5 * 3.0 / 1.4), np.log(1.5 * 3.0 / 1.4 / 1.4)])
    assert cusum.start(walk, 3) == 1


def test_every_history_of_eight_cases() -> None:
    """All that can happen, added up by its chance: the grid blurs the limit by a few of its steps, and no more."""
    risk, ratio, limit = np.array([0.1, 0.3, 0.2, 0.4, 0.1, 0.25, 0.3, 0.15]), 2.0, 0.9
    peaks, chances = [], []
    for wrong in itertools.product([0, 1], repeat=8):
        chances.append(np.prod(np.where(wrong, risk, 1.0 - risk)))
        peaks.append(cusum.path(cusum.scores(wrong, risk, ratio)).max())
    step = limit / 119.5
    least, most = (np.sum(chances, where=np.array(peaks) >= limit + away * step) for away in (4.0, -4.0))
    assert most - least < 0.15
    assert least - 1e-3 < cusum.chance_of_reaching(risk, ratio, limit) < most + 1e-3


@pytest.mark.parametrize("limit", [1.5, 3.0])
def test_the_chance_of_a_limit_is_that_of_simulation(limit: float) -> None:
    risk = np.random.default_rng(3).uniform(0.02, 0.3, 400)
    seen = simulated(risk, 2.0, limit, 20_000, 4).mean()
    error = np.sqrt(seen * (1.0 - seen) / 20_000)
    assert cusum.chance_of_reaching(risk, 2.0, limit) == pytest.approx(seen, abs=4.0 * error + 0.005)


def test_a_limit_gives_the_run_length_asked_for() -> None:
    risk = np.tile([0.03, 0.08, 0.2], 40)
    limit = cusum.limit_for(risk, 2.0, 300.0)
    rng = np.random.default_rng(5)
    walk, length, cases = np.zeros(4_000), np.zeros(4_000), 0
    while (length == 0).any():
        cases += 1
        chance = rng.choice(risk, 4_000)
        walk = np.maximum(0.0, walk + cusum.scores(rng.random(4_000) < chance, chance, 2.0))
        length[(walk >= limit) & (length == 0)] = cases
    assert np.mean(length) == pytest.approx(300.0, rel=0.06)


def test_risks_that_are_estimates_make_alarms_likelier() -> None:
    risk = np.full(300, 0.1)
    known, guessed = (cusum.chance_of_reaching(risk, 2.0, 4.0, spread) for spread in (0.0, 0.3))
    assert 2.0 * known < guessed < 0.5


def test_a_change_is_dated() -> None:
    risk = np.full(600, 0.1)
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        wrong = rng.random(600) < np.where(np.arange(600) < 400, 0.1, 0.25)
        found.append(cusum.start(cusum.path(cusum.scores(wrong, risk, 2.0)), 599))
    assert np.median(found) == pytest.approx(400, abs=15)


def test_a_ratio_that_looks_for_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="above 1"):
        cusum.scores([1], [0.1], 1.0)
