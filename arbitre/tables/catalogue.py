"""Every declared table, by name."""

from arbitre.tables import (
    calendars,
    costing,
    decisions,
    dispatching,
    facts,
    levers, market,
    metrics,
    networks,
    people,
    process,
    results,
    supply,
)
from arbitre.tables.schema import Table

INPUTS: dict[str, Table] = {
    table.name: table for module in (market, calendars, supply, networks, process, dispatching, people, costing, facts, metrics, decisions) levers, metrics)
    for table in module.TABLES
}
RESULTS: dict[str, Table] = {table.name: table for table in results.TABLES}
