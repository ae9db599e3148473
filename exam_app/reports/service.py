"""Changes of reports: what is handed out is frozen with its digest, acceptance and payment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import OrganisationKind
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import RuleBroken
from exam_app.reports import queries, rules
from exam_app.reports.models import Snapshot
from exam_app.reports.terms import Conclusion, SnapshotKind
from exam_app.training import queries as training
from exam_app.training.models import TrainingClass, TrainingProject


def export_class_file(training_class: TrainingClass, *, purpose: str, actor: Actor) -> Snapshot:
    """Freeze the file of a class as it stands and hand it out (导出班次档案).

    Raises: DutyConflict: tied to the provider, another region, or no purpose.
    """
    facts = training.wall_facts(actor, training_class)
    duties.require(
        Permission.REPORT_CLASS_FILE,
        actor,
        not_prov=facts["not_prov"],
        juris=facts["juris"],
        purpose=bool(purpose.strip()),
    )
    content = queries.class_file(training_class, totals=sees_totals(actor))
    frozen = _frozen(SnapshotKind.CLASS_FILE, content, actor, class_id=training_class.id)
    trail.record(
        Action.CLASS_FILE_EXPORTED,
        actor,
        frozen,
        class_id=training_class.id,
        digest=frozen.digest,
        purpose=purpose.strip(),
    )
    return frozen


def sees_totals(actor: Actor) -> bool:
    """Return whether a class file carries marks: for the examining authority alone."""
    return actor.kinds <= {OrganisationKind.CITY_EM}


def export_coverage(project: TrainingProject, *, actor: Actor) -> Snapshot:
    """Freeze a project's coverage and pass rate and hand them out (导出覆盖率、合格率)."""
    juris = queries.in_jurisdiction(actor, project)
    duties.require(Permission.REPORT_COVERAGE, actor, juris=juris, masked=True)
    content = _coverage_content(queries.coverage(project))
    frozen = _frozen(SnapshotKind.COVERAGE, content, actor, project_id=project.id)
    trail.record(Action.COVERAGE_REPORTED, actor, frozen, digest=frozen.digest)
    return frozen


def export_payable(project: TrainingProject, *, purpose: str, actor: Actor) -> Snapshot:
    """Freeze the list of persons to be paid for and hand it out (导出应支付名单).

    Raises: DutyConflict: no purpose, another region, or nobody has passed yet.
    """
    found = queries.payable(project)
    duties.require(
        Permission.REPORT_PAYABLE,
        actor,
        juris=queries.in_jurisdiction(actor, project),
        purpose=bool(purpose.strip()),
        state=bool(found.rows),
    )
    content = {
        "project": project.name,
        "basis": f"{found.document} {found.clause}「{found.quote}」",
        "persons": len(found.rows),
        "rows": [vars(row) for row in found.rows],
    }
    frozen = _frozen(SnapshotKind.PAYABLE, content, actor, project_id=project.id)
    trail.record(
        Action.PAYABLE_LIST_EXPORTED,
        actor,
        frozen,
        digest=frozen.digest,
        persons=len(found.rows),
        purpose=purpose.strip(),
    )
    return frozen


def report_acceptance(
    project: TrainingProject,
    *,
    number: str,
    on: dt.date,
    conclusion: Conclusion,
    note: str,
    actor: Actor,
) -> Snapshot:
    """Register the acceptance report of a project with the figures it stands on (评估验收报告).

    Raises: DutyConflict: tied to a provider, or another region. RuleBroken: dated ahead.
    """
    duties.require(
        Permission.ACCEPTANCE_REPORT,
        actor,
        **queries.project_facts(actor, project),
        purpose=True,
    )
    if on > clock.today():
        raise RuleBroken("acceptance-ahead", field="on")
    content = {
        "number": number,
        "on": on,
        "conclusion": conclusion,
        "note": note,
        "figures": _coverage_content(queries.coverage(project)),
    }
    frozen = _frozen(SnapshotKind.ACCEPTANCE, content, actor, project_id=project.id)
    trail.record(
        Action.ACCEPTANCE_REPORTED,
        actor,
        frozen,
        number=number,
        conclusion=conclusion,
        digest=frozen.digest,
    )
    return frozen


def record_payment(
    project: TrainingProject, *, voucher: str, on: dt.date, yuan: Decimal, actor: Actor
) -> Snapshot:
    """Register what was paid for a project (登记支付), on acceptance and payable list.

    Raises: DutyConflict; RuleBroken: ``acceptance-missing``, ``acceptance-rejected``,
        ``payable-missing``, ``payment-recorded``, ``payment-amount``.
    Locks: the project.
    """
    duties.require(
        Permission.PAYMENT_MARK,
        actor,
        purpose=True,
        state=queries.in_jurisdiction(actor, project),
    )
    lock(project)
    accepted = queries.acceptance_of(project.id)
    rules.check_can_be_paid(
        queries.project_policy(project),
        conclusion=None if accepted is None else accepted[0],
        listed=queries.was_handed_out(project.id, SnapshotKind.PAYABLE),
        paid=queries.was_handed_out(project.id, SnapshotKind.PAYMENT),
    )
    if yuan <= 0:
        raise RuleBroken("payment-amount", field="yuan")
    content = {"voucher": voucher, "on": on, "yuan": yuan}
    frozen = _frozen(SnapshotKind.PAYMENT, content, actor, project_id=project.id)
    trail.record(Action.PAYMENT_RECORDED, actor, frozen, voucher=voucher, yuan=yuan)
    return frozen


def open_trail(*, reason: str, actor: Actor) -> None:
    """Let an auditor look into the trail for some hours; the reason is recorded (查阅痕迹)."""
    duties.require(Permission.AUDIT_VIEW, actor, reason=bool(reason.strip()))
    trail.record(Action.TRAIL_VIEWED, actor, ("audit_entry", "*"), reason=reason.strip())


def export_trail(*, reason: str, entries: int, actor: Actor) -> None:
    """Record that the whole trail was handed out (导出痕迹)."""
    duties.require(Permission.AUDIT_EXPORT, actor, reason=bool(reason.strip()))
    trail.record(
        Action.TRAIL_EXPORTED, actor, ("audit_entry", "*"), reason=reason.strip(), count=entries
    )


def _frozen(
    kind: SnapshotKind,
    content: Mapping[str, Any],
    actor: Actor,
    *,
    class_id: int | None = None,
    project_id: int | None = None,
) -> Snapshot:
    frozen = Snapshot(
        kind=kind.value,
        class_id=class_id,
        project_id=project_id,
        content=queries.plain(content),
        digest=queries.digest_of(content),
        taken_by_id=actor.account_id,
        taken_at=clock.now(),
    )
    session().add(frozen)
    session().flush()
    return frozen


def _coverage_content(found: queries.Coverage) -> dict[str, Any]:
    return {
        "project": found.project.name,
        "total": vars(found.total),
        "categories": {group.name: vars(group.counts) for group in found.categories},
        "classes": {row.code: vars(counts) for row, counts in found.classes},
        "coverage": rules.percent(found.total.coverage),
        "pass_rate": rules.percent(found.total.pass_rate),
        "targets": [
            {**target.found.as_dict(), "document": target.document, "by": target.by}
            for target in found.targets
        ],
    }
