"""What forecasting writes."""

from arbitre.tables.results.columns import ITEM, SITE
from arbitre.tables.schema import Column, Kind, Table

_KEPT = Column("kept_share", Kind.SHARE, "Share of the units asked over the lead times replayed that the level set "
               "beforehand covered.", "Kept", "Taux tenu")
_COST = Column("cost", Kind.NUMBER, "Cost of what was left over and of what was short in the replay.", "Cost", "Coût",
               unit="money/year")

FORECASTS = Table(
    "forecasts", "What will be asked of each item at each site, how surely, and by which method.", "Forecasts",
    "Prévisions",
    (
        ITEM, SITE,
        Column("pattern", Kind.CHOICE, "Kind of demand: how often it comes and how its sizes vary.", "Pattern",
               "Profil", choices=("smooth", "erratic", "intermittent", "lumpy", "single", "none"),
               choices_fr=("lisse", "erratique", "intermittent", "sporadique", "unique", "aucun")),
        Column("method", Kind.TEXT, "Method chosen by what it would have cost.", "Method", "Méthode"),
        Column("rate", Kind.NUMBER, "Units expected a year.", "Rate", "Cadence", unit="unit/year"),
        Column("dispersion", Kind.NUMBER, "Variance over mean of the demand over the lead time, at least 1.",
               "Dispersion", "Dispersion"),
        Column("lead_time", Kind.NUMBER, "Time the forecast covers: resupply and review, in whole periods.",
               "Time covered", "Durée couverte", unit="day"),
        Column("mean", Kind.NUMBER, "Units expected over the lead time.", "Mean", "Moyenne", unit="unit"),
        Column("low", Kind.NUMBER, "Units over the lead time, with one chance in twenty of fewer.", "Low", "Bas",
               unit="unit"),
        Column("high", Kind.NUMBER, "Units over the lead time, with one chance in twenty of more.", "High", "Haut",
               unit="unit"),
        Column("periods", Kind.INTEGER, "Periods of history.", "Periods", "Périodes"),
        Column("demands", Kind.INTEGER, "Periods in which some units were asked for.", "With demand",
               "Avec demande"),
        Column("origins", Kind.INTEGER, "Moments of the past from which the method was replayed.", "Origins",
               "Origines"),
        _KEPT, _COST,
        Column("cost_mean", Kind.NUMBER, "What the plain mean would have cost in the same replay.", "Cost of the mean",
               "Coût de la moyenne", unit="money/year"),
    ),
)

FORECAST_METHODS = Table(
    "forecast_methods", "What each method would have kept and cost on all items; chosen: the one each item would have "
    "been given at the time.", "Forecast methods", "Méthodes de prévision",
    (
        Column("method", Kind.TEXT, "Method; chosen: each item by the one chosen for it, knowing only what was known.",
               "Method", "Méthode", key=True),
        Column("items", Kind.INTEGER, "Items at sites that are forecast by it.", "Items", "Articles"),
        _KEPT, _COST,
        Column("holding", Kind.NUMBER, "Part of the cost that is for what was left over.", "Holding", "Détention",
               unit="money/year"),
        Column("bias", Kind.NUMBER, "Units expected less units asked, over units asked.", "Bias", "Biais"),
        Column("error", Kind.NUMBER, "Absolute error of the expected units, over units asked.", "Error", "Erreur"),
    ),
)

INTRADAY_FORECASTS = Table(
    "intraday_forecasts", "How many cases will come in each stretch of the days ahead.", "Forecasts by hour",
    "Prévisions par heure",
    (
        Column("kind", Kind.TEXT, "Kind of case.", "Kind", "Nature", key=True),
        Column("day", Kind.DATE, "The day.", "Day", "Jour", key=True),
        Column("starts", Kind.NUMBER, "Hour of the day at which the stretch starts.", "Starts", "Début", unit="h",
               key=True),
        Column("mean", Kind.NUMBER, "Cases expected.", "Mean", "Moyenne", unit="unit"),
        Column("low", Kind.NUMBER, "Cases, with one chance in ten of fewer.", "Low", "Bas", unit="unit"),
        Column("high", Kind.NUMBER, "Cases, with one chance in ten of more.", "High", "Haut", unit="unit"),
        Column("is_known", Kind.TRUTH, "True where the stretch is over: what was expected of it before.", "Over",
               "Passé"),
    ),
)

INTRADAY_METHODS = Table(
    "intraday_methods", "How well each method would have foreseen past days from the days before them.",
    "Methods by hour", "Méthodes par heure",
    (
        Column("method", Kind.TEXT, "Level and profile, the same updated at noon, the same weekday of last week, or "
               "the mean of the weekday.", "Method", "Méthode", key=True),
        Column("days", Kind.INTEGER, "Days judged.", "Days", "Jours"),
        Column("pinball", Kind.NUMBER, "Mean pinball loss of five quantiles; the lower the better.", "Pinball loss",
               "Perte pinball", unit="unit"),
        Column("covered_share", Kind.SHARE, "Share of stretches between low and high (four in five are aimed at).",
               "Covered", "Couvert"),
    ),
)

TABLES = (FORECASTS, FORECAST_METHODS, INTRADAY_FORECASTS, INTRADAY_METHODS)
