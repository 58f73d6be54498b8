"""Laws of duration: scores beside their definition, the right law chosen, and what little data says."""

import numpy as np
import pytest

from arbitre.core.errors import UsageError
from arbitre.maths.work.duration_laws import KINDS, DurationLaw, choose_law, fitted

LAWS = (
    DurationLaw("constant", 2.0), DurationLaw("exponential", 1.5, 1.0), DurationLaw("erlang", 2.0, 0.5, 4),
    DurationLaw("lognormal", 3.0, 0.8), DurationLaw("observed", 2.0, 0.5, values=(1.0, 1.0, 4.0)),
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.kind)
@pytest.mark.parametrize("y", [0.0, 0.7, 2.0, 6.0])
def test_the_score_is_the_integral_it_stands_for(law: DurationLaw, y: float) -> None:
    """CRPS = integral of (F(x) - [x >= y])², by the midpoint rule."""
    width = 1e-3
    x = np.arange(0.0, 120.0, width) + width / 2
    integral = float(((law.below(x) - (x >= y)) ** 2).sum() * width)
    assert law.score(np.array([y]))[0] == pytest.approx(integral, abs=2e-3)


def test_the_published_score_of_an_exponential_law() -> None:
    """y - 2 m (1 - exp(-y/m)) + m/2 (Gneiting and Raftery's CRPS of the exponential, as in R's scoringRules)."""
    y = np.array([0.0, 0.4, 3.0])
    assert DurationLaw("exponential", 2.0, 1.0).score(y) == pytest.approx(y - 4.0 * (1 - np.exp(-y / 2.0)) + 1.0)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.kind)
def test_shares_rise_from_nought_to_one(law: DurationLaw) -> None:
    share = law.below(np.array([-1.0, 0.0, 0.5, 2.0, 50.0, 1e9]))
    assert (np.diff(share) >= 0.0).all()
    assert (share[0], share[-1]) == (0.0, 1.0)


def _samples(random: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    return {
        "constant": np.full(n, 0.25),
        "exponential": random.exponential(2.0, n),
        "erlang": random.gamma(3.0, 0.5, n),
        "lognormal": random.lognormal(0.0, 0.6, n),
        "observed": np.where(random.random(n) < 0.3, random.gamma(50.0, 0.02, n), random.gamma(50.0, 0.1, n)),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_law_is_found_from_two_thousand(kind: str) -> None:
    """Thirty samples of 2,000: right in at least 29."""
    random = np.random.default_rng(11)
    found = [choose_law(_samples(random, 2000)[kind]).law for _ in range(30)]
    assert sum(law.kind == kind for law in found) >= 29
    if kind == "erlang":
        assert sum(law.stages == 3 for law in found) >= 29


def test_the_mean_is_that_of_what_was_seen() -> None:
    random = np.random.default_rng(2)
    for kind, seen in _samples(random, 2000).items():
        assert choose_law(seen).law.mean == pytest.approx(seen.mean(), rel=0.02), kind
        assert fitted("observed", seen).mean == pytest.approx(seen.mean())


def test_the_gap_shrinks_only_for_the_right_law() -> None:
    random = np.random.default_rng(5)
    assert choose_law(random.exponential(1.0, 20_000)).largest_gap < 0.02
    assert choose_law(random.normal(10.0, 0.001, 20_000) * random.choice([1.0, 2.0], 20_000)).law.kind == "observed"


def test_minutes_noughts_and_few_values() -> None:
    random = np.random.default_rng(6)
    rounded = np.round(random.exponential(60.0, 3000)) / 60
    assert choose_law(rounded).law.kind == "exponential"
    assert choose_law([0.0] * 50).law == DurationLaw("constant", 0.0)
    assert choose_law([1.0, 2.0]).law == DurationLaw("exponential", 1.5, 1.0)
    for wrong in ([], [-1.0, 2.0], [float("nan")]):
        with pytest.raises(UsageError):
            choose_law(wrong)
