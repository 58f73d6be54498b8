"""A chain: the tables of one value chain, opened once and never changed."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Literal

import polars as pl

from arbitre.core.errors import Fault, Unsupported
from arbitre.tables.catalogue import DECLARED, INPUTS
from arbitre.tables.checks.check import check
from arbitre.tables.engine import query
from arbitre.tables.frames import empty, filled
from arbitre.tables.settings import Settings


@dataclass(frozen=True)
class Chain:
    """The tables of one value chain, typed as declared, with the faults found while reading them.

    `rows` holds, for tables read from a file, the row number in that file of each row of the frame.
    """

    settings: Settings
    tables: Mapping[str, pl.DataFrame]
    found: tuple[Fault, ...] = ()
    rows: Mapping[str, pl.Series] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # What reading left empty has been told; in tables made in memory empty cells mean the default, as in files.
        tables = {name: filled(DECLARED[name], frame) if name in DECLARED and name not in self.rows else frame
                  for name, frame in self.tables.items()}
        object.__setattr__(self, "tables", MappingProxyType(tables))

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def language(self) -> Literal["en", "fr"]:
        return self.settings.language or "en"

    def has(self, *names: str) -> bool:
        """Tell whether every named table is present and has rows."""
        return all(name in self.tables and self.tables[name].height > 0 for name in names)

    def table(self, name: str) -> pl.DataFrame:
        """Return one table; raises Unsupported when the chain does not have it."""
        if name not in self.tables:
            raise Unsupported(f"The chain {self.name} has no table {name}. Add tables/{name}.csv to it.")
        return self.tables[name]

    def check(self) -> list[Fault]:
        """Return every fault of the chain, those of the files and those of the rules; empty when it is sound."""
        return list(self._faults)

    @cached_property
    def _faults(self) -> list[Fault]:
        return sorted([*self.found, *check(self.tables, self.rows, self.found)])

    def with_(self, **tables: pl.DataFrame) -> Chain:
        """Return a chain in which the given tables replace or join those of this one."""
        kept = {name: rows for name, rows in self.rows.items() if name not in tables}
        return replace(self, tables={**self.tables, **tables}, rows=kept)

    def sql(self, query_text: str, /, **parameters: object) -> pl.DataFrame:
        """Answer a question in DuckDB's SQL over the tables of the chain; `$name` takes a parameter."""
        return self.sql_with({}, query_text, **parameters)

    def sql_with(self, frames: Mapping[str, pl.DataFrame], query_text: str, /, **parameters: object) -> pl.DataFrame:
        """Answer a question over the tables of the chain and other frames, by their names."""
        absent = {name: empty(table) for name, table in INPUTS.items() if name not in self.tables}
        asked = query_text.lower()  # handing over tables that nobody asks for takes longer than most questions
        named = {name: frame for name, frame in {**absent, **self.tables, **frames}.items() if name in asked}
        return query(named, query_text, parameters)

    @cached_property
    def digest(self) -> str:
        """A fingerprint of the content: the same tables and settings give the same one, in any order of reading."""
        total = hashlib.blake2b(self.settings.model_dump_json().encode(), digest_size=16)
        for name in sorted(self.tables):
            buffer = io.BytesIO()
            self.tables[name].write_ipc(buffer, compression="uncompressed")
            total.update(name.encode())
            total.update(buffer.getbuffer())
        return total.hexdigest()
