"""Result tables: what a run writes, one file per stage. Inputs never change."""

from arbitre.tables.results import forecast, measure, optimise, simulate

TABLES = (*measure.TABLES, *forecast.TABLES, *optimise.TABLES, *simulate.TABLES)
