"""What measure.pipeline writes: what changed between two days, what slipped, what is unclean, who is waited for."""

from arbitre.tables.schema import Column, Kind, Table

_CASES = Column("cases", Kind.INTEGER, "Cases.", "Cases", "Dossiers")
_VALUE = Column("value", Kind.NUMBER, "What they are worth.", "Value", "Valeur", unit="money")

PIPELINE_CHANGES = Table(
    "pipeline_changes", "How the open cases of the first day became those of the last: a waterfall.", "Waterfall",
    "Cascade",
    (
        Column("change", Kind.CHOICE, "What changed.", "Change", "Mouvement", key=True,
               choices=("start", "new", "raised", "lowered", "left", "end"),
               choices_fr=("début", "nouveaux", "réévalués", "dévalués", "sortis", "fin")),
        Column("exit", Kind.TEXT, "How they left; empty: they did not.", "Exit", "Sortie", key=True),
        _CASES, _VALUE,
    ),
)

PIPELINE_SLIPS = Table(
    "pipeline_slips", "What became of the cases that were expected, on the first day, to close by the last.", "Slips",
    "Glissements",
    (
        Column("outcome", Kind.TEXT, "How they left; slipped: they are open still.", "Outcome", "Issue", key=True),
        _CASES, _VALUE,
    ),
)

CASE_HYGIENE = Table(
    "case_hygiene", "Open cases that are not what the record says.", "Hygiene", "Hygiène",
    (
        Column("case", Kind.KEY, "Case.", "Case", "Dossier", key=True),
        Column("rule", Kind.CHOICE, "What is wrong: no chance left; longer at its step than nearly all; expected to be "
               "closed by now; its date moved back twice or more; a usual step never taken.", "Rule", "Règle", key=True,
               choices=("dead", "stuck", "overdue", "pushed", "skipped"),
               choices_fr=("mort", "bloqué", "échu", "repoussé", "étape sautée")),
        Column("step", Kind.TEXT, "Where it stands; for a step never taken, which.", "Step", "Étape"),
        Column("age", Kind.NUMBER, "For how long it has stood there.", "Age", "Âge", unit="day"),
        Column("times", Kind.INTEGER, "How often its date was moved back.", "Times", "Fois"),
        _VALUE,
        Column("resource", Kind.TEXT, "Who did its last event.", "Resource", "Ressource"),
    ),
)

WAITING_SIDES = Table(
    "waiting_sides", "Who is waited for before each step: us, where it needs a crew, else others.", "Waiting for whom",
    "Qui l'on attend",
    (
        Column("step", Kind.KEY, "Step that ends the wait.", "Step", "Étape", key=True),
        Column("side", Kind.CHOICE, "Who is waited for.", "Side", "Côté", choices=("us", "others"),
               choices_fr=("nous", "les autres")),
        _CASES,
        Column("mean", Kind.NUMBER, "Mean wait before it.", "Mean", "Moyenne", unit="day"),
        Column("time_share", Kind.SHARE, "Share of all the time that cases took.", "Share of time", "Part du temps"),
    ),
)

TABLES = (PIPELINE_CHANGES, PIPELINE_SLIPS, CASE_HYGIENE, WAITING_SIDES)
