"""How long does it take to trace costs and profits to cases?

    python -m benchmarks.profit --json [--scale large]

Draws the after-sales sample at a scale and asks measure.cost and measure.profit of it, each twice; the second counts,
as the first may compile. `processor_seconds` are those of all threads: on a busy machine they tell more than `seconds`.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

from arbitre.measure import cost, profit
from arbitre.tables.chain import Chain
from arbitre.tables.sample.aftersales import SAMPLES, SCALES
from arbitre.tables.settings import Settings


def measured(chain: Chain, module: Any) -> dict[str, float]:
    """Return the time of the second of two runs."""
    for _ in range(2):
        wall, processor = time.perf_counter(), time.process_time()
        module.run(chain, module.Params(), 1, lambda *_: None)
        taken = {"seconds": time.perf_counter() - wall, "processor_seconds": time.process_time() - processor}
    return {name: round(seconds, 2) for name, seconds in taken.items()}


def main() -> None:
    """Print what was measured."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--scale", choices=SCALES, default="medium")
    asked.add_argument("--json", action="store_true", help="one JSON object, as is always printed")
    asked.add_argument("--data", help="not needed: the sample is drawn")
    options = asked.parse_args()
    sample = SAMPLES["aftersales"](options.scale, 1)
    chain = Chain(Settings.model_validate(sample.settings), sample.tables)
    print(json.dumps({
        **{name: chain.tables[name].height for name in ("cases", "events", "costs", "invoices")},
        "cost": measured(chain, cost), "profit": measured(chain, profit),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }))


if __name__ == "__main__":
    main()
