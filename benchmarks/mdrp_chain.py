"""An instance of the meal delivery routing problem, opened as a chain.

    python -m benchmarks.mdrp_chain ../shared/data/mdrp/0o50t100s1p100 FOLDER
    arbitre run FOLDER optimise.dispatch --detour 1 --speed 19.2 --order-pay 10

The plane is laid on the sphere at the equator, where metres and degrees go together; the speed of an instance in km/h
is 0.06 times its metres a minute. The day is 2 March 2026; minutes count from its midnight.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from arbitre.maths.location import EARTH_RADIUS
from arbitre.tables.chain import Chain
from arbitre.tables.save import save
from benchmarks.mdrp import Instance, read
from benchmarks.rows import chain_of

DAY = datetime(2026, 3, 2)
DEGREE = EARTH_RADIUS * 1000.0 * 3.141592653589793 / 180.0
"""Metres in a degree."""


def opened(instance: Instance) -> Chain:
    """Return the chain of an instance: restaurants and places riders start from are sites, each rider is a crew."""

    def placed(row: dict[str, str]) -> dict[str, Any]:
        return {"latitude": float(row["y"]) / DEGREE, "longitude": float(row["x"]) / DEGREE}

    def at(minute: str) -> datetime:
        return DAY + timedelta(minutes=float(minute))

    return chain_of(
        segments=[{"segment": "DINER"}], offers=[{"offer": "MEAL"}],
        promises=[{"promise": "TARGET", "offer": "MEAL", "window": instance.rules["target click-to-door"] / 60.0}],
        sites=[{"site": row["restaurant"], **placed(row)} for row in instance.places]
        + [{"site": row["courier"], **placed(row)} for row in instance.riders],
        customers=[{"customer": row["order"], "segment": "DINER", **placed(row)} for row in instance.orders],
        crews=[{"crew": row["courier"], "site": row["courier"], "cost": instance.rules["guaranteed pay per hour"]}
               for row in instance.riders],
        shifts=[{"crew": row["courier"], "weekday": "monday", "starts": float(row["on_time"]) / 60.0,
                 "ends": float(row["off_time"]) / 60.0} for row in instance.riders],
        cases=[{"case": row["order"], "customer": row["order"], "site": row["restaurant"], "offer": "MEAL",
                "opened_at": at(row["placement_time"])} for row in instance.orders],
        events=[{"case": row["order"], "step": "ready", "happened_at": at(row["ready_time"])}
                for row in instance.orders])


if __name__ == "__main__":
    save(opened(read(Path(sys.argv[1]))), sys.argv[2])
