"""The same question asked of several scenarios of a chain, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from arbitre.capability import Progress, silent
from arbitre.flow.solve import solve
from arbitre.tables.chain import Chain
from arbitre.tables.scenario import with_scenario

BASE = "base"
_PARTS = {"margin": 1, "transport": -1, "sites": -1, "catalogue": -1, "holding": -1}
"""What the value of a portfolio is the sum of."""


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


def explained(table: pl.DataFrame) -> dict[str, str]:
    """Return, for each scenario, by how much its portfolio brings more or less than the base, and where that comes
    from; nothing where no portfolio was decided."""
    known = {row["measure"]: row for row in table.iter_rows(named=True)}
    value = known.get("portfolio.value")
    if value is None:
        return {}
    told = {}
    for name in table.columns[2:]:
        if value[name] is None:
            continue
        parts = {part: sign * (known[f"portfolio.{part}"][name] - known[f"portfolio.{part}"][BASE])
                 for part, sign in _PARTS.items()}
        listed = ", ".join(f"{part} {amount:+,.0f}" for part, amount in
                           sorted(parts.items(), key=lambda pair: -abs(pair[1])) if abs(amount) >= 0.5)
        told[name] = f"{value[name] - value[BASE]:+,.0f} a year" + (f": {listed}" if listed else "")
    return told
