"""What is the best choice of whole numbers under rules, and how far can it be from the best there is?

CP-SAT (ortools) in a child process: it cannot be loaded beside HiGHS in one process, it may be stopped, and its death
is not ours. A model is plain numbers, sent as JSON and answered as JSON; nothing is pickled. Kinds of rules are added
here and in `_schedule_child` when their first user comes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from arbitre.core.errors import SolverStopped, UsageError

_CHILD = Path(__file__).with_name("_schedule_child.py")
_SURROUNDINGS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
_GRACE = 60.0
"""Seconds on top of those for the search: starting, reading the model, simplifying it."""

Terms = Mapping[int, int]
"""A weighted sum: by variable, its whole factor."""


@dataclass
class Model:
    """Whole-number variables, rules between them, and a sum to make as small as possible."""

    variables: list[tuple[int, int]] = field(default_factory=list)
    rules: list[dict[str, Any]] = field(default_factory=list)
    objective: Terms = field(default_factory=dict)

    def integer(self, least: int, most: int) -> int:
        """Add a variable from least to most; returns its number."""
        self.variables.append((least, most))
        return len(self.variables) - 1

    def between(self, least: int | None, terms: Terms, most: int | None) -> None:
        """Keep a sum between two ends; None leaves an end open."""
        self.rules.append({"kind": "linear", "least": least, "terms": list(terms.items()), "most": most})

    def element(self, values: Sequence[int], index: int, target: int) -> None:
        """Make the variable `target` equal to values[variable `index`]; the index cannot leave the list."""
        self.rules.append({"kind": "element", "values": list(values), "index": index, "target": target})


@dataclass(frozen=True)
class Answer:
    """What was found: `values` by variable and the `value` of the sum, above the proven floor `bound`.

    `status` is "optimal", "feasible" when time ran out first, "infeasible" when no choice keeps the rules, "unknown"
    when none was found in time; in the last two there are no values and no value.
    """

    status: Literal["optimal", "feasible", "infeasible", "unknown"]
    values: Sequence[int]
    value: float | None
    bound: float

    @property
    def gap(self) -> float | None:
        """How far the value is above the bound, as a share of the value; None without a value."""
        if self.value is None:
            return None
        return (self.value - self.bound) / max(abs(self.value), 1e-12)


def solve(model: Model, seconds: float, *, hint: Sequence[int] = (), seed: int = 1, megabytes: int = 4_000) -> Answer:
    """Return the best choice found within `seconds` of search and `megabytes` of memory.

    `hint` is a choice to start from, one value per variable. An answer proven optimal is the same on every run; one
    stopped by the clock depends on the machine. Raises UsageError when ortools is not installed, SolverStopped when
    the child dies or exceeds what it is given, ValueError when the model is no model (numbers too large to add up).
    """
    asked = {"variables": model.variables, "rules": model.rules, "objective": list(model.objective.items()),
             "hint": list(hint), "seconds": seconds, "seed": seed % 2**31, "megabytes": megabytes}
    surroundings = {name: os.environ[name] for name in _SURROUNDINGS if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603  # our own script, no shell
            [sys.executable, "-I", "-X", "utf8", str(_CHILD)], input=json.dumps(asked), env=surroundings,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", timeout=seconds + _GRACE, check=False)
    except subprocess.TimeoutExpired:
        raise SolverStopped(f"The search did not stop after {seconds:g} s: the model is too large. Ask for less at a "
                            "time.") from None
    if done.returncode != 0:
        raise SolverStopped(f"The search died (exit {done.returncode}), most often for lack of memory: it may use "
                            f"{megabytes:,} MB. Ask for less at a time.")
    told = json.loads(done.stdout)
    if "missing" in told:
        raise UsageError('This search needs an extra. Run: pip install "arbitre[schedule]"')
    if told["status"] == "model_invalid":
        raise ValueError("the model is not valid: look for variables without room and sums beyond 64 bits")
    return Answer(**told)
