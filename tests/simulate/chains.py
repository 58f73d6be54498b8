"""Small chains of stock for tests: written as rows, and decided by the optimiser where a plan is needed."""

from typing import Any

from arbitre.capability import silent
from arbitre.optimise import stock
from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of


def two_echelons(**more: list[dict[str, Any]]) -> Chain:
    """A hub that buys (one item in lots), a shop it resupplies, two offers with a window each."""
    return chain_of(**{
        "segments": [{"segment": "big"}, {"segment": "small"}],
        "offers": [{"offer": "fast"}, {"offer": "slow"}],
        "customers": [{"customer": "b1", "segment": "big"}, {"customer": "s1", "segment": "small"},
                      {"customer": "s2", "segment": "small"}],
        "sites": [{"site": "hub"}, {"site": "shop", "supplier": "hub"}],
        "lanes": [{"from_site": "hub", "to_site": "shop", "duration": 24.0},
                  {"from_site": "hub", "to_site": "hub", "duration": 20.0},
                  {"from_site": "shop", "to_site": "shop", "duration": 2.0}],
        "items": [{"item": "pump", "price": 1000.0, "lead_time": 30.0},
                  {"item": "seal", "price": 10.0, "lead_time": 20.0, "lot": 4}],
        "promises": [{"promise": "fast-4h", "offer": "fast", "window": 4.0, "target_share": 0.9, "penalty": 100.0},
                     {"promise": "slow-48h", "offer": "slow", "window": 48.0, "target_share": 0.85}],
        "demand": [
            {"item": "pump", "site": "shop", "segment": "big", "offer": "fast", "rate": 24.0, "transit": 2.0},
            {"item": "pump", "site": "hub", "segment": "small", "offer": "slow", "rate": 60.0, "transit": 20.0},
            {"item": "seal", "site": "shop", "segment": "small", "offer": "fast", "rate": 150.0, "transit": 2.0},
        ],
        **more,
    })


def decided(given: Chain, **params: Any) -> Chain:
    """Return the chain with the plan of the optimiser."""
    plan = stock.run(given, stock.Params(**params), 1, silent).tables
    return given.with_(**{name: plan[name] for name in ("stock_levels", "stock_reserved", "promise_worth")
                          if name in plan})
