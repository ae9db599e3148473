"""A class that went the whole way, as rows: enrolled, examined, released, certified."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field
from decimal import Decimal

from exam_app.access.terms import OrganisationKind, Role
from exam_app.attempts.models import Attempt
from exam_app.attempts.terms import AttemptState
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.bank.models import BlueprintRow
from exam_app.certificates.models import Certificate
from exam_app.certificates.terms import CertificateState
from exam_app.core import clock
from exam_app.core.db import Row, session, transaction
from exam_app.marking.models import Result
from exam_app.marking.terms import Outcome, ResultState
from exam_app.papers.models import Paper
from exam_app.papers.terms import PaperKind, PaperState
from exam_app.people.models import Account, Organisation
from exam_app.policy.loader import resolve
from exam_app.sittings.models import Entry, InvigilatorDuty, Room, Site, Sitting
from exam_app.sittings.terms import (
    EntryState,
    InvigilationRole,
    SittingKind,
    SittingMode,
    SittingState,
)
from exam_app.training.models import Eligibility, Enrolment, TrainingClass, TrainingProject
from exam_app.training.terms import ClassState, EligibilityState, PersonnelCategory
from tests.factories.people import make_organisation, make_person, make_staff

YICHUN = "cn-hlj-yichun-2025"
SHANDONG = "cn-sd-2023-six-industries"
JILIN = "cn-jl-2022-hazchem"
_numbers = itertools.count(1)
KINDS = OrganisationKind


@dataclass
class City:
    """The organisations and officers of one city."""

    authority: Organisation
    county: Organisation
    provider: Organisation
    enterprise: Organisation
    staff: dict[str, Account] = field(default_factory=dict)

    def officer(self, role: Role, *, organisation: Organisation | None = None) -> Account:
        """Return another officer with the role."""
        with transaction():
            account = make_staff(role, organisation=organisation or self.authority)
            trail.record(Action.AUTHORITY_FOUNDED, trail.SYSTEM, ("account", account.id))
        return account


@dataclass
class Finished:
    """What was made."""

    city: City
    project: TrainingProject
    training_class: TrainingClass
    enrolments: list[Enrolment]
    sitting: Sitting
    results: list[Result]
    certificates: list[Certificate]


def make_city(division_code: str = "230700") -> City:
    """Return a city with an authority, a county, a provider, an enterprise and officers."""
    with transaction():
        city = City(
            make_organisation(KINDS.CITY_EM, division_code=division_code),
            make_organisation(KINDS.COUNTY_EM, division_code=division_code[:4] + "22"),
            make_organisation(KINDS.PROVIDER, division_code=division_code),
            make_organisation(KINDS.ENTERPRISE, division_code=division_code),
        )
        for name in ("marker", "checker", "publisher", "officer", "approver", "setter"):
            city.staff[name] = make_staff(Role.EXAM_ADMIN, organisation=city.authority)
        city.staff["teacher"] = make_staff(Role.TRAINING_MANAGER, organisation=city.provider)
        city.staff["chief"] = make_staff(Role.CHIEF, organisation=city.county)
        trail.record(Action.AUTHORITY_FOUNDED, trail.SYSTEM, ("organisation", city.authority.id))
    return city


def make_finished(
    *outcomes: Outcome,
    city: City | None = None,
    profile: str = YICHUN,
    hours: str = "24",
    category: PersonnelCategory = PersonnelCategory.TEAM_LEADER,
    certified: bool = True,
    released: bool = True,
    project: TrainingProject | None = None,
) -> Finished:
    """Return a class with one person for each outcome; passed ones hold a valid certificate."""
    city = city or make_city()
    with transaction():
        project = project or make_project(city, profile)
        training_class = make_class(city, project, category)
        enrolments = [make_enrolment(city, training_class, hours) for _ in outcomes]
        sitting = make_sitting(city, training_class)
        paper = make_paper(city, training_class, sitting)
        make_paper(city, training_class, sitting, kind=PaperKind.RESERVE, state=PaperState.SEALED)
        results = [
            make_result(city, sitting, paper, each, outcome, seat, released=released)
            for seat, (each, outcome) in enumerate(zip(enrolments, outcomes, strict=True), 1)
        ]
        certificates = [
            make_certificate(city, result)
            for result in results
            if certified and result.outcome is Outcome.PASS
        ]
        trail.record(
            Action.AUTHORITY_FOUNDED, trail.SYSTEM, training_class, class_id=training_class.id
        )
    return Finished(city, project, training_class, enrolments, sitting, results, certificates)


def make_project(city: City, profile: str = YICHUN) -> TrainingProject:
    """Return a project with the persons of the Yichun notice: 131 to train, 82 trained before."""
    return _flushed(
        TrainingProject(
            authority_id=city.authority.id,
            name=f"伊春市矿山和机械制造企业培训项目{next(_numbers)}",
            profile_id=profile,
            industries=["mining", "machinery"],
            division_code=city.authority.division_code,
            from_on=dt.date(2025, 1, 1),
            until_on=dt.date(2025, 12, 31),
            to_train={"deputy_head": 15, "safety_manager": 52, "team_leader": 64},
            trained_before=82,
            created_at=clock.now(),
        )
    )


def make_class(
    city: City,
    project: TrainingProject,
    category: PersonnelCategory = PersonnelCategory.TEAM_LEADER,
    *,
    state: ClassState = ClassState.VERIFIED,
) -> TrainingClass:
    """Return a class whose hours are verified, or one that stands earlier."""
    policy = resolve(project.profile_id)
    order = list(ClassState)
    reached = order.index(state)
    now = clock.now()
    by = city.staff["officer"].id

    def at(step: ClassState, value: object) -> object:
        return value if reached >= order.index(step) else None

    return _flushed(
        TrainingClass(
            project_id=project.id,
            provider_id=city.provider.id,
            code=f"YC-2025-{next(_numbers):02d}",
            name="矿山班组长第一期",
            category=category,
            industry="mining",
            profile_id=project.profile_id,
            policy=policy.to_json(),
            policy_digest=policy.digest,
            state=state,
            planned_by_id=city.staff["teacher"].id,
            planned_at=now,
            approved_by_id=at(ClassState.APPROVED, by),
            approved_at=at(ClassState.APPROVED, now),
            locked_by_id=at(ClassState.LOCKED, by),
            locked_at=at(ClassState.LOCKED, now),
            submitted_at=at(ClassState.SUBMITTED, now),
            verified_by_id=at(ClassState.VERIFIED, by),
            verified_at=at(ClassState.VERIFIED, now),
        )
    )


def make_enrolment(city: City, training_class: TrainingClass, hours: str = "24") -> Enrolment:
    """Return an enrolled person who is admitted with these hours."""
    enrolment = _flushed(
        Enrolment(
            class_id=training_class.id,
            person_id=make_person().id,
            enterprise_id=city.enterprise.id,
            category=training_class.category,
            real_name=True,
            created_at=clock.now(),
        )
    )
    total = Decimal(hours)
    _flushed(
        Eligibility(
            enrolment_id=enrolment.id,
            state=EligibilityState.ELIGIBLE,
            hours_online=total / 4,
            hours_offline=total - total / 4,
            hours_practical=total / 4,
            hours_credited=total,
            findings=[
                {
                    "rule": "hours.min",
                    "ok": True,
                    "force": "must",
                    "value": int(total),
                    "limit": 20,
                    "clause": "三(一)",
                    "quote": "一线班组长应当培训 20-72 学时",
                    "notice": "002",
                }
            ],
            decided_by_id=city.staff["officer"].id,
            decided_at=clock.now(),
        )
    )
    return enrolment


def make_sitting(
    city: City, training_class: TrainingClass, kind: SittingKind = SittingKind.FIRST
) -> Sitting:
    """Return a sitting that is over, with a room and its chief."""
    now = clock.now()
    starts_at = now - dt.timedelta(hours=3)
    site = _flushed(
        Site(organisation_id=city.county.id, name=f"考点{next(_numbers)}", address="某县某路1号")
    )
    room = _flushed(Room(site_id=site.id, name="第一考场", seats=30))
    sitting = _flushed(
        Sitting(
            class_id=training_class.id,
            site_id=site.id,
            kind=kind,
            mode=SittingMode.COMPUTER,
            state=SittingState.HANDED_OVER,
            opens_at=starts_at - dt.timedelta(minutes=30),
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(hours=2),
            scheduled_by_id=city.staff["officer"].id,
            scheduled_at=now,
            ready_at=starts_at,
            opened_by_id=city.staff["chief"].id,
            opened_at=starts_at,
            closed_by_id=city.staff["chief"].id,
            closed_at=starts_at + dt.timedelta(hours=2),
            handed_over_at=now,
            handover={},
        )
    )
    _flushed(
        InvigilatorDuty(
            sitting_id=sitting.id,
            room_id=room.id,
            account_id=city.staff["chief"].id,
            role=InvigilationRole.CHIEF,
            assigned_by_id=city.staff["officer"].id,
            assigned_at=now,
        )
    )
    return sitting


def make_paper(
    city: City,
    training_class: TrainingClass,
    sitting: Sitting,
    *,
    kind: PaperKind = PaperKind.FIRST,
    state: PaperState = PaperState.OPENED,
) -> Paper:
    """Return a paper that stands at a state; its content is nowhere."""
    now = clock.now()
    number = next(_numbers)
    blueprint = _flushed(
        BlueprintRow(
            authority_id=city.authority.id,
            code=f"BP-{number}",
            title="矿山班组长",
            industry="mining",
            category=training_class.category.value,
            cells=[],
            overlap_max=5,
            author_id=city.staff["setter"].id,
            created_at=now,
        )
    )
    order = list(PaperState)
    reached = order.index(state)
    return _flushed(
        Paper(
            class_id=training_class.id,
            sitting_id=sitting.id,
            blueprint_id=blueprint.id,
            code=f"P-2025-{number:03d}",
            kind=kind,
            seed_commitment="a" * 64,
            bank_digest="b" * 64,
            full_marks=100,
            questions=50,
            state=state,
            author_id=city.staff["setter"].id,
            drawn_at=now,
            approved_by_id=city.staff["approver"].id if reached >= 1 else None,
            approved_at=now if reached >= 1 else None,
            sealed_at=now if reached >= 2 else None,
            content_digest="c" * 64 if reached >= 2 else None,
            opened_at=now if reached >= 3 else None,
        )
    )


def make_result(
    city: City,
    sitting: Sitting,
    paper: Paper,
    enrolment: Enrolment,
    outcome: Outcome,
    seat: int,
    *,
    released: bool = True,
    retake_of: Entry | None = None,
) -> Result:
    """Return the result of one enrolment at a sitting, released or only confirmed."""
    now = clock.now()
    sat = outcome in {Outcome.PASS, Outcome.FAIL}
    duty = session().query(InvigilatorDuty).filter_by(sitting_id=sitting.id).one()
    states = {Outcome.ABSENT: EntryState.ABSENT, Outcome.DISQUALIFIED: EntryState.DISQUALIFIED}
    entry = _flushed(
        Entry(
            sitting_id=sitting.id,
            enrolment_id=enrolment.id,
            retake_of_id=retake_of.id if retake_of else None,
            attempt_number=2 if retake_of else 1,
            room_id=duty.room_id,
            seat=seat,
            ticket_number=f"T{next(_numbers):08d}",
            state=states.get(outcome, EntryState.CHECKED_IN),
            eligibility={},
            checked_in_by_id=city.staff["chief"].id if sat else None,
            checked_in_at=now if sat else None,
            created_at=now,
        )
    )
    attempt = (
        _flushed(
            Attempt(
                entry_id=entry.id,
                sitting_id=sitting.id,
                paper_id=paper.id,
                state=AttemptState.SUBMITTED,
                started_at=sitting.starts_at,
                deadline_at=sitting.ends_at,
                submitted_at=sitting.ends_at,
                responses_digest="d" * 64,
            )
        )
        if sat
        else None
    )
    totals = {Outcome.PASS: Decimal(86), Outcome.FAIL: Decimal(61)}
    return _flushed(
        Result(
            entry_id=entry.id,
            attempt_id=attempt.id if attempt else None,
            total=totals.get(outcome),
            full_marks=100,
            pass_mark=Decimal(80),
            outcome=outcome,
            state=ResultState.RELEASED if released else ResultState.CONFIRMED,
            marked_by_id=city.staff["marker"].id,
            marked_at=now,
            confirmed_by_id=city.staff["checker"].id,
            confirmed_at=now,
            released_by_id=city.staff["publisher"].id if released else None,
            released_at=now if released else None,
        )
    )


def make_certificate(
    city: City, result: Result, *, state: CertificateState = CertificateState.VALID
) -> Certificate:
    """Return a certificate of a passed result, signed unless only intended."""
    serial = next(_numbers)
    signed = state is not CertificateState.INTENDED
    today = clock.today()
    return _flushed(
        Certificate(
            enrolment_id=result.entry.enrolment_id,
            result_id=result.id,
            authority_id=city.authority.id,
            year=today.year,
            serial=serial,
            number=f"230700-{today.year}-{serial:05d}",
            fields={},
            state=state,
            status_list=1,
            status_index=serial,
            issued_on=today,
            expires_on=today.replace(year=today.year + 3),
            key_id="k1" if signed else None,
            record=b"record" if signed else None,
            prepared_by_id=city.staff["officer"].id,
            prepared_at=clock.now(),
            signed_by_id=city.staff["approver"].id if signed else None,
            signed_at=clock.now() if signed else None,
        )
    )


def _flushed(row: Row) -> Row:
    session().add(row)
    session().flush()
    return row
