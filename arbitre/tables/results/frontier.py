"""What the trade between cost, stock and service writes."""

from arbitre.tables.schema import Column, Kind, Table

_VALUE = Column("value", Kind.NUMBER, "What it brings.", "Value", "Valeur", unit="money/year")
_BOUND = Column("bound", Kind.NUMBER, "Most that any such plan brings.", "Bound", "Borne", unit="money/year")
_CAPITAL = Column("capital", Kind.NUMBER, "Money on the shelf.", "Capital", "Capital", unit="money")
_SITES = Column("sites", Kind.INTEGER, "Sites open.", "Sites", "Sites", unit="unit")
_VALUE_CHANGE = Column("value_change", Kind.NUMBER, "What it brings more than the plan.", "Change", "Écart",
                       unit="money/year")

PORTFOLIO_FRONTIER = Table(
    "portfolio_frontier", "The most a portfolio brings for so much capital and service: points, each with its bound.",
    "Frontier", "Frontière",
    (
        Column("point", Kind.INTEGER, "Point.", "Point", "Point", key=True),
        Column("odds", Kind.NUMBER, "How many times the odds of its target each promise has: 1 as promised, 2 half as "
               "many late cases.", "Odds", "Cote", unit="share"),
        Column("capital_price", Kind.NUMBER, "Yearly price of capital at which the plan is best.", "Price of capital",
               "Prix du capital", unit="1/year"),
        _CAPITAL, _VALUE, _BOUND,
        Column("revenue", Kind.NUMBER, "What is billed, and what parts earn above their cost.", "Revenue", "Recettes",
               unit="money/year"),
        Column("cost", Kind.NUMBER, "Cases, transport, sites, catalogue, penalties and holding.", "Cost", "Coût",
               unit="money/year"),
        Column("planned_share", Kind.SHARE, "Share of cases that stock is planned to keep.", "Planned", "Prévu"),
        Column("served_share", Kind.SHARE, "Share of all customers who take what they are made.", "Served", "Servis"),
        Column("offers", Kind.INTEGER, "Offers sold.", "Offers", "Offres", unit="unit"),
        _SITES,
        Column("is_today", Kind.TRUTH, "Whether these are the offers signed today, at list price.", "Today",
               "Aujourd'hui"),
        Column("is_plan", Kind.TRUTH, "Whether this is the plan that is best at what capital costs.", "Plan", "Plan"),
        Column("is_knee", Kind.TRUTH, "Whether the curve of promises as they are bends most here.", "Knee", "Coude"),
    ),
)

PRICE_BREAK_EVEN = Table(
    "price_break_even", "The price at which an offer to a segment just earns what it adds to cost, the rest as in the "
    "plan.", "Break-even prices", "Prix d'équilibre",
    (
        Column("segment", Kind.KEY, "Segment.", "Segment", "Segment", key=True),
        Column("offer", Kind.KEY, "Offer.", "Offer", "Offre", key=True),
        Column("price", Kind.NUMBER, "Price it is best sold at, of those asked.", "Price", "Prix", unit="money"),
        Column("taken_share", Kind.SHARE, "Share of the segment that takes it at that price.", "Taken", "Accepté"),
        Column("break_even", Kind.NUMBER, "Price at which it just earns what it adds, as many taking it; below nought "
               "where parts alone earn more.", "Break-even", "Équilibre", unit="money"),
        Column("break_even_low", Kind.NUMBER, "At least.", "Low", "Bas", unit="money"),
        Column("break_even_high", Kind.NUMBER, "At most.", "High", "Haut", unit="money"),
        Column("is_proposed", Kind.TRUTH, "Whether the plan makes the segment this offer.", "Proposed", "Proposé"),
    ),
)

COUNT_BREAK_EVEN = Table(
    "count_break_even", "From how many customers on an offer earns its place in the catalogue and the stock it adds.",
    "Break-even counts", "Nombres d'équilibre",
    (
        Column("offer", Kind.KEY, "Offer.", "Offer", "Offre", key=True),
        Column("fixed_cost", Kind.NUMBER, "Cost of having it in the catalogue.", "Catalogue", "Catalogue",
               unit="money/year"),
        Column("customers", Kind.NUMBER, "Customers who take it in the plan.", "Customers", "Clients", unit="unit"),
        Column("earned", Kind.NUMBER, "What it adds to the value with them.", "Earned", "Gagné", unit="money/year"),
        Column("break_even_low", Kind.NUMBER, "Customers with whom it may begin to earn.", "From, at least",
               "À partir de, au moins", unit="unit"),
        Column("break_even", Kind.NUMBER, "Customers with whom it surely begins to; empty: with no number tried.",
               "From", "À partir de", unit="unit"),
    ),
)

PORTFOLIO_SENSITIVITY = Table(
    "portfolio_sensitivity", "What the best portfolio would bring with other prices, demand or costs.",
    "Sensitivity", "Sensibilité",
    (
        Column("change", Kind.CHOICE, "What is other: prices, as many taking each offer; demand; costs of sites, "
               "lanes, catalogue, cases and holding.", "Change", "Changement", key=True,
               choices=("prices", "demand", "costs")),
        Column("factor", Kind.NUMBER, "How many times what it is.", "Times", "Fois", key=True, unit="share"),
        _VALUE, _BOUND, _VALUE_CHANGE, _CAPITAL,
        Column("segments_changed", Kind.INTEGER, "Segments made another offer or price than in the plan.",
               "Segments changed", "Segments changés", unit="unit"),
    ),
)

PORTFOLIO_ALTERNATIVES = Table(
    "portfolio_alternatives", "Portfolios nearly as good whose catalogue is another.", "Alternatives", "Alternatives",
    (
        Column("alternative", Kind.INTEGER, "Alternative.", "Alternative", "Alternative", key=True),
        Column("catalogue", Kind.TEXT, "Offers it sells.", "Catalogue", "Catalogue"),
        Column("added", Kind.TEXT, "Offers that the plan does not sell.", "Added", "Ajouté"),
        Column("dropped", Kind.TEXT, "Offers of the plan that it does not sell.", "Dropped", "Retiré"),
        Column("segments_changed", Kind.TEXT, "Segments made another offer or price.", "Segments changed",
               "Segments changés"),
        _VALUE,
        Column("below_share", Kind.SHARE, "By which share it falls short of the plan.", "Below", "En dessous"),
        _CAPITAL, _SITES,
    ),
)

PORTFOLIO_MENUS = Table(
    "portfolio_menus", "What each segment would bring if it chose from the best menu found, not from one offer.",
    "Menus", "Menus",
    (
        Column("segment", Kind.KEY, "Segment.", "Segment", "Segment", key=True),
        Column("alone", Kind.TEXT, "Offer the plan makes it, and its price; empty: none.", "Alone", "Seule"),
        Column("alone_share", Kind.SHARE, "Share of the segment that takes it.", "Taken alone", "Acceptée seule"),
        Column("menu", Kind.TEXT, "Offers on the menu, each with its price.", "Menu", "Menu"),
        Column("taken_share", Kind.SHARE, "Share of the segment that takes any of them.", "Taken", "Accepté"),
        _VALUE_CHANGE,
        Column("capital_change", Kind.NUMBER, "How much more money is then on the shelf.", "Capital more",
               "Capital en plus", unit="money"),
    ),
)

PROMISE_INTERACTIONS = Table(
    "promise_interactions", "What tightening one promise a step does to value, and to the stock of every offer.",
    "Interactions", "Interactions",
    (
        Column("promise", Kind.KEY, "Promise that is tightened.", "Promise", "Promesse", key=True),
        Column("offer", Kind.KEY, "Offer whose stock is told; empty: all.", "Offer", "Offre", key=True),
        Column("target_before", Kind.SHARE, "Its target.", "Target", "Objectif"),
        Column("target_after", Kind.SHARE, "Its target a step tighter.", "Tightened", "Resserré"),
        Column("capital_before", Kind.NUMBER, "Money on the shelf for the offer, by the load it puts on it.",
               "Capital", "Capital", unit="money"),
        Column("capital_after", Kind.NUMBER, "The same with the promise tightened and the plan as it is.",
               "Capital then", "Capital ensuite", unit="money"),
        _VALUE_CHANGE,
        Column("value", Kind.NUMBER, "What the best plan then brings.", "Value then", "Valeur ensuite",
               unit="money/year"),
        _BOUND,
    ),
)

TABLES = (PORTFOLIO_FRONTIER, PRICE_BREAK_EVEN, COUNT_BREAK_EVEN, PORTFOLIO_SENSITIVITY, PORTFOLIO_ALTERNATIVES,
          PORTFOLIO_MENUS, PROMISE_INTERACTIONS)
