"""What is each metric worth, period by period, for everyone and for each member of each dimension?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
import polars as pl

from arbitre.core.calendars import HOUR
from arbitre.core.errors import Unsupported, UsageError
from arbitre.maths.levels import mean_levels
from arbitre.measure._metrics.forms import Form, combined, computed
from arbitre.measure._metrics.periods import Periods
from arbitre.measure._metrics.sql import Ways, aggregated, standing, whose
from arbitre.measure._promises.followed import microseconds, with_due
from arbitre.measure._promises.needs import calendars_named, require
from arbitre.measure._promises.sql import cases, counts
from arbitre.tables.arithmetic import parsed
from arbitre.tables.chain import Chain
from arbitre.tables.filters import terms
from arbitre.tables.measured import Row, table_of, told
from arbitre.tables.reach import Reached

KEYS = ("way", "member", "starts_on")
"""Way 0 is everyone; way k tells by the k-th dimension asked for, member by member."""

_DAY = 24 * HOUR
_MEMBERS = 2_000
"""Members whose levels are held at once, day by day."""


def measured(chain: Chain, rows: Sequence[Row], by: Sequence[str], periods: Periods
             ) -> tuple[pl.DataFrame, dict[str, Form]]:
    """Return the keys told (way, member, starts_on) and each metric over them.

    `rows` are the metrics asked for and those they are computed from, these first. Raises UsageError when no metric
    can be told by a dimension, Unsupported when the chain lacks a table that one measures.
    """
    ways = _ways([row for row in rows if row["kind"] not in ("ratio", "derived")], by)
    found = {row["metric"]: _based(chain, row, ways[row["metric"]], periods) for row in rows if row["metric"] in ways}
    everyone = periods.table.select(way=pl.lit(0, pl.Int32), member=pl.lit(None, pl.String), starts_on="starts_on")
    keys = pl.concat([everyone, *(frame.select(KEYS) for frame in found.values())]).unique().sort(KEYS)
    forms: dict[str, Form] = {}
    whole = frozenset(range(len(by) + 1))
    by_name = {row["metric"]: row for row in rows}
    for row in rows:
        name = row["metric"]
        if name in found:
            forms[name] = _form(chain, row, found[name], keys, frozenset((0, *ways[name])))
        elif row["kind"] == "ratio":
            forms[name] = _ratio(by_name[row["numerator"]], by_name[row["denominator"]], forms)
        else:
            forms[name] = computed(parsed(row["expression"]), forms, keys.height, whole)
    return keys, forms


def _ways(rows: Sequence[Row], by: Sequence[str]) -> dict[str, dict[int, Reached]]:
    """Return the dimensions that the rows of each metric reach; raises UsageError where a name tells none of them."""
    found: dict[str, dict[int, Reached]] = {row["metric"]: {} for row in rows}
    for way, name in enumerate(by, 1):
        why = ""
        for row in rows:
            try:
                found[row["metric"]][way] = told(row, name)
            except UsageError as wrong:
                why = str(wrong)
        if not any(way in ways for ways in found.values()):
            raise UsageError(f"No metric can be told by {name}. {why}")
    return found


def _based(chain: Chain, row: Row, ways: Ways, periods: Periods) -> pl.DataFrame:
    """Return a metric that is measured from rows: way, member, starts_on, above, below, sample, alike."""
    table = str(table_of(row))
    if table not in chain.tables:
        raise Unsupported(f"The metric {row['metric']} measures the table {table}, which the chain {chain.name} lacks. "
                          f"Add tables/{table}.csv, or name the other metrics in the parameter metrics.")
    if row["kind"] == "promise":
        return _kept(chain, row, ways, periods)
    if row["kind"] == "level":
        return _level(chain, row, ways, periods)
    text, parameters = aggregated(row, ways)
    given = {"now": periods.now, **parameters}
    frame = chain.sql_with({"days": periods.days(row)}, text, **{name: value for name, value in given.items()
                                                                if f"${name}" in text})
    alike = pl.col("below") if row["kind"] == "conversion" else pl.lit(None, pl.Float64)
    return frame.with_columns(pl.col("way").cast(pl.Int32), alike=alike)


def _kept(chain: Chain, row: Row, ways: Ways, periods: Periods) -> pl.DataFrame:
    """Return what was promised and kept, by the day on which cases were opened."""
    promises = chain.table("promises").filter(promise=row["promise"])
    only = chain.with_(promises=promises)
    require(only, promises)
    text, parameters = whose(row, ways)
    when = {"now": periods.now, "since": date.min}
    own = only.sql(text, **parameters).join(periods.days(row), on="day")
    followed = with_due(only.sql(cases(("segment",)), **when), promises, calendars_named(only, promises), periods.now)
    followed = followed.join(own, on="case", maintain_order="left")
    told_by = [("starts_on",), *(("starts_on", f"dimension{way}") for way in ways)]
    found = only.sql_with({"followed": followed}, counts(told_by), now=periods.now)
    place = pl.col("way").replace_strict(dict(enumerate([0, *ways])), return_dtype=pl.Int32)
    member = pl.coalesce(*(f"dimension{way}" for way in ways)) if ways else pl.lit(None, pl.String)
    alike = pl.when(pl.col("squares") > 0).then(pl.col("cases") ** 2 / pl.col("squares")).otherwise(0.0)
    return found.filter(pl.col("cases") > 0).select(
        way=place, member=member, starts_on="starts_on", above="kept", below="cases",
        sample=pl.col("cases").round().cast(pl.Int64), alike=alike)


def _level(chain: Chain, row: Row, ways: Ways, periods: Periods) -> pl.DataFrame:
    """Return the mean over time of what stands, in each period, as far as facts reach in it."""
    text, parameters = standing(row, ways)
    given = {"now": periods.now, **parameters}
    spans = chain.sql(text, **{name: value for name, value in given.items() if f"${name}" in text})
    table = periods.table
    start, end = _midnight(table["starts_on"][0]), microseconds(periods.ends_at)
    bounds = np.array([_midnight(day) for day in (*table["starts_on"], table["ends_on"][-1])])
    first = (bounds[:-1] - start) // _DAY
    covered = np.minimum(bounds[1:], end) - np.maximum(bounds[:-1], _midnight(periods.first))
    is_told = covered > 0
    parts = []
    for way in (0, *ways):
        names = spans[f"dimension{way}"] if way else pl.Series([None], dtype=pl.String)
        members = names.unique(maintain_order=False).sort(nulls_last=False)
        codes = _codes(names, members) if way else np.zeros(spans.height, np.int32)
        for low in range(0, len(members), _MEMBERS):
            high = min(low + _MEMBERS, len(members))
            means = mean_levels(
                np.maximum(spans["since"].to_numpy(), _midnight(periods.first)),
                np.minimum(spans["until"].to_numpy(), end), np.where(codes < high, codes - low, -1).astype(np.int32),
                spans["amount"].fill_null(0.0).to_numpy(), start, _DAY, (int(bounds[-1] - start) // _DAY, high - low))
            stood = np.add.reduceat(means, first, axis=0)[is_told] * (_DAY / covered[is_told, None])
            parts.append(pl.DataFrame({
                "way": np.full(stood.size, way, np.int32),
                "member": members[low:high].gather(np.tile(np.arange(high - low), len(stood))),
                "starts_on": table["starts_on"].filter(is_told).gather(np.repeat(np.arange(len(stood)), high - low)),
                "above": stood.ravel()}))
    return pl.concat(parts).filter((pl.col("way") == 0) | (pl.col("above") != 0)).with_columns(
        below=pl.lit(None, pl.Float64), sample=pl.lit(None, pl.Int64), alike=pl.lit(None, pl.Float64))


def _codes(names: pl.Series, members: pl.Series) -> np.ndarray:
    """Return the place of each name among the members."""
    places = members.to_frame("name").with_row_index("place")
    found = names.to_frame("name").join(places, on="name", how="left", nulls_equal=True, maintain_order="left")
    return found["place"].cast(pl.Int32).to_numpy()


def _form(chain: Chain, row: Row, frame: pl.DataFrame, keys: pl.DataFrame, ways: frozenset[int]) -> Form:
    """Return a measured metric over the keys; what has no rows is nought in a sum, and no value elsewhere."""
    spread = keys.join(frame, on=KEYS, how="left", nulls_equal=True, maintain_order="left")
    is_sum, is_ratio = _shape(row)
    empty = 0.0 if is_sum or is_ratio else np.nan
    # An order may have its lines with several members: it counts with each, and once for everyone.
    of_orders = row["kind"] == "promise" and "order" in chain.table("promises").filter(promise=row["promise"])["counts"]
    return Form(
        above=spread["above"].fill_null(empty).to_numpy(),
        below=spread["below"].fill_null(0.0).to_numpy() if is_ratio else None,
        adds_up=(is_sum or is_ratio) and not of_orders,
        sample=spread["sample"].cast(pl.Float64).fill_null(np.nan if row["kind"] == "level" else 0.0).to_numpy(),
        ways=ways,
        alike=spread["alike"].fill_null(0.0).to_numpy() if row["kind"] in ("conversion", "promise") else None,
    )


def _shape(row: Row) -> tuple[bool, bool]:
    """Tell whether a measured metric is a sum, and whether it is a ratio of sums."""
    of_rows = row["kind"] in ("simple", "cumulative")
    return (row["kind"] == "level" or (of_rows and row["aggregation"] in ("count", "sum")),
            row["kind"] in ("conversion", "promise") or (of_rows and row["aggregation"] == "mean"))


def _ratio(above: Row, below: Row, forms: Mapping[str, Form]) -> Form:
    """Return a metric over another; where the rows of one are some of the other's, it is a share of them."""
    made = combined("/", forms[above["metric"]], forms[below["metric"]])
    same = all(above[name] == below[name] for name in ("table", "time", "measure"))
    rows = all(row["kind"] == "simple" and row["aggregation"] == "count" and row["measure"] is None
               for row in (above, below))
    some = rows and same and set(terms(below["filter"] or "")) <= set(terms(above["filter"] or ""))
    return Form(made.above, made.below, made.adds_up, made.sample, made.ways, made.below if some else None)


def _midnight(day: date) -> int:
    return microseconds(datetime(day.year, day.month, day.day))
