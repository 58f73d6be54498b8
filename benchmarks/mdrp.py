"""How good and how fast is dispatching on the Grubhub instances of the meal delivery routing problem?

    python -m benchmarks.mdrp ../shared/data/mdrp --json
    python -m benchmarks.mdrp ../shared/data/mdrp --json --out solutions

Each figure is the mean over the instances: undelivered orders as a share, minutes from click to door (mean, and the
90th percentile) and from ready to pick-up of the orders delivered, pay for each of them, orders beyond the instance's
longest click-to-door, processor seconds to decide the day (with travel times, without reading). Pay is by the order, or
by the hour of the shift where that is more. `small` is the mean click-to-door of 0o50* and 0r50*, whose
clairvoyant optimum is known (Yildiz and Savelsbergh 2018). Each solution is checked by `benchmarks.mdrp_rules`;
`infeasible` names those that break a rule. With --out they are written in the format of the instances' own evaluator.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from arbitre.optimise._dispatch.minutes import Log, dispatched
from arbitre.optimise._dispatch.policies import BALANCED
from arbitre.optimise._dispatch.rounds import ORDER, RIDER, Day, Policy
from benchmarks.mdrp_rules import Move, Solution, Trip, broken

SMALL = ("0o50", "0r50")


@dataclass(frozen=True)
class Instance:
    """One instance as its files tell it: rows of text by column, and its parameters."""

    name: str
    orders: list[dict[str, str]]
    riders: list[dict[str, str]]
    places: list[dict[str, str]]
    rules: dict[str, float]

    @property
    def names(self) -> list[str]:
        """The name of each place: restaurants, doors (orders) and where riders start, in this order."""
        return [row[key] for key, rows in (("restaurant", self.places), ("order", self.orders),
                                           ("courier", self.riders)) for row in rows]


def read(folder: Path) -> Instance:
    """Read an instance."""
    orders, riders, places, rules = (
        list(csv.DictReader((folder / f"{name}.txt").read_text(encoding="ascii").splitlines(), delimiter="\t"))
        for name in ("orders", "couriers", "restaurants", "instance_parameters"))
    return Instance(folder.name, orders, riders, places, {name: float(value) for name, value in rules[0].items()})


def column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    """Return a column of numbers."""
    return np.array([float(row[name]) for row in rows])


@njit(cache=True, nogil=True, error_model="numpy")
def travel_minutes(x, y, speed):
    """Return the minutes from each place to each other, straight, rounded up."""
    minutes = np.empty((len(x), len(x)), np.int16)
    for one in range(len(x)):
        for other in range(one + 1):
            away = np.ceil(np.sqrt((x[one] - x[other]) ** 2 + (y[one] - y[other]) ** 2) / speed)
            minutes[one, other] = minutes[other, one] = away
    return minutes


def day_of(instance: Instance) -> Day:
    """Return the arrays of an instance."""
    everywhere = [*instance.places, *instance.orders, *instance.riders]
    number = {row["restaurant"]: position for position, row in enumerate(instance.places)}
    orders, riders = np.zeros(len(instance.orders), ORDER), np.zeros(len(instance.riders), RIDER)
    orders["placed"], orders["ready"] = column(instance.orders, "placement_time"), column(instance.orders, "ready_time")
    orders["due"] = orders["placed"] + instance.rules["target click-to-door"]
    orders["pickup"] = [number[row["restaurant"]] for row in instance.orders]
    orders["door"] = np.arange(len(orders)) + len(number)
    riders["on"], riders["off"] = column(instance.riders, "on_time"), column(instance.riders, "off_time")
    riders["place"] = np.arange(len(riders)) + len(number) + len(orders)
    by_hour = (riders["off"] - riders["on"]) / 60.0 * instance.rules["guaranteed pay per hour"]
    riders["covered"] = np.floor(by_hour / instance.rules["pay per order"])
    travel = travel_minutes(column(everywhere, "x"), column(everywhere, "y"), instance.rules["meters_per_minute"])
    return Day(travel, np.ones((len(riders), len(number)), np.bool_), orders, riders)


def policy_of(instance: Instance) -> Policy:
    """Return the policy of the product, with the times at places and the age limit of the instance."""
    rules = instance.rules
    return BALANCED._replace(pick=rules["pickup service minutes"], drop=rules["dropoff service minutes"],
                             age=rules["maximum click-to-door"])


def solution_of(instance: Instance, log: Log) -> Solution:
    """Return what was decided in the words of the instance."""
    names, riders = instance.names, [row["courier"] for row in instance.riders]
    in_trip: dict[int, list[int]] = {}
    done = log.orders["rider"] >= 0
    for order in np.flatnonzero(done)[np.argsort(log.orders["delivered"][done], kind="stable")].tolist():
        in_trip.setdefault(int(log.orders["trip"][order]), []).append(order)
    trips = []
    for orders in in_trip.values():
        first = log.orders[orders[0]]
        picked = int(first["picked"])
        trips.append(Trip(picked, picked, riders[first["rider"]], [instance.orders[order]["order"] for order in orders],
                          [int(log.orders[order]["delivered"]) for order in orders]))
    moves = [Move(riders[rider], minute, names[start], names[end]) for rider, minute, start, end in log.moves.tolist()]
    return Solution(trips, moves)


def figures(instance: Instance, day: Day, log: Log, seconds: float) -> dict[str, float]:
    """Return the figures of one instance."""
    done = log.orders["rider"] >= 0
    click_to_door = log.orders["delivered"][done] - day.orders["placed"][done]
    served = np.bincount(log.orders["rider"][done], minlength=len(day.riders))
    hours = (day.riders["off"] - day.riders["on"]) / 60.0
    pay = np.maximum(instance.rules["pay per order"] * served, instance.rules["guaranteed pay per hour"] * hours)
    return {
        "undelivered_share": 1.0 - done.mean(),
        "click_to_door": click_to_door.mean(),
        "click_to_door_p90": float(np.percentile(click_to_door, 90)),
        "ready_to_pickup": (log.orders["picked"][done] - day.orders["ready"][done]).mean(),
        "cost_per_order": pay.sum() / done.sum(),
        "beyond_90": float((click_to_door > instance.rules["maximum click-to-door"]).sum()),
        "seconds": seconds,
    }


def write(solution: Solution, instance: Instance, folder: Path) -> None:
    """Write a solution in the three files of the instances' own evaluator."""
    folder.mkdir(parents=True, exist_ok=True)
    orders = {row["order"]: row for row in instance.orders}
    tables: dict[str, list[list[object]]] = {
        "assignments": [["assignment_time", "pickup_time", "courier", "orders"]],
        "orders": [["order", "placement_time", "restaurant", "ready_time", "pickup_time", "dropoff_time", "courier"]],
        "couriers": [["courier", "departure_time", "origin", "destination"]],
    }
    for trip in solution.trips:
        tables["assignments"].append([trip.told, trip.picked, trip.rider, *trip.orders])
        for order, delivered in zip(trip.orders, trip.delivered, strict=True):
            known = orders[order]
            tables["orders"].append([order, known["placement_time"], known["restaurant"], known["ready_time"],
                                     trip.picked, delivered, trip.rider])
    for move in sorted(solution.moves, key=lambda move: move.rider):
        tables["couriers"].append([move.rider, move.leaves, move.start, move.end])
    for name, rows in tables.items():
        text = "".join(" ".join(map(str, row)) + "\n" for row in rows)
        (folder / f"solution_info_{name}.txt").write_text(text, encoding="ascii")


def decided(folder: Path, out: Path | None) -> Iterator[dict[str, Any]]:
    """Decide each instance in the folder; yield its name, its figures and the rules that its solution breaks."""
    for place in sorted(path for path in folder.iterdir() if (path / "orders.txt").exists()):
        instance = read(place)
        started = time.process_time()
        day = day_of(instance)
        log = dispatched(day, policy_of(instance))
        seconds = time.process_time() - started
        solution = solution_of(instance, log)
        if out:
            write(solution, instance, out / instance.name)
        yield {"name": instance.name, "broken": broken(place, solution), **figures(instance, day, log, seconds)}


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path, nargs="?", help="folder of the instances")
    options.add_argument("--data", type=Path, default=Path("../shared/data"), help="where no folder is given")
    options.add_argument("--out", type=Path, help="folder the solutions are written to")
    options.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    given = options.parse_args()
    nothing = Day(travel_minutes(np.zeros(1), np.zeros(1), 1.0), np.ones((1, 1), np.bool_), np.zeros(1, ORDER),
                  np.zeros(1, RIDER))
    dispatched(nothing, BALANCED)  # compiles
    found = list(decided(given.folder or given.data / "mdrp", given.out))
    told = {key: round(float(np.mean([row[key] for row in found])), 4)
            for key in found[0] if key not in ("name", "broken")}
    small = [row["click_to_door"] for row in found if row["name"].startswith(SMALL)]
    print(json.dumps({
        "instances": len(found), **told,
        "worst_undelivered_share": round(max(row["undelivered_share"] for row in found), 4),
        "most_seconds": round(max(row["seconds"] for row in found), 4),
        "small": round(float(np.mean(small)), 4) if small else None,
        "infeasible": {row["name"]: row["broken"] for row in found if row["broken"]},
    }, indent=2))


if __name__ == "__main__":
    main()
