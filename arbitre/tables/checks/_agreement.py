"""Rules between columns and between tables: what must agree for an answer to mean anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import polars as pl

from arbitre.core.errors import Fault
from arbitre.core.ways import loops
from arbitre.core.words import nearest
from arbitre.tables.checks._automations import automations
from arbitre.tables.checks._looked import Looked
from arbitre.tables.checks._metrics import metrics
from arbitre.tables.checks._networks import stage_demand, stage_loops
from arbitre.tables.checks._process import PROCESS

_EARLY = timedelta(days=1)
"""An event may be stamped by another clock than the opening of its case, but not by a day."""
_OF_CALENDARS = ("promises", "holidays", "crews", "steps")
"""Tables that name a calendar."""


def _in_order(looked: Looked) -> Iterator[Fault]:
    """Times and levels that come before what they follow."""
    for table, first, second, rule in (
        ("cases", "opened_at", "closed_at", "closed_before_opened"),
        ("cases", "opened_at", "promised_at", "promised_before_opened"),
        ("contracts", "from_on", "to_on", "ends_before_start"),
        ("campaigns", "opens_on", "due_on", "due_before_opened"),
        ("stocks", "reorder_level", "level", "reorder_above_level"),
    ):
        if looked.has(table):
            frame = looked.frames[table]
            yield from looked.fault((table, second if rule != "reorder_above_level" else first), rule,
                                    frame[second] < frame[first])


def _events_after_opening(looked: Looked) -> Iterator[Fault]:
    if not looked.has("cases", "events") or not looked.sure("cases", "case"):
        return
    cases = looked.frames["cases"].select("case", "opened_at").unique("case", keep="first", maintain_order=True)
    events = looked.frames["events"].select("case", "happened_at").join(cases, on="case", how="left",
                                                                        maintain_order="left")
    yield from looked.fault(("events", "happened_at"), "event_before_case",
                            events["happened_at"] < events["opened_at"] - _EARLY)


def _no_loops(looked: Looked) -> Iterator[Fault]:
    """A site that supplies itself never receives anything; an item replaced by itself is never replaced.

    Neither by itself nor through others.
    """
    for table, key, column, own_rule, loop_rule in (
        ("sites", "site", "supplier", "own_supplier", "supplier_loop"),
        ("items", "item", "successor", "own_successor", "successor_loop"),
    ):
        if not looked.has(table):
            continue
        frame = looked.frames[table]
        own = (frame[key] == frame[column]).fill_null(value=False)
        yield from looked.fault((table, column), own_rule, own, quote=frame[key])
        found = loops(dict(frame.filter(~own).select(key, column).drop_nulls().iter_rows()))
        if found:
            inside = [name for loop in found for name in loop]
            yield from looked.fault((table, column), loop_rule, frame[key].is_in(inside),
                                    loop=" → ".join([*found[0], found[0][0]]))


def _lanes_of_suppliers(looked: Looked) -> Iterator[Fault]:
    if not looked.has("sites", "lanes") or not looked.sure("lanes", "from_site", "to_site"):
        return
    sites, lanes = looked.frames["sites"], looked.frames["lanes"]
    known = sites["supplier"].is_in(sites["site"].drop_nulls().implode()) & (sites["supplier"] != sites["site"])
    ways = lanes.select("from_site", "to_site").unique().with_columns(there=pl.lit(value=True))
    there = sites.join(ways, left_on=["supplier", "site"], right_on=["from_site", "to_site"], how="left",
                       maintain_order="left")["there"]
    mask = (known & there.is_null()).fill_null(value=False)
    if mask.any():
        first = sites.filter(mask).row(0, named=True)
        yield from looked.fault(("sites", "supplier"), "missing_lane", mask,
                                from_site=first["supplier"], to_site=first["site"])


def _one_dispersion(looked: Looked) -> Iterator[Fault]:
    """Demand of an item at a site is one stream on the shelf: it has one dispersion."""
    if not looked.has("demand") or not looked.sure("demand", "dispersion"):
        return
    demand = looked.frames["demand"]
    differs = demand.select(pl.col("dispersion").n_unique().over("item", "site") > 1)["dispersion"]
    if differs.any():
        first = demand.filter(differs).row(0, named=True)
        yield from looked.fault(("demand", "dispersion"), "dispersion_differs", differs,
                                item=str(first["item"]), site=str(first["site"]))


def _promises(looked: Looked) -> Iterator[Fault]:
    if not looked.has("promises"):
        return
    promises = looked.frames["promises"]
    yield from looked.fault(("promises", "target_share"), "certain_target", promises["target_share"] == 1)
    waits = promises["measure"] == "waiting"
    for column, is_given in (("target_share", promises["target_share"].is_not_null()),
                             ("cut_off", promises["cut_off"].is_not_null()), ("counts", promises["counts"] != "line")):
        yield from looked.fault(("promises", column), "wait_with_more", waits & is_given, column=column)
    content = promises.drop("promise", "name")
    yield from looked.fault(("promises", "promise"), "same_promise", content.is_duplicated(), quote=promises["promise"])
    if not looked.has("demand") or not looked.sure("demand", "criticality"):
        return
    known = looked.frames["demand"]["criticality"].drop_nulls()
    if looked.has("items"):
        known = pl.concat([known, looked.frames["items"]["criticality"].drop_nulls()])
    strange = promises["criticality"].is_not_null() & ~promises["criticality"].is_in(known.unique().implode())
    asked = promises["measure"].is_in(["window", "waiting"]) & strange
    if asked.any():
        first = promises["criticality"].filter(asked)[0]
        yield from looked.fault(("promises", "criticality"), "promise_without_demand", asked, cell=first,
                                meant=nearest(first, known.unique(maintain_order=True)) or "")


def _places(looked: Looked) -> Iterator[Fault]:
    for table in ("customers", "sites"):
        if looked.has(table) and looked.sure(table, "latitude", "longitude"):
            frame = looked.frames[table]
            yield from looked.fault((table, "latitude"), "half_a_place",
                                    frame["latitude"].is_null() != frame["longitude"].is_null())


def _calendars(looked: Looked) -> Iterator[Fault]:
    """Every calendar that is named has opening hours; a day that opens also closes."""
    known = looked.frames["opening_hours"]["calendar"].drop_nulls().unique(maintain_order=True) if looked.has(
        "opening_hours") else pl.Series(dtype=pl.String)
    is_sure = looked.sure("opening_hours", "calendar")
    for table in _OF_CALENDARS if is_sure else ():
        if looked.has(table):
            named = looked.frames[table]["calendar"]
            strange = named.is_not_null() & ~named.is_in(known.implode())
            if strange.any():
                first = named.filter(strange)[0]
                yield from looked.fault((table, "calendar"), "unknown_calendar", strange, cell=first,
                                        meant=nearest(first, known) or "")
    if looked.has("holidays") and looked.sure("holidays", "opens", "closes"):
        frame = looked.frames["holidays"]
        yield from looked.fault(("holidays", "closes"), "half_an_opening",
                                frame["opens"].is_null() != frame["closes"].is_null())


AGREEMENTS: tuple[Callable[[Looked], Iterator[Fault]], ...] = (
    _in_order, _events_after_opening, _no_loops, _lanes_of_suppliers, _one_dispersion, _promises, _places,
    _calendars, stage_loops, stage_demand, metrics, automations, *PROCESS,
)
