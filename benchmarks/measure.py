"""How fast are events measured, alone and beside pm4py? Prints one JSON object.

    python -m benchmarks.measure --json
    python -m benchmarks.measure --json --peers

Events are generated (benchmarks.event_log). `seconds_10_million`: wall time from Parquet files to the answers of
measure.process and measure.waiting, in a warm process. `refilter_milliseconds`: flows with their times over half of the
cases of an encoded log of 5 million events. Peers are asked the same questions on the same rows in an environment of
their own; times are processor seconds of one run from rows in memory, counts must be equal.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from arbitre.capability import silent
from arbitre.core.streams import stream
from arbitre.maths.work.event_log import variants
from arbitre.measure import process, waiting
from arbitre.measure._log import encoded
from arbitre.tables.chain import Chain
from arbitre.tables.settings import Settings
from benchmarks.event_log import frames, objects
from benchmarks.peers import said_by


def chain_of(tables: dict[str, pl.DataFrame]) -> Chain:
    """Return a chain of these tables."""
    return Chain(Settings(name="benchmark"), tables)


def from_parquet(events: int, seed: int) -> dict[str, float]:
    """Return the wall seconds from Parquet files to both answers, and of their parts."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / f"{name}.parquet" for name in ("events", "cases", "customers")}
        made = frames(events, seed)
        for name, frame in made.items():
            frame.write_parquet(paths[name])
        number = made["events"].height
        del made
        started, worked = time.perf_counter(), time.process_time()
        chain = chain_of({name: pl.read_parquet(path) for name, path in paths.items()})
        read = time.perf_counter()
        encoded(chain)
        made_log = time.perf_counter()
        process.run(chain, process.Params(), seed, silent)
        followed = time.perf_counter()
        waiting.run(chain, waiting.Params(), seed, silent)
        ended = time.perf_counter()
        return {"events": number, "seconds": ended - started, "processor_seconds": time.process_time() - worked,
                "read": read - started, "encode": made_log - read, "process": followed - made_log,
                "waiting": ended - followed}


def refilter(events: int, seed: int) -> dict[str, float]:
    """Return the best of five times, in milliseconds, to count flows and their times over other halves of the cases."""
    log = encoded(chain_of(frames(events, seed)))
    rng, times = stream(seed, "refilter"), []
    _ = log.flow
    for _ in range(5):
        kept = rng.random(len(log.first) - 1) < 0.5
        started, worked = time.perf_counter(), time.process_time()
        log.flows(kept)
        times.append((time.perf_counter() - started, time.process_time() - worked))
    wall, processor = (1000.0 * min(each) for each in zip(*times, strict=True))
    return {"refilter_milliseconds": wall, "refilter_processor_milliseconds": processor}


def timed(question: Callable[[], Any]) -> tuple[float, Any]:
    """Return the processor seconds of a question, and its answer."""
    worked = time.process_time()
    answer = question()
    return time.process_time() - worked, answer


def beside_pm4py(events: int, object_events: int, seed: int) -> dict[str, Any]:
    """Return, per question, our seconds, those of pm4py, their ratio, and whether the counts are equal."""
    bare = frames(events, seed)
    bare["events"] = bare["events"].with_columns(started_at=pl.lit(None, pl.Datetime("us")),
                                                 resource=pl.lit(None, pl.String))
    touched = objects(object_events, seed)
    with tempfile.TemporaryDirectory() as folder:
        log, objects_log = Path(folder) / "events.parquet", Path(folder) / "objects.parquet"
        bare["events"].select("case", "step", "happened_at").write_parquet(log)
        touched["event_objects"].join(touched["events"], on="event").join(touched["objects"], on="object").select(
            "event", "step", "happened_at", "object", "kind").write_parquet(objects_log)
        said = said_by("pm4py", "pm4py_process.py", str(log), str(objects_log))
    theirs = json.loads(said.strip().splitlines()[-1])
    ours = {"flows": timed(lambda: _flow_counts(bare)), "variants": timed(lambda: _variant_counts(bare)),
            "object_flows": timed(lambda: _object_counts(touched))}
    return {name: {"ours": seconds, "theirs": theirs[name]["seconds"], "ratio": theirs[name]["seconds"] / seconds,
                   "equal": counts == theirs[name]["counts"]} for name, (seconds, counts) in ours.items()}


def _flow_counts(tables: dict[str, pl.DataFrame]) -> list[list[Any]]:
    """Count flows and their times from rows in memory."""
    log = encoded(chain_of(tables))
    counts, _, _ = log.flows(np.ones(len(log.first) - 1, np.bool_))
    return sorted([log.steps[a], log.steps[b], int(count)] for (a, b), count in zip(log.flow[1], counts, strict=True))


def _variant_counts(tables: dict[str, pl.DataFrame]) -> list[int]:
    """Count variants from rows in memory."""
    log = encoded(chain_of(tables))
    return sorted(np.bincount(variants(log.first, log.step)[0]).tolist())


def _object_counts(tables: dict[str, pl.DataFrame]) -> list[list[Any]]:
    """Count the flows of objects, with their times, from rows in memory."""
    found = process.object_flows(chain_of(tables))
    return sorted(list(row) for row in found.select("kind", "from_step", "to_step", "count").iter_rows())


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    asked.add_argument("--events", type=int, default=10_000_000, help="events of the large log")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--peers", action="store_true", help="ask pm4py the same (installs it apart)")
    given = asked.parse_args()
    warm = chain_of(frames(10_000, given.seed))
    process.run(warm, process.Params(), given.seed, silent)
    waiting.run(warm, waiting.Params(), given.seed, silent)
    large = from_parquet(given.events, given.seed)
    found: dict[str, Any] = {"seconds_10_million": large["seconds"] * 1e7 / large["events"], "large": large,
                             **refilter(given.events // 2, given.seed)}
    if given.peers:
        found["pm4py"] = beside_pm4py(given.events // 10, given.events // 50, given.seed)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
