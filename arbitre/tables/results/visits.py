"""What deciding technicians and parts together writes, beside levels of stock and of people."""

from arbitre.tables.results.columns import PROMISE, TARGET
from arbitre.tables.schema import Column, Kind, Table

VISIT_PLANS = Table(
    "visit_plans", "What technicians and parts cost and keep when decided together, and when each is planned apart.",
    "Technicians and parts", "Techniciens et pièces",
    (
        Column("plan", Kind.CHOICE, "Together; each to its own target, the promise split evenly; or split as is best "
               "in hindsight.", "Plan", "Plan", key=True, choices=("together", "apart", "apart_best_split"),
               choices_fr=("ensemble", "séparément", "séparément, meilleur partage")),
        PROMISE, TARGET,
        Column("kept_share", Kind.SHARE, "Share kept, by the model.", "Kept", "Tenu"),
        Column("first_share", Kind.SHARE, "Share of all interventions done in one visit.", "First-time fix",
               "Résolu à la première visite"),
        Column("heads", Kind.INTEGER, "Technicians on duty at once, at most.", "Heads", "Effectif", unit="unit"),
        Column("people_cost", Kind.NUMBER, "Cost of technicians.", "Technicians", "Techniciens", unit="money/year"),
        Column("stock_cost", Kind.NUMBER, "Cost of parts on the shelf.", "Parts", "Pièces", unit="money/year"),
        Column("cost", Kind.NUMBER, "Both.", "Cost", "Coût", unit="money/year"),
    ),
)

TABLES = (VISIT_PLANS,)
