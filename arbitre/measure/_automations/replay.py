"""Of which open cases did each condition hold at each past week's end, and since which of them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.measure._open_cases import DAY, cases_of, hygiene, known, standing, stays_by
from arbitre.tables.chain import Chain
from arbitre.tables.conditions import FLAGS, Asked, all_hold, condition
from arbitre.tables.frames import as_number

TODAY_ONLY = "dead"
"""The flag that only a forecast made now can tell."""


@dataclass(frozen=True)
class Rule:
    """A rule: its row, what its condition asks, and whether the past can tell."""

    name: str
    kind: str | None
    asked: tuple[Asked, ...]
    action: str
    parameter: str | None
    hours: float

    @property
    def has_past(self) -> bool:
        """Whether its condition could be asked of a day in the past."""
        return all(one.term.column != TODAY_ONLY for one in self.asked)

    def contrary(self, other: Rule) -> bool:
        """Tell whether both cannot be done to one case: one closes it, or they say different things of the same."""
        if "close" in (self.action, other.action):
            return self.action != other.action
        return (self.action == other.action and self.action in ("reassign", "prioritise")
                and self.parameter != other.parameter)


@dataclass(frozen=True)
class Replay:
    """cases: every case, its exit and its worth now. moments: ends of weeks, the last is now.

    open_ones: moment, case, of the open cases at each moment. touched: rule, moment, case, while a condition held.
    now: where each open case stands now, with all that conditions ask.
    """

    cases: pl.DataFrame
    moments: tuple[datetime, ...]
    open_ones: pl.DataFrame
    touched: pl.DataFrame
    now: pl.DataFrame


def rules_of(chain: Chain) -> list[Rule]:
    """Return the active rules, the higher row first; raises Unsupported where there is none."""
    rows = chain.table("automations").filter("is_active")
    if not rows.height:
        raise Unsupported("No automation is active. Set is_active in automations.")
    return [Rule(row["automation"], row["kind"], tuple(condition(row["condition"])), row["action"], row["parameter"],
                 row["hours"]) for row in rows.iter_rows(named=True)]


def replayed(chain: Chain, rules: Sequence[Rule], until: date | None, weeks: int, names: tuple[str, str]) -> Replay:
    """Return what conditions held of at the ends of past weeks and now; names: the attributes of worth and due day."""
    cases = cases_of(chain, None)
    met = pl.concat([chain.table("events")["happened_at"], cases["opened_at"]]).drop_nulls()
    now = datetime.combine(until or met.max().date(), time.max)  # type: ignore[union-attr]
    first: datetime = cases["opened_at"].min()  # type: ignore[assignment]
    moments = [moment for back in range(weeks, 0, -1) if (moment := now - timedelta(weeks=back)) >= first]
    worth = known(chain, names[0], now).select("case", after=as_number("known"))
    cases = cases.join(worth, on="case", how="left", maintain_order="left")
    if worth["after"].drop_nulls().is_empty():
        cases = cases.with_columns(after=pl.lit(1.0))
    asked = [one for rule in rules for one in rule.asked]
    reached = cases.join(_reached(chain, asked), on="case", how="left", maintain_order="left")
    open_ones, touched, there = [], [], pl.DataFrame()
    for moment in (*moments, now):
        there = _standing(chain, reached, asked, names[1], moment, is_now=moment == now)
        open_ones.append(there.select("case", moment=pl.lit(moment)))
        touched += [_held(there, rule).select("case", moment=pl.lit(moment), rule=pl.lit(rule.name))
                    for rule in rules if rule.has_past or moment == now]
    return Replay(cases, (*moments, now), pl.concat(open_ones), pl.concat(touched), there)


def _held(there: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Return the open cases that a rule would touch; giving a case to who has it already touches nothing."""
    held = there.filter(all_hold(rule.asked))
    held = held if rule.kind is None else held.filter(pl.col("kind") == rule.kind)
    return held.filter(pl.col("resource").ne_missing(rule.parameter)) if rule.action == "reassign" else held


def _standing(chain: Chain, cases: pl.DataFrame, asked: Sequence[Asked], expected: str, at: datetime, *, is_now: bool
              ) -> pl.DataFrame:
    """Return the open cases at a moment with all that conditions ask of them, as it was known then."""
    stays = stays_by(chain, cases, at)
    now = standing(stays, cases, at)
    there = now.select("case", "step", "value", days_at_step="age")
    held = stays.group_by("case").agg(pl.col("resource").drop_nulls().last())
    there = there.join(held, on="case", how="left", maintain_order="left")
    there = there.join(cases.drop("after"), on="case", how="left", maintain_order="left").with_columns(
        days_open=(pl.lit(at) - pl.col("opened_at")).dt.total_microseconds() / DAY)
    for name in sorted({one.attribute for one in asked if one.attribute is not None}):
        there = there.join(known(chain, name, at).rename({"known": f"attribute.{name}"}), on="case", how="left",
                           maintain_order="left")
    flags = {one.term.column for one in asked} & set(FLAGS)
    told = flags if is_now else flags - {TODAY_ONLY}
    if told:
        wrong = hygiene(chain, stays, now, expected, at, told)
        there = there.with_columns(pl.col("case").is_in(wrong.filter(rule=flag)["case"].implode()).alias(flag)
                                   for flag in sorted(told))
    return there.with_columns(pl.lit(None, pl.Boolean).alias(flag) for flag in flags - told)


def _reached(chain: Chain, asked: Sequence[Asked]) -> pl.DataFrame:
    """Return each case with the columns that conditions ask of it, or of what it refers to, under the names asked."""
    found = chain.table("cases").select("case")
    have = {"case", "kind", "opened_at", "closed_at"}
    for one in asked:
        if one.reached is None or one.term.column in found.columns or one.term.column in have:
            continue
        rows, column = chain.table("cases"), "case"
        told = rows.select("case", at=(one.reached.by or ((one.reached.column.name, "", ""),))[0][0])
        for place, (_, table, key) in enumerate(one.reached.by):
            column = one.reached.by[place + 1][0] if place + 1 < len(one.reached.by) else one.reached.column.name
            there = chain.table(table).select(pl.col(key).alias("at"), pl.col(column).alias("next"))
            told = told.join(there, on="at", how="left", maintain_order="left").select("case", at="next")
        found = found.join(told.rename({"at": one.term.column}), on="case", how="left", maintain_order="left")
    return found
