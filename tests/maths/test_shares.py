"""The Wilson interval against published numbers, against its definition, and its laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitre.core.errors import UsageError
from arbitre.maths.evidence.shares import share, wilson

COUNTS = st.integers(1, 100_000).flatmap(lambda cases: st.tuples(st.integers(0, cases), st.just(cases)))
CONFIDENCES = st.floats(0.5, 0.999)


# R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998) 857-872,
# table I, method 3 (score method without continuity correction).
@pytest.mark.parametrize(
    ("kept", "cases", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_newcombe_1998(kept: int, cases: int, low: float, high: float) -> None:
    assert np.round(wilson(kept, cases), 4).tolist() == [low, high]


def test_boston_potholes() -> None:
    """155 of 210 potholes mended by the date promised: 73.8 %, 67.5 to 79.3."""
    low, high = wilson(155, 210)
    assert (round(155 / 210, 3), round(float(low), 3), round(float(high), 3)) == (0.738, 0.675, 0.793)


def test_nothing_known_without_cases() -> None:
    low, high = wilson([0, 3], [0, 3])
    assert (low[0], high[0]) == (0.0, 1.0)
    assert np.isnan(share([0], [0])[0])
    assert high[1] == 1.0


@pytest.mark.parametrize(("kept", "cases"), [(3, 2), (-1, 2), (0, -1), (math.nan, 2), (1, math.inf)])
def test_counts_that_cannot_be_are_refused(kept: float, cases: float) -> None:
    with pytest.raises(UsageError, match="0 <= kept <= cases"):
        wilson(kept, cases)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_a_confidence_is_a_share(confidence: float) -> None:
    with pytest.raises(UsageError, match=r"write 0\.95"):
        wilson(1, 2, confidence)


@given(COUNTS, CONFIDENCES)
def test_ends_solve_the_score_equation(counts: tuple[int, int], confidence: float) -> None:
    """At an end p the share is exactly z standard deviations of p away: (f - p)² n = z² p (1 - p)."""
    kept, cases = counts
    z = float(wilson(0, 1, confidence)[1])  # of one case, none kept: z² / (1 + z²)
    z_squared = z / (1.0 - z)
    for end in map(float, wilson(kept, cases, confidence)):
        assert (kept / cases - end) ** 2 * cases == pytest.approx(z_squared * end * (1 - end), rel=1e-6, abs=1e-9)


@given(COUNTS, CONFIDENCES)
def test_holds_the_share_within_0_and_1(counts: tuple[int, int], confidence: float) -> None:
    kept, cases = counts
    low, high = wilson(kept, cases, confidence)
    assert 0.0 <= low <= kept / cases <= high <= 1.0
    assert low < high


@given(COUNTS, CONFIDENCES)
def test_kept_and_missed_mirror_each_other(counts: tuple[int, int], confidence: float) -> None:
    kept, cases = counts
    low, high = wilson(kept, cases, confidence)
    other_low, other_high = wilson(cases - kept, cases, confidence)
    assert (other_low, other_high) == (pytest.approx(1 - high, abs=1e-12), pytest.approx(1 - low, abs=1e-12))


@given(COUNTS)
def test_more_of_the_same_narrows_and_more_confidence_widens(counts: tuple[int, int]) -> None:
    kept, cases = counts
    low, high = wilson(kept, cases)
    low_more, high_more = wilson(4 * kept, 4 * cases)
    low_sure, high_sure = wilson(kept, cases, 0.99)
    assert high_more - low_more < high - low
    assert low_sure <= low
    assert high_sure >= high


@given(st.lists(COUNTS, min_size=1, max_size=20))
def test_many_at_once_as_one_by_one(counts: list[tuple[int, int]]) -> None:
    kept, cases = zip(*counts, strict=True)
    low, high = wilson(kept, cases)
    assert [(float(a), float(b)) for a, b in zip(low, high, strict=True)] == [
        tuple(map(float, wilson(*pair))) for pair in counts
    ]
