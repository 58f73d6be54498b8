"""How is the portfolio's question asked again, with promises tightened, prices, demand or costs changed?

A promise is tightened by multiplying the odds of its target: 0.95 in two steps of 2 is 0.974, then 0.987; half the
cases that were late are late after each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from arbitre.capability import silent
from arbitre.optimise._pool import Floats
from arbitre.optimise._portfolio.master import Rules
from arbitre.optimise._portfolio.model import Model, Plan, Sharing, Worth
from arbitre.optimise._portfolio.question import Belief, Grouping, question_of
from arbitre.optimise._portfolio.renewals import with_renewals
from arbitre.optimise._portfolio.search import Decision, Effort, decided
from arbitre.tables.chain import Chain


@dataclass(frozen=True)
class Market:
    """A chain and how its portfolio is decided."""

    chain: Chain
    rules: Rules
    effort: Effort
    kind: str
    belief: Belief
    grouping: Grouping
    sharing: Sharing
    holding_share: float
    resupply_wait: float
    leaving_share: float
    lost_years: float

    def model(self, chain: Chain | None = None, holding: float = 1.0) -> Model:
        """Return what plans of the chain, or of one like it, are worth; `holding` times its cost."""
        asked = question_of(chain or self.chain, self.kind, self.belief, self.grouping)
        return Model(with_renewals(asked, self.leaving_share, self.lost_years), self.sharing,
                     self.holding_share * holding, self.resupply_wait)

    def decided(self, model: Model, rules: Rules | None = None, known: Decision | None = None) -> Decision:
        """Return the best plan found, its bound beside it; raises Unreachable."""
        return decided(model, rules or self.rules, self.effort, silent, known)

    def tightened(self, odds: float, promise: str | None = None) -> Chain:
        """Return the chain with the odds of each target, or that of one promise, so many times what they are."""
        share = pl.col("target_share")
        whom = pl.lit(value=True) if promise is None else pl.col("promise") == promise
        return self.chain.with_(promises=self.chain.table("promises").with_columns(
            pl.when(whom).then(odds * share / (1 - share + odds * share)).otherwise(share).alias("target_share")))

    def scaled(self, columns: Mapping[str, tuple[str, ...]], factor: float) -> Chain:
        """Return the chain with these columns of tables, where there are some, so many times what they are."""
        return self.chain.with_(**{
            table: self.chain.table(table).with_columns(pl.col(*names) * factor)
            for table, names in columns.items() if self.chain.has(table)})


def served_share(model: Model, plan: Plan) -> float:
    """Return the share of all customers who take what they are made."""
    customers, made = model.question.customers.sum(axis=1), np.flatnonzero(plan.choice >= 0)
    return float(model.question.accept[made, plan.choice[made]] @ customers[made] / customers.sum())


def planned_share(model: Model, plan: Plan) -> float | None:
    """Return the share of cases that stock is planned to keep, all customers together; None without any."""
    asked, made = model.question, np.flatnonzero(plan.choice >= 0)
    lines = asked.accept[made, plan.choice[made]][:, None] * asked.lines[made].sum(axis=1)  # (made, C)
    kept = lines * asked.planned[made, plan.choice[made]]
    return float(kept.sum() / lines.sum()) if lines.sum() > 0 else None


def revenue(model: Model, plan: Plan) -> float:
    """Return what is billed and earned on parts, money a year."""
    made = np.flatnonzero(plan.choice >= 0)
    return float(model.question.revenue[made, plan.choice[made]].sum())


def sold(model: Model, plan: Plan) -> list[str]:
    """Return the offers that a plan sells."""
    asked = model.question
    return [asked.offers[o] for o in np.unique(asked.choice_offer[plan.choice[plan.choice >= 0]])]


def segments_changed(model: Model, before: Plan, after: Plan) -> list[str]:
    """Return the segments that are made another offer, or the same at another price; plans of the same choices."""
    asked = model.question
    made = [[(asked.choice_offer[p], asked.choice_price[p]) if p >= 0 else None for p in plan.choice]
            for plan in (before, after)]
    return [name for name, was, now in zip(asked.segments, *made, strict=True) if was != now]


def capital_by_offer(model: Model, plan: Plan, worth: Worth) -> Floats:
    """Return the money on the shelf (offers,), each shelf shared out by the load that each offer puts on it, with
    the shelves at its customers."""
    ways = model.ways
    taken = np.zeros(len(ways.site), bool)
    taken[model.taken(plan)] = True
    own = taken[ways.load_way]
    part = ways.load[own] / worth.load[ways.load_shelf[own]] * worth.capital[ways.load_shelf[own]]
    offer = model.question.choice_offer[ways.choice]
    shelf = np.bincount(offer[ways.load_way[own]], part, minlength=len(model.question.offers))
    consigned = np.bincount(offer[taken], ways.kept[taken], minlength=len(model.question.offers))
    return (shelf + consigned).astype(float)
