"""What judging trials writes."""

from arbitre.tables.schema import Column, Kind, Table

_TRIAL = Column("trial", Kind.TEXT, "Trial.", "Trial", "Essai", key=True)
_EFFECT = Column("effect", Kind.NUMBER, "What the change adds to the outcome.", "Effect", "Effet")
_LOW = Column("low", Kind.NUMBER, "Low end of that, to who looks once.", "Low", "Bas")
_HIGH = Column("high", Kind.NUMBER, "High end of it.", "High", "Haut")
_ALWAYS_LOW = Column("always_low", Kind.NUMBER, "Low end of it to who looks as often as he likes; empty: too few seen, "
                     "or to be judged at its end.", "Low at all times", "Bas à tout moment")
_ALWAYS_HIGH = Column("always_high", Kind.NUMBER, "High end of it to who looks as often as he likes.",
                      "High at all times", "Haut à tout moment")

TRIAL_EFFECTS = Table(
    "trial_effects", "What each trial found, how sure that is, and whether to go on with it.", "What trials found",
    "Ce que les essais ont trouvé",
    (
        _TRIAL,
        Column("verdict", Kind.CHOICE, "What to make of it.", "Verdict", "Verdict",
               choices=("raises", "lowers", "too_small", "go_on", "too_early", "broken_split", "not_begun"),
               choices_fr=("augmente", "diminue", "trop petit", "continuer", "trop tôt", "tirage faussé",
                           "pas commencé")),
        Column("method", Kind.CHOICE, "How it is judged, from who was under the change when.", "Judged by", "Jugé par",
               choices=("units", "ratio", "clusters", "switchback", "before_after", "synthetic_control"),
               choices_fr=("unités", "rapport", "grappes", "alternance", "avant et après", "contrôle synthétique")),
        Column("treated", Kind.INTEGER, "Units, clusters, stretches of time or places under the change.", "Treated",
               "Traités"),
        Column("alone", Kind.INTEGER, "As many without it.", "Left alone", "Témoins"),
        Column("split_chance", Kind.SHARE, "Chance of a split as far from what was drawn; below 0.1 % it is broken.",
               "Chance of the split", "Chance de la répartition"),
        Column("usual", Kind.NUMBER, "Outcome without the change.", "Without it", "Sans le changement"),
        _EFFECT,
        Column("effect_share", Kind.NUMBER, "The same, as a share of the outcome without it.", "As a share",
               "En proportion"),
        _LOW, _HIGH,
        Column("p", Kind.SHARE, "Chance of an effect as large were there none, to who looks once.", "p", "p"),
        _ALWAYS_LOW, _ALWAYS_HIGH,
        Column("always_p", Kind.SHARE, "The same chance, to who looks as often as he likes.", "p at all times",
               "p à tout moment"),
        Column("explained_share", Kind.SHARE, "Share of what units differ by that was known before.",
               "Known before", "Connu avant"),
        Column("design_effect", Kind.NUMBER, "Times as many units needed because they were drawn by cluster.",
               "Price of clusters", "Prix des grappes"),
        Column("least", Kind.NUMBER, "Smallest effect worth finding.", "Worth finding", "À trouver"),
        Column("chance", Kind.SHARE, "Chance that the trial, as far as it is, finds it.", "Chance to find it",
               "Chance de le trouver"),
        Column("needed", Kind.INTEGER, "Units, clusters or stretches that find it with the power asked for, looked at "
               "once.", "Needed", "Nécessaires"),
        Column("days_left", Kind.NUMBER, "Days until there are as many, at the pace so far.", "Days left",
               "Jours restants", unit="day"),
    ),
)

TRIAL_LOOKS = Table(
    "trial_looks", "What each trial had found by each day.", "Trials over time", "Les essais dans le temps",
    (
        _TRIAL,
        Column("looked_on", Kind.DATE, "Last day counted.", "By", "Au", key=True),
        Column("seen", Kind.INTEGER, "Units, clusters, stretches or places seen.", "Seen", "Vus"),
        _EFFECT, _LOW, _HIGH, _ALWAYS_LOW, _ALWAYS_HIGH,
    ),
)

TABLES = (TRIAL_EFFECTS, TRIAL_LOOKS)
