"""What deciding writes."""

from arbitre.tables.results.columns import (
    BEFORE,
    CRITICALITY,
    FLOOR,
    ITEM,
    ITEM_CLASS,
    KEPT_FOR,
    LEVEL,
    OFFER,
    PROMISE,
    SEGMENT,
    SITE,
    TARGET,
)
from arbitre.tables.schema import Column, Kind, Table

PROMISE_WORTH = Table(
    "promise_worth", "What the plan keeps of each promise, and what one more point of it would cost.",
    "Worth of each promise", "Valeur marginale de chaque promesse",
    (
        PROMISE, SEGMENT, OFFER, CRITICALITY, ITEM_CLASS,
        Column("window", Kind.NUMBER, "Longest time allowed.", "Window", "Délai promis", unit="h"),
        TARGET,
        Column("demand", Kind.NUMBER, "Units asked under the promise.", "Demand", "Demande", unit="unit/year"),
        Column("kept_before", Kind.SHARE, "Share that today's stock keeps, by the model.", "Kept today",
               "Tenu aujourd'hui"),
        Column("kept_after", Kind.SHARE, "Share that the plan keeps, by the model.", "Kept by the plan",
               "Tenu par le plan"),
        Column("worth", Kind.NUMBER, "Cost a year of one more point (1 %) of the promise.", "One more point",
               "Un point de plus", unit="money/year"),
        Column("wait_before", Kind.NUMBER, "Mean wait with today's stock, by the model, where a mean wait is promised.",
               "Wait today", "Attente aujourd'hui", unit="h"),
        Column("wait_after", Kind.NUMBER, "Mean wait with the plan, by the model, where a mean wait is promised.",
               "Wait with the plan", "Attente avec le plan", unit="h"),
    ),
)

STOCK_LEVELS = Table(
    "stock_levels", "How much of each item to hold at each site.", "Stock levels", "Niveaux de stock",
    (
        ITEM, SITE, KEPT_FOR, BEFORE, LEVEL,
        Column("reorder_level", Kind.INTEGER, "Order when on hand and on order falls below this.", "Reorder level",
               "Point de commande", unit="unit"),
        Column("lot", Kind.INTEGER, "Units bought, or sent by the site above, at a time.", "Lot", "Lot", unit="unit"),
        Column("sharing", Kind.CHOICE, "Who gets the last unit.", "Sharing", "Partage", default="first_come",
               choices=("first_come", "promised_date", "critical_levels", "dedicated")),
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
        ITEM, SITE, BEFORE, LEVEL,
        Column("capital_change", Kind.NUMBER, "Money added to the shelf, negative when released.", "Capital",
               "Capital", unit="money"),
        Column("reason", Kind.CHOICE, "Why the level changes.", "Reason", "Raison",
               choices=("promise_at_risk", "dearer_than_its_worth", "no_demand", "held_upstream", "covers_others",
                        "cheap_insurance", "kept_apart")),
    ),
)

STOCK_REASONS = Table(
    "stock_reasons",
    "Why each level is what it is: what its last unit bought, what one more would buy, and what binds it.",
    "Why this level", "Pourquoi ce niveau",
    (
        ITEM, SITE, KEPT_FOR, LEVEL,
        Column("reason", Kind.CHOICE, "What binds the level.", "Reason", "Raison",
               choices=("earns_its_cost", "covers_others", "rounds_up", "target_reached", "first_too_dear",
                        "smallest_lot", "left_as_today", "kept_without_stock", "costs_nothing", "out_of_reach",
                        "no_promise", "no_demand")),
        Column("promise", Kind.KEY, f"Promise that the last and the next unit serve most; {FLOOR}: a share below which "
               "nobody may fall.", "Promise", "Promesse"),
        Column("last_cost", Kind.NUMBER, "What the last unit held costs; empty: none can be taken away.",
               "Last unit costs", "Dernière unité : coût", unit="money/year"),
        Column("last_earns", Kind.NUMBER, "What it earns in kept promises, at their worths.", "Last unit earns",
               "Dernière unité : gain", unit="money/year"),
        Column("last_gain", Kind.NUMBER, "By how much it raises the share kept of the promise.",
               "Last unit adds to the share", "Dernière unité : part gagnée"),
        Column("next_cost", Kind.NUMBER, "What one more unit would cost.", "Next unit costs",
               "Unité suivante : coût", unit="money/year"),
        Column("next_earns", Kind.NUMBER, "What it would earn in kept promises, at their worths.", "Next unit earns",
               "Unité suivante : gain", unit="money/year"),
        Column("next_gain", Kind.NUMBER, "By how much it would raise the share kept of the promise.",
               "Next unit adds to the share", "Unité suivante : part gagnée"),
    ),
)

STOCK_RECEIVED = Table(
    "stock_received",
    "What each class of demand, and each class of items, receives: who gains and who loses.",
    "Who receives what", "Qui reçoit quoi",
    (
        SEGMENT, OFFER, CRITICALITY,
        ITEM_CLASS,
        Column("window", Kind.NUMBER, "Window promised; empty: none, or several.", "Window", "Délai promis", unit="h",
               key=True),
        Column("demand", Kind.NUMBER, "Units asked in a year.", "Demand", "Demande", unit="unit/year"),
        Column("kept_before", Kind.SHARE, "Share kept today, by the model.", "Kept today", "Tenu aujourd'hui"),
        Column("kept_after", Kind.SHARE, "Share kept by the plan, by the model.", "Kept by the plan",
               "Tenu par le plan"),
        Column("change", Kind.NUMBER, "Kept by the plan less kept today.", "Change", "Écart"),
    ),
)

STOCK_CURVE = Table(
    "stock_curve",
    "What every amount of money on the shelf keeps: the cheapest plans, with the plan and today's stock among them.",
    "Cost against service", "Coût et service",
    (
        Column("point", Kind.INTEGER, "Number of the point, by rising cost.", "Point", "Point", key=True),
        Column("promise", Kind.KEY, "Promise; empty: the whole, in which each promise counts what it is worth in the "
               "plan.", "Promise", "Promesse", key=True),
        Column("cost", Kind.NUMBER, "Cost of holding the stock.", "Cost", "Coût", unit="money/year"),
        Column("capital", Kind.NUMBER, "Money on the shelf.", "Capital", "Capital", unit="money"),
        Column("kept_share", Kind.SHARE, "Share kept, by the model.", "Kept", "Tenu"),
        Column("bound", Kind.NUMBER, "Lowest cost proven for keeping as much of the whole, in the lots of items.",
               "Proven bound", "Borne prouvée", unit="money/year"),
        Column("is_plan", Kind.TRUTH, "True for the plan.", "Plan", "Plan"),
        Column("is_today", Kind.TRUTH, "True for today's stock.", "Today", "Aujourd'hui"),
    ),
)

STOCK_RESERVED = Table(
    "stock_reserved", "The units of each stock that are kept back from a class of demand, for those that matter more.",
    "Units kept back", "Unités réservées",
    (
        ITEM, SITE, SEGMENT, OFFER, CRITICALITY,
        Column("reserved", Kind.INTEGER, "Units on the shelf down to which this demand is served, and no further.",
               "Kept back", "Réserve", unit="unit"),
        Column("rate", Kind.NUMBER, "Units asked in a year.", "Rate", "Cadence", unit="unit/year"),
        Column("served_share", Kind.SHARE, "Share served from the shelf.", "Served", "Taux servi"),
        Column("flown_in", Kind.NUMBER, "Units flown in in a year, for want of one on the shelf.", "Flown in",
               "Dépannages", unit="unit/year"),
    ),
)

LAST_BUYS = Table(
    "last_buys", "What to buy for the last time: items that can no longer be ordered before they need no longer be "
    "served.", "Last buys", "Derniers achats",
    (
        ITEM,
        Column("order_on", Kind.DATE, "Last day on which it can be ordered.", "Order by", "Commander avant le"),
        Column("served_until_on", Kind.DATE, "Last day that the buy is for.", "For service until", "Pour servir "
               "jusqu'au"),
        Column("verdict", Kind.CHOICE, "To buy, enough on the shelf, or too late to order.", "Verdict", "Verdict",
               choices=("buy", "enough", "too_late")),
        Column("on_hand", Kind.INTEGER, "Units on all shelves today, those of the items it replaces included.",
               "On hand", "En stock", unit="unit"),
        Column("on_hand_then", Kind.INTEGER, "Units expected on the shelves on the day of the order.",
               "On hand at the order", "En stock à la commande", unit="unit"),
        Column("demand_left", Kind.NUMBER, "Units expected to be asked from the order to the end.", "Demand left",
               "Demande restante", unit="unit"),
        Column("level", Kind.INTEGER, "Units to have after the order.", "Level", "Niveau", unit="unit"),
        Column("quantity", Kind.INTEGER, "Units to buy, in whole lots.", "Quantity", "Quantité", unit="unit"),
        Column("money", Kind.NUMBER, "What they cost to buy.", "Money", "Montant", unit="money"),
        Column("cost", Kind.NUMBER, "Expected cost until the end, on the day of the order: buying, holding, units "
               "missing, less what is sold.", "Cost", "Coût", unit="money"),
        Column("run_out_share", Kind.SHARE, "Chance of running out before the end.", "Chance to run out",
               "Risque de manquer"),
        Column("units_short", Kind.NUMBER, "Units expected to be missing.", "Units missing", "Unités manquantes",
               unit="unit"),
        Column("units_left", Kind.NUMBER, "Units expected to be left over.", "Units left over", "Unités de trop",
               unit="unit"),
        Column("one_less", Kind.NUMBER, "What one unit less would add to the cost; empty: none is bought.",
               "One less", "Une de moins", unit="money"),
        Column("one_more", Kind.NUMBER, "What one unit more would add to the cost; empty: none can be bought.",
               "One more", "Une de plus", unit="money"),
    ),
)

EXCESS = Table(
    "excess", "Units beyond what demand needs, dearest first, and what to do with them.", "Excess stock",
    "Stock excédentaire",
    (
        ITEM, SITE,
        Column("advice", Kind.CHOICE, "Keep, use up before the item that replaces it, move, sell, scrap, or count "
               "first.", "Advice", "Conseil", key=True,
               choices=("keep", "use_up", "move", "sell", "scrap", "count")),
        Column("to_site", Kind.KEY, "Where to move them.", "To", "Vers", key=True),
        Column("on_hand", Kind.INTEGER, "Units of the item on the shelf.", "On hand", "En stock", unit="unit"),
        Column("needed", Kind.INTEGER, "Units that service and near demand need.", "Needed", "Nécessaire",
               unit="unit"),
        Column("units", Kind.INTEGER, "Units beyond, that the advice is for.", "Units", "Unités", unit="unit"),
        Column("money", Kind.NUMBER, "Their price.", "Money", "Montant", unit="money"),
        Column("cover", Kind.NUMBER, "Years of demand on the shelf; empty: no demand.", "Cover", "Couverture",
               unit="year"),
        Column("worth", Kind.NUMBER, "What they are worth if they stay: purchases saved, less holding.", "Worth here",
               "Valeur sur place", unit="money"),
        Column("gain", Kind.NUMBER, "What the advice brings once: sale, or purchases saved, less freight.", "Gain",
               "Gain", unit="money"),
        Column("saving", Kind.NUMBER, "Holding and capital no longer paid.", "Saving", "Économie", unit="money/year"),
        Column("reason", Kind.CHOICE, "Why.", "Reason", "Raison",
               choices=("worth_keeping", "replaced", "needed_elsewhere", "used_too_late", "no_demand_here",
                        "no_demand", "service_ended", "not_counted")),
    ),
)

SUCCESSIONS = Table(
    "successions", "Items that are replaced, and the last one of each succession, which their demand moves to.",
    "Successions", "Remplacements",
    (
        ITEM,
        Column("last", Kind.KEY, "Item at the end of the succession.", "Last item", "Dernier article"),
        Column("steps", Kind.INTEGER, "Replacements between the item and the last one; 0: it is the last.", "Steps",
               "Étapes"),
        Column("rate", Kind.NUMBER, "Units asked under its own number in a year.", "Rate", "Cadence",
               unit="unit/year"),
        Column("rate_moved", Kind.NUMBER, "Units asked of it in a year once demand has moved.", "Rate once moved",
               "Cadence après transfert", unit="unit/year"),
        Column("on_hand", Kind.INTEGER, "Units on all shelves.", "On hand", "En stock", unit="unit"),
        Column("money", Kind.NUMBER, "Their price.", "Money", "Montant", unit="money"),
        Column("used_up_in", Kind.NUMBER, "Years until its units are used, oldest items first; empty: never.",
               "Used up in", "Épuisé dans", unit="year"),
    ),
)

STAGE_BUFFERS = Table(
    "stage_buffers", "Which service time each stage guarantees, and the safety stock that lets it.",
    "Safety stock of stages", "Stock de sécurité des étapes",
    (
        Column("stage", Kind.KEY, "Stage.", "Stage", "Étape", key=True),
        Column("inbound", Kind.NUMBER, "Time it waits for the slowest of its suppliers.", "Inbound time",
               "Délai entrant", unit="day"),
        Column("service", Kind.NUMBER, "Time it takes to deliver, guaranteed to all it supplies.", "Service time",
               "Délai de service", unit="day"),
        Column("net", Kind.NUMBER, "Time whose demand its stock must cover: inbound + duration - service.", "Net time",
               "Délai à couvrir", unit="day"),
        Column("demand_mean", Kind.NUMBER, "Units asked of it, by customers and by stages.", "Mean demand",
               "Demande moyenne", unit="unit/day"),
        Column("demand_deviation", Kind.NUMBER, "Standard deviation of the units asked of it in one day, pooled.",
               "Deviation of demand", "Écart type de la demande", unit="unit"),
        Column("safety_stock", Kind.NUMBER, "Units held on top of the mean demand of the net time.", "Safety stock",
               "Stock de sécurité", unit="unit"),
        Column("base_stock", Kind.NUMBER, "Order-up-to level: mean demand of the net time, and the safety stock.",
               "Base stock", "Niveau de recomplètement", unit="unit"),
        Column("unit_cost", Kind.NUMBER, "Cost of a unit when it leaves the stage, all that goes into it included.",
               "Unit cost", "Coût unitaire", unit="money"),
        Column("cost", Kind.NUMBER, "Cost of holding the safety stock.", "Cost", "Coût", unit="money/year"),
    ),
)

SITE_PLAN = Table(
    "site_plan", "Which sites to have, what each serves and costs, and what it would change to decide otherwise.",
    "Sites of the plan", "Sites du plan",
    (
        SITE,
        Column("is_open", Kind.TRUTH, "True when the plan has it open.", "Open", "Ouvert"),
        Column("was_open", Kind.TRUTH, "True when it is open today.", "Open today", "Ouvert aujourd'hui"),
        Column("fed_by", Kind.KEY, "Site that feeds it; empty: fed from outside.", "Fed by", "Alimenté par"),
        Column("places", Kind.INTEGER, "Places it serves.", "Places", "Lieux servis", unit="unit"),
        Column("shipments", Kind.NUMBER, "Shipments it sends in a year.", "Shipments", "Expéditions",
               unit="unit/year"),
        Column("units", Kind.NUMBER, "Units that pass it, those for sites it feeds included.", "Units", "Unités",
               unit="unit/year"),
        Column("used_share", Kind.SHARE, "Share of its capacity that is used; empty: no limit.", "Capacity used",
               "Capacité utilisée"),
        Column("fixed_cost", Kind.NUMBER, "Cost of having it open.", "Fixed cost", "Coût fixe", unit="money/year"),
        Column("freight", Kind.NUMBER, "Cost of what it ships and of what is brought to it.", "Freight", "Transport",
               unit="money/year"),
        Column("stock", Kind.NUMBER, "Money on its shelves for what it serves.", "Stock", "Stock", unit="money"),
        Column("change", Kind.NUMBER, "By how much the value rises if it is closed, or opened, against the plan, and "
               "all else is decided anew; empty: it cannot be, or was not reckoned.", "If decided otherwise",
               "Si on décidait autrement"),
    ),
)

SITE_SERVICE = Table(
    "site_service", "Which site serves which place, by the promises made to it.", "Who serves whom", "Qui sert qui",
    (
        Column("place", Kind.KEY, "Customer, or site near which demand arises.", "Place", "Lieu", key=True),
        Column("promised", Kind.TEXT, "Promises made; empty: none.", "Promised", "Promis", key=True),
        Column("site", Kind.KEY, "Site that serves it.", "Site", "Site", key=True),
        Column("share", Kind.SHARE, "Share of it that this site serves.", "Share", "Part"),
        Column("shipments", Kind.NUMBER, "Shipments in a year.", "Shipments", "Expéditions", unit="unit/year"),
        Column("distance", Kind.NUMBER, "Kilometres from the site; empty: not known.", "Kilometres", "Kilomètres"),
        Column("duration", Kind.NUMBER, "Time from the site to the place.", "Duration", "Durée", unit="h"),
        Column("window", Kind.NUMBER, "Shortest window promised; empty: none.", "Window", "Délai promis", unit="h"),
        Column("is_in_time", Kind.TRUTH, "True when it gets there within the window; empty: none is promised.",
               "In time", "À temps"),
    ),
)

SITE_REACH = Table(
    "site_reach", "What share of the shipments of each promise gets there in time, stock being there.",
    "Promises within reach", "Promesses à portée",
    (
        PROMISE,
        Column("window", Kind.NUMBER, "Window promised.", "Window", "Délai promis", unit="h"),
        TARGET,
        Column("shipments", Kind.NUMBER, "Shipments under it in a year.", "Shipments", "Expéditions",
               unit="unit/year"),
        Column("before", Kind.SHARE, "Share in time from the nearest of today's sites.", "Today", "Aujourd'hui"),
        Column("after", Kind.SHARE, "Share in time with the plan.", "Plan", "Plan"),
        Column("most", Kind.SHARE, "Share in time if every site were open.", "At most", "Au mieux"),
    ),
)

TABLES = (
    PROMISE_WORTH, STOCK_LEVELS, STOCK_REASONS, STOCK_MOVES, STOCK_RECEIVED, STOCK_CURVE, STOCK_RESERVED, LAST_BUYS,
    EXCESS, SUCCESSIONS, STAGE_BUFFERS, SITE_PLAN, SITE_SERVICE, SITE_REACH,
)
