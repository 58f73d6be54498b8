"""Published fits of choice models, Kano's worked answers, and two theorems about menus."""

import numpy as np
import pytest

from arbitre.maths.market.choice import fit_logit
from arbitre.maths.market.choice_mixed import fit_mixed_logit
from arbitre.maths.market.kano import CLASSES, is_leading
from arbitre.maths.market.menus import best_menu
from benchmarks.choice_data import ELECTRICITY, electricity, swissmetro
from tests.choice_data import DATA, needs_data


@needs_data
def test_swissmetro_logit() -> None:
    """Bierlaire, A short introduction to Biogeme (2020), model b01logit: log likelihood and robust errors."""
    fit = fit_logit(swissmetro(DATA))
    assert fit.log_likelihood == pytest.approx(-5331.252, abs=1e-3)
    assert fit.null == pytest.approx(-6964.663, abs=1e-3)
    np.testing.assert_allclose(fit.coefficients, [-0.155, -0.701, -1.08, -1.28], atol=5e-3)
    np.testing.assert_allclose(fit.errors, [0.0582, 0.0826, 0.0682, 0.104], rtol=5e-3)


@needs_data
def test_electricity_logit() -> None:
    fit = fit_logit(electricity(DATA))
    assert fit.log_likelihood == pytest.approx(-4958.649, abs=1e-3)
    np.testing.assert_allclose(fit.coefficients, [-0.625, -0.108, 1.442, 0.996, -5.463, -5.840], atol=5e-4)


@needs_data
def test_electricity_mixed_logit() -> None:
    """Six independent normals, 600 draws: as xlogit publishes them (Arteaga et al. 2022)."""
    fit = fit_mixed_logit(electricity(DATA), dict.fromkeys(ELECTRICITY, "normal"), draws=600)
    assert fit.log_likelihood == pytest.approx(-3888.4, abs=15)
    published = np.array([-0.220, 2.290, 1.694, -9.675, -9.696]) / 0.997
    np.testing.assert_allclose(-fit.mean[1:] / fit.mean[0], published, rtol=0.05)


@pytest.mark.parametrize(("a", "o", "m", "i", "better", "worse"), [
    (7.0, 33.0, 49.0, 10.0, 0.40, -0.83), (10.4, 45.1, 30.5, 11.5, 0.57, -0.78), (63.8, 21.6, 2.9, 8.5, 0.88, -0.25),
])
def test_better_and_worse_of_skis(a: float, o: float, m: float, i: float, better: float, worse: float) -> None:
    """Sauerwein, Bailom, Matzler & Hinterhuber 1996: edge grip, ease of turn, service (per cent of answers)."""
    total = a + o + m + i
    assert (a + o) / total == pytest.approx(better, abs=0.006)
    assert -(o + m) / total == pytest.approx(worse, abs=0.006)


def test_fong() -> None:
    """|a - b| > 1.65 sqrt((a + b)(2 n - a - b) / (2 n)) at 90 % (Fong 1996): 33 against 49 of 100 are not apart."""
    counts = np.zeros(len(CLASSES))
    counts[:4] = [49, 33, 8, 10]
    assert 1.645 * np.sqrt(82 * 118 / 200) == pytest.approx(11.44, abs=0.01)
    assert is_leading(counts, 0.90)
    counts[:4] = [44, 33, 13, 10]
    assert not is_leading(counts, 0.90)


@pytest.mark.parametrize("seed", range(40))
def test_the_best_menu_of_one_segment_holds_the_largest_margins(seed: int) -> None:
    """Talluri & van Ryzin 2004, proposition 6."""
    rng = np.random.default_rng(seed)
    utilities, margins = rng.normal(0, 2, 8), rng.uniform(0.1, 10, 8)
    held, _ = best_menu(utilities[None, :], margins, [1.0])
    assert margins[held].min() >= margins[~held].max(initial=0.0)
