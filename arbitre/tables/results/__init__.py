"""Result tables: what a run writes, one file per stage or topic. Inputs never change."""

from arbitre.tables.results import (
    drifts,
    forecast,
    measure,
    metrics,
    optimise,
    portfolio,
    process,
    profit,
    segment,
    simulate,
    spend,
    survey,
)

_TOPICS = (
    measure, metrics, process, profit, drifts, segment, survey, forecast, optimise, portfolio, spend, simulate,
)

TABLES = tuple(table for topic in _TOPICS for table in topic.TABLES)
