"""What may a segment choose among, if it is made several offers at once? Menus as choices of the portfolio.

Who takes an offer made alone says what people get from it: under the logit a share a is a utility of ln(a / (1 - a)),
not buying being 0, and what a menu sells follows (`maths.market.menus`). Every menu of different offers at the prices
asked is one more choice, so the bound holds for menus as for single offers. A segment has as many *slots* as a menu may
hold: slot k of S segments is row k S + s, and a menu makes its members in slots 0, 1, ... or none of them
(`_portfolio.master`). A member is a choice of its own, taken by its share of the menu: what it brings and asks follows
as for any choice, and it may be served from another site than the rest of its menu.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np

from arbitre.capability import silent
from arbitre.core.errors import Unreachable, Unsupported
from arbitre.maths.market.menus import menu_shares
from arbitre.optimise._pool import Floats, Integers
from arbitre.optimise._portfolio.master import Rules
from arbitre.optimise._portfolio.model import NONE, Model, Plan
from arbitre.optimise._portfolio.promises import penalties_of
from arbitre.optimise._portfolio.question import Question
from arbitre.optimise._portfolio.renewals import lost_renewals
from arbitre.optimise._portfolio.search import Decision, Effort, decided

_SURE = 1 - 1e-6
"""Share above which nobody is taken to refuse: its utility has no end."""
_MOST = 3_000
"""Menus that are gone through at most, all segments together."""


def utilities(accept: Floats) -> Floats:
    """Return what people get from choices that these shares take, made alone; -inf where there is no choice."""
    shares = np.clip(np.nan_to_num(accept), 0.0, _SURE)
    with np.errstate(divide="ignore"):
        return np.log(shares / (1 - shares))


def with_menus(asked: Question, most: int, leaving: float, years: float) -> Question:
    """Return the question in which a segment may choose among so many offers; renewals are lost as `with_renewals`
    says.

    Raises Unsupported where there are too many menus to go through.
    """
    if most == 1:
        return asked
    single, count = len(asked.choice_offer), len(asked.segments)
    members = _menus(asked, most)
    slots = max(map(len, members), default=1)
    held = np.zeros((len(members), single), bool)
    base, menus, slot = list(range(single)), np.full((len(members), slots), NONE), [0] * single
    for m, menu in enumerate(members):
        held[m, list(menu)] = True
        menus[m, :len(menu)] = len(base) + np.arange(len(menu))
        base += menu
        slot += range(len(menu))
    accept = np.full((slots * count, len(base)), np.nan)
    accept[:count, :single] = asked.accept
    could = np.array([(asked.accept[:, list(menu)] > 0).all(axis=1) for menu in members]).reshape(len(members), count)
    shares = np.where(could[:, :, None], menu_shares(utilities(asked.accept), held), np.nan)
    for m, choices in enumerate(menus):
        for p in choices[choices != NONE]:
            accept[slot[p] * count:(slot[p] + 1) * count, p] = shares[m, :, base[p]]
    return _told_by(asked.of(np.tile(np.arange(count), slots)), np.array(base), accept, menus, leaving, years)


def decided_singly(model: Model, single: Model, rules: Rules, effort: Effort) -> Decision | None:
    """Return what is decided where each segment is made one offer, as a plan among menus; None where no plan can be."""
    try:
        found = decided(single, rules, effort, silent)
    except Unreachable:
        return None
    rest = len(model.question.segments) - model.question.single
    plan = Plan(np.append(found.plan.choice, np.full(rest, NONE)),
                np.pad(found.plan.site, ((0, rest), (0, 0)), constant_values=NONE), found.plan.is_open)
    return replace(found, plan=plan)


def _menus(asked: Question, most: int) -> list[tuple[int, ...]]:
    """Return the menus that some segment may choose from: choices of different offers."""
    found: set[tuple[int, ...]] = set()
    for taken in asked.accept:
        own = np.flatnonzero(taken > 0).tolist()
        for size in range(2, most + 1):
            for menu in combinations(own, size):
                if len(set(asked.choice_offer[list(menu)].tolist())) == size:
                    found.add(menu)
                if len(found) > _MOST:
                    raise Unsupported(f"Menus of {most} offers at these prices are more than {_MOST}, too many to go "
                                      "through. Ask for smaller menus, or at fewer prices in acceptance.")
    return sorted(found)


def _told_by(asked: Question, base: Integers, accept: Floats, menus: Integers, leaving: float, years: float
             ) -> Question:
    """Return the question whose choices are those of `base` (choices,), taken by these shares."""
    offer, planned = asked.choice_offer[base], asked.planned[:, base]
    times = accept / asked.accept[:, base]
    found = replace(
        asked, menus=menus, choice_offer=offer, choice_price=asked.choice_price[base],
        choice_odds=asked.choice_odds[base], accept=accept, planned=planned, billed=asked.billed[:, base],
        revenue=times * asked.revenue[:, base], case_cost=times * asked.case_cost[:, base],
        penalty=penalties_of(asked.promises, asked.segments, asked.offers, asked.criticalities, offer, accept, planned,
                             asked.lines) + asked.people.penalties(accept, offer))
    return replace(found, penalty=found.penalty + lost_renewals(found, leaving, years))
