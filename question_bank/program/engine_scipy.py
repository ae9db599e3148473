"""SciPy's milp, the second engine: for checking, and where highspy is not installed."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_matrix, vstack

from question_bank.program.errors import EngineFailed
from question_bank.program.model import Answer, Floats, Model, Status, answer_without_columns

name = "scipy"
_OPTIMAL, _LIMIT, _INFEASIBLE = 0, 1, 2
_NODES_SPENT, _NO_SOLUTION = "Solution limit reached", "infeasible"
"""What SciPy says where it has no status of its own; no column here is unbounded."""


def solve(model: Model, *, nodes: int | None = None) -> Answer:
    """Return the optimum by SciPy."""
    if not len(model.costs):
        return answer_without_columns(model)
    starts, columns, values = model.matrix()
    shape = (len(model.rows), len(model.costs))
    rules = LinearConstraint(csr_matrix((values, columns, starts), shape=shape), *model.bounds())
    options: dict[str, float] = {"mip_rel_gap": 0.0}
    if nodes is not None:
        options["node_limit"] = nodes
    found = milp(
        model.costs.astype(np.float64),
        integrality=model.whole.astype(np.int64),
        bounds=Bounds(0, model.most.astype(np.float64)),
        constraints=rules if model.rows else (),
        options=options,
    )
    if found.status == _OPTIMAL:
        return Answer(Status.OPTIMAL, np.asarray(found.x))
    if found.status == _INFEASIBLE or _NO_SOLUTION in found.message:
        return Answer(Status.INFEASIBLE)
    if found.status == _LIMIT or _NODES_SPENT in found.message:
        return Answer(Status.STOPPED, None if found.x is None else np.asarray(found.x))
    raise EngineFailed("engine-failed", engine=name, said=found.message)


def relaxed(model: Model) -> tuple[float, Floats]:
    """Return the least total without whole numbers and the rows' prices by SciPy."""
    starts, columns, values = model.matrix()
    rules = csr_matrix((values, columns, starts), shape=(len(model.rows), len(model.costs)))
    low, high = model.bounds()
    lows, highs = np.isfinite(low), np.isfinite(high)
    found = linprog(
        model.costs.astype(np.float64),
        A_ub=vstack([-rules[lows], rules[highs]]),
        b_ub=np.concatenate([-low[lows], high[highs]]),
        bounds=np.stack([np.zeros(len(model.most)), model.most], axis=1),
        method="highs",
    )
    if found.status != _OPTIMAL:
        raise EngineFailed("engine-failed", engine=name, said=found.message)
    prices = np.zeros(len(model.rows))
    prices[lows] -= found.ineqlin.marginals[: int(lows.sum())]
    prices[highs] += found.ineqlin.marginals[int(lows.sum()) :]
    return float(found.fun), prices
