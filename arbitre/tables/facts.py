"""Fact tables: what happened. The twin writes the same ones as reality."""

from arbitre.tables.costing import SERVICE_COSTS, SERVICE_COSTS_FR
from arbitre.tables.schema import Column, Kind, Table

CASES = Table(
    "cases", "One thing that flows: an order line, an intervention.", "Cases", "Dossiers",
    (
        Column("case", Kind.KEY, "Case number.", "Case", "Dossier", key=True, required=True,
               aliases=("order line", "line", "numéro de ligne", "ligne de commande", "ticket", "id")),
        Column("kind", Kind.TEXT, "What flows: order, intervention, ...", "Kind", "Nature", default="order"),
        Column("customer", Kind.KEY, "Customer who asks.", "Customer", "Client", refers="customers.customer"),
        Column("offer", Kind.KEY, "Offer under which the case was promised.", "Offer", "Offre", refers="offers.offer"),
        Column("asset", Kind.KEY, "Machine the case is about.", "Asset", "Équipement", refers="assets.asset"),
        Column("item", Kind.KEY, "Item asked for.", "Item", "Article", refers="items.item"),
        Column("site", Kind.KEY, "Site that serves the case.", "Site", "Site", refers="sites.site"),
        Column("quantity", Kind.NUMBER, "Units asked for.", "Quantity", "Quantité", unit="unit", default=1.0, least=0,
               aliases=("qty", "qté", "quantité commandée")),
        Column("opened_at", Kind.TIME, "When the case was opened.", "Opened at", "Ouvert le", required=True,
               aliases=("order date", "date de commande", "created", "créé le")),
        Column("promised_at", Kind.TIME, "First date promised to the customer.", "Promised at", "Promis le",
               aliases=("due date", "date promise", "scheduled delivery date")),
        Column("closed_at", Kind.TIME, "When the customer got what was asked; empty: still open.", "Closed at",
               "Clos le", aliases=("delivered", "date de livraison", "delivered to client date", "livré le")),
        Column("order", Kind.KEY, "Order that the line is part of; empty: an order of its own.", "Order", "Commande",
               aliases=("order number", "sales order", "numéro de commande", "bon de commande")),
        Column("delivered_quantity", Kind.NUMBER, "Units that the customer got; empty: all, once closed.",
               "Delivered quantity", "Quantité livrée", unit="unit", least=0, aliases=("qty delivered", "qté livrée")),
    ),
    aliases=("case", "orders", "order lines", "commandes", "lignes de commande", "dossiers"),
)

EVENTS = Table(
    "events", "A dated fact about a case.", "Events", "Événements",
    (
        Column("event", Kind.KEY, "Event number; needed where event_objects name it.", "Event", "Événement"),
        Column("case", Kind.KEY, "Case it happened to.", "Case", "Dossier", required=True, refers="cases.case"),
        Column("step", Kind.KEY, "What happened.", "Step", "Étape", required=True),
        Column("happened_at", Kind.TIME, "When it happened.", "Happened at", "Survenu le", required=True,
               aliases=("timestamp", "horodatage")),
        Column("started_at", Kind.TIME, "When work on it began; empty: it took no time, or nobody knows.", "Started at",
               "Commencé le", aliases=("start", "start timestamp", "début")),
        Column("resource", Kind.TEXT, "Who or what did it.", "Resource", "Ressource",
               aliases=("user", "agent", "technician", "opérateur", "technicien")),
        Column("site", Kind.KEY, "Where it happened.", "Site", "Site", refers="sites.site"),
        Column("promised_at", Kind.TIME, "Date promised to the customer by this event; empty: it promises none.",
               "Promised at", "Promis le"),
    ),
    aliases=("event", "événements", "journal"),
)

OBJECTS = Table(
    "objects", "A thing that events touch: an order, a part, a technician.", "Objects", "Objets",
    (
        Column("object", Kind.KEY, "Object number.", "Object", "Objet", key=True, required=True),
        Column("kind", Kind.TEXT, "What it is: order, part, technician, ...", "Kind", "Nature", required=True,
               aliases=("type", "object type")),
    ),
    aliases=("object", "objets"),
)

ATTRIBUTES = Table(
    "attributes", "What was known of a case or contract, and since when.", "Attributes", "Attributs",
    (
        Column("case", Kind.KEY, "Case or contract.", "Case", "Dossier", key=True, required=True,
               aliases=("deal", "contract")),
        Column("attribute", Kind.TEXT, "What it tells: amount, source, plan, ...", "Attribute", "Attribut", key=True,
               required=True, aliases=("field", "property", "champ")),
        Column("value", Kind.TEXT, "The value; empty: blank from then on.", "Value", "Valeur"),
        Column("valid_from", Kind.TIME, "Since when it was known; empty: nobody knows, it may have been filled at the "
               "end.", "Known since", "Connu depuis", key=True, aliases=("changed at", "date", "modifié le")),
    ),
    aliases=("attribute", "properties", "field history", "attributs"),
)

EVENT_OBJECTS = Table(
    "event_objects", "An event touched an object.", "Events and objects", "Événements et objets",
    (
        Column("event", Kind.KEY, "The event.", "Event", "Événement", key=True, required=True, refers="events.event"),
        Column("object", Kind.KEY, "The object it touched.", "Object", "Objet", key=True, required=True,
               refers="objects.object"),
        Column("role", Kind.TEXT, "As what.", "Role", "Rôle", key=True, aliases=("qualifier",)),
    ),
    aliases=("event object", "relations"),
)

MOVEMENTS = Table(
    "movements", "Units that came to a site or left it.", "Movements", "Mouvements",
    (
        Column("movement", Kind.KEY, "Movement number.", "Movement", "Mouvement", key=True, required=True),
        Column("site", Kind.KEY, "Where.", "Site", "Site", required=True, refers="sites.site"),
        Column("item", Kind.KEY, "What.", "Item", "Article", required=True, refers="items.item"),
        Column("kind", Kind.CHOICE, "Why: issued, received, returned from repair, counted.", "Kind", "Nature",
               required=True, choices=("issue", "receipt", "repair", "count"),
               choices_fr=("sortie", "entrée", "réparation", "inventaire")),
        Column("quantity", Kind.NUMBER, "Units, negative when they left.", "Quantity", "Quantité", unit="unit",
               required=True),
        Column("moved_at", Kind.TIME, "When.", "Moved at", "Date", required=True),
        Column("case", Kind.KEY, "Case they left for.", "Case", "Dossier", refers="cases.case"),
    ),
    aliases=("stock movements", "mouvements de stock"),
)

COSTS = Table(
    "costs", "Money spent on a case: freight, handling, labour, a penalty.", "Costs", "Coûts",
    (
        Column("cost", Kind.KEY, "Cost number.", "Cost", "Coût", key=True, required=True),
        Column("case", Kind.KEY, "Case it was spent on.", "Case", "Dossier", refers="cases.case"),
        Column("kind", Kind.CHOICE, "What for.", "Kind", "Nature", required=True,
               choices=SERVICE_COSTS, choices_fr=SERVICE_COSTS_FR),
        Column("amount", Kind.NUMBER, "How much.", "Amount", "Montant", unit="money", required=True),
        Column("spent_on", Kind.DATE, "When.", "Spent on", "Date", required=True),
    ),
    aliases=("freight", "frais"),
)

INVOICES = Table(
    "invoices", "Money asked from a customer.", "Invoices", "Factures",
    (
        Column("invoice", Kind.KEY, "Invoice number.", "Invoice", "Facture", key=True, required=True),
        Column("customer", Kind.KEY, "Customer who pays.", "Customer", "Client", required=True,
               refers="customers.customer"),
        Column("case", Kind.KEY, "Case it is for; empty: a subscription.", "Case", "Dossier", refers="cases.case"),
        Column("contract", Kind.KEY, "Contract it is for, where it is for no case.", "Contract", "Contrat",
               refers="contracts.contract"),
        Column("amount", Kind.NUMBER, "How much.", "Amount", "Montant", unit="money", required=True),
        Column("list_amount", Kind.NUMBER, "What the price list asks for the same, before discounts and waivers; "
               "empty: not known.", "List amount", "Montant au tarif", unit="money",
               aliases=("gross amount", "list price", "montant brut", "prix tarif")),
        Column("invoiced_on", Kind.DATE, "When.", "Invoiced on", "Facturé le", required=True),
        Column("paid_on", Kind.DATE, "When it was paid; empty: not yet, or nobody knows.", "Paid on", "Payé le",
               aliases=("payment date", "date de paiement", "date de règlement")),
    ),
    aliases=("invoice", "factures", "billing"),
)

TABLES = (CASES, EVENTS, OBJECTS, EVENT_OBJECTS, ATTRIBUTES, MOVEMENTS, COSTS, INVOICES)
