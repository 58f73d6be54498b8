"""What would simpler ways to decide bring, and what would the plan be without each of its offers?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from arbitre.capability import silent
from arbitre.core.errors import Unreachable
from arbitre.optimise._pool import Floats
from arbitre.optimise._portfolio.master import Rules
from arbitre.optimise._portfolio.model import Model
from arbitre.optimise._portfolio.search import Decision, Effort, decided
from arbitre.tables.chain import Chain

_QUICK_GAP = 0.005
"""What simpler policies bring is told so far: one round, and a quarter of the branches."""


def signed_today(chain: Chain, segments: list[str]) -> pl.DataFrame:
    """Return the offer that most customers of each segment have signed and the share of them who have."""
    if not chain.has("contracts"):
        return pl.DataFrame(schema={"segment": pl.String, "offer_before": pl.String, "before_share": pl.Float64})
    customers = chain.table("customers").select("customer", "segment").filter(pl.col("segment").is_in(segments))
    running = chain.table("contracts").filter(pl.col("to_on").is_null())
    whole = customers.group_by("segment").agg(whole=pl.len())
    signed = customers.join(running.select("customer", "offer").unique(), on="customer")
    counted = signed.group_by("segment", "offer").agg(count=pl.len()).join(whole, on="segment")
    return counted.sort("segment", pl.col("count"), "offer", descending=[False, True, False]).unique(
        "segment", keep="first", maintain_order=True).select(
        "segment", offer_before="offer", before_share=pl.col("count") / pl.col("whole"))


def signed_choice(model: Model, today: pl.DataFrame, list_price: dict[str, float]) -> np.ndarray:
    """Return the choice (S,) that most of each segment signed, at the price nearest to the list; -1: none known."""
    asked = model.question
    signed = dict(today.select("segment", "offer_before").iter_rows())
    as_signed = np.full(len(asked.segments), -1)
    for s, segment in enumerate(asked.segments):
        own = np.flatnonzero((asked.accept[s] > 0) & (asked.choice_odds == 1.0)
                             & (np.array([asked.offers[o] for o in asked.choice_offer]) == signed.get(segment, "")))
        if len(own):
            price = list_price[signed[segment]]
            as_signed[s] = own[np.argmin(np.abs(asked.choice_price[own] - price))]
    return as_signed


def policies(model: Model, rules: Rules, effort: Effort, today: pl.DataFrame, list_price: dict[str, float]
             ) -> list[dict[str, Any]]:
    """Return rows of the table portfolio_policies: what simple policies bring."""
    asked = model.question
    shortest = [asked.window[:, o].min() for o in range(len(asked.offers))]
    order = sorted(range(len(asked.offers)), key=lambda o: (shortest[o], -asked.target[:, o].max(), asked.offers[o]))
    as_signed = signed_choice(model, today, list_price)
    return [
        _row(model, "as_today", _only(rules, asked.accept, as_signed, free=False), effort) if today.height else
        {"policy": "as_today", "reason": "No contract says what is signed today."},
        _row(model, "fastest_for_all", _offer_for_all(model, rules, order[0]), effort),
        _row(model, "slowest_for_all", _offer_for_all(model, rules, order[-1]), effort),
        _row(model, "offers_first", _only(rules, asked.accept, _by_margin(model, rules)), effort),
    ]


def policy(name: str, decision: Decision, model: Model) -> dict[str, Any]:
    """Return the row of the table portfolio_policies that tells what was decided."""
    choice = decision.plan.choice
    return {"policy": name, "value": decision.worth.value, "capital": decision.worth.tied,
            "offers": len(np.unique(model.question.choice_offer[choice[choice >= 0]])),
            "sites": int(decision.plan.is_open.sum()), "reason": None}


def without_each(model: Model, rules: Rules, decision: Decision, effort: Effort) -> dict[int, Decision | None]:
    """Return the plan without each offer it sells, from the same sites; None where it must be sold."""
    asked, found = model.question, {}
    sold = np.unique(asked.choice_offer[decision.plan.choice[decision.plan.choice >= 0]])
    opened = frozenset(map(int, np.flatnonzero(decision.plan.is_open)))
    for offer in map(int, sold):
        others = np.broadcast_to(asked.choice_offer != offer, asked.accept.shape)
        changed = replace(rules, allowed=others, open_sites=opened, free_sites=False)
        try:
            found[offer] = decided(model, changed, _quick(effort), silent)
        except Unreachable:
            found[offer] = None
    return found


def _quick(effort: Effort) -> Effort:
    return replace(effort, gap=max(effort.gap, _QUICK_GAP), rounds=1, nodes=max(effort.nodes // 4, 1))


def _only(rules: Rules, accept: Floats, choice: np.ndarray, free: bool | None = None) -> Rules:
    """Return rules under which each segment is made just this choice, or none."""
    allowed = np.arange(accept.shape[1])[None, :] == choice[:, None]
    return replace(rules, allowed=allowed, serve=choice >= 0, most_offers=None,
                   free_sites=rules.free_sites if free is None else free)


def _offer_for_all(model: Model, rules: Rules, offer: int) -> Rules:
    asked = model.question
    allowed = np.broadcast_to(asked.choice_offer == offer, asked.accept.shape)
    return replace(rules, allowed=allowed, serve=np.ones(len(asked.segments), bool))


def _by_margin(model: Model, rules: Rules) -> np.ndarray:
    """Return the choice of each segment that earns most, transport from the nearest site paid, stock and sites not."""
    asked, ways = model.question, model.ways
    could = np.array([rules.free_sites or standing != "candidate" for standing in asked.standing])
    cheapest = np.full((*asked.accept.shape, len(asked.regions)), np.inf)
    at = could[ways.site]
    np.minimum.at(cheapest, (ways.segment[at], ways.choice[at], ways.region[at]), ways.cost[at])
    is_there = (asked.customers > 0)[:, None, :]
    earned = np.nan_to_num(asked.money, nan=-np.inf) - np.where(is_there, cheapest, 0.0).sum(axis=2)
    return np.where(earned.max(axis=1) > 0, earned.argmax(axis=1), -1)


def _row(model: Model, name: str, rules: Rules, effort: Effort) -> dict[str, Any]:
    try:
        return policy(name, decided(model, rules, _quick(effort), silent), model)
    except Unreachable as impossible:
        return {"policy": name, "reason": str(impossible)}
