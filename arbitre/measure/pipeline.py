"""What became of the open cases between two days, which slipped or are unclean, and whom do they wait for?

The waterfall: cases open on the first day, plus new ones, plus and less what was revalued, less those that left by
each exit (the last event of a closed case), are the cases open on the last day; in number and in worth, which is an
attribute read as of each day. Cases that left are revalued before they leave, so the rows add up.

Slips: of the cases expected on the first day to close by the last (an attribute that holds a date), how many did.

Hygiene, on the last day, of each open case: dead (case_chances, where there); stuck, standing at its step for longer
than 95 % of the cases that passed on from it took; overdue, its expected date has passed; pushed, that date was moved
back twice or more; skipped, it lacks a step that 90 % of the cases which came as far had taken.

Waiting: the time before an event is time waiting for us where its step needs a crew (needs), and for others elsewhere.

Reads cases, events, attributes, needs, case_chances. Writes pipeline_changes, pipeline_slips, case_hygiene,
waiting_sides. Units: cases, money, days.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
from pydantic import Field

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.measure._open_cases import DAY, as_day, cases_of, hygiene, known, open_at, standing, stays_by
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import as_number, empty, shaped

READS = ("cases", "events")
MAY_READ = ("attributes", "needs", "case_chances")
WRITES = ("pipeline_changes", "pipeline_slips", "case_hygiene", "waiting_sides")


class Params(capability.Params):
    """Which cases, between which days, and where their worth and their expected date stand."""

    kind: str | None = Field(None, description="Kind of case in the pipeline; empty: every kind.")
    since: date | None = Field(None, description="First day of the waterfall; empty: 90 days before the last.",
                               json_schema_extra={"unit": "date"})
    until: date | None = Field(None, description="Last day of the waterfall; empty: the last one on record.",
                               json_schema_extra={"unit": "date"})
    value: str = Field("amount", description="Attribute that holds the worth of a case; without it each counts 1.")
    expected: str = Field("expected_close", description="Attribute that holds the day a case is expected to close.")


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Tell what changed in the pipeline, what slipped, what is unclean and who is waited for."""
    progress(0.0, "following cases")
    cases = cases_of(chain, params.kind)
    moments = pl.concat([chain.table("events")["happened_at"], cases["opened_at"]]).drop_nulls()
    last = params.until or max(moments.to_list()).date()
    first = params.since or last - timedelta(days=90)
    if first >= last:
        raise Unsupported(f"The first day, {first}, is not before the last, {last}. Choose since and until anew.")
    begin, end = (datetime.combine(day, time.max) for day in (first, last))
    cases = cases.join(known(chain, params.value, begin).rename({"known": "before"}), on="case", how="left")
    cases = cases.join(known(chain, params.value, end).rename({"known": "after"}), on="case", how="left")
    is_worth = cases["after"].drop_nulls().len() > 0
    worth = [as_number(name).fill_null(0.0).alias(name) if is_worth else pl.lit(1.0).alias(name)
             for name in ("before", "after")]
    cases = cases.with_columns(worth)
    stays = stays_by(chain, cases, end)
    now = standing(stays, cases, end)
    tables = {"pipeline_changes": _changes(cases, begin, end),
              "pipeline_slips": _slips(chain, cases, params.expected, begin, end),
              "case_hygiene": hygiene(chain, stays, now, params.expected, end),
              "waiting_sides": _sides(chain, stays)}
    return Result("measure.pipeline", _summary(tables, first, last),
                  {name: shaped(RESULTS[name], tables[name]) for name in WRITES},
                  params=params.model_dump(mode="json"), seed=seed)


def _changes(cases: pl.DataFrame, begin: datetime, end: datetime) -> pl.DataFrame:
    """Return the waterfall."""
    was, new = cases.filter(open_at(begin)), (pl.col("opened_at") > begin) & (pl.col("opened_at") <= end)
    more = was.with_columns(by=pl.col("after") - pl.col("before"))
    left = cases.filter((pl.col("opened_at") <= end) & pl.col("closed_at").is_between(begin, end, closed="right"))
    rows = [_row("start", was, "before"), _row("new", cases.filter(new), "after"),
            _row("raised", more.filter(pl.col("by") > 0), "by"), _row("lowered", more.filter(pl.col("by") < 0), "by")]
    rows += [_row("left", part, "after", str(name[0]), -1.0)
             for name, part in left.sort("exit").group_by("exit", maintain_order=True)]
    return pl.DataFrame([*rows, _row("end", cases.filter(open_at(end)), "after")], infer_schema_length=None,
                        schema_overrides={"exit": pl.String})


def _row(change: str, cases: pl.DataFrame, worth: str, way: str | None = None, sign: float = 1.0) -> dict[str, Any]:
    return {"change": change, "exit": way, "cases": cases.height, "value": sign * float(cases[worth].sum())}


def _slips(chain: Chain, cases: pl.DataFrame, expected: str, begin: datetime, end: datetime) -> pl.DataFrame:
    """Return what became of the cases expected to close between the two days."""
    said = known(chain, expected, begin).with_columns(due=as_day("known"))
    due = cases.filter(open_at(begin)).join(said, on="case").filter(pl.col("due") <= end.date())
    outcome = pl.when(pl.col("closed_at") <= end).then("exit").otherwise(pl.lit("slipped"))
    return due.group_by(outcome=outcome).agg(cases=pl.len(), value=pl.col("before").sum()).sort("outcome")


def _sides(chain: Chain, stays: pl.DataFrame) -> pl.DataFrame:
    """Return whom cases waited for before each step; nothing where no table says which steps need a crew."""
    if not chain.has("needs"):
        return empty(RESULTS["waiting_sides"])
    ours = chain.table("needs").drop_nulls("crew")["step"].unique().to_list()
    waits = stays.with_columns(next=pl.col("step").shift(-1).over("case")).drop_nulls("left")
    waits = waits.with_columns(days=(pl.col("left") - pl.col("came")).dt.total_microseconds() / DAY)
    told = waits.group_by(step="next").agg(cases=pl.col("case").n_unique(), mean=pl.col("days").mean(),
                                           days=pl.col("days").sum())
    side = pl.when(pl.col("step").is_in(ours)).then(pl.lit("us")).otherwise(pl.lit("others"))
    return told.with_columns(side=side, time_share=pl.col("days") / pl.col("days").sum()).sort("step")


def _summary(tables: dict[str, pl.DataFrame], first: date, last: date) -> dict[str, Any]:
    """Return the named numbers of the answer."""
    changes, slips, sides = tables["pipeline_changes"], tables["pipeline_slips"], tables["waiting_sides"]
    found: dict[str, Any] = {"since": str(first), "until": str(last)}
    for row in changes.iter_rows(named=True):
        name = f"{row['change']}.{row['exit']}" if row["exit"] else row["change"]
        found |= {f"{name}.cases": row["cases"], f"{name}.value": row["value"]}
    due = int(slips["cases"].sum())
    found |= {"due": due, "slipped": int(slips.filter(outcome="slipped")["cases"].sum())}
    rules = tables["case_hygiene"].group_by("rule").len().sort("rule")
    found |= {f"unclean.{rule}": count for rule, count in rules.iter_rows()}
    if sides.height:
        found["waiting_on_us_share"] = float(sides.filter(side="us")["time_share"].sum())
    return found
