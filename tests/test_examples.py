"""The examples: the shipped one is fresh, the real ones keep what they promise."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from arbitre.capability import silent
from arbitre.cli import app
from arbitre.flow.solve import solve
from arbitre.optimise import stock
from arbitre.simulate import proof
from arbitre.tables.new import new
from arbitre.tables.open import open_chain
from arbitre.tables.scenario import with_scenario

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("ARBITRE_DATA", ROOT.parent / "shared" / "data"))
needs_data = pytest.mark.skipif(not (DATA / "spares").is_dir(), reason=f"no real data in {DATA}: set ARBITRE_DATA")


def files(folder: Path) -> dict[str, bytes]:
    parts = [folder / "chain.toml", *(folder / "tables").iterdir(), *(folder / "expect").iterdir()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(parts)}


@pytest.mark.parametrize("trade", [
    "aftersales", "fieldwork", "leads", "marketing", "meals", "parcels", "riders", "sales", "stays", "subscriptions",
    "trials", "visits"])
def test_the_shipped_sample_is_sound_and_what_the_command_writes(trade: str, tmp_path: Path) -> None:
    assert new(trade, "small", 1, tmp_path / trade).check() == []
    fresh, shipped = files(tmp_path / trade), files(ROOT / "examples" / trade)
    assert fresh.keys() == shipped.keys()
    assert [name for name in fresh if fresh[name] != shipped[name]] == [], f"arbitre new {trade} examples/{trade}"


def solved(example: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["solve", str(ROOT / "examples" / example), "--data", str(DATA), "--json"])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)["summary"]


def test_aftersales_keeps_every_promise() -> None:
    summary = solved("aftersales")
    assert 0 < summary["bound"] <= summary["value_by_model"] <= summary["value"]
    assert summary["value_by_model"] - summary["bound"] <= 0.005 * summary["value_by_model"]
    assert summary["proof.promises_missed"] == 0  # what the formulas alone decide misses four
    assert summary["gap"] <= 0.025
    assert summary["capital_after"] < summary["capital_before"]
    assert summary["kept_after.engines"] >= 0.8


def test_robots_decide_menus_and_heads_together_and_the_twin_keeps_them() -> None:
    answer = solve(open_chain(ROOT / "examples" / "robots"))
    summary, tables = answer.summary, answer.tables
    assert summary["portfolio.menus"] == 2
    policies = dict(tables["portfolio_policies"].select("policy", "value").iter_rows())
    assert policies["one_offer_each"] < summary["portfolio.value"] <= summary["portfolio.bound"]
    assert summary["portfolio.gap"] <= 0.005
    heads = dict(tables["portfolio_crews"].select("crew", "heads").iter_rows())
    assert dict(tables["crew_levels"].select("crew", "heads").iter_rows()) == heads
    assert set(tables["proofs"]["verdict"]) == {"kept"}
    today = proof.run(answer.chain.with_(**answer.results["optimise.stock"].tables), proof.Params(), 1, silent)
    verdict = dict(today.tables["proofs"].select("promise", "verdict").iter_rows())
    assert heads["fitters"] > 2
    assert verdict["ALERT-fitter"] == "missed", "the two fitters of today cannot do the work of the plan"


def test_lifts_are_available_and_a_second_bench_is_worth_what_its_readme_says() -> None:
    lifts = open_chain(ROOT / "examples" / "lifts")
    found = stock.run(lifts, stock.Params(), 1, silent)
    assert found.summary["gap"] <= 0.03
    assert round(found.summary["value"]) == 13_883
    assert round(found.summary["cost_before"]) == 15_456
    kept = {row["promise"]: row for row in found.tables["promise_worth"].iter_rows(named=True)}
    assert all(row["kept_after"] >= row["target_share"] for row in kept.values())
    assert max(kept["up-hospital"]["kept_before"], kept["up-office"]["kept_before"]) < 0.99
    second = stock.run(with_scenario(lifts, "second_bench"), stock.Params(), 1, silent)
    assert round(second.summary["value"]) == 9_225


@needs_data
def test_refinery_serves_every_criticality_as_today_for_less() -> None:
    summary = solved("refinery")
    assert summary["gap"] <= 0.005
    assert summary["capital_before"] == pytest.approx(5_335_936, rel=0.02)  # the stock value the export itself gives
    assert summary["capital_after"] < summary["capital_before"]
    for criticality in ("High", "Medium", "Low", "None"):
        assert summary[f"kept_after.{criticality}"] >= summary[f"kept_before.{criticality}"]


@needs_data
def test_aircraft_keeps_its_target_and_every_floor() -> None:
    summary = solved("aircraft")
    assert summary["gap"] <= 0.001
    shares = [summary[f"kept_after.price quarter {quarter}"] for quarter in (1, 2, 3, 4)]
    assert min(shares) >= 0.85


@needs_data
def test_olist_orders_are_late_as_its_export_says() -> None:
    """5,170 orders were delivered, 343 after the day promised; those that were called off all the same are out."""
    olist = open_chain(ROOT / "examples" / "olist", DATA)
    assert olist.check() == []
    came = olist.table("cases").drop_nulls("closed_at")
    late = (came["closed_at"] > came["promised_at"]).sum()
    off = [line for line in (DATA / "promises" / "olist_sample" / "orders.csv").read_text().splitlines()
           if line.split(",")[2].strip('"') in ("canceled", "unavailable") and line.split(",")[6].strip('"')]
    assert came.height == 5_170 - len(off)
    assert 343 - len(off) <= late <= 343
