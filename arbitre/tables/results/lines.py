"""What planning a line with cut-offs writes."""

from arbitre.core.week import WEEKDAYS, WEEKDAYS_FR
from arbitre.tables.results.columns import CRITICALITY, OFFER, PROMISE, SEGMENT, TARGET
from arbitre.tables.schema import Column, Kind, Table

_LINE = Column("line", Kind.KEY, "Step at which cases are worked off one by one.", "Line", "Ligne", key=True)
_WEEKDAY = Column("weekday", Kind.CHOICE, "Day of the week.", "Weekday", "Jour de la semaine", key=True,
                  choices=WEEKDAYS, choices_fr=WEEKDAYS_FR)
_TOUR = Column("tour", Kind.KEY, "Step whose waves bring the load; empty: cases come one by one.", "Tour", "Tournée",
               key=True)
_LEAVES = Column("leaves", Kind.NUMBER, "Hour of the day at which the tour leaves.", "Leaves", "Départ", unit="h",
                 key=True)
_CARRIER = Column("carrier", Kind.KEY, "Step that takes them on in the plan.", "Carrier", "Transporteur", key=True)
_PACK_BY = Column("pack_by", Kind.NUMBER, "Hour of the day by which it must be done: the cut-off less the way there.",
                  "Pack by", "À emballer avant", unit="h", key=True)
_CASES = Column("cases", Kind.NUMBER, "Cases that come on such a day.", "Cases", "Dossiers", unit="unit")
_MISSED = Column("missed", Kind.NUMBER, "Cases of a day expected to miss their cut-off.", "Missed", "Manqués",
                 unit="unit")
_KEPT = Column("kept_share", Kind.SHARE, "Share expected to make the cut-off: cut-off compliance.",
               "Cut-off compliance", "Respect de l'heure limite")

LINE_LEVELS = Table(
    "line_levels", "How many heads a line needs in each shift, and what one more is worth.", "People at the line",
    "Effectifs de la ligne",
    (
        _LINE, _WEEKDAY,
        Column("crew", Kind.KEY, "Crew.", "Crew", "Équipe", key=True),
        Column("starts", Kind.NUMBER, "Hour of the day at which the shift starts.", "Starts", "Début", unit="h",
               key=True),
        Column("ends", Kind.NUMBER, "Hour of the day at which it ends.", "Ends", "Fin", unit="h"),
        Column("heads_before", Kind.INTEGER, "Heads there today.", "Today", "Aujourd'hui", unit="unit"),
        Column("heads", Kind.INTEGER, "Heads in the plan.", "Plan", "Plan", unit="unit"),
        Column("worth", Kind.NUMBER, "What one more head in this shift of a day saves in missed cases.", "One more",
               "Une personne de plus", unit="money"),
        Column("cost", Kind.NUMBER, "What one head costs in this shift of a day.", "Cost of one",
               "Coût d'une personne", unit="money"),
    ),
)

LINE_PARCELS = Table(
    "line_parcels", "Which cases go with which carrier and cut-off, and what nobody can plan and why.",
    "Cases by carrier", "Dossiers par transporteur",
    (
        _LINE, _WEEKDAY,
        Column("kind", Kind.TEXT, "Kind of the cases.", "Kind", "Nature", key=True),
        Column("site", Kind.KEY, "Site they come from.", "Site", "Site", key=True),
        SEGMENT, OFFER, CRITICALITY, _TOUR, _LEAVES, PROMISE,
        Column("carrier_before", Kind.KEY, "Carrier that takes most of them today.", "Carrier today",
               "Transporteur aujourd'hui"),
        Column("carrier", Kind.KEY, "Carrier in the plan; empty: none can.", "Carrier", "Transporteur"),
        Column("rank", Kind.INTEGER, "Place in line: 0 is packed first; empty: there is more than a day.", "Rank",
               "Rang"),
        Column("pack_by", Kind.NUMBER, "Hour of the day by which it must be done: the cut-off less the way there.",
               "Pack by", "À emballer avant", unit="h"),
        _CASES, _MISSED, _KEPT,
        Column("slack", Kind.NUMBER, "Minutes from the mean time the load comes to when it must be packed: slack at "
               "cut-off before packing.", "Slack", "Marge", unit="min"),
        Column("reason", Kind.CHOICE, "Planned; or why not: the cut-off is past before the load can come (too_early), "
               "no carrier may take it (nobody_may), nobody works at the line that day (nobody), its tour never leaves "
               "or brings nothing (never_comes), no lane leads there (no_way).", "Reason", "Raison",
               choices=("planned", "too_early", "nobody_may", "nobody", "never_comes", "no_way"),
               choices_fr=("planifié", "trop tôt", "nul ne peut", "personne", "ne vient pas", "sans chemin")),
    ),
)

LINE_CARRIERS = Table(
    "line_carriers", "How sure each cut-off is, what is missed, and what holding a departure is worth.",
    "Cut-offs of carriers", "Heures limites des transporteurs",
    (
        _LINE, _WEEKDAY, _CARRIER, _PACK_BY, _CASES,
        Column("missed_before", Kind.NUMBER, "Missed with the people and carriers of today.", "Missed today",
               "Manqués aujourd'hui", unit="unit"),
        Column("missed_by_means", Kind.NUMBER, "Missed by the plan of one who takes all as it is on average.",
               "Missed by means", "Manqués par les moyennes", unit="unit"),
        _MISSED, _KEPT,
        Column("clear_share", Kind.SHARE, "Chance that all that is to be packed by then has come and is packed.",
               "All on it", "Tout à bord"),
        Column("slack", Kind.NUMBER, "Minutes before the cut-off by which, with a chance of 95 %, all is packed; "
               "negative: so long after. Empty: not within the hour after.", "Slack at cut-off",
               "Marge à l'heure limite", unit="min"),
        Column("missed_per_minute", Kind.NUMBER, "Cases missed more when the departure comes one minute sooner, or all "
               "else one minute later.", "Missed per late minute", "Manqués par minute de retard", unit="unit"),
        Column("hold_worth", Kind.NUMBER, "What holding the departure for one minute saves: hold while that is more "
               "than the minute costs, else go.", "Worth of holding a minute", "Valeur d'une minute d'attente",
               unit="money"),
    ),
)

LINE_TOURS = Table(
    "line_tours", "The chance that each load makes its carrier, and what a minute of its tour is worth.",
    "Loads and cut-offs", "Chargements et heures limites",
    (
        _LINE, _WEEKDAY, _TOUR, _LEAVES, _CARRIER, _PACK_BY, _CASES,
        Column("comes", Kind.NUMBER, "Hour of the day at which it comes on average.", "Comes", "Arrivée", unit="h"),
        Column("come_share", Kind.SHARE, "Chance that it has come before it is too late.", "Has come", "Arrivé"),
        Column("chance", Kind.SHARE, "Chance that all of it has come and is packed in time.", "Makes its carrier",
               "Part avec son transporteur"),
        Column("cost_of_minute", Kind.NUMBER, "What one minute later costs: the load times what its chance loses.",
               "Cost of a minute", "Coût d'une minute", unit="money"),
    ),
)

LINE_PROMISES = Table(
    "line_promises", "What lines keep of each promise today, planned by means, and planned by chance.",
    "Promises kept by lines", "Promesses tenues par les lignes",
    (
        PROMISE, SEGMENT, OFFER, CRITICALITY,
        Column("window", Kind.NUMBER, "Longest time allowed.", "Window", "Délai promis", unit="h"),
        Column("cut_off", Kind.CLOCK, "Time of day by which it must be done.", "Cut-off", "Heure limite"),
        TARGET,
        Column("cases", Kind.NUMBER, "Cases under the promise that can be planned.", "Cases", "Dossiers",
               unit="1/year"),
        Column("kept_before", Kind.SHARE, "Share that the people and carriers of today keep, by the model.",
               "Kept today", "Tenu aujourd'hui"),
        Column("kept_by_means", Kind.SHARE, "Share that a plan by means keeps, by the model.", "Kept by means",
               "Tenu par les moyennes"),
        Column("kept_after", Kind.SHARE, "Share that the plan keeps, by the model.", "Kept by the plan",
               "Tenu par le plan"),
        Column("worth", Kind.NUMBER, "What a case in time was reckoned with, so that the target is kept.",
               "Worth of a case", "Valeur d'un dossier", unit="money"),
    ),
)

TABLES = (LINE_LEVELS, LINE_PARCELS, LINE_CARRIERS, LINE_TOURS, LINE_PROMISES)
