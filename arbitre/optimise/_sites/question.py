"""From places, promises and ways to the question that is solved, or to the reason why it has no answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from arbitre.core.errors import Unreachable, Unsupported, UsageError
from arbitre.maths.places.location import Floats
from arbitre.optimise._sites.model import Integers, Question, Target
from arbitre.optimise._sites.places import Demand, Ways, named
from arbitre.optimise._sites.stock import Response
from arbitre.tables.chain import Chain

Objective = Literal["cost", "distance", "covered"]
Feeding = Literal["given", "free", "ignored"]


@dataclass(frozen=True)
class Links:
    """A site with the site that feeds it: site, fed_by (links,), -1: fed from outside; above (links, sites), the sites
    that what it serves has passed, itself included; inbound, the ways into it from above: their kilometres and cost.
    """

    site: Integers
    fed_by: Integers
    above: np.ndarray
    distance: Floats
    cost: Floats


def links_of(sites: pl.DataFrame, feeding: Feeding, between: Ways) -> Links:
    """Return the links: each site fed as `supplier` says, by any site fed from outside, or by none.

    Args: sites; feeding; between, the ways from site to site. Raises Unsupported where there is no way from a supplier.
    """
    at = {name: number for number, name in enumerate(sites["site"])}
    supplier = [-1 if name is None or feeding == "ignored" else at[name] for name in sites["supplier"]]
    roots = [site for site, above in enumerate(supplier) if above < 0]
    pairs = [(site, above) for site, above in enumerate(supplier)]
    if feeding == "free":
        pairs = [(site, feeder) for site, above in pairs for feeder in ([-1] if above < 0 else roots)
                 if feeder < 0 or np.isfinite(between.cost[feeder, site])]
    above = np.zeros((len(pairs), sites.height), dtype=np.bool_)
    distance, cost = np.zeros(len(pairs)), np.zeros(len(pairs))
    for link, (site, feeder) in enumerate(pairs):
        above[link, site] = True
        below, passed = site, feeder
        while passed >= 0:
            above[link, passed] = True
            distance[link] += between.distance[passed, below]
            cost[link] += between.cost[passed, below]
            below, passed = passed, supplier[passed]
    lost = [sites["site"][site] for (site, _), money in zip(pairs, cost, strict=True) if not np.isfinite(money)]
    if lost:
        raise Unsupported(f"No lane leads from its supplier to {named(lost)}. Add it to lanes, or leave feeding out: "
                          "--feeding ignored")
    site, fed_by = np.array(pairs, dtype=np.int64).T
    return Links(site, fed_by, above, distance, cost)


def question_of(chain: Chain, sites: pl.DataFrame, demand: Demand, ways: Ways, links: Links, *, objective: Objective,
                most: int | None, is_kept: bool, inbound_share: float, stock: Response | None) -> Question:
    """Return the question. Raises UsageError, Unsupported or Unreachable with the reason why it has no answer."""
    shipments = demand.classes["shipments"].to_numpy()
    hours = ways.hours[links.site]
    if objective == "cost":
        cost = shipments * (ways.cost[links.site] + inbound_share * links.cost[:, None])
    elif objective == "distance":
        if np.isnan(ways.distance).any():
            raise Unsupported("Nobody knows how far it is: fill latitude and longitude of sites.")
        cost = shipments * (ways.distance[links.site] + inbound_share * links.distance[:, None])
    else:
        window = demand.classes["window"].fill_null(np.inf).to_numpy()
        cost = shipments * (hours > window)
    standing = sites["standing"]
    asked = Question(
        cost=np.where(np.isfinite(hours), cost, np.inf), site=links.site, fed_by=links.fed_by, passes=links.above,
        opening=_opening(sites, most) if objective == "cost" else np.zeros(sites.height),
        capacity=sites["capacity"].fill_null(np.inf).to_numpy(), kept=(standing == "kept").to_numpy(),
        barred=np.zeros(sites.height, dtype=np.bool_), most=sites.height if most is None else most,
        units=demand.classes["units"].to_numpy(),
        targets=targets_of(chain, demand, hours) if is_kept else (), stock=stock,
    )
    _refuse(asked, sites, demand, objective)
    return asked


def targets_of(chain: Chain, demand: Demand, hours: Floats) -> tuple[Target, ...]:
    """Return the promises made to some class, with what each link (links, classes) of so many hours keeps of them."""
    made = demand.classes.select("number", "shipments", promise="promises").explode("promise").drop_nulls("promise")
    targets = []
    for row in chain.table("promises").sort("promise").iter_rows(named=True) if made.height else ():
        own = made.filter(promise=row["promise"])
        if own.height:
            shipments = np.zeros(hours.shape[1])
            shipments[own["number"].to_numpy()] = own["shipments"].to_numpy()
            targets.append(Target(row["promise"], (hours <= row["window"]) & (shipments > 0), shipments,
                                  row["target_share"] or 0.0))
    return tuple(targets)


def _opening(sites: pl.DataFrame, most: int | None) -> Floats:
    unknown = sites.filter(pl.col("fixed_cost").is_null() & (pl.col("standing") != "kept"))["site"].to_list()
    if unknown and (most is None or len(unknown) < sites.height):
        raise Unsupported(f"What {named(unknown)} cost a year open is not known. Fill fixed_cost in sites, or "
                          "ask for a number of sites at least distance: --objective distance --most-sites 3")
    return sites["fixed_cost"].fill_null(0.0).to_numpy()


def _refuse(asked: Question, sites: pl.DataFrame, demand: Demand, objective: Objective) -> None:
    """Raise the reason why there is no answer, where one can be seen without a search."""
    places, kept = demand.classes["place"], int(asked.kept.sum())
    if asked.most > sites.height:
        raise UsageError(f"{asked.most} sites are asked for, and there are {sites.height} in sites. Ask for fewer, or "
                         "add candidates.")
    if objective != "cost" and asked.most == sites.height and kept < sites.height:
        raise UsageError("Nothing is lost by opening every site when their cost does not count. Say how many: "
                         "--most-sites 3, or --objective cost")
    if kept > asked.most:
        raise UsageError(f"{kept} sites are to be kept open (standing in sites), more than the {asked.most} allowed.")
    lost = places.gather(np.flatnonzero(np.isinf(asked.cost).all(axis=0))).unique(maintain_order=True).to_list()
    if lost:
        raise Unreachable(f"No lane leads from any site to {named(lost)}. Add one to lanes, or go by coordinates: "
                          "--ways coordinates")
    for target in asked.targets:
        able = target.in_time.any(axis=0)
        best = float(target.shipments[able].sum() / target.total)
        if best < target.share - 1e-9:
            far = places.gather(np.flatnonzero(~able & (target.shipments > 0))).unique(maintain_order=True).to_list()
            raise Unreachable(f"Promise {target.name} asks for {target.share:.1%} in time; with every site open "
                              f"{best:.1%} can be: no site is near enough to {named(far)}. Lengthen its window or "
                              "lower target_share in promises, add sites, or leave promises out: --promises ignored")
    units = float(asked.units.sum())
    first = np.bincount(asked.site[asked.fed_by < 0], minlength=sites.height) > 0
    rooms = (("All sites together", asked.capacity), ("The sites that feed the others", asked.capacity[first]))
    for what, room in rooms:
        if room.sum() < units * (1 - 1e-9):
            raise Unreachable(f"{what} can serve {room.sum():,.0f} units a year, and {units:,.0f} are asked. Raise "
                              "capacity in sites or add sites.")
