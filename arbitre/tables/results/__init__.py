"""Result tables: what a run writes, one file per stage. Inputs never change."""

from arbitre.tables.results import forecast, measure, optimise, profit, simulate

TABLES = (*measure.TABLES, *profit.TABLES, *forecast.TABLES, *optimise.TABLES, *simulate.TABLES)
