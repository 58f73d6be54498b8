"""Which plan brings most, and how much more could any other bring? Bins refined around the best plan known.

Each round solves the programme (`_portfolio.master`), whose bound holds for every plan, evaluates the plan nearest to
what it finds item by item, and cuts bins at the loads of both; places that it served from two sites may no longer be.
Where sites are free, the first plan comes from the linear
relaxation: its likeliest sites, then more and fewer of them, each decided with sites fixed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from arbitre.capability import Progress
from arbitre.core.errors import Unreachable
from arbitre.optimise._pool import Floats, Integers
from arbitre.optimise._portfolio.conflict import conflict
from arbitre.optimise._portfolio.grid import Grid, first_grid
from arbitre.optimise._portfolio.master import Master, Rules
from arbitre.optimise._portfolio.model import Model, Plan, Worth
from arbitre.solvers.linear import Answer, Infeasible, Unsolved

_ROUGH = 0.004
"""Gap at which the first rounds may stop."""
_KNOWN = 0.75
"""Part of the gap that branches may leave where bins are known to be fine from a search before."""
_FEW_PLACES = 300
"""Where so few may be served from a site, none may be served from two from the first round on."""


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
    units. grid, whole: where bins ended, and which places could not be split, so that a search may go on from here.
    """

    plan: Plan
    worth: Worth
    bound: float
    branches: float
    bins: float
    items: float
    rounds: int
    grid: Grid
    whole: Integers

    @property
    def gap(self) -> float:
        """The difference as a share of the value."""
        return gap_of(self.worth.value, self.bound)


def gap_of(value: float, bound: float) -> float:
    """Return by which share a bound exceeds a value."""
    return max(bound - value, 0.0) / max(abs(value), abs(bound), 1e-9)


def decided(model: Model, rules: Rules, effort: Effort, progress: Progress, known: Decision | None = None) -> Decision:
    """Return the best plan found, with its bound; raises Unreachable, naming what contradicts itself.

    `known` is where the search begins: what was decided on this model, or on one like it.
    """
    search = _Search(model, rules, effort, progress)
    if known is not None and is_within(model, rules, known.plan):
        search.resume(known)
    else:
        search.begin()
    return search.refined()


class _Search:
    def __init__(self, model: Model, rules: Rules, effort: Effort, progress: Progress) -> None:
        self.model, self.rules, self.effort, self.progress = model, rules, effort, progress
        self.grid = first_grid(model)
        self.bound = np.inf
        places = model.ways.places
        self.whole = np.arange(places if places <= _FEW_PLACES else 0)
        self.best: tuple[Plan, Worth] | None = None

    def offer(self, plan: Plan) -> bool:
        """Take a plan where it is the best so far, and cut bins at its loads; whether it is new to the grid."""
        worth = self.model.worth(plan)
        if self._is_paid(worth) and (self.best is None or worth.value > self.best[1].value):
            self.best = (plan, worth)
        load, left, _ = self.model.demanding(self.model.taken(plan))
        return self._cut(load, left, worth.heads)

    def _is_paid(self, worth: Worth) -> bool:
        """Say whether capital and heads are within what there is of them."""
        rules = self.rules
        return ((rules.budget is None or worth.tied <= rules.budget * (1 + 1e-9))
                and (rules.heads is None or worth.heads.sum() <= rules.heads))

    def refined(self) -> Decision:
        """Solve and cut until the gap is what was asked, or rounds are over."""
        branches, is_new = 0.0, True
        for turn in range(self.effort.rounds):
            self.progress(turn / self.effort.rounds, f"round {turn + 1}")
            closely = not is_new  # nothing is left to cut or to keep whole: only branches are
            answer, master = self._solved(self.effort.gap / 4 if closely else self._closeness())
            self.bound = min(self.bound, -answer.bound)
            branches = answer.objective - answer.bound
            is_new = self._taken_up(master, answer.values)
            if self.rules.budget is not None or self.rules.heads is not None:
                is_new = self._within_budget() or is_new
            if self.best is None:
                continue
            if gap_of(self.best[1].value, self.bound) <= self.effort.gap or (closely and not is_new):
                break
        if self.best is None:
            raise Unreachable("No plan was found in so many rounds: allow more, or more capital and heads if limited.")
        plan, worth = self.best
        bound = max(self.bound, worth.value)
        items = self.model.holding_share * worth.spare
        left = bound - worth.value
        branches = min(max(branches, 0.0), left)
        items = min(items, left - branches)
        return Decision(plan, worth, bound, branches, left - branches - items, items, turn + 1, self.grid,
                        self.whole)

    def resume(self, known: Decision) -> None:
        """Begin with what was decided before, by its bins."""
        self.grid = self.grid.joined(known.grid)
        self.whole = np.union1d(self.whole, known.whole)
        self.offer(known.plan)

    def begin(self) -> None:
        """Begin with the sites that the relaxation favours where they are free, else with the plan nearest to it."""
        master = Master(self.model, self.rules, self.grid, self.whole)
        try:
            relaxed = master.solve(0.0, 1, relaxed=True)
        except Infeasible:
            raise Unreachable(conflict(self.model, self.rules)) from None
        self.bound = min(self.bound, -relaxed.objective)
        if self.rules.free_sites:
            self._seek_sites(relaxed.values[master.y])
        plan = master.plan(relaxed.values)
        if is_within(self.model, self.rules, plan):
            self.offer(plan)

    def _taken_up(self, master: Master, values: Floats) -> bool:
        """Offer the plan nearest to what was found, cut bins there, keep what was split whole; whether any is new."""
        split = master.split(values)
        self.whole = np.union1d(self.whole, split)
        plan = master.plan(values)
        is_new = self.offer(plan) if is_within(self.model, self.rules, plan) else False
        left = self.model.demanding(self.model.taken(plan))[1]
        return self._cut(master.loads(values), left, master.people.heads(values)) or is_new or len(split) > 0

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
        rules = replace(self.rules, open_sites=sites)
        master = Master(self.model, rules, self.grid, self.whole)
        try:
            plan = master.plan(master.solve(_ROUGH, self.effort.nodes // 10).values)
        except (Infeasible, Unsolved):
            return -np.inf
        if not is_within(self.model, rules, plan):
            return -np.inf
        self.offer(plan)
        return self.model.worth(plan).value

    def _solved(self, gap: float) -> tuple[Answer, Master]:
        master = Master(self.model, self.rules, self.grid, self.whole)
        try:
            return master.solve(gap, self.effort.nodes, self.best[0] if self.best else None), master
        except Infeasible:
            raise Unreachable(conflict(self.model, self.rules)) from None

    def _closeness(self) -> float:
        """Return the gap at which a round may stop: rough while bins and splits leave more than that open."""
        if self.best and np.isinf(self.bound):
            return _KNOWN * self.effort.gap
        known = gap_of(self.best[1].value, self.bound) if self.best else np.inf
        return float(np.clip(known / 4, self.effort.gap / 4, max(self.effort.gap / 4, _ROUGH)))

    def _within_budget(self) -> bool:
        """Offer the best plan that right ends of bins find within the budget; whether it is new to the grid."""
        master = Master(self.model, self.rules, self.grid, right_ends=True)
        try:
            return self.offer(master.plan(master.solve(self.effort.gap / 4, self.effort.nodes).values))
        except (Infeasible, Unsolved):
            return False

    def _cut(self, load: Floats, left: Floats, heads: Integers) -> bool:
        before = self.grid.bins
        times = left if self.model.sharing == "first_come" else np.full(len(left), np.inf)
        self.grid = self.grid.refined(load, times, heads)
        return self.grid.bins > before


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
