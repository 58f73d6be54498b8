"""Headers as found, matched to declared columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arbitre.core.errors import Fault, UsageError
from arbitre.core.units import currency_of, factor, fitting_units, split_header
from arbitre.core.words import folded, nearest
from arbitre.tables.schema import Column, Kind, Table

_NAMELESS = re.compile(r"^\s*$|^_|^column \d+$")
"""Headers of notes to oneself, and those that a reader gives to columns that have none."""


@dataclass(frozen=True)
class Header:
    """A header that names a declared column; `times` turns its numbers into the unit of the column.

    `percent` says that the header gives its unit as "%".
    """

    written: str
    column: Column
    times: float = 1.0
    percent: bool = False


def matched(headers: Sequence[str], table: Table, currency: str, source: str) -> tuple[dict[str, Header], list[Fault]]:
    """Return the header of each declared column found, and the faults of the header row.

    A header is matched by name, label or alias, folded, with or without a unit in brackets. Empty ones, and those
    that start with "_", are notes to oneself and are ignored.
    """
    spellings = spelt(table)
    found: dict[str, Header] = {}
    faults: list[Fault] = []
    strange: list[str] = []
    for written in headers:
        if _NAMELESS.match(written):
            continue
        name, unit = split_header(written)
        column = spellings.get(folded(name))
        if column is None:
            strange.append(written)
        elif column.name in found:
            faults.append(Fault(table.name, column.name, "duplicate_column", source=source,
                                values={"first": found[column.name].written, "second": written}))
        else:
            header, fault = _with_unit(written, column, unit, currency)
            found[column.name] = header
            if fault:
                faults.append(Fault(table.name, column.name, fault[0], source=source, values=fault[1]))
    return found, [*faults, *_missed(table, found, strange, spellings, source)]


def _missed(table: Table, found: Mapping[str, Header], strange: Sequence[str], spellings: Mapping[str, Column],
            source: str) -> list[Fault]:
    """Report unknown headers, each with the absent column it was probably meant for, and the columns still missing."""
    absent = {word: column for word, column in spellings.items() if column.name not in found}
    meant = {written: nearest(split_header(written)[0], absent) for written in strange}
    guessed = {written: absent[word].name if word else "" for written, word in meant.items()}
    faults = [Fault(table.name, written, "unknown_column", source=source, values={"meant": guessed[written]})
              for written in strange]
    faults.extend(Fault(table.name, column.name, "missing_column", source=source, values={"label": column.label})
                  for column in table.columns if column.required and column.default is None
                  and column.name not in found and column.name not in guessed.values())
    return faults


def spelt(table: Table) -> Mapping[str, Column]:
    """Return every folded spelling of the columns of a table: names win over labels, labels over aliases."""
    spellings: dict[str, Column] = {}
    for words in (lambda column: (column.name,), lambda column: (column.label, column.label_fr),
                  lambda column: column.aliases):
        for column in table.columns:
            for word in words(column):
                spellings.setdefault(folded(word), column)
    return spellings


def _with_unit(written: str, column: Column, unit: str, currency: str
               ) -> tuple[Header, tuple[str, dict[str, str]] | None]:
    """Return the header with its factor, and what is wrong with its unit; brackets on a text are mere remarks."""
    if not unit or column.kind not in (Kind.NUMBER, Kind.SHARE, Kind.INTEGER):
        return Header(written, column), None
    named = currency_of(unit, currency) if column.unit.startswith("money") else ""
    if named and named != currency:
        return Header(written, column), ("other_currency", {"currency": currency, "cell": unit})
    try:
        times = factor(unit, column.unit)
    except UsageError:
        fitting = ", ".join(fitting_units(column.unit))
        return Header(written, column), ("unknown_unit", {"unit": unit, "fitting": fitting})
    return Header(written, column, times, percent=times == factor("%", "") and not column.unit), None
