"""When no portfolio can be, what contradicts itself? The smallest set, found by leaving constraints out.

A constraint that can be left out while the others still contradict each other is not needed for the contradiction; what
remains is a set of which none can be spared (deletion filter: Chinneck & Dravnieks 1991).
"""

from __future__ import annotations

from arbitre.optimise._portfolio.grid import first_grid
from arbitre.optimise._portfolio.master import Master, Rules
from arbitre.optimise._portfolio.model import Model
from arbitre.solvers.linear import Infeasible, NoValues, least

_NODES = 1_000


def conflict(model: Model, rules: Rules) -> str:
    """Return the sentence that names the smallest set of constraints that no plan keeps together."""
    for stock in (False, True):
        master = Master(model, rules, first_grid(model), stock=stock)
        if not _is_possible(master, frozenset()):
            break
    names = list(dict.fromkeys(name for name in master.programme.names if name))
    spared: frozenset[str] = frozenset()
    for name in names:
        if not _is_possible(master, spared | {name}):
            spared |= {name}
    needed = [name for name in names if name not in spared]
    return "No portfolio keeps all of this together: " + "; ".join(needed) + ". Give way on one of them."


def _is_possible(master: Master, without: frozenset[str]) -> bool:
    cost, rows, lower, upper, whole = master.programme.written(without)
    try:
        least(0.0 * cost, rows, lower, upper, whole, gap=1.0, most_nodes=_NODES)
    except Infeasible:
        return False
    except NoValues:
        return True
    return True
