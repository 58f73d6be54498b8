"""Closed forms of stock, batches, waves, calendars and ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from arbitre.maths.stock.echelons import backlog_pmf, exact_place_measures
from arbitre.maths.stock.inventory import depot_measures, stock_measures
from arbitre.maths.stock.loss import loss_measures
from arbitre.maths.work import queueing
from arbitre.simulate._kernel.laws import LawBook
from arbitre.simulate._kernel.log import LATERAL, Run
from arbitre.simulate._kernel.model import Asks, Classes, Laterals, Needs, Network, Nodes, Pools, Steps, Timetables
from benchmarks.truth.case import Truth, flow, level, ready, station, wait


def shelf(book: LawBook, nodes: Nodes, asked: list[tuple[int, float]], **more: Any) -> Network:
    """Return classes that each ask a unit of a node, given as (node, rate), at a step of their own without work."""
    count = len(asked)
    asks = {"rank": 0, "expedite": False, **more.pop("asks", {})}
    return Network(
        laws=book.laws(),
        classes=Classes(tuple(f"class {k}" for k in range(count)), range(count), [rate for _, rate in asked]),
        steps=Steps(tuple(f"step {k}" for k in range(count))), work=[[-1]],
        nodes=nodes, asks=Asks(range(count), [node for node, _ in asked], 1, **asks), **more)


def one_place() -> Iterator[Truth]:
    """One stock node: one for one, in lots, with emergencies, with limited repair."""
    for name, lead in {
        "exponential": lambda book: book.exponential(5.0), "constant": lambda book: book.constant(5.0),
        "lognormal": lambda book: book.lognormal(5.0, 1.0),
    }.items():
        book = LawBook()
        network = shelf(book, Nodes(("node",), 4, 3, lead=lead(book)), [(0, 0.6)])
        fill, owed, _, _ = stock_measures(3.0, 3.0, 4)
        yield Truth(f"base stock, {name} lead, ready", "Palm 1938, Feeney & Sherbrooke 1966", network, fill, ready(),
                    4000.0, 300.0)
        yield Truth(f"base stock, {name} lead, owed", "Palm 1938, Feeney & Sherbrooke 1966", network, owed,
                    level("owed_area"), 4000.0, 300.0)
    for reorder, lot in ((3, 4), (0, 6)):
        book = LawBook()
        lead = book.constant(4.0)
        network = shelf(book, Nodes(("node",), reorder + lot, reorder, lot, lead=lead), [(0, 0.8)])
        fill, owed, _, on_hand = depot_measures(3.2, 3.2, reorder + lot, lot)
        for name, exact, measure in (("ready", fill, ready()), ("owed", owed, level("owed_area")),
                                     ("on hand", on_hand, level("area"))):
            yield Truth(f"(r,Q) = ({reorder},{lot}), {name}", "Hadley & Whitin 1963, chapter 4", network, exact,
                        measure, 4000.0, 300.0)
    for name in ("exponential", "lognormal"):
        book = LawBook()
        lead = book.exponential(5.0) if name == "exponential" else book.lognormal(5.0, 1.0)
        nodes = Nodes(("node",), 4, 3, lead=lead, emergency=book.constant(0.5))
        network = shelf(book, nodes, [(0, 0.6)], asks={"expedite": True})
        yield Truth(f"emergency instead of waiting, {name} lead", "Erlang B; Karush 1957", network,
                    1 - loss_measures(3.0, 4)[0], ready(), 4000.0, 300.0)
    book = LawBook()
    nodes = Nodes(("one", "two"), [2, 3], [1, 2], lead=book.exponential(5.0), emergency=book.constant(0.5))
    laterals = Laterals([0, 1], [1, 0], book.constant(0.1))
    network = shelf(book, nodes, [(0, 0.4), (1, 0.5)], asks={"expedite": True}, laterals=laterals)
    yield Truth("two places that help each other, emergencies", "Erlang B of the pooled stock", network,
                loss_measures(4.5, 5)[0], _flown_in, 4000.0, 300.0)
    for crews in (1, 2):
        yield _limited_repair(crews)


def _flown_in(run: Run) -> float:
    """Measure the share of asks met by emergency: expedited less those a neighbour sent (its on hand fell for them)."""
    asked, expedited = run.nodes["asked"].sum(), run.nodes["expedited"].sum()
    moves = run.movements[run.movements["time"] >= run.measured_from]
    return (expedited - (moves["cause"] == LATERAL).sum()) / asked


def _limited_repair(crews: int) -> Truth:
    """Units out are the cases of an M/M/c repair shop."""
    book, rate, work, stock = LawBook(), 0.7, float(crews), 3
    repair = book.exponential(work)
    network = Network(
        laws=book.laws(), classes=Classes(("demand", "repair"), [0, 1], [rate, 0.0]), steps=Steps(("ask", "repair")),
        work=[[-1], [repair]], needs_set=[[-1], [0]], pools=Pools(("shop",), crews), needs=Needs([0], 0, 0),
        nodes=Nodes(("node",), stock, stock - 1, repair_share=1.0, repair_class=1), asks=Asks([0], 0, 1, of_class=0))
    law = queueing.birth_death(lambda _n: rate, lambda n: min(n, crews) / work)
    exact = float((np.maximum(np.arange(len(law)) - stock, 0) * law).sum())
    return Truth(f"repair by {crews} at a time, owed", "Gross & Harris 1998: M/M/c", network, exact, level("owed_area"),
                 8000.0, 1500.0)


def two_echelons() -> Iterator[Truth]:
    """A depot and its places, fixed times, against the exact law; and repair at the place or at the depot."""
    depot_time, way, depot, places, rates = 6.0, 1.5, 4, [1, 2], [0.3, 0.5]
    book = LawBook()
    nodes = Nodes(("depot", "one", "two"), [depot, *places], [depot - 1, places[0] - 1, places[1] - 1],
                  supplier=[-1, 0, 0], lead=[book.constant(depot_time), book.constant(way), book.constant(way)])
    network = shelf(book, nodes, [(1, rates[0]), (2, rates[1])])
    mean = depot_time * sum(rates)
    backlog = backlog_pmf(mean, mean, depot, 1)
    owed = float((np.arange(len(backlog)) * backlog).sum())
    yield Truth("depot of two places, owed", "Sherbrooke 1968", network, owed, level("owed_area"), 4000.0, 300.0)
    for place, (held, rate) in enumerate(zip(places, rates, strict=True)):
        fill, late = exact_place_measures(way * rate, way * rate, backlog, rate / sum(rates), owed, held)
        yield Truth(f"place {place} under a depot, ready", "Simon 1971, Graves 1985", network, fill, ready(place + 1),
                    4000.0, 300.0)
        yield Truth(f"place {place} under a depot, owed", "Simon 1971, Graves 1985", network, late,
                    level("owed_area", place + 1), 4000.0, 300.0)
    # METRIC with an empty depot: what is not repaired at the place takes depot time and way (Sherbrooke 1968, eq. 3).
    book = LawBook()
    local, repair = 0.6, 3.0
    nodes = Nodes(("depot", "place"), [0, 3], [-1, 2], supplier=[-1, 0], repair_share=[0.0, local],
                  lead=[book.exponential(depot_time), book.constant(way)], repair=[-1, book.exponential(repair)])
    pipeline = 0.6 * (local * repair + (1 - local) * (depot_time + way))
    network = shelf(book, nodes, [(1, 0.6)])
    fill, late, _, _ = stock_measures(pipeline, pipeline, 3)
    yield Truth("repair at the place or at the depot, ready", "Sherbrooke 1968", network, fill, ready(1), 4000.0, 300.0)
    yield Truth("repair at the place or at the depot, owed", "Sherbrooke 1968", network, late, level("owed_area", 1),
                4000.0, 300.0)


def critical_levels() -> Iterator[Truth]:
    """Two ranks at one shelf, the lesser served only above a critical level, the rest by emergency."""
    book = LawBook()
    stock, kept, rates, lead = 5, 2, [0.4, 0.5], 5.0
    nodes = Nodes(("node",), stock, stock - 1, lead=book.exponential(lead), emergency=book.constant(0.5))
    network = shelf(book, nodes, [(0, rates[0]), (0, rates[1])], asks={"expedite": True, "rank": [0, 1]},
                    critical=[[0, kept]], allocation="critical levels")
    # Units on order: births at the rate of those who are served at that level, deaths at n / lead.
    law = queueing.birth_death(lambda n: rates[0] * (stock - n > 0) + rates[1] * (stock - n > kept), lambda n: n / lead)
    on_hand = float(((stock - np.arange(len(law))) * law).sum())
    served = (rates[0] * law[:stock].sum() + rates[1] * law[:stock - kept].sum()) / sum(rates)
    yield Truth("critical level, on hand", "Ha 1997; birth and death", network, on_hand, level("area"), 4000.0, 300.0)
    yield Truth("critical level, ready", "Ha 1997; birth and death", network, float(served), ready(), 4000.0, 300.0)


def others() -> Iterator[Truth]:
    """Batches, waves, shifts, ways, pools seized together."""
    book = LawBook()
    network = station(book, [book.constant(0.25)], [2.0], 50, steps={"batch": 4})
    yield Truth("batches of 4, time to gather and be done", "(b - 1) / (2 rate)", network, 3 / 4.0 + 0.25, flow(),
                2000.0, 100.0)
    book = LawBook()
    timetable = Timetables([0, 0], [3.0, 9.0], 0, 24.0)
    network = station(book, [book.constant(0.0)], [2.0], 500, steps={"batch": 0, "waves": 0}, timetables=timetable)
    exact = (6.0**2 + 18.0**2) / 2 / 24.0
    yield Truth("waves at 3 and at 9, wait", "mean residual life", network, exact, wait(), 2400.0, 240.0)
    book = LawBook()
    network = station(book, [book.exponential(0.5)], [3.0], 4)
    two = Network(laws=network.laws, classes=network.classes, steps=network.steps, work=network.work,
                  needs_set=network.needs_set, pools=Pools(("crew", "tool"), 2), needs=Needs([0, 0], [0, 1], [0, 1]))
    yield Truth("crew and tool seized together", "Erlang 1917: M/M/2", two, queueing.mean_wait(2, 3.0, 0.5), wait(),
                5000.0, 800.0)
    book = LawBook()
    laws = [book.exponential(0.6), book.constant(0.4)]
    visit = Network(laws=book.laws(), classes=Classes(("call",), 0, 0.7, zone=1), steps=Steps(("visit",), travels=True),
                    work=[[laws[0]]], needs_set=[[0]], pools=Pools(("crew",), 1, zone=0), needs=Needs([0], 0, 0),
                    lanes=[[-1, laws[1]], [laws[1], -1]])
    mean, squared = 1.0, 0.6**2 * 2 + 2 * 0.6 * 0.4 + 0.16
    yield Truth("a way before the work", "Pollaczek 1930, Khinchine 1932", visit,
                queueing.single_server_wait(0.7, mean, squared), wait(), 8000.0, 1500.0)
    book = LawBook()
    profile = np.array([[0.1, 0.4, 1.0, 0.7]])
    network = station(book, [book.exponential(1.0)], [5.0], 50, classes={"profile": 0}, profiles=profile,
                      profile_hours=6.0)
    yield Truth("arrivals by the hour, opened per hour", "Lewis & Shedler 1979", network, 5.0 * profile.mean(),
                lambda run: run.classes[0]["opened"] / run.hours, 2400.0, 240.0)
    yield _dated_stock()


def _dated_stock() -> Truth:
    """A unit due 2 hours after it is asked is as good as one that comes 2 hours sooner, and lies there so long."""
    book = LawBook()
    network = shelf(book, Nodes(("node",), 4, 3, lead=book.constant(5.0)), [(0, 0.3), (0, 0.3)],
                    asks={"spare": [0.0, 2.0]}, allocation="promised date")
    _, _, _, on_hand = stock_measures(2.4, 2.4, 4)
    return Truth("due later, on hand", "Hariharan & Zipkin 1995", network, on_hand, level("area"), 4000.0, 300.0)


def truths() -> Iterator[Truth]:
    """Return every closed form of stock and of what surrounds it."""
    for family in (one_place, two_echelons, critical_levels, others):
        yield from family()
