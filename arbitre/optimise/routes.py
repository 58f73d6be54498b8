"""Who visits whom, in which order, so that every window that can be kept is kept at least cost?

    cost = km_cost x km + hours of tours (or overtime alone, where shifts are paid) + late visits at their late_cost
           + change_cost for each visit that another crew makes than today's plan says + worth of visits not made
A visit starts in one of its windows (`visit_windows`; without any, from its opening until the date promised), or `late`
hours after the last at most; it takes a crew that its step needs and that has its skill; a crew with a `load` comes
back to its site between trips, and a trip leaves when what it brings is `ready`. Fixed visits keep their crew, visits
begun are finished first; all else may change from today's plan (`planned_visits`), at a price.

Tours are searched by PyVRP (see solvers.routes), which knows no rests: the search keeps their length free, then each
tour rests after the stop where that costs least, and a visit that no longer fits goes where exact insertion finds it
cheapest. `bound` is that of the assignment relaxation (see maths.tours.lowest_cost): proven and cheap, often far off.
Each tour is then replayed, ways and work taking as long as they happen to: the chance that each window is kept. With
`buffers` tours are also planned as if ways and work took longer, and the plan is kept whose mean cost in the replay is
least. Slots for new visits are priced by exact insertion; levers and mishaps by planning anew from these tours.

Reads cases, crews, sites; customers, visit_windows, planned_visits, shifts, steps, durations, needs, routes, people,
skills, attributes, lanes, promises, events where present. Writes tours, tours_crews, tours_dropped, tours_slots,
tours_levers, and the facts of the days (cases, events): what is kept is measured by measure.promises on
chain.with_(cases=..., events=...). Hours, minutes, kilometres, the chain's currency.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import polars as pl
from pydantic import Field, NaiveDatetime

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.maths.places.tours import lowest_cost
from arbitre.optimise._routes.levers import tours_levers
from arbitre.optimise._routes.plan import Plan, planned
from arbitre.optimise._routes.question import Ask, question_of
from arbitre.optimise._routes.slots import tours_slots
from arbitre.optimise._routes.told import facts, tours, tours_crews, tours_dropped
from arbitre.tables.chain import Chain

READS = ("cases", "crews", "sites")
MAY_READ = ("attributes", "customers", "durations", "events", "lanes", "needs", "people", "planned_visits", "promises",
            "routes", "shifts", "skills", "steps", "visit_windows")
WRITES = ("tours", "tours_crews", "tours_dropped", "tours_slots", "tours_levers", "cases", "events")
_MONEY: dict[str, Any] = {"unit": "money"}
_HOURS: dict[str, Any] = {"unit": "h"}
_NONE: dict[str, Any] = {"unit": ""}


class Params(BaseParams):
    """Which visits and days, how crews travel, and what things cost."""

    kind: str = Field("visit", description="Kind of case that is visited, or several with commas between them.",
                      json_schema_extra=_NONE)
    on: date | None = Field(None, description="First day planned; empty: that of `now`, of the first window, or of the "
                            "latest opening.", json_schema_extra={"unit": "date"})
    days: int = Field(1, ge=1, le=14, description="Days planned.", json_schema_extra={"unit": "day"})
    now: NaiveDatetime | None = Field(None, description="When crews may start from, to plan anew within the day; "
                                      "empty: from the start of their shifts.", json_schema_extra={"unit": "time"})
    ready: str = Field("ready", description="Step whose event tells when what a visit brings is at the crew's site; "
                       "without one it is there.", json_schema_extra=_NONE)
    work: float = Field(0.5, ge=0, le=24, description="Time of a visit whose kind has no step.",
                        json_schema_extra=_HOURS)
    detour: float = Field(1.3, ge=1, le=5, description="Road kilometres for one of the great circle.",
                          json_schema_extra=_NONE)
    speed: float = Field(30.0, gt=0, le=1000, description="Kilometres an hour on the road, where no lane says how long "
                         "a way takes.", json_schema_extra={"unit": "km/h"})
    km_cost: float = Field(0.3, ge=0, description="Cost of a kilometre.", json_schema_extra={"unit": "money/km"})
    pay: Literal["tour", "shift"] = Field("tour", description="Whether crews are paid for the hours of their tours, or "
                                          "for the shift whatever they do.", json_schema_extra=_NONE)
    overtime: float = Field(0.0, ge=0, le=12, description="Hours a tour may last beyond its shift.",
                            json_schema_extra=_HOURS)
    overtime_factor: float = Field(1.5, ge=1, le=10, description="Pay of an hour of overtime over that of an hour.",
                                   json_schema_extra=_NONE)
    worth: float = Field(500.0, ge=0, le=1e6, description="What it costs not to make a visit, beside what being late "
                         "costs, where no attribute says (worth).", json_schema_extra=_MONEY)
    late: float = Field(0.0, ge=0, le=24, description="Hours after its last window at which a visit may still start.",
                        json_schema_extra=_HOURS)
    late_cost: float = Field(50.0, ge=0, le=1e6, description="What a late visit costs where no promise says.",
                             json_schema_extra=_MONEY)
    change_cost: float = Field(5.0, ge=0, le=1e6, description="What it costs that another crew makes a visit than "
                               "today's plan says.", json_schema_extra=_MONEY)
    reloads: int = Field(4, ge=0, le=20, description="Times a crew with a load may come back to its site in a tour.",
                         json_schema_extra=_NONE)
    turn: float = Field(10.0, ge=0, le=600, description="Minutes that coming back takes at the site.",
                        json_schema_extra={"unit": "min"})
    rest: float = Field(0.0, ge=0, le=240, description="Minutes of rest of a crew under way all through the hours of "
                        "rest; 0: none.", json_schema_extra={"unit": "min"})
    rest_from: float = Field(11.5, ge=0, le=24, description="Hour of the day from which a rest may begin.",
                             json_schema_extra=_HOURS)
    rest_until: float = Field(14.0, ge=0, le=24, description="Hour of the day until which a rest may begin.",
                              json_schema_extra=_HOURS)
    effort: float = Field(1.0, gt=0, le=1000, description="How long to search: 1 is 500 iterations and 10 for each "
                          "visit.", json_schema_extra=_NONE)
    seconds: float | None = Field(None, gt=0, le=3600, description="Processor seconds after which the search stops "
                                  "even so; its answer then depends on the machine.", json_schema_extra={"unit": "s"})
    spread: float = Field(0.2, ge=0, le=2, description="Standard deviation of the time of a way over its mean, in the "
                          "replay.", json_schema_extra=_NONE)
    replications: int = Field(2000, ge=100, le=100_000, description="Replays of each tour.", json_schema_extra=_NONE)
    buffers: Literal["none", "priced"] = Field("none", description="Whether plans with time in hand are weighed by "
                                               "what they cost in the replay.", json_schema_extra=_NONE)
    slots: str = Field("", description="New cases to offer slots for, with commas between them; they are left out of "
                       "the tours.", json_schema_extra=_NONE)
    slot: float = Field(2.0, ge=0.25, le=24, description="Length of a slot.", json_schema_extra=_HOURS)
    levers: Literal["tried", "left"] = Field("tried", description="Whether levers and mishaps are tried.",
                                             json_schema_extra=_NONE)


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Plan the tours of the chain.

    Raises Unsupported when there is nothing to visit or too much, UsageError when a number of `attributes` is none, or
    pyvrp is not installed.
    """
    progress(0.0, "reading visits and crews")
    for name in READS:
        chain.table(name)
    ask = Ask(**params.model_dump(include=set(Ask.__dataclass_fields__)))
    question = question_of(chain, ask)
    progress(0.1, "planning tours")
    told = question.without(params.slots)
    plan = planned(told, params, seed)
    progress(0.6, "telling tours")
    stops = tours(told, plan.tours, plan.chances)
    tables = {
        "tours": stops,
        "tours_crews": tours_crews(told, plan.tours, plan.chances),
        "tours_dropped": tours_dropped(told, plan.tours),
        "tours_slots": tours_slots(question, plan.tours, params.slots, params.slot),
    }
    if params.levers == "tried":
        progress(0.7, "trying levers")
        tables["tours_levers"] = tours_levers(told, plan.tours, params, seed)
    return Result("optimise.routes", _summary(plan, tables), {**tables, **facts(chain, told, stops, told.ends())},
                  bound=lowest_cost(told.field), params=params.model_dump(mode="json"), seed=seed)


def _summary(plan: Plan, tables: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """Return the named numbers of the answer."""
    crews, dropped = tables["tours_crews"], tables["tours_dropped"]
    total = {name: float(crews[name].sum()) for name in ("kept", "kept_expected", "km", "hours", "overtime")}
    made = int(crews["visits"].sum())
    asked = made + dropped.height
    reasons = dropped["reason"].value_counts().sort("reason")
    return {
        "value": plan.cost,
        "cost": float(crews["cost"].sum()),
        "visits": asked,
        "made": made,
        "tours": crews.height,
        "kept_share": total["kept"] / asked if asked else None,
        "kept_expected_share": total["kept_expected"] / asked if asked else None,
        "late": made - round(total["kept"]),
        "km": total["km"],
        "hours": total["hours"],
        "overtime": total["overtime"],
        "expected_cost": plan.expected_cost,
        "buffer_share": plan.buffer,
        "changed": int(tables["tours"]["is_changed"].sum() or 0),
        **{f"dropped.{reason}": count for reason, count in reasons.iter_rows()},
    }
