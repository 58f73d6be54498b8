"""How many at a packing line by wave, and which parcel with which carrier, so that loads make their cut-offs?

Tours bring loads at random minutes to a line of heads; each carrier takes what is packed when it leaves. A minute too
late is a whole load missed, so what is optimised is the chance and not the mean: the law of what is present is followed
minute by minute, jointly with which tours have come (`maths.work.cutoff_line`), packed first what must be packed first.

    value = heads x hours x cost + parcels x cost of the carrier + missed parcels x late cost,   a year

Heads of each shift and the carrier of each class of parcels are searched together from today's plan and from that by
means; a floor under the value of any plan is proven by branching (`_lines.pools`), and told with the value. Where a
promise has a target, the worth of its parcels is raised until it is kept.

Where tours are planned (`tours`), loads come when they are back (see tables.tour_steps).

Days follow one another without what was left over from the day before; a promise counts what the model can plan. What
is approximated there the twin tells: `simulate.proof --crews plan`.

Reads arrivals, steps, routes, waves, needs, crews, promises; shifts, rhythms, lanes, durations, opening_hours, tours
where present. Writes line_levels, line_parcels, line_carriers, line_tours, line_promises. Hours, minutes of slack, the
chain's currency.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.optimise._lines.question import Question, question_of
from arbitre.optimise._lines.search import planned
from arbitre.optimise._lines.told import summary_of, tables_of
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.tour_steps import with_tours

READS = ("arrivals", "steps", "routes", "waves", "needs", "crews", "promises")
MAY_READ = ("shifts", "rhythms", "lanes", "durations", "opening_hours", "holidays", "sites", "tours")
WRITES = ("line_levels", "line_parcels", "line_carriers", "line_tours", "line_promises")

_PROVEN = 1e-3
"""Gap at which a plan counts as optimal."""


class Params(BaseParams):
    """How the day is planned, and how closely it is followed."""

    by: Literal["chance", "means", "cost of means"] = Field(
        "chance", description="Plan by the chance to make each cut-off; as if all came and were packed as on average; "
        "or by chance at no more cost than the plan by means.")
    margin: float = Field(0.0, ge=0, le=5, description="Share of cases that a plan by means counts with in addition.",
                          json_schema_extra={"unit": "share"})
    heads: int = Field(30, ge=1, le=200, description="Heads at a line in one shift at most.",
                       json_schema_extra={"unit": "unit"})
    grain: int = Field(2, ge=1, le=10, description="Steps in which a day is followed.",
                       json_schema_extra={"unit": "min"})
    boxes: int = Field(400, ge=0, le=10_000, description="Boxes of plans looked at for the floor under the value; more "
                       "bring it nearer.", json_schema_extra={"unit": ""})


def run(chain: Chain, params: Params, _seed: int, progress: Progress) -> Result:
    """Return heads by shift and carriers by class of parcels. Raises Unsupported where nothing comes to a line."""
    progress(0.0, "reading what comes to which line")
    question = question_of(with_tours(chain))
    plans = planned(question, late_costs(question), params.by, params.margin, params.heads,
                    params.grain, params.boxes, progress)
    tables = tables_of(question, plans)
    summary = summary_of(question, plans, tables)
    return Result("optimise.lines", summary, {name: shaped(RESULTS[name], tables[name]) for name in WRITES},
                  status="optimal" if summary["gap"] <= _PROVEN else "feasible", bound=summary["bound"])


def late_costs(question: Question) -> np.ndarray:
    """Return what a late case of each promise costs (promises,); 1 where nobody says, so that none is for nothing."""
    return question.promises["late_cost"].fill_null(1.0).to_numpy()


