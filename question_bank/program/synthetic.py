"""Banks and blueprints made up from a number, to try and to measure the program with.

They are texts in the formats of the files, so that the readers are tried as well.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from question_bank.program.plan import LEVELS, TYPES, Candidate

Row = dict[str, str]
_CHAPTERS = "ABCDEFGH"
_SETS_FROM = 1_500
_SECONDS = (55, 85, 30)
_MARKS = ("1", "2", "1")


@dataclass(slots=True)
class Instance:
    """Rows of items, rules as the blueprint's tables, and earlier papers."""

    rows: list[Row]
    rules: dict[str, Any]
    earlier: list[list[str]] = field(default_factory=list)
    papers: int = 1

    @property
    def items_text(self) -> str:
        """Return the items as CSV."""
        made = io.StringIO()
        writer = csv.DictWriter(made, Candidate._fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return made.getvalue()

    @property
    def blueprint_text(self) -> str:
        """Return the rules as TOML."""
        lines: list[str] = []
        for name, table in self.rules.items():
            plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
            if plain:
                lines += [f"[{name}]", *(f"{key} = {_value(plain[key])}" for key in plain)]
            for key, inner in table.items():
                if isinstance(inner, dict):
                    lines += [f'[{name}."{key}"]', *(f"{end} = {inner[end]}" for end in inner)]
        return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def instance(
    size: int, seed: int, *, length: int = 80, chapters: int = 6, leaves: int = 5
) -> Instance:
    """Return a bank of some items with a blueprint of its own proportions that it can fill."""
    rows = bank_rows(size, seed, chapters=chapters, leaves=leaves)
    return Instance(rows, rules_for(rows, length))


def bank_rows(size: int, seed: int, *, chapters: int = 6, leaves: int = 5) -> list[Row]:
    """Return rows of items with enemies, sets and uses; one seed gives one bank."""
    chance = np.random.default_rng(seed)
    topics = [f"{_CHAPTERS[c]}.{leaf + 1}" for c in range(chapters) for leaf in range(leaves)]
    shares = np.maximum(chance.dirichlet(np.full(len(topics), 3.0)), 0.008)
    topic = chance.choice(len(topics), size, p=shares / shares.sum())
    kind = chance.choice(3, size, p=[0.5, 0.22, 0.28])
    level = chance.choice(3, size, p=[0.4, 0.35, 0.25])
    shift = np.array([0, -0.05, 0.08])[kind]
    facility = np.clip(chance.normal(0.62 + shift, 0.15), 0.05, 0.98)
    info = np.clip(chance.lognormal(-0.7, 0.4, size), 0.02, 2.5)
    usual = np.log(np.array(_SECONDS)[kind])
    seconds = np.rint(np.clip(chance.lognormal(usual, 0.3), 10, 300))
    uses = chance.negative_binomial(1.2, 0.45, size)
    rows = [
        {
            "id": f"Q{number:06d}",
            "type": TYPES[kind[number]],
            "topic": topics[topic[number]],
            "level": LEVELS[level[number]],
            "facility": f"{facility[number]:.3f}",
            "info": f"{info[number]:.3f}",
            "seconds": str(int(seconds[number])),
            "marks": _MARKS[kind[number]],
            "set": "",
            "enemies": "",
            "uses": str(uses[number]),
        }
        for number in range(size)
    ]
    places = [np.flatnonzero(topic == each) for each in range(len(topics))]
    _add_sets(rows, places, chance)
    _add_enemies(rows, places, chance)
    return rows


def _add_sets(rows: list[Row], places: list[Any], chance: np.random.Generator) -> None:
    for number in range(len(rows) // 80):
        inside = places[chance.integers(len(places))]
        free = [p for p in inside if not rows[p]["set"] and rows[p]["type"] != TYPES[2]]
        if len(free) >= 10:
            for place in chance.choice(free, int(chance.integers(2, 5)), replace=False):
                rows[place]["set"] = f"S{number}"


def _add_enemies(rows: list[Row], places: list[Any], chance: np.random.Generator) -> None:
    named: dict[int, set[str]] = {}
    for _ in range(len(rows) // 50):
        inside = places[chance.integers(len(places))]
        if len(inside) < 4:
            continue
        group = [int(p) for p in chance.choice(inside, chance.choice([2, 2, 3, 4]), replace=False)]
        for place in group:
            own = rows[place]["set"]
            others = {
                rows[p]["id"] for p in group if p != place and (rows[p]["set"] != own or not own)
            }
            named.setdefault(place, set()).update(others)
    for place, enemies in named.items():
        rows[place]["enemies"] = ";".join(sorted(enemies))


def rules_for(rows: list[Row], length: int) -> dict[str, Any]:
    """Return the tables of a blueprint in a bank's own proportions."""
    counts = Counter(row["topic"] for row in rows)
    topics = sorted(counts)
    weights = {
        topic: length * (0.5 * counts[topic] / len(rows) + 0.5 / len(topics)) for topic in topics
    }
    rules: dict[str, Any] = {
        topic: {"min": int(weights[topic] * 0.6), "max": int(weights[topic] * 1.5) + 2}
        for topic in topics
    }
    for chapter in sorted({topic[0] for topic in topics}):
        weight = sum(weights[topic] for topic in topics if topic[0] == chapter)
        rules[chapter] = {"min": int(weight * 0.75), "max": int(weight * 1.25) + 1}
    single, multiple = round(length * 0.5), round(length * 0.25)
    return {
        "paper": {
            "length": length,
            "marks": length + multiple,
            "seconds": [length * 48, length * 60],
            "facility": [0.60, 0.66],
            "info_min": round(length * 0.5, 1),
            "sets": [1 if len(rows) >= _SETS_FROM else 0, 2],
        },
        "types": {
            "single": single,
            "multiple": multiple,
            "true_false": length - single - multiple,
        },
        "topics": rules,
        "levels": {
            "know": {"min": int(length * 0.25), "max": int(length * 0.5)},
            "apply": {"min": int(length * 0.15), "max": int(length * 0.4)},
        },
        "exposure": {"max_uses": 6},
        "overlap": {},
    }
