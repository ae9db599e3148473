"""What the tests of the assembly program share: an instance read, drawn and checked."""

from __future__ import annotations

from typing import NamedTuple

from question_bank.program.bank import bank_of
from question_bank.program.checker import Broken, check
from question_bank.program.diagnosis import Diagnosis, diagnose
from question_bank.program.engines import engine
from question_bank.program.plan import Plan
from question_bank.program.reading_blueprint import read_blueprint
from question_bank.program.reading_items import read_items
from question_bank.program.run import Run, draw_run
from question_bank.program.standing import Standing, standing
from question_bank.program.synthetic import Instance


class Read(NamedTuple):
    plan: Plan
    before: Standing


def read(made: Instance) -> Read:
    items = read_items(made.items_text, "items.csv")
    plan = read_blueprint(made.blueprint_text, "blueprint.toml")
    return Read(plan, standing(bank_of(items.candidates), made.earlier))


def drawn(made: Instance, seed: str = "seed", name: str = "highs") -> Run | None:
    plan, before = read(made)
    return draw_run(plan, before, papers=made.papers, seed=seed.encode(), engine=engine(name))


def broken(made: Instance, run: Run) -> list[Broken]:
    return check(made.items_text, made.blueprint_text, made.earlier, run.papers)


def diagnosed(made: Instance) -> Diagnosis:
    plan, before = read(made)
    return diagnose(plan, before, papers=made.papers, engine=engine())
