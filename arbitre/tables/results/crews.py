"""What staffing writes."""

from arbitre.core.week import WEEKDAYS, WEEKDAYS_FR
from arbitre.tables.results.columns import CRITICALITY, OFFER, PROMISE, SEGMENT, TARGET
from arbitre.tables.schema import Column, Kind, Table

CREW_LEVELS = Table(
    "crew_levels", "How many people of each crew are needed in each period of the week, and what one more is worth.",
    "People needed", "Effectifs nécessaires",
    (
        Column("crew", Kind.KEY, "Crew.", "Crew", "Équipe", key=True),
        Column("site", Kind.KEY, "Site it starts from; empty: everywhere.", "Site", "Site"),
        Column("weekday", Kind.CHOICE, "Day of the week.", "Weekday", "Jour de la semaine", key=True, choices=WEEKDAYS,
               choices_fr=WEEKDAYS_FR),
        Column("starts", Kind.NUMBER, "Hour of the day from which they are needed.", "Starts", "Début", unit="h",
               key=True),
        Column("ends", Kind.NUMBER, "Hour of the day until which they are needed.", "Ends", "Fin", unit="h"),
        Column("heads_before", Kind.INTEGER, "Heads there today.", "Today", "Aujourd'hui", unit="unit"),
        Column("heads", Kind.INTEGER, "Heads needed.", "Plan", "Plan", unit="unit"),
        Column("rate", Kind.NUMBER, "Cases that come to the team in an hour.", "Cases", "Dossiers", unit="unit/h"),
        Column("busy_share", Kind.SHARE, "Share of the time a head of the team works.", "Busy", "Occupation"),
        Column("delayed_share", Kind.SHARE, "Share of the cases of the team that find nobody free.", "Delayed",
               "En attente"),
        Column("kept_share", Kind.SHARE, "Share of what the team is promised for that is in time.", "Kept", "Tenu"),
        Column("worth", Kind.NUMBER, "What one more head in this period, every week, earns in kept promises.",
               "One more", "Une personne de plus", unit="money/year"),
        Column("cost", Kind.NUMBER, "What one more head in this period, every week, costs.", "Cost of one",
               "Coût d'une personne", unit="money/year"),
    ),
)

CREW_PROMISES = Table(
    "crew_promises", "What the people there keep of each promise, and what one more point of it would cost.",
    "Promises kept by people", "Promesses tenues par les effectifs",
    (
        PROMISE, SEGMENT, OFFER, CRITICALITY,
        Column("window", Kind.NUMBER, "Longest time allowed.", "Window", "Délai promis", unit="h"),
        TARGET,
        Column("cases", Kind.NUMBER, "Cases under the promise.", "Cases", "Dossiers", unit="1/year"),
        Column("kept_before", Kind.SHARE, "Share that today's shifts keep, by the model.", "Kept today",
               "Tenu aujourd'hui"),
        Column("kept_after", Kind.SHARE, "Share that the plan keeps, by the model.", "Kept by the plan",
               "Tenu par le plan"),
        Column("worth", Kind.NUMBER, "Floor under the cost of one more point (1 %) of the promise.", "One more point",
               "Un point de plus", unit="money/year"),
    ),
)

TABLES = (CREW_LEVELS, CREW_PROMISES)
