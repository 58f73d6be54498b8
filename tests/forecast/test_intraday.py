"""Cases by half-hour: a planted week comes back, the day moves the rest, intervals cover."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.core.errors import Unsupported
from arbitre.forecast import intraday
from arbitre.maths.work.intraday import forecast_day, negative_binomial, pinball
from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of

PROFILE = np.array([0.0, 0.1, 0.4, 0.2, 0.3, 0.0])
FACTOR = np.array([1.4, 1.1, 1.0, 1.0, 1.1, 0.3, 0.1])


def planted(days: int, level: float = 400.0, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng, weekday = np.random.default_rng(seed), np.arange(days) % 7
    own = rng.gamma(50.0, 1 / 50.0, days)
    return rng.poisson(level * (own * FACTOR[weekday])[:, None] * PROFILE).astype(float), weekday


def test_level_weekday_and_profile_come_back() -> None:
    counts, weekday = planted(140)
    for target in (0, 2, 5):
        told = forecast_day(counts, weekday, target)
        assert told.mean == pytest.approx(400.0 * FACTOR[target] * PROFILE, rel=0.12, abs=2.0)


def test_intervals_cover_and_the_loss_is_below_the_plain_ones() -> None:
    counts, weekday = planted(160)
    inside, ours, last = [], [], []
    shares = np.array([0.1, 0.5, 0.9])
    for day in range(70, 160):
        told = forecast_day(counts[:day], weekday[:day], int(weekday[day]))
        quantiles = np.array([told.quantile(share) for share in shares])[:, 1:5]
        inside.append((quantiles[0] <= counts[day, 1:5]) & (counts[day, 1:5] <= quantiles[2]))
        ours.append(pinball(counts[day, 1:5], quantiles, shares).mean())
        last.append(pinball(counts[day, 1:5], np.tile(counts[day - 7, 1:5], (3, 1)), shares).mean())
    assert 0.75 <= np.mean(inside) <= 0.92
    assert np.mean(ours) < 0.8 * np.mean(last)


def test_the_day_so_far_moves_the_rest() -> None:
    counts, weekday = planted(100)
    told = forecast_day(counts, weekday, 2)
    busy, quiet = told.after(1.5 * told.mean[:3]), told.after(0.5 * told.mean[:3])
    assert (busy.mean[3:5] > told.mean[3:5] * 1.1).all()
    assert (quiet.mean[3:5] < told.mean[3:5] * 0.9).all()
    assert busy.mean[:3] == pytest.approx(told.mean[:3])
    assert told.after(told.mean[:0]) is told


def test_conditions_are_learnt() -> None:
    counts, weekday = planted(150)
    rain = (np.random.default_rng(2).random(150) < 0.3).astype(float)
    counts *= np.exp(0.3 * rain)[:, None]
    wet, dry = (forecast_day(counts, weekday, 3, rain[:, None], np.array([value])).mean.sum() for value in (1.0, 0.0))
    assert wet / dry == pytest.approx(np.exp(0.3), rel=0.12)


def test_quantiles_and_loss_by_hand() -> None:
    assert negative_binomial(np.array([10.0]), np.array([10.0]), 0.5).tolist() == [10.0]  # Poisson
    wide = negative_binomial(np.array([10.0]), np.array([60.0]), 0.9)
    assert wide[0] > negative_binomial(np.array([10.0]), np.array([10.0]), 0.9)[0]
    assert pinball(np.array([8.0]), np.array([[5.0], [10.0]]), np.array([0.1, 0.9])).tolist() == \
        pytest.approx([(0.1 * 3 + 0.1 * 2) / 2])


def calls(days: int) -> Chain:
    counts, _ = planted(days, 120.0)
    start = datetime(2024, 1, 1)
    opened = [start + timedelta(days=day, hours=4 * place, minutes=number % 200)
              for day, row in enumerate(counts) for place, many in enumerate(row) for number in range(int(many))]
    return chain_of(cases=[{"case": f"c{row}", "kind": "call", "opened_at": at} for row, at in enumerate(opened)])


def test_what_a_run_tells() -> None:
    chain = calls(77)
    found = intraday.run(chain, intraday.Params(kind="call", minutes=60, days=3), 1, silent)
    told = found.tables["intraday_forecasts"]
    assert told.height == 3 * 24
    assert (told["low"] <= told["high"]).all()
    assert set(found.tables["intraday_methods"]["method"]) == {"level_and_profile", "updated_at_noon", "last_week",
                                                               "average"}
    assert found.summary["gain_over_last_week"] > 0.1
    at_noon = chain.table("cases")["opened_at"].max().replace(hour=12, minute=0)  # type: ignore[union-attr]
    followed = intraday.run(chain, intraday.Params(kind="call", minutes=60, days=1, now=at_noon), 1, silent)
    assert followed.tables["intraday_forecasts"]["is_known"].sum() == 12
    assert followed.summary["days_known"] == 76
    assert isinstance(told, pl.DataFrame)


@pytest.mark.parametrize(("days", "kind", "sentence"),
                         [(10, "call", "10 whole days of cases"), (10, "visit", "no cases")])
def test_too_little_is_said(days: int, kind: str, sentence: str) -> None:
    with pytest.raises(Unsupported, match=sentence):
        intraday.run(calls(days), intraday.Params(kind=kind), 1, silent)
