"""The twin writes facts: measured by the capability that measures reality, they say what the twin says."""

from datetime import datetime

import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.core.errors import Unsupported
from arbitre.measure import demand, promises
from arbitre.simulate import twin
from benchmarks.rows import chain_of
from tests.simulate.chains import decided, two_echelons

STOCKS = [
    {"site": "hub", "item": "pump", "level": 8, "on_hand": 3},
    {"site": "shop", "item": "pump", "level": 2, "on_hand": 0},
    {"site": "hub", "item": "seal", "level": 12, "reorder_level": 9, "on_hand": 2},
    {"site": "shop", "item": "seal", "level": 3},
]
OPEN = [
    {"case": "o1", "customer": "b1", "offer": "fast", "item": "pump", "site": "shop", "quantity": 1.0,
     "opened_at": datetime(2025, 12, 30, 6)},
    {"case": "o2", "customer": "s1", "offer": "slow", "item": "pump", "site": "hub", "quantity": 2.0,
     "opened_at": datetime(2025, 12, 31, 6)},
    {"case": "done", "customer": "s1", "offer": "slow", "item": "pump", "site": "hub", "quantity": 1.0,
     "opened_at": datetime(2025, 12, 1), "closed_at": datetime(2025, 12, 2)},
]


def facts(given, seed=1, **params):
    return twin.run(given, twin.Params(**params), seed, silent)


@pytest.fixture
def stocked():
    return two_echelons(stocks=STOCKS, cases=OPEN)


@pytest.mark.parametrize("params", [{}, {"start": "today"}, {"days": 40}, {"start": "today", "days": 3}])
def test_measure_finds_on_the_facts_what_the_twin_kept(stocked, params) -> None:
    found = facts(stocked, **params)
    told = twin.told(stocked, found.tables)
    assert told.check() == []
    now = datetime.fromisoformat(found.summary["until"])
    measured = promises.run(told, promises.Params(now=now), 1, silent).tables["promises_kept"]
    for row in measured.filter(pl.col("segment").is_null()).iter_rows(named=True):
        assert row["cases"] == found.summary[f"cases.{row['promise']}"]
        assert row["kept_share"] == found.summary[f"kept_share.{row['promise']}"]


def test_the_demand_measured_on_the_facts_is_the_demand_replayed(stocked) -> None:
    found = facts(stocked, days=3650)
    measured = demand.run(twin.told(stocked, found.tables), demand.Params(), 1, silent).tables["demand"]
    asked = stocked.table("demand").join(measured.group_by("item", "site", "segment", "offer").agg(
        measured=pl.col("rate").sum()), on=["item", "site", "segment", "offer"])
    assert asked.height == 3
    for rate, again in asked.select("rate", "measured").rows():
        assert again == pytest.approx(rate, abs=4 * (rate / 10) ** 0.5)


def test_movements_keep_the_books(stocked) -> None:
    tables = facts(stocked, days=200).tables
    moves = tables["movements"]
    balance = moves.sort("movement").with_columns(pl.col("quantity").cum_sum().over("item", "site").alias("on_hand"))
    assert balance["on_hand"].min() >= 0
    assert moves.filter(kind="count").height == 4
    issued = -moves.filter(pl.col("case").is_not_null())["quantity"].sum()
    shipped = tables["events"].filter(step="shipped")["case"]
    assert issued >= tables["cases"].filter(pl.col("case").is_in(shipped.implode()))["quantity"].sum()
    assert (tables["cases"]["closed_at"].is_null() | (tables["cases"]["closed_at"] <= datetime(2026, 7, 20))).all()


def test_today_starts_with_what_is_there_and_who_waits(stocked) -> None:
    tables = facts(stocked, start="today", days=30).tables
    counts = tables["movements"].filter(kind="count").sort("item", "site")
    assert counts["quantity"].to_list() == [3.0, 0.0, 2.0, 3.0]
    waiting = tables["cases"].filter(pl.col("opened_at") < datetime(2026, 1, 1)).sort("opened_at")
    assert waiting["opened_at"].to_list() == [datetime(2025, 12, 30, 6), datetime(2025, 12, 31, 6)]
    assert waiting["quantity"].to_list() == [1.0, 2.0]
    # Two pumps are on the hub's shelf for the second; the first waits for the shop's next delivery.
    assert waiting["closed_at"].to_list()[1] <= datetime(2026, 1, 1, 21)


def test_the_same_lines_come_whatever_the_levels(stocked) -> None:
    planned = decided(stocked).with_(stocks=stocked.table("stocks"))
    columns = ["customer", "item", "site", "quantity", "opened_at"]
    today, plan = (facts(planned, levels=levels).tables["cases"].select(columns) for levels in ("today", "plan"))
    assert today.equals(plan)
    assert not facts(planned, replication=1).tables["cases"].select(columns).equals(today)


def test_refusals_name_the_table_and_what_to_do(stocked) -> None:
    with pytest.raises(Unsupported, match="no plan"):
        facts(stocked, levels="plan")
    with pytest.raises(Unsupported, match=r"tables/stocks.csv"):
        facts(two_echelons())
    wrong = chain_of(stocks=[{"site": "hub", "item": "seal", "level": 2, "reorder_level": 5}]).table("stocks")
    with pytest.raises(Unsupported, match="seal at site hub above its level"):
        facts(stocked.with_(stocks=wrong))
