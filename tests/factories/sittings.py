"""Sittings with the smallest honest story behind them: a class whose hours are verified."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from exam_app.access.actor import Actor
from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit import SYSTEM, Action, record
from exam_app.core import clock
from exam_app.core.db import Row, session, transaction
from exam_app.people.models import Account, Organisation
from exam_app.policy.loader import resolve
from exam_app.sittings import queries, service
from exam_app.sittings.models import Entry, Room, Site, Sitting
from exam_app.sittings.terms import InvigilationRole, SittingKind, SittingMode, SittingState
from exam_app.training.models import Eligibility, Enrolment, TrainingClass, TrainingProject
from exam_app.training.terms import ClassState, EligibilityState, PersonnelCategory
from tests.factories.people import (
    actor_of,
    make_account,
    make_organisation,
    make_person,
    make_staff,
)

Kind = OrganisationKind
PROFILE = "cn-hlj-yichun-2025"
START = "2025-03-12 09:00"


@dataclass
class World:
    """A city with one verified class, a site and everybody who examines it."""

    authority: Organisation
    county: Organisation
    agency: Organisation
    provider: Organisation
    enterprises: list[Organisation]
    admin: Account
    authority_custodian: Account
    site_custodian: Account
    reserve_custodian: Account
    chief: Account
    invigilators: list[Account]
    training_class: TrainingClass
    enrolments: list[Enrolment]
    site: Site
    rooms: list[Room]
    sitting: Sitting | None = None
    entries: list[Entry] = field(default_factory=list)

    def actor(self, account: Account) -> Actor:
        """Return the actor an account makes now."""
        return actor_of(account)

    def candidate(self, number: int = 0) -> Account:
        """Return an account of one of the candidates."""
        return make_account(person=self.enrolments[number].person)


def make_world(
    people: int = 6, *, enterprises: int = 3, rooms: tuple[int, ...] = (30,), seed: str = ""
) -> World:
    """Return a world up to the verified class, committed."""
    with transaction():
        authority = make_organisation(Kind.CITY_EM, name=f"伊春市应急管理局{seed}")
        county = make_organisation(
            Kind.COUNTY_EM, name=f"友好区应急管理局{seed}", division_code="230719"
        )
        agency = make_organisation(
            Kind.COUNTY_EM, name=f"嘉荫县应急管理局{seed}", division_code="230722"
        )
        provider = make_organisation(Kind.PROVIDER, name=f"远山培训学校{seed}")
        firms = [
            make_organisation(Kind.ENTERPRISE, name=f"{number}号矿业有限公司{seed}")
            for number in range(1, enterprises + 1)
        ]
        admin = make_staff(Role.EXAM_ADMIN, organisation=authority)
        training_class = make_class(authority, provider)
        enrolments = [
            make_enrolment(training_class, firms[number % enterprises]) for number in range(people)
        ]
        site = Site(organisation_id=county.id, name=f"友好区考点{seed}", address="友好区新兴街1号")
        session().add(site)
        session().flush()
        made = [Room(site_id=site.id, name=f"第{n}考场", seats=s) for n, s in enumerate(rooms, 1)]
        session().add_all(made)
        session().flush()
        return World(
            authority=authority,
            county=county,
            agency=agency,
            provider=provider,
            enterprises=firms,
            admin=admin,
            authority_custodian=make_staff(Role.CUSTODIAN, organisation=authority),
            site_custodian=make_staff(Role.CUSTODIAN, organisation=county),
            reserve_custodian=make_staff(Role.CUSTODIAN, organisation=agency),
            chief=make_staff(Role.CHIEF, organisation=county),
            invigilators=[make_staff(Role.INVIGILATOR, organisation=county) for _ in range(3)],
            training_class=training_class,
            enrolments=enrolments,
            site=site,
            rooms=made,
        )


def make_class(
    authority: Organisation, provider: Organisation, *, state: ClassState = ClassState.VERIFIED
) -> TrainingClass:
    """Return a class of the provider under the Yichun notice, its hours verified."""
    planner = make_staff(Role.TRAINING_MANAGER, organisation=provider)
    overseer = make_staff(Role.OVERSEER, organisation=authority)
    policy = resolve(PROFILE, None)
    project = TrainingProject(
        authority_id=authority.id,
        name=f"矿山工伤预防培训{provider.id}",
        profile_id=PROFILE,
        industries=["mining"],
        division_code=authority.division_code,
        from_on=dt.date(2025, 1, 1),
        until_on=dt.date(2025, 12, 31),
        to_train={"team_leader": 131},
        created_at=clock.now(),
    )
    session().add(project)
    session().flush()
    verified = state is ClassState.VERIFIED
    training_class = TrainingClass(
        project_id=project.id,
        provider_id=provider.id,
        code=f"BZ-{project.id:02d}",
        name="矿山班组长第1期",
        category=PersonnelCategory.TEAM_LEADER,
        industry="mining",
        profile_id=PROFILE,
        policy=policy.to_json(),
        policy_digest=policy.digest,
        state=state,
        planned_by_id=planner.id,
        planned_at=clock.now(),
        verified_by_id=overseer.id if verified else None,
        verified_at=clock.now() if verified else None,
    )
    session().add(training_class)
    session().flush()
    return training_class


def make_enrolment(
    training_class: TrainingClass,
    enterprise: Organisation,
    *,
    state: EligibilityState = EligibilityState.ELIGIBLE,
    name: str | None = None,
) -> Enrolment:
    """Return a person on the roster with the decision on them."""
    enrolment = Enrolment(
        class_id=training_class.id,
        person_id=make_person(name=name).id,
        enterprise_id=enterprise.id,
        category=training_class.category,
        real_name=True,
        created_at=clock.now(),
    )
    session().add(enrolment)
    session().flush()
    decision = Eligibility(
        enrolment_id=enrolment.id,
        state=state,
        hours_online=Decimal(8),
        hours_offline=Decimal(16),
        hours_practical=Decimal(8),
        hours_credited=Decimal(24),
        findings=[],
        decided_by_id=training_class.planned_by_id,
        decided_at=clock.now(),
    )
    session().add(decision)
    record_fixture(enrolment)
    return enrolment


def record_fixture(row: Row) -> None:
    """Let the trail vouch for rows a factory built."""
    record(Action.HOURS_VERIFIED, SYSTEM, row)


def make_sitting(
    world: World, *, starts: str = START, mode: SittingMode = SittingMode.PAPER
) -> Sitting:
    """Return the world's first sitting, planned."""
    with transaction():
        world.sitting = service.schedule(
            world.training_class,
            site=world.site,
            kind=SittingKind.FIRST,
            mode=mode,
            starts_at=clock.at_local(starts),
            authority_custodian=world.authority_custodian,
            site_custodian=world.site_custodian,
            reserve_custodian=world.reserve_custodian,
            actor=world.actor(world.admin),
        )
    return world.sitting


def enter(world: World) -> list[Entry]:
    """Enter the world's class and return its entries by seat."""
    assert world.sitting is not None
    with transaction():
        world.entries = service.enter_class(world.sitting, actor=world.actor(world.admin))
    return world.entries


def staff(world: World, *accounts: Account) -> None:
    """Post a chief and an invigilator to each room in use (the first with the chief)."""
    assert world.sitting is not None
    rooms = sorted({entry.room_id for entry in world.entries}) or [world.rooms[0].id]
    posts: list[tuple[int, Account, InvigilationRole]] = [
        (rooms[0], world.chief, InvigilationRole.CHIEF),
        (rooms[0], world.invigilators[0], InvigilationRole.INVIGILATOR),
    ]
    for room_id in rooms[1:]:
        with transaction():
            pair = [make_staff(Role.INVIGILATOR, organisation=world.county) for _ in range(2)]
        posts += [(room_id, each, InvigilationRole.INVIGILATOR) for each in pair]
    by_id = {room.id: room for room in world.rooms}
    for room_id, account, role in posts:
        with transaction():
            service.assign_invigilator(
                world.sitting,
                room=by_id[room_id],
                account=account,
                role=role,
                actor=world.actor(world.admin),
            )


def ready(world: World) -> Sitting:
    """Return the world's sitting entered, staffed, papers said to be sealed."""
    sitting = world.sitting or make_sitting(world)
    if not world.entries:
        enter(world)
    if not queries.posted_at(sitting.id):
        staff(world)
    with transaction():
        return service.paper_ready(sitting, actor=world.actor(world.authority_custodian))


def make_open(
    world: World, move: Callable[[str], None], *, at: str = "2025-03-12 08:40"
) -> Sitting:
    """Return the sitting open; ``move`` sets the clock to a local time (``clock.set``)."""
    sitting = world.sitting or make_sitting(world)
    if sitting.state is SittingState.PLANNED:
        ready(world)
    move(at)
    with transaction():
        return service.open_sitting(sitting, actor=world.actor(world.chief))


def let_in(world: World, *entries: Entry) -> None:
    """Check candidates in by the chief."""
    for entry in entries:
        with transaction():
            service.check_in(
                entry,
                id_tail=entry.enrolment.person.id_tail,
                actor=world.actor(world.chief),
            )
