"""Costing tables: who works for how much, at what, and how long it takes."""

from arbitre.tables.schema import Column, Kind, Table

SERVICE_COSTS = ("order", "handling", "freight", "emergency", "labour", "travel", "support", "return", "penalty",
                 "other")
"""What money is spent for while serving, in the order of the waterfall from net sales to contribution."""
SERVICE_COSTS_FR = ("commande", "manutention", "transport", "dépannage", "main d'œuvre", "déplacement", "assistance",
                    "retour", "pénalité", "autre")

RESOURCES = Table(
    "resources", "Who or what does the work: what it costs, and how long it can work.", "Resources", "Ressources",
    (
        Column("resource", Kind.KEY, "Short name of the resource: a team, a desk, a dock.", "Resource", "Ressource",
               key=True, required=True, aliases=("team", "department", "équipe", "service")),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("cost", Kind.NUMBER, "What it costs in a year, everything included.", "Cost", "Coût",
               unit="money/year", required=True, least=0, aliases=("annual cost", "coût annuel")),
        Column("capacity", Kind.NUMBER, "Hours it can really work in a year: about 80 % of those paid for, without "
               "leave, training and breaks.", "Capacity", "Capacité", unit="h/year", required=True, least=0,
               aliases=("practical capacity", "capacité pratique")),
    ),
    aliases=("resource", "ressource", "teams", "équipes"),
)

ACTIVITIES = Table(
    "activities", "Something a resource does for cases.", "Activities", "Activités",
    (
        Column("activity", Kind.KEY, "Short name of the activity.", "Activity", "Activité", key=True, required=True),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("resource", Kind.KEY, "Resource that does it.", "Resource", "Ressource", required=True,
               refers="resources.resource"),
        Column("kind", Kind.CHOICE, "What for.", "Kind", "Nature", default="other", choices=SERVICE_COSTS,
               choices_fr=SERVICE_COSTS_FR),
    ),
    aliases=("activity", "activité"),
)

TIME_EQUATIONS = Table(
    "time_equations",
    "A term of the time an activity takes: minutes for each case, order, unit, event or hour. An empty condition: "
    "every one.",
    "Time equations", "Équations de temps",
    (
        Column("activity", Kind.KEY, "Activity that takes the time.", "Activity", "Activité", key=True, required=True,
               refers="activities.activity"),
        Column("per", Kind.CHOICE, "What the minutes are counted for: the case; the order, all cases of a kind that a "
               "customer opens at one time; a unit asked for; an event of the step; an hour of it.", "Per", "Par",
               key=True, default="case", choices=("case", "order", "unit", "event", "hour"),
               choices_fr=("dossier", "commande", "unité", "événement", "heure")),
        Column("step", Kind.KEY, "Step whose events, or hours, are counted.", "Step", "Étape", key=True),
        Column("kind", Kind.TEXT, "Kind of case it takes time for.", "Kind of case", "Nature du dossier", key=True),
        Column("offer", Kind.KEY, "Offer it takes time under.", "Offer", "Offre", key=True, refers="offers.offer"),
        Column("segment", Kind.KEY, "Segment it takes time for.", "Segment", "Segment", key=True,
               refers="segments.segment"),
        Column("criticality", Kind.TEXT, "Criticality of the items it takes time for.", "Criticality", "Criticité",
               key=True),
        Column("site", Kind.KEY, "Site of the cases it takes time for.", "Site", "Site", key=True,
               refers="sites.site"),
        Column("minutes", Kind.NUMBER, "Time for each; negative where it saves some.", "Minutes", "Minutes",
               unit="min", required=True),
    ),
    aliases=("time equation", "équation de temps", "time drivers"),
)

TABLES = (RESOURCES, ACTIVITIES, TIME_EQUATIONS)
