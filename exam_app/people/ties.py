"""Ties (关联与回避): which organisations a person is bound to, now or within the recusal period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from exam_app.core.db import session
from exam_app.people.models import (
    Account,
    Appointment,
    Organisation,
    OrganisationTie,
    PersonTie,
    Recusal,
)
from exam_app.people.rules import RECUSAL_MONTHS, months_before

_CHUNK = 500


def tied_organisations(person_id: int, on: dt.date, months: int = RECUSAL_MONTHS) -> frozenset[int]:
    """Return every organisation a person is bound to (关联单位), ids.

    Employment, ownership, lecturing, affiliation and appointments count while they hold and for
    ``months`` after; a recusal from an organisation as long as it says itself. Each brings its
    whole group.

    Source: 伊应急函〔2025〕41号 四（五） "严禁委托施教单位出卷和监考".
    """
    return _closed(direct_organisations(person_id, on, months), on, months)


def organisation_group(
    organisation_id: int, on: dt.date, months: int = RECUSAL_MONTHS
) -> frozenset[int]:
    """Return the organisation and all bound to it: owners, affiliates, parents and children."""
    return _closed({organisation_id}, on, months)


def is_tied_to(person_id: int, provider_id: int, on: dt.date, months: int = RECUSAL_MONTHS) -> bool:
    """Return whether a person must keep away from a provider's classes (``not_prov`` denied)."""
    direct = direct_organisations(person_id, on, months)
    return provider_id in direct or not direct.isdisjoint(
        organisation_group(provider_id, on, months)
    )


def is_bound(
    person_id: int,
    organisation_ids: Iterable[int],
    provider_id: int,
    on: dt.date,
    months: int = RECUSAL_MONTHS,
) -> bool:
    """Return whether a person, or an organisation acted for, is tied to a provider."""
    group = organisation_group(provider_id, on, months)
    return not group.isdisjoint(organisation_ids) or not group.isdisjoint(
        direct_organisations(person_id, on, months)
    )


def direct_organisations(person_id: int, on: dt.date, months: int = 0) -> set[int]:
    """Return the organisations a person is bound to or recused from, without their groups."""
    recusals = select(Recusal.organisation_id).where(
        Recusal.person_id == person_id, _held(Recusal, on, on)
    )
    kept_away = {found for found in session().scalars(recusals) if found is not None}
    return bonds(person_id, on, months) | kept_away


def bonds(person_id: int, on: dt.date, months: int = 0) -> set[int]:
    """Return the organisations a person works for, owns, lectures for or holds a duty in."""
    since = months_before(on, months)
    tied = select(PersonTie.organisation_id).where(
        PersonTie.person_id == person_id, _held(PersonTie, since, on)
    )
    appointed = (
        select(Appointment.organisation_id)
        .join(Account, Account.id == Appointment.account_id)
        .where(
            Account.person_id == person_id,
            Appointment.confirmed_at.is_not(None),
            _held(Appointment, since, on),
        )
    )
    return {*session().scalars(tied), *session().scalars(appointed)}


def recused_persons(person_id: int, on: dt.date) -> frozenset[int]:
    """Return the persons somebody is recused from, whichever of the two it was recorded for."""
    held = _held(Recusal, on, on)
    rows = session().execute(
        select(Recusal.person_id, Recusal.other_person_id).where(
            Recusal.other_person_id.is_not(None),
            or_(Recusal.person_id == person_id, Recusal.other_person_id == person_id),
            held,
        )
    )
    pairs = {person for row in rows for person in row if person is not None}
    return frozenset(pairs - {person_id})


def _held(kind: Any, since: dt.date, on: dt.date) -> ColumnElement[bool]:
    """Return the condition that a dated row held on some day from ``since`` to ``on``."""
    return and_(kind.from_on <= on, or_(kind.until_on.is_(None), kind.until_on >= since))


def _closed(start: Iterable[int], on: dt.date, months: int) -> frozenset[int]:
    """Return the organisations reached from ``start`` over ties and parents, both ways."""
    since = months_before(on, months)
    reached: set[int] = set(start)
    edge = set(reached)
    while edge:
        found: set[int | None] = set()
        for near, far in _neighbours(since, on):
            for part in _chunks(edge):
                rows = session().scalars(far(near.in_(part)))
                found.update(rows)
        edge = {one for one in found if one is not None} - reached
        reached |= edge
    return frozenset(reached)


def _neighbours(
    since: dt.date, on: dt.date
) -> list[tuple[Any, Callable[[ColumnElement[bool]], Any]]]:
    tie, held = OrganisationTie, _held(OrganisationTie, since, on)
    return [
        (tie.organisation_id, lambda near: select(tie.other_id).where(near, held)),
        (tie.other_id, lambda near: select(tie.organisation_id).where(near, held)),
        (Organisation.id, lambda near: select(Organisation.parent_id).where(near)),
        (Organisation.parent_id, lambda near: select(Organisation.id).where(near)),
    ]


def _chunks(ids: Iterable[int]) -> list[list[int]]:
    ordered = sorted(ids)
    return [ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK)]
