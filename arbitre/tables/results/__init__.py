"""Result tables: what a run writes, one file per stage. Inputs never change."""

from arbitre.tables.results import (
    crews,
    dispatch,
    drifts,
    forecast,
    frontier,
    measure,
    metrics,
    optimise,
    people,
    portfolio,
    process,
    profit,
    segment,
    simulate,
    survey,
)

TABLES = tuple(table for stage in (
    measure,
    metrics,
    process,
    profit,
    drifts,
    segment,
    survey,
    forecast,
    optimise,
    portfolio,
    people,
    crews,
    frontier,
    dispatch,
    simulate,
) for table in stage.TABLES)
