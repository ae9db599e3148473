"""``exam audit``: check the trail, sign its heads, export it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click
from flask import current_app
from flask.cli import AppGroup
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import SQLAlchemyError

from exam_app.audit import checkpoint, queries
from exam_app.audit.actions import Action
from exam_app.audit.findings import describe
from exam_app.audit.trail import SYSTEM, record
from exam_app.audit.verify import verify
from exam_app.core.db import db, transaction
from exam_app.core.errors import ExamError
from exam_app.core.messages import sentence

CLEAN, FOUND, UNUSABLE = 0, 1, 2

audit_cli = AppGroup("audit", help=str(_l("痕迹：校验、签发树头、导出。")))


def _keys() -> Path:
    return Path(current_app.instance_path) / "keys"


def _stop(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(UNUSABLE)


def _signed_head() -> str:
    try:
        return checkpoint.sign_head(SYSTEM)
    except ExamError as problem:
        _stop(sentence(problem))


def _read_heads(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        notes = list(checkpoint.split_notes(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        _stop(_("无法读取树头文件 %(file)s。", file=path.name))
    if not notes:
        _stop(_("文件 %(file)s 中没有签名树头。", file=path.name))
    return notes


@audit_cli.command("verify")
@click.option("--heads", type=click.Path(path_type=Path), help=str(_l("见证单位留存的签名树头。")))
def verify_command(heads: Path | None) -> None:
    """校验痕迹：无问题退出码 0，发现问题 1，无法校验 2。"""
    notes = _read_heads(heads)
    try:
        public = checkpoint.load_public(_keys())
        findings = verify(db.engine, public_key=public, notes=notes)
    except ExamError as problem:
        _stop(sentence(problem))
    except SQLAlchemyError:
        _stop(_("数据库无法读取，不能校验痕迹。"))
    for finding in findings:
        click.echo(f"{finding.code}\t{describe(finding)}")
    if findings:
        click.echo(_("共发现 %(count)s 处问题。", count=len(findings)))
        sys.exit(FOUND)
    click.echo(_("痕迹完整，未发现改动。"))


@audit_cli.command("head")
@click.option("--out", type=click.Path(path_type=Path), help=str(_l("写入文件，追加在末尾。")))
def head_command(out: Path | None) -> None:
    """签发全部痕迹链的签名树头并输出。"""
    note = _signed_head()
    if out is None:
        click.echo(note, nl=False)
        return
    with out.open("a", encoding="utf-8") as file:
        file.write(note)
    click.echo(_("签名树头已写入 %(file)s。", file=out.name))


@audit_cli.command("export")
@click.argument("out", type=click.Path(path_type=Path))
def export_command(out: Path) -> None:
    """导出全部痕迹（每行一条 JSON），并在同名 .heads 文件中附签名树头。"""
    note = _signed_head()
    with db.engine.connect() as connection, out.open("w", encoding="utf-8") as file:
        count = 0
        for count, line in enumerate(queries.export_lines(connection), 1):  # noqa: B007
            file.write(line + "\n")
    heads = out.with_name(out.name + ".heads")
    heads.write_text(note, encoding="utf-8")
    with transaction():
        record(Action.TRAIL_EXPORTED, SYSTEM, ("audit_entry", "*"), count=count)
    click.echo(_("已导出 %(count)s 条痕迹，树头见 %(file)s。", count=count, file=heads.name))
