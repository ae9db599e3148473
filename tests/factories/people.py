"""Rows of people with the smallest honest story behind them; flushed, not committed."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TypeVar

from exam_app.access.actor import Actor
from exam_app.access.terms import OrganisationKind, Role
from exam_app.core import clock
from exam_app.core.crypto import keyring
from exam_app.core.db import session
from exam_app.people import passwords, queries, rules
from exam_app.people.models import (
    Account,
    Appointment,
    Entrustment,
    Organisation,
    OrganisationTie,
    Person,
    PersonTie,
)
from exam_app.people.terms import TieKind

PASSWORD = "Lantern-Orchard-71"
MEMORY_KIB = 1024
YICHUN = "230700"
LONG_AGO = dt.date(2020, 1, 1)
Kind = TypeVar("Kind")
_numbers = itertools.count(1)
_hashes: dict[str, str] = {}


def id_number(number: int | None = None, *, born: str = "19850312", region: str = YICHUN) -> str:
    """Return a fictional ID number whose check character is right."""
    number = next(_numbers) if number is None else number
    day = (dt.date.fromisoformat(born) + dt.timedelta(days=number // 1000)).strftime("%Y%m%d")
    first = f"{region}{day}{number % 1000:03d}"
    return first + rules.id_check_character(first)


def credit_code(number: int | None = None) -> str:
    """Return a fictional unified social credit code whose check character is right."""
    number = next(_numbers) if number is None else number
    first = f"91{YICHUN}{number:09d}"
    return first + rules.credit_check_character(first)


def make_organisation(
    kind: OrganisationKind = OrganisationKind.CITY_EM,
    *,
    name: str | None = None,
    parent: Organisation | None = None,
    division_code: str = YICHUN,
) -> Organisation:
    """Return an organisation of a kind."""
    row = Organisation(
        name=name or f"{kind.value}-{next(_numbers)}",
        kind=kind,
        credit_code=credit_code(),
        division_code=division_code,
        parent_id=None if parent is None else parent.id,
        is_active=True,
        created_at=clock.now(),
    )
    return _flushed(row)


def make_person(*, name: str | None = None, number: str | None = None) -> Person:
    """Return a person with a fictional ID number."""
    number = number or id_number()
    index = keyring().blind_index(number)
    row = Person(
        name=name or f"学员{next(_numbers)}",
        id_number=keyring().encrypt_field("person", "id_number", index.hex(), number),
        id_index=index,
        id_tail=number[-4:],
        created_at=clock.now(),
    )
    return _flushed(row)


def make_account(
    *, person: Person | None = None, username: str | None = None, password: str | None = PASSWORD
) -> Account:
    """Return an account; its password is hashed at the tests' cost, None leaves it unset."""
    row = Account(
        person=person or make_person(),
        username=username or f"user{next(_numbers)}",
        password_hash=None if password is None else _hash(password),
        is_active=True,
        created_at=clock.now(),
    )
    return _flushed(row)


def make_appointment(
    account: Account,
    organisation: Organisation,
    role: Role,
    *,
    from_on: dt.date = LONG_AGO,
    until_on: dt.date | None = None,
    confirmed: bool = True,
) -> Appointment:
    """Return an appointment; a confirmed one holds from ``from_on``."""
    row = Appointment(
        account_id=account.id,
        organisation=organisation,
        role=role,
        from_on=from_on,
        until_on=until_on,
        reason="任职文件",
        confirmed_at=clock.now() if confirmed else None,
    )
    return _flushed(row)


def make_staff(
    *roles: Role,
    organisation: Organisation | None = None,
    kind: OrganisationKind = OrganisationKind.CITY_EM,
    **account: str | Person | None,
) -> Account:
    """Return an account appointed to the roles, in an organisation of the kind."""
    made = make_account(**account)  # type: ignore[arg-type]
    place = organisation or make_organisation(kind)
    for role in roles:
        make_appointment(made, place, role)
    return made


def make_actor(
    *roles: Role,
    organisation: Organisation | None = None,
    kind: OrganisationKind = OrganisationKind.CITY_EM,
    **account: str | Person | None,
) -> Actor:
    """Return the actor of a new account appointed to the roles."""
    return actor_of(make_staff(*roles, organisation=organisation, kind=kind, **account))


def actor_of(account: Account) -> Actor:
    """Return the actor an account makes now."""
    return queries.actor_of(account, clock.now())


def make_person_tie(
    person: Person,
    organisation: Organisation,
    kind: TieKind = TieKind.EMPLOYEE,
    *,
    from_on: dt.date = LONG_AGO,
    until_on: dt.date | None = None,
) -> PersonTie:
    """Return a tie of a person to an organisation."""
    row = PersonTie(
        person_id=person.id,
        organisation_id=organisation.id,
        kind=kind,
        from_on=from_on,
        until_on=until_on,
    )
    return _flushed(row)


def make_organisation_tie(
    organisation: Organisation,
    other: Organisation,
    kind: TieKind = TieKind.AFFILIATE,
    *,
    from_on: dt.date = LONG_AGO,
    until_on: dt.date | None = None,
) -> OrganisationTie:
    """Return a tie of two organisations."""
    row = OrganisationTie(
        organisation_id=organisation.id,
        other_id=other.id,
        kind=kind,
        from_on=from_on,
        until_on=until_on,
    )
    return _flushed(row)


def make_entrustment(
    authority: Organisation,
    agency: Organisation,
    *,
    from_on: dt.date = LONG_AGO,
    until_on: dt.date | None = None,
) -> Entrustment:
    """Return a confirmed entrustment of an agency, granted and confirmed by two approvers."""
    first, second = (
        make_staff(Role.DUTY_APPROVER, organisation=authority),
        make_staff(Role.DUTY_APPROVER, organisation=authority),
    )
    row = Entrustment(
        authority_id=authority.id,
        agency_id=agency.id,
        from_on=from_on,
        until_on=until_on,
        granted_by_id=first.id,
        confirmed_by_id=second.id,
    )
    return _flushed(row)


def _hash(password: str) -> str:
    if password not in _hashes:
        _hashes[password] = passwords.hash_password(password, memory_kib=MEMORY_KIB)
    return _hashes[password]


def _flushed(row: Kind) -> Kind:
    session().add(row)
    session().flush()
    return row
