"""What does each class of items call for: which forecast, which stock policy, where to hold it, and why?

Life goes first (what ends is not replenished), then the pattern (which forecast and policy can follow it), then value
and criticality (where a unit earns its place). Forecast by pattern: Syntetos, Boylan and Croston 2005; demand that
fades: Teunter, Syntetos and Babai 2011; policy by value: Silver, Pyke and Thomas, Inventory and Production Management
in Supply Chains, 4th edition, 2017. Which class goes where is a rule of the trade, not a formula.
"""

from __future__ import annotations

import polars as pl

_FORECASTS = {
    "smoothing": ("exponential smoothing, as it is asked most months", "lissage exponentiel, la demande étant presque "
                  "mensuelle"),
    "trend": ("recent months first, as its demand moves", "priorité aux mois récents, la demande évoluant"),
    "croston": ("sizes and intervals apart (Croston, SBA), as months pass without demand", "quantités et intervalles "
                "séparés (Croston, SBA), des mois passant sans demande"),
    "fading": ("chances that fade (TSB), as its demand is ending", "chances qui s'éteignent (TSB), la demande prenant "
               "fin"),
    "machines": ("the machines it sits in, as its own history says too little", "le parc où il est monté, son "
                 "historique en disant trop peu"),
    "nothing": ("nothing, as nobody asks for it", "rien, personne ne le demandant"),
}
_POLICIES = {
    "continuous": ("watch its stock at every issue", "suivre son stock à chaque sortie"),
    "periodic": ("order at fixed dates, with others", "commander à dates fixes, avec d'autres"),
    "base_stock": ("replace each unit that goes", "remplacer chaque unité qui part"),
    "min_max": ("fill up to a maximum once a minimum is reached", "compléter au maximum dès le minimum atteint"),
    "on_demand": ("buy it when asked for", "l'acheter à la demande"),
    "last_buy": ("weigh a last buy", "étudier un dernier achat"),
    "run_down": ("sell what is left, buy no more", "écouler le reste, ne plus acheter"),
}
_PLACES = {
    "near": ("hold it near the customers", "le tenir près des clients"),
    "regional": ("hold it in the regions", "le tenir en région"),
    "central": ("hold it at the centre", "le tenir au centre"),
    "none": ("hold none", "n'en pas tenir"),
}


def called_for(items: pl.DataFrame) -> pl.DataFrame:
    """Add to items (value_class, pattern, life, is_critical) the forecast, policy and place that suit them, and the
    name of their class."""
    regular, sparse = pl.col("pattern").is_in(["smooth", "erratic"]), pl.col("pattern").is_in(["intermittent", "lumpy"])
    value, life, critical = pl.col("value_class"), pl.col("life"), pl.col("is_critical")
    forecast = (
        pl.when(life == "none").then(pl.lit("nothing"))
        .when(life == "dying").then(pl.lit("fading"))
        .when(life.is_in(["new", "unsure"])).then(pl.lit("machines"))
        .when(life.is_in(["growing", "declining"])).then(pl.lit("trend"))
        .when(sparse).then(pl.lit("croston")).otherwise(pl.lit("smoothing"))
    )
    policy = (
        pl.when(life == "none").then(pl.when(critical).then(pl.lit("on_demand")).otherwise(pl.lit("run_down")))
        .when(life == "dying").then(pl.when(critical).then(pl.lit("last_buy")).otherwise(pl.lit("run_down")))
        .when(life.is_in(["new", "unsure"]) | (pl.col("pattern") == "single")).then(
            pl.when(critical).then(pl.lit("base_stock")).otherwise(pl.lit("on_demand")))
        .when(sparse & (value == "A")).then(pl.lit("base_stock"))
        .when(sparse & ((value == "B") | critical)).then(pl.lit("min_max"))
        .when(sparse).then(pl.when(pl.col("pattern") == "lumpy").then(pl.lit("on_demand")).otherwise(
            pl.lit("min_max")))
        .when(value == "A").then(pl.lit("continuous")).otherwise(pl.lit("periodic"))
    )
    held = (
        pl.when(policy == "on_demand").then(pl.lit("none"))
        .when(life.is_in(["none", "dying"])).then(pl.lit("central"))
        .when(critical & regular).then(pl.lit("near"))
        .when(critical | (regular & value.is_in(["B", "C"]))).then(pl.lit("regional"))
        .otherwise(pl.lit("central"))
    )
    name = pl.concat_str(value, pl.col("pattern"), life, pl.when(critical).then(pl.lit("critical")),
                         separator="-", ignore_nulls=True)
    return items.with_columns(forecast=forecast, policy=policy, held=held).with_columns(name.alias("class"))


def policies(items: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each class of items, those worth most first, with what it calls for in words."""
    classes = items.group_by("class", "forecast", "policy", "held").agg(
        pl.len().cast(pl.Int64).alias("items"), pl.col("yearly_value").sum())
    classes = classes.sort(["yearly_value", "class"], descending=[True, False])
    told = [[_sentence(row, at) for row in classes.iter_rows(named=True)] for at in (0, 1)]
    return classes.with_columns(sentence=pl.Series(told[0], dtype=pl.String),
                                sentence_fr=pl.Series(told[1], dtype=pl.String))


def _sentence(row: dict[str, str], language: int) -> str:
    forecast, policy, held = (words[row[name]][language] for name, words in (
        ("forecast", _FORECASTS), ("policy", _POLICIES), ("held", _PLACES)))
    lead = ("Forecast", "Prévision")[language]
    colon = (": ", " : ")[language]
    return f"{lead}{colon}{forecast}; {policy}; {held}." if language == 0 else (
        f"{lead}{colon}{forecast} ; {policy} ; {held}.")
