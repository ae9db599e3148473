"""Planning: sites, the sitting of a class, custodians of three organisations."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit.models import AuditEntry
from exam_app.core import clock as time
from exam_app.core.db import session, transaction
from exam_app.core.errors import BadInput, DutyConflict, Missing, NotAllowed, RuleBroken
from exam_app.people.models import Account
from exam_app.people.terms import TieKind
from exam_app.sittings import queries, service
from exam_app.sittings.models import Sitting
from exam_app.sittings.terms import SittingKind, SittingMode, SittingState
from exam_app.training.terms import ClassState
from tests.conftest import Clock
from tests.factories.people import (
    make_actor,
    make_organisation,
    make_organisation_tie,
    make_person_tie,
    make_staff,
)
from tests.factories.sittings import START, World, enter, make_sitting, make_world, ready

Kind = OrganisationKind


def schedule(world: World, **over: Any) -> Sitting:
    """Schedule the world's sitting with some things changed."""
    values: dict[str, Any] = {
        "site": world.site,
        "kind": SittingKind.FIRST,
        "mode": SittingMode.PAPER,
        "starts_at": time.at_local(START),
        "authority_custodian": world.authority_custodian,
        "site_custodian": world.site_custodian,
        "reserve_custodian": world.reserve_custodian,
        "actor": world.actor(world.admin),
    }
    with transaction():
        return service.schedule(world.training_class, **values | over)


def custodian(kind: OrganisationKind, **how: Any) -> Account:
    """Return a custodian of a new organisation."""
    with transaction():
        return make_staff(Role.CUSTODIAN, organisation=make_organisation(kind, **how))


def test_a_sitting_has_its_window(world: World) -> None:
    """The paper's opening and the end follow from the start and the profile."""
    sitting = schedule(world)
    assert sitting.state is SittingState.PLANNED
    assert f"{time.local(sitting.opens_at):%H:%M}" == "08:30"
    assert f"{time.local(sitting.ends_at):%H:%M}" == "11:00"
    assert queries.custodians_of(sitting) == (
        world.authority_custodian.id,
        world.site_custodian.id,
        world.reserve_custodian.id,
    )


def test_planning_leaves_a_trace(world: World) -> None:
    """Each step of the plan is one entry of the trail."""
    ready(world)
    actions = list(
        session().scalars(
            select(AuditEntry.action)
            .where(AuditEntry.action.startswith("sittings:"))
            .order_by(AuditEntry.seq)
        )
    )
    assert actions == [
        "sittings:sitting:plan",
        "sittings:entry:enter",
        "sittings:invigilator:assign",
        "sittings:invigilator:assign",
        "sittings:sitting:ready",
    ]


def test_a_class_has_one_first_sitting(world: World) -> None:
    """A second first sitting of a class is refused."""
    schedule(world)
    with pytest.raises(RuleBroken, match="sitting-known"):
        schedule(world)


def test_a_retake_waits_for_the_first(world: World) -> None:
    """A retake before the first exam is over is refused."""
    with pytest.raises(RuleBroken, match="first-not-over"):
        schedule(world, kind=SittingKind.RETAKE)
    schedule(world)
    with pytest.raises(RuleBroken, match="first-not-over"):
        schedule(world, kind=SittingKind.RETAKE)


def test_hours_come_first(world: World) -> None:
    """A class whose hours are not verified has no sitting."""
    with transaction():
        world.training_class.state = ClassState.SUBMITTED
    with pytest.raises(RuleBroken, match="hours-not-verified"):
        schedule(world)


def test_the_past_is_refused(world: World) -> None:
    """A sitting begins in the future."""
    with pytest.raises(BadInput, match="sitting-starts-past"):
        schedule(world, starts_at=time.now())


@pytest.mark.parametrize("role", [Role.CHIEF, Role.PAPER_SETTER, Role.SYSADMIN, Role.OVERSEER])
def test_only_an_exam_administrator_schedules(world: World, role: Role) -> None:
    """Other duties of the authority do not schedule."""
    with transaction():
        actor = make_actor(role, organisation=world.authority)
    with pytest.raises(NotAllowed):
        schedule(world, actor=actor)


def test_the_provider_does_not_schedule(world: World) -> None:
    """Wall W1: an account of the provider is refused whatever its role."""
    with transaction():
        actor = make_actor(Role.EXAM_ADMIN, organisation=world.provider)
    with pytest.raises(DutyConflict, match="wall-w1"):
        schedule(world, actor=actor)


def test_who_is_tied_to_the_provider_does_not_schedule(world: World) -> None:
    """Wall W3: an administrator employed by the provider within a year is refused."""
    with transaction():
        make_person_tie(world.admin.person, world.provider)
    with pytest.raises(DutyConflict, match="wall-w3"):
        schedule(world)


def test_a_site_of_the_provider_is_refused(world: World) -> None:
    """A site kept by somebody bound to the provider is none for its class."""
    with transaction():
        make_organisation_tie(world.county, world.provider, TieKind.OWNER)
    with pytest.raises(RuleBroken, match="site-tied") as refused:
        schedule(world)
    assert refused.value.facts["clause"]


def test_custodians_come_from_three_organisations(world: World) -> None:
    """Two custodians of one organisation are refused."""
    with transaction():
        colleague = make_staff(Role.CUSTODIAN, organisation=world.county)
    with pytest.raises(RuleBroken, match="custodians-together"):
        schedule(world, reserve_custodian=colleague)
    with pytest.raises(RuleBroken, match="custodians-together"):
        schedule(world, reserve_custodian=world.authority_custodian)


def test_custodians_stand_for_authority_and_site(world: World) -> None:
    """The first serves the authority, the second the keeper of the site."""
    other = custodian(Kind.COUNTY_EM, division_code="230781")
    with pytest.raises(RuleBroken, match="custodian-not-authority"):
        schedule(world, authority_custodian=other)
    with pytest.raises(RuleBroken, match="custodian-not-site"):
        schedule(world, site_custodian=other)


def test_a_tied_custodian_is_refused(world: World) -> None:
    """Nobody bound to the provider holds the paper's key."""
    with transaction():
        make_person_tie(world.reserve_custodian.person, world.provider, TieKind.LECTURER)
    with pytest.raises(RuleBroken, match="posting-tied") as refused:
        schedule(world)
    assert refused.value.facts["field"] == "reserve_custodian"
    assert "严禁委托施教单位" in refused.value.facts["clause"]


def test_a_candidate_holds_no_key(world: World) -> None:
    """A custodian who is on the roster is refused."""
    with transaction():
        person = world.enrolments[0].person
        candidate = make_staff(Role.CUSTODIAN, organisation=world.agency, person=person)
    with pytest.raises(RuleBroken, match="posting-candidate"):
        schedule(world, reserve_custodian=candidate)


def test_a_custodian_holds_the_role(world: World) -> None:
    """An account without the duty is refused."""
    with pytest.raises(RuleBroken, match="posting-no-duty"):
        schedule(world, reserve_custodian=world.invigilators[0])


def test_another_citys_custodian_is_refused(world: World) -> None:
    """A custodian serves in the region of the class."""
    stranger = custodian(Kind.COUNTY_EM, division_code="370303")
    with pytest.raises(RuleBroken, match="posting-elsewhere"):
        schedule(world, reserve_custodian=stranger)


def test_sites_and_rooms_are_registered(world: World) -> None:
    """The exam administrator registers sites of the region and their rooms."""
    actor = world.actor(world.admin)
    with transaction():
        site = service.register_site(
            organisation=world.agency, name="嘉荫考点", address="嘉荫县", actor=actor
        )
        service.register_room(site, name="第1考场", seats=20, actor=actor)
    assert [room.seats for room in queries.rooms_of(site.id)] == [20]
    assert site in queries.sites_for(actor)


@pytest.mark.parametrize("kind", [Kind.PROVIDER, Kind.ENTERPRISE, Kind.OWNER])
def test_who_does_not_examine_keeps_no_site(world: World, kind: OrganisationKind) -> None:
    """A provider or an enterprise keeps no site."""
    with transaction():
        keeper = make_organisation(kind)
    with pytest.raises(RuleBroken, match="site-keeper"), transaction():
        service.register_site(
            organisation=keeper, name="某考点", address="", actor=world.actor(world.admin)
        )


def test_names_of_sites_and_rooms_are_single(world: World) -> None:
    """A name is taken once; a room has seats."""
    actor = world.actor(world.admin)
    with pytest.raises(RuleBroken, match="site-known"), transaction():
        service.register_site(
            organisation=world.county, name=world.site.name, address="", actor=actor
        )
    with pytest.raises(RuleBroken, match="room-known"), transaction():
        service.register_room(world.site, name="第1考场", seats=3, actor=actor)
    with pytest.raises(BadInput, match="room-seats"), transaction():
        service.register_room(world.site, name="第9考场", seats=0, actor=actor)


def test_a_keeper_of_another_city_is_not_there(world: World) -> None:
    """An organisation of another city can't be chosen."""
    with transaction():
        far = make_organisation(Kind.COUNTY_EM, division_code="370303")
    with pytest.raises(Missing), transaction():
        service.register_site(
            organisation=far, name="远方考点", address="", actor=world.actor(world.admin)
        )


def test_papers_are_ready_once_somebody_is_entered(world: World) -> None:
    """A sitting without candidates can't be ready; a custodian of it says so, once."""
    sitting = make_sitting(world)
    custodian_actor = world.actor(world.site_custodian)
    with pytest.raises(RuleBroken, match="nobody-entered"), transaction():
        service.paper_ready(sitting, actor=custodian_actor)
    enter(world)
    with transaction():
        stranger = make_actor(Role.CUSTODIAN, organisation=world.county)
    with pytest.raises(DutyConflict, match="duty-assigned"), transaction():
        service.paper_ready(sitting, actor=stranger)
    with transaction():
        service.paper_ready(sitting, actor=custodian_actor)
    assert sitting.state is SittingState.READY
    with pytest.raises(RuleBroken, match="sitting-is-ready"), transaction():
        service.paper_ready(sitting, actor=custodian_actor)


def test_each_sees_their_own_sittings(world: World) -> None:
    """Another city, a provider and strangers do not find the sitting (404)."""
    sitting = make_sitting(world)
    other = make_world(seed="（二）")
    with transaction():
        far = make_organisation(Kind.CITY_EM, division_code="370300")
        strangers = [
            make_actor(Role.EXAM_ADMIN, organisation=far),
            make_actor(Role.TRAINING_MANAGER, organisation=world.provider),
            make_actor(Role.ENTERPRISE_CONTACT, organisation=world.enterprises[0]),
            make_actor(Role.CHIEF, organisation=other.agency),
        ]
    for actor in strangers:
        with pytest.raises(Missing):
            queries.get_sitting(sitting.id, actor)
        assert sitting not in queries.sittings_for(actor)
    for account in (world.admin, world.site_custodian, world.reserve_custodian, world.chief):
        assert queries.get_sitting(sitting.id, world.actor(account)) is sitting


def test_who_is_tied_does_not_see_the_sitting(world: World) -> None:
    """A person bound to the provider is refused the page and the line in the list."""
    sitting = make_sitting(world)
    with transaction():
        make_person_tie(world.chief.person, world.provider)
    actor = world.actor(world.chief)
    with pytest.raises(DutyConflict, match="wall-w3"):
        queries.see_sitting(sitting.id, actor)
    assert queries.sittings_for(actor) == []


def test_an_agency_needs_its_entrustment(app: Flask, clock: Clock) -> None:
    """An agency that nobody entrusted schedules nothing."""
    world = make_world()
    with transaction():
        agency = make_organisation(Kind.AGENCY)
        actor = make_actor(Role.EXAM_ADMIN, organisation=agency)
    with pytest.raises(DutyConflict, match="wall-w9"):
        schedule(world, actor=actor)
