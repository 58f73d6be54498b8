"""The same question asked of several scenarios of a chain, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from arbitre.capability import Progress, silent
from arbitre.flow.solve import solve
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
