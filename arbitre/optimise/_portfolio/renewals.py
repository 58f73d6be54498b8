"""What is a kept promise worth in customers who stay? Late cases make some leave, with what they would have brought.

A customer whose n cases of a year are late leaves with the chance 1 - (1 - leaving)^n: each late case acts by itself.
With it goes what its segment's choice brings a year and a customer, for `years`. This stands beside the penalties, so
that stocking for more than the target is a choice for every offer, not only for those whose promises are fined.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from arbitre.optimise._pool import Floats
from arbitre.optimise._portfolio.question import Question

ODDS = 3.0
"""How many times the odds of the target are stocked for, where customers who leave are counted."""


def with_renewals(asked: Question, leaving: float, years: float) -> Question:
    """Return the question in which lost renewals are paid for.

    Args: leaving, share of customers who leave for each late case; years, for which what one brings is lost.
    """
    if leaving <= 0:
        return asked
    asked = _with_safer_choices(asked)
    return replace(asked, penalty=asked.penalty + lost_renewals(asked, leaving, years))


def lost_renewals(asked: Question, leaving: float, years: float) -> Floats:
    """Return what customers who leave would have brought (S, P), money a year; nan where there is no choice."""
    customers = asked.accept * asked.customers.sum(axis=1)[:, None]
    lines = asked.lines.sum(axis=1)  # (S, C)
    late = np.einsum("sc,spc->sp", lines, 1 - asked.planned) / asked.customers.sum(axis=1)[:, None]
    brought = np.maximum(asked.money, 0.0) / customers
    return customers * (1 - (1 - leaving) ** late) * brought * years


def _with_safer_choices(asked: Question) -> Question:
    """Return the question in which each offer at each price may be stocked for more than its target."""
    known = set(zip(asked.choice_offer.tolist(), asked.choice_price.tolist(), asked.choice_odds.tolist(), strict=True))
    bare = np.array([k for k, (offer, price, odds) in enumerate(zip(
        asked.choice_offer.tolist(), asked.choice_price.tolist(), asked.choice_odds.tolist(), strict=True))
        if odds == 1.0 and (offer, price, ODDS) not in known], np.int64)
    planned = ODDS * asked.planned[:, bare] / (1 - asked.planned[:, bare] + ODDS * asked.planned[:, bare])
    extra: dict[str, Any] = {name: np.concatenate((table, table[:, bare]), axis=1) for name, table in (
        ("accept", asked.accept), ("billed", asked.billed), ("revenue", asked.revenue), ("penalty", asked.penalty),
        ("case_cost", asked.case_cost))}
    return replace(
        asked, **extra, planned=np.concatenate((asked.planned, planned), axis=1),
        choice_offer=np.append(asked.choice_offer, asked.choice_offer[bare]),
        choice_price=np.append(asked.choice_price, asked.choice_price[bare]),
        choice_odds=np.append(asked.choice_odds, np.full(len(bare), ODDS)))
