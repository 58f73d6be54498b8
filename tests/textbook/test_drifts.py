"""Published numbers: run lengths of cumulative sums, trends, agreement, false discoveries, the beta law."""

from statistics import NormalDist

import numpy as np
import pytest

from arbitre.maths.evidence.association import cramers_v, effective_number
from arbitre.maths.evidence.beta import chance_below, chance_of_missing, incomplete_beta
from arbitre.maths.evidence.cusum import run_length
from arbitre.maths.evidence.discoveries import adjusted
from arbitre.maths.evidence.trends import cochran_armitage, kendall_tau, mann_kendall


@pytest.mark.parametrize(("limit", "shift", "published"), [
    (4.0, 0.0, 336.0), (5.0, 0.0, 930.0), (4.0, 1.0, 8.38), (5.0, 1.0, 10.4), (4.0, 0.5, 26.6), (5.0, 0.5, 38.0),
])
def test_run_lengths_of_a_normal_mean(limit: float, shift: float, published: float) -> None:
    """Lucas and Crosier, Technometrics 24, 1982, table 1 (twice 168 and 465 where both sides may alarm); k = 0.5."""
    edges = np.linspace(-7.0, 7.0, 1_401)
    law = NormalDist()
    chances = np.diff([law.cdf(edge) for edge in edges])
    middles = (edges[1:] + edges[:-1]) / 2.0
    found = run_length(middles + shift - 0.5, chances / chances.sum(), limit)
    assert found == pytest.approx(published, rel=0.01)


def test_the_first_case_on_false_discoveries() -> None:
    """Benjamini and Hochberg 1995, section 3.1: of fifteen hypotheses, the first four are rejected at 5 %."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
         1.0]
    found = adjusted(p)
    assert (found <= 0.05).sum() == 4
    assert found[:4] == pytest.approx([0.0015, 0.003, 0.0095, 0.035625])
    shuffled = np.random.default_rng(1).permutation(15)
    assert adjusted(np.array(p)[shuffled]) == pytest.approx(found[shuffled])


def test_smokers_by_study() -> None:
    """Fleiss 1981, p. 139, as R's prop.trend.test tells it: chi-squared 8.2249, p = 0.004132."""
    trend = cochran_armitage([83, 90, 129, 70], [86, 93, 136, 82])
    assert trend.z**2 == pytest.approx(8.2249, abs=5e-5)
    assert 2.0 * (1.0 - trend.p_rise) == pytest.approx(0.004132, abs=5e-7)


def test_tuna() -> None:
    """Hollander and Wolfe 1973, p. 185: tau = 4/9 between lightness and quality of canned tuna."""
    lightness = [44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1]
    quality = [2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8]
    assert kendall_tau(lightness, quality) == pytest.approx(4 / 9)


def test_a_series_that_always_rises() -> None:
    """Hundred rising values: S = 4950, variance 112 750, z = 14.7387 (Kendall 1975, with continuity)."""
    assert mann_kendall(np.arange(100)).z == pytest.approx(14.73869998)
    assert mann_kendall(np.arange(100)[::-1]).z == pytest.approx(-14.73869998)
    ties = [1, 1, 2, 2, 3]  # S = 8 of 10 pairs; variance (5x4x15 - 2 x 2x1x9)/18
    assert mann_kendall(ties).z == pytest.approx(7.0 / np.sqrt((300 - 36) / 18))


def test_a_beta_law_of_whole_numbers_is_a_sum_of_binomials() -> None:
    """Abramowitz and Stegun 26.5.7: I_x(a, n - a + 1) is the chance of a successes or more of n."""
    from_above = sum(_choose(20, k) * 0.3**k * 0.7 ** (20 - k) for k in range(7, 21))
    assert incomplete_beta(0.3, 7.0, 14.0) == pytest.approx(from_above, rel=1e-12)
    assert chance_below(0.5, 50.0, 100.0) == pytest.approx(0.5)


def test_a_promise_of_twenty_lines_a_month() -> None:
    """A known share is the limit of many cases: at a true 96 %, 95 % of 20 lines is missed in 19 % of the months."""
    binomial = sum(_choose(20, k) * 0.96**k * 0.04 ** (20 - k) for k in range(19))
    assert binomial == pytest.approx(0.19, abs=0.005)
    assert chance_of_missing(0.95, 0.96e7, 1e7, 20) == pytest.approx(binomial, rel=1e-4)


def test_association_and_diversity() -> None:
    assert cramers_v([[30, 0], [0, 30]]) == pytest.approx(1.0, abs=1e-12)
    assert cramers_v([[15, 15], [15, 15]]) == 0.0
    # By hand: chi² = 20 x 0.16, phi² = 0.16 corrected by 1/19, over r~ - 1 = 1 - 1/19.
    assert cramers_v([[7, 3], [3, 7]]) == pytest.approx(np.sqrt((0.16 - 1 / 19) / (1 - 1 / 19)))
    assert np.isnan(cramers_v([[3, 4]]))
    assert effective_number([5, 5, 5, 5, 0]) == pytest.approx(4.0)
    assert effective_number([]) == 0.0


def _choose(n: int, k: int) -> float:
    return float(np.prod([(n - k + i) / i for i in range(1, k + 1)]))
