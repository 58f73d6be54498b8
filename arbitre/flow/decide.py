"""How is a decision between scenarios kept: who, when, on which numbers, and what would change it?

A row of the table arbitrations, added to tables/arbitrations.csv of the chain's folder: the file as it is with one line
more, put in its place whole. Nothing else of the chain changes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from arbitre.core.errors import UsageError
from arbitre.core.words import nearest
from arbitre.flow.compare import BASE, ranked_by, told
from arbitre.show.sections_frontier import turning_point
from arbitre.show.words import Words
from arbitre.tables.chain import Chain
from arbitre.tables.decisions import ARBITRATIONS
from arbitre.tables.files.atomic import whole_file
from arbitre.tables.files.read import table_named


@dataclass(frozen=True)
class Arbitration:
    """A decision to be kept in the chain at `path`: the choice among scenarios, by whom, why, on what question.

    Raises UsageError where the choice was not compared, nobody decides, the chain is no folder whose arbitrations stand
    in a plain CSV file, or the same question was decided today already.
    """

    path: Path
    chain: Chain
    scenarios: Sequence[str]
    choice: str
    by: str
    why: str = ""
    question: str = ""

    def __post_init__(self) -> None:
        names = [BASE, *(self.scenarios or sorted(self.chain.settings.scenarios))]
        if self.choice not in names:
            meant = nearest(self.choice, names)
            raise UsageError(f"{self.choice} is not among what is compared: {', '.join(names)}."
                             + (f" Did you mean {meant}?" if meant else ""))
        if not self.by.strip():
            raise UsageError("Nobody decides. Say who: --by NAME.")
        if not self.path.is_dir():
            raise UsageError(f"{self.path} is no folder. Arbitrations are kept in tables/arbitrations.csv of a chain "
                             "that is one.")
        for file in sorted((self.path / "tables").glob("*")):
            is_plain = file.name == self.file.name and file.read_bytes().startswith(_line(ARBITRATIONS.names))
            if table_named(file.stem) == ARBITRATIONS.name and not is_plain:
                raise UsageError(f"{file} is no plain CSV file with the columns {', '.join(ARBITRATIONS.names)}. "
                                 "Write the decision there by hand, or save the chain anew.")
        if self.chain.has("arbitrations") and not self.chain.table("arbitrations").filter(
                question=self.asked, on=date.today()).is_empty():
            raise UsageError(f"{self.asked!r} was decided today already. Give another --question, or edit {self.file}.")

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return self.path / "tables" / "arbitrations.csv"

    @property
    def asked(self) -> str:
        """The question; where none is put, which of the scenarios."""
        return self.question or ", ".join([BASE, *(self.scenarios or sorted(self.chain.settings.scenarios))]) + "?"

    def keep(self, compared: pl.DataFrame) -> Path:
        """Add the decision with the numbers it was made on; returns where."""
        names = compared.columns[1:]
        row = {"question": self.asked, "on": date.today().isoformat(), "scenarios": ", ".join(names),
               "choice": self.choice, "by": self.by, "why": self.why, "numbers": _numbers(compared),
               "turns_on": _turns_on(compared, self.choice, self.chain.language)}
        before = self.file.read_bytes() if self.file.exists() else _line(ARBITRATIONS.names)
        before += b"" if before.endswith(b"\n") else b"\n"
        with whole_file(self.file) as new:
            new.write_bytes(before + _line([row[name] for name in ARBITRATIONS.names]))
        return self.file


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


def _numbers(compared: pl.DataFrame) -> str:
    """Say what was compared: each measure, scenario by scenario."""
    known = {row["measure"]: row for row in compared.iter_rows(named=True)}
    return "; ".join(f"{measure}: " + ", ".join(
        f"{name} {known[measure][name]:,.0f}" for name in compared.columns[1:] if known[measure][name] is not None)
        for measure in told(known))


def _turns_on(compared: pl.DataFrame, choice: str, language: str) -> str:
    """Say what the next best scenario would have to bring for the answer to change."""
    known = {row["measure"]: row for row in compared.iter_rows(named=True)}
    figure = ranked_by(known)
    if figure is None or known[figure.measure][choice] is None:
        return ""
    sign = 1 if figure.is_most else -1
    brought = {name: sign * known[figure.measure][name] for name in compared.columns[1:]
               if known[figure.measure][name] is not None}
    others = {name: value for name, value in brought.items() if name != choice}
    if not others:
        return ""
    other = max(others, key=lambda name: others[name])
    ahead = brought[choice] - others[other]
    return turning_point(Words(language), figure.measure, other, ahead)
