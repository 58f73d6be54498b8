"""From tables to lives: which item replaces which, how long each is still served, and how its demand fades.

A life is that of the last item of a succession: the demand of the items it replaces has moved to it, and their units
serve it too. An item that nothing replaces is a succession of one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.core.ways import ends
from arbitre.optimise._pool import Floats
from arbitre.tables.chain import Chain

MONTHS_PER_YEAR = 12
DAYS_PER_MONTH = 30.4375
LONGEST = 50 * MONTHS_PER_YEAR
"""Months: a date farther away than this is how systems write "never"."""
_MOST_A_YEAR = 1e6
"""Units: beyond, every unit can no longer be looked at in a moment."""
_WEAR = 3.0
"""Shape of the Weibull law of machine lives: few leave young, most within a third of the mean life."""


@dataclass(frozen=True)
class LifeModel:
    """The lives of the items of a chain.

    items: item, last (the item at the end of its succession), steps to it, its own price.
    lives, one row per last item: last, price, lot, lead_time, rate (units a year, those of the items it replaces
    included) and dispersion over all sites, was_asked (whether anything of it was ever asked for), months_left until
    it need no longer be served (0: over), order_months until it can no longer be ordered (negative: past; null: no such
    day), served_until_on, order_on, fade (row of `asked`).
    asked: (patterns, LONGEST + 1) months' worth of today's demand asked until each month from today.
    """

    today: date | None
    items: pl.DataFrame
    lives: pl.DataFrame
    asked: Floats

    def asked_between(self, fade: int, start: float, months_left: float) -> Floats:
        """Return (months,) what each month from `start` to the end asks, in months' worth of today's demand."""
        months = max(math.ceil(months_left - start), 0)
        at = np.minimum(start + np.arange(months + 1), months_left)
        return np.diff(np.interp(at, np.arange(LONGEST + 1), self.asked[fade]))


def life_model(chain: Chain, today: date | None, horizon: float, decline_share: float, machine_life: float | None
               ) -> LifeModel:
    """Return the lives of the items of a chain.

    `horizon` is how long an item without an end is looked at (years); `decline_share` the share of demand lost a year;
    `machine_life` the mean life of a machine (years; None: machines are not looked at). Raises Unsupported when dates
    are to be judged and nothing says what day it is.
    """
    items = _successions(chain)
    dates = chain.table("items").select(last="item", order_on="last_order_on", end_on="last_service_on")
    now = today or _last_day(chain)
    dated = dates.filter(pl.any_horizontal(pl.col("order_on", "end_on").is_not_null()))
    if now is None and (dated.height or machine_life is not None):
        first = f" (items {', '.join(dated['last'].sort().head(5))})" if dated.height else ""
        raise Unsupported(f"Nothing says what day it is, and items have last days or machines age{first}. Give the "
                          "param today, or the day `to` under [period] in chain.toml.")
    lives = (
        items.filter(steps=0).select("last", "price")
        .join(chain.table("items").select("item", "lot", "lead_time"), left_on="last", right_on="item", how="left",
              maintain_order="left")
        .join(_demand(chain, items), on="last", how="left", maintain_order="left")
        .join(_ever_asked(chain, items), on="last", how="left", maintain_order="left")
        .with_columns(pl.col("rate").fill_null(0.0), pl.col("dispersion").fill_null(1.0),
                      pl.col("was_asked").fill_null(value=False))
        .with_columns(pl.col("was_asked") | (pl.col("rate") > 0))
        .join(_spans(dates, now, horizon), on="last", how="left", maintain_order="left")
    )
    large = lives.filter(pl.col("rate") > _MOST_A_YEAR)
    if large.height:
        raise Unsupported(f"In the table demand the rate of {large['last'][0]} is more than {_MOST_A_YEAR:,.0f} units "
                          "a year in all. Count it in packs: in stocks, in demand and in its price.")
    fades, patterns = _fades(chain, items, now, decline_share, machine_life)
    lives = lives.join(fades, on="last", how="left", maintain_order="left").with_columns(pl.col("fade").fill_null(0))
    return LifeModel(now, items, lives, patterns)


def _successions(chain: Chain) -> pl.DataFrame:
    """Return each item with the last one of its succession and the steps to it, oldest first within each."""
    items = chain.table("items").select("item", "price", "successor")
    reached = ends(dict(items.select("item", "successor").drop_nulls().iter_rows()))
    way = pl.DataFrame([(item, last, steps) for item, (last, steps) in reached.items()], orient="row",
                       schema={"item": pl.String, "last": pl.String, "steps": pl.Int64})
    return (
        items.join(way, on="item", how="left")
        .select("item", pl.col("last").fill_null(pl.col("item")), pl.col("steps").fill_null(0), "price")
        .sort("last", "steps", "item", descending=[False, True, False])
    )


def _last_day(chain: Chain) -> date | None:
    """Return the last day of the chain's period; without one, that of its latest fact; None where there is neither."""
    if "to" in chain.settings.period:
        return chain.settings.period["to"]
    times = [chain.table(table)[column].max() for table, column in (
        ("cases", "opened_at"), ("cases", "closed_at"), ("events", "happened_at"), ("movements", "moved_at"))
        if chain.has(table)]
    return max((time.date() for time in times if isinstance(time, datetime)), default=None)


def _demand(chain: Chain, items: pl.DataFrame) -> pl.DataFrame:
    """Return the rate and the dispersion of each succession, all its items and sites together."""
    demand = chain.table("demand").join(items.select("item", "last"), on="item", how="inner")
    return demand.group_by("last").agg(
        pl.col("rate").sum(), dispersion=(pl.col("dispersion") * pl.col("rate")).sum() / pl.col("rate").sum()
    ).with_columns(pl.col("dispersion").fill_nan(1.0))


def _ever_asked(chain: Chain, items: pl.DataFrame) -> pl.DataFrame:
    """Return the successions of which a unit was ever asked for or left a shelf, whatever came back."""
    asked = []
    if chain.has("cases"):
        asked.append(chain.table("cases").filter(pl.col("quantity") > 0).select("item"))
    if chain.has("movements"):
        asked.append(chain.table("movements").filter(pl.col("quantity") < 0, kind="issue").select("item"))
    named = pl.concat([items.select("item").clear(), *asked])
    return items.join(named, on="item", how="semi").select("last", was_asked=pl.lit(value=True)).unique()


def _spans(dates: pl.DataFrame, now: date | None, horizon: float) -> pl.DataFrame:
    """Return, for each item, the months until its last order and its last service, and the days they are."""
    day = pl.lit(now, pl.Date)
    until = {name: (pl.col(name) - day).dt.total_days() / DAYS_PER_MONTH for name in ("order_on", "end_on")}
    spans = dates.with_columns(order_months=until["order_on"], end_months=until["end_on"])
    never = pl.col("order_months") > LONGEST
    spans = spans.with_columns(pl.when(~never).then("order_months"), order_on=pl.when(~never).then("order_on"))
    open_end = pl.max_horizontal("order_months", pl.lit(0.0)).fill_null(0.0) + horizon * MONTHS_PER_YEAR
    has_end = (pl.col("end_months") <= LONGEST).fill_null(value=False)
    return spans.select(
        "last", "order_on", "order_months",
        months_left=pl.when(has_end).then(pl.max_horizontal("end_months", pl.lit(0.0)))
        .otherwise(pl.min_horizontal(open_end, pl.lit(float(LONGEST)))),
    ).with_columns(served_until_on=day + pl.duration(days=(pl.col("months_left") * DAYS_PER_MONTH).round()))


def _fades(chain: Chain, items: pl.DataFrame, now: date | None, decline_share: float, machine_life: float | None
           ) -> tuple[pl.DataFrame, Floats]:
    """Return which pattern of fading the demand of each succession follows, and the patterns; the first has no base.

    Where positions say which machines hold an item, its demand follows the share of them still at work: a machine of
    age a is at work t later with probability S(a + t) / S(a), S Weibull of mean `machine_life`.
    """
    middle = (np.arange(LONGEST) + 0.5) / MONTHS_PER_YEAR
    decline = (1.0 - decline_share) ** middle
    patterns, named = [decline], pl.DataFrame(schema={"last": pl.String, "fade": pl.Int64})
    if machine_life is not None and now is not None and chain.has("assets", "positions"):
        born = chain.table("assets").select("model", "installed_on").drop_nulls()
        ages = {str(model[0]): _ages(group["installed_on"], now) for model, group in born.group_by("model")}
        held = chain.table("positions").filter(pl.col("model").is_in(list(ages))).select("item", "model")
        bases = held.join(items.select("item", "last"), on="item").group_by("last").agg(
            pl.col("model").unique().sort()).sort("last")
        known = [tuple(models) for models in bases["model"]]
        fade = {models: place for place, models in enumerate(dict.fromkeys(known), start=1)}
        patterns += [decline * _at_work(np.concatenate([ages[model] for model in models]), middle, machine_life)
                     for models in fade]
        named = bases.select("last", fade=pl.Series([fade[models] for models in known], dtype=pl.Int64))
    return named, np.concatenate([np.zeros((len(patterns), 1)), np.cumsum(patterns, axis=1)], axis=1)


def _ages(installed_on: pl.Series, now: date) -> Floats:
    """Return the ages of machines (years); one installed later is new."""
    days = [(now - day) / timedelta(days=1) for day in installed_on]
    return np.maximum(np.array(days), 0.0) / (DAYS_PER_MONTH * MONTHS_PER_YEAR)


def _at_work(ages: Floats, times: Floats, mean_life: float) -> Floats:
    """Return (times,) the share of machines of these ages (years) still at work after each time (years)."""
    scale = mean_life / math.gamma(1.0 + 1.0 / _WEAR)
    share = np.zeros(len(times))
    for age in ages:
        share += np.exp((age / scale) ** _WEAR - ((age + times) / scale) ** _WEAR)
    return share / len(ages)
