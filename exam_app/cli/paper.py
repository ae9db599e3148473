"""``exam paper``: what was committed to before an exam, and the paper drawn again after it."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from exam_app.papers import disclosures, service
from question_bank.disclosed import write_disclosed
from question_bank.program.engines import ENGINES

DIFFERS = 1


@click.group("paper")
def paper_cli() -> None:
    """试卷核验 / papers, for auditors."""


@paper_cli.command("commitment")
@click.argument("code")
@with_appcontext
def show_commitment(code: str) -> None:
    """Print the digests that the trail holds of a paper since it was drawn and sealed."""
    found = service.commitment(disclosures.paper_of_code(code))
    for name, value in (
        ("试卷 / paper", found.code),
        ("封存内容摘要 / content", found.content),
        ("随机种子承诺 / seed", found.seed),
        ("题库快照 / snapshot", found.snapshot),
        ("比对重题的试卷 / neighbours", found.neighbours),
        ("细目表 / blueprint", found.blueprint),
        ("剔除试题 / strikes", found.strikes),
    ):
        click.echo(f"{name} {value}")


@paper_cli.command("disclosure")
@click.argument("code")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path),
              help="写入的目录")  # fmt: skip
@with_appcontext
def write_disclosure(code: str, out: Path) -> None:
    """Write all that is public of a disclosed paper into a folder.

    There ``python -m question_bank reproduce DIR`` draws it again, without database and keys.
    """
    disclosed, snapshot, blueprint, beside = service.public_of(disclosures.paper_of_code(code))
    write_disclosed(out, disclosed, snapshot=snapshot, blueprint=blueprint, beside=beside)
    click.echo(str(out))


@paper_cli.command("reproduce")
@click.argument("code")
@click.option(
    "--engine",
    "engine_name",
    type=click.Choice(ENGINES),
    default=ENGINES[0],
    show_default=True,
    help="求解程序",
)
@with_appcontext
def reproduce_paper(code: str, engine_name: str) -> None:
    """Draw a disclosed paper again and compare it with the one that was sealed.

    Exit: 0 equal, 1 it differs or cannot be drawn.
    """
    found = service.reproduce(disclosures.paper_of_code(code), engine_name=engine_name)
    for number, (drawn, disclosed) in enumerate(zip(found.items, found.disclosed, strict=False), 1):
        if drawn != disclosed:
            click.echo(
                f"第 {number} 题：重抽为 {drawn}，公开为 {disclosed} / "
                f"question {number}: {drawn} instead of {disclosed}"
            )
    click.echo(f"重抽内容摘要 / content {found.content}")
    click.echo(f"封存内容摘要 / sealed {found.sealed}")
    click.echo("一致 / equal" if found.is_equal else "不一致 / differs")
    if not found.is_equal:
        sys.exit(DIFFERS)
