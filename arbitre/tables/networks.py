"""Networks of stages: what is made or moved out of what, how long that takes, and what customers ask at its ends."""

from arbitre.tables.schema import Column, Kind, Table

_HUNDRED_YEARS = 36_525

STAGES = Table(
    "stages", "A step of supply that may hold what it delivers: buying, making, moving or packing one thing.",
    "Stages", "Étapes d'approvisionnement",
    (
        Column("stage", Kind.KEY, "Short name of the stage.", "Stage", "Étape", key=True, required=True,
               aliases=("stage name", "node", "étage", "maillon")),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("duration", Kind.NUMBER, "Time the stage takes once all it needs is there.", "Duration", "Durée",
               unit="day", required=True, least=0, most=_HUNDRED_YEARS,
               aliases=("stage time", "processing time", "lead time", "délai", "temps de traitement")),
        Column("cost_added", Kind.NUMBER, "What the stage adds to the cost of a unit.", "Cost added", "Coût ajouté",
               unit="money", required=True, least=0, aliases=("stage cost", "added cost", "valeur ajoutée")),
        Column("demand_mean", Kind.NUMBER, "Units that customers ask of the stage in a day; empty: it faces none.",
               "Mean demand", "Demande moyenne", unit="unit/day", least=0, aliases=("average demand",)),
        Column("demand_deviation", Kind.NUMBER, "Standard deviation of the units that customers ask in one day.",
               "Deviation of demand", "Écart type de la demande", unit="unit", least=0,
               aliases=("standard deviation", "std demand", "écart type")),
        Column("longest_service", Kind.NUMBER, "Longest time the stage may take to deliver; empty: at once where it "
               "faces customers, as long as it likes elsewhere.", "Longest service time", "Délai de service maximal",
               unit="day", least=0, most=_HUNDRED_YEARS,
               aliases=("service time", "max service time", "délai de service")),
        Column("target_share", Kind.SHARE, "Share of the times in which demand stays within what stock must cover; "
               "empty: as asked.", "Target", "Objectif", aliases=("service level", "taux de service")),
    ),
    aliases=("stage", "nodes", "maillons"),
)

STAGE_LINKS = Table(
    "stage_links", "A stage that another needs, and how much of it goes into one unit of the other.",
    "Links of stages", "Liens entre étapes",
    (
        Column("from_stage", Kind.KEY, "Stage that supplies.", "From", "De", key=True, required=True,
               refers="stages.stage", aliases=("source stage", "sourcestage", "supplier", "fournisseur", "amont")),
        Column("to_stage", Kind.KEY, "Stage that is supplied.", "To", "Vers", key=True, required=True,
               refers="stages.stage", aliases=("destination stage", "destinationstage", "customer", "client", "aval")),
        Column("quantity", Kind.NUMBER, "Units of the one in one unit of the other; 0: not needed, and not waited for.",
               "Quantity", "Quantité", unit="unit", default=1.0, least=0),
    ),
    aliases=("stage arcs", "arcs", "liens"),
)

TABLES = (STAGES, STAGE_LINKS)
