"""Chains written down as rows, for benchmarks and tests."""

from typing import Any

import polars as pl

from arbitre.tables.catalogue import DECLARED
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.settings import Settings


def chain_of(**rows: list[dict[str, Any]]) -> Chain:
    """Return a chain of these tables, with the declared defaults where nothing is said."""
    return Chain(Settings(name="test"), {name: shaped(DECLARED[name], pl.DataFrame(table, infer_schema_length=None))
                                          for name, table in rows.items()})
