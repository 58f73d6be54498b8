"""Lines with cut-offs: every plan of a tiny day, what was planted, monotony, and what cannot be."""

from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported
from arbitre.optimise import lines
from arbitre.optimise._lines.pools import LinePool
from arbitre.optimise._lines.question import question_of
from arbitre.simulate import proof
from arbitre.tables.chain import Chain
from arbitre.tables.new import new
from benchmarks.rows import chain_of

YEAR = 365.25 / 7.0


def station(**changes: list[dict[str, Any]]) -> Chain:
    """A line on Mondays: two tours, an early carrier and a dear late one."""
    tables: dict[str, list[dict[str, Any]]] = {
        "sites": [{"site": site} for site in ("hub", "near", "far", "road", "night")],
        "lanes": [{"from_site": "near", "to_site": "hub", "duration": 0.25},
                  {"from_site": "far", "to_site": "hub", "duration": 0.25},
                  {"from_site": "hub", "to_site": "road", "duration": 0.0, "cost": 1.0},
                  {"from_site": "hub", "to_site": "night", "duration": 0.25, "cost": 2.5}],
        "segments": [{"segment": "near"}, {"segment": "far"}],
        "steps": [{"step": "near tour", "work": 1.0, "law": "lognormal", "spread": 0.2},
                  {"step": "far tour", "work": 2.0, "law": "lognormal", "spread": 0.3},
                  {"step": "pack", "site": "hub", "work": 0.1, "law": "lognormal", "spread": 0.5},
                  {"step": "by road", "site": "road", "law": "constant"},
                  {"step": "by night", "site": "night", "law": "constant"}],
        "routes": [{"kind": "parcel", "segment": "near", "to_step": "near tour"},
                   {"kind": "parcel", "segment": "far", "to_step": "far tour"},
                   {"kind": "parcel", "from_step": "near tour", "to_step": "pack"},
                   {"kind": "parcel", "from_step": "far tour", "to_step": "pack"},
                   {"kind": "parcel", "from_step": "pack", "to_step": "by road"},
                   {"kind": "parcel", "from_step": "pack", "to_step": "by night", "share": 0.0}],
        "waves": [{"step": step, "weekday": "monday", "leaves": leaves} for step, leaves in
                  (("near tour", 14.0), ("far tour", 14.0), ("by road", 17.0), ("by night", 19.0))],
        "crews": [{"crew": "packers", "cost": 20.0}],
        "shifts": [{"crew": "packers", "starts": 14, "ends": 17, "heads": 2},
                   {"crew": "packers", "starts": 17, "ends": 19, "heads": 0}],
        "needs": [{"step": "pack", "crew": "packers"}],
        "arrivals": [{"kind": "parcel", "site": site, "segment": site, "rate": 20.0 * YEAR}
                     for site in ("near", "far")],
        "rhythms": [{"kind": "parcel", "weekday": "monday", "starts": 10, "ends": 14}],
        "promises": [{"promise": "out", "kind": "parcel", "window": 0.0, "cut_off": "20:00", "late_cost": 15.0}],
    }
    return chain_of(**{**tables, **changes})


def planned(chain: Chain, **params: Any) -> Result:
    return lines.run(chain, lines.Params(**params), 1, silent)


def pool_of(chain: Chain) -> LinePool:
    question = question_of(chain)
    return LinePool(question.days[0], lines.late_costs(question), 2, 4)


def test_every_plan_of_a_tiny_day_lies_above_the_floor_and_none_below_the_plan() -> None:
    pool = pool_of(station())
    worth = pool.late_cost
    value = {(levels, carriers): pool.priced(pool.evaluate(levels, carriers), worth)
             for levels in product(range(5), repeat=2) for carriers in product(range(2), repeat=2)}
    least = min(value.values())
    found = pool.best(worth, pool.by_means(0.0).best(worth, pool.today))
    assert value[found] == pytest.approx(least)
    assert 0.0 < pool.bound(worth, value[found], 5) <= least + 1e-9
    assert pool.bound(worth, value[found], 1000) == pytest.approx(least)
    today = pool.evaluate(*pool.today)
    assert pool.priced(today, worth) > least


def test_more_heads_and_later_cut_offs_never_miss_more() -> None:
    pool = pool_of(station())
    for carriers in product(range(2), repeat=2):
        for levels in product(range(3), repeat=2):
            less = pool.evaluate(levels, carriers).missed.sum()
            for more in ((levels[0] + 1, levels[1]), (levels[0], levels[1] + 1)):
                assert pool.evaluate(more, carriers).missed.sum() <= less + 0.02
    missed = []
    for leaves in (16.0, 16.5, 17.0, 17.5, 18.0, 18.5):
        waves = [{"step": step, "weekday": "monday", "leaves": at} for step, at in
                 (("near tour", 14.0), ("far tour", 14.0), ("by road", leaves), ("by night", 19.0))]
        missed.append(pool_of(station(waves=waves)).evaluate((2, 2), (1, 1)).missed.sum())
    assert (np.diff(missed) <= 0.02).all()
    assert missed[0] > missed[-1] + 5.0


def test_the_twin_keeps_what_was_said_and_the_means_miss_more() -> None:
    chain = station()
    found = planned(chain)
    said = found.tables["line_promises"].row(0, named=True)
    told = proof.run(chain.with_(**found.tables), proof.Params(crews="plan", least=10, most=10), 1, silent)
    share = told.tables["proofs"].row(0, named=True)
    assert share["said_share"] == said["kept_after"]
    assert share["low_share"] - 0.01 <= said["kept_after"] <= share["high_share"] + 0.01
    assert said["kept_by_means"] < said["kept_after"]
    assert found.summary["bound"] <= found.summary["value"] <= found.summary["value_by_means"]


def test_a_target_is_bought_where_late_parcels_alone_do_not_pay_for_it() -> None:
    promise = {"promise": "out", "kind": "parcel", "window": 0.0, "cut_off": "20:00", "late_cost": 0.5}
    free = planned(station(promises=[promise]))
    bound_to = planned(station(promises=[{**promise, "target_share": 0.95}]))
    assert free.summary["kept_after.out"] < 0.95 <= bound_to.summary["kept_after.out"]
    assert free.summary["value"] < bound_to.summary["value"]
    assert bound_to.summary["bound"] <= bound_to.summary["value"]


def reasons(chain: Chain) -> set[tuple[str, str]]:
    parcels = planned(chain, boxes=0).tables["line_parcels"]
    return {row for row in parcels.select("tour", "reason").iter_rows() if row[1] != "planned"}


def test_what_cannot_be_is_said_and_the_rest_is_planned() -> None:
    past = [{"promise": "out", "kind": "parcel", "segment": "far", "window": 0.0, "cut_off": "14:10"},
            {"promise": "near", "kind": "parcel", "segment": "near", "window": 0.0, "cut_off": "20:00",
             "late_cost": 15.0}]
    found = planned(station(promises=past), boxes=0)
    assert ("far tour", "too_early") in {(row["tour"], row["reason"])
                                         for row in found.tables["line_parcels"].iter_rows(named=True)}
    assert found.summary["dropped"] == pytest.approx(20.0 * YEAR)
    assert found.summary["kept_after.near"] > 0.9

    def changed(table: str, change: Any) -> Chain:
        chain = station()
        return chain.with_(**{table: change(chain.table(table))})

    never = changed("waves", lambda waves: waves.filter(pl.col("step") != "far tour"))
    assert planned(never, boxes=0).summary["kept_after.out"] > 0.5  # as one by one: no wave holds them
    nothing = changed("arrivals", lambda rows: rows.with_columns(
        rate=pl.when(pl.col("site") == "far").then(0.0).otherwise("rate")))
    assert ("far tour", "never_comes") in reasons(nothing)
    barred = changed("lanes", lambda lanes: lanes.filter(pl.col("from_site") != "hub"))
    assert {reason for _, reason in reasons_of_nothing(barred)} == {"nobody_may"}
    nobody = changed("shifts", lambda shifts: shifts.with_columns(weekday=pl.lit("tuesday")))
    assert {reason for _, reason in reasons_of_nothing(nobody)} == {"nobody"}
    no_way = changed("lanes", lambda lanes: lanes.filter(pl.col("from_site") != "far"))
    assert ("far tour", "no_way") in reasons(no_way)
    assert planned(no_way, boxes=0).summary["dropped"] == pytest.approx(20.0 * YEAR)
    with pytest.raises(Unsupported, match="comes to a line"):
        planned(changed("needs", lambda needs: needs.clear()))


def reasons_of_nothing(chain: Chain) -> set[tuple[str, str]]:
    """Reasons where nothing at all can be planned."""
    found = planned(chain, boxes=0)
    assert found.summary["value"] == 0.0
    return set(found.tables["line_parcels"].select("tour", "reason").iter_rows())


def test_planted_truths_of_the_sample_are_found() -> None:
    chain = new("parcels")
    found = planned(chain, boxes=0)
    monday = {name: found.tables[name].filter(weekday="monday") for name in
              ("line_levels", "line_parcels", "line_tours")}
    short = monday["line_levels"].filter(pl.col("heads") > pl.col("heads_before"))
    assert short["starts"].to_list() == [16.0]
    off_swift = monday["line_parcels"].filter(pl.col("carrier_before") == "hand to Swift",
                                              pl.col("carrier") != "hand to Swift")
    assert set(off_swift["segment"]) == {"EAST", "SOUTH"}
    by_tour = monday["line_tours"].filter(pl.col("carrier") == "hand to Road").sort("chance")
    assert by_tour["tour"][0] in ("tour EAST", "tour SOUTH")
    comes = chain.table("events").filter(step="dock").join(chain.table("cases").select("case", "site"), on="case")
    spread = comes.group_by("site_right", pl.col("started_at").dt.date().alias("day")).agg(
        pl.col("started_at").first()).with_columns(at=pl.col("started_at").dt.hour() * 60.0
                                                   + pl.col("started_at").dt.minute())
    least = spread.group_by("site_right").agg(pl.col("at").std()).sort("at")
    assert least["site_right"][-1] == "EAST"
    assert found.summary["missed"] < 0.5 * found.summary["missed_before"]


def test_a_plan_at_the_cost_of_means_costs_no_more_and_misses_less() -> None:
    chain = new("parcels")
    found = planned(chain, by="cost of means", margin=0.6, boxes=0)
    assert found.summary["cost"] <= found.summary["cost_by_means"] + 1e-6
    assert found.summary["missed"] < 0.5 * found.summary["missed_by_means"]
