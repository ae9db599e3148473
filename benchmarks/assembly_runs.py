"""Runs of several papers with one fault: what is named, what gives way, and whether it is true."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from itertools import product

from benchmarks.assembly_trials import HIGHS, Line, read
from question_bank.program.diagnosis import diagnose
from question_bank.program.loosened import loosened
from question_bank.program.run import draw_run
from question_bank.program.synthetic import Instance, instance
from question_bank.program.synthetic_faults import KINDS, spoil

SIZES = {500: 40, 2_000: 80}
PAPERS = (3, 6, 10)
APART: dict[str, dict[str, object]] = {"": {}, "max": {"max": 6}, "disjoint": {"disjoint": True}}
CEILINGS = {"overlap.max", "overlap.disjoint", "exposure.max_uses"}


def run_faults(full: bool) -> Iterator[Line]:
    """Yield how many faults in runs are named, let go as told, and what else was given up."""
    told: Counter[str] = Counter()
    spent = [0.0]
    for seed, size, papers, apart in product(range(1, 3 if full else 2), SIZES, PAPERS, APART):
        if apart == "disjoint" and papers * SIZES[size] > size // 2:
            continue
        sound = instance(size, 1000 * size + 17 * seed + papers, length=SIZES[size])
        sound.rules["overlap"] = dict(APART[apart])
        for kind in KINDS:
            fault = spoil(kind, sound, seed)
            rules = one(fault.instance, papers, told, spent)
            if rules is None:
                continue
            told["named"] += bool(rules & fault.rules)
            again = rules & CEILINGS - fault.rules
            told["again"] += bool(again)
            if again or not rules & fault.rules:
                print(f"| {size} {papers} {apart} {kind} {seed}: {sorted(rules)} | | | |")
    refused = told["refused"]
    for name, count, of, limit, held in (
        ("runs with a fault refused and named", told["named"], refused, ">= 95 %", 0.95),
        ("relaxed as told, the run drawn", told["drawn"], 2 * refused, ">= 98 %", 0.98),
    ):
        yield name, f"{count} of {of}", limit, count >= held * of
    shared = f"{told['again']} of {refused}"
    few = told["again"] <= 0.1 * refused
    yield "items used again or papers shared instead", shared, "<= 10 %", few
    yield "CPU of the dearest, a run's drawing included", f"{max(spent):.2f} s", "-", True


def one(made: Instance, papers: int, told: Counter[str], spent: list[float]) -> set[str] | None:
    """Return the rules that are named for a run, and count how it is let go; None: it is drawn."""
    plan, before = read(made)
    start = time.process_time()
    if draw_run(plan, before, papers=papers, seed=b"fault", engine=HIGHS) is not None:
        return None
    found = diagnose(plan, before, papers=papers, engine=HIGHS)
    spent.append(time.process_time() - start)
    told["refused"] += 1
    looser = loosened(plan, found.relax)
    for seed in (b"let", b"go"):
        run = draw_run(looser, before, papers=papers, seed=seed, engine=HIGHS)
        told["drawn"] += run is not None
    return {each.rule for each in found.relax}
