"""The same question asked of several scenarios of a chain, side by side."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from arbitre.capability import Progress, silent
from arbitre.flow.solve import STOCK, solve
from arbitre.flow.stages import figures, ids
from arbitre.tables.chain import Chain
from arbitre.tables.scenario import with_scenario

BASE = "base"


def compare(chain: Chain, scenarios: Sequence[str] = (), seed: int = 1, progress: Progress = silent) -> pl.DataFrame:
    """Return one row per measure, one column per scenario, the chain as it is first.

    `scenarios` are names from chain.toml; none given means all of them. Raises what `solve` raises, and UsageError for
    a scenario that the chain does not have.
    """
    names = list(scenarios) or sorted(chain.settings.scenarios)
    columns: dict[str, dict[str, float]] = {}
    for turn, name in enumerate([BASE, *names]):
        progress(turn / (len(names) + 1), name)
        answer = solve(chain if name == BASE else with_scenario(chain, name), seed)
        columns[name] = {key: float(value) for key, value in answer.summary.items()
                         if isinstance(value, int | float) and not isinstance(value, bool)}
    measures = list(dict.fromkeys(key for column in columns.values() for key in column))
    shown = {name: [column.get(key) for key in measures] for name, column in columns.items()}
    return pl.DataFrame({"measure": measures, **shown}, schema_overrides=dict.fromkeys(columns, pl.Float64))


@dataclass(frozen=True)
class Figure:
    """A measure that ranks scenarios: whether more of it is better; names and signs of what it is the sum of."""

    measure: str
    is_most: bool
    parts: dict[str, int]


def ranked_by(measures: Collection[str]) -> Figure | None:
    """Return the measure that ranks scenarios: the first value that a capability declares to be best where it is most,
    else where it is least; None where none is known."""
    found = [Figure(f"{_prefix(name)}value", said["best"] == "most", {
        f"{_prefix(name)}{part}": sign for part, sign in said.get("parts", {}).items()})
        for name in ids() for said in [figures(name)] if "best" in said and f"{_prefix(name)}value" in measures]
    return min(found, key=lambda figure: not figure.is_most, default=None)


def told(measures: Collection[str]) -> list[str]:
    """Return the measures that are kept with a decision."""
    return [measure for name in ids() for part in figures(name).get("told", ())
            if (measure := f"{_prefix(name)}{part}") in measures]


def _prefix(name: str) -> str:
    """Return what stands before the names of a capability in an answer (`Answer.summary`)."""
    return "" if name == STOCK else f"{name.partition('.')[2]}."


def explained(table: pl.DataFrame) -> dict[str, str]:
    """Return, for each scenario, by how much it brings more or less than the base, and where that comes from; nothing
    where no value is said to be a sum."""
    known = {row["measure"]: row for row in table.iter_rows(named=True)}
    figure = ranked_by(known)
    if figure is None or not figure.parts:
        return {}
    value, told = known[figure.measure], {}
    for name in table.columns[2:]:
        if value[name] is None:
            continue
        parts = {part.rpartition(".")[2]: sign * (known[part][name] - known[part][BASE])
                 for part, sign in figure.parts.items() if part in known}
        listed = ", ".join(f"{part} {amount:+,.0f}" for part, amount in
                           sorted(parts.items(), key=lambda pair: -abs(pair[1])) if abs(amount) >= 0.5)
        told[name] = f"{value[name] - value[BASE]:+,.0f} a year" + (f": {listed}" if listed else "")
    return told
