"""Stock pools: the sweep against enumeration, and the kept shares against a simulation that shares no formula."""

import heapq
from collections import deque

import numpy as np
import pytest

from arbitre.optimise._stock_pools import StockNetwork, StockPools
from tests.optimise.stock_cases import direct_network, every_level, tiny_network, tree_network

HIGHEST = 5


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("scale", [0.1, 1.0, 4.0])
def test_price_is_the_minimum_of_the_enumeration(seed: int, scale: float) -> None:
    pools = StockPools(tiny_network(seed, pools=2))
    worth = scale * pools.typical_worth() * np.array([1.0, 0.4])
    priced = pools.price(worth)
    outcome = pools.evaluate(priced.levels)
    earned = np.bincount(pools.flow_pool, worth[pools.flow_class] * outcome.kept, minlength=pools.pools)
    for pool, (choices, cost, kept) in enumerate(every_level(pools, HIGHEST)):
        least = (cost - kept @ worth).min()
        assert priced.floor[pool] <= least + 1e-9
        assert outcome.cost[pool] - earned[pool] == pytest.approx(priced.floor[pool], rel=1e-7, abs=1e-9)
        if priced.levels[pools.slot_pool == pool].max() <= HIGHEST:
            assert priced.floor[pool] == pytest.approx(least, rel=1e-7, abs=1e-9)
        assert len(choices) == len(cost)


def test_units_that_cost_nothing_are_held_until_nothing_is_left_to_gain() -> None:
    network = tiny_network(3, pools=4)
    free = StockNetwork(**{**vars(network), "unit_cost": np.zeros(4)})
    pools = StockPools(free)
    worth = np.ones(pools.classes)
    priced = pools.price(worth)
    outcome = pools.evaluate(priced.levels)
    assert outcome.cost.sum() == 0
    np.testing.assert_allclose(outcome.kept, pools.flow_reach, rtol=1e-7)
    assert priced.floor.sum() <= -outcome.kept.sum()


def test_a_fast_mover_whose_first_probability_underflows_is_priced() -> None:
    network = direct_network(1)
    fast = StockNetwork(**{**vars(network), "flow_rate": [50.0], "flow_volume": None, "depot_time": [60.0]})
    pools = StockPools(fast)
    priced = pools.price(np.array([20 * pools.typical_worth() * 50]))
    assert 2800 < priced.levels[0] < 3400
    outcome = pools.evaluate(priced.levels)
    assert 0.5 < outcome.kept[0] / 50.0 < 1.0


def test_windows_that_have_passed_are_never_kept() -> None:
    network = tiny_network(1)
    late = StockNetwork(**{**vars(network), "flow_window": np.full(len(network.flow_rate), -0.1)})
    pools = StockPools(late)
    assert pools.price(np.full(pools.classes, 1e9)).levels.sum() == 0
    assert pools.evaluate(np.full(len(pools.slot_pool), 9)).kept.sum() == 0
    assert pools.flow_reach.sum() == 0


def test_exact_and_fitted_agree_where_there_are_no_places_and_nearly_where_there_are() -> None:
    alone = StockPools(direct_network(50, lots=True))
    levels = alone.price(np.array([alone.typical_worth()])).levels
    np.testing.assert_array_equal(alone.evaluate(levels).kept, alone.evaluate(levels, exact=True).kept)
    tree = StockPools(tree_network(20))
    levels = tree.price(np.full(tree.classes, 5 * tree.typical_worth())).levels
    fitted, exact = tree.evaluate(levels), tree.evaluate(levels, exact=True)
    assert fitted.kept.sum() == pytest.approx(exact.kept.sum(), rel=0.01)
    assert fitted.cost.sum() == pytest.approx(exact.cost.sum(), rel=0.01)


def test_the_number_of_threads_does_not_change_a_byte() -> None:
    network = tree_network(1600, places=2)
    one, two = StockPools(network, threads=1), StockPools(network, threads=2)
    worth = np.full(one.classes, 3 * one.typical_worth())
    assert (one._threads, two._threads) == (1, 2)
    first, second = one.price(worth), two.price(worth)
    assert first.levels.tobytes() == second.levels.tobytes()
    assert first.floor.tobytes() == second.floor.tobytes()
    assert one.evaluate(first.levels).kept.tobytes() == two.evaluate(first.levels).kept.tobytes()


def test_every_fault_of_a_network_is_named() -> None:
    network = tiny_network(0)
    with pytest.raises(ValueError, match=r"unit_cost .* dispersion"):
        StockNetwork(**{**vars(network), "unit_cost": -network.unit_cost, "dispersion": network.dispersion - 1})
    with pytest.raises(ValueError, match="flow_place"):
        StockNetwork(**{**vars(network), "flow_place": np.full(len(network.flow_rate), 99)})
    with pytest.raises(ValueError, match="classes is 1"):
        StockPools(network, classes=1)
    with pytest.raises(ValueError, match="worth"):
        StockPools(network).price(np.array([-1.0, 0.0]))
    with pytest.raises(ValueError, match="levels"):
        StockPools(network).evaluate(np.zeros(1, np.int64))


def waits(network: StockNetwork, levels: np.ndarray, demands: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Play one pool event by event, first come first served. Returns the flow and the wait of each demand."""
    rng = np.random.default_rng(seed)
    depot_level, place_level = int(levels[0]), [int(level) for level in levels[1:]]
    lot = min(int(network.depot_lot[0]), depot_level) or 1
    depot_time, depot_stock, ordered_ahead = float(network.depot_time[0]), depot_level, 0
    depot_queue: deque[tuple[int, int]] = deque()
    place_queue: list[deque[int]] = [deque() for _ in place_level]
    asked = np.cumsum(rng.exponential(1 / network.flow_rate.sum(), demands))
    flow = rng.choice(len(network.flow_rate), demands, p=network.flow_rate / network.flow_rate.sum())
    wait = np.full(demands, np.nan)
    # Events: (time, order, place or -1 for the depot, units).
    events: list[tuple[float, int, int, int]] = []
    count = 0

    def ship(now: float, place: int, demand: int) -> None:
        nonlocal count
        if place < 0:
            wait[demand] = now - asked[demand]
            return
        count += 1
        heapq.heappush(events, (now + network.place_time[place], count, place, 1))

    def receive(now: float, place: int, units: int) -> None:
        nonlocal depot_stock
        for _ in range(units):
            if place >= 0:
                if place_queue[place]:
                    demand = place_queue[place].popleft()
                    wait[demand] = now - asked[demand]
                else:
                    place_level[place] += 1
            elif depot_queue:
                ship(now, *depot_queue.popleft())
            else:
                depot_stock += 1

    for demand in range(demands):
        now = asked[demand]
        while events and events[0][0] <= now:
            time, _, place, units = heapq.heappop(events)
            receive(time, place, units)
        place = int(network.flow_place[flow[demand]])
        if place >= 0 and place_level[place] > 0:
            place_level[place] -= 1
            wait[demand] = 0.0
        elif place >= 0:
            place_queue[place].append(demand)
        # The unit asked for, or the one that replaces it, is asked of the depot.
        ordered_ahead += 1
        if ordered_ahead == lot:
            ordered_ahead, count = 0, count + 1
            heapq.heappush(events, (now + depot_time, count, -1, lot))
        if depot_stock > 0:
            depot_stock -= 1
            ship(now, place, demand)
        else:
            depot_queue.append((place, demand))
            # A depot time of nought answers at once.
            while depot_time == 0 and events and events[0][0] <= now:
                time, _, place, units = heapq.heappop(events)
                receive(time, place, units)
    return flow, wait


CASES = {
    "one site, one for one": ([3], 1, [0.0, 5.0], [-1, -1]),
    "one site, lots of four": ([5], 4, [0.0, 5.0], [-1, -1]),
    "two echelons, short windows": ([3, 1, 2], 1, [0.0, 1.0, 0.0, 1.5], [0, 0, 1, -1]),
    "windows beyond the transport time": ([2, 1, 2], 1, [4.0, 9.0, 6.0, 2.0], [0, 0, 1, -1]),
    "nothing held locally": ([4, 0, 0], 1, [4.0, 9.0, 2.0, 0.0], [0, 0, 1, -1]),
    "nothing held at the depot": ([0, 2, 3], 1, [0.0, 9.0, 2.0, 0.0], [0, 0, 1, -1]),
    "lots below two echelons": ([5, 1, 2], 3, [0.0, 6.0, 2.0, 1.0], [0, 0, 1, -1]),
}


@pytest.mark.parametrize("name", CASES)
def test_exact_shares_agree_with_an_event_simulation(name: str) -> None:
    levels, lot, windows, places = CASES[name]
    rates = [0.06, 0.05, 0.08, 0.04][: len(windows)]
    network = StockNetwork(
        unit_cost=[1.0],
        depot_time=[14.0],
        dispersion=[1.0],
        depot_lot=[lot],
        place_first=[0, len(levels) - 1],
        place_time=[3.0, 2.5][: len(levels) - 1],
        flow_first=[0, len(windows)],
        flow_place=places,
        flow_class=np.zeros(len(windows)),
        flow_rate=rates,
        flow_window=windows,
    )
    kept = StockPools(network).evaluate(np.array(levels), exact=True).kept / rates
    flow, wait = waits(network, np.array(levels), 120_000, seed=7)
    for index, window in enumerate(windows):
        # Neighbouring waits are alike, so the error is that of the means of long batches.
        mine = (wait[flow == index] <= window + 1e-9)[200:]
        batches = np.array([batch.mean() for batch in np.array_split(mine, 60)])
        error = batches.std(ddof=1) / np.sqrt(len(batches))
        assert abs(batches.mean() - kept[index]) <= 4 * error + 1e-6, f"flow {index}: {batches.mean()} {kept[index]}"
