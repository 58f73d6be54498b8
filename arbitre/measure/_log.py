"""The events of a chain as an encoded log: columns of numbers, sorted case by case, made once and asked often."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from arbitre import capability
from arbitre.core.errors import Unsupported
from arbitre.maths.groups import compact
from arbitre.maths.lookup import places
from arbitre.maths.work.event_log import case_order, directly_follows, follow_keys, tied
from arbitre.maths.work.waiting import batches, by_resource
from arbitre.tables.chain import Chain

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Truths = NDArray[np.bool_]


class Scope(capability.Params):
    """Which cases to look at."""

    kind: str | None = Field(
        None, description="Kind of case looked at; empty: every kind.", json_schema_extra={"unit": ""})
    segment: str | None = Field(
        None, description="Segment looked at; empty: every one.", json_schema_extra={"unit": ""})
    offer: str | None = Field(
        None, description="Offer looked at; empty: every one.", json_schema_extra={"unit": ""})
    site: str | None = Field(
        None, description="Site whose cases are looked at; empty: every one.", json_schema_extra={"unit": ""})
    since: date | None = Field(
        None, description="Cases opened before this day are left out; empty: none is.",
        json_schema_extra={"unit": "date"})
    until: date | None = Field(
        None, description="Cases opened after this day are left out; empty: none is.",
        json_schema_extra={"unit": "date"})


@dataclass(frozen=True)
class Work:
    """The events of a log resource after resource, each in order of start; those of nobody known at the end.

    order: their places in the log; first: where each resource begins, and those of nobody. The columns are in this
    order; batch: the batch of each event, -1 outside any, of `batches` in all.
    """

    order: Ints
    first: Ints
    started: Ints
    ended: Ints
    step: Codes
    case: Codes
    batch: Codes
    batches: int


@dataclass(frozen=True)
class EventLog:
    """Events case after case: those of case c stand at first[c] to first[c + 1], in the order of maths.event_log.

    started and ended are microseconds; step and resource are places in steps and resources (-1: nobody known), which
    are in alphabetical order. cases: a row for each case; opened: when it was, the start of its first event where
    nobody knows.
    """

    first: Ints
    step: Codes
    started: Ints
    ended: Ints
    resource: Codes
    steps: list[str]
    resources: list[str]
    cases: pl.DataFrame
    opened: Ints = field(repr=False)

    @property
    def events(self) -> int:
        return len(self.step)

    @cached_property
    def case(self) -> Codes:
        """The case of each event."""
        return np.repeat(np.arange(len(self.first) - 1, dtype=np.int32), np.diff(self.first))

    def without(self, dropped: Truths) -> EventLog:
        """Return the log without these events."""
        first = np.concatenate(([0], np.cumsum(~dropped)))[self.first]
        return EventLog(first, self.step[~dropped], self.started[~dropped], self.ended[~dropped],
                        self.resource[~dropped], self.steps, self.resources, self.cases, self.opened)

    @cached_property
    def has_events(self) -> Truths:
        """Which cases have any event."""
        return np.diff(self.first) > 0

    @cached_property
    def last_ended(self) -> Ints:
        """When the last event of each case ended; when it was opened where it has none."""
        last = self.opened.copy()
        last[self.has_events] = self.ended[self.first[1:][self.has_events] - 1]
        return last

    @cached_property
    def work(self) -> Work:
        """The same events resource after resource."""
        order, first = by_resource(self.resource, len(self.resources), self.started, self.step)
        started, step, case = self.started[order], self.step[order], self.case[order]
        return Work(order, first, started, self.ended[order], step, case, *batches(first, started, step, case))

    @cached_property
    def flow(self) -> tuple[Codes, list[tuple[int, int]]]:
        """The flow that led to each event (-1: the first of its case), and each flow as a pair of steps."""
        codes, keys = compact(follow_keys(self.first, self.step, len(self.steps), False), len(self.steps) ** 2)
        return codes, [divmod(int(key), len(self.steps)) for key in keys]

    def flows(self, kept: Truths) -> tuple[Ints, Ints, NDArray[np.float64]]:
        """Return, over the cases kept, how often each flow occurs, in how many cases, and its hours in all.

        Fast enough to follow a slider: it reads the columns once.
        """
        codes, pairs = self.flow
        counts, cases, seconds, rests = directly_follows(self.first, codes, len(pairs), self.started, self.ended, kept)
        return counts, cases, seconds / 3600.0 + rests / 3.6e9

    def within(self, scope: Scope) -> Truths:
        """Tell which cases are in the scope; a case whose day of opening is not known counts from its first event."""
        kept = np.ones(len(self.first) - 1, np.bool_)
        for name in ("kind", "segment", "offer", "site"):
            wanted = getattr(scope, name)
            if wanted is not None:
                kept &= self.cases.select((pl.col(name) == wanted).fill_null(value=False)).to_series().to_numpy()
        if scope.since:
            kept &= self.opened >= _microseconds(scope.since)
        if scope.until:
            kept &= self.opened < _microseconds(scope.until) + 86_400_000_000
        return kept

    def only(self, kept: Truths) -> EventLog:
        """Return the log of the cases kept that have events; names and codes of steps and resources stay."""
        kept = kept & self.has_events
        if kept.all():
            return self
        events, counts = np.repeat(kept, np.diff(self.first)), np.diff(self.first)[kept]
        return EventLog(
            np.concatenate(([0], np.cumsum(counts))), self.step[events], self.started[events], self.ended[events],
            self.resource[events], self.steps, self.resources, self.cases.filter(pl.Series(kept)), self.opened[kept],
        )


def encoded(chain: Chain) -> EventLog:
    """Return the events of a chain as an encoded log, kept while the chain lives; raises Unsupported without any."""
    key = id(chain)
    if key not in _KEPT:
        _KEPT[key] = _encoded(chain)
        weakref.finalize(chain, _KEPT.pop, key, None)
    return _KEPT[key]


_KEPT: dict[int, EventLog] = {}
"""The log of each chain that is alive, so that each question and each filter finds it made."""


def _encoded(chain: Chain) -> EventLog:
    events = chain.table("events")
    if not events.height:
        raise Unsupported(f"The table events of the chain {chain.name} has no rows: there is no process to measure.")
    cases = _cases(chain) if chain.has("cases") else _named_only(events)
    return _sorted(_places(cases["case"], events["case"]), cases, _columns(events), events["event"])[0]


def encoded_objects(chain: Chain) -> EventLog:
    """Return the same log told for objects: what each object went through stands where that of a case would.

    An object that one event touches in two roles is touched once.
    """
    events, objects, touched = (chain.table(name) for name in ("events", "objects", "event_objects"))
    event = _places(events["event"].fill_null(""), touched["event"])
    columns = _columns(events)
    taken = _Columns(columns.step[event], columns.started[event], columns.ended[event], columns.resource[event],
                     columns.steps, columns.resources)
    known = np.where(event >= 0, _places(objects["object"], touched["object"]), np.int32(-1))
    listed = objects.select("kind", case="object", opened_at=pl.lit(None, pl.Datetime("us")))
    log, order = _sorted(known, listed, taken, touched["event"])
    again = np.zeros(log.events, np.bool_)
    again[1:] = (log.case[1:] == log.case[:-1]) & (event[order[1:]] == event[order[:-1]])
    return log.without(again)


@dataclass(frozen=True)
class _Columns:
    """Columns of events as numbers, in the order of the rows."""

    step: Codes
    started: Ints
    ended: Ints
    resource: Codes
    steps: list[str]
    resources: list[str]


def _columns(events: pl.DataFrame) -> _Columns:
    """Return the columns of the table events as numbers."""
    step, steps = _codes(events["step"])
    resource, resources = _codes(events["resource"])
    ended = _times(events["happened_at"])
    started = np.minimum(_times(events["started_at"].fill_null(events["happened_at"])), ended)
    return _Columns(step, started, ended, resource, steps, resources)


def _sorted(case: Codes, cases: pl.DataFrame, columns: _Columns, numbers: pl.Series) -> tuple[EventLog, Ints]:
    """Return the log of events whose cases are known, and the row that each of its events came from."""
    step, started, ended, resource = columns.step, columns.started, columns.ended, columns.resource
    order, first = case_order(case, cases.height, started, ended, np.zeros(len(case), np.int64), step, resource)
    if numbers.null_count() < len(numbers) and (ties := tied(order, first, started, ended)).any():
        order, first = case_order(case, cases.height, started, ended, _ranks(numbers, ties), step, resource)
    step, started, ended, resource = step[order], started[order], ended[order], resource[order]
    opened = _times(cases["opened_at"])
    unknown = np.flatnonzero(cases["opened_at"].is_null().to_numpy() & (np.diff(first) > 0))
    opened[unknown] = started[first[unknown]]
    return EventLog(first, step, started, ended, resource, columns.steps, columns.resources, cases, opened), order


def _cases(chain: Chain) -> pl.DataFrame:
    """Return what each case is, with the segment of its customer; the row of a case is its code in the log."""
    cases = chain.table("cases").select("case", "customer", "kind", "offer", "site", "opened_at", "closed_at")
    if not chain.has("customers"):
        return cases.with_columns(segment=pl.lit(None, pl.String))
    customers = chain.table("customers").select("customer", "segment")
    return cases.join(customers, on="customer", how="left", maintain_order="left")


def _named_only(events: pl.DataFrame) -> pl.DataFrame:
    """Return the cases that events name, of which nothing else is known."""
    nothing = {name: pl.lit(None, pl.String) for name in ("kind", "offer", "segment", "site")}
    times = {name: pl.lit(None, pl.Datetime("us")) for name in ("opened_at", "closed_at")}
    return events.select(pl.col("case").unique().sort()).with_columns(**nothing, **times)


def _places(listed: pl.Series, wanted: pl.Series) -> Codes:
    """Return the row in `listed` of each key wanted, -1 where there is none. Listed keys are distinct."""
    seed = 0
    while True:
        found, is_exact = places(listed.hash(seed).to_numpy(), wanted.hash(seed).to_numpy())
        if is_exact:
            return found
        seed += 1


def _codes(texts: pl.Series) -> tuple[Codes, list[str]]:
    """Return the place of each text among the distinct ones in alphabetical order, -1 for an empty one; and those."""
    names = texts.drop_nulls().unique().sort()
    codes = texts.cast(pl.Enum(names)).to_physical().cast(pl.Int32).fill_null(-1)
    return codes.to_numpy(), names.to_list()


def _times(times: pl.Series) -> Ints:
    """Return times as microseconds, in an array of its own; an empty one as the least number."""
    return times.cast(pl.Datetime("us")).to_physical().fill_null(np.iinfo(np.int64).min).to_numpy().copy()


def _ranks(numbers: pl.Series, ties: Truths) -> Ints:
    """Return the order of the event numbers in question, shorter ones first so that 9 comes before 10."""
    ranks = np.zeros(len(numbers), np.int64)
    asked = numbers.filter(pl.Series(ties)).to_frame("event").with_columns(length=pl.col("event").str.len_bytes())
    ranks[ties] = asked.select(pl.struct("length", "event").rank("dense")).to_series().fill_null(0).to_numpy()
    return ranks


def _microseconds(day: date) -> int:
    """Return the start of a day as microseconds since 1970."""
    return (day - date(1970, 1, 1)).days * 86_400_000_000
