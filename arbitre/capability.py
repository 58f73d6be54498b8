"""What a capability is: one question, asked of a chain, answered with a Result.

A capability is a module of a stage folder (`measure`, `optimise`, ...) whose name does not start with an underscore.
Its docstring is the question; it holds `READS` (tables it cannot do without), `MAY_READ` (used where present),
`WRITES`, a frozen `Params` and `run`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import polars as pl
from pydantic import BaseModel, ConfigDict

from arbitre.tables.chain import Chain

Progress = Callable[[float, str], None]
"""Told how far a capability is (0 to 1) and what it is doing."""


def silent(share: float, doing: str) -> None:
    """Progress that nobody watches."""


def within(progress: Progress, start: float, end: float) -> Progress:
    """Return a progress that tells its share of the whole, from `start` to `end`."""
    return lambda share, doing: progress(start + (end - start) * share, doing)


class Params(BaseModel):
    """Settings of one capability: frozen, each field with unit, default, range and sentence; numbers are finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True)
class Result:
    """The answer of a capability.

    `summary` is flat: a name, a number or a short text. `tables` are declared in `tables.results`. `bound` is the
    proven limit of `summary["value"]`, None where nothing is decided. Where the value is a cost, the bound lies
    below it: nothing costs less. Where it is what a plan brings (optimise.portfolio), it lies above: nothing brings
    more, which the summary then says as `bound_says`.
    """

    capability: str
    summary: Mapping[str, Any]
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    status: str = "done"
    bound: float | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    input_hash: str = ""


class Capability(Protocol):
    """The shape of a capability module. One that decides may say in FIGURES what its summary tells (`stages.figures`).
    """

    READS: tuple[str, ...]
    MAY_READ: tuple[str, ...]
    WRITES: tuple[str, ...]
    Params: type[Params]

    @staticmethod
    def run(chain: Chain, params: Any, seed: int, progress: Progress) -> Result: ...
