"""How good are tours on instances with several trips, windows and release times whose best solutions are known?

    python -m benchmarks.routes ../shared/data/routes --json
    python -m benchmarks.routes ../shared/data/routes --seconds 60 --seed 1 --json

Each instance is a .vrp file with its .sol beside it. Both our tours and plain PyVRP are given the same processor
seconds, one after the other in one run (`seconds`: those used). `gap` is how far the cost is above the best known, as a
share; `infeasible` names what `benchmarks.routes_rules` finds broken in our solution. `made_up` is the large sample of
visits (windows, skills, 18 vans), where no best plan is known: its value with all the search it asks for, and less.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyvrp

import arbitre
from arbitre.capability import silent
from arbitre.maths.places.tours import RELOAD, Crew, Field, Timed, Visit
from arbitre.optimise import routes
from arbitre.solvers.routes import Search, tours_of
from benchmarks.routes_rules import Instance, Trips, best_known, broken, cost, read

_WORTH = 100_000.0
"""So much that every visit is made."""


def field_of(instance: Instance) -> Field:
    """Return an instance as a field: a second is a unit of time, a kilometre one of way, and costs one of money."""
    count = len(instance.points)
    ways = np.array([[instance.way(one, other) for other in range(count)] for one in range(count)], dtype=float)
    visits = tuple(
        Visit(node, instance.service, (instance.window[node],), frozenset({0}), _WORTH, load=instance.load[node],
              ready=instance.release[node])
        for node in range(1, count))
    crew = Crew(0, 0, *instance.window[0], heads=instance.vehicles, room=instance.capacity, reloads=count)
    return Field(visits, (crew,), ways, ways, 1.0)


def routes_of(tours: list[Timed]) -> list[Trips]:
    """Return tours as the checker reads them."""
    driven = []
    for one in tours:
        trips: Trips = [[]]
        for stop in one.tour.stops:
            if stop == RELOAD:
                trips.append([])
            else:
                trips[-1].append(stop + 1)
        driven.append(trips)
    return driven


def plain(path: Path, seconds: float, seed: int) -> tuple[int | None, float]:
    """Return the cost that PyVRP as it comes finds, None where it is not feasible, and the processor seconds."""
    started = time.process_time()
    data = pyvrp.read(path, round_func="dimacs")
    result = pyvrp.solve(data, lambda _: time.process_time() - started >= seconds, seed=seed, collect_stats=False)
    return result.best.distance() if result.is_feasible() else None, time.process_time() - started


def figures(path: Path, seconds: float, seed: int) -> dict[str, Any]:
    """Return the figures of one instance."""
    instance, (known, _) = read(path), best_known(path.with_suffix(".sol"))
    started = time.process_time()
    driven = routes_of(tours_of(field_of(instance), Search(10**9, seconds), seed))
    ours, used = cost(instance, driven), time.process_time() - started
    theirs, plain_used = plain(path, seconds, seed)
    return {
        "name": instance.name, "best_known": known, "cost": ours, "gap": round(ours / known - 1.0, 5),
        "seconds": round(used, 1), "infeasible": broken(instance, driven), "plain_cost": theirs,
        "plain_gap": None if theirs is None else round(theirs / known - 1.0, 5), "plain_seconds": round(plain_used, 1),
    }


def made_up(effort: float) -> dict[str, Any]:
    """Plan the day of the large sample of visits, those left over at their worth, with this share of the search."""
    chain = arbitre.new("visits", "large", 1)
    params = routes.Params.model_validate({"levers": "left", "effort": effort})
    started = time.process_time()
    summary = routes.run(chain, params, 1, silent).summary
    return {"effort": effort, "processor_seconds": round(time.process_time() - started, 1),
            **{name: summary[name] for name in ("visits", "made", "value")}}


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path, nargs="?", help="folder of the instances")
    options.add_argument("--data", type=Path, default=Path("../shared/data"), help="where no folder is given")
    options.add_argument("--seconds", type=float, default=60.0, help="processor seconds for each instance")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    given = options.parse_args()
    found = [figures(path, given.seconds, given.seed)
             for path in sorted((given.folder or given.data / "routes").glob("*.vrp"))]
    print(json.dumps({
        "instances": found, "worst_gap": max((row["gap"] for row in found), default=None),
        "infeasible": sum(bool(row["infeasible"]) for row in found), "made_up": [made_up(1.0), made_up(0.3)],
    }, indent=2))


if __name__ == "__main__":
    main()
