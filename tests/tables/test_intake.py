"""A raw export becomes a chain: the right rows, the guess told, hostile files refused with a sentence."""

from __future__ import annotations

import gzip
import json
import random
import sqlite3
from collections import defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from arbitre.core.errors import UnreadableFile, UsageError
from arbitre.tables.chain import Chain
from arbitre.tables.files._csv import read_text, write_parquet
from arbitre.tables.intake.bring import bring
from arbitre.tables.open import open_chain

EVENT = '<event><string key="concept:name" value="{}"/><date key="time:timestamp" value="{}"/>{}</event>'


def opened(source: Path, folder: Path, **said: Any) -> tuple[Chain, str]:
    """Bring a file, and return the chain, which must be sound, and what was told."""
    told = " ".join(bring(source, folder / "chain", **said))
    chain = open_chain(folder / "chain")
    assert chain.check() == []
    return chain, told


def xes(folder: Path, traces: dict[str, list[str]], head: str = "") -> Path:
    file = folder / "log.xes"
    inside = "".join(f'<trace><string key="concept:name" value="{name}"/>{"".join(events)}</trace>'
                     for name, events in traces.items())
    file.write_text(f'<?xml version="1.0"?>{head}<log xmlns="http://www.xes-standard.org/">{inside}</log>',
                    encoding="utf-8")
    return file


def event(step: str, at: str, extra: str = "") -> str:
    return EVENT.format(step, at, extra)


def attribute(key: str, value: str) -> str:
    return f'<string key="{key}" value="{value}"/>'


def test_a_xes_log_becomes_events_and_cases(tmp_path: Path) -> None:
    log = xes(tmp_path, {
        "a": [event("Open", "2024-01-01T10:00:00+01:00", attribute("product", "P &amp; Q")),
              event("Close", "2024-01-02T10:00:00.500Z")],
        "b": [event("Open", "2024-07-01T10:00:00Z")],
        "c": [event("Open", "2024-01-01T10:00:00+01:00"), event("Close", "2024-01-03T00:00:00Z"),
              event("Close", "2024-01-03T00:00:00Z")],
    })
    chain, told = opened(log, tmp_path)
    events = chain.table("events")
    assert events.select("case", "step").rows() == [("a", "Open"), ("a", "Close"), ("b", "Open"), ("c", "Open"),
                                                    ("c", "Close")]
    # The chain is in Paris: an hour ahead of UTC in winter, two in summer.
    assert events["happened_at"].to_list()[:3] == [
        datetime(2024, 1, 1, 10), datetime(2024, 1, 2, 11, 0, 0, 500_000), datetime(2024, 7, 1, 12)]
    cases = {row["case"]: row for row in chain.table("cases").rows(named=True)}
    assert cases["a"]["item"] == "P & Q"
    assert cases["a"]["closed_at"] == datetime(2024, 1, 2, 11, 0, 0, 500_000)
    assert cases["b"]["closed_at"] is None
    assert "1 rows repeat another one exactly" in told
    assert 'last step is "Close" (2 of the 2 it happened to)' in told


def test_the_mapping_can_be_edited(tmp_path: Path) -> None:
    log = xes(tmp_path, {"a": [event("Open", "2024-01-01T10:00:00Z", attribute("zone", "North"))]})
    opened(log, tmp_path)
    statement = tmp_path / "chain" / "map" / "events.sql"
    text = statement.read_text(encoding="utf-8")
    assert '"concept:name" AS step' in text
    statement.write_text(text.replace('"concept:name" AS step', """'In ' || zone AS step"""), encoding="utf-8")
    assert open_chain(tmp_path / "chain").table("events")["step"].to_list() == ["In North"]


def test_starts_are_paired_with_completions_as_a_queue_would(tmp_path: Path) -> None:
    draw = random.Random(3)  # noqa: S311  # not a secret
    traces: dict[str, list[str]] = {}
    expected: list[tuple[str, str, datetime, datetime | None]] = []
    for case in range(30):
        at = datetime(2024, 1, 1)
        events, waiting = [], defaultdict(deque)
        for _ in range(draw.randrange(1, 14)):
            at += timedelta(minutes=draw.randrange(1, 50))
            step, kind = draw.choice("AB"), draw.choice(["start", "START", "complete", "schedule"])
            events.append(event(step, f"{at.isoformat()}Z", attribute("lifecycle:transition", kind)))
            if kind.lower() == "start":
                waiting[step].append(at)
            elif kind == "complete":
                expected.append((f"c{case}", step, at, waiting[step].popleft() if waiting[step] else None))
        traces[f"c{case}"] = events
    bring(xes(tmp_path, traces), tmp_path / "chain")
    toml = tmp_path / "chain" / "chain.toml"
    toml.write_text('time_zone = "UTC"\n' + toml.read_text(encoding="utf-8"), encoding="utf-8")
    events = open_chain(tmp_path / "chain").table("events").select("case", "step", "happened_at", "started_at")
    assert any(started is None for *_, started in expected)
    assert sorted(events.rows(), key=repr) == sorted(expected, key=repr)


def test_rows_with_dates_are_cases(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("Order No;Order date;Due date;Packed on;Delivered;Customer;Colour\n"
                    "1;13/01/2024;20/01/2024;14/01/2024;19/01/2024;x;red\n"
                    "2;14/01/2024;21/01/2024;;22/01/2024;y;red\n"
                    "3;15/01/2024;22/01/2024;not yet;;y;blue\n"
                    "4;16/01/2024;11/01/2024;;;y;blue\n", encoding="utf-8")
    chain, told = opened(file, tmp_path)
    cases = chain.table("cases")
    assert cases["case"].to_list() == ["1", "2", "3"]
    assert cases["promised_at"].dt.day().to_list() == [20, 21, 22]
    assert cases["closed_at"].dt.day().to_list() == [19, 22, None]
    assert cases["customer"].to_list() == ["x", "y", "y"]
    assert chain.table("events").filter(step="Packed on").height == 1
    assert chain.table("promises").height == 1
    for sentence in ("Not used: Colour.", '1 cells are none ("not yet")', "1 rows are left out", "Each row is a case."):
        assert sentence in told


def test_dates_that_could_be_two_are_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("Order No,Order date,Delivered\n1,01/02/2024,03/02/2024\n2,02/02/2024,04/02/2024\n",
                    encoding="utf-8")
    with pytest.raises(UsageError, match="--dates"):
        bring(file, tmp_path / "chain")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["orders.csv"]
    chain, _ = opened(file, tmp_path, dates="day_first")
    assert chain.table("cases")["opened_at"].to_list() == [datetime(2024, 2, 1), datetime(2024, 2, 2)]


def test_a_log_out_of_order_is_put_in_order(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text("Case ID,Activity,Timestamp,Start Timestamp\n"
                    "a,Close,2024-01-03 10:00,2024-01-03 09:00\na,First,2024-01-01 10:00,2024-01-01 10:00\n"
                    "a,Second,2024-01-01 10:00,\nb,First,2024-01-02 10:00,\n", encoding="utf-8")
    chain, told = opened(file, tmp_path)
    events = chain.table("events")
    assert events.filter(case="a")["step"].to_list() == ["First", "Second", "Close"]
    assert events["started_at"].to_list()[2] == datetime(2024, 1, 3, 9)
    assert "Put in order: 1 events" in told


def ocel() -> dict[str, list[dict[str, Any]]]:
    """Two orders of two items and of one; the second item of the first is picked twice; a truck is checked."""
    objects = [("o1", "order"), ("o2", "order"), ("i1", "item"), ("i2", "item"), ("i3", "item"), ("t", "truck")]
    events = [("e1", "place", "2024-01-01T10:00:00Z", ["o1", "i1", "i2"]),
              ("e2", "pick", "2024-01-01T11:00:00Z", ["i2"]),
              ("e3", "pick", "2024-01-01T12:00:00Z", ["i2"]), ("e4", "pay", "2024-01-02T10:00:00Z", ["o1"]),
              ("e5", "place", "2024-01-01T10:30:00Z", ["o2", "i3"]), ("e6", "pay", "2024-01-01T10:40:00Z", ["o2"]),
              ("e7", "check", "2024-01-01T08:00:00Z", ["t"])]
    weight = [{"name": "w", "time": "1970-01-01T00:00:00Z", "value": "1"}]
    return {
        "objects": [{"id": name, "type": kind, "attributes": weight, "relationships": []} for name, kind in objects],
        "events": [{"id": name, "type": step, "time": at, "attributes": [{"name": "user", "value": "Ann"}],
                    "relationships": [{"objectId": each, "qualifier": "of"} for each in touched]}
                   for name, step, at, touched in events],
    }


def as_json(folder: Path) -> Path:
    (folder / "log.json").write_text(json.dumps(ocel()), encoding="utf-8")
    return folder / "log.json"


def as_xml(folder: Path) -> Path:
    log = ocel()
    objects = "".join(f'<object id="{each["id"]}" type="{each["type"]}"><attributes><attribute name="w" '
                      'time="1970-01-01T00:00:00Z">1</attribute></attributes></object>' for each in log["objects"])
    events = "".join(
        f'<event id="{each["id"]}" type="{each["type"]}" time="{each["time"]}"><attributes><attribute name="user">Ann'
        "</attribute></attributes><objects>"
        + "".join(f'<relationship object-id="{one["objectId"]}" qualifier="of"/>' for one in each["relationships"])
        + "</objects></event>" for each in log["events"])
    (folder / "log.xml").write_text(f"<log><object-types/><event-types/><objects>{objects}</objects><events>{events}"
                                    "</events></log>", encoding="utf-8")
    return folder / "log.xml"


def as_sqlite(folder: Path) -> Path:
    log = ocel()
    with sqlite3.connect(folder / "log.sqlite") as database:
        database.executescript("""
            CREATE TABLE event (ocel_id TEXT, ocel_type TEXT); CREATE TABLE object (ocel_id TEXT, ocel_type TEXT);
            CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT);
            CREATE TABLE object_object (ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT);
            CREATE TABLE event_map_type (ocel_type TEXT, ocel_type_map TEXT);
            CREATE TABLE object_map_type (ocel_type TEXT, ocel_type_map TEXT);
            CREATE TABLE object_order (ocel_id TEXT, w TEXT, ocel_time TIMESTAMP);""")
        for step in ("place", "pick", "pay", "check"):
            database.execute(f"CREATE TABLE event_{step} (ocel_id TEXT, ocel_time TIMESTAMP, user TEXT)")
            database.execute("INSERT INTO event_map_type VALUES (?, ?)", (step, step))
        for each in log["objects"]:
            database.execute("INSERT INTO object VALUES (?, ?)", (each["id"], each["type"]))
            database.execute("INSERT INTO object_order VALUES (?, 1, '1970-01-01 00:00:00')", (each["id"],))
        for each in log["events"]:
            database.execute("INSERT INTO event VALUES (?, ?)", (each["id"], each["type"]))
            at = str(each["time"]).replace("T", " ").removesuffix("Z")
            database.execute(f"INSERT INTO event_{each['type']} VALUES (?, ?, 'Ann')", (each["id"], at))  # noqa: S608
            for one in each["relationships"]:
                database.execute("INSERT INTO event_object VALUES (?, ?, 'of')", (each["id"], one["objectId"]))
    database.close()
    return folder / "log.sqlite"


def as_flat(folder: Path) -> Path:
    log = ocel()
    kinds = {str(each["id"]): str(each["type"]) for each in log["objects"]}
    rows = []
    for each in log["events"]:
        touched = [str(one["objectId"]) for one in each["relationships"]]
        row = {"ocel:eid": each["id"], "ocel:activity": each["type"], "ocel:timestamp": each["time"]}
        for kind in ("order", "item", "truck"):
            row[f"ocel:type:{kind}"] = str([name for name in touched if kinds[name] == kind])
        rows.append({**row, "user": "Ann"})
    pl.DataFrame(rows).write_csv(folder / "log.csv")
    return folder / "log.csv"


@pytest.mark.parametrize("written", [as_json, as_xml, as_sqlite, as_flat])
def test_an_object_centric_log_follows_one_kind_of_object(written: object, tmp_path: Path) -> None:
    assert callable(written)
    chain, told = opened(written(tmp_path), tmp_path)
    events = chain.table("events")
    assert events.select("case", "event").rows() == [("o1", "e1"), ("o1", "e2"), ("o1", "e3"), ("o1", "e4"),
                                                     ("o2", "e5"), ("o2", "e6")]
    assert events["resource"].unique().to_list() == ["Ann"]
    assert chain.table("objects").height == 6
    assert chain.table("event_objects").height == 9
    assert chain.table("cases")["closed_at"].null_count() == 0
    assert 'objects of the kind "order": 2' in told
    assert "1 of 7 events belong to no case and are left out: check." in told


def test_another_kind_of_object_can_be_followed(tmp_path: Path) -> None:
    chain, told = opened(as_json(tmp_path), tmp_path, case_kind="item")
    # The payment of the second order belongs to its one item; that of the first to neither of its two.
    assert chain.table("events").filter(case="i3")["step"].to_list() == ["place", "pay"]
    assert chain.table("events").filter(step="pay").height == 1
    assert "some touched several cases" in told
    with pytest.raises(UsageError, match="Did you mean truck"):
        bring(tmp_path / "log.json", tmp_path / "other", case_kind="trucks")


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    log = xes(tmp_path, {"a": [event("Open", "2024-01-01T10:00:00Z")]})
    (tmp_path / "chain").mkdir()
    (tmp_path / "chain" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="not empty"):
        bring(log, tmp_path / "chain")
    assert [path.name for path in (tmp_path / "chain").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_text_read_in_blocks_is_the_text_read_at_once(encoding: str, end: str, tmp_path: Path) -> None:
    draw = random.Random(5)  # noqa: S311  # not a secret
    lines = ["", "number,note,é"]
    for row in range(400):
        note = draw.choice(["plain", "", '"quoted, with a comma"', '"two\nlines"', '"a ""quote"""', "été"])
        lines.append(f"{row},{note},{draw.choice('éàx')}" + draw.choice(["", "", ",extra"]))
    file = tmp_path / "text.csv"
    file.write_bytes(end.join(lines).encode(encoding))
    whole = read_text(file, "text.csv")
    ragged = write_parquet(file, "text.csv", tmp_path / "blocks.parquet", block=900)
    assert pl.read_parquet(tmp_path / "blocks.parquet").equals(whole.frame)
    assert ragged == sum(fault.count for fault in whole.faults) > 0


DOCTYPE = '<!DOCTYPE log [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE log [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def hostile_logs(folder: Path) -> dict[str, tuple[bytes, str]]:
    """Logs built to harm, by name: their bytes, and a word that the refusal must hold."""
    sound = xes(folder, {"a": [event("Open", "2024-01-01T10:00:00Z")]}).read_bytes()
    entity = xes(folder, {"a": [event("&b;", "2024-01-01T10:00:00Z")]}, DOCTYPE).read_bytes()
    outside = xes(folder, {"a": [event("&a;", "2024-01-01T10:00:00Z")]}, OUTSIDE).read_bytes()
    database = as_sqlite(folder).read_bytes()
    return {
        "laughs.xes": (entity, "document type"), "outside.xes": (outside, "document type"),
        "outside.xml": (outside, "document type"),
        "undefined.xes": (sound.replace(b"Open", b"&nothing;"), "damaged"),
        "cut.xes": (sound[:-40], "damaged"), "empty.xes": (b"", "empty"), "blank.xes": (b" \n ", "damaged"),
        "zeros.xes": (bytes(5000), "damaged"), "noise.xes": (random.Random(7).randbytes(9000), "damaged"),  # noqa: S311
        "no_events.xes": (b"<log><trace/></log>", "no event"), "other.xml": (b"<html><body/></html>", "no event log"),
        "deep.xes": (b"<log><trace><event>" + b"<list>" * 100_000, "deep"),
        "many_keys.xes": (b"<log><trace><event>" + b"".join(
            b'<string key="k%d" value="x"/>' % place for place in range(5000)) + b"</event></trace></log>", "2000"),
        "bomb.xes.gz": (gzip.compress(b"<log><trace><event>" + b" " * 300_000_000, 1), "too large"),
        "cut.xes.gz": (gzip.compress(sound)[:-20], "damaged"), "not_packed.xes.gz": (b"\x1f\x8bnothing", "damaged"),
        "cut.sqlite": (database[: len(database) // 2], "damaged"), "no_log.sqlite": (database[:100], "damaged"),
        "flipped.sqlite": (database[:200] + b"\xff" * 3000 + database[3200:], "damaged"),
        "deep.json": (b'{"events":' * 100_000, "damaged"), "cut.json": (b'{"events": [', "damaged"),
        "list.json": (b"[1, 2]", "no event log"), "other.json": (b'{"a": 1}', "no event log"),
        "numbers.json": (b'{"events": [1], "objects": [2]}', "damaged"),
        "lacking.json": (b'{"events": [{"id": 1}], "objects": []}', "lacks a field"),
        "no_objects.json": (b'{"events": [{"id": "1", "type": "a", "time": "2024-01-01T00:00:00Z"}], "objects": []}',
                            "touches an object"),
        "no_dates.csv": (b"order id,name\n1,a\n2,b\n", "reads as dates"),
        "log.parquet": (b"PAR1" + bytes(400) + b"PAR1", "damaged"), "log.xyz": (b"x", "xyz"),
        "no_time.xes": (sound.replace(b"2024-01-01T10:00:00Z", b"yesterday"), "reads as dates"),
    }


def test_hostile_logs_end_in_a_sentence_and_leave_nothing(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    logs = hostile_logs(tmp_path / "made")

    def outcome(name: str) -> str:
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_bytes(logs[name][0])
        try:
            bring(folder / name, folder / "chain")
        except (UnreadableFile, UsageError) as refused:
            return str(refused)
        return "sound"

    with ThreadPoolExecutor(4) as pool:
        outcomes = dict(zip(logs, pool.map(outcome, logs), strict=True))
    for name, (_, word) in logs.items():
        assert word in outcomes[name], (name, outcomes[name])
        assert "Traceback" not in outcomes[name]
        assert [path.name for path in (tmp_path / name).iterdir()] == [name]
