"""What measure.response writes: what became of those answered soon or late, and what an hour sooner would bring."""

from arbitre.tables.schema import Column, Kind, Table

_CASES = Column("cases", Kind.INTEGER, "Cases.", "Cases", "Dossiers")

RESPONSE_CURVE = Table(
    "response_curve", "What became of cases by how long they had waited for the first answer.", "Wait and win",
    "Attente et gain",
    (
        Column("after", Kind.NUMBER, "They waited longer than this, up to the next row.", "Waited more than",
               "Attente de plus de", unit="h", key=True),
        _CASES,
        Column("won", Kind.INTEGER, "Those that were won.", "Won", "Gagnés"),
        Column("won_share", Kind.SHARE, "Their share.", "Share won", "Part gagnée"),
        Column("low", Kind.SHARE, "Lower end of its interval.", "From", "De"),
        Column("high", Kind.SHARE, "Upper end of its interval.", "To", "À"),
        Column("law", Kind.SHARE, "The same by the law, segments alike.", "By the law", "Selon la loi"),
        Column("law_low", Kind.SHARE, "Lower end of its interval.", "From", "De"),
        Column("law_high", Kind.SHARE, "Upper end of its interval.", "To", "À"),
    ),
)

RESPONSE_HOURS = Table(
    "response_hours", "By hour at which cases come: how long they wait, and what an hour sooner would bring.",
    "An hour sooner", "Une heure plus tôt",
    (
        Column("hour", Kind.INTEGER, "Hour of the opening.", "Hour", "Heure", key=True),
        _CASES,
        Column("left_share", Kind.SHARE, "Share that left unanswered.", "Left", "Partis"),
        Column("wait", Kind.NUMBER, "Mean wait of those answered.", "Wait", "Attente", unit="h"),
        Column("sooner", Kind.NUMBER, "What answering each an hour sooner would bring.", "An hour sooner",
               "Une heure plus tôt", unit="money/year"),
        Column("sooner_low", Kind.NUMBER, "Lower end of its interval.", "From", "De", unit="money/year"),
        Column("sooner_high", Kind.NUMBER, "Upper end of its interval.", "To", "À", unit="money/year"),
    ),
)

TABLES = (RESPONSE_CURVE, RESPONSE_HOURS)
