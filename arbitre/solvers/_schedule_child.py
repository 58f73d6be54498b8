"""Script run in a child process: reads a model on stdin, solves it with CP-SAT, writes the answer on stdout, in JSON.

    python -I _schedule_child.py < asked.json > answer.json

CP-SAT cannot be loaded beside HiGHS in one process, so this is the only place that imports ortools. The model is the
one that `schedule.Model` builds; a new kind of rule is a method there and an entry of `kinds` here.
"""

import json
import sys
from typing import Any

if sys.platform != "win32":
    import resource


def limit(megabytes: int, seconds: float) -> None:
    """Bound memory and processor time, where the system can (Windows cannot)."""
    if sys.platform == "win32":
        return
    bounds = {resource.RLIMIT_DATA: megabytes * 1_000_000, resource.RLIMIT_CPU: int(seconds) + 60,
              resource.RLIMIT_CORE: 0}
    for kind, most in bounds.items():
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def main() -> dict[str, Any]:
    """Return the answer to the model on stdin, or the module that is missing."""
    asked = json.load(sys.stdin)
    limit(asked["megabytes"], asked["seconds"])
    try:
        from ortools.sat.python import cp_model  # noqa: PLC0415  # pyrefly: ignore[missing-import]
    except ModuleNotFoundError as missing:
        return {"missing": missing.name}
    model = cp_model.CpModel()
    variables = [model.new_int_var(least, most, "") for least, most in asked["variables"]]

    def total(terms: list[list[int]]) -> Any:
        return cp_model.LinearExpr.weighted_sum([variables[name] for name, _ in terms], [by for _, by in terms])

    def linear(rule: dict[str, Any]) -> None:
        least, most = (end if end is not None else free for end, free in
                       zip((rule["least"], rule["most"]), (cp_model.INT_MIN, cp_model.INT_MAX), strict=True))
        model.add_linear_constraint(total(rule["terms"]), least, most)

    def element(rule: dict[str, Any]) -> None:
        model.add_element(variables[rule["index"]], rule["values"], variables[rule["target"]])

    kinds = {"linear": linear, "element": element}
    for rule in asked["rules"]:
        kinds[rule["kind"]](rule)
    for variable, value in zip(variables, asked["hint"], strict=False):
        model.add_hint(variable, value)
    model.minimize(total(asked["objective"]))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = asked["seconds"]
    solver.parameters.random_seed = asked["seed"]
    solver.parameters.num_workers = 1  # several race, and the same model would not give the same answer
    status = solver.status_name(solver.solve(model)).lower()
    found = status in ("optimal", "feasible")
    return {"status": status, "values": [solver.value(variable) for variable in variables] if found else [],
            "value": solver.objective_value if found else None, "bound": solver.best_objective_bound}


if __name__ == "__main__":
    json.dump(main(), sys.stdout)
