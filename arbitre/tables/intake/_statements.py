"""Which SQL turns an export into our tables? Written for a person to read and to change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from arbitre.tables.intake._columns import Found, quoted
from arbitre.tables.intake._roles import Roles

_MOST_NAMED = 40
_DATES = ("opened_at", "promised_at", "closed_at")
_ASKED = ("customer", "offer", "item", "site", "quantity")
_CLOSED = "-- Closed: the last thing that happened to the case is one of the steps listed here; else it is open."
_DAY_END = "INTERVAL '23:59:59'"


def literal(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def comment(text: str) -> str:
    """Return a sentence as comment lines of 118 signs at most."""
    lines, line = [], "--"
    for word in text.split():
        if len(line) + len(word) > 117 and line != "--":
            lines.append(line)
            line = "--"
        line += f" {word}"
    return "\n".join([*lines, line])


def _dated(source: str, columns: Iterable[Found]) -> str:
    """Return the rows of a source with their dates read, for a FROM."""
    read = [f"        {column.dates.sql} AS {quoted(column.name)}" for column in columns
            if column.dates and column.dates.sql != quoted(column.name)]
    if not read:
        return source
    listed = ",\n".join(read)
    return f"""(
    SELECT * REPLACE (
{listed}
    )
    FROM {source}
)"""


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")


def _unused(roles: Roles, way: str) -> list[str]:
    if not roles.unused:
        return []
    named = ", ".join(roles.unused[:_MOST_NAMED])
    more = f" and {len(roles.unused) - _MOST_NAMED} more" if len(roles.unused) > _MOST_NAMED else ""
    return [comment(f"Not used: {named}{more}. To use one, add {way.format(quoted(roles.unused[0]))}.")]


def _in_place(repeated: int) -> str:
    """Return the rows of the log, each once, with their place in the file."""
    rows = "SELECT *, row_number() OVER () AS row_in_file FROM log"
    if not repeated:
        return f"({rows})"
    return f"(SELECT * EXCLUDE (row_in_file), min(row_in_file) AS row_in_file FROM ({rows}) GROUP BY ALL)"


def events_of_log(roles: Roles, repeated: int, unordered: bool) -> str:
    """Return the statement of `events` for a log: a row per event, or per start with its completion."""
    times = [roles.columns[role] for role in ("happened_at", "started_at") if role in roles.columns]
    fields = {role: quoted(roles.name(role)) for role in ("case", "step", "happened_at", "started_at", "resource")
              if role in roles.columns}
    top = [comment("One row per thing that happened. Change a line to map another column.")]
    if repeated:
        top.append(comment(f"{repeated:,} rows repeat another one exactly and count once."))
    if roles.lifecycle_pairs:
        return "\n".join([*top, _paired(roles, fields, _dated(_in_place(repeated), times))])
    in_order = unordered or repeated
    source = _dated(_in_place(repeated) if in_order else "log", times)
    listed = ",\n    ".join(f"{value} AS {_name(role)}" for role, value in fields.items())
    full = " AND ".join(f"{fields[role]} IS NOT NULL" for role in ("case", "step", "happened_at"))
    order = f"\nORDER BY {fields['case']}, {fields['happened_at']}, row_in_file" if in_order else ""
    return "\n".join([*top, f"""SELECT
    {listed}
FROM {source}
WHERE {full}{order}
"""])


def _name(role: str) -> str:
    return '"case"' if role == "case" else role


def _paired(roles: Roles, fields: dict[str, str], source: str) -> str:
    """Return the statement that makes one event of a start and its completion.

    `open` counts starts without completion so far; where it falls below its lowest there was nothing to complete.
    """
    transition = f"lower({quoted(roles.name('lifecycle'))})"
    work = [fields["case"], fields["step"]]
    if "instance" in roles.columns:
        work.append(quoted(roles.name("instance")))
    same = f"(PARTITION BY {', '.join(work)} ORDER BY {fields['happened_at']}, change DESC, row_in_file)"
    joined = " AND ".join(f"starts.{name} IS NOT DISTINCT FROM ends.{name}" for name in work)
    resource = f"    ends.{fields['resource']} AS resource,\n" if "resource" in fields else ""
    return f"""WITH found AS (
    SELECT *, CASE {transition} WHEN 'start' THEN 1 ELSE -1 END AS change
    FROM {_indented(source)}
    WHERE {transition} IN ('start', 'complete') AND {fields['happened_at']} IS NOT NULL
),
-- A completion ends the oldest start of its step in its case that is still open; without one it has no start.
counted AS (
    SELECT *, sum(change) OVER same AS open, count(*) FILTER (WHERE change = 1) OVER same AS started
    FROM found
    WINDOW same AS {same}
),
lowered AS (
    SELECT *, least(0, min(open) OVER same) AS lowest
    FROM counted
    WINDOW same AS {same}
),
ends AS (
    SELECT *, CASE WHEN lowest = lag(lowest, 1, 0) OVER same THEN started - open + lowest END AS ended
    FROM lowered
    WINDOW same AS {same}
    QUALIFY change = -1
)
SELECT
    ends.{fields['case']} AS "case",
    ends.{fields['step']} AS step,
    ends.{fields['happened_at']} AS happened_at,
{resource}    starts.{fields['happened_at']} AS started_at
FROM ends LEFT JOIN (SELECT * FROM counted WHERE change = 1) AS starts
    ON {joined} AND starts.started = ends.ended
ORDER BY 1, 3, ends.row_in_file
"""


def cases_of_log(roles: Roles, ends: Sequence[str]) -> str:
    """Return the statement of `cases` for a log: a row per case, closed when an end step is the last that happened."""
    known = {role: roles.columns[role] for role in (*_ASKED, *_DATES) if role in roles.columns}
    kept = "".join(f",\n        min({quoted(column.name)}) AS {role}" for role, column in known.items())
    opened = "coalesce(known.opened_at, happened.opened_at)" if "opened_at" in known else "happened.opened_at"
    closed = "known.closed_at" if "closed_at" in known else "happened.closed_at"
    named = "".join(f"    known.{role},\n" for role in known if role not in ("opened_at", "closed_at"))
    top = ["-- One row per case of the log.", _CLOSED,
           *_unused(roles, 'a line "min({}) AS offer" to the block known, and "known.offer" above')]
    return "\n".join([*top, f"""SELECT
    happened."case",
{named}    {opened} AS opened_at,
    {closed} AS closed_at
FROM (
{_lives(ends, has_start="started_at" in roles.columns or roles.lifecycle_pairs)}
) AS happened
LEFT JOIN (
    SELECT
        {quoted(roles.name('case'))} AS "case"{kept}
    FROM {_indented(_dated("log", [column for role, column in known.items() if role in _DATES]))}
    GROUP BY 1
) AS known ON known."case" = happened."case"
ORDER BY opened_at, "case"
"""])


def _lives(ends: Sequence[str], has_start: bool) -> str:
    listed = ", ".join(map(literal, ends)) or "NULL"
    begun = "least(started_at, happened_at)" if has_start else "happened_at"
    return f"""    SELECT
        "case",
        min({begun}) AS opened_at,
        CASE WHEN max(happened_at) FILTER (WHERE step IN ({listed})) = max(happened_at) THEN max(happened_at) END
            AS closed_at
    FROM events
    GROUP BY "case\""""


def cases_of_rows(roles: Roles, is_key: bool) -> str:
    """Return the statement of `cases` for rows that are cases; `is_key`: the column of the case names each row."""
    dates = {role: quoted(roles.name(role)) for role in _DATES if role in roles.columns}
    every = [*(quoted(column.name) for column in roles.steps), *dates.values()]
    earliest = every[0] if len(every) == 1 else "least({})".format(", ".join(every))
    fields = {"case": _case(roles, is_key)}
    fields |= {role: quoted(roles.name(role)) for role in _ASKED if role in roles.columns}
    fields["opened_at"] = f"coalesce({dates['opened_at']}, {earliest})" if "opened_at" in dates else earliest
    fields |= {role: name for role, name in dates.items() if role != "opened_at"}
    top = ["-- One row per case, from the export as found. Change a line to map another column.",
           *_unused(roles, 'a line "{} AS offer"')]
    if "opened_at" not in dates:
        top.append("-- No date is said to be the opening: a case opens at the earliest of its dates.")
    if days_end(roles):
        fields["promised_at"] += f" + {_DAY_END}"
        top.append("-- A day promised is kept until it ends.")
    listed = ",\n        ".join(f"{value} AS {_name(role)}" for role, value in fields.items())
    sound = "".join(f" AND coalesce({role} >= opened_at, true)" for role in _DATES[1:] if role in dates)
    read = [*roles.steps, *(roles.columns[role] for role in dates)]
    return "\n".join([*top, f"""SELECT *
FROM (
    SELECT
        {listed}
    FROM {_indented(_dated("export", read))}
)
WHERE opened_at IS NOT NULL{sound}
ORDER BY opened_at, "case"
"""])


def _case(roles: Roles, is_key: bool) -> str:
    if "case" not in roles.columns:
        return "row_number() OVER ()"
    case = quoted(roles.name("case"))
    return case if is_key else f"{case} || ' ' || row_number() OVER (PARTITION BY {case})"


def days_end(roles: Roles) -> bool:
    """Tell whether promises are days while closings have hours: a day promised is then kept until it ends."""
    promised, closed = roles.columns.get("promised_at"), roles.columns.get("closed_at")
    return bool(promised and closed and promised.dates and closed.dates
                and promised.dates.days_only and not closed.dates.days_only)


def events_of_rows(roles: Roles) -> str:
    """Return the statement of `events` for rows that are cases: one per date that says when something happened."""
    happened = [*roles.steps, *(roles.columns[role] for role in ("opened_at", "closed_at") if role in roles.columns)]
    names = ", ".join(quoted(column.name) for column in happened)
    return f"""-- One event per date that tells when something happened; one long before the opening is an error.
SELECT cases."case", found.step, found.happened_at
FROM (
    SELECT {quoted(roles.name("case"))}, {names}
    FROM {_indented(_dated("export", happened))}
) UNPIVOT (happened_at FOR step IN ({names})) AS found
JOIN cases ON cases."case" = found.{quoted(roles.name("case"))}
WHERE found.happened_at >= cases.opened_at - INTERVAL 1 DAY
ORDER BY 1, 3
"""


PROMISES = """-- One promise to everyone: done by the date promised. Give it a target_share, as 0.95, to have it judged.
SELECT
    'date' AS promise,
    'Done by the date promised' AS name,
    'window' AS measure,
    NULL AS target_share,
    'month' AS period
"""

CUSTOMERS = """-- Customers and their segments, as the export names them.
SELECT {customer} AS customer, min({segment}) AS segment FROM {source} WHERE {customer} IS NOT NULL GROUP BY ALL
"""

SEGMENTS = """SELECT DISTINCT segment FROM customers
"""

OCEL_OBJECTS = """-- One row per thing that events touch.
SELECT object, min(kind) AS kind FROM ocel_objects GROUP BY object ORDER BY object
"""

OCEL_EVENT_OBJECTS = """-- Which event touched which object, as what; events without a case are left out.
SELECT DISTINCT event, object, role
FROM ocel_relations SEMI JOIN events USING (event) SEMI JOIN objects USING (object)
ORDER BY event, object, role
"""

OCEL_CASES = """-- One row per case.
{said}
SELECT * FROM (
{lives}
)
ORDER BY opened_at, "case"
"""

OCEL_EVENTS = """-- One row per event and case it touched. {said}
-- An event that touched none belongs to the case of its objects, where they have met one case only.
WITH touched AS (
    SELECT DISTINCT event, object AS "case"
    FROM ocel_relations SEMI JOIN (SELECT object FROM ocel_objects WHERE kind = {case_kind}) USING (object)
),
met AS (
    SELECT object, min("case") AS "case"
    FROM ocel_relations JOIN touched USING (event)
    GROUP BY object HAVING min("case") = max("case")
),
belongs AS (
    SELECT event, min("case") AS "case"
    FROM ocel_relations JOIN met USING (object) ANTI JOIN touched USING (event)
    GROUP BY event HAVING min("case") = max("case")
)
SELECT ocel_events.event, found."case", ocel_events.step, ocel_events.time AS happened_at{resource}
FROM (FROM touched UNION ALL FROM belongs) AS found
JOIN (SELECT DISTINCT * FROM ocel_events) AS ocel_events USING (event)
WHERE ocel_events.time IS NOT NULL
ORDER BY found."case", happened_at, ocel_events.event
"""


def events_of_ocel(case_kind: str, resource: str | None) -> str:
    """Return the statement of `events` for an object-centric log whose cases are the objects of one kind."""
    return OCEL_EVENTS.format(
        said="The cases are the objects of one kind: name another kind to follow that one.",
        case_kind=literal(case_kind), resource=f", ocel_events.{quoted(resource)} AS resource" if resource else "")


def cases_of_ocel(ends: Sequence[str]) -> str:
    """Return the statement of `cases` for an object-centric log."""
    return OCEL_CASES.format(said=_CLOSED, lives=_lives(ends, has_start=False))
