"""``exam certificate`` for the office: what is missing, files of a class, two-person decisions."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from exam_app.access.actor import SYSTEM, Actor
from exam_app.certificates import decisions, pages, queries, rules, service
from exam_app.certificates.labels import CHANGES, MISSING
from exam_app.certificates.models import Certificate
from exam_app.certificates.terms import ChangeKind
from exam_app.cli.acting import account_options, acting
from exam_app.core.db import transaction
from exam_app.core.errors import RuleBroken
from exam_app.people import queries as people
from exam_app.training import queries as training

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
REVOKE = "revoke"
KINDS = [REVOKE, *(kind.value for kind in ChangeKind)]


@click.command("missing")
@click.argument("class_code")
@account_options
@with_appcontext
def show_missing(class_code: str, account: str, password: str, code: str) -> None:
    """List who of a class cannot be given a certificate, and each thing that is missing."""
    actor = acting(account, password, code)
    training_class = queries.see_class(training.class_of_code(class_code).id, actor)
    policy = training.policy_of(training_class)
    for each in service.missing(training_class):
        reasons = "；".join(
            f"{MISSING[missed]}（{rules.clause_of(policy, missed)}）" for missed in each.missing
        )
        click.echo(f"{each.enrolment.person.name}\t{reasons}")


@click.command("files")
@click.argument("class_code")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True,
              help="写入的文件；.zip 为每份一个 PDF")  # fmt: skip
@account_options
@with_appcontext
def write_files(class_code: str, out: Path, account: str, password: str, code: str) -> None:
    """Write all valid certificates of a class: one PDF, or a ZIP of one PDF each."""
    actor = acting(account, password, code)
    training_class = queries.see_class(training.class_of_code(class_code).id, actor)
    valid = queries.valid_of(training_class.id)
    missed = pages.unprintable(valid)
    content, printed = pages.class_file(valid, packed=out.suffix == ".zip")
    with transaction():
        service.hand_out(printed, content, actor=actor)
    out.write_bytes(content)
    click.echo(f"已写入 {out}：{len(printed)} 份")
    for each in missed:
        click.echo(f"未打印：{each}", err=True)


@click.command("ask")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("number")
@click.option("--reason", required=True, help="理由，记入痕迹")
@account_options
@with_appcontext
def ask(kind: str, number: str, reason: str, account: str, password: str, code: str) -> None:
    """Ask that a certificate is revoked, suspended, let go on, issued anew or corrected."""
    actor = acting(account, password, code)
    row = _seen(number, actor)
    with transaction():
        if kind == REVOKE:
            service.ask_revocation(row, reason=reason, actor=actor)
        else:
            service.ask_change(row, ChangeKind(kind), reason=reason, actor=actor)
    click.echo(f"已提出，须由另一名证书签发人决定：{number}")


@click.command("decide")
@click.argument("number")
@click.option("--reject", is_flag=True, help="驳回")
@account_options
@with_appcontext
def decide(number: str, reject: bool, account: str, password: str, code: str) -> None:
    """Decide what was asked of a certificate; what is issued anew is signed at once."""
    actor = acting(account, password, code)
    row = _seen(number, actor)
    revocation = decisions.revocation_of(row.id)
    if revocation is not None and revocation.is_open:
        end = service.reject_revocation if reject else service.decide_revocation
        with transaction():
            end(revocation, actor=actor)
        click.echo(f"{'已驳回' if reject else '已吊销'}：{number}")
        return
    click.echo(_change_decided(row, actor, reject=reject))


def _change_decided(row: Certificate, actor: Actor, *, reject: bool) -> str:
    waiting = [each for each in decisions.changes_of(row.id) if each.is_open]
    if not waiting:
        raise RuleBroken("nothing-to-decide")
    label, number = CHANGES[waiting[0].kind], row.number
    if reject:
        with transaction():
            service.reject_change(waiting[0], actor=actor)
        return f"已驳回{label}：{number}"
    with transaction():
        left = service.decide_change(waiting[0], actor=actor)
        fresh = left.id if left.number != number else None
    if fresh is None:
        return f"已{label}：{number}"
    with transaction():
        (signed,) = service.sign([queries.see_certificate(fresh, actor)], actor=actor)
        told = signed.number
    return f"已{label}：{number} → {told}"


def _seen(number: str, actor: Actor) -> Certificate:
    return queries.see_certificate(queries.by_number(number).id, actor)


@click.command("void")
@click.argument("sitting_id", type=int)
@click.option("--reason", default="", help="提出时的理由，记入痕迹")
@click.option("--decide", "verdict", type=click.Choice(["void", "reject"]), help="决定已提出的作废")
@account_options
@with_appcontext
def void(
    sitting_id: int, reason: str, verdict: str | None, account: str, password: str, code: str
) -> None:
    """Ask that a whole sitting is declared void, or decide what another person asked."""
    actor = acting(account, password, code)
    sitting = queries.see_sitting(sitting_id, actor)
    if verdict is None:
        with transaction():
            service.ask_voiding(sitting, reason=reason, actor=actor)
        click.echo("已提出整场作废，须由另一名证书签发人决定。")
        return
    waiting = [each for each in decisions.voidings_of(sitting.id) if each.is_open]
    if not waiting:
        raise RuleBroken("nothing-to-decide")
    with transaction():
        if verdict == "reject":
            service.reject_voiding(waiting[0], actor=actor)
            click.echo("已驳回。")
            return
        ended = service.decide_voiding(waiting[0], actor=actor)
    click.echo(f"整场作废已生效：{len(ended)} 份证书作废")


@click.command("file-key")
@click.option("--authority", type=int, required=True, help="发证机关的单位编号")
@click.option("--p12", type=FILE, help="CA 签发的 PKCS#12 文件；不给出则自行生成自签名证书")
@click.option("--passphrase-file", type=FILE, help="PKCS#12 文件口令所在的文件；不给出则提示输入")
@with_appcontext
def set_file_key(authority: int, p12: Path | None, passphrase_file: Path | None) -> None:
    """Set the key that downloads are signed with for PDF readers (PAdES)."""
    password = b""
    if passphrase_file is not None:
        password = passphrase_file.read_bytes().strip()
    elif p12 is not None:
        password = click.prompt("口令", hide_input=True).encode()
    with transaction():
        digest = service.set_file_key(
            authority=people.get_organisation(authority).name,
            bundle=p12.read_bytes() if p12 else b"",
            password=password,
            actor=SYSTEM,
        )
    click.echo(f"PDF 文件签名证书 SHA-256：{digest}")


COMMANDS = (show_missing, write_files, ask, decide, void, set_file_key)
