"""What the pages of people list: lines ready to be shown, ID numbers masked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from exam_app.access.terms import Role
from exam_app.core.db import session
from exam_app.people.models import (
    Account,
    Appointment,
    Entrustment,
    Organisation,
    OrganisationTie,
    Person,
    PersonTie,
    PolicySetting,
    Recusal,
)
from exam_app.people.queries import in_force, masked_id

PAGE = 50


@dataclass(frozen=True)
class PersonLine:
    """One person as a list shows it: the ID number masked."""

    id: int
    name: str
    masked_id: str
    phone: str
    username: str


@dataclass(frozen=True)
class DemoAccount:
    """One account of the demo with what it may do."""

    username: str
    name: str
    organisation: str
    roles: tuple[Role, ...]


def ties_of_organisation(organisation_id: int) -> Sequence[tuple[OrganisationTie, Organisation]]:
    """Return the organisation's own ties with the organisation at the other end, newest first."""
    tie = OrganisationTie
    other = or_(
        and_(tie.organisation_id == organisation_id, Organisation.id == tie.other_id),
        and_(tie.other_id == organisation_id, Organisation.id == tie.organisation_id),
    )
    query = select(tie, Organisation).join(Organisation, other).order_by(tie.id.desc())
    return [(row, end) for row, end in session().execute(query)]


def persons_page(*, name: str = "", page: int = 1) -> tuple[list[PersonLine], int]:
    """Return one page of persons by name, and how many there are in all."""
    query = select(Person, Account.username).outerjoin(Account, Account.person_id == Person.id)
    count = select(func.count(Person.id))
    if name:
        query = query.where(Person.name == name)
        count = count.where(Person.name == name)
    rows = session().execute(
        query.order_by(Person.name, Person.id).limit(PAGE).offset((max(page, 1) - 1) * PAGE)
    )
    lines = [
        PersonLine(person.id, person.name, masked_id(person), person.phone or "", username or "")
        for person, username in rows
    ]
    return lines, session().scalar(count) or 0


def person_ties(person_id: int) -> Sequence[tuple[PersonTie, Organisation]]:
    """Return a person's ties with their organisations, newest first."""
    query = (
        select(PersonTie, Organisation)
        .join(Organisation, Organisation.id == PersonTie.organisation_id)
        .where(PersonTie.person_id == person_id)
        .order_by(PersonTie.id.desc())
    )
    return [(tie, organisation) for tie, organisation in session().execute(query)]


def recusals() -> Sequence[tuple[Recusal, Person, str]]:
    """Return all recusals, newest first: the row, the person, the name kept away from."""
    other = aliased(Person)
    query = (
        select(Recusal, Person, func.coalesce(other.name, Organisation.name))
        .join(Person, Person.id == Recusal.person_id)
        .outerjoin(other, other.id == Recusal.other_person_id)
        .outerjoin(Organisation, Organisation.id == Recusal.organisation_id)
        .order_by(Recusal.id.desc())
    )
    return [(recusal, person, name) for recusal, person, name in session().execute(query)]


def appointments() -> Sequence[tuple[Appointment, Account]]:
    """Return all appointments that are not ended, those to be confirmed first."""
    query = (
        select(Appointment, Account)
        .join(Account, Account.id == Appointment.account_id)
        .where(Appointment.ended_at.is_(None))
        .order_by(Appointment.confirmed_at.is_not(None), Appointment.id.desc())
    )
    return [(appointment, account) for appointment, account in session().execute(query).unique()]


def entrustments() -> Sequence[tuple[Entrustment, Organisation, Organisation]]:
    """Return all entrustments, newest first, with authority and agency."""
    authority, agency = aliased(Organisation), aliased(Organisation)
    query = (
        select(Entrustment, authority, agency)
        .join(authority, authority.id == Entrustment.authority_id)
        .join(agency, agency.id == Entrustment.agency_id)
        .order_by(Entrustment.id.desc())
    )
    return [(row, giver, taker) for row, giver, taker in session().execute(query)]


def settings(authority_id: int | None = None) -> Sequence[PolicySetting]:
    """Return the local settings of an authority, or of all, newest first."""
    query = select(PolicySetting).order_by(PolicySetting.id.desc())
    if authority_id is not None:
        query = query.where(PolicySetting.authority_id == authority_id)
    return session().scalars(query).all()


SHOWN_TRAINEES = 3


def demo_accounts(at: dt.datetime) -> list[DemoAccount]:
    """Return the demo's accounts with their duties; the sign-in page of a demo lists them."""
    query = (
        select(Account, Appointment)
        .join(Appointment, Appointment.account_id == Account.id)
        .where(Account.is_active, in_force(at))
        .order_by(Account.id, Appointment.id)
    )
    found: dict[int, DemoAccount] = {}
    for account, post in session().execute(query).unique():
        before = found.get(account.id)
        roles = (*before.roles, post.role) if before else (post.role,)
        found[account.id] = DemoAccount(
            account.username, account.person.name, post.organisation.name, roles
        )
    trainees = select(Account).where(Account.is_active, Account.id.not_in(found))
    for account in session().scalars(trainees.order_by(Account.id).limit(SHOWN_TRAINEES)):
        found[account.id] = DemoAccount(account.username, account.person.name, "", (Role.TRAINEE,))
    return list(found.values())
