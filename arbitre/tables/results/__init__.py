"""Result tables: what a run writes, one file per stage or topic. Inputs never change."""

from arbitre.tables.results import (
    assignment,
    buying,
    crews,
    dispatch,
    drifts,
    forecast,
    frontier,
    leaving,
    lines,
    measure,
    metrics,
    optimise,
    people,
    pipeline,
    portfolio,
    process,
    profit,
    segment,
    simulate,
    spend,
    survey,
    transitions,
    uplift,
)

_TOPICS = (
    measure, metrics, process, pipeline, profit, drifts, segment, survey, forecast, buying, leaving,
    transitions, optimise, assignment, portfolio, spend, uplift, people, crews, lines, frontier, dispatch, simulate,
)

TABLES = tuple(table for topic in _TOPICS for table in topic.TABLES)
