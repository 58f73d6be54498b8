"""Does a change split into volume, mix and rates leave nothing over, and read the same backwards?"""

import numpy as np
import pytest

from arbitre.core.streams import stream
from arbitre.maths.evidence.change import decompose


def random_case(seed: int) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    rng = stream(seed, "change")
    units = tuple(rng.poisson(3.0, 6).astype(float) for _ in range(2))
    amounts = tuple(count[:, None] * rng.normal(5.0, 3.0, (6, 3)) for count in units)
    return (units[0], units[1]), (amounts[0], amounts[1])


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_left_over_in_any_class(seed: int) -> None:
    units, amounts = random_case(seed)
    split = decompose(units, amounts)
    told = split.volume + split.mix + split.rates.sum(axis=1)
    assert told == pytest.approx((amounts[1] - amounts[0]).sum(axis=1), abs=1e-9)


def test_backwards_every_part_changes_its_sign() -> None:
    units, amounts = random_case(3)
    one, two = decompose(units, amounts), decompose(units[::-1], amounts[::-1])
    for forwards, backwards in zip(one, two, strict=True):
        assert forwards == pytest.approx(-backwards)


def test_each_cause_alone_is_told_as_itself() -> None:
    before, worth = np.array([10.0, 30.0]), np.array([[5.0, -2.0], [2.0, -1.0]])
    more = decompose((before, 2 * before), (before[:, None] * worth, 2 * before[:, None] * worth))
    assert more.volume.sum() == pytest.approx(60.0)
    assert (more.mix.sum(), np.abs(more.rates).sum()) == pytest.approx((0.0, 0.0))
    other = np.array([30.0, 10.0])
    mixed = decompose((before, other), (before[:, None] * worth, other[:, None] * worth))
    assert (mixed.volume.sum(), mixed.mix.sum(), np.abs(mixed.rates).sum()) == pytest.approx((0.0, 40.0, 0.0))
    dear = worth + np.array([1.0, 0.0])
    dearer = decompose((before, before), (before[:, None] * worth, before[:, None] * dear))
    assert dearer.rates.sum(axis=0) == pytest.approx([40.0, 0.0])
    assert (dearer.volume.sum(), dearer.mix.sum()) == pytest.approx((0.0, 0.0))


def test_a_class_seen_once_changes_volume_and_mix_only() -> None:
    amounts = (np.array([[8.0], [0.0]]), np.array([[8.0], [30.0]]))
    split = decompose((np.array([4.0, 0.0]), np.array([4.0, 6.0])), amounts)
    assert split.rates.tolist() == [[0.0], [0.0]]
    assert split.volume.sum() + split.mix.sum() == pytest.approx(30.0)


def test_an_amount_without_units_is_not_lost() -> None:
    split = decompose((np.array([0.0]), np.array([0.0])), (np.array([[3.0]]), np.array([[10.0]])))
    assert split.volume.tolist() == [7.0]
