"""Which sites to have, and which of them serves whom, so that promises stay within reach at least cost?

    minimise  fixed costs of the open sites + freight of a year, inbound too (+ cost of stock, where it counts)
    with      every class of demand served by open sites, within their capacity, a site open only if one that feeds it
              is, and for every promise the target share of its shipments within its window.
Instead of cost, shipments times kilometres (the p-median), or the shipments that miss their window (largest covering),
can be least with so many sites. Small questions are put to HiGHS in the strong formulation; large ones without
capacities, feeding and promises are searched and bounded by Lagrangian relaxation (`maths.places.location`).

A class of demand is a place and the promises made about it. Places are the customers of `cases`, else the sites of
`demand`. The way from a site to a place is the great circle times `detour`, or the lane to the site near the place.
What is within reach is what transport alone allows; stock must be there too. The stock of a
site follows from the part of all demand that it serves, pooled exactly (`maths.stock.pooled_stock`); it is told beside
the plan, or counts in its cost. optimise.stock decides it item by item.

Reads sites; cases, customers, demand, items, lanes, promises where present. Writes site_plan, site_service,
site_reach. A year, the chain's currency, hours, kilometres.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.streams import stream
from arbitre.optimise._sites.model import changed, decided
from arbitre.optimise._sites.places import Travel, demand_of, places_of, ways_of
from arbitre.optimise._sites.question import Feeding, Objective, links_of, question_of, targets_of
from arbitre.optimise._sites.stock import response_of
from arbitre.optimise._sites.tables import Told, nearest, site_plan, site_reach, site_service, stocks_of, summary_of
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("sites",)
MAY_READ = ("cases", "customers", "demand", "items", "lanes", "promises")
WRITES = ("site_plan", "site_service", "site_reach")

_PROVEN = 1e-6
"""Gap at which a plan counts as proven."""


class Params(BaseParams):
    """What sites are chosen by, and how ways are measured."""

    objective: Objective = Field("cost", description="What is to be least: cost, shipments times kilometres "
                                 "(distance), or the shipments that miss their window (covered).",
                                 json_schema_extra={"unit": ""})
    most_sites: int | None = Field(None, ge=1, description="Sites open at most; empty: as many as pay.",
                                   json_schema_extra={"unit": "unit"})
    promises: Literal["kept", "ignored"] = Field(
        "kept", description="Whether the target share of every promise must be within reach of its window; never so "
        "when what is covered is the objective.", json_schema_extra={"unit": ""})
    feeding: Feeding = Field("given", description="Who feeds a site: the supplier it has, any open site that is fed "
                             "from outside (free), or nobody (ignored).", json_schema_extra={"unit": ""})
    ways: Literal["lanes", "coordinates"] | None = Field(
        None, description="Whether time and freight are those of lanes, or follow from coordinates; empty: lanes where "
        "the chain has any.", json_schema_extra={"unit": ""})
    kind: str = Field("order", description="Kind of case that is sent from a site.", json_schema_extra={"unit": ""})
    detour: float = Field(1.3, ge=1, le=5, description="Road kilometres for one of the great circle.",
                          json_schema_extra={"unit": ""})
    speed: float = Field(60.0, gt=0, le=1000, description="Kilometres an hour on the road.",
                         json_schema_extra={"unit": "km/h"})
    handling: float = Field(1.0, ge=0, le=1000, description="Hours from the order to leaving the site, where ways "
                            "follow from coordinates.", json_schema_extra={"unit": "h"})
    cost_per_km: float = Field(0.05, ge=0, description="Freight of one shipment over one kilometre.",
                               json_schema_extra={"unit": "money"})
    inbound_share: float = Field(0.25, ge=0, le=10, description="Freight into a site from the one that feeds it, as a "
                                 "share of that of a shipment over the same way.", json_schema_extra={"unit": "share"})
    stock: Literal["told", "counted"] = Field(
        "told", description="Whether the stock that each site needs is told beside the plan, or counts in its cost.",
        json_schema_extra={"unit": ""})
    holding_share: float = Field(0.25, gt=0, le=2, description="Yearly cost of a unit on the shelf, as a share of its "
                                 "price: capital, room, insurance, ageing.", json_schema_extra={"unit": "1/year"})
    miss_cost: float | None = Field(None, gt=0, description="Cost of one unit not on the shelf when asked, by which "
                                    "stock is held; empty: late_cost of the promises, mean over shipments.",
                                    json_schema_extra={"unit": "money"})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Return the sites to have.

    Raises Unsupported when coordinates, lanes, demand or costs are missing or the question is too large, UsageError
    when it contradicts itself, Unreachable with the reason when no sites will do.
    """
    progress(0.0, "finding who asks, and how far it is")
    sites, demand = chain.table("sites").sort("site"), demand_of(chain, params.kind)
    travel = Travel(params.detour, params.speed, params.handling, params.cost_per_km)
    by = params.ways or ("lanes" if chain.has("lanes") else "coordinates")
    ways = ways_of(chain, sites, places_of(chain, demand), by, travel)
    near = sites.select("site", "latitude", "longitude", place="site", near="site")
    links = links_of(sites, params.feeding, ways_of(chain, sites, near, by, travel))
    stock = response_of(chain, demand, params.holding_share, params.miss_cost)
    counts = params.stock == "counted" and params.objective == "cost"
    if counts and stock is None:
        raise Unsupported("What stock costs cannot be reckoned: bring items, and late_cost in promises or --miss-cost.")
    question = question_of(chain, sites, demand, ways, links, objective=params.objective, most=params.most_sites,
                           is_kept=params.promises == "kept" and params.objective != "covered",
                           inbound_share=params.inbound_share, stock=stock if counts else None)
    progress(0.2, "choosing sites")
    rng = stream(seed, "optimise.sites")
    decision = decided(question, rng)
    if not (question.targets or question.stock is not None or np.isfinite(question.capacity).any()):
        # Whatever costs the same goes to the nearest.
        decision = replace(decision, share=nearest(question, decision.in_use, ways.hours))
    progress(0.7, "asking what each site changes")
    change = changed(question, decision, rng)
    progress(0.9, "counting stock")
    was_open = (sites["standing"] != "candidate").to_numpy()
    told = Told(sites, demand, ways, links, question, decision, was_open, params.inbound_share)
    tables = {"site_plan": site_plan(told, change, stock), "site_service": site_service(told),
              "site_reach": site_reach(told, targets_of(chain, demand, ways.hours[links.site]), chain)}
    return Result("optimise.sites", {**summary_of(told), **stocks_of(told, stock)},
                  {name: shaped(RESULTS[name], table) for name, table in tables.items()},
                  status="optimal" if decision.value - decision.bound <= _PROVEN * abs(decision.value) else "feasible",
                  bound=decision.bound)
