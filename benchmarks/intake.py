"""How fast does a raw export become a chain, and in how much memory? Prints one JSON object.

    python -m benchmarks.intake --data ../shared/data --json [--events 5000000]

`csv`: a generated log (case, activity, timestamp, resource and a country; eight events a case, in order of time) with
the number of events asked, and a fifth of it. `xes`: a real log (BPIC 2013 incidents, 65,533 events of 13 attributes)
as it is, packed, and its traces repeated ten times, plain. For each `bring` (arbitre new --from) and `open` (the chain,
mapped, typed and checked) are run in processes of their own; `memory` is the largest of the process, `child_memory` of
the limited children in which files are read (MB). Rates are by processor seconds, of all these processes together.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

import arbitre

TIMES = 10
CSV = """
COPY (
    SELECT
        'C' || lpad(CAST(number // 8 AS VARCHAR), 9, '0') AS "Case ID",
        'Step ' || CASE number % 8 WHEN 0 THEN 1 WHEN 7 THEN 25 ELSE 2 + hash(number) % 22 END AS Activity,
        strftime(TIMESTAMP '2024-01-01' + to_seconds(number * 7), '%Y-%m-%d %H:%M:%S') AS Timestamp,
        'Agent ' || hash(number * 7) % 400 AS Resource,
        'Country ' || hash(number // 8) % 40 AS Country
    FROM range(getvariable('events')) AS numbers(number)
) TO '{}' (HEADER)
"""


def generated(events: int, file: Path) -> Path:
    with duckdb.connect() as database:
        database.execute("SET VARIABLE events = $1", [events])
        database.execute(CSV.format(file))
    return file


def repeated(log: Path, file: Path) -> Path:
    """Write the log unpacked, its traces several times, each time under other names."""
    text = gzip.decompress(log.read_bytes()).decode("utf-8")
    start, end = text.index("<trace>"), text.rindex("</trace>") + len("</trace>")
    with file.open("w", encoding="utf-8") as stream:
        stream.write(text[:start])
        for turn in range(TIMES):
            stream.write(text[start:end].replace('<string key="concept:name" value="1-', '<string key="concept:name" '
                                                 f'value="{turn + 1}-'))
        stream.write(text[end:])
    return file


def one(verb: str, first: str, second: str) -> dict[str, Any]:
    """Run one verb in this process: what it took."""
    started = time.perf_counter()
    events = 0
    if verb == "bring":
        arbitre.bring(first, second)
    else:
        chain = arbitre.open(first)
        chain.check()
        events = chain.table("events").height
    used = {who: resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)}
    return {"seconds": round(time.perf_counter() - started, 2), "events": events,
            "processor_seconds": round(sum(each.ru_utime + each.ru_stime for each in used.values()), 2),
            "memory": used[resource.RUSAGE_SELF].ru_maxrss // 1024,
            "child_memory": used[resource.RUSAGE_CHILDREN].ru_maxrss // 1024}


def measured(file: Path, folder: Path) -> dict[str, Any]:
    chain = folder / f"{file.name.partition('.')[0]}_chain"
    took = {}
    for verb, words in (("bring", (str(file), str(chain))), ("open", (str(chain), ""))):
        done = subprocess.run([sys.executable, "-m", "benchmarks.intake", "--one", verb, *words], check=True,
                              capture_output=True, text=True)
        took[verb] = json.loads(done.stdout)
    size, events = file.stat().st_size / 1e6, took["open"]["events"]
    seconds = took["bring"]["processor_seconds"]
    return {"megabytes": round(size, 1), "events": events, **took,
            "kept_megabytes": round(sum(part.stat().st_size for part in (chain / "sources").iterdir()) / 1e6, 1),
            "megabytes_per_second": round(size / seconds, 1), "events_per_second": round(events / seconds)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(one(*asked.one)))
        return
    answer: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for events in (asked.events // 5, asked.events):
            file = generated(events, folder / f"csv_{events}.csv")
            answer[f"csv_{events}"] = measured(file, folder)
            file.unlink()
        log = asked.data / "events" / "bpic2013_incidents.xes.gz"
        if log.exists():
            answer["xes_packed"] = measured(log, folder)
            answer[f"xes_{TIMES}_times"] = measured(repeated(log, folder / "repeated.xes"), folder)
    print(json.dumps(answer, indent=None if asked.json else 2))


if __name__ == "__main__":
    main()
