"""From the tables of a network to a placement, and from a placement to service times with a bound."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported, UsageError
from arbitre.core.streams import stream
from arbitre.maths.stock.placement import Placement, forest_service_times, improved_service_times, relaxed_cost
from arbitre.maths.stock.stages import (
    Floats,
    Integers,
    cumulated_cost,
    inbound_times,
    pooled_deviation,
    spanning_forest,
    stage_network,
    total_need,
)
from arbitre.solvers.schedule import Model, solve
from arbitre.tables.chain import Chain

_MOST_STEPS = 1e10
"""Steps that a decision may take: about ten seconds."""
_ROUNDS = 2_000
"""Rounds of the search before the proof; few networks gain anything later."""
_FINE = 1e10
"""Whole units into which the cost of covering every longest time is cut for CP-SAT; costs are rounded down to them."""
_BEYOND = 1e100
"""No cost and no quantity: products of two such numbers still are numbers."""
_SLACK = 1e-9
"""What a float may be off: a whole number of periods, a bound that is met."""


@dataclass(frozen=True)
class Stages:
    """A network of stages, sorted by name (stages,).

    mean and deviation are of the demand that reaches each stage in a day (units), cover the units that stock must hold
    for the demand of one day above the mean, unit_cost money a unit; the placement counts in periods and money a year.
    """

    names: pl.Series
    placement: Placement
    mean: Floats
    deviation: Floats
    cover: Floats
    unit_cost: Floats
    idle: int


@dataclass(frozen=True)
class Decision:
    """Service times (stages,) in periods, the floor under their cost (money a year), whether they are proven best."""

    service: Integers
    bound: float
    proven: bool


def stages_of(chain: Chain, target_share: float, holding_share: float, power: float, period: float) -> Stages:
    """Return the network of a chain.

    A period is `period` days: durations are rounded up to whole periods and longest service times down, so that what
    is guaranteed in whole periods holds for the times as given. Raises Unsupported when no stage faces customers, when
    costs or needs add up beyond measure, or when times are too fine to search.
    """
    stages = chain.table("stages").sort("stage")
    links = chain.table("stage_links") if chain.has("stage_links") else pl.DataFrame(
        schema={"from_stage": pl.String, "to_stage": pl.String, "quantity": pl.Float64})
    links = links.filter(pl.col("quantity") > 0).sort("from_stage", "to_stage")
    place = {name: number for number, name in enumerate(stages["stage"])}
    network = stage_network(stages.height, [place[name] for name in links["from_stage"]],
                            [place[name] for name in links["to_stage"]], links["quantity"])
    faces = stages["demand_deviation"].is_not_null().to_numpy()
    if not faces.any():
        raise Unsupported("No stage faces customers. Fill demand_mean and demand_deviation in the table stages where "
                          "customers are served.")
    asked = stages["demand_deviation"].fill_null(0.0).to_numpy()
    shares = stages["target_share"].fill_null(target_share)
    above = np.array([max(NormalDist().inv_cdf(share), 0.0) if share > 0 else 0.0 for share in shares])
    unit_cost = cumulated_cost(network, stages["cost_added"].to_numpy())
    mean = total_need(network, stages["demand_mean"].fill_null(0.0).to_numpy())
    deviation, cover = (pooled_deviation(network, scatter, power) for scatter in (asked, asked * above))
    if not (np.array([unit_cost, mean, deviation, cover]) < _BEYOND).all():
        raise Unsupported("Along the links of stage_links costs or quantities multiply beyond what can be reckoned "
                          "with. Correct quantity there, or cost_added and the demand in stages.")
    rate = holding_share * unit_cost * cover * math.sqrt(period)
    longest = stages["longest_service"].to_numpy() / period
    duration = np.ceil(stages["duration"].to_numpy() / period - _SLACK).astype(np.int64)
    free = np.where(faces, 0, duration.sum())
    whole = np.where(np.isnan(longest), free, np.floor(np.nan_to_num(longest) + _SLACK)).astype(np.int64)
    placement = Placement(network, duration, whole, rate)
    if placement.work > _MOST_STEPS:
        longer = 1.1 * period * math.sqrt(placement.work / _MOST_STEPS)
        raise Unsupported(f"The longest way through the stages is {placement.replenishment.max():,} periods of "
                          f"{period:g} day, too many to search. Take periods of {longer:.2g} days or more: "
                          f"--period {longer:.2g}")
    return Stages(stages["stage"], placement, mean, deviation, cover, unit_cost, int((deviation == 0).sum()))


def decided(asked: Placement, seconds: float, seed: int) -> Decision:
    """Return the service times that cost least, with the floor under them.

    Trees are solved exactly. What is joined in more than one way is searched (`improved_service_times`) and bounded by
    a forest (`relaxed_cost`), then searched on and bounded by CP-SAT for at most `seconds`; 0 leaves that out. Raises
    what `schedule.solve` raises.
    """
    network = asked.network
    kept, group = spanning_forest(network.stages, network.supplier, network.customer)
    knotted = np.isin(group, group[network.customer[~kept]])
    trees = asked.part(~knotted)
    service = np.zeros(network.stages, dtype=np.int64)
    service[~knotted] = forest_service_times(trees)
    bound = float(trees.costs(service[~knotted]).sum())
    if not knotted.any():
        return Decision(service, bound, proven=True)
    knots = _searched(asked.part(knotted), seconds, seed)
    service[knotted] = knots.service
    # Costs are added up in another order here than there, which may put the bound a last digit above the value.
    bound = min(bound + knots.bound, float(asked.costs(service).sum()))
    return Decision(service, bound, knots.proven)


def _searched(asked: Placement, seconds: float, seed: int) -> Decision:
    """Return the best service times found on any network, with the higher of two floors under their cost."""
    rounds = int(min(_ROUNDS, _MOST_STEPS / asked.work))
    service = improved_service_times(asked, np.zeros_like(asked.duration), rounds, stream(seed, "optimise.placement"))
    cost, floor = float(asked.costs(service).sum()), relaxed_cost(asked)
    if cost - floor <= _SLACK * cost or seconds == 0:
        return Decision(service, min(floor, cost), cost - floor <= _SLACK * cost)
    scale = _FINE / float((asked.rate * np.sqrt(asked.replenishment)).sum())
    model, hint = _as_model(asked, service, scale)
    try:
        answer = solve(model, seconds, hint=hint, seed=seed)
    except UsageError as missing:
        raise UsageError(f"The network is not a tree. {missing}, or do without its bound: --seconds 0") from missing
    if answer.values:
        found = asked.settled(np.array(answer.values[: len(service)], dtype=np.int64))
        found_cost = float(asked.costs(found).sum())
        if found_cost < cost:
            service, cost = found, found_cost
    return Decision(service, min(max(answer.bound / scale, floor), cost), answer.status == "optimal")


def _as_model(asked: Placement, service: Integers, scale: float) -> tuple[Model, list[int]]:
    """Return the model of a placement, its first variables the service times, and `service` as its hint.

    The cost of a stage is read from a table by its net time, rounded down so that the bound stays a bound.
    """
    network, most, model = asked.network, asked.replenishment, Model()
    waits, nets = inbound_times(network, service), asked.net_times(service)
    cover = np.sqrt(np.arange(most.max() + 1.0))
    promised = [model.integer(0, int(end)) for end in np.minimum(asked.longest, most)]
    waited = [model.integer(0, int(end)) for end in most - asked.duration]
    net = [model.integer(0, int(end)) for end in most]
    hint = [*service.tolist(), *waits.tolist(), *nets.tolist()]
    for start, end in zip(network.supplier.tolist(), network.customer.tolist(), strict=True):
        model.between(0, {waited[end]: 1, promised[start]: -1}, None)
    objective: dict[int, int] = {}
    for stage, duration in enumerate(asked.duration.tolist()):
        model.between(-duration, {waited[stage]: 1, promised[stage]: -1, net[stage]: -1}, -duration)
        costs = np.floor(asked.rate[stage] * cover[: most[stage] + 1] * scale).astype(np.int64)
        if costs[-1] > 0:
            cost = model.integer(0, int(costs[-1]))
            model.element(costs.tolist(), net[stage], cost)
            hint.append(int(costs[nets[stage]]))
            objective[cost] = 1
    model.objective = objective
    return model, hint
