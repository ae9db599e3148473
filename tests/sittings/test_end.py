"""Incidents and the end: two signatures, the count, the handing over."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from exam_app.access.terms import Role
from exam_app.audit.models import AuditEntry, AuditHead
from exam_app.audit.verify import verify
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import BadInput, DutyConflict, Missing, NotAllowed, RuleBroken
from exam_app.people.models import Account
from exam_app.sittings import queries, service
from exam_app.sittings.terms import EntryState, IncidentKind, SittingState
from tests.conftest import Clock
from tests.factories.people import make_person_tie, make_staff
from tests.factories.sittings import (
    World,
    enter,
    let_in,
    make_sitting,
    make_world,
    ready,
)
from tests.sittings.steps import (
    close,
    countersign,
    report,
    sitting_of,
)


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
    assert opened.entries[0].state == "checked_in"
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
        select(AuditEntry.action).where(AuditEntry.stream != "global").order_by(AuditEntry.seq)
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
