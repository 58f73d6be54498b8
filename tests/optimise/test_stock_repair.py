"""Stock behind shops with few places: against exact laws of the queue, against a simulation, and what is refused."""

import heapq
from typing import Any

import numpy as np
import pytest

from arbitre.core.errors import Unreachable, Unsupported
from tests.optimise.test_stock import depot_and_local, park, solve

YEAR, DAY = 365.25, 24.0


def shop_chain(places: int, work: float, window: float = 0.0, **more: Any) -> dict[str, list[dict[str, Any]]]:
    """Two repairable items of one shop at one site, 5 days of way, `work` hours of repair, 60 and 30 units a year."""
    return depot_and_local(**{
        "sites": [{"site": "hub", "supplier": None}],
        "lanes": [{"from_site": "hub", "to_site": "hub", "duration": 0.0}],
        "items": [{"item": item, "price": 100.0, "lead_time": 5.0, "lot": 1, "is_repairable": True,
                   "repair_shop": "bench", "repair_time": work} for item in ("pump", "seal")],
        "repair_shops": [{"shop": "bench", "places": places, "hours": 168.0, "scatter": 1.0}],
        "promises": [{"promise": "p1", "offer": "fast", "window": window, "target_share": 0.9}],
        "demand": [{"item": item, "site": "hub", "segment": "big", "offer": "fast", "rate": rate, "transit": 0.0}
                   for item, rate in (("pump", 60.0), ("seal", 30.0))],
        "stocks": [{"site": "hub", "item": item, "level": 4} for item in ("pump", "seal")],
        **more,
    })


def away(rates: list[float], places: int, work: float, size: int) -> list[np.ndarray]:
    """Exact law of the units of each item that are away: on the way, and in M/M/c, each of them whose it is by chance.

    Units on a way that delays all alike leave it at random, so both are independent (Kelly 1979).
    """
    load = sum(rates) * work
    logs = np.concatenate([[0.0], np.cumsum(np.log(load / np.minimum(np.arange(1, 400), places)))])
    total = np.exp(logs - logs.max())
    total /= total.sum()
    laws = []
    for rate in rates:
        share = rate / sum(rates)
        inside = np.zeros(size)
        for n, chance in enumerate(total):
            law = np.ones(1)
            for _ in range(min(n, 120)):
                law = np.convolve(law, [1 - share, share])[:size]
            inside[: len(law)] += chance * law
        way = np.exp(-5 * rate) * np.cumprod(np.concatenate([[1.0], 5 * rate / np.arange(1, size)]))
        laws.append(np.convolve(inside, way)[:size])
    return laws


@pytest.mark.parametrize(("places", "work", "within"), [(1, 80.0, 0.015), (2, 160.0, 0.015), (4, 240.0, 0.015)])
def test_what_stock_keeps_is_what_the_queue_leaves(places: int, work: float, within: float) -> None:
    """The negative binomial of the same two moments is a point or so from the exact law, in shops 62 to 82 % busy."""
    rows = shop_chain(places, work)
    laws = away([60 / YEAR, 30 / YEAR], places, work / DAY, 60)
    received = solve(rows).tables["promise_worth"]
    exact = (60 * laws[0][:4].sum() + 30 * laws[1][:4].sum()) / 90
    assert received["kept_before"].item() == pytest.approx(exact, abs=within)


def test_a_shop_with_places_for_all_is_palm() -> None:
    """As a lead time of way and repair, and no shop."""
    rows = shop_chain(60, 240.0)
    plain = shop_chain(60, 240.0, items=[{"item": item, "price": 100.0, "lead_time": 15.0, "lot": 1}
                                         for item in ("pump", "seal")])
    del plain["repair_shops"]
    assert solve(rows).summary["value"] == pytest.approx(solve(plain).summary["value"])


def test_fewer_places_or_hours_cost_stock() -> None:
    costs = [solve(shop_chain(places, 80.0)).summary["value"] for places in (1, 2, 60)]
    assert costs[0] > costs[1] >= costs[2]
    half = shop_chain(2, 80.0)
    half["repair_shops"][0]["hours"] = 84.0
    assert solve(half).summary["value"] == pytest.approx(solve(shop_chain(2, 160.0)).summary["value"])


def in_time(rates: list[float], levels: list[int], places: int, work: float, window: float, seed: int) -> np.ndarray:
    """Share of each item's units handed over within a window, in a replay of 200,000 failures. Times in days."""
    rng = np.random.default_rng(seed)
    count = 200_000
    asked = np.cumsum(rng.exponential(1 / sum(rates), count))
    item = rng.choice(len(rates), count, p=np.array(rates) / sum(rates))
    free = [0.0] * places
    back: list[list[float]] = [[0.0] * level for level in levels]
    kept, total = np.zeros(len(rates)), np.zeros(len(rates))
    for at, which, time in zip(asked, item, rng.exponential(work, count), strict=True):
        begins = max(at + 5.0, heapq.heappop(free))
        heapq.heappush(free, begins + time)
        heapq.heappush(back[which], begins + time)
        total[which] += 1
        kept[which] += heapq.heappop(back[which]) <= at + window
    return kept / total


@pytest.mark.parametrize(("window", "within"), [(0.0, 0.012), (2.0, 0.012), (6.0, 0.025)])
def test_a_simulated_shop_keeps_what_the_plan_says(window: float, within: float) -> None:
    rows = shop_chain(2, 160.0, window * DAY)
    told = solve(rows).tables["promise_worth"]["kept_before"].item()
    shares = in_time([60 / YEAR, 30 / YEAR], [4, 4], 2, 160 / DAY, window, 1)
    assert told == pytest.approx(float(shares @ [2 / 3, 1 / 3]), abs=within)


def test_machines_wait_for_a_busy_shop() -> None:
    rows = park(20, 0.9)
    rows["items"] = [{"item": "pump", "price": 100.0, "lead_time": 5.0, "lot": 1, "is_repairable": True,
                      "repair_shop": "bench", "repair_time": 300.0}]
    rows["positions"] = rows["positions"][:1]
    rows["repair_shops"] = [{"shop": "bench", "places": 1, "hours": 168.0, "scatter": 1.0}]
    tight = solve(rows).tables
    rows["repair_shops"][0]["places"] = 9
    loose = solve(rows).tables
    assert tight["promise_worth"]["kept_before"].item() < loose["promise_worth"]["kept_before"].item()
    assert tight["stock_levels"]["level"].sum() > loose["stock_levels"]["level"].sum()
    # Without stock what waits is what is away: on the way, and in M/M/1.
    load = 24 / YEAR * 300 / DAY
    waiting = 24 / YEAR * 5 + load / (1 - load) + 24.0 * 6 / 8766
    assert tight["promise_worth"]["kept_before"].item() == pytest.approx(1 - waiting / 20)


def test_a_shop_that_cannot_keep_up_is_named() -> None:
    with pytest.raises(Unreachable, match=r"Shop bench cannot keep up: it has 1 places and work for 1\.23"):
        solve(shop_chain(1, 120.0))


@pytest.mark.parametrize(("column", "value", "said"), [
    ("repair_time", None, "Items pump, seal are sent to a repair shop, .* fill items.repair_time"),
    ("is_repairable", False, "set items.is_repairable, or leave repair_shop empty"),
    ("lot", 5, "repaired one by one, not bought in lots"),
])
def test_repairs_described_by_halves_are_refused(column: str, value: object, said: str) -> None:
    rows = shop_chain(2, 80.0)
    for item in rows["items"]:
        item[column] = value
    with pytest.raises(Unsupported, match=said):
        solve(rows)
