"""Excess: which units are more than demand needs, and whether to keep, use up, move, sell or scrap them.

Every site judges what it holds, the farthest from the source first, for what they usefully hold counts as held above.
Units are ranked in the order of their use, the oldest items of a succession first, so a unit is worth what its rank
is. What is worth keeping nowhere here goes where it is worth most, after freight, or is sold, dearest surplus first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.units import DAYS_PER_YEAR
from arbitre.maths.stock.last_buy import newsvendor
from arbitre.optimise._life.model import MONTHS_PER_YEAR, LifeModel
from arbitre.optimise._life.slots import Slot, slots_by_life
from arbitre.optimise._life.worth import Rest, Terms, unit_worths
from arbitre.optimise._pool import Floats
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

_FINEST = 500
"""Units told apart in one stock: what one of hundreds is worth hardly differs from what the next is."""
_HAIR = 1e-9
"""Worths nearer than this, in prices, are the same."""


@dataclass(frozen=True)
class Policy:
    """What counts as needed: ready is the share of demand that finds the item on its shelf (1: the levels as they
    are), cover the years of demand that are never called excess."""

    ready: float
    cover: float


@dataclass(frozen=True)
class Freight:
    """What a shipment costs between sites; a lane told in one direction serves both. Without lanes freight is free."""

    costs: dict[tuple[str, str], float]

    @classmethod
    def of(cls, chain: Chain) -> Freight:
        """Return the freight of a chain."""
        ways = chain.table("lanes").select("from_site", "to_site", "cost").rows() if chain.has("lanes") else []
        return cls({(start, end): cost for start, end, cost in ways})

    def between(self, start: str, end: str) -> float:
        """Return the cost of a shipment; infinite where no lane goes."""
        if not self.costs:
            return 0.0
        return self.costs.get((start, end), self.costs.get((end, start), math.inf))

    def to_buyer(self, site: str) -> float:
        """Return the cost of a shipment to whoever buys: the last mile of the site, 0 where it is not told."""
        return self.costs.get((site, site), 0.0)


@dataclass(frozen=True)
class Part:
    """Units of a slot that leave it, next to each other in the order of use; gain is what their leaving brings once."""

    advice: str
    units: int
    reason: str
    gain: float
    to_site: str | None = None


@dataclass(frozen=True)
class Life:
    """What all slots of one life share: the last item and its price, the rate of all sites, what each month asks per
    unit of yearly rate, the last month in which it can be ordered."""

    last: str
    price: float
    rate: float
    asked: Floats
    last_order: int
    terms: Terms

    @classmethod
    def of(cls, row: dict[str, Any], model: LifeModel, terms: Terms) -> Life:
        """Return the life of a row of `LifeModel.lives`."""
        asked = model.asked_between(row["fade"], 0.0, row["months_left"]) / MONTHS_PER_YEAR
        ordered = row["order_months"]
        last_order = len(asked) if ordered is None else -1 if ordered < 0 else int(ordered)
        return cls(row["last"], row["price"], row["rate"], asked, last_order, terms)

    def worths(self, slot: Slot, units: int) -> Floats:
        """Return (units,) what each unit at a slot is worth (money), those below it being used as well."""
        rest = Rest(slot.rate * self.asked, slot.dispersion, self.price, self.last_order)
        return unit_worths(rest, self.terms, slot.below + units, _FINEST)[slot.below:]


def excess(chain: Chain, model: LifeModel, terms: Terms, policy: Policy) -> pl.DataFrame:
    """Return the table excess, dearest first."""
    freight = Freight.of(chain)
    rows: list[dict[str, Any]] = []
    for row, slots in slots_by_life(chain, model):
        life = Life.of(row, model, terms)
        for slot in slots:
            judge(slot, life, policy, freight)
        moving = moves(slots, life, freight)
        for slot, parts in zip(slots, moving, strict=True):
            rows += _rows(slot, life, [*parts, _rest(slot, life, parts, freight)])
    unknown = chain.table("stocks").filter(pl.col("on_hand").is_null()).select(
        "item", "site", advice=pl.lit("count"), reason=pl.lit("not_counted"))
    found = pl.DataFrame(rows, infer_schema_length=None) if rows else unknown.clear()
    table = shaped(RESULTS["excess"], pl.concat([found, unknown], how="diagonal_relaxed"))
    return table.sort("money", "item", "site", "advice", "to_site", descending=[True] + [False] * 4, nulls_last=True)


def judge(slot: Slot, life: Life, policy: Policy, freight: Freight) -> None:
    """Find what a slot needs and what it is worth keeping, and tell the slot above; those below were judged before."""
    slot.needed = slot.kept = _needed(slot, life, policy)
    if slot.units > slot.needed:
        slot.worths = life.worths(slot, slot.units)
        if slot.rate > 0.0 and len(life.asked):
            slot.kept = _kept(slot, life, life.terms.salvage)
            if _sale(slot, life, slot.kept, slot.units, freight) <= 0.0:
                slot.kept = _kept(slot, life, 0.0)
    if slot.above is not None:
        slot.above.below += min(slot.units, slot.kept) + slot.below


def _needed(slot: Slot, life: Life, policy: Policy) -> int:
    """Return the units that service needs at a slot, or that are asked soon from it, whichever is more."""
    if slot.rate == 0.0 or not len(life.asked):
        return 0
    pipeline = slot.rate * slot.time / DAYS_PER_YEAR
    service = slot.level
    if policy.ready < 1.0:
        service = min(service, newsvendor(pipeline, slot.dispersion * pipeline, policy.ready, 1.0 - policy.ready) + 1)
    near = slot.rate * float(life.asked[: round(policy.cover * MONTHS_PER_YEAR)].sum())
    return max(service, int(near + _HAIR) - slot.below)


def _kept(slot: Slot, life: Life, salvage: float) -> int:
    """Return the units needed, and those after them worth what they sell for; what comes later in use is worth less."""
    least = np.full(len(slot.worths), salvage * life.price)
    least[: slot.units] = salvage * slot.prices
    poor = np.flatnonzero(slot.worths < least - _HAIR * life.price)
    return max(slot.needed, int(poor[0]) if len(poor) else len(least))


def _sale(slot: Slot, life: Life, start: int, stop: int, freight: Freight) -> float:
    """Return what selling the units start to stop in order of use brings, freight paid."""
    return life.terms.salvage * float(slot.prices[start:stop].sum()) - freight.to_buyer(slot.site)


def _worth(slot: Slot, life: Life, start: int, stop: int) -> float:
    """Return what the units start to stop are worth where they are; one that is needed saves buying it now."""
    needed = max(0, min(stop, slot.needed) - start)
    return life.price * needed + float(slot.worths[max(start, slot.needed):stop].sum())


def moves(slots: list[Slot], life: Life, freight: Freight) -> list[list[Part]]:
    """Return, for each slot, the parts that go to other slots: each where it brings most beyond what selling brings."""
    surplus = [max(slot.units - slot.kept, 0) for slot in slots]
    moving: list[list[Part]] = [[] for _ in slots]
    held = [slot.units for slot in slots]
    takers = [place for place, slot in enumerate(slots) if sum(surplus) and not surplus[place] and slot.level > 0
              and slot.rate > 0.0 and len(life.asked)]
    for place in takers:
        slot = slots[place]
        slot.worths = life.worths(slot, slot.units + sum(surplus))
        slot.kept = max(slot.kept, _kept(slot, life, life.terms.salvage))
    for place in sorted(range(len(slots)), key=lambda place: (-surplus[place], slots[place].site)):
        slot = slots[place]
        while surplus[place]:
            offers = [(*_offer(slot, slots[to], life, surplus[place], held[to], freight), -to) for to in takers]
            beyond, gain, units, to = max(offers, default=(0.0, 0.0, 0, 0))
            if beyond <= 0.0:
                break
            moving[place].append(Part("move", units, "needed_elsewhere", gain, slots[-to].site))
            surplus[place] -= units
            held[-to] += units
    return moving


def _offer(slot: Slot, to: Slot, life: Life, surplus: int, held: int, freight: Freight) -> tuple[float, float, int]:
    """Return what moving all that fits brings beyond selling it, what it brings, and the units; `held` are there."""
    units = min(surplus, max(to.kept - held, 0))
    gain = _worth(to, life, held, held + units) - freight.between(slot.site, to.site)
    start = slot.units - surplus
    return gain - max(_sale(slot, life, start, start + units, freight), 0.0), gain, units


def _rest(slot: Slot, life: Life, moving: list[Part], freight: Freight) -> Part:
    """Return the part that is sold, or scrapped where selling brings nothing."""
    units = max(slot.units - slot.kept, 0) - sum(part.units for part in moving)
    reason = ("service_ended" if not len(life.asked) else "no_demand" if life.rate == 0.0
              else "no_demand_here" if slot.rate == 0.0 else "used_too_late")
    gain = _sale(slot, life, slot.units - units, slot.units, freight)
    return Part("sell" if gain > 0.0 else "scrap", units, reason, max(gain, 0.0))


def _rows(slot: Slot, life: Life, leaving: list[Part]) -> Iterator[dict[str, Any]]:
    """Give the rows of a slot: its units in order of use, those that stay first, shared among its items."""
    stays, start = min(slot.units, slot.kept), 0
    for item, price, units in slot.members:
        stop, is_last = start + units, item == life.last
        first = max(start, slot.needed) if is_last else start
        common = {"item": item, "site": slot.site, "on_hand": units, "cover": units / slot.rate if slot.rate else None,
                  "needed": max(slot.needed - start, 0) if is_last else 0}
        if (here := min(stop, stays)) > first:
            worth = _worth(slot, life, first, here)
            yield common | _done("keep" if is_last else "use_up", here - first, price, worth, worth, 0.0) | {
                "reason": "worth_keeping" if is_last else "replaced"}
        begin = stays
        for part in leaving:
            end = begin + part.units
            a, b = max(begin, start), min(end, stop)
            if b > a:
                yearly = life.terms.holding + life.terms.discount
                yield common | _done(part.advice, b - a, price, _worth(slot, life, a, b),
                                     part.gain * (b - a) / part.units, yearly) | {
                    "reason": part.reason, "to_site": part.to_site}
            begin = end
        start = stop


def _done(advice: str, units: int, price: float, worth: float, gain: float, yearly: float) -> dict[str, Any]:
    """Return what a row says of some units; `yearly` is what one no longer held saves, in its price."""
    money = units * price
    return {"advice": advice, "units": units, "money": money, "worth": worth, "gain": gain, "saving": yearly * money}
