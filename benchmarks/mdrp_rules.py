"""Is a solution of the meal delivery routing problem feasible, by the rules of the instances?

Written from the rules, apart from the optimiser: it reads the instance's files itself.
    an order is brought once at most, by a rider told no sooner than it was placed, at the latest when it is picked up;
    the orders of a trip come from one restaurant; it is picked up when all are ready, and no later than the rider's
    off-time;
    a rider starts where and when its shift does, and each way begins where the last ended, no sooner than it arrived
    there (straight ways, minutes rounded up); it is at the restaurant for half of the service time before and after a
    pick-up, and at a door likewise;
    the doors of a trip come in the order told, a service time apart at least; nobody waits longer than is allowed.
The instances' own evaluator asks for less: it looks neither at service times at the restaurant nor at the longest wait.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Trip:
    """Told and picked up at these minutes, by that rider; the orders, and when each is delivered."""

    told: int
    picked: int
    rider: str
    orders: list[str]
    delivered: list[int]


@dataclass(frozen=True)
class Move:
    """A rider leaves a place for another."""

    rider: str
    leaves: int
    start: str
    end: str


@dataclass(frozen=True)
class Solution:
    """Trips, and the moves of each rider in the order they were made."""

    trips: list[Trip]
    moves: list[Move]


@dataclass(frozen=True)
class Stay:
    """A rider is at a place from one minute to another."""

    place: str
    since: float
    until: float


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.txt").open(encoding="ascii") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def broken(folder: Path, solution: Solution) -> list[str]:
    """Return a sentence for each rule that the solution of the instance in the folder breaks."""
    orders = {row["order"]: row for row in _rows(folder, "orders")}
    riders = {row["courier"]: row for row in _rows(folder, "couriers")}
    rules = {name: float(value) for name, value in _rows(folder, "instance_parameters")[0].items()}
    faults: list[str] = []
    seen: set[str] = set()
    for trip in solution.trips:
        faults += [f"{order} is brought twice" for order in trip.orders if order in seen]
        seen.update(trip.orders)
        faults += _trip_faults(trip, orders, riders, rules)
    stays, wrong = _stays(folder, solution, riders, rules["meters_per_minute"])
    faults += wrong
    pick, drop = rules["pickup service minutes"] / 2, rules["dropoff service minutes"] / 2
    for trip in solution.trips:
        visits = [(orders[trip.orders[0]]["restaurant"], trip.picked, pick),
                  *((order, at, drop) for order, at in zip(trip.orders, trip.delivered, strict=True))]
        for place, at, half in visits:
            if not any(stay.place == place and stay.since <= at - half and at + half <= stay.until
                       for stay in stays.get(trip.rider, [])):
                faults.append(f"{trip.rider} is not at {place} for the service at {at}")
    return faults


def _trip_faults(trip: Trip, orders: dict[str, dict[str, str]], riders: dict[str, dict[str, str]],
                 rules: dict[str, float]) -> list[str]:
    """Return what is wrong with a trip by itself."""
    faults = []
    if len({orders[order]["restaurant"] for order in trip.orders}) != 1:
        faults.append(f"{trip.orders} come from several restaurants")
    if trip.picked > float(riders[trip.rider]["off_time"]):
        faults.append(f"{trip.rider} picks up at {trip.picked}, off duty")
    if trip.told > trip.picked:
        faults.append(f"{trip.rider} picks up at {trip.picked}, told at {trip.told}")
    for order, delivered in zip(trip.orders, trip.delivered, strict=True):
        placed = float(orders[order]["placement_time"])
        if trip.told < placed:
            faults.append(f"{order} is told at {trip.told}, before it is placed")
        if trip.picked < float(orders[order]["ready_time"]):
            faults.append(f"{order} is picked up at {trip.picked}, not ready")
        if delivered - placed > rules["maximum click-to-door"]:
            faults.append(f"{order} takes {delivered - placed} minutes")
    for before, after in zip([trip.picked, *trip.delivered], trip.delivered, strict=False):
        if after < before + rules["dropoff service minutes"] and before != trip.picked:
            faults.append(f"{trip.rider} delivers at {after}, right after {before}")
    return faults


def _stays(folder: Path, solution: Solution, riders: dict[str, dict[str, str]], speed: float
           ) -> tuple[dict[str, list[Stay]], list[str]]:
    """Return where each rider is from when to when, and what is wrong with its ways."""
    where = {row[key]: (float(row["x"]), float(row["y"])) for name, key in (
        ("orders", "order"), ("couriers", "courier"), ("restaurants", "restaurant")) for row in _rows(folder, name)}
    at = {rider: (rider, float(row["on_time"])) for rider, row in riders.items()}
    stays: dict[str, list[Stay]] = {rider: [] for rider in riders}
    faults = []
    for move in solution.moves:
        place, since = at[move.rider]
        if move.start != place:
            faults.append(f"{move.rider} leaves {move.start} at {move.leaves}, but is at {place}")
        if move.leaves < since:
            faults.append(f"{move.rider} leaves {move.start} at {move.leaves}, before it arrives at {since}")
        stays[move.rider].append(Stay(place, since, move.leaves))
        (x, y), (to_x, to_y) = where[move.start], where[move.end]
        at[move.rider] = move.end, move.leaves + math.ceil(math.sqrt((to_x - x) ** 2 + (to_y - y) ** 2) / speed)
    for rider, (place, since) in at.items():
        stays[rider].append(Stay(place, since, math.inf))
    return stays, faults
