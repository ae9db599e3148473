"""``exam bank`` and ``exam laws``: items checked, brought in and taken out; articles renewed."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from flask.cli import ScriptInfo, with_appcontext

from exam_app.bank import adapter, exchange, labels, service
from exam_app.cli.acting import account_options, acting
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput
from exam_app.core.messages import sentence
from question_bank.errors import BankError
from question_bank.exchange import Defaults, ReadResult, RowProblem
from question_bank.exchange.formats import Format
from question_bank.inspection import Inspection, inspect
from question_bank.item import is_incomplete
from question_bank.laws import load_laws

UNREADABLE, NOT_ALL = 1, 3
WIDTH = 60
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
ANY = click.Path(exists=True, path_type=Path)


@click.group("bank")
def bank_cli() -> None:
    """题库 / the question bank."""


@bank_cli.command("check")
@click.argument("files", nargs=-1, type=ANY)
@click.option("--laws", "collection", type=ANY, help="另一套条文库：文件或目录")
def check_bank(files: tuple[Path, ...], collection: Path | None) -> None:
    """Report what is wrong with content files, item by item, and count what they hold.

    Without FILES the shipped bank is checked. Exit: 1 when there is an error.
    """
    try:
        found = inspect(files, load_laws(collection))
    except BankError as error:
        click.echo(labels.problem_text(error.code, error.facts), err=True)
        sys.exit(UNREADABLE)
    for line in _lines(found):
        click.echo(line)
    sys.exit(1 if found.errors else 0)


def _lines(found: Inspection) -> list[str]:
    lines = [
        "{} {}：{}".format(
            "错误" if each.problem.is_error else "提示",
            each.item or "题库",
            labels.problem_text(each.problem.code, dict(each.problem.facts)),
        )
        for each in found.problems
    ]
    for title, counts in labels.census_tables(found.census):
        lines += _packed(f"{title}：", [f"{name} {count}" for name, count in counts])
    lines.append(
        f"共 {found.census.items} 题，条文库 {found.laws_digest[:12]}，"
        f"错误 {found.errors}，提示 {found.warnings}"
    )
    return lines


def _packed(title: str, words: list[str]) -> list[str]:
    """Return the words in lines of a readable length, no word broken."""
    lines = [title]
    for word in words:
        if len(lines[-1]) + len(word) > WIDTH:
            lines.append("  ")
        lines[-1] += f"{word}，"
    return [*lines[:-1], lines[-1].removesuffix("，")]


@dataclass(frozen=True)
class Outcome:
    """What came of an import: the counts and problems of the report."""

    read: int
    imported: int
    unchanged: int
    gaps: int
    problems: tuple[RowProblem, ...]
    notes: tuple[RowProblem, ...]

    @property
    def skipped(self) -> int:
        """Return the number of places of the file that hold a problem."""
        return len({(each.row, each.item) for each in self.problems})


@bank_cli.command("import")
@click.argument("file", type=FILE)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["auto", *(each.value for each in Format)]),
    default="auto",
    show_default=True,
    help="文件格式",
)
@click.option("--dry-run", is_flag=True, help="只读文件、报告问题，不写入题库，不需要账号")
@click.option("--strict", is_flag=True, help="有一行有误就全部不导入")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="报告写入 JSON")
@click.option("--topic", default="", help="文件未写知识点时使用")
@click.option("--reason", default="命令行导入", show_default=True, help="导入依据")
@account_options
def import_items(
    file: Path,
    kind: str,
    dry_run: bool,
    strict: bool,
    report: Path | None,
    topic: str,
    reason: str,
    **account: Any,
) -> None:
    """Bring the good items of FILE in: into review, or as drafts where they lack their basis.

    Exit: 0 all came in, 3 some did not, 1 the file as a whole cannot be read.
    """
    reading = exchange.Reading(
        None if kind == "auto" else Format(kind), None, Defaults(topic=topic)
    )
    data = file.read_bytes()
    try:
        if dry_run:
            outcome = _dry(exchange.read_items(data, file.name, reading), strict=strict)
        else:
            with click.get_current_context().ensure_object(ScriptInfo).load_app().app_context():
                outcome = _imported(data, file.name, reading, reason, strict=strict, **account)
    except BadInput as error:
        _write_report(report, None, str(sentence(error)))
        click.echo(str(sentence(error)), err=True)
        sys.exit(UNREADABLE)
    _write_report(report, outcome, "")
    for each in outcome.problems:
        click.echo(labels.place_text(each))
    click.echo(
        f"读到 {outcome.read}，{'可导入' if dry_run else '已导入'} {outcome.imported}"
        f"（其中待补依据的草稿 {outcome.gaps}），题库中已有 {outcome.unchanged}，"
        f"未导入 {outcome.skipped}，提示 {len(outcome.notes)}"
    )
    sys.exit(NOT_ALL if outcome.problems else 0)


def _dry(read: ReadResult, *, strict: bool) -> Outcome:
    """Return what the file alone tells; whether the bank holds an item already is not asked."""
    laws = load_laws()
    problems = list(read.problems)
    good = gaps = 0
    for row, item in zip(read.rows, read.items, strict=True):
        faults = adapter.faults(item, laws)
        wrong = [each for each in faults if not is_incomplete(each)]
        problems += [RowProblem(row, "", each.code, each.facts, item.id) for each in wrong]
        good += not wrong
        gaps += bool(faults) and not wrong
    held_back = strict and bool(problems)
    places = len({(each.row, each.item) for each in problems})
    return Outcome(good + places, 0 if held_back else good, 0, gaps, tuple(problems), read.notes)


def _imported(
    data: bytes,
    name: str,
    reading: exchange.Reading,
    reason: str,
    *,
    strict: bool,
    account: str | None,
    password: str | None,
    code: str,
) -> Outcome:
    actor = acting(account, password, code)
    with transaction():
        done = service.import_items(
            data, name, reason=reason, only_valid=not strict, reading=reading, actor=actor
        )
    return Outcome(done.rows, done.accepted, done.unchanged, done.gaps, done.problems, done.notes)


def _write_report(place: Path | None, outcome: Outcome | None, unreadable: str) -> None:
    if place is None:
        return
    report: dict[str, Any] = {"read": 0, "imported": 0, "skipped": 0, "problems": []}
    if outcome is None:
        report["problems"] = [{"row": 0, "code": "unreadable", "message": unreadable}]
    else:
        report |= {
            "read": outcome.read,
            "imported": outcome.imported,
            "skipped": outcome.skipped,
            "unchanged": outcome.unchanged,
            "drafts": outcome.gaps,
            "problems": [_as_json(each) for each in outcome.problems],
            "notes": [_as_json(each) for each in outcome.notes],
        }
    place.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _as_json(problem: RowProblem) -> dict[str, Any]:
    where: dict[str, Any] = {"row": problem.row} if problem.row else {}
    where |= {"item": problem.item} if problem.item else {}
    message = labels.problem_text(problem.code, dict(problem.facts))
    return {**where, "field": problem.field, "code": problem.code, "message": message}


@bank_cli.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "kind",
    type=click.Choice([each.value for each in service.EXPORTS]),
    required=True,
    help="文件格式",
)
@click.option("--topic", default="", help="只导出该知识点及其下级")
@click.option("--reason", required=True, help="导出理由，记入痕迹")
@account_options
@with_appcontext
def export_items(file: Path, kind: str, topic: str, reason: str, **account: Any) -> None:
    """Write the approved items, keys and all, to FILE; who, why and what is recorded."""
    actor = acting(**account)
    with transaction():
        written = service.export_items(Format(kind), topic=topic, reason=reason, actor=actor)
    file.write_bytes(written.data)
    for each in written.lost:
        click.echo(labels.place_text(each))
    click.echo(f"已导出：{file}")


@click.group("laws")
def laws_cli() -> None:
    """法规条文库 / the articles items rest on."""


@laws_cli.command("import")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="只列出变动的条文和受影响的试题")
@click.option("--reason", default="法规更新", show_default=True, help="更新依据")
@account_options
@with_appcontext
def import_laws(file: Path, dry_run: bool, reason: str, **account: Any) -> None:
    """Put the laws of FILE (JSON lines) into use; items on changed articles leave the pool."""
    actor, data = acting(**account), file.read_bytes()
    report = service.check_laws(data, file.name, actor=actor)
    for old, new in report.changed:
        article = new or old
        kind = "修改" if old and new else "新增" if new else "删除"
        click.echo(f"{kind}：《{article.doc}》{article.label}" if article else "")
    for row in report.items:
        click.echo(f"退出题库待修订：{row.code} 《{row.law}》{row.article}")
    if not dry_run:
        with transaction():
            service.import_laws(data, file.name, reason=reason, actor=actor)
    click.echo(f"条文 {report.articles}，变动 {len(report.changed)}，试题 {len(report.items)}")
