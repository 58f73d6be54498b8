"""What optimise.standby writes."""

from arbitre.core.week import WEEKDAYS, WEEKDAYS_FR
from arbitre.tables.results.columns import CRITICALITY, OFFER, PROMISE, SEGMENT, TARGET
from arbitre.tables.schema import Column, Kind, Table

STANDBY_LEVELS = Table(
    "standby_levels", "How many units wait at each base, today and in the plan.", "Units on call",
    "Équipes d'astreinte",
    (
        Column("crew", Kind.KEY, "Crew.", "Crew", "Équipe", key=True),
        Column("site", Kind.KEY, "Site it starts from.", "Base", "Base"),
        Column("weekday", Kind.CHOICE, "Day of the week; empty: every day.", "Weekday", "Jour de la semaine", key=True,
               choices=WEEKDAYS, choices_fr=WEEKDAYS_FR),
        Column("starts", Kind.NUMBER, "Hour of the day from which they wait.", "Starts", "Début", unit="h", key=True),
        Column("ends", Kind.NUMBER, "Hour of the day until which they wait.", "Ends", "Fin", unit="h"),
        Column("heads_before", Kind.INTEGER, "Units there today.", "Today", "Aujourd'hui", unit="unit"),
        Column("heads", Kind.INTEGER, "Units there in the plan.", "Plan", "Plan", unit="unit"),
        Column("busy_share", Kind.SHARE, "Share of the time a unit there is away, in the plan.", "Busy", "Occupation"),
        Column("cost", Kind.NUMBER, "What its units cost in these hours.", "Cost", "Coût", unit="money/year"),
    ),
)

STANDBY_ZONES = Table(
    "standby_zones", "How soon somebody comes to each zone, and who goes there first.", "Zones on call",
    "Zones d'astreinte",
    (
        Column("site", Kind.KEY, "Zone.", "Zone", "Zone", key=True),
        Column("cases", Kind.NUMBER, "Cases that come in the hours looked at.", "Cases", "Dossiers", unit="1/year"),
        Column("first", Kind.KEY, "Crew that goes there if all are free.", "Goes first", "Part d'abord"),
        Column("way", Kind.NUMBER, "Its way there.", "Way", "Trajet", unit="h"),
        Column("first_share", Kind.SHARE, "Share of the cases to which a unit of that crew goes at once.",
               "By the first", "Par la première"),
        Column("response_before", Kind.NUMBER, "Mean time until somebody is there, today.", "Response today",
               "Réponse aujourd'hui", unit="h"),
        Column("response", Kind.NUMBER, "Mean time until somebody is there, in the plan.", "Response",
               "Réponse", unit="h"),
        Column("kept_before", Kind.SHARE, "Share of what is promised there that is kept today.", "Kept today",
               "Tenu aujourd'hui"),
        Column("kept_share", Kind.SHARE, "Share of what is promised there that the plan keeps.", "Kept", "Tenu"),
        Column("reason", Kind.TEXT, "Why nobody comes; empty: somebody does.", "Reason", "Raison"),
    ),
)

STANDBY_UNITS = Table(
    "standby_units", "What one unit more or fewer on call keeps, each at its best base.", "One more on call",
    "Une équipe de plus d'astreinte",
    (
        Column("units", Kind.INTEGER, "Units on call.", "Units", "Équipes", unit="unit", key=True),
        Column("kept_share", Kind.SHARE, "Share of what is promised that is kept.", "Kept", "Tenu"),
        Column("response", Kind.NUMBER, "Mean time until somebody is there.", "Response", "Réponse", unit="h"),
        Column("late", Kind.NUMBER, "Cases late.", "Late", "En retard", unit="1/year"),
        Column("late_cost", Kind.NUMBER, "What late cases cost.", "Cost of late cases", "Coût des retards",
               unit="money/year"),
        Column("cost", Kind.NUMBER, "What the units cost in these hours.", "Cost", "Coût", unit="money/year"),
    ),
)

STANDBY_PROMISES = Table(
    "standby_promises", "What units on call keep of each promise.", "Promises kept on call",
    "Promesses tenues en astreinte",
    (
        PROMISE, SEGMENT, OFFER, CRITICALITY,
        Column("window", Kind.NUMBER, "Longest time allowed.", "Window", "Délai promis", unit="h"),
        TARGET,
        Column("cases", Kind.NUMBER, "Cases under the promise in the hours looked at.", "Cases", "Dossiers",
               unit="1/year"),
        Column("kept_before", Kind.SHARE, "Share kept today, by the model.", "Kept today", "Tenu aujourd'hui"),
        Column("kept_after", Kind.SHARE, "Share kept by the plan, by the model.", "Kept by the plan",
               "Tenu par le plan"),
    ),
)

TABLES = (STANDBY_LEVELS, STANDBY_ZONES, STANDBY_UNITS, STANDBY_PROMISES)
