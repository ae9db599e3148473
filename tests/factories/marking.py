"""Sittings that are marked, confirmed and released, by three persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exam_app.access.actor import Actor
from exam_app.access.terms import Role
from exam_app.core.db import transaction
from exam_app.marking import service
from exam_app.marking.models import Result
from tests.factories.attempts import Move, close, make_running, right, sit, sitting_of
from tests.factories.people import actor_of, make_staff
from tests.factories.sittings import World


@dataclass(frozen=True)
class Office:
    """The persons of the authority who mark, confirm, propose, decide and release."""

    marker: Actor
    checker: Actor
    publisher: Actor
    admin: Actor


def make_office(world: World) -> Office:
    """Return the office of the world's authority."""
    with transaction():
        roles = (Role.MARKER, Role.RESULT_CHECKER, Role.RESULT_PUBLISHER)
        staff = [make_staff(role, organisation=world.authority) for role in roles]
    marker, checker, publisher = (actor_of(account) for account in staff)
    return Office(marker, checker, publisher, actor_of(world.admin))


def make_over(move: Move, scores: Sequence[int | None] = (10, 7, None)) -> World:
    """Return a world whose sitting is over.

    Args: scores: how many of the ten questions each candidate answers right, in the order of the
        seats; None was absent. Absent ones stand at the end.
    """
    present = [score for score in scores if score is not None]
    world = make_running(move, people=len(scores), present=len(present))
    for entry, score in zip(world.entries, present, strict=False):
        sit(entry, right(score))
    close(world, move)
    return world


def mark(world: World, office: Office) -> list[Result]:
    """Mark the world's sitting."""
    with transaction():
        return service.mark_sitting(sitting_of(world), actor=office.marker)


def release(world: World, office: Office) -> list[Result]:
    """Mark, confirm and release the world's sitting."""
    mark(world, office)
    with transaction():
        service.confirm_results(sitting_of(world), actor=office.checker)
    with transaction():
        return service.release_results(sitting_of(world), actor=office.publisher)
