"""The exam room: posts, opening, check-in, incidents, the end."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select

from exam_app.access.terms import Role
from exam_app.audit.models import AuditEntry, AuditHead
from exam_app.audit.verify import verify
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import BadInput, DutyConflict, Missing, NotAllowed, RuleBroken
from exam_app.people.models import Account, Recusal
from exam_app.people.terms import TieKind
from exam_app.sittings import queries, service
from exam_app.sittings.models import Entry, Incident, Sitting
from exam_app.sittings.terms import EntryState, IncidentKind, InvigilationRole, SittingState
from tests.conftest import Clock
from tests.factories.people import make_actor, make_organisation_tie, make_person_tie, make_staff
from tests.factories.sittings import (
    World,
    enter,
    let_in,
    make_open,
    make_sitting,
    make_world,
    ready,
    staff,
)
from tests.sittings.test_photo import picture

INVIGILATOR = InvigilationRole.INVIGILATOR


def sitting_of(world: World) -> Sitting:
    """Return the world's sitting."""
    assert world.sitting is not None
    return world.sitting


def assign(
    world: World, account: Account, role: InvigilationRole = INVIGILATOR, room: int = 0
) -> None:
    """Post an account to a room of the world."""
    with transaction():
        service.assign_invigilator(
            sitting_of(world),
            room=world.rooms[room],
            account=account,
            role=role,
            actor=world.actor(world.admin),
        )


def check_in(world: World, entry: Entry, account: Account, tail: str | None = None) -> Entry:
    """Check a candidate in by an account."""
    with transaction():
        return service.check_in(
            entry, id_tail=tail or entry.enrolment.person.id_tail, actor=world.actor(account)
        )


def report(
    world: World, kind: IncidentKind, entry: Entry | None = None, by: Account | None = None
) -> Incident:
    """Report an incident by the first invigilator."""
    with transaction():
        return service.report_incident(
            sitting_of(world),
            kind=kind,
            description="考试中发现。",
            entry=entry,
            actor=world.actor(by or world.invigilators[0]),
        )


def countersign(
    world: World, incident: Incident, *, by: Account | None = None, agree: bool = True
) -> None:
    """Sign an incident by the chief."""
    with transaction():
        service.countersign_incident(
            incident, agree=agree, actor=world.actor(by or world.chief)
        )


def close(world: World, *, scripts: int | None = None, second: Account | None = None) -> None:
    """Close the world's sitting by its chief."""
    with transaction():
        service.close_sitting(
            sitting_of(world),
            scripts=queries.present(world.entries) if scripts is None else scripts,
            second=world.actor(second or world.invigilators[0]),
            actor=world.actor(world.chief),
        )


# ---- posts


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


# ---- opening


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


# ---- check-in


def test_a_candidate_is_let_in_once(opened: World) -> None:
    """The second time changes nothing and leaves no second trace."""
    entry = opened.entries[0]
    check_in(opened, entry, opened.invigilators[0])
    at, by = entry.checked_in_at, entry.checked_in_by_id
    check_in(opened, entry, opened.chief)
    assert (entry.state, entry.checked_in_at, entry.checked_in_by_id) == (
        EntryState.CHECKED_IN, at, by,
    )  # fmt: skip
    query = select(func.count(AuditEntry.seq)).where(AuditEntry.action == "sittings:entry:check-in")
    assert session().scalar(query) == 1


def test_two_doors_at_once_let_in_once(app: Flask, opened: World) -> None:
    """Two invigilators press at the same moment: one check-in, one trace."""
    entry_id, tail = opened.entries[0].id, opened.entries[0].enrolment.person.id_tail
    actors = [opened.actor(opened.chief), opened.actor(opened.invigilators[0])]
    session().rollback()
    gate = threading.Barrier(2)
    found: list[str] = []

    def run(number: int) -> None:
        with app.app_context():
            gate.wait()
            with transaction():
                entry = session().get(Entry, entry_id)
                assert entry is not None
                found.append(service.check_in(entry, id_tail=tail, actor=actors[number]).state)
            db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session().rollback()
    assert found == ["checked_in", "checked_in"]
    query = select(func.count(AuditEntry.seq)).where(AuditEntry.action == "sittings:entry:check-in")
    assert session().scalar(query) == 1


@pytest.mark.parametrize(
    ("at", "code"), [("2025-03-12 07:59", "check-in-early"), ("2025-03-12 09:31", "check-in-late")]
)
def test_the_doors_have_their_hours(world: World, clock: Clock, at: str, code: str) -> None:
    """Too early and too late are refused with the setting's source; the entry stays as it was."""
    ready(world)
    clock.set(at)
    with pytest.raises(RuleBroken, match=code) as refused:
        check_in(world, world.entries[0], world.chief)
    assert "本地设定" in refused.value.facts["clause"]
    assert world.entries[0].state is EntryState.ENTERED


def test_another_id_card_is_refused(opened: World) -> None:
    """Tails that differ do not let in."""
    entry = opened.entries[0]
    wrong = f"{(int(entry.enrolment.person.id_tail[:3]) + 1) % 1000:03d}5"
    with pytest.raises(RuleBroken, match="id-tail-differs"):
        check_in(opened, entry, opened.chief, tail=wrong)
    assert entry.state is EntryState.ENTERED


def test_the_photo_is_kept_with_its_digest(opened: World) -> None:
    """A photo is kept small, with a digest the trail vouches for; a broken one refuses."""
    entry = opened.entries[0]
    tail, actor = entry.enrolment.person.id_tail, opened.actor(opened.chief)
    with pytest.raises(BadInput, match="photo-unreadable"), transaction():
        service.check_in(entry, id_tail=tail, photo=b"no photo", actor=actor)
    assert entry.state is EntryState.ENTERED
    with transaction():
        service.check_in(entry, id_tail=tail, photo=picture(), actor=actor)
    assert entry.photo is not None
    assert entry.photo[:2] == b"\xff\xd8"
    assert len(entry.photo_digest or "") == 64


def test_who_supervises_lets_in(opened: World) -> None:
    """Administrators, custodians, strangers and people tied since are refused at the door."""
    with transaction():
        stranger = make_staff(Role.INVIGILATOR, organisation=opened.county)
        make_person_tie(opened.invigilators[0].person, opened.provider)
    for account in (opened.admin, opened.site_custodian, stranger, opened.invigilators[0]):
        with pytest.raises(NotAllowed):
            check_in(opened, opened.entries[0], account)


def test_an_invigilator_serves_one_room(app: Flask, clock: Clock) -> None:
    """The invigilator of the next room does not let in; the chief does everywhere."""
    world = make_world(6, rooms=(3, 3))
    make_open(world, clock.set)
    second_room = [entry for entry in world.entries if entry.room_id == world.rooms[1].id]
    with pytest.raises(DutyConflict, match="duty-assigned"):
        check_in(world, second_room[0], world.invigilators[0])
    check_in(world, second_room[0], world.chief)


def test_doubts_are_decided_by_two(opened: World) -> None:
    """Let in or turned away by the chief with a second invigilator and a reason."""
    first, second = opened.entries[:2]
    chief, other = opened.actor(opened.chief), opened.actor(opened.invigilators[0])

    def decide(entry: Entry, *, admit: bool = True, **over: object) -> None:
        values = {"reason": "临时身份证，单位证明", "second": other, "actor": chief}
        with transaction():
            service.decide_identity(entry, admit=admit, **(values | over))  # type: ignore[arg-type]

    with pytest.raises(DutyConflict, match="duty-two"):
        decide(first, second=chief)
    with pytest.raises(DutyConflict, match="duty-reason"):
        decide(first, reason=" ")
    with pytest.raises(NotAllowed):
        decide(first, actor=other, second=chief)
    with transaction():
        stranger = make_actor(Role.INVIGILATOR, organisation=opened.county)
    with pytest.raises(RuleBroken, match="second-not-assigned"):
        decide(first, second=stranger)
    with pytest.raises(BadInput, match="id-number-in-trail"):
        decide(first, reason="证件号 230702198503120019")
    decide(first)
    decide(second, admit=False)
    assert first.state is EntryState.CHECKED_IN
    assert second.state is EntryState.ENTERED
    decide(second, reason="证件已补齐")
    assert second.state is EntryState.CHECKED_IN


def test_more_time_is_given_by_two(opened: World, clock: Clock) -> None:
    """The chief and a second invigilator extend the exam, with a reason, while it runs."""
    sitting = sitting_of(opened)
    chief, other = opened.actor(opened.chief), opened.actor(opened.invigilators[0])
    with pytest.raises(DutyConflict, match="duty-two"), transaction():
        service.extend_sitting(sitting, minutes=10, reason="停电", second=chief, actor=chief)
    with pytest.raises(BadInput, match="extension-size"), transaction():
        service.extend_sitting(sitting, minutes=500, reason="停电", second=other, actor=chief)
    with transaction():
        service.extend_sitting(sitting, minutes=10, reason="停电", second=other, actor=chief)
    assert (sitting.ends_at - sitting.starts_at).total_seconds() == 130 * 60
    clock.at = sitting.ends_at
    clock.forward(seconds=1)
    with pytest.raises(BadInput, match="extension-late"), transaction():
        service.extend_sitting(sitting, minutes=10, reason="停电", second=other, actor=chief)


# ---- incidents


def test_an_incident_takes_two(opened: World) -> None:
    """The reporter does not sign their own report; another natural person does, once."""
    incident = report(opened, IncidentKind.LATE)
    with pytest.raises(DutyConflict, match="duty-two"):
        countersign(opened, incident, by=opened.invigilators[0])
    countersign(opened, incident)
    assert incident.agreed
    with pytest.raises(RuleBroken, match="incident-signed"):
        countersign(opened, incident)


@pytest.mark.parametrize("kind", [IncidentKind.PHONE, IncidentKind.COPYING])
def test_a_countersigned_offence_disqualifies(opened: World, kind: IncidentKind) -> None:
    """Only with the second signature is the candidate out."""
    let_in(opened, opened.entries[0])
    incident = report(opened, kind, opened.entries[0])
    assert opened.entries[0].state is EntryState.CHECKED_IN
    countersign(opened, incident)
    assert opened.entries[0].state is EntryState.DISQUALIFIED
    assert incident.disqualifies
    with pytest.raises(RuleBroken, match="entry-is-disqualified"):
        let_in(opened, opened.entries[0])


def test_a_second_person_may_disagree(opened: World) -> None:
    """Where the second person saw it otherwise, nobody is disqualified, and both words stay."""
    let_in(opened, opened.entries[0])
    incident = report(opened, IncidentKind.NOTES, opened.entries[0])
    countersign(opened, incident, agree=False)
    assert opened.entries[0].state is EntryState.CHECKED_IN
    assert incident.agreed is False


def test_incidents_name_candidates_of_the_sitting(opened: World) -> None:
    """Offences need a candidate, of this sitting; no ID number is written down."""
    with pytest.raises(BadInput, match="incident-needs-entry"):
        report(opened, IncidentKind.PHONE)
    other = make_world(seed="（二）")
    make_sitting(other, starts="2025-04-12 09:00")
    enter(other)
    with pytest.raises(Missing):
        report(opened, IncidentKind.PHONE, other.entries[0])
    with pytest.raises(BadInput, match="id-number-in-trail"), transaction():
        service.report_incident(
            sitting_of(opened),
            kind=IncidentKind.OTHER,
            description="考生230702198503120019迟到",
            actor=opened.actor(opened.chief),
        )


def test_incidents_belong_to_the_hours_of_the_exam(world: World, clock: Clock) -> None:
    """Not before the doors open, not before the papers are ready, not by strangers."""
    sitting = ready(world)
    with pytest.raises(RuleBroken, match="check-in-early"):
        report(world, IncidentKind.OTHER)
    clock.set("2025-03-12 08:10")
    report(world, IncidentKind.OTHER)
    with transaction():
        stranger = make_staff(Role.INVIGILATOR, organisation=world.county)
    with pytest.raises(DutyConflict, match="duty-assigned"):
        report(world, IncidentKind.OTHER, by=stranger)
    assert [noted.reporter for noted in queries.incidents_of(sitting.id)]


# ---- the end


def test_the_end_counts_and_closes(opened: World, clock: Clock) -> None:
    """Who did not come is absent; the stream of the trail is closed and whole."""
    let_in(opened, *opened.entries[:4])
    countersign(opened, report(opened, IncidentKind.PHONE, opened.entries[0]))
    clock.at = sitting_of(opened).ends_at
    close(opened)
    assert sitting_of(opened).state is SittingState.CLOSED
    assert [each.state for each in opened.entries] == [
        EntryState.DISQUALIFIED, *[EntryState.CHECKED_IN] * 3, *[EntryState.ABSENT] * 2,
    ]  # fmt: skip
    held = sitting_of(opened).handover
    assert held is not None
    assert (held["scripts"], held["present"], held["absent"]) == (4, 4, 2)
    closed = session().scalars(select(AuditHead.closed_at)).all()
    assert sorted(each is not None for each in closed) == [False, True]
    with pytest.raises(RuleBroken, match="sitting-is-closed"):
        close(opened)


def test_the_trail_of_a_sitting_is_whole(opened: World, clock: Clock) -> None:
    """The checker finds nothing wrong after a sitting, and its stream has its steps."""
    let_in(opened, *opened.entries[:2])
    clock.at = sitting_of(opened).ends_at
    close(opened)
    actions = session().scalars(
        select(AuditEntry.action)
        .where(AuditEntry.stream != "global")
        .order_by(AuditEntry.seq)
    )
    assert list(actions) == [
        "sittings:sitting:open",
        "sittings:entry:check-in",
        "sittings:entry:check-in",
        "sittings:sitting:close",
    ]
    session().rollback()
    assert verify(db.engine) == []


def test_the_end_takes_two_and_the_right_count(opened: World, clock: Clock) -> None:
    """No second person, oneself, a stranger, a wrong count or an early end are refused."""
    let_in(opened, *opened.entries[:4])
    with pytest.raises(RuleBroken, match="closing-early"):
        close(opened)
    clock.at = sitting_of(opened).ends_at
    for second in (None, opened.actor(opened.chief)):
        with pytest.raises(DutyConflict, match="duty-two"), transaction():
            service.close_sitting(
                sitting_of(opened), scripts=4, second=second, actor=opened.actor(opened.chief)
            )
    with pytest.raises(RuleBroken, match="second-not-assigned"):
        close(opened, second=opened.invigilators[2])
    for wrong in (3, 5):
        with pytest.raises(RuleBroken, match="scripts-differ"):
            close(opened, scripts=wrong)
    report(opened, IncidentKind.ILLNESS, opened.entries[0])
    with pytest.raises(RuleBroken, match="incidents-unsigned"):
        close(opened)
    with pytest.raises(NotAllowed), transaction():
        service.close_sitting(
            sitting_of(opened),
            scripts=4,
            second=opened.actor(opened.chief),
            actor=opened.actor(opened.invigilators[0]),
        )


def test_an_empty_exam_ends_when_the_doors_close(opened: World, clock: Clock) -> None:
    """Where nobody came, two persons may end it after the last entry time."""
    clock.set("2025-03-12 09:31")
    close(opened)
    assert {each.state for each in opened.entries} == {EntryState.ABSENT}


def hand_over(world: World, receiver: Account, scripts: int = 3) -> None:
    """Hand the world's sitting over by its chief."""
    with transaction():
        service.hand_over(
            sitting_of(world),
            scripts=scripts,
            received_by=world.actor(receiver),
            actor=world.actor(world.chief),
        )


def test_the_authority_receives_what_was_counted(opened: World, clock: Clock) -> None:
    """Received by an exam administrator of the authority, with the same count."""
    let_in(opened, *opened.entries[:3])
    with pytest.raises(RuleBroken, match="sitting-is-open"):
        hand_over(opened, opened.admin)
    clock.at = sitting_of(opened).ends_at
    close(opened)
    with pytest.raises(RuleBroken, match="scripts-differ"):
        hand_over(opened, opened.admin, scripts=2)
    with pytest.raises(DutyConflict, match="duty-two"):
        hand_over(opened, opened.chief)
    with pytest.raises(RuleBroken, match="posting-no-duty"):
        hand_over(opened, opened.invigilators[0])
    other = make_world(seed="（二）")
    with pytest.raises(RuleBroken, match="receiver-elsewhere"):
        hand_over(opened, other.admin)
    hand_over(opened, opened.admin)
    assert sitting_of(opened).state is SittingState.HANDED_OVER
    assert (sitting_of(opened).handover or {})["received_by_id"] == opened.admin.id
    with pytest.raises(RuleBroken, match="sitting-is-handed-over"):
        hand_over(opened, opened.admin)


def test_a_tied_administrator_receives_nothing(opened: World, clock: Clock) -> None:
    """An administrator bound to the provider does not receive the scripts."""
    let_in(opened, *opened.entries[:3])
    clock.at = sitting_of(opened).ends_at
    close(opened)
    with transaction():
        make_person_tie(opened.admin.person, opened.provider)
    with pytest.raises(RuleBroken, match="posting-tied"):
        hand_over(opened, opened.admin)

