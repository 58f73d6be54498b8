"""What optimise.loops writes."""

from arbitre.tables.results.columns import ITEM, SITE
from arbitre.tables.schema import Column, Kind, Table

_SHORT = "Share of the units wanted that are not there, "

LOOP_LEVELS = Table(
    "loop_levels", "How many units must circulate, and how often one is wanted that is not there.",
    "Units in circulation", "Unités en circulation",
    (
        ITEM, SITE,
        Column("before", Kind.INTEGER, "Units there are today; empty: not known.", "Today", "Aujourd'hui", unit="unit"),
        Column("level", Kind.INTEGER, "Units needed.", "Plan", "Plan", unit="unit"),
        Column("wanted", Kind.NUMBER, "Units wanted over the days looked at, booked or not.", "Wanted", "Demandées",
               unit="unit"),
        Column("out_mean", Kind.NUMBER, "Units out on average.", "Out", "Sorties", unit="unit"),
        Column("out_most", Kind.NUMBER, "Units out on average at the fullest hour.", "Out at most", "Sorties au plus",
               unit="unit"),
        Column("fullest_at", Kind.TIME, "The fullest hour.", "Fullest", "Au plus fort"),
        Column("short_before", Kind.SHARE, _SHORT + "today.", "Short today", "Manques aujourd'hui"),
        Column("short_share", Kind.SHARE, _SHORT + "in the plan.", "Short", "Manques"),
        Column("worth", Kind.NUMBER, "What one more unit than the plan has saves in units flown in.", "One more",
               "Une unité de plus", unit="money/year"),
        Column("price", Kind.NUMBER, "Cost of one unit.", "Price", "Prix", unit="money"),
        Column("capital_before", Kind.NUMBER, "Cost of all units there are.", "Capital today", "Capital aujourd'hui",
               unit="money"),
        Column("capital", Kind.NUMBER, "Cost of all units of the plan.", "Capital", "Capital", unit="money"),
    ),
)

LOOP_DAYS = Table(
    "loop_days", "Day by day: what is wanted, what is out, and how sure it is that all is there.", "Circulation by day",
    "Circulation par jour",
    (
        ITEM, SITE,
        Column("day", Kind.DATE, "Day.", "Day", "Jour", key=True),
        Column("wanted", Kind.NUMBER, "Units wanted, booked or not.", "Wanted", "Demandées", unit="unit"),
        Column("out_most", Kind.NUMBER, "Units out on average at the fullest hour of the day.", "Out at most",
               "Sorties au plus", unit="unit"),
        Column("needed", Kind.INTEGER, "Units that would do on this day: short in no more than the share allowed.",
               "Needed", "Nécessaires", unit="unit"),
        Column("short_before", Kind.SHARE, _SHORT + "today.", "Short today", "Manques aujourd'hui"),
        Column("short_share", Kind.SHARE, _SHORT + "in the plan.", "Short", "Manques"),
    ),
)

LOOP_CURVE = Table(
    "loop_curve", "What each number of units in circulation keeps.", "Units and shortage", "Unités et manques",
    (
        ITEM, SITE,
        Column("level", Kind.INTEGER, "Units in circulation.", "Units", "Unités", unit="unit", key=True),
        Column("short_share", Kind.SHARE, _SHORT + "with so many.", "Short", "Manques"),
        Column("short_cost", Kind.NUMBER, "What it costs to fly those in.", "Cost of shortage", "Coût des manques",
               unit="money/year"),
        Column("capital", Kind.NUMBER, "Cost of so many units.", "Capital", "Capital", unit="money"),
    ),
)

TABLES = (LOOP_LEVELS, LOOP_DAYS, LOOP_CURVE)
