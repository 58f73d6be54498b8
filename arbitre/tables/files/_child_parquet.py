"""Script run by _child.py: reads Parquet files and writes each as 0.arrow, 1.arrow, ... in plain types."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl


def parse(files: list[Path], folder: Path, refuse: Callable[..., Any]) -> None:
    """Write the rows of each file to `folder`."""
    for place, file in enumerate(files):
        frame = pl.read_parquet(file)
        for name, kind in frame.schema.items():
            if kind.is_nested() or kind in (pl.Binary, pl.Object):
                refuse("nested_column", header=name)
            plain = kind.is_integer() or kind.is_float() or kind in (pl.Boolean, pl.String, pl.Date, pl.Datetime)
            if not plain:
                frame = frame.with_columns(pl.col(name).cast(pl.String))
        frame.write_ipc(folder / f"{place}.arrow")
