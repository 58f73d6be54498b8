"""Which values cost least under linear rows, some of them whole numbers?

    minimise cost . x   with   rows lower <= A x <= rows upper,   lower <= x <= upper,   x_i whole where asked.

Solved by HiGHS (Huangfu & Hall 2018): simplex, and branch and cut where numbers are whole. One thread and one seed, and
the limit is one of nodes and not of seconds, so the same input gives the same bytes.
"""

from dataclasses import dataclass, fields
from typing import Literal

import highspy
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class NoValues(ValueError):
    """There is no answer."""


class Infeasible(NoValues):
    """No values satisfy all rows and bounds."""


class Unsolved(NoValues):
    """The limit came before any values were found."""


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

    row_dual (rows,), by how much the cost rises for one more unit of the row's binding bound; nought where some values
    are whole. Rows hold, and the bound is proven, up to the solver's tolerance of 1e-6 on every row; status, "optimal"
    when objective and bound are within the gap asked for, else "feasible".
    """

    values: Floats
    row_dual: Floats
    objective: float
    bound: float
    status: Literal["optimal", "feasible"]


def least(
    cost: Floats, rows: Rows, lower: Floats, upper: Floats, whole: np.ndarray, *, gap: float, most_nodes: int,
    start: Floats | None = None
) -> Answer:
    """Which values cost least?

    Args: cost, lower, upper (columns,), all finite; whole (columns,) bool; gap, the relative gap at which branching may
    stop; most_nodes, how many branches are looked at; start (columns,), values to begin with, which should keep all.
    Returns: Answer. Raises Infeasible; Unsolved where the limit came before any values; ValueError that names every
    fault of the input.
    """
    cost, lower, upper = (np.ascontiguousarray(given, dtype=float) for given in (cost, lower, upper))
    faults = _faults(cost, rows, lower, upper, whole)
    if start is not None and np.shape(start) != cost.shape:
        faults.append(f"start has shape {np.shape(start)}, the cost {cost.shape}")
    if faults:
        raise ValueError("linear programme: " + "; ".join(faults))
    solver = highspy.Highs()
    options = {
        "output_flag": False, "threads": 1, "parallel": "off", "random_seed": 0, "mip_rel_gap": gap, "mip_abs_gap": 0.0,
        "mip_max_nodes": most_nodes,
        # What is found of symmetry depends on the time it took.
        "mip_detect_symmetry": False,
    }
    for name, value in options.items():
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise ValueError(f"linear programme: {name} cannot be {value}")
    solver.passModel(_model(cost, rows, lower, upper, whole))
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = np.ascontiguousarray(start, dtype=float)
        solver.setSolution(known)
    solver.run()
    return _answer(solver, cost, bool(whole.any()))


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
    # With finite bounds the cost cannot fall without end.
    if status in (kind.kInfeasible, kind.kUnboundedOrInfeasible):
        raise Infeasible("no values satisfy all rows and bounds: loosen one of them")
    if not solution.value_valid or info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        said = solver.modelStatusToString(status).lower()
        raise Unsolved(f"stopped ({said}) before any values were found: allow more nodes")
    values, optimal = np.array(solution.col_value), status in (kind.kOptimal, kind.kModelEmpty)
    objective = float(cost @ values)
    return Answer(
        values=values,
        row_dual=np.zeros(solver.getNumRow()) if branched else np.array(solution.row_dual),
        objective=objective,
        bound=info.mip_dual_bound if branched else objective,
        status="optimal" if optimal else "feasible",
    )


def _faults(cost: Floats, rows: Rows, lower: Floats, upper: Floats, whole: np.ndarray) -> list[str]:
    faults, columns, entries = [], len(cost), len(rows.value)
    for name, given in (("lower", lower), ("upper", upper), ("whole", whole)):
        if given.shape != (columns,):
            faults.append(f"{name} has shape {given.shape}, the cost ({columns},)")
    if not all(np.isfinite(given).all() for given in (cost, lower, upper, rows.value)):
        faults.append("costs, bounds of values and coefficients must be finite")
    if np.isnan(rows.lower).any() or np.isnan(rows.upper).any():
        faults.append("bounds of rows must be numbers")
    if len(rows.lower) != len(rows.upper) or len(rows.first) != len(rows.lower) + 1:
        faults.append("rows need as many lower as upper sides, and first one more")
    if len(rows.column) != entries:
        faults.append(f"{len(rows.column)} columns are named for {entries} coefficients")
    elif not len(rows.first) or rows.first[0] != 0 or rows.first[-1] != entries or (np.diff(rows.first) < 0).any():
        faults.append(f"first must rise from 0 to {entries}")
    if ((rows.column < 0) | (rows.column >= columns)).any():
        faults.append(f"columns of rows lie between 0 and {columns - 1}")
    return faults
