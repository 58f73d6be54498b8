"""Which plan is proven to keep every promise? Optimise, prove, tighten what was not kept, and again.

The optimiser keeps mean shares by formulas; the proof judges lines and periods by replay. Where the proof misses a
promise, the optimiser is asked for more than was promised: its target moves, on the scale of log odds, by what the
replay fell short of the target, and by at least a tenth of its odds where only the periods fell short. What was
promised, and what the proof judges by, never moves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from arbitre.capability import Progress, Result, silent
from arbitre.core.errors import Unreachable
from arbitre.flow.pipeline import run, supplied
from arbitre.optimise._stock.demand import expected_demand
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

_LEAST_STEP = math.log(1.1)
_HIGHEST = 0.9999


@dataclass(frozen=True)
class Converged:
    """The last plan and its proof.

    rounds: the result table proof_rounds. `is_kept`: whether every promise is proven kept.
    """

    chain: Chain
    plan: Result
    proof: Result
    rounds: pl.DataFrame
    is_kept: bool


def prove(chain: Chain, decided: Result, seed: int, progress: Progress = silent) -> Result:
    """Replay what was decided, under the demand it was decided for, by the people that offers call for where they were
    decided; shares are counted as the decision counts them."""
    plan = {name: decided.tables[name] for name in ("stock_levels", "stock_reserved", "promise_worth")
            if name in decided.tables}
    return run(chain.with_(demand=expected_demand(chain), **plan), "simulate.proof",
               {"weight": decided.params["weight"], "kind": decided.params["kind"],
                "crews": "plan" if chain.has("crew_levels") else "today"}, seed, progress)


def converge(chain: Chain, seed: int = 1, most: int = 8, progress: Progress = silent) -> Converged:
    """Return a plan that the twin proves, or the nearest that `most` rounds came to.

    A promise that stays undecided is tightened too, for a promise that is only just kept cannot be proven. Raises what
    `optimise.stock` raises; when a tightened target cannot be reached, the last plan stands.
    """
    chain, _ = supplied(chain, "optimise.stock", seed)
    promised, asked = chain.table("promises"), dict[str, float]()
    rounds: list[pl.DataFrame] = []
    plan = proof = None
    for turn in range(most):
        progress(turn / most, f"round {turn + 1}")
        try:
            plan_now = run(chain.with_(promises=_asking(promised, asked)), "optimise.stock", seed=seed)
        except Unreachable:
            if plan is None:
                raise
            break
        plan, proof = plan_now, prove(chain, plan_now, seed)
        proofs = proof.tables["proofs"]
        rounds.append(proofs.with_columns(pl.lit(turn + 1).alias("round"), _asked_share(asked),
                                          value=pl.lit(plan.summary["value"])))
        short = proofs.filter(pl.col("verdict") != "kept", pl.col("cases") > 0, pl.col("target_share").is_not_null())
        if short.is_empty():
            break
        for row in short.iter_rows(named=True):
            asked[row["promise"]] = _tighter(asked.get(row["promise"], float(row["target_share"])), row)
    if plan is None or proof is None:
        raise ValueError("converge needs at least one round.")
    is_kept = proof.summary["promises_missed"] + proof.summary["promises_undecided"] == 0
    return Converged(chain, plan, proof, shaped(RESULTS["proof_rounds"], pl.concat(rounds)), is_kept)


def _asked_share(asked: Mapping[str, float]) -> pl.Expr:
    known = pl.col("promise").replace_strict(asked, default=None, return_dtype=pl.Float64)
    return pl.coalesce(known, "target_share").alias("asked_share")


def _asking(promised: pl.DataFrame, asked: Mapping[str, float]) -> pl.DataFrame:
    return promised.with_columns(target_share=_asked_share(asked))


def _tighter(asked: float, row: Mapping[str, float]) -> float:
    """Return what to ask of the optimiser next."""
    missing = _log_odds(row["target_share"]) - _log_odds(row["share"])
    return min(1.0 / (1.0 + math.exp(-_log_odds(asked) - max(missing, _LEAST_STEP))), max(_HIGHEST, asked))


def _log_odds(share: float) -> float:
    inside = min(max(share, 1e-6), _HIGHEST)
    return math.log(inside / (1.0 - inside))
