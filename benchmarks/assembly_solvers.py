"""CPU seconds of a draw by size of bank, and beside other solvers on the same program."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.assembly_trials import HIGHS, Line, read, sound
from question_bank.program.counts import supply
from question_bank.program.draw import draw_paper, item_costs, paper_model
from question_bank.program.keys import Draw
from question_bank.program.model import Model
from question_bank.program.narrow import optimum
from question_bank.program.plan import Plan
from question_bank.program.pool import pools
from question_bank.program.standing import Standing

SECONDS_LIMIT = 30
OPTIMUM = re.compile(r"(?:Objective:  cost = |objective function: )([0-9.e+]+)")


def cost(full: bool) -> Iterator[Line]:
    """Yield CPU seconds of a pooled draw to the proven optimum, by size of bank."""
    draws = 15 if full else 5
    means = {}
    for size in (500, 2_000, 20_000, 100_000):
        plan, before = read(sound(size))
        draw_paper(plan, before, Draw(b"warm", 1), HIGHS)
        spent = []
        for number in range(draws):
            start = time.process_time()
            assert draw_paper(plan, before, Draw(b"cost%d" % number, 1), HIGHS) is not None
            spent.append(time.process_time() - start)
        means[size] = float(np.mean(spent))
        worst = float(np.quantile(spent, 0.95))
        found = f"{means[size]:.2f} s, p95 {worst:.2f} s"
        yield f"draw of 80 from {size}", found, "p95 <= 3 s", worst <= 3
    ratio = means[100_000] / means[500]
    yield "CPU(100,000) / CPU(500)", f"{ratio:.2f}", "<= 3", ratio <= 3


def others(full: bool) -> Iterator[Line]:
    """Yield our CPU seconds as a share of other solvers' on the identical program.

    The program is that of the whole bank; the pooled one, which a draw solves, comes beside it.
    From 500 items GLPK's command is no measure of speed (decision 0009): ours may not be slower.
    """
    for size, limits in (
        (500, {"glpsol": 1.0, "lp_solve": 1 / 5}),
        (2_000, {"glpsol": 1 / 10, "lp_solve": 1 / 5}),
    ):
        plan, before = read(sound(size))
        draws = [Draw(b"cost%d" % number, 1) for number in range(25 if full else 9)]
        for what, program in (("whole", whole), ("pooled", pooled)):
            models = [program(plan, before, draw) for draw in draws]
            optimum(models[0], HIGHS)
            start = time.process_time()
            totals = [model.total(optimum(model, HIGHS).integers()) for model in models]
            own = time.process_time() - start
            for name in ("glpsol", "lp_solve"):
                if shutil.which(name) is not None:
                    runs = [solved_by(name, model) for model in models]
                    limit = limits[name] if what == "whole" else None
                    yield beside(f"{name}, {what} program of {size}", own, totals, runs, limit)


def beside(
    name: str,
    own: float,
    totals: Sequence[int],
    runs: Sequence[tuple[float, int]],
    limit: float | None,
) -> Line:
    """Return the line of another solver; the program of the whole bank has a limit."""
    spent = sum(run[0] for run in runs)
    same = sum(run[1] == total for run, total in zip(runs, totals, strict=True))
    found = f"{own:.2f} s / {spent:.2f} s = {own / spent:.2f}; same optimum {same} of {len(runs)}"
    if limit is None:
        return f"ours / {name}", found, "-", True
    return f"ours / {name}", found, f"<= {limit:.2f}", own <= limit * spent


def whole(plan: Plan, before: Standing, draw: Draw) -> Model:
    """Return the program of a draw over its whole bank."""
    held = supply(plan, before, HIGHS)
    costs = held.units.totals(item_costs(before, draw, 0, held.lost.eligible))
    return paper_model(plan, before, held.units, costs)


def pooled(plan: Plan, before: Standing, draw: Draw) -> Model:
    """Return the program of the first pool of a draw."""
    held = supply(plan, before, HIGHS)
    costs = held.units.totals(item_costs(before, draw, 0, held.lost.eligible))
    chosen = next(pools(plan, before.bank, held.units, costs, held.lost.eligible))
    return paper_model(plan, before, held.units.take(chosen), costs[chosen])


def solved_by(name: str, model: Model) -> tuple[float, int]:
    """Return the CPU seconds another solver spends on a program, and the optimum it prints.

    The optimum is -1 where the solver was stopped by the clock.
    """
    with tempfile.TemporaryDirectory() as folder:
        file, solution = Path(folder) / "paper.mps", Path(folder) / "solution"
        file.write_text(mps(model), encoding="ascii")
        limit = str(SECONDS_LIMIT)
        asked = {
            "glpsol": ["glpsol", "--freemps", str(file), "--tmlim", limit, "-o", str(solution)],
            "lp_solve": ["lp_solve", "-fmps", str(file), "-timeout", limit],
        }[name]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        said += solution.read_text(encoding="ascii") if solution.exists() else ""
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = OPTIMUM.search(said)
    proven = found is not None and spent < 0.95 * SECONDS_LIMIT
    return spent, round(float(found[1])) if found and proven else -1


def mps(model: Model) -> str:
    """Return a program of 0-1 columns as a free MPS text."""
    lines, ends, ranges = ["NAME paper", "ROWS", " N cost"], ["RHS"], ["RANGES"]
    columns: list[list[str]] = [[f"cost {each}"] for each in model.costs]
    for number, row in enumerate(model.rows):
        kind = "E" if row.least == row.most else "G" if row.least is not None else "L"
        lines.append(f" {kind} r{number}")
        ends.append(f" RHS r{number} {row.most if row.least is None else row.least}")
        if kind == "G" and row.most is not None and row.least is not None:
            ranges.append(f" RNG r{number} {row.most - row.least}")
        for column, value in zip(row.columns, row.coefficients, strict=True):
            columns[column].append(f"r{number} {value}")
    lines += ["COLUMNS", " M1 'MARKER' 'INTORG'"]
    lines += [f" x{number} {each}" for number, cells in enumerate(columns) for each in cells]
    lines += [" M2 'MARKER' 'INTEND'", *ends, *ranges, "BOUNDS"]
    lines += [f" BV BND x{number}" for number in range(len(columns))]
    return "\n".join([*lines, "ENDATA"]) + "\n"
