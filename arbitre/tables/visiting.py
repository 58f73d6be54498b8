"""Tables of visits: when a case may be visited, and what today's plan says."""

from arbitre.tables.schema import Column, Kind, Table

VISIT_WINDOWS = Table(
    "visit_windows", "A time in which the visit of a case may start; of several, any.", "Visit windows",
    "Créneaux de visite",
    (
        Column("case", Kind.KEY, "The case.", "Case", "Dossier", key=True, required=True, refers="cases.case"),
        Column("opens_at", Kind.TIME, "From when.", "Opens at", "Ouvre le", key=True, required=True,
               aliases=("from", "de", "earliest")),
        Column("closes_at", Kind.TIME, "Until when.", "Closes at", "Ferme le", required=True,
               aliases=("until", "à", "latest")),
    ),
    aliases=("time windows", "appointments", "créneaux", "rendez-vous"),
)

PLANNED_VISITS = Table(
    "planned_visits", "Which crew is to visit a case by today's plan.", "Planned visits", "Visites prévues",
    (
        Column("case", Kind.KEY, "The case.", "Case", "Dossier", key=True, required=True, refers="cases.case"),
        Column("crew", Kind.KEY, "The crew.", "Crew", "Équipe", required=True, refers="crews.crew"),
        Column("standing", Kind.CHOICE, "Planned: another crew may go, at a price. Fixed: this crew, whenever. Begun: "
               "this crew is on the way there, or there, and starts at starts_at.", "Standing", "Statut",
               default="planned", choices=("planned", "fixed", "begun"), choices_fr=("prévue", "fixée", "commencée")),
        Column("starts_at", Kind.TIME, "When it starts; needed where it has begun.", "Starts at", "Débute le"),
    ),
    aliases=("visit plan", "plan de visites"),
)

TABLES = (VISIT_WINDOWS, PLANNED_VISITS)
