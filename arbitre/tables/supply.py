"""Supply tables: what is held, where, and how it gets there."""

from arbitre.tables.schema import Column, Kind, Table

SITES = Table(
    "sites", "A place where things are held or handled.", "Sites", "Sites",
    (
        Column("site", Kind.KEY, "Short name of the site.", "Site", "Site", key=True, required=True,
               aliases=("plant", "warehouse", "magasin", "entrepôt", "dépôt", "depot")),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("kind", Kind.CHOICE, "Rank of the site in the network.", "Kind", "Rang", default="central",
               choices=("central", "regional", "local"), choices_fr=("central", "régional", "local")),
        Column("supplier", Kind.KEY, "Site that resupplies this one; empty: supplied from outside.", "Supplier",
               "Fournisseur", refers="sites.site", aliases=("supplied by", "source")),
        Column("fixed_cost", Kind.NUMBER, "Cost of one year open.", "Fixed cost", "Coût fixe", unit="money", least=0,
               aliases=("opening cost", "coût d'ouverture")),
        Column("capacity", Kind.NUMBER, "Units it can serve in a year; empty: no limit.", "Capacity", "Capacité",
               unit="unit/year", least=0, aliases=("throughput", "débit")),
        Column("standing", Kind.CHOICE, "Whether it is open today: open, to be kept open, or a candidate to open.",
               "Standing", "Situation", default="open", choices=("open", "kept", "candidate"),
               choices_fr=("ouvert", "à garder", "candidat")),
        Column("latitude", Kind.NUMBER, "Latitude of the site.", "Latitude", "Latitude", unit="deg", least=-90,
               most=90),
        Column("longitude", Kind.NUMBER, "Longitude of the site.", "Longitude", "Longitude", unit="deg",
               least=-180, most=180),
    ),
    aliases=("site", "magasins", "entrepôts", "warehouses"),
)

LANES = Table(
    "lanes", "A way from a site to a site. From a site to itself: the last mile to the customers nearby.",
    "Lanes", "Liaisons",
    (
        Column("from_site", Kind.KEY, "Where the lane starts.", "From", "De", key=True, required=True,
               refers="sites.site", aliases=("origin", "origine")),
        Column("to_site", Kind.KEY, "Where the lane ends.", "To", "Vers", key=True, required=True,
               refers="sites.site", aliases=("destination",)),
        Column("duration", Kind.NUMBER, "Time from leaving to arriving.", "Duration", "Durée", unit="h", required=True,
               least=0, aliases=("transit time", "délai de transport")),
        Column("cost", Kind.NUMBER, "Cost of one shipment.", "Cost", "Coût", unit="money", default=0.0, least=0),
        Column("lends", Kind.TRUTH, "Units are lent this way when the shelf at its end is empty.", "Lends",
               "Entraide", default=False),
    ),
    aliases=("lane", "liaisons", "transport"),
)

ITEMS = Table(
    "items", "A thing that can be held: a part.", "Items", "Articles",
    (
        Column("item", Kind.KEY, "Item number.", "Item", "Article", key=True, required=True,
               aliases=("material", "sku", "part", "part number", "référence", "reference", "code article", "pièce")),
        Column("name", Kind.TEXT, "Description.", "Name", "Désignation", aliases=("description", "libellé")),
        Column("family", Kind.TEXT, "Family the item belongs to.", "Family", "Famille"),
        Column("criticality", Kind.TEXT, "How bad it is to lack the item.", "Criticality", "Criticité"),
        Column("price", Kind.NUMBER, "Cost of one unit.", "Price", "Prix", unit="money", required=True, least=0,
               aliases=("unit cost", "cost", "prix unitaire", "coût unitaire", "standard price", "pmp")),
        Column("sales_price", Kind.NUMBER, "Price at which one unit is sold; empty: at its cost.", "Sales price",
               "Prix de vente", unit="money", least=0, aliases=("list price", "prix catalogue", "tarif")),
        Column("lead_time", Kind.NUMBER, "Time until a unit bought or repaired is back on the shelf.", "Lead time",
               "Délai d'approvisionnement", unit="day", required=True, least=0,
               aliases=("delivery time", "del. time", "délai", "délai appro", "délai de livraison")),
        Column("lot", Kind.INTEGER, "Units bought at a time.", "Lot", "Lot", unit="unit", default=1, least=1,
               aliases=("order quantity", "quantité économique", "lot size")),
        Column("order_cost", Kind.NUMBER, "Cost of placing one order; if given, the best multiple of the lot is "
               "bought.", "Order cost", "Coût de commande", unit="money", least=0,
               aliases=("ordering cost", "coût de passation", "coût de lancement")),
        Column("emergency_cost", Kind.NUMBER, "Cost of flying in one unit that no shelf serves, beyond its price; "
               "empty: not known.", "Emergency cost", "Coût de dépannage", unit="money", least=0,
               aliases=("expedite cost", "rush cost", "coût d'urgence", "coût d'un dépannage")),
        Column("emergency_time", Kind.NUMBER, "Time to fly in a unit for a case that finds the shelf empty; empty: the "
               "case waits for the shelf.", "Emergency time", "Délai de dépannage", unit="h", least=0,
               aliases=("expedite time", "délai d'urgence")),
        Column("is_repairable", Kind.TRUTH, "True when a failed unit is repaired and held again.", "Repairable",
               "Réparable", default=False),
        Column("repair_shop", Kind.KEY, "Shop that repairs it, where units queue; lead_time is then the way there and "
               "back. Empty: lead_time is all there is.", "Repair shop", "Atelier de réparation",
               refers="repair_shops.shop", aliases=("workshop", "atelier")),
        Column("repair_time", Kind.NUMBER, "Work of one repair, without waiting.", "Repair time",
               "Temps de réparation", unit="h", least=0, aliases=("bench time", "temps d'atelier")),
        Column("successor", Kind.KEY, "Item that replaces this one and serves its demand; empty: none.", "Successor",
               "Remplacé par", refers="items.item",
               aliases=("superseded by", "replaced by", "supersession", "article de remplacement", "successeur")),
        Column("last_order_on", Kind.DATE, "Last day on which it can be ordered; empty: it stays on sale.",
               "Last order on", "Dernière commande le",
               aliases=("last time buy", "last buy", "last order date", "ltb", "date de dernière commande",
                        "dernier achat")),
        Column("last_service_on", Kind.DATE, "Last day on which it must be served; empty: no end is set.",
               "Last service on", "Servi jusqu'au",
               aliases=("end of service", "end of support", "end of service date", "eos", "fin de service",
                        "fin de support")),
    ),
    aliases=("item", "articles", "materials", "parts", "pièces"),
)

REPAIR_SHOPS = Table(
    "repair_shops", "A shop that repairs units, so many at a time; the others wait.", "Repair shops",
    "Ateliers de réparation",
    (
        Column("shop", Kind.KEY, "Short name of the shop.", "Shop", "Atelier", key=True, required=True,
               aliases=("workshop", "repair shop")),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("places", Kind.INTEGER, "Units under repair at the same time: benches, teams or test rigs.", "Places",
               "Postes", unit="unit", required=True, least=1, aliases=("servers", "benches", "capacity", "capacité")),
        Column("hours", Kind.NUMBER, "Hours open in a week; repairs take so much longer as it is closed.",
               "Hours a week", "Heures par semaine", unit="h", default=168.0, least=1, most=168),
        Column("scatter", Kind.NUMBER, "Variance of the repair time over its squared mean: 0 fixed, 1 exponential.",
               "Scatter", "Dispersion relative", default=1.0, least=0),
    ),
    aliases=("repair shop", "workshops", "ateliers"),
)

STOCKS = Table(
    "stocks", "What is held today of an item at a site.", "Stocks", "Stocks",
    (
        Column("site", Kind.KEY, "Where it is held.", "Site", "Site", key=True, required=True, refers="sites.site"),
        Column("item", Kind.KEY, "What is held.", "Item", "Article", key=True, required=True, refers="items.item"),
        Column("on_hand", Kind.INTEGER, "Units on the shelf today.", "On hand", "En stock", unit="unit", least=0,
               aliases=("stock", "quantity on hand", "quantité en stock", "stock actuel")),
        Column("level", Kind.INTEGER, "Order-up-to level: units on hand and on order after ordering.", "Level",
               "Niveau", unit="unit", required=True, least=0, aliases=("max", "maximum", "maxi", "stock maxi")),
        Column("reorder_level", Kind.INTEGER, "Order when stock on hand and on order falls below this.",
               "Reorder level", "Point de commande", unit="unit", least=0,
               aliases=("min", "minimum", "mini", "stock mini", "reorder point")),
    ),
    aliases=("stock", "inventory", "inventaire"),
)

DEMAND = Table(
    "demand", "How much of an item is asked at a site, by whom, under which offer.", "Demand", "Demande",
    (
        Column("item", Kind.KEY, "Item asked for.", "Item", "Article", key=True, required=True, refers="items.item"),
        Column("site", Kind.KEY, "Site that serves the demand.", "Site", "Site", key=True, required=True,
               refers="sites.site"),
        Column("segment", Kind.KEY, "Segment of the customers who ask.", "Segment", "Segment", key=True,
               refers="segments.segment"),
        Column("offer", Kind.KEY, "Offer under which they ask.", "Offer", "Offre", key=True, refers="offers.offer"),
        Column("criticality", Kind.TEXT, "Criticality of the need.", "Criticality", "Criticité", key=True),
        Column("size", Kind.INTEGER, "Units in one order, kept when the last is there in time; empty: as many as the "
               "dispersion tells.",
               "Size", "Taille", unit="unit", key=True, least=1, aliases=("order size", "taille de commande")),
        Column("rate", Kind.NUMBER, "Units asked in a year.", "Rate", "Cadence", unit="unit/year", required=True,
               least=0, aliases=("annual demand", "demande annuelle", "consommation annuelle")),
        Column("dispersion", Kind.NUMBER, "Variance over mean of the demand of the item at the site; 1 is Poisson.",
               "Dispersion", "Dispersion", default=1.0, least=1),
        Column("transit", Kind.NUMBER, "Time from the shelf to the customer.", "Transit", "Acheminement", unit="h",
               default=0.0, least=0),
    ),
    aliases=("demande", "consommations", "forecast"),
)

BOOKINGS = Table(
    "bookings", "Units of an item that are spoken for, from when they go out to when they are given back.", "Bookings",
    "Réservations",
    (
        Column("booking", Kind.KEY, "Booking number.", "Booking", "Réservation", key=True, required=True),
        Column("item", Kind.KEY, "Item that is booked.", "Item", "Article", key=True, required=True,
               refers="items.item"),
        Column("site", Kind.KEY, "Site that it goes out from and comes back to.", "Site", "Site", required=True,
               refers="sites.site"),
        Column("quantity", Kind.INTEGER, "Units booked.", "Quantity", "Quantité", unit="unit", default=1, least=1),
        Column("out_at", Kind.TIME, "When they go out.", "Out at", "Sortie le", required=True,
               aliases=("from", "start", "du", "début")),
        Column("back_at", Kind.TIME, "When they are given back.", "Back at", "Rendu le", required=True,
               aliases=("to", "until", "end", "au", "fin")),
    ),
    aliases=("reservations", "loans", "rentals", "prêts", "locations"),
)

POSITIONS = Table(
    "positions", "Where an item sits in a model of machine, and how often it fails there.", "Positions",
    "Positions dans l'équipement",
    (
        Column("model", Kind.TEXT, "Model of the machine.", "Model", "Modèle", key=True, required=True,
               aliases=("equipment model", "modèle d'équipement")),
        Column("item", Kind.KEY, "Item that sits there.", "Item", "Article", key=True, required=True,
               refers="items.item"),
        Column("parent", Kind.KEY, "Item it is a part of; empty: the machine itself.", "Parent", "Ensemble", key=True,
               refers="items.item"),
        Column("quantity", Kind.NUMBER, "Units in one machine, or in one parent.", "Quantity", "Quantité",
               unit="unit", default=1.0, least=0),
        Column("failure_rate", Kind.NUMBER, "Failures of one unit a year.", "Failure rate", "Taux de panne",
               unit="1/year", required=True, least=0),
    ),
    aliases=("bill of materials", "nomenclature", "bom"),
)

TABLES = (SITES, LANES, REPAIR_SHOPS, ITEMS, STOCKS, DEMAND, BOOKINGS, POSITIONS)
