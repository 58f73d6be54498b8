"""What optimise.assignment writes: who looks after whom, and how that is balanced."""

from arbitre.tables.schema import Column, Kind, Table

ASSIGNMENTS = Table(
    "assignments", "Which crew looks after each customer.", "Assignment", "Affectation",
    (
        Column("customer", Kind.KEY, "Customer.", "Customer", "Client", key=True),
        Column("crew", Kind.KEY, "Crew that looks after it in the plan.", "Crew", "Équipe"),
        Column("before", Kind.KEY, "Crew that did most of its events; empty: none.", "Today", "Aujourd'hui"),
        Column("is_moved", Kind.TRUTH, "True when it changes hands.", "Moved", "Déplacé"),
        Column("load", Kind.NUMBER, "Cases it asks a year.", "Load", "Charge", unit="1/year"),
        Column("value", Kind.NUMBER, "Worth of its cases won a year.", "Value", "Valeur", unit="money/year"),
    ),
)

ASSIGNMENT_LOADS = Table(
    "assignment_loads", "What each crew has to look after, today and in the plan.", "Loads", "Charges",
    (
        Column("crew", Kind.KEY, "Crew.", "Crew", "Équipe", key=True),
        Column("customers", Kind.INTEGER, "Customers in the plan.", "Customers", "Clients"),
        Column("fair", Kind.NUMBER, "Cases a year that are its share by heads.", "Fair", "Part équitable",
               unit="1/year"),
        Column("before", Kind.NUMBER, "Cases a year of the customers it has today.", "Today", "Aujourd'hui",
               unit="1/year"),
        Column("after", Kind.NUMBER, "Cases a year of those of the plan.", "Plan", "Plan", unit="1/year"),
        Column("quota", Kind.NUMBER, "What those of the plan have been worth a year: a quota it has the accounts for.",
               "Quota", "Quota", unit="money/year"),
        Column("hours", Kind.NUMBER, "Hours it is there.", "Hours", "Heures", unit="h/year"),
        Column("case_hours", Kind.NUMBER, "Hours that a case takes, by the steps it comes to.", "Hours of a case",
               "Heures par dossier", unit="h"),
        Column("within", Kind.NUMBER, "Cases expected of those of the plan, no more than its hours allow.",
               "Within its hours", "Dans ses heures", unit="1/year"),
        Column("quota_hours", Kind.NUMBER, "What those are expected to bring: a quota from capacity.",
               "Quota from capacity", "Quota selon la capacité", unit="money/year"),
        Column("quota_low", Kind.NUMBER, "Lower end of its interval of 95 %.", "From", "De", unit="money/year"),
        Column("quota_high", Kind.NUMBER, "Upper end of its interval.", "To", "À", unit="money/year"),
    ),
)

TABLES = (ASSIGNMENTS, ASSIGNMENT_LOADS)
