"""Shared stocks for tests: tiny random ones, and the synthetic one on which a gap is promised."""

import numpy as np

from arbitre.optimise._stock.ration_pools import RationNetwork


def tiny_ration(seed: int, pools: int = 3, classes: int = 2, most_demands: int = 3) -> RationNetwork:
    """A few pools with 1 to `most_demands` demands, some judged twice, some for nothing, some promised too late."""
    rng = np.random.default_rng(seed)
    count = rng.integers(1, most_demands + 1, pools)
    demands = int(count.sum())
    rate = rng.lognormal(-4, 1, demands)
    flow_demand = np.sort(np.concatenate([np.arange(demands), rng.integers(0, demands, 2)]))
    flows = len(flow_demand)
    return RationNetwork(
        unit_cost=rng.lognormal(2, 1, pools),
        time=rng.uniform(0, 40, pools),
        emergency_cost=np.where(rng.random(pools) < 0.3, 0.0, rng.lognormal(0, 1, pools)),
        demand_first=np.append(0, np.cumsum(count)),
        demand_rate=rate,
        flow_demand=flow_demand,
        flow_class=rng.integers(0, classes, flows),
        flow_window=rng.choice([0.0, 0.0, 5.0, -1.0], flows),
        flow_volume=rate[flow_demand] * rng.choice([0.0, 0.5, 1.0, 1.0], flows),
    )


def mixed_ration(pools: int, seed: int = 0) -> RationNetwork:
    """Items whose stock serves three classes, the most urgent the smallest (about 5, 20 and 75 %)."""
    rng = np.random.default_rng(seed)
    rate = rng.lognormal(-4, 1.2, pools)[:, None] * rng.dirichlet([0.4, 1.6, 6.0], pools)
    price = rng.lognormal(5, 1.3, pools)
    return RationNetwork(
        unit_cost=0.2 * price,
        time=rng.uniform(20, 60, pools),
        emergency_cost=0.05 * price,
        demand_first=np.arange(pools + 1) * 3,
        demand_rate=rate.ravel(),
        flow_demand=np.arange(3 * pools),
        flow_class=np.tile([0, 1, 2], pools),
        flow_window=np.zeros(3 * pools),
        flow_volume=rate.ravel(),
    )
