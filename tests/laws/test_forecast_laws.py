"""Laws that forecasts obey whatever the numbers."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from arbitre.capability import silent
from arbitre.forecast import demand
from arbitre.forecast.demand import Params
from arbitre.maths.stock.intermittent import CROSTON, MEAN, METHODS, MOVING, SBA, SES, TSB, patterns, running_forecast
from arbitre.maths.stock.lead_time_law import block_laws, fitted_laws, fitted_levels
from arbitre.tables.chain import Chain
from arbitre.tables.settings import Settings

law = settings(derandomize=True, deadline=None, max_examples=40)
slow_law = settings(derandomize=True, deadline=None, max_examples=8)
histories = st.lists(st.integers(0, 9).map(float), min_size=1, max_size=60)
alphas = st.sampled_from([0.02, 0.1, 0.3, 1.0])
methods = st.sampled_from(range(len(METHODS)))


def forecast(method: int, history: list[float], alpha: float, horizon: int = 3, warm: bool = True) -> np.ndarray:
    found = np.empty(len(history) + 1)
    running_forecast(method, np.array(history), alpha, 12, horizon, found, warm)
    return found


@law
@given(methods, histories, alphas, st.sampled_from([0.001, 0.5, 7.0, 1e6]), st.booleans())
def test_k_times_the_units_are_k_times_the_forecast(method: int, history: list[float], alpha: float, k: float,
                                                    warm: bool) -> None:
    once, more = forecast(method, history, alpha, warm=warm), forecast(method, [k * y for y in history], alpha,
                                                                       warm=warm)
    np.testing.assert_allclose(more, k * once, rtol=1e-9, atol=1e-9 * k)


@law
@given(methods, histories, alphas, st.integers(1, 20), st.sampled_from([2.0, 50.0]))
def test_k_times_the_units_spread_k_times_as_far(method: int, history: list[float], alpha: float, horizon: int,
                                                 k: float) -> None:
    units = np.array([history, [k * y for y in history]])
    given_ = np.full(2, alpha), units, 12, np.full(2, horizon), np.full((2, 1), len(history))
    means, variances = fitted_laws(method, *given_)
    # A variance is never below its mean, which is a law of counts and does not scale.
    scaled = variances[:, 0] > means[:, 0]
    if scaled.all():
        np.testing.assert_allclose(variances[1, 0], k * k * variances[0, 0], rtol=1e-9)
    assert (variances >= means).all()
    blocks = block_laws(units, np.full(2, horizon), np.full((2, 1), len(history)), 0.9)
    np.testing.assert_allclose(blocks[0][1], k * blocks[0][0])
    np.testing.assert_allclose(blocks[2][1], k * blocks[2][0])
    assert patterns(units)[0] == patterns(units)[1]


@law
@given(st.sampled_from([MEAN, MOVING, SES, CROSTON, TSB]), st.floats(0.01, 1e6), st.integers(1, 70), alphas)
def test_a_constant_demand_is_forecast_as_it_is(method: int, level: float, periods: int, alpha: float) -> None:
    np.testing.assert_allclose(forecast(method, [level] * periods, alpha)[1:], level, rtol=1e-9)
    np.testing.assert_allclose(forecast(SBA, [level] * periods, alpha)[1:], level * (1 - alpha / 2), rtol=1e-9)


@law
@given(methods, histories, alphas)
def test_a_forecast_stays_within_what_was_seen(method: int, history: list[float], alpha: float) -> None:
    found = forecast(method, history, alpha)
    assert (found >= 0.0).all()
    if METHODS[method] != "seasonal":
        assert (found <= max(history) + 1e-9).all()


@law
@given(st.floats(0.0, 500.0), st.floats(1.0, 30.0), st.floats(0.02, 0.97))
def test_more_chance_asks_for_no_less(mean: float, dispersion: float, share: float) -> None:
    law_ = np.array([[mean]]), np.array([[mean * dispersion]])
    assert fitted_levels(*law_, share)[0, 0] <= fitted_levels(*law_, share + 0.02)[0, 0]


asks = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y"]), st.integers(0, 900),
                          st.integers(1, 9)), min_size=3, max_size=25)


def chain_of(rows: list[tuple[str, str, int, int]], k: float = 1.0) -> Chain:
    cases = pl.DataFrame({
        "case": [f"c{number}" for number in range(len(rows))], "item": [row[0] for row in rows],
        "site": [row[1] for row in rows], "quantity": [k * row[3] for row in rows],
        "opened_at": [datetime(2022, 1, 1, 12) + timedelta(days=row[2]) for row in rows],
    }).with_columns(kind=pl.lit("order"))
    items = pl.DataFrame({"item": ["a", "b"], "price": [3.0, 70.0], "lead_time": [40.0, 100.0]})
    return Chain(Settings(name="drawn"), {"cases": cases, "items": items})


def forecasts(chain: Chain) -> pl.DataFrame:
    return demand.run(chain, Params(since=datetime(2022, 1, 1).date(), until=datetime(2024, 6, 30).date()), 1,
                      silent).tables["forecasts"]


@slow_law
@given(asks, st.randoms())
def test_the_order_of_rows_changes_nothing(rows: list[tuple[str, str, int, int]], random: np.random.Generator) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert_frame_equal(forecasts(chain_of(rows)), forecasts(chain_of(shuffled)))


@slow_law
@given(asks)
def test_a_forecast_has_every_pair_asked_for_and_is_sound(rows: list[tuple[str, str, int, int]]) -> None:
    found = forecasts(chain_of(rows))
    assert set(found.select("item", "site").rows()) == {(row[0], row[1]) for row in rows}
    assert (found["rate"] >= 0).all()
    assert (found["dispersion"] >= 1).all()
    assert (found["low"] <= found["high"]).all()
    shares = found["kept_share"].drop_nulls()
    assert shares.is_between(0, 1).all()
