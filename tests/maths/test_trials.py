"""Trials find what is there, say how sure that is, and are fooled no more often than they say."""

import numpy as np
import pytest
from scipy import stats

from arbitre.maths.evidence import trials
from arbitre.maths.evidence.trials_in_time import difference_in_differences, switchback, synthetic_control


def test_two_means_are_compared_as_by_welch() -> None:
    luck = np.random.default_rng(1)
    one, other = luck.normal(1.0, 1.0, 40), luck.normal(0.4, 3.0, 25)
    found, known = trials.difference(one, other), stats.ttest_ind(one, other, equal_var=False)
    assert found.p == pytest.approx(known.pvalue)
    interval = known.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_a_ratio_covers_what_it_should() -> None:
    """Of 400 trials of visits and sales without a difference, about 5 % are called different."""
    luck, wrong = np.random.default_rng(2), 0
    for _ in range(400):
        sides = []
        for _ in range(2):
            visits = 1 + luck.poisson(3, 200)
            sides.append((luck.poisson(visits * luck.gamma(2, 0.5, 200)), visits))
        wrong += trials.ratio_difference(*sides).p < 0.05
    assert 0.025 <= wrong / 400 <= 0.085


def test_clusters_count_once() -> None:
    """Units of a cluster are alike: judged one by one they look certain, judged by cluster they do not."""
    luck = np.random.default_rng(3)
    cluster, on = np.repeat(np.arange(20), 50), np.repeat(np.arange(20) % 2, 50)
    wrong = {"units": 0, "clusters": 0}
    for _ in range(300):
        values = luck.normal(size=1000) + np.repeat(luck.normal(size=20), 50)
        wrong["units"] += trials.difference(values[on == 1], values[on == 0]).p < 0.05
        wrong["clusters"] += trials.cluster_difference(values, cluster, on).p < 0.05
    assert wrong["units"] / 300 > 0.4
    assert 0.02 <= wrong["clusters"] / 300 <= 0.09
    with pytest.raises(ValueError, match="never in part"):
        trials.cluster_difference([1.0, 2.0], [0, 0], [True, False])


def test_what_was_known_before_narrows_the_interval_by_the_correlation() -> None:
    luck = np.random.default_rng(4)
    before = luck.normal(size=4000)
    after = 0.8 * before + 0.6 * luck.normal(size=4000) + 0.1 * (np.arange(4000) % 2)
    left, gone = trials.adjusted(after, before)
    assert gone == pytest.approx(0.64, abs=0.03)
    plain = trials.difference(after[1::2], after[::2])
    better = trials.difference(left[1::2], left[::2])
    assert better.error == pytest.approx(0.6 * plain.error, rel=0.05)
    assert abs(better.value - 0.1) < 2.5 * better.error
    assert trials.adjusted([1.0, 2.0], [3.0, 3.0])[1] == 0.0


def test_a_sequence_may_be_watched_all_the_time() -> None:
    """2,000 trials without effect, looked at after every unit from 100 to 5,000."""
    luck, units = np.random.default_rng(0), np.arange(1, 5001)
    fooled = np.zeros(2, dtype=int)
    wide = trials.widening(units, 1000)
    for _ in range(2000):
        seen = luck.standard_normal(5000)
        mean = np.cumsum(seen) / units
        error = np.sqrt(np.maximum(np.cumsum(seen**2) / units - mean**2, 1e-9) / units)
        z = (np.abs(mean) / error)[99:]
        fooled += [(z > wide[99:]).any(), (z > 1.96).any()]
    assert fooled[0] / 2000 <= 0.05
    assert fooled[1] / 2000 > 0.4


def test_the_p_of_a_sequence_agrees_with_its_interval() -> None:
    edge = float(trials.widening(700, 1000)) * 0.2
    for value, expected in ((edge * 1.0001, True), (edge * 0.9999, False)):
        found = trials.at_all_times(trials.Effect(value, 0.2, 0, 0, 0), 700, 1000)
        assert (found.low > 0) == expected == (found.p < 0.05)


def test_as_many_units_as_asked_give_the_power_asked() -> None:
    units = trials.sample_size(0.08, 1.0)
    assert units == pytest.approx(4 * (2.8016 / 0.08) ** 2, abs=1)
    assert trials.power(0.08, 2 / np.sqrt(units)) == pytest.approx(0.8, abs=1e-3)
    luck = np.random.default_rng(5)
    found = [trials.difference(luck.normal(0.5, 1, 63), luck.normal(0, 1, 63)).p < 0.05 for _ in range(600)]
    assert np.mean(found) == pytest.approx(trials.power(0.5, np.sqrt(2 / 63)), abs=0.05)
    assert trials.mismatch([5000, 5000], [1, 1]) == 1.0
    assert trials.mismatch([5300, 4700], [1, 1]) < 1e-6


def test_a_switchback_cuts_what_the_window_before_left_behind() -> None:
    """An effect of 1 that takes 3 periods to come and go: without a cut it is told too small."""
    luck = np.random.default_rng(6)
    window = np.repeat(np.arange(60), 8)
    on = np.repeat(luck.permutation(60) < 30, 8)
    lagged = np.convolve(on, [0.25] * 4)[: len(on)]
    values = lagged + luck.normal(0, 0.3, len(on))
    plain, cut = (switchback(values, window, on, np.random.default_rng(1), skip) for skip in (0, 3))
    assert plain.value < 0.9
    assert abs(cut.value - 1.0) < 0.1
    assert cut.p == 0.001
    p = [switchback(luck.normal(size=480), window, on, luck, draws=99).p for _ in range(300)]
    assert 0.02 <= np.mean(np.array(p) <= 0.05) <= 0.09
    with pytest.raises(ValueError, match="longer than what is cut"):
        switchback(values, window, on, luck, skip=8)


def regions(luck: np.random.Generator, places: int = 20, weeks: int = 40) -> np.ndarray:
    """Places of unlike size that share two tides, each with its own noise that lasts."""
    tides = 1 + 0.2 * luck.normal(size=(places, 2)) @ np.cumsum(luck.normal(size=(2, weeks)), axis=1) / 4
    noise = luck.normal(size=(places, weeks + 1)) * luck.uniform(0.02, 0.06, (places, 1))
    return luck.lognormal(3, 0.6, (places, 1)) * (2 + tides + noise[:, 1:] + 0.5 * noise[:, :-1])


def test_places_before_and_after() -> None:
    luck = np.random.default_rng(7)
    panel = 50 + luck.normal(0, 5, (12, 1)) + luck.normal(size=(12, 30)) + np.linspace(0, 9, 30)
    panel[:4, 20:] += 2.0
    found = difference_in_differences(panel, np.arange(12) < 4, 20)
    assert abs(found.value - 2.0) < 3 * found.error
    assert found.p < 0.01


def test_a_synthetic_control_is_fooled_as_often_as_it_says() -> None:
    """The first of 20 places, in 1,000 draws without a change: p reaches 0.05 in one of twenty."""
    luck = np.random.default_rng(8)
    p = [synthetic_control(regions(luck), [0], 30, luck).effect.p for _ in range(1000)]
    assert 0.035 <= np.mean(np.array(p) <= 0.05) <= 0.065


def test_a_synthetic_control_finds_what_was_planted() -> None:
    luck = np.random.default_rng(9)
    panel = regions(luck, 30, 60)
    plain = panel[[2, 5]].sum(axis=0)[50:].mean()
    panel[[2, 5], 50:] *= 1.15
    found = synthetic_control(panel, [2, 5], 50, luck)
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.weights.min() >= 0.0
    assert found.weights[[2, 5]].sum() == 0.0
    assert found.effect.low < 0.15 * plain < found.effect.high
    assert found.effect.p <= 0.01
    with pytest.raises(ValueError, match="without the change"):
        synthetic_control(panel[:2], [0], 50, luck)
    with pytest.raises(ValueError, match="two periods before"):
        synthetic_control(panel, [0], 1, luck)
