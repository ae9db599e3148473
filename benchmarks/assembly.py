"""Assembly measured: cost by size of bank, other solvers, faults, a season, and guessing.

Run from the repository's folder: ``python benchmarks/assembly.py [--full] [--only NAME …]``. CPU
seconds and ratios of one run are what to read; a limit that is not held ends with exit code 1.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from question_bank.program.bank import Ints, bank_of
from question_bank.program.checker import check
from question_bank.program.counts import supply
from question_bank.program.diagnosis import diagnose
from question_bank.program.draw import draw_paper, item_costs, paper_model
from question_bank.program.engines import engine
from question_bank.program.keys import Draw
from question_bank.program.model import Model
from question_bank.program.plan import Plan
from question_bank.program.pool import pools
from question_bank.program.reading_blueprint import read_blueprint
from question_bank.program.reading_items import read_items
from question_bank.program.run import draw_run
from question_bank.program.season import (
    TrainingClass,
    capacity,
    gini,
    season_papers,
    season_plan,
)
from question_bank.program.standing import Standing, standing
from question_bank.program.synthetic import Instance, instance
from question_bank.program.synthetic_faults import KINDS, spoil

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "assembly-season.svg"
SECONDS_LIMIT = 30
HIGHS = engine()
Line = tuple[str, str, str, bool]


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
            print(f"| {line[0]} | {line[1]} | {line[2]} | {'yes' if line[3] else '**no**'} |")
            sys.stdout.flush()
    return 0 if all(line[3] for line in lines) else 1


def sound(size: int, seed: int = 1) -> Instance:
    """Return an instance as tight as a season of equal papers asks for."""
    made = instance(size, seed)
    made.rules["paper"]["facility"] = [0.6292, 0.6308]
    made.rules["paper"]["sets"] = [1, 2] if size >= 1_000 else [0, 2]
    return made


def read(made: Instance) -> tuple[Plan, Standing]:
    """Return the rules and the bank of an instance, read from its texts."""
    items = read_items(made.items_text, "items.csv")
    plan = read_blueprint(made.blueprint_text, "blueprint.toml")
    return plan, standing(bank_of(items.candidates), made.earlier)


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
    """Yield our CPU seconds as a share of other solvers' on the identical program."""
    for size, limit in ((500, 1 / 5), (2_000, 1 / 10)):
        plan, before = read(sound(size))
        models = [pooled(plan, before, Draw(b"cost%d" % n, 1)) for n in range(9 if full else 3)]
        start = time.process_time()
        answers = [HIGHS.solve(model) for model in models]
        own = time.process_time() - start
        proven = sum(answer.values is not None for answer in answers)
        for name in ("glpsol", "lp_solve"):
            if shutil.which(name) is None:
                continue
            runs = [solved_by(name, model) for model in models]
            spent, ended = sum(run[0] for run in runs), sum(run[1] for run in runs)
            ratio, most = own / spent, limit if name == "glpsol" else 1.0
            found = f"{own:.2f} s / {spent:.1f} s = {ratio:.3f}; ended {proven} / {ended}"
            yield f"ours / {name} at {size}", found, f"<= {most:.2f}", ratio <= most


def pooled(plan: Plan, before: Standing, draw: Draw) -> Model:
    """Return the program of the first pool of a draw."""
    held = supply(plan, before, HIGHS)
    costs = held.units.totals(item_costs(before, draw, 0, held.lost.eligible))
    chosen = next(pools(plan, before.bank, held.units, costs, held.lost.eligible))
    return paper_model(plan, before, held.units.take(chosen), costs[chosen])


def solved_by(name: str, model: Model) -> tuple[float, bool]:
    """Return the CPU seconds another solver spends on a program, and whether it ended."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "paper.mps"
        file.write_text(mps(model), encoding="ascii")
        asked = {
            "glpsol": ["glpsol", "--freemps", str(file), "--tmlim", str(SECONDS_LIMIT)],
            "lp_solve": ["lp_solve", "-fmps", str(file), "-timeout", str(SECONDS_LIMIT)],
        }[name]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            said = subprocess.run(
                asked, capture_output=True, text=True, timeout=2 * SECONDS_LIMIT, check=False
            ).stdout
        except subprocess.TimeoutExpired:
            said = "TIME LIMIT"
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, "TIME LIMIT" not in said.upper() and spent < 0.95 * SECONDS_LIMIT


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


def engines(full: bool) -> Iterator[Line]:
    """Yield how many seeds two engines draw the same paper for."""
    plan, before = read(sound(2_000))
    seeds, second, same = 200 if full else 50, engine("scipy"), 0
    for number in range(seeds):
        draw = Draw(b"engine%d" % number, 1)
        one = draw_paper(plan, before, draw, HIGHS)
        other = draw_paper(plan, before, draw, second)
        same += one is not None and other is not None and bool(np.array_equal(one, other))
    yield "same paper by HiGHS and SciPy", f"{same} of {seeds}", "all", same == seeds


def faults(full: bool) -> Iterator[Line]:
    """Yield how many injected faults are named, with exact counts."""
    each = 12 if full else 2
    named, counted, exact, spent = [], 0, 0, []
    base = {size: sound(size) for size in (500, 2_000)}
    for kind in KINDS:
        for seed in range(each):
            fault = spoil(kind, base[500 if seed % 2 else 2_000], seed)
            plan, before = read(fault.instance)
            start = time.process_time()
            assert draw_run(plan, before, papers=1, seed=b"fault", engine=HIGHS) is None
            found = diagnose(plan, before, papers=1, engine=HIGHS)
            spent.append(time.process_time() - start)
            rules = {one.rule for one in found.short} | {one.rule for one in found.relax}
            named.append(bool(rules & fault.rules))
            if fault.short:
                counted += 1
                shorts = {(one.rule, one.needed, one.available) for one in found.short}
                exact += fault.short in shorts
    share = sum(named) / len(named)
    yield "faults named", f"{sum(named)} of {len(named)}", ">= 95 %", share >= 0.95
    yield "shortages exact", f"{exact} of {counted}", "all", exact == counted
    yield "CPU of the dearest fault", f"{max(spent):.2f} s", "<= 3 s", max(spent) <= 3


def season(full: bool) -> Iterator[Line]:
    """Yield a season of classes on a bank of 2,000, beside what drawing by cells gives."""
    made = sound(2_000)
    made.rules["exposure"], made.rules["overlap"] = {}, {"max": 3}
    for row in made.rows:
        row["uses"] = "0"
    plan, before = read(made)
    count, near = 500 if full else 100, 10
    classes = [TrainingClass(f"provider {n % 5}", f"region {n % 3}") for n in range(count)]
    start = time.process_time()
    ours = list(season_papers(plan, before, classes, neighbours=near, seed=b"season", engine=HIGHS))
    spent = (time.process_time() - start) / count
    ways = {
        "ours": ours,
        "random per cell": cells(before, ours[0], count, least_used=False),
        "least used per cell": cells(before, ours[0], count, least_used=True),
    }
    broken = {name: violations(made, before, papers) for name, papers in ways.items()}
    shared = neighbours_share(ours, classes, near)
    uses = {name: used(before, papers) for name, papers in ways.items()}
    floor = gini(whole_shares(season_plan(plan, before, HIGHS), int(uses["ours"].sum())))
    bound = count / capacity(plan, before, HIGHS).papers_per_use
    spread = {name: mean_spread(before, papers) for name, papers in ways.items()}
    largest = int(uses["ours"].max())
    yield f"papers drawn for {count} classes", str(len(ours)), "all", len(ours) == count
    for name, found in broken.items():
        yield (
            f"rules broken per paper, {name}",
            f"{found:.2f}",
            "ours 0",
            name != "ours" or not found,
        )
    yield "largest overlap with neighbours", str(shared), "<= 3", shared <= 3
    evenness = gini(uses["ours"]) / floor
    yield (
        "Gini of uses / floor",
        f"{gini(uses['ours']):.3f} / {floor:.3f} = {evenness:.2f}",
        ("<= 1.15"),
        evenness <= 1.15,
    )
    for name in list(ways)[1:]:
        yield f"Gini, largest use: {name}", f"{gini(uses[name]):.3f}, {uses[name].max()}", "-", True
    yield (
        "largest use / LP bound",
        f"{largest} / {bound:.1f} = {largest / bound:.2f}",
        "<= 2.5",
        (largest <= 2.5 * bound),
    )
    ratio = spread["ours"] / spread["random per cell"]
    yield (
        "SD of mean facility / random",
        f"{spread['ours']:.5f}, {ratio:.3f}",
        "<= 0.05",
        (ratio <= 0.05),
    )
    yield "CPU of a paper of the season", f"{spent:.2f} s", "<= 3 s", spent <= 3
    PICTURE.write_text(picture(uses), encoding="utf-8")


def used(before: Standing, papers: Sequence[Ints]) -> Ints:
    """Return how often each item of a bank is used."""
    return np.bincount(np.concatenate(papers), minlength=len(before.bank)).astype(np.int64)


def whole_shares(shares: Ints, total: int) -> Ints:
    """Return the evenest whole uses in the proportions of a season plan."""
    exact = shares.astype(np.float64) * total / shares.sum()
    uses = np.floor(exact).astype(np.int64)
    rest = np.argsort(uses - exact, kind="stable")[: total - int(uses.sum())]
    uses[rest] += 1
    return np.asarray(uses, dtype=np.int64)


def mean_spread(before: Standing, papers: Sequence[Ints]) -> float:
    """Return the standard deviation of the papers' mean facility."""
    return float(np.std([before.bank.facility[paper].mean() / 1e6 for paper in papers]))


def neighbours_share(papers: Sequence[Ints], classes: Sequence[TrainingClass], near: int) -> int:
    """Return the most items a paper shares with one of its neighbours."""
    most = 0
    for number, paper in enumerate(papers):
        own = classes[number]
        beside = [
            papers[other]
            for other in range(number)
            if own.provider == classes[other].provider or own.region == classes[other].region
        ]
        for other in beside[-near:]:
            most = max(most, len(np.intersect1d(paper, other)))
    return most


def violations(made: Instance, before: Standing, papers: Sequence[Ints]) -> float:
    """Return how many rules a paper breaks on average, each paper checked for itself."""
    named = [[before.bank.ids[item] for item in paper] for paper in papers[:100]]
    items, rules = made.items_text, made.blueprint_text
    return float(np.mean([len(check(items, rules, [], [paper])) for paper in named]))


def cells(before: Standing, first: Ints, count: int, *, least_used: bool) -> list[Ints]:
    """Return papers drawn by type and topic, in the cells of one paper that keeps all rules."""
    bank, chance = before.bank, np.random.default_rng(1)
    table = Counter(zip(bank.types[first].tolist(), bank.topics[first].tolist(), strict=True))
    uses = np.zeros(len(bank), dtype=np.int64)
    papers = []
    for _ in range(count):
        taken = []
        for (kind, topic), number in table.items():
            cell = np.flatnonzero((bank.types == kind) & (bank.topics == topic))
            order = chance.permutation(len(cell))
            if least_used:
                order = order[np.argsort(uses[cell[order]], kind="stable")]
            taken.append(cell[order[:number]])
        paper = np.sort(np.concatenate(taken))
        uses[paper] += 1
        papers.append(paper)
    return papers


def guessing(full: bool) -> Iterator[Line]:
    """Yield how much of a paper an attacker names who has seen the earlier ones."""
    made = sound(2_000)
    made.rules["exposure"], made.rules["overlap"] = {}, {}
    for row in made.rows:
        row["uses"] = "0"
    plan, before = read(made)
    draws, seen = 200 if full else 110, 50
    apart = [draw_paper(plan, before, Draw(b"guess", n), HIGHS) for n in range(1, draws + 1)]
    classes = [TrainingClass("one", "one")] * draws
    paced = list(season_papers(plan, before, classes, neighbours=0, seed=b"guess", engine=HIGHS))
    floor = plan.length / len(before.bank)
    for name, papers, limit, least in (
        ("without exposure", apart, 2.5, False),
        ("with pacing", paced, 4.0, False),
        ("with pacing, least used named", paced, 4.0, True),
    ):
        kept = [paper for paper in papers if paper is not None]
        hit = attacked(before, kept, seen, least_used=least)
        found = f"{hit:.3f} / {floor:.3f} = {hit / floor:.2f}"
        yield f"guessed, {name}", found, f"<= {limit}", hit <= limit * floor


def attacked(before: Standing, papers: Sequence[Ints], seen: int, *, least_used: bool) -> float:
    """Return the share of each later paper that the likeliest items of those before name."""
    hits = []
    for number in range(seen, len(papers)):
        known = used(before, papers[:number])
        order = np.argsort(known if least_used else -known, kind="stable")
        hits.append(len(np.intersect1d(order[: len(papers[0])], papers[number])) / len(papers[0]))
    return float(np.mean(hits))


def picture(uses: dict[str, Ints]) -> str:
    """Return a picture of how often items are used, most used first."""
    colours = {"ours": "#0b6", "random per cell": "#c33", "least used per cell": "#36c"}
    top = max(int(each.max()) for each in uses.values())
    made = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 320" font-family="sans-serif"'
        ' font-size="12">',
        '<rect width="640" height="320" fill="#fff"/>',
        '<path d="M50 20V280H620" fill="none" stroke="#444"/>',
        '<text x="50" y="300">items, most used first</text>',
        f'<text x="54" y="16">uses in the season (most: {top})</text>',
    ]
    for number, (name, counts) in enumerate(uses.items()):
        ordered = np.sort(counts)[::-1]
        places = np.linspace(0, len(ordered) - 1, 200).astype(int)
        points = " ".join(
            f"{50 + 570 * place / len(ordered):.1f},{280 - 260 * ordered[place] / top:.1f}"
            for place in places
        )
        colour = colours[name]
        made.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        made.append(f'<text x="440" y="{40 + 18 * number}" fill="{colour}">{name}</text>')
    return "\n".join([*made, "</svg>"]) + "\n"


MEASUREMENTS: dict[str, Callable[[bool], Iterator[Line]]] = {
    "cost": cost,
    "others": others,
    "engines": engines,
    "faults": faults,
    "season": season,
    "guessing": guessing,
}


if __name__ == "__main__":
    sys.exit(main())
