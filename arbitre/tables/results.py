"""Result tables: what a run writes. Inputs never change."""

from arbitre.tables.schema import Column, Kind, Table

FLOOR = "floor"
"""Stands where a promise would, for a share below which nobody may fall."""

_PROMISE = Column("promise", Kind.KEY, f"Promise; {FLOOR}: a share below which nobody may fall.", "Promise",
                  "Promesse", key=True)
_SEGMENT = Column("segment", Kind.KEY, "Segment; empty: every one.", "Segment", "Segment", key=True)
_OFFER = Column("offer", Kind.KEY, "Offer; empty: every one.", "Offer", "Offre", key=True)
_CRITICALITY = Column("criticality", Kind.TEXT, "Criticality; empty: every one.", "Criticality", "Criticité", key=True)
_ITEM_CLASS = Column("item_class", Kind.TEXT, "Class of items: a quarter by price (1 the cheapest to 4 the dearest), a "
                     "family or a criticality; empty: every one.", "Items", "Articles", key=True)
_TARGET = Column("target_share", Kind.SHARE, "Share promised.", "Target", "Objectif")
_ITEM = Column("item", Kind.KEY, "Item.", "Item", "Article", key=True)
_SITE = Column("site", Kind.KEY, "Site.", "Site", "Site", key=True)
_BEFORE = Column("before", Kind.INTEGER, "Level today.", "Today", "Aujourd'hui", unit="unit")
_LEVEL = Column("level", Kind.INTEGER, "Level in the plan.", "Plan", "Plan", unit="unit")

PROMISES_KEPT = Table(
    "promises_kept", "What was promised and what was kept, on the facts.", "Promises kept", "Promesses tenues",
    (
        _PROMISE, _SEGMENT, _OFFER,
        Column("measure", Kind.TEXT, "What was promised: a window, or availability.", "Measure", "Mesure"),
        Column("window", Kind.NUMBER, "Longest time allowed.", "Window", "Délai promis", unit="h"),
        _TARGET,
        Column("cases", Kind.INTEGER, "Cases that can be judged: closed, or open past the window.", "Cases",
               "Dossiers"),
        Column("kept", Kind.INTEGER, "Cases within the window.", "Kept", "Tenus"),
        Column("kept_share", Kind.SHARE, "Share kept.", "Kept", "Taux tenu"),
        Column("low_share", Kind.SHARE, "Lower end of the Wilson interval.", "Low", "Bas"),
        Column("high_share", Kind.SHARE, "Upper end of the Wilson interval.", "High", "Haut"),
        Column("verdict", Kind.CHOICE, "Kept, missed, or too few cases to say.", "Verdict", "Verdict",
               choices=("kept", "missed", "undecided")),
    ),
)

PROMISE_WORTH = Table(
    "promise_worth", "What the plan keeps of each promise, and what one more point of it would cost.",
    "Worth of each promise", "Valeur marginale de chaque promesse",
    (
        _PROMISE, _SEGMENT, _OFFER, _CRITICALITY, _ITEM_CLASS,
        Column("window", Kind.NUMBER, "Longest time allowed.", "Window", "Délai promis", unit="h"),
        _TARGET,
        Column("demand", Kind.NUMBER, "Units asked under the promise.", "Demand", "Demande", unit="unit/year"),
        Column("kept_before", Kind.SHARE, "Share that today's stock keeps, by the model.", "Kept today",
               "Tenu aujourd'hui"),
        Column("kept_after", Kind.SHARE, "Share that the plan keeps, by the model.", "Kept by the plan",
               "Tenu par le plan"),
        Column("worth", Kind.NUMBER, "Cost a year of one more point (1 %) of the promise.", "One more point",
               "Un point de plus", unit="money/year"),
    ),
)

STOCK_LEVELS = Table(
    "stock_levels", "How much of each item to hold at each site.", "Stock levels", "Niveaux de stock",
    (
        _ITEM, _SITE, _BEFORE, _LEVEL,
        Column("reorder_level", Kind.INTEGER, "Order when on hand and on order falls below this.", "Reorder level",
               "Point de commande", unit="unit"),
        Column("price", Kind.NUMBER, "Cost of one unit.", "Price", "Prix", unit="money"),
        Column("rate", Kind.NUMBER, "Units asked here in a year.", "Rate", "Cadence", unit="unit/year"),
        Column("on_hand_before", Kind.NUMBER, "Mean units on the shelf at today's level.", "On hand today",
               "En stock aujourd'hui", unit="unit"),
        Column("on_hand_after", Kind.NUMBER, "Mean units on the shelf with the plan.", "On hand in the plan",
               "En stock avec le plan", unit="unit"),
        Column("capital_before", Kind.NUMBER, "Money on the shelf at today's level.", "Capital today",
               "Capital aujourd'hui", unit="money"),
        Column("capital_after", Kind.NUMBER, "Money on the shelf with the plan.", "Capital in the plan",
               "Capital avec le plan", unit="money"),
    ),
)

STOCK_MOVES = Table(
    "stock_moves", "The parts that gain or lose stock, dearest first, and why.", "Stock moves",
    "Mouvements proposés",
    (
        _ITEM, _SITE, _BEFORE, _LEVEL,
        Column("capital_change", Kind.NUMBER, "Money added to the shelf, negative when released.", "Capital",
               "Capital", unit="money"),
        Column("reason", Kind.CHOICE, "Why the level changes.", "Reason", "Raison",
               choices=("promise_at_risk", "dearer_than_its_worth", "no_demand", "held_upstream", "covers_others",
                        "cheap_insurance")),
        Column("promise", Kind.KEY, "Promise that weighs most on this level.", "Promise", "Promesse"),
        Column("last_unit", Kind.NUMBER, "What the last unit held earns a year in kept promises, over what it costs.",
               "Last unit", "Dernière unité"),
        Column("next_unit", Kind.NUMBER, "What one more unit would earn a year in kept promises, over what it costs.",
               "Next unit", "Unité suivante"),
    ),
)

STOCK_RECEIVED = Table(
    "stock_received",
    "What each class of demand, and each class of items, receives: who gains and who loses.",
    "Who receives what", "Qui reçoit quoi",
    (
        _SEGMENT, _OFFER, _CRITICALITY,
        _ITEM_CLASS,
        Column("window", Kind.NUMBER, "Window promised; empty: none, or several.", "Window", "Délai promis", unit="h",
               key=True),
        Column("demand", Kind.NUMBER, "Units asked in a year.", "Demand", "Demande", unit="unit/year"),
        Column("kept_before", Kind.SHARE, "Share kept today, by the model.", "Kept today", "Tenu aujourd'hui"),
        Column("kept_after", Kind.SHARE, "Share kept by the plan, by the model.", "Kept by the plan",
               "Tenu par le plan"),
        Column("change", Kind.NUMBER, "Kept by the plan less kept today.", "Change", "Écart"),
    ),
)

TABLES = (PROMISES_KEPT, PROMISE_WORTH, STOCK_LEVELS, STOCK_MOVES, STOCK_RECEIVED)
