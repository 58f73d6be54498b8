"""How many people, where and when, so that promises of waiting, response and restoration are kept?

A team is one or several crews that stand in for one another; cases come to it in a Poisson stream that changes with the
hour of the week, are worked on (and travelled to) for an exponential time, and leave when they are patient no longer.
What heads keep, quarter-hour by quarter-hour, is followed on the exact transients (`maths.work.transient`), each rank
of priority by its own wait. The cheapest levels that keep every promise over the week are searched from the least heads
that keep it in every quarter-hour; a floor under the cost of any levels is proven beside (`_crews.floor`).

    kept = P(wait + way + work <= window - rest of the way),
    value = (heads x hours + hours after shifts) x cost + late cases x late cost

Hours after shifts are those in which heads that leave finish the case in hand, where their crew does.

A promise whose cases meet several teams on their way is shared evenly between them, and their shares are multiplied;
what is approximated there, and by an exponential law of work, the twin tells: `simulate.proof --crews plan`.

Reads steps, routes, crews, needs, arrivals (or demand), promises; shifts, rhythms, priorities, lanes, durations and
opening_hours where present. Writes crew_levels, crew_promises. Hours, the chain's currency, a year.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result, within
from arbitre.optimise._crews.pools import CrewPools
from arbitre.optimise._crews.question import question_of
from arbitre.optimise._crews.search import bounded, refuse_closed_hours, staffed
from arbitre.optimise._crews.told import crew_levels, crew_promises, summary_of
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.routing import Process

READS = ("steps", "routes", "crews", "needs", "promises")
MAY_READ = ("arrivals", "demand", "shifts", "rhythms", "priorities", "lanes", "durations", "opening_hours", "holidays",
            "sites")
WRITES = ("crew_levels", "crew_promises")

_PROVEN = 1e-3
"""Gap at which a plan counts as optimal."""


class Params(BaseParams):
    """Whose promises are staffed for."""

    hold: int = Field(30, ge=15, le=60, multiple_of=15, description="Time for which the heads of a crew stay the same.",
                      json_schema_extra={"unit": "min"})
    kind: str = Field("order", description="Kind of the cases that demand opens.")
    at_hand: float = Field(1.0, ge=0, le=1, description="Share of these that find their item at once where a step "
                           "sends others elsewhere (without_item): what the plan of parts promises.",
                           json_schema_extra={"unit": "share"})


def reads(_params: Params, chain: Chain) -> tuple[str, ...]:
    """Return the tables needed: how many cases come is told by arrivals, unless demand does."""
    return READS if chain.has("demand") else (*READS, "arrivals")


def run(chain: Chain, params: Params, _seed: int, progress: Progress) -> Result:
    """Return the people needed.

    Raises Unsupported where nothing is promised that crews could keep, Unreachable where no number of people keeps it.
    """
    progress(0.0, "reading who works for whom")
    question = question_of(chain, params.kind, params.at_hand)
    pools = CrewPools(question, max(round(params.hold / 60.0 / question.hours), 1))
    need = np.array([goal.share for goal in question.goals]) * question.volume / pools.days
    today = pools.evaluate(np.concatenate([team.today for team in question.teams]))
    before = pools.by_goal(today.kept)
    refuse_closed_hours(pools, need)
    progress(0.1, "bounding the cost (the first run on a machine compiles)")
    plan = staffed(pools, need, bounded(pools, need), within(progress, 0.3, 1.0))
    promises = crew_promises(pools, plan, before)
    is_kept = bool((plan.kept >= need * (1.0 - 1e-6)).all())
    tables = {"crew_levels": crew_levels(pools, plan, Process.of(chain)), "crew_promises": promises}
    summary = summary_of(pools, plan, float(today.cost.sum()), promises)
    return Result("optimise.crews", summary, {name: shaped(RESULTS[name], table) for name, table in tables.items()},
                  status=("optimal" if summary["gap"] <= _PROVEN else "feasible") if is_kept else "short",
                  bound=plan.bound)
