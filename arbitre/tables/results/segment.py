"""What telling customers, items and offers apart writes."""

from arbitre.tables.results.columns import ITEM, OFFER, SEGMENT
from arbitre.tables.schema import Column, Kind, Table

OFFER_CLASSES = Table(
    "offer_classes", "What an offer is to a segment, by Kano's two questions, and what that calls for.",
    "Classes of offers", "Classes d'offres",
    (
        OFFER, SEGMENT,
        Column("answers", Kind.INTEGER, "People who answered both questions.", "Answers", "Réponses"),
        Column("offer_class", Kind.CHOICE, "The class named most.", "Class", "Classe",
               choices=("must_be", "one_dimensional", "attractive", "indifferent", "reverse", "questionable"),
               choices_fr=("indispensable", "proportionnel", "attractif", "indifférent", "contraire",
                           "contradictoire")),
        Column("is_sure", Kind.TRUTH, "True when it leads the next class beyond chance.", "Sure", "Sûr"),
        Column("stays_share", Kind.SHARE, "How often it would lead if others like these had been asked.", "Stays",
               "Se maintient"),
        Column("better", Kind.NUMBER, "How much having it pleases, from 0 to 1.", "Better", "Mieux"),
        Column("better_low", Kind.NUMBER, "Lower end of its interval.", "Better low", "Mieux bas"),
        Column("better_high", Kind.NUMBER, "Upper end of its interval.", "Better high", "Mieux haut"),
        Column("worse", Kind.NUMBER, "How much lacking it hurts, from 0 to -1.", "Worse", "Pire"),
        Column("worse_low", Kind.NUMBER, "Lower end of its interval.", "Worse low", "Pire bas"),
        Column("worse_high", Kind.NUMBER, "Upper end of its interval.", "Worse high", "Pire haut"),
        Column("present", Kind.NUMBER, "Mean score of having it, from -2 (disliked) to 4 (liked).", "With it", "Avec"),
        Column("absent", Kind.NUMBER, "Mean score of lacking it, from -2 (liked) to 4 (disliked).", "Without", "Sans"),
        Column("calls_for", Kind.CHOICE, "What to do about it in that segment.", "Calls for", "Appelle",
               choices=("include", "grade", "sell", "drop", "avoid", "ask_again"),
               choices_fr=("inclure", "graduer", "vendre en option", "abandonner", "éviter", "redemander")),
    ),
)

OFFER_WORTH = Table(
    "offer_worth", "What offers and their attributes are worth to a segment, as people state it.",
    "Worth of offers", "Valeur des offres",
    (
        Column("subject", Kind.TEXT, "Offer, or attribute of alternatives.", "Subject", "Objet", key=True),
        SEGMENT,
        Column("measure", Kind.CHOICE, "What the number is.", "Measure", "Mesure", key=True,
               choices=("worth", "preference_share", "acceptable_from", "acceptable_to", "indifference_price",
                        "optimal_price", "best_revenue_price", "importance", "performance"),
               choices_fr=("valeur", "part de préférence", "acceptable dès", "acceptable jusqu'à",
                           "prix d'indifférence", "prix optimal", "prix au meilleur revenu", "importance",
                           "performance")),
        Column("value", Kind.NUMBER, "The number: money for worths and prices, a share, or a mean score.", "Value",
               "Valeur"),
        Column("low", Kind.NUMBER, "Lower end of its interval.", "Low", "Bas"),
        Column("high", Kind.NUMBER, "Upper end of its interval.", "High", "Haut"),
        Column("answers", Kind.INTEGER, "People it rests on.", "Answers", "Réponses"),
    ),
)

CHOICE_CLASSES = Table(
    "choice_classes", "Which classes of people choose alike, in whatever segment they are, and what each wants.",
    "Classes of choosers", "Classes de choix",
    (
        Column("number", Kind.INTEGER, "Class, the largest first.", "Class", "Classe", key=True),
        Column("share", Kind.SHARE, "Share of those who answered that belong to it.", "Share", "Part"),
        Column("mostly", Kind.KEY, "Segment that most of them are in.", "Mostly", "Surtout"),
        Column("mostly_share", Kind.SHARE, "Share of the class that is in it.", "Of that segment", "De ce segment"),
        Column("subject", Kind.TEXT, "Attribute of alternatives.", "Subject", "Objet", key=True),
        Column("utility", Kind.NUMBER, "What one more of it adds to the log odds of being taken.", "Utility",
               "Utilité"),
        Column("worth", Kind.NUMBER, "What one more of it is worth; empty: of the price, or where a price is not "
               "minded.", "Worth", "Valeur", unit="money"),
    ),
)

ANSWERS_WORTH = Table(
    "answers_worth", "What more answers of a segment would bring when an offer is priced, within the prices shown.",
    "Worth of more answers", "Valeur de réponses de plus",
    (
        SEGMENT, OFFER,
        Column("more_answers", Kind.INTEGER, "People asked more; empty: all there is to know.", "More people",
               "Personnes de plus", key=True),
        Column("answers", Kind.INTEGER, "People who answered so far.", "Answers", "Réponses"),
        Column("price", Kind.NUMBER, "Price that brings most, by what is known.", "Price", "Prix", unit="money"),
        Column("is_best_share", Kind.SHARE, "Chance that it does.", "Sure", "Sûr"),
        Column("brings", Kind.NUMBER, "What it brings from all customers of the segment, as they say.", "Brings",
               "Rapporte", unit="money"),
        Column("worth", Kind.NUMBER, "What is brought beyond it on average by a price set after these answers.",
               "Worth", "Valeur", unit="money"),
    ),
)

SCHOOLS = ("value_need", "behaviour", "strata", "classes")
"""Ways of sorting customers."""

_SCHOOL = Column("school", Kind.CHOICE, "Way of sorting.", "School", "École", key=True, choices=SCHOOLS,
                 choices_fr=("valeur et besoin", "comportement", "strates", "classes latentes"))
_CUSTOMER = Column("customer", Kind.KEY, "Customer.", "Customer", "Client", key=True)
_MEASURE = Column("feature", Kind.TEXT, "What is measured: sales, urgent_share, ..., or the answer to a question.",
                  "Measure", "Mesure", key=True)

SEGMENT_MEMBERS = Table(
    "segment_members", "To which segment each customer belongs, school by school.", "Members of segments",
    "Membres des segments",
    (
        _CUSTOMER, _SCHOOL,
        Column("segment", Kind.KEY, "Segment, of value and need: low-high is of low value and high need; empty: the "
               "tables do not tell.", "Segment", "Segment"),
        Column("confidence", Kind.SHARE, "Chance of the same segment if its lines had fallen otherwise; of a class, "
               "chance of being in it; of one placed by the tree, share of that segment among those placed alike.",
               "Confidence", "Confiance"),
        Column("placed_by", Kind.CHOICE, "The rule of the school, or its tree, where a measure of the rule is not "
               "known.", "Placed by", "Placé par", choices=("rule", "tree", "none"),
               choices_fr=("la règle", "l'arbre", "rien")),
        Column("sample", Kind.INTEGER, "Lines it rests on.", "Lines", "Lignes"),
    ),
)

SEGMENT_SCORES = Table(
    "segment_scores", "The scores of each customer, from 0 to 1 among all, and what they lack.", "Scores of customers",
    "Notes des clients",
    (
        _CUSTOMER,
        Column("score", Kind.CHOICE, "What is scored: expected sales, what is left once served, the same as it is "
               "coming, how demanding its orders are, how much speed matters to it.", "Score", "Note", key=True,
               choices=("potential", "profit", "projected_profit", "logistics", "expectations"),
               choices_fr=("potentiel", "profit", "profit projeté", "logistique", "attentes")),
        Column("value", Kind.SHARE, "Mean rank among all customers; empty: not known, which is not nought.", "Value",
               "Valeur"),
        Column("measured", Kind.NUMBER, "The measure itself, where the score rests on one.", "Measured", "Mesuré"),
        Column("sample", Kind.INTEGER, "Lines it rests on.", "Lines", "Lignes"),
        Column("gaps", Kind.TEXT, "Measures it should rest on and that are not known, separated by commas.", "Gaps",
               "Lacunes"),
    ),
)

SEGMENT_PROFILES = Table(
    "segment_profiles", "What customers of a segment are like, beside all customers.", "Profiles of segments",
    "Profils des segments",
    (
        _SCHOOL, Column("segment", Kind.KEY, "Segment.", "Segment", "Segment", key=True), _MEASURE,
        Column("customers", Kind.INTEGER, "Customers of whom it is known.", "Customers", "Clients"),
        Column("mean", Kind.NUMBER, "Mean.", "Mean", "Moyenne"),
        Column("low", Kind.NUMBER, "One in ten is below.", "Low", "Bas"),
        Column("median", Kind.NUMBER, "Half are below.", "Median", "Médiane"),
        Column("high", Kind.NUMBER, "Nine in ten are below.", "High", "Haut"),
        Column("mean_of_all", Kind.NUMBER, "Mean over all customers.", "Mean of all", "Moyenne de tous"),
        Column("total_share", Kind.NUMBER, "Part of the total of all; empty where a total means nothing.", "Of total",
               "Du total"),
    ),
)

SEGMENT_RULES = Table(
    "segment_rules", "The tree of each school, a row a node: with it, anybody places a new customer.", "Rules",
    "Règles",
    (
        _SCHOOL,
        Column("node", Kind.INTEGER, "Node; 1 is where one starts.", "Node", "Nœud", key=True),
        Column("parent", Kind.INTEGER, "Node before it.", "Parent", "Nœud parent"),
        Column("feature", Kind.TEXT, "What the node asks about; empty: nothing, it is an end.", "Measure", "Mesure"),
        Column("threshold", Kind.NUMBER, "From which value on one goes up.", "Threshold", "Seuil"),
        Column("up_node", Kind.INTEGER, "Node gone to from the threshold on.", "Up", "Au-dessus"),
        Column("low_node", Kind.INTEGER, "Node gone to below it.", "Below", "Au-dessous"),
        Column("unknown_node", Kind.INTEGER, "Node gone to where the measure is not known.", "Not known", "Inconnu"),
        Column("segment", Kind.KEY, "Segment of most customers here.", "Segment", "Segment"),
        Column("confidence", Kind.SHARE, "Share of them here.", "Confidence", "Confiance"),
        Column("customers", Kind.INTEGER, "Customers here.", "Customers", "Clients"),
        Column("sentence", Kind.TEXT, "The way here in words.", "In words", "En mots (anglais)"),
        Column("sentence_fr", Kind.TEXT, "The same in French.", "In words (French)", "En mots"),
    ),
)

SEGMENT_AGREEMENT = Table(
    "segment_agreement", "How far ways of sorting agree, and how firm each is.", "Agreement", "Concordance",
    (
        _SCHOOL,
        Column("other", Kind.TEXT, "What it is set beside: another school, customers.segment, the value or need of "
               "that segment, its own tree, or itself among customers drawn again.", "Beside", "En regard", key=True),
        Column("segment", Kind.KEY, "Segment; empty: all in all.", "Segment", "Segment", key=True),
        Column("measure", Kind.CHOICE, "All in all, adjusted Rand: 0 as by chance, 1 the same; of a segment, Jaccard "
               "with the most alike group: from 0.75 on stable, below 0.5 dissolved; of a tree, the share it places "
               "alike.", "Measure", "Mesure", key=True, choices=("adjusted_rand", "jaccard", "same_share"),
               choices_fr=("Rand ajusté", "Jaccard", "part identique")),
        Column("value", Kind.NUMBER, "How far.", "Value", "Valeur"),
        Column("customers", Kind.INTEGER, "Customers sorted by both.", "Customers", "Clients"),
    ),
)

SEGMENT_MOVES = Table(
    "segment_moves", "Who changed segment from one period to the next, and the measure by which.", "Moves",
    "Mouvements de segment",
    (
        _CUSTOMER, _SCHOOL,
        Column("from_segment", Kind.KEY, "Segment before.", "From", "De"),
        Column("to_segment", Kind.KEY, "Segment after.", "To", "À"),
        Column("feature", Kind.TEXT, "Measure at which the ways down the tree part.", "Measure", "Mesure"),
        Column("before", Kind.NUMBER, "Measure before; empty: not known.", "Before", "Avant"),
        Column("after", Kind.NUMBER, "Measure after.", "After", "Après"),
        Column("threshold", Kind.NUMBER, "What it crossed.", "Threshold", "Seuil"),
        Column("is_sure", Kind.TRUTH, "True when it changed beyond chance (95 %); empty: its chance is not known.",
               "Sure", "Sûr"),
    ),
)

ITEM_CLASSES = Table(
    "item_classes", "What each item is like, and what that calls for.", "Classes of items", "Classes d'articles",
    (
        ITEM,
        Column("value_class", Kind.CHOICE, "A, the items that make 80 % of what is asked, in money; B, up to 95 %; C, "
               "the others; D, not asked.", "Value", "Valeur", choices=("A", "B", "C", "D"),
               choices_fr=("A", "B", "C", "D")),
        Column("pattern", Kind.CHOICE, "How its demand comes (Syntetos, Boylan and Croston 2005).", "Pattern", "Profil",
               choices=("smooth", "erratic", "intermittent", "lumpy", "single", "none"),
               choices_fr=("régulière", "erratique", "intermittente", "par à-coups", "unique", "aucune")),
        Column("criticality", Kind.TEXT, "How bad it is to lack it.", "Criticality", "Criticité"),
        Column("life", Kind.CHOICE, "Where it is in its life, by its demand; unsure: too little to say.", "Life", "Vie",
               choices=("new", "growing", "stable", "declining", "dying", "unsure", "none"),
               choices_fr=("nouveau", "en croissance", "stable", "en déclin", "en fin de vie", "incertain", "aucune")),
        Column("yearly_value", Kind.NUMBER, "Units asked a year at their price; at 1 without a price.", "Value a year",
               "Valeur par an", unit="money"),
        Column("units", Kind.NUMBER, "Units asked a year.", "Units a year", "Unités par an", unit="unit/year"),
        Column("interval", Kind.NUMBER, "Months a month with demand.", "Interval", "Intervalle", unit="month"),
        Column("variation", Kind.NUMBER, "Squared coefficient of variation of the months with demand.", "Variation",
               "Variation"),
        Column("trend", Kind.NUMBER, "Change a year over the mean, from first to last.", "Trend", "Tendance",
               unit="1/year"),
        Column("months", Kind.INTEGER, "Months with demand it rests on.", "Months", "Mois"),
        Column("forecast", Kind.CHOICE, "Forecast that suits it.", "Forecast", "Prévision",
               choices=("smoothing", "trend", "croston", "fading", "machines", "nothing"),
               choices_fr=("lissage", "tendance", "Croston", "extinction", "parc", "rien")),
        Column("policy", Kind.CHOICE, "Stock policy that suits it.", "Policy", "Politique",
               choices=("continuous", "periodic", "base_stock", "min_max", "on_demand", "last_buy", "run_down"),
               choices_fr=("suivi continu", "revue périodique", "niveau cible", "mini-maxi", "à la demande",
                           "dernier achat", "écoulement")),
        Column("held", Kind.CHOICE, "Where to hold it.", "Held", "Tenu",
               choices=("near", "regional", "central", "none"),
               choices_fr=("près des clients", "en région", "au centre", "nulle part")),
        Column("class", Kind.KEY, "Class, whose row in item_policies says why.", "Class", "Classe"),
    ),
)

ITEM_POLICIES = Table(
    "item_policies", "What each class of items calls for, and why.", "Policies of items", "Politiques d'articles",
    (
        Column("class", Kind.KEY, "Class: value, pattern, life, and whether critical.", "Class", "Classe", key=True),
        Column("items", Kind.INTEGER, "Items.", "Items", "Articles"),
        Column("yearly_value", Kind.NUMBER, "What is asked of them a year, in money.", "Value a year", "Valeur par an",
               unit="money"),
        *(Column(name, Kind.TEXT, sentence, label, label_fr) for name, sentence, label, label_fr in (
            ("forecast", "Forecast that suits them.", "Forecast", "Prévision"),
            ("policy", "Stock policy that suits them.", "Policy", "Politique"),
            ("held", "Where to hold them.", "Held", "Tenu"),
            ("sentence", "The same in words.", "In words", "En mots (anglais)"),
            ("sentence_fr", "The same in French.", "In words (French)", "En mots"))),
    ),
)

TABLES = (OFFER_CLASSES, OFFER_WORTH, CHOICE_CLASSES, ANSWERS_WORTH, SEGMENT_MEMBERS, SEGMENT_SCORES, SEGMENT_PROFILES,
          SEGMENT_RULES, SEGMENT_AGREEMENT, SEGMENT_MOVES, ITEM_CLASSES, ITEM_POLICIES)
