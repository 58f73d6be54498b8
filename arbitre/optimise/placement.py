"""Where in a network of stages to hold safety stock so that service times are guaranteed at least cost?

Guaranteed-service model (Simpson 1958; Graves & Willems, Manufacturing & Service Operations Management 2, 2000): each
stage k delivers S(k) days after an order, always, as long as demand stays within a bound. It waits SI(k) for the
slowest of its suppliers, takes T(k), and its stock covers the demand of the net time SI + T - S:
    safety stock = z deviation sqrt(SI + T - S),    cost = holding share x unit cost x safety stock a year,
where unit cost adds up all that goes into a unit, and the deviation is that of all the customers it reaches, pooled by
    deviation(k)^p = sum over customers e of (units of k in one of e x deviation(e))^p.
Stages that face customers deliver within their longest service time (empty: at once); the others are free, and the
question is which of them should hold stock so that those after them need less. Fast-moving things only: the model is
of demand per day, many units of it, and what exceeds the bound is not met from stock.

Trees are solved exactly. Networks in which stages are joined in more than one way are NP-hard: they are searched, then
bounded by a tree within them and by CP-SAT within `seconds`, which needs the extra `schedule` (with `seconds` 0 the
tree alone bounds them); the gap says what is left open.

Reads stages, stage_links. Writes stage_buffers. Days, units, the chain's currency; costs a year. Times are cut into
whole periods of `period` days, durations rounded up and longest service times down, so that the plan holds for the
times as given.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.maths.stock.stages import Floats, inbound_times
from arbitre.optimise._placement_model import Decision, Stages, decided, stages_of
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("stages",)
MAY_READ = ("stage_links",)
WRITES = ("stage_buffers",)


class Params(BaseParams):
    """How safety stock is placed."""

    target_share: float = Field(0.95, ge=0.5, lt=1, description="Share of the times in which demand stays within what "
                                "stock must cover, where a stage does not say.", json_schema_extra={"unit": "share"})
    holding_share: float = Field(0.25, gt=0, le=2, description="Yearly cost of a unit on the shelf, as a share of its "
                                 "price: capital, room, insurance, ageing.", json_schema_extra={"unit": "1/year"})
    pooling_power: float = Field(2.0, ge=1, le=2, description="How demands of several customers pool: 2 when they are "
                                 "independent, 1 when they peak together.", json_schema_extra={"unit": ""})
    period: float = Field(1.0, gt=0, le=365, description="Times are cut into whole periods of this length: durations "
                          "rounded up, longest service times down.", json_schema_extra={"unit": "day"})
    seconds: float = Field(30.0, ge=0, le=3600, description="Longest search for a better placement and a better bound "
                           "where the network is not a tree; 0: none.", json_schema_extra={"unit": "s"})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Return the cheapest placement found, with its bound.

    Raises Unsupported when no stage faces customers or times are too fine, UsageError when a network that is not a
    tree is asked about without the extra, SolverStopped when its search dies.
    """
    progress(0.0, "adding up costs and demand")
    stages = stages_of(chain, params.target_share, params.holding_share, params.pooling_power, params.period)
    progress(0.1, "placing stock (the first run on a machine compiles)")
    decision = decided(stages.placement, params.seconds, seed)
    costs = stages.placement.costs(decision.service)
    tables = {"stage_buffers": shaped(RESULTS["stage_buffers"], _buffers(stages, decision, costs, params.period))}
    summary = _summary(stages, decision, costs, params.holding_share)
    return Result("optimise.placement", summary, tables, status="optimal" if decision.proven else "feasible",
                  bound=decision.bound)


def _summary(stages: Stages, decision: Decision, costs: Floats, holding_share: float) -> dict[str, Any]:
    asked, value = stages.placement, float(costs.sum())
    everywhere = np.zeros_like(decision.service)
    return {
        "value": value,
        "bound": decision.bound,
        "gap": (value - decision.bound) / value if value > 0 else 0.0,
        "capital": value / holding_share,
        "cost_held_everywhere": float(asked.costs(everywhere).sum()),
        "cost_held_at_the_end": float(asked.costs(asked.settled(asked.longest)).sum()),
        "stages": len(costs),
        "stages_that_hold": int((asked.net_times(decision.service) * (stages.cover > 0) > 0).sum()),
        "stages_nobody_asks": stages.idle,
        "links": len(asked.network.supplier),
    }


def _buffers(stages: Stages, decision: Decision, costs: Floats, period: float) -> pl.DataFrame:
    asked, service = stages.placement, decision.service
    net = asked.net_times(service) * period
    safety = stages.cover * np.sqrt(net)
    return pl.DataFrame({
        "stage": stages.names, "inbound": inbound_times(asked.network, service) * period, "service": service * period,
        "net": net, "demand_mean": stages.mean, "demand_deviation": stages.deviation, "safety_stock": safety,
        "base_stock": stages.mean * net + safety, "unit_cost": stages.unit_cost, "cost": costs,
    })
