"""What measuring the facts writes."""

from arbitre.core.week import WEEKDAYS, WEEKDAYS_FR
from arbitre.tables.results.columns import OFFER, PROMISE, SEGMENT, TARGET
from arbitre.tables.schema import Column, Kind, Table

_KEPT = (
    Column("measure", Kind.TEXT, "What was promised: a window, units issued, availability, or a mean wait.", "Measure",
           "Mesure"),
    Column("window", Kind.NUMBER, "Longest time allowed, in the hours of the promise's calendar.", "Window",
           "Délai promis", unit="h"),
    TARGET,
    Column("counts", Kind.TEXT, "What is counted: lines, whole orders, units, or machine-periods.", "Counts", "Compte"),
    Column("cases", Kind.NUMBER, "Lines, orders, units or machine-periods that can be judged: done, or open past the "
           "due date.", "Cases", "Dossiers"),
    Column("kept", Kind.NUMBER, "Those of them on time, and in full.", "Kept", "Tenus"),
    Column("kept_share", Kind.SHARE, "Share kept.", "Kept", "Taux tenu"),
    Column("low_share", Kind.SHARE, "Lower end of the Wilson interval.", "Low", "Bas"),
    Column("high_share", Kind.SHARE, "Upper end of the Wilson interval.", "High", "Haut"),
    Column("mean_wait", Kind.NUMBER, "Mean time from opening, in the hours of the promise's calendar, open cases "
           "followed, where a mean wait is promised.", "Mean wait", "Attente moyenne", unit="h"),
    Column("low_wait", Kind.NUMBER, "Lower end of its interval.", "Wait, low", "Attente, bas", unit="h"),
    Column("high_wait", Kind.NUMBER, "Upper end of its interval.", "Wait, high", "Attente, haut", unit="h"),
    Column("verdict", Kind.CHOICE, "Kept, missed, or too few cases to say.", "Verdict", "Verdict",
           choices=("kept", "missed", "undecided")),
    Column("followed_share", Kind.SHARE, "Share of cases on time when those open and not yet due are followed as far "
           "as they are (Kaplan-Meier).", "On time, followed", "À l'heure, suivi"),
    Column("open_overdue", Kind.INTEGER, "Cases open past their due date; counted as missed.", "Open, overdue",
           "Ouverts, en retard"),
    Column("open_not_due", Kind.INTEGER, "Cases open and not yet due; not judged.", "Open, not due",
           "Ouverts, non échus"),
    Column("without_date", Kind.INTEGER, "Cases that were promised no date; not judged.", "Without date", "Sans date"),
    Column("lateness_50", Kind.NUMBER, "Hours on the clock that half of the late cases do not exceed; empty: none is "
           "late, or too many are still open.", "Late, half within", "Retard, la moitié sous", unit="h"),
    Column("lateness_90", Kind.NUMBER, "Hours on the clock that nine late cases in ten do not exceed.",
           "Late, nine in ten within", "Retard, neuf sur dix sous", unit="h"),
    Column("taken_50", Kind.NUMBER, "Time from opening by which half of the cases are done, in the hours of the "
           "promise's calendar, open ones followed (Kaplan-Meier).", "Half done within", "La moitié en", unit="h"),
    Column("taken_90", Kind.NUMBER, "Time from opening by which nine cases in ten are done.", "Nine in ten within",
           "Neuf sur dix en", unit="h"),
    Column("repromised", Kind.INTEGER, "Cases that were promised another date after the first.", "Promised anew",
           "Promis de nouveau"),
    Column("last_kept_share", Kind.SHARE, "Share kept against the last date promised; kept_share is against the first.",
           "Kept, last date", "Tenu, dernière date"),
)

PROMISES_KEPT = Table(
    "promises_kept", "What was promised and what was kept, on the facts.", "Promises kept", "Promesses tenues",
    (PROMISE, SEGMENT, OFFER, *_KEPT),
)

DIMENSIONS = (
    SEGMENT, OFFER,
    Column("site", Kind.KEY, "Site that served.", "Site", "Site", key=True),
    Column("customer", Kind.KEY, "Customer who asked.", "Customer", "Client", key=True),
    Column("item", Kind.KEY, "Item asked for.", "Item", "Article", key=True),
    Column("family", Kind.TEXT, "Family of the item.", "Family", "Famille", key=True),
    Column("criticality", Kind.TEXT, "Criticality of the item.", "Criticality", "Criticité", key=True),
    Column("month", Kind.TEXT, "Month in which it was opened, as 2024-03.", "Month", "Mois", key=True),
    Column("weekday", Kind.CHOICE, "Weekday on which it was opened.", "Weekday", "Jour de la semaine", key=True,
           choices=WEEKDAYS, choices_fr=WEEKDAYS_FR),
)
"""What kept promises can be told by."""

PROMISES_KEPT_BY = Table(
    "promises_kept_by", "What was kept, told by what was asked for (`by`); a column that was not asked for is empty.",
    "Promises kept, by", "Promesses tenues, par",
    (PROMISE, *DIMENSIONS, *_KEPT),
)

PROMISES_CURVE = Table(
    "promises_curve", "The share of cases not yet done after so long, cases still open included (Kaplan-Meier).",
    "Time until done", "Temps jusqu'à la fin",
    (
        PROMISE,
        Column("taken", Kind.NUMBER, "Time from opening, in the hours of the promise's calendar.", "Time", "Temps",
               unit="h", key=True),
        Column("followed", Kind.INTEGER, "Cases that were still followed then.", "Followed", "Suivis"),
        Column("open_share", Kind.SHARE, "Share not yet done.", "Not yet done", "Non terminés"),
        Column("low_share", Kind.SHARE, "Lower end of its interval.", "Low", "Bas"),
        Column("high_share", Kind.SHARE, "Upper end of its interval.", "High", "Haut"),
    ),
)

TABLES = (PROMISES_KEPT, PROMISES_KEPT_BY, PROMISES_CURVE)
