"""What would happen if the chain were replayed event by event, told in the tables of reality?

Order lines come at random by the table demand, take their units from the shelves first come first served, wait for what
is missing and travel to the customer; shelves order by their levels and lots, up the tree of sites (`_stock_chain`).
What comes out are facts: cases, events (shipped, delivered) and movements, on which every `measure` capability runs
unchanged. A line has a customer of its segment, drawn by lot.

`start` = "steady" begins at a moment of no particular kind: all that was on the way when the replay began has come
before the clock is read. `start` = "today" begins with what is on the shelves today and with the cases still open.

Reads items, sites, demand (lanes, stocks, customers, cases, promises; stock_levels for the levels of a plan). Writes
cases, events, movements. Its summary tells what was kept of each promise of a window, judged at `until`, as
`measure.promises` does. The same seed gives the same bytes, and the same lines whatever the levels.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.units import HOURS_PER_DAY
from arbitre.simulate._facts import stock_facts
from arbitre.simulate._log import Run
from arbitre.simulate._promised import covered, microseconds, next_month, promised_windows
from arbitre.simulate._run import replay
from arbitre.simulate._stock_chain import StockPart, levels_of_plan, levels_today, stock_parts
from arbitre.simulate._stock_replay import cores, settled
from arbitre.simulate._stock_shops import without_repairs
from arbitre.simulate._stock_today import as_today, classes_of, open_lines
from arbitre.tables.chain import Chain

READS = ("items", "sites", "demand")
MAY_READ = ("lanes", "repair_shops", "stocks", "customers", "cases", "promises")
WRITES = ("cases", "events", "movements")


class Params(BaseParams):
    """What is replayed, from where, for how long."""

    levels: Literal["today", "plan"] = Field("today", description="Whose levels: those of stocks, or those of the plan "
                                             "(stock_levels).")
    start: Literal["steady", "today"] = Field("steady", description="Begin at a moment of no particular kind, or with "
                                              "what is on the shelves and open today.")
    days: int = Field(365, ge=1, le=3660, description="Days replayed.", json_schema_extra={"unit": "day"})
    replication: int = Field(0, ge=0, le=1_000_000, description="Which of the possible futures: each number is another "
                             "draw of chance.", json_schema_extra={"unit": ""})
    kind: str = Field("order", description="Kind of the cases written.")


def reads(params: Params) -> tuple[str, ...]:
    """Return the tables needed with these params."""
    return (*READS, "stock_levels" if params.levels == "plan" else "stocks",
            *(("stocks",) if params.start == "today" else ()))


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Replay the chain once and tell it as facts.

    Raises Unsupported when there is no demand to replay, or the levels asked for are not there.
    """
    progress(0.0, "building the twin (the first run on a machine compiles)")
    first = next_month(chain)
    start = datetime.combine(first, time())
    parts = _parts(chain, params, start)
    hours = params.days * HOURS_PER_DAY

    def played(part: StockPart) -> Run:
        network = settled(part, seed, params.replication) if params.start == "steady" else part.network
        run = replay(network, part.settles + hours, seed, params.replication, part.settles)
        return without_repairs(run, part.classes.height)

    progress(0.2, "replaying")
    with ThreadPoolExecutor(cores()) as pool:
        runs = list(pool.map(played, parts))
    progress(0.8, "writing facts")
    told = list(zip(parts, runs, strict=True))
    tables = stock_facts(chain, told, start, hours, params.kind, seed)
    until = start + timedelta(days=params.days)
    return Result("simulate.twin", _summary(chain, told, tables, hours, params.kind, until), tables)


def told(chain: Chain, facts: Mapping[str, pl.DataFrame], kind: str = "order") -> Chain:
    """Return a chain whose facts are those of the twin, ready to be measured.

    Its costs and invoices are about other cases, and go; so do promises of which nothing was replayed.
    """
    others = {name: chain.table(name).clear() for name in ("costs", "invoices") if name in chain.tables}
    if "promises" in chain.tables:
        others["promises"] = chain.table("promises").join(promised_windows(chain, kind), on="promise", how="semi")
    return chain.with_(**others, **facts)


def _parts(chain: Chain, params: Params, start: datetime) -> list[StockPart]:
    if params.levels == "plan" and not chain.has("stock_levels"):
        raise Unsupported(f"The chain {chain.name} has no plan. Run optimise.stock first, or replay today's levels.")
    if (params.levels == "today" or params.start == "today") and not chain.has("stocks"):
        raise Unsupported(f"The chain {chain.name} has no table stocks, so what is held today is not known. Add "
                          "tables/stocks.csv, or replay the levels of a plan from a steady start.")
    levels = levels_of_plan(chain) if params.levels == "plan" else levels_today(chain)
    if params.start == "steady":
        return stock_parts(chain, levels)
    lines = open_lines(chain, params.kind, start)
    parts = stock_parts(chain, levels, classes_of(lines, chain.table("demand")))
    return [as_today(part, chain.table("stocks"), lines) for part in parts]


def _summary(chain: Chain, told: list[tuple[StockPart, Run]], tables: dict[str, pl.DataFrame], hours: float, kind: str,
             until: datetime) -> dict[str, Any]:
    cases = tables["cases"]
    summary: dict[str, Any] = {
        "cases": cases.height,
        "open": cases["closed_at"].null_count(),
        "events": tables["events"].height,
        "movements": tables["movements"].height,
        "from": (until - timedelta(hours=hours)).isoformat(sep=" "),
        "until": until.isoformat(sep=" "),
    }
    if chain.has("promises"):
        for name, (judged, kept) in _kept(chain, told, hours, kind).items():
            summary[f"cases.{name}"] = judged
            summary[f"kept_share.{name}"] = kept / judged if judged else None
    return summary


def _kept(chain: Chain, told: list[tuple[StockPart, Run]], hours: float, kind: str) -> dict[str, tuple[int, int]]:
    """Return cases judged and kept of each promise: done, or due before the end."""
    promises = promised_windows(chain, kind)
    allowed, end = microseconds(promises["window"].to_numpy()), int(microseconds(np.array([hours]))[0])
    counts = np.zeros((promises.height, 2), dtype=np.int64)
    for part, run in told:
        cases, member = run.cases, covered(promises, part.classes)
        opened = microseconds(cases["opened"] - part.settles)
        done = opened + microseconds(np.nan_to_num(cases["closed"] - cases["opened"]))
        is_done = ~np.isnan(cases["closed"]) & (done <= end)
        is_told = ((opened >= 0) | (part.classes["rate"].to_numpy()[cases["of_class"]] == 0)) & (opened < end)
        for row, window in enumerate(allowed):
            mine = is_told & member[row][cases["of_class"]]
            due = opened + window
            counts[row] += [(mine & (is_done | (due < end))).sum(), (mine & is_done & (done <= due)).sum()]
    return {name: (int(judged), int(kept)) for name, (judged, kept) in
            zip(promises["promise"], counts.tolist(), strict=True)}
