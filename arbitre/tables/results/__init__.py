"""Result tables: what a run writes, one file per stage. Inputs never change."""

from arbitre.tables.results import forecast, measure, optimise, process, simulate

TABLES = (*measure.TABLES, *process.TABLES, *forecast.TABLES, *optimise.TABLES, *simulate.TABLES)
