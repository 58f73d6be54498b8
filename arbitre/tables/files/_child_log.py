"""Script run by _child.py: reads an event log (XES, OCEL 2.0) by stream and writes its tables as Parquet.

XES (IEEE 1849-2016) gives `log`: a row per event, a column per attribute, those of its trace headed "case:". OCEL 2.0
(arXiv 2403.01975; SQLite, JSON or XML) gives `ocel_events` (event, step, time, and a column per attribute),
`ocel_objects` (object, kind) and `ocel_relations` (event, object, role). Dates are times, everything else stays text.
told.json counts what was read and what was left out.
"""

import gzip
import json
import sqlite3
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

import polars as pl

BATCH = 50_000
"""Rows held at once."""
CHUNK = 1 << 20
MOST_UNPACKED = 100_000_000_000
MOST_SWOLLEN = 150
"""Times that a packed file may swell; logs swell 30 to 50 times, an archive made to harm a thousand."""
MOST_JSON = 200_000_000
MOST_COLUMNS = 2_000
MOST_DEPTH = 100
_ATTRIBUTES = {"string", "date", "int", "float", "boolean", "id"}
_OCEL_SIGNS = (b"<object-types", b"<event-types", b"<objects", b"<events")

Refuse = Callable[..., Any]


class Rows:
    """The rows of one table on their way to Parquet: some at a time, each batch a file, all joined at the end."""

    def __init__(self, folder: Path, name: str, columns: dict[str, Any], refuse: Refuse) -> None:
        self.folder, self.name, self.refuse = folder, name, refuse
        self.kinds: dict[str, Any] = dict(columns)
        self.rows: list[dict[str, str | None]] = []
        self.parts: list[Path] = []
        self.unread = 0

    def add(self, row: dict[str, str | None]) -> None:
        self.rows.append(row)
        if len(self.rows) >= BATCH:
            self.flush()

    def flush(self) -> None:
        for header in dict.fromkeys(chain.from_iterable(self.rows)):
            self.kinds.setdefault(header, pl.String)
        if len(self.kinds) > MOST_COLUMNS:
            self.refuse("too_many_columns", most=str(MOST_COLUMNS))
        columns = []
        for header, kind in self.kinds.items():
            text = pl.Series(header, [row.get(header) for row in self.rows], dtype=pl.String)
            if kind == pl.String:
                columns.append(text)
                continue
            times = read_times(text)
            self.unread += times.null_count() - text.null_count()
            columns.append(times)
        self.parts.append(self.folder / f"{self.name}.{len(self.parts)}.part")
        pl.DataFrame(columns).write_parquet(self.parts[-1])
        self.rows.clear()

    def close(self) -> None:
        """Join the batches as NAME.parquet; one that lacks a column leaves it empty."""
        if self.rows or not self.parts:
            self.flush()
        parts = [pl.scan_parquet(part) for part in self.parts]
        wanted = [[pl.col(header) if header in part.collect_schema() else pl.lit(None, kind).alias(header)
                   for header, kind in self.kinds.items()] for part in parts]
        whole = pl.concat([part.select(columns) for part, columns in zip(parts, wanted, strict=True)])
        whole.sink_parquet(self.folder / f"{self.name}.parquet", compression="zstd")
        for part in self.parts:
            part.unlink()


TIME = pl.Datetime("us", "UTC")


def read_times(text: pl.Series) -> pl.Series:
    """Return ISO times as instants; one without offset counts as UTC, one that is no time is empty."""
    zoned = text.str.contains(r"[+-]\d\d:?\d\d$|[Zz]$")
    form = "%Y-%m-%dT%H:%M:%S%.f%#z"
    said = text.str.replace(" ", "T", literal=True).str.replace(r"[Zz]$", "+00:00")
    given = said.set(~zoned.fill_null(value=True), None).str.to_datetime(form, strict=False, time_unit="us")
    bare = said.set(zoned.fill_null(value=True), None)
    if bare.null_count() < bare.len():
        read = bare.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us").dt.replace_time_zone("UTC")
        given = pl.select(pl.coalesce(given, read)).to_series()
    return given.alias(text.name)


def parse(files: list[Path], folder: Path, refuse: Refuse) -> None:
    """Write the tables of the one log to `folder`."""
    file = files[0]
    with file.open("rb") as stream:
        start = stream.read(CHUNK)
    if start.startswith(b"SQLite format 3"):
        told = _sqlite(file, folder, refuse)
    elif start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        told = _json(file, folder, refuse)
    else:
        told = _xml(file, folder, refuse)
    (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")


# --- XML: XES and OCEL -----------------------------------------------------------------------------------------------


def _chunks(file: Path, refuse: Refuse) -> Iterator[bytes]:
    """Give the text of a file, unpacked, some at a time; refuse one that swells beyond measure."""
    packed, total = file.stat().st_size, 0
    with file.open("rb") as raw:
        is_packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream: BinaryIO | gzip.GzipFile = gzip.GzipFile(fileobj=raw) if is_packed else raw
        try:
            while chunk := stream.read(CHUNK):
                total += len(chunk)
                if total > MOST_UNPACKED or (is_packed and total > 50 * CHUNK + MOST_SWOLLEN * packed):
                    refuse("file_too_large")
                yield chunk
        except (EOFError, zlib.error, gzip.BadGzipFile) as wrong:
            refuse("damaged_file", why=str(wrong))


def _xml(file: Path, folder: Path, refuse: Refuse) -> dict[str, Any]:
    reader: Xes | Ocel | None = None
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    # A document type is where entities are declared: without one there are none to expand or to fetch.
    parser.StartDoctypeDeclHandler = lambda *_: refuse("log_document_type")
    try:
        for chunk in _chunks(file, refuse):
            if reader is None:
                is_ocel = any(sign in chunk for sign in _OCEL_SIGNS)
                reader = Ocel(folder, refuse) if is_ocel else Xes(folder, refuse)
                parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
                if isinstance(reader, Ocel):
                    parser.CharacterDataHandler = reader.text
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as wrong:
        refuse("damaged_file", why=str(wrong))
    return reader.close() if reader else {}


class Xes:
    """Turns the elements of a XES log into rows: log > trace > event > attribute, nested attributes left out."""

    def __init__(self, folder: Path, refuse: Refuse) -> None:
        self.rows = Rows(folder, "log", {"case:concept:name": pl.String}, refuse)
        self.refuse = refuse
        self.depth = self.traces = self.events = self.nested = 0
        self.trace: dict[str, str | None] = {}
        self.event: dict[str, str | None] | None = None
        self.waiting: list[dict[str, str | None]] = []

    def start(self, name: str, attributes: list[str]) -> None:
        self.depth = depth = self.depth + 1
        if depth == 4:
            if self.event is not None and len(attributes) >= 4:
                # Nearly all elements of a log come this way: the usual order of attributes is read at once.
                key, value = attributes[1::2] if attributes[0] == "key" and len(attributes) == 4 else _pair(attributes)
                self.event[key] = value
                if name == "date" and key not in self.rows.kinds:
                    self.rows.kinds[key] = TIME
        elif depth == 3:
            if name == "event":
                self.event = {}
            elif name in _ATTRIBUTES and self.traces and len(attributes) >= 4:
                key, value = _pair(attributes)
                self.trace[f"case:{key}"] = value
                if name == "date":
                    self.rows.kinds.setdefault(f"case:{key}", TIME)
        elif depth == 2:
            if name == "trace":
                self.traces += 1
                self.trace = {}
        elif depth == 1:
            if name != "log":
                self.refuse("not_a_log", root=name)
        else:
            self.nested += 1
            if depth > MOST_DEPTH:
                self.refuse("damaged_file", why=f"elements within elements, {depth} deep")

    def end(self, name: str) -> None:
        depth = self.depth
        self.depth = depth - 1
        if depth == 3 and self.event is not None:
            self.waiting.append(self.event)
            self.event = None
            if len(self.waiting) >= BATCH:
                self._hand_over()
        elif depth == 2 and name == "trace":
            self._hand_over()

    def _hand_over(self) -> None:
        """Give the events of the trace their trace; its own attributes stand before its events."""
        self.events += len(self.waiting)
        trace = {"case:concept:name": str(self.traces), **self.trace}
        for event in self.waiting:
            self.rows.add({**trace, **event})
        self.waiting.clear()

    def close(self) -> dict[str, Any]:
        if not self.events:
            self.refuse("no_events")
        self.rows.close()
        return {"format": "XES", "traces": self.traces, "events": self.events, "nested": self.nested,
                "unread_times": self.rows.unread}


def _pair(attributes: list[str]) -> tuple[str, str]:
    given = dict(zip(attributes[::2], attributes[1::2], strict=True))
    return given.get("key", ""), given.get("value", "")


class Tables:
    """The three tables of an OCEL log on their way, and the counts of what no table of ours holds."""

    def __init__(self, folder: Path, refuse: Refuse) -> None:
        text = pl.String
        self.refuse = refuse
        self.events = Rows(folder, "ocel_events", {"event": text, "step": text, "time": TIME}, refuse)
        self.objects = Rows(folder, "ocel_objects", {"object": text, "kind": text}, refuse)
        self.relations = Rows(folder, "ocel_relations", {"event": text, "object": text, "role": text}, refuse)
        self.counts: Counter[str] = Counter()

    def event(self, event: Any, step: Any, time: Any, attributes: dict[str, Any]) -> None:
        own = {name if name not in ("event", "step", "time") else f"event {name}": _text(value)
               for name, value in attributes.items()}
        self.events.add({"event": _text(event), "step": _text(step), "time": _text(time), **own})
        self.counts["events"] += 1

    def object(self, name: Any, kind: Any) -> None:
        self.objects.add({"object": _text(name), "kind": _text(kind)})
        self.counts["objects"] += 1

    def relation(self, event: Any, name: Any, role: Any) -> None:
        self.relations.add({"event": _text(event), "object": _text(name), "role": _text(role) or None})
        self.counts["relations"] += 1

    def close(self) -> dict[str, Any]:
        if not self.counts["events"]:
            self.refuse("no_events")
        for rows in (self.events, self.objects, self.relations):
            rows.close()
        return {"format": "OCEL", "unread_times": self.events.unread, **self.counts}


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class Ocel:
    """Turns the elements of an OCEL 2.0 XML log into its tables."""

    def __init__(self, folder: Path, refuse: Refuse) -> None:
        self.tables = Tables(folder, refuse)
        self.path: list[str] = []
        self.given: dict[str, str] = {}
        self.attributes: dict[str, str] = {}
        self.touched: list[dict[str, str]] = []
        self.attribute = ""

    def start(self, name: str, attributes: list[str]) -> None:
        self.path.append(name)
        if self.path[0] != "log":
            self.tables.refuse("not_a_log", root=name)
        if len(self.path) > MOST_DEPTH:
            self.tables.refuse("damaged_file", why=f"elements within elements, {len(self.path)} deep")
        given = dict(zip(attributes[::2], attributes[1::2], strict=True))
        where = self.path[1:3]
        if len(self.path) == 3 and where in (["objects", "object"], ["events", "event"]):
            self.given, self.attributes, self.touched = given, {}, []
        elif name == "attribute" and where == ["events", "event"]:
            self.attribute = given.get("name", "")
            self.attributes[self.attribute] = given.get("value", "")
        elif name == "attribute" and where == ["objects", "object"]:
            self.tables.counts["object_attributes"] += 1
        elif name in ("relationship", "object") and len(self.path) == 5:
            self.touched.append(given)

    def text(self, data: str) -> None:
        if self.attribute:
            self.attributes[self.attribute] += data

    def end(self, _: str) -> None:
        where = self.path[1:]
        self.path.pop()
        self.attribute = ""
        given = self.given
        if where == ["events", "event"]:
            self.tables.event(given.get("id"), given.get("type"), given.get("time"), self.attributes)
            for each in self.touched:
                self.tables.relation(given.get("id"), each.get("object-id"), each.get("qualifier"))
        elif where == ["objects", "object"]:
            self.tables.object(given.get("id"), given.get("type"))
            self.tables.counts["object_relations"] += len(self.touched)

    def close(self) -> dict[str, Any]:
        return self.tables.close()


# --- JSON and SQLite -------------------------------------------------------------------------------------------------


def _json(file: Path, folder: Path, refuse: Refuse) -> dict[str, Any]:
    if file.stat().st_size > MOST_JSON:
        refuse("json_too_large", most=f"{MOST_JSON // 1_000_000}")
    try:
        log = json.loads(file.read_bytes().decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as wrong:
        refuse("damaged_file", why=str(wrong))
        return {}
    if not isinstance(log, dict) or not all(isinstance(log.get(part), list) for part in ("events", "objects")):
        refuse("not_a_log", root=", ".join(list(log)[:5]) if isinstance(log, dict) and log else "no events")
    tables = Tables(folder, refuse)
    try:
        _told(log, tables)
    except (KeyError, TypeError, AttributeError) as wrong:
        refuse("damaged_file", why=f"an event or an object lacks a field: {wrong}")
    return tables.close()


def _told(log: dict[str, Any], tables: Tables) -> None:
    for event in log["events"]:
        attributes = {each["name"]: each.get("value") for each in event.get("attributes") or ()}
        tables.event(event["id"], event["type"], event["time"], attributes)
        for touched in event.get("relationships") or ():
            tables.relation(event["id"], touched["objectId"], touched.get("qualifier"))
    for each in log["objects"]:
        tables.object(each["id"], each["type"])
        tables.counts["object_attributes"] += len(each.get("attributes") or ())
        tables.counts["object_relations"] += len(each.get("relationships") or ())


def _sqlite(file: Path, folder: Path, refuse: Refuse) -> dict[str, Any]:
    tables = Tables(folder, refuse)
    uri = f"{file.as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            _copied(database, tables, refuse)
    except sqlite3.Error as wrong:
        refuse("damaged_file", why=str(wrong))
    return tables.close()


def _copied(database: sqlite3.Connection, tables: Tables, refuse: Refuse) -> None:
    # Views are left alone: they are code of whoever wrote the file.
    there = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"event", "object", "event_object", "event_map_type"} <= there:
        refuse("not_a_log", root=", ".join(sorted(there)[:5]))
    for step, mapped in database.execute("SELECT ocel_type, ocel_type_map FROM event_map_type ORDER BY ocel_type"):
        if f"event_{mapped}" not in there:
            continue
        answer = database.execute(f"SELECT * FROM {_quoted(f'event_{mapped}')}")  # noqa: S608
        headers = [column for column, *_ in answer.description]
        for row in answer:
            attributes = dict(zip(headers, row, strict=True))
            tables.event(attributes.pop("ocel_id"), step, attributes.pop("ocel_time"), attributes)
    for name, kind in database.execute("SELECT ocel_id, ocel_type FROM object ORDER BY ocel_id"):
        tables.object(name, kind)
    for event, name, role in database.execute(
            "SELECT ocel_event_id, ocel_object_id, ocel_qualifier FROM event_object ORDER BY ocel_event_id"):
        tables.relation(event, name, role)
    if "object_object" in there:
        tables.counts["object_relations"] = database.execute("SELECT count(*) FROM object_object").fetchone()[0]
    for name in sorted(there):
        if name.startswith("object_") and name not in ("object_object", "object_map_type"):
            tables.counts["object_attributes"] += database.execute(
                f"SELECT count(*) FROM {_quoted(name)}").fetchone()[0]  # noqa: S608  # a quoted name


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
