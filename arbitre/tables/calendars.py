"""Calendar tables: the hours in which work goes on, and the days that differ from the week."""

from arbitre.core.week import WEEKDAYS, WEEKDAYS_FR
from arbitre.tables.schema import Column, Kind, Table

OPENING_HOURS = Table(
    "opening_hours", "Hours of a weekday in which a calendar is open; several rows a day where it closes in between.",
    "Opening hours", "Heures d'ouverture",
    (
        Column("calendar", Kind.KEY, "Short name of the calendar.", "Calendar", "Calendrier", key=True, required=True),
        Column("weekday", Kind.CHOICE, "Day of the week on which it opens.", "Weekday", "Jour de la semaine", key=True,
               required=True, choices=WEEKDAYS, aliases=("day", "jour"),
               choices_fr=WEEKDAYS_FR),
        Column("opens", Kind.CLOCK, "When it opens.", "Opens", "Ouvre à", key=True, required=True,
               aliases=("open", "from", "start", "ouverture", "de")),
        Column("closes", Kind.CLOCK, "When it closes; no later than it opens: on the next day.", "Closes", "Ferme à",
               required=True, aliases=("close", "to", "end", "fermeture", "à")),
    ),
    aliases=("calendars", "business hours", "calendriers", "horaires", "heures ouvrées"),
)

HOLIDAYS = Table(
    "holidays", "A day that does not follow the week: closed, or open at other hours. Hours belong to the day on which "
    "they begin.",
    "Holidays", "Jours fériés",
    (
        Column("calendar", Kind.KEY, "Calendar it is a holiday of; empty: every one.", "Calendar", "Calendrier",
               key=True),
        Column("day", Kind.DATE, "The day.", "Day", "Jour", key=True, required=True, aliases=("date", "holiday")),
        Column("opens", Kind.CLOCK, "When it opens that day; empty: it stays closed.", "Opens", "Ouvre à", key=True),
        Column("closes", Kind.CLOCK, "When it closes that day; no later than it opens: on the next day.", "Closes",
               "Ferme à"),
        Column("name", Kind.TEXT, "Name of the day.", "Name", "Nom"),
    ),
    aliases=("holiday", "exceptions", "closing days", "jours de fermeture"),
)

CONDITIONS = Table(
    "conditions", "What is known of a day beforehand, or foretold: an event, the weather. A day without a row: nought.",
    "Conditions", "Conditions",
    (
        Column("day", Kind.DATE, "The day.", "Day", "Jour", key=True, required=True),
        Column("condition", Kind.TEXT, "What is known: match, rain, temperature.", "Condition", "Condition", key=True,
               required=True),
        Column("value", Kind.NUMBER, "How much of it; 1 where it is so.", "Value", "Valeur", default=1.0),
    ),
    aliases=("weather", "météo", "evenements du jour"),
)

TABLES = (OPENING_HOURS, HOLIDAYS, CONDITIONS)
