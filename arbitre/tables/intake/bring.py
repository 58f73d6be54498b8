"""How does a raw export become a chain? Its tables as found, and the SQL that maps them, for a person to change.

The format is read by stream into Parquet files under sources/; which column is what is guessed from headers and
contents, written as SQL under map/, and told in words. Nothing is written when anything fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from arbitre.core.errors import UsageError
from arbitre.tables.cells._dates import Order
from arbitre.tables.files._toml import toml
from arbitre.tables.files.atomic import whole_folder
from arbitre.tables.intake import _objects, _statements
from arbitre.tables.intake._columns import Export, asked, looked_at, quoted
from arbitre.tables.intake._roles import Roles, guessed
from arbitre.tables.intake._sources import Brought, brought

_LEAST_ENDS = 0.8
"""A step ends cases when it was the last in this share of those it has happened to ..."""
_LEAST_CASES = 0.01
"""... and in this share of all cases."""
_FEW = 1_000
"""Values of a column looked at, at most."""

ENDS = """
WITH latest AS (SELECT "case", step, max(happened_at) AS latest FROM events GROUP BY "case", step),
lasts AS (SELECT step, latest = max(latest) OVER (PARTITION BY "case") AS is_last FROM latest)
SELECT step, count(*) AS met, count(*) FILTER (WHERE is_last) AS ended,
    (SELECT count(DISTINCT "case") FROM events) AS cases
FROM lasts GROUP BY step ORDER BY ended DESC, step
"""

LATE = """
SELECT count(*) FROM (
    SELECT happened_at < lag(happened_at) OVER (PARTITION BY "case" ORDER BY place) AS is_late
    FROM (SELECT {case} AS "case", {when} AS happened_at, row_number() OVER () AS place FROM log)
) WHERE is_late
"""


@dataclass(frozen=True)
class Plan:
    """What is to be written: the sources, the statement of each table, and what was guessed, in words."""

    sources: Mapping[str, Path]
    statements: dict[str, str]
    told: tuple[str, ...]
    rows: int = 0
    """Rows of the source that could each make one; 0 where they are told already."""


def bring(source: Path | str, folder: Path | str, dates: Order | None = None, case_kind: str | None = None
          ) -> tuple[str, ...]:
    """Write a chain made from a raw export to a new folder, and return in words what was guessed and left out.

    `source` is a CSV, XES (or .xes.gz), OCEL 2.0 (sqlite, json, xml), Parquet or DuckDB file or a workbook, with "#"
    and a sheet where there are several. `dates` says how "03/04/2026" reads where the export does not tell;
    `case_kind` which kind of object of an object-centric log is the case.

    Raises UsageError when the folder is taken or nothing can be mapped, UnreadableFile when the file cannot be read.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already and is not empty. Give the name of a new chain.")
    with whole_folder(folder) as staging:
        new = staging / folder.name
        (new / "sources").mkdir(parents=True)
        (new / "map").mkdir()
        found = brought(str(source), new / "sources")
        plan = _planned(found, dates, case_kind)
        counts = _counted(plan)
        said = f"{counts['events']:,} events of " * bool(counts["events"]) + f"{counts['cases']:,} cases"
        name = Path(str(source).partition("#")[0]).name
        for table, statement in plan.statements.items():
            (new / "map" / f"{table}.sql").write_text(statement, encoding="utf-8")
        (new / "chain.toml").write_text(toml({
            "name": folder.name,
            "sentence": f"Brought from {name}: {said}.",
            "sources": {each: f"sources/{file.name}" for each, file in plan.sources.items()},
            "map": {table: f"map/{table}.sql" for table in plan.statements},
        }), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        new.rename(folder)
    return (f"{name}: {said}.", *found.told, *plan.told, *_left(plan, counts))


def _planned(found: Brought, dates: Order | None, case_kind: str | None) -> Plan:
    if found.form == "OCEL":
        return _of_objects(found.files, case_kind)
    (source, file), = found.files.items()
    export = looked_at(source, file, dates)
    if _objects.is_flat(export):
        return _of_objects(_objects.unfolded(export, file), case_kind)
    if case_kind:
        raise UsageError("A kind of case is chosen in an object-centric log, and this is none. Leave --case-kind out.")

    def distinct(column: str) -> int:
        grouped = f"SELECT count(*) FROM (SELECT {quoted(column)} FROM {source} GROUP BY ALL)"
        return int(asked({source: file}, {}, answer=grouped)["answer"].item())

    def values(column: str) -> list[str]:
        few = f"SELECT DISTINCT {quoted(column)} FROM {source} LIMIT {_FEW}"
        return asked({source: file}, {}, answer=few)["answer"].to_series().drop_nulls().cast(pl.String).to_list()

    roles = guessed(export, distinct, values, is_xes=found.form == "XES")
    told = _told(roles, export)
    if roles.is_log:
        return _of_log(roles, export, file, told)
    if not {"opened_at", "promised_at", "closed_at"} & roles.columns.keys() and not roles.steps:
        raise UsageError("No column of the export reads as dates, so nothing says when anything happened. "
                         "Give an export with a column of dates.")
    is_key = "case" in roles.columns and distinct(roles.name("case")) == export.rows
    return _of_rows(roles, export, file, is_key, told)


def _of_log(roles: Roles, export: Export, file: Path, told: list[str]) -> Plan:
    file = file.rename(file.with_name("log.parquet"))
    sources = {"log": file}
    case, at = quoted(roles.name("case")), roles.columns["happened_at"]
    when = at.dates.sql if at.dates else quoted(at.name)
    late = int(asked(sources, {}, late=LATE.format(case=case, when=when))["late"].item())
    events = _statements.events_of_log(roles, export.repeated, unordered=late > 0)
    ends, said = _ends(sources, events)
    statements = {"cases": _statements.cases_of_log(roles, ends), **_customers(roles, "log")}
    if "promised_at" in roles.columns:
        statements["promises"] = _statements.PROMISES
    told += [said]
    if late:
        told.append(f"Put in order: {late:,} events that stood before an earlier one of their case.")
    if export.repeated:
        told.append(f"{export.repeated:,} rows repeat another one exactly: they count once.")
    return Plan(sources, {"events": events, **statements}, tuple(told), export.rows - export.repeated)


def _of_rows(roles: Roles, export: Export, file: Path, is_key: bool, told: list[str]) -> Plan:
    has_case = "case" in roles.columns
    if not is_key:
        told.append("No column names each row: cases are numbered." if not has_case else
                    f'Several rows share a "{roles.name("case")}": each is a case of its own, numbered.')
    statements = {"cases": _statements.cases_of_rows(roles, is_key), **_customers(roles, "export")}
    if roles.steps and is_key:
        statements["events"] = _statements.events_of_rows(roles)
        told.append("Events: one per date of a case that is no promise.")
    if "promised_at" in roles.columns:
        statements["promises"] = _statements.PROMISES
        if _statements.days_end(roles):
            told.append("Promises are days and closings have hours: a day promised is kept until it ends.")
    return Plan({"export": file}, statements, tuple(told), export.rows)


def _of_objects(files: Mapping[str, Path], case_kind: str | None) -> Plan:
    kind, resource, told = _objects.guessed(files, case_kind)
    events = _statements.events_of_ocel(kind, resource)
    ends, said = _ends(files, events)
    statements = {"events": events, "cases": _statements.cases_of_ocel(ends), "objects": _statements.OCEL_OBJECTS,
                  "event_objects": _statements.OCEL_EVENT_OBJECTS}
    return Plan(files, statements, (*told, said, *_objects.left_out(files, events)))


def _customers(roles: Roles, source: str) -> dict[str, str]:
    """Return the statements of customers and segments, where the export names both."""
    if not {"customer", "segment"} <= roles.columns.keys():
        return {}
    customer, segment = quoted(roles.name("customer")), quoted(roles.name("segment"))
    return {"customers": _statements.CUSTOMERS.format(customer=customer, segment=segment, source=source),
            "segments": _statements.SEGMENTS}


def _ends(sources: Mapping[str, Path], events: str) -> tuple[list[str], str]:
    """Return the steps that end cases, and how that was decided."""
    rows = asked(sources, {"events": events}, ends=ENDS)["ends"].rows(named=True)
    ends = [row for row in rows
            if row["ended"] >= max(_LEAST_ENDS * row["met"], _LEAST_CASES * row["cases"])]
    if not ends:
        return [], "No step ends most of the cases it happens to: every case counts as open."
    listed = ", ".join(f'"{row["step"]}" ({row["ended"]:,} of the {row["met"]:,} it happened to)' for row in ends)
    return [row["step"] for row in ends], f"Closed are cases whose last step is {listed}; the others are open."


def _counted(plan: Plan) -> dict[str, int]:
    """Return the rows of each table that the statements make."""
    counts = {f"count_{name}": f"SELECT count(*) FROM {name}" for name in plan.statements}
    tables = asked(plan.sources, plan.statements, **counts)
    return {"events": 0, **{name: int(tables[f"count_{name}"].item()) for name in plan.statements}}


def _left(plan: Plan, counts: Mapping[str, int]) -> list[str]:
    """Tell how many rows of the source make no row of ours, and why."""
    is_log = "log" in plan.sources
    left = plan.rows - counts["events" if is_log else "cases"]
    if not plan.rows or not left:
        return []
    why = ("no completion of their own, or lack a case, a step or a time" if is_log else
           "no date, or were promised or closed before they were opened")
    return [f"{left:,} rows are left out: they have {why}."]


def _told(roles: Roles, export: Export) -> list[str]:
    """Tell the guess: what each row is, which column is what, and which are not used."""
    told = ["Each row is an event." if roles.is_log else "Each row is a case."]
    mapped = ", ".join(f'{role} = "{column.name}"' for role, column in roles.columns.items())
    told.append(f"Mapped: {mapped}.")
    read = [column for column in export.columns if column in (*roles.columns.values(), *roles.steps)]
    for column in read:
        dates = column.dates
        if dates and (dates.odd or "%" in dates.said):
            none = f'; {dates.odd:,} cells are none ("{dates.example}")' if dates.odd else ""
            told.append(f'Dates of "{column.name}" are written {dates.said}{none}.')
    if roles.lifecycle_pairs:
        told.append(f'Starts and completions ("{roles.name("lifecycle")}") are one event; other transitions, and '
                    "starts that were never completed, are left out.")
    if roles.unused:
        told.append(f"Not used: {', '.join(roles.unused)}.")
    return told
