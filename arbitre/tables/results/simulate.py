"""What replaying writes."""

from arbitre.tables.results.columns import CRITICALITY, OFFER, PROMISE, SEGMENT, TARGET
from arbitre.tables.schema import Column, Kind, Table

PROOFS = Table(
    "proofs", "What the plan keeps of each promise when it is replayed event by event, and how far that is from what "
    "the optimiser said.", "Proof of each promise", "Preuve de chaque promesse",
    (
        PROMISE, SEGMENT, OFFER, CRITICALITY,
        Column("window", Kind.NUMBER, "Longest time allowed.", "Window", "Délai promis", unit="h"),
        TARGET,
        Column("share", Kind.SHARE, "Share of cases kept, over all periods replayed.", "Share kept", "Taux tenu"),
        Column("low_share", Kind.SHARE, "Lower end of its interval.", "Low", "Bas"),
        Column("high_share", Kind.SHARE, "Upper end of its interval.", "High", "Haut"),
        Column("cases", Kind.INTEGER, "Cases replayed.", "Cases", "Dossiers"),
        Column("period", Kind.CHOICE, "Period over which the share is promised.", "Period", "Période",
               choices=("week", "month", "quarter", "year"), choices_fr=("semaine", "mois", "trimestre", "année")),
        Column("periods", Kind.INTEGER, "Periods replayed in which there was a case.", "Periods", "Périodes"),
        Column("periods_kept_share", Kind.SHARE, "Share of those periods that reached the target by themselves.",
               "Periods kept", "Périodes tenues"),
        Column("periods_low_share", Kind.SHARE, "Lower end of its interval.", "Periods low", "Périodes bas"),
        Column("periods_high_share", Kind.SHARE, "Upper end of its interval.", "Periods high", "Périodes haut"),
        Column("verdict", Kind.CHOICE, "Kept, missed, or not yet certain.", "Verdict", "Verdict",
               choices=("kept", "missed", "undecided")),
        Column("said_share", Kind.SHARE, "Share that the optimiser said the plan keeps.", "Said", "Annoncé"),
        Column("replayed_share", Kind.SHARE, "Share kept in the replay, counted as the optimiser counts.",
               "Replayed alike", "Rejoué de même"),
        Column("deviation", Kind.NUMBER, "Replayed less said.", "Deviation", "Écart"),
        Column("deviation_low", Kind.NUMBER, "Lower end of its interval.", "Deviation low", "Écart bas"),
        Column("deviation_high", Kind.NUMBER, "Upper end of its interval.", "Deviation high", "Écart haut"),
        Column("penalty", Kind.NUMBER, "Penalties expected for the periods missed.", "Penalties", "Pénalités",
               unit="money/year"),
    ),
)

TABLES = (PROOFS,)
