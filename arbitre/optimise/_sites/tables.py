"""What is told of a choice of sites: the sites, who serves whom, what is within reach, and the stock it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from arbitre.maths.places.location import Flags, Floats
from arbitre.optimise._sites.model import Decision, Question, Target, held, parts_of
from arbitre.optimise._sites.places import Demand, Ways
from arbitre.optimise._sites.question import Links
from arbitre.optimise._sites.stock import Response
from arbitre.tables.chain import Chain


@dataclass(frozen=True)
class Told:
    """A question with its decision, the sites that are open today (sites,), and the part of freight paid inbound."""

    sites: pl.DataFrame
    demand: Demand
    ways: Ways
    links: Links
    question: Question
    decision: Decision
    was_open: Flags
    inbound_share: float

    @property
    def shipments(self) -> Floats:
        return self.demand.classes["shipments"].to_numpy()

    def of_sites(self, share: Floats) -> Floats:
        """Return by site (sites, classes) what links serve (links, classes)."""
        summed = np.zeros((self.sites.height, share.shape[1]))
        np.add.at(summed, self.links.site, share)
        return summed

    def in_use(self, is_open: Flags) -> Flags:
        """Return which links (links,) sites open like this (sites,) can use."""
        fed = self.links.fed_by
        return is_open[self.links.site] & ((fed < 0) | is_open[np.maximum(fed, 0)])


def nearest(question: Question, in_use: Flags, hours: Floats) -> Floats:
    """Return the shares (links, classes) when each class goes to its cheapest link in use, the nearest of those.

    Args: question; in_use (links,); hours (sites, classes).
    """
    cost = np.where(in_use[:, None], question.cost, np.inf)
    cheap = cost <= cost.min(axis=0) * (1 + 1e-12)
    best = np.where(cheap & in_use[:, None], hours[question.site], np.inf).argmin(axis=0)
    share = np.zeros(cost.shape)
    share[best, np.arange(len(best))] = 1.0
    return share


def site_plan(told: Told, change: Floats, stock: Response | None) -> pl.DataFrame:
    """Return the rows of site_plan, open sites first."""
    question, decision, share = told.question, told.decision, told.decision.share
    names, by_site = told.sites["site"], told.of_sites(told.decision.share)
    loads = share * question.units
    passing = question.passes.T.astype(float) @ loads.sum(axis=1)
    freight = told.of_sites(share * np.where(np.isfinite(question.cost), _freight(told), 0.0)).sum(axis=1)
    fed = {int(site): int(above) for site, above, used in
           zip(told.links.site, told.links.fed_by, decision.in_use, strict=True) if used and above >= 0}
    limited = np.isfinite(question.capacity) & (question.capacity > 0)
    used = passing / np.where(limited, question.capacity, 1.0)
    places = told.demand.classes["place"].to_numpy()
    return pl.DataFrame({
        "site": names, "is_open": decision.is_open, "was_open": told.was_open,
        "fed_by": [names[fed[site]] if site in fed else None for site in range(len(names))],
        "places": [len(set(places[row > 0])) for row in by_site],
        "shipments": by_site @ told.shipments, "units": passing,
        "used_share": [min(part, 1.0) if has else None for part, has in zip(used, limited, strict=True)],
        "fixed_cost": np.where(decision.is_open, told.sites["fixed_cost"].fill_null(0.0).to_numpy(), 0.0),
        "freight": freight, "stock": None if stock is None else stock.at(parts_of(question, share))[1],
        "change": pl.Series(change).fill_nan(None),
    }).sort(pl.col("is_open").not_(), pl.col("shipments").neg(), "site")


def _freight(told: Told) -> Floats:
    """Return what serving each class over each link costs in money (links, classes), whatever the objective."""
    return told.shipments * (told.ways.cost[told.links.site] + told.inbound_share * told.links.cost[:, None])


def site_service(told: Told) -> pl.DataFrame:
    """Return the rows of site_service."""
    classes = told.demand.classes
    by_site = told.of_sites(told.decision.share)
    number, site = np.nonzero(by_site.T)
    rows = classes[number.tolist()]
    duration, share = told.ways.hours[site, number], by_site[site, number]
    window = rows["window"]
    return pl.DataFrame({
        "place": rows["place"], "promised": rows["promised"], "site": told.sites["site"][site.tolist()], "share": share,
        "shipments": rows["shipments"] * share, "distance": pl.Series(told.ways.distance[site, number]).fill_nan(None),
        "duration": duration, "window": window, "is_in_time": pl.Series(duration) <= window,
    })


def site_reach(told: Told, targets: tuple[Target, ...], chain: Chain) -> pl.DataFrame:
    """Return the rows of site_reach."""
    every = np.ones(told.sites.height, dtype=np.bool_)
    rows = [{
        "promise": target.name, "shipments": target.total,
        "before": _able(target, told.in_use(told.was_open)), "most": _able(target, told.in_use(every)),
        "after": target.kept(told.decision.share),
    } for target in targets]
    frame = pl.DataFrame(rows, schema={"promise": pl.String, "shipments": pl.Float64, "before": pl.Float64,
                                       "most": pl.Float64, "after": pl.Float64})
    if not targets:
        return frame
    promises = chain.table("promises").select("promise", "window", "target_share")
    return frame.join(promises, on="promise", how="left", maintain_order="left")


def _able(target: Target, in_use: Flags) -> float:
    """Return the share of a promise's shipments that some link in use (links,) brings in time."""
    return min(float(target.in_time[in_use].any(axis=0) @ target.shipments / target.total), 1.0)


def summary_of(told: Told) -> dict[str, Any]:
    """Return the named numbers of the answer."""
    question, decision, classes = told.question, told.decision, told.demand.classes
    by_site = told.of_sites(decision.share)
    promised = classes["window"].is_not_null().to_numpy()
    in_time = told.ways.hours <= classes["window"].fill_null(np.inf).to_numpy()
    kilometres = float((by_site * told.ways.distance).sum(axis=0) @ told.shipments)
    total = float(told.shipments[promised].sum())
    return {
        "value": decision.value, "bound": decision.bound,
        "gap": (decision.value - decision.bound) / decision.value if decision.value > 0 else 0.0,
        **({} if (before := held(question, told.was_open)) is None else {"value_before": before}),
        "sites": int(decision.is_open.sum()), "sites_before": int(told.was_open.sum()),
        "candidates": told.sites.height, "places": classes["place"].n_unique(),
        "shipments": float(told.shipments.sum()),
        **({"mean_distance": kilometres / float(told.shipments.sum())} if np.isfinite(kilometres) else {}),
        **({"covered_share": min(float((by_site * in_time).sum(axis=0) @ (told.shipments * promised)) / total, 1.0)}
           if total > 0 else {}),
    }


def stocks_of(told: Told, stock: Response | None) -> dict[str, Any]:
    """Return what stock costs a year: in the plan, at today's sites, with every site open, and all in one place."""
    if stock is None:
        return {}
    every = np.ones(told.sites.height, dtype=np.bool_)
    parts = {"stock_plan": parts_of(told.question, told.decision.share)}
    for name, is_open in (("stock_before", told.was_open), ("stock_spread", every)):
        in_use = told.in_use(is_open)
        if np.isfinite(told.question.cost[in_use]).any(axis=0).all():
            parts[name] = parts_of(told.question, nearest(told.question, in_use, told.ways.hours))
    parts["stock_pooled"] = np.ones(1)
    return {name: float(stock.at(part)[0].sum()) for name, part in parts.items()}
