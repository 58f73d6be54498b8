"""What measuring the facts writes."""

from arbitre.tables.results.columns import OFFER, PROMISE, SEGMENT, TARGET
from arbitre.tables.schema import Column, Kind, Table

PROMISES_KEPT = Table(
    "promises_kept", "What was promised and what was kept, on the facts.", "Promises kept", "Promesses tenues",
    (
        PROMISE, SEGMENT, OFFER,
        Column("measure", Kind.TEXT, "What was promised: a window, or availability.", "Measure", "Mesure"),
        Column("window", Kind.NUMBER, "Longest time allowed.", "Window", "Délai promis", unit="h"),
        TARGET,
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

TABLES = (PROMISES_KEPT,)
