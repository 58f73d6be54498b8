"""What two public event logs wait for, read by the standard library. Prints one JSON object.

    python -m benchmarks.real_logs --data ../shared/data --json
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import polars as pl

from arbitre.capability import silent
from arbitre.measure import process, waiting
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.settings import Settings

Trace = list[dict[str, str]]
_COLUMNS = ("case", "step", "started_at", "happened_at", "resource")


def traces(path: Path) -> Iterator[tuple[str, Trace]]:
    """Yield each case of a log in XES with the attributes of its events, in the order of the file."""
    with gzip.open(path) as file:
        for _, element in ElementTree.iterparse(file):  # noqa: S314 - known files, not a user's
            if element.tag.rpartition("}")[2] == "trace":
                case = next(child.get("value", "") for child in element if child.get("key") == "concept:name")
                yield case, [{field.get("key", ""): field.get("value", "") for field in child}
                             for child in element if child.tag.rpartition("}")[2] == "event"]
                element.clear()


def incidents(folder: Path) -> pl.DataFrame:
    """Return the incidents of BPIC 2013 as work at a line of support, by its owner.

    An event of that log sets a status, which holds until the next one: a spell in progress is work. The line is the
    last word of the group: 2nd, 3rd; the first line has none.
    """
    rows = []
    for case, events in traces(folder / "bpic2013_incidents.xes.gz"):
        way = sorted(events, key=lambda fields: fields["time:timestamp"])
        for fields, later in zip(way, [*way[1:], way[-1]], strict=True):
            if fields["lifecycle:transition"] == "In Progress":
                line = fields["org:group"].rpartition(" ")[2]
                rows.append((case, line if line in ("2nd", "3rd") else "1st", fields["time:timestamp"],
                             later["time:timestamp"], fields["org:resource"]))
    return _typed(rows)


def repairs(folder: Path) -> pl.DataFrame:
    """Return the repairs of the repair example as work: from start to complete, or complete alone."""
    rows = []
    for case, events in traces(folder / "repair_example.xes.gz"):
        begun: dict[tuple[str, str], list[str]] = defaultdict(list)
        for fields in events:
            key = fields["concept:name"], fields["org:resource"]
            if fields["lifecycle:transition"] == "start":
                begun[key].append(fields["time:timestamp"])
            else:
                started = begun[key].pop(0) if begun[key] else fields["time:timestamp"]
                rows.append((case, key[0], started, fields["time:timestamp"], key[1]))
    return _typed(rows)


def _typed(rows: list[tuple[str, str, str, str, str]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(_COLUMNS, pl.String), orient="row")
    times = pl.col("started_at", "happened_at").str.to_datetime(time_zone="UTC").dt.replace_time_zone(None)
    return frame.with_columns(times)


def main() -> None:
    """Measure both logs and print their summaries."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--data", type=Path, required=True, help="the folder of the real data")
    asked.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    folder = asked.parse_args().data / "events"
    found = {}
    for name, frame in (("bpic2013_incidents", incidents(folder)), ("repair_example", repairs(folder))):
        chain = Chain(Settings(name=name), {"events": shaped(INPUTS["events"], frame)})
        waited = waiting.run(chain, waiting.Params(), 0, silent)
        found[name] = {"process": process.run(chain, process.Params(), 0, silent).summary, "waiting": waited.summary,
                       "first_gains": waited.tables["wait_gains"].drop_nulls("step").head(4).to_dicts()}
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
