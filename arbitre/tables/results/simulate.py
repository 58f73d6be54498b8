"""What replaying writes."""

from arbitre.tables.results.columns import CRITICALITY, OFFER, PROMISE, SEGMENT, TARGET
from arbitre.tables.schema import Column, Kind, Table

SHARE = Column("share", Kind.SHARE, "Share of cases kept, over all periods replayed.", "Share kept", "Taux tenu")
LOW = Column("low_share", Kind.SHARE, "Lower end of its interval.", "Low", "Bas")
PERIODS_KEPT = Column("periods_kept_share", Kind.SHARE, "Share of those periods that reached the target by themselves.",
                      "Periods kept", "Périodes tenues")
VERDICT = Column("verdict", Kind.CHOICE, "Kept, missed, or not yet certain.", "Verdict", "Verdict",
                 choices=("kept", "missed", "undecided"))

PROOFS = Table(
    "proofs", "What the plan keeps of each promise when it is replayed event by event, and how far that is from what "
    "the optimiser said.", "Proof of each promise", "Preuve de chaque promesse",
    (
        PROMISE, SEGMENT, OFFER, CRITICALITY,
        Column("window", Kind.NUMBER, "Longest time allowed.", "Window", "Délai promis", unit="h"),
        TARGET,
        SHARE, LOW,
        Column("high_share", Kind.SHARE, "Upper end of its interval.", "High", "Haut"),
        Column("cases", Kind.INTEGER, "Cases replayed.", "Cases", "Dossiers"),
        Column("period", Kind.CHOICE, "Period over which the share is promised.", "Period", "Période",
               choices=("week", "month", "quarter", "year"), choices_fr=("semaine", "mois", "trimestre", "année")),
        Column("periods", Kind.INTEGER, "Periods replayed in which there was a case.", "Periods", "Périodes"),
        PERIODS_KEPT,
        Column("periods_low_share", Kind.SHARE, "Lower end of its interval.", "Periods low", "Périodes bas"),
        Column("periods_high_share", Kind.SHARE, "Upper end of its interval.", "Periods high", "Périodes haut"),
        VERDICT,
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

PROOF_ROUNDS = Table(
    "proof_rounds", "What was asked of the optimiser until the replay kept every promise, and what each plan kept.",
    "Rounds of proof", "Tours de preuve",
    (
        Column("round", Kind.INTEGER, "Round: a plan and its replay.", "Round", "Tour", key=True),
        PROMISE, SEGMENT, OFFER, CRITICALITY, TARGET,
        Column("asked_share", Kind.SHARE, "Share asked of the optimiser in this round.", "Asked", "Demandé"),
        SHARE, LOW, PERIODS_KEPT, VERDICT,
        Column("value", Kind.NUMBER, "Cost of the plan of this round.", "Value", "Valeur", unit="money/year"),
    ),
)

TABLES = (PROOFS, PROOF_ROUNDS)
