"""Lever tables: what one can do to a customer, what came of it and of trials, what is done to open cases by rule."""

from arbitre.tables.schema import Column, Kind, Table

LEVERS = Table(
    "levers", "Something one can do to a customer: a call, an offer, a training.", "Levers", "Leviers",
    (
        Column("lever", Kind.KEY, "Short name of the lever.", "Lever", "Levier", key=True, required=True),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("resource", Kind.KEY, "Resource whose hours it takes; empty: it takes nobody's.", "Resource",
               "Ressource", refers="resources.resource"),
        Column("hours", Kind.NUMBER, "Hours it takes, for one customer.", "Hours", "Heures", unit="h", default=0.0,
               least=0),
        Column("cost", Kind.NUMBER, "Money it costs beside, for one customer.", "Cost", "Coût", unit="money",
               default=0.0, least=0),
        Column("worth", Kind.NUMBER, "What one more outcome is worth; empty: what the customer is still expected to "
               "pay.", "Worth", "Valeur", unit="money", least=0),
    ),
    aliases=("lever", "actions", "leviers"),
)

EXPOSURES = Table(
    "exposures", "A customer that a lever was tried on, or was left alone to compare, and what came of it.",
    "Exposures", "Expositions",
    (
        Column("customer", Kind.KEY, "Customer.", "Customer", "Client", key=True, required=True,
               refers="customers.customer"),
        Column("lever", Kind.KEY, "Lever that was tried.", "Lever", "Levier", key=True, required=True),
        Column("exposed_at", Kind.TIME, "When it was decided whom to treat.", "Exposed at", "Exposé le", key=True,
               required=True),
        Column("is_treated", Kind.TRUTH, "True when it was done to the customer, false when left alone to compare.",
               "Treated", "Traité", required=True),
        Column("outcome", Kind.NUMBER, "What came of it: 1 when it did what was hoped for, else 0; or an amount.",
               "Outcome", "Résultat", required=True),
    ),
    aliases=("exposure", "experiment", "expositions"),
)

TRIAL_OUTCOMES = Table(
    "trial_outcomes", "What somebody or somewhere did in a trial at some time, with the change or without it.",
    "Trial outcomes", "Résultats d'essais",
    (
        Column("trial", Kind.TEXT, "Short name of the trial.", "Trial", "Essai", key=True, required=True,
               aliases=("experiment", "test")),
        Column("unit", Kind.TEXT, "Who or where: a customer, a crew, a town.", "Unit", "Unité", key=True,
               required=True),
        Column("seen_at", Kind.TIME, "When it was seen.", "Seen at", "Vu le", key=True, required=True,
               aliases=("date", "day", "jour", "timestamp")),
        Column("is_treated", Kind.TRUTH, "True when it was under the change then.", "Treated", "Traité", required=True,
               aliases=("treatment", "variant")),
        Column("outcome", Kind.NUMBER, "What it did: an amount, or 1 for yes and 0 for no.", "Outcome", "Résultat",
               required=True),
        Column("over", Kind.NUMBER, "What the outcome is counted over, visits or lines; empty: the unit itself.",
               "Counted over", "Rapporté à", least=0, aliases=("denominator",)),
        Column("before", Kind.NUMBER, "The same measure of the unit, before the trial.", "Before", "Avant",
               aliases=("pre", "covariate")),
        Column("cluster", Kind.TEXT, "What was drawn as a whole: a region, a crew, a stretch of time; empty: each "
               "unit, or each stretch in which it had the change or not.", "Drawn together", "Tiré ensemble",
               aliases=("group", "window")),
        Column("drawn_share", Kind.SHARE, "Chance with which it was to be under the change; empty: not known.",
               "Drawn with", "Chance de tirage"),
    ),
    aliases=("experiment results", "essais"),
)

ACTIONS = ("close", "reassign", "remind", "prioritise", "open_task")

AUTOMATIONS = Table(
    "automations", "A rule that does something to open cases of which a condition holds; the higher row goes first.",
    "Automations", "Automatismes",
    (
        Column("automation", Kind.KEY, "Short name of the rule.", "Automation", "Automatisme", key=True, required=True),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("kind", Kind.TEXT, "Kind of case it is about; empty: every kind.", "Kind", "Nature"),
        Column("condition", Kind.TEXT, "Open cases it touches: column = value, joined by and, over the columns of a "
               "case, those of its customer, step, resource, days_open, days_at_step, dead, stuck, overdue, pushed, "
               "skipped, attribute.NAME; empty: all.", "Condition", "Condition", aliases=("filter", "when", "si")),
        Column("action", Kind.CHOICE, "What it does to them.", "Action", "Action", required=True, choices=ACTIONS,
               choices_fr=("clore", "réaffecter", "rappeler", "prioriser", "ouvrir une tâche"), aliases=("then",)),
        Column("parameter", Kind.TEXT, "To whom a case is reassigned (a resource, or least_loaded: the least loaded "
               "crew of the customer's site), which priority it gets, or which task is opened.", "Parameter",
               "Paramètre", aliases=("to", "with")),
        Column("hours", Kind.NUMBER, "Hours of somebody that it spares, for each case it touches.", "Hours spared",
               "Heures épargnées", unit="h", default=0.0, least=0),
        Column("is_active", Kind.TRUTH, "True when the rule is to run.", "Active", "Actif", default=True),
    ),
    aliases=("automation", "rules", "workflow rules", "automatismes"),
)

TABLES = (LEVERS, EXPOSURES, TRIAL_OUTCOMES, AUTOMATIONS)
