"""Which offer should be made to which segment, at what price, from which sites, and what stock does that call for?

Offers, prices, sites and stock are decided together, so as to bring most in a year:

    sum over segments of share that takes it x (billed + earned on parts - cases - transport) - penalties expected
    - sites - catalogue - holding of stock - heads of crews,

each segment being made one offer at one of the prices that `acceptance` knows, a menu of a few among which it chooses
(`_portfolio.menus`), or none; a promise must be within reach of an open site in every region of the segment, and under
each offer a region of a segment is served from one site. Stock is that of
families of items (`_portfolio.model`), decided item by item; the programme cuts its response into bins and lays a
line under each, so its bound holds for every plan, and the value is that of the plan found, evaluated
(`_portfolio.search`).
A missed period is priced by the binomial of its lines (`missed_periods`), segment by segment.

Reads segments, customers, offers, promises, acceptance, sites, lanes, items, demand (or the positions of assets), and
where present assets, contracts, commitments, forecasts; for people arrivals, routes, steps, needs, crews, shifts.
Writes portfolio, portfolio_service, portfolio_sites, portfolio_stock, portfolio_crews, offer_impact, portfolio_policies
and the demand that the plan brings, on which optimise.stock decides levels site by site; the cases it brings beside
(portfolio_arrivals) and the heads for them (crew_levels), which the twin replays. Money a year, in the chain's
currency; value is what it brings, and the bound lies above it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Progress, Result
from arbitre.optimise._portfolio import told
from arbitre.optimise._portfolio.master import Rules
from arbitre.optimise._portfolio.menus import decided_singly, with_menus
from arbitre.optimise._portfolio.model import Model
from arbitre.optimise._portfolio.params import MARKET, PEOPLE, MarketParams, tables_needed
from arbitre.optimise._portfolio.policies import policies, policy, signed_today, without_each
from arbitre.optimise._portfolio.question import question_of
from arbitre.optimise._portfolio.renewals import with_renewals
from arbitre.optimise._portfolio.search import Decision, Effort, decided
from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = (*MARKET, "demand")
MAY_READ = ("assets", "positions", "contracts", "commitments", "forecasts", "cases", *PEOPLE)
WRITES = ("portfolio", "portfolio_service", "portfolio_sites", "portfolio_stock", "portfolio_crews",
          "portfolio_arrivals", "crew_levels", "offer_impact", "portfolio_policies", "demand")
FIGURES = {"best": "most", "told": ("value", "bound", "capital", "segments_served"),
           "parts": {"margin": 1, "transport": -1, "sites": -1, "catalogue": -1, "holding": -1, "crews": -1}}


class Params(MarketParams):
    """How the portfolio is decided."""

    budget: float | None = Field(None, gt=0, description="Most capital on the shelf; empty: no limit.",
                                 json_schema_extra={"unit": "money"})
    menu: int = Field(1, ge=1, le=3, description="Most offers that a segment may choose among; who takes which of "
                      "several is a logit over what each would take alone.", json_schema_extra={"unit": "unit"})
    gap: float = Field(0.005, ge=0, le=1, description="Share by which the bound may exceed the value when the search "
                       "stops.", json_schema_extra={"unit": "share"})
    rounds: int = Field(8, ge=1, le=100, description="Rounds in which bins are cut finer around the best plan.",
                        json_schema_extra={"unit": "unit"})
    nodes: int = Field(500, ge=1, le=10_000_000, description="Branches looked at in a round.",
                       json_schema_extra={"unit": "unit"})


def reads(params: Params, chain: Chain) -> tuple[str, ...]:
    """Return the tables needed, given what the chain has."""
    del params
    return tables_needed(chain)


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Return the portfolio that brings most, with its bound.

    Raises Unsupported where tables say too little, Unreachable, naming what contradicts itself, where no plan can be.
    """
    del seed  # nothing here is random
    progress(0.0, "reading the market (the first run on a machine compiles)")
    asked = with_renewals(question_of(chain, params.kind, params.belief, params.grouping),
                          params.leaving_share, params.lost_years)
    single = Model(asked, params.sharing, params.holding_share, params.resupply_wait)
    model = replace(single, question=with_menus(asked, params.menu, params.leaving_share, params.lost_years))
    rules = Rules(params.most_offers, params.budget, params.free_sites, heads=params.heads)
    effort = Effort(params.gap, params.rounds, params.nodes)
    one_each = decided_singly(model, single, rules, effort) if params.menu > 1 else None
    decision = decided(model, rules, effort, lambda share, doing: progress(0.1 + 0.6 * share, doing), one_each)
    progress(0.7, "comparing with simpler policies")
    today = signed_today(chain, model.question.segments)
    prices = dict(chain.table("offers").select("offer", "price").iter_rows())
    beside = policies(single, rules, effort, today, {name: price or 0.0 for name, price in prices.items()})
    if one_each is not None:
        beside.append(policy("one_offer_each", one_each, model))
    beside.append(policy("proposal", decision, model))
    progress(0.9, "leaving each offer out")
    without = without_each(model, rules, decision, effort)
    found = {
        "portfolio": told.matrix(model, decision, today), "portfolio_service": told.service(model, decision),
        "portfolio_sites": told.sites(model, decision), "portfolio_stock": told.levels(model, decision),
        "portfolio_crews": told.crews(model, decision), "crew_levels": told.heads(model, decision),
        "portfolio_arrivals": told.arrivals(chain, model, decision),
        "offer_impact": told.impact(model, decision, without),
        "portfolio_policies": pl.DataFrame(beside, infer_schema_length=None),
        "demand": told.demand(model, decision)}
    tables = {name: shaped({**RESULTS, **INPUTS}[name], table) for name, table in found.items()}
    return Result("optimise.portfolio", _summary(chain, model, decision), tables,
                  status="optimal" if decision.gap <= params.gap else "feasible", bound=decision.bound)


def _summary(chain: Chain, model: Model, decision: Decision) -> dict[str, Any]:
    asked, worth, made = model.question, decision.worth, decision.plan.choice >= 0
    empty = sorted(set(chain.table("segments")["segment"]) - set(asked.segments))
    summary: dict[str, Any] = {
        "value": worth.value, "bound": decision.bound, "bound_says": "no plan brings more than the bound",
        "gap": decision.gap, "gap_branches": decision.branches, "gap_bins": decision.bins, "gap_items": decision.items,
        "margin": worth.money, "transport": worth.transport,
        "sites": worth.sites, "catalogue": worth.offers, "holding": worth.holding,
        "crews": worth.crews, "heads": int(worth.heads.sum()),
        "capital": worth.tied, "sharing": model.sharing,
        "segments_served": int(made[:asked.single].sum()), "segments": asked.single, "offers": len(asked.offers),
        "offers_sold": len(np.unique(asked.choice_offer[decision.plan.choice[made]])),
        "menus": int(made[asked.single:2 * asked.single].sum()), "choices": len(asked.choice_offer),
        "regions": len(asked.regions),
        "sites_open": int(decision.plan.is_open.sum()), "ways": len(model.ways.site), "rounds": decision.rounds,
    }
    if asked.left_out:
        summary["left_out"] = "; ".join(f"{offer}: {reason}" for offer, reason in asked.left_out.items())
    if empty:
        summary["segments_empty"] = ", ".join(empty)
    return summary
