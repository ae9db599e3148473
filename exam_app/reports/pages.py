"""What the pages of reports gather: overview rows, files to hand out, views that are noted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import current_app, request
from flask_babel import gettext as _

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit.access_log import AccessKind, note_access
from exam_app.core import clock
from exam_app.core.fonts import ensure_fonts
from exam_app.policy.profile import ResolvedProfile
from exam_app.reports import printing, queries, rules, service
from exam_app.reports.labels import TARGETS
from exam_app.reports.models import Snapshot
from exam_app.reports.tables import Table, file_tables, head_facts
from exam_app.reports.terms import Conclusion, SnapshotKind
from exam_app.training import labels as training_labels
from exam_app.training import queries as training
from exam_app.training.models import TrainingClass, TrainingProject
from tabular import write_table


@dataclass(frozen=True)
class PaymentState:
    """What a project's payment rests on: acceptance, list handed out, payment registered."""

    project: TrainingProject
    conclusion: Conclusion | None
    needed: bool
    clause: str
    listed: bool
    paid: bool


@dataclass(frozen=True)
class Overview:
    """One project as bureau and agency see it."""

    coverage: queries.Coverage
    persons: int
    open_classes: int
    payment: PaymentState


def overview(actor: Actor) -> list[Overview]:
    """Return the projects in the actor's region with figures, persons to pay for and state."""
    rows = []
    for project in training.projects_for(actor):
        if queries.in_jurisdiction(actor, project):
            found = queries.payable(project)
            rows.append(
                Overview(
                    queries.coverage(project),
                    len(found.rows),
                    found.open_classes,
                    payment_state(project),
                )
            )
    return rows


def payment_state(project: TrainingProject) -> PaymentState:
    """Return what a payment would rest on today."""
    policy = queries.project_policy(project)
    accepted = queries.acceptance_of(project.id)
    needed = rules.acceptance_needed(policy)
    return PaymentState(
        project=project,
        conclusion=None if accepted is None else accepted[0],
        needed=needed,
        clause=_clause(policy) if needed else "",
        listed=queries.was_handed_out(project.id, SnapshotKind.PAYABLE),
        paid=queries.was_handed_out(project.id, SnapshotKind.PAYMENT),
    )


def _clause(policy: ResolvedProfile) -> str:
    source = policy.source("acceptance.required")
    return f"{source.document} {source.clause}「{source.quote}」"


def seen_payable(project: TrainingProject, actor: Actor) -> queries.Payable:
    """Return the payable list; that it was looked at is noted in the access log."""
    duties.require(
        Permission.REPORT_PAYABLE,
        actor,
        juris=queries.in_jurisdiction(actor, project),
        purpose=True,
        state=True,
    )
    found = queries.payable(project)
    _note(actor, Permission.REPORT_PAYABLE, project_id=project.id)
    return found


def seen_class_file(
    training_class: TrainingClass, actor: Actor
) -> tuple[list[tuple[str, str]], list[Table]]:
    """Return a class file in words; that it was looked at is noted in the access log."""
    facts = training.wall_facts(actor, training_class)
    duties.require(
        Permission.REPORT_CLASS_FILE,
        actor,
        not_prov=facts["not_prov"],
        juris=facts["juris"],
        purpose=True,
    )
    content = queries.class_file(training_class, totals=service.sees_totals(actor))
    plain = queries.plain(content)
    _note(actor, Permission.REPORT_CLASS_FILE, class_id=training_class.id)
    return head_facts(plain), file_tables(plain)


def _note(
    actor: Actor,
    permission: Permission,
    *,
    class_id: int | None = None,
    project_id: int | None = None,
) -> None:
    note_access(
        AccessKind.VIEW,
        actor=actor,
        permission=permission.value,
        endpoint=request.endpoint or "",
        class_id=class_id,
        project_id=project_id,
    )


def class_file_as(kind: str, frozen: Snapshot) -> bytes:
    """Return a frozen class file as ``json`` (whose SHA-256 is the digest) or ``pdf``."""
    if kind == "json":
        return queries.canonical_text(frozen.content).encode()
    at = clock.local(frozen.taken_at).strftime("%Y-%m-%d %H:%M")
    return printing.class_file_pdf(
        head_facts(frozen.content),
        file_tables(frozen.content),
        ensure_fonts(Path(current_app.instance_path)),
        taken=_("导出时间 %(at)s，档案编号 %(number)s", at=at, number=frozen.id),
        digest=frozen.digest,
    )


def coverage_file(frozen: Snapshot) -> bytes:
    """Return frozen figures as XLSX: project, categories, classes, rates and targets."""
    content = frozen.content
    names = ("to_train", "trained_before", "trained", "examined", "passed")
    groups = [
        (content["project"], content["total"]),
        *(
            (training_labels.CATEGORIES[name], counts)
            for name, counts in sorted(content["categories"].items())
        ),
        *sorted(content["classes"].items()),
    ]
    rows: list[list[object]] = [[name, *(counts[key] for key in names)] for name, counts in groups]
    rows.append([_("覆盖率"), content["coverage"]])
    rows.append([_("合格率"), content["pass_rate"]])
    rows.extend(
        [
            TARGETS[each["rule"]],
            _("达到") if each["ok"] else _("未达到"),
            f"{each['document']} {each['clause']}「{each['quote']}」",
        ]
        for each in content["targets"]
    )
    rows.append(["SHA-256", frozen.digest])
    head = [_("范围"), _("应参训"), _("以前年度已培训"), _("本期已培训"), _("参加考试"), _("合格")]
    return write_table(head, rows, sheet=_("覆盖率和合格率"))


def payable_file(frozen: Snapshot) -> bytes:
    """Return a frozen payable list as XLSX, ID numbers masked, with its basis and digest."""
    keys = ("name", "masked_id", "enterprise", "class_code", "class_name")
    rows: list[list[object]] = [
        [
            *(row[key] for key in keys),
            training_labels.CATEGORIES[row["category"]],
            row["hours"],
            row["certificate"],
        ]
        for row in frozen.content["rows"]
    ]
    rows.append([_("依据：%(clause)s", clause=frozen.content["basis"])])
    rows.append([f"SHA-256 {frozen.digest}"])
    head = [
        _("姓名"),
        _("身份证号"),
        _("企业"),
        _("班次编号"),
        _("班次"),
        _("人员类别"),
        _("学时"),
        _("证书编号"),
    ]
    return write_table(head, rows, sheet=_("应支付名单"))
