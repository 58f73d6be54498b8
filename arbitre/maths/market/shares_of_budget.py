"""Which point of each response is worth its money, when all draw on one budget?

maximise sum_i worth_i(point_i)   with   sum_i cost_i(point_i) <= budget.

Above the points of a response lies their concave hull, whose steps bring less and less for their money. Taking the
steps of all in the order of what they bring for it is best for the hulls (Fox, Operations Research 14, 1966), and the
hulls lie above the points, so that is a bound. The plan takes whole steps only, and a response whose next step no
longer fits stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Response:
    """Points of a response: cost, rising, and worth, (points,) each, money."""

    cost: Floats
    worth: Floats

    def hull(self) -> list[int]:
        """Return the points of the concave hull from the cheapest on, up to the one that is worth most."""
        kept: list[int] = []
        for point in np.lexsort((-self.worth, self.cost)).tolist():
            if kept and self.worth[point] <= self.worth[kept[-1]]:
                continue
            while len(kept) > 1 and self.slope(kept[-2], kept[-1]) <= self.slope(kept[-1], point):
                kept.pop()
            kept.append(point)
        return kept

    def margins(self, point: int) -> tuple[float | None, float | None]:
        """Return what the last unit of money up to a point of the hull brings, and the next; None at its ends."""
        hull = self.hull()
        at = hull.index(point)
        return (self.slope(hull[at - 1], point) if at else None,
                self.slope(point, hull[at + 1]) if at + 1 < len(hull) else None)

    def slope(self, one: int, other: int) -> float:
        """Return what a unit of money brings on the way from one point to a dearer one."""
        return float((self.worth[other] - self.worth[one]) / (self.cost[other] - self.cost[one]))


class Shared(NamedTuple):
    """The point taken of each response; a bound that no plan within the budget exceeds; what one more unit of budget
    would bring by it."""

    points: list[int]
    bound: float
    worth: float


def shared(responses: list[Response], budget: float) -> Shared:
    """Which point of each response is best within the budget (money)?

    The smallest points must be within it. Raises ValueError otherwise.
    """
    hulls = [response.hull() for response in responses]
    points = [hull[0] for hull in hulls]
    left = budget - sum(float(one.cost[at]) for one, at in zip(responses, points, strict=True))
    if left < -1e-9 * max(abs(budget), 1.0):
        raise ValueError(f"the smallest points together cost {budget - left:,.2f}, more than the budget")
    steps = sorted((-responses[which].slope(one, other), which, one, other)
                   for which, hull in enumerate(hulls) for one, other in pairwise(hull))
    bound = sum(float(one.worth[at]) for one, at in zip(responses, points, strict=True))
    room, worth, stopped = left, 0.0, set[int]()
    for less, which, one, other in steps:
        price = float(responses[which].cost[other] - responses[which].cost[one])
        bound -= less * min(price, max(room, 0.0))
        if worth == 0.0 and price > room * (1 + 1e-12):
            worth = -less
        room -= price
        if which not in stopped and price <= left * (1 + 1e-12):
            points[which], left = other, left - price
        else:
            stopped.add(which)
    return Shared(points, bound, worth)
