"""Small chains of steps and crews for tests, written as rows."""

from typing import Any

from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of

YEAR = 8766.0


def queue(heads: int = 2, rate: float = 1.5, work: float = 1.0, **more: Any) -> Chain:
    """One step, one crew that is always there: M/M/c; rate in cases an hour."""
    return chain_of(**{
        "steps": [{"step": "fix", "work": work}],
        "routes": [{"kind": "repair", "to_step": "fix"}],
        "crews": [{"crew": "team", "heads": heads}],
        "needs": [{"step": "fix", "crew": "team"}],
        "arrivals": [{"kind": "repair", "rate": rate * YEAR}],
        **more})


def after_sales(**more: Any) -> Chain:
    """Interventions that need a part from the shelf and a technician of the place, who travels; parcels beside them.

    Two sites with a crew each, shifts by day, one item asked by both; a plan desk before the visit and a second visit
    for one in ten.
    """
    return chain_of(**{
        "segments": [{"segment": "big"}, {"segment": "small"}],
        "offers": [{"offer": "fast"}, {"offer": "slow"}],
        "customers": [{"customer": "b1", "segment": "big"}, {"customer": "s1", "segment": "small"}],
        "sites": [{"site": "hub"}, {"site": "north", "supplier": "hub"}, {"site": "south", "supplier": "hub"}],
        "lanes": [{"from_site": "hub", "to_site": "north", "duration": 12.0},
                  {"from_site": "hub", "to_site": "south", "duration": 20.0},
                  {"from_site": "north", "to_site": "north", "duration": 0.5},
                  {"from_site": "south", "to_site": "south", "duration": 1.0}],
        "items": [{"item": "pump", "price": 900.0, "lead_time": 10.0},
                  {"item": "seal", "price": 10.0, "lead_time": 5.0}],
        "stocks": [{"site": site, "item": item, "level": level} for site, item, level in (
            ("hub", "pump", 12), ("north", "pump", 4), ("south", "pump", 3), ("hub", "seal", 30), ("north", "seal", 12),
            ("south", "seal", 12))],
        "demand": [{"item": "pump", "site": "north", "segment": "big", "offer": "fast", "rate": 180.0},
                   {"item": "pump", "site": "south", "segment": "small", "offer": "slow", "rate": 120.0}],
        "steps": [{"step": "plan", "work": 0.25, "law": "constant"},
                  {"step": "visit", "work": 2.0, "spread": 0.5, "law": "lognormal", "takes_item": True,
                   "travels": True}],
        "routes": [{"kind": "order", "to_step": "plan"}, {"kind": "order", "from_step": "plan", "to_step": "visit"},
                   {"kind": "order", "from_step": "visit", "to_step": "visit", "share": 0.1}],
        "crews": [{"crew": "desk", "heads": 2}, {"crew": "north", "site": "north", "shift_end": "pause"},
                  {"crew": "south", "site": "south"}],
        "shifts": [{"crew": crew, "weekday": day, "starts": 8.0, "ends": 17.0} for crew in ("north", "south")
                   for day in ("monday", "tuesday", "wednesday", "thursday", "friday")],
        "needs": [{"step": "plan", "crew": "desk"}, {"step": "visit", "crew": "north"},
                  {"step": "visit", "crew": "south"}, {"step": "visit", "item": "seal"}],
        "rhythms": [{"kind": "order", "weekday": day, "starts": 7.0, "ends": 19.0} for day in (
            "monday", "tuesday", "wednesday", "thursday", "friday")],
        "promises": [{"promise": "fast-24h", "offer": "fast", "window": 24.0, "target_share": 0.8, "penalty": 500.0,
                      "late_cost": 50.0},
                     {"promise": "slow-96h", "offer": "slow", "window": 96.0, "target_share": 0.8},
                     {"promise": "planned-4h", "step": "plan", "window": 4.0, "target_share": 0.9}],
        **more})
