"""Result tables: what a run writes, one file per stage. Inputs never change."""

from arbitre.tables.results import forecast, measure, optimise, segment, simulate

TABLES = (*measure.TABLES, *segment.TABLES, *forecast.TABLES, *optimise.TABLES, *simulate.TABLES)
