"""The demo from an empty folder to its summary (演示): built, told stage by stage, checked."""

from __future__ import annotations

import json
import random
import shutil
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import force_locale
from flask_migrate import upgrade

from exam_app.application import create_app
from exam_app.audit import checkpoint
from exam_app.audit import queries as audit_queries
from exam_app.audit.verify import verify
from exam_app.certificates import pages as certificate_pages
from exam_app.certificates import service as certificates
from exam_app.config import load_config
from exam_app.core import clock
from exam_app.core.crypto import Keyring
from exam_app.core.db import db, transaction
from exam_app.core.errors import RuleBroken
from exam_app.core.fonts import ensure_fonts
from exam_app.credits import pages as credit_pages
from exam_app.credits import queries as credit_queries
from exam_app.demo import signing
from exam_app.demo.city import City, found_city
from exam_app.demo.clockwork import Calendar
from exam_app.demo.examining import disclose
from exam_app.demo.story import Examined, Say, examine, revoke_one
from exam_app.demo.teaching import Taught, teach
from exam_app.papers import service as papers
from exam_app.papers.labels import state_text as paper_state
from exam_app.papers.terms import PaperKind
from exam_app.paths import MIGRATIONS
from exam_app.reports import pages as report_pages
from exam_app.reports import queries as report_queries
from exam_app.reports import service as reports
from exam_app.sittings import printing as sitting_printing
from exam_app.sittings import sheets
from question_bank.disclosed import write_disclosed

PASSWORD = "Linhai-Xueyuan-2025"  # noqa: S105 - the demo's, shown on its own sign-in page
CONFIG = f"""# The demo city; never for real data.
demo = true
demo_password = "{PASSWORD}"
totp_required = false
argon2_memory_kib = 8192
official_host = "exam.yichun.example"
signing_passphrase_file = "demo/signing-passphrase"
footer = ["主办单位：伊春市应急管理局（演示数据，人员均为虚构）"]
"""
SEED = 20250106
DISCLOSED_CLASS = "YC2025-DH-01"


def run_demo(*, reset: bool, say: Say) -> dict[str, Any]:
    """Build the demo city in the instance folder and return its summary.

    Raises: RuleBroken: there is a city or other data already and ``reset`` is not given, or the
        installation is no demo (``demo-not-empty``, ``demo-not-here``).
    """
    started = time.monotonic()
    app = _install(reset=reset)
    out = Path(app.instance_path) / "demo"
    out.mkdir(parents=True, exist_ok=True)
    calendar = Calendar("2025-01-06 09:00")
    with app.app_context(), force_locale("zh_Hans_CN"), clock.running(calendar):
        say("建库、建钥匙，登记机构、人员和任命……")
        upgrade(directory=str(MIGRATIONS))
        _make_keys(app)
        city = found_city(random.Random(SEED), PASSWORD)
        signing.register(out, issuer=230700)
        say("三个班开班：名册、考勤、学时审核……")
        taught = teach(city, calendar, out)
        done = examine(city, calendar, taught, say)
        say("打印证书，吊销一份，写出试卷、准考证、记录和报表……")
        _hand_out(city, done, out / "certificates")
        calendar.go("2025-04-20 09:00")
        revoked = revoke_one(city, done)
        calendar.go("2025-04-28 09:00")
        _write_files(city, taught, done, out)
        calendar.go("2025-05-20 09:00")
        disclosed = _disclose(city, done, out / "disclosed")
        say("核验审计痕迹……")
        checkpoint.sign_head(city.actor("shenji"))
        findings = verify(db.engine, public_key=checkpoint.head_key().public)
        summary = _summary(taught, done, revoked.number, findings)
        summary["seconds"] = round(time.monotonic() - started, 1)
        text = json.dumps(summary, ensure_ascii=False, indent=2)
        (out / "summary.json").write_text(text + "\n", encoding="utf-8")
        _tell(city, taught, done, summary, out, say)
        _tell_disclosed(disclosed, out, say)
        say(f"\n运行 make run 后在 http://127.0.0.1:8000 登录，口令：{PASSWORD}")
    return summary


def _install(*, reset: bool) -> Flask:
    """Prepare the folder of a demo installation; real data is never touched."""
    folder = load_config().instance
    config_file = folder / "config.toml"
    if config_file.exists() and not load_config().demo:
        raise RuleBroken("demo-not-here", folder=str(folder))
    holds_data = (folder / "exam.sqlite").exists() or (folder / "keys").exists()
    if holds_data and not (reset and config_file.exists()):
        raise RuleBroken("demo-not-empty", folder=str(folder))
    if holds_data:
        for name in ("demo", "files", "keys", "run", "uploads"):
            shutil.rmtree(folder / name, ignore_errors=True)
        for path in folder.glob("exam.sqlite*"):
            path.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    config_file.write_text(CONFIG, encoding="utf-8")
    config = load_config()
    Keyring.create(config.keys)
    pin = signing.prepare(folder / "demo", config.keys, memory_kib=config.argon2_memory_kib)
    config_file.write_text(f'{CONFIG}registry_root = "{pin}"\n', encoding="utf-8")
    return create_app(load_config())


def _make_keys(app: Flask) -> None:
    """Make the key that signs the trail's heads."""
    config = app.extensions["exam"]
    ring = Keyring.load(config.keys)
    checkpoint.create_key(config.keys, ring, origin=f"{config.official_host}/audit")


def _write_files(city: City, taught: Taught, done: Examined, out: Path) -> None:
    """Write papers, tickets, records, certificates, reports and the public keys."""
    fonts = ensure_fonts(out.parent)
    for name in ("papers", "tickets", "records", "reports"):
        (out / name).mkdir(exist_ok=True)
    for code, pdf in done.pdfs.items():
        (out / "papers" / f"{code}.pdf").write_bytes(pdf)
    for group in (done.planned, done.retakes):
        for code, planned in group.items():
            name = f"{code}-{planned.sitting.kind.value}"
            tickets = sitting_printing.tickets_pdf(sheets.tickets(planned.sitting), fonts)
            (out / "tickets" / f"{name}.pdf").write_bytes(tickets)
            records = sitting_printing.room_record_pdf(sheets.room_records(planned.sitting), fonts)
            (out / "records" / f"{name}.pdf").write_bytes(records)
    signing.publish(out)
    _write_reports(city, taught, out / "reports")


def _disclose(city: City, done: Examined, folder: Path) -> str:
    """Make the paper of the class without a retake public and return its code."""
    paper = disclose(city, done.planned[DISCLOSED_CLASS], PaperKind.FIRST)
    facts, snapshot, blueprint, beside = papers.public_of(paper)
    write_disclosed(
        folder / paper.code, facts, snapshot=snapshot, blueprint=blueprint, beside=beside
    )
    return paper.code


def _hand_out(city: City, done: Examined, folder: Path) -> None:
    """Print each certificate, one a file, as the certificate officer hands them out."""
    folder.mkdir(exist_ok=True)
    for certificate in done.certificates:
        content = certificate_pages.certificates_file([certificate])
        with transaction():
            certificates.hand_out([certificate], content, actor=city.actor("zhizheng"))
        (folder / f"{certificate.number}.pdf").write_bytes(content)


def _write_reports(city: City, taught: Taught, folder: Path) -> None:
    """Write class files, coverage, the payable list and statements, each as it is handed out."""
    for training_class in taught.classes:
        with transaction():
            frozen = reports.export_class_file(
                training_class, purpose="项目归档", actor=city.actor("jiandu")
            )
        for kind in ("pdf", "json"):
            content = report_pages.class_file_as(kind, frozen)
            (folder / f"{training_class.code}-班次档案.{kind}").write_bytes(content)
    with transaction():
        figures = reports.export_coverage(taught.project, actor=city.actor("renshe"))
    (folder / "覆盖率与合格率.xlsx").write_bytes(report_pages.coverage_file(figures))
    with transaction():
        payable = reports.export_payable(
            taught.project, purpose="结算工伤预防费", actor=city.actor("jingban")
        )
    (folder / "应支付名单.xlsx").write_bytes(report_pages.payable_file(payable))
    enterprise = city.enterprises[0]
    for kind in ("xlsx", "pdf"):
        content = credit_pages.enterprise_file(enterprise.id, None, kind)
        (folder / f"{enterprise.name}-学时.{kind}").write_bytes(content)


def _summary(taught: Taught, done: Examined, revoked: str, findings: list[Any]) -> dict[str, Any]:
    return {
        "enrolled": taught.enrolled,
        "eligible": taught.eligible,
        "refused": dict(taught.refused),
        "entered": done.counts["entered"],
        "sat": done.counts["sat"],
        "absent": done.counts["absent"],
        "disqualified": done.counts["disqualified"],
        "passed": done.counts["passed"],
        "failed": done.counts["failed"],
        "retakes": done.counts["retakes"],
        "regraded_to_pass": len(done.crossed),
        "certificates": len(done.certificates),
        "revoked": 1,
        "revoked_number": revoked,
        "hours_trained": taught_hours(taught),
        "hours_credited": float(_credited(taught)),
        "payable": len(report_queries.payable(taught.project).rows),
        "items": done.bank,
        "audit_entries": len(audit_queries.entries_in_order(audit_queries.Filter())),
        "audit_findings": len(findings),
    }


def _credited(taught: Taught) -> Decimal:
    """Return the hours that stand in the ledger for the three classes."""
    return sum(
        (
            line.entry.hours
            for training_class in taught.classes
            for line in credit_queries.lines_of_class(training_class.id)
        ),
        Decimal(0),
    )


def taught_hours(taught: Taught) -> float:
    """Return the hours all eligible people were trained, together."""
    return float(sum(taught.hours.values()))


def _tell(
    city: City, taught: Taught, done: Examined, summary: dict[str, Any], out: Path, say: Say
) -> None:
    """Print what happened, a table a stage, and where the files lie."""
    say("\n伊春市2025年度 矿山工伤预防能力提升培训：从名册到学时\n")
    for code, rows in taught.bad_rows.items():
        say(f"名册初稿 {code} 有 {len(rows)} 行有误，一行也没有导入：")
        for row, text in rows.items():
            say(f"  第 {row} 行  {text}")
    enrolled, eligible = summary["enrolled"], summary["eligible"]
    say(f"\n名册与学时：登记 {enrolled} 人，准予参考 {eligible} 人，不予参考：")
    for reason, count in summary["refused"].items():
        say(f"  {count} 人  {reason}")
    say(f"\n题库：{summary['items']} 题，双人审核。试卷（每班单独出卷，双人封存、到时双人启封）：")
    for planned in (*done.planned.values(), *done.retakes.values()):
        codes = "、".join(
            f"{paper.code}（{paper_state(paper)}）" for paper in planned.papers.values()
        )
        say(f"  {planned.place.site.name}  {codes}")
    say("\n考试：")
    for key, label in LABELS.items():
        say(f"  {label}\t{summary[key]}")
    say(f"\n更正错误答案后转为合格：{'、'.join(done.crossed)}")
    say(f"吊销证书：{summary['revoked_number']}，学时已冲销")
    state = "核验无误" if not summary["audit_findings"] else "核验发现问题"
    say(f"审计痕迹：{summary['audit_entries']} 条，{state}；用时 {summary['seconds']} 秒\n")
    for name in ("papers", "tickets", "records", "certificates", "reports", "jwks.json",
                 "registry.jws", "status"):  # fmt: skip
        say(f"  {out / name}")
    say(f"  {out / 'root.key'}（演示用根密钥；口令在旁边的文件中，正式使用时须离线保存）")
    say(f"  {out / 'signing-passphrase'}（签名密钥口令，正式使用时须放在实例目录之外）")


def _tell_disclosed(code: str, out: Path, say: Say) -> None:
    """Print which paper is public, and how anybody draws it again."""
    folder = out / "disclosed" / code
    say(f"\n{code} 已过补考期，由两名保管人公开随机种子和题目清单：")
    say(f"  {folder}")
    say(f"  不需数据库和密钥即可重抽核对：.venv/bin/python -m question_bank reproduce {folder}")
    say(f"  在本机连同题目文字核对：.venv/bin/exam paper reproduce {code}")


LABELS = {
    "entered": "报考",
    "sat": "参考",
    "absent": "缺考",
    "disqualified": "取消资格",
    "retakes": "补考",
    "passed": "合格",
    "failed": "未合格",
    "certificates": "发证",
    "hours_trained": "培训学时",
    "hours_credited": "计入学时",
    "payable": "可支付",
}
