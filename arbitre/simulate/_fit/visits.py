"""Which visits do the facts tell of: who came to which step when, waited until when, and was worked on by whom?

A case makes a visit for each of its events, in the order in which work on them began. It is ready for a visit when all
that it went through before is done, or when it was opened. What begins before that ran beside it: it did not wait, and
only what it took beyond counts as its time. So the times of a case add up to what it took, even where some of its steps
ran at once. All times are hours since the Monday before the first case.

Work is known where started_at is. Where a log tells no start at all, somebody who finishes one thing after another can
only have begun the next when the last was done and the next was ready: that is taken as the start (no rest between two
things that both wait, one thing at a time). Where other events of the log have a start, one without took a time that no
crew is needed for: the time since the case was ready.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.tables.chain import Chain

TOLD, INFERRED, UNATTENDED = "told", "inferred", "unattended"
"""How the time of a visit is known: its start is told; inferred from what its resource did before; nobody is needed."""
CLASS = ("kind", "site", "segment", "offer")


@dataclass(frozen=True)
class Facts:
    """Visits and cases of the log.

    visits: case, at (its number in the case), step, resource, place (site), ready, start, end (h), how. cases: case,
    the columns CLASS, item, opened, closed (h; empty: open). monday: the instant from which hours count. begin, end:
    hours of the first and the last opening, between which cases came.
    """

    visits: pl.DataFrame
    cases: pl.DataFrame
    monday: datetime
    begin: float
    end: float

    def until(self, end: float) -> Facts:
        """Return what was known at `end`."""
        cases = self.cases.filter(pl.col("opened") < end).with_columns(
            closed=pl.when(pl.col("closed") <= end).then("closed"))
        visits = self.visits.filter(pl.col("end") <= end).join(cases.select("case"), on="case", how="semi",
                                                               maintain_order="left")
        return Facts(visits, cases, self.monday, self.begin, end)


def facts_of(chain: Chain, kind: str | None) -> Facts:
    """Return the visits of the cases of that kind; None: of all that are not about an item at a site, as those come
    from demand and are served from shelves.

    Raises Unsupported when no case has an event, or none is closed: nothing would tell the end of a case from a pause.
    """
    mine = pl.col("kind") == kind if kind else pl.col("item").is_null() | pl.col("site").is_null()
    cases = chain.table("cases").filter(mine)
    events = chain.table("events").join(cases.select("case"), on="case", how="semi", maintain_order="left")
    if not events.height:
        which = f"of kind {kind}" if kind else "that is not about an item at a site"
        raise Unsupported(f"No case {which} of the chain {chain.name} has events: there is nothing to fit. Add "
                          "tables/events.csv with case, step, happened_at (started_at, resource), or name a kind.")
    if cases["closed_at"].null_count() == cases.height:
        raise Unsupported(f"No case of the chain {chain.name} has a closed_at: the end of a case cannot be told from a "
                          "pause. Fill closed_at in cases: the last event of each case that is done.")
    first: datetime = cases["opened_at"].min()  # type: ignore[assignment]
    monday = datetime.combine(first.date() - timedelta(days=first.weekday()), datetime.min.time())
    cases = _cases(chain, cases, monday)
    visits = _visits(events, cases, monday)
    cases = cases.join(visits.select("case"), on="case", how="semi", maintain_order="left")
    opened = cases["opened"].to_numpy()
    return Facts(visits, cases, monday, float(opened.min()), float(opened.max()))


def _hours(column: str, monday: datetime) -> pl.Expr:
    return (pl.col(column) - pl.lit(monday)).dt.total_microseconds() / 3.6e9


def _cases(chain: Chain, cases: pl.DataFrame, monday: datetime) -> pl.DataFrame:
    if chain.has("customers"):
        cases = cases.join(chain.table("customers").select("customer", "segment"), on="customer", how="left",
                           maintain_order="left")
    else:
        cases = cases.with_columns(segment=pl.lit(None, pl.String))
    return cases.select("case", *CLASS, "item", opened=_hours("opened_at", monday), closed=_hours("closed_at", monday))


def _visits(events: pl.DataFrame, cases: pl.DataFrame, monday: datetime) -> pl.DataFrame:
    """Return the visits, case by case in the order in which work on them began."""
    tells_starts = events["started_at"].null_count() < events.height
    told = events.with_row_index("row").with_columns(
        began=pl.coalesce("started_at", "happened_at")).sort("case", "began", "happened_at", "row")
    told = told.join(cases.select("case", "opened"), on="case", maintain_order="left").select(
        "case", "step", "resource", place="site", is_told=pl.col("started_at").is_not_null(),
        began=_hours("began", monday), end=_hours("happened_at", monday), opened="opened")
    done_before = pl.col("end").cum_max().shift(1).over("case")
    told = told.with_columns(at=pl.int_range(pl.len()).over("case"),
                             ready=pl.max_horizontal(pl.coalesce(done_before, "opened"), "opened"))
    told = told.with_columns(ready=pl.min_horizontal("ready", pl.max_horizontal("began", "opened")))
    if not tells_starts:
        before = pl.col("end").shift(1).over("resource", order_by="end")
        told = told.with_columns(began=pl.when(pl.col("resource").is_not_null()).then(
            pl.min_horizontal(pl.max_horizontal("ready", before.fill_null(float("-inf"))), "end")).otherwise("ready"))
    infers = pl.lit(not tells_starts) & pl.col("resource").is_not_null()
    how = pl.when("is_told").then(pl.lit(TOLD)).when(infers).then(pl.lit(INFERRED)).otherwise(pl.lit(UNATTENDED))
    told = told.with_columns(how=how).with_columns(
        start=pl.when(pl.col("how") == UNATTENDED).then("ready").otherwise("began"))
    return told.select("case", "at", "step", "resource", "place", "ready", "start", "end", "how")
