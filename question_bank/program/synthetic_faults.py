"""Faults put into instances that had none, each with what a diagnosis must name."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from question_bank.program.plan import TYPES
from question_bank.program.synthetic import Instance, Row


class Fault(NamedTuple):
    """A spoilt instance, the rules that may be named, and the shortage that must be exact."""

    instance: Instance
    rules: frozenset[str]
    short: tuple[str, int, int] | None = None


Chance = np.random.Generator


def spoil(kind: str, sound: Instance, seed: int) -> Fault:
    """Return an instance with one fault of a kind of KINDS."""
    return KINDS[kind](copy.deepcopy(sound), np.random.default_rng(seed))


def _ceiling(made: Instance) -> int:
    return int(made.rules["exposure"]["max_uses"])


def _usable(made: Instance) -> list[Row]:
    """Return the single items below the ceiling of uses that have no enemies."""
    most = _ceiling(made)
    return [
        row
        for row in made.rows
        if int(row["uses"]) < most and not row["set"] and not row["enemies"]
    ]


def _keep(made: Instance, matches: Callable[[Row], bool], count: int, chance: Chance) -> int:
    """Leave only some usable items of a kind; return how many there are."""
    usable = [row for row in _usable(made) if matches(row)]
    kept = {usable[place]["id"] for place in chance.permutation(len(usable))[:count]}
    made.rows = [row for row in made.rows if not matches(row) or row["id"] in kept]
    return len(kept)


def _leaf(made: Instance, chance: Chance, least: int) -> str:
    """Return a topic that now needs some items, with room above it."""
    leaves = sorted(topic for topic in made.rules["topics"] if "." in topic)
    topic: str = leaves[chance.integers(len(leaves))]
    made.rules["topics"][topic] = {"min": least, "max": least + 4}
    made.rules["topics"][topic[0]]["max"] += least
    return topic


def _topic(made: Instance, chance: Chance) -> Fault:
    topic = _leaf(made, chance, 6)
    left = _keep(made, lambda row: row["topic"] == topic, int(chance.integers(0, 6)), chance)
    rule = f"topics.{topic}.min"
    return Fault(made, frozenset({rule}), (rule, 6, left))


def _type(made: Instance, chance: Chance) -> Fault:
    kind = TYPES[chance.integers(3)]
    needed = made.rules["types"][kind]
    count = needed - int(chance.integers(1, 8))
    left = _keep(made, lambda row: row["type"] == kind, count, chance)
    return Fault(made, frozenset({f"types.{kind}"}), (f"types.{kind}", needed, left))


def _level(made: Instance, chance: Chance) -> Fault:
    level = ("know", "apply")[chance.integers(2)]
    needed = made.rules["levels"][level]["min"]
    count = needed - int(chance.integers(1, 6))
    left = _keep(made, lambda row: row["level"] == level, count, chance)
    rule = f"levels.{level}.min"
    return Fault(made, frozenset({rule}), (rule, needed, left))


def _chapter_ceiling(made: Instance, chance: Chance) -> Fault:
    chapters = sorted(topic for topic in made.rules["topics"] if "." not in topic)
    chapter = chapters[chance.integers(len(chapters))]
    below = [topic for topic in made.rules["topics"] if topic.startswith(f"{chapter}.")]
    needed = 0
    for topic in below:
        made.rules["topics"][topic]["min"] += 1
        needed += made.rules["topics"][topic]["min"]
    most = needed - int(chance.integers(1, 4))
    made.rules["topics"][chapter] = {"max": most}
    rule = f"topics.{chapter}.max"
    return Fault(made, frozenset({rule}), (rule, needed, most))


def _levels_together(made: Instance, chance: Chance) -> Fault:
    length = made.rules["paper"]["length"]
    over = int(chance.integers(1, 9))
    know, apply = length // 2, length - length // 2 + over
    made.rules["levels"] = {"know": {"min": know}, "apply": {"min": apply}}
    rule = "levels.apply.min"
    return Fault(made, frozenset({rule}), (rule, apply, apply - over))


def _paper(key: str, value: object) -> Callable[[Instance, Chance], Fault]:
    def spoilt(made: Instance, chance: Chance) -> Fault:
        length = made.rules["paper"]["length"]
        factor = length * float(chance.uniform(0.95, 1.0))
        table = made.rules["paper"]
        table[key] = value
        if key == "seconds" and isinstance(value, list):
            table[key] = [int(end * factor) for end in value]
        if key == "info_min" and isinstance(value, float):
            table[key] = round(value * factor, 1)
        if key == "marks":
            table[key] = length * 3 + int(chance.integers(1, 9))
        return Fault(made, frozenset({f"paper.{key}"}))

    return spoilt


def _sets(made: Instance, chance: Chance) -> Fault:
    worn = {row["set"] for row in made.rows if int(row["uses"]) >= _ceiling(made)}
    names = {row["set"] for row in made.rows if row["set"]}
    needed = len(names) + int(chance.integers(1, 4))
    made.rules["paper"]["sets"] = [needed, needed + 3]
    return Fault(made, frozenset({"paper.sets"}), ("paper.sets", needed, len(names - worn)))


def _ceiling_of_uses(made: Instance, chance: Chance) -> Fault:
    made.rules["exposure"]["max_uses"] = 0
    length = made.rules["paper"]["length"]
    return Fault(made, frozenset({"exposure.max_uses"}), ("paper.length", length, 0))


def _uses(made: Instance, chance: Chance) -> Fault:
    topic = _leaf(made, chance, 5)
    fresh = {row["id"] for row in _usable(made) if row["topic"] == topic}
    spared = sorted(fresh)[: int(chance.integers(0, 5))]
    for row in made.rows:
        if row["topic"] == topic and row["id"] not in spared:
            row["uses"] = str(_ceiling(made) + int(chance.integers(0, 3)))
    rule = f"topics.{topic}.min"
    return Fault(made, frozenset({rule, "exposure.max_uses"}), (rule, 5, len(spared)))


def _enemies(made: Instance, chance: Chance) -> Fault:
    topic = _leaf(made, chance, 4)
    left = _keep(made, lambda row: row["topic"] == topic, 12, chance)
    ids = [row["id"] for row in made.rows if row["topic"] == topic]
    for row in made.rows:
        if row["topic"] == topic:
            row["enemies"] = ";".join(each for each in ids if each != row["id"])
    rule = f"topics.{topic}.min"
    return Fault(made, frozenset({rule}), (rule, 4, min(1, left)))


def _earlier(made: Instance, chance: Chance) -> Fault:
    topic = _leaf(made, chance, 5)
    left = _keep(made, lambda row: row["topic"] == topic, 6, chance)
    made.earlier = [[row["id"] for row in made.rows if row["topic"] == topic]]
    made.rules["overlap"]["max"] = most = int(chance.integers(0, 4))
    rule = f"topics.{topic}.min"
    return Fault(made, frozenset({rule, "overlap.max"}), (rule, 5, min(left, most)))


def _type_in_topics(made: Instance, chance: Chance) -> Fault:
    needed = made.rules["types"]["multiple"]
    first = int(chance.integers(1, needed // 2))
    second = needed // 2 - 1
    made.rows = [row for row in made.rows if row["type"] != "multiple" or row["topic"][0] in "AB"]
    made.rules["topics"] = {"A": {"max": first}, "B": {"max": second}}
    rules = frozenset({"types.multiple", "topics.A.max", "topics.B.max"})
    usable = Counter(row["topic"][0] for row in _usable(made) if row["type"] == "multiple")
    if usable["A"] < first or usable["B"] < second:
        return Fault(made, rules)
    return Fault(made, rules, ("types.multiple", needed, first + second))


KINDS: dict[str, Callable[[Instance, Chance], Fault]] = {
    "topic": _topic,
    "type": _type,
    "level": _level,
    "chapter-ceiling": _chapter_ceiling,
    "levels-together": _levels_together,
    "seconds-short": _paper("seconds", [15, 18]),
    "seconds-long": _paper("seconds", [140, 150]),
    "facility-high": _paper("facility", [0.975, 0.979]),
    "facility-low": _paper("facility", [0.051, 0.06]),
    "info": _paper("info_min", 2.6),
    "marks": _paper("marks", None),
    "sets": _sets,
    "ceiling-of-uses": _ceiling_of_uses,
    "uses": _uses,
    "enemies": _enemies,
    "earlier": _earlier,
    "type-in-topics": _type_in_topics,
}
