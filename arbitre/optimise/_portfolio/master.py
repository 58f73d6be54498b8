"""Which choices, sites and flows bring most, when stock costs what its floor says?

Stock that a shelf calls for rises with its load, with the share and with how little time is left. So the load is cut
into bins; in each bin, with a tier of share and one of time, stock costs a line that nowhere lies above the floor: what
the programme finds is a bound on every plan. A budget on capital counts the floor at left ends where a bound is asked
for; where a plan is asked for it counts the right ends, so that what is found is within it.

A region of a segment is served from one site. Few flows would split if they could, so only those that did must be
whole (`whole`): the programme is far easier, and still a bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from arbitre.core.units import DAYS_PER_YEAR
from arbitre.maths.line_below import line_below
from arbitre.optimise._pool import Floats, Integers
from arbitre.optimise._portfolio.grid import WITHIN, Grid
from arbitre.optimise._portfolio.heads import HeadRows
from arbitre.optimise._portfolio.model import Model, Plan
from arbitre.optimise._portfolio.rows import Programme
from arbitre.solvers.linear import Answer, least

_WHOLE = 1e-4
_STEPS = 12
"""Loads at which the floor is asked for in a bin, so as to lay a line under it."""
_FULL = 1_000.0
"""What the highest load of a shelf counts in the rows: what the solver lets a row be off (1e-6) is then nothing."""


@dataclass(frozen=True)
class Rules:
    """What a plan is bound to beside promises and commitments: how many offers, how much capital, whether sites are
    free, or which are open; which choices may be made (S, P), which segments (S,) must be made one, how many heads."""

    most_offers: int | None = None
    budget: float | None = None
    free_sites: bool = False
    open_sites: frozenset[int] | None = None
    allowed: np.ndarray | None = None
    serve: np.ndarray | None = None
    heads: int | None = None


@dataclass(frozen=True)
class Cells:
    """Bins (cells,): the shelf, its load from `low` to `high`, tiers of share and of time; money at both ends, and the
    line under the floor: what it says at a load of nought, and for one unit more."""

    shelf: Integers
    low: Floats
    high: Floats
    tier: Integers
    late: Integers
    floor: Floats
    ceiling: Floats
    base: Floats
    slope: Floats


class Master:
    """The programme of a model under rules, on a grid. `whole` tells which places may not be served from two sites
    (columns of `w`; default all); `right_ends` counts a budget so that plans are within it; without `stock` nothing is
    held, which is all that is needed to ask whether any plan exists."""

    def __init__(self, model: Model, rules: Rules, grid: Grid, whole: Integers | None = None, *,
                 right_ends: bool = False, stock: bool = True) -> None:
        self.model, self.rules, self.grid = model, rules, grid
        asked, ways, self._right = model.question, model.ways, right_ends
        self.programme = programme = Programme()
        self.segment, self.choice = np.nonzero(asked.accept > 0)
        self.z = programme.columns(-asked.money[self.segment, self.choice], whole=True)
        self.z_at = np.full(asked.accept.shape, -1)
        self.z_at[self.segment, self.choice] = self.z
        order = np.zeros(len(ways.site))
        np.add.at(order, ways.load_way, ways.load * model.on_order[ways.load_shelf])
        self._tied = ways.kept_floor - order
        self.f = programme.columns(ways.cost + (model.holding_share * self._tied if stock else 0.0), whole=False)
        who = (ways.segment * len(asked.regions) + ways.region) * len(asked.sites) + ways.site
        self._served, self._serving = np.unique(who, return_inverse=True)
        is_whole = np.isin(np.arange(len(self._served)), whole) if whole is not None else True
        self.w = programme.columns(np.zeros(len(self._served)), whole=is_whole)
        self.y = programme.columns(asked.site_cost, whole=True)
        self.u = programme.columns(asked.offer_cost, whole=True)
        self.shares = np.unique(ways.share)
        self._choices()
        self._flows()
        self._sites()
        self._commitments()
        self.cells: Cells | None = None
        if stock:
            self._tiers()
            self._stock()
            self.people = HeadRows(programme, model, grid.heads, rules.heads, right_ends=right_ends)
            self.people.bind(programme, self.segment, self.choice, self.z)

    def solve(self, gap: float, most_nodes: int, start: Plan | None = None, *, relaxed: bool = False) -> Answer:
        """Return the best values and a bound on all; raises as `linear.least`."""
        cost, rows, lower, upper, whole = self.programme.written()
        whole = np.zeros_like(whole) if relaxed else whole
        begin = self.values_of(start) if start is not None else None
        return least(cost, rows, lower, upper, whole, gap=gap, most_nodes=most_nodes, start=begin)

    def plan(self, values: Floats) -> Plan:
        """Return the plan that values say, or that is nearest where they are no whole numbers: likeliest choices and
        sites, flows from where most is."""
        asked, ways = self.model.question, self.model.ways
        likely = np.zeros(asked.accept.shape)
        likely[self.segment, self.choice] = values[self.z]
        choice = self._with_members(np.where(likely.sum(axis=1) > 0.5, likely.argmax(axis=1), -1))
        site = np.full((len(asked.segments), len(asked.regions)), -1)
        is_open = values[self.y] > 0.5
        own = np.flatnonzero((choice[ways.segment] == ways.choice) & is_open[ways.site])
        for way in own[np.lexsort((-ways.cost[own], values[self.f[own]]))]:  # the last one stands
            site[ways.segment[way], ways.region[way]] = ways.site[way]
        return Plan(choice, site, is_open)

    def _with_members(self, choice: Integers) -> Integers:
        """Return the choices in which each first member of a menu has the others in its slots, and no other is."""
        asked = self.model.question
        after = np.full((len(asked.choice_offer) + 1, asked.menus.shape[1] - 1), -1)  # the last: no choice
        after[asked.menus[:, 0]] = asked.menus[:, 1:]
        first = choice[:asked.single]
        return np.concatenate((first, after[first].T.ravel()))

    def split(self, values: Floats) -> Integers:
        """Return the places that values serve in part."""
        served = values[self.w]
        return np.flatnonzero((served > _WHOLE) & (served < 1 - _WHOLE))

    def loads(self, values: Floats) -> Floats:
        """Return the load of each shelf that values say (shelves,)."""
        ways = self.model.ways
        load = ways.load * values[self.f][ways.load_way]
        return np.bincount(ways.load_shelf, load, minlength=self.model.shelves).astype(float)

    def values_of(self, plan: Plan) -> Floats:
        """Return the values of all columns that say a plan."""
        model, values = self.model, np.zeros(self.programme.width)
        taken = model.taken(plan)
        made = np.flatnonzero(plan.choice >= 0)
        values[self.z_at[made, plan.choice[made]]] = 1.0
        values[self.f[taken]] = values[self.w[self._serving[taken]]] = 1.0
        values[self.y] = plan.is_open
        values[self.u[np.unique(model.question.choice_offer[plan.choice[made]])]] = 1.0
        if self.cells is None:
            return values
        values[self.people.chosen(plan)] = 1.0
        load, left, share = model.demanding(taken)
        tier = np.searchsorted(self.shares, share)
        late = np.array([max(int((ends >= at).sum()) - 1, 0) for ends, at in zip(self.grid.times, left, strict=True)])
        for columns, reached in ((self.a, tier), (self.t, late)):
            for (site, step), column in columns.items():
                values[column] = float(reached[site] >= step)
        for shelf in range(model.shelves):
            site = shelf // model.families
            if not plan.is_open[site] or not len(self._of_shelf[shelf]):
                continue
            own = self._of_shelf[shelf]
            cells = self.cells
            fits = (cells.low[own] <= load[shelf]) & (load[shelf] <= cells.high[own]) & (
                (cells.high[own] == 0) | ((cells.tier[own] == tier[site]) & (cells.late[own] == late[site])))
            best = own[np.flatnonzero(fits)[0]]
            values[self.d[best]], values[self.v[best]] = 1.0, load[shelf] * self._unit[shelf]
        return values

    def _choices(self) -> None:
        asked, rules, p = self.model.question, self.rules, self.programme
        p.rows(self.segment, self.z, 1.0, 0.0, 1.0)
        self._menus()
        offer = asked.choice_offer[self.choice]
        pair = self.segment * len(asked.offers) + offer
        pairs = np.unique(pair)
        p.rows(np.append(pair, pairs), np.append(self.z, self.u[pairs % len(asked.offers)]),
               np.append(np.ones(len(pair)), -np.ones(len(pairs))), -np.inf, 0.0)
        if rules.most_offers is not None:
            p.row(self.u, 1.0, 0.0, float(rules.most_offers), f"at most {rules.most_offers} offers are sold")
        if rules.allowed is not None:
            barred = self.z[~rules.allowed[self.segment, self.choice]]
            sold = np.unique(asked.choice_offer[np.flatnonzero(rules.allowed.any(axis=0))])
            if len(barred):
                p.row(barred, 1.0, 0.0, 0.0, f"only {', '.join(asked.offers[o] for o in sold)} may be sold")
        if rules.serve is not None:
            own = rules.serve[self.segment]
            p.rows(self.segment[own], self.z[own], 1.0, 1.0, np.inf,
                   [f"{asked.segments[s]} is made an offer" for s in np.unique(self.segment[own])])

    def _menus(self) -> None:
        """Have all members of a menu made, each in its slot, or none."""
        asked = self.model.question
        menu, slot = np.nonzero(asked.menus[:, 1:] >= 0)
        first = self.z_at[:asked.single, asked.menus[menu, 0]].ravel()  # (segments, members)
        rows = (slot + 1)[None, :] * asked.single + np.arange(asked.single)[:, None]
        other = self.z_at[rows, asked.menus[menu, slot + 1][None, :]].ravel()
        is_there = first >= 0
        first, other = first[is_there], other[is_there]
        if len(first):
            key = np.arange(len(first))
            self.programme.rows(np.append(key, key), np.append(first, other),
                                np.append(np.ones(len(key)), -np.ones(len(key))), 0.0, 0.0)

    def _flows(self) -> None:
        asked, ways, p = self.model.question, self.model.ways, self.programme
        regions, sites = len(asked.regions), len(asked.sites)
        where = (ways.segment * asked.accept.shape[1] + ways.choice) * regions + ways.region
        known = np.unique(where)
        s, c = known // regions // asked.accept.shape[1], known // regions % asked.accept.shape[1]
        p.rows(np.append(where, known), np.append(self.f, self.z_at[s, c]),
               np.append(np.ones(len(where)), -np.ones(len(known))), 0.0, 0.0)
        self._reach(set(known.tolist()))
        count = np.arange(len(self._served))
        p.rows(np.append(self._serving, count), np.append(self.f, self.w),
               np.append(np.ones(len(self.f)), -np.ones(len(count))), 0.0, 0.0)
        p.rows(np.append(count, count), np.append(self.w, self.y[self._served % sites]),
               np.append(np.ones(len(count)), -np.ones(len(count))), -np.inf, 0.0)
        limited = np.flatnonzero(np.isfinite(asked.capacity))
        for j in limited:
            own = np.flatnonzero(ways.site == j)
            p.row(np.append(self.f[own], self.y[j]), np.append(ways.units[own] * DAYS_PER_YEAR, -asked.capacity[j]),
                  -np.inf, 0.0, f"{asked.sites[j]} serves at most {asked.capacity[j]:g} units a year")

    def _reach(self, known: set[int]) -> None:
        """Bar choices that no site can bring in time to every region of their segment, or no crew can keep."""
        asked, far = self.model.question, {}
        for s, c, column in zip(self.segment, self.choice, self.z, strict=True):
            missing = [asked.regions[r] for r in np.flatnonzero(asked.customers[s] > 0)
                       if (s * asked.accept.shape[1] + c) * len(asked.regions) + r not in known]
            if missing:
                far.setdefault((int(s), int(asked.choice_offer[c])), (missing, []))[1].append(column)
        for (s, offer), why in asked.people.never.items():
            own = self.z[(self.segment == s) & (asked.choice_offer[self.choice] == offer)]
            if len(own):
                self.programme.row(own, 1.0, 0.0, 0.0, why)
        for (s, offer), (missing, columns) in far.items():
            self.programme.row(
                np.array(columns), 1.0, 0.0, 0.0, f"{asked.offers[offer]} must reach every region of "
                f"{asked.segments[s]} within {asked.window[s, offer].min():g} h, and no site is so near to "
                f"{', '.join(missing[:5])}")

    def _sites(self) -> None:
        asked, p = self.model.question, self.programme
        below = np.flatnonzero(asked.supplier >= 0)
        if len(below):
            p.rows(np.append(below, below), np.append(self.y[below], self.y[asked.supplier[below]]),
                   np.append(np.ones(len(below)), -np.ones(len(below))), -np.inf, 0.0)
        for j, standing in enumerate(asked.standing):
            if self.rules.open_sites is not None:
                stands = float(j in self.rules.open_sites)
                p.row(self.y[[j]], 1.0, stands, stands)
            elif standing == "kept":
                p.row(self.y[[j]], 1.0, 1.0, 1.0, f"{asked.sites[j]} is kept open")
            elif not self.rules.free_sites:
                today = float(standing == "open")
                p.row(self.y[[j]], 1.0, today, today,
                      f"{asked.sites[j]} stays {'open' if today else 'closed'}, as today")

    def _commitments(self) -> None:
        asked = self.model.question
        for row in asked.commitments:
            own = np.array([asked.segments[s] == row["segment"] for s in self.segment], bool)
            if row["offer"]:
                offer = asked.offers.index(row["offer"]) if row["offer"] in asked.offers else -1
                own = own & (asked.choice_offer[self.choice] == offer)
            columns, what = self.z[own], row["offer"] or "an offer"
            if row["rule"] == "drop" and len(columns):
                self.programme.row(columns, 1.0, 0.0, 0.0, f"{row['segment']} is not made {what} (commitments)")
            elif row["rule"] == "keep":
                self.programme.row(columns, 1.0, 1.0, np.inf, f"{row['segment']} is made {what} (commitments)")
            elif row["rule"] == "floor":
                self.programme.row(columns, asked.accept[self.segment[own], self.choice[own]], row["share"], np.inf,
                                   f"at least {row['share']:.0%} of {row['segment']} take {what} (commitments)")

    def _tiers(self) -> None:
        """Say of each site which shares and which short times it must keep, its customers' and those it supplies."""
        model, ways, p = self.model, self.model.ways, self.programme
        sites = range(len(model.question.sites))
        self.a = self._steps([(j, k) for j in sites for k in range(1, len(self.shares))])
        self.t = self._steps([(j, k) for j in sites for k in range(1, len(self.grid.times[j]))])
        for columns, ends in ((self.a, None), (self.t, self.grid.times)):
            for (site, step), column in columns.items():
                here = ways.site == site
                asks = here & (ways.share >= self.shares[step] if ends is None else ways.left <= ends[site][step])
                own = np.flatnonzero(asks)
                if len(own):
                    who = np.unique(self._serving[own])
                    p.rows(np.append(self._serving[own], who), np.append(self.f[own], np.full(len(who), column)),
                           np.append(np.ones(len(own)), -np.ones(len(who))), -np.inf, 0.0)
                below = [j for j in sites if site in model.above(j)]
                if ends is None:
                    asking = np.array([self.a[j, step] for j in below], np.int64)
                else:  # what is sent to a site below is due at once
                    asking = self.w[np.isin(self._served % len(sites), below)]
                if len(asking):
                    p.rows(np.append(asking, asking), np.append(asking, np.full(len(asking), column)),
                           np.append(np.ones(len(asking)), -np.ones(len(asking))), -np.inf, 0.0)

    def _steps(self, steps: list[tuple[int, int]]) -> dict[tuple[int, int], int]:
        return dict(zip(steps, map(int, self.programme.columns(np.zeros(len(steps)), whole=True)), strict=True))

    def _stock(self) -> None:
        """Give every shelf of an open site one bin, which holds its load and keeps what is asked of the site."""
        model, ways, p = self.model, self.model.ways, self.programme
        self.cells = cells = self._cells()
        self.d = p.columns(model.holding_share * cells.base, whole=True)
        self._unit = np.array([_FULL / ends[-1] if ends[-1] > 0 else 1.0 for ends in self.grid.loads])
        low, high = cells.low * self._unit[cells.shelf], cells.high * self._unit[cells.shelf]
        self.v = p.columns(model.holding_share * cells.slope / self._unit[cells.shelf], high, whole=False)
        self._of_shelf = [np.flatnonzero(cells.shelf == shelf) for shelf in range(model.shelves)]
        p.rows(np.append(ways.load_shelf, cells.shelf), np.append(self.f[ways.load_way], self.v),
               np.append(ways.load * self._unit[ways.load_shelf], -np.ones(len(cells.shelf))), 0.0, 0.0)
        held = np.unique(cells.shelf)
        p.rows(np.append(cells.shelf, held), np.append(self.d, self.y[held // model.families]),
               np.append(np.ones(len(self.d)), -np.ones(len(held))), 0.0, 0.0)
        each = np.arange(len(self.d))
        for end, lower, upper in ((high, -np.inf, 0.0), (low, 0.0, np.inf)):
            p.rows(np.append(each, each), np.append(self.v, self.d), np.append(np.ones(len(each)), -end), lower, upper)
        for columns, of_cell in ((self.a, cells.tier), (self.t, cells.late)):
            for (site, step), column in columns.items():
                for shelf in range(site * model.families, (site + 1) * model.families):
                    own = self._of_shelf[shelf]
                    if len(own):
                        own = own[(of_cell[own] >= step) | (cells.high[own] == 0)]
                        p.row(np.append(self.d[own], column), np.append(np.ones(len(own)), -1.0), 0.0, np.inf)
        if self.rules.budget is not None:
            ends = cells.ceiling if self._right else cells.floor
            money = self._tied + (self.model.ways.kept - self.model.ways.kept_floor if self._right else 0.0)
            p.row(np.append(self.d, self.f), np.append(ends, money), -np.inf, self.rules.budget,
                  f"at most {self.rules.budget:g} of capital on the shelf")

    def _cells(self) -> Cells:
        model, found = self.model, []
        could = np.array([j in self.rules.open_sites if self.rules.open_sites is not None else
                          self.rules.free_sites or standing != "candidate"
                          for j, standing in enumerate(model.question.standing)])
        asked_share = self._asked_shares()
        for shelf, ends in enumerate(self.grid.loads):
            site = shelf // model.families
            if len(ends) < 2 or not could[site]:
                continue
            found.append((shelf, 0.0, 0.0, 0, 0, 0.0, 0.0, 0.0, 0.0))
            times = self.grid.times[site]
            tightest = [self._tightest(site, times, step) for step in range(len(times))]
            for low, high in pairwise(ends):
                at = np.linspace(low * (1 - WITHIN) if low else high * 1e-6, high, _STEPS + 1)
                for tier in asked_share[site]:
                    share = float(self.shares[tier])
                    for late, time in enumerate(times):
                        floor = model.stock(shelf, float(at[0]), float(time), share).floor
                        floors = np.array([model.stock_floor(shelf, float(load), float(time), share)
                                           for load in at[:-1]])
                        ceiling = model.stock(shelf, high, tightest[late], share).cost if self._right else 0.0
                        found.append((shelf, low, high, tier, late, floor, ceiling, *_line(at, floors, floor)))
        shelf, low, high, tier, late, floor, ceiling, base, slope = zip(*found, strict=True) if found else ((),) * 9
        return Cells(np.array(shelf, np.int64), np.array(low), np.array(high), np.array(tier, np.int64),
                     np.array(late, np.int64), *map(np.array, (floor, ceiling, base, slope)))

    def _asked_shares(self) -> list[list[int]]:
        """Return the tiers of share that customers of a site, or of those it supplies, may ask for."""
        model, ways = self.model, self.model.ways
        found: list[set[int]] = [set() for _ in model.question.sites]
        for site, share in set(zip(ways.site.tolist(), ways.share.tolist(), strict=True)):
            for at in (site, *model.above(site)):
                found[at].add(int(np.searchsorted(self.shares, share)))
        return [sorted(tiers) for tiers in found]

    def _tightest(self, site: int, times: Floats, step: int) -> float:
        """Return the least time left that a tier of time stands for."""
        ways = self.model.ways
        left = ways.left[(ways.site == site) & (ways.left <= times[step])]
        if step + 1 < len(times):
            left = left[left > times[step + 1]]
        return float(left.min(initial=times[step]))


def _line(at: Floats, floors: Floats, start: float) -> tuple[float, float]:
    """Return base and slope of a line below a rising curve, the one that is higher in the middle of the bin: through
    its floors, or flat from `start`, a closer floor at its left end."""
    base, slope = line_below(at, floors)
    return (base, slope) if base + slope * (at[0] + at[-1]) / 2 > start else (start, 0.0)
