"""Papers over random banks, blueprints and seeds; engines beside one another; injected faults."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import numpy as np

from benchmarks.assembly_solvers import pooled
from benchmarks.assembly_trials import HIGHS, Line, bank, given_way, plan, read, sound, varied
from question_bank.program.checker import check
from question_bank.program.diagnosis import Diagnosis, diagnose
from question_bank.program.draw import draw_paper
from question_bank.program.engines import engine
from question_bank.program.keys import Draw
from question_bank.program.narrow import optimum
from question_bank.program.run import draw_run
from question_bank.program.standing import Standing, standing
from question_bank.program.synthetic import Instance, instance
from question_bank.program.synthetic_faults import KINDS, spoil

BANKS = {500: 14, 2_000: 14, 5_000: 6, 20_000: 5, 100_000: 2}
PER_BANK = 25


def sweep(full: bool) -> Iterator[Line]:
    """Yield what random triples of bank, blueprint and seed end with, by size of bank."""
    banks = BANKS if full else {500: 2, 2_000: 2}
    triples = 0
    for size, count in banks.items():
        found: Counter[str] = Counter()
        start = time.process_time()
        for number in range(count):
            found.update(triples_of(size, number))
        spent = (time.process_time() - start) / found["triples"]
        triples += found["triples"]
        drawn = f"{found['triples']} triples, {found['papers']} papers of {found['drawn']} runs"
        yield (
            f"rules broken, banks of {size}",
            f"{found['broken']} in {drawn}",
            "0",
            not found["broken"],
        )
        wrong = found["unexplained"] + found["untrue"]
        told = f"{wrong} of {found['refused'] + wrong}; {spent:.2f} s a triple"
        yield f"refused without a true relaxation, {size}", told, "0", wrong == 0
    least = 1_000 if full else 100
    yield "triples of bank, blueprint, seed", str(triples), f">= {least}", triples >= least


def triples_of(size: int, number: int) -> Counter[str]:
    """Return how the triples of one bank end."""
    found: Counter[str] = Counter()
    base = plainer(instance(size, number), number)
    held, items = bank(base), base.items_text
    for seed in range(PER_BANK):
        made = varied(base, np.random.default_rng([size, number, seed]))
        before = standing(held, made.earlier)
        ended, faults = one(made, before, items, f"{size}/{number}/{seed}")
        found.update([ended, "triples"])
        found["papers"] += made.papers if ended == "drawn" else 0
        found["broken"] += len(faults)
        for fault in faults:
            print(f"| broken: {fault} | | | |", flush=True)
    return found


def plainer(made: Instance, number: int) -> Instance:
    """Return an instance without sets, without enemies, or as it is, by its number."""
    for row in made.rows:
        row["set"] = "" if number % 4 == 1 else row["set"]
        row["enemies"] = "" if number % 4 == 2 else row["enemies"]
    if number % 4 == 1:
        made.rules["paper"]["sets"] = [0, 2]
    return made


def one(made: Instance, before: Standing, items: str, seed: str) -> tuple[str, list[str]]:
    """Return how a triple ends, and the rules its papers break."""
    rules = plan(made)
    run = draw_run(rules, before, papers=made.papers, seed=seed.encode(), engine=HIGHS)
    if run is not None:
        found = check(items, made.blueprint_text, made.earlier, run.papers)
        return "drawn", [f"{seed}: {each}" for each in found]
    said = diagnose(rules, before, papers=made.papers, engine=HIGHS)
    if not said.relax:
        print(f"| unexplained: {seed} {said} | | | |", flush=True)
        return "unexplained", []
    if draws(given_way(made, said.relax), before):
        return "refused", []
    print(f"| untrue: {seed} {said} | | | |", flush=True)
    return "untrue", []


def draws(made: Instance, before: Standing) -> bool:
    """Return whether the papers of an instance can be drawn."""
    run = draw_run(plan(made), before, papers=made.papers, seed=b"looser", engine=HIGHS)
    return run is not None


def engines(full: bool) -> Iterator[Line]:
    """Yield how many seeds two engines, and the program solved whole, give the same paper for."""
    rules, before = read(sound(2_000))
    seeds, second, same, whole = 200 if full else 50, engine("scipy"), 0, 0
    for number in range(seeds):
        draw = Draw(b"engine%d" % number, 1)
        one_paper = draw_paper(rules, before, draw, HIGHS)
        other = draw_paper(rules, before, draw, second)
        same += (
            one_paper is not None and other is not None and bool(np.array_equal(one_paper, other))
        )
        model = pooled(rules, before, draw)
        answers = [optimum(model, HIGHS).integers(), HIGHS.solve(model).integers()]
        whole += bool(np.array_equal(*answers))
    yield "same paper by HiGHS and SciPy", f"{same} of {seeds}", "all", same == seeds
    yield "same paper without fixing by prices", f"{whole} of {seeds}", "all", whole == seeds


def faults(full: bool) -> Iterator[Line]:
    """Yield how many injected faults are named, with exact counts and true relaxations."""
    each = 14 if full else 2
    named, counted, exact, spent = [], 0, 0, []
    true: Counter[str] = Counter()
    base = {size: sound(size) for size in (500, 2_000)}
    for kind in KINDS:
        for seed in range(each):
            fault = spoil(kind, base[500 if seed % 2 else 2_000], seed)
            rules, before = read(fault.instance)
            start = time.process_time()
            assert draw_run(rules, before, papers=1, seed=b"fault", engine=HIGHS) is None
            found = diagnose(rules, before, papers=1, engine=HIGHS)
            spent.append(time.process_time() - start)
            said = {one.rule for one in found.short} | {one.rule for one in found.relax}
            named.append(bool(said & fault.rules))
            if fault.short:
                counted += 1
                shorts = {(one.rule, one.needed, one.available) for one in found.short}
                exact += fault.short in shorts
            true.update(trueness(fault.instance, before, found, f"{kind} {seed}"))
    share = sum(named) / len(named)
    yield "faults named", f"{sum(named)} of {len(named)}", ">= 95 %", share >= 0.95
    yield "shortages exact", f"{exact} of {counted}", "all", exact == counted
    enough = true["enough"] == len(named)
    yield "relaxed as told, a paper fits", f"{true['enough']} of {len(named)}", "all", enough
    least = true["least"] == true["single"]
    yield "one step less, none fits", f"{true['least']} of {true['single']}", "all", least
    yield "CPU of the dearest fault", f"{max(spent):.2f} s", "<= 3 s", max(spent) <= 3


def trueness(made: Instance, before: Standing, found: Diagnosis, name: str) -> list[str]:
    """Return whether what is said to give way is enough, and where it is one rule, the least."""
    said = ["enough"] if found.relax and draws(given_way(made, found.relax), before) else []
    if len(found.relax) == 1:
        said.append("single")
        if not draws(given_way(made, found.relax, less=1), before):
            said.append("least")
    if not said or said[-1] == "single":
        print(f"| not true: {name} {found.short} {found.relax} | | | |", flush=True)
    return said
