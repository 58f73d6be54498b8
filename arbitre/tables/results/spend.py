"""What deciding a budget, and any other scarce thing, writes."""

from arbitre.tables.schema import Column, Kind, Table

_CHANNEL = Column("channel", Kind.KEY, "Channel that is paid.", "Channel", "Canal", key=True)


def _money(name: str, sentence: str, label: str, label_fr: str, unit: str = "money/week") -> Column:
    return Column(name, Kind.NUMBER, sentence, label, label_fr, unit=unit)


SPEND_CHANNELS = Table(
    "spend_channels", "What each channel brings and what a little more of it would, with how sure that is.",
    "What channels bring", "Ce que rapportent les canaux",
    (
        _CHANNEL,
        Column("verdict", Kind.CHOICE, "Whether the weeks and tests tell what it brings, or why not.", "Verdict",
               "Verdict", choices=("told", "uncertain", "collinear", "never_varied", "wrong_sign", "never_spent")),
        Column("beside", Kind.KEY, "Channel or column that it moves with most.", "Moves with", "Varie avec"),
        _money("spend", "Spent in a week of the last year.", "Spend", "Dépense"),
        _money("brings", "What it brings in a week of the last year.", "Brings", "Rapporte"),
        _money("brings_low", "Low end of what it brings.", "Low", "Bas"),
        _money("brings_high", "High end of what it brings.", "High", "Haut"),
        Column("share", Kind.NUMBER, "Part of the whole outcome that it brings.", "Share", "Part"),
        Column("marginal", Kind.NUMBER, "What one more unit of money brings.", "One more", "Une unité de plus"),
        Column("marginal_low", Kind.NUMBER, "Low end of that.", "Low", "Bas"),
        Column("marginal_high", Kind.NUMBER, "High end of that.", "High", "Haut"),
        _money("width", "Width of the interval of what it brings.", "Width", "Largeur"),
        _money("width_before", "Width it had before any week was looked at: what the prior alone says.",
               "Width before", "Largeur a priori"),
        Column("half_life", Kind.NUMBER, "Weeks until half of what a week of spend brings has come.", "Half-life",
               "Demi-vie", unit="week"),
        Column("frequency", Kind.NUMBER, "Times a week that each of its audience was shown it.", "Frequency",
               "Répétition"),
        Column("leads_followed", Kind.NUMBER, "Leads of it whose end, or chance of it, is known.", "Leads followed",
               "Contacts suivis"),
        _money("lead_value", "What a lead of it is worth: its chance to close times what it brings then.",
               "A lead's worth", "Valeur d'un contact", unit="money"),
        _money("lead_value_low", "Low end of that.", "Low", "Bas", unit="money"),
        _money("lead_value_high", "High end of that.", "High", "Haut", unit="money"),
    ),
)

SPEND_PLAN = Table(
    "spend_plan", "How to move the budget, and what one more unit of money brings there.", "The budget, moved",
    "Le budget, redistribué",
    (
        _CHANNEL,
        _money("before", "Spent in a week of the last year.", "Today", "Aujourd'hui"),
        _money("spend", "To be spent in a week.", "Plan", "Plan"),
        _money("lowest", "Least allowed.", "At least", "Au moins"),
        _money("highest", "Most allowed.", "At most", "Au plus"),
        Column("marginal", Kind.NUMBER, "What one more unit of money brings there, in the plan.", "One more",
               "Une unité de plus"),
        Column("binds", Kind.CHOICE, "What keeps it from moving further.", "Binds", "Limite",
               choices=("lowest", "highest", "nothing")),
    ),
)

SPEND_CURVE = Table(
    "spend_curve", "What every amount spent in a channel brings, each week, spread as in the last year.",
    "Response of channels", "Réponse des canaux",
    (
        _CHANNEL,
        Column("spend", Kind.NUMBER, "Spent in a week.", "Spend", "Dépense", unit="money/week", key=True),
        _money("worth", "What it brings.", "Brings", "Rapporte"),
        _money("error", "How far off that may be, as a standard deviation.", "Its error", "Son erreur"),
        Column("is_today", Kind.TRUTH, "True for what is spent today.", "Today", "Aujourd'hui"),
    ),
)

SPEND_WEEKS = Table(
    "spend_weeks", "What each week brought, and what the model says of it.", "Weeks", "Semaines",
    (
        Column("from_on", Kind.DATE, "Monday of the week.", "Week", "Semaine", key=True),
        _money("outcome", "What it brought; empty: not known.", "Outcome", "Résultat"),
        _money("expected", "What the model says.", "Expected", "Attendu"),
        _money("base", "What would have come without any channel.", "Without channels", "Sans les canaux"),
    ),
)

SPEND_TESTS = Table(
    "spend_tests", "Which test of a channel would teach most, and how to run it.", "The next test",
    "Le prochain essai",
    (
        _CHANNEL,
        Column("rank", Kind.INTEGER, "Place, the test that teaches most first.", "Rank", "Rang"),
        _money("regret", "What not knowing it costs, on average: the best plan for each case it may be, less this one.",
               "Regret", "Regret"),
        Column("change_share", Kind.NUMBER, "Change of the spend to try; -1: switch it off.", "Change", "Changement"),
        Column("weeks", Kind.INTEGER, "Weeks to run it in half of the market.", "Weeks", "Semaines",
               unit="week"),
        Column("effect", Kind.NUMBER, "Outcome that the test is expected to move over those weeks.", "Effect", "Effet"),
        Column("error", Kind.NUMBER, "Standard error with which it would be found.", "Its error", "Son erreur"),
        Column("chance", Kind.SHARE, "Chance that the test finds it.", "Chance", "Chance"),
    ),
)

ALLOCATION = Table(
    "allocation", "How to share what is scarce, so that the last unit of money brings as much everywhere.",
    "What goes where", "Qui reçoit quoi",
    (
        Column("response", Kind.KEY, "What is given something.", "Given to", "Donné à", key=True),
        Column("kind", Kind.TEXT, "What it is: spend, stock, crew, ...", "Kind", "Nature", key=True),
        Column("amount_before", Kind.NUMBER, "How much it has today, in its own unit.", "Amount today",
               "Quantité aujourd'hui"),
        Column("amount", Kind.NUMBER, "How much to give, in its own unit.", "Amount", "Quantité"),
        _money("cost_before", "What that takes out of the budget today.", "Cost today", "Coût aujourd'hui",
               "money/year"),
        _money("cost", "What it takes in the plan.", "Cost", "Coût", "money/year"),
        _money("worth_before", "What it brings today.", "Brings today", "Rapporte aujourd'hui", "money/year"),
        _money("worth", "What it brings in the plan.", "Brings", "Rapporte", "money/year"),
        _money("error", "How far off that may be, as a standard deviation.", "Its error", "Son erreur", "money/year"),
        Column("last", Kind.NUMBER, "What the last unit of money given brings; empty: nothing is given.", "Last unit",
               "Dernière unité"),
        Column("next", Kind.NUMBER, "What the next one would bring; empty: no more can be given.", "Next unit",
               "Unité suivante"),
    ),
)

TABLES = (SPEND_CHANNELS, SPEND_PLAN, SPEND_CURVE, SPEND_WEEKS, SPEND_TESTS, ALLOCATION)
