"""`optimise.placement` on networks small enough to see through: from rows to service times, stock and cost."""

import json
import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from arbitre.capability import Result, silent
from arbitre.cli import app
from arbitre.core.errors import Unsupported, UsageError
from arbitre.optimise import _placement_model, placement
from arbitre.solvers import schedule
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.settings import Settings

Rows = dict[str, list[dict[str, Any]]]
needs_ortools = pytest.mark.skipif(find_spec("ortools") is None, reason='no ortools: pip install "arbitre[schedule]"')
Z = 1.6448536269514722


def chain(rows: Rows) -> Chain:
    tables = {name: shaped(INPUTS[name], pl.DataFrame(given, infer_schema_length=None)) for name, given in rows.items()}
    return Chain(Settings(name="tiny"), tables)


def solve(rows: Rows, **params: Any) -> Result:
    network = chain(rows)
    assert network.check() == []
    return placement.run(network, placement.Params(**params), 1, silent)


def buffers(result: Result) -> dict[str, dict[str, Any]]:
    return {row["stage"]: row for row in result.tables["stage_buffers"].iter_rows(named=True)}


def plant_and_shops() -> Rows:
    """A plant that takes 16 days of parts that take 9, and serves two shops a day away, of which one may take 1."""
    return {
        "stages": [
            {"stage": "part", "duration": 9.0, "cost_added": 10.0},
            {"stage": "plant", "duration": 16.0, "cost_added": 80.0},
            {"stage": "near", "duration": 1.0, "cost_added": 1.0, "demand_mean": 10.0, "demand_deviation": 3.0},
            {"stage": "far", "duration": 1.0, "cost_added": 4.0, "demand_mean": 20.0, "demand_deviation": 4.0,
             "longest_service": 1.0},
        ],
        "stage_links": [{"from_stage": "part", "to_stage": "plant", "quantity": 2.0},
                        {"from_stage": "plant", "to_stage": "near", "quantity": 1.0},
                        {"from_stage": "plant", "to_stage": "far", "quantity": 1.0}],
    }


def knotted() -> Rows:
    """The same with a cheaper plant, and the near shop sells the parts too: no tree within it says what is best."""
    rows = plant_and_shops()
    rows["stages"][1]["cost_added"] = 20.0
    rows["stage_links"].append({"from_stage": "part", "to_stage": "near", "quantity": 1.0})
    return rows


def test_every_number_of_a_small_tree() -> None:
    result = solve(plant_and_shops())
    found = buffers(result)
    plant, part, near, far = (found[stage] for stage in ("plant", "part", "near", "far"))
    assert (part["service"], plant["inbound"], plant["service"], plant["net"]) == (0.0, 0.0, 0.0, 16.0)
    assert (near["net"], far["service"], far["net"]) == (1.0, 1.0, 0.0)
    assert (plant["unit_cost"], far["unit_cost"]) == (100.0, 104.0)
    assert (part["demand_mean"], part["demand_deviation"], plant["demand_deviation"]) == (60.0, 10.0, 5.0)
    assert plant["safety_stock"] == pytest.approx(Z * 5 * 4)
    assert plant["base_stock"] == pytest.approx(30 * 16 + Z * 5 * 4)
    assert part["cost"] == pytest.approx(0.25 * 10 * Z * 10 * 3)
    assert result.summary["value"] == pytest.approx(0.25 * Z * (10 * 10 * 3 + 100 * 5 * 4 + 101 * 3 * 1))
    assert result.summary["capital"] == pytest.approx(result.summary["value"] / 0.25)
    assert (result.summary["gap"], result.status) == (0.0, "optimal")
    assert (result.summary["stages_that_hold"], result.summary["stages_nobody_asks"]) == (3, 0)
    late = math.sqrt(26)
    assert result.summary["cost_held_at_the_end"] == pytest.approx(0.25 * Z * (101 * 3 * late + 104 * 4 * 5))
    assert result.summary["cost_held_everywhere"] == pytest.approx(result.summary["value"] + 0.25 * Z * 104 * 4)


def test_service_times_of_each_stage_are_kept() -> None:
    rows = plant_and_shops()
    rows["stages"][1]["longest_service"] = 0.0
    rows["stages"][0]["longest_service"] = 3.5
    found = buffers(solve(rows, holding_share=2.0))
    assert found["plant"]["service"] == 0
    assert found["part"]["service"] <= 3


def test_a_target_of_its_own_and_one_that_needs_no_stock() -> None:
    rows = plant_and_shops()
    rows["stages"][2] |= {"target_share": 0.99}
    rows["stages"][3] |= {"target_share": 0.5, "longest_service": None}
    found = buffers(solve(rows))
    assert found["far"]["safety_stock"] == 0
    # One shop alone counts, and 17 days at its price are less than 16 at the plant's and one at its own.
    assert found["near"]["net"] == 17
    assert found["near"]["safety_stock"] == pytest.approx(2.3263478740408408 * 3 * math.sqrt(17))
    assert found["plant"]["net"] == 0


def test_demands_that_peak_together_do_not_pool() -> None:
    assert buffers(solve(plant_and_shops(), pooling_power=1))["plant"]["demand_deviation"] == pytest.approx(7)


def test_periods_round_so_that_the_plan_holds_for_the_true_times() -> None:
    rows = plant_and_shops()
    rows["stages"][3]["longest_service"] = 13.9
    coarse = solve(rows, period=7)
    found = buffers(coarse)
    assert {row["net"] % 7 for row in found.values()} == {0.0}
    assert found["far"]["service"] <= 7
    assert found["plant"]["inbound"] - found["plant"]["service"] + 21 == found["plant"]["net"]
    assert coarse.summary["value"] > solve(rows).summary["value"]


def test_tenths_of_a_day_are_whole_in_periods_of_a_tenth() -> None:
    rows = plant_and_shops()
    tenths = [{**row, **{name: row[name] / 10 for name in ("duration", "longest_service") if row.get(name)}}
              for row in rows["stages"]]
    fine, whole = (buffers(result) for result in (solve({**rows, "stages": tenths}, period=0.1), solve(rows)))
    for stage, row in whole.items():
        assert fine[stage]["net"] == pytest.approx(row["net"] / 10)
        assert fine[stage]["cost"] == pytest.approx(row["cost"] / math.sqrt(10))


def test_networks_that_are_not_joined_are_solved_side_by_side() -> None:
    rows = plant_and_shops()
    one = solve(rows).summary["value"]
    twice = {
        "stages": [{**row, "stage": f"{copy} {row['stage']}"} for copy in "ab" for row in rows["stages"]],
        "stage_links": [{**row, "from_stage": f"{copy} {row['from_stage']}", "to_stage": f"{copy} {row['to_stage']}"}
                        for copy in "ab" for row in rows["stage_links"]],
    }
    assert solve(twice).summary["value"] == pytest.approx(2 * one)


def test_a_single_stage_and_one_nobody_asks_need_no_links() -> None:
    rows = plant_and_shops()
    result = solve({"stages": [rows["stages"][0], rows["stages"][2]]})
    assert buffers(result)["near"]["safety_stock"] == pytest.approx(Z * 3)
    assert buffers(result)["part"]["cost"] == 0
    assert result.summary["stages_nobody_asks"] == 1


def test_a_link_of_nothing_is_not_waited_for() -> None:
    rows = plant_and_shops()
    rows["stage_links"][0]["quantity"] = 0.0
    found = buffers(solve(rows))
    assert (found["part"]["demand_mean"], found["plant"]["unit_cost"]) == (0, 80)


def test_what_cannot_be_placed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_placement_model, "_MOST_STEPS", 1e7)
    rows = plant_and_shops()
    nobody = {**rows, "stages": [{**row, "demand_mean": None, "demand_deviation": None} for row in rows["stages"]]}
    with pytest.raises(Unsupported, match="demand_deviation"):
        solve(nobody)
    rows["stages"][0]["duration"] = 36_525.0
    with pytest.raises(Unsupported, match=r"too many to search.*--period") as told:
        solve(rows, period=0.1)
    period = float(str(told.value).rpartition(" ")[2])
    assert solve(rows, period=period).status == "optimal"


@settings(max_examples=15)
@given(order=st.randoms(use_true_random=False), factor=st.sampled_from([0.25, 1.0, 1024.0]))
def test_row_order_and_currency_change_nothing(order: Any, factor: float) -> None:
    base, rows = solve(plant_and_shops()), plant_and_shops()
    for table in rows.values():
        order.shuffle(table)
    for stage in rows["stages"]:
        stage["cost_added"] *= factor
    other = solve(rows)
    assert other.tables["stage_buffers"].drop("cost", "unit_cost").equals(
        base.tables["stage_buffers"].drop("cost", "unit_cost"))
    assert other.summary["value"] == pytest.approx(factor * base.summary["value"])


@needs_ortools
def test_a_knot_is_bounded_and_never_cheaper_than_its_tree() -> None:
    rows = knotted()
    result, tree = solve(rows), solve({**rows, "stage_links": rows["stage_links"][:-1]})
    assert result.status == "optimal"
    assert result.summary["bound"] <= result.summary["value"]
    assert result.summary["gap"] < 1e-6
    assert buffers(result)["near"]["inbound"] >= max(buffers(result)[stage]["service"] for stage in ("part", "plant"))
    assert result.summary["value"] > tree.summary["value"]
    assert buffers(result)["part"]["demand_deviation"] == pytest.approx(math.hypot(3 * 3, 2 * 4))


def test_a_knot_without_the_extra_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "child.py").write_text("print('{\"missing\": \"ortools\"}')", encoding="utf-8")
    monkeypatch.setattr(schedule, "_CHILD", tmp_path / "child.py")
    with pytest.raises(UsageError, match=r'not a tree.*pip install "arbitre\[schedule\]", or .*--seconds 0'):
        solve(knotted())
    result = solve(knotted(), seconds=0)
    assert result.status == "feasible"
    assert 0 < result.summary["bound"] < result.summary["value"]
    assert result.summary["gap"] < 0.2


def test_the_example_is_worth_its_page() -> None:
    done = CliRunner().invoke(app, ["run", str(Path(__file__).parents[2] / "examples" / "pumps"), "optimise.placement",
                                    "--json"])
    summary = json.loads(done.stdout)["summary"]
    assert summary["value"] == summary["bound"]
    assert round(summary["value"]) == 31_737
    assert summary["value"] < summary["cost_held_everywhere"] < summary["cost_held_at_the_end"]
