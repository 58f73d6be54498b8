"""Which offers come before which stock? The portfolio is decided first, then stock for the demand it brings."""

from __future__ import annotations

from arbitre.capability import Progress, Result, within
from arbitre.flow.pipeline import lacking, run, supplied
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

PORTFOLIO, FRONTIER = "optimise.portfolio", "optimise.frontier"


def arbitrates(chain: Chain) -> bool:
    """Say whether offers are decided too: chain.toml has a section for it, or nothing else tells a demand."""
    if PORTFOLIO in chain.settings.capabilities or FRONTIER in chain.settings.capabilities:
        return True
    return not chain.has("demand") and not chain.has("cases") and not lacking(chain, PORTFOLIO)


def arbitrated(chain: Chain, seed: int, progress: Progress) -> tuple[Chain, dict[str, Result]]:
    """Return the chain with the demand that its portfolio brings, its cases of other kinds and the heads for them, and
    what was found on the way.

    Raises Unsupported, Unreachable as optimise.portfolio does. A forecast was of today's offers, and is in that demand
    already: none stands beside it any more.
    """
    known, results = supplied(chain, PORTFOLIO, seed)
    results = dict(results)
    has_frontier = FRONTIER in chain.settings.capabilities
    results[PORTFOLIO] = plan = run(known, PORTFOLIO, seed=seed, progress=within(progress, 0.0, 0.5 if has_frontier
                                                                                 else 1.0))
    if has_frontier:
        results[FRONTIER] = run(known, FRONTIER, seed=seed, progress=within(progress, 0.5, 1.0))
    sections = {name: params for name, params in chain.settings.capabilities.items() if name != "forecast.demand"}
    tables = {name: table for name, table in chain.tables.items() if name != "forecasts"}
    brought = Chain(chain.settings.model_copy(update={"capabilities": sections}), tables, chain.found, chain.rows)
    brought = brought.with_(demand=plan.tables["demand"])
    if plan.tables["crew_levels"].height:
        brought = brought.with_(arrivals=shaped(INPUTS["arrivals"], plan.tables["portfolio_arrivals"]),
                                crew_levels=plan.tables["crew_levels"])
    return brought, results
