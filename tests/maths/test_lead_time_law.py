"""The law of demand over a lead time: by brute force, against exact sums, by simulation."""

from statistics import NormalDist

import numpy as np
import pytest

from arbitre.maths.stock.intermittent import MEAN, METHODS, SES, forecast_share_of_variance, running_forecast
from arbitre.maths.stock.inventory import pipeline_pmf
from arbitre.maths.stock.lead_time_law import (
    PRIOR_WINDOWS,
    block_laws,
    fitted_laws,
    fitted_levels,
    fitted_quantile,
    lead_time_variance,
    smoothing_errors,
    willemain_laws,
)

LUMPY = np.random.default_rng(2).poisson(0.4, 40) * np.random.default_rng(3).integers(1, 6, 40).astype(float)


def quantile(mean: float, variance: float, share: float) -> float:
    return fitted_quantile(mean, variance, share, NormalDist().inv_cdf(share))


def variance_by_hand(method: int, alpha: float, demand: np.ndarray, horizon: int, origin: int) -> float:
    one, ahead = np.empty(len(demand) + 1), np.empty(len(demand) + 1)
    running_forecast(method, demand, alpha, 12, 1, one)
    running_forecast(method, demand, alpha, 12, horizon, ahead)

    def share(t: int) -> float:
        return forecast_share_of_variance(method, alpha, 12, t, int((demand[:t] > 0).sum()))

    single = np.mean([(demand[t] - one[t]) ** 2 / (1 + share(t)) for t in range(2, origin)])
    windows = [(demand[t: t + horizon].sum() - horizon * ahead[t]) ** 2 / (horizon * (1 + horizon * share(t)))
               for t in range(2, origin - horizon + 1)]
    apart = len(windows) / horizon
    joined = (PRIOR_WINDOWS * single + apart * (np.mean(windows) if windows else 0.0)) / (PRIOR_WINDOWS + apart)
    return horizon * (1 + horizon * share(origin)) * joined


@pytest.mark.parametrize("method", range(len(METHODS)))
@pytest.mark.parametrize(("horizon", "origin"), [(1, 40), (3, 40), (5, 20), (12, 13), (30, 25)])
def test_the_variance_as_by_brute_force(method: int, horizon: int, origin: int) -> None:
    one, ahead = np.empty(41), np.empty(41)
    running_forecast(method, LUMPY, 0.1, 12, 1, one)
    running_forecast(method, LUMPY, 0.1, 12, horizon, ahead)
    found = lead_time_variance(method, 0.1, 12, LUMPY, one, ahead, horizon, origin)
    expected = variance_by_hand(method, 0.1, LUMPY, horizon, origin)
    assert found == pytest.approx(expected)
    means, variances = fitted_laws(method, np.full(1, 0.1), LUMPY[None], 12, np.array([horizon]), np.array([[origin]]))
    assert means[0, 0] == horizon * ahead[origin]
    assert variances[0, 0] == max(found, means[0, 0])
    errors = smoothing_errors(method, LUMPY[None], 12, np.array([horizon]), np.array([origin]), np.array([0.1, 0.3]))
    assert errors[0, 0] == pytest.approx(found)
    assert errors[0, 1] == pytest.approx(variance_by_hand(method, 0.3, LUMPY, horizon, origin))


def test_the_law_covers_what_it_says_of_demand_at_random() -> None:
    """The mean of 30 periods of Poisson demand, 6 ahead: the 90 % level covers 90 % of them, its own error included."""
    demand = np.random.default_rng(11).poisson(40.0, (3000, 36)).astype(float)
    horizon, origins = np.full(3000, 6), np.full((3000, 1), 30)
    means, variances = fitted_laws(MEAN, np.zeros(3000), demand, 12, horizon, origins)
    levels = fitted_levels(means, variances, 0.9)[:, 0]
    came = demand[:, 30:].sum(axis=1)
    assert np.mean(came <= levels) == pytest.approx(0.9, abs=0.015)


@pytest.mark.parametrize(("mean", "variance"), [(0.05, 0.05), (0.3, 2.0), (4.0, 4.0), (20.0, 90.0), (250.0, 4000.0)])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95, 0.999])
def test_the_quantile_is_the_first_level_whose_sum_reaches_the_share(mean: float, variance: float, share: float
                                                                     ) -> None:
    below = pipeline_pmf(mean, variance, 1500).cumsum()
    assert quantile(mean, variance, share) == np.argmax(below >= share)


@pytest.mark.parametrize("variance", [800.0, 5000.0, 60_000.0, 900_000.0])
@pytest.mark.parametrize("share", [0.05, 0.95, 0.999])
def test_a_quantile_of_many_units_is_near_the_exact_one(variance: float, share: float) -> None:
    exact = np.argmax(pipeline_pmf(800.0, variance, 20_000).cumsum() >= share)
    assert abs(quantile(800.0, variance, share) - exact) <= max(3.0, 0.01 * exact)


def test_a_quantile_of_millions_does_not_walk() -> None:
    assert quantile(4e6, 4e6, 0.95) == pytest.approx(4e6 + 1.645 * 2000, rel=1e-5)
    assert quantile(4e6, 16e12, 0.95) == pytest.approx(4e6 * 2.9957, rel=0.02)  # exponential: - ln 0.05


def test_no_mean_no_level() -> None:
    assert quantile(0.0, 0.0, 0.99) == 0.0
    assert np.isnan(fitted_levels(np.array([[np.nan]]), np.array([[np.nan]]), 0.9)[0, 0])


def test_blocks_as_by_brute_force() -> None:
    horizon, origins = np.array([3, 7]), np.array([[10, 3, 40], [6, 20, -1]])
    laws = block_laws(np.stack([LUMPY, LUMPY[::-1]]), horizon, origins, 0.8)
    for item, demand in enumerate((LUMPY, LUMPY[::-1])):
        for number, origin in enumerate(origins[item]):
            sums = [demand[t: t + horizon[item]].sum() for t in range(origin - horizon[item] + 1)]
            found = [law[item, number] for law in laws]
            if not sums:
                assert np.isnan(found).all()
                continue
            level = next(value for value in sorted(sums) if np.mean(np.array(sums) <= value) >= 0.8 - 1e-12)
            assert found == pytest.approx([np.mean(sums), np.var(sums), level])


def test_willemain_draws_what_the_chain_and_the_sizes_say() -> None:
    """Demand of 9 every other period: certain after a nought, never after a demand; the jitter is near 9 and adds 1/2.

    1 + int(x) is x + 1/2 on average. From the last period, a demand, three more hold one demand.
    """
    demand = np.tile([0.0, 9.0], 15)[None]
    random = np.random.default_rng(1)
    tables = random.random((5, 4000)), random.random((5, 4000)), random.standard_normal((5, 4000))
    mean, variance, level = willemain_laws(demand, np.array([3]), np.array([[30]]), 0.95, *tables)
    assert mean[0, 0] == pytest.approx(9.5, abs=0.15)
    assert variance[0, 0] == pytest.approx(9.0, rel=0.1)
    assert level[0, 0] in (14.0, 15.0)
    nothing = willemain_laws(np.zeros((1, 30)), np.array([3]), np.array([[30]]), 0.95, *tables)
    assert [float(law[0, 0]) for law in nothing] == [0.0, 0.0, 0.0]


def test_an_item_answers_alone() -> None:
    demand = np.stack([LUMPY, LUMPY * 2, LUMPY[::-1]])
    horizon, origins = np.array([2, 3, 4]), np.tile([20, 40], (3, 1))
    random = np.random.default_rng(1)
    tables = random.random((4, 50)), random.random((4, 50)), random.standard_normal((4, 50))
    together = willemain_laws(demand, horizon, origins, 0.9, *tables)
    alone = willemain_laws(demand[1:2], horizon[1:2], origins[1:2], 0.9, *(table[:3] for table in tables))
    assert all((whole[1] == one[0]).all() for whole, one in zip(together, alone, strict=True))
    fitted = fitted_laws(SES, np.full(3, 0.1), demand, 12, horizon, origins)
    single = fitted_laws(SES, np.full(1, 0.1), demand[1:2], 12, horizon[1:2], origins[1:2])
    assert all((whole[1] == one[0]).all() for whole, one in zip(fitted, single, strict=True))
