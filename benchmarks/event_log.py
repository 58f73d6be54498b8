"""A service operation as an event log of any size, from one seed: cases queue for people who work office hours.

Cases arrive at random and take one of some hundreds of ways through 25 steps, 8 events on average. Each event is work
of the person who is free first among a few asked, in order of readiness: first come, first served, one at a time. The
operation runs on working time, ten hours a day, Monday to Friday, which is then laid on the calendar.
"""

from __future__ import annotations

import heapq

import numpy as np
import polars as pl
from numba import njit

from arbitre.core.streams import stream
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.frames import shaped

STEPS, PER_CASE, WAYS = 25, 8, 400
_HOUR = 3600.0
_DAY = 10 * _HOUR
"""Working seconds in a day."""
_START = 1_672_617_600
"""Monday 2 January 2023, in seconds since 1970."""


def frames(events: int, seed: int = 1) -> dict[str, pl.DataFrame]:
    """Return the tables events, cases, customers and segments of a log of about so many events."""
    rng = stream(seed, "event log")
    cases = events // PER_CASE
    people = max(10, cases // 2000)
    lengths = rng.integers(3, 2 * PER_CASE - 2, WAYS)
    ways = np.full((WAYS, lengths.max()), -1, np.int32)
    for row, length in enumerate(lengths):
        ways[row, :length] = rng.integers(0, STEPS, length)
    way = rng.choice(WAYS, cases, p=(weights := 1.0 / np.arange(1, WAYS + 1)) / weights.sum())
    # Twenty minutes an event, people busy nine tenths of the time.
    horizon = lengths[way].sum() * 1200.0 / people / 0.9
    arrival = np.sort(rng.random(cases) * horizon)
    total = int(lengths[way].sum())
    asked, service = rng.integers(0, people, (total, 3)), rng.exponential(1200.0, total) + 1.0
    case, step, resource, started, ended = _worked(arrival, way, ways, lengths, asked, service, people)
    order = np.argsort(ended, kind="stable")
    log = pl.DataFrame({"case": case[order], "step": step[order], "happened_at": _clock(ended[order]),
                        "started_at": _clock(started[order]), "resource": resource[order]}).with_columns(
        case=pl.format("C{}", "case"), step=pl.format("step {}", pl.col("step").cast(pl.String).str.zfill(2)),
        resource=pl.format("person {}", "resource"))
    facts = pl.DataFrame({"case": np.arange(cases), "customer": rng.integers(0, 1000, cases),
                          "opened_at": _clock(arrival)}).with_columns(
        case=pl.format("C{}", "case"), customer=pl.format("K{}", "customer"), kind=pl.lit("service"))
    customers = pl.DataFrame({"customer": np.arange(1000), "segment": rng.integers(0, 12, 1000)}).with_columns(
        customer=pl.format("K{}", "customer"), segment=pl.format("S{}", "segment"))
    found = {"events": log, "cases": facts, "customers": customers}
    return {name: shaped(INPUTS[name], frame) for name, frame in found.items()}


def objects(events: int, seed: int = 1) -> dict[str, pl.DataFrame]:
    """Return the tables events, objects and event_objects: an order, its parts and a technician at each event.

    Four relations to an event, as in the log that rivals were measured on: the order, two parts of it, a technician.
    """
    log = frames(events, seed)["events"].with_row_index("number").with_columns(
        event=pl.format("E{}", "number"), order=pl.col("case"))
    technician = pl.col("resource").str.replace("person", "technician")
    parts = [pl.format("{} part {}", "case", (pl.col("number") % 3 + shift) % 3) for shift in (0, 1)]
    named = {"order": [pl.col("case")], "part": parts, "technician": [technician]}
    touched = pl.concat([log.select("event", object=column, kind=pl.lit(kind))
                         for kind, columns in named.items() for column in columns])
    found = {"events": log, "objects": touched.select("object", "kind").unique(), "event_objects": touched}
    return {name: shaped(INPUTS[name], frame) for name, frame in found.items()}


@njit(cache=True)
def _worked(arrival, way, ways, lengths, asked, service, people):
    """Return case, step, person, start and end of each event, in the order in which work began to be asked for."""
    total = len(service)
    case, step, resource = np.empty(total, np.int64), np.empty(total, np.int32), np.empty(total, np.int32)
    started, ended = np.empty(total), np.empty(total)
    free, ready = np.zeros(people), [(arrival[0], 0, 0)]
    coming, done = 1, 0
    while ready:
        time, which, place = heapq.heappop(ready)
        if place == 0 and coming < len(arrival):
            heapq.heappush(ready, (arrival[coming], coming, 0))
            coming += 1
        who = asked[done, 0]
        for other in asked[done, 1:]:
            if free[other] < free[who]:
                who = other
        start = max(time, free[who])
        free[who] = start + service[done]
        case[done], step[done], resource[done] = which, ways[way[which], place], who
        started[done], ended[done] = start, free[who]
        done += 1
        if place + 1 < lengths[way[which]]:
            heapq.heappush(ready, (ended[done - 1], which, place + 1))
    return case, step, resource, started, ended


def _clock(worked: np.ndarray) -> pl.Series:
    """Return working seconds as instants: from 8 to 18 o'clock, Monday to Friday."""
    days, rest = np.divmod(worked, _DAY)
    weeks, day = np.divmod(days, 5)
    seconds = _START + (weeks * 7 + day) * 86_400 + 8 * _HOUR + rest
    return pl.Series((seconds * 1e6).astype(np.int64)).cast(pl.Datetime("us"))
