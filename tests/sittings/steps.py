"""Steps of the exam room that several tests take."""

from __future__ import annotations

from exam_app.core.db import transaction
from exam_app.people.models import Account
from exam_app.sittings import queries, service
from exam_app.sittings.models import Entry, Incident, Sitting
from exam_app.sittings.terms import IncidentKind, InvigilationRole
from tests.factories.sittings import (
    World,
)

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
        service.countersign_incident(incident, agree=agree, actor=world.actor(by or world.chief))


def close(world: World, *, scripts: int | None = None, second: Account | None = None) -> None:
    """Close the world's sitting by its chief."""
    with transaction():
        service.close_sitting(
            sitting_of(world),
            scripts=queries.present(world.entries) if scripts is None else scripts,
            second=world.actor(second or world.invigilators[0]),
            actor=world.actor(world.chief),
        )
