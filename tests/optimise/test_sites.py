"""`optimise.sites` on chains small enough to see through: from rows to sites, who serves whom, and what is refused."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from arbitre.capability import Result, silent
from arbitre.cli import app
from arbitre.core.errors import Unreachable, Unsupported, UsageError
from arbitre.maths.places.location import great_circle
from arbitre.maths.stock.pooled_stock import pooled_cost
from arbitre.optimise import sites
from arbitre.optimise._sites import model as _sites_model
from benchmarks.rows import chain_of

Rows = dict[str, list[dict[str, Any]]]
ROOT = Path(__file__).parents[2]
# Along the meridian, a degree is 111.195 km: three sites, and four places near them.
KM = 2 * np.pi * 6371.0088 / 360


def meridian() -> Rows:
    """Sites at 0, 4 and 10 degrees north; units asked at 0, 1, 4 and 10 degrees; one central site in the south."""
    asked = (("a", 0.0, 30.0), ("b", 1.0, 10.0), ("c", 4.0, 20.0), ("d", 10.0, 5.0))
    return {
        "sites": [
            {"site": name, "latitude": north, "longitude": 0.0, "fixed_cost": 1000.0, "standing": standing}
            for name, north, standing in (("south", 0.0, "open"), ("middle", 4.0, "candidate"), ("north", 10.0, "open"))
        ],
        "segments": [{"segment": "s"}],
        "customers": [{"customer": name, "segment": "s", "latitude": north, "longitude": 0.0}
                      for name, north, _ in asked],
        "cases": [{"case": f"{name}{number}", "kind": "order", "customer": name, "offer": "fast", "quantity": 2.0,
                   "item": "p", "opened_at": day}
                  for name, _, count in asked for number, day in
                  enumerate(pl.datetime_range(pl.datetime(2025, 1, 1), pl.datetime(2025, 12, 31), "1d", eager=True)
                            .gather(np.linspace(0, 364, int(count)).astype(int).tolist()))],
        "offers": [{"offer": "fast"}],
        "items": [{"item": "p", "price": 100.0, "lead_time": 30.0}],
        "promises": [{"promise": "4h", "offer": "fast", "window": 4.0, "target_share": 0.9, "late_cost": 50.0}],
    }


def solve(rows: Rows, **params: Any) -> Result:
    chain = chain_of(**rows)
    assert chain.check() == []
    return sites.run(chain, sites.Params(**params), 1, silent)


def told(result: Result, table: str, key: str) -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in result.tables[table].iter_rows(named=True)}


def served(*by: str) -> dict[str, str]:
    return dict(zip("abcd", by, strict=True))


YEAR = 365 / 365.25
WIDE: dict[str, Any] = {"promises": "ignored", "detour": 1.0}


def test_every_number_of_a_median_along_a_line() -> None:
    """Two sites of three: the places at 0 and 1 go south, and 5 shipments more are worth less than the 20 between."""
    result = solve(meridian(), objective="distance", most_sites=2, **WIDE)
    plan, service = told(result, "site_plan", "site"), told(result, "site_service", "place")
    assert [name for name, row in plan.items() if row["is_open"]] == ["south", "middle"]
    assert {name: row["site"] for name, row in service.items()} == served("south", "south", "middle", "middle")
    assert result.summary["value"] == pytest.approx((10 * 1 + 5 * 6) * KM / YEAR, rel=1e-6)
    assert (result.status, result.bound) == ("optimal", pytest.approx(result.summary["value"]))
    assert plan["south"]["shipments"] == pytest.approx(40 / YEAR)
    assert plan["south"]["units"] == pytest.approx(80 / YEAR)
    assert plan["south"]["freight"] == pytest.approx(0.05 * 10 * KM / YEAR, rel=1e-6)
    # Without the south its 40 shipments go to the middle, 4 and 3 degrees away, and the north opens for 5.
    closed = (30 * 4 + 10 * 3) * KM / YEAR
    assert plan["south"]["change"] == pytest.approx(closed - (10 * 1 + 5 * 6) * KM / YEAR, rel=1e-6)
    assert plan["north"]["change"] == pytest.approx((10 * 1 + 20 * 4) * KM / YEAR - result.summary["value"], rel=1e-6)
    assert result.summary["value_before"] == pytest.approx((10 * 1 + 20 * 4) * KM / YEAR, rel=1e-6)
    assert service["d"]["distance"] == pytest.approx(6 * KM, rel=1e-6)
    assert service["d"]["duration"] == pytest.approx(1 + 6 * KM / 60, rel=1e-6)
    assert (service["d"]["is_in_time"], service["b"]["is_in_time"]) == (False, True)


def test_promises_open_the_site_that_cost_alone_would_not() -> None:
    cheap, kept = solve(meridian(), **WIDE), solve(meridian(), detour=1.0)
    assert cheap.summary["sites"] == 1
    reach = told(kept, "site_reach", "promise")["4h"]
    assert reach["after"] == pytest.approx(60 / 65)
    assert (reach["before"], reach["most"]) == (pytest.approx(45 / 65), pytest.approx(1))
    assert [row["site"] for row in told(kept, "site_plan", "site").values() if row["is_open"]] == ["south", "middle"]
    assert kept.summary["value"] > cheap.summary["value"]
    assert "value_before" not in kept.summary  # today's sites do not keep it


def test_covering_leaves_out_the_fewest_shipments() -> None:
    result = solve(meridian(), objective="covered", most_sites=1, **WIDE)
    assert result.summary["value"] == pytest.approx(25 / YEAR, rel=1e-6)
    assert result.summary["covered_share"] == pytest.approx(40 / 65)


def test_a_full_site_sends_the_rest_elsewhere() -> None:
    rows = meridian()
    for row in rows["sites"]:
        row["capacity"] = 70.0
    result = solve(rows, **WIDE)
    plan = told(result, "site_plan", "site")
    assert plan["south"]["used_share"] == pytest.approx(1.0)
    assert result.summary["sites"] == 2
    assert result.tables["site_service"].group_by("place").agg(pl.col("share").sum())["share"].to_list() == \
        pytest.approx([1.0] * 4)
    assert result.summary["value"] > solve(meridian(), **WIDE).summary["value"]


def test_a_site_is_open_only_with_the_one_that_feeds_it_and_pays_the_way() -> None:
    rows = meridian()
    rows["sites"][1]["supplier"] = rows["sites"][2]["supplier"] = "south"
    rows["sites"][0]["fixed_cost"], rows["sites"][1]["standing"] = 100_000.0, "kept"
    fed = solve(rows, **WIDE)
    plan = told(fed, "site_plan", "site")
    assert (plan["south"]["is_open"], plan["middle"]["fed_by"]) == (True, "south")
    assert plan["south"]["units"] == pytest.approx(130 / YEAR)  # all of it passes, served here or there
    assert plan["middle"]["freight"] == pytest.approx(
        0.05 * (5 * 6 + 0.25 * 4 * plan["middle"]["shipments"] * YEAR) * KM / YEAR, rel=1e-6)
    alone = solve(rows, feeding="ignored", **WIDE)
    assert not told(alone, "site_plan", "site")["south"]["is_open"]
    rows["sites"].append({"site": "near", "latitude": 5.0, "longitude": 0.0, "fixed_cost": 100.0,
                          "standing": "candidate"})
    free = told(solve(rows, feeding="free", **WIDE), "site_plan", "site")
    assert (free["near"]["is_open"], free["middle"]["fed_by"]) == (True, "near")


def test_lanes_are_taken_as_they_are_and_a_place_is_near_a_site() -> None:
    rows = meridian()
    for customer, site in zip(rows["customers"], ("south", "south", "middle", "north"), strict=True):
        customer["site"] = site
    lanes = (("south", "south", 1.0, 5.0), ("south", "middle", 9.0, 30.0), ("south", "north", 20.0, 40.0),
             ("middle", "middle", 2.0, 5.0))
    rows["lanes"] = [{"from_site": start, "to_site": end, "duration": hours, "cost": cost}
                     for start, end, hours, cost in lanes]
    result = solve(rows, feeding="ignored")
    service = told(result, "site_service", "place")
    assert {name: row["site"] for name, row in service.items()} == served("south", "south", "middle", "south")
    assert result.summary["value"] == pytest.approx(2000 + (60 * 5 + 5 * 40) / YEAR, rel=1e-6)
    rows["lanes"] = rows["lanes"][:2]
    with pytest.raises(Unreachable, match=r"No lane leads from any site to d\."):
        solve(rows, feeding="ignored")


def test_demand_by_site_serves_where_no_case_tells_who_asks() -> None:
    rows = meridian()
    del rows["cases"]
    rows["demand"] = [{"item": "p", "site": site, "offer": "fast", "rate": rate, "size": 2}
                      for site, rate in (("south", 40.0), ("north", 10.0))]
    result = solve(rows, objective="distance", most_sites=1, **WIDE)
    assert result.summary["value"] == pytest.approx(5 * 10 * KM, rel=1e-6)
    assert told(result, "site_plan", "site")["south"]["units"] == pytest.approx(50)


def test_stock_pooled_and_spread_are_those_of_the_response_and_pooling_closes_a_site() -> None:
    rows = meridian()
    rows["sites"][2]["fixed_cost"] = 0.0
    for row in rows["sites"][:2]:
        row["fixed_cost"] = 0.0
    apart, pooled = solve(rows, **WIDE), solve(rows, stock="counted", miss_cost=500.0, **WIDE)
    rate = np.array([130 / YEAR])
    expected, _ = pooled_cost(rate, rate * 30 / 365.25, np.array([100.0]), 0.25, 500.0,
                              np.array([80, 40, 10, 130]) / 130)
    assert pooled.summary["stock_pooled"] == pytest.approx(expected[3])
    assert pooled.summary["stock_spread"] == pytest.approx(expected[:3].sum())
    assert apart.summary["sites"] == 3
    assert pooled.summary["bound"] <= pooled.summary["value"]
    both = apart.summary["value"] + pooled.summary["stock_spread"]
    assert pooled.summary["value"] <= both * 1.001


@pytest.mark.parametrize(("change", "params", "error", "words"), [
    ({}, {"most_sites": 4}, UsageError, r"4 sites are asked for, and there are 3"),
    ({}, {"objective": "distance"}, UsageError, r"Say how many"),
    ({"kept": 2}, {"most_sites": 1}, UsageError, r"2 sites are to be kept open.*more than the 1"),
    ({"capacity": 10.0}, {}, Unreachable, r"All sites together can serve 30 units a year, and 130 are asked"),
    ({"window": 0.5}, {}, Unreachable, r"4h asks for 90.0% in time; with every site open 0.0%.* to a, b, c, d\."),
    ({"window": 2.0, "target": 0.99}, {"most_sites": 1}, Unreachable, r"with every site open 84.6%.*to b\."),
    ({"window": 3.0, "target": 0.99}, {"most_sites": 2}, Unreachable, r"2 sites are too few: it takes 3"),
    ({"latitude": None}, {}, Unsupported, r"Nobody knows where 1 are: north\. Fill latitude and longitude in sites"),
    ({"customer": None}, {}, Unsupported, r"Nobody knows where 1 are: b\. Fill .* in customers"),
    ({"fixed": None}, {}, Unsupported, r"What north cost a year open is not known"),
    ({"cases": "visit"}, {}, Unsupported, r"no case of kind order names a customer"),
    ({"late": None}, {"stock": "counted"}, Unsupported, r"late_cost in promises or --miss-cost"),
])
def test_what_cannot_be_answered_says_why(change: dict[str, Any], params: dict[str, Any], error: type[Exception],
                                          words: str) -> None:
    rows = meridian()
    for number, row in enumerate(rows["sites"]):
        row["standing"] = "kept" if number < change.get("kept", 0) else "open"
        row["capacity"] = change.get("capacity")
    promise = rows["promises"][0]
    promise["window"], promise["target_share"] = change.get("window", 4.0), change.get("target", 0.9)
    promise["late_cost"] = change.get("late", 50.0)
    rows["sites"][2]["latitude"] = change.get("latitude", 10.0)
    rows["sites"][2]["fixed_cost"] = change.get("fixed", 1000.0)
    rows["sites"][2]["longitude"] = change.get("latitude", 0.0)
    rows["customers"][1]["latitude"] = change.get("customer", 1.0)
    rows["customers"][1]["longitude"] = change.get("customer", 0.0)
    for case in rows["cases"]:
        case["kind"] = change.get("cases", "order")
    with pytest.raises(error, match=words):
        solve(rows, detour=1.0, **params)


def test_too_many_ways_are_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sites_model, "_MOST_CELLS", 11)
    with pytest.raises(Unsupported, match=r"There are 12 ways.*--promises ignored"):
        solve(meridian(), detour=1.0)
    assert solve(meridian(), **WIDE).status == "optimal"


@settings(max_examples=3)
@given(order=st.randoms(use_true_random=False), factor=st.sampled_from([0.25, 1024.0]))
def test_row_order_and_currency_change_nothing(order: Any, factor: float) -> None:
    base, rows = solve(meridian(), detour=1.0), meridian()
    for table in rows.values():
        order.shuffle(table)
    for row in rows["sites"]:
        row["fixed_cost"] *= factor
    other = solve(rows, detour=1.0, cost_per_km=0.05 * factor)
    assert other.tables["site_service"].equals(base.tables["site_service"])
    assert other.summary["value"] == pytest.approx(factor * base.summary["value"])


@settings(max_examples=6)
@given(seed=st.integers(0, 1000), most=st.integers(1, 4))
def test_chosen_sites_are_those_of_enumeration_over_the_globe(seed: int, most: int) -> None:
    rng, rows = np.random.default_rng(seed), meridian()
    spots = np.column_stack([rng.uniform(-60, 60, 9), rng.uniform(-180, 180, 9)])
    rows["sites"] = [{"site": f"s{k}", "latitude": spots[k, 0], "longitude": spots[k, 1]} for k in range(5)]
    for row, spot in zip(rows["customers"], spots[5:], strict=True):
        row["latitude"], row["longitude"] = spot.tolist()
    far = great_circle(spots[:5, 0], spots[:5, 1], spots[5:, 0], spots[5:, 1]) * np.array([30, 10, 20, 5]) / YEAR
    expected = min(far[list(choice)].min(axis=0).sum() for choice in combinations(range(5), most))
    result = solve(rows, objective="distance", most_sites=most, **WIDE)
    assert result.summary["value"] == pytest.approx(expected, rel=1e-6)
    assert result.summary["bound"] == pytest.approx(expected, rel=1e-6)


def test_the_example_is_worth_its_page() -> None:
    done = CliRunner().invoke(app, ["run", str(ROOT / "examples" / "aftersales"), "optimise.sites", "--json"])
    summary = json.loads(done.stdout)["summary"]
    assert (summary["sites"], summary["sites_before"]) == (9, 10)
    assert summary["gap"] <= 1e-6
    assert round(summary["value"]) == 288_420
    assert summary["value"] < summary["value_before"]
    assert summary["stock_pooled"] < summary["stock_before"]
