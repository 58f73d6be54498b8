"""Stock pools: the sweep against enumeration, and the kept shares against a simulation that shares no formula."""

import heapq
from collections import deque

import numpy as np
import pytest

from arbitre.optimise._stock.network import StockNetwork
from arbitre.optimise._stock.pools import StockPools
from tests.optimise.stock_cases import at_promised_date, direct_network, every_level, tiny_network, tree_network

HIGHEST = 5


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("scale", [0.1, 1.0, 4.0])
@pytest.mark.parametrize("by_date", [False, True])
def test_price_is_the_minimum_of_the_enumeration(seed: int, scale: float, by_date: bool) -> None:
    network = tiny_network(seed, pools=2)
    sized = StockNetwork(**{**vars(network), "flow_size": 1 + np.arange(len(network.flow_rate)) % 2})
    pools = StockPools(at_promised_date(sized) if by_date else network)
    worth = scale * pools.typical_worth() * np.array([1.0, 0.4])
    priced = pools.price(worth)
    outcome = pools.evaluate(priced.levels)
    earned = np.bincount(pools.flow_pool, worth[pools.flow_class] * outcome.kept, minlength=pools.pools)
    for pool, (choices, cost, kept) in enumerate(every_level(pools, HIGHEST)):
        least = (cost - kept @ worth).min()
        assert priced.floor[pool] <= least + 1e-9
        assert outcome.cost[pool] - earned[pool] == pytest.approx(priced.floor[pool], rel=1e-7, abs=1e-9)
        own = pools.slot_pool == pool
        if (priced.levels - pools.slot_lowest)[own].max() <= HIGHEST:
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
    np.testing.assert_array_equal(pools.price(np.full(pools.classes, 1e9)).levels, pools.slot_lowest)
    assert pools.evaluate(pools.slot_lowest + 9).kept.sum() == 0
    assert pools.flow_reach.sum() == 0


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
    with pytest.raises(ValueError, match="flow_date must not be beyond flow_window"):
        StockNetwork(**{**vars(network), "flow_date": network.flow_window + 1})
    with pytest.raises(ValueError, match="flow_place"):
        StockNetwork(**{**vars(network), "flow_place": np.full(len(network.flow_rate), 99)})
    with pytest.raises(ValueError, match="classes is 1"):
        StockPools(network, classes=1)
    with pytest.raises(ValueError, match="worth"):
        StockPools(network).price(np.array([-1.0, 0.0]))
    with pytest.raises(ValueError, match="levels"):
        StockPools(network).evaluate(np.zeros(1, np.int64))


def waits(network: StockNetwork, levels: np.ndarray, orders: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Play one pool event by event, each unit taken on its date. Returns the flow and the wait of each order."""
    rng = np.random.default_rng(seed)
    depot_stock, place_stock = int(levels[0]), [int(level) for level in levels[1:]]
    lot, depot_time, ordered_ahead = int(network.depot_lot[0]), float(network.depot_time[0]), 0
    depot_queue: deque[tuple[int, int]] = deque()
    place_queue: list[deque[int]] = [deque() for _ in place_stock]
    lines = network.flow_rate / network.flow_size
    asked = np.cumsum(rng.exponential(1 / lines.sum(), orders))
    flow = rng.choice(len(lines), orders, p=lines / lines.sum())
    wait = np.zeros(orders)
    # Events: (time, count, what, place or -1 for the depot, order or units).
    events: list[tuple[float, int, str, int, int]] = []
    count = 0

    def later(time: float, what: str, place: int, number: int) -> None:
        nonlocal count
        count += 1
        heapq.heappush(events, (time, count, what, place, number))

    def served(now: float, order: int) -> None:
        wait[order] = max(wait[order], now - asked[order])

    def ship(now: float, place: int, order: int) -> None:
        if place < 0:
            served(now, order)
        else:
            later(now + network.place_time[place], "arrives", place, 1)

    def happen(now: float, what: str, place: int, number: int) -> None:
        nonlocal depot_stock, ordered_ahead
        if what == "arrives":
            for _ in range(number):
                if place >= 0 and place_queue[place]:
                    served(now, place_queue[place].popleft())
                elif place >= 0:
                    place_stock[place] += 1
                elif depot_queue:
                    ship(now, *depot_queue.popleft())
                else:
                    depot_stock += 1
        elif what == "due at the place":
            if place_stock[place] > 0:
                place_stock[place] -= 1
                served(now, number)
            else:
                place_queue[place].append(number)
        elif what == "due at the depot":
            if depot_stock > 0:
                depot_stock -= 1
                ship(now, place, number)
            else:
                depot_queue.append((place, number))
        else:
            ordered_ahead += 1
            if ordered_ahead == lot:
                ordered_ahead = 0
                later(now + depot_time, "arrives", -1, lot)

    for order in range(orders):
        now, place, date = asked[order], int(network.flow_place[flow[order]]), network.flow_date[flow[order]]
        depot_date = max(date - (network.place_time[place] if place >= 0 else 0.0), 0.0)
        for _ in range(network.flow_size[flow[order]]):
            if place >= 0:
                later(now + date, "due at the place", place, order)
            # Ordered when it is asked, or so late that it comes on its date.
            later(now + max(depot_date - depot_time, 0.0), "order", -1, 1)
            later(now + depot_date, "due at the depot", place, order)
        while events and (order == orders - 1 or events[0][0] <= asked[order + 1]):
            time, _, what, place, number = heapq.heappop(events)
            happen(time, what, place, number)
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


def one_item(name: str, **changes: object) -> StockNetwork:
    """The network of a case, with some fields changed."""
    levels, lot, windows, places = CASES[name]
    fields = {
        "unit_cost": [1.0], "depot_time": [14.0], "dispersion": [1.0], "depot_lot": [lot],
        "place_first": [0, len(levels) - 1], "place_time": [3.0, 2.5][: len(levels) - 1],
        "flow_first": [0, len(windows)], "flow_place": places, "flow_class": np.zeros(len(windows)),
        "flow_rate": [0.06, 0.05, 0.08, 0.04][: len(windows)], "flow_window": windows,
    }
    return StockNetwork(**{**fields, **changes})


def batch_means(values: np.ndarray) -> tuple[float, float]:
    """Mean and standard error. Neighbouring waits are alike, so the error is that of the means of long batches."""
    batches = np.array([batch.mean() for batch in np.array_split(values[200:], 60)])
    return batches.mean(), batches.std(ddof=1) / np.sqrt(len(batches))


@pytest.mark.parametrize("name", CASES)
def test_shares_and_waiting_agree_with_an_event_simulation(name: str) -> None:
    network, levels = one_item(name), np.array(CASES[name][0])
    kept = StockPools(network).evaluate(levels).kept / network.flow_rate
    avoided = StockPools(one_item(name, flow_waits=np.ones(len(kept)))).evaluate(levels).kept / network.flow_rate
    flow, wait = waits(network, levels, 60_000, seed=7)
    for index, window in enumerate(network.flow_window):
        mean, error = batch_means(wait[flow == index] <= window + 1e-9)
        assert abs(mean - kept[index]) <= 4 * error + 1e-6, f"flow {index}: {mean} {kept[index]}"
        place = network.flow_place[index]
        most = network.depot_time[0] + (network.place_time[place] if place >= 0 else 0.0) - window
        late, error = batch_means(np.maximum(wait[flow == index] - window, 0.0) / most)
        assert abs(1 - late - avoided[index]) <= 4 * error + 1e-6, f"flow {index}: {1 - late} {avoided[index]}"


@pytest.mark.parametrize("windows", [[0.0, 5.0], [3.0, 14.0], [0.0, 20.0], [15.0, 30.0]])
@pytest.mark.parametrize("lot", [1, 3])
def test_at_the_promised_date_the_law_of_one_site_is_exact(windows: list[float], lot: int) -> None:
    """A window that covers the whole time takes nothing from the shelf: its own unit comes on its date."""
    network = at_promised_date(one_item("one site, one for one", flow_window=windows, depot_lot=[lot]))
    kept = StockPools(network).evaluate(np.array([2])).kept / network.flow_rate
    flow, wait = waits(network, np.array([2]), 60_000, seed=9)
    for index, window in enumerate(windows):
        mean, error = batch_means(wait[flow == index] <= window + 1e-9)
        assert abs(mean - kept[index]) <= 4 * error + 1e-6, f"flow {index}: {mean} {kept[index]}"
    if max(windows) < 14:
        assert kept[0] == pytest.approx(kept[1])
    assert (kept[1] == 1.0) == (min(windows) >= 14)


def test_orders_judged_after_their_date_are_exact_at_one_site() -> None:
    network = one_item("one site, one for one", flow_window=[4.0, 9.0], flow_date=[4.0, 2.0])
    kept = StockPools(network).evaluate(np.array([2])).kept / network.flow_rate
    flow, wait = waits(network, np.array([2]), 60_000, seed=10)
    for index, window in enumerate(network.flow_window):
        mean, error = batch_means(wait[flow == index] <= window + 1e-9)
        assert abs(mean - kept[index]) <= 4 * error + 1e-6, f"flow {index}: {mean} {kept[index]}"


DATED = {
    "no date beyond the transport time": ([2, 1, 2], [0.0, 3.0, 2.5, 0.0], 0.0),
    "dates beyond it, a depot that holds its mean demand": ([3, 1, 2], [0.0, 12.0, 9.0, 1.5], 0.01),
    "dates beyond all the time there is": ([3, 1, 2], [0.0, 1.0, 30.0, 14.0], 0.015),
    "dates beyond it, nothing held at the depot": ([0, 2, 3], [0.0, 1.0, 12.0, 1.5], 0.06),
    "dates beyond almost all, one unit at the depot": ([1, 2, 2], [0.0, 1.0, 16.5, 1.5], 0.08),
}


@pytest.mark.parametrize("name", DATED)
def test_at_the_promised_date_two_echelons_are_exact_up_to_whose_units_the_depot_owes(name: str) -> None:
    """With dates beyond the transport time the depot sends some demands later than they are asked: the units it owes
    belong to a place a little more or less often than its share of the demand says. The less it holds the more that is.
    """
    levels, windows, allowed = DATED[name]
    network = at_promised_date(one_item("two echelons, short windows", flow_window=windows))
    kept = StockPools(network).evaluate(np.array(levels)).kept / network.flow_rate
    flow, wait = waits(network, np.array(levels), 60_000, seed=11)
    for index, window in enumerate(windows):
        mean, error = batch_means(wait[flow == index] <= window + 1e-9)
        assert abs(mean - kept[index]) <= allowed + 4 * error + 1e-6, f"flow {index}: {mean} {kept[index]}"


@pytest.mark.parametrize("name", CASES)
def test_orders_for_several_units_wait_for_the_last_one(name: str) -> None:
    """Demand in sizes is scattered, and a negative binomial of the same variance is a fit: three points are allowed.

    Where the depot holds next to nothing, what it owes a place comes in bunches that the thinning of single units does
    not see: up to nine points.
    """
    allowed = 0.09 if name == "nothing held at the depot" else 0.03
    levels, sizes = np.array(CASES[name][0]) + 2, [1, 2, 3, 2][: len(CASES[name][2])]
    rate = np.array([0.06, 0.05, 0.08, 0.04][: len(sizes)])
    at = np.array(CASES[name][3])
    scatter = [np.average(np.array(sizes)[at == place], weights=rate[at == place]) for place in range(len(levels) - 1)]
    network = one_item(
        name, flow_size=sizes, dispersion=[np.average(sizes, weights=rate)], place_dispersion=scatter)
    kept = StockPools(network).evaluate(levels).kept / rate
    flow, wait = waits(network, levels, 60_000, seed=8)
    for index, window in enumerate(network.flow_window):
        assert abs((wait[flow == index] <= window + 1e-9).mean() - kept[index]) <= allowed, f"flow {index}"
