"""What forecasting the effect of levers, and choosing actions, writes."""

from arbitre.tables.schema import Column, Kind, Table

_CUSTOMER = Column("customer", Kind.KEY, "Customer.", "Customer", "Client", key=True)
_LEVER = Column("lever", Kind.KEY, "Lever.", "Lever", "Levier", key=True)
_LOW = Column("low", Kind.NUMBER, "Lower end of its interval.", "Low", "Bas")
_HIGH = Column("high", Kind.NUMBER, "Upper end of its interval.", "High", "Haut")

UPLIFT_SCORES = Table(
    "uplift_scores", "What each lever would add to the outcome of each customer.", "Uplift of customers",
    "Effet par client",
    (
        _CUSTOMER, _LEVER,
        Column("uplift", Kind.NUMBER, "What is added if it is done to the customer.", "Uplift", "Effet"),
        Column("group", Kind.INTEGER, "Fifth of customers by uplift; 1 gains most.", "Group", "Groupe"),
        Column("low", Kind.NUMBER, "Lower end of the interval of the mean effect seen in that fifth.", "Low", "Bas"),
        Column("high", Kind.NUMBER, "Upper end of it.", "High", "Haut"),
    ),
)

UPLIFT_CURVE = Table(
    "uplift_curve", "What treating the customers who gain most would have added, tenth after tenth, told of customers "
    "left out of the fit.", "Curve of uplift", "Courbe d'effet",
    (
        _LEVER,
        Column("share", Kind.SHARE, "Share of the customers that is treated, those who gain most first.", "Share",
               "Part", key=True),
        Column("gain", Kind.NUMBER, "What is added, for one customer of all.", "Gain", "Gain"),
        _LOW, _HIGH,
        Column("by_chance", Kind.NUMBER, "The same, were as many treated by chance.", "By chance", "Au hasard"),
    ),
)

UPLIFT_POLICIES = Table(
    "uplift_policies", "What each way to choose whom to treat would have added, for one customer of all.",
    "Whom to treat", "Qui traiter",
    (
        _LEVER,
        Column("policy", Kind.CHOICE, "Whom to treat: everybody, or those who gain.", "Policy", "Choix", key=True,
               choices=("everybody", "who_gains"), choices_fr=("tous", "qui y gagne")),
        Column("treated_share", Kind.SHARE, "Share of the customers that it treats.", "Treated", "Traités"),
        Column("gain", Kind.NUMBER, "What it adds to the outcome over treating nobody.", "Gain", "Gain"),
        _LOW, _HIGH,
    ),
)

NEXT_ACTIONS = Table(
    "next_actions", "What to do to whom, the best use of an hour first.", "Next actions", "Prochaines actions",
    (
        Column("rank", Kind.INTEGER, "Order in which to act.", "Rank", "Rang"),
        _CUSTOMER, _LEVER,
        Column("resource", Kind.KEY, "Who does it.", "Resource", "Ressource"),
        Column("hours", Kind.NUMBER, "Hours it takes.", "Hours", "Heures", unit="h"),
        Column("uplift", Kind.NUMBER, "What it adds to the outcome.", "Uplift", "Effet"),
        Column("value", Kind.NUMBER, "What that is worth, less what it costs.", "Value", "Valeur", unit="money"),
        Column("drivers", Kind.TEXT, "What makes the customer likely to leave, where that is known.", "Drivers",
               "Causes"),
    ),
)

ACTION_HOURS = Table(
    "action_hours", "The hours that actions may take, those they take, and what one more is worth.", "Hours of actions",
    "Heures des actions",
    (
        Column("resource", Kind.KEY, "Who acts.", "Resource", "Ressource", key=True),
        Column("hours", Kind.NUMBER, "Hours there are.", "Hours", "Heures", unit="h"),
        Column("used", Kind.NUMBER, "Hours that the actions take.", "Used", "Prises", unit="h"),
        Column("actions", Kind.INTEGER, "Actions chosen.", "Actions", "Actions"),
        Column("left_out", Kind.INTEGER, "Customers of whom an action would be worth its cost, and who get none.",
               "Left out", "Laissés"),
        Column("worth", Kind.NUMBER, "What one more hour is worth.", "Worth of an hour", "Valeur d'une heure",
               unit="money/h"),
    ),
)

TABLES = (UPLIFT_SCORES, UPLIFT_CURVE, UPLIFT_POLICIES, NEXT_ACTIONS, ACTION_HOURS)
