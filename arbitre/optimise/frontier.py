"""What do cost, stock and service trade against each other for the whole portfolio, and what would change the answer?

The portfolio (`optimise.portfolio`) is decided where capital is dearer and dearer, with promises loosened, as they are,
and tightened: every point is a plan with a bound on all plans that have as much capital (`_frontier.points`). Beside
the curve stand today's offers, the knee (Das 1999), the price from which each offer earns what it adds to cost and the
count of customers from which it earns its place in the catalogue (`_frontier.break_even`), what other prices, demand or
costs would do, other catalogues nearly as good, and what tightening one promise does to the others
(`_frontier.changes`), and what a menu would bring instead of one offer (`_frontier.menus`).

Reads what optimise.portfolio reads, and stocks where today's are known. Writes portfolio_frontier, price_break_even,
count_break_even, portfolio_sensitivity, portfolio_alternatives, portfolio_menus, promise_interactions. Money a year in
the chain's currency; capital is money on the shelf.
"""

from __future__ import annotations

from typing import Any

import polars as pl
from pydantic import Field

from arbitre.capability import Progress, Result
from arbitre.optimise._frontier import break_even, changes
from arbitre.optimise._frontier import points as points_
from arbitre.optimise._frontier.market import Market
from arbitre.optimise._frontier.menus import menus
from arbitre.optimise._portfolio.master import Rules
from arbitre.optimise._portfolio.model import Model
from arbitre.optimise._portfolio.params import MARKET, PEOPLE, MarketParams, tables_needed
from arbitre.optimise._portfolio.search import Decision, Effort
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = (*MARKET, "demand")
MAY_READ = ("assets", "positions", "contracts", "commitments", "forecasts", "cases", "stocks", *PEOPLE)
WRITES = ("portfolio_frontier", "price_break_even", "count_break_even", "portfolio_sensitivity",
          "portfolio_alternatives", "portfolio_menus", "promise_interactions")


class Params(MarketParams):
    """How the frontier is told."""

    points: int = Field(6, ge=1, le=20, description="Most points along capital, promises as they are; half as many "
                        "where they are loosened or tightened.", json_schema_extra={"unit": "unit"})
    step: float = Field(2.0, gt=1, le=100, description="How many times the odds of its target a promise tightened a "
                        "step has.", json_schema_extra={"unit": "share"})
    near: float = Field(0.01, ge=0, le=1, description="Share of the value by which other catalogues may fall short.",
                        json_schema_extra={"unit": "share"})
    alternatives: int = Field(6, ge=0, le=50, description="Other catalogues sought at most.",
                              json_schema_extra={"unit": "unit"})
    gap: float = Field(0.01, ge=0, le=1, description="Share by which the bound may exceed the value when the search "
                       "stops.", json_schema_extra={"unit": "share"})
    rounds: int = Field(4, ge=1, le=100, description="Rounds in which bins are cut finer around the best plan.",
                        json_schema_extra={"unit": "unit"})
    nodes: int = Field(100, ge=1, le=10_000_000, description="Branches looked at in a round.",
                       json_schema_extra={"unit": "unit"})


def reads(params: Params, chain: Chain) -> tuple[str, ...]:
    """Return the tables needed, given what the chain has."""
    del params
    return tables_needed(chain)


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Return the frontier, its points bracketed, and what would change it.

    Raises Unsupported where tables say too little, Unreachable, naming what contradicts itself, where no plan can be.
    """
    del seed  # nothing here is random
    market = Market(
        chain, Rules(params.most_offers, None, params.free_sites, heads=params.heads),
        Effort(params.gap, params.rounds, params.nodes),
        params.kind, params.belief, params.grouping, params.sharing, params.holding_share, params.resupply_wait,
        params.leaving_share, params.lost_years)
    progress(0.0, "deciding the portfolio (the first run on a machine compiles)")
    model = market.model()
    decision = market.decided(model)
    points = _points(market, model, decision, params, progress)
    progress(0.65, "today's offers")
    today = points_.today_of(market, model)
    frontier = points_.told(points, None if today is None else (model, today), points_.capital_today(chain))
    progress(0.7, "break-even of each offer")
    found = {"portfolio_frontier": frontier, "price_break_even": break_even.prices(market, model, decision.plan),
             "count_break_even": break_even.counts(model, decision.plan)}
    progress(0.8, "other prices, demand and costs")
    found["portfolio_sensitivity"] = changes.sensitivity(market, model, decision)
    progress(0.9, "other catalogues, tighter promises")
    found["portfolio_alternatives"] = changes.alternatives(market, model, decision, params.near, params.alternatives)
    found["portfolio_menus"] = menus(model, market.rules, decision)
    found["promise_interactions"] = changes.interactions(market, model, decision, params.step)
    tables = {name: shaped(RESULTS[name], table) for name, table in found.items()}
    return Result("optimise.frontier", _summary(model, decision, tables), tables,
                  status="optimal" if decision.gap <= params.gap else "feasible", bound=decision.bound)


def _points(market: Market, model: Model, decision: Decision, params: Params, progress: Progress
            ) -> list[points_.Point]:
    """Return the points of every curve, promises loosened a step, as they are, tightened one step and two."""
    points = points_.curve_of(market, model, 1.0, params.points, decision)
    for turn, odds in enumerate((1 / params.step, params.step, params.step**2)):
        progress(0.25 + 0.1 * turn, f"promises at {odds:g} times their odds")
        other = market.model(market.tightened(odds))
        points += points_.curve_of(market, other, odds, (params.points + 1) // 2, market.decided(other, known=decision))
    return sorted(points, key=lambda point: (point.odds, point.capital))


def _summary(model: Model, decision: Decision, tables: dict[str, pl.DataFrame]) -> dict[str, Any]:
    frontier, prices = tables["portfolio_frontier"], tables["price_break_even"]
    knee, today = frontier.filter("is_knee"), frontier.filter("is_today")
    proposed = prices.filter("is_proposed")
    summary: dict[str, Any] = {
        "value": decision.worth.value, "bound": decision.bound, "gap": decision.gap,
        "capital": decision.worth.tied, "points": frontier.height - today.height,
        "widest_bracket": (frontier["bound"] - frontier["value"]).max(), "sharing": model.sharing}
    for name, row in (("knee", knee), ("today", today)):
        if row.height:
            summary |= {f"{name}_value": row["value"][0], f"{name}_capital": row["capital"][0]}
    if today.height:
        summary["better_than_today"] = decision.worth.value - float(today["value"][0])
    summary |= {
        "above_break_even": proposed.filter(pl.col("price") >= pl.col("break_even_high")).height,
        "below_break_even": proposed.filter(pl.col("price") < pl.col("break_even_low")).height,
        "alternatives": tables["portfolio_alternatives"].height,
        "menus_better": tables["portfolio_menus"].filter(pl.col("value_change") > decision.bound - decision.worth.value
                                                         ).height}
    return summary
