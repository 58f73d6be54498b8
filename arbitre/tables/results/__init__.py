"""Result tables: what a run writes, one file per stage. Inputs never change."""

from arbitre.tables.results import (
    drifts,
    forecast,
    measure,
    metrics,
    optimise,
    process,
    profit,
    segment,
    simulate,
    survey,
)

TABLES = tuple(table for stage in (measure, metrics, process, profit, drifts, segment, survey, forecast, optimise, simulate)
               for table in stage.TABLES)
