"""What measure.automations writes: what rules would do to open cases, and what they would have done."""

from arbitre.tables.levers import ACTIONS, AUTOMATIONS
from arbitre.tables.schema import Column, Kind, Table

_AUTOMATION = Column("automation", Kind.KEY, "Rule.", "Automation", "Automatisme", key=True)
_ACTION = Column("action", Kind.CHOICE, "What it does.", "Action", "Action", choices=ACTIONS,
                 choices_fr=AUTOMATIONS.column("action").choices_fr)

AUTOMATION_EFFECTS = Table(
    "automation_effects", "What each rule would touch now, how often it would have fired, what came of it.",
    "Effect of automations", "Effet des automatismes",
    (
        _AUTOMATION, _ACTION,
        Column("cases", Kind.INTEGER, "Open cases of which its condition holds now.", "Now", "Maintenant"),
        Column("value", Kind.NUMBER, "What they are worth.", "Value", "Valeur", unit="money"),
        Column("fired", Kind.INTEGER, "Cases it would have touched for the first time in the weeks looked back on; "
               "empty: the condition asks what only today knows.", "Fired", "Déclenchés"),
        Column("weekly", Kind.NUMBER, "The same a week.", "A week", "Par semaine"),
        Column("weekly_low", Kind.NUMBER, "Lower end of its interval.", "From", "De"),
        Column("weekly_high", Kind.NUMBER, "Upper end of its interval.", "To", "À"),
        Column("judged", Kind.INTEGER, "Cases touched, backlog included, that were followed long enough since.",
               "Judged", "Jugés"),
        Column("won", Kind.INTEGER, "Those of them that were won after all, within that time.", "Won later",
               "Gagnés ensuite"),
        Column("won_share", Kind.SHARE, "Their share.", "Share won", "Part gagnée"),
        Column("won_low", Kind.SHARE, "Lower end of its interval.", "From", "De"),
        Column("won_high", Kind.SHARE, "Upper end of its interval.", "To", "À"),
        Column("usual_share", Kind.SHARE, "Share won of all cases open at the same moments.", "Usual share",
               "Part habituelle"),
        Column("forgone", Kind.NUMBER, "Wins to expect of those it touches now; a rule that closes forgoes them.",
               "Wins among them", "Gains parmi eux"),
        Column("forgone_low", Kind.NUMBER, "Lower end of its interval.", "From", "De"),
        Column("forgone_high", Kind.NUMBER, "Upper end of its interval.", "To", "À"),
        Column("quiet", Kind.NUMBER, "Days until anything happened to the cases judged, none counted for longer than "
               "they were followed: the most by which acting at once comes sooner.", "Days until anything happened",
               "Jours jusqu'au prochain événement", unit="day"),
        Column("quiet_low", Kind.NUMBER, "Lower end of its interval.", "From", "De", unit="day"),
        Column("quiet_high", Kind.NUMBER, "Upper end of its interval.", "To", "À", unit="day"),
        Column("hours", Kind.NUMBER, "Hours spared a year.", "Hours spared", "Heures épargnées", unit="h/year"),
        Column("hours_low", Kind.NUMBER, "Lower end of its interval.", "From", "De", unit="h/year"),
        Column("hours_high", Kind.NUMBER, "Upper end of its interval.", "To", "À", unit="h/year"),
    ),
)

AUTOMATION_CASES = Table(
    "automation_cases", "What is to be done to which open case now: the list to hand out.", "To do by rule",
    "À faire par règle",
    (
        _AUTOMATION,
        Column("case", Kind.KEY, "Case.", "Case", "Dossier", key=True),
        _ACTION,
        Column("parameter", Kind.TEXT, "To whom it goes, its priority, or the task.", "Parameter", "Paramètre"),
        Column("resource", Kind.TEXT, "Who did its last event.", "Resource", "Ressource"),
        Column("step", Kind.TEXT, "Where it stands.", "Step", "Étape"),
        Column("days_at_step", Kind.NUMBER, "For how long it has stood there.", "Days there", "Jours passés",
               unit="day"),
        Column("value", Kind.NUMBER, "What it is worth.", "Value", "Valeur", unit="money"),
        Column("yields_to", Kind.KEY, "Higher rule with a contrary action, which is done instead; empty: none.",
               "Yields to", "Cède à"),
    ),
)

AUTOMATION_WEEKS = Table(
    "automation_weeks", "How many cases each rule would have touched for the first time, week by week.",
    "Automations by week", "Automatismes par semaine",
    (
        _AUTOMATION,
        Column("week_on", Kind.DATE, "Day on which the week ends.", "Week to", "Semaine au", key=True),
        Column("fired", Kind.INTEGER, "Cases.", "Cases", "Dossiers"),
        Column("is_backlog", Kind.TRUTH, "True of the first day looked at: what had gathered by then.", "Backlog",
               "Arriéré"),
    ),
)

AUTOMATION_CONFLICTS = Table(
    "automation_conflicts", "Rules that would do contrary things to the same cases.", "Conflicts of automations",
    "Conflits d'automatismes",
    (
        _AUTOMATION,
        Column("other", Kind.KEY, "Lower rule, which yields.", "Other", "Autre", key=True),
        Column("cases", Kind.INTEGER, "Cases that both touch now.", "Now", "Maintenant"),
        Column("past", Kind.INTEGER, "Cases that both would have touched at one time of the past.", "Past", "Passé"),
    ),
)

AUTOMATION_LOADS = Table(
    "automation_loads", "Open cases of each resource, as they are and once the rules have run.", "Loads by rule",
    "Charges par règle",
    (
        Column("resource", Kind.KEY, "Resource; empty: nobody's.", "Resource", "Ressource", key=True),
        Column("before", Kind.INTEGER, "Open cases it has.", "Before", "Avant"),
        Column("after", Kind.INTEGER, "Open cases once the rules have run.", "After", "Après"),
        Column("value_before", Kind.NUMBER, "What those it has are worth.", "Value before", "Valeur avant",
               unit="money"),
        Column("value_after", Kind.NUMBER, "What those after are worth.", "Value after", "Valeur après", unit="money"),
    ),
)

TABLES = (AUTOMATION_EFFECTS, AUTOMATION_CASES, AUTOMATION_WEEKS, AUTOMATION_CONFLICTS, AUTOMATION_LOADS)
