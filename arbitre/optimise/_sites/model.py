"""Which sites, and which of them serves what: one question put to a search or to a mixed-integer programme.

    minimise  sum opening_j y_j + sum cost_lc x_lc
    with      sum over l of x_lc = 1                              every class of demand is served
              x_lc <= y_l                                         by links of open sites (the strong formulation)
              sum units_c x_lc <= capacity_j y_j                  over the links that pass j
              y_l <= y of the site that feeds l,  sum y_l <= 1    a site is fed by one open site
              sum shipments in time x >= share                    for every promise
and, where stock counts, for every open site the cost of the stock that its part of all demand calls for: the part lies
in one of several intervals, in each of which a line lies below that cost (`Response.lines`). So the programme bounds
the true cost, at which every plan is told.
A link is a site with the site that feeds it. The strong formulation bounds far better than its sum over classes
(Cornuejols, Nemhauser & Wolsey, in Mirchandani & Francis, Discrete Location Theory, 1990); its size is the limit.
Without capacities, feeding and promises `maths.places.location` answers any size, with its bound; where that leaves a
gap and the programme is small, the programme closes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from arbitre.core.errors import SolverStopped, Unreachable, Unsupported
from arbitre.maths.places.location import Location, located, value_of
from arbitre.optimise._sites.stock import Response
from arbitre.solvers.linear import Infeasible, Rows, Unsolved, least

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_MOST_CELLS = 60_000
"""Links times classes beyond which the programme takes more than minutes."""
_PROVABLE_CELLS = 12_000
"""Links times classes up to which a gap that the search leaves is closed by the programme."""
_GAP = 1e-7
"""Relative gap at which a programme is solved."""
_NODES = 20_000
"""Branches looked at."""
_EFFORT, _ROUNDS, _QUICK_EFFORT = 6e8, 1e3, 5e7
"""Costs looked at by the search: at least so many, or each so many times; and for what one site changes."""
_STOCK_GAP, _STOCK_NODES = 2e-3, 2_000
"""The same where stock counts: lines below its cost leave as much, and branching takes longer."""
_NOUGHT = 1e-7
"""Shares of a class below this are noise of the solver."""


@dataclass(frozen=True)
class Target:
    """A promise: the classes it is made to, their shipments in time by link (links, classes), and the share of them."""

    name: str
    in_time: Flags
    shipments: Floats
    share: float

    @property
    def total(self) -> float:
        return float(self.shipments.sum())

    def kept(self, share: Floats) -> float:
        """Return the share of its shipments in time when links serve these shares of the classes (links, classes)."""
        return min(float((self.in_time * share).sum(axis=0) @ self.shipments / self.total), 1.0)


@dataclass(frozen=True)
class Question:
    """What is asked of sites.

    cost (links, classes) of serving a whole class over a link, inf where it cannot; site (links,), the site of a link;
    fed_by (links,), the site that must be open before it, -1: none; passes (links, sites), whose capacity it takes;
    opening, capacity (sites,), inf: no limit; kept, barred (sites,), those that must be open or closed; most, how many
    may be open; units (classes,); targets; stock, None: it does not count.
    """

    cost: Floats
    site: Integers
    fed_by: Integers
    passes: Flags
    opening: Floats
    capacity: Floats
    kept: Flags
    barred: Flags
    most: int
    units: Floats
    targets: tuple[Target, ...] = ()
    stock: Response | None = None

    @property
    def is_plain(self) -> bool:
        """Whether each class may be served by the cheapest open site, whatever else is decided."""
        free = not self.targets and self.stock is None and np.isinf(self.capacity).all()
        return bool(free and (self.fed_by < 0).all() and np.isfinite(self.cost).all())

    @property
    def allowed(self) -> Flags:
        """Which links may serve which class: not those that would break a promise made for every shipment."""
        allowed = np.isfinite(self.cost)
        for target in self.targets:
            if target.share >= 1.0:
                allowed &= target.in_time | (target.shipments == 0)
        return allowed


@dataclass(frozen=True)
class Decision:
    """Open sites (sites,), links in use (links,), shares of classes (links, classes), what they cost and the floor."""

    is_open: Flags
    in_use: Flags
    share: Floats
    value: float
    bound: float


def decided(question: Question, rng: np.random.Generator) -> Decision:
    """Return the cheapest sites found, with a floor. Raises Unreachable with the reason, Unsupported when too large."""
    if question.is_plain:
        found = _searched(question, rng, effort_for(question.cost.size))
        if found.value - found.bound <= _GAP * abs(found.value) or question.cost.size > _PROVABLE_CELLS:
            return found
        try:
            proven = programmed(question)
        except Unsolved:
            return found
        better = proven if proven.value < found.value else found
        return replace(better, bound=min(max(found.bound, proven.bound), better.value))
    cells = int(question.allowed.sum())
    if cells > _MOST_CELLS:
        raise Unsupported(f"There are {cells:,} ways to serve customers from sites, more than the {_MOST_CELLS:,} that "
                          "can be weighed with capacities, feeding or promises. Gather customers, bring fewer sites, "
                          "or leave these out: --promises ignored --feeding ignored, and no capacity in sites.")
    try:
        return programmed(question)
    except Infeasible:
        raise Unreachable(_too_few(question)) from None
    except Unsolved as stopped:
        raise SolverStopped(f"Choosing sites {stopped}. Gather customers or bring fewer sites.") from stopped


def effort_for(costs: int) -> float:
    """Return how many costs a search may look at that has so many of them: seconds, more where there are many."""
    return max(_EFFORT, _ROUNDS * costs)


def parts_of(question: Question, share: Floats) -> Floats:
    """Return the part of all units that each site (sites,) serves when links serve these shares (links, classes)."""
    parts = np.zeros(len(question.opening))
    np.add.at(parts, question.site, share @ (question.units / question.units.sum()))
    return np.minimum(parts, 1.0)


def changed(question: Question, decision: Decision, rng: np.random.Generator) -> Floats:
    """Return by how much the value rises when an open site must close, or a closed one open: (sites,), nan: cannot.

    The other sites may open and close with it. Left out (all nan) where the programme would be too large.
    """
    change = np.full(len(question.opening), np.nan)
    if not question.is_plain and question.cost.size * len(change) > 4 * _MOST_CELLS:
        return change
    for site in range(len(change)):
        flags = np.arange(len(change)) == site
        if decision.is_open[site]:
            other = replace(question, barred=question.barred | flags, kept=question.kept & ~flags)
        else:
            other = replace(question, kept=question.kept | flags, barred=question.barred & ~flags)
        if other.kept.sum() > other.most or other.barred.all():
            continue
        try:
            value = (_searched(other, rng, min(_QUICK_EFFORT, 10 * _EFFORT / len(change)), decision.is_open)
                     if question.is_plain else programmed(other)).value
        except (Infeasible, Unsolved):
            continue
        change[site] = value - decision.value
    return change


def held(question: Question, is_open: Flags) -> float | None:
    """Return what these sites (sites,) cost, serving at least cost before stock; None when they cannot as asked."""
    fixed = replace(question, kept=is_open, barred=~is_open, most=len(is_open), stock=None)
    if fixed.is_plain:
        return value_of(Location(fixed.cost, fixed.opening, is_open, fixed.most), is_open)
    try:
        found = programmed(fixed)
    except Infeasible:
        return None
    return found.value + _stock_cost(question, found.share)


def _stock_cost(question: Question, share: Floats) -> float:
    if question.stock is None:
        return 0.0
    return float(question.stock.at(parts_of(question, share))[0].sum())


def _searched(question: Question, rng: np.random.Generator, effort: float, near: Flags | None = None) -> Decision:
    """Answer a plain question by search, from a choice near by (sites,) where one is known, with a Lagrangian floor."""
    free = np.flatnonzero(~question.barred)
    asked = Location(question.cost[free], question.opening[free], question.kept[free], question.most)
    start = None
    if near is not None:
        start = near[free] | asked.kept
        start[np.flatnonzero(start & ~asked.kept)[: max(int(start.sum()) - asked.most, 0)]] = False
    choice = located(asked, rng, effort, start)
    is_open = np.zeros(len(question.opening), dtype=np.bool_)
    is_open[free] = choice.is_open
    share = np.zeros(question.cost.shape)
    cheapest = np.where(is_open[:, None], question.cost, np.inf).argmin(axis=0)
    share[cheapest, np.arange(len(cheapest))] = 1.0
    return Decision(is_open, is_open.copy(), share, choice.value, choice.bound)


def programmed(question: Question) -> Decision:
    """Answer by the mixed-integer programme. Raises Infeasible, Unsolved."""
    link, of_class = np.nonzero(question.allowed)
    links = len(question.site)
    lines = None if question.stock is None else _Lines(question.stock, len(question.opening), links + len(link))
    cost = np.concatenate([question.opening[question.site], question.cost[link, of_class],
                           *([] if lines is None else [lines.cost])])
    whole = np.arange(len(cost)) < links
    if lines is not None:
        whole[lines.taken.ravel()] = True
    lower, upper = np.zeros(len(cost)), np.ones(len(cost))
    upper[:links][question.barred[question.site]] = 0.0
    unit = max(float(np.abs(cost).max()), 1e-300) / 1e4
    gap, nodes = (_GAP, _NODES) if lines is None else (_STOCK_GAP, _STOCK_NODES)
    rows = _rows(question, link, of_class, lines)
    answer = least(cost / unit, rows, lower, upper, whole, gap=gap, most_nodes=nodes)
    in_use = answer.values[:links] > 1 / 2
    share = np.zeros(question.cost.shape)
    share[link, of_class] = np.where(in_use[link], answer.values[links : links + len(link)], 0.0)
    share[share < _NOUGHT] = 0.0
    share /= share.sum(axis=0)
    is_open = np.zeros(len(question.opening), dtype=np.bool_)
    is_open[question.site[in_use]] = True
    value = float(question.opening[is_open].sum() + (share[link, of_class] * question.cost[link, of_class]).sum())
    value += _stock_cost(question, share)
    return Decision(is_open, in_use, share, value, min(answer.bound * unit, value))


class _Lines:
    """The columns of stock: for each site and interval, whether its part of demand lies there, and the part.

    taken, part (sites, intervals) are columns from `first` on; cost (columns,) of them.
    """

    def __init__(self, stock: Response, sites: int, first: int) -> None:
        self.ends, base, slope = stock.lines
        columns = first + np.arange(2 * sites * len(base)).reshape(2, sites, len(base))
        self.taken, self.part = columns
        self.cost = np.concatenate([np.tile(base, sites), np.tile(slope, sites)])


class _Builder:
    """Rows, block by block."""

    def __init__(self) -> None:
        self.parts: list[tuple[Integers, Integers, Floats]] = []
        self.lower: list[Floats] = []
        self.upper: list[Floats] = []
        self.count = 0

    def add(self, row: npt.ArrayLike, column: npt.ArrayLike, value: npt.ArrayLike, lower: npt.ArrayLike,
            upper: npt.ArrayLike) -> None:
        """Add rows, numbered from 0 in `row`, with one lower and one upper side each."""
        low, up = np.atleast_1d(np.asarray(lower, dtype=float)), np.atleast_1d(np.asarray(upper, dtype=float))
        rows, columns, values = np.broadcast_arrays(np.asarray(row) + self.count, np.asarray(column), value)
        self.parts.append((rows.astype(np.int64), columns.astype(np.int64), values.astype(float)))
        low, up = np.broadcast_arrays(low, up)
        self.lower.append(low)
        self.upper.append(up)
        self.count += len(low)

    def rows(self) -> Rows:
        row, column, value = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        order = np.argsort(row, kind="stable")
        first = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=self.count))])
        return Rows(first, column[order], value[order], np.concatenate(self.lower), np.concatenate(self.upper))


def _rows(question: Question, link: Integers, of_class: Integers, lines: _Lines | None) -> Rows:
    """Return the rows of a question; columns are the links, the cells (`link` serves `of_class`), then the lines."""
    sites, (links, classes) = len(question.opening), question.cost.shape
    cell, built = links + np.arange(len(link)), _Builder()
    built.add(of_class, cell, 1.0, np.ones(classes), np.ones(classes))
    each, ends = np.arange(len(link)), np.zeros(len(link))
    built.add(np.concatenate([each, each]), np.concatenate([cell, link]), np.repeat([1.0, -1.0], len(link)),
              ends - np.inf, ends)
    built.add(np.zeros(links), np.arange(links), 1.0, 0.0, question.most)
    most = np.ones(sites)
    built.add(question.site, np.arange(links), 1.0, np.where(question.kept, 1.0, 0.0), most)
    for fed in np.flatnonzero(question.fed_by >= 0):
        feeders = np.flatnonzero(question.site == question.fed_by[fed])
        built.add(np.zeros(1 + len(feeders)), [fed, *feeders], [1.0, *(-1.0 for _ in feeders)], -np.inf, 0.0)
    total = max(float(question.units.sum()), 1e-300)
    for site in np.flatnonzero(np.isfinite(question.capacity)):
        passing, own = question.passes[link, site], np.flatnonzero(question.site == site)
        values = np.concatenate([question.units[of_class[passing]], np.full(len(own), -question.capacity[site])])
        built.add(np.zeros(len(values)), np.concatenate([cell[passing], own]), values / total, -np.inf, 0.0)
    if lines is not None:
        for site in range(sites):
            own, serving = np.flatnonzero(question.site == site), question.site[link] == site
            _add_lines(built, lines, site, own, cell[serving], question.units[of_class[serving]] / total)
    for target in question.targets:
        in_time = target.in_time[link, of_class]
        values = target.shipments[of_class[in_time]] / target.total
        built.add(np.zeros(len(values)), cell[in_time], values, min(target.share, 1.0 - 1e-9), np.inf)
    return built.rows()


def _add_lines(built: _Builder, lines: _Lines, site: int, own: Integers, cells: Integers, parts: Floats) -> None:
    """Say in which interval lies the part of demand that a site serves: `parts` (cells,) over the links `own`."""
    taken, part, count = lines.taken[site], lines.part[site], lines.taken.shape[1]
    built.add(np.zeros(count + len(own)), np.concatenate([taken, own]), np.repeat([1.0, -1.0], [count, len(own)]), 0.0,
              0.0)
    built.add(np.zeros(count + len(cells)), np.concatenate([part, cells]), np.concatenate([-np.ones(count), parts]),
              0.0, 0.0)
    each, both = np.tile(np.arange(count), 2), np.concatenate([part, taken])
    for end, low, high in ((lines.ends[1:], -np.inf, 0.0), (lines.ends[:-1], 0.0, np.inf)):
        built.add(each, both, np.concatenate([np.ones(count), -end]), np.full(count, low), np.full(count, high))


def _too_few(question: Question) -> str:
    """Say why no sites will do: too few may be open, or no number of them is enough."""
    counted = replace(question, cost=np.where(np.isfinite(question.cost), 0.0, np.inf),
                      opening=np.ones(len(question.opening)), most=len(question.opening), stock=None)
    try:
        needed = round(programmed(counted).bound)
    except Infeasible:
        return ("No choice of sites keeps all promises within the capacity of those in reach. Raise capacity in "
                "sites, lengthen window or lower target_share in promises, or bring more sites.")
    return f"{question.most} sites are too few: it takes {needed}. Allow them: --most-sites {needed}"
