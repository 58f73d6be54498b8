"""Optimise, prove, tighten: the loop ends with a plan that the twin proves, or says that it did not."""

from pathlib import Path

import polars as pl
import pytest

from arbitre.capability import Result
from arbitre.core.errors import Unreachable
from arbitre.flow.converge import _fell_short, converge
from arbitre.flow.solve import solve
from arbitre.tables.chain import Chain
from tests.simulate.chains import two_echelons


@pytest.fixture(autouse=True)
def _own_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARBITRE_CACHE", str(tmp_path / "cache"))


def by_value() -> Chain:
    """Promises are kept by the line and decided by the money: dear pumps come first, and most lines are cheap seals."""
    chain = two_echelons()
    params = {**chain.settings.capabilities, "optimise.stock": {"weight": "value"}}
    chain = Chain(chain.settings.model_copy(update={"capabilities": params}), chain.tables)
    return chain.with_(promises=chain.table("promises").with_columns(penalty=pl.lit(0.0)))


def test_what_the_replay_misses_is_tightened_until_it_misses_nothing() -> None:
    found = converge(by_value())
    first, last = (found.rounds.filter(round=turn) for turn in (1, found.rounds["round"].max()))
    assert "missed" in first["verdict"].to_list()
    assert "missed" not in last["verdict"].to_list()
    assert last["value"][0] > first["value"][0]
    tightened = last.join(first, on="promise", suffix="_first").filter(pl.col("verdict_first") == "missed")
    assert (tightened["asked_share"] > tightened["asked_share_first"]).all()
    # What was promised has not moved, nor the bound on all plans that keep it.
    assert found.proof.tables["proofs"]["target_share"].to_list() == [0.9, 0.85]
    assert found.plan.tables["promise_worth"].drop_nulls("promise")["target_share"].to_list() == [0.9, 0.85]
    assert found.plan.summary["bound"] <= found.plan.summary["value_by_model"] == first["value"][0]


def test_one_round_is_the_plan_as_it_is() -> None:
    found = converge(by_value(), most=1)
    assert "missed" in found.rounds["verdict"].to_list()
    assert found.rounds["round"].unique().to_list() == [1]


def test_more_is_asked_only_of_promises_that_stock_decides() -> None:
    plan = Result("optimise.stock", {}, {"promise_worth": pl.DataFrame({"promise": ["part", "kit", None]})})
    proofs = pl.DataFrame({"promise": ["part", "kit", "call"], "verdict": ["kept", "undecided", "missed"],
                           "cases": [9, 9, 9], "share": [0.97, 0.89, 0.1], "target_share": [0.9, 0.9, 0.9]})
    assert _fell_short(proofs, plan).is_empty()
    missed = proofs.with_columns(verdict=pl.lit("missed"))
    assert _fell_short(missed, plan)["promise"].to_list() == ["part", "kit"]


def test_what_a_budget_keeps_is_proven_as_it_is() -> None:
    chain = by_value()
    params = {"optimise.stock": {"weight": "value", "decide": "budget", "budget": 2_000.0}}
    found = converge(Chain(chain.settings.model_copy(update={"capabilities": params}), chain.tables))
    assert found.rounds["round"].unique().to_list() == [1]


def test_a_promise_that_nothing_keeps_is_refused_at_once() -> None:
    chain = by_value()
    hopeless = chain.with_(promises=chain.table("promises").with_columns(window=pl.lit(1.0)))
    with pytest.raises(Unreachable, match="transport alone"):
        converge(hopeless)


def test_the_main_job_tightens_and_tells_each_round(tmp_path: Path) -> None:
    answer = solve(by_value())
    assert answer.summary["proof.promises_missed"] == 0
    assert answer.summary["value"] > answer.summary["value_by_model"]
    report = answer.report(tmp_path)[0].read_text()
    assert "More was asked of the optimiser" in report
    assert "The model by itself would be content" in report
    assert answer.tables["proof_rounds"]["round"].max() >= 2


def test_a_plan_is_proven_by_the_rule_it_was_decided_with() -> None:
    chain = two_echelons()
    params = {**chain.settings.capabilities, "optimise.stock": {"sharing": "dedicated"}}
    answer = solve(Chain(chain.settings.model_copy(update={"capabilities": params}), chain.tables))
    assert answer.tables["stock_levels"]["kept_for"].null_count() < answer.tables["stock_levels"].height
    low, high = (answer.summary[f"proof.capital_{end}"] for end in ("low", "high"))
    assert low <= answer.summary["capital_after"] <= high
