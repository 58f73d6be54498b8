"""The portfolio's plans and what they are worth: ways to serve, the stock they call for, evaluated item by item.

A *way* serves a segment's choice in a region from a site; only those whose transport fits the windows exist. A *shelf*
is a family of items at a site: its load is linear in the ways taken, and the money it ties up follows from it, from
the tightest time left and from the highest share promised there (`family_stock`):

- promised_date: load = sum of rates x (L - time left)+: units leave on the date promised (Hariharan & Zipkin 1995);
- first_come: load = sum of rates; what must be there is the demand of (L - tightest time left)+, whoever asks.

L is the lead time of the family at a site supplied from outside (each item's own in proportion), elsewhere the lane
from the supplier and `resupply_wait`. A supplier holds stock for the sites it resupplies: their orders are due at once,
with the share that their customers are promised. People are pools beside the stock (`_portfolio.people`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from arbitre.core.units import HOURS_PER_DAY
from arbitre.maths.stock.family_stock import LeastStock, least_stock, stock_floor
from arbitre.optimise._pool import Floats, Integers
from arbitre.optimise._portfolio.consigned import Consigned
from arbitre.optimise._portfolio.question import Question

Sharing = Literal["promised_date", "first_come"]
NONE = -1


@dataclass(frozen=True)
class Ways:
    """Ways to serve (ways,): indices of segment, choice, region, site; cost, money a year of transport; share, the
    highest planned; left, days, the tightest time left once transport is taken off; kept, money on shelves at customers
    in consignment, and the floor under it. Loads are sparse (entries,)."""

    segment: Integers
    choice: Integers
    region: Integers
    site: Integers
    cost: Floats
    units: Floats
    share: Floats
    left: Floats
    kept: Floats
    kept_floor: Floats
    load_way: Integers
    load_shelf: Integers
    load: Floats

    @property
    def places(self) -> int:
        """How many regions of segments, each by the sites that could serve it."""
        return len(np.unique(np.stack((self.segment, self.region, self.site)), axis=1).T)


@dataclass(frozen=True)
class Plan:
    """The choice of each segment (S,), the site that serves it in each region (S, R), whether each site is open (J,);
    -1 is none."""

    choice: Integers
    site: Integers
    is_open: np.ndarray


@dataclass(frozen=True)
class Worth:
    """What a plan is worth a year: value = money - transport - sites - offers - holding - crews.

    capital and floor (shelves,): money on each shelf, and the floor under it; load (shelves,); levels by shelf; busy,
    heads (teams,), kept busy and needed; kept, money on shelves at customers, kept_spare of it above its floor.
    """

    value: float
    money: float
    transport: float
    sites: float
    offers: float
    holding: float
    capital: Floats
    floor: Floats
    load: Floats
    levels: dict[int, Integers]
    crews: float
    busy: Floats
    heads: Integers
    kept: float
    kept_spare: float

    @property
    def tied(self) -> float:
        """All money in stock."""
        return float(self.capital.sum()) + self.kept

    @property
    def spare(self) -> float:
        """Money in stock above its floor."""
        return float((self.capital - self.floor).sum()) + self.kept_spare


@dataclass(frozen=True)
class Model:
    """The question with the rule by which stock is shared, and what holding a unit of money costs a year."""

    question: Question
    sharing: Sharing
    holding_share: float
    resupply_wait: float
    _known: dict[tuple[int, float, float, float], LeastStock] = field(default_factory=dict)
    _floors: dict[tuple[int, float, float, float], float] = field(default_factory=dict)

    @property
    def families(self) -> int:
        return len(self.question.families)

    @property
    def shelves(self) -> int:
        """How many shelves; shelf k is that of site k // families and family k % families."""
        return len(self.question.sites) * self.families

    @cached_property
    def lead_time(self) -> Floats:
        """(shelves,) days until a unit taken is replaced."""
        asked = self.question
        outside = np.array([family.lead_time for family in asked.kind])
        inside = (asked.resupply + self.resupply_wait)[:, None]
        return np.where((asked.supplier == NONE)[:, None], outside[None, :], inside).ravel()

    @cached_property
    def load_share(self) -> list[Floats]:
        """(items,) of each shelf: which part of its load is of which item."""
        asked = self.question
        return [family.lead_weight if above == NONE else family.weight
                for above in asked.supplier for family in asked.kind]

    @cached_property
    def on_order(self) -> Floats:
        """(shelves,) money on order for each unit of load."""
        scale = self.lead_time if self.sharing == "first_come" else np.ones(self.shelves)
        price = [family.price for _ in self.question.sites for family in self.question.kind]
        return np.array([float(p @ w) for p, w in zip(price, self.load_share, strict=True)]) * scale

    def above(self, site: int) -> list[int]:
        """Return the sites above a site, nearest first."""
        found, at = [], int(self.question.supplier[site])
        while at != NONE and at not in found:
            found.append(at)
            at = int(self.question.supplier[at])
        return found

    def stock(self, shelf: int, load: float, left: float, share: float) -> LeastStock:
        """Return the least stock of a shelf under a load, on the shelf and on order."""
        key = (shelf, load, left if self.sharing == "first_come" else 0.0, share)
        if key not in self._known:
            self._known[key] = least_stock(*self._asked_of(shelf, load, left), share)
        return self._known[key]

    def stock_floor(self, shelf: int, load: float, left: float, share: float) -> float:
        """Return a floor under the money of the least stock of a shelf, sooner than `stock` tells."""
        key = (shelf, load, left if self.sharing == "first_come" else 0.0, share)
        if key not in self._floors:
            self._floors[key] = stock_floor(*self._asked_of(shelf, load, left), share)
        return self._floors[key]

    def _asked_of(self, shelf: int, load: float, left: float) -> tuple[Floats, Floats, Floats, Floats]:
        """Return price, weight, what is due and what is on order of the items of a shelf."""
        family, parts, time = self.question.kind[shelf % self.families], self.load_share[shelf] * load, self.lead_time
        due, ordered = (parts, parts) if self.sharing == "promised_date" else (
            parts * max(time[shelf] - left, 0.0), parts * time[shelf])
        return family.price, family.weight, due, ordered

    @cached_property
    def consigned(self) -> Consigned:
        """The shelves at customers."""
        return Consigned(self.question, self.resupply_wait)

    @cached_property
    def ways(self) -> Ways:
        """Every way to serve a choice within its windows."""
        asked, parts, entries, count = self.question, [], [], 0
        for s, p in zip(*np.nonzero(asked.accept > 0), strict=True):
            part, loads = self._ways_of(int(s), int(p))
            parts.append(part)
            entries.append((loads[0] + count, loads[1], loads[2]))
            count += len(part[0])
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        return Ways(*columns, *(np.concatenate(column) for column in zip(*entries, strict=True)))

    def _ways_of(self, s: int, p: int) -> tuple[tuple[np.ndarray, ...], tuple[Integers, Integers, Floats]]:
        asked, accept = self.question, self.question.accept[s, p]
        offer = asked.choice_offer[p]
        needed = asked.lines[s].sum(axis=0) > 0
        needed = needed if needed.any() else np.ones_like(needed)
        windows = asked.window[s, offer]
        is_kept = bool(asked.consigned[offer])
        is_near = np.isfinite(asked.transit) & ((asked.transit <= windows[needed].min()) | is_kept)
        site, region = np.nonzero(is_near & (asked.customers[s] > 0)[None, :])
        left = (windows[None, :] - asked.transit[site, region][:, None]) / HOURS_PER_DAY  # (ways, C)
        kept = np.zeros(len(site)), np.zeros(len(site))
        if is_kept:  # orders that fill shelves at customers again are due at once
            left, kept = np.zeros_like(left), self.consigned.tied(s, p, region, site)
        units = accept * asked.units[s, region]  # (ways, F, C)
        lines = accept * asked.lines[s, region].sum(axis=1)
        same = np.full(len(site), s), np.full(len(site), p), region, site
        parts = (*same, lines * asked.freight[site, region], units.sum(axis=(1, 2)),
                 np.full(len(site), asked.planned[s, p][needed].max()), left[:, needed].min(axis=1), *kept)
        way, shelf, load = [], [], []
        for family in range(self.families):
            own = site * self.families + family
            waits = np.maximum(self.lead_time[own][:, None] - left, 0.0) if self.sharing == "promised_date" else 1.0
            added = [(own, (units[:, family] * waits).sum(axis=1), np.arange(len(site)))]
            for j in np.unique(site):
                here = np.flatnonzero(site == j)
                for above in self.above(int(j)):
                    k = above * self.families + family
                    due = self.lead_time[k] if self.sharing == "promised_date" else 1.0
                    added.append((np.full(len(here), k), units[here, family].sum(axis=1) * due, here))
            shelf += [part[0] for part in added]
            load += [part[1] for part in added]
            way += [part[2] for part in added]
        loads = np.concatenate(way), np.concatenate(shelf), np.concatenate(load)
        asked_for = loads[2] > 0
        return parts, (loads[0][asked_for], loads[1][asked_for], loads[2][asked_for])

    @cached_property
    def way_at(self) -> Integers:
        """(S, P, R, J) the way, -1 where there is none."""
        asked, ways = self.question, self.ways
        at = np.full((*asked.accept.shape, len(asked.regions), len(asked.sites)), NONE)
        at[ways.segment, ways.choice, ways.region, ways.site] = np.arange(len(ways.site))
        return at

    def taken(self, plan: Plan) -> Integers:
        """Return the ways a plan takes."""
        s, r = np.nonzero((plan.site >= 0) & (plan.choice >= 0)[:, None])
        return self.way_at[s, plan.choice[s], r, plan.site[s, r]]

    def demanding(self, taken: Integers) -> tuple[Floats, Floats, Floats]:
        """Return load (shelves,), tightest time left and highest share (J,) of the ways taken."""
        ways, sites = self.ways, len(self.question.sites)
        chosen = np.zeros(len(ways.site), bool)
        chosen[taken] = True
        own = chosen[ways.load_way]
        load = np.bincount(ways.load_shelf[own], ways.load[own], minlength=self.shelves).astype(float)
        left, share = np.full(sites, np.inf), np.zeros(sites)
        np.minimum.at(left, ways.site[taken], ways.left[taken])
        np.maximum.at(share, ways.site[taken], ways.share[taken])
        for site in np.unique(ways.site[taken]):
            for above in self.above(int(site)):
                left[above], share[above] = 0.0, max(share[above], share[site])
        return load, left, share

    def worth(self, plan: Plan) -> Worth:
        """Return what a plan is worth, its stock decided item by item."""
        asked, taken = self.question, self.taken(plan)
        load, left, share = self.demanding(taken)
        capital, floor, levels = np.zeros(self.shelves), np.zeros(self.shelves), {}
        for shelf in np.flatnonzero(load > 0):
            site = shelf // self.families
            stock = self.stock(int(shelf), float(load[shelf]), float(left[site]), float(share[site]))
            levels[int(shelf)] = stock.levels
            capital[shelf], floor[shelf] = (total - self.on_order[shelf] * load[shelf]
                                            for total in (stock.cost, stock.floor))
        bought = np.flatnonzero(plan.choice >= 0)
        money = float(asked.money[bought, plan.choice[bought]].sum())
        offers = float(asked.offer_cost[np.unique(asked.choice_offer[plan.choice[bought]])].sum())
        transport, sites = float(self.ways.cost[taken].sum()), float(asked.site_cost[plan.is_open].sum())
        kept, kept_floor = float(self.ways.kept[taken].sum()), float(self.ways.kept_floor[taken].sum())
        holding = self.holding_share * (float(capital.sum()) + kept)
        busy, heads = self.heads(plan)
        crews = float(sum(count * team.cost for count, team in zip(heads, asked.people.teams, strict=True)))
        return Worth(money - transport - sites - offers - holding - crews, money, transport, sites, offers, holding,
                     capital, floor, load, levels, crews, busy, heads, kept, kept - kept_floor)

    def called_for(self, plan: Plan) -> tuple[Floats, list[list[int]]]:
        """Return the heads that a plan keeps busy (teams,) and the promises it makes at each team."""
        asked, at = self.question, np.maximum(plan.choice, 0)
        return asked.people.called_for(asked.accept[np.arange(len(at)), at], np.where(
            plan.choice >= 0, asked.choice_offer[at], NONE))

    def heads(self, plan: Plan) -> tuple[Floats, Integers]:
        """Return the heads that a plan keeps busy and those it needs (teams,)."""
        busy, tiers = self.called_for(plan)
        return busy, np.array([team.heads(load, kept) for team, load, kept in zip(
            self.question.people.teams, busy, tiers, strict=True)], np.int64)
