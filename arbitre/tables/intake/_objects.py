"""Which objects of an object-centric log are the cases, and how does a flat file hold such a log?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from arbitre.core.errors import UsageError
from arbitre.core.words import nearest
from arbitre.tables.intake._columns import Export, asked, quoted
from arbitre.tables.intake._roles import words_of
from arbitre.tables.intake._statements import literal

_FLAT = {"event": "ocel:eid", "step": "ocel:activity", "time": "ocel:timestamp"}
_KIND = "ocel:type:"
_RESOURCES = {"resource", "org resource", "user", "agent", "employee", "technician", "operator"}

KINDS = """
-- How well a kind of object makes the case of events: how many events belong to exactly one of the kind (touched, or
-- the only one that their objects have met), times the share of its events that repeat no step (an order is paid once,
-- a customer orders again and again), times how far its life goes beyond one step.
WITH touched AS (SELECT DISTINCT event, object, kind FROM ocel_relations JOIN ocel_objects USING (object)),
met AS (
    SELECT touched.object, others.kind, min(others.object) AS owner
    FROM touched JOIN touched AS others ON others.event = touched.event AND others.kind <> touched.kind
    GROUP BY ALL HAVING min(others.object) = max(others.object)
),
belongs AS (
    SELECT touched.event, met.kind
    FROM touched JOIN met ON met.object = touched.object
    ANTI JOIN touched AS same ON same.event = touched.event AND same.kind = met.kind
    GROUP BY ALL HAVING min(met.owner) = max(met.owner)
),
single AS (
    SELECT kind, count(*) AS events
    FROM (SELECT kind, event FROM touched GROUP BY ALL HAVING count(*) = 1 UNION ALL SELECT kind, event FROM belongs)
    GROUP BY kind
),
lives AS (
    SELECT kind, object, count(*) AS events, count(DISTINCT step) AS steps
    FROM touched JOIN ocel_events USING (event) GROUP BY kind, object
)
SELECT kind, count(*) AS objects, sum(lives.events) / count(*) AS events_each, any_value(single.events)
    * sum(lives.steps) / sum(lives.events) * (1 - 1 / (sum(lives.steps) / count(*) + 1e-9)) AS score
FROM lives LEFT JOIN single USING (kind)
GROUP BY kind ORDER BY score DESC NULLS LAST, kind
"""

LEFT_OUT = """
SELECT (SELECT count(DISTINCT event) FROM ocel_events) AS events, (SELECT count(DISTINCT event) FROM events) AS kept,
    (SELECT count(*) FROM events) AS rows,
    (SELECT string_agg(step, ', ') FROM (
        SELECT step FROM ocel_events ANTI JOIN events USING (event) GROUP BY step ORDER BY count(*) DESC, step LIMIT 5)
    ) AS steps
"""


def is_flat(export: Export) -> bool:
    """Tell whether a table is an object-centric log: an event per row, its objects listed in a column per kind."""
    names = {column.name for column in export.columns}
    return set(_FLAT.values()) <= names and any(name.startswith(_KIND) for name in names)


def unfolded(export: Export, file: Path) -> dict[str, Path]:
    """Turn the flat file of an object-centric log into its three tables, beside it, and return them by name."""
    time = next(column for column in export.columns if column.name == _FLAT["time"])
    kinds = [column.name for column in export.columns if column.name.startswith(_KIND)]
    others = [column.name for column in export.columns if column.name not in (*_FLAT.values(), *kinds)]
    fields = ", ".join([f"{quoted(_FLAT['event'])} AS event", f"{quoted(_FLAT['step'])} AS step",
                        f"{time.dates.sql if time.dates else 'NULL'} AS time", *map(quoted, others)])
    listed = " UNION ALL ".join(
        f"SELECT {quoted(_FLAT['event'])} AS event, {literal(kind.removeprefix(_KIND))} AS kind, "
        f"unnest(regexp_extract_all({quoted(kind)}, '[''\"]([^''\"]+)[''\"]', 1)) AS object FROM export"
        for kind in kinds)
    frames = asked(
        {"export": file}, {"listed": listed},
        ocel_events=f"SELECT {fields} FROM export",
        ocel_objects="SELECT DISTINCT object, kind FROM listed ORDER BY object, kind",
        ocel_relations="SELECT event, object, CAST(NULL AS VARCHAR) AS role FROM listed")
    files = {}
    for name in ("ocel_events", "ocel_objects", "ocel_relations"):
        files[name] = file.with_name(f"{name}.parquet")
        frames[name].write_parquet(files[name], compression="zstd")
    file.unlink()
    return files


def guessed(files: Mapping[str, Path], case_kind: str | None) -> tuple[str, str | None, list[str]]:
    """Return the kind of object that is the case, the attribute that is the resource, and the guess in words.

    Raises UsageError when the log has no object of the kind given, or no object at all.
    """
    rows = asked(files, {}, kinds=KINDS)["kinds"].rows(named=True)
    if not rows:
        raise UsageError("No event of the log touches an object: nothing can be followed as a case.")
    known = [row["kind"] for row in rows]
    if case_kind and case_kind not in known:
        meant = nearest(case_kind, known)
        hint = f"Did you mean {meant}? " if meant else ""
        raise UsageError(f"The log has no objects of the kind {case_kind}. {hint}Its kinds: {', '.join(known)}.")
    kind = case_kind or known[0]
    columns = pl.read_parquet_schema(files["ocel_events"])
    resource = next((name for name in columns if words_of(name) in _RESOURCES), None)
    chosen = next(row for row in rows if row["kind"] == kind)
    others = ", ".join(name for name in known if name != kind) or "none"
    told = [f'The cases are the objects of the kind "{kind}": {chosen["objects"]:,}, with {chosen["events_each"]:.1f} '
            f"events each; other kinds: {others} (--case-kind)."]
    unused = [name for name in columns if name not in ("event", "step", "time", resource)]
    if resource:
        told.append(f'Mapped: resource = "{resource}".')
    if unused:
        told.append(f"Not used: {', '.join(unused)}.")
    return kind, resource, told


def left_out(files: Mapping[str, Path], events: str) -> list[str]:
    """Tell the events that belong to no case, and those that belong to several."""
    row = asked(files, {"events": events}, left=LEFT_OUT)["left"].row(0, named=True)
    told = []
    if row["events"] > row["kept"]:
        told.append(f"{row['events'] - row['kept']:,} of {row['events']:,} events belong to no case and are left out: "
                    f"{row['steps']}.")
    if row["rows"] > row["kept"]:
        told.append(f"{row['rows'] - row['kept']:,} events more than the log has, as some touched several cases.")
    return told
