"""What can go wrong, in one tree.

    ArbitreError
    ├── UsageError          the question was put wrongly: an unknown capability, table, parameter, language
    ├── UnreadableFile      a file that no reader can take: truncated, not what its name says, too large, hostile
    ├── FaultsFound         the chain has faults: all of them, each with table, column, rows and remedy
    ├── Unsupported         this chain lacks the tables a capability needs
    ├── Unreachable         promises that no level can keep: which ones, and how far one can get
    ├── CannotReplay        a network the twin cannot replay, or had to stop: every reason, with its place
    └── SolverStopped       a search that died, or needed more time or memory than it was given
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


class ArbitreError(Exception):
    """Anything Arbitre refuses, with a sentence that says what to do."""


class UsageError(ArbitreError):
    """The question was put wrongly."""


class UnreadableFile(ArbitreError):
    """A file that no reader can take."""


class Unsupported(ArbitreError):
    """The chain lacks what a capability reads."""


class Unreachable(ArbitreError):
    """Promises that no level of any pool can keep."""


class SolverStopped(ArbitreError):
    """A search that died, or needed more than it was given."""


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in what a user brought.

    `rule` names a sentence of the catalogue in `tables/checks/rules.toml`; `values` fill its blanks, so the same fault
    can be told in every language. `rows` are row numbers as the user counts them in the file (the header is row 1), a
    sample of at most ten; `count` is how many rows have the fault.
    """

    table: str
    column: str
    rule: str
    rows: tuple[int, ...] = ()
    count: int = 0
    values: dict[str, str] = field(default_factory=dict, compare=False)
    source: str = field(default="", compare=False)


class FaultsFound(ArbitreError):
    """The chain has faults; `faults` lists every one of them, `language` is the one to tell them in."""

    def __init__(self, faults: Sequence[Fault], language: Literal["en", "fr"] = "en") -> None:
        self.faults = list(faults)
        self.language: Literal["en", "fr"] = language
        super().__init__(f"{len(self.faults)} faults found")


class CannotReplay(ArbitreError):
    """The twin cannot replay this, or had to stop; `reasons` says why and where, one sentence each."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = list(reasons)
        super().__init__(" ".join(self.reasons))
