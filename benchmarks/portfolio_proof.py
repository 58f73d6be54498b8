"""Does the twin find of a portfolio what the portfolio says of itself? Prints one JSON object.

    python -m benchmarks.portfolio_proof examples/tractors --json
    python -m benchmarks.portfolio_proof small --json

The portfolio is decided with stock shared first come, first served, as the twin shares it. What its customers will ask
(`demand`) is replayed twice: on the levels of the portfolio itself (`own`), and on those that optimise.stock decides
for that demand (`stock`). For each: promises kept, missed and undecided, the worst of them; the value of the plan as
reckoned, and as the twin plays it, from `low` to `high`, which ends are those of its capital and its penalties; what is
billed and what cases, transport, sites and catalogue cost are the means of the plan in both.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
import polars as pl

import arbitre
from arbitre.capability import Result, silent
from arbitre.core.errors import ArbitreError
from arbitre.core.units import PERIODS_PER_YEAR
from arbitre.flow.converge import prove
from arbitre.flow.pipeline import supplied
from arbitre.optimise import portfolio
from arbitre.optimise._portfolio import told
from arbitre.optimise._portfolio.master import Rules
from arbitre.optimise._portfolio.model import Model
from arbitre.optimise._portfolio.question import question_of
from arbitre.optimise._portfolio.search import Decision, Effort, decided
from arbitre.optimise._stock.targets import window_promises
from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from benchmarks.portfolio import CASES, opened
from benchmarks.portfolio_cases import after_sales


def replayed(chain: Chain, model: Model, decision: Decision) -> dict[str, Any]:
    """Return what the twin says of a plan: on its own levels, and on those of optimise.stock."""
    brought = chain.with_(demand=shaped(INPUTS["demand"], told.demand(model, decision)),
                          promises=_by_segment(chain, model, decision))
    levels = told.levels(model, decision).filter(pl.col("segment").is_null()).drop("segment").with_columns(lot=1)
    own = brought.with_(stock_levels=shaped(RESULTS["stock_levels"], levels))
    found = {"own": _told(brought, arbitre.run(own, "simulate.proof"), model, decision)}
    try:
        stock = arbitre.run(brought, "optimise.stock", {"holding_share": model.holding_share, "weight": "line"})
    except ArbitreError as impossible:
        return {**found, "stock": {"reason": str(impossible)}}
    return {**found, "stock": {"capital_said": round(stock.tables["stock_levels"]["capital_after"].sum()),
                               **_told(brought, prove(brought, stock, 1), model, decision)}}


def _by_segment(chain: Chain, model: Model, decision: Decision) -> pl.DataFrame:
    """Return the promises of what is sold, one for each segment: penalties of a portfolio are judged so."""
    asked, choice = model.question, decision.plan.choice
    sold = pl.DataFrame({"to": [asked.segments[s] for s in np.flatnonzero(choice >= 0)],
                         "sold": [asked.offers[o] for o in asked.choice_offer[choice[choice >= 0]]]})
    promises = window_promises(chain.table("promises"), "order").join(sold, how="cross").filter(
        pl.col("offer").is_null() | (pl.col("offer") == pl.col("sold")),
        pl.col("segment").is_null() | (pl.col("segment") == pl.col("to")))
    return promises.with_columns(promise=pl.col("promise") + " " + pl.col("to"), segment=pl.col("to"),
                                 offer=pl.col("sold")).drop("to", "sold")


def _told(chain: Chain, proof: Result, model: Model, decision: Decision) -> dict[str, Any]:
    asked, worth, choice = model.question, decision.worth, decision.plan.choice
    made, summary = np.flatnonzero(choice >= 0), proof.summary
    without = worth.value + worth.holding + float(asked.penalty[made, choice[made]].sum())
    owes = chain.table("promises").select("promise", "late_cost", owed="penalty")
    proofs = proof.tables["proofs"].filter(pl.col("cases") > 0).join(owes, on="promise")
    lines = pl.col("cases") / (summary["replications"] * summary["years"])
    a_year = pl.col("period").replace_strict(PERIODS_PER_YEAR, return_dtype=pl.Float64)
    owed = [float(proofs.select(
        (pl.col("owed") * (1 - pl.col(periods)) * a_year
         + pl.col("late_cost").fill_null(0.0) * (1 - pl.col(share)) * lines).sum()).item())
        for periods, share in (("periods_low_share", "low_share"), ("periods_high_share", "high_share"))]
    low = without - model.holding_share * summary["capital_high"] - owed[0]
    high = without - model.holding_share * summary["capital_low"] - owed[1]
    worst = proofs.sort(pl.col("share") - pl.col("target_share")).head(3)
    return {**{name: summary[f"promises_{name}"] for name in ("kept", "missed", "undecided")},
            "value": round(worth.value), "low": round(low), "high": round(high),
            "is_within": bool(low <= worth.value <= high), "capital": round(worth.tied),
            "capital_low": round(summary["capital_low"]), "capital_high": round(summary["capital_high"]),
            "penalties": round(float(asked.penalty[made, choice[made]].sum())),
            "penalties_low": round(owed[1]), "penalties_high": round(owed[0]),
            "worst": worst.select("promise", "target_share", "share", "verdict").to_dicts()}


def main() -> None:
    """Print what the twin says of the portfolio of a chain."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chain", help=f"folder of a chain, or a drawn case: {', '.join(CASES)}")
    parser.add_argument("--json", action="store_true", help="accepted for sameness: JSON is all there is")
    parser.add_argument("--grouping", default="all", choices=("family", "criticality", "all"),
                        help="whose kept share is counted together")
    asked = parser.parse_args()
    rules = Rules()
    if asked.chain in CASES:
        chain = after_sales(**CASES[asked.chain])
        params = portfolio.Params(**{"sharing": "first_come", "resupply_wait": 0.0})
    else:
        chain = arbitre.open(asked.chain)
        params = portfolio.Params(**{**chain.settings.capabilities.get("optimise.portfolio", {}),
                                     "sharing": "first_come"})
        chain, _ = supplied(chain, "optimise.portfolio", 1, params)
    model = Model(question_of(chain, grouping=asked.grouping), params.sharing, params.holding_share,
                  params.resupply_wait)
    if asked.chain in CASES:
        rules = Rules(open_sites=opened(model, 3))
    decision = decided(model, rules, Effort(params.gap, params.rounds, params.nodes), silent)
    print(json.dumps({"value": round(decision.worth.value), "bound": round(decision.bound),
                      "gap": round(decision.gap, 4), **replayed(chain, model, decision)}))


if __name__ == "__main__":
    main()
