"""What measuring costs and profits writes."""

from arbitre.tables.costing import SERVICE_COSTS
from arbitre.tables.results.columns import SEGMENT
from arbitre.tables.schema import Column, Kind, Table

COSTS = (*SERVICE_COSTS, "holding")
"""What serving costs, by kind: what is booked, what activities take, and what stock on the shelf costs."""

WATERFALL = ("list", "discount", "net", "goods", "margin", *COSTS, "credit", "contribution", "untraced", "unused",
             "idle", "result")
"""The steps from the price list to what is left, in order."""
TOTALS = ("list", "net", "margin", "contribution", "result")

_BY = ("everyone", "segment", "offer", "site", "family")


def _by(*choices: str) -> Column:
    return Column("by", Kind.CHOICE, "What the row is about.", "By", "Par", key=True, choices=choices)


_NAME = Column("name", Kind.KEY, "Which one; empty: not given, or everyone.", "Which", "Lequel", key=True)
_CASES = Column("cases", Kind.INTEGER, "Cases.", "Cases", "Dossiers")

COST_TO_SERVE = Table(
    "cost_to_serve", "What serving costs, by kind of cost: everyone, each segment, offer and customer, each case where "
    "asked.", "Cost to serve", "Coût de service",
    (
        _by("everyone", "segment", "offer", "customer", "case"), _NAME,
        Column("kind", Kind.CHOICE, "What for.", "Kind", "Nature", key=True, choices=COSTS),
        _CASES,
        Column("amount", Kind.NUMBER, "How much.", "Amount", "Montant", unit="money"),
        Column("per_case", Kind.NUMBER, "How much a case.", "Per case", "Par dossier", unit="money"),
    ),
)

CAPACITY_USED = Table(
    "capacity_used", "What each activity took of a resource, and what nothing took: together, what the resource costs.",
    "Capacity used", "Capacité utilisée",
    (
        Column("resource", Kind.KEY, "Resource.", "Resource", "Ressource", key=True),
        Column("activity", Kind.KEY, "Activity; empty: not used, negative where more was used than there is.",
               "Activity", "Activité", key=True),
        _CASES,
        Column("hours", Kind.NUMBER, "Hours it took.", "Hours", "Heures", unit="h"),
        Column("used_share", Kind.NUMBER, "Hours over those the resource can work.", "Part", "Part"),
        Column("cost", Kind.NUMBER, "What they cost at the rate of the resource.", "Cost", "Coût", unit="money"),
    ),
)

STOCK_CAUSED = Table(
    "stock_caused", "What the stock that several promises share costs, and which of them it stands there for.",
    "Stock by promise", "Stock par promesse",
    (
        Column("promise", Kind.KEY, "Promise; empty: none was made.", "Promise", "Promesse", key=True), SEGMENT,
        Column("units", Kind.NUMBER, "Units asked.", "Units", "Unités", unit="unit"),
        Column("natural", Kind.NUMBER, "Its natural share of what today's stock costs; adds up to the whole.",
               "Natural share", "Part naturelle", unit="money"),
        Column("alone", Kind.NUMBER, "What the least stock would cost that keeps this promise alone.", "Alone",
               "Seule", unit="money"),
        Column("marginal", Kind.NUMBER, "What the least stock that keeps every promise would cost less without it.",
               "Marginal", "Marginal", unit="money"),
    ),
)

PROFIT_WATERFALL = Table(
    "profit_waterfall",
    "From the price list to what is left after serving, step by step; an empty amount is not known.",
    "Profit, step by step", "Du tarif au résultat",
    (
        _by(*_BY), _NAME,
        Column("step", Kind.CHOICE, "Step.", "Step", "Étape", key=True, choices=WATERFALL),
        Column("amount", Kind.NUMBER, "How much it adds; negative: takes. Empty: the tables do not tell.", "Amount",
               "Montant", unit="money"),
        Column("per_case", Kind.NUMBER, "How much a case.", "Per case", "Par dossier", unit="money"),
        Column("net_share", Kind.NUMBER, "Over net sales.", "Of net sales", "Des ventes nettes"),
    ),
)

CUSTOMER_PROFIT = Table(
    "customer_profit", "What each customer brings and costs, the most profitable first.", "Profit by customer",
    "Profit par client",
    (
        Column("customer", Kind.KEY, "Customer.", "Customer", "Client", key=True),
        Column("segment", Kind.KEY, "Segment.", "Segment", "Segment"),
        _CASES,
        Column("net", Kind.NUMBER, "Net sales.", "Net sales", "Ventes nettes", unit="money"),
        Column("goods", Kind.NUMBER, "What the units delivered cost.", "Goods", "Marchandises", unit="money"),
        Column("serving", Kind.NUMBER, "What serving cost.", "Cost to serve", "Coût de service", unit="money"),
        Column("contribution", Kind.NUMBER, "What is left.", "Contribution", "Contribution", unit="money"),
        Column("low", Kind.NUMBER, "Lower end of its interval.", "Low", "Bas", unit="money"),
        Column("high", Kind.NUMBER, "Upper end of its interval.", "High", "Haut", unit="money"),
        Column("verdict", Kind.CHOICE, "Earns, loses, or too few cases to say.", "Verdict", "Verdict",
               choices=("earns", "loses", "undecided")),
    ),
)

WHALE_CURVE = Table(
    "whale_curve", "What the most profitable customers bring together, one after the other.", "Whale curve",
    "Courbe de la baleine",
    (
        Column("customers_share", Kind.SHARE, "Share of the customers, the most profitable first.", "Customers",
               "Clients", key=True),
        Column("contribution", Kind.NUMBER, "What they bring together.", "Contribution", "Contribution", unit="money"),
        Column("of_whole", Kind.NUMBER, "The same over what all bring; empty where all together lose.", "Of the whole",
               "Part du tout"),
        Column("low", Kind.NUMBER, "Lower end of its interval.", "Low", "Bas"),
        Column("high", Kind.NUMBER, "Upper end of its interval.", "High", "Haut"),
    ),
)

CROSS_SUBSIDIES = Table(
    "cross_subsidies", "Who pays for whom: what customers lose is paid by those who earn, in proportion.",
    "Who pays for whom", "Qui paie pour qui",
    (
        _by("segment", "offer"), _NAME,
        Column("customers", Kind.INTEGER, "Customers.", "Customers", "Clients"),
        Column("losing", Kind.INTEGER, "Customers who lose money.", "Losing", "À perte"),
        Column("earned", Kind.NUMBER, "What those bring who earn.", "Earned", "Gagné", unit="money"),
        Column("lost", Kind.NUMBER, "What those cost who lose.", "Lost", "Perdu", unit="money"),
        Column("paid", Kind.NUMBER, "Its part, by what is earned, of all that is lost.", "Paid", "Payé", unit="money"),
        Column("balance", Kind.NUMBER, "Paid for others less paid by others.", "Balance", "Solde", unit="money"),
    ),
)

PROFIT_CHANGE = Table(
    "profit_change", "Why the contribution changed from one period to the next.", "Change of profit",
    "Évolution du profit",
    (
        _by("everyone", "segment", "offer"), _NAME,
        Column("part", Kind.CHOICE, "Before and after, and what lies between: volume, mix, price, goods, serving.",
               "Part", "Part", key=True,
               choices=("before", "volume", "mix", "price", "goods", "serving", "after")),
        Column("amount", Kind.NUMBER, "How much.", "Amount", "Montant", unit="money"),
    ),
)

TABLES = (COST_TO_SERVE, CAPACITY_USED, STOCK_CAUSED, PROFIT_WATERFALL, CUSTOMER_PROFIT, WHALE_CURVE, CROSS_SUBSIDIES,
          PROFIT_CHANGE)
