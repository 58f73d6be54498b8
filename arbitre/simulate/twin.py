"""What would happen if the chain were replayed event by event, told in the tables of reality?

Order lines come at random by the table demand, take their units from the shelves first come first served, wait for what
is missing and travel to the customer; shelves order by their levels and lots, up the tree of sites. Cases of a kind
that `routes` knows (those of arrivals, and of demand where `kind` says so) go through steps instead, wait for crews
with shifts and for the items they need, and leave by their routes (`_network.parts`, `_network.process`,
`_network.stock`). What comes out are facts: cases, events (steps finished, by whom and since when; shipped, delivered)
with the objects they touch, and movements, on which every `measure` capability runs unchanged. A case has a customer of
its segment, drawn by lot, or that of its machine; one that leaves before its end (abandoned, cancelled, turned away) is
never closed. Machines under a promise of availability fail, each failure opening a case (`_machines`).

`start` = "steady" begins at a moment of no particular kind: all that was on the way when the replay began has come
before the clock is read. `start` = "today" begins with what is on the shelves today and with the cases still open.

Reads items, sites, demand and levels, or steps, routes, arrivals, or both (lanes, crews, shifts, needs, waves, rhythms,
seasons, priorities, durations, opening_hours, holidays, assets, contracts, customers, cases, events, promises). Writes
cases, events, objects, event_objects, movements. Its summary tells what was kept of each promise of a window, judged at
`until`, as `measure.promises` does; of each promise of availability the share of hours its machines were up
(`availability.PROMISE`), of each of a mean wait this, so far (`mean_wait.PROMISE`); of each crew the share of its hours
it worked (`used_share.CREW`), of each step the mean hours a case waited there (`wait.STEP`). The same seed gives the
same bytes, and the same cases whatever the levels and crews.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.units import HOURS_PER_DAY
from arbitre.simulate._court import Deadlines, hours_until, machine_hours
from arbitre.simulate._facts import facts_of
from arbitre.simulate._kernel.log import Run
from arbitre.simulate._kernel.run import replay
from arbitre.simulate._network.parts import REPLAYED, Part, kinds_of, parts_of, tables_read
from arbitre.simulate._network.promised import (
    calendars_of_promises,
    microseconds,
    next_month,
    promised,
    promised_waits,
)
from arbitre.simulate._network.shops import without_repairs
from arbitre.simulate._network.stock import levels_of
from arbitre.simulate._replay import cores, settled
from arbitre.simulate._staffed import plans_of, staffed
from arbitre.simulate._today import as_today, classes_of, open_cases
from arbitre.tables.chain import Chain
from arbitre.tables.routing import covered

READS = ()
MAY_READ = (*REPLAYED, "stock_levels", "stock_reserved", "events", "promises")
WRITES = ("cases", "events", "objects", "event_objects", "movements")


class Params(BaseParams):
    """What is replayed, from where, for how long."""

    levels: Literal["today", "plan"] = Field("today", description="Whose levels: those of stocks, or those of the plan "
                                             "(stock_levels).")
    crews: Literal["today", "plan"] = Field("today", description="Whose shifts: those of shifts, or the people of the "
                                            "plan (crew_levels, standby_levels, line_levels with the carriers "
                                            "of line_parcels).")
    start: Literal["steady", "today"] = Field("steady", description="Begin at a moment of no particular kind, or with "
                                              "what is on the shelves and open today.")
    days: int = Field(365, ge=1, le=3660, description="Days replayed.", json_schema_extra={"unit": "day"})
    replication: int = Field(0, ge=0, le=1_000_000, description="Which of the possible futures: each number is another "
                             "draw of chance.", json_schema_extra={"unit": ""})
    dispatch: Literal["", "first come", "priority", "earliest promise", "slack", "penalty"] = Field(
        "", description="Whose turn comes first at a crew; empty: by priorities where the chain has some, else first "
        "come.")
    kind: str = Field("order", description="Kind of the cases that demand opens.")


def reads(params: Params, chain: Chain) -> tuple[str, ...]:
    """Return the tables needed with these params, given what the chain has."""
    planned = plans_of(chain) if params.crews == "plan" else ()
    return (*tables_read(chain, params.levels, params.start), *planned)


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Replay the chain once and tell it as facts.

    Raises Unsupported when there is no demand to replay, or the levels asked for are not there.
    """
    progress(0.0, "building the twin (the first run on a machine compiles)")
    chain, start = staffed(chain, params.crews), datetime.combine(next_month(chain), time())
    parts = _parts(chain, params, start, seed)
    hours = params.days * HOURS_PER_DAY

    def played(part: Part) -> Run:
        network = settled(part, seed, params.replication) if params.start == "steady" else part.network
        run = replay(network, part.settles + hours, seed, params.replication, part.settles)
        return without_repairs(run, part.classes.height)

    progress(0.2, "replaying")
    with ThreadPoolExecutor(cores()) as pool:
        runs = list(pool.map(played, parts))
    progress(0.8, "writing facts")
    told = list(zip(parts, runs, strict=True))
    tables = facts_of(chain, told, start, hours, seed)
    return Result("simulate.twin", _summary(chain, told, tables, start, hours, params.kind), tables)


def told(chain: Chain, facts: Mapping[str, pl.DataFrame], kind: str = "order") -> Chain:
    """Return a chain whose facts are those of the twin, ready to be measured.

    Its costs and invoices are about other cases, and go; so do promises of which nothing was replayed.
    """
    others = {name: chain.table(name).clear() for name in ("costs", "invoices") if name in chain.tables}
    if "promises" in chain.tables:
        kinds = kinds_of(chain, kind)
        played = pl.concat([promised(chain, kinds), promised_waits(chain, kinds)])
        others["promises"] = chain.table("promises").join(played, on="promise", how="semi")
    return chain.with_(**others, **facts)


def _parts(chain: Chain, params: Params, start: datetime, seed: int) -> list[Part]:
    levels, hours = levels_of(chain, params.levels), params.days * HOURS_PER_DAY
    if params.start == "steady":
        return parts_of(chain, levels, start, hours, params.kind, params.dispatch)
    if set(levels["sharing"]) & {"critical_levels", "dedicated"}:
        raise Unsupported("What is on the shelves today is kept for nobody, and this plan keeps units apart. Replay it "
                          "from a steady start, or today's levels.")
    waiting = open_cases(chain, kinds_of(chain, params.kind), start)
    parts = parts_of(chain, levels, start, hours, params.kind, params.dispatch, classes_of(waiting, chain),
                     is_steady=False)
    return [as_today(part, chain, waiting, seed) for part in parts]


def _summary(chain: Chain, told: list[tuple[Part, Run]], tables: dict[str, pl.DataFrame], start: datetime, hours: float,
             kind: str) -> dict[str, Any]:
    cases = tables["cases"]
    summary: dict[str, Any] = {
        "cases": cases.height,
        "open": cases["closed_at"].null_count(),
        "events": tables["events"].height,
        "movements": tables["movements"].height,
        "from": start.isoformat(sep=" "),
        "until": (start + timedelta(hours=hours)).isoformat(sep=" "),
    }
    if chain.has("promises"):
        summary |= _kept(chain, told, start, hours, kind)
    for part, run in told:
        for crew, busy, there in zip(part.crews, run.pools["area"], run.pools["offered"], strict=False):
            summary[f"used_share.{crew}"] = float(busy / there) if there else None
        waited, started = run.visits["waited"].sum(axis=1), run.visits["started"].sum(axis=1)
        for step, number in part.numbers.items():
            summary[f"wait.{step}"] = float(waited[number] / started[number]) if started[number] else None
    return summary


def _kept(chain: Chain, told: list[tuple[Part, Run]], start: datetime, hours: float, kind: str) -> dict[str, Any]:
    """Return what counts and the share kept of each promise: what was done, or due before the end.

    Of availability, the share of their hours in which the machines were not down; of a mean wait the hours of all that
    opened, so far.
    """
    kinds = kinds_of(chain, kind)
    promises = pl.concat([promised(chain, kinds), promised_waits(chain, kinds)]).sort("promise")
    deadlines = Deadlines(start, calendars_of_promises(chain, promises))
    end = int(microseconds(np.array([hours]))[0])
    member = [covered(promises, part.classes) for part, _ in told]
    summary: dict[str, Any] = {}
    for row, promise in enumerate(promises.iter_rows(named=True)):
        judged = kept = 0.0
        for (part, run), members in zip(told, member, strict=True):
            if promise["measure"] == "availability":
                held, down = machine_hours(run, part, promise, np.array([hours]), deadlines)
                judged, kept = judged + held.sum(), kept + (held - down).sum()
                continue
            cases = run.cases
            opened = microseconds(cases["opened"] - part.settles)
            is_open = (part.classes["source"] == "open").to_numpy()[cases["of_class"]]
            mine = ((opened >= 0) | is_open) & (opened < end) & members[row][cases["of_class"]]
            done = opened + microseconds(hours_until(run, part.numbers, promise["step"]))
            if promise["measure"] == "waiting":
                judged += mine.sum()
                kept += deadlines.hours(promise, opened[mine], np.minimum(done[mine], end)).sum()
                continue
            due = deadlines.due(promise, opened)
            counts = cases["quantity"] * part.units[cases["of_class"]] if promise["counts"] == "unit" else 1
            judged += (counts * (mine & ((done <= end) | (due < end)))).sum()
            kept += (counts * (mine & (done <= end) & (done <= due))).sum()
        share = float(kept / judged) if judged else None
        if promise["measure"] == "availability":
            summary[f"availability.{promise['promise']}"] = share
        elif promise["measure"] == "waiting":
            summary[f"mean_wait.{promise['promise']}"] = share
        else:
            summary |= {f"cases.{promise['promise']}": int(judged), f"kept_share.{promise['promise']}": share}
    return summary
