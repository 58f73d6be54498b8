"""How a reader says no to a file: one exception that carries its fault, so that it can be told in every language."""

from __future__ import annotations

from arbitre.core.errors import Fault, UnreadableFile
from arbitre.tables.checks.rules import say


class Refused(UnreadableFile):
    """A file that no reader can take; `fault` says why, by a rule of the catalogue."""

    def __init__(self, rule: str, source: str, row: int | None = None, **values: str) -> None:
        rows = () if row is None else (row,)
        self.fault = Fault("", "", rule, rows, len(rows), values, source)
        super().__init__(say(self.fault, "en"))
