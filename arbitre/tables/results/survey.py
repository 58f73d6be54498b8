"""What the design of a survey writes."""

from arbitre.tables.schema import Column, Kind, Table

ATTRIBUTE = Column("attribute", Kind.TEXT, "What alternatives differ in.", "Attribute", "Attribut", key=True)

SURVEY_TASKS = Table(
    "survey_tasks", "What a survey of choices shows: in each task of a version, alternatives of which one is taken.",
    "Survey", "Enquête",
    (
        Column("version", Kind.INTEGER, "Version of the survey; each person answers one.", "Version", "Version",
               key=True),
        Column("task", Kind.TEXT, "Set of alternatives shown together.", "Task", "Tâche", key=True),
        Column("alternative", Kind.TEXT, "Alternative shown.", "Alternative", "Alternative", key=True),
        ATTRIBUTE,
        Column("value", Kind.NUMBER, "How much of it.", "Value", "Valeur"),
    ),
)

SURVEY_PRECISION = Table(
    "survey_precision", "How sure a survey would be of each attribute, were the guesses true and people alike.",
    "Precision of the survey", "Précision de l'enquête",
    (
        ATTRIBUTE,
        Column("people", Kind.INTEGER, "People who answer.", "People", "Personnes"),
        Column("slope", Kind.NUMBER, "Guessed utility of one unit more.", "Utility", "Utilité"),
        Column("slope_error", Kind.NUMBER, "Standard error with which it would be found.", "Its error", "Son erreur"),
        Column("worth", Kind.NUMBER, "Guessed worth of one unit more; empty: no price, or nothing guessed of it.",
               "Worth", "Valeur", unit="money"),
        Column("worth_error", Kind.NUMBER, "Standard error with which it would be found.", "Its error", "Son erreur",
               unit="money"),
        Column("people_needed", Kind.INTEGER, "People needed to find the worth to within a tenth, at the confidence "
               "asked for.", "Needed", "Nécessaires"),
    ),
)

TABLES = (SURVEY_TASKS, SURVEY_PRECISION)
