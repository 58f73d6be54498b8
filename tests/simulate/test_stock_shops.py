"""Repairs that queue in a shop, replayed: the share kept is that of the exact queue; nobody sees the repairs."""

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.simulate import proof, twin
from arbitre.simulate._kernel.laws import LawBook
from arbitre.simulate._network.parts import Part, parts_of
from arbitre.simulate._network.stock import levels_of
from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of
from tests.simulate.chains import decided

YEAR, DAY = 365.25, 24.0


def bench(places: int = 2, work: float = 160.0, **shop: Any) -> Chain:
    """Two items that one shop repairs, five days of way, 60 and 30 units a year, 82 % busy with two places."""
    return chain_of(
        segments=[{"segment": "big"}], offers=[{"offer": "fast"}], customers=[{"customer": "b1", "segment": "big"}],
        sites=[{"site": "hub"}], lanes=[{"from_site": "hub", "to_site": "hub", "duration": 1.0}],
        items=[{"item": item, "price": 100.0, "lead_time": 5.0, "is_repairable": True, "repair_shop": "bench",
                "repair_time": work} for item in ("pump", "seal")],
        repair_shops=[{"shop": "bench", "places": places, **shop}],
        promises=[{"promise": "p1", "offer": "fast", "window": 1.0, "target_share": 0.8}],
        demand=[{"item": item, "site": "hub", "segment": "big", "offer": "fast", "rate": rate, "transit": 1.0}
                for item, rate in (("pump", 60.0), ("seal", 30.0))],
        stocks=[{"site": "hub", "item": item, "level": 4} for item in ("pump", "seal")])


def parts(given: Chain, **more: Any) -> list[Part]:
    return parts_of(given, levels_of(given, "today"), datetime(2025, 1, 1), YEAR * DAY, **more)


@pytest.mark.parametrize("shop", [{"places": 2, "work": 160.0}, {"places": 2, "work": 40.0, "hours": 42.0},
                                  {"places": 1, "work": 80.0, "scatter": 0.0}])
def test_the_replay_confirms_the_plan_behind_a_busy_shop(shop: dict[str, Any]) -> None:
    """Busy shops make long waves: even 3,000 years leave chance a point. Two moments cost another one."""
    params = proof.Params(years=20, least=150, most=150)
    proven = proof.run(decided(bench(**shop)), params, 1, silent)
    assert proven.tables["proofs"]["deviation"].abs().max() < 0.025


def test_without_the_queue_the_replay_would_keep_far_more() -> None:
    plan = decided(bench())
    free = plan.with_(repair_shops=plan.table("repair_shops").with_columns(places=pl.lit(99, pl.Int64)))
    shares = [proof.run(each, proof.Params(years=5, most=20), 1, silent).tables["proofs"]["share"].item()
              for each in (plan, free)]
    assert shares[0] + 0.1 < shares[1]


def test_facts_tell_the_lines_and_not_the_repairs() -> None:
    given = bench()
    told = twin.run(given, twin.Params(levels="today", days=365), 1, silent).tables
    assert set(told["cases"]["item"]) == {"pump", "seal"}
    assert told["cases"].height == pytest.approx(90, abs=30)
    assert set(told["events"]["case"]) <= set(told["cases"]["case"])
    back = told["movements"].filter(pl.col("kind") == "repair")
    assert back.height > 50
    assert set(told["movements"]["kind"]) == {"count", "issue", "repair"}


def test_items_of_one_shop_are_never_cut_apart() -> None:
    part, = parts(bench(), classes_a_part=1)
    assert part.network.steps.name[-2:] == ("way", "bench")
    assert part.network.pools.capacity.tolist() == [2]


@pytest.mark.parametrize("scatter", [0.0, 0.5, 1.0, 2.0])
def test_repairs_scatter_as_asked(scatter: float) -> None:
    book = LawBook()
    part = parts(bench(scatter=scatter))[0]
    laws, row = part.network.laws, int(part.network.work[-1].max())
    assert laws.means()[row] == pytest.approx(160.0)
    expected = {0.0: book.constant(160.0), 0.5: book.erlang(160.0, 2), 1.0: book.erlang(160.0, 1),
                2.0: book.lognormal(160.0, np.sqrt(2.0))}[scatter]
    assert laws.kind[row] == book.laws().kind[expected]
    assert laws.second_number[row] == pytest.approx(book.laws().second_number[expected])
