"""How long does it take to measure metrics over a million cases, and to explain how they changed?

    python -m benchmarks.metrics --json [--cases 1000000]

Draws cases over three years, asked by 12 segments at 20 sites, and asks five metrics of them by month, segment and
site, twice; the second run counts, as the first may compile. Beside it stands the plainest SQL for one of the five: a
count by month, segment and site, in the same engine. `processor_seconds` are those of all threads.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable

import numpy as np
import polars as pl

from arbitre.measure import metrics
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.settings import Settings
from benchmarks.rows import chain_of

METRICS = [
    {"metric": "lines", "table": "cases"},
    {"metric": "units", "table": "cases", "aggregation": "sum", "measure": "quantity"},
    {"metric": "urgent", "table": "cases", "filter": "kind = urgent"},
    {"metric": "urgent_share", "kind": "ratio", "numerator": "urgent", "denominator": "lines"},
    {"metric": "lead_time", "table": "cases", "aggregation": "mean", "measure": "closed_at - opened_at"},
]
PLAINEST = """
SELECT date_trunc('month', opened_at) AS month, segment, cases.site, count(*) AS lines
FROM cases LEFT JOIN customers USING (customer) GROUP BY ALL
"""


def drawn(cases: int) -> Chain:
    """Return a chain of so many cases."""
    rng = np.random.default_rng(1)
    customers = pl.DataFrame({"customer": [f"C{place}" for place in range(5_000)],
                              "segment": [f"S{place % 12}" for place in range(5_000)]})
    opened = np.sort(rng.integers(0, 3 * 365 * 86_400, cases)) * 1_000_000 + 1_672_531_200_000_000
    taken = (rng.exponential(30.0, cases) * 3_600e6).astype(np.int64)
    frame = pl.DataFrame({
        "case": pl.Series(np.arange(cases)).cast(pl.String),
        "kind": np.where(rng.random(cases) < 0.2, "urgent", "order"),
        "customer": customers["customer"].gather(rng.integers(0, 5_000, cases)),
        "site": [f"L{place}" for place in rng.integers(0, 20, cases)], "quantity": rng.integers(1, 9, cases) * 1.0,
        "opened_at": pl.Series(opened).cast(pl.Datetime("us")),
        "closed_at": pl.Series(opened + taken).cast(pl.Datetime("us"))})
    tables = chain_of(segments=[{"segment": f"S{place}"} for place in range(12)],
                      sites=[{"site": f"L{place}"} for place in range(20)], metrics=METRICS).tables
    return Chain(Settings(name="benchmark"), {**tables, "customers": shaped(INPUTS["customers"], customers),
                                              "cases": shaped(INPUTS["cases"], frame)})


def measured(work: Callable[[], object]) -> dict[str, float]:
    """Return the time of the second of two runs."""
    taken: dict[str, float] = {}
    for _ in range(2):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        taken = {"seconds": time.perf_counter() - wall, "processor_seconds": time.process_time() - processor}
    return {name: round(seconds, 2) for name, seconds in taken.items()}


def main() -> None:
    """Print what was measured."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--cases", type=int, default=1_000_000)
    asked.add_argument("--json", action="store_true", help="one JSON object, as is always printed")
    asked.add_argument("--data", help="not needed: the cases are drawn")
    options = asked.parse_args()
    chain = drawn(options.cases)
    params = metrics.Params(by="segment,site")
    values = metrics.run(chain, params, 1, lambda *_: None).tables["metric_values"].height
    print(json.dumps({
        "cases": options.cases, "values": values,
        "metrics": measured(lambda: metrics.run(chain, params, 1, lambda *_: None)),
        "plainest_count": measured(lambda: chain.sql(PLAINEST)),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }))


if __name__ == "__main__":
    main()
