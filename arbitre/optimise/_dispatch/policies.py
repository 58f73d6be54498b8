"""What counts when riders are told what to bring: the policies that are known, and those a chain brings.

A policy is limits (what is not done at all) and prices (what everything else is weighed by). Prices are money, so that
a promise weighs what breaking it costs: `late_cost` of the promise comes on top, at the minute it is broken.
"""

from __future__ import annotations

from math import inf

from arbitre.core.errors import UsageError
from arbitre.core.words import nearest
from arbitre.optimise._dispatch.rounds import Policy
from arbitre.tables.chain import Chain
from arbitre.tables.dispatching import RULES

BALANCED = Policy(wait=0.25, overdue=0.0, ride=0.0125, extra=0.5, lost=50.0, age=90.0, reach=inf, bundle=4, load=inf,
                  pick=4.0, drop=4.0, ahead=30.0)
KNOWN = {
    "balanced": BALANCED,
    "prompt": BALANCED._replace(overdue=0.25, ride=0.0, extra=0.0, lost=100.0),
    "thrifty": BALANCED._replace(ride=0.05, extra=4.0),
}
"""Policies known by name: prompt thinks of customers alone, thrifty of what riders are paid."""


def policy_of(chain: Chain, name: str, pick: float, drop: float) -> Policy:
    """Return the policy of that name, with minutes at a pick-up and at a door.

    Raises UsageError, with the nearest one, when neither the chain nor the product knows it.
    """
    brought = chain.table("policies").filter(policy=name) if chain.has("policies") else None
    rules = {} if brought is None else dict(brought.select("rule", "value").iter_rows())
    if name not in KNOWN and not rules:
        own = chain.table("policies")["policy"].unique().to_list() if chain.has("policies") else []
        known = sorted({*KNOWN, *own})
        meant = nearest(name, known)
        raise UsageError(f"There is no policy {name}." + (f" Did you mean {meant}?" if meant else "")
                         + f" Known: {', '.join(known)}; the table policies holds those of the chain.")
    if "bundle" in rules:
        rules["bundle"] = max(1, int(rules["bundle"]))
    set_ = {rule: rules[rule] for rule in RULES if rule in rules}
    return KNOWN.get(name, BALANCED)._replace(**set_, pick=float(pick), drop=float(drop))
