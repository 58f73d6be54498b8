"""What forecasting repeat purchases and renewals writes."""

from arbitre.tables.results.columns import SEGMENT
from arbitre.tables.schema import Column, Kind, Table

_OFFER = Column("offer", Kind.KEY, "Offer; empty: every one.", "Offer", "Offre", key=True)

BUYING = Table(
    "buying", "Whether each customer still buys, how often it will over the time ahead, and for how much.",
    "Repeat buying", "Réachat",
    (
        Column("customer", Kind.KEY, "Customer.", "Customer", "Client", key=True),
        Column("purchases", Kind.INTEGER, "Days on which it bought.", "Purchases", "Achats"),
        Column("last_on", Kind.DATE, "The last of them.", "Last on", "Dernier le"),
        Column("alive_share", Kind.SHARE, "Chance that it still buys.", "Still buys", "Achète encore"),
        Column("alive_low", Kind.SHARE, "Lower end of its interval.", "Low", "Bas"),
        Column("alive_high", Kind.SHARE, "Upper end of its interval.", "High", "Haut"),
        Column("expected", Kind.NUMBER, "Purchases expected over the time ahead.", "Expected", "Attendus"),
        Column("expected_low", Kind.NUMBER, "Lower end of the interval of that mean; what one customer does scatters "
               "around it.", "Expected low", "Attendus bas"),
        Column("expected_high", Kind.NUMBER, "Upper end of it.", "Expected high", "Attendus haut"),
        Column("spend", Kind.NUMBER, "Spend expected on one purchase; empty: no amounts are known, or too few.",
               "Spend", "Panier", unit="money"),
        Column("value", Kind.NUMBER, "Spend expected over the time ahead.", "Value", "Valeur", unit="money"),
    ),
)

BUYING_CHECK = Table(
    "buying_check", "What the forecast, made as long ago as it looks ahead, expected of customers, and what they did.",
    "Check of repeat buying", "Contrôle du réachat",
    (
        Column("purchases", Kind.TEXT, "Days on which they had bought by then; all: everybody.", "Purchases", "Achats",
               key=True),
        Column("customers", Kind.INTEGER, "Customers.", "Customers", "Clients"),
        Column("expected", Kind.NUMBER, "Purchases expected of them together.", "Expected", "Attendus"),
        Column("low", Kind.NUMBER, "Lower end of the interval, chance of each customer included.", "Low", "Bas"),
        Column("high", Kind.NUMBER, "Upper end of it.", "High", "Haut"),
        Column("actual", Kind.NUMBER, "Purchases they made.", "Actual", "Réels"),
    ),
)

RENEWALS = Table(
    "renewals", "How many come to each renewal of a contract, how many renew, and what the law says of the next ones.",
    "Renewals", "Renouvellements",
    (
        SEGMENT,
        Column("renewal", Kind.INTEGER, "Renewal: 1 is the first.", "Renewal", "Renouvellement", key=True),
        Column("came", Kind.INTEGER, "Customers who came to it.", "Came", "Venus"),
        Column("renewed", Kind.INTEGER, "Those of them who renewed.", "Renewed", "Renouvelés"),
        Column("renewed_share", Kind.SHARE, "Share that renews, by the law of all renewals together.", "Renewed share",
               "Taux de renouvellement"),
        Column("low_share", Kind.SHARE, "Lower end of its interval.", "Low", "Bas"),
        Column("high_share", Kind.SHARE, "Upper end of its interval.", "High", "Haut"),
        Column("kept_share", Kind.SHARE, "Share of those who signed that is still there after it.", "Still there",
               "Encore là"),
    ),
)

CONTRACT_VALUE = Table(
    "contract_value", "What a customer under contract will still pay: it stays, moves to another offer, or leaves.",
    "Value of contracts", "Valeur des contrats",
    (
        SEGMENT, _OFFER,
        Column("customers", Kind.INTEGER, "Customers under it now.", "Customers", "Clients"),
        Column("price", Kind.NUMBER, "Mean price of one year.", "Price", "Prix", unit="money/year"),
        Column("stay_share", Kind.SHARE, "Chance to be under the same offer a year later.", "Stays", "Reste"),
        Column("leave_share", Kind.SHARE, "Chance to have left a year later.", "Leaves", "Part"),
        Column("value", Kind.NUMBER, "Price still to be paid by one customer, as money of today.", "Value", "Valeur",
               unit="money"),
        Column("low", Kind.NUMBER, "Lower end of its interval.", "Low", "Bas", unit="money"),
        Column("high", Kind.NUMBER, "Upper end of its interval.", "High", "Haut", unit="money"),
    ),
)

TABLES = (BUYING, BUYING_CHECK, RENEWALS, CONTRACT_VALUE)
