"""Are published location problems solved to their best known values, how fast, and with which bound?

    python -m benchmarks.location ../shared/data/location --json

OR-Library (Beasley, Journal of the Operational Research Society 41, 1990): pmedN.txt, uncapacitated p-median on
networks, with their optima in pmed_optima.txt; capN.txt, capacitated location in which a customer may be served by
several sites. `instances`: value, best known, bound and seconds of each; seeds are fixed. A folder that holds altered
copies of cap41 and cap51 (a customer of which is clipped) does not matter: these two are left out.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from arbitre.maths.places.location import Floats, Location, located
from arbitre.optimise._sites.model import Question, decided, effort_for

SEED = 1
CAPACITATED = {
    "cap61": 932615.750, "cap62": 977799.400, "cap63": 1014062.050, "cap64": 1045650.250, "cap71": 932615.750,
    "cap72": 977799.400, "cap73": 1010641.450, "cap74": 1034976.975, "cap81": 838499.288, "cap91": 796648.438,
    "cap101": 796648.438, "cap111": 826124.713, "cap121": 793439.563, "cap131": 793439.563,
}
"""Optima published with the instances (capopt of OR-Library), to three digits."""


@njit(cache=True, nogil=True)
def shortest(distance: Floats) -> Floats:
    """Return the lengths of shortest ways (points, points), given those of arcs, inf where there is none (Floyd)."""
    for middle in range(len(distance)):
        for start in range(len(distance)):
            reach = distance[start, middle]
            if reach < np.inf:
                for end in range(len(distance)):
                    distance[start, end] = min(distance[start, end], reach + distance[middle, end])
    return distance


def read_median(path: Path) -> Location:
    """Read a p-median instance. A later cost of the same edge replaces an earlier one, as OR-Library asks."""
    numbers = np.array(path.read_text(encoding="ascii").split(), dtype=np.int64)
    points, edges, most = numbers[:3].tolist()
    distance = np.full((points, points), np.inf)
    for start, end, length in numbers[3 : 3 + 3 * edges].reshape(-1, 3):
        distance[start - 1, end - 1] = distance[end - 1, start - 1] = length
    np.fill_diagonal(distance, 0.0)
    return Location(shortest(distance), np.zeros(points), np.zeros(points, dtype=np.bool_), most)


def read_capacitated(path: Path) -> Question:
    """Read a capacitated instance: sites with capacity and fixed cost, customers with demand and a cost per site."""
    numbers = np.array(path.read_text(encoding="ascii").split(), dtype=float)
    sites, customers = int(numbers[0]), int(numbers[1])
    capacity, opening = numbers[2 : 2 + 2 * sites].reshape(-1, 2).T
    rows = numbers[2 + 2 * sites :].reshape(customers, 1 + sites)
    nobody = np.zeros(sites, dtype=np.bool_)
    return Question(
        cost=rows[:, 1:].T.copy(), site=np.arange(sites), fed_by=np.full(sites, -1),
        passes=np.eye(sites, dtype=np.bool_), opening=opening, capacity=capacity, kept=nobody, barred=nobody,
        most=sites, units=rows[:, 0])


def told(name: str, value: float, best: float, bound: float, seconds: float) -> dict[str, Any]:
    """Return the figures of one instance; a value counts as the best known to three digits after the point."""
    return {"instance": name, "value": round(value, 3), "best_known": best, "bound": round(bound, 3),
            "is_best": value <= best + 1e-3, "seconds": round(seconds, 3)}


def medians(folder: Path) -> list[dict[str, Any]]:
    """Solve the p-median instances in the folder."""
    optima = dict(line.split() for line in (folder / "pmed_optima.txt").read_text(encoding="ascii").splitlines()
                  if line.startswith("pmed"))
    found = []
    for path in sorted(folder.glob("pmed[0-9]*.txt"), key=lambda path: int(path.stem[4:])):
        asked = read_median(path)
        started = time.perf_counter()
        choice = located(asked, np.random.default_rng(SEED), effort_for(asked.cost.size))
        found.append(told(path.stem, choice.value, float(optima[path.stem]), choice.bound,
                          time.perf_counter() - started))
    return found


def capacitated(folder: Path) -> list[dict[str, Any]]:
    """Solve the capacitated instances in the folder whose optimum is known."""
    found = []
    for path in sorted(folder.glob("cap*.txt"), key=lambda path: int(path.stem[3:])):
        if path.stem in CAPACITATED:
            asked = read_capacitated(path)
            started = time.perf_counter()
            decision = decided(asked, np.random.default_rng(SEED))
            found.append(told(path.stem, decision.value, CAPACITATED[path.stem], decision.bound,
                              time.perf_counter() - started))
    return found


def main() -> None:
    """Print them all."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path, nargs="?", help="folder of the instances")
    options.add_argument("--data", type=Path, default=Path("../shared/data"), help="where no folder is given")
    options.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    given = options.parse_args()
    folder = given.folder or given.data / "location"
    nothing = Location(1.5 - np.eye(5), np.zeros(5), np.zeros(5, dtype=np.bool_), 2)
    located(nothing, np.random.default_rng(SEED), 1e7)  # compiles
    shortest(np.eye(2))
    instances = medians(folder) + capacitated(folder)
    print(json.dumps({"instances": instances, "best": sum(row["is_best"] for row in instances),
                      "of": len(instances), "slowest": max(row["seconds"] for row in instances)}, indent=2))


if __name__ == "__main__":
    main()
