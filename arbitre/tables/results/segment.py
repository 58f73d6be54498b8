"""What telling customers, items and offers apart writes."""

from arbitre.tables.results.columns import OFFER, SEGMENT
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

TABLES = (OFFER_CLASSES, OFFER_WORTH)
