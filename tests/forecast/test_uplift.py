"""forecast.uplift: the planted effect of a call, refusals, what a trial that tells nothing leads to."""

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.core.errors import Unsupported
from arbitre.forecast import uplift
from arbitre.tables.chain import Chain
from arbitre.tables.sample.subscriptions import subscriptions
from arbitre.tables.settings import Settings
from benchmarks.rows import chain_of


def trial(customers: int, effect: dict[str, float], treated: Any, seed: int = 0) -> Chain:
    """Return a trial on customers of two segments, with an effect in each."""
    chance = np.random.default_rng(seed)
    segment = np.array(["x", "y"])[chance.integers(0, 2, customers)]
    done = treated(chance, segment)
    outcome = chance.random(customers) < 0.4 + np.array([effect[name] for name in segment]) * done
    return chain_of(
        segments=[{"segment": "x"}, {"segment": "y"}],
        customers=[{"customer": f"c{n}", "segment": str(segment[n])} for n in range(customers)],
        exposures=[{"customer": f"c{n}", "lever": "call", "exposed_at": datetime(2025, 1, 1),
                    "is_treated": bool(done[n]), "outcome": float(outcome[n])} for n in range(customers)])


def by_lot(chance: np.random.Generator, segment: np.ndarray) -> np.ndarray:
    return chance.random(len(segment)) < 0.5


def test_a_call_helps_those_who_use_little() -> None:
    sample = subscriptions("small", 1)
    chain = Chain(Settings.model_validate(sample.settings), sample.tables)
    found = uplift.run(chain, uplift.Params(), 1, silent)
    assert found.summary["call.tells_customers_apart"]
    everybody, who_gains = found.tables["uplift_policies"].rows(named=True)
    assert everybody["low"] < 0.10 < everybody["high"]  # half of 0.25 and half of -0.05
    assert who_gains["gain"] > everybody["gain"] - 0.03
    assert who_gains["treated_share"] < 0.9


def test_segments_that_gain_are_told_from_those_that_do_not() -> None:
    found = uplift.run(trial(800, {"x": 0.4, "y": 0.0}, by_lot), uplift.Params(), 1, silent)
    scores = found.tables["uplift_scores"]
    assert scores.height == 800
    assert scores["uplift"].max() == pytest.approx(0.4, abs=0.12)
    assert scores["uplift"].min() == pytest.approx(0.0, abs=0.12)
    assert found.tables["uplift_curve"]["gain"].to_list()[-1] == pytest.approx(found.summary["call.effect"])


def test_a_trial_that_tells_nobody_apart_tells_all_the_mean() -> None:
    found = uplift.run(trial(400, {"x": 0.2, "y": 0.2}, by_lot, 5), uplift.Params(), 1, silent)
    assert not found.summary["call.tells_customers_apart"]
    assert found.tables["uplift_scores"]["uplift"].unique().to_list() == pytest.approx([found.summary["call.effect"]])
    assert found.tables["uplift_scores"].select(pl.col("low") < pl.col("uplift")).to_series().all()


@pytest.mark.parametrize(("treated", "why"), [
    (lambda chance, segment: segment == "x", "was not drawn by chance"),
    (lambda chance, segment: np.arange(len(segment)) < 5, "tried on 5 customers, with 195 left alone"),
])
def test_a_trial_that_would_mislead_is_refused(treated: Any, why: str) -> None:
    with pytest.raises(Unsupported, match=why):
        uplift.run(trial(200, {"x": 0.2, "y": 0.2}, treated), uplift.Params(), 1, silent)
