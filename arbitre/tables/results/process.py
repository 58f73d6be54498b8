"""What measuring the events of cases writes: their ways, and their waits."""

from arbitre.tables.schema import Column, Kind, Table

_STEP = Column("step", Kind.KEY, "Step.", "Step", "Étape", key=True)
_FROM_STEP = Column("from_step", Kind.KEY, "Step before; empty: the case begins.", "From", "De", key=True)
_TO_STEP = Column("to_step", Kind.KEY, "Step after; empty: the case ends.", "To", "À", key=True)
_EVENTS = Column("events", Kind.INTEGER, "Events.", "Events", "Événements")
_CASES = Column("cases", Kind.INTEGER, "Cases.", "Cases", "Dossiers")
_CASE_SHARE = Column("case_share", Kind.SHARE, "Share of all cases.", "Share of cases", "Part des dossiers")
_COUNT = Column("count", Kind.INTEGER, "How often.", "Times", "Fois")


def _spread(*names: str) -> tuple[Column, ...]:
    """Return the columns that tell how long something takes."""
    columns = {
        "mean": Column("mean", Kind.NUMBER, "Mean time it takes.", "Mean", "Moyenne", unit="h"),
        "median": Column("median", Kind.NUMBER, "Time that half take no longer than.", "Median", "Médiane", unit="h"),
        "p90": Column("p90", Kind.NUMBER, "Time that nine in ten take no longer than.", "9 in 10", "9 sur 10",
                      unit="h"),
    }
    return tuple(columns[name] for name in names)


PROCESS_STEPS = Table(
    "process_steps", "What is done to cases, how often it is done again, and how long it takes.", "Steps", "Étapes",
    (
        _STEP, _EVENTS, _CASES, _CASE_SHARE,
        Column("again_cases", Kind.INTEGER, "Cases that do it more than once.", "Cases with rework",
               "Dossiers avec reprise"),
        Column("repeats", Kind.INTEGER, "Events after the first of their case.", "Repeats", "Reprises"),
        Column("self_loops", Kind.INTEGER, "Events right after one of the same step.", "Self-loops",
               "Boucles immédiates"),
        *_spread("mean", "median", "p90"),
    ),
)

PROCESS_FLOWS = Table(
    "process_flows", "Which step directly follows which, and the time between them.", "Flows", "Enchaînements",
    (_FROM_STEP, _TO_STEP, _COUNT, _CASES, *_spread("mean", "median", "p90")),
)

PROCESS_VARIANTS = Table(
    "process_variants", "The ways that cases take, most frequent first.", "Variants", "Variantes",
    (
        Column("variant", Kind.INTEGER, "Rank.", "Variant", "Variante", key=True),
        Column("steps", Kind.TEXT, "Its steps, in order.", "Steps", "Étapes"),
        _CASES, _CASE_SHARE,
        Column("covered_share", Kind.SHARE, "Share of all cases that this and all variants before it cover.", "Covered",
               "Couverts"),
        *_spread("mean", "median"),
    ),
)

PROCESS_HANDOVERS = Table(
    "process_handovers", "Who hands cases over to whom, and what comes straight back.", "Hand-overs",
    "Passages de main",
    (
        Column("from_resource", Kind.TEXT, "Who gives.", "From", "De", key=True),
        Column("to_resource", Kind.TEXT, "Who takes.", "To", "À", key=True),
        _COUNT, _CASES,
        Column("ping_pongs", Kind.INTEGER, "Given straight back.", "Ping-pongs", "Allers-retours"),
        *_spread("mean"),
    ),
)

PROCESS_BATCHES = Table(
    "process_batches", "Who starts a step for several cases at once.", "Batches", "Lots",
    (
        _STEP,
        Column("resource", Kind.TEXT, "Who.", "Resource", "Ressource", key=True),
        Column("batches", Kind.INTEGER, "Batches.", "Batches", "Lots"),
        _EVENTS,
        Column("mean_size", Kind.NUMBER, "Events of a batch, on average.", "Mean size", "Taille moyenne"),
        Column("largest", Kind.INTEGER, "Events of the largest batch.", "Largest", "Le plus grand"),
    ),
)

OBJECT_FLOWS = Table(
    "object_flows", "Which step directly follows which for an object of each kind.", "Flows of objects",
    "Enchaînements par objet",
    (
        Column("kind", Kind.TEXT, "Kind of object.", "Kind", "Nature", key=True),
        _FROM_STEP, _TO_STEP, _COUNT,
        Column("objects", Kind.INTEGER, "Objects.", "Objects", "Objets"),
        *_spread("mean", "median"),
    ),
)

OBJECT_DELAYS = Table(
    "object_delays", "Which kind of object came last to the events that need several kinds, and what that cost.",
    "Delaying objects", "Objets en retard",
    (
        _STEP,
        Column("kind", Kind.TEXT, "Kind of object.", "Kind", "Nature", key=True),
        Column("events", Kind.INTEGER, "Events that needed it beside another kind.", "Events", "Événements"),
        Column("last_events", Kind.INTEGER, "Events to which it came after all others.", "Came last", "Arrivé dernier"),
        Column("last_share", Kind.SHARE, "Share of them.", "Came last (share)", "Arrivé dernier (part)"),
        Column("synchronisation", Kind.NUMBER, "Mean time from the first object to the last.", "Synchronisation",
               "Synchronisation", unit="h"),
        Column("lost", Kind.NUMBER, "Time by which it came after all others, in all.", "Time lost", "Temps perdu",
               unit="h"),
    ),
)

_CAUSES = (
    Column("batching", Kind.NUMBER, "Until the whole batch was enabled.", "Batching", "Mise en lots", unit="h"),
    Column("contention", Kind.NUMBER, "For work enabled no later.", "Contention", "File d'attente", unit="h"),
    Column("prioritisation", Kind.NUMBER, "For work enabled later.", "Prioritisation", "Priorités", unit="h"),
    Column("unavailability", Kind.NUMBER, "While the resource was off.", "Unavailability", "Indisponibilité", unit="h"),
    Column("other", Kind.NUMBER, "For a reason that events do not show.", "Other", "Autre", unit="h"),
)

WAITS = Table(
    "waits", "How long work waits, and for what: in all, by step, by resource and by segment.", "Waiting", "Attentes",
    (
        Column("step", Kind.KEY, "Step; empty: every one.", "Step", "Étape", key=True),
        Column("resource", Kind.TEXT, "Resource; empty: every one.", "Resource", "Ressource", key=True),
        Column("segment", Kind.KEY, "Segment; empty: every one.", "Segment", "Segment", key=True),
        _EVENTS,
        Column("work", Kind.NUMBER, "Time worked, in all.", "Work", "Travail", unit="h"),
        Column("waiting", Kind.NUMBER, "Time waited, in all.", "Waiting", "Attente", unit="h"),
        *_spread("mean", "median", "p90"),
        *_CAUSES,
        Column("efficiency_share", Kind.SHARE, "Work over work and waiting.", "Efficiency", "Efficacité"),
    ),
)

WAIT_GAINS = Table(
    "wait_gains", "What removing each cause of waiting would give, most first.", "Gains", "Gains",
    (
        Column("step", Kind.KEY, "Step; empty: every one.", "Step", "Étape", key=True),
        Column("cause", Kind.CHOICE, "Cause of waiting.", "Cause", "Cause", key=True,
               choices=("batching", "contention", "prioritisation", "unavailability", "other"),
               choices_fr=("mise en lots", "file d'attente", "priorités", "indisponibilité", "autre")),
        Column("events", Kind.INTEGER, "Events that waited for it.", "Events", "Événements"),
        Column("waiting", Kind.NUMBER, "Time waited for it, in all.", "Waiting", "Attente", unit="h"),
        Column("waiting_share", Kind.SHARE, "Share of all waiting.", "Share of waiting", "Part de l'attente"),
        Column("per_case", Kind.NUMBER, "Waiting spared per case, were it removed.", "Spared per case",
               "Épargné par dossier", unit="h"),
        Column("efficiency_share", Kind.SHARE, "Work over work and waiting, were it removed.", "Efficiency without",
               "Efficacité sans"),
    ),
)

RESOURCE_USE = Table(
    "resource_use", "How busy each resource is, within the hours it works.", "Use of resources",
    "Emploi des ressources",
    (
        Column("resource", Kind.TEXT, "Resource.", "Resource", "Ressource", key=True),
        _EVENTS,
        Column("busy", Kind.NUMBER, "Time in which it does anything.", "Busy", "Occupée", unit="h"),
        Column("on_duty", Kind.NUMBER, "Time at work, between its first event and its last.", "At work", "En service",
               unit="h"),
        Column("utilisation_share", Kind.SHARE, "Share of its time at work in which it is busy.", "Utilisation",
               "Taux d'emploi"),
        Column("week_hours", Kind.INTEGER, "Hours of the week in which it works.", "Hours a week",
               "Heures par semaine"),
        Column("calendar", Kind.CHOICE, "Whose hours: its own, those of all together, or every hour.", "Hours",
               "Horaires", choices=("own", "shared", "always"), choices_fr=("propres", "communs", "toujours")),
    ),
)

LEVELS = Table(
    "levels", "How high a level stood on average in each period: cases open, waiting, in work, units on hand.",
    "Levels over time", "Niveaux dans le temps",
    (
        Column("measure", Kind.CHOICE, "Cases open; events waiting or in work at a step; units on hand at a site.",
               "Measure", "Mesure", key=True, choices=("open", "waiting", "in work", "on hand"),
               choices_fr=("ouverts", "en attente", "en cours", "en stock")),
        Column("of", Kind.TEXT, "The step or the site; empty: all.", "Of", "De", key=True),
        Column("from_at", Kind.TIME, "When the period begins.", "From", "Depuis", key=True),
        Column("mean", Kind.NUMBER, "Mean level over the period.", "Mean level", "Niveau moyen"),
    ),
)

TABLES = (PROCESS_STEPS, PROCESS_FLOWS, PROCESS_VARIANTS, PROCESS_HANDOVERS, PROCESS_BATCHES, OBJECT_FLOWS,
          OBJECT_DELAYS, WAITS, WAIT_GAINS, RESOURCE_USE, LEVELS)
