"""What forecasting who leaves writes."""

from arbitre.tables.results.columns import SEGMENT
from arbitre.tables.schema import Column, Kind, Table

_LEAVE_LOW = Column("low_share", Kind.SHARE, "Lower end of its interval.", "Low", "Bas")
_LEAVE_HIGH = Column("high_share", Kind.SHARE, "Upper end of its interval.", "High", "Haut")

CUSTOMER_HEALTH = Table(
    "customer_health", "How likely each customer under contract is to leave within the time ahead, why, and what would "
    "be lost.", "Health of customers", "Santé des clients",
    (
        Column("customer", Kind.KEY, "Customer.", "Customer", "Client", key=True),
        Column("segment", Kind.KEY, "Segment of the customer.", "Segment", "Segment"),
        Column("leave_share", Kind.SHARE, "Chance to leave within the time ahead.", "Leaves", "Part"),
        _LEAVE_LOW, _LEAVE_HIGH,
        Column("drivers", Kind.TEXT, "What raises it most above that of a mean customer, the strongest first.",
               "Drivers", "Causes"),
        Column("breaches", Kind.INTEGER, "Promises to it that were broken of late.", "Breaches", "Manquements"),
        Column("price", Kind.NUMBER, "Price of one year under its contracts.", "Price", "Prix", unit="money/year"),
        Column("value", Kind.NUMBER, "What it is expected still to pay, as money of today.", "Value", "Valeur",
               unit="money"),
        Column("at_risk", Kind.NUMBER, "Chance to leave x value.", "At risk", "En jeu", unit="money"),
    ),
)

LEAVING_DRIVERS = Table(
    "leaving_drivers", "What goes with leaving: by how much one more of it multiplies the odds to leave in a period.",
    "Drivers of leaving", "Causes de départ",
    (
        Column("driver", Kind.TEXT, "What is known of customers.", "Driver", "Cause", key=True),
        Column("mean", Kind.NUMBER, "Its mean over customers and periods.", "Mean", "Moyenne"),
        Column("spread", Kind.NUMBER, "Its standard deviation.", "Spread", "Écart type"),
        Column("odds_ratio", Kind.NUMBER, "Odds to leave with one more of it, over those without, all else equal.",
               "Odds ratio", "Rapport de cotes"),
        Column("low", Kind.NUMBER, "Lower end of its interval.", "Low", "Bas"),
        Column("high", Kind.NUMBER, "Upper end of its interval.", "High", "Haut"),
        Column("is_sure", Kind.TRUTH, "True when the interval leaves out 1.", "Sure", "Sûr"),
    ),
)

LEAVING_CHECK = Table(
    "leaving_check", "What the forecast, made at moments of the past from what was known then, told of customers, and "
    "who left.", "Check of leaving", "Contrôle des départs",
    (
        Column("group", Kind.INTEGER, "Fifth of the customers by the chance told; 1 is the least likely to leave.",
               "Group", "Groupe", key=True),
        Column("customers", Kind.INTEGER, "Customers, at all moments together.", "Customers", "Clients"),
        Column("told_share", Kind.SHARE, "Chance told, mean.", "Told", "Annoncé"),
        Column("came_share", Kind.SHARE, "Share that left.", "Came", "Advenu"),
        _LEAVE_LOW, _LEAVE_HIGH,
    ),
)

BREACH_PRICE = Table(
    "breach_price", "What one more broken promise costs in renewals: payments lost because customers leave.",
    "Price of a breach", "Prix d'un manquement",
    (
        SEGMENT,
        Column("customers", Kind.INTEGER, "Customers under contract now.", "Customers", "Clients"),
        Column("leave_share", Kind.SHARE, "Chance to leave within the time ahead, mean.", "Leaves", "Part"),
        Column("added_share", Kind.NUMBER, "What one more breach adds to it.", "Added", "Ajouté"),
        Column("value", Kind.NUMBER, "What a customer is expected still to pay, mean.", "Value", "Valeur",
               unit="money"),
        Column("price", Kind.NUMBER, "What one more breach takes from that.", "Price of a breach",
               "Prix d'un manquement", unit="money"),
        Column("low", Kind.NUMBER, "Lower end of its interval.", "Low", "Bas", unit="money"),
        Column("high", Kind.NUMBER, "Upper end of its interval.", "High", "Haut", unit="money"),
    ),
)

TABLES = (CUSTOMER_HEALTH, LEAVING_DRIVERS, LEAVING_CHECK, BREACH_PRICE)
