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
        Column("quota", Kind.NUMBER, "What those of the plan have been worth a year: a quota it has the accounts "
               "and the time for.", "Quota", "Quota", unit="money/year"),
    ),
)

TABLES = (ASSIGNMENTS, ASSIGNMENT_LOADS)
