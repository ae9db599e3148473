"""The `assemble` command: files in, papers out, or why there can be none."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from question_bank.program.bank import bank_of
from question_bank.program.checker import check
from question_bank.program.diagnosis import diagnose
from question_bank.program.engines import engine
from question_bank.program.errors import FileMalformed, OutputRefused, PaperWrong
from question_bank.program.reading_blueprint import read_blueprint
from question_bank.program.reading_items import read_items
from question_bank.program.reading_papers import read_papers
from question_bank.program.run import draw_run
from question_bank.program.standing import standing


@dataclass(frozen=True, slots=True)
class Order:
    """What the command is asked for."""

    items: Path
    blueprint: Path
    earlier: Path | None
    out: Path
    papers: int
    seed: str
    engine: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing was written: the object for standard output, and the rules in conflict."""

    text: str
    conflict: tuple[str, ...]


def assemble(order: Order) -> Refusal | None:
    """Write the papers of an order; return why not when they cannot be.

    Raises: FileMalformed: a file cannot be read; PaperWrong: a drawn paper breaks a rule;
        OutputRefused: the papers cannot be written.
    """
    with _uncollected():
        return _assemble(order)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Spare the search for dead circles: a bank is a million small values and holds none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _assemble(order: Order) -> Refusal | None:
    items_text, blueprint_text = _text(order.items), _text(order.blueprint)
    read = read_items(items_text, str(order.items))
    plan = read_blueprint(blueprint_text, str(order.blueprint))
    earlier = read_papers(_text(order.earlier), str(order.earlier)) if order.earlier else []
    if not read.exact:
        plan = plan.for_rounded_facilities()
    bank = bank_of(read.candidates)
    before, solver = standing(bank, earlier), engine(order.engine)
    run = draw_run(plan, before, papers=order.papers, seed=order.seed.encode(), engine=solver)
    if run is None:
        found = diagnose(plan, before, papers=order.papers, engine=solver)
        return Refusal(found.to_json(), found.conflict)
    broken = check(items_text, blueprint_text, earlier, run.papers)
    if broken:
        raise PaperWrong(
            "paper-wrong", rules=";".join(f"{each.paper}:{each.rule}" for each in broken)
        )
    _write(order, run.papers, bank.digest)
    return None


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise FileMalformed("not-utf-8", file=str(path), line=line) from error
    except OSError as error:
        raise FileMalformed("not-readable", file=str(path), line=0, said=error.strerror) from error


def _write(order: Order, papers: tuple[tuple[str, ...], ...], digest: str) -> None:
    """Write the papers whole or not at all."""
    made = {
        "papers": [{"items": list(paper)} for paper in papers],
        "engine": order.engine,
        "seed": order.seed,
        "bank_digest": digest,
    }
    text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    beside = order.out.parent / f"{order.out.name}.part"
    try:
        if order.out.is_char_device() or order.out.is_fifo():
            order.out.write_text(text, encoding="utf-8")
            return
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, order.out)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise OutputRefused("not-writable", file=str(order.out), said=error.strerror) from error
