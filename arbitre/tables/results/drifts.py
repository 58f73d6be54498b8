"""What measuring the drifts of a service writes."""

from arbitre.tables.results.columns import OFFER, SEGMENT
from arbitre.tables.schema import Column, Kind, Table

DRIFTS_OF_SERVICE = ("value_not_challenged", "premium_for_everybody", "cost_not_mastered", "complexity",
                     "service_below_promise")
_DRIFTS_FR = ("valeur non challengée", "premium pour tous", "coût de service non maîtrisé", "complexité",
              "service sous la promesse")
STATISTICS = {
    "urgency_waste": "urgences inutiles", "urgency_waste_rise": "urgences inutiles en hausse",
    "value_of_offer": "valeur de l'offre",
    "premium_rise": "part premium en hausse", "premium_trend": "tendance de la part premium",
    "offer_follows_need": "l'offre suit le besoin", "leakage_rise": "premium non facturé en hausse",
    "dear_rise": "lignes chères en hausse", "traced_share": "part des coûts tracée",
    "whale_peak": "sommet de la baleine", "losing_share": "clients à perte", "rank_stability": "stabilité des rangs",
    "exceptions_rise": "exceptions en hausse", "tail_rise": "lignes d'offres marginales en hausse",
    "effective_offers": "nombre effectif d'offres", "tail_offers": "offres marginales",
    "below_break_even": "offres sous leur point mort", "stock_fragments": "éparpillement du stock",
    "ways_rise": "variantes inhabituelles en hausse", "effective_ways": "nombre effectif de variantes",
    "ways_per_100": "variantes pour 100 dossiers", "handling_by_offer": "manutention par offre active",
    "misses_rise": "promesses manquées en hausse", "kept_share": "part tenue",
    "chance_of_missing": "risque de manquer la période", "promised_anew_rise": "dates repoussées en hausse",
}
"""Each statistic and its French; one that ends in _rise is charted month by month."""
LEVERS = {
    "urgency_waste": "slower promise", "urgency_waste_rise": "slower promise", "value_of_offer": "test the offer",
    "premium_rise": "offer by segment", "premium_trend": "offer by segment", "offer_follows_need": "offer by segment",
    "leakage_rise": "invoice it", "dear_rise": "serve otherwise", "traced_share": "trace costs",
    "whale_peak": "price or terms", "losing_share": "price or terms", "rank_stability": "price or terms",
    "exceptions_rise": "one way", "tail_rise": "fewer offers", "effective_offers": "fewer offers",
    "tail_offers": "fewer offers", "below_break_even": "fewer offers", "stock_fragments": "fewer shelves",
    "ways_rise": "one way", "effective_ways": "one way", "ways_per_100": "one way", "handling_by_offer": "fewer offers",
    "misses_rise": "stock or crews", "kept_share": "stock or crews", "chance_of_missing": "stock or crews",
    "promised_anew_rise": "promise what can be kept",
}
"""What answers each statistic."""
_LEVERS_FR = {
    "slower promise": "promettre moins vite", "test the offer": "éprouver l'offre",
    "offer by segment": "réserver l'offre au segment", "invoice it": "facturer", "serve otherwise": "servir autrement",
    "trace costs": "tracer les coûts", "price or terms": "revoir prix ou conditions", "one way": "une seule façon",
    "fewer offers": "moins d'offres", "fewer shelves": "moins de points de stock", "stock or crews": "stock ou équipes",
    "promise what can be kept": "promettre ce qui peut être tenu",
}
VERDICTS = ("under way", "not seen", "cannot tell", "measured")

_WHERE = (
    Column("drift", Kind.CHOICE, "Which drift.", "Drift", "Dérive", key=True, choices=DRIFTS_OF_SERVICE,
           choices_fr=_DRIFTS_FR),
    Column("statistic", Kind.CHOICE, "What is measured.", "Statistic", "Statistique", key=True,
           choices=tuple(STATISTICS), choices_fr=tuple(STATISTICS.values())),
    Column("promise", Kind.KEY, "Promise; empty: every one.", "Promise", "Promesse", key=True),
    OFFER, SEGMENT,
    Column("site", Kind.KEY, "Site; empty: every one.", "Site", "Site", key=True),
)

DRIFTS = Table(
    "drifts", "What departs from what was meant: a statistic, where, since when, and the money at stake.", "Drifts",
    "Dérives",
    (
        *_WHERE,
        Column("verdict", Kind.CHOICE, "Under way, not seen, too little told to say, or measured without a test.",
               "Verdict", "Verdict", choices=VERDICTS,
               choices_fr=("en cours", "non vue", "indécidable", "mesurée")),
        Column("value", Kind.NUMBER, "The statistic over the last year.", "Value", "Valeur"),
        Column("low", Kind.NUMBER, "Lower end of its interval; of a number of offers, the reference.", "Low", "Bas"),
        Column("high", Kind.NUMBER, "Upper end of its interval.", "High", "Haut"),
        Column("limit", Kind.NUMBER, "What it is compared with: the same cases at the risks of the reference, what is "
               "tolerated, promised, or was.", "Compared with", "Comparé à"),
        Column("p_value", Kind.SHARE, "How likely chance alone departs as far.", "P value", "Valeur p"),
        Column("adjusted_p", Kind.SHARE, "The same for all tests together (Benjamini-Hochberg).", "Adjusted p",
               "p ajustée"),
        Column("run_length", Kind.NUMBER, "Months until chance alone departs as far, in the mean.", "Run length",
               "Durée avant hasard", unit="month"),
        Column("starts_on", Kind.DATE, "Likeliest first day of the departure.", "Since", "Depuis"),
        Column("alarm_on", Kind.DATE, "Day on which the chart gave its alarm.", "Alarm", "Alarme"),
        Column("money", Kind.NUMBER, "Money at stake in a year.", "At stake a year", "Enjeu par an", unit="money"),
        Column("lever", Kind.CHOICE, "What answers it.", "Lever", "Levier", choices=tuple(_LEVERS_FR),
               choices_fr=tuple(_LEVERS_FR.values())),
        Column("hint", Kind.TEXT, "Rows that a scenario could change to try it.", "Scenario", "Scénario"),
        Column("missing", Kind.TEXT, "Table that says too little to tell.", "Missing", "Manque"),
    ),
)

DRIFT_EVIDENCE = Table(
    "drift_evidence", "The months behind each chart: what departed, what was expected, and the sum against its limit.",
    "Evidence of drifts", "Preuves des dérives",
    (
        *_WHERE,
        Column("month_on", Kind.DATE, "First day of the month.", "Month", "Mois", key=True),
        Column("cases", Kind.INTEGER, "Cases.", "Cases", "Dossiers"),
        Column("departed", Kind.INTEGER, "Those that departed.", "Departed", "Écarts"),
        Column("expected", Kind.NUMBER, "Those that would, at the risks of the reference.", "Expected", "Attendus"),
        Column("walk", Kind.NUMBER, "Cumulative sum at the end of the month; empty in the reference.", "Chart",
               "Carte"),
        Column("walk_limit", Kind.NUMBER, "Limit of the cumulative sum.", "Limit", "Limite"),
    ),
)

TABLES = (DRIFTS, DRIFT_EVIDENCE)
