"""At which price, and from how many customers on, does an offer just earn what it adds to cost?

The price: beside the rest of the plan, whose choices and sites stay, the segment is made the offer, or nothing; who is
served from where is decided anew in both. What a price earns is linear in it (who takes it is held), so

    break-even = price - (value with - value without) / units billed,

and the bounds on both values bracket it. The count: the customers who take an offer are scaled, each served as in the
plan; the offer earns its cost in the catalogue from the count on at which its margins pay that and the stock it adds,
evaluated item by item. Stock pools, so few customers need more of it each: with one item at one place and normal
demand, n (M - h c m) - h c z sqrt(n m) - F = 0. Both ends come from the stock's floor and from whole units.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.errors import Unreachable
from arbitre.optimise._frontier.market import Market
from arbitre.optimise._portfolio.master import Rules
from arbitre.optimise._portfolio.model import Model, Plan, Worth
from arbitre.optimise._portfolio.search import Decision

_MOST_TIMES = 256.0
"""How many times the customers of the plan are tried at most."""
_CLOSE = 0.01
"""The count is told to this part of the customers of the plan."""


def prices(market: Market, model: Model, plan: Plan) -> pl.DataFrame:
    """Return the table price_break_even: every offer that someone in a segment would take and that is in reach."""
    asked, rows = model.question, []
    for s, segment in enumerate(asked.segments):
        others = np.where(np.arange(len(asked.segments)) == s, -1, plan.choice)
        chosen = np.arange(len(asked.choice_offer))[None, :] == others[:, None]
        least, most = _bracket(_decided(market, model, plan, chosen), model, plan)
        for o, offer in enumerate(asked.offers):
            allowed = chosen.copy()
            allowed[s] = (asked.choice_offer == o) & (asked.accept[s] > 0)
            decision = _decided(market, model, plan, allowed) if allowed[s].any() else None
            if decision is None:
                continue
            p = decision.plan.choice[s]
            billed = asked.accept[s, p] * asked.billed[s, p]
            if billed <= 0:
                continue
            price, made = float(asked.choice_price[p]), int(plan.choice[s])
            rows.append({
                "segment": segment, "offer": offer, "price": price, "taken_share": asked.accept[s, p],
                "break_even": price - (decision.worth.value - least) / billed,
                "break_even_low": price - (decision.bound - least) / billed,
                "break_even_high": price - (decision.worth.value - most) / billed,
                "is_proposed": made >= 0 and asked.choice_offer[made] == o})
    return pl.DataFrame(rows, infer_schema_length=None)


def _decided(market: Market, model: Model, plan: Plan, allowed: np.ndarray) -> Decision | None:
    """Return the best plan in which each segment is made one of these choices (S, P), from the sites of the plan; None
    where nobody is made any, or the promise cannot be kept from there."""
    made = np.asarray(allowed.any(axis=1))
    if not made.any():
        return None
    sole = only(model, allowed)
    if not all(_in_reach(sole, plan, int(s)) for s in np.flatnonzero(made)):
        return None
    opened = frozenset(map(int, np.flatnonzero(plan.is_open)))
    try:
        return market.decided(sole, Rules(open_sites=opened, serve=made))
    except Unreachable:  # a site is too small for what would be asked of it
        return None


def only(model: Model, allowed: np.ndarray, times: np.ndarray | None = None) -> Model:
    """Return the model of these choices (S, P) alone, nobody bound to any; `times` (S,) as many customers."""
    asked = model.question
    scale = np.where(allowed, 1.0 if times is None else times[:, None], np.nan)
    return replace(model, question=replace(
        asked, accept=asked.accept * scale, revenue=asked.revenue * scale, penalty=asked.penalty * scale,
        case_cost=asked.case_cost * scale, commitments=[]))


def _in_reach(model: Model, plan: Plan, s: int) -> bool:
    """Say whether a choice of a segment can be brought in time to all of its regions, from the sites of the plan."""
    ways, needed = model.ways, set(np.flatnonzero(model.question.customers[s] > 0).tolist())
    own = (ways.segment == s) & plan.is_open[ways.site]
    return any(needed <= set(ways.region[own & (ways.choice == c)].tolist()) for c in np.unique(ways.choice[own]))


def _bracket(decision: Decision | None, model: Model, plan: Plan) -> tuple[float, float]:
    """Return value and bound; with nobody made an offer, what open sites cost."""
    if decision is None:
        nothing = -float(model.question.site_cost[plan.is_open].sum())
        return nothing, nothing
    return decision.worth.value, decision.bound


def counts(model: Model, plan: Plan) -> pl.DataFrame:
    """Return the table count_break_even, an offer that the plan sells a row."""
    asked = model.question
    made = np.flatnonzero(plan.choice >= 0)
    offer_of = np.full(len(asked.segments), -1)
    offer_of[made] = asked.choice_offer[plan.choice[made]]
    rows: list[dict[str, Any]] = []
    for o in np.unique(offer_of[made]):
        buyers = np.flatnonzero(offer_of == o)
        customers = float(asked.accept[buyers, plan.choice[buyers]] @ asked.customers[buyers].sum(axis=1))
        known: dict[float, tuple[float, float]] = {}
        earned = [_Earned(model, plan, buyers, side, known) for side in (0, 1)]
        high, low = (_least_times(earn) for earn in earned)
        rows.append({
            "offer": asked.offers[o], "fixed_cost": asked.offer_cost[o], "customers": customers,
            "earned": earned[0](1.0), "break_even_low": None if low is None else low[0] * customers,
            "break_even": None if high is None else high[1] * customers})
    return pl.DataFrame(rows, infer_schema_length=None)


class _Earned:
    """What an offer adds to the value, as a function of how many times the customers of the plan take it; `side` 0: at
    least, 1: at most."""

    def __init__(self, model: Model, plan: Plan, buyers: np.ndarray, side: int,
                 known: dict[float, tuple[float, float]]) -> None:
        self.model, self.plan, self.buyers, self.side, self.known = model, plan, buyers, side, known

    def __call__(self, times: float) -> float:
        """Return money a year."""
        return self._value(times)[self.side] - self._value(0.0)[1 - self.side]

    def _value(self, times: float) -> tuple[float, float]:
        """Return the value, stock held in whole units, and with its floor instead."""
        if times not in self.known:
            choice = self.plan.choice.copy()
            if times == 0:
                choice[self.buyers] = -1
            scale = np.ones(len(choice))
            scale[self.buyers] = times
            allowed = np.arange(len(self.model.question.choice_offer))[None, :] == choice[:, None]
            if allowed.any():
                worth = self._worth(allowed, scale, choice)
                spare = self.model.holding_share * worth.spare
                self.known[times] = worth.value, worth.value + spare
            else:
                self.known[times] = _bracket(None, self.model, self.plan)
        return self.known[times]

    def _worth(self, allowed: np.ndarray, scale: np.ndarray, choice: np.ndarray) -> Worth:
        site = np.where((choice >= 0)[:, None], self.plan.site, -1)
        return only(self.model, allowed, scale).worth(replace(self.plan, choice=choice, site=site))


def _least_times(earned: _Earned) -> tuple[float, float] | None:
    """Return between which factors on the customers an offer begins to earn; None: with none tried."""
    high = 1.0
    while earned(high) < 0:
        if high >= _MOST_TIMES:
            return None
        high *= 2
    low = 0.0 if high == 1.0 else high / 2
    while high - low > _CLOSE:
        middle = (low + high) / 2
        low, high = (low, middle) if earned(middle) >= 0 else (middle, high)
    return low, high
