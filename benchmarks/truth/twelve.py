"""Twelve stations, four classes, three priorities, shifts, arrivals by the hour: the network speed is measured on."""

from __future__ import annotations

from typing import Any

import numpy as np

from arbitre.simulate._kernel.laws import LawBook
from arbitre.simulate._kernel.model import Classes, Needs, Network, Pools, Routes, Steps, Timetables

STATIONS, CLASSES = 12, 4
SHIFTS = [(0.0, 8), (8.0, 30), (18.0, 16)]
"""Hour of the day, and how many work from then on, at every station."""
ENTRY, PRIORITY = [0, 0, 1, 2], [1, 1, 0, 2]


def numbers() -> dict[str, Any]:
    """Return the network as plain lists, for us and for the peers."""
    rng = np.random.default_rng(0)
    hours = np.arange(24)
    routes = np.zeros((CLASSES, STATIONS, STATIONS))
    for of_class in range(CLASSES):
        for step in range(STATIONS - 1):
            ahead = min(STATIONS - 1, step + 1 + int(rng.integers(0, 3)))
            for to, share in ((ahead, 0.75), (min(STATIONS - 1, step + 2), 0.1), (max(0, step - 1), 0.05)):
                routes[of_class, step, to] += share
    return {
        "rates": [45.0, 30.0, 15.0, 7.5],
        "profile": (0.25 + 0.75 * np.sin(np.pi * hours / 24) ** 2).clip(0, 1).tolist(),
        "routes": routes.tolist(), "kind": rng.integers(0, 4, (STATIONS, CLASSES)).tolist(),
        "mean": rng.uniform(0.1, 0.5, (STATIONS, CLASSES)).tolist(),
        "observed": np.sort(rng.lognormal(-1.5, 0.8, 200)).tolist(), "entry": ENTRY, "priority": PRIORITY,
        "shifts": SHIFTS, "variation": 0.95, "stages": 3,
    }


def twelve(extra: int = 0) -> Network:
    """Return the network, with so many more at work at every station at every hour."""
    given, book = numbers(), LawBook()
    write = (book.exponential, lambda mean: book.erlang(mean, given["stages"]),
             lambda mean: book.lognormal(mean, given["variation"]), lambda _mean: book.observed(given["observed"]))
    work = [[write[kind](mean) for kind, mean in zip(*row, strict=True)]
            for row in zip(given["kind"], given["mean"], strict=True)]
    routes = np.array(given["routes"])
    of_class, step, to = np.nonzero(routes)
    stations = np.arange(STATIONS)
    return Network(
        laws=book.laws(), work=work, needs_set=stations[:, None], dispatch="priority",
        classes=Classes(tuple("ABCD"), ENTRY, given["rates"], profile=0, priority=PRIORITY),
        steps=Steps(tuple(f"station {row}" for row in stations)),
        routes=Routes(step, to, routes[of_class, step, to], of_class),
        pools=Pools(tuple(f"crew {row}" for row in stations), 0, timetable=0), needs=Needs(stations, 0, stations),
        timetables=Timetables([0] * 3, [hour for hour, _ in SHIFTS], [units + extra for _, units in SHIFTS], 24.0),
        profiles=[given["profile"]])


def one_line() -> Network:
    """Return M/M/3 at load 0.9."""
    book = LawBook()
    work = book.exponential(1.0)
    return Network(laws=book.laws(), classes=Classes(("case",), 0, 2.7), steps=Steps(("step",)), work=[[work]],
                   needs_set=[[0]], pools=Pools(("crew",), 3), needs=Needs([0], 0, 0))
