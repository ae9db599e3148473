"""What the measurements of assembly share: instances, their reading, and rules given way."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np

from question_bank.program.bank import Bank, bank_of
from question_bank.program.elastic import Relaxation
from question_bank.program.engines import engine
from question_bank.program.plan import Plan
from question_bank.program.reading_blueprint import read_blueprint
from question_bank.program.reading_items import read_items
from question_bank.program.standing import Standing, standing
from question_bank.program.synthetic import Instance, instance

HIGHS = engine()
Line = tuple[str, str, str, bool]
Chance = np.random.Generator


def sound(size: int, seed: int = 1) -> Instance:
    """Return an instance as tight as a season of equal papers asks for."""
    made = instance(size, seed)
    made.rules["paper"]["facility"] = [0.6292, 0.6308]
    made.rules["paper"]["sets"] = [1, 2] if size >= 1_000 else [0, 2]
    return made


def bank(made: Instance) -> Bank:
    """Return the bank of an instance, read from its text."""
    return bank_of(read_items(made.items_text, "items.csv").candidates)


def plan(made: Instance) -> Plan:
    """Return the rules of an instance, read from their text."""
    return read_blueprint(made.blueprint_text, "blueprint.toml")


def read(made: Instance) -> tuple[Plan, Standing]:
    """Return the rules and the bank of an instance, read from its texts."""
    return plan(made), standing(bank(made), made.earlier)


def varied(base: Instance, chance: Chance) -> Instance:
    """Return an instance of the same bank whose rules are left out, tightened or added."""
    made = Instance(base.rows, copy.deepcopy(base.rules))
    length, paper = made.rules["paper"]["length"], made.rules["paper"]
    for name in ("types", "topics", "levels", "exposure"):
        if chance.random() < 0.25:
            made.rules[name] = {}
    for key in ("marks", "seconds", "facility", "info_min", "sets"):
        if chance.random() < 0.3:
            del paper[key]
    if "facility" in paper:
        middle, half = chance.uniform(0.58, 0.68), 10 ** chance.uniform(-3.5, -1.5)
        paper["facility"] = [round(middle - half, 5), round(middle + half, 5)]
    if "seconds" in paper:
        middle, half = length * chance.uniform(48, 60), 10 ** chance.uniform(0.5, 2.5)
        paper["seconds"] = [int(middle - half), int(middle + half)]
    if "sets" in paper and chance.random() < 0.3:
        paper["sets"] = [0, 0] if chance.random() < 0.5 else [2, 4]
    made.papers = int(chance.choice([1, 1, 1, 2, 3, 5]))
    if chance.random() < 0.6:
        made.rules["overlap"]["max"] = int(chance.integers(0, length // 2))
        ids = [row["id"] for row in made.rows]
        count = int(chance.integers(1, 6))
        made.earlier = [
            [str(each) for each in chance.choice(ids, length, replace=False)] for _ in range(count)
        ]
    if chance.random() < 0.3:
        made.rules["overlap"]["disjoint"] = True
    return made


def given_way(made: Instance, relax: Sequence[Relaxation], less: int = 0) -> Instance:
    """Return an instance whose rules give way by what was named, or by some steps less."""
    looser = Instance(made.rows, copy.deepcopy(made.rules), made.earlier, made.papers)
    for each in relax:
        whole = each.by == int(each.by) and each.rule not in ("paper.facility", "paper.info_min")
        step = 0.01 if each.rule == "paper.info_min" else 0.0001
        by = int(each.by) - less if whole else float(each.by) - less * step
        _give(looser.rules, each.rule.split(".", 1), by, -1 if each.downwards else 1)
    return looser


def _give(rules: dict, path: list[str], by: float, sign: int) -> None:
    table, key = path
    if table in ("topics", "levels"):
        key, end = key.rsplit(".", 1)
        rules[table][key][end] += by if end == "max" else -by
    elif key == "disjoint":
        rules[table]["disjoint"] = False
    elif key in ("seconds", "facility", "sets"):
        end = 1 if sign > 0 else 0
        rules[table][key][end] = round(rules[table][key][end] + sign * by, 6)
        rules[table][key][0] = max(0, rules[table][key][0])
    elif key == "info_min":
        rules[table][key] = max(0, round(rules[table][key] - by, 6))
    elif key == "max_uses" or (table, key) == ("overlap", "max"):
        rules[table][key] += by
    else:
        rules[table][key] = rules[table].get(key, 0) + sign * by
        if table == "types":
            rules["paper"]["length"] = sum(rules["types"].values())
