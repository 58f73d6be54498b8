"""Is every amount traced to the case that caused it, and does it all add up to what was spent?"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from arbitre.capability import Result
from arbitre.core.errors import Unsupported, UsageError
from arbitre.maths.stock.pooling import least_on_hand, share_pools
from arbitre.measure import cost
from arbitre.tables.chain import Chain
from arbitre.tables.sample.aftersales import SAMPLES, Sample
from arbitre.tables.settings import Settings
from tests.measure.costing_chain import firm, rows, shelved


def ask(chain: Chain, **params: Any) -> Result:
    return cost.run(chain, cost.Params.model_validate(params), 1, lambda *_: None)


def spent(found: Result, by: str) -> dict[tuple[str, str], float]:
    told = found.tables["cost_to_serve"].filter(by=by).select("name", "kind", "amount")
    return {(name, kind): amount for name, kind, amount in told.iter_rows() if amount}


@pytest.fixture(scope="module")
def sample() -> Sample:
    return SAMPLES["aftersales"]("small", 1)


@pytest.fixture(scope="module")
def aftersales(sample: Sample) -> Chain:
    return Chain(Settings.model_validate(sample.settings), sample.tables)


def test_the_firm_has_no_fault() -> None:
    assert firm().check() == []
    assert shelved(firm()).check() == []


def test_each_case_takes_the_time_of_its_equation() -> None:
    """Minutes: 8 an order, 4 a line, 1 a unit, 20 in haste, 6 to pack; half an hour of talk. A minute costs 0.50."""
    found = spent(ask(firm(), detail="case"), "case")
    assert found == pytest.approx({
        ("1", "order"): (4 + 4 + 3) / 2, ("2", "order"): (4 + 4 + 1) / 2, ("3", "order"): (8 + 4 + 2 + 20 + 6) / 2,
        ("4", "support"): 15.0, ("1", "freight"): 7.0, ("3", "freight"): 11.0,
    }, abs=1e-5)
    customers = spent(ask(firm()), "customer")
    assert customers["ann", "order"] == pytest.approx(10.0, abs=1e-5)
    assert customers["bob", "order"] == pytest.approx(20.0, abs=1e-5)


def test_what_nobody_caused_stays_apart() -> None:
    found = ask(firm())
    capacity = found.tables["capacity_used"]
    unused = capacity.filter(pl.col("activity").is_null()).row(0, named=True)
    assert unused["hours"] == pytest.approx(40.0 - 1.5, abs=1e-6)  # 60 minutes of orders, 30 of talk
    assert unused["cost"] == pytest.approx(1_200.0 - 45.0, abs=1e-5)
    assert capacity["cost"].sum() == pytest.approx(1_200.0, abs=1e-9)
    assert found.summary["untraced"] == pytest.approx(9.0)
    assert found.summary["traced_share"] == pytest.approx(63.0 / 72.0, abs=1e-6)
    assert "penalty" not in found.summary["not_known"]
    assert found.summary["not_known"] == "handling, emergency, labour, travel, return, other, holding"


def test_more_work_than_capacity_is_told_as_negative() -> None:
    tired = firm(resources=rows("resources", ("desk", 1.0, 0.1), names="resource cost capacity"))
    unused = ask(tired).tables["capacity_used"].filter(pl.col("activity").is_null()).row(0, named=True)
    assert unused["hours"] == pytest.approx(0.4 - 1.5, abs=1e-6)
    assert unused["cost"] == pytest.approx(4.0 - 15.0, abs=1e-5)


def test_days_outside_do_not_count() -> None:
    found = ask(firm(), since="2022-01-04", until="2022-01-04")
    assert spent(found, "customer") == pytest.approx({("bob", "order"): 3.0, ("ann", "support"): 15.0}, abs=1e-5)
    with pytest.raises(UsageError, match="Turn since and until around"):
        ask(firm(), since="2022-01-04", until="2022-01-03")


def test_stock_is_shared_by_those_it_stands_there_for() -> None:
    found = ask(shelved(firm()), holding_share=0.25, detail="case")
    assert found.summary["stock_idle"] == pytest.approx(4 * 5.0 * 0.25 * 4)
    # Ann asked 4 units promised in ten days of the twenty a unit takes, Bob 2 promised in one day.
    loads = [4 / 1461 * 10.0, 2 / 1461 * 19.0]
    scatter = (9 + 1 + 4) / 6
    low, high = (least_on_hand(sum(loads), scatter, share) for share in (0.9, 0.99))
    natural = [low * loads[0] / sum(loads), low * loads[1] / sum(loads) + high - low]
    whole = 8 * 10.0 * 0.25 * 4
    told = spent(found, "customer")
    assert told["ann", "holding"] == pytest.approx(whole * natural[0] / sum(natural), abs=1e-4)
    assert told["bob", "holding"] == pytest.approx(whole * natural[1] / sum(natural), abs=1e-4)
    cases = spent(found, "case")
    assert cases["1", "holding"] == pytest.approx(3 * cases["2", "holding"], abs=1e-4)
    caused = found.tables["stock_caused"].sort("promise")
    assert caused["natural"].sum() == pytest.approx(whole)
    assert caused["promise"].to_list() == ["P", "Q"]
    bob = share_pools_of(loads, scatter)
    assert caused["alone"][0] == pytest.approx(bob[1] * 10.0)
    assert caused["marginal"][0] == pytest.approx(bob[2] * 10.0)


def share_pools_of(loads: list[float], scatter: float) -> tuple[float, float, float]:
    series = pl.DataFrame({"load": loads, "share": [0.9, 0.99]})
    parts = share_pools(pl.Series([0, 2]).to_numpy(), series["load"].to_numpy(), series["share"].to_numpy(),
                        pl.Series([scatter]).to_numpy())
    return float(parts[0][1]), float(parts[1][1]), float(parts[2][1])


def test_what_cannot_be_answered_is_said_with_its_remedy() -> None:
    bare = Chain(Settings(), {"cases": firm().tables["cases"]})
    with pytest.raises(Unsupported, match=r"Add tables/costs\.csv"):
        ask(bare)
    asleep = firm(resources=rows("resources", ("desk", 300.0, 0.0), names="resource cost capacity"))
    with pytest.raises(Unsupported, match=r"resource desk can work 0 hours.*resources\.capacity"):
        ask(asleep)
    wrong = rows("time_equations", ("entry", -5.0), names="activity minutes")
    with pytest.raises(Unsupported, match="activity entry takes less than no time for the case"):
        ask(firm(time_equations=wrong))


def test_the_order_of_rows_changes_nothing(aftersales: Chain) -> None:
    turned = {name: frame.sample(fraction=1.0, shuffle=True, seed=5) for name, frame in aftersales.tables.items()}
    one, two = ask(aftersales), ask(Chain(aftersales.settings, turned))
    assert one.summary == two.summary
    for name, table in one.tables.items():
        assert table.equals(two.tables[name]), name


def test_the_sample_adds_up_to_what_was_spent(aftersales: Chain) -> None:
    found = ask(aftersales)
    booked = aftersales.tables["costs"].group_by("kind").agg(pl.col("amount").sum())
    for kind, amount in booked.iter_rows():
        assert found.summary[f"cost.{kind}"] == pytest.approx(amount, abs=0.005), kind
    resources = aftersales.tables["resources"]["cost"].sum() * 1096 / 365.25
    assert found.tables["capacity_used"]["cost"].sum() == pytest.approx(resources, abs=0.005)
    value = aftersales.tables["stocks"].join(aftersales.tables["items"], on="item")
    held = value.select((pl.col("on_hand") * pl.col("price")).sum()).item() * 0.25 * 1096 / 365.25
    assert found.summary["cost.holding"] + found.summary["stock_idle"] == pytest.approx(held, abs=0.005)
    assert found.tables["stock_caused"]["natural"].sum() == pytest.approx(found.summary["cost.holding"], abs=0.005)
    by = found.tables["cost_to_serve"].group_by("by").agg(pl.col("amount").sum())
    assert by["amount"].to_list() == pytest.approx([found.summary["cost_to_serve"]] * 4, abs=0.005)


def test_the_planted_work_is_found(sample: Sample, aftersales: Chain) -> None:
    """Hours are Poisson counts of cases times minutes: within four standard errors in all."""
    found = ask(aftersales, since=date(2023, 1, 1), until=date(2025, 12, 31))
    truth = sample.expect["truth_work"].group_by("activity").agg(pl.col("hours").sum())
    used = dict(found.tables["capacity_used"].drop_nulls("activity").select("activity", "hours").iter_rows())
    cases = dict(found.tables["capacity_used"].drop_nulls("activity").select("activity", "cases").iter_rows())
    for activity, hours in truth.iter_rows():
        assert used[activity] == pytest.approx(3 * hours, rel=4.0 / cases[activity] ** 0.5), activity
