"""A portfolio told in tables: segments, service, sites, stock, crews, offers, and the demand it brings."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from arbitre.core.units import DAYS_PER_YEAR
from arbitre.core.week import WEEKDAYS
from arbitre.optimise._pool import Floats
from arbitre.optimise._portfolio.model import Model
from arbitre.optimise._portfolio.search import Decision
from arbitre.tables.chain import Chain


def stock_cost(model: Model, decision: Decision) -> Floats:
    """Return what holding the stock of each way taken costs a year (ways,): its part of the loads of its shelves, and
    shelves at its customers."""
    ways, worth = model.ways, decision.worth
    taken = np.zeros(len(ways.site), bool)
    taken[model.taken(decision.plan)] = True
    own = taken[ways.load_way]
    part = ways.load[own] / worth.load[ways.load_shelf[own]]
    shelf = np.bincount(ways.load_way[own], part * worth.capital[ways.load_shelf[own]], minlength=len(ways.site))
    return (model.holding_share * (shelf + np.where(taken, ways.kept, 0.0))).astype(float)


def crew_cost(model: Model, decision: Decision) -> Floats:
    """Return what heads cost a year by segment (S,): each team shared out by the work brought to it."""
    asked, choice, worth = model.question, decision.plan.choice, decision.worth
    found, made = np.zeros(len(choice)), np.flatnonzero(choice >= 0)
    paid = worth.heads * np.array([team.cost for team in asked.people.teams])
    found[made] = (_busy(model, decision)[made] * np.divide(
        paid, worth.busy, out=np.zeros(len(paid)), where=worth.busy > 0)).sum(axis=1)
    return found


def _busy(model: Model, decision: Decision) -> Floats:
    """Return the heads that each segment keeps busy (S, T)."""
    asked, at = model.question, np.maximum(decision.plan.choice, 0)
    row = np.arange(len(at))
    taken = np.where(decision.plan.choice >= 0, np.nan_to_num(asked.accept[row, at]), 0.0)
    return taken[:, None] * asked.people.load[row, asked.choice_offer[at]]


def crews(model: Model, decision: Decision) -> pl.DataFrame:
    """Return the table portfolio_crews."""
    worth, rows = decision.worth, []
    for t, (team, kept) in enumerate(zip(model.question.people.teams, model.called_for(decision.plan)[1], strict=True)):
        busy, heads = float(worth.busy[t]), int(worth.heads[t])
        tightest = max(kept, key=lambda k: team.heads(busy, [k]), default=None)
        binds = tightest is not None and team.heads(busy, []) < heads
        rows.append({"crew": team.name, "heads_before": team.today, "heads": heads, "busy": busy,
                     "work": busy * team.hours, "cost": heads * team.cost,
                     "promise": team.tiers[tightest].promise if tightest is not None and binds else None})
    return pl.DataFrame(rows, infer_schema_length=None)


def heads(model: Model, decision: Decision) -> pl.DataFrame:
    """Return the table crew_levels: as many heads at every hour that a team works. Crews that stand in for one another
    have as many each, the first of them what is left over."""
    rows: list[dict[str, Any]] = []
    for team, count, busy in zip(model.question.people.teams, decision.worth.heads, decision.worth.busy, strict=True):
        week = team.there.reshape(7, 24)
        is_daily = bool((week == week[0]).all())
        for place, (crew, site) in enumerate(team.crews):
            own, before = (int(whole) // len(team.crews) + (place < int(whole) % len(team.crews))
                           for whole in (count, team.today))
            for weekday, hours in zip([None] if is_daily else WEEKDAYS, week, strict=False):
                edges = np.flatnonzero(np.diff(np.pad(hours.astype(int), 1))).reshape(-1, 2)
                rows += [{"crew": crew, "site": site, "weekday": weekday, "starts": float(starts), "ends": float(ends),
                          "heads_before": before, "heads": own, "busy_share": busy / count if count else None,
                          "cost": team.cost * (ends - starts) * (7 if is_daily else 1) / week.sum()}
                         for starts, ends in edges]
    return pl.DataFrame(rows, infer_schema_length=None)


def arrivals(chain: Chain, model: Model, decision: Decision) -> pl.DataFrame:
    """Return the table portfolio_arrivals: cases of those who take an offer, and as they are those of kinds and
    segments that nothing was decided on."""
    asked, made = model.question, np.flatnonzero(decision.plan.choice >= 0)
    known, calls = chain.table("arrivals") if chain.has("arrivals") else pl.DataFrame(), asked.people.calls
    if calls.is_empty():
        return known
    choice = decision.plan.choice[made]
    taken = pl.DataFrame({"segment": [asked.segments[s] for s in made],
                          "offer": [asked.offers[o] for o in asked.choice_offer[choice]],
                          "accept": asked.accept[made, choice]},
                         schema={"segment": pl.String, "offer": pl.String, "accept": pl.Float64})
    own = calls.drop("items").join(taken, on=["segment", "offer"]).with_columns(
        pl.col("rate") * pl.col("accept")).drop("accept")
    others = known.join(calls.select("kind", "segment").unique(), on=["kind", "segment"], how="anti")
    return pl.concat([others, own], how="diagonal_relaxed").sort("kind", "site", "segment", "offer")


def matrix(model: Model, decision: Decision, today: pl.DataFrame) -> pl.DataFrame:
    """Return the table portfolio."""
    asked, ways, plan = model.question, model.ways, decision.plan
    taken, stock = model.taken(decision.plan), stock_cost(model, decision)
    people, rows = crew_cost(model, decision), []
    for s in np.arange(len(asked.segments)).reshape(-1, asked.single).T.ravel():  # the offers of a menu together
        p, segment = plan.choice[s], asked.segments[s]
        if p < 0 and s >= asked.single:
            continue
        if p < 0:
            rows.append({"segment": segment, "taken_share": 0.0, "customers": 0.0, "assets": 0.0, "margin": 0.0})
            continue
        own = taken[ways.segment[taken] == s]
        accept, cost = asked.accept[s, p], float(ways.cost[own].sum())
        held = float(stock[own].sum())
        rows.append({
            "segment": segment, "offer": asked.offers[asked.choice_offer[p]], "price": asked.choice_price[p],
            "planned_share": asked.planned[s, p].max(), "taken_share": accept,
            "customers": accept * asked.customers[s].sum(), "assets": accept * asked.machines[s].sum(),
            "revenue": asked.revenue[s, p], "case_cost": asked.case_cost[s, p], "transport_cost": cost,
            "penalty_cost": asked.penalty[s, p], "stock_cost": held, "crew_cost": people[s],
            "margin": asked.money[s, p] - cost - held - people[s]})
    return pl.DataFrame(rows, infer_schema_length=None).join(today, on="segment", how="left", maintain_order="left")


def service(model: Model, decision: Decision) -> pl.DataFrame:
    """Return the table portfolio_service."""
    asked, ways, taken = model.question, model.ways, np.sort(model.taken(decision.plan))
    segment, region, site = ways.segment[taken], ways.region[taken], ways.site[taken]
    return pl.DataFrame({
        "segment": [asked.segments[s] for s in segment], "region": [asked.regions[r] for r in region],
        "offer": [asked.offers[o] for o in asked.choice_offer[ways.choice[taken]]],
        "site": [asked.sites[j] for j in site], "transit": asked.transit[site, region],
        "rate": ways.units[taken] * DAYS_PER_YEAR, "transport_cost": ways.cost[taken],
    }).sort("segment", "region", "offer")


def sites(model: Model, decision: Decision) -> pl.DataFrame:
    """Return the table portfolio_sites."""
    asked, ways, taken = model.question, model.ways, model.taken(decision.plan)
    opened = decision.plan.is_open
    return pl.DataFrame({
        "site": asked.sites, "before": [standing != "candidate" for standing in asked.standing], "is_open": opened,
        "cost": np.where(opened, asked.site_cost, 0.0),
        "rate": np.bincount(ways.site[taken], ways.units[taken], minlength=len(asked.sites)) * DAYS_PER_YEAR,
        "capital": decision.worth.capital.reshape(len(asked.sites), -1).sum(axis=1)})


def levels(model: Model, decision: Decision) -> pl.DataFrame:
    """Return the table portfolio_stock: what is held, item by item."""
    asked = model.question
    rows = [{"item": item, "site": asked.sites[shelf // model.families], "level": int(level), "price": price}
            for shelf, found in decision.worth.levels.items()
            for item, level, price in zip(asked.kind[shelf % model.families].items, found,
                                          asked.kind[shelf % model.families].price, strict=True) if level > 0]
    ways = model.ways
    for way in model.taken(decision.plan):
        s, p, r, j = (int(ways.segment[way]), int(ways.choice[way]), int(ways.region[way]), int(ways.site[way]))
        if not asked.consigned[asked.choice_offer[p]]:
            continue
        whose = {"site": asked.regions[r], "segment": asked.segments[s], "offer": asked.offers[asked.choice_offer[p]]}
        for family, (stock, _) in zip(asked.kind, model.consigned.shelves(s, p, r, j), strict=True):
            rows += [{"item": item, **whose, "level": int(level), "price": price}
                     for item, level, price in zip(family.items, stock.levels, family.price, strict=True) if level > 0]
    return pl.DataFrame(rows, schema={
        "item": pl.String, "site": pl.String, "segment": pl.String, "offer": pl.String, "level": pl.Int64,
        "price": pl.Float64}).sort("item", "site", "segment", "offer")


def impact(model: Model, decision: Decision, without: dict[int, Decision | None]) -> pl.DataFrame:
    """Return the table offer_impact."""
    asked, ways, plan = model.question, model.ways, decision.plan
    taken, stock = model.taken(plan), stock_cost(model, decision)
    made = np.flatnonzero(plan.choice >= 0)
    offer_of = asked.choice_offer[plan.choice[made]]
    offer_way = asked.choice_offer[ways.choice[taken]]
    people, hours = crew_cost(model, decision), np.array([team.hours for team in asked.people.teams])
    work, heads = _busy(model, decision) @ hours, int(decision.worth.heads.sum())
    capital, tolerance = decision.worth.tied, decision.bound - decision.worth.value
    rows: list[dict[str, Any]] = []
    for offer, name in enumerate(asked.offers):
        own, buying = taken[offer_way == offer], made[offer_of == offer]
        row = {"offer": name, "segments": len(buying), "capital_with": capital, "sites": len(np.unique(ways.site[own])),
               "rate": float(ways.units[own].sum()) * DAYS_PER_YEAR, "work": float(work[buying].sum()),
               "heads_with": heads, "advice": "leave"}
        if len(buying):
            other = without[offer]
            margin = float(asked.money[buying, plan.choice[buying]].sum() - ways.cost[own].sum() - stock[own].sum()
                           - people[buying].sum())
            worth = None if other is None else max(decision.worth.value - other.worth.value, 0.0)
            row |= {"contribution": margin - asked.offer_cost[offer], "worth": worth,
                    "capital_without": None if other is None else other.worth.tied,
                    "heads_without": None if other is None else int(other.worth.heads.sum()),
                    "advice": "standardise" if worth is not None and worth <= tolerance else "differentiate"}
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


def demand(model: Model, decision: Decision) -> pl.DataFrame:
    """Return the demand that the plan brings: what its customers ask, at the site that serves them, under its offers.

    Where a site serves several regions of a segment, the longest way counts for all. What is used of stock in
    consignment is asked of the site that fills its shelf again, which no way lies before.
    """
    asked, ways, taken = model.question, model.ways, model.taken(decision.plan)
    routes = pl.DataFrame({
        "segment": [asked.segments[s] for s in ways.segment[taken]],
        "region": [asked.regions[r] for r in ways.region[taken]],
        "site": [asked.sites[j] for j in ways.site[taken]],
        "offer": [asked.offers[o] for o in asked.choice_offer[ways.choice[taken]]],
        "accept": asked.accept[ways.segment[taken], ways.choice[taken]],
        "transit": np.where(asked.consigned[asked.choice_offer[ways.choice[taken]]], 0.0,
                            asked.transit[ways.site[taken], ways.region[taken]]),
    }, schema_overrides={"segment": pl.String, "region": pl.String, "site": pl.String, "offer": pl.String})
    keys = ["item", "site", "segment", "offer", "criticality", "size"]
    return asked.asked.join(routes, on=["segment", "region"]).group_by(keys).agg(
        rate=(pl.col("rate") * pl.col("accept")).sum(),
        dispersion=(pl.col("dispersion") * pl.col("rate")).sum() / pl.col("rate").sum(),
        transit=pl.col("transit").max()).sort(keys, nulls_last=False)
