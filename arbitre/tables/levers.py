"""Lever tables: what one can do to a customer, and what came of doing it."""

from arbitre.tables.schema import Column, Kind, Table

LEVERS = Table(
    "levers", "Something one can do to a customer: a call, an offer, a training.", "Levers", "Leviers",
    (
        Column("lever", Kind.KEY, "Short name of the lever.", "Lever", "Levier", key=True, required=True),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("resource", Kind.KEY, "Resource whose hours it takes; empty: it takes nobody's.", "Resource",
               "Ressource", refers="resources.resource"),
        Column("hours", Kind.NUMBER, "Hours it takes, for one customer.", "Hours", "Heures", unit="h", default=0.0,
               least=0),
        Column("cost", Kind.NUMBER, "Money it costs beside, for one customer.", "Cost", "Coût", unit="money",
               default=0.0, least=0),
        Column("worth", Kind.NUMBER, "What one more outcome is worth; empty: what the customer is still expected to "
               "pay.", "Worth", "Valeur", unit="money", least=0),
    ),
    aliases=("lever", "actions", "leviers"),
)

EXPOSURES = Table(
    "exposures", "A customer that a lever was tried on, or was left alone to compare, and what came of it.",
    "Exposures", "Expositions",
    (
        Column("customer", Kind.KEY, "Customer.", "Customer", "Client", key=True, required=True,
               refers="customers.customer"),
        Column("lever", Kind.KEY, "Lever that was tried.", "Lever", "Levier", key=True, required=True),
        Column("exposed_at", Kind.TIME, "When it was decided whom to treat.", "Exposed at", "Exposé le", key=True,
               required=True),
        Column("is_treated", Kind.TRUTH, "True when it was done to the customer, false when left alone to compare.",
               "Treated", "Traité", required=True),
        Column("outcome", Kind.NUMBER, "What came of it: 1 when it did what was hoped for, else 0; or an amount.",
               "Outcome", "Résultat", required=True),
    ),
    aliases=("exposure", "experiment", "expositions"),
)

TABLES = (LEVERS, EXPOSURES)
