"""The odd ends of a chain, as a user meets them at the command line: each has an answer, which says what binds."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from arbitre.cli import app

CHAIN = {
    "sites": "site,supplier\nhub,\nshop,hub\n",
    "lanes": "from_site,to_site,duration\nhub,shop,24\nshop,shop,2\n",
    "items": "item,price,lead_time\npump,100,30\nseal,1,10\n",
    "segments": "segment\nbig\n",
    "customers": "customer,segment,site\nk,big,shop\n",
    "offers": "offer\nfast\n",
    "promises": "promise,offer,window,target_share\np1,fast,4,0.9\n",
    "demand": "item,site,offer,rate,transit\npump,shop,fast,12,2\nseal,shop,fast,50,2\n",
}


def asked(folder: Path, *words: str, **changed: str | None) -> tuple[int, dict[str, Any]]:
    """Write the chain with some tables changed or left out, and run a capability on it."""
    (folder / "tables").mkdir()
    (folder / "chain.toml").write_text('name = "edge"\n', encoding="utf-8")
    for name, text in {**CHAIN, **changed}.items():
        if text is not None:
            (folder / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["run", str(folder), *(words or ("optimise.stock",)), "--json"])
    return done.exit_code, json.loads(done.stdout)


def levels(told: dict[str, Any]) -> dict[tuple[str, str], tuple[int, str]]:
    rows = told["tables"]["stock_reasons"]
    return {(row["item"], row["site"]): (row["level"], row["reason"]) for row in rows}


def kept(told: dict[str, Any]) -> float:
    return told["tables"]["promise_worth"][0]["kept_after"]


def test_parts_that_cost_nothing_are_held_until_nobody_waits(tmp_path: Path) -> None:
    code, told = asked(tmp_path, items="item,price,lead_time\npump,0,30\nseal,0,10\n")
    assert code == 0
    assert (told["summary"]["value"], told["summary"]["gap"]) == (0.0, 0.0)
    assert kept(told) == pytest.approx(1.0, abs=1e-6)
    assert {reason for _, reason in levels(told).values()} == {"costs_nothing"}


def test_parts_that_come_at_once_need_no_stock_at_the_root(tmp_path: Path) -> None:
    code, told = asked(tmp_path, items="item,price,lead_time\npump,100,0\nseal,1,0\n")
    assert code == 0
    found = levels(told)
    assert found["pump", "hub"] == found["seal", "hub"] == (0, "kept_without_stock")
    assert found["pump", "shop"][0] > 0  # a day on the way is still longer than the window
    assert kept(told) >= 0.9


def test_what_comes_at_once_within_the_window_needs_no_stock_anywhere(tmp_path: Path) -> None:
    code, told = asked(tmp_path, items="item,price,lead_time\npump,100,0\nseal,1,0\n",
                       lanes="from_site,to_site,duration\nhub,shop,1\n")
    assert code == 0
    assert set(levels(told).values()) == {(0, "kept_without_stock")}
    assert (told["summary"]["value"], kept(told)) == (0.0, 1.0)


def test_demand_of_nothing_holds_nothing(tmp_path: Path) -> None:
    code, told = asked(tmp_path, demand="item,site,offer,rate,transit\npump,shop,fast,0,2\nseal,shop,fast,0,2\n")
    assert code == 0
    assert (told["summary"]["value"], told["summary"]["bound"]) == (0.0, 0.0)
    assert set(levels(told).values()) == {(0, "no_demand")}
    assert told["tables"]["promise_worth"] == []


def test_a_demand_table_without_rows_is_asked_for(tmp_path: Path) -> None:
    code, told = asked(tmp_path, demand="item,site,offer,rate,transit\n")
    assert (code, told["error"]) == (
        1, "optimise.stock needs demand, which the chain edge lacks. Add tables/demand.csv to it.")


def test_one_site_and_one_item_take_the_smallest_level_that_keeps_the_promise(tmp_path: Path) -> None:
    code, told = asked(tmp_path, sites="site\nhub\n", lanes=None, customers=None,
                       demand="item,site,offer,rate,transit\npump,hub,fast,12,2\n")
    assert code == 0
    # Poisson with mean 12 x (30 days less 2 h) / 365.25: 81 % are below 2, 92 % below 3.
    assert levels(told) == {("pump", "hub"): (3, "earns_its_cost")}
    assert kept(told) == pytest.approx(0.9228, abs=1e-4)


@pytest.mark.parametrize(("promise", "said"), [
    ("p1,fast,1,0.9", "No stock can keep every promise: p1 to fast asks 90.0% within 1 h, but transport alone lets at "
     "most 0.0% arrive in time. Lengthen the window, serve from a nearer site, or lower the target."),
    ("p1,fast,4,1", "a target of 100 % cannot be reached: demand is random and no stock covers every case."),
])
def test_targets_out_of_reach_are_refused_by_name(tmp_path: Path, promise: str, said: str) -> None:
    code, told = asked(tmp_path, promises=f"promise,offer,window,target_share\n{promise}\n")
    assert code == 1
    assert said in (told["error"], *(fault["message"] for fault in told.get("faults", ())))


def test_a_budget_below_the_first_part_buys_nothing_and_says_what_could_be_kept(tmp_path: Path) -> None:
    code, told = asked(tmp_path, "optimise.stock", "--decide", "budget", "--budget", "0.01")
    assert code == 0
    assert told["summary"]["kept_share"] == 0.0 < told["summary"]["kept_share_most"] < 0.01
    assert {level for level, _ in levels(told).values()} == {0}


CASES = ("case,kind,customer,item,site,offer,opened_at,closed_at,quantity\n"
         "c1,order,k,pump,shop,fast,2025-01-01 08:00,2025-01-01 10:00,1\n"
         "c2,order,k,pump,shop,fast,2025-01-05 08:00,2025-01-06 10:00,1\n")


def test_a_history_shorter_than_the_lead_time_is_measured_and_said(tmp_path: Path) -> None:
    code, told = asked(tmp_path, "measure.demand", demand=None, cases=CASES)
    assert code == 0
    assert told["summary"]["items_without_a_lead_time_of_history"] == 1
    assert told["tables"]["demand"][0]["rate"] == pytest.approx(2 / 5 * 365.25)


def test_a_history_too_short_to_forecast_from_is_refused(tmp_path: Path) -> None:
    code, told = asked(tmp_path, "forecast.demand", demand=None, cases=CASES)
    assert (code, told["error"]) == (
        1, "The history is shorter than one month. Choose a shorter period, or bring more history.")
