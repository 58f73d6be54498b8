"""Market tables: whom we serve and what we promised them."""

from arbitre.tables.schema import Column, Kind, Table

SEGMENTS = Table(
    "segments", "A group of customers treated alike.", "Segments", "Segments",
    (
        Column("segment", Kind.KEY, "Short name of the segment.", "Segment", "Segment", key=True, required=True),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("value", Kind.CHOICE, "Commercial value of the segment.", "Value", "Valeur",
               choices=("high", "medium", "low"), choices_fr=("élevé", "moyen", "faible")),
        Column("need", Kind.CHOICE, "How badly its customers need fast service.", "Need", "Besoin",
               choices=("high", "medium", "low"), choices_fr=("élevé", "moyen", "faible")),
    ),
    aliases=("segment", "groupes de clients"),
)

CUSTOMERS = Table(
    "customers", "One customer.", "Customers", "Clients",
    (
        Column("customer", Kind.KEY, "Customer number.", "Customer", "Client", key=True, required=True,
               aliases=("client no", "numéro client", "code client", "account")),
        Column("segment", Kind.KEY, "Segment the customer belongs to.", "Segment", "Segment",
               required=True, refers="segments.segment"),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom", aliases=("raison sociale",)),
        Column("site", Kind.KEY, "Nearest site: where deliveries to this customer end.", "Site", "Site",
               refers="sites.site"),
        Column("latitude", Kind.NUMBER, "Latitude of the customer.", "Latitude", "Latitude", unit="deg",
               least=-90, most=90),
        Column("longitude", Kind.NUMBER, "Longitude of the customer.", "Longitude", "Longitude", unit="deg",
               least=-180, most=180),
        Column("since_on", Kind.DATE, "First day as a customer.", "Since", "Depuis"),
    ),
    aliases=("customer", "clients"),
)

ASSETS = Table(
    "assets", "One machine of the installed base.", "Assets", "Équipements du parc",
    (
        Column("asset", Kind.KEY, "Machine number.", "Asset", "Équipement", key=True, required=True,
               aliases=("equipment", "machine", "numéro de série", "serial number")),
        Column("customer", Kind.KEY, "Customer who runs the machine.", "Customer", "Client", required=True,
               refers="customers.customer"),
        Column("model", Kind.TEXT, "Model of the machine.", "Model", "Modèle"),
        Column("installed_on", Kind.DATE, "Day the machine was put to work.", "Installed on", "Installé le"),
        Column("failure_rate", Kind.NUMBER, "Failures a year.", "Failure rate", "Taux de panne", unit="1/year",
               least=0),
        Column("hours", Kind.NUMBER, "Hours it runs in a year.", "Running hours", "Heures de marche", unit="h/year",
               least=0, aliases=("operating hours", "heures de fonctionnement")),
    ),
    aliases=("installed base", "parc installé", "parc", "equipements"),
)

OFFERS = Table(
    "offers", "What is sold: a bundle of promises at a price.", "Offers", "Offres",
    (
        Column("offer", Kind.KEY, "Short name of the offer.", "Offer", "Offre", key=True, required=True),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("is_differentiating", Kind.TRUTH, "True when the offer goes beyond the basic service.",
               "Differentiating", "Différenciante", default=False),
        Column("price", Kind.NUMBER, "Price of one case under this offer; by subscription of a machine and a year, or "
               "of a customer and a year where no machines are known; by the hour, of one hour a machine runs; by "
               "uptime, of one such hour in which no part is waited for; in consignment of one case, from stock of "
               "ours kept at the customer's.", "Price", "Prix", unit="money", least=0),
        Column("billing", Kind.CHOICE, "How the offer is billed.", "Billing", "Facturation", default="act",
               choices=("act", "subscription", "hour", "uptime", "consignment"),
               choices_fr=("acte", "abonnement", "heure", "disponibilité", "consignation")),
        Column("fixed_cost", Kind.NUMBER, "Cost of having it in the catalogue for a year.", "Fixed cost", "Coût fixe",
               unit="money/year", default=0.0, least=0),
        Column("case_cost", Kind.NUMBER, "Cost of one case under this offer beside parts, transport and stock: "
               "handling, urgency, support.", "Cost of a case", "Coût d'un dossier", unit="money", default=0.0,
               least=0),
        Column("competitor", Kind.TEXT, "Who makes the offer; empty: we do.", "Competitor", "Concurrent"),
    ),
    aliases=("offer", "offres", "services"),
)

PROMISES = Table(
    "promises",
    "A measure within a window for a target share over a period. An empty offer, segment or criticality: every one.",
    "Promises", "Promesses",
    (
        Column("promise", Kind.KEY, "Short name of the promise.", "Promise", "Promesse", key=True, required=True),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("offer", Kind.KEY, "Offer that contains the promise.", "Offer", "Offre", refers="offers.offer"),
        Column("segment", Kind.KEY, "Segment it is made to.", "Segment", "Segment", refers="segments.segment"),
        Column("criticality", Kind.TEXT, "Criticality it is made for.", "Criticality", "Criticité"),
        Column("measure", Kind.CHOICE, "What is promised: cases done within the window, units issued within it, "
               "machines available, or that cases wait no longer than the window on average.", "Measure", "Mesure",
               default="window", choices=("window", "fill", "availability", "waiting"),
               choices_fr=("délai", "service au comptoir", "disponibilité", "attente moyenne")),
        Column("kind", Kind.TEXT, "Kind of case it is about (order, intervention, ...).", "Kind", "Nature",
               default="order"),
        Column("step", Kind.TEXT, "Step that keeps the promise; arrived: somebody is there; empty: the "
               "case is closed.", "Step", "Étape"),
        Column("window", Kind.NUMBER, "Longest time allowed, from the opening of the case; empty: the date promised on "
               "case. Of waiting the longest mean; empty: no worse than today.", "Window", "Délai promis", unit="h",
               least=0, aliases=("délai", "delai", "lead time", "sla")),
        Column("target_share", Kind.SHARE, "Share of cases promised within the window; empty: no worse than today.",
               "Target", "Objectif", aliases=("target", "taux de service", "taux de service cible")),
        Column("period", Kind.CHOICE, "Period over which the share is counted.", "Period", "Période", default="month",
               choices=("week", "month", "quarter", "year"), choices_fr=("semaine", "mois", "trimestre", "année")),
        Column("penalty", Kind.NUMBER, "Paid for each period in which the share is missed.", "Penalty", "Pénalité",
               unit="money", default=0.0, least=0),
        Column("late_cost", Kind.NUMBER, "Cost of one case that is late: penalty, machine down, goodwill.",
               "Late case", "Dossier en retard", unit="money", least=0),
        Column("calendar", Kind.KEY, "Calendar in whose hours the window runs; empty: day and night.", "Calendar",
               "Calendrier"),
        Column("cut_off", Kind.CLOCK, "Time of day by which it must be done, the first day that this comes no sooner "
               "than the window; empty: none.", "Cut-off", "Heure limite", aliases=("cutoff", "cut off time")),
        Column("counts", Kind.CHOICE, "What a share counts: order lines, whole orders, or units.", "Counts", "Compte",
               default="line", choices=("line", "order", "unit"), choices_fr=("ligne", "commande", "unité")),
    ),
    aliases=("promise", "promesses", "engagements"),
)

CONTRACTS = Table(
    "contracts", "A customer bound to an offer for a time.", "Contracts", "Contrats",
    (
        Column("contract", Kind.KEY, "Contract number.", "Contract", "Contrat", key=True, required=True),
        Column("customer", Kind.KEY, "Customer who signed.", "Customer", "Client", required=True,
               refers="customers.customer"),
        Column("offer", Kind.KEY, "Offer that was signed.", "Offer", "Offre", required=True, refers="offers.offer"),
        Column("from_on", Kind.DATE, "First day of the contract.", "From", "Du", required=True),
        Column("to_on", Kind.DATE, "Last day of the contract; empty: still running.", "To", "Au"),
        Column("price", Kind.NUMBER, "Price of one year.", "Price", "Prix", unit="money", least=0),
    ),
    aliases=("contract", "contrats"),
)

ANSWERS = Table(
    "answers", "One answer of a customer to one question of a survey.", "Answers", "Réponses",
    (
        Column("customer", Kind.KEY, "Customer who answered.", "Customer", "Client", key=True, required=True,
               refers="customers.customer"),
        Column("question", Kind.KEY, "Question asked.", "Question", "Question", key=True, required=True),
        Column("answered_on", Kind.DATE, "Day of the answer.", "Answered on", "Répondu le", key=True, required=True),
        Column("score", Kind.NUMBER, "Answer as a number.", "Score", "Note", required=True),
        Column("method", Kind.CHOICE, "What the question is part of. Kano: 1 (like) to 5 (dislike); best 1, worst -1; "
               "taken or would buy 1; a price is the score.", "Method", "Méthode",
               choices=("kano_with", "kano_without", "best_worst", "choice", "would_buy", "too_cheap", "cheap", "dear",
                        "too_dear", "importance", "performance"),
               choices_fr=("kano avec", "kano sans", "meilleur pire", "choix", "achèterait", "trop bon marché",
                           "bon marché", "cher", "trop cher", "importance", "performance")),
        Column("offer", Kind.KEY, "Offer the question is about.", "Offer", "Offre", refers="offers.offer"),
        Column("task", Kind.TEXT, "Set of alternatives shown together, of which one was taken.", "Task", "Tâche"),
        Column("alternative", Kind.TEXT, "Alternative shown, described in alternatives; empty: none of them.",
               "Alternative", "Alternative"),
        Column("price", Kind.NUMBER, "Price at which was asked whether one would buy.", "Price", "Prix", unit="money",
               least=0),
    ),
    aliases=("survey", "enquête", "enquete", "réponses"),
)

ALTERNATIVES = Table(
    "alternatives", "What an alternative of a survey holds, or an offer on the market, attribute by attribute.",
    "Alternatives", "Alternatives",
    (
        Column("alternative", Kind.TEXT, "Alternative shown in a survey, or an offer.", "Alternative", "Alternative",
               key=True, required=True),
        Column("attribute", Kind.TEXT, "What it differs in: hours promised, price, a service included (1 or 0).",
               "Attribute", "Attribut", key=True, required=True),
        Column("value", Kind.NUMBER, "How much of it.", "Value", "Valeur", required=True),
    ),
    aliases=("profiles", "profils"),
)

ATTRIBUTE_LEVELS = Table(
    "attribute_levels", "A value that an attribute may take in a survey of choices.", "Attribute levels",
    "Niveaux des attributs",
    (
        Column("attribute", Kind.TEXT, "What alternatives differ in.", "Attribute", "Attribut", key=True,
               required=True),
        Column("value", Kind.NUMBER, "How much of it.", "Value", "Valeur", key=True, required=True),
        Column("guess", Kind.NUMBER, "Utility that people are thought to get from it; empty: nothing is known.",
               "Guess", "Supposition"),
    ),
    aliases=("levels", "niveaux"),
)

ACCEPTANCE = Table(
    "acceptance", "What share of a segment would take an offer.", "Acceptance", "Acceptation",
    (
        Column("segment", Kind.KEY, "Segment.", "Segment", "Segment", key=True, required=True,
               refers="segments.segment"),
        Column("offer", Kind.KEY, "Offer.", "Offer", "Offre", key=True, required=True, refers="offers.offer"),
        Column("source", Kind.CHOICE, "Who says so: what people choose in a survey, or the sales force.", "Source",
               "Source", key=True, default="sales", choices=("survey", "sales"), choices_fr=("enquête", "vendeurs")),
        Column("price", Kind.NUMBER, "Price it was thought of at; empty: that of the offer.", "Price", "Prix", key=True,
               unit="money", least=0),
        Column("share", Kind.SHARE, "Share that would take it.", "Share", "Part", required=True),
        Column("low_share", Kind.SHARE, "At least.", "Low", "Bas"),
        Column("high_share", Kind.SHARE, "At most.", "High", "Haut"),
    ),
    aliases=("taux d'acceptation", "sales estimates"),
)

COMMITMENTS = Table(
    "commitments", "What a portfolio is bound to: offers kept, offers dropped, least shares served.", "Commitments",
    "Obligations",
    (
        Column("segment", Kind.KEY, "Segment; empty: each one.", "Segment", "Segment", key=True,
               refers="segments.segment"),
        Column("offer", Kind.KEY, "Offer; empty: any.", "Offer", "Offre", key=True, refers="offers.offer"),
        Column("rule", Kind.CHOICE, "Keep: the segment is made the offer. Drop: it is not. Floor: at least so much of "
               "the segment takes it.", "Rule", "Règle", key=True, required=True, choices=("keep", "drop", "floor"),
               choices_fr=("garder", "retirer", "plancher")),
        Column("share", Kind.SHARE, "Least share of the segment, for a floor.", "Share", "Part"),
    ),
    aliases=("commitment", "obligations"),
)

TABLES = (SEGMENTS, CUSTOMERS, ASSETS, OFFERS, PROMISES, CONTRACTS, ANSWERS, ALTERNATIVES, ATTRIBUTE_LEVELS, ACCEPTANCE,
          COMMITMENTS)
