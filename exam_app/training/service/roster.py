"""Rosters: import without half measures, the enterprise's word, the lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import OrganisationKind
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import BadInput, Missing, RuleBroken
from exam_app.people import queries as people
from exam_app.people import service as people_service
from exam_app.people.models import Organisation
from exam_app.policy.profile import Force
from exam_app.training import queries, rules
from exam_app.training.adapter import RosterRow, RowProblem, Table, read_roster
from exam_app.training.models import Enrolment, ImportedFile, TrainingClass
from exam_app.training.service.plan import require_kept, require_state
from exam_app.training.terms import ClassState


@dataclass(frozen=True)
class Import:
    """What a file did: rows in it, rows taken over, problems by row; or nothing anew."""

    rows: int
    accepted: int
    problems: tuple[RowProblem, ...] = ()
    duplicate: bool = False
    table: Table | None = field(default=None, repr=False)


def check_roster(training_class: TrainingClass, data: bytes, filename: str) -> Table:
    """Return a roster file's rows and problems against what is known; changes nothing."""
    table = read_roster(data, filename)
    seen: dict[str, int] = {}
    for row in table.rows:
        table.problems.extend(_problems(training_class, row, seen))
    table.problems.sort(key=lambda problem: problem.row)
    return table


def import_roster(
    training_class: TrainingClass,
    data: bytes,
    filename: str,
    *,
    only_valid: bool = False,
    actor: Actor,
) -> Import:
    """Take a roster file over: all of it, or by explicit choice its good rows.

    Returns: what was taken; with problems and ``only_valid`` false, or no good row, nothing was.
    Raises: BadInput: the file as a whole. RuleBroken: the class is too large, by clause.
    """
    duties.require(
        Permission.ROSTER_EDIT,
        actor,
        own_org=actor.belongs_to(training_class.provider_id),
        state=training_class.state in {ClassState.PLANNED, ClassState.APPROVED},
    )
    lock(training_class.project)  # nobody is enrolled twice in a project, nor by two files at once
    lock(training_class)
    require_state(training_class, ClassState.PLANNED, ClassState.APPROVED)
    table = check_roster(training_class, data, filename)
    if imported_before(training_class.id, "roster", table.sha256):
        _record_import(training_class, table, actor, duplicate=True)
        return Import(table.count, 0, duplicate=True)
    good = table.good()
    if not good or (table.problems and not only_valid):
        return Import(table.count, 0, tuple(table.problems), table=table)
    _require_size(training_class, len(good))
    for row in good:
        _enrol(training_class, row, actor)
    remember_file(training_class, "roster", filename, table.sha256, len(good), actor)
    left_out = sorted({problem.row for problem in table.problems})
    _record_import(training_class, table, actor, accepted=len(good), left_out=left_out)
    return Import(table.count, len(good), tuple(table.problems), table=table)


def confirm_people(
    training_class: TrainingClass, enrolments: Sequence[Enrolment], *, actor: Actor
) -> int:
    """Confirm that these are the enterprise's own people (企业实名确认); return how many.

    Raises: DutyConflict: a person of another enterprise is among them. Missing: one of another
        class. RuleBroken: nobody is named, or the roster has been locked.
    """
    duties.require(
        Permission.ROSTER_CONFIRM,
        actor,
        own_org=all(actor.belongs_to(each.enterprise_id) for each in enrolments),
        state=training_class.state in {ClassState.PLANNED, ClassState.APPROVED},
    )
    lock(training_class)
    require_state(training_class, ClassState.PLANNED, ClassState.APPROVED)
    if not enrolments:
        raise RuleBroken("roster-empty")
    if any(each.class_id != training_class.id for each in enrolments):
        raise Missing(what="enrolment")
    for enrolment in enrolments:
        enrolment.real_name = True
        enrolment.confirmed_by_id = actor.account_id
    trail.record(
        Action.ROSTER_CONFIRMED,
        actor,
        training_class,
        class_id=training_class.id,
        confirmed=len(enrolments),
    )
    return len(enrolments)


def lock_roster(training_class: TrainingClass, *, actor: Actor) -> TrainingClass:
    """Check and lock the roster (核验并锁定名册); from here on nobody is added.

    Raises: DutyConflict; RuleBroken: the plan is not approved, nobody is on the roster, or the
        size needs a reason.
    """
    facts = queries.wall_facts(actor, training_class)
    duties.require(Permission.ROSTER_LOCK, actor, **facts)
    lock(training_class)
    require_state(training_class, ClassState.APPROVED)
    roster = queries.enrolments_of(training_class.id)
    if not roster:
        raise RuleBroken("roster-empty")
    findings = rules.class_findings(
        queries.policy_of(training_class), [each.category for each in roster], len(roster)
    )
    require_kept(findings, reason=training_class.size_reason, code="class-refused")
    training_class.state = ClassState.LOCKED
    training_class.locked_by_id, training_class.locked_at = actor.account_id, clock.now()
    trail.record(
        Action.ROSTER_LOCKED,
        actor,
        training_class,
        class_id=training_class.id,
        persons=len(roster),
        findings=[found.as_dict() for found in findings if not found.ok],
    )
    return training_class


def imported_before(class_id: int, kind: str, sha256: str) -> bool:
    """Return whether the same file came in before."""
    query = select(ImportedFile.id).where(
        ImportedFile.class_id == class_id,
        ImportedFile.kind == kind,
        ImportedFile.sha256 == sha256,
    )
    return session().scalar(query) is not None


def remember_file(
    training_class: TrainingClass, kind: str, filename: str, sha256: str, rows: int, actor: Actor
) -> None:
    """Keep the file's digest, so that the same file twice changes nothing."""
    session().add(
        ImportedFile(
            class_id=training_class.id,
            kind=kind,
            filename=filename[-200:],
            sha256=sha256,
            rows=rows,
            imported_by_id=actor.account_id,
            imported_at=clock.now(),
        )
    )
    session().flush()


def _record_import(
    training_class: TrainingClass, table: Table, actor: Actor, **facts: bool | int | list[int]
) -> None:
    about = {"class_id": training_class.id, "sha256": table.sha256, "in_file": table.count}
    trail.record(Action.ROSTER_IMPORTED, actor, training_class, **about, **facts)  # type: ignore[arg-type]


def _require_size(training_class: TrainingClass, more: int) -> None:
    size = len(queries.enrolments_of(training_class.id)) + more
    finding = rules.size_finding(queries.policy_of(training_class), training_class.category, size)
    require_kept([finding], reason=training_class.size_reason, code="class-refused")


def _enrol(training_class: TrainingClass, row: RosterRow, actor: Actor) -> None:
    person = people_service.register_person(
        name=row.name, id_number=row.id_number, phone=row.phone, actor=actor
    )
    enterprise = _enterprise(row)
    if enterprise is None:
        raise BadInput("enterprise-unknown", row=row.row)
    session().add(
        Enrolment(
            class_id=training_class.id,
            person_id=person.id,
            enterprise_id=enterprise.id,
            category=row.category,
            created_at=clock.now(),
        )
    )
    session().flush()


def _enterprise(row: RosterRow) -> Organisation | None:
    found = people.find_organisation(credit_code=row.credit_code)
    if found is None or found.kind is not OrganisationKind.ENTERPRISE:
        return None
    return found


def _problems(
    training_class: TrainingClass, row: RosterRow, seen: dict[str, int]
) -> list[RowProblem]:
    """Return what is wrong with a readable row against the class and the people known."""
    found: list[RowProblem] = []
    if row.id_number in seen:
        first = {"first": seen[row.id_number]}
        found.append(RowProblem(row.row, "身份证号", "row-repeated", first))
    seen.setdefault(row.id_number, row.row)
    enterprise = _enterprise(row)
    if enterprise is None:
        found.append(RowProblem(row.row, "统一社会信用代码", "enterprise-unknown"))
    elif enterprise.name != row.enterprise:
        facts = {"name": enterprise.name}
        found.append(RowProblem(row.row, "单位名称", "enterprise-name-differs", facts))
    if row.category is not training_class.category and _single_category(training_class):
        found.append(RowProblem(row.row, "人员类别", "category-differs"))
    found.extend(_person_problems(training_class, row))
    return found


def _single_category(training_class: TrainingClass) -> bool:
    """Return whether the class must keep to one category (不得大合堂)."""
    policy = queries.policy_of(training_class)
    if not policy.has("class.single_category"):
        return False
    leaf = policy.leaf("class.single_category")
    return leaf.value is True and leaf.force in {Force.MUST, Force.LOCAL}


def _person_problems(training_class: TrainingClass, row: RosterRow) -> list[RowProblem]:
    person = people.find_person(row.id_number)
    if person is None:
        return []
    if person.name != row.name:
        return [RowProblem(row.row, "姓名", "name-differs-from-register")]
    query = (
        select(TrainingClass.code)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .where(
            Enrolment.person_id == person.id,
            TrainingClass.project_id == training_class.project_id,
        )
    )
    code = session().scalar(query)
    if code is not None:
        return [RowProblem(row.row, "身份证号", "already-enrolled", {"class_code": code})]
    return []
