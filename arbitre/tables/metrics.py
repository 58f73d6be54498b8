"""The table of metrics: what a user measures, added as rows."""

from arbitre.tables.schema import Column, Kind, Table

KINDS = ("simple", "ratio", "derived", "cumulative", "conversion", "promise", "percentile", "level")
AGGREGATIONS = ("count", "sum", "mean", "min", "max", "distinct")

METRICS = Table(
    "metrics", "A measure told period by period: what is counted or computed, from which table.", "Metrics",
    "Indicateurs",
    (
        Column("metric", Kind.KEY, "Short name of the metric; letters, digits and _ where others compute with it.",
               "Metric", "Indicateur", key=True, required=True, aliases=("kpi", "measure name")),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("kind", Kind.CHOICE, "How it is made: simple, over the rows of a table; ratio and derived, from other "
               "metrics; cumulative, over a window that ends with the period; conversion, cases that reach a step from "
               "another; promise, the share kept; percentile; level, a mean over time.", "Kind", "Nature",
               default="simple", choices=KINDS,
               choices_fr=("simple", "rapport", "dérivé", "cumulé", "conversion", "promesse", "centile", "niveau")),
        Column("table", Kind.TEXT, "Table whose rows are measured.", "Table", "Table"),
        Column("measure", Kind.TEXT, "What is measured of a row: a column, or + - * / and numbers between columns; a "
               "time less a time is in hours; customer.segment is a column of the row's customer; empty: 1.",
               "Measure", "Mesure", aliases=("column", "colonne")),
        Column("aggregation", Kind.CHOICE, "How rows are put together.", "Aggregation", "Agrégation", default="count",
               choices=AGGREGATIONS, choices_fr=("nombre", "somme", "moyenne", "minimum", "maximum", "distincts"),
               aliases=("agg",)),
        Column("filter", Kind.TEXT, "Rows that are measured: column = value, joined by and, as in scenarios; empty: "
               "all.", "Filter", "Filtre", aliases=("where",)),
        Column("time", Kind.TEXT, "Time or date that puts a row in its period, and from which a level stands; empty: "
               "the first one its table requires.", "Time", "Date"),
        Column("until", Kind.TEXT, "Time until which a row counts in a level, or that ends what a percentile measures; "
               "an empty cell there: still standing, seen until now.", "Until", "Jusqu'à"),
        Column("numerator", Kind.KEY, "Metric above the line of a ratio.", "Numerator", "Numérateur"),
        Column("denominator", Kind.KEY, "Metric below the line of a ratio.", "Denominator", "Dénominateur"),
        Column("expression", Kind.TEXT, "How a derived metric is computed: metrics, numbers, + - * / and brackets.",
               "Expression", "Expression", aliases=("expr", "formula", "formule")),
        Column("window", Kind.NUMBER, "Days that a cumulative metric looks back, or that a conversion may take; empty: "
               "no limit.", "Window", "Fenêtre", unit="day", least=0),
        Column("to_date", Kind.CHOICE, "A cumulative metric starts anew with each of these; empty: never.", "To date",
               "Depuis le début de", choices=("month", "quarter", "year"), choices_fr=("mois", "trimestre", "année"),
               aliases=("grain to date",)),
        Column("from_step", Kind.KEY, "Step that a conversion starts from.", "From step", "Étape de départ"),
        Column("to_step", Kind.KEY, "Step that a conversion reaches.", "To step", "Étape atteinte"),
        Column("promise", Kind.KEY, "Promise whose share kept is told.", "Promise", "Promesse",
               refers="promises.promise"),
        Column("quantile", Kind.SHARE, "Share of rows at or below a percentile.", "Quantile", "Quantile"),
        Column("unit", Kind.TEXT, "Unit shown in reports: money, share, h, ...", "Unit", "Unité"),
        Column("better", Kind.CHOICE, "Which way is better.", "Better", "Mieux", choices=("higher", "lower"),
               choices_fr=("plus haut", "plus bas")),
        Column("target", Kind.NUMBER, "Value aimed at.", "Target", "Objectif"),
    ),
    aliases=("metric", "kpis", "measures", "indicateurs"),
)

TABLES = (METRICS,)
