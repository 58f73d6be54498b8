"""Every declared table, by name."""

from arbitre.tables import (
    calendars,
    costing,
    decisions,
    dispatching,
    facts,
    levers,
    market,
    marketing,
    metrics,
    networks,
    people,
    process,
    results,
    supply,
    visiting,
)
from arbitre.tables.schema import Table

_TOPICS = (
    market, calendars, supply, networks, process, people, dispatching, visiting, costing, facts, levers, marketing,
    metrics, decisions,
)

INPUTS: dict[str, Table] = {table.name: table for topic in _TOPICS for table in topic.TABLES}
RESULTS: dict[str, Table] = {table.name: table for table in results.TABLES}
DECLARED = {**INPUTS, **RESULTS}
