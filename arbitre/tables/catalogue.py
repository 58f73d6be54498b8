"""Every declared table, by name."""

from arbitre.tables import facts, market, networks, process, results, supply
from arbitre.tables.schema import Table

INPUTS: dict[str, Table] = {
    table.name: table
    for table in (*market.TABLES, *supply.TABLES, *networks.TABLES, *process.TABLES, *facts.TABLES)
}
RESULTS: dict[str, Table] = {table.name: table for table in results.TABLES}
