"""Result tables: what a run writes, one file per stage. Inputs never change."""

from arbitre.tables.results import measure, optimise, simulate

TABLES = (*measure.TABLES, *optimise.TABLES, *simulate.TABLES)
