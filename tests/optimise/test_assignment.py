"""optimise.assignment: the least change of hands, against every assignment tried, and a refusal."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unreachable
from arbitre.optimise import assignment
from arbitre.optimise.assignment import Params
from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of

START = datetime(2025, 1, 1)


def desk(loads: list[int], owners: list[str], sites: list[str]) -> Chain:
    """Customers that asked so many cases in a year, each looked after by a crew; ann in the north, bob in the south."""
    rows = [(f"a{number}", n) for number, load in enumerate(loads) for n in range(load)]
    cases: list[dict[str, Any]] = [
        {"case": f"{who}-{n}", "customer": who, "kind": "deal", "opened_at": START + timedelta(days=n * 3)}
        for who, n in rows]
    events = [{"case": row["case"], "step": "call", "resource": owners[int(row["customer"][1:])],
               "happened_at": row["opened_at"] + timedelta(days=1)} for row in cases]
    return chain_of(
        cases=cases, events=events, sites=[{"site": "north"}, {"site": "south"}],
        customers=[{"customer": f"a{number}", "segment": "all", "site": site} for number, site in enumerate(sites)],
        crews=[{"crew": "ann", "site": "north", "heads": 1}, {"crew": "bob", "site": "south", "heads": 1}])


def asked(chain: Chain, **params: Any) -> Result:
    return assignment.run(chain, Params(**params), 1, silent)


def test_it_is_the_best_of_all_assignments() -> None:
    loads, owners = [9, 7, 6, 5, 4, 3, 2], ["ann"] * 5 + ["bob"] * 2
    sites = ["north", "north", "south", "north", "south", "south", "north"]
    found = asked(desk(loads, owners, sites), slack=0.15)
    fair = sum(loads) / 2
    costs = []
    for ways in product(("ann", "bob"), repeat=len(loads)):
        has = {name: sum(load for load, way in zip(loads, ways, strict=True) if way == name) for name in ("ann", "bob")}
        if all(0.85 * fair <= each <= 1.15 * fair for each in has.values()):
            home = {"ann": "north", "bob": "south"}
            costs.append(sum(load * ((way != owner) + 0.5 * (home[way] != site))
                             for load, way, owner, site in zip(loads, ways, owners, sites, strict=True)))
    scale = found.tables["assignments"]["load"].sum() / sum(loads)
    assert found.summary["value"] / scale == pytest.approx(min(costs))
    assert found.bound == pytest.approx(found.summary["value"])
    assert found.summary["imbalance_after"] <= 0.15 + 1e-9 < found.summary["imbalance_before"]


def test_loads_of_the_plan_are_those_of_its_customers() -> None:
    found = asked(desk([4, 4, 4, 4], ["ann"] * 4, ["north", "south", "north", "south"]))
    table, loads = found.tables["assignments"], found.tables["assignment_loads"]
    for row in loads.iter_rows(named=True):
        mine = table.filter(crew=row["crew"])
        assert (mine.height, mine["load"].sum()) == (row["customers"], pytest.approx(row["after"]))
    assert set(table.filter("is_moved")["customer"]) == {"a1", "a3"}  # those of the south go to who is there
    assert np.isclose(loads["fair"].sum(), loads["after"].sum())


def test_one_customer_too_large_is_refused_with_its_share() -> None:
    with pytest.raises(Unreachable, match="the largest customer alone asks"):
        asked(desk([20, 1, 1], ["ann"] * 3, ["north"] * 3))


@pytest.mark.parametrize("capacity", [10 / 3, 110.0, 1e6])
def test_a_quota_is_the_cases_its_hours_allow_times_what_a_case_brings(capacity: float) -> None:
    """Calls of 300 h; three in four are won, for 100. Ann's cases come as often as the 8 seen tell, and no more count
    than her hours allow: next year's number is a mixture of Poisson laws, summed here one by one."""
    chain = desk([8, 8], ["ann", "bob"], ["north", "south"])
    cases = chain.table("cases").with_columns(closed_at=pl.col("opened_at") + timedelta(days=2))
    won = [row["case"] for row in cases.iter_rows(named=True) if int(row["case"][-1]) % 4]
    facts = chain_of(steps=[{"step": "call", "work": 300.0}],
                     needs=[{"step": "call", "crew": who} for who in ("ann", "bob")],
                     events=[{"case": case, "step": "won", "resource": "ann", "happened_at": START + timedelta(days=40)}
                             for case in won],
                     attributes=[{"case": case, "attribute": "amount", "value": "100"} for case in won])
    more = chain.with_(cases=cases, events=pl.concat([chain.table("events"), facts.table("events")]),
                       **{name: facts.table(name) for name in ("steps", "needs", "attributes")},
                       crews=chain.table("crews").with_columns(heads=pl.lit(100_000_000)))
    weekly = 300.0 * capacity * 7 / 365.25 / 100_000_000
    row = asked(more, hours=weekly).tables["assignment_loads"].row(0, named=True)
    assert (row["hours"], row["case_hours"]) == pytest.approx((300.0 * capacity, 300.0))
    seen, rate = 8, row["after"]
    chances = [(seen / (rate + seen)) ** seen]
    for at in range(1, 2000):
        chances.append(chances[-1] * (seen + at - 1) / at * rate / (rate + seen))
    counts = np.minimum(np.arange(2000), capacity)
    mean = float(counts @ chances)
    scatter = float(counts**2 @ chances) - mean**2
    spread = np.var([100.0] * 12 + [0.0] * 4, ddof=1)
    half = 1.959964 * np.sqrt(spread * (mean + mean**2 / 16) + scatter * 75.0**2)
    assert (row["within"], row["quota_hours"]) == pytest.approx((mean, mean * 75.0))
    assert (row["quota_low"], row["quota_high"]) == pytest.approx(
        (max(mean * 75.0 - half, 0.0), mean * 75.0 + half), rel=1e-6)
    assert asked(chain).tables["assignment_loads"]["quota_hours"].null_count() == 2
