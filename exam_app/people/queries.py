"""Reads of people: organisations, persons, accounts, and the actor an account makes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select

from exam_app.access.actor import Actor
from exam_app.access.terms import EXAMINING_ROLES, TEACHING_ROLES, OrganisationKind, Role, Side
from exam_app.core import clock
from exam_app.core.crypto import keyring, mask_id
from exam_app.core.db import session
from exam_app.core.errors import BadInput, Missing, NotAllowed
from exam_app.people import ties
from exam_app.people.models import (
    Account,
    Appointment,
    AuthSession,
    Entrustment,
    Organisation,
    Person,
    PolicySetting,
    Recusal,
)
from exam_app.people.rules import normal_id_number, normal_username, setting_value
from exam_app.policy.leaves import Setting

PRIVATE_ROLES = frozenset({Role.TRAINEE, Role.ANYONE})


def get_organisation(organisation_id: int) -> Organisation:
    """Return the organisation. Raises: Missing."""
    found = session().get(Organisation, organisation_id)
    if found is None:
        raise Missing(kind="organisation")
    return found


def find_organisation(
    *, name: str | None = None, credit_code: str | None = None
) -> Organisation | None:
    """Return the organisation of this name or credit code, None where there is none."""
    query = select(Organisation)
    if credit_code is not None:
        query = query.where(Organisation.credit_code == credit_code)
    if name is not None:
        query = query.where(Organisation.name == name)
    return session().scalars(query).first() if name or credit_code else None


def organisations(
    *kinds: OrganisationKind, active: bool = True, part: str = ""
) -> Sequence[Organisation]:
    """Return organisations by name, of these kinds alone where any are given.

    Args: part: letters of the name or credit code.
    """
    query = select(Organisation).order_by(Organisation.name)
    if kinds:
        query = query.where(Organisation.kind.in_(kinds))
    if active:
        query = query.where(Organisation.is_active)
    if part:
        query = query.where(
            or_(
                Organisation.name.contains(part, autoescape=True),
                Organisation.credit_code.contains(part, autoescape=True),
            )
        )
    return session().scalars(query).all()


def kinds_of(organisation_ids: Iterable[int]) -> frozenset[OrganisationKind]:
    """Return the kinds of these organisations."""
    query = select(Organisation.kind).where(Organisation.id.in_(list(organisation_ids)))
    return frozenset(session().scalars(query))


def get_person(person_id: int) -> Person:
    """Return the person. Raises: Missing."""
    found = session().get(Person, person_id)
    if found is None:
        raise Missing(kind="person")
    return found


def find_person(id_number: str) -> Person | None:
    """Return the person of an ID number, found by its blind index; None where unknown."""
    index = keyring().blind_index(normal_id_number(id_number))
    return session().scalars(select(Person).where(Person.id_index == index)).first()


def require_person(id_number: str, *, field: str = "id_number") -> Person:
    """Return the person of an ID number. Raises: BadInput: nobody has it, on the field."""
    found = find_person(id_number)
    if found is None:
        raise BadInput("people-person-unknown", field=field)
    return found


def id_number_of(person: Person) -> str:
    """Return the ID number in plain; whoever shows it records that (展示须登记)."""
    return keyring().decrypt_field("person", "id_number", person.id_index.hex(), person.id_number)


def masked_id(person: Person) -> str:
    """Return the ID number as pages show it, ``**************1234``, without decrypting it."""
    return mask_id("*" * 14 + person.id_tail)


def get_recusal(recusal_id: int) -> Recusal:
    """Return the recusal. Raises: Missing."""
    found = session().get(Recusal, recusal_id)
    if found is None:
        raise Missing(kind="recusal")
    return found


def get_account(account_id: int) -> Account:
    """Return the account. Raises: Missing."""
    found = session().get(Account, account_id)
    if found is None:
        raise Missing(kind="account")
    return found


def find_account(username: str) -> Account | None:
    """Return the account of a username, None where there is none."""
    name = normal_username(username)
    return session().scalars(select(Account).where(Account.username == name)).first()


def account_of_person(person_id: int) -> Account | None:
    """Return the person's account, None where there is none."""
    return session().scalars(select(Account).where(Account.person_id == person_id)).first()


def count_accounts() -> int:
    """Return how many accounts there are; none on a fresh installation."""
    return session().scalar(select(func.count(Account.id))) or 0


def person_id_of(account_id: int | None) -> int | None:
    """Return the person behind an account, None where it is unknown."""
    if account_id is None:
        return None
    return session().scalar(select(Account.person_id).where(Account.id == account_id))


def same_person(actor: Actor, account_id: int | None) -> bool:
    """Return whether the actor and an account are one natural person; unknown counts as one."""
    other = person_id_of(account_id)
    return other is None or other == actor.person_id


def in_force(at: dt.datetime) -> ColumnElement[bool]:
    """Return the condition that an appointment is confirmed and holds at the moment."""
    on = clock.local(at).date()
    return and_(
        Appointment.confirmed_at.is_not(None),
        Appointment.from_on <= on,
        or_(Appointment.until_on.is_(None), Appointment.until_on >= on),
        or_(Appointment.ended_at.is_(None), Appointment.ended_at > at),
    )


def appointments_of(account_id: int, at: dt.datetime) -> Sequence[Appointment]:
    """Return the appointments of an account that hold at the moment, oldest first."""
    query = (
        select(Appointment)
        .join(Organisation, Organisation.id == Appointment.organisation_id)
        .where(Appointment.account_id == account_id, Organisation.is_active, in_force(at))
        .order_by(Appointment.id)
    )
    return session().scalars(query).all()


def live_appointments(account_id: int, on: dt.date) -> Sequence[Appointment]:
    """Return appointments that hold or may yet hold: not ended, proposed and future ones too."""
    query = (
        select(Appointment)
        .where(
            Appointment.account_id == account_id,
            Appointment.ended_at.is_(None),
            or_(Appointment.until_on.is_(None), Appointment.until_on >= on),
        )
        .order_by(Appointment.id)
    )
    return session().scalars(query).all()


def get_appointment(appointment_id: int) -> Appointment:
    """Return the appointment. Raises: Missing."""
    found = session().get(Appointment, appointment_id)
    if found is None:
        raise Missing(kind="appointment")
    return found


def accounts_with_role(
    role: Role, at: dt.datetime, *, organisation_ids: Iterable[int] | None = None
) -> Sequence[Account]:
    """Return active accounts that hold a role at the moment, in these organisations if given."""
    held = select(Appointment.account_id).where(Appointment.role == role, in_force(at))
    if organisation_ids is not None:
        held = held.where(Appointment.organisation_id.in_(list(organisation_ids)))
    query = select(Account).where(Account.is_active, Account.id.in_(held))
    return session().scalars(query.order_by(Account.username)).all()


def approver_ids(at: dt.datetime) -> list[int]:
    """Return the persons who hold a confirmed appointment as duty approver (授权审批人)."""
    query = (
        select(Account.person_id)
        .join(Appointment, Appointment.account_id == Account.id)
        .where(Appointment.role == Role.DUTY_APPROVER, Account.is_active, in_force(at))
    )
    return sorted(set(session().scalars(query)))


def actor_of(account: Account, at: dt.datetime, *, session_id: int | None = None) -> Actor:
    """Return the actor an account makes at the moment, from its confirmed appointments.

    Without an appointment a person acts for themselves: a trainee (学员), on the candidate's side.
    """
    held = appointments_of(account.id, at)
    if not held:
        return private_actor(account, session_id=session_id)
    posts = frozenset((_kind_of(post), post.role) for post in held)
    kinds = frozenset(kind for kind, _ in posts)
    roles = frozenset(role for _, role in posts)
    return Actor(
        account_id=account.id,
        person_id=account.person_id,
        organisation_id=held[0].organisation_id,
        kinds=kinds,
        roles=roles,
        side=side_of(kinds, roles),
        session_id=session_id,
        organisation_ids=frozenset(post.organisation_id for post in held),
        posts=posts,
    )


def acting(account_id: int) -> Actor:
    """Return whom long work acts for, as of now. Raises: NotAllowed: the account is disabled."""
    if not (account := get_account(account_id)).is_active:
        raise NotAllowed("account-disabled")
    return actor_of(account, clock.now())


def private_actor(account: Account, *, session_id: int | None = None) -> Actor:
    """Return the actor of somebody who acts for themselves alone (学员本人)."""
    return Actor(
        account_id=account.id,
        person_id=account.person_id,
        organisation_id=None,
        kinds=frozenset({OrganisationKind.PERSON}),
        roles=frozenset({Role.TRAINEE}),
        side=Side.CANDIDATE,
        session_id=session_id,
        posts=frozenset({(OrganisationKind.PERSON, Role.TRAINEE)}),
    )


def _kind_of(post: Appointment) -> OrganisationKind:
    """Return the kind a role counts with: a trainee is a person, whoever sent them."""
    return OrganisationKind.PERSON if post.role is Role.TRAINEE else post.organisation.kind


def side_of(kinds: frozenset[OrganisationKind], roles: frozenset[Role]) -> Side:
    """Return the side of the wall: teaching wins over examining, that over oversight."""
    if OrganisationKind.PROVIDER in kinds or roles & TEACHING_ROLES:
        return Side.TEACHING
    if roles & (EXAMINING_ROLES - {Role.DUTY_APPROVER, Role.OVERSEER}):
        return Side.EXAMINING
    return Side.CANDIDATE if roles <= PRIVATE_ROLES else Side.OVERSIGHT


def is_staff(account_id: int, on: dt.date) -> bool:
    """Return whether an account holds, or is proposed for, any role but a trainee's."""
    return any(post.role not in PRIVATE_ROLES for post in live_appointments(account_id, on))


def is_entrusted(
    agency_id: int,
    authority_id: int,
    on: dt.date,
    *,
    provider_ids: Iterable[int] = (),
) -> bool:
    """Return whether an agency holds the authority's exams on the day (委托有效).

    Args: provider_ids: the providers of the project; an agency that is one of them, or bound to
        one, is not entrusted with its exams.
    Source: 伊应急函〔2025〕41号 四（五） "考试工作由市级应急管理部门或其委托的机构实施".
    """
    query = select(Entrustment.id).where(
        Entrustment.agency_id == agency_id,
        Entrustment.authority_id == authority_id,
        Entrustment.confirmed_by_id.is_not(None),
        Entrustment.ended_at.is_(None),
        Entrustment.from_on <= on,
        or_(Entrustment.until_on.is_(None), Entrustment.until_on >= on),
    )
    agency = session().get(Organisation, agency_id)
    if agency is None or not agency.is_active or session().scalars(query).first() is None:
        return False
    providers = set(provider_ids)
    if agency.kind is OrganisationKind.PROVIDER or agency_id in providers:
        return False
    return not providers or providers.isdisjoint(ties.organisation_group(agency_id, on))


def authorities_served(actor: Actor, on: dt.date) -> frozenset[int]:
    """Return the authorities an actor works for: its own, and those that entrust its agency."""
    own = select(Organisation.id).where(
        Organisation.id.in_(actor.organisation_ids),
        Organisation.kind == OrganisationKind.CITY_EM,
    )
    entrusting = select(Entrustment.authority_id).where(
        Entrustment.agency_id.in_(actor.organisation_ids),
        Entrustment.confirmed_by_id.is_not(None),
        Entrustment.ended_at.is_(None),
        Entrustment.from_on <= on,
        or_(Entrustment.until_on.is_(None), Entrustment.until_on >= on),
    )
    return frozenset([*session().scalars(own), *session().scalars(entrusting)])


def get_entrustment(entrustment_id: int) -> Entrustment:
    """Return the entrustment. Raises: Missing."""
    found = session().get(Entrustment, entrustment_id)
    if found is None:
        raise Missing(kind="entrustment")
    return found


def get_setting(setting_id: int) -> PolicySetting:
    """Return the local setting. Raises: Missing."""
    found = session().get(PolicySetting, setting_id)
    if found is None:
        raise Missing(kind="setting")
    return found


def current_settings(authority_id: int, profile_id: str, on: dt.date) -> dict[str, Setting]:
    """Return the authority's approved local settings of a profile on the day (本地参数).

    Returns: key → value in the key's own type, the latest of each key; for ``policy.resolve``.
    """
    query = (
        select(PolicySetting.key, PolicySetting.value)
        .where(
            PolicySetting.authority_id == authority_id,
            PolicySetting.profile_id == profile_id,
            PolicySetting.approved_at.is_not(None),
            PolicySetting.from_on <= on,
        )
        .order_by(PolicySetting.from_on, PolicySetting.approved_at)
    )
    return {key: setting_value(key, value) for key, value in session().execute(query)}


def find_setting(
    authority_id: int, profile_id: str, key: str, from_on: dt.date
) -> PolicySetting | None:
    """Return the setting of a key that begins on the day, approved or not."""
    query = select(PolicySetting).where(
        PolicySetting.authority_id == authority_id,
        PolicySetting.profile_id == profile_id,
        PolicySetting.key == key,
        PolicySetting.from_on == from_on,
    )
    return session().scalars(query).first()


def accounts() -> Sequence[Account]:
    """Return all accounts by username."""
    return session().scalars(select(Account).order_by(Account.username)).all()


def open_sessions(account_id: int, at: dt.datetime) -> Sequence[AuthSession]:
    """Return the account's sessions that are not over, newest first."""
    query = select(AuthSession).where(
        AuthSession.account_id == account_id,
        AuthSession.ended_at.is_(None),
        AuthSession.ends_at > at,
    )
    return session().scalars(query.order_by(AuthSession.id.desc())).all()


def get_session(account_id: int, session_id: int, at: dt.datetime) -> AuthSession:
    """Return an open session of the account. Raises: Missing."""
    for row in open_sessions(account_id, at):
        if row.id == session_id:
            return row
    raise Missing(kind="session")
