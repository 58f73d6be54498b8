"""Result tables: what a run writes, one file per stage. Inputs never change."""

from arbitre.tables.results import forecast, measure, optimise, portfolio, process, profit, segment, simulate

TABLES = tuple(table for stage in (measure, process, profit, segment, forecast, optimise, portfolio, simulate)
               for table in stage.TABLES)
