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
        Column("mean_wait", Kind.NUMBER, "Mean wait of the cases, in the hours of the promise's calendar, where that "
               "is promised.", "Mean wait", "Attente moyenne", unit="h"),
        Column("low_wait", Kind.NUMBER, "Lower end of its interval.", "Wait, low", "Attente, bas", unit="h"),
        Column("high_wait", Kind.NUMBER, "Upper end of its interval.", "Wait, high", "Attente, haut", unit="h"),
        Column("said_wait", Kind.NUMBER, "Mean wait that the optimiser said.", "Wait, said", "Attente annoncée",
               unit="h"),
        Column("said_share", Kind.SHARE, "Share that the optimiser said the plan keeps.", "Said", "Annoncé"),
        Column("replayed_share", Kind.SHARE, "Share kept in the replay, counted as the optimiser counts.",
               "Replayed alike", "Rejoué de même"),
        Column("deviation", Kind.NUMBER, "Replayed less said.", "Deviation", "Écart"),
        Column("deviation_low", Kind.NUMBER, "Lower end of its interval.", "Deviation low", "Écart bas"),
        Column("deviation_high", Kind.NUMBER, "Upper end of its interval.", "Deviation high", "Écart haut"),
        Column("penalty", Kind.NUMBER, "Penalties expected for the periods missed.", "Penalties", "Pénalités",
               unit="money/year"),
        Column("penalty_low", Kind.NUMBER, "Lower end of its interval.", "Penalties, low", "Pénalités, bas",
               unit="money/year"),
        Column("penalty_high", Kind.NUMBER, "Upper end of its interval.", "Penalties, high", "Pénalités, haut",
               unit="money/year"),
        Column("penalty_bad_year", Kind.NUMBER, "Penalties that one year in twenty of those replayed exceeds at most.",
               "Penalties, bad year", "Pénalités, mauvaise année", unit="money/year"),
        Column("said_penalty", Kind.NUMBER, "Penalties if every period were like the share that the optimiser said.",
               "Penalties, said", "Pénalités annoncées", unit="money/year"),
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

_LOW = Column("low", Kind.NUMBER, "Lower end of its interval.", "Low", "Bas")
_HIGH = Column("high", Kind.NUMBER, "Upper end of its interval.", "High", "Haut")

ESTIMATES = Table(
    "estimates", "What the facts say of the process, parameter by parameter, and how sure that is.",
    "Estimates", "Estimations",
    (
        Column("what", Kind.CHOICE, "What is estimated.", "What", "Quoi",
               choices=("arrivals", "work", "delay", "route", "heads", "patience", "called off"),
               choices_fr=("arrivées", "travail", "attente", "parcours", "effectif", "patience", "annulation")),
        Column("subject", Kind.TEXT, "Of what: a kind of case, a step, a way between steps, a crew.", "Of", "De"),
        Column("value", Kind.NUMBER, "The estimate.", "Value", "Valeur"), _LOW, _HIGH,
        Column("unit", Kind.TEXT, "Unit of the three.", "Unit", "Unité"),
        Column("facts", Kind.INTEGER, "Facts it rests on.", "Facts", "Faits"),
        Column("choice", Kind.TEXT, "The law or profile chosen, or how a shift ends.", "Choice", "Choix"),
        Column("gap", Kind.SHARE, "Largest difference between the shares that the law and the facts have below any "
               "value.", "Largest gap", "Plus grand écart"),
        Column("how", Kind.TEXT, "How it is known: told by started_at, inferred, nobody needed, assumed.", "Known by",
               "Connu par"),
    ),
)

FITS = Table(
    "fits", "How well the twin, fitted to the first part of the facts, reproduces the part it has not seen.",
    "Fit of the twin", "Fidélité du jumeau",
    (
        Column("what", Kind.TEXT, "The figure compared.", "What", "Quoi"),
        Column("subject", Kind.TEXT, "Of whom: a kind of case, a crew, a promise; empty: of all.", "Of", "De"),
        Column("observed", Kind.NUMBER, "What the facts say.", "Observed", "Observé"),
        Column("replayed", Kind.NUMBER, "Mean over the replications.", "Replayed", "Rejoué"), _LOW, _HIGH,
        Column("verdict", Kind.CHOICE, "Whether the facts lie where the twin says.", "Verdict", "Verdict",
               choices=("reproduced", "not reproduced", "undecided"),
               choices_fr=("reproduit", "non reproduit", "indécis")),
    ),
)

_SCENARIO = Column("scenario", Kind.KEY, "Name of the scenario; base: the chain as it is.", "Scenario", "Scénario",
                   required=True)

SCENARIO_PROMISES = Table(
    "scenario_promises", "What each scenario keeps of each promise, and what that changes, on the same random demand.",
    "Promises by scenario", "Promesses par scénario",
    (
        _SCENARIO, PROMISE, TARGET,
        Column("share", Kind.SHARE, "Share of cases kept, over all replications.", "Share kept", "Taux tenu"),
        LOW,
        Column("high_share", Kind.SHARE, "Upper end of its interval.", "High", "Haut"),
        Column("cases", Kind.INTEGER, "Cases replayed.", "Cases", "Dossiers"),
        Column("difference", Kind.NUMBER, "Share kept less that of the base, run by run; empty for the base.",
               "Difference", "Différence"),
        Column("difference_low", Kind.NUMBER, "Lower end of its interval.", "Difference low", "Différence bas"),
        Column("difference_high", Kind.NUMBER, "Upper end of its interval.", "Difference high", "Différence haut"),
    ),
)

SCENARIO_RANKS = Table(
    "scenario_ranks", "Scenarios from the best to the worst, and which of them may be the best.", "Ranks of scenarios",
    "Rang des scénarios",
    (
        Column("rank", Kind.INTEGER, "Place of the scenario, 1 the best seen.", "Rank", "Rang"),
        _SCENARIO,
        Column("may_be_best", Kind.TRUTH, "True for those among which the best is, with the confidence asked for.",
               "May be best", "Peut être le meilleur"),
        Column("cost", Kind.NUMBER, "Penalties, late cases and hours of crews.", "Cost", "Coût", unit="money/year"),
        Column("cost_low", Kind.NUMBER, "Lower end of its interval.", "Cost low", "Coût bas", unit="money/year"),
        Column("cost_high", Kind.NUMBER, "Upper end of its interval.", "Cost high", "Coût haut", unit="money/year"),
        Column("cost_difference", Kind.NUMBER, "Cost less that of the base, run by run.", "Cost difference",
               "Différence de coût", unit="money/year"),
        Column("cost_difference_low", Kind.NUMBER, "Lower end of its interval.", "Cost difference low",
               "Différence de coût bas", unit="money/year"),
        Column("cost_difference_high", Kind.NUMBER, "Upper end of its interval.", "Cost difference high",
               "Différence de coût haut", unit="money/year"),
        Column("kept_share", Kind.SHARE, "Share of all promised cases kept.", "Share kept", "Taux tenu"),
        Column("kept_difference", Kind.NUMBER, "That share less that of the base, run by run.", "Difference kept",
               "Différence de taux"),
        Column("kept_difference_low", Kind.NUMBER, "Lower end of its interval.", "Difference kept low",
               "Différence de taux bas"),
        Column("kept_difference_high", Kind.NUMBER, "Upper end of its interval.", "Difference kept high",
               "Différence de taux haut"),
    ),
)

TABLES = (PROOFS, PROOF_ROUNDS, ESTIMATES, FITS, SCENARIO_PROMISES, SCENARIO_RANKS)
