"""What planning tours writes."""

from arbitre.tables.schema import Column, Kind, Table

_TOUR = Column("tour", Kind.INTEGER, "Number of the tour: one crew on one shift.", "Tour", "Tournée", key=True)
_CREW = Column("crew", Kind.KEY, "Crew that makes it.", "Crew", "Équipe")
_VISITS = Column("visits", Kind.INTEGER, "Visits made.", "Visits", "Visites")
_KM = Column("km", Kind.NUMBER, "Kilometres.", "Kilometres", "Kilomètres", unit="km")
_KEPT = Column("kept", Kind.INTEGER, "Visits that start in a window.", "Kept", "Tenues")
_HOURS = Column("hours", Kind.NUMBER, "Hours from leaving the site to being back.", "Hours", "Heures", unit="h")
_OVERTIME = Column("overtime", Kind.NUMBER, "Hours beyond the length of the shift.", "Overtime", "Heures sup.",
                   unit="h")

STOPS = ("start", "visit", "reload", "rest", "end")
REASONS = ("nowhere", "window", "nobody_may", "never_in_time", "not_worth", "too_busy")
"""Why a visit is not made, the first that holds."""

TOURS = Table(
    "tours", "Who visits whom, in which order, and when: the stops of each tour.", "Tours", "Tournées",
    (
        _TOUR,
        Column("stop", Kind.INTEGER, "Place in the tour.", "Stop", "Arrêt", key=True),
        _CREW,
        Column("kind", Kind.CHOICE, "Start at the site, visit, back at the site between two trips (reload), rest, end.",
               "Kind", "Nature", choices=STOPS),
        Column("case", Kind.KEY, "Case visited; empty at other stops.", "Case", "Dossier"),
        Column("customer", Kind.KEY, "Customer visited.", "Customer", "Client"),
        Column("site", Kind.KEY, "Site of a start, reload or end; of a visit the site that serves the case.", "Site",
               "Site"),
        Column("trip", Kind.INTEGER, "Number of the trip: reloading begins the next.", "Trip", "Trajet"),
        Column("arrives_at", Kind.TIME, "When the crew is there.", "Arrives at", "Arrive le"),
        Column("starts_at", Kind.TIME, "When work starts.", "Starts at", "Débute le"),
        Column("leaves_at", Kind.TIME, "When the crew goes on.", "Leaves at", "Repart le"),
        Column("wait", Kind.NUMBER, "Minutes waited for the window.", "Wait", "Attente", unit="min"),
        Column("late", Kind.NUMBER, "Minutes after the last window.", "Late", "Retard", unit="min"),
        Column("kept_chance", Kind.SHARE, "Chance that work starts no later than the last window closes, ways and work "
               "taking as long as they happen to.", "Chance", "Probabilité"),
        Column("km", Kind.NUMBER, "Kilometres from the stop before.", "Kilometres", "Kilomètres", unit="km"),
        Column("load", Kind.NUMBER, "Units of the case.", "Load", "Charge", unit="unit"),
        Column("is_pinned", Kind.TRUTH, "Whether today's plan holds it to this crew.", "Pinned", "Figée"),
        Column("is_changed", Kind.TRUTH, "Whether today's plan gives it to another crew.", "Changed", "Changée"),
    ),
)

TOURS_CREWS = Table(
    "tours_crews", "What each tour is: when, how far, how long, at what cost.", "Tours by crew",
    "Tournées par équipe",
    (
        _TOUR, _CREW,
        Column("starts_at", Kind.TIME, "When it leaves the site.", "Leaves at", "Part le"),
        Column("ends_at", Kind.TIME, "When it is back.", "Back at", "Rentre le"),
        Column("trips", Kind.INTEGER, "Trips it makes.", "Trips", "Trajets"),
        _VISITS, _KEPT,
        Column("kept_expected", Kind.NUMBER, "Visits that start in a window, on average, as ways and work vary.",
               "Kept on average", "Tenues en moyenne"),
        Column("back_chance", Kind.SHARE, "Chance that it is back by the end of the shift.", "Chance of back in time",
               "Probabilité de rentrer à l'heure"),
        _KM, _HOURS, _OVERTIME,
        Column("cost", Kind.NUMBER, "Kilometres, hours, overtime, late visits and changes at their prices.", "Cost",
               "Coût", unit="money"),
    ),
)

TOURS_DROPPED = Table(
    "tours_dropped", "Which visits are not made, and why.", "Visits not made", "Visites non faites",
    (
        Column("case", Kind.KEY, "Case not visited.", "Case", "Dossier", key=True),
        Column("customer", Kind.KEY, "Its customer.", "Customer", "Client"),
        Column("reason", Kind.CHOICE, "Nobody knows where it is (nowhere); its window closes before it opens (window); "
               "no crew has the skill, or the room (nobody_may); no crew on shift can be there in time "
               "(never_in_time); it would cost more than it is worth (not_worth); no tour has room for it as it is "
               "(too_busy).", "Reason", "Raison", choices=REASONS),
        Column("worth", Kind.NUMBER, "What not making it costs.", "Worth", "Valeur", unit="money"),
        Column("least_cost", Kind.NUMBER, "What fitting it into these tours would cost at least; empty: it does not "
               "fit.", "Least cost", "Coût au moins", unit="money"),
    ),
)

TOURS_SLOTS = Table(
    "tours_slots", "When a new visit could be offered, and what each slot would cost.", "Slots to offer",
    "Créneaux à proposer",
    (
        Column("case", Kind.KEY, "The new case.", "Case", "Dossier", key=True),
        Column("opens_at", Kind.TIME, "Start of the slot.", "Opens at", "Ouvre le", key=True),
        Column("closes_at", Kind.TIME, "End of the slot.", "Closes at", "Ferme le"),
        Column("is_possible", Kind.TRUTH, "Whether a tour has room for it.", "Possible", "Possible"),
        Column("cost", Kind.NUMBER, "What the visit adds there, all other visits keeping tour and order.", "Cost",
               "Coût", unit="money"),
        Column("crew", Kind.KEY, "Crew that would make it.", "Crew", "Équipe"),
        Column("starts_at", Kind.TIME, "When it would start.", "Starts at", "Débute le"),
        Column("dearer", Kind.NUMBER, "Cost beyond that of the cheapest slot.", "Dearer by", "Surcoût", unit="money"),
    ),
)

TOURS_LEVERS = Table(
    "tours_levers", "What each lever, or mishap, would change, planned anew from these tours.", "Levers of tours",
    "Leviers des tournées",
    (
        Column("lever", Kind.CHOICE, "None; an hour more of overtime; one more head of a crew; a crew that does not "
               "come (absent); a customer who is not there (no_show); an urgent visit (emergency).", "Lever", "Levier",
               key=True, choices=("none", "overtime", "crew", "absent", "no_show", "emergency")),
        Column("setting", Kind.TEXT, "Which crew or case it is about.", "Setting", "Réglage", key=True),
        _VISITS, _KEPT,
        Column("dropped", Kind.INTEGER, "Visits not made.", "Dropped", "Non faites"),
        Column("changed", Kind.INTEGER, "Visits that another crew makes than in these tours.", "Changed", "Changées"),
        _KM, _HOURS, _OVERTIME,
        Column("cost", Kind.NUMBER, "Cost of the tours and of visits not made.", "Cost", "Coût", unit="money"),
        Column("change", Kind.NUMBER, "Cost beyond that of these tours; negative: it pays.", "Change", "Écart",
               unit="money"),
    ),
)

TABLES = (TOURS, TOURS_CREWS, TOURS_DROPPED, TOURS_SLOTS, TOURS_LEVERS)
