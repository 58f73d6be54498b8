"""measure.response: a planted price of waiting is found, as often as the intervals say; who left is counted by hand."""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

import arbitre
from arbitre.capability import Result
from arbitre.core.errors import Unsupported
from arbitre.tables.new import new
from benchmarks.commercial_desk import LEAD_ODDS_A_DAY, LEAD_PATIENCE, leads


def asked(chain: Any, **params: Any) -> Result:
    return arbitre.run(chain, "measure.response", {"window": 12, "follow": 30, "exit": "won", **params})


def test_the_price_of_a_late_answer_and_the_odds_of_a_day_are_within_their_intervals() -> None:
    """Of 20 samples, 95 % intervals may miss a few; the mean is near, though the better half is answered sooner."""
    held, ratios = [], []
    for seed in range(20):
        chain, truth = leads(seed)
        found = asked(chain).summary
        held.append((found["late_cost_low"] <= truth <= found["late_cost_high"],
                     found["patience_low"] <= LEAD_PATIENCE <= found["patience_high"]))
        ratios += [found["odds_ratio"]] if found["by"] == "day" else []
    assert (np.sum(held, axis=0) >= 17).all()
    assert len(ratios) >= 12
    assert np.mean(ratios) == pytest.approx(np.exp(LEAD_ODDS_A_DAY), rel=0.12)


def test_who_left_who_was_answered_and_what_they_became_are_counted() -> None:
    chain, _ = leads(1)
    answer = asked(chain)
    events = chain.table("events")
    answered = events.filter(step="answered").join(chain.table("cases"), on="case").with_columns(
        wait=(pl.col("happened_at") - pl.col("opened_at")).dt.total_microseconds() / 3600e6)
    assert answer.summary["answered"] == answered.height
    assert answer.summary["left"] == 600 - answered.height
    last = events["happened_at"].max()
    judged = answered.filter(pl.col("opened_at") + timedelta(days=30) <= last)
    won = judged.join(events.filter(step="won"), on="case", how="semi")
    row = answer.tables["response_curve"].row(by_predicate=pl.col("after") == 8.0, named=True)
    inside = pl.col("wait").is_between(8.0, 24.0, closed="right")
    assert (row["cases"], row["won"]) == (judged.filter(inside).height, won.filter(inside).height)
    assert row["low"] < row["won_share"] < row["high"]
    assert answer.summary["sooner"] == pytest.approx(answer.tables["response_hours"]["sooner"].sum())


def test_too_few_answers_and_no_answer_at_all_are_refused() -> None:
    chain, _ = leads(2, count=25)
    with pytest.raises(Unsupported, match="30 are needed, 5 of either outcome"):
        asked(chain)
    with pytest.raises(Unsupported, match="No case has an event of the step called"):
        asked(chain, step="called")


def test_the_desk_tells_what_one_more_head_is_worth_by_the_hour() -> None:
    """Leads wait for reps and leave (M/M/c + M through the day): one more at ten is worth something, at three not."""
    levels = arbitre.run(new("sales", "small", 1), "optimise.crews").tables["crew_levels"].filter(crew="south-1")
    today = levels.filter(pl.col("starts") == 10.0).row(0, named=True)
    assert today["worth"] > 0.0
    assert today["rate"] > levels.filter(pl.col("starts") == 14.0)["rate"].item(0)
    assert levels.filter(pl.col("starts") == 3.0)["worth"].item(0) < 0.01 * today["worth"]


def test_where_nobody_is_late_or_leaves_no_price_is_told() -> None:
    chain, _ = leads(3)
    answered = chain.table("events").filter(step="answered")["case"]
    kept = {name: chain.table(name).filter(pl.col("case").is_in(answered.implode())) for name in ("cases", "events")}
    found = asked(chain.with_(**kept), window=8760).summary
    assert (found["left"], found["patience"], found["late_share"]) == (0, None, 0.0)
    assert found["patience_low"] > 0.0
    assert "late_cost" not in found
