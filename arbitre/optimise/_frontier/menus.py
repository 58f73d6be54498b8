"""What would a segment bring if it could choose among several offers instead of being made one?

Who takes which offer of a menu is the logit of `_portfolio.menus`. Beside the rest of the plan, whose offers and
sites stay, menus of two offers and more are sought by their margins before stock, and the best of each size is
evaluated item by item, as the plan is. Who takes slower service because it is on the menu no longer takes the faster
one: a menu may bring less than its best offer alone. Menus found are plans; others may be better, there is no bound on
them: `optimise.portfolio` decides menus with one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from arbitre.maths.market.menus import best_menu, menu_shares
from arbitre.optimise._frontier.break_even import only
from arbitre.optimise._pool import Floats, Integers
from arbitre.optimise._portfolio.master import Rules
from arbitre.optimise._portfolio.menus import utilities
from arbitre.optimise._portfolio.model import NONE, Model, Plan, Worth
from arbitre.optimise._portfolio.search import Decision


def menus(model: Model, rules: Rules, decision: Decision) -> pl.DataFrame:
    """Return the table portfolio_menus, the best menu of each segment a row."""
    asked, plan = model.question, decision.plan
    rows: list[dict[str, Any]] = []
    for s, segment in enumerate(asked.segments):
        choices, sites, margin = _candidates(model, plan, s)
        is_new = ~np.isin(asked.choice_offer[choices], asked.choice_offer[plan.choice[plan.choice >= 0]])
        utility = utilities(asked.accept[[s]][:, choices])
        best: dict[str, Any] | None = None
        for size in range(2, len(choices) + 1):
            held = best_menu(utility, margin, [1.0], np.where(is_new, asked.offer_cost[
                asked.choice_offer[choices]], 0.0), size)[0]
            if held.sum() != size:
                continue
            taken = menu_shares(utility, held[None, :])[0, 0][held]
            worth = _evaluated(model, plan, s, choices[held], sites[held], taken)
            if not _is_allowed(model, rules, plan, choices[held], worth):
                continue
            change = worth.value - decision.worth.value
            if best is None or change > best["value_change"]:
                best = {"menu": ", ".join(map(asked.named, choices[held])), "taken_share": float(taken.sum()),
                        "value_change": change, "capital_change": worth.tied - decision.worth.tied}
        if best is not None:
            made = int(plan.choice[s])
            rows.append({"segment": segment, "alone": asked.named(made) if made >= 0 else None,
                         "alone_share": asked.accept[s, made] if made >= 0 else 0.0, **best})
    return pl.DataFrame(rows, infer_schema_length=None)


def _candidates(model: Model, plan: Plan, s: int) -> tuple[Integers, Integers, Floats]:
    """Return for each offer that open sites can bring to a segment in time its choice in the plan, or what earns most
    alone, the cheapest sites for it (choices, R), and what it earns before stock if all took it, money a year."""
    asked, found, made = model.question, {}, int(plan.choice[s])
    own = asked.choice_offer[made] if made >= 0 else NONE
    needed = asked.customers[s] > 0
    for p in np.flatnonzero(asked.accept[s] > 0):
        at = model.way_at[s, p].copy()  # (R, J)
        at[:, ~plan.is_open] = NONE
        cost = np.where(at == NONE, np.inf, model.ways.cost[at])
        if np.isinf(cost[needed].min(axis=1)).any():
            continue
        earned = float(asked.money[s, p] - cost.min(axis=1)[needed].sum())
        offer = int(asked.choice_offer[p])
        if p == made:
            found[offer] = (earned, int(p), plan.site[s])
        elif offer != own and (offer not in found or earned > found[offer][0]):
            found[offer] = (earned, int(p), np.where(needed, cost.argmin(axis=1), NONE))
    choices = np.array([p for _, p, _ in found.values()], np.int64)
    sites = np.array([site for _, _, site in found.values()], np.int64).reshape(len(found), -1)
    return choices, sites, np.array([earned for earned, _, _ in found.values()]) / asked.accept[s, choices]


def _evaluated(model: Model, plan: Plan, s: int, choices: Integers, sites: Integers, taken: Floats) -> Worth:
    """Return what the plan is worth with a menu for a segment, of which so many take each choice (choices,)."""
    asked, count = model.question, len(choices)
    row = np.append(np.arange(len(asked.segments)), np.full(count, s))
    choice, site = np.append(plan.choice, choices), np.concatenate((plan.site, sites))
    choice[s], site[s] = NONE, NONE
    times = np.append(np.ones(len(asked.segments)), taken / asked.accept[s, choices])
    allowed = np.arange(len(asked.choice_offer))[None, :] == choice[:, None]
    return only(replace(model, question=asked.of(row)), allowed, times).worth(Plan(choice, site, plan.is_open))


def _is_allowed(model: Model, rules: Rules, plan: Plan, choices: Integers, worth: Worth) -> bool:
    """Say whether a menu keeps to the most offers and heads there may be."""
    sold = np.unique(model.question.choice_offer[np.append(plan.choice[plan.choice >= 0], choices)])
    return ((rules.most_offers is None or len(sold) <= rules.most_offers)
            and (rules.heads is None or worth.heads.sum() <= rules.heads))
