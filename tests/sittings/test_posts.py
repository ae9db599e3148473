"""Posts and the opening: who supervises, and when the exam may begin."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from exam_app.access.terms import Role
from exam_app.audit.models import AuditHead
from exam_app.core.db import session, transaction
from exam_app.core.errors import NotAllowed, RuleBroken
from exam_app.people.models import Recusal
from exam_app.people.terms import TieKind
from exam_app.sittings import queries, service
from exam_app.sittings.terms import InvigilationRole, SittingState
from tests.conftest import Clock
from tests.factories.people import make_actor, make_organisation_tie, make_person_tie, make_staff
from tests.factories.sittings import (
    World,
    enter,
    make_open,
    make_sitting,
    make_world,
    ready,
    staff,
)
from tests.sittings.steps import (
    INVIGILATOR,
    assign,
    check_in,
    sitting_of,
)


def test_an_invigilator_tied_to_the_provider_is_refused(world: World) -> None:
    """Employee, owner, lecturer: nobody of the provider supervises, and the clause is said."""
    make_sitting(world)
    for number, kind in enumerate((TieKind.EMPLOYEE, TieKind.OWNER, TieKind.LECTURER)):
        with transaction():
            make_person_tie(world.invigilators[number].person, world.provider, kind)
        with pytest.raises(RuleBroken, match="posting-tied") as refused:
            assign(world, world.invigilators[number])
        assert "监考" in refused.value.facts["clause"]


def test_the_staff_of_a_bound_county_is_refused(world: World) -> None:
    """An organisation bound to the provider takes its people out of the exam room."""
    make_sitting(world)
    with transaction():
        make_organisation_tie(world.county, world.provider)
    with pytest.raises(RuleBroken, match="posting-tied"):
        assign(world, world.chief, InvigilationRole.CHIEF)


def test_candidates_and_their_kin_do_not_supervise(world: World) -> None:
    """A candidate, and who is recused from one, is refused."""
    make_sitting(world)
    with transaction():
        candidate = make_staff(
            Role.INVIGILATOR, organisation=world.county, person=world.enrolments[0].person
        )
        session().add(
            Recusal(
                person_id=world.enrolments[1].person_id,
                other_person_id=world.invigilators[0].person_id,
                reason="近亲属",
                from_on=world.training_class.project.from_on,
            )
        )
    for account in (candidate, world.invigilators[0]):
        with pytest.raises(RuleBroken, match="posting-candidate"):
            assign(world, account)


def test_the_post_needs_the_role(world: World) -> None:
    """A custodian does not supervise, an invigilator is no chief, a disabled account nothing."""
    make_sitting(world)
    with pytest.raises(RuleBroken, match="posting-no-duty"):
        assign(world, world.site_custodian)
    with pytest.raises(RuleBroken, match="posting-no-duty"):
        assign(world, world.invigilators[0], InvigilationRole.CHIEF)
    with transaction():
        world.invigilators[1].is_active = False
    with pytest.raises(RuleBroken, match="posting-no-duty"):
        assign(world, world.invigilators[1])


def test_nobody_supervises_twice_at_once(world: World) -> None:
    """The same person is posted once, and not elsewhere at an overlapping time."""
    make_sitting(world)
    assign(world, world.invigilators[0])
    with pytest.raises(RuleBroken, match="invigilator-twice"):
        assign(world, world.invigilators[0])
    other = make_world(seed="（二）")
    other.county, other.invigilators = world.county, world.invigilators
    make_sitting(other, starts="2025-03-12 11:30")
    with pytest.raises(RuleBroken, match="invigilator-busy"):
        assign(other, world.invigilators[0])
    assign(other, world.invigilators[1])


def test_rooms_belong_to_the_site(world: World) -> None:
    """A room of another site is refused."""
    make_sitting(world)
    other = make_world(seed="（二）")
    world.rooms = other.rooms
    with pytest.raises(RuleBroken, match="room-elsewhere"):
        assign(world, world.invigilators[0])


def test_posts_are_given_by_the_administrator(world: World) -> None:
    """A chief posts nobody."""
    make_sitting(world)
    with pytest.raises(NotAllowed), transaction():
        service.assign_invigilator(
            sitting_of(world),
            room=world.rooms[0],
            account=world.invigilators[0],
            role=INVIGILATOR,
            actor=world.actor(world.chief),
        )


def test_a_post_is_taken_back_before_the_exam(world: World, clock: Clock) -> None:
    """Released before anybody is let in; not after, and not by another sitting's number."""
    ready(world)
    assign(world, world.invigilators[1])
    admin = world.actor(world.admin)
    duty = queries.duty_of(sitting_of(world).id, world.invigilators[1].id)
    assert duty is not None
    with transaction():
        service.release_invigilator(duty, sitting_of(world), actor=admin)
    assert queries.duty_of(sitting_of(world).id, world.invigilators[1].id) is None
    clock.set("2025-03-12 08:10")
    check_in(world, world.entries[0], world.chief)
    chief = queries.duty_of(sitting_of(world).id, world.chief.id)
    assert chief is not None
    with pytest.raises(RuleBroken, match="invigilator-acted"), transaction():
        service.release_invigilator(chief, sitting_of(world), actor=admin)


def test_the_chief_opens_in_the_window(world: World, clock: Clock) -> None:
    """Open from the paper's opening time on, with a stream of its own in the trail."""
    sitting = ready(world)
    clock.set("2025-03-12 08:29")
    with pytest.raises(RuleBroken, match="opening-early"), transaction():
        service.open_sitting(sitting, actor=world.actor(world.chief))
    make_open(world, clock.set, at="2025-03-12 08:30")
    assert sitting.state is SittingState.OPEN
    streams = session().scalars(select(AuditHead.stream)).all()
    assert len(streams) == 2
    with pytest.raises(RuleBroken, match="sitting-is-open"), transaction():
        service.open_sitting(sitting, actor=world.actor(world.chief))


def test_only_the_chief_of_the_sitting_opens(world: World, clock: Clock) -> None:
    """An invigilator, and a chief of elsewhere, do not open it."""
    sitting = ready(world)
    clock.set("2025-03-12 08:40")
    with transaction():
        stranger = make_actor(Role.CHIEF, organisation=world.county)
    for actor in (world.actor(world.invigilators[0]), stranger):
        with pytest.raises(NotAllowed), transaction():
            service.open_sitting(sitting, actor=actor)


def test_no_exam_opens_without_sealed_papers(world: World, clock: Clock) -> None:
    """A planned sitting does not open."""
    sitting = make_sitting(world)
    enter(world)
    staff(world)
    clock.set("2025-03-12 08:40")
    with pytest.raises(RuleBroken, match="sitting-is-planned"), transaction():
        service.open_sitting(sitting, actor=world.actor(world.chief))


def test_each_room_has_its_invigilators(app: Flask, clock: Clock) -> None:
    """A room with one invigilator keeps the exam shut, and is named."""
    world = make_world(6, rooms=(3, 3))
    sitting = make_sitting(world)
    enter(world)
    assign(world, world.chief, InvigilationRole.CHIEF)
    assign(world, world.invigilators[0])
    assign(world, world.invigilators[1], room=1)
    with transaction():
        service.paper_ready(sitting, actor=world.actor(world.site_custodian))
    clock.set("2025-03-12 08:40")
    with pytest.raises(RuleBroken, match="rooms-short") as refused, transaction():
        service.open_sitting(sitting, actor=world.actor(world.chief))
    assert refused.value.facts["rooms"] == "第2考场"
    assign(world, world.invigilators[2], room=1)
    with transaction():
        service.open_sitting(sitting, actor=world.actor(world.chief))


def test_an_invigilator_tied_since_does_not_count(world: World, clock: Clock) -> None:
    """The walls are asked again at the opening."""
    sitting = ready(world)
    with transaction():
        make_person_tie(world.invigilators[0].person, world.provider)
    clock.set("2025-03-12 08:40")
    with pytest.raises(RuleBroken, match="rooms-short"), transaction():
        service.open_sitting(sitting, actor=world.actor(world.chief))
