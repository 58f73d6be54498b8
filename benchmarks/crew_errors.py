"""What is a plan of crews off by where it is replayed, and which part is whose? Prints one JSON object.

    python -m benchmarks.crew_errors --json

`optimise.crews` plans the chains below, and the twin replays its heads as shifts. Of each promise: what the plan
`said`, what is `replayed` with its interval, and the points between them, in three parts:
- `finishing`: the model lets heads that leave others put their work back in line, the twin has them finish the case.
  This part is what the model says with heads that finish (`maths.work.transient.hand_over`), less what it said.
- `law`: the model takes the time of a case as exponential. This part is what the twin keeps beyond the model with heads
  that finish, less the same where all work is exponential.
- `rest`: the way (constant, and never exponential), ranks and steps taken as independent, and chance.
`hours_a_week` are those of the plan, `hours_after_shifts` those that heads who finish work beyond them. In `fieldwork`
every part is at hand, as the plan takes it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numba import njit

from arbitre.capability import Result, silent
from arbitre.maths.work.transient import before_it, chances_before
from arbitre.optimise import crews
from arbitre.optimise._crews.kernel import finishing, kept_by
from arbitre.optimise._crews.question import Team, question_of
from arbitre.simulate import proof
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.open import open_chain

CHAINS = {"riders": "order", "fieldwork": "intervention"}
_EXAMPLES = Path(__file__).parents[1] / "examples"
_REPLICATIONS, _SEED, _PLENTY = 10, 1, 200


@njit
def kept_finishing(heads, means, rate, work_rate, leave_rate, _closing, hours, room, flows):
    """Return the share kept of each flow in each period (flows, periods) where heads that leave finish the case in
    hand; means (periods, room + 1), the law seen in each."""
    volume, equal, better, step, steps, done = flows
    kept, before = np.zeros((len(step), len(rate))), np.empty(room + 1)
    always = np.ones(len(rate), np.bool_)
    for t in range(len(rate)):
        for f in range(len(step)):
            if volume[f, t] > 0.0:
                chance = chances_before(room, t, heads, rate, better[f], work_rate, leave_rate, always, hours, step[f],
                                        done[f, :steps[f] + 1])
                before_it(means[t], heads[t], rate[t], equal[f, t], work_rate, leave_rate, before)
                kept[f, t] = before @ chance
    return kept


def modelled(chain: Chain, kind: str, plan: Result) -> dict[str, tuple[float, float]]:
    """Return the share kept of each promise by the heads of a plan, if those who leave put work back, and finish it."""
    question = question_of(chain, kind)
    volume, kept = np.zeros(len(question.goals)), np.zeros((2, len(question.goals)))
    for team in question.teams:
        heads = _heads(plan, team)
        means = finishing(heads, *team.law, question.hours, team.room)[1]
        shares = (kept_by(heads, *team.law, question.hours, team.room, team.flows)[3],
                  kept_finishing(heads, means, *team.law, question.hours, team.room, team.flows))
        np.add.at(volume, team.goal, team.flows[0].sum(axis=1))
        for each, share in zip(kept, shares, strict=True):
            np.add.at(each, team.goal, (team.flows[0] * share).sum(axis=1))
    found: dict[str, tuple[float, float]] = {}
    for goal, back, finished in zip(question.goals, *(kept / volume), strict=True):
        name = question.promises["promise"][goal.promise]
        one, other = found.get(name, (1.0, 1.0))
        found[name] = one * float(back), other * float(finished)
    return found


def _heads(plan: Result, team: Team) -> np.ndarray:
    own = plan.tables["crew_levels"].filter(pl.col("crew").is_in(team.crews))
    week = own.group_by("weekday", "starts", maintain_order=True).agg(pl.col("heads").sum())["heads"].to_numpy()
    return week[:len(team.rate)].astype(np.int64)


def replayed(chain: Chain, kind: str, plan: Result) -> dict[str, tuple[float, float, float]]:
    """Return the share kept of each promise in a replay, with its interval."""
    params = proof.Params(kind=kind, crews="plan", least=_REPLICATIONS, most=_REPLICATIONS)
    told = proof.run(chain.with_(**plan.tables), params, _SEED, silent).tables["proofs"]
    return {promise: (share, low, high) for promise, share, low, high in
            told.select("promise", "share", "low_share", "high_share").iter_rows()}


def parts_of(chain: Chain, kind: str) -> dict[str, Any]:
    """Return the parts of the error of a plan of a chain."""
    if chain.has("demand"):
        asked = chain.table("demand").select("item", "site").unique(maintain_order=True)
        plenty = asked.with_columns(level=_PLENTY, lot=1, sharing=pl.lit("first_come"))
        chain = chain.with_(stock_levels=shaped(RESULTS["stock_levels"], plenty))
    plan = crews.run(chain, crews.Params(kind=kind), _SEED, silent)
    plain = chain.with_(steps=chain.table("steps").with_columns(law=pl.lit("exponential")))
    as_is, as_plain = modelled(chain, kind, plan), modelled(plain, kind, plan)
    seen, seen_plain = replayed(chain, kind, plan), replayed(plain, kind, plan)
    promises = {}
    for name, (said, finished) in as_is.items():
        beyond, rest = seen[name][0] - finished, seen_plain[name][0] - as_plain[name][1]
        points = {"finishing": finished - said, "law": beyond - rest, "rest": rest}
        promises[name] = {"said": round(said, 4), "replayed": [round(each, 4) for each in seen[name]],
                          "points": {part: round(100.0 * share, 1) for part, share in points.items()}}
    hours = {name: round(plan.summary[name], 1) for name in ("hours_a_week", "hours_after_shifts")}
    return {**hours, "promises": promises}


def main() -> None:
    """Print the parts for each chain."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="accepted for sameness: JSON is all there is")
    parser.parse_args()
    print(json.dumps({name: parts_of(open_chain(_EXAMPLES / name), kind) for name, kind in CHAINS.items()}, indent=2))


if __name__ == "__main__":
    main()
