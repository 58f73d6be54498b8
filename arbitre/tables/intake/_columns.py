"""What is in each column of an export: how full it is, how many values it has, and how its dates are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from arbitre.core.errors import UsageError
from arbitre.tables.cells._dates import Order
from arbitre.tables.engine import query
from arbitre.tables.files._refused import Refused
from arbitre.tables.files.sources import answered

_HEAD = 5_000
"""Rows looked at to find out which columns may be dates, and written how."""
_LEAST_DATES = 0.2
"""A column of which fewer cells read as dates is no column of dates."""
_ISO = r"^\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?)?$"
_ZONED = r"^\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|[+-]\d{2}(:?\d{2})?))$"
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M:%S %p", " %I:%M %p")
_UNORDERED = ("%d-%b-%y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%Y/%m/%d")
_ORDERED: Mapping[Order, tuple[str, str]] = {"day_first": ("%d", "%m"), "month_first": ("%m", "%d")}
_LOOKS = {"%d": r"\d{1,2}", "%m": r"\d{1,2}", "%Y": r"\d{4}", "%y": r"\d{2}", "%b": "[A-Za-z]{3}",
          "%B": "[A-Za-z]{4,9}", "%H": r"\d{1,2}", "%I": r"\d{1,2}", "%M": r"\d{2}", "%S": r"\d{2}",
          "%p": "[AaPp][Mm]", ".": r"\."}


@dataclass(frozen=True)
class Dates:
    """How the dates of a column are written; `sql` turns the column into times, empty where a cell is no date.

    `days_only`: none has an hour. `odd`: cells that are neither blank nor dates; `example` is one of them.
    """

    sql: str
    said: str
    days_only: bool = False
    odd: int = 0
    example: str = ""


@dataclass(frozen=True)
class Found:
    """A column as found: `filled` cells, about `distinct` values, and its dates where it holds dates."""

    name: str
    filled: int
    distinct: int
    dates: Dates | None = None


@dataclass(frozen=True)
class Export:
    """A table as found: its rows, those that repeat another one exactly, and its columns."""

    rows: int
    repeated: int
    columns: tuple[Found, ...]


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def looked_at(source: str, file: Path, order: Order | None) -> Export:
    """Return what is in the columns of a Parquet file.

    `order` reads "03/04/2026" where no cell of the export tells the day from the month. Raises UsageError when it is
    needed and not given, Refused when the file cannot be read.
    """
    head = asked({source: file}, {}, head=f"FROM {source} LIMIT {_HEAD}")["head"]
    if not head.width or not head.height:
        raise Refused("empty_file", file.name)
    counts = ", ".join(f"count(nullif(trim(CAST({quoted(name)} AS VARCHAR)), '')) AS filled_{place}, "
                       f"approx_count_distinct({quoted(name)}) AS distinct_{place}"
                       for place, name in enumerate(head.columns))
    forms = {name: found for name in head.columns if (found := _forms(head[name]))}
    questions = {
        "counts": f"SELECT count(*) AS rows, {counts} FROM {source}",
        "repeated": "SELECT coalesce(sum(times - 1), 0) AS repeated FROM ("
                    f"SELECT count(*) AS times FROM {source} AS found GROUP BY hash(found) HAVING count(*) > 1)",
        **({"dates": _readings(source, forms)} if forms else {}),
    }
    read = asked({source: file}, {}, **questions)
    row = read["counts"].row(0, named=True)
    dates = _decided(forms, read["dates"].row(0, named=True) if forms else {}, order)
    filled = {name: int(row[f"filled_{place}"]) for place, name in enumerate(head.columns)}
    dates = _told_apart(source, file, dates, filled)
    return Export(int(row["rows"]), int(read["repeated"].item()), tuple(
        Found(name, filled[name], int(row[f"distinct_{place}"]), dates.get(name))
        for place, name in enumerate(head.columns)))


def asked(sources: Mapping[str, Path], statements: Mapping[str, str], **questions: str) -> dict[str, pl.DataFrame]:
    """Return what `questions` answer, which may read what `statements` make; raises Refused when one fails."""
    frames, failed = answered({**statements, **questions}, sources, questions)
    for why in failed.values():
        rule = "file_too_large" if why.startswith("Out of Memory") else "damaged_file"
        raise Refused(rule, ", ".join(sources), why=why)
    return frames


def _forms(head: pl.Series) -> list[tuple[Order | None, str]]:
    """Return the forms in which some cells of a column read as dates; "" is a column of times already."""
    if head.dtype in (pl.Date, pl.Datetime):
        return [(None, "")]
    if head.dtype != pl.String:
        return []
    text = head.str.strip_chars().drop_nulls()
    if not text.str.contains(r"^\S{1,9}[-/. ]\S{1,10}[-/. ,]+\d").any():
        return []
    found: list[tuple[Order | None, str]] = [(None, name) for name, look in (("iso", _ISO), ("zoned", _ZONED))
                                             if text.str.contains(look).any()]
    days: list[tuple[Order | None, str]] = [(None, form) for form in _UNORDERED]
    for order, parts in _ORDERED.items():
        days.extend((order, sign.join((*parts, year))) for sign in "/-." for year in ("%Y", "%y"))
    read = "SELECT count(try_strptime(cell, $form)) FROM cells"
    for order, day in days:
        for clock in _CLOCKS:
            look = re.sub(r"%\w|\.", lambda part: _LOOKS[part[0]], day + clock)
            alike = text.filter(text.str.contains(f"^{look}$")).to_frame("cell")
            if alike.height and query({"cells": alike}, read, {"form": day + clock}).item():
                found.append((order, day + clock))
    return found


def _sql(name: str, forms: list[str]) -> str:
    """Return the SQL that reads a column by forms: in the order given, the first that fits."""
    ways = []
    written = [form for form in forms if "%" in form]
    for form in forms:
        if form == "":
            return quoted(name)
        if form == "iso":
            ways.append(f"TRY_CAST({quoted(name)} AS TIMESTAMP)")
        elif form == "zoned":
            ways.append(f"TRY_CAST({quoted(name)} AS TIMESTAMPTZ)")
    if written:
        listed = ", ".join(f"'{form}'" for form in written)
        ways.append(f"try_strptime(trim({quoted(name)}), [{listed}])")
    return ways[0] if len(ways) == 1 else f"coalesce({', '.join(ways)})"


def _orders(forms: list[tuple[Order | None, str]]) -> dict[Order, list[str]]:
    """Return the forms that go together when days come first, and when months do."""
    orders: tuple[Order, ...] = ("day_first", "month_first")
    return {order: [form for given, form in forms if given in (None, order)] for order in orders}


def _readings(source: str, forms: Mapping[str, list[tuple[Order | None, str]]]) -> str:
    wanted = []
    for place, (name, found) in enumerate(forms.items()):
        for order, together in _orders(found).items():
            reads = f"count({_sql(name, together)})" if together else "0"
            wanted.append(f"{reads} AS {order}_{place}")
    return f"SELECT {', '.join(wanted)} FROM {source}"


def _decided(forms: Mapping[str, list[tuple[Order | None, str]]], read: Mapping[str, int], order: Order | None
             ) -> dict[str, Dates]:
    """Decide for each column whether days or months come first: by its own cells, by other columns, by `order`."""
    counts = {name: (read[f"day_first_{place}"], read[f"month_first_{place}"]) for place, name in enumerate(forms)}
    said: set[Order] = {"day_first" if days > months else "month_first"
                        for days, months in counts.values() if days != months}
    shared = said.pop() if len(said) == 1 else order
    dates = {}
    for name, found in forms.items():
        days, months = counts[name]
        unsure = any(given for given, _ in found)
        decided: Order | None = "day_first" if days > months else "month_first" if months > days else shared
        if unsure and decided is None:
            raise UsageError(f'The dates of the column "{name}" read day first or month first, and nothing in the '
                             "export tells which. Add --dates day_first or --dates month_first.")
        together = _orders(found)[decided or "day_first"]
        shown = " or ".join(_SAID.get(form, form) for form in together)
        dates[name] = Dates(_sql(name, together), shown)
    return dates


_SAID = {"": "times", "iso": "year-month-day", "zoned": "year-month-day with time zone"}


def _told_apart(source: str, file: Path, dates: dict[str, Dates], filled: Mapping[str, int]) -> dict[str, Dates]:
    """Drop the columns of which few cells are dates; of the others say which cells are none, and if hours are told."""
    if not dates:
        return {}
    wanted = []
    for place, (name, each) in enumerate(dates.items()):
        odd = f"nullif(trim(CAST({quoted(name)} AS VARCHAR)), '') IS NOT NULL AND {each.sql} IS NULL"
        time = f"CAST({each.sql} AS TIMESTAMP)"
        wanted.append(f"count({each.sql}) AS read_{place}, count(*) FILTER ({odd}) AS odd_{place}, "
                      f"min({quoted(name)}) FILTER ({odd}) AS example_{place}, "
                      f"count(*) FILTER ({time} <> date_trunc('day', {time})) AS hours_{place}")
    row = asked({source: file}, {}, told=f"SELECT {', '.join(wanted)} FROM {source}")["told"].row(0, named=True)
    return {
        name: replace(each, days_only=row[f"hours_{place}"] == 0, odd=row[f"odd_{place}"],
                      example=str(row[f"example_{place}"] or "")[:40])
        for place, (name, each) in enumerate(dates.items())
        if row[f"read_{place}"] and row[f"read_{place}"] >= _LEAST_DATES * filled[name]
    }
