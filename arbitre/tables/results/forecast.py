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

TABLES = (FORECASTS, FORECAST_METHODS)
