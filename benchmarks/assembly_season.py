"""A season of classes on one bank, and what an attacker guesses of the next paper."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.assembly_trials import HIGHS, Line, read, sound
from question_bank.program.bank import Ints
from question_bank.program.checker import check
from question_bank.program.draw import draw_paper
from question_bank.program.keys import Draw
from question_bank.program.plan import UNIT
from question_bank.program.season import (
    TrainingClass,
    capacity,
    gini,
    season_papers,
    season_plan,
)
from question_bank.program.standing import Standing
from question_bank.program.synthetic import Instance

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "assembly-season.svg"
NEIGHBOURS = 10


def season(full: bool) -> Iterator[Line]:
    """Yield a season of classes on a bank of 2,000, beside what drawing by cells gives."""
    made = sound(2_000)
    made.rules["exposure"], made.rules["overlap"] = {}, {"max": 3}
    for row in made.rows:
        row["uses"] = "0"
    plan, before = read(made)
    count = 500 if full else 100
    classes = [TrainingClass(f"provider {n % 5}", f"region {n % 3}") for n in range(count)]
    start = time.process_time()
    ours = list(
        season_papers(plan, before, classes, neighbours=NEIGHBOURS, seed=b"season", engine=HIGHS)
    )
    spent = (time.process_time() - start) / count
    ways = {
        "ours": ours,
        "random per cell": cells(before, ours[0], count, least_used=False),
        "least used per cell": cells(before, ours[0], count, least_used=True),
    }
    broken = {name: violations(made, before, papers, classes) for name, papers in ways.items()}
    shared = neighbours_share(ours, classes)
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
        shares = neighbours_share(ways[name], classes)
        yield f"largest overlap, SD of facility: {name}", f"{shares}, {spread[name]:.5f}", "-", True
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
    if full:
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
    return float(np.std([before.bank.facility[paper].mean() / UNIT for paper in papers]))


def near(papers: Sequence[Ints], classes: Sequence[TrainingClass], number: int) -> list[Ints]:
    """Return the last papers before one that classes of its provider or region had."""
    own = classes[number]
    beside = [
        papers[other]
        for other in range(number)
        if own.provider == classes[other].provider or own.region == classes[other].region
    ]
    return beside[-NEIGHBOURS:]


def neighbours_share(papers: Sequence[Ints], classes: Sequence[TrainingClass]) -> int:
    """Return the most items a paper shares with one of its neighbours."""
    return max(
        len(np.intersect1d(paper, other))
        for number, paper in enumerate(papers)
        for other in [*near(papers, classes, number), paper[:0]]
    )


def violations(
    made: Instance, before: Standing, papers: Sequence[Ints], classes: Sequence[TrainingClass]
) -> float:
    """Return how many rules a paper breaks on average, its neighbours' papers before it."""

    def named(paper: Ints) -> list[str]:
        return [before.bank.ids[item] for item in paper]

    items, rules = made.items_text, made.blueprint_text
    broken = 0
    for number, paper in enumerate(papers):
        earlier = [named(other) for other in near(papers, classes, number)]
        broken += len(check(items, rules, earlier, [named(paper)]))
    return broken / len(papers)


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
