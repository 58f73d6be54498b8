"""Every declared table, by name."""

from arbitre.tables import calendars, costing, facts, market, marketing, metrics, networks, process, results, supply
from arbitre.tables.schema import Table

INPUTS: dict[str, Table] = {
    table.name: table for module in (market, calendars, supply, networks, process, costing, facts, metrics, marketing)
    for table in module.TABLES
}
RESULTS: dict[str, Table] = {table.name: table for table in results.TABLES}
