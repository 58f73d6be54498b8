"""Patience under censoring: a published remission trial, no censoring at all, and coverage."""

import numpy as np
import pytest

from arbitre.core.errors import UsageError
from arbitre.maths.work.patience import patience, still_patient

# E. J. Freireich et al., Blood 21 (1963) 699-716: weeks of remission under 6-MP, as in D. R. Cox and D. Oakes, 1984.
_WEEKS = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
_RELAPSED = [True] * 9 + [False] * 12


def test_the_remission_trial() -> None:
    """Shares 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448; rate 9/359 (Cox and Oakes, chapters 3 and 4)."""
    at, share, low, high = still_patient(_WEEKS, _RELAPSED)
    assert at.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert share == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=6e-4)
    assert (low[0], high[0]) == (pytest.approx(0.620, abs=1e-3), pytest.approx(0.952, abs=1e-3))
    found = patience(_WEEKS, _RELAPSED)
    assert (found.mean, found.left, found.waited) == (pytest.approx(359 / 9), 9, 21)
    assert 0.0 < found.largest_gap < 0.2


def test_without_censoring_it_is_the_share_still_there() -> None:
    at, share, _, high = still_patient([1.0, 2.0, 2.0, 5.0], [True] * 4)
    assert at.tolist() == [1.0, 2.0, 5.0]
    assert share == pytest.approx([0.75, 0.25, 0.0])
    assert high[-1] == 1.0


def test_the_mean_is_covered() -> None:
    """Patience 3 h, service after 1 h on average: three quarters are served first."""
    random = np.random.default_rng(4)
    covered = 0
    for _ in range(400):
        leaves, served = random.exponential(3.0, 200), random.exponential(1.0, 200)
        found = patience(np.minimum(leaves, served), leaves < served)
        covered += found.low <= 3.0 <= found.high
    assert 0.92 <= covered / 400 <= 0.98


def test_nobody_left() -> None:
    found = patience([1.0, 2.0], [False, False])
    assert found.mean == found.high == float("inf")
    assert 0.0 < found.low < 3.0
    with pytest.raises(UsageError):
        patience([], [])
