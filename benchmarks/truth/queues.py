"""Closed forms of crews: single lines, limited room, patience, priorities, networks, machines."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from arbitre.maths.stock.finite import down_pmf
from arbitre.maths.stock.loss import loss_measures
from arbitre.maths.work import queueing
from arbitre.simulate._kernel.laws import LawBook
from arbitre.simulate._kernel.log import JOINED, STARTED, Run
from arbitre.simulate._kernel.model import RESTART, RESUME, Classes, Fleets, Needs, Network, Pools, Steps
from benchmarks.truth.case import Truth, flow, present, share, station, stations, wait

LAWS = {
    "exponential": (lambda book: book.exponential(1.0), 2.0),
    "constant": (lambda book: book.constant(1.0), 1.0),
    "Erlang-2": (lambda book: book.erlang(1.0, 2), 1.5),
    "Erlang-4": (lambda book: book.erlang(1.0, 4), 1.25),
    "lognormal": (lambda book: book.lognormal(1.0, 1.5), 3.25),
    "mixed": (lambda book: book.mixed([0.5, 3.0], [0.8, 0.2]), 4.0),
    "Weibull": (lambda book: book.weibull(1.0 / math.gamma(1 + 1 / 1.5), 1.5),
                math.gamma(1 + 2 / 1.5) / math.gamma(1 + 1 / 1.5) ** 2),
    "observed": (lambda book: book.observed([0.2, 0.5, 1.0, 2.3]), (0.04 + 0.25 + 1.0 + 5.29) / 4),
}
"""Laws of mean 1 with their second moment."""


def single(name: str, servers: int, rate: float, **more: object) -> Network:
    """Return a station whose work follows one of LAWS."""
    book = LawBook()
    return station(book, [LAWS[name][0](book)], [rate], servers, **more)


def lines() -> Iterator[Truth]:
    """M/M/c, M/G/1, G/M/1, M/D/c."""
    for servers, load in ((1, 0.5), (1, 0.8), (2, 0.7), (3, 0.9), (5, 0.8), (10, 0.85), (20, 0.9)):
        rate, horizon = servers * load, 3000.0 / (1 - load) / math.sqrt(servers)
        yield Truth(f"M/M/{servers} wait at {load}", "Erlang 1917", single("exponential", servers, rate),
                    queueing.mean_wait(servers, rate, 1.0), wait(), horizon, horizon / 4)
    for time in (0.0, 1.0):
        yield Truth(f"M/M/3 wait beyond {time:g}", "Erlang 1917", single("exponential", 3, 2.4),
                    queueing.wait_exceeds(3, 2.4, 1.0, time), _waits_beyond(time), 3000.0, 500.0)
    for name, (_, squared) in LAWS.items():
        if name != "exponential":
            yield Truth(f"M/G/1 wait, {name} work", "Pollaczek 1930, Khinchine 1932", single(name, 1, 0.7),
                        queueing.single_server_wait(0.7, 1.0, squared), wait(), 8000.0, 1500.0)
    for name, transform in {
        "constant": lambda s: math.exp(-s), "Erlang-2": lambda s: (2 / (2 + s)) ** 2,
        "mixed": lambda s: 0.8 / (1 + 0.5 * s) + 0.2 / (1 + 3 * s),
    }.items():
        book = LawBook()
        gap = LAWS[name][0](book)
        network = station(book, [book.exponential(0.8)], [0.0], 1, classes={"gap": gap})
        yield Truth(f"G/M/1 wait, {name} gaps", "Kendall 1953", network,
                    queueing.renewal_arrivals_wait(transform, 0.8), wait(), 8000.0, 1500.0)
    for servers, rate in ((2, 1.6), (4, 3.4)):
        yield Truth(f"M/D/{servers} wait", "Crommelin 1932", single("constant", servers, rate),
                    queueing.fixed_work_wait(servers, rate, 1.0), wait(), 5000.0, 1000.0)


def _waits_beyond(time: float) -> Callable[[Run], float]:
    """Measure the share of visits that start later than `time` after joining, from the log."""
    def measure(run: Run) -> float:
        joined, started = (run.log[run.log["kind"] == kind] for kind in (JOINED, STARTED))
        begun = started[started["time"] >= run.measured_from]
        since = joined["time"][np.searchsorted(joined["case"], begun["case"])]
        return float((begun["time"] - since > time).mean())
    return measure


def limits() -> Iterator[Truth]:
    """Limited room and patience."""
    for name in ("exponential", "constant", "Erlang-4", "lognormal", "mixed", "Weibull"):
        yield Truth(f"Erlang B, {name} work", "Erlang 1917; insensitive (Sevastyanov 1957)",
                    single(name, 5, 4.0, steps={"room": 5}), loss_measures(4.0, 5)[0], share("turned_away"), 2500.0,
                    100.0)
    for servers, room, rate in ((1, 5, 0.9), (2, 6, 1.8)):
        law = queueing.limited_room(servers, room, rate, 1.0)
        network = single("exponential", servers, rate, steps={"room": room})
        yield Truth(f"M/M/{servers}/{room} turned away", "Kleinrock 1975", network, float(law[-1]),
                    share("turned_away"), 4000.0, 200.0)
        yield Truth(f"M/M/{servers}/{room} present", "Kleinrock 1975", network,
                    float((np.arange(room + 1) * law).sum()), present(0), 4000.0, 200.0)
    for servers, rate, patience in ((5, 4.5, 2.0), (10, 12.0, 0.5)):
        book = LawBook()
        work, leaves = book.exponential(1.0), book.exponential(patience)
        network = station(book, [work], [rate], servers, patience=[[leaves]])
        exact = queueing.erlang_a(servers, rate, 1.0, patience)
        yield Truth(f"Erlang A, {servers} servers, abandoned", "Palm 1957", network, exact.abandoned,
                    share("abandoned"), 2500.0, 200.0)
        yield Truth(f"Erlang A, {servers} servers, in line", "Palm 1957", network, exact.waiting,
                    lambda run: run.lines[0]["area"] / run.hours, 2500.0, 200.0)
    for room in (1, 2):
        book = LawBook()
        unit, nothing = book.exponential(1.0), book.constant(0.0)
        routes = np.array([[0.0, 1.0], [0.0, 0.0]])
        network = stations(book, [unit, unit], [1, 1], routes, Classes(("piece",), 0), steps={"room": [-1, room]},
                           fleets=Fleets(("source",), 5, nothing), fleet_share=[[1.0]])
        yield Truth(f"two stations, room {room} between, rate", "Hunt 1956", network, (room + 1) / (room + 2),
                    lambda run: run.classes[0]["closed"] / run.hours, 2500.0, 100.0)


def priorities() -> Iterator[Truth]:
    """Priorities with and without preemption."""
    rates = [0.3, 0.2, 0.25]
    for name in ("exponential", "constant", "mixed"):
        book = LawBook()
        network = station(book, [LAWS[name][0](book)] * 3, rates, 1, classes={"priority": [0, 1, 2]},
                          dispatch="priority")
        exact = queueing.priority_waits(rates, [1.0] * 3, [LAWS[name][1]] * 3)
        for of_class in (0, 2):
            yield Truth(f"priority {of_class} of M/G/1, {name} work", "Cobham 1954", network, exact[of_class],
                        wait(of_class), 8000.0, 1500.0)
    for name in ("exponential", "Erlang-2", "mixed"):
        book = LawBook()
        network = station(book, [LAWS[name][0](book)] * 3, rates, 1, classes={"priority": [0, 1, 2]},
                          dispatch="priority", steps={"interrupted": RESUME})
        exact = queueing.priority_waits(rates, [1.0] * 3, [LAWS[name][1]] * 3, preemptive=True)
        for of_class in (0, 2):
            yield Truth(f"preemptive priority {of_class} of M/G/1, {name} work", "Kleinrock 1976 (3.39)", network,
                        exact[of_class] + 1.0, flow(of_class), 8000.0, 1500.0)
    rates = [1.0, 1.5]
    book = LawBook()
    network = station(book, [book.exponential(1.0)] * 2, rates, 3, classes={"priority": [0, 1]}, dispatch="priority")
    for of_class, exact in enumerate(queueing.priority_waits_servers(3, rates, 1.0)):
        yield Truth(f"priority {of_class} of M/M/3", "Kella & Yechiali 1985", network, exact, wait(of_class), 5000.0,
                    800.0)
    # Smith's rule: with equal penalties the shorter work goes first.
    book = LawBook()
    network = station(book, [book.exponential(2.0), book.exponential(0.5)], [0.2, 0.6], 1,
                      classes={"penalty": [1.0, 1.0]}, dispatch="penalty")
    exact = queueing.priority_waits([0.6, 0.2], [0.5, 2.0], [0.5, 8.0])
    yield Truth("penalty per hour of work first", "Cobham 1954, Smith 1956", network, exact[1], wait(0), 8000.0, 1500.0)
    yield _repeated()


def _repeated() -> Truth:
    """Work of one machine that is always there, redone after each interruption (preemptive repeat, Gaver 1962).

    Fixed work d, interruptions at rate r each lasting a busy period of mean b: a case takes (e^(r d) - 1)(1/r + b).
    """
    book = LawBook()
    rate, fixed, busy = 0.4, 1.5, 0.5 / (1 - 0.4 * 0.5)
    steady, urgent, at_once = book.constant(fixed), book.exponential(0.5), book.constant(0.0)
    network = Network(
        laws=book.laws(),
        classes=Classes(("steady", "urgent"), 0, rate=[0.0, rate], priority=[1, 0]),
        steps=Steps(("step",), interrupted=RESTART), work=[[steady, urgent]], needs_set=[[0]],
        pools=Pools(("crew",), 1), needs=Needs([0], 0, 0), fleets=Fleets(("source",), 1, at_once),
        fleet_share=[[1.0, 0.0]], dispatch="priority")
    exact = 1.0 / ((math.exp(rate * fixed) - 1) * (1 / rate + busy))
    return Truth("fixed work redone when interrupted, rate", "Gaver 1962", network, exact,
                 lambda run: run.classes[0]["closed"] / run.hours, 3000.0, 100.0)


def networks() -> Iterator[Truth]:
    """Open and closed networks of lines."""
    routes = np.array([[0.0, 0.6, 0.3], [0.2, 0.0, 0.5], [0.0, 0.1, 0.0]])
    outside, work, servers = [1.0, 0.5, 0.0], [0.6, 0.8, 1.0], [1, 2, 3]
    book = LawBook()
    network = stations(book, [book.exponential(mean) for mean in work], servers, routes,
                       Classes(("a", "b"), [0, 1], rate=[1.0, 0.5]))
    exact = queueing.open_network(outside, routes, work, servers)
    for step in range(3):
        yield Truth(f"Jackson network, station {step}", "Jackson 1957", network, exact[step], present(step), 6000.0,
                    1000.0)
    book = LawBook()
    loop = np.array([[0.0, 1.0], [0.4, 0.0]])
    network = stations(book, [book.exponential(0.5), book.exponential(0.9)], [1, 2], loop,
                       Classes(("a",), 0, rate=0.8))
    exact = queueing.open_network([0.8, 0.0], loop, [0.5, 0.9], [1, 2])
    yield Truth("Jackson network with return, time in it", "Jackson 1957, Little 1961", network, exact.sum() / 0.8,
                flow(), 6000.0, 1000.0)
    for cases, servers in ((4, [1, 1, 1]), (8, [1, 2, 1]), (6, [0, 1, 2])):
        work, share_of = [1.0, 0.8, 1.5], [0.5, 0.3]
        book = LawBook()
        routes = np.array([[0.2, *share_of], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
        laws = [*(book.exponential(mean) for mean in work), book.constant(0.0)]
        network = stations(book, laws[:3], servers, routes, Classes(("a",), 0),
                           fleets=Fleets(("source",), cases, laws[3]), fleet_share=[[1.0]])
        _, exact = queueing.closed_network(cases, [1.0, *share_of], work, servers)
        yield Truth(f"closed network of {cases}, servers {servers}", "Gordon & Newell 1967", network, exact[1],
                    present(1), 3000.0, 300.0)


def machines() -> Iterator[Truth]:
    """Machines that fail and are repaired."""
    for count, crews, uptime in ((5, 1, 8.0), (10, 2, 6.0), (6, 3, 4.0)):
        book = LawBook()
        repair, run_time = book.exponential(1.0), book.exponential(uptime)
        network = station(book, [repair], [0.0], crews, fleets=Fleets(("machines",), count, run_time),
                          fleet_share=[[1.0]])
        law = down_pmf(count, 0, crews, 1 / uptime, 1.0)
        yield Truth(f"{count} machines, {crews} repairers, down", "Palm 1947", network,
                    float((np.arange(count + 1) * law).sum()), lambda run: run.fleets[0]["area"] / run.hours, 3000.0,
                    200.0)
    for name, uptime in (("lognormal", "exponential"), ("constant", "Weibull"), ("exponential", "lognormal")):
        book = LawBook()
        repair, run_time = LAWS[name][0](book), LAWS[uptime][0](book)
        network = station(book, [repair], [0.0], 4, fleets=Fleets(("machines",), 4, run_time), fleet_share=[[1.0]])
        yield Truth(f"availability, {uptime} up, {name} down", "renewal reward: MTBF / (MTBF + MTTR)", network, 0.5,
                    lambda run: 1 - run.fleets[0]["area"] / run.hours / 4, 2500.0, 200.0)


def truths() -> Iterator[Truth]:
    """Return every closed form of crews."""
    for family in (lines, limits, priorities, networks, machines):
        yield from family()
