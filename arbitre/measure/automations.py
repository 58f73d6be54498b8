"""What would rules do to the open cases, what would they have done in the past, and where do they disagree?

A rule is a row of automations: open cases of which its condition holds (tables/conditions) are closed, reassigned, ...;
here nothing is done. Conditions are asked of the open cases as they stand now, and of those of every week's end looked
back on, with what was known then. A case counts from the first time that a rule touches it; what the first week's end
finds is the backlog, the others make the rate, a Poisson count with its score interval (maths/weekly_rates).

Precision: of the cases touched `follow` days ago or longer, the share that was won within so many days after all, with
Wilson's interval, beside that of all cases open at the same moments. Wins among those touched now are beta-binomial
with Jeffreys' prior (L. Brown, T. Cai, A. DasGupta, Statistical Science 16 (2001) 101-133): a rule that closes forgoes
them. How long nothing happened after a rule touched a case is the most by which acting at once comes sooner.

Where a higher row does the contrary to the same case, the lower one yields. Rows are done in order: what is closed
leaves the load of its resource, what is reassigned goes over; least_loaded is the crew of the customer's site with the
fewest open cases a head, and takes a case only from who has more.

Reads automations, cases, events; attributes, customers, crews, case_chances and what conditions reach. Writes
automation_effects, automation_cases, automation_weeks, automation_conflicts, automation_loads. Cases, money, days,
hours.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
from pydantic import Field

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.measure._automations.desk import Desk
from arbitre.measure._automations.effects import effects
from arbitre.measure._automations.replay import Replay, Rule, replayed, rules_of
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("automations", "cases", "events")
MAY_READ = ("attributes", "case_chances", "customers", "segments", "offers", "sites", "items", "assets", "crews")
WRITES = ("automation_effects", "automation_cases", "automation_weeks", "automation_conflicts", "automation_loads")


class Params(capability.Params):
    """How far to look back, and what counts as a win."""

    until: date | None = Field(None, description="Day at whose end rules are asked; empty: the last one on record.",
                               json_schema_extra={"unit": "date"})
    weeks: int = Field(52, ge=1, le=520, description="Weeks looked back on.")
    follow: int = Field(90, ge=1, le=3660, description="Days for which a case that a rule touched is followed.",
                        json_schema_extra={"unit": "day"})
    exit: str = Field("won", description="Exit that closing a case would forgo.")
    value: str = Field("amount", description="Attribute that holds the worth of a case; without it each counts 1.")
    expected: str = Field("expected_close", description="Attribute that holds the day a case is expected to close.")
    confidence: float = Field(0.95, gt=0, lt=1, description="Chance that an interval holds the truth.",
                              json_schema_extra={"unit": "share"})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Tell what each rule would touch, how often it would have, what came of it, and what to do now."""
    progress(0.0, "asking conditions of past weeks")
    rules = rules_of(chain)
    replay = replayed(chain, rules, params.until, params.weeks, (params.value, params.expected))
    first = replay.touched.group_by("rule", "case").agg(pl.col("moment").min())
    desk = Desk(chain, replay)
    to_do = desk.to_do(rules)
    tables = {
        "automation_effects": effects(chain, rules, replay, first, timedelta(days=params.follow), params.exit,
                                      params.confidence),
        "automation_cases": to_do, "automation_weeks": _weeks(rules, replay, first),
        "automation_conflicts": _conflicts(rules, replay), "automation_loads": desk.loads(),
    }
    told = {name: shaped(RESULTS[name], tables[name]) for name in WRITES}
    return Result("measure.automations", _summary(told, replay, rules), told,
                  params=params.model_dump(mode="json"), seed=seed)


def _weeks(rules: list[Rule], replay: Replay, first: pl.DataFrame) -> pl.DataFrame:
    """Return the cases that each rule touches for the first time, by the end of the week."""
    names = [rule.name for rule in rules if rule.has_past]
    moments = pl.DataFrame({"moment": replay.moments})
    every = pl.DataFrame({"automation": names}, schema={"automation": pl.String}).join(moments, how="cross")
    seen = first.group_by("moment", automation="rule").agg(fired=pl.len())
    return every.join(seen, on=["automation", "moment"], how="left", maintain_order="left").with_columns(
        pl.col("fired").fill_null(0), week_on=pl.col("moment").dt.date(),
        is_backlog=pl.col("moment") == replay.moments[0])


def _conflicts(rules: list[Rule], replay: Replay) -> pl.DataFrame:
    """Return the pairs of contrary rules that met on a case, at one moment."""
    held = {rule.name: replay.touched.filter(rule=rule.name) for rule in rules}
    rows = []
    for place, rule in enumerate(rules):
        for other in rules[place + 1:]:
            if rule.contrary(other):
                both = held[rule.name].join(held[other.name], on=["case", "moment"], how="semi")
                now = both.filter(pl.col("moment") == replay.moments[-1])
                past = both.filter(pl.col("moment") < replay.moments[-1])
                if both.height:
                    rows.append({"automation": rule.name, "other": other.name, "cases": now.height,
                                 "past": past["case"].n_unique()})
    return pl.DataFrame(rows, schema={"automation": pl.String, "other": pl.String, "cases": pl.Int64,
                                      "past": pl.Int64})


def _summary(tables: dict[str, pl.DataFrame], replay: Replay, rules: list[Rule]) -> dict[str, Any]:
    """Return the named numbers of the answer."""
    loads, to_do = tables["automation_loads"], tables["automation_cases"]
    found: dict[str, Any] = {
        "rules": len(rules), "weeks": len(replay.moments) - 1, "open": int(loads["before"].sum()),
        "open_after": int(loads["after"].sum()), "value": float(loads["value_before"].sum()),
        "value_after": float(loads["value_after"].sum()),
        "to_do": to_do.filter(pl.col("yields_to").is_null()).height,
        "conflicts": int(tables["automation_conflicts"]["cases"].sum()),
        **{f"most_loaded{when}": max(loads[name].to_list(), default=0)
           for when, name in (("", "before"), ("_after", "after"))},
    }
    for row in tables["automation_effects"].iter_rows(named=True):
        found |= {f"{row['automation']}.{name}": row[name] for name in
                  ("cases", "weekly", "won_share", "won_low", "won_high", "forgone", "hours") if row[name] is not None}
    return found
