"""How close to the best can few pools be brought, where worths alone leave a gap?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit

from arbitre.optimise._pool import Floats, Integers, ListingPools, Pools, Targets
from arbitre.optimise._rounding import Candidate, Sweep, candidate_at, improved, ordinals, repaired, trimmed
from arbitre.solvers.linear import Answer, Infeasible, Rows, Unsolved, least

_ALIKE = 1e-9
_SAFE = 1e-6
_MOST_PER_POOL = 12
_GROUP = 300
_LISTED = 1000
_DEAR = 300
_CUTS = 40


@dataclass(frozen=True)
class Columns:
    """Choices of pools: pool (columns,), rising; cost (columns,); gains (columns, targets); levels, flat."""

    pool: Integers
    cost: Floats
    gains: Floats
    first: Integers
    levels: Integers

    def taken(self, which: Integers) -> "Columns":
        count = np.diff(self.first)[which]
        first = np.concatenate([[0], np.cumsum(count)])
        entry = np.arange(first[-1]) + np.repeat(self.first[which] - first[:-1], count)
        return Columns(self.pool[which], self.cost[which], self.gains[which], first, self.levels[entry])

    def reduced(self, worth: Floats, floors: Floats) -> Floats:
        """What each column costs more than the floor of its pool, net of what it earns."""
        return self.cost - self.gains @ worth - floors[self.pool]


def columns_of(pools: Pools, plan: Candidate, pool: Integers) -> Columns:
    order = np.argsort(pools.slot_pool, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(pools.slot_pool, minlength=pools.pools))])
    return Columns(pool, plan.cost, plan.gains, first, plan.levels[order])


def joined(parts: list[Columns]) -> Columns:
    """All columns of these, those of a pool side by side, without those that another one makes useless."""
    size = np.concatenate([np.diff(part.first) for part in parts])
    whole = Columns(
        np.concatenate([part.pool for part in parts]),
        np.concatenate([part.cost for part in parts]),
        np.concatenate([part.gains for part in parts]),
        np.concatenate([[0], np.cumsum(size)]),
        np.concatenate([part.levels for part in parts]),
    )
    order = np.lexsort((whole.cost, whole.pool))
    kept = _undominated(whole.pool[order], whole.gains[order])
    return whole.taken(order[kept])


@njit(cache=True, nogil=True)
def _undominated(pool, gains):
    """Which columns does none before in the same pool (so, cheaper) match in every gain? Returns (columns,)."""
    kept = np.ones(len(pool), np.bool_)
    start = 0
    for column in range(len(pool)):
        if pool[column] != pool[start]:
            start = column
        for other in range(start, column):
            if kept[other]:
                for target in range(gains.shape[1]):
                    if gains[other, target] < gains[column, target]:
                        break
                else:
                    kept[column] = False
                    break
    return kept


class Closing:
    def __init__(self, pools, targets, need, sweeps, sweep, best, enough, gap, say=print):
        self.pools, self.targets, self.need, self.sweeps, self.sweep, self.best, self.gap = pools, targets, need, sweeps, sweep, best, gap
        self.say = say
        self.active = np.flatnonzero(need > 0)
        self.unit = best.value
        self.bound = max(s.bound(need) for s in sweeps)

    def top(self):
        return max(self.sweeps, key=lambda s: s.bound(self.need))

    def gather(self):
        parts = [columns_of(self.pools, c, np.arange(self.pools.pools)) for c in [self.best, *(s.plan for s in self.sweeps)]]
        rank = ordinals(self.pools.slot_pool)
        near = sorted(self.sweeps, key=lambda s: -s.bound(self.need))[:2]
        for plan in [self.best, *(s.plan for s in near)]:
            for turn in range(rank.max() + 1):
                for step in (-1, 1):
                    lv = np.maximum(plan.levels + step * (rank == turn), self.pools.slot_lowest)
                    parts.append(columns_of(self.pools, candidate_at(self.pools, self.targets, lv), np.arange(self.pools.pools)))
        self.columns = joined(parts)

    def listed(self, within, most):
        top = self.top()
        near = self.pools.near(top.worth @ self.targets.weight, within, most)
        part = self.pools.chosen(near.pool)
        return columns_of(part, candidate_at(part, self.targets, near.levels), near.pool), near.whole

    def master(self, cols, whole, fixed=None, shortage=None, gap=1e-4, nodes=None):
        """columns subset; fixed gain (targets,)"""
        n, act, need = len(cols.pool), self.active, self.need
        left = (need - (0 if fixed is None else fixed))[act] / need[act]
        g = (cols.gains[:, act] / need[act]).T
        extra = len(act) if shortage is not None else 0
        present, owner = np.unique(cols.pool, return_inverse=True)
        t, c = np.nonzero(g)
        row = np.concatenate([t, len(act) + owner, np.arange(extra)])
        col = np.concatenate([c, np.arange(n), n + np.arange(extra)])
        val = np.concatenate([g[t, c], np.ones(n), np.ones(extra)])
        o = np.argsort(row, kind="stable")
        first = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(act) + len(present)))])
        one = np.ones(len(present))
        rows = Rows(first, col[o], val[o], np.concatenate([left, one]), np.concatenate([np.full(len(act), np.inf), one]))
        cost = cols.cost / self.unit
        upper = np.ones(n)
        if extra:
            cost, upper = np.concatenate([cost, shortage[act] * need[act] / self.unit]), np.concatenate([upper, np.full(extra, np.inf)])
            whole = np.concatenate([whole, np.zeros(extra, bool)])
        return least(cost, rows, np.zeros(n + extra), upper, whole, gap=gap, most_nodes=nodes)

    def worth_of(self, answer):
        w = np.zeros(len(self.need))
        w[self.active] = np.maximum(answer.row_dual[: len(self.active)], 0) * self.unit / self.need[self.active]
        return w

    def generate(self):
        for r in range(10):
            core = self.core(0.3)
            a = self.master(core, np.zeros(len(core.pool), bool))
            f = self.sweep(self.worth_of(a))
            b = f.bound(self.need)
            self.bound = max(self.bound, b)
            self.say("LP", a.objective * self.unit, b)
            self.columns = joined([self.columns, columns_of(self.pools, f.plan, np.arange(self.pools.pools))])
            if b >= a.objective * self.unit - 0.1 * self.gap * self.unit:
                break

    def core(self, part, most=10**9):
        top = self.top()
        rc = self.columns.reduced(top.worth, top.floors)
        order = np.lexsort((rc, self.columns.pool))
        pool = self.columns.pool[order]
        firsts = np.searchsorted(pool, np.arange(self.pools.pools))
        rank = np.arange(len(pool)) - firsts[pool]
        ok = ((rc[order] <= part * (self.best.value - top.bound(self.need))) & (rank < most)) | (rank == 0)
        return self.columns.taken(np.sort(order[ok]))

    def dive(self, part, most, group, gap, nodes, first=None):
        cols = self.core(part, most)
        spread = np.sqrt(np.maximum(np.bincount(cols.pool, cols.cost**2) / np.bincount(cols.pool) - (np.bincount(cols.pool, cols.cost) / np.bincount(cols.pool)) ** 2, 0))
        order = np.argsort(-spread, kind="stable")
        count = np.bincount(cols.pool, minlength=self.pools.pools)
        groups = np.cumsum(count[order]) // group if first is None else first
        fixed, cost, chosen = np.zeros(len(self.need)), 0.0, []
        open_ = np.ones(self.pools.pools, bool)
        import time
        for k in np.unique(groups):
            mine = np.zeros(self.pools.pools, bool)
            mine[order[groups == k]] = True
            ix = np.flatnonzero(open_[cols.pool])
            now = cols.taken(ix)
            t = time.process_time()
            rest = self.unit - cost
            try:
                a = self.master(now, mine[now.pool], fixed, gap=gap * self.unit / max(rest, gap * self.unit), nodes=nodes)
            except (Infeasible, Unsolved) as e:
                self.say("stage", k, e)
                return
            x = a.values > 0.5
            pick = ix[x & mine[now.pool]]
            assert len(pick) == mine.sum()
            chosen.append(pick)
            fixed = fixed + cols.gains[pick].sum(0)
            cost += cols.cost[pick].sum()
            open_ &= ~mine
            self.say("stage", k, mine.sum(), mine[now.pool].sum(), len(ix), "total", a.objective * self.unit + cost - cols.cost[pick].sum(), "bound", a.bound * self.unit + cost - cols.cost[pick].sum(), a.status, "%.2f" % (time.process_time() - t))
        ch = cols.taken(np.sort(np.concatenate(chosen)))
        lv = np.empty(len(self.best.levels), np.int64)
        lv[np.argsort(self.pools.slot_pool, kind="stable")] = ch.levels
        plan = candidate_at(self.pools, self.targets, lv)
        ok = (plan.gain >= self.need).all()
        top = self.top()
        if not ok:
            plan = repaired(self.pools, plan, self.best, self.need, top.worth)
        v0 = plan.value
        plan = trimmed(self.pools, self.targets, improved(self.pools, plan, self.best, self.need, top.worth), self.need, top.worth, 0.0)
        self.say("plan", ok, v0, plan.value, "gap", 1 - self.bound / plan.value)
        if plan.value < self.best.value and (plan.gain >= self.need).all():
            self.best = plan

    def prove(self, most_listed, most_dear, rounds, gap, nodes):
        import time
        top = self.top()
        within = (self.best.value - top.bound(self.need)) * (1 + 1e-9)
        cols, whole = self.listed(within, most_listed)
        cols = joined([cols])
        count = np.where(whole, np.bincount(cols.pool, minlength=self.pools.pools), 10**9)
        order = np.argsort(count, kind="stable")
        dear = np.zeros(self.pools.pools, bool)
        dear[order[np.cumsum(count[order]) <= most_dear]] = True
        cols = cols.taken(np.flatnonzero(dear[cols.pool]))
        self.columns = joined([self.columns, cols])
        reach = np.bincount(self.pools.flow_pool * self.pools.classes + self.pools.flow_class, self.pools.flow_reach, minlength=self.pools.pools * self.pools.classes).reshape(self.pools.pools, -1) @ self.targets.weight.T
        others = reach[~dear].sum(axis=0)
        self.say("prove: within", within / self.best.value, "whole", whole.sum(), "dear", dear.sum(), "columns", len(cols.pool), "counts", count[dear])
        act, n = self.active, len(cols.pool)
        lb = 0.0
        for r in range(rounds):
            t = time.process_time()
            # rows: dear gains + reach of others >= need; planes; one column per pool
            gain_rows = (cols.gains[:, act] / self.need[act]).T
            W = np.array([s.worth for s in self.sweeps])
            plane_rows = np.hstack([(cols.gains @ W.T).T / self.unit, np.ones((len(W), 1))])
            plane_low = np.array([(s.floors[~dear].sum() + s.worth @ self.need) / self.unit for s in self.sweeps])
            A = np.vstack([np.hstack([gain_rows, np.zeros((len(act), 1))]), plane_rows])
            lo = np.concatenate([(self.need - others)[act] / self.need[act] - 1e-9, plane_low])
            present, owner = np.unique(cols.pool, return_inverse=True)
            rr, cc = np.nonzero(A)
            row = np.concatenate([rr, len(A) + owner]); col = np.concatenate([cc, np.arange(n)]); val = np.concatenate([A[rr, cc], np.ones(n)])
            o = np.argsort(row, kind="stable")
            first = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(A) + len(present)))])
            one = np.ones(len(present))
            rows = Rows(first, col[o], val[o], np.concatenate([lo, one]), np.concatenate([np.full(len(A), np.inf), one]))
            flag = np.ones(n + 1, bool); flag[-1] = False
            a = least(np.append(cols.cost / self.unit, 1.0), rows, np.zeros(n + 1), np.append(np.ones(n), np.inf), flag, gap=gap, most_nodes=nodes)
            lb = max(lb, a.bound)
            t1 = time.process_time() - t
            x = np.flatnonzero(a.values[:-1] > 0.5)
            # the others at what is left
            fixed = cols.gains[x].sum(0)
            core = self.core(1.0)
            core = core.taken(np.flatnonzero(~dear[core.pool]))
            top = self.top()
            short = 3 * np.maximum(top.worth, 0.1 * self.unit / np.maximum(self.need, 1e-300) / len(self.need))
            b = self.master(core, np.zeros(len(core.pool), bool), fixed, short)
            true = cols.cost[x].sum() / self.unit + b.objective
            f = self.sweep(self.worth_of(b))
            self.columns = joined([self.columns, columns_of(self.pools, f.plan, np.arange(self.pools.pools))])
            self.say(r, "bound", a.bound * self.unit, a.status, "LP there", true * self.unit, "gap", 1 - lb * self.unit / self.best.value, "%.2f %.2f" % (t1, time.process_time() - t - t1))
            if true - a.bound < gap:
                break
        self.bound = max(self.bound, min(self.best.value, lb * self.unit))
