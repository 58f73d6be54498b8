"""Stock networks for tests: tiny random ones, and the synthetic ones on which gaps are promised."""

import itertools

import numpy as np

from arbitre.optimise._pool import Floats, Integers, Pools, Targets
from arbitre.optimise._stock.network import StockNetwork


def tiny_network(seed: int, pools: int = 3, classes: int = 2, lots: bool = True) -> StockNetwork:
    """A few pools with 0 to 2 places, slow demand, and windows of every kind."""
    rng = np.random.default_rng(seed)
    places = rng.integers(0, 3, pools)
    first = np.concatenate([[0], np.cumsum(places)])
    flow_place: list[int] = []
    flow_first = [0]
    for pool in range(pools):
        flow_place += [-1, *range(first[pool], first[pool + 1]), *range(first[pool], first[pool + 1])]
        flow_first.append(len(flow_place))
    flows = len(flow_place)
    return StockNetwork(
        unit_cost=rng.lognormal(2, 1, pools),
        depot_time=rng.uniform(0, 30, pools),
        dispersion=np.where(rng.random(pools) < 0.3, 1.8, 1.0),
        depot_lot=rng.integers(1, 4, pools) if lots else np.ones(pools),
        place_first=first,
        place_time=rng.uniform(0, 5, first[-1]),
        flow_first=flow_first,
        flow_place=flow_place,
        flow_class=rng.integers(0, classes, flows),
        flow_rate=rng.lognormal(-4, 1, flows),
        flow_window=rng.choice([0.0, 1.0, 3.0, 8.0, 40.0], flows),
    )


def at_promised_date(network: StockNetwork) -> StockNetwork:
    """The same network, each unit taken when its window ends instead of at once."""
    return StockNetwork(**{**vars(network), "flow_date": np.maximum(network.flow_window, 0.0)})


def direct_network(pools: int, classes: int = 1, seed: int = 0, lots: bool = False) -> StockNetwork:
    """Items at one site, one flow each; the class is the quantile of the unit cost."""
    rng = np.random.default_rng(seed)
    unit_cost = rng.lognormal(4, 1.5, pools)
    edges = np.quantile(unit_cost, np.arange(1, classes) / classes)
    return StockNetwork(
        unit_cost=unit_cost,
        depot_time=rng.uniform(10, 120, pools),
        dispersion=np.ones(pools),
        depot_lot=rng.integers(1, 6, pools) if lots else np.ones(pools),
        place_first=np.zeros(pools + 1),
        place_time=[],
        flow_first=np.arange(pools + 1),
        flow_place=np.full(pools, -1),
        flow_class=np.digitize(unit_cost, edges),
        flow_rate=rng.lognormal(-5, 1.5, pools),
        flow_window=np.zeros(pools),
    )


def shared_network(pools: int, windows: tuple[float, ...] = (0.0, 2.0, 7.0), seed: int = 1) -> StockNetwork:
    """Items at one site whose stock serves several classes at once, each with its own window."""
    rng = np.random.default_rng(seed)
    classes = len(windows)
    rate = rng.lognormal(-5, 1.5, pools)[:, None] * rng.dirichlet(np.ones(classes), pools)
    return StockNetwork(
        unit_cost=rng.lognormal(4, 1.5, pools),
        depot_time=rng.uniform(10, 120, pools),
        dispersion=np.ones(pools),
        depot_lot=np.ones(pools),
        place_first=np.zeros(pools + 1),
        place_time=[],
        flow_first=np.arange(pools + 1) * classes,
        flow_place=np.full(pools * classes, -1),
        flow_class=np.tile(np.arange(classes), pools),
        flow_rate=rate.ravel(),
        flow_window=np.tile(windows, pools),
    )


def tree_network(pools: int, places: int = 12, seed: int = 5) -> StockNetwork:
    """Items in a depot and its places. Each place serves two classes of its own; one more class asks the depot."""
    rng = np.random.default_rng(seed)
    flows = 2 * places + 1
    total = rng.lognormal(-4, 1.5, pools)
    local = rng.dirichlet(np.ones(places) * 0.7, pools)[:, :, None] * rng.dirichlet([1, 1], (pools, places))
    rate = np.concatenate([local.reshape(pools, -1), np.full((pools, 1), 0.1)], axis=1) * total[:, None]
    place = np.full((pools, flows), -1)
    place[:, :-1] = np.arange(pools)[:, None] * places + np.repeat(np.arange(places), 2)
    return StockNetwork(
        unit_cost=rng.lognormal(4, 1.5, pools),
        depot_time=rng.uniform(10, 120, pools),
        dispersion=np.ones(pools),
        depot_lot=np.ones(pools),
        place_first=np.arange(pools + 1) * places,
        place_time=rng.uniform(1, 6, pools * places),
        flow_first=np.arange(pools + 1) * flows,
        flow_place=place.ravel(),
        flow_class=np.tile(np.arange(flows), pools),
        flow_rate=rate.ravel(),
        flow_window=np.tile(np.append(np.tile([0.0, 3.0], places), 1.0), pools),
    )


def every_level(pools: Pools, highest: int) -> list[tuple[Integers, Floats, Floats]]:
    """For each pool: levels up to `highest` above the lowest (choices, slots), their cost, kept (choices, classes)."""
    found = []
    for pool in range(pools.pools):
        slots = np.flatnonzero(pools.slot_pool == pool)
        flows = pools.flow_pool == pool
        ranges = [range(lowest, lowest + highest + 1) for lowest in pools.slot_lowest[slots]]
        choices = np.array(list(itertools.product(*ranges)))
        cost, kept = np.empty(len(choices)), np.empty((len(choices), pools.classes))
        for index, choice in enumerate(choices):
            levels = pools.slot_lowest.copy()
            levels[slots] = choice
            outcome = pools.evaluate(levels)
            cost[index] = outcome.cost[pool]
            kept[index] = np.bincount(pools.flow_class[flows], outcome.kept[flows], minlength=pools.classes)
        found.append((choices, cost, kept))
    return found


def targets_for(pools: Pools, share: float, *, each: bool = True) -> Targets:
    """The same share for each class, or for all classes together, of what can be reached."""
    weight = np.eye(pools.classes) if each else np.ones((1, pools.classes))
    volume = np.bincount(pools.flow_class, pools.flow_volume, minlength=pools.classes)
    reach = np.bincount(pools.flow_class, pools.flow_reach, minlength=pools.classes)
    reachable = np.divide(weight @ reach, weight @ volume, out=np.ones(len(weight)), where=weight @ volume > 0)
    return Targets(weight, share * reachable)
