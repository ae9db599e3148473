"""HiGHS through highspy: one thread, no gap, no clock."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np

from question_bank.program.errors import EngineFailed
from question_bank.program.model import Answer, Floats, Model, Status, answer_without_columns

name = "highs"
_OPTIONS = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.5,
    "mip_feasibility_tolerance": 1e-7,
}
_INFEASIBLE = (
    highspy.HighsModelStatus.kInfeasible,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
)
_FEASIBLE = 2
_SMALL = 5_000
"""Columns up to which looking for what can be left out takes longer than solving."""
_LIMITS = (highspy.HighsModelStatus.kSolutionLimit, highspy.HighsModelStatus.kIterationLimit)


def solve(model: Model, *, nodes: int | None = None) -> Answer:
    """Return the optimum by HiGHS."""
    if not len(model.costs):
        return answer_without_columns(model)
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in _OPTIONS.items():
        solver.setOptionValue(option, value)
    if nodes is not None:
        solver.setOptionValue("mip_max_nodes", nodes)
    solver.passModel(_passed(model))
    status = _run(solver)
    if status == highspy.HighsModelStatus.kOptimal:
        return Answer(Status.OPTIMAL, np.array(solver.getSolution().col_value))
    if status in _INFEASIBLE:
        return Answer(Status.INFEASIBLE)
    if status in _LIMITS:
        found = solver.getInfo().primal_solution_status == _FEASIBLE
        return Answer(Status.STOPPED, np.array(solver.getSolution().col_value) if found else None)
    raise EngineFailed("engine-failed", engine=name, said=solver.modelStatusToString(status))


def _run(solver: highspy.Highs) -> highspy.HighsModelStatus:
    """Return how HiGHS ended; where it refuses its own answer, without its presolving."""
    solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kSolveError:
        solver.setOptionValue("presolve", "off")
        solver.clearSolver()
        solver.run()
    return solver.getModelStatus()


def relaxed(model: Model) -> tuple[float, Floats]:
    """Return the least total without whole numbers and the rows' prices by HiGHS."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    if len(model.costs) <= _SMALL:
        solver.setOptionValue("presolve", "off")
    solver.passModel(_passed(replace(model, whole=np.zeros_like(model.whole))))
    solver.run()
    status = solver.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise EngineFailed("engine-failed", engine=name, said=solver.modelStatusToString(status))
    return solver.getInfo().objective_function_value, np.array(solver.getSolution().row_dual)


def _passed(model: Model) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    starts, columns, values = model.matrix()
    lp.num_col_ = len(model.costs)
    lp.num_row_ = len(model.rows)
    lp.col_cost_ = model.costs.astype(np.float64)
    lp.col_lower_ = np.zeros(len(model.costs))
    lp.col_upper_ = model.most.astype(np.float64)
    lp.row_lower_, lp.row_upper_ = model.bounds()
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = starts.astype(np.int32)
    lp.a_matrix_.index_ = columns.astype(np.int32)
    lp.a_matrix_.value_ = values
    if model.whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(each)] for each in model.whole]
    return lp
