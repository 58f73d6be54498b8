"""Tables of people: heads wanted by the hour, shifts that may be published, who may work them, and wishes."""

from arbitre.core.week import WEEKDAYS, WEEKDAYS_FR
from arbitre.tables.schema import Column, Kind, Table


def _weekday(sentence: str) -> Column:
    return Column("weekday", Kind.CHOICE, sentence, "Weekday", "Jour de la semaine", key=True, choices=WEEKDAYS,
                  choices_fr=WEEKDAYS_FR, aliases=("day of week", "jour"))


def _person(sentence: str, required: bool = True) -> Column:
    return Column("person", Kind.KEY, sentence, "Person", "Personne", key=True, required=required,
                  refers="people.person", aliases=("employee", "salarié", "agent"))


HEADS_WANTED = Table(
    "heads_wanted", "How many of a crew are wanted in some hours of the week. Several rows of the same hours: what the "
    "first heads are worth, and what the next.", "People wanted", "Effectif voulu",
    (
        Column("crew", Kind.KEY, "The crew.", "Crew", "Équipe", key=True, required=True, refers="crews.crew"),
        _weekday("Day of the week; empty: every day."),
        Column("starts", Kind.NUMBER, "Hour of the day from which they are wanted (8.25 is a quarter past eight).",
               "Starts", "Début", unit="h", key=True, required=True, least=0, most=24, aliases=("from", "de")),
        Column("ends", Kind.NUMBER, "Hour of the day until which they are; no later than it starts: on the next day; "
               "empty: a quarter of an hour.", "Ends", "Fin", unit="h", least=0, most=24, aliases=("to", "à")),
        Column("heads", Kind.INTEGER, "Heads wanted.", "Heads", "Effectif", unit="unit", key=True, required=True,
               least=0, aliases=("headcount", "effectifs", "requirement")),
        Column("short_cost", Kind.NUMBER, "What one head fewer costs in an hour.", "Cost of one short",
               "Coût d'un manquant", unit="money/h", default=100.0, least=0),
    ),
    aliases=("staffing requirements", "effectifs requis"),
)

SHIFT_PATTERNS = Table(
    "shift_patterns", "A family of shifts that may be published: when they may start and how long they may be.",
    "Shift patterns", "Modèles de postes",
    (
        Column("pattern", Kind.KEY, "Short name of the pattern.", "Pattern", "Modèle", key=True, required=True),
        Column("crew", Kind.KEY, "Crew that works them.", "Crew", "Équipe", required=True, refers="crews.crew"),
        Column("earliest", Kind.NUMBER, "Hour of the day at which the first may start.", "Earliest start",
               "Début au plus tôt", unit="h", required=True, least=0, most=24),
        Column("latest", Kind.NUMBER, "Hour of the day at which the last may start.", "Latest start",
               "Début au plus tard", unit="h", required=True, least=0, most=24),
        Column("every", Kind.NUMBER, "Time from one start to the next, and from one length to the next.", "Every",
               "Tous les", unit="h", default=0.5, least=0.25, most=24),
        Column("shortest", Kind.NUMBER, "Shortest time from start to end.", "Shortest", "Durée minimale", unit="h",
               required=True, least=0.25, most=24),
        Column("longest", Kind.NUMBER, "Longest time from start to end; empty: the shortest.", "Longest",
               "Durée maximale", unit="h", least=0.25, most=24),
        Column("break_hours", Kind.NUMBER, "Unpaid break within the shift, between its first and its last quarter.",
               "Break", "Pause", unit="h", default=0.0, least=0, most=8),
        Column("least", Kind.INTEGER, "Least heads that start one on a day.", "Least heads", "Effectif minimal",
               unit="unit", default=0, least=0),
        Column("most", Kind.INTEGER, "Most heads that start one on a day; empty: no limit.", "Most heads",
               "Effectif maximal", unit="unit", least=0),
        Column("most_hours", Kind.NUMBER, "Most paid hours of the pattern in a week; empty: no limit.", "Most hours",
               "Heures maximales", unit="h", least=0),
        Column("cost", Kind.NUMBER, "Cost of one paid hour; empty: that of the crew.", "Cost", "Coût", unit="money/h",
               least=0),
        Column("is_flexible", Kind.TRUTH, "True when who works it chooses when it starts: it is counted as equally "
               "likely at each start.", "Flexible", "Au choix", default=False),
    ),
    aliases=("shift templates", "types de postes"),
)

SHIFT_KINDS = Table(
    "shift_kinds", "A shift that people are given: its hours, and what it takes to work it.", "Kinds of shifts",
    "Sortes de postes",
    (
        Column("shift", Kind.KEY, "Short name of the shift.", "Shift", "Poste", key=True, required=True),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("crew", Kind.KEY, "Crew that works it; empty: any.", "Crew", "Équipe", refers="crews.crew"),
        Column("starts", Kind.NUMBER, "Hour of the day at which it starts.", "Starts", "Début", unit="h",
               required=True, least=0, most=24, aliases=("from", "de")),
        Column("ends", Kind.NUMBER, "Hour of the day at which it ends; no later than it starts: on the next day.",
               "Ends", "Fin", unit="h", required=True, least=0, most=24, aliases=("to", "à")),
        Column("work", Kind.NUMBER, "Hours of it that count as worked; empty: all of them.", "Hours worked",
               "Heures travaillées", unit="h", least=0, most=24),
        Column("skill", Kind.TEXT, "Skill it takes; empty: none.", "Skill", "Compétence"),
    ),
    aliases=("shift types", "sortes de poste"),
)

SHIFT_NEEDS = Table(
    "shift_needs", "How many a shift takes on a day. A row of a day stands in for that of its weekday, and that of a "
    "weekday for that of every day.", "Needs of shifts", "Besoins des postes",
    (
        Column("shift", Kind.KEY, "The shift.", "Shift", "Poste", key=True, required=True,
               refers="shift_kinds.shift"),
        Column("day", Kind.DATE, "The day; empty: every day, or every weekday given.", "Day", "Jour", key=True),
        _weekday("Day of the week; empty: every one."),
        Column("heads", Kind.INTEGER, "People it takes.", "Heads", "Effectif", unit="unit", required=True, least=0,
               aliases=("headcount", "effectifs")),
        Column("short_cost", Kind.NUMBER, "What one person missing costs.", "Cost of one short", "Coût d'un manquant",
               unit="money", default=100.0, least=0),
        Column("spare_cost", Kind.NUMBER, "What one person too many costs.", "Cost of one too many",
               "Coût d'un surnuméraire", unit="money", default=1.0, least=0),
    ),
    aliases=("cover", "couverture"),
)

PEOPLE = Table(
    "people", "Someone who is given shifts, with the rules of their contract.", "People", "Personnes",
    (
        Column("person", Kind.KEY, "Short name or number.", "Person", "Personne", key=True, required=True,
               aliases=("employee", "salarié", "agent", "matricule")),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("crew", Kind.KEY, "Crew the person belongs to; empty: any.", "Crew", "Équipe", refers="crews.crew"),
        Column("least_hours", Kind.NUMBER, "Hours to be given at least over the days planned.", "Least hours",
               "Heures minimales", unit="h", default=0.0, least=0),
        Column("most_hours", Kind.NUMBER, "Hours to be given at most over the days planned; empty: no limit.",
               "Most hours", "Heures maximales", unit="h", least=0),
        Column("longest_run", Kind.INTEGER, "Most days worked in a row.", "Longest run", "Suite la plus longue",
               default=6, least=1),
        Column("shortest_run", Kind.INTEGER, "Least days worked in a row.", "Shortest run", "Suite la plus courte",
               default=1, least=1),
        Column("shortest_break", Kind.INTEGER, "Least days off in a row.", "Shortest break", "Repos le plus court",
               default=1, least=1),
        Column("most_weekends", Kind.INTEGER, "Most weekends worked, by one day or both; empty: no limit.",
               "Most weekends", "Week-ends maximum", least=0),
    ),
    aliases=("employees", "staff", "salariés", "agents"),
)

SKILLS = Table(
    "skills", "A skill that someone has.", "Skills", "Compétences",
    (
        _person("Who has it."),
        Column("skill", Kind.TEXT, "The skill, as in shift_kinds.", "Skill", "Compétence", key=True, required=True),
    ),
    aliases=("qualifications", "compétences"),
)

REQUESTS = Table(
    "requests", "When someone is away, and what someone wishes for.", "Requests", "Demandes",
    (
        _person("Who asks."),
        Column("kind", Kind.CHOICE, "Away, works (it is settled), wants to work, or would rather not.", "Kind",
               "Nature", key=True, required=True, choices=("away", "works", "wants", "avoids"),
               choices_fr=("absent", "travaille", "souhaite", "évite")),
        Column("from_on", Kind.DATE, "First day.", "From", "Du", key=True, required=True, aliases=("day", "date")),
        Column("until_on", Kind.DATE, "Last day; empty: the first.", "Until", "Au"),
        Column("shift", Kind.KEY, "Shift it is about; empty: any.", "Shift", "Poste", key=True,
               refers="shift_kinds.shift"),
        Column("weight", Kind.NUMBER, "What it costs not to grant a wish, on each day.", "Weight", "Poids",
               unit="money", default=1.0, least=0),
    ),
    aliases=("absences", "wishes", "souhaits", "congés"),
)

SHIFT_RULES = Table(
    "shift_rules", "A rule of shifts: how often one may be worked, or which may not come on the day after another.",
    "Rules of shifts", "Règles des postes",
    (
        _person("Whom it holds for; empty: everyone. A limit of one person stands in for that of everyone.",
                required=False),
        Column("shift", Kind.KEY, "The shift.", "Shift", "Poste", key=True, required=True,
               refers="shift_kinds.shift"),
        Column("next_shift", Kind.KEY, "Shift that may not follow it on the next day; empty: the rule is a limit.",
               "Not followed by", "Non suivi de", key=True, refers="shift_kinds.shift"),
        Column("most", Kind.INTEGER, "How often it may be worked over the days planned; 0: never.", "At most",
               "Au plus", least=0),
    ),
    aliases=("règles de poste",),
)

TABLES = (HEADS_WANTED, SHIFT_PATTERNS, SHIFT_KINDS, SHIFT_NEEDS, PEOPLE, SKILLS, REQUESTS, SHIFT_RULES)
