"""Result tables: what a run writes, one file per stage or topic. Inputs never change."""

from arbitre.tables.results import (
    buying,
    drifts,
    forecast,
    leaving,
    measure,
    metrics,
    optimise,
    portfolio,
    process,
    profit,
    segment,
    simulate,
    survey,
    uplift,
)

_TOPICS = (
    measure, metrics, process, profit, drifts, segment, survey, forecast, buying, leaving, optimise, portfolio,
    uplift, simulate,
)

TABLES = tuple(table for topic in _TOPICS for table in topic.TABLES)
