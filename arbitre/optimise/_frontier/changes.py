"""What if prices, demand or costs were other, a promise were tighter, or the catalogue had other offers in it?

Each change is decided anew, beginning with the plan, and bracketed; nothing is extrapolated. Catalogues near the best
are sought one offer at a time, an offer left out or one taken in, and on from those found, as in modelling to generate
alternatives (Brill 1979; DeCarolis 2011): what is found is proven to be so near, others may be too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.errors import Unreachable
from arbitre.optimise._frontier.market import Market, capital_by_offer, segments_changed, sold
from arbitre.optimise._portfolio.master import Rules
from arbitre.optimise._portfolio.model import Model, Plan
from arbitre.optimise._portfolio.search import Decision
from arbitre.optimise._stock.targets import window_promises

_PART = 0.1
_PRICES = {"acceptance": ("price",), "offers": ("price",)}
_DEMAND = {"demand": ("rate",), "forecasts": ("rate",), "positions": ("failure_rate",), "assets": ("hours",)}
_COSTS = {"sites": ("fixed_cost",), "lanes": ("cost",), "offers": ("fixed_cost", "case_cost")}


def sensitivity(market: Market, model: Model, decision: Decision) -> pl.DataFrame:
    """Return the table portfolio_sensitivity. Prices: who takes what is held. Costs: sites, lanes, catalogue, cases,
    and what holding stock costs."""
    rows: list[dict[str, Any]] = []
    for change, columns in (("prices", _PRICES), ("demand", _DEMAND), ("costs", _COSTS)):
        for factor in (1 - _PART, 1 + _PART):
            other = market.model(market.scaled(columns, factor), factor if change == "costs" else 1.0)
            row: dict[str, Any] = {"change": change, "factor": factor}
            try:
                found = market.decided(other, known=decision)
            except Unreachable:
                rows.append(row)
                continue
            rows.append(row | {
                "value": found.worth.value, "bound": found.bound,
                "value_change": found.worth.value - decision.worth.value, "capital": found.worth.tied,
                "segments_changed": _changed(model, decision.plan, other, found.plan)})
    return pl.DataFrame(rows, infer_schema_length=None)


def _changed(model: Model, before: Plan, other: Model, after: Plan) -> int:
    """Return how many segments are made another offer, or one at another of the prices asked."""
    place = [np.unique(one.question.choice_price, return_inverse=True)[1] for one in (model, other)]
    made = [[(one.question.choice_offer[p], at[p]) if p >= 0 else None for p in plan.choice]
            for one, at, plan in ((model, place[0], before), (other, place[1], after))]
    return sum(was != now for was, now in zip(*made, strict=True))


def alternatives(market: Market, model: Model, decision: Decision, within: float, most: int) -> pl.DataFrame:
    """Return the table portfolio_alternatives: plans within this share of the value whose catalogue is another."""
    least = decision.worth.value - within * abs(decision.worth.value)
    base = frozenset(sold(model, decision.plan))
    found, waiting = {base: decision}, [decision]
    while waiting and len(found) <= most:
        near = waiting.pop(0)
        for rules in _moves(market.rules, model, near.plan):
            try:
                other = market.decided(model, rules, near)
            except Unreachable:
                continue
            catalogue = frozenset(sold(model, other.plan))
            if catalogue not in found and other.worth.value >= least:
                found[catalogue] = other
                waiting.append(other)
    found.pop(base)
    rows = [{
        "value": other.worth.value, "below_share": (decision.worth.value - other.worth.value) / abs(
            decision.worth.value), "capital": other.worth.tied, "sites": int(other.plan.is_open.sum()),
        "catalogue": ", ".join(sorted(catalogue)), "added": ", ".join(sorted(catalogue - base)),
        "dropped": ", ".join(sorted(base - catalogue)),
        "segments_changed": ", ".join(segments_changed(model, decision.plan, other.plan))}
        for catalogue, other in sorted(found.items(), key=lambda pair: -pair[1].worth.value)[:most]]
    return pl.DataFrame(rows, infer_schema_length=None).with_row_index("alternative", 1)


def _moves(rules: Rules, model: Model, plan: Plan) -> list[Rules]:
    """Return rules that leave out an offer that is sold, or have one that is not sold made to the segment where that
    costs least before stock is reckoned with."""
    asked, moves = model.question, []
    is_sold = np.isin(np.arange(len(asked.offers)), asked.choice_offer[plan.choice[plan.choice >= 0]])
    anything = np.ones(asked.accept.shape, np.bool_)
    money = np.where(asked.accept > 0, asked.money, -np.inf)
    today = np.where(plan.choice >= 0, money[np.arange(len(money)), plan.choice], 0.0)
    for o, offered in enumerate(is_sold):
        own = asked.choice_offer == o
        if offered:
            moves.append(replace(rules, allowed=anything & ~own[None, :]))
            continue
        lost = today - np.where(own[None, :], money, -np.inf).max(axis=1)
        s = int(np.argmin(lost))
        if np.isfinite(lost[s]):
            allowed = anything.copy()
            allowed[s] = own
            moves.append(replace(rules, allowed=allowed, serve=np.arange(len(allowed)) == s))
    return moves


def interactions(market: Market, model: Model, decision: Decision, step: float) -> pl.DataFrame:
    """Return the table promise_interactions: each promise tightened a step, what that does to value and stock.

    The stock of each offer is that of the plan kept as it is; value and bound are those of the best plan then.
    """
    asked, plan, rows = model.question, decision.plan, []
    before = capital_by_offer(model, plan, decision.worth)
    names = sold(model, plan)
    for promise in window_promises(market.chain.table("promises"), market.kind).iter_rows(named=True):
        if promise["offer"] and promise["offer"] not in names:
            continue
        tighter = market.model(market.tightened(step, promise["promise"]))
        kept = tighter.worth(plan)
        after = capital_by_offer(tighter, plan, kept)
        best = market.decided(tighter, known=decision)
        share = promise["target_share"]
        row = {"promise": promise["promise"], "target_before": share,
               "target_after": step * share / (1 - share + step * share)}
        rows.append(row | {
            "offer": None, "capital_before": float(before.sum()), "capital_after": float(after.sum()),
            "value_change": best.worth.value - decision.worth.value, "value": best.worth.value, "bound": best.bound})
        rows += [row | {"offer": name, "capital_before": before[o], "capital_after": after[o]}
                 for o, name in enumerate(asked.offers) if name in names]
    return pl.DataFrame(rows, infer_schema_length=None)
