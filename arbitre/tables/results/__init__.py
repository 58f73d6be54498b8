"""Result tables: what a run writes, one file per stage. Inputs never change."""

from arbitre.tables.results import forecast, measure, optimise, profit, segment, simulate

TABLES = (*measure.TABLES, *profit.TABLES, *segment.TABLES, *forecast.TABLES, *optimise.TABLES, *simulate.TABLES)
