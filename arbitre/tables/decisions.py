"""What was decided between: tables that people and `arbitre compare` write, and reports show."""

from arbitre.tables.schema import Column, Kind, Table

ARBITRATIONS = Table(
    "arbitrations", "What was decided between which scenarios, by whom, on which numbers.", "Arbitrations",
    "Arbitrages",
    (
        Column("question", Kind.TEXT, "What was to be decided.", "Question", "Question", key=True, required=True),
        Column("on", Kind.DATE, "Day of the decision.", "On", "Le", key=True, required=True),
        Column("scenarios", Kind.TEXT, "Scenarios compared, with commas between them; base is the chain as it is.",
               "Scenarios", "Scénarios", required=True),
        Column("choice", Kind.TEXT, "The one that was chosen.", "Choice", "Choix", required=True),
        Column("by", Kind.TEXT, "Who decided.", "By", "Par", required=True),
        Column("why", Kind.TEXT, "Why.", "Why", "Pourquoi"),
        Column("numbers", Kind.TEXT, "On which numbers.", "Numbers", "Chiffres"),
        Column("turns_on", Kind.TEXT, "What would change the answer.", "Turns on", "Basculerait si"),
    ),
    aliases=("decisions", "décisions"),
)

TABLES = (ARBITRATIONS,)
