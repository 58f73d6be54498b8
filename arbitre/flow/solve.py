"""The main job: check a chain, measure what was promised and kept, decide, compare with today, prove, report."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from arbitre.capability import Progress, Result, silent, within
from arbitre.core.errors import Unsupported
from arbitre.flow.arbitrate import FRONTIER, PORTFOLIO, arbitrated, arbitrates
from arbitre.flow.converge import STOCK, converge
from arbitre.flow.pipeline import lacking, run, sound, supplied, versions
from arbitre.flow.stages import STAGES, ids
from arbitre.show.report import Findings, write_report
from arbitre.show.workbook import write_workbook_report
from arbitre.tables import facts
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.files.write import write_results

PROOF = "simulate.proof"
_FACTS = {table.name for table in facts.TABLES}
"""A capability may write them, of what might happen; they are there to be measured, not to be read."""


@dataclass(frozen=True)
class Answer:
    """What the main job found: the decision's summary, every result table, and the results they come from.

    `rounds` is the table proof_rounds: what was asked of the optimiser, and what the replay kept of it. `asked`: the
    capabilities of a chain that holds no stock, or asks for other decisions, which chain.toml has a section for.
    """

    chain: Chain
    results: Mapping[str, Result]
    seconds: float
    seed: int
    rounds: pl.DataFrame | None = None
    asked: tuple[str, ...] = ()

    @property
    def summary(self) -> dict[str, Any]:
        """Every named number; the decision's own (value, bound, gap, ...) stand without a prefix."""
        told = {name: result for name, result in self.results.items()
                if name != STOCK and (name in self.asked or not name.startswith("forecast."))}
        named = {f"{name.partition('.')[2]}.{key}": value for name, result in told.items()
                 for key, value in result.summary.items()}
        return {**named, **(self.plan.summary if self.plan else {})}

    @property
    def plan(self) -> Result | None:
        """What was decided of stock; None where the chain holds none."""
        return self.results.get(STOCK)

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Every result table by name."""
        tables = {name: table for result in self.results.values() for name, table in result.tables.items()}
        return tables if self.rounds is None else {**tables, "proof_rounds": self.rounds}

    def report(self, folder: Path | str, command: str | None = None) -> list[Path]:
        """Write report.html, report.xlsx and every result table as tables/NAME.csv; returns where they are.

        `command` is the command line that makes them again, told in the report.
        """
        place = Path(folder)
        findings = self.findings(command)
        return [write_report(findings, place / "report.html"),
                write_workbook_report(findings, place / "report.xlsx"),
                *write_results(self.tables, place / "tables")]

    def findings(self, command: str | None = None) -> Findings:
        """Return everything a report shows."""
        measured = self.results.get("measure.promises")
        made = {
            **({"command": command} if command else {}),
            **({"confidence": measured.params["confidence"]} if measured else {}),
            "versions": versions(),
            "seed": self.seed,
            "input_hash": self.chain.digest,
            "seconds": self.seconds,
            "date": datetime.now().astimezone().date(),
        }
        told = (table for name in self.asked for table in self.results[name].tables)
        more = tuple(table for table in told if table not in _FACTS)
        return Findings(self.chain, self.summary, self.tables, made, more)


def solve(chain: Chain, seed: int = 1, progress: Progress = silent) -> Answer:
    """Return the stock that keeps every promise of a chain at least cost, beside what was kept so far.

    Where chain.toml has a section for optimise.portfolio, or nothing else tells a demand, offers are decided first, and
    stock for the demand that they bring; a section for optimise.frontier has it told too. The plan is replayed, and
    more is asked of the optimiser where the replay surely misses a promise (`converge`). A chain that holds no stock,
    or whose chain.toml has sections for other decisions and none for stock, is measured alike, and every capability
    that its chain.toml has a section for is answered.

    Raises FaultsFound when the chain has faults, Unsupported when it tells neither a stock to decide (promises, items,
    sites, and demand or cases to estimate it from) nor what else to answer, Unreachable when no stock keeps the
    promises.
    """
    started = time.perf_counter()
    progress(0.0, "checking")
    sound(chain)
    results: dict[str, Result] = {}
    if chain.has("promises", "cases"):
        progress(0.05, "measuring what was kept")
        results["measure.promises"] = run(chain, "measure.promises", seed=seed)
    if chain.has("invoices", "cases"):
        progress(0.07, "measuring profit")
        results.update(_profit(chain, seed))
    if chain.has("cases"):
        progress(0.075, "telling customers and items apart")
        results.update(_told_apart(chain, results, seed))
    if chain.has("events"):
        progress(0.08, "following cases")
        results |= {name: run(chain, name, seed=seed) for name in ("measure.process", "measure.waiting")}
    if chain.has("cases"):
        progress(0.09, "watching drifts")
        results |= _drifts(chain, results, seed)
    if chain.has("metrics"):
        progress(0.09, "measuring metrics")
        with suppress(Unsupported):  # a metric of a table that is not there keeps nobody from deciding
            results["measure.metrics"] = run(chain, "measure.metrics", seed=seed)
    asked = () if _holds_stock(chain) else tuple(name for name in _sections(chain) if name not in results)
    if asked:
        results |= _answered(chain, asked, seed, within(progress, 0.1, 1.0))
        return Answer(chain, results, time.perf_counter() - started, seed, asked=asked)
    if not chain.has("items") and not arbitrates(chain):
        raise Unsupported(_nothing_asked(chain))
    if arbitrates(chain):
        progress(0.1, "deciding offers")
        chain, found = arbitrated(chain, seed, within(progress, 0.1, 0.2))
        results |= found
    progress(0.2, "measuring demand")
    chain, made = supplied(chain, STOCK, seed)
    results.update(made)
    found = converge(chain, seed, progress=within(progress, 0.2, 1.0))
    results |= {STOCK: found.plan, PROOF: found.proof}
    progress(1.0, "done")
    return Answer(chain, results, time.perf_counter() - started, seed, found.rounds)


def _holds_stock(chain: Chain) -> bool:
    """Tell whether stock is what is decided: there are items, and no section asks for other decisions alone."""
    decisions = {name for name in chain.settings.capabilities if name.startswith("optimise.")}
    return chain.has("items") and (not decisions or bool(decisions & {STOCK, PORTFOLIO, FRONTIER}))


def _nothing_asked(chain: Chain) -> str:
    """Say what a chain could be asked that tells neither a stock to decide nor what else to answer."""
    able = [name for name in ids() if name.startswith(("optimise.", "forecast.")) and not lacking(chain, name)]
    could = f" It could answer {', '.join(able)}." if able else ""
    return (f"{STOCK} needs items, which the chain {chain.name} lacks, and its chain.toml has no section that asks for "
            f"anything else.{could} Ask one by `arbitre run CHAIN NAME`, or give chain.toml a line "
            f'[capabilities."NAME"] for each.')


def _sections(chain: Chain) -> list[str]:
    """Return the capabilities that chain.toml has a section for, in the order of the stages."""
    places = {stage: at for at, stage in enumerate(STAGES)}
    return sorted(chain.settings.capabilities, key=lambda name: places.get(name.partition(".")[0], len(places)))


def _answered(chain: Chain, asked: tuple[str, ...], seed: int, progress: Progress) -> dict[str, Result]:
    """Return the answer of each capability asked for; each reads what those before it wrote, but for facts."""
    found: dict[str, Result] = {}
    for at, name in enumerate(asked):
        progress(at / len(asked), name)
        found[name] = run(chain, name, seed=seed)
        chain = chain.with_(**{table: frame for table, frame in found[name].tables.items() if table in RESULTS})
    progress(1.0, "done")
    return found


def _told_apart(chain: Chain, results: Mapping[str, Result], seed: int) -> dict[str, Result]:
    """Return who is alike among customers and items, where cases name them."""
    found: dict[str, Result] = {}
    if "measure.profit" in results:
        chain = chain.with_(customer_profit=results["measure.profit"].tables["customer_profit"])
    for name in ("segment.customers", "segment.items"):
        with suppress(Unsupported):
            found[name] = run(chain, name, seed=seed)
    return found


def _profit(chain: Chain, seed: int) -> dict[str, Result]:
    """Return what serving costs and brings; where the tables do not tell it, a decision about stock can do without."""
    found: dict[str, Result] = {}
    for name in ("measure.cost", "measure.profit"):
        with suppress(Unsupported):
            found[name] = run(chain, name, seed=seed)
    return found


def _drifts(chain: Chain, results: Mapping[str, Result], seed: int) -> dict[str, Result]:
    """Return which drifts are under way, told from what was measured already; none where nothing can be measured."""
    profit = results.get("measure.profit")
    known = chain.with_(**profit.tables) if profit else chain
    with suppress(Unsupported):
        return {"measure.drifts": run(known, "measure.drifts", seed=seed)}
    return {}
