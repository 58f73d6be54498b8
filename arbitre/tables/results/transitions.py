"""What forecast.transitions writes: where cases pass to, when, who leaves, and how well that was foreseen."""

from arbitre.tables.results.columns import SEGMENT
from arbitre.tables.schema import Column, Kind, Table

_STEP = Column("step", Kind.KEY, "Step where cases stand.", "Step", "Étape", key=True)
_TO_STEP = Column("to_step", Kind.KEY, "Step or exit they pass to.", "To", "Vers", key=True)
_EXIT = Column("exit", Kind.KEY, "How a case leaves.", "Exit", "Sortie", key=True)
_ATTRIBUTE = Column("attribute", Kind.TEXT, "What is known of a case.", "Attribute", "Attribut", key=True)
_LEVEL = Column("level", Kind.TEXT, "Its value.", "Level", "Valeur", key=True)
_OPEN = Column("open", Kind.INTEGER, "Cases open then.", "Open", "Ouverts")
_NAIVE = Column("naive", Kind.NUMBER, "Open cases times the share of past exits that were this one.",
                "Open x past share", "Ouverts x part passée")
_HORIZON = Column("horizon", Kind.NUMBER, "How far ahead.", "Horizon", "Horizon", unit="day")

TRANSITION_STEPS = Table(
    "transition_steps", "The funnel: where cases pass to from each step, how surely and how soon, open ones counted "
    "for as long as they were seen.", "Funnel", "Entonnoir",
    (
        _STEP, _TO_STEP,
        Column("entered", Kind.INTEGER, "Times cases were followed at the step.", "Entered", "Entrées"),
        Column("passed", Kind.INTEGER, "Times they passed on this way.", "Passed", "Passages"),
        Column("chance_share", Kind.SHARE, "Chance to pass on this way, sooner or later.", "Chance", "Chance"),
        Column("low", Kind.SHARE, "Low end of its interval.", "Low", "Bas"),
        Column("high", Kind.SHARE, "High end of its interval.", "High", "Haut"),
        Column("median", Kind.NUMBER, "Time by which half of those that pass this way have.", "Median", "Médiane",
               unit="day"),
        Column("median_low", Kind.NUMBER, "Low end of its interval.", "From", "De", unit="day"),
        Column("median_high", Kind.NUMBER, "High end of its interval.", "To", "À", unit="day"),
        Column("p90", Kind.NUMBER, "Time by which nine in ten of them have.", "9 in 10", "9 sur 10", unit="day"),
    ),
)

TRANSITION_DRIVERS = Table(
    "transition_drivers", "What makes cases pass sooner or later: rates beside those of the most usual level.",
    "Drivers", "Facteurs",
    (
        _TO_STEP, _ATTRIBUTE, _LEVEL,
        Column("compared_with", Kind.TEXT, "The most usual level, whose rate is 1.", "Compared with", "Comparé à"),
        Column("ratio", Kind.NUMBER, "Rate over that of the most usual level.", "Ratio", "Rapport"),
        Column("low", Kind.NUMBER, "Low end of its interval.", "Low", "Bas"),
        Column("high", Kind.NUMBER, "High end of its interval.", "High", "Haut"),
        Column("followed", Kind.NUMBER, "Time that cases of this level were followed.", "Followed", "Suivi",
               unit="day"),
        Column("passed", Kind.INTEGER, "How many of them passed.", "Passed", "Passages"),
    ),
)

CASE_CHANCES = Table(
    "case_chances", "Each open case: where it stands, its chance to leave by each exit within the horizon, and why.",
    "Chances of open cases", "Chances des dossiers ouverts",
    (
        Column("case", Kind.KEY, "Case or contract.", "Case", "Dossier", key=True),
        _EXIT,
        Column("step", Kind.TEXT, "Where it stands.", "Step", "Étape"),
        Column("came_at", Kind.TIME, "When it came there.", "Came at", "Arrivé le"),
        Column("age", Kind.NUMBER, "For how long it has been there.", "Age", "Âge", unit="day"),
        Column("chance_share", Kind.SHARE, "Chance to leave by this exit within the horizon.", "Chance", "Chance"),
        Column("value", Kind.NUMBER, "What it is worth.", "Value", "Valeur", unit="money"),
        Column("breach_share", Kind.SHARE, "Chance that it is still open at the date promised; empty: none within the "
               "horizon.", "Breach", "Manquement"),
        Column("is_dead", Kind.TRUTH, "True when it has been there longer than nearly all that passed on, and its "
               "chance is next to none.", "Dead", "Mort"),
        Column("reasons", Kind.TEXT, "What sets its chance most apart, up or down.", "Reasons", "Raisons"),
    ),
)

TRANSITION_FORECASTS = Table(
    "transition_forecasts", "How many cases will leave by each exit within the horizon, and what they are worth.",
    "Forecast of exits", "Prévision des sorties",
    (
        _EXIT, SEGMENT, _OPEN,
        Column("expected", Kind.NUMBER, "Open ones that will leave by it, recalibrated.", "Expected", "Attendus"),
        Column("low", Kind.NUMBER, "Low end of its interval.", "Low", "Bas"),
        Column("high", Kind.NUMBER, "High end of its interval.", "High", "Haut"),
        Column("raw", Kind.NUMBER, "The same before recalibration.", "Before recalibration", "Avant recalage"),
        _NAIVE,
        Column("new", Kind.NUMBER, "Exits expected of cases that are yet to come, if as many come as lately.",
               "Of new ones", "Des nouveaux"),
        Column("value", Kind.NUMBER, "Worth of all that will leave by it, new ones included.", "Value", "Valeur",
               unit="money"),
        Column("value_low", Kind.NUMBER, "Low end of its interval.", "Value, low", "Valeur, bas", unit="money"),
        Column("value_high", Kind.NUMBER, "High end of its interval.", "Value, high", "Valeur, haut", unit="money"),
        Column("target_share", Kind.SHARE, "Chance that this reaches the target.", "Chance of target",
               "Chance d'atteindre l'objectif"),
    ),
)

TRANSITION_BACKTEST = Table(
    "transition_backtest", "What the same forecast would have said at moments of the past, and what came.",
    "Replayed forecasts", "Prévisions rejouées",
    (
        Column("at", Kind.TIME, "Moment of the past.", "At", "Au", key=True),
        _EXIT, _HORIZON, _OPEN,
        Column("expected", Kind.NUMBER, "Exits expected with what was known then.", "Expected", "Attendus"),
        _NAIVE,
        Column("seen", Kind.INTEGER, "Exits that came.", "Seen", "Constatés"),
    ),
)

TRANSITION_CALIBRATION = Table(
    "transition_calibration", "Of open cases given about this chance in the replay, how many left?", "Calibration",
    "Calibration",
    (
        _EXIT,
        Column("band", Kind.INTEGER, "Tenth of the cases, those of the least chance first.", "Band", "Tranche",
               key=True),
        Column("cases", Kind.INTEGER, "Cases of all the moments.", "Cases", "Dossiers"),
        Column("chance_share", Kind.SHARE, "Mean chance they were given.", "Chance", "Chance"),
        Column("seen_share", Kind.SHARE, "Share that left.", "Seen", "Constaté"),
        Column("low", Kind.SHARE, "Low end of its interval.", "Low", "Bas"),
        Column("high", Kind.SHARE, "High end of its interval.", "High", "Haut"),
    ),
)

TRANSITION_LEAKS = Table(
    "transition_leaks", "Attributes refused, as they tell what nobody could have known when it mattered.", "Leaks",
    "Fuites",
    (
        _ATTRIBUTE,
        Column("reason", Kind.CHOICE, "Why it is refused: cases of a level never end; they never end in one way; the "
               "number grows with the time a case was followed.", "Reason", "Raison",
               choices=("never_ends", "one_exit", "grows"),
               choices_fr=("ne finit jamais", "une sortie manque", "croît avec l'âge")),
        Column("level", Kind.TEXT, "The level that tells.", "Level", "Valeur"),
        Column("exit", Kind.TEXT, "The exit it never takes; empty: any.", "Exit", "Sortie"),
        Column("expected", Kind.NUMBER, "Exits expected of cases as old; for a number that grows, its rank correlation "
               "with the time followed.", "Expected", "Attendus"),
        Column("seen", Kind.INTEGER, "Exits seen.", "Seen", "Constatés"),
    ),
)

TABLES = (TRANSITION_STEPS, TRANSITION_DRIVERS, CASE_CHANCES, TRANSITION_FORECASTS, TRANSITION_BACKTEST,
          TRANSITION_CALIBRATION, TRANSITION_LEAKS)
