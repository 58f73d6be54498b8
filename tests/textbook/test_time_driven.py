"""R. S. Kaplan and S. R. Anderson, Time-Driven Activity-Based Costing, Harvard Business Review 82 (11), 2004.

A customer service department costs 560,000 a quarter and can really work 700,000 minutes, so a minute costs 0.80. It
takes 49,000 orders of 8 minutes, 1,400 inquiries of 44 and 2,500 credit checks of 50.
"""

from datetime import date, datetime

import polars as pl
import pytest

from arbitre.measure import cost
from arbitre.tables import costing, facts
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.settings import Settings

WORK = {"order": (49_000, 8.0), "inquiry": (1_400, 44.0), "credit check": (2_500, 50.0)}


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    kinds = [kind for kind, (count, _) in WORK.items() for _ in range(count)]
    cases = pl.DataFrame({"case": [str(at) for at in range(len(kinds))], "kind": kinds,
                          "opened_at": [datetime(2021, 6, 1)] * len(kinds)})
    chain = Chain(Settings(), {
        "cases": shaped(facts.CASES, cases),
        "resources": shaped(costing.RESOURCES, pl.DataFrame({
            "resource": ["service"], "cost": [560_000.0 / 4], "capacity": [700_000.0 / 60 / 4]})),
        "activities": shaped(costing.ACTIVITIES, pl.DataFrame({
            "activity": list(WORK), "resource": ["service"] * 3, "kind": ["order", "support", "other"]})),
        "time_equations": shaped(costing.TIME_EQUATIONS, pl.DataFrame({
            "activity": list(WORK), "kind": list(WORK), "minutes": [minutes for _, minutes in WORK.values()]})),
    })
    assert chain.check() == []
    params = cost.Params(since=date(2020, 1, 1), until=date(2023, 12, 31))
    return dict(cost.run(chain, params, 1, lambda *_: None).tables)


def test_each_activity_costs_what_was_published(tables: dict[str, pl.DataFrame]) -> None:
    used = {row["activity"]: row for row in tables["capacity_used"].to_dicts()}
    for kind, minutes, money, each in (("order", 392_000, 313_600, 6.40), ("inquiry", 61_600, 49_280, 35.20),
                                       ("credit check", 125_000, 100_000, 40.00)):
        assert used[kind]["hours"] * 60 == pytest.approx(minutes, abs=2.0)
        assert used[kind]["cost"] == pytest.approx(money, abs=0.05)
        assert used[kind]["cost"] / used[kind]["cases"] == pytest.approx(each, abs=1e-5)


def test_unused_capacity_stands_apart(tables: dict[str, pl.DataFrame]) -> None:
    unused = tables["capacity_used"].filter(pl.col("activity").is_null()).row(0, named=True)
    assert unused["hours"] * 60 == pytest.approx(121_400, abs=2.0)
    assert unused["cost"] == pytest.approx(97_120, abs=0.05)
    assert 1 - unused["used_share"] == pytest.approx(578_600 / 700_000, abs=1e-6)
    assert tables["capacity_used"]["cost"].sum() == pytest.approx(560_000, abs=1e-6)
    assert tables["cost_to_serve"].filter(by="everyone")["amount"].sum() == pytest.approx(462_880, abs=0.05)
