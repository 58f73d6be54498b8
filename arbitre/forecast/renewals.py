"""How many customers will renew, the first time and the tenth, and what will those under contract still pay?

*Renewals* come every `term` days from the day a customer signed. Who left during the term before one, or at it, missed
it; a renewal is counted once its day and `gap` days are past, and from `since` on, as whoever left before is not
told. The share that misses the t-th falls as those who leave easily have left: shifted beta-geometric law (Fader and
Hardie 2007, `maths.market.retention`), for everybody and for each segment with 10 departures.

*Value* (Markov reward, Pfeifer and Carraway 2000): every `period` days a customer stays under its offer, moves to
another or leaves, with the shares seen in its segment, drawn towards those of all segments as if 20 more customers had
been seen (Dirichlet); it pays the mean price of the offer. Intervals hold 90 %: of a renewal by the delta method, of a
value by draws of the shares. The chance to leave is the same at any age here, which renewals show is not so: where
customers are mostly new, the value is too low.

Reads contracts; customers where present. Writes renewals, contract_value. Units: days, money of the chain.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import expit

from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.streams import stream
from arbitre.core.units import DAYS_PER_YEAR
from arbitre.forecast._contract_periods import ContractParams, Periods, last_day, read_periods
from arbitre.maths.evidence.shares import NINE_IN_TEN
from arbitre.maths.market.retention import fit_renewals, worth_of_states
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("contracts",)
MAY_READ = ("customers",)
WRITES = ("renewals", "contract_value")

Floats = NDArray[np.float64]

_LEAST = 10
"""Renewals missed below which nothing is forecast."""
_NEXT = 5
"""Renewals told beyond the last one that anybody came to."""
_ELSEWHERE = 20.0
"""The moves of all segments count as so many of each one's own."""
_DRAWS = 400
"""Draws of the moves, from which the interval of a value is taken."""


class Params(ContractParams):
    """When customers renew, and how payments count."""

    term: int = Field(365, ge=1, le=3660, description="Days from one renewal to the next.",
                      json_schema_extra={"unit": "day"})
    period: int = Field(30, ge=1, le=366, description="Days of the periods in which customers stay, move or leave.",
                        json_schema_extra={"unit": "day"})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Forecast renewals and the value of contracts. Raises Unsupported where too few have left."""
    until = params.until or last_day(chain)
    since = params.since or chain.settings.period.get("from")
    progress(0.1, "following contracts")
    periods = read_periods(chain, since, until, params.period, 1, params.gap)
    stays = periods.rows.unique(["customer", "from_on"], maintain_order=True)
    came = _came(stays, since, until, params)
    renewals, of_all = _renewals(came)
    progress(0.6, "valuing contracts")
    value = _values(periods, params, seed)
    everybody = value.filter(pl.col("customers") > 0)
    summary: dict[str, Any] = {
        "until": until.isoformat(), "customers": int(everybody["customers"].sum()), "renewals": int(came["came"].sum()),
        "missed": int(came["missed"].sum()), **of_all,
        "value": float((everybody["customers"] * everybody["value"]).sum()),
    }
    return Result("forecast.renewals", summary, {"renewals": shaped(RESULTS["renewals"], renewals),
                                                 "contract_value": shaped(RESULTS["contract_value"], value)},
                  params=params.model_dump(mode="json"), seed=seed)


def _came(stays: pl.DataFrame, since: date | None, until: date, params: Params) -> pl.DataFrame:
    """Return a row for each renewal a customer came to: segment, renewal, missed (0 or 1), came (1)."""
    lasted = (pl.col("to_on") - pl.col("from_on")).dt.total_days() + 1
    last = (until + timedelta(days=1 - params.gap) - pl.col("from_on")).dt.total_days() // params.term
    missing = ((lasted - params.gap + params.term - 1) // params.term).clip(1)
    rows = stays.select("segment", "from_on", missing=missing, last=pl.min_horizontal(last, missing))
    rows = rows.filter(pl.col("last") >= 1).with_columns(renewal=pl.int_ranges(1, pl.col("last") + 1)).explode(
        "renewal")
    if since is not None:
        first = (since - pl.col("from_on")).dt.total_days()
        rows = rows.filter(pl.col("renewal") * params.term > first)
    return rows.select("segment", "renewal", came=pl.lit(1),
                       missed=(pl.col("renewal") == pl.col("missing")).cast(pl.Int64))


def _renewals(came: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return the law of renewals of everybody and of each segment, and the named numbers of the first."""
    if came["missed"].sum() < _LEAST:
        raise Unsupported(f"{came['missed'].sum()} of {came.height} renewals were missed: a forecast needs {_LEAST}. "
                          "Bring a longer history, with contracts.to_on of those who left, or shorten the term.")
    told, named = [], {}
    for segment in (None, *sorted(came["segment"].drop_nulls().unique())):
        part = came if segment is None else came.filter(segment=segment)
        if part["missed"].sum() < _LEAST:
            continue
        most = int(part["renewal"].max())  # type: ignore[arg-type]
        at = part["renewal"].to_numpy() - 1
        came_to = np.bincount(at, minlength=most).astype(np.float64)
        missed = np.bincount(at, part["missed"].to_numpy(), most).astype(np.float64)
        law = fit_renewals(came_to, missed)
        renewal = np.arange(1.0, most + _NEXT + 1.0)
        line = np.log((law.b + renewal - 1.0) / law.a)
        slope = np.column_stack([-np.ones_like(renewal), law.b / (law.b + renewal - 1.0)])
        width = NINE_IN_TEN * np.sqrt(np.einsum("ij,jk,ik->i", slope, law.covariance, slope))
        seen = np.concatenate([came_to, np.zeros(_NEXT)])
        told.append(pl.DataFrame({
            "renewal": renewal.astype(np.int64), "came": seen.astype(np.int64),
            "renewed": (seen - np.concatenate([missed, np.zeros(_NEXT)])).astype(np.int64),
            "renewed_share": expit(line), "low_share": expit(line - width), "high_share": expit(line + width),
            "kept_share": law.kept_share(renewal),
        }).with_columns(segment=pl.lit(segment, pl.String)))
        if segment is None:
            named = {"law.a": law.a, "law.b": law.b, "law.log_likelihood": law.log_likelihood,
                     "first_renewed_share": float(expit(line[0]))}
    return pl.concat(told), named


def _values(periods: Periods, params: Params, seed: int) -> pl.DataFrame:
    """Return what a customer of each segment under each offer still pays."""
    rows = periods.rows.with_columns(pl.col("offer", "segment").fill_null(""), left=pl.Series(periods.left))
    after = rows.select("customer", "from_on", offer_after="offer", back=pl.col("back") + 1)
    # Who is there now was followed over the gap as well, which is no whole period: it tells of no passage.
    moved = rows.filter(pl.col("back") > 0).join(after.filter(pl.col("back") > 1), on=["customer", "from_on", "back"],
                                                 how="left", maintain_order="left")
    moved = moved.filter(pl.col("left") | pl.col("offer_after").is_not_null())
    offers, segments = sorted(rows["offer"].unique()), sorted(rows["segment"].unique())
    counts = np.zeros((len(segments), len(offers), len(offers) + 1))
    for segment, offer, to, number in moved.select(
            "segment", "offer", to=pl.when("left").then(None).otherwise("offer_after")).group_by(
            "segment", "offer", "to").len().iter_rows():
        counts[segments.index(segment), offers.index(offer), offers.index(to) if to is not None else -1] = number
    pooled = counts.sum(axis=0) + 0.5
    shares = counts + _ELSEWHERE * pooled / pooled.sum(axis=1, keepdims=True)
    chance = stream(seed, "forecast.renewals", "shares")
    drawn = chance.standard_gamma(shares, (_DRAWS, *shares.shape))
    drawn /= drawn.sum(axis=-1, keepdims=True)
    mean = shares / shares.sum(axis=-1, keepdims=True)
    now = rows.filter(pl.col("back") == 0)
    price = _prices(rows, segments, offers)
    share = params.period / DAYS_PER_YEAR
    found, year = [], round(1.0 / share)
    for place, segment in enumerate(segments):
        worth, low_high = (worth_of_states(passage[..., :-1], share * np.nan_to_num(price[place]),
                                           (1.0 - params.discount_share) ** share, round(params.worth_years / share))
                           for passage in (mean[place], drawn[:, place]))
        after_year = np.linalg.matrix_power(mean[place][:, :-1], year)
        for state, offer in enumerate(offers):
            here = now.filter(segment=segment, offer=offer)
            if not np.isfinite(price[place, state]):
                continue
            low, high = np.quantile(low_high[:, state], [0.05, 0.95])
            found.append({"segment": segment or None, "offer": offer or None, "customers": here.height,
                          "price": price[place, state], "stay_share": after_year[state, state],
                          "leave_share": 1.0 - after_year[state].sum(), "value": worth[state], "low": low,
                          "high": high})
    return pl.DataFrame(found, schema_overrides={"segment": pl.String, "offer": pl.String})


def _prices(rows: pl.DataFrame, segments: list[str], offers: list[str]) -> Floats:
    """Return the mean price of each offer in each segment, NaN where nobody was under it: (segments, offers)."""
    price = np.full((len(segments), len(offers)), np.nan)
    for segment, offer, mean in rows.group_by("segment", "offer").agg(pl.col("price").mean()).iter_rows():
        price[segments.index(segment), offers.index(offer)] = np.nan if mean is None else mean
    return price
