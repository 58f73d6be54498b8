"""Which values cost least under linear rows, some of them whole numbers, and how far can they be from the least?

    minimise cost . x   with   rows lower <= A x <= rows upper,   lower <= x <= upper,   x_i whole where asked.

Solved by HiGHS (Huangfu & Hall 2018): simplex, and branch and cut where numbers are whole. One thread and one seed, so
the same input gives the same bytes as long as the limit is one of nodes; a limit of seconds depends on the machine.
"""

from dataclasses import dataclass, fields
from typing import Literal

import highspy
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Infeasible(ValueError):
    """No values satisfy all rows and bounds."""


class Unbounded(ValueError):
    """The cost can fall without end."""


class Unsolved(ValueError):
    """The limit came before any values were found: the bound that holds nevertheless is in `bound`."""

    def __init__(self, said: str, bound: float) -> None:
        self.bound = bound
        super().__init__(f"stopped ({said.lower()}) before any values were found: allow more nodes or seconds")


@dataclass(frozen=True)
class Rows:
    """Rows of coefficients, sparse, one after the other.

    first (rows + 1,), where each row starts, and one past the last; column, value (entries,); lower, upper (rows,),
    -inf and inf where there is none.
    """

    first: Integers
    column: Integers
    value: Floats
    lower: Floats
    upper: Floats

    def __post_init__(self) -> None:
        for field in fields(self):
            kind = np.int64 if field.name in {"first", "column"} else np.float64
            object.__setattr__(self, field.name, np.ascontiguousarray(getattr(self, field.name), dtype=kind))


@dataclass(frozen=True)
class Answer:
    """Values (columns,) with their cost, and a floor under the cost of all others.

    row_dual (rows,), by how much the cost rises for one more unit of the row's binding bound; None where some values
    are whole. bound, proven up to the solver's tolerance of 1e-6 on every row; status, "optimal" when value and bound
    are within the gap asked for, else "feasible".
    """

    values: Floats
    row_dual: Floats | None
    objective: float
    bound: float
    status: Literal["optimal", "feasible"]


def least(
    cost: Floats,
    rows: Rows,
    lower: Floats,
    upper: Floats,
    whole: np.ndarray | None = None,
    *,
    gap: float = 1e-6,
    most_nodes: int | None = None,
    seconds: float | None = None,
    start: Floats | None = None,
) -> Answer:
    """Which values cost least?

    Args: cost, lower, upper (columns,), infinite where there is no bound; whole (columns,) bool, default none; gap, the
    relative gap at which branching may stop; most_nodes and seconds, limits (default none); start (columns,), values
    known to satisfy all rows.
    Returns: Answer. Raises Infeasible, Unbounded; Unsolved where a limit came before any values; ValueError that names
    every fault of the input.
    """
    cost, lower, upper = (np.ascontiguousarray(given, dtype=float) for given in (cost, lower, upper))
    whole = np.zeros(len(cost), bool) if whole is None else np.asarray(whole, dtype=bool)
    faults = _faults(cost, rows, lower, upper, whole, start)
    if faults:
        raise ValueError("linear programme: " + "; ".join(faults))
    solver = _solver(gap, most_nodes, seconds)
    solver.passModel(_model(cost, rows, lower, upper, whole))
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = start.tolist()
        solver.setSolution(known)
    solver.run()
    return _answer(solver, cost, bool(whole.any()))


def _solver(gap: float, most_nodes: int | None, seconds: float | None) -> highspy.Highs:
    solver = highspy.Highs()
    options: dict[str, object] = {
        "output_flag": False, "threads": 1, "parallel": "off", "random_seed": 0, "mip_rel_gap": gap, "mip_abs_gap": 0.0,
        # What is found of symmetry depends on the time it took.
        "mip_detect_symmetry": False,
    }
    if most_nodes is not None:
        options["mip_max_nodes"] = most_nodes
    if seconds is not None:
        options["time_limit"] = float(seconds)
    for name, value in options.items():
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise ValueError(f"linear programme: {name} cannot be {value}")
    return solver


def _model(cost: Floats, rows: Rows, lower: Floats, upper: Floats, whole: np.ndarray) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(cost), len(rows.lower)
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, lower, upper
    model.row_lower_, model.row_upper_ = rows.lower, rows.upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.num_col_, model.a_matrix_.num_row_ = len(cost), len(rows.lower)
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = rows.first, rows.column, rows.value
    if whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(flag)] for flag in whole]
    return model


def _answer(solver: highspy.Highs, cost: Floats, branched: bool) -> Answer:
    status, info, solution = solver.getModelStatus(), solver.getInfo(), solver.getSolution()
    kind = highspy.HighsModelStatus
    if status == kind.kUnboundedOrInfeasible:
        # Without its cost the question is only whether any values exist.
        solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), np.zeros(len(cost)))
        solver.run()
        status = kind.kInfeasible if solver.getModelStatus() == kind.kInfeasible else kind.kUnbounded
    if status == kind.kInfeasible:
        raise Infeasible("no values satisfy all rows and bounds: loosen one of them")
    if status == kind.kUnbounded:
        raise Unbounded("the cost falls without end: bound the values that are worth most")
    bound = info.mip_dual_bound if branched else -np.inf
    if not solution.value_valid or info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        raise Unsolved(solver.modelStatusToString(status), bound)
    values, optimal = np.array(solution.col_value), status in (kind.kOptimal, kind.kModelEmpty)
    objective = float(cost @ values)
    return Answer(
        values=values,
        row_dual=None if branched else np.array(solution.row_dual),
        objective=objective,
        bound=objective if optimal and not branched else bound,
        status="optimal" if optimal else "feasible",
    )


def _faults(
    cost: Floats, rows: Rows, lower: Floats, upper: Floats, whole: np.ndarray, start: Floats | None
) -> list[str]:
    faults, columns = [], len(cost)
    for name, given in (("lower", lower), ("upper", upper), ("whole", whole), ("start", start)):
        if given is not None and given.shape != (columns,):
            faults.append(f"{name} has shape {given.shape}, the cost ({columns},)")
    if not np.isfinite(cost).all():
        faults.append("cost must be finite")
    if len(rows.lower) != len(rows.upper) or len(rows.first) != len(rows.lower) + 1:
        faults.append(f"{len(rows.lower)} lower and {len(rows.upper)} upper sides need as many rows, and first one more")
    if len(rows.column) != len(rows.value):
        faults.append(f"{len(rows.column)} columns are named for {len(rows.value)} coefficients")
    elif len(rows.first) == 0 or rows.first[0] != 0 or rows.first[-1] != len(rows.value) or (np.diff(rows.first) < 0).any():
        faults.append(f"first must rise from 0 to {len(rows.value)}")
    if ((rows.column < 0) | (rows.column >= columns)).any():
        faults.append(f"columns of rows lie between 0 and {columns - 1}")
    if not np.isfinite(rows.value).all():
        faults.append("coefficients must be finite")
    if np.isnan(np.concatenate([lower, upper, rows.lower, rows.upper])).any():
        faults.append("bounds must be numbers")
    return faults
