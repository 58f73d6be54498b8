"""Are scores cut where trying every pair of cuts leaves the least spread?"""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitre.maths.evidence.natural_breaks import two_cuts


@given(st.lists(st.integers(0, 30), min_size=3, max_size=25))
def test_no_pair_of_cuts_leaves_less_spread(scores: list[int]) -> None:
    known = np.array(scores, dtype=float)
    values = np.unique(known)
    low, high = two_cuts(known)
    if len(values) < 3:
        assert (low, high) == (np.inf, np.inf)
        return

    def spread(first: float, second: float) -> float:
        groups = (known[known < first], known[(known >= first) & (known < second)], known[known >= second])
        return sum(((group - group.mean()) ** 2).sum() for group in groups)

    assert spread(low, high) == pytest.approx(min(spread(*pair) for pair in itertools.combinations(values[1:], 2)))


def test_scores_without_gaps_are_cut_in_thirds_and_gaps_are_found() -> None:
    assert two_cuts(np.linspace(0.0, 1.0, 10_000)) == pytest.approx((1 / 3, 2 / 3), abs=0.01)
    luck = np.random.default_rng(1)
    parted = np.concatenate([luck.normal(at, 0.1, many) for at, many in ((0.0, 3000), (1.0, 500), (2.0, 800))])
    cuts = two_cuts(np.append(parted, np.nan))
    assert (np.searchsorted(cuts, parted, side="right") == np.repeat([0, 1, 2], [3000, 500, 800])).mean() > 0.99


def test_scores_of_which_many_are_equal_leave_no_group_empty() -> None:
    """Places between equal scores hold none: a cut there would leave a group of nobody."""
    luck = np.random.default_rng(2)
    for many in (300, 700, 2_000):
        spread, low = luck.uniform(0.0, 1.0, many), 0.5 * luck.integers(1, 3, many)
        scores = np.concatenate([spread, low, luck.normal(4.0, 0.1, many)])
        places = np.unique(np.quantile(scores, np.linspace(0.0, 1.0, 65)[1:-1], method="lower"))
        tried = [spread_within(scores, *pair) for pair in itertools.combinations(places, 2)]
        assert spread_within(scores, *two_cuts(scores)) <= 1.05 * np.nanmin(tried)


def spread_within(scores: np.ndarray, low: float, high: float) -> float:
    """Nan where a group holds nobody."""
    groups = np.searchsorted([low, high], scores, side="right")
    if len(np.unique(groups)) < 3:
        return np.nan
    return sum(float(((scores[groups == group] - scores[groups == group].mean()) ** 2).sum()) for group in range(3))
