"""Result tables: what a run writes, one file per stage. Inputs never change."""

from arbitre.tables.results import forecast, measure, metrics, optimise, process, profit, segment, simulate

TABLES = tuple(table for stage in (measure, metrics, process, profit, segment, forecast, optimise, simulate)
               for table in stage.TABLES)
