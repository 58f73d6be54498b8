"""What measuring the metrics of a chain writes."""

from arbitre.tables.schema import Column, Kind, Table

_METRIC = Column("metric", Kind.KEY, "Metric.", "Metric", "Indicateur", key=True)
_DIMENSION = Column("dimension", Kind.TEXT, "What it is told by; empty: everyone.", "By", "Par", key=True)
_MEMBER = Column("member", Kind.TEXT, "Which one; empty beside a dimension: nobody knows.", "Which", "Lequel", key=True)
_STARTS = Column("starts_on", Kind.DATE, "First day of the period.", "From", "Du", key=True)
_BEFORE_ON = Column("before_on", Kind.DATE, "First day of the period it is compared with.", "Compared with",
                    "Comparé à")

METRIC_VALUES = Table(
    "metric_values", "A metric in a period, for everyone or for one member of a dimension.", "Metrics by period",
    "Indicateurs par période",
    (
        _METRIC, _DIMENSION, _MEMBER, _STARTS,
        Column("value", Kind.NUMBER, "Its value.", "Value", "Valeur"),
        Column("low", Kind.NUMBER, "Lower end of the Wilson interval, where the value is a share of things counted.",
               "Low", "Bas"),
        Column("high", Kind.NUMBER, "Upper end of that interval.", "High", "Haut"),
        Column("sample", Kind.INTEGER, "Rows behind the value; empty for a level, which stands on all that was there.",
               "Rows", "Lignes"),
        Column("is_whole", Kind.TRUTH, "True when facts reach from the first day of the period to its last.", "Whole",
               "Entière"),
    ),
)

METRIC_CHANGES = Table(
    "metric_changes", "What each member of a dimension adds to the change of a metric from one period to another.",
    "Changes of metrics", "Écarts des indicateurs",
    (
        _METRIC, _DIMENSION, _MEMBER, _STARTS, _BEFORE_ON,
        Column("before", Kind.NUMBER, "Value in the earlier period.", "Before", "Avant"),
        Column("after", Kind.NUMBER, "Value in the later period.", "After", "Après"),
        Column("before_share", Kind.SHARE, "Share of the member in what is below the line of a ratio, earlier.",
               "Share before", "Part avant"),
        Column("after_share", Kind.SHARE, "The same, later.", "Share after", "Part après"),
        Column("mix", Kind.NUMBER, "Change because the member weighs more or less; ratios only.", "Mix",
               "Effet de mix"),
        Column("rate", Kind.NUMBER, "Change because its own rate moved; ratios only.", "Rate", "Effet de taux"),
        Column("total", Kind.NUMBER, "What it adds to the change; over members, the whole of it.", "Total", "Total"),
        Column("explained_share", Kind.NUMBER, "Share of the change it explains (Adtributor); may be below 0 or above "
               "1.", "Explains", "Explique"),
        Column("surprise", Kind.NUMBER, "How much its place in the mix surprises (Jensen-Shannon, bits).", "Surprise",
               "Surprise"),
    ),
)

METRIC_EXPLAINED = Table(
    "metric_explained", "How far a dimension explains the change of a metric; rank 1 explains it best.",
    "Changes explained", "Écarts expliqués",
    (
        _METRIC, _STARTS, _BEFORE_ON,
        Column("rank", Kind.INTEGER, "Place among the dimensions of the metric.", "Rank", "Rang"),
        Column("dimension", Kind.TEXT, "Dimension.", "By", "Par", key=True),
        Column("members", Kind.TEXT, "Members that explain two thirds of the change together, the most surprising "
               "first; empty: no few do.", "Which", "Lesquels"),
        Column("explained_share", Kind.NUMBER, "Share of the change that these explain.", "Explain", "Expliquent"),
        Column("explaining", Kind.INTEGER, "How many these are.", "How many", "Combien"),
        Column("of_members", Kind.INTEGER, "Members of the dimension in the two periods.", "Of", "Sur"),
        Column("surprise", Kind.NUMBER, "Surprise of the whole dimension (bits).", "Surprise", "Surprise"),
        Column("usual_surprise", Kind.NUMBER, "Mean surprise between earlier periods as far apart.", "Usual surprise",
               "Surprise habituelle"),
        Column("p_value", Kind.SHARE, "How often a surprise as large is seen when nothing is amiss.", "P-value",
               "Valeur p"),
        Column("q_value", Kind.SHARE, "Share of false finds among all that are as unlikely (Benjamini-Hochberg).",
               "Q-value", "Valeur q"),
        Column("mix", Kind.NUMBER, "Change by mix over all members; ratios only.", "Mix", "Effet de mix"),
        Column("rate", Kind.NUMBER, "Change by rates over all members; ratios only.", "Rate", "Effet de taux"),
    ),
)

TABLES = (METRIC_VALUES, METRIC_CHANGES, METRIC_EXPLAINED)
