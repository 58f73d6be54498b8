"""Result tables: what a run writes, one file per stage or topic. Inputs never change."""

from arbitre.tables.results import (
    assignment,
    automations,
    buying,
    crews,
    dispatch,
    drifts,
    forecast,
    frontier,
    leaving,
    lines,
    loops,
    measure,
    metrics,
    optimise,
    people,
    pipeline,
    portfolio,
    process,
    profit,
    response,
    routes,
    segment,
    simulate,
    spend,
    standby,
    survey,
    transitions,
    trials,
    uplift,
    visits,
)

_TOPICS = (
    measure, metrics, process, pipeline, profit, drifts, segment, survey, forecast, buying, leaving,
    transitions, optimise, assignment, portfolio, spend, trials, uplift, people, crews, standby, loops, frontier,
    dispatch, routes, simulate, automations, response, visits, lines,
)

TABLES = tuple(table for topic in _TOPICS for table in topic.TABLES)
