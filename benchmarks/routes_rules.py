"""Is a solution of the multi-trip problem with release times feasible, by the rules of the instances, and what is it?

Written from the rules, apart from the optimiser: it reads the instance's file itself.
    every client is visited once; a vehicle makes one or more trips one after the other, each from the depot and back,
    carrying no more than its capacity on each; a trip leaves when all it carries is released; a client is served within
    its window, for its service time; all is over when the depot closes; no more vehicles than there are.
Distances, times and release times are ten times those of the file, cut to whole numbers (the DIMACS convention), and
one unit of way takes one unit of time. The cost is the length of all ways.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

Trips = list[list[int]]
"""The trips of one vehicle; clients are numbered from 1, the depot is 0."""


@dataclass(frozen=True)
class Instance:
    """What the file says, times ten; by node, the depot first."""

    name: str
    vehicles: int
    capacity: int
    service: int
    points: list[tuple[float, float]]
    load: list[int]
    window: list[tuple[int, int]]
    release: list[int]

    def way(self, one: int, other: int) -> int:
        """Return the length of a way, which is the time it takes."""
        (x, y), (to_x, to_y) = self.points[one], self.points[other]
        return int(10.0 * math.sqrt((x - to_x) ** 2 + (y - to_y) ** 2))


def read(path: Path) -> Instance:
    """Read an instance."""
    header: dict[str, str] = {}
    sections: dict[str, list[list[str]]] = {}
    section: list[list[str]] | None = None
    for line in path.read_text(encoding="ascii").splitlines():
        if ":" in line:
            name, value = line.split(":", 1)
            header[name.strip()] = value.strip()
        elif line.strip().endswith("_SECTION"):
            section = sections.setdefault(line.strip(), [])
        elif section is not None and line.strip() != "EOF":
            section.append(line.split())
    if header["EDGE_WEIGHT_TYPE"] != "EUC_2D":
        raise ValueError(f"{path.name}: ways must be straight (EUC_2D)")
    return Instance(
        path.stem, int(header["VEHICLES"]), int(header["CAPACITY"]), 10 * int(header["SERVICE_TIME"]),
        [(float(row[1]), float(row[2])) for row in sections["NODE_COORD_SECTION"]],
        [int(row[1]) for row in sections["DEMAND_SECTION"]],
        [(10 * int(row[1]), 10 * int(row[2])) for row in sections["TIME_WINDOW_SECTION"]],
        [10 * int(row[1]) for row in sections["RELEASE_TIME_SECTION"]])


def best_known(path: Path) -> tuple[int, list[Trips]]:
    """Read the best known cost and its routes from a .sol file; trips of a route are parted by 0."""
    lines = path.read_text(encoding="ascii").splitlines()
    routes = []
    for line in lines:
        if line.startswith("Route"):
            trips: Trips = [[]]
            for node in map(int, line.split(":")[1].split()):
                if node:
                    trips[-1].append(node)
                else:
                    trips.append([])
            routes.append(trips)
    return int(next(line.split()[1] for line in lines if line.startswith("Cost"))), routes


def cost(instance: Instance, routes: Sequence[Trips]) -> int:
    """Return the length of all ways."""
    return sum(instance.way(one, other) for trips in routes for trip in trips
               for one, other in zip([0, *trip], [*trip, 0], strict=True))


def broken(instance: Instance, routes: Sequence[Trips]) -> list[str]:
    """Return each rule that the routes break, in words; none when they are feasible."""
    found = []
    visited = sorted(node for trips in routes for trip in trips for node in trip)
    if visited != list(range(1, len(instance.points))):
        found.append("not every client is visited once")
    if len(routes) > instance.vehicles:
        found.append(f"{len(routes)} vehicles of {instance.vehicles}")
    for number, trips in enumerate(routes):
        now = instance.window[0][0]
        for trip in trips:
            if sum(instance.load[node] for node in trip) > instance.capacity:
                found.append(f"vehicle {number} carries too much")
            now, here = max([now, *(instance.release[node] for node in trip)]), 0
            for node in trip:
                now = max(now + instance.way(here, node), instance.window[node][0])
                if now > instance.window[node][1]:
                    found.append(f"client {node} is late")
                now, here = now + instance.service, node
            now += instance.way(here, 0)
        if now > instance.window[0][1]:
            found.append(f"vehicle {number} is back too late")
    return found
