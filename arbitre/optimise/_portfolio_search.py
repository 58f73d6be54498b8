"""Which plan brings most, and how much more could any other bring? Bins refined around the best plan known.

Each round solves the programme (`_portfolio_master`), whose bound holds for every plan, evaluates the plan it finds
item by item, and cuts bins at the loads of that plan. Where sites are free, the first plan comes from the linear
relaxation: its likeliest sites, then more and fewer of them, each decided with sites fixed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from arbitre.capability import Progress
from arbitre.core.errors import Unreachable
from arbitre.optimise._pool import Floats
from arbitre.optimise._portfolio_conflict import conflict
from arbitre.optimise._portfolio_master import Grid, Master, Rules, first_grid
from arbitre.optimise._portfolio_model import Model, Plan, Worth
from arbitre.solvers.linear import Answer, Infeasible, Unsolved


@dataclass(frozen=True)
class Effort:
    """When a search may stop: at this gap, after so many rounds; and how many branches a round looks at."""

    gap: float = 0.002
    rounds: int = 12
    nodes: int = 2_000


@dataclass(frozen=True)
class Decision:
    """The best plan found, what it is worth, and the proven most that any plan is worth.

    The difference has three parts, money a year: branches not looked at, bins not yet cut, and items held in whole
    units. `grid` lets a changed question begin where this one ended.
    """

    plan: Plan
    worth: Worth
    bound: float
    branches: float
    bins: float
    items: float
    rounds: int
    grid: Grid

    @property
    def gap(self) -> float:
        """The difference as a share of the value."""
        return gap_of(self.worth.value, self.bound)


def gap_of(value: float, bound: float) -> float:
    """Return by which share a bound exceeds a value."""
    return max(bound - value, 0.0) / max(abs(value), abs(bound), 1e-9)


def decided(model: Model, rules: Rules, effort: Effort, progress: Progress, known: Decision | None = None) -> Decision:
    """Return the best plan found, with its bound; raises Unreachable, naming what contradicts itself.

    `known` is where the search begins: a plan of this model, or of one like it.
    """
    search = _Search(model, rules, effort, progress)
    if known is not None and is_within(model, rules, known.plan):
        search.grid = Grid(known.grid.loads, known.grid.times) if _fits(known.grid, search.grid) else search.grid
        search.offer(known.plan)
    else:
        search.begin()
    return search.refined()


class _Search:
    def __init__(self, model: Model, rules: Rules, effort: Effort, progress: Progress) -> None:
        self.model, self.rules, self.effort, self.progress = model, rules, effort, progress
        self.grid = first_grid(model)
        self.bound = np.inf
        self.best: tuple[Plan, Worth] | None = None

    def offer(self, plan: Plan) -> bool:
        """Take a plan where it is the best so far, and cut bins at its loads; whether it is new to the grid."""
        worth = self.model.worth(plan)
        if self.rules.budget is not None and worth.capital.sum() > self.rules.budget * (1 + 1e-9):
            return self._cut(plan)
        if self.best is None or worth.value > self.best[1].value:
            self.best = (plan, worth)
        return self._cut(plan)

    def refined(self) -> Decision:
        """Solve and cut until the gap is what was asked, or rounds are over."""
        branches = 0.0
        for turn in range(self.effort.rounds):
            self.progress(turn / self.effort.rounds, f"round {turn + 1}")
            answer, master = self._solved(self.rules, self.grid, self.best[0] if self.best else None)
            self.bound = min(self.bound, -answer.bound)
            branches = answer.objective - answer.bound
            is_new = self.offer(master.plan(answer.values))
            if self.rules.budget is not None:
                is_new = self._within_budget() or is_new
            if self.best is None:
                continue
            if gap_of(self.best[1].value, self.bound) <= self.effort.gap or not is_new:
                break
        if self.best is None:
            raise Unreachable("No plan was found within the budget: give more capital, or more rounds.")
        plan, worth = self.best
        bound = max(self.bound, worth.value)
        items = self.model.holding_share * float((worth.capital - worth.floor).sum())
        left = bound - worth.value
        branches = min(max(branches, 0.0), left)
        items = min(items, left - branches)
        return Decision(plan, worth, bound, branches, left - branches - items, items, turn + 1, self.grid)

    def begin(self) -> None:
        """Begin with the sites that the relaxation favours where they are free, else with the plan nearest to it."""
        master = Master(self.model, self.rules, self.grid)
        try:
            relaxed = master.solve(0.0, 1, relaxed=True)
        except Infeasible:
            raise Unreachable(conflict(self.model, self.rules)) from None
        self.bound = min(self.bound, -relaxed.objective)
        if self.rules.free_sites:
            self._seek_sites(relaxed.values[master.y])
        plan = master.nearest(relaxed.values)
        if is_within(self.model, self.rules, plan):
            self.offer(plan)

    def _seek_sites(self, wanted: Floats) -> None:
        """Decide with the likeliest sites, then with more and fewer."""
        asked = self.model.question
        order = [int(j) for j in np.argsort(-wanted, kind="stable") if asked.standing[j] != "kept"]
        kept = [j for j, standing in enumerate(asked.standing) if standing == "kept"]
        likely = int(np.ceil(wanted.sum() - 1e-6)) - len(kept)
        tried: dict[frozenset[int], float] = {}

        def attempt(sites: set[int]) -> float:
            chosen = frozenset(sites | {above for j in sites for above in self.model.above(j)})
            if chosen not in tried:
                before = self.best[1].value if self.best else -np.inf
                tried[chosen] = self._fixed(chosen)
                self.progress(0.0, f"sites {len(tried)}: {max(before, tried[chosen]):,.0f}")
            return tried[chosen]

        best = max((set(kept + order[:count]) for count in range(max(likely - 1, 0), likely + 2)), key=attempt)
        for j in order:
            changed = best ^ {j}
            if attempt(changed) > attempt(best):
                best = changed

    def _fixed(self, sites: frozenset[int]) -> float:
        """Return what these sites bring at best, by one programme; -inf where they cannot."""
        master = Master(self.model, replace(self.rules, open_sites=sites), self.grid)
        try:
            plan = master.plan(master.solve(0.002, self.effort.nodes // 10).values)
        except (Infeasible, Unsolved):
            return -np.inf
        self.offer(plan)
        return self.model.worth(plan).value

    def _solved(self, rules: Rules, grid: Grid, start: Plan | None) -> tuple[Answer, Master]:
        master = Master(self.model, rules, grid)
        try:
            return master.solve(self.effort.gap / 4, self.effort.nodes, start), master
        except Infeasible:
            raise Unreachable(conflict(self.model, rules)) from None

    def _within_budget(self) -> bool:
        """Offer the best plan that right ends of bins find within the budget; whether it is new to the grid."""
        master = Master(self.model, self.rules, self.grid, right_ends=True)
        try:
            return self.offer(master.plan(master.solve(self.effort.gap / 4, self.effort.nodes).values))
        except (Infeasible, Unsolved):
            return False

    def _cut(self, plan: Plan) -> bool:
        load, left, _ = self.model.demanding(self.model.taken(plan))
        before = sum(map(len, (*self.grid.loads, *self.grid.times)))
        self.grid = self.grid.refined(load, left if self.model.sharing == "first_come" else np.full(len(left), np.inf))
        return sum(map(len, (*self.grid.loads, *self.grid.times))) > before


def _fits(grid: Grid, first: Grid) -> bool:
    """Say whether a grid covers the loads that another does."""
    return len(grid.loads) == len(first.loads) and all(
        old[-1] >= new[-1] for old, new in zip(grid.loads, first.loads, strict=True))


def is_within(model: Model, rules: Rules, plan: Plan) -> bool:
    """Say whether a plan found for another question is one of this question too."""
    master = Master(model, rules, first_grid(model), stock=False)
    if plan.choice.shape != (len(model.question.segments),) or (model.taken(plan) < 0).any():
        return False
    _, rows, _, _, _ = master.programme.written()
    values = master.values_of(plan)
    row = np.repeat(np.arange(len(rows.lower)), np.diff(rows.first))
    sums = np.bincount(row, rows.value * values[rows.column], minlength=len(rows.lower))
    return bool(((sums >= rows.lower - 1e-6) & (sums <= rows.upper + 1e-6)).all())
