"""Trees of three echelons and more: the exact law carried down, every level tried, the bound below every plan."""

from collections import deque
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result
from arbitre.core.errors import Unsupported
from arbitre.maths.stock.trees import exact_tree_measures
from arbitre.optimise import stock
from arbitre.optimise._duality import keep_promises
from arbitre.optimise._pool import Targets
from arbitre.optimise._stock.network import StockNetwork
from arbitre.optimise._stock.pools import StockPools
from arbitre.optimise._stock.reasons import bought
from arbitre.optimise._stock.sharing import Shelves
from benchmarks.rows import chain_of
from tests.optimise.stock_cases import every_level, targets_for


def deep_network(seed: int, windows: tuple[float, ...] = (0.0,), sizes: tuple[int, ...] = (1,), lots: bool = False
                 ) -> StockNetwork:
    """Two trees: a root that serves customers, two depots below it; the first has two places, all are asked."""
    rng = np.random.default_rng(seed)
    return StockNetwork(
        unit_cost=np.repeat(rng.lognormal(2, 1, 2), 3),
        depot_time=np.where(np.arange(6) % 3 == 0, rng.uniform(10, 30, 6), rng.uniform(1, 4, 6)),
        dispersion=np.ones(6),
        depot_lot=np.where(np.arange(6) % 3 == 0, rng.integers(1, 4, 6) if lots else 1, 1),
        place_first=[0, 0, 2, 2, 2, 4, 4],
        place_time=rng.uniform(0.5, 3, 4),
        flow_first=[0, 1, 4, 5, 6, 9, 10],
        flow_place=[-1, -1, 0, 1, -1, -1, -1, 2, 3, -1],
        flow_class=rng.integers(0, 2, 10),
        flow_rate=rng.lognormal(-3.5, 0.5, 10),
        flow_window=rng.choice(windows, 10),
        flow_size=rng.choice(sizes, 10),
        pool_above=[-1, 0, 0, -1, 3, 3],
    )


def four_echelons(seed: int, window: float = 0.0) -> StockNetwork:
    """One tree: a root, a depot below it, two depots below that one, of which the first has a place."""
    rng = np.random.default_rng(seed)
    return StockNetwork(
        unit_cost=np.full(4, 30.0),
        depot_time=[20.0, 3.0, 2.0, 1.0],
        dispersion=np.ones(4),
        depot_lot=np.ones(4),
        place_first=[0, 0, 0, 1, 1],
        place_time=[1.5],
        flow_first=[0, 0, 1, 2, 3],
        flow_place=[-1, 0, -1],
        flow_class=[0, 1, 1],
        flow_rate=rng.uniform(0.01, 0.1, 3),
        flow_window=np.full(3, window),
        pool_above=[-1, 0, 1, 1],
    )


def slots_above(network: StockNetwork) -> np.ndarray:
    """The slot that feeds each, depots first, then places."""
    return np.concatenate([network.pool_above, network.place_pool])


@pytest.mark.parametrize("seed", range(6))
def test_a_tree_is_that_of_the_exact_law(seed: int) -> None:
    network = deep_network(seed)
    levels = np.random.default_rng(seed).integers(0, 4, 10)
    outcome = StockPools(network, 2).evaluate(levels)
    above = slots_above(network)
    own = np.zeros(10)
    np.add.at(own, np.where(network.flow_place < 0, network.flow_pool, 6 + network.flow_place), network.flow_rate)
    rate = own.copy()
    order = [*range(3), 6, 7, *range(3, 6), 8, 9]  # what feeds comes first
    for slot in reversed(order):
        if above[slot] >= 0:
            rate[above[slot]] += rate[slot]
    time = np.append(network.depot_time, network.place_time)
    place_of = np.argsort(order)
    supplier = np.array([place_of[above[slot]] if above[slot] >= 0 else -1 for slot in order])
    share = np.array([rate[slot] / rate[above[slot]] if above[slot] >= 0 else 0.0 for slot in order])
    mean = (rate * time)[order]
    ready, _, on_hand = exact_tree_measures(supplier, share, mean, mean, np.ones(10, np.int64), levels[order])
    np.testing.assert_allclose(outcome.on_hand[order], on_hand, atol=1e-9)
    served = np.where(network.flow_place < 0, network.flow_pool, 6 + network.flow_place)
    np.testing.assert_allclose(outcome.kept / network.flow_rate, ready[place_of[served]], atol=1e-9)


def test_a_depot_that_holds_nothing_and_is_no_way_off_is_not_there() -> None:
    windows, sizes = np.array([0.0, 1.0, 2.5, 6.0, 30.0]), np.array([1, 3, 2, 2, 1])
    flows = {"flow_class": np.zeros(5), "flow_rate": np.full(5, 0.08), "flow_window": windows, "flow_size": sizes}
    common = {"dispersion": [1.0], "depot_lot": [2], "unit_cost": [1.0], "depot_time": [20.0]}
    two = StockNetwork(**common, place_first=[0, 1], place_time=[2.0], flow_first=[0, 5], flow_place=np.zeros(5),
                       **flows)
    for empty_first in (True, False):
        fed = {"unit_cost": [1.0] * 2, "dispersion": [1.0] * 2, "depot_lot": [2, 1],
               "depot_time": [20.0, 0.0 if empty_first else 2.0], "pool_above": [-1, 0]}
        three = StockNetwork(**fed, place_first=[0, 0, 1], place_time=[2.0 if empty_first else 0.0],
                             flow_first=[0, 0, 5], flow_place=np.zeros(5), **flows)
        for root in (1, 2, 4):
            for place in (0, 1, 3):
                expected = StockPools(two).evaluate(np.array([root, place]))
                held = [root, 0, place] if empty_first else [root, place, 0]
                found = StockPools(three).evaluate(np.array(held))
                np.testing.assert_allclose(found.kept, expected.kept, atol=1e-9)
                assert found.on_hand.sum() == pytest.approx(expected.on_hand.sum(), abs=1e-9)


def simulated_shares(network: StockNetwork, levels: np.ndarray, days: float, seed: int) -> np.ndarray:
    """The shares of orders kept in their window, served first come first served, each unit followed on its way."""
    rng = np.random.default_rng(seed)
    above, time = slots_above(network), np.append(network.depot_time, network.place_time)
    slot = np.where(network.flow_place < 0, network.flow_pool, network.pools + network.flow_place)
    events = sorted(
        (asked, flow) for flow in range(len(slot))
        for asked in rng.uniform(0, days, rng.poisson(network.flow_rate[flow] / network.flow_size[flow] * days)))
    free = [deque([0.0] * int(level)) for level in levels]  # when each unit not yet spoken for is on the shelf

    def ready(at: int, asked: float) -> float:
        """When the next unit of a slot not yet spoken for is there; what replaces it is asked for at once."""
        arrives = asked + time[at] if above[at] < 0 else ready(above[at], asked) + time[at]
        free[at].append(arrives)
        return max(free[at].popleft(), asked)

    asked_for, kept = np.zeros(len(slot)), np.zeros(len(slot))
    for asked, flow in events:
        done = max(ready(slot[flow], asked) for _ in range(network.flow_size[flow]))
        if asked > days / 20:
            asked_for[flow] += 1
            kept[flow] += done <= asked + network.flow_window[flow] + 1e-12
    return kept / asked_for


@pytest.mark.parametrize("levels", [[3, 1, 0, 2, 1], [4, 0, 2, 0, 1], [2, 0, 0, 0, 0], [1, 2, 1, 1, 0]])
def test_windows_of_any_length_are_those_of_a_simulation(levels: list[int]) -> None:
    """Windows that end on the last way, on the way to the depot, and while the root is resupplied."""
    windows = np.array([1.0, 0.5, 1.0, 3.5, 9.0, 1.0, 3.0, 6.0])
    network = StockNetwork(
        unit_cost=np.ones(3), depot_time=[15.0, 2.0, 3.0], dispersion=np.ones(3), depot_lot=np.ones(3),
        place_first=[0, 0, 2, 2], place_time=[2.0, 1.0], flow_first=[0, 1, 7, 8],
        flow_place=[-1, -1, 0, 0, 0, 1, 1, -1], flow_class=np.zeros(8), flow_rate=np.full(8, 0.03), flow_window=windows,
        pool_above=[-1, 0, 0])
    kept = StockPools(network).evaluate(np.array(levels)).kept / network.flow_rate
    # 9,000 orders of each: two standard errors are a point.
    np.testing.assert_allclose(kept, simulated_shares(network, np.array(levels), 300_000.0, 1), atol=0.012)


CASES = [
    (deep_network(0), 3), (deep_network(1, lots=True), 3), (deep_network(2, (0.0, 2.0, 5.0, 12.0)), 3),
    (deep_network(3, (0.0, 2.0, 5.0), (1, 2)), 3), (four_echelons(0), 4), (four_echelons(1, 2.0), 4),
]


@pytest.mark.parametrize(("network", "highest"), CASES)
def test_prices_are_those_of_enumeration(network: StockNetwork, highest: int) -> None:
    pools = StockPools(network, 2)
    worth = np.random.default_rng(7).uniform(500, 5000, 2)
    priced = pools.price(worth)
    chosen = pools.evaluate(priced.levels)
    for pool, (choices, cost, kept) in enumerate(every_level(pools, highest)):
        value = chosen.cost[pool] - (worth[pools.flow_class] * chosen.kept)[pools.flow_pool == pool].sum()
        best = (cost - kept @ worth).min()
        assert priced.floor[pool] <= best + 1e-9 * abs(best)
        assert value <= best + 1e-9 * abs(best)
        assert value == pytest.approx(priced.floor[pool], rel=1e-6)
        assert len(choices) > 100


@pytest.mark.parametrize("change", [0.5, 20.0])
def test_prices_with_a_cost_of_change_are_those_of_enumeration(change: float) -> None:
    network = deep_network(4)
    pools = StockPools(network, 2, before=np.array([2, 1, 0, 1, 1, 3, 1, 0, 9, 1]), change_cost=change)
    worth = np.array([700.0, 1500.0])
    priced = pools.price(worth)
    chosen = pools.evaluate(priced.levels)
    for pool, (_, cost, kept) in enumerate(every_level(pools, 3)):
        value = chosen.cost[pool] - (worth[pools.flow_class] * chosen.kept)[pools.flow_pool == pool].sum()
        assert priced.floor[pool] - 1e-9 <= value <= (cost - kept @ worth).min() + 1e-9
        assert value == pytest.approx(priced.floor[pool], rel=1e-6)


def test_plans_keep_their_targets_at_a_cost_between_the_bound_and_the_best_there_is() -> None:
    network = deep_network(5, (0.0, 2.0)).part(2)
    pools = StockPools(network, 2)
    targets = targets_for(pools, 0.9)
    plan = keep_promises(pools, targets)
    assert (plan.share >= targets.share - 1e-9).all()
    ((_, cost, kept),) = every_level(pools, 5)
    need = targets.share * np.bincount(pools.flow_class, pools.flow_volume, minlength=2)
    best = cost[(kept >= need - 1e-9).all(axis=1)].min()
    assert plan.bound <= best * (1 + 1e-9)
    assert plan.value <= best * (1 + 1e-9)


def test_waiting_avoided_counts_all_the_waiting_there_would_be() -> None:
    network = deep_network(6)
    waits = StockNetwork(**{**vars(network), "flow_waits": np.ones(10)})
    nothing = StockPools(waits, 2).evaluate(np.zeros(10, np.int64)).kept
    np.testing.assert_allclose(nothing, 0.0, atol=1e-9)
    plenty = StockPools(waits, 2).evaluate(np.full(10, 40)).kept
    np.testing.assert_allclose(plenty, network.flow_rate, rtol=1e-6)


def test_a_part_of_the_trees_is_those_trees() -> None:
    network = deep_network(5)
    levels = np.array([2, 1, 1, 0, 0, 0, 1, 0, 3, 3])
    whole, part = StockPools(network, 2), StockPools(network, 2).part(2)
    assert part.evaluate(levels[[0, 1, 2, 6, 7]]).kept.tolist() == whole.evaluate(levels).kept[:5].tolist()


@pytest.mark.parametrize(("wrong", "told"), [
    ({"pool_above": [-1, 0, 0, -1, 3, 0]}, "must follow it"), ({"pool_above": [1, -1, 0, -1, 3, 3]}, "must follow it"),
    ({"depot_lot": [1, 2, 1, 1, 1, 1]}, "one for one"), ({"place_first": [0, 1, 2, 2, 2, 4, 4]}, "no places")])
def test_networks_that_are_no_trees_are_refused(wrong: dict[str, list[int]], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        StockNetwork(**{**vars(deep_network(0)), **wrong})


def three_echelons(**more: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Works feed a hub, the hub two shops; a dealer is fed by the works alone. Everybody sells."""
    feeds = {"works": None, "hub": "works", "dealer": "works", "east": "hub", "west": "hub"}
    asked = {"works": 10.0, "hub": 15.0, "dealer": 20.0, "east": 25.0, "west": 40.0}
    items = {"pump": (100.0, 40.0), "seal": (3.0, 20.0), "valve": (40.0, 30.0)}
    return {
        "sites": [{"site": site, "supplier": above} for site, above in feeds.items()],
        "lanes": [{"from_site": above, "to_site": site, "duration": 24.0 * (2 + len(site) % 3)}
                  for site, above in feeds.items() if above],
        "items": [{"item": item, "price": price, "lead_time": lead} for item, (price, lead) in items.items()],
        "promises": [{"promise": "quick", "kind": "order", "measure": "window", "window": 24.0, "target_share": 0.9}],
        "demand": [{"item": item, "site": site, "rate": rate * 10 / price ** 0.5}
                   for item, (price, _) in items.items() for site, rate in asked.items()],
        "stocks": [{"item": item, "site": site, "level": 3} for item in items for site in asked],
        **more,
    }


def decide(rows: dict[str, list[dict[str, Any]]], **params: Any) -> Result:
    return stock.run(chain_of(**rows), stock.Params(**params), 1, lambda *_: None)


def test_a_chain_of_three_echelons_is_decided_with_all_its_tables() -> None:
    result = decide(three_echelons())
    tables = result.tables
    assert tables["stock_levels"].height == 15
    assert tables["promise_worth"]["kept_after"].to_list() == pytest.approx([0.9], abs=0.01)
    assert 0 < result.summary["bound"] <= result.summary["value"]
    assert result.summary["gap"] < 0.03
    reasons = tables["stock_reasons"]
    assert reasons.filter((pl.col("last_earns") > 0) & pl.col("site").is_in(["works", "hub"])).height > 0
    moved = tables["stock_moves"].join(tables["stock_levels"], on=["item", "site"], how="semi")
    assert moved.height == tables["stock_levels"].filter(pl.col("level") != pl.col("before")).height
    curve = tables["stock_curve"].filter(pl.col("promise").is_null())
    assert (curve["cost"] >= curve["bound"] * (1 - 1e-9)).all()
    assert curve["is_plan"].sum() == 1


def test_a_site_between_that_is_no_way_off_makes_no_worse_a_chain() -> None:
    """With the way from the works to the hub at nought, what the hub holds can as well be held at the works."""
    rows = three_echelons()
    rows["lanes"] = [{**lane, "duration": 0.0} if lane["to_site"] == "hub" else lane for lane in rows["lanes"]]
    flat = [{**site, "supplier": "works" if site["supplier"] else None} for site in rows["sites"]]
    lanes = [{**lane, "from_site": "works"} for lane in rows["lanes"]]
    deep, two = decide(rows), decide({**rows, "sites": flat, "lanes": lanes})
    assert deep.summary["bound"] <= two.summary["value"]
    assert two.summary["bound"] * 0.97 <= deep.summary["value"]


@pytest.mark.parametrize("sharing", ["promised_date", "critical_levels", "dedicated"])
def test_other_rules_of_sharing_are_refused_in_three_echelons(sharing: str) -> None:
    with pytest.raises(Unsupported, match="first come, first served"):
        decide(three_echelons(), sharing=sharing)


def test_availability_in_three_echelons_counts_the_waiting_of_the_whole_way() -> None:
    rows = three_echelons(
        customers=[{"customer": "c", "segment": "all", "site": "east"}], segments=[{"segment": "all"}],
        assets=[{"asset": f"a{n}", "customer": "c", "model": "m"} for n in range(50)],
        positions=[{"model": "m", "position": "p", "item": "pump", "quantity": 1, "failure_rate": 0.5}],
        promises=[{"promise": "up", "kind": "order", "measure": "availability", "target_share": 0.99}])
    result = decide(rows)
    assert result.tables["promise_worth"]["kept_after"].to_list() == pytest.approx([0.99], abs=0.005)
    assert result.summary["bound"] <= result.summary["value"]


def test_sites_that_supply_each_other_are_refused() -> None:
    rows = three_echelons()
    rows["sites"] = [{**site, "supplier": site["supplier"] or "west"} for site in rows["sites"]]
    with pytest.raises(Unsupported, match="supplies itself"):
        decide(rows)


@pytest.mark.parametrize("seed", range(3))
def test_units_are_judged_as_if_each_were_moved_alone(seed: int) -> None:
    network = deep_network(seed, (0.0, 3.0))
    pools, levels = StockPools(network, 2), np.random.default_rng(seed).integers(0, 3, 10)
    described = pl.DataFrame({"is_reserve": np.zeros(10, bool)})
    served = np.where(network.flow_place < 0, network.flow_pool, 6 + network.flow_place)
    shelves = Shelves(pools, described, pools, slots_above(network), served, pools.slot_cost)
    targets, worth = Targets(np.eye(2), np.array([0.9, 0.9])), np.array([300.0, 900.0])
    found, base = bought(shelves, levels, targets, worth), pools.evaluate(levels)
    for slot in range(10):
        more = pools.evaluate(levels + (np.arange(10) == slot))
        assert found.next.cost[slot] == pytest.approx(more.cost.sum() - base.cost.sum())
        assert found.next.earned[slot] == pytest.approx((worth[pools.flow_class] * (more.kept - base.kept)).sum())
