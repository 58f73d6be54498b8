"""Methods for intermittent demand: published formulas, other people's numbers, brute force, by hand."""

import numpy as np
import pytest

from arbitre.maths.stock.intermittent import (
    CROSTON,
    MEAN,
    METHODS,
    MOVING,
    SBA,
    SEASONAL,
    SES,
    TSB,
    forecast_share_of_variance,
    patterns,
    running_forecast,
)

HISTORIES = [[0, 0, 3, 0, 1, 0, 0, 0, 5, 2, 0, 0, 1, 0, 0, 4], [2, 1, 0, 3, 2, 2, 0, 1, 4, 2, 3, 1],
             [0, 0, 0, 0, 0, 7, 0, 0, 0, 0], [1.5, 0, 2.5, 0, 0, 40]]
# statsforecast 2.1.1 on these histories: SimpleExponentialSmoothing(.1), CrostonClassic (.1), CrostonSBA (.1),
# TSB(.1, .1), SimpleExponentialSmoothing(.3), TSB(.3, .3).
STATSFORECAST = [
    [0.9259736844588703, 1.002913587015735, 0.9527679076649482, 0.9436033086512812, 1.51167284116563,
     1.3183896430061408],
    [1.8827867791900006, 1.8635701490037593, 1.7703916415535712, 1.8720591859223432, 1.9275359813299997,
     1.9229274687495177],
    [0.4592700000000002, 1.1666666666666667, 1.1083333333333334, 0.4592700000000001, 0.5042099999999999,
     0.5042099999999998],
    [5.067985, 4.217054263565892, 4.006201550387597, 4.152841600000001, 12.509355, 7.571062199999999],
]
ASKED = [(SES, 0.1), (CROSTON, 0.1), (SBA, 0.1), (TSB, 0.1), (SES, 0.3), (TSB, 0.3)]


def forecasts(method: int, history: list[float], alpha: float = 0.1, season: int = 12, horizon: int = 1,
              warm: bool = True) -> np.ndarray:
    found = np.full(len(history) + 1, np.nan)
    running_forecast(method, np.array(history, float), alpha, season, horizon, found, warm)
    return found


@pytest.mark.parametrize(("history", "expected"), list(zip(HISTORIES, STATSFORECAST, strict=True)))
def test_the_textbook_start_gives_what_statsforecast_gives(history: list[float], expected: list[float]) -> None:
    found = [forecasts(method, history, alpha, warm=False)[-1] for method, alpha in ASKED]
    assert found == pytest.approx(expected, rel=1e-13)


def test_croston_by_hand() -> None:
    """4 after 2 periods, 2 after 3 more, alpha 0.5: sizes 4, 3; intervals 2, 2.5."""
    found = forecasts(CROSTON, [0, 4, 0, 0, 2, 0], 0.5)
    assert found.tolist() == pytest.approx([0, 0, 2, 2, 2, 3 / 2.5, 3 / 2.5])
    assert forecasts(SBA, [0, 4, 0, 0, 2, 0], 0.5) == pytest.approx(0.75 * found)


def test_tsb_fades_when_demand_dies_and_croston_does_not() -> None:
    history = [3, 0, 3, 0, 3] + [0] * 20
    tsb, croston = forecasts(TSB, history, 0.2), forecasts(CROSTON, history, 0.2)
    assert tsb[-1] == pytest.approx(tsb[5] * 0.8**20)
    assert croston[-1] == croston[5]


@pytest.mark.parametrize("method", [SES, TSB])
def test_a_warm_start_is_the_mean_of_what_was_seen(method: int) -> None:
    """A small alpha weighs the k-th value 1/k for 1/alpha periods; for TSB mean chance times mean size is the mean."""
    history = [0, 4, 0, 2, 0, 0, 6, 1]
    assert forecasts(method, history, 0.01)[1:] == pytest.approx(
        [np.mean(history[: t + 1]) for t in range(len(history))])


def test_means() -> None:
    history = [3, 0, 6, 1, 2]
    assert forecasts(MEAN, history).tolist() == pytest.approx([0, 3, 1.5, 3, 2.5, 2.4])
    assert forecasts(MOVING, history, season=2).tolist() == pytest.approx([0, 3, 1.5, 3, 3.5, 1.5])


def test_every_running_forecast_is_the_forecast_of_the_history_so_far() -> None:
    history = HISTORIES[0] * 3
    for method in range(len(METHODS)):
        whole = forecasts(method, history, season=4, horizon=3)
        for t in range(len(history)):
            assert forecasts(method, history[:t], season=4, horizon=3)[-1] == whole[t], METHODS[method]


def season_by_hand(history: list[float], alpha: float, season: int, horizon: int) -> float:
    """The formula of the docstring, one period at a time."""
    def usual(place: int, seen: list[float]) -> float:
        if len(seen) < 2 * season:
            return 0.0
        there = seen[place % season::season]
        return (sum(there) - len(there) * sum(seen) / len(seen)) / (len(there) + 1)

    level = 0.0
    for t, units in enumerate(history):
        level += max(alpha, 1 / (t + 1)) * (units - usual(t, history[:t]) - level)
    coming = [usual(len(history) + ahead, history) for ahead in range(horizon)]
    return max(level + sum(coming) / horizon, 0.0)


@pytest.mark.parametrize("horizon", [1, 3, 7])
def test_seasonal_as_by_brute_force(horizon: int) -> None:
    history = np.random.default_rng(3).poisson([1, 5, 9, 2] * 7).astype(float).tolist()
    for seen in (3, 7, 8, 9, 22, 28):
        expected = season_by_hand(history[:seen], 0.1, 4, horizon)
        assert forecasts(SEASONAL, history[:seen], 0.1, 4, horizon)[-1] == pytest.approx(expected)


def test_a_season_is_learnt() -> None:
    """After eight years of 0, 0, 12 the next period, a nought, is nearer to 0 than to the mean of 4."""
    assert forecasts(SEASONAL, [0, 0, 12] * 8, 0.05, season=3)[-1] < 1.0
    assert forecasts(SEASONAL, [0, 0, 12] * 8, 0.05, season=3, horizon=3)[-1] == pytest.approx(4.0, rel=0.1)


@pytest.mark.parametrize("method", range(len(METHODS)))
def test_nothing_seen_nothing_expected(method: int) -> None:
    assert forecasts(method, []).tolist() == [0.0]
    assert forecasts(method, [0.0] * 40).tolist() == [0.0] * 41


def test_the_variance_of_a_forecast_of_demand_at_random() -> None:
    """SES on 4,000 histories of 120 independent periods: alpha/(2 - alpha) of one period's variance."""
    demand = np.random.default_rng(5).poisson(3.0, (4000, 120)).astype(float)
    last = [forecasts(SES, row.tolist(), 0.2)[-1] for row in demand]
    assert np.var(last) / 3.0 == pytest.approx(forecast_share_of_variance(SES, 0.2, 12, 120, 120), rel=0.06)
    assert forecast_share_of_variance(MEAN, 0.2, 12, 40, 7) == 1 / 40
    assert forecast_share_of_variance(MOVING, 0.2, 12, 40, 7) == 1 / 12
    assert forecast_share_of_variance(CROSTON, 0.2, 12, 40, 20) == pytest.approx(0.2 / 1.8 / 2)
    assert forecast_share_of_variance(SES, 0.01, 12, 4, 4) == 1 / 4


def test_patterns() -> None:
    demand = np.zeros((6, 12))
    demand[0] = 5
    demand[1, :] = [1, 20] * 6
    demand[2, ::3] = 2
    demand[3, ::3] = [1, 30, 1, 1]
    demand[4, 7] = 9
    assert patterns(demand).tolist() == ["smooth", "erratic", "intermittent", "lumpy", "single", "none"]
