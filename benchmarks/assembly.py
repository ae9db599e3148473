"""Assembly measured: cost by size of bank, other solvers, faults, a season, and guessing.

Run from the repository's folder: ``python -m benchmarks.assembly [--full] [--only NAME …]``. CPU
seconds and ratios of one run are what to read; a limit that is not held ends with exit code 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from benchmarks.assembly_runs import run_faults
from benchmarks.assembly_season import guessing, season
from benchmarks.assembly_solvers import cost, others
from benchmarks.assembly_sweep import engines, faults, sweep
from benchmarks.assembly_trials import Line


def main() -> int:
    """Run the measurements asked for and print their lines."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="the sizes of the issue, not of CI")
    parser.add_argument("--only", nargs="*", choices=MEASUREMENTS, default=list(MEASUREMENTS))
    options = parser.parse_args()
    lines: list[Line] = []
    print("| measured | found | limit | held |\n|---|---|---|---|")
    for name in options.only:
        for line in MEASUREMENTS[name](options.full):
            lines.append(line)
            print(f"| {line[0]} | {line[1]} | {line[2]} | {'ok' if line[3] else 'FAIL'} |")
            sys.stdout.flush()
    return 0 if all(line[3] for line in lines) else 1


MEASUREMENTS: dict[str, Callable[[bool], Iterator[Line]]] = {
    "sweep": sweep,
    "engines": engines,
    "faults": faults,
    "run-faults": run_faults,
    "cost": cost,
    "others": others,
    "season": season,
    "guessing": guessing,
}


if __name__ == "__main__":
    sys.exit(main())
