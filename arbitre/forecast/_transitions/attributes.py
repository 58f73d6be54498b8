"""What was known of a case at a moment, and which fields tell what nobody could have known?

An attribute is a few levels: its most frequent values, or sixths of a number; blank is one more level; days are left
out, as every case has its own. A dated value counts from its date on. An undated one is read as it stands today, so it
may have been filled when the case ended. It is a leak, and refused, where
    a level, blank or not, has no exit (or none of one kind) though many are expected of cases as old in these steps:
                what is known of cases that end is not yet known of those that are open;
    a number rises with how long the case was followed, which is what is to be forecast.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import rankdata

from arbitre.forecast._transitions.stays import Stays
from arbitre.tables.chain import Chain

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

BLANK = "(blank)"
_OTHER = "(other)"
_MOST_LEVELS = 30
_SIXTHS = 6
_NUMBERS_SHARE = 0.9
"""Share of the values that are numbers, above which an attribute is one."""
LEAST_EXPECTED = 10.0
"""Exits expected of a level without any, from which chance cannot tell it: less than 1 in 20,000."""
_RISES = 0.7
"""Rank correlation with the time followed, from which a number is taken to grow with it."""
_OWN = ("customer", "segment", "offer", "item", "site")


class Attribute(NamedTuple):
    """An attribute: the code of each value on record, by case and in order of time.

    case, since, code (values,): whose, from when (seconds, -inf: always), which level. number (values,): NaN for text.
    """

    name: str
    levels: tuple[str, ...]
    case: Integers
    since: Floats
    code: Integers
    number: Floats
    is_dated: bool

    def at(self, case: Integers, time: Floats) -> Integers:
        """Return the place of the value that was known of each case at a time, -1: none."""
        if not len(self.case):
            return np.full(len(case), -1, np.int64)
        if not self.is_dated:
            found = np.searchsorted(self.case, case, side="right") - 1
            return np.where((found >= 0) & (self.case[found] == case), found, -1)
        origin = min(float(self.since[np.isfinite(self.since)].min(initial=np.inf)), float(time.min(initial=np.inf)))
        room = max(float(self.since.max()), float(time.max(initial=origin))) - origin + 3.0
        key = self.case * room + np.maximum(self.since - origin + 1.0, 0.0)
        found = np.searchsorted(key, case * room + (time - origin + 1.0), side="right") - 1
        return np.where((found >= 0) & (self.case[found] == case), found, -1)

    def codes(self, case: Integers, time: Floats) -> Integers:
        """Return the level of each case at a time; blank is 0."""
        place = self.at(case, time)
        return np.where(place >= 0, self.code[place], 0) if len(self.code) else np.zeros(len(case), np.int64)

    def numbers(self, case: Integers, time: Floats) -> Floats:
        """Return the number of each case at a time, 0 where none was known."""
        place = self.at(case, time)
        return np.where(place >= 0, np.nan_to_num(self.number[place]), 0.0) if len(self.code) else np.zeros(len(case))


class Leak(NamedTuple):
    """An attribute that is refused: why, for which level and exit, with how many exits expected and seen."""

    attribute: str
    reason: str
    level: str
    exit: str
    expected: float
    seen: int


def read_attributes(chain: Chain, stays: Stays) -> list[Attribute]:
    """Return what is known of each case: its own columns, the table attributes, and who brought it where it stands."""
    cases = stays.cases
    found = [_leveled(name, cases.height, cases.select("row", value=name, since=pl.lit(None, pl.Float64)))
             for name in _OWN]
    if chain.has("attributes"):
        rows = chain.table("attributes").select(
            "case", "attribute", "value", since=pl.col("valid_from").cast(pl.Datetime("us")).dt.epoch("us") / 1e6)
        rows = rows.join(cases.select("case", "row"), on="case", how="inner", maintain_order="left")
        found += [_leveled(str(name[0]), cases.height, part)
                  for name, part in rows.group_by("attribute", maintain_order=True)]
    by_whom = pl.DataFrame({"row": stays.case, "value": stays.resource, "since": stays.came})
    found.append(_leveled("resource", cases.height, by_whom.filter(pl.col("value").is_not_null())))
    return [attribute for attribute in found if len(attribute.levels) > 1 and not _are_days(attribute)]


def _are_days(attribute: Attribute) -> bool:
    """Tell whether the values are days: every case has its own."""
    days = pl.Series(attribute.levels[1:], dtype=pl.String).str.to_date("%Y-%m-%d", strict=False, exact=False)
    return days.drop_nulls().len() >= _NUMBERS_SHARE * (len(attribute.levels) - 2) > 0


def _leveled(name: str, cases: int, rows: pl.DataFrame) -> Attribute:
    """Return an attribute of so many cases from its values: row, value, since (empty: nobody knows)."""
    rows = rows.select(pl.col("row").cast(pl.Int64), pl.col("value").cast(pl.String), "since")
    rows = rows.with_columns(pl.col("since").fill_null(-np.inf)).sort("row", "since", maintain_order=True)
    number = rows["value"].cast(pl.Float64, strict=False)
    known = rows["value"].drop_nulls()
    is_dated = bool(np.isfinite(rows["since"].to_numpy()).any())
    if len(known) and number.count() >= _NUMBERS_SHARE * len(known) and number.n_unique() > _SIXTHS + 2:
        cuts = np.unique(np.quantile(number.drop_nulls().to_numpy(), np.arange(1, _SIXTHS) / _SIXTHS))
        levels = (BLANK, *(f"≤ {cut:.6g}" for cut in cuts), f"> {cuts[-1]:.6g}")
        code = np.searchsorted(cuts, number.fill_null(0.0).to_numpy(), side="left") + 1
        code = np.where(number.is_null().to_numpy(), 0, code)
    else:
        counts = known.value_counts(sort=False).sort("count", "value", descending=[True, False])
        names = counts["value"].to_list()
        kept = names[:_MOST_LEVELS]
        levels = (BLANK, *kept, *([_OTHER] if len(names) > len(kept) else []))
        place = {value: number for number, value in enumerate(levels)}
        code = rows["value"].replace_strict(place, default=len(levels) - 1, return_dtype=pl.Int64)
        code = np.where(rows["value"].is_null().to_numpy(), 0, code.fill_null(0).to_numpy())
    if len(levels) == 2 and (code == 1).all() and rows.height == cases and not is_dated:
        levels = levels[1:]  # the same for every case: it tells nothing
    return Attribute(name, levels, rows["row"].to_numpy(), rows["since"].to_numpy(), code.astype(np.int64),
                     number.fill_null(np.nan).to_numpy(), is_dated)


def leaks(attributes: list[Attribute], stays: Stays, rows: Any, expected: Floats) -> list[Leak]:
    """Return the undated attributes that tell what nobody could have known.

    Args: rows, the periods followed, as _transitions_model.Rows; expected (rows, exits), passages to each exit expected
    of cases as old in the same step, whatever their attributes.
    """
    found = [leak for attribute in attributes if not attribute.is_dated
             for leak in [_empty_level(attribute, stays, rows, expected) or _growing(attribute, stays)] if leak]
    return sorted(found, key=lambda leak: (-leak.expected, leak.attribute))


def _empty_level(attribute: Attribute, stays: Stays, rows: Any, expected: Floats) -> Leak | None:
    """Return the leak of an attribute of which a level has no exit, or none of one kind."""
    level = attribute.codes(stays.case[rows.stay], rows.time)
    count, exits = len(attribute.levels), len(stays.exits)
    foreseen = np.stack([np.bincount(level, expected[:, e], count) for e in range(exits)], axis=1)
    ends = rows.passage >= len(stays.steps)
    seen = np.zeros((count, exits))
    np.add.at(seen, (level[ends], rows.passage[ends] - len(stays.steps)), 1.0)
    none = np.where(seen.sum(axis=1) == 0, foreseen.sum(axis=1), 0.0)
    worst = int(none.argmax())
    if none[worst] >= LEAST_EXPECTED:
        return Leak(attribute.name, "never_ends", attribute.levels[worst], "", float(none[worst]), 0)
    scaled = foreseen * (seen.sum(axis=1) / np.maximum(foreseen.sum(axis=1), 1e-12))[:, None]
    one = np.where(seen == 0, scaled, 0.0)
    worst, which = np.unravel_index(int(one.argmax()), one.shape)
    if one[worst, which] < LEAST_EXPECTED:
        return None
    return Leak(attribute.name, "one_exit", attribute.levels[worst], stays.exits[which], float(one[worst, which]), 0)


def _growing(attribute: Attribute, stays: Stays) -> Leak | None:
    """Return the leak of a number that grows with the time a case was followed."""
    number = attribute.number
    if np.isnan(number).all() or len(number) < _MOST_LEVELS:
        return None
    begin, end = np.full(stays.cases.height, np.inf), np.full(stays.cases.height, -np.inf)
    np.minimum.at(begin, stays.case, stays.came)
    np.maximum.at(end, stays.case, np.minimum(stays.left, stays.at))
    known = np.isfinite(number) & np.isfinite(begin[attribute.case])
    followed = (end - begin)[attribute.case[known]]
    if len(np.unique(followed)) < 2 or len(np.unique(number[known])) < 2:
        return None
    rank = float(np.corrcoef(rankdata(number[known]), rankdata(followed))[0, 1])
    return Leak(attribute.name, "grows", "", "", rank, 0) if rank >= _RISES else None
