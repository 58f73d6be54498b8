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
from arbitre.flow.compare import BASE
from arbitre.tables.chain import Chain
from arbitre.tables.decisions import ARBITRATIONS
from arbitre.tables.files.atomic import whole_file
from arbitre.tables.files.read import table_named

_FIGURES = (("portfolio.value", 1), ("value", -1))
"""What ranks scenarios, the first that is known, and whether more of it is better."""
_TOLD = ("portfolio.value", "portfolio.bound", "portfolio.capital", "portfolio.segments_served", "value", "bound",
         "capital_after", "proof.promises_kept", "proof.promises_missed")
_TURNS = {"en": "If {other} brought {amount} more a year.", "fr": "Si {other} rapportait {amount} de plus par an."}
_ALREADY = {"en": "It is not the best by {figure}: {other} is, by {amount} a year.",
            "fr": "Ce n'est pas le meilleur selon {figure} : {other} l'est, de {amount} par an."}


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
        for measure in _TOLD if measure in known)


def _turns_on(compared: pl.DataFrame, choice: str, language: str) -> str:
    """Say what the next best scenario would have to bring for the answer to change."""
    known = {row["measure"]: row for row in compared.iter_rows(named=True)}
    figure, sign = next(((name, sign) for name, sign in _FIGURES if name in known), (None, 0))
    if figure is None or known[figure][choice] is None:
        return ""
    others = {name: sign * known[figure][name] for name in compared.columns[1:]
              if name != choice and known[figure][name] is not None}
    if not others:
        return ""
    other = max(others, key=lambda name: others[name])
    ahead = sign * known[figure][choice] - others[other]
    words = _TURNS if ahead >= 0 else _ALREADY
    return words[language].format(other=other, amount=f"{abs(ahead):,.0f}", figure=figure)
