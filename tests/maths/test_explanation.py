"""Does what explains a change add up, does few count for more than many, and are false finds held?"""

import numpy as np
import pytest

from arbitre.core.streams import stream
from arbitre.maths.evidence.change import mix_and_rates
from arbitre.maths.evidence.explanation import (
    chance,
    explaining,
    explanatory_power,
    explanatory_power_of_ratio,
    false_discovery_shares,
    surprise,
)


def test_surprise_by_hand() -> None:
    """All moves from one member to another: one bit; nothing moves: none."""
    assert surprise(np.array([4.0, 0.0]), np.array([0.0, 9.0])).sum() == pytest.approx(1.0)
    assert surprise(np.array([4.0, 1.0]), np.array([8.0, 2.0])) == pytest.approx([0.0, 0.0])
    p, q = np.array([0.5, 0.5]), np.array([0.8, 0.2])
    by_hand = [(a * np.log2(2 * a / (a + b)) + b * np.log2(2 * b / (a + b))) / 2 for a, b in zip(p, q, strict=True)]
    assert surprise(10 * p, 30 * q) == pytest.approx(by_hand)
    assert np.isnan(surprise(np.array([1.0, -0.5]), np.array([1.0, 1.0]))).all()
    assert np.isnan(surprise(np.array([0.0, 0.0]), np.array([1.0, 1.0]))).all()


def test_explanatory_power_of_ratio_is_the_finite_difference() -> None:
    """The power of a member is how far it moves the ratio alone, as a share of what all do so."""
    above, below = (np.array([50.0, 20.0, 30.0]), np.array([80.0, 15.0, 30.0])), (np.array([100.0, 80.0, 60.0]),
                                                                                  np.array([110.0, 90.0, 60.0]))
    alone = []
    for member in range(3):
        moved = [part[0].copy() for part in (above, below)]
        moved[0][member], moved[1][member] = above[1][member], below[1][member]
        alone.append(moved[0].sum() / moved[1].sum() - above[0].sum() / below[0].sum())
    assert explanatory_power_of_ratio(above, below) == pytest.approx(np.array(alone) / sum(alone))


def test_the_members_that_explain_are_few_and_surprising() -> None:
    before, after = np.array([50.0, 30.0, 15.0, 5.0]), np.array([50.0, 6.0, 14.0, 4.0])
    power, own = explanatory_power(before, after), surprise(before, after)
    assert power == pytest.approx([0.0, 24 / 26, 1 / 26, 1 / 26])
    assert explaining(power, own).tolist() == [1]
    alike = np.full(50, 10.0)
    assert len(explaining(explanatory_power(alike, alike - 1), surprise(alike, alike - 1))) == 0
    assert len(explaining(explanatory_power(alike, alike), surprise(alike, alike))) == 0


def test_chance_counts_what_was_found() -> None:
    assert chance(3.0, np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(3 / 5)
    assert np.isnan(chance(3.0, np.array([])))


def test_false_discovery_by_hand() -> None:
    """The 15 p-values of Benjamini and Hochberg (1995), section 4: four are found at 5 %."""
    p = np.array([0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
                  0.6528, 0.7590, 1.0])
    assert (false_discovery_shares(p) <= 0.05).sum() == 4
    mixed = false_discovery_shares(np.array([np.nan, 0.04, 0.01]))
    assert np.isnan(mixed[0])
    assert mixed[1:] == pytest.approx([0.04, 0.02])


@pytest.mark.parametrize("seed", range(20))
def test_mix_and_rates_add_up_and_read_the_same_backwards(seed: int) -> None:
    rng = stream(seed, "mix")
    below = tuple(rng.poisson(2.0, 7).astype(float) for _ in range(2))
    above = tuple(count * rng.uniform(0.0, 1.0, 7) for count in below)
    mix, rate = mix_and_rates((above[0], above[1]), (below[0], below[1]))
    change = above[1].sum() / below[1].sum() - above[0].sum() / below[0].sum()
    assert (mix + rate).sum() == pytest.approx(change, abs=1e-12)
    back = mix_and_rates((above[1], above[0]), (below[1], below[0]))
    assert np.stack((mix, rate)) == pytest.approx(-np.stack(back))


@pytest.mark.parametrize("seed", range(5))
def test_mix_and_rates_are_the_values_of_shapley(seed: int) -> None:
    """Where every member is there both times: the mean, over both orders, of what each cause moves."""
    rng = stream(seed, "shapley")
    shares = [rng.dirichlet(np.ones(4)) for _ in range(2)]
    rates = [rng.uniform(0, 1, 4) for _ in range(2)]
    mix, rate = mix_and_rates((shares[0] * rates[0], shares[1] * rates[1]), (shares[0], shares[1]))
    by_hand = sum(shares[1] @ at - shares[0] @ at for at in rates) / 2
    assert mix.sum() == pytest.approx(by_hand)
    assert rate == pytest.approx((shares[0] + shares[1]) / 2 * (rates[1] - rates[0]))


def test_nothing_below_has_no_rate() -> None:
    mix, rate = mix_and_rates((np.ones(2), np.ones(2)), (np.zeros(2), np.ones(2)))
    assert np.isnan([mix, rate]).all()
