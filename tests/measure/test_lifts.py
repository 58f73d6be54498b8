"""Tests of channels are read back: what was planted lies in the interval, and what cannot be judged is refused."""

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.core.errors import Unsupported
from arbitre.measure import lifts
from arbitre.tables.chain import Chain
from arbitre.tables.new import new
from arbitre.tables.sample.marketing import _TESTS, CHANNELS, draw


def told(chain: Chain):
    return lifts.run(chain, lifts.Params(), 1, silent)


def test_what_the_sample_planted_lies_within_what_is_read_back() -> None:
    """Over six samples, at 90 %: what television, doubled in some regions, brought there beyond what it would have."""
    (_, _, change, first, last, _), at = _TESTS[1], CHANNELS.index("tv")
    inside = []
    for seed in range(1, 7):
        market, found = draw(seed, 12), told(new("marketing", "small", seed))
        regions, shares = market.tested[1], market.sales[:90].sum(axis=0)[:, None] / market.sales[:90].sum()
        before = market.spend.copy()
        before[first:last, regions, at] /= 1.0 + change
        more = market.brought(market.spend, shares) - market.brought(before, shares)
        truth = more[first:last, regions, at].sum()
        inside.append(found.summary["low.tv_double"] <= truth <= found.summary["high.tv_double"])
        assert found.summary["effect.search_off"] < 0 < found.summary["effect.tv_double"]
    assert np.mean(inside) >= 0.8


def test_rows_are_ready_for_the_budget() -> None:
    chain = new("marketing", "small", 1)
    rows = told(chain).tables["lift_tests"]
    assert chain.with_(lift_tests=rows).check() == []
    assert rows["change_share"].to_list() == [-1.0, 1.0]
    assert rows["market_share"].is_between(0.1, 0.6).all()
    assert (rows["error"] > 0).all()


def test_what_cannot_be_judged_is_refused() -> None:
    chain = new("marketing", "small", 1)
    trials = chain.table("trials")
    with pytest.raises(Unsupported, match="nothing was observed"):
        told(chain.with_(trials=trials.with_columns(region=pl.lit("R99")).unique("trial")))
    with pytest.raises(Unsupported, match="differ in channel, days or change"):
        told(chain.with_(trials=trials.with_columns(trial=pl.lit("one"))))
    early = trials.filter(trial="tv_double").with_columns(from_on=pl.date(2023, 1, 16), to_on=pl.date(2023, 2, 12))
    with pytest.raises(Unsupported, match="It takes 8 before"):
        told(chain.with_(trials=early))
    every = pl.DataFrame({"region": chain.table("observations")["region"].drop_nulls().unique().sort()[:11]})
    most = trials.filter(trial="tv_double").drop("region").unique().join(every, how="cross").select(trials.columns)
    with pytest.raises(Unsupported, match="cannot be judged"):
        told(chain.with_(trials=most))
    seen = chain.table("observations").unique(["measure", "from_on"])
    nowhere = seen.with_columns(region=pl.lit(None, dtype=pl.String))
    with pytest.raises(Unsupported, match="names a region"):
        told(chain.with_(observations=nowhere))
