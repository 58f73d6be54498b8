"""Why did a metric change between two periods: which members, by mix or by rate, and which dimension tells it best?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.maths.evidence.change import mix_and_rates
from arbitre.maths.evidence.explanation import (
    chance,
    explaining,
    explanatory_power,
    explanatory_power_of_ratio,
    false_discovery_shares,
    surprise,
)
from arbitre.measure._metrics.forms import Form

Floats = NDArray[np.float64]
_NONE = "(none)"


class _Told:
    """A metric that adds up, by one dimension: above and below the line, each (members, periods)."""

    def __init__(self, keys: pl.DataFrame, form: Form, way: int, periods: pl.Series) -> None:
        here = (keys["way"] == way).to_numpy()
        own = keys.filter(pl.Series(here))
        self.members = own["member"].unique().sort(nulls_last=False)
        places = self.members.to_frame("member").with_row_index("row")
        at = own.select("member", "starts_on").join(places, on="member", how="left", nulls_equal=True,
                                                    maintain_order="left")
        columns = own["starts_on"].replace_strict({day: place for place, day in enumerate(periods)}, default=None,
                                                  return_dtype=pl.Int64)
        known = columns.is_not_null().to_numpy()
        cell = at["row"].to_numpy()[known], columns.drop_nulls().to_numpy()
        self.above, self.below = (self._matrix(values, here, known, cell, len(periods))
                                  for values in (form.above, form.below))

    def _matrix(self, values: Floats | None, here: NDArray[np.bool_], known: NDArray[np.bool_],
                cell: tuple[NDArray[np.int64], NDArray[np.int64]], periods: int) -> Floats:
        matrix = np.zeros((len(self.members), periods))
        if values is not None:
            matrix[cell] = values[here][known]
        return matrix


def changes(keys: pl.DataFrame, forms: Mapping[str, Form], by: Sequence[str], pairs: pl.DataFrame
            ) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of metric_changes and metric_explained for the last of the pairs of periods.

    `keys` and `forms` as measured; `pairs`: starts_on and before_on of the periods that can be compared, in order of
    time: those before the last tell what is usual. Of a metric that does not add up over members only everyone is told.
    """
    if not pairs.height:
        return pl.DataFrame(), pl.DataFrame()
    after, before = pairs.row(-1)
    days = pl.concat([pairs["starts_on"], pairs["before_on"]]).unique().sort()
    place = {day: at for at, day in enumerate(days)}
    steps = [(place[old], place[new]) for new, old in pairs.rows()]
    told, explained = [], []
    for metric, form in forms.items():
        told.append(_everyone(keys, form, after, before).with_columns(metric=pl.lit(metric)))
        for way, dimension in enumerate(by, 1):
            if way in form.ways and form.adds_up:
                by_member = _Told(keys, form, way, days)
                rows = _members(by_member, form.below is not None, *steps[-1])
                label = {"metric": pl.lit(metric), "dimension": pl.lit(dimension)}
                told.append(rows.with_columns(**label))
                explained.append(_explained(by_member, rows, form.below is not None, steps).with_columns(**label))
    when = {"starts_on": pl.lit(after), "before_on": pl.lit(before)}
    ranked = _ranked(pl.concat(explained, how="diagonal")).with_columns(**when) if explained else pl.DataFrame()
    return pl.concat(told, how="diagonal").with_columns(**when), ranked


def _everyone(keys: pl.DataFrame, form: Form, after: date, before: date) -> pl.DataFrame:
    """Return the metric before and after, for everyone."""
    own = keys.select("way", "starts_on", value=pl.Series(form.value).fill_nan(None)).filter(way=0)
    old, new = (own.filter(starts_on=day)["value"].item() for day in (before, after))
    total = new - old if None not in (old, new) else None
    numbers = dict.fromkeys(("before", "after", "total"), pl.Float64)
    return pl.DataFrame({"dimension": [None], "before": [old], "after": [new], "total": [total]},
                        schema={"dimension": pl.String, **numbers})


def _members(told: _Told, is_ratio: bool, before: int, after: int) -> pl.DataFrame:
    """Return what each member adds to the change between two periods."""
    above = told.above[:, before], told.above[:, after]
    below = told.below[:, before], told.below[:, after]
    seen = (above[0] != 0) | (above[1] != 0) | (below[0] != 0) | (below[1] != 0)
    above, below = (above[0][seen], above[1][seen]), (below[0][seen], below[1][seen])
    frame = pl.DataFrame({"member": told.members.filter(pl.Series(seen))})
    if not is_ratio:
        return _known(frame, before=above[0], after=above[1], total=above[1] - above[0],
                      explained_share=explanatory_power(*above), surprise=surprise(*above))
    rates = [_over(up, down) for up, down in zip(above, below, strict=True)]
    shares = [_over(down, np.full(len(down), down.sum())) for down in below]
    mix, rate = mix_and_rates(above, below) if seen.any() else (above[0], above[0])
    return _known(frame, before=rates[0], after=rates[1], before_share=shares[0], after_share=shares[1], mix=mix,
                  rate=rate, total=mix + rate, explained_share=explanatory_power_of_ratio(above, below),
                  surprise=surprise(*above) + surprise(*below))


def _explained(told: _Told, rows: pl.DataFrame, is_ratio: bool, steps: Sequence[tuple[int, int]]) -> pl.DataFrame:
    """Return how far the dimension explains the change, beside what is usual."""
    parts = (told.above, told.below) if is_ratio else (told.above,)
    surprises = np.array([sum(float(surprise(part[:, old], part[:, new]).sum()) for part in parts)
                          for old, new in steps])
    usual = surprises[:-1][np.isfinite(surprises[:-1])]
    power, own = (rows[name].fill_null(np.nan).to_numpy() for name in ("explained_share", "surprise"))
    taken = explaining(power, own)
    taken = taken[:0] if len(taken) == rows.height else taken  # all of them together explain anything
    return _known(
        pl.DataFrame({"members": [", ".join(rows["member"].fill_null(_NONE).gather(taken)) or None]},
                     schema={"members": pl.String}),
        explained_share=[power[taken].sum() if len(taken) else np.nan],
        explaining=[float(len(taken))], of_members=[float(rows.height)], surprise=[surprises[-1]],
        usual_surprise=[usual.mean() if len(usual) else np.nan], p_value=[chance(surprises[-1], usual)],
        **({name: [rows[name].to_numpy().sum()] for name in ("mix", "rate")} if is_ratio else {}))


def _ranked(explained: pl.DataFrame) -> pl.DataFrame:
    """Return the dimensions of each metric, those first that explain its change by few members, then by surprise."""
    times = pl.when(pl.col("usual_surprise") > 0).then(pl.col("surprise") / pl.col("usual_surprise"))
    ordered = explained.with_columns(
        times=times, q_value=pl.Series(false_discovery_shares(explained["p_value"].fill_null(np.nan).to_numpy())),
    ).with_columns(pl.col("q_value").fill_nan(None)).sort(
        "metric", pl.col("explaining") > 0, "times", "surprise", "dimension",
        descending=[False, True, True, True, False], nulls_last=True)
    return ordered.with_columns(rank=pl.int_range(1, pl.len() + 1).over("metric"))


def _known(frame: pl.DataFrame, **columns: Floats | list[float]) -> pl.DataFrame:
    """Return the frame with columns of numbers, empty where they are none."""
    return frame.with_columns(pl.Series(name, values, pl.Float64).fill_nan(None) for name, values in columns.items())


def _over(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below != 0.0)
