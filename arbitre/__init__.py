"""Arbitre decides what to promise to whom, what to hold to keep the promise, proves the decision, and keeps it.

>>> import arbitre
>>> chain = arbitre.open("examples/aftersales")
>>> answer = arbitre.solve(chain)
>>> answer.summary["gap"]
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arbitre.capability import Result
    from arbitre.core.errors import ArbitreError
    from arbitre.flow.compare import compare, explained
    from arbitre.flow.decide import Arbitration
    from arbitre.flow.hand_out import hand_out
    from arbitre.flow.params import params
    from arbitre.flow.pipeline import run
    from arbitre.flow.solve import Answer, solve
    from arbitre.flow.stages import capabilities
    from arbitre.flow.survey import survey
    from arbitre.tables.chain import Chain
    from arbitre.tables.intake.bring import bring
    from arbitre.tables.new import new
    from arbitre.tables.open import open_chain as open
    from arbitre.tables.save import save, save_faults

__version__ = "0.1.0"

_HOMES = {
    "Answer": "arbitre.flow.solve:Answer",
    "Arbitration": "arbitre.flow.decide:Arbitration",
    "ArbitreError": "arbitre.core.errors:ArbitreError",
    "Chain": "arbitre.tables.chain:Chain",
    "Result": "arbitre.capability:Result",
    "bring": "arbitre.tables.intake.bring:bring",
    "capabilities": "arbitre.flow.stages:capabilities",
    "compare": "arbitre.flow.compare:compare",
    "explained": "arbitre.flow.compare:explained",
    "hand_out": "arbitre.flow.hand_out:hand_out",
    "new": "arbitre.tables.new:new",
    "open": "arbitre.tables.open:open_chain",
    "params": "arbitre.flow.params:params",
    "run": "arbitre.flow.pipeline:run",
    "save": "arbitre.tables.save:save",
    "save_faults": "arbitre.tables.save:save_faults",
    "serve": "arbitre.web.serve:serve",
    "solve": "arbitre.flow.solve:solve",
    "survey": "arbitre.flow.survey:survey",
}

__all__ = ["Answer", "Arbitration", "ArbitreError", "Chain", "Result", "bring", "capabilities", "compare", "explained",
           "hand_out", "new", "open", "params", "run", "save", "save_faults", "solve", "survey"]


def __getattr__(name: str) -> Any:
    # Names come when they are first used, so that `import arbitre` and `arbitre --help` stay fast.
    if name not in _HOMES:
        raise AttributeError(f"module 'arbitre' has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    return getattr(importlib.import_module(module), attribute)
