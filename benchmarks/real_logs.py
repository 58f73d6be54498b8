"""Two public event logs as rows of the table events, for tests and measured figures; read by the standard library."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import polars as pl

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
