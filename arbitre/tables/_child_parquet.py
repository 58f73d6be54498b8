"""Script run by _child.py: reads a Parquet file and writes it as table.arrow, with the types the typing step knows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl


def parse(file: Path, folder: Path, refuse: Callable[..., Any]) -> None:
    """Write the rows of `file` to `folder`."""
    frame = pl.read_parquet(file)
    for name, kind in frame.schema.items():
        if kind.is_nested() or kind in (pl.Binary, pl.Object):
            refuse("nested_column", column=name)
        plain = kind.is_integer() or kind.is_float() or kind in (pl.Boolean, pl.String, pl.Date, pl.Datetime)
        if not plain:
            frame = frame.with_columns(pl.col(name).cast(pl.String))
    frame.write_ipc(folder / "table.arrow")
