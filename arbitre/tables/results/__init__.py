"""Result tables: what a run writes, one file per stage or topic. Inputs never change."""

from arbitre.tables.results import (
    assignment,
    drifts,
    forecast,
    measure,
    metrics,
    optimise,
    pipeline,
    portfolio,
    process,
    profit,
    segment,
    simulate,
    survey,
    transitions,
)

_TOPICS = (
    measure, metrics, process, pipeline, profit, drifts, segment, survey, forecast, transitions, optimise,
    assignment, portfolio, simulate,
)

TABLES = tuple(table for topic in _TOPICS for table in topic.TABLES)
