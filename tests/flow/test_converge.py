"""Optimise, prove, tighten: the loop ends with a plan that the twin proves, or says that it did not."""

from pathlib import Path

import polars as pl
import pytest

from arbitre.core.errors import Unreachable
from arbitre.flow.converge import converge
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


def test_what_the_formulas_miss_is_tightened_until_the_twin_proves_it() -> None:
    found = converge(by_value())
    first = found.rounds.filter(round=1)
    assert "missed" in first["verdict"].to_list()
    assert found.is_kept
    last = found.rounds.filter(round=found.rounds["round"].max())
    assert last["verdict"].unique().to_list() == ["kept"]
    assert last["value"][0] > first["value"][0]
    tightened = last.join(first, on="promise", suffix="_first").filter(pl.col("verdict_first") != "kept")
    assert (tightened["asked_share"] > tightened["asked_share_first"]).all()
    # What was promised has not moved.
    assert found.proof.tables["proofs"]["target_share"].to_list() == [0.9, 0.85]


def test_one_round_is_the_plan_as_it_is() -> None:
    found = converge(by_value(), most=1)
    assert not found.is_kept
    assert found.rounds["round"].unique().to_list() == [1]


def test_a_promise_that_nothing_keeps_is_refused_at_once() -> None:
    chain = by_value()
    hopeless = chain.with_(promises=chain.table("promises").with_columns(window=pl.lit(1.0)))
    with pytest.raises(Unreachable, match="transport alone"):
        converge(hopeless)


def test_the_main_job_tightens_when_asked_and_tells_each_round(tmp_path: Path) -> None:
    once, proven = solve(by_value()), solve(by_value(), until_proven=True)
    assert once.summary["proof.promises_missed"] > 0
    assert proven.summary["proof.promises_kept"] == 2
    assert proven.summary["value"] > once.summary["value"]
    assert "proof_rounds" not in once.tables
    report = proven.report(tmp_path)[0].read_text()
    assert "More was asked of the optimiser" in report
    assert proven.tables["proof_rounds"]["round"].max() >= 2


def test_a_plan_is_proven_by_the_rule_it_was_decided_with() -> None:
    chain = two_echelons()
    params = {**chain.settings.capabilities, "optimise.stock": {"sharing": "dedicated"}}
    answer = solve(Chain(chain.settings.model_copy(update={"capabilities": params}), chain.tables))
    assert answer.tables["stock_levels"]["kept_for"].null_count() < answer.tables["stock_levels"].height
    low, high = (answer.summary[f"proof.capital_{end}"] for end in ("low", "high"))
    assert low <= answer.summary["capital_after"] <= high
