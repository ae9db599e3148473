"""An independent check of papers against their files; shares no code with what draws them.

It reads the raw texts itself and computes with fractions, so that a fault of the reader, the
program or an engine cannot hide here as well.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any, NamedTuple

Paper = Sequence[str]


class Broken(NamedTuple):
    """A broken rule: which paper (from 1), the path of the key, what was found and wanted."""

    paper: int
    rule: str
    found: str
    wanted: str


class _Bank:
    """The lines of the items file by id; a line becomes a row when it is asked for."""

    def __init__(self, text: str) -> None:
        reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""))
        lines = [line for line in reader if any(cell.strip() for cell in line)]
        self.head = [name.strip() for name in lines[0]]
        where, held = self.head.index("id"), self.head.index("set")
        self.lines = {line[where]: line for line in lines[1:]}
        self.set_sizes = Counter([line[held].strip() for line in lines[1:] if line[held]])

    def row(self, item: str) -> dict[str, str]:
        return dict(zip(self.head, self.lines[item], strict=True))


def check(
    items_text: str, blueprint_text: str, earlier: Sequence[Paper], papers: Sequence[Paper]
) -> list[Broken]:
    """Return every rule some papers break, by paper.

    Args:
        items_text: the CSV of items; blueprint_text: the TOML of rules, where an application's
            cells stand in `[cells."A.4"]` as type = count.
        earlier: item ids of papers of before; papers: those of this run, in their order.
    """
    bank = _Bank(items_text)
    rules = tomllib.loads(blueprint_text.lstrip("\ufeff"), parse_float=Decimal)
    broken: list[Broken] = []
    for number, paper in enumerate(papers, start=1):
        strange = [item for item in paper if item not in bank.lines]
        if strange:
            broken.append(Broken(number, "items", ";".join(strange), "in the bank"))
            continue
        rows = [bank.row(item) for item in paper]
        before = [*earlier, *([] if _disjoint(rules) else papers[: number - 1])]
        for rule, found, wanted in _one(bank, rules, rows, before):
            broken.append(Broken(number, rule, str(found), wanted))
    return broken + list(_together(bank, rules, papers))


Finding = tuple[str, Any, str]
Rows = Sequence[Mapping[str, str]]


def _one(
    bank: _Bank,
    rules: Mapping[str, Any],
    rows: Rows,
    before: Sequence[Paper],
) -> Iterator[Finding]:
    yield from _counts(rules, rows)
    yield from _cells(rules, rows)
    yield from _sums(rules.get("paper", {}), rows)
    yield from _sets(bank, rules, rows)
    ids = {row["id"] for row in rows}
    if len(ids) != len(rows):
        yield "paper.length", "an item twice", "each once"
    for row in rows:
        for enemy in filter(None, row["enemies"].split(";")):
            if enemy in ids or enemy.strip() in ids:
                yield "enemies", f"{row['id']} and {enemy}", "apart"
    most = rules.get("overlap", {}).get("max")
    for place, paper in enumerate(before, start=1):
        shared = len(ids & set(paper))
        if most is not None and shared > most:
            yield "overlap.max", f"{shared} with paper {place} before", f"at most {most}"


def _counts(rules: Mapping[str, Any], rows: Rows) -> Iterator[Finding]:
    kinds = Counter(row["type"].strip() for row in rows)
    types = rules.get("types", {})
    length = rules.get("paper", {}).get("length", sum(types.values()))
    if len(rows) != length:
        yield "paper.length", len(rows), str(length)
    if types:
        for kind in sorted({*types, *kinds}):
            if kinds[kind] != types.get(kind, 0):
                yield f"types.{kind}", kinds[kind], str(types.get(kind, 0))
    for topic, ends in rules.get("topics", {}).items():
        found = sum(_lies_in(row, topic) for row in rows)
        yield from _ends(f"topics.{topic}", found, ends)
    for level, ends in rules.get("levels", {}).items():
        found = sum(row["level"].strip() == level for row in rows)
        yield from _ends(f"levels.{level}", found, ends)


def _cells(rules: Mapping[str, Any], rows: Rows) -> Iterator[Finding]:
    if "cells" not in rules:
        return
    placed: Counter[str] = Counter()
    for topic, kinds in rules["cells"].items():
        for kind, wanted in kinds.items():
            inside = [
                row["id"] for row in rows if row["type"].strip() == kind and _lies_in(row, topic)
            ]
            placed.update(inside)
            if len(inside) != wanted:
                yield f"cells.{topic}.{kind}", len(inside), str(wanted)
    for row in rows:
        if placed[row["id"]] != 1:
            yield "cells", f"{row['id']} in {placed[row['id']]} cells", "in one"


def _lies_in(row: Mapping[str, str], topic: str) -> bool:
    places = topic.split(".")
    return row["topic"].strip().split(".")[: len(places)] == places


def _ends(rule: str, found: int, ends: Mapping[str, int]) -> Iterator[Finding]:
    if "min" in ends and found < ends["min"]:
        yield f"{rule}.min", found, f"at least {ends['min']}"
    if "max" in ends and found > ends["max"]:
        yield f"{rule}.max", found, f"at most {ends['max']}"


def _sums(paper: Mapping[str, Any], rows: Rows) -> Iterator[Finding]:
    def total(column: str) -> Fraction:
        return sum((Fraction(row[column].strip()) for row in rows), Fraction(0))

    if "marks" in paper and total("marks") != Fraction(paper["marks"]):
        yield "paper.marks", total("marks"), str(paper["marks"])
    if "info_min" in paper and total("info") < Fraction(paper["info_min"]):
        yield "paper.info_min", float(total("info")), f"at least {paper['info_min']}"
    if "seconds" in paper:
        yield from _inside("paper.seconds", total("seconds"), paper["seconds"])
    if "facility" in paper and rows:
        yield from _inside("paper.facility", total("facility") / len(rows), paper["facility"])


def _inside(rule: str, found: Fraction, ends: Sequence[Any]) -> Iterator[Finding]:
    if not Fraction(ends[0]) <= found <= Fraction(ends[1]):
        yield rule, float(found), f"{ends[0]} to {ends[1]}"


def _sets(bank: _Bank, rules: Mapping[str, Any], rows: Rows) -> Iterator[Finding]:
    sizes = bank.set_sizes
    taken = Counter(row["set"].strip() for row in rows)
    names = sorted(filter(None, taken))
    for name in names:
        if taken[name] != sizes[name]:
            yield "sets", f"{taken[name]} of {name}", f"all {sizes[name]} or none"
    ends = rules.get("paper", {}).get("sets")
    if ends is not None and not ends[0] <= len(names) <= ends[1]:
        yield "paper.sets", len(names), f"{ends[0]} to {ends[1]}"


def _together(bank: _Bank, rules: Mapping[str, Any], papers: Sequence[Paper]) -> Iterator[Broken]:
    most = rules.get("exposure", {}).get("max_uses")
    uses = Counter(item for paper in papers for item in paper)
    for item, count in sorted(uses.items()):
        before = int(bank.row(item)["uses"]) if item in bank.lines else 0
        if most is not None and before + count > most:
            found = f"{item} used {before + count} times"
            yield Broken(len(papers), "exposure.max_uses", found, f"at most {most}")
    if _disjoint(rules):
        for (one, first), (other, second) in combinations(enumerate(papers, start=1), 2):
            if set(first) & set(second):
                shared = len(set(first) & set(second))
                yield Broken(other, "overlap.disjoint", f"{shared} with paper {one}", "none")


def _disjoint(rules: Mapping[str, Any]) -> bool:
    return bool(rules.get("overlap", {}).get("disjoint", False))
