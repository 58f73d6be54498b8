"""Which plan keeps every promise when it is replayed? Optimise, prove, tighten what was missed, and again.

The optimiser keeps mean shares by formulas; the proof judges lines and periods by replay. Where the proof surely misses
a promise, the optimiser is asked for more than was promised: its target moves, on the scale of log odds, by what the
replay fell short of the target, and by at least a tenth of its odds where only the periods fell short; so does that of
a promise that fell short in the replay without being surely missed. What was promised, what the proof judges by, and
the bound, which holds for what was promised, never move. Penalties and budgets decide for themselves what is kept:
there the plan is proven as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from arbitre.capability import Progress, Result, silent, within
from arbitre.core.errors import Unreachable
from arbitre.flow.pipeline import run
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.expected import expected_demand
from arbitre.tables.frames import shaped

STOCK = "optimise.stock"
_LEAST_STEP = math.log(1.1)
_HIGHEST = 0.9999


@dataclass(frozen=True)
class Converged:
    """The last plan, its proof, and the result table proof_rounds."""

    plan: Result
    proof: Result
    rounds: pl.DataFrame


def prove(chain: Chain, decided: Result, seed: int, progress: Progress = silent) -> Result:
    """Replay what was decided, under the demand it was decided for, by the people that offers call for where they were
    decided; shares are counted as the decision counts them."""
    plan = {name: decided.tables[name] for name in ("stock_levels", "stock_reserved", "promise_worth")
            if name in decided.tables}
    return run(chain.with_(demand=expected_demand(chain), **plan), "simulate.proof",
               {"weight": decided.params["weight"], "kind": decided.params["kind"],
                "crews": "plan" if chain.has("crew_levels") else "today"}, seed, progress)


def converge(chain: Chain, seed: int = 1, most: int = 5, progress: Progress = silent) -> Converged:
    """Return a plan of which the twin surely misses no promise, or the nearest that `most` rounds came to.

    Raises what `optimise.stock` raises; when a tightened target cannot be reached, the last plan stands.
    """
    promised, asked = chain.table("promises"), dict[str, float]()
    rounds: list[pl.DataFrame] = []
    first = plan = proof = None
    for turn in range(most):
        progress(turn / most, "deciding stock" if plan is None else f"asking more, round {turn + 1}")
        try:
            plan_now = run(chain.with_(promises=_asking(promised, asked)), STOCK, seed=seed,
                           progress=within(progress, turn / most, (turn + 0.5) / most))
        except Unreachable:
            if plan is None:
                raise
            break
        plan, proof = plan_now, prove(chain, plan_now, seed, within(progress, (turn + 0.5) / most, (turn + 1.0) / most))
        first = first or plan
        proofs = proof.tables["proofs"]
        rounds.append(proofs.with_columns(pl.lit(turn + 1).alias("round"), _asked_share(asked),
                                          value=pl.lit(plan.summary["value"])))
        tighter = _tighter(_fell_short(proofs, plan), asked)
        if plan.params["decide"] != "targets" or tighter == asked:
            break
        asked = tighter
    if first is None or plan is None or proof is None:
        raise ValueError("converge needs at least one round.")
    return Converged(_as_promised(plan, first), proof, shaped(RESULTS["proof_rounds"], pl.concat(rounds)))


def _fell_short(proofs: pl.DataFrame, plan: Result) -> pl.DataFrame:
    """Return the promises of a share that stock decides and the replay misses, and beside them those it keeps less of
    than was promised; none where it surely misses none. More stock brings nobody to answer a call."""
    decided = plan.tables["promise_worth"]["promise"].unique()
    found = proofs.filter(pl.col("promise").is_in(decided.implode()), pl.col("cases") > 0,
                          pl.col("target_share").is_not_null())
    is_missed = pl.col("verdict") == "missed"
    return found.filter(is_missed.any(), is_missed | (pl.col("share") < pl.col("target_share")))


def _as_promised(plan: Result, first: Result) -> Result:
    """Return a plan that was asked for more beside what was promised: its bound and targets are those of the first."""
    if plan is first:
        return plan
    value, bound = plan.summary["value"], first.bound
    keys = ["promise", "segment", "offer", "criticality", "item_class", "window"]
    targets = first.tables["promise_worth"].select(*keys, "target_share").unique(keys)
    worth = plan.tables["promise_worth"].drop("target_share").join(targets, on=keys, how="left", nulls_equal=True,
                                                                  maintain_order="left")
    return replace(
        plan, bound=bound, status="feasible",
        summary={**plan.summary, "bound": bound, "gap": None if bound is None else (value - bound) / value,
                 "value_by_model": first.summary["value"]},
        tables={**plan.tables, "promise_worth": shaped(RESULTS["promise_worth"], worth)},
    )


def _asked_share(asked: Mapping[str, float]) -> pl.Expr:
    known = pl.col("promise").replace_strict(asked, default=None, return_dtype=pl.Float64)
    return pl.coalesce(known, "target_share").alias("asked_share")


def _asking(promised: pl.DataFrame, asked: Mapping[str, float]) -> pl.DataFrame:
    return promised.with_columns(target_share=_asked_share(asked))


def _tighter(short: pl.DataFrame, asked: Mapping[str, float]) -> dict[str, float]:
    """Return what to ask of the optimiser next, for each promise; the same where nothing more can be asked."""
    more = {}
    for promise, target, share in short.select("promise", "target_share", "share").iter_rows():
        now = asked.get(promise, float(target))
        step = max(_log_odds(target) - _log_odds(share), _LEAST_STEP)
        more[promise] = min(1.0 / (1.0 + math.exp(-_log_odds(now) - step)), max(_HIGHEST, now))
    return {**asked, **more}


def _log_odds(share: float) -> float:
    inside = min(max(share, 1e-6), _HIGHEST)
    return math.log(inside / (1.0 - inside))
