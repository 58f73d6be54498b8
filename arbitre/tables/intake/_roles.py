"""Which column of an export is what? Guessed from headers, and from contents where headers do not tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from arbitre.core.words import folded
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.cells.headers import spelt
from arbitre.tables.intake._columns import Export, Found

_HEADERS: Mapping[str, tuple[str, ...]] = {
    "case": ("case concept name", "case id", "caseid", "case number", "trace id", "ticket id", "incident id",
             "order id", "order number", "request id", "number", "incident", "order", "dossier", "numero de dossier",
             "commande", "id"),
    "step": ("concept name", "activity", "activity name", "event name", "event type", "task", "task name", "action",
             "operation", "incident state", "state", "status", "etape", "activite", "tache", "event"),
    "happened_at": ("time timestamp", "complete timestamp", "completion time", "end timestamp", "end time",
                    "event time", "event timestamp", "time", "date time",
                    "datetime", "sys updated at", "updated at", "changed at",
                    "date heure", "date"),
    "started_at": ("start time", "time start", "begin time"),
    "lifecycle": ("lifecycle transition", "lifecycle", "transition"),
    "instance": ("concept instance", "activity instance", "activity instance id"),
    "resource": ("org resource", "assigned to", "employee", "operator", "worker", "owner", "org group",
                 "assignment group"),
    "customer": ("customer id", "client id", "account id", "caller id", "caller", "buyer", "numero client"),
    "segment": ("customer segment", "client segment", "market segment"),
    "offer": ("service level", "service", "service type", "contract", "request type", "type"),
    "item": ("item id", "product id", "product", "part", "part number", "sku", "article", "material",
             "item description"),
    "site": ("site id", "warehouse", "plant", "store", "depot", "branch", "facility"),
    "quantity": ("line item quantity", "units"),
}
"""Folded headers of each role, the likeliest first; the spellings that our own tables know come before them."""
_HOME = {**dict.fromkeys(("case", "customer", "offer", "item", "site", "quantity"), "cases"), "segment": "customers",
         **dict.fromkeys(("step", "happened_at", "started_at", "resource"), "events")}
_DATES: Mapping[str, tuple[str, ...]] = {
    "promised_at": ("promised", "promise", "target", "due", "deadline", "estimated", "scheduled", "expected", "planned",
                    "sla", "promis", "promise", "prevu", "prevue", "echeance"),
    "closed_at": ("closed", "close", "customer", "client", "delivered", "delivery", "completed", "finished", "resolved",
                  "clos", "cloture", "livre", "livraison", "termine"),
    "opened_at": ("opened", "open", "ordered", "order", "created", "purchase", "purchased", "received", "submitted",
                  "requested", "reported", "registered", "ouvert", "ouverture", "cree", "creation", "commande"),
}
"""Words of the headers of dates, the likeliest first; promises are looked for first, openings last."""
_UNLIKELY = {"recorded", "carrier", "sys", "updated", "modified", "sent"}
_ID_ENDS = ("id", "number", "no", "key")
_ID_WORDS = ("case", "ticket", "incident", "order", "request", "line", "dossier", "commande", *_ID_ENDS)
_REPEATED_IDS = 0.9
"""Below this share of distinct values an id names a case of several rows."""


@dataclass(frozen=True)
class Roles:
    """What each column is: `columns` by role; `is_log` when rows are events, else they are cases.

    `steps` are the columns whose dates tell when something happened to a case, and `lifecycle_pairs` says that events
    come as a start and a completion.
    """

    is_log: bool
    columns: dict[str, Found]
    steps: tuple[Found, ...] = ()
    unused: tuple[str, ...] = ()
    lifecycle_pairs: bool = False

    def name(self, role: str) -> str:
        return self.columns[role].name


def guessed(export: Export, distinct: Callable[[str], int], values: Callable[[str], list[str]], is_xes: bool) -> Roles:
    """Return the guess.

    `distinct` counts the values of a column exactly; `values` gives those of one with few; a row of a XES log is an
    event, even where no case has two.
    """
    columns = {role: found for role in _HEADERS if (found := _by_header(role, export))}
    dated = [column for column in export.columns if column.dates]
    case = columns.get("case") or _by_id_words(export)
    repeats = case is not None and (is_xes or distinct(case.name) < _REPEATED_IDS * export.rows)
    is_log = repeats and "step" in columns and bool(dated)
    roles = {role: column for role, column in columns.items() if role in _OF_CASES}
    if case is not None:
        roles["case"] = case
    if is_log:
        happened = columns.get("happened_at")
        roles |= {role: columns[role] for role in _OF_EVENTS if role in columns}
        roles["happened_at"] = happened if happened is not None and happened.dates else max(
            dated, key=lambda column: column.distinct)
        if "started_at" in roles and not roles["started_at"].dates:
            del roles["started_at"]
    taken = {column.name for column in roles.values()}
    roles |= _dates(roles, [column for column in dated if column.name not in taken])
    taken = {column.name for column in roles.values()}
    pairs = is_log and "lifecycle" in roles and {"start", "complete"} <= {
        value.lower() for value in values(roles["lifecycle"].name)}
    if not pairs:
        roles.pop("lifecycle", None)
        roles.pop("instance", None)
    taken = {column.name for column in roles.values()}
    steps = () if is_log else tuple(column for column in dated if column.name not in taken)
    unused = tuple(column.name for column in export.columns
                   if column.name not in taken and column not in steps and column.filled)
    return Roles(is_log, roles, steps, unused, pairs)


_OF_CASES = ("customer", "segment", "offer", "item", "site", "quantity")
_OF_EVENTS = ("step", "happened_at", "started_at", "lifecycle", "instance", "resource")


def words_of(header: str) -> str:
    """Return a header as compared: folded, "caseId" as two words, without the mark of an attribute of a trace."""
    return folded(re.sub(r"([a-z])([A-Z])", r"\1 \2", header))


def _by_header(role: str, export: Export) -> Found | None:
    """Return the fullest-named column of a role: by the spellings of our tables, then by those of other systems."""
    known = _spellings(_HOME[role], role) if role in _HOME else []
    best: Found | None = None
    likeliest = 10_000
    least = export.rows / 2 if role in ("case", "step", "happened_at") else 1
    for column in export.columns:
        word = words_of(column.name)
        # An attribute of a trace says something of its case, never of an event.
        for written in {word, word.removeprefix("case ")} if role in _OF_CASES else {word}:
            for place, header in enumerate((*known, *_HEADERS[role])):
                if written == header and place < likeliest and column.filled >= least:
                    best, likeliest = column, place
    return best


def _spellings(table: str, name: str) -> list[str]:
    return [word for word, column in spelt(INPUTS[table]).items() if column.name == name]


def _by_id_words(export: Export) -> Found | None:
    """Return the full column that is most like the id of a case, by the words of its header."""
    scored = []
    for place, column in enumerate(export.columns):
        words = words_of(column.name).split()
        met = [word for word in _ID_WORDS if word in words]
        if set(_ID_ENDS) & set(met) and column.filled == export.rows and not column.dates:
            scored.append((-len(met), place, column))
    return min(scored, key=lambda each: each[:2])[2] if scored else None


def _dates(roles: Mapping[str, Found], dated: list[Found]) -> dict[str, Found]:
    """Return which dates are the opening, the promise and the closing of a case."""
    found: dict[str, Found] = {}
    for role, likely in _DATES.items():
        known = _spellings("cases", role)
        scored = []
        for column in dated:
            word = words_of(column.name)
            words = word.split()
            hits = [place for place, each in enumerate(likely) if each in words]
            if column in found.values() or not (hits or word in known):
                continue
            unlikely = bool(_UNLIKELY & set(words)) and word not in known
            if role == "opened_at" and unlikely:
                continue
            scored.append((word not in known, unlikely, min(hits, default=0), -column.filled, column))
        if scored:
            found[role] = min(scored, key=lambda each: each[:4])[-1]
    return {role: column for role, column in found.items() if role not in roles}
