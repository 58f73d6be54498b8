"""What is the most a portfolio brings for every amount of capital, its promises loosened, as they are, or tightened?

Capital and service are the two that supply chain and sales can grant each other; value, the third, holds every cost.
Service is how strictly promises are kept: the odds of their targets. At each, capital is made dearer and dearer: a plan
that is best at a yearly price of capital is the best of all plans with as little of it (Everett 1963), and the bound
found with it is a line over every plan,

    value(plan) <= bound(price) + (price - holding) x capital(plan)     for a price of at least holding.

Between two neighbours the next price is the slope of their chord, which finds a plan above it or proves that there is
none within the gap (Aneja & Nair 1979). The curve ends on the right at the plan that is best at what capital costs, and
on the left where capital costs 32 times as much. The least of all lines at its capital is the bound of a point.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.errors import Unreachable
from arbitre.maths.knee import knee
from arbitre.optimise._frontier.market import Market, planned_share, revenue, served_share, sold
from arbitre.optimise._portfolio.model import Model
from arbitre.optimise._portfolio.policies import signed_choice, signed_today
from arbitre.optimise._portfolio.search import Decision
from arbitre.tables.chain import Chain

_FARTHEST = 32.0
"""How many times what holding costs capital is made to cost at the left end of the curve."""
_ABOVE = 1e-6
"""Part of the value by which a plan must lie above the chord to be a new point."""


@dataclass(frozen=True)
class Point:
    """The plan that is best where capital costs `price` a year, promises at so many times their odds; value, its own at
    what capital costs; bound, the most that any plan with as much capital brings."""

    model: Model
    odds: float
    price: float
    decision: Decision
    value: float
    bound: float

    @property
    def capital(self) -> float:
        """Money on the shelf."""
        return self.decision.worth.tied


def curve_of(market: Market, model: Model, odds: float, most: int, free: Decision) -> list[Point]:
    """Return at most so many points from little capital to all that pays; `free` is best at what capital costs."""
    last = _point(model, odds, model.holding_share, free)
    points = [last]
    if most > 1:
        points.insert(0, _decided_at(market, model, odds, _FARTHEST * model.holding_share, free))
    tried: set[float] = set()
    lines = list(points)
    while len(lines) < most:
        price = _next_price(points, tried)
        if price is None:
            break
        tried.add(price)
        found = _decided_at(market, model, odds, price, _nearest(points, price).decision)
        lines.append(found)
        points = _upper_hull([*points, found])
    return [replace(point, bound=max(point.value, min(
        line.decision.bound + (line.price - model.holding_share) * point.capital for line in lines)))
        for point in points]


def _nearest(points: list[Point], price: float) -> Point:
    return min(points, key=lambda point: abs(point.price - price))


def _decided_at(market: Market, model: Model, odds: float, price: float, known: Decision) -> Point:
    return _point(model, odds, price, market.decided(replace(model, holding_share=price), known=known))


def _point(model: Model, odds: float, price: float, decision: Decision) -> Point:
    value = decision.worth.value + (price - model.holding_share) * decision.worth.tied
    return Point(model, odds, price, decision, value, np.inf)


def _next_price(points: list[Point], tried: set[float]) -> float | None:
    """Return the slope of the widest chord not tried yet, as a price of capital; None where every chord was."""
    chords = []
    for low, high in pairwise(points):
        if low.capital < high.capital:
            price = low.model.holding_share + (high.value - low.value) / (high.capital - low.capital)
            if price not in tried:
                chords.append((high.capital - low.capital, price))
    return max(chords)[1] if chords else None


def _upper_hull(points: list[Point]) -> list[Point]:
    """Return the points that no two others lie above, by rising capital."""
    hull: list[Point] = []
    for point in sorted(points, key=lambda found: (found.capital, -found.value)):
        if hull and point.value <= hull[-1].value + _ABOVE * abs(hull[-1].value):
            continue
        while len(hull) > 1 and _is_above(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return hull


def _is_above(left: Point, middle: Point, right: Point) -> bool:
    """Say whether the chord from left to right passes above the point between."""
    chord = left.value + (right.value - left.value) * (middle.capital - left.capital) / (right.capital - left.capital)
    return middle.value <= chord + _ABOVE * abs(chord)


def today_of(market: Market, model: Model) -> Decision | None:
    """Return what the offers signed today are worth, from today's sites; None where none are known, or none can be."""
    asked, chain = model.question, market.chain
    signed = signed_today(chain, asked.segments)
    if signed.is_empty():
        return None
    prices = {name: price or 0.0 for name, price in chain.table("offers").select("offer", "price").iter_rows()}
    choice = signed_choice(model, signed, prices)
    allowed = np.arange(len(asked.choice_offer))[None, :] == choice[:, None]
    try:
        return market.decided(model, replace(market.rules, allowed=allowed, serve=choice >= 0, most_offers=None,
                                             free_sites=False))
    except Unreachable:
        return None


def capital_today(chain: Chain) -> float | None:
    """Return the money on the shelf today, None where nobody counted it."""
    if not chain.has("stocks") or chain.table("stocks")["on_hand"].is_null().all():
        return None
    known = chain.table("stocks").join(chain.table("items").select("item", "price"), on="item")
    return float((known["on_hand"].fill_null(0) * known["price"]).sum())


def told(points: list[Point], today: tuple[Model, Decision] | None, held: float | None) -> pl.DataFrame:
    """Return the table portfolio_frontier; `held` is the money on the shelf today, where it is known."""
    plan, bend = _marked(points)
    rows: list[dict[str, Any]] = []
    for at, point in enumerate(points):
        rows.append({**_row(point.model, point.decision, point.odds, point.value), "capital_price": point.price,
                     "bound": point.bound, "is_today": False, "is_plan": at == plan, "is_knee": at == bend})
    if today is not None:
        model, decision = today
        value, capital = decision.worth.value, decision.worth.tied
        held = capital if held is None else held
        row = _row(model, decision, 1.0, value - model.holding_share * (held - capital))
        rows.append({**row, "capital": held, "is_today": True, "is_plan": False, "is_knee": False})
    return pl.DataFrame(rows, infer_schema_length=None).with_row_index("point", 1)


def _marked(points: list[Point]) -> tuple[int, int | None]:
    """Return the places of the plan that is best at what capital costs and of the knee, promises as they are."""
    own = [at for at, point in enumerate(points) if point.odds == 1.0]
    bend = knee(np.array([points[at].capital for at in own]), np.array([points[at].value for at in own]))
    return own[-1], None if bend is None else own[bend]


def _row(model: Model, decision: Decision, odds: float, value: float) -> dict[str, Any]:
    plan = decision.plan
    billed = revenue(model, plan)
    return {"odds": odds, "value": value, "capital": decision.worth.tied, "revenue": billed,
            "cost": billed - value, "planned_share": planned_share(model, plan),
            "served_share": served_share(model, plan), "offers": len(sold(model, plan)),
            "sites": int(plan.is_open.sum())}
