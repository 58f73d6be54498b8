"""What does stock in consignment tie up? Ours until it is used, it stands on a shelf at each customer's.

What is used is there at once, as far as it is there: the way to the customer is that of the orders that fill the shelf
again, lead time = transit + the wait for resupply. A customer's shelf serves nobody else, so its money is a number for
each way to serve: customers x least stock (`family_stock`) for one customer's demand of (lead time - window)+. To the
site that resupplies them such orders are due at once.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from arbitre.core.units import HOURS_PER_DAY
from arbitre.maths.stock.family_stock import LeastStock, least_stock
from arbitre.optimise._pool import Floats, Integers
from arbitre.optimise._portfolio.question import Question


class Consigned:
    """Shelves at customers of a question; `wait`, days an order waits at the site that resupplies them."""

    def __init__(self, question: Question, wait: float) -> None:
        self.question, self.wait = question, wait
        self._stock = lru_cache(maxsize=None)(self._least)

    def tied(self, segment: int, choice: int, region: Integers, site: Integers) -> tuple[Floats, Floats]:
        """Return money on the shelves of those who take a choice, and a floor under it, (ways,)."""
        taken = self.question.accept[segment, choice] * self.question.customers[segment, region]
        each = [self.shelves(segment, choice, int(r), int(j)) for r, j in zip(region, site, strict=True)]
        money, floor = (np.array([sum(getattr(stock, name) - ordered for stock, ordered in shelves)
                                  for shelves in each], float) for name in ("cost", "floor"))
        return taken * money, taken * floor

    def shelves(self, segment: int, choice: int, region: int, site: int) -> list[tuple[LeastStock, float]]:
        """Return the least stock of one customer, family by family, and the money on order."""
        asked = self.question
        rate = asked.units[segment, region].sum(axis=1) / asked.customers[segment, region]
        needed = asked.lines[segment].sum(axis=0) > 0
        needed = needed if needed.any() else np.ones_like(needed)
        window = float(asked.window[segment, asked.choice_offer[choice]][needed].min())
        share = float(asked.planned[segment, choice][needed].max())
        time = float(asked.transit[site, region]) / HOURS_PER_DAY + self.wait
        return [self._stock(family, float(rate[family]), time, window / HOURS_PER_DAY, share)
                for family in range(len(asked.families))]

    def _least(self, family: int, rate: float, time: float, window: float, share: float) -> tuple[LeastStock, float]:
        kind = self.question.kind[family]
        ordered = kind.weight * rate * time
        due = kind.weight * rate * max(time - window, 0.0)
        return least_stock(kind.price, kind.weight, due, ordered, share), float(kind.price @ ordered)
