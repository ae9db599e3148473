"""Changes of people: organisations, persons, ties, recusals, local settings.

Accounts (账号) and appointing (授权) have modules of their own; their services are offered here.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.exc import IntegrityError

from exam_app import audit
from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import OrganisationKind
from exam_app.audit import Action
from exam_app.core import clock
from exam_app.core.crypto import keyring
from exam_app.core.db import Row, lock, session
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.people import queries, rules
from exam_app.people.accounts import (
    ask_reset,
    confirm_totp,
    create_account,
    disable_account,
    enable_account,
    end_session,
    end_sessions,
    enrol_totp,
    found_account,
    reset_account,
    reset_sessions,
    set_password,
)
from exam_app.people.appointing import (
    appoint,
    check_founding,
    check_in_scope,
    confirm_appointment,
    confirm_entrustment,
    end_appointment,
    end_entrustment,
    entrust,
    found,
)
from exam_app.people.mending import mend_person
from exam_app.people.models import (
    Organisation,
    OrganisationTie,
    Person,
    PersonTie,
    PolicySetting,
    Recusal,
)
from exam_app.people.terms import TieKind
from exam_app.policy.errors import PolicyError
from exam_app.policy.loader import resolve

__all__ = [
    "appoint",
    "approve_setting",
    "ask_reset",
    "confirm_appointment",
    "confirm_entrustment",
    "confirm_totp",
    "create_account",
    "disable_account",
    "enable_account",
    "end_appointment",
    "end_entrustment",
    "end_recusal",
    "end_session",
    "end_sessions",
    "enrol_totp",
    "entrust",
    "found",
    "found_account",
    "found_organisation",
    "mend_person",
    "propose_setting",
    "record_recusal",
    "register_organisation",
    "register_person",
    "reset_account",
    "reset_sessions",
    "set_password",
    "tie_organisations",
    "tie_person",
]

FOUNDING_KINDS = frozenset({OrganisationKind.CITY_EM, OrganisationKind.PLATFORM})


def register_organisation(
    *,
    name: str,
    kind: OrganisationKind,
    credit_code: str,
    division_code: str,
    parent: Organisation | None = None,
    actor: Actor,
) -> Organisation:
    """Add an organisation (登记机构).

    Raises: BadInput: name, code or division. RuleBroken: name or code is known already.
    """
    duties.require(Permission.ORGANISATION_EDIT, actor, reason=True)
    return _add_organisation(name, kind, credit_code, division_code, parent, actor)


def found_organisation(
    *, name: str, kind: OrganisationKind, credit_code: str, division_code: str, actor: Actor
) -> Organisation:
    """Add an authority or the platform's operator while the installation is founded (初始登记)."""
    check_founding(actor)
    if kind not in FOUNDING_KINDS:
        raise RuleBroken("people-founding-kind", field="kind")
    return _add_organisation(name, kind, credit_code, division_code, None, actor)


def tie_organisations(
    organisation: Organisation,
    other: Organisation,
    *,
    kind: TieKind,
    from_on: dt.date,
    until_on: dt.date | None = None,
    actor: Actor,
) -> OrganisationTie:
    """Bind two organisations by ownership or affiliation (登记关联关系)."""
    duties.require(Permission.ORGANISATION_EDIT, actor, reason=True)
    check_in_scope(organisation, actor)
    check_in_scope(other, actor)
    rules.check_period(from_on, until_on)
    if organisation.id == other.id:
        raise BadInput("people-same-organisation", field="other_id")
    tie = OrganisationTie(
        organisation_id=organisation.id,
        other_id=other.id,
        kind=kind,
        from_on=from_on,
        until_on=until_on,
    )
    _add(tie)
    audit.record(
        Action.ORGANISATION_TIED, actor, organisation, other=other.id, kind=kind, tie=tie.id
    )
    return tie


def register_person(*, name: str, id_number: str, phone: str | None = None, actor: Actor) -> Person:
    """Return the person of an ID number, added where it is new (登记自然人).

    The duty is the caller's: a roster, an account and the page of persons each have their own.
    Raises: BadInput: name, number or phone. RuleBroken: the number is known under another name.
    Records: PERSON_CREATED, for a new person alone.
    """
    name = rules.check_name(name)
    number = rules.check_id_number(id_number, on=clock.today())
    phone = rules.check_phone(phone) if phone else None
    index = keyring().blind_index(number)
    known = queries.find_person(number)
    if known is not None:
        rules.check_same_name(known.name, name)
        return known
    person = Person(
        name=name,
        id_number=keyring().encrypt_field("person", "id_number", index.hex(), number),
        id_index=index,
        id_tail=number[-4:],
        phone=phone,
        created_at=clock.now(),
    )
    try:
        with session().begin_nested():
            session().add(person)
            session().flush()
    except IntegrityError:  # somebody else has just added the same person
        return register_person(name=name, id_number=number, phone=phone, actor=actor)
    audit.record(Action.PERSON_CREATED, actor, person)
    return person


def tie_person(
    person: Person,
    organisation: Organisation,
    *,
    kind: TieKind,
    from_on: dt.date,
    until_on: dt.date | None = None,
    actor: Actor,
) -> PersonTie:
    """Bind a person to an organisation: employed, owning, lecturing, affiliated (登记任职关系).

    The duty is the caller's: a class's lecturer is tied by the plan of the class.
    """
    rules.check_period(from_on, until_on)
    tie = PersonTie(
        person_id=person.id,
        organisation_id=organisation.id,
        kind=kind,
        from_on=from_on,
        until_on=until_on,
    )
    _add(tie)
    audit.record(
        Action.PERSON_TIED, actor, person, organisation=organisation.id, kind=kind, tie=tie.id
    )
    return tie


def record_recusal(
    person: Person,
    *,
    other_person: Person | None = None,
    organisation: Organisation | None = None,
    reason: str,
    from_on: dt.date,
    until_on: dt.date | None = None,
    actor: Actor,
) -> Recusal:
    """Keep a person away from another person, or from an organisation's classes (登记回避)."""
    duties.require(Permission.RECUSAL_RECORD, actor, reason=bool(rules.check_reason(reason)))
    rules.check_period(from_on, until_on)
    if (other_person is None) == (organisation is None):
        raise BadInput("people-recusal-object", field="organisation_id")
    if other_person is not None and other_person.id == person.id:
        raise BadInput("people-recusal-object", field="other_id_number")
    recusal = Recusal(
        person_id=person.id,
        other_person_id=None if other_person is None else other_person.id,
        organisation_id=None if organisation is None else organisation.id,
        reason=reason.strip(),
        from_on=from_on,
        until_on=until_on,
        recorded_by_id=actor.account_id,
    )
    _add(recusal)
    audit.record(Action.RECUSAL_RECORDED, actor, recusal, person=person.id)
    return recusal


def end_recusal(recusal: Recusal, *, reason: str, actor: Actor) -> Recusal:
    """Let a recusal end with yesterday.

    By another person than the one it keeps away and the one who recorded it.
    """
    duties.require(Permission.RECUSAL_RECORD, actor, reason=bool(rules.check_reason(reason)))
    rules.check_two_persons(recusal.person_id, actor.person_id)
    if recusal.recorded_by_id is not None:
        rules.check_two_persons(queries.person_id_of(recusal.recorded_by_id), actor.person_id)
    lock(recusal)
    yesterday = clock.today() - dt.timedelta(days=1)
    if recusal.until_on is not None and recusal.until_on <= yesterday:
        raise RuleBroken("people-already-ended")
    recusal.until_on = yesterday
    audit.record(Action.RECUSAL_ENDED, actor, recusal, reason=reason.strip())
    return recusal


def propose_setting(
    *,
    authority: Organisation,
    profile_id: str,
    key: str,
    value: str,
    from_on: dt.date,
    reason: str,
    actor: Actor,
) -> PolicySetting:
    """Propose a local setting over a profile (提出地方参数); it must leave the profile whole.

    Raises: BadInput: unknown key, no such value, out of range, softer than the notice, or
        beginning in the past. RuleBroken: the same setting begins that day already.
    """
    reason = rules.check_reason(reason)
    duties.require(Permission.POLICY_EDIT, actor, reason=True, two=True)
    if not actor.belongs_to(authority.id):
        raise RuleBroken("people-not-own-authority", field="authority_id")
    if from_on < clock.today():
        raise BadInput("people-setting-past", field="from_on")
    _check_setting(authority.id, profile_id, key, value, from_on)
    setting = PolicySetting(
        authority_id=authority.id,
        profile_id=profile_id,
        key=key,
        value=value.strip(),
        reason=reason,
        from_on=from_on,
        proposed_by_id=actor.account_id,
    )
    if queries.find_setting(authority.id, profile_id, key, from_on) is not None:
        raise RuleBroken("people-setting-twice", field="key")
    _add(setting)
    audit.record(
        Action.POLICY_SETTING_PROPOSED, actor, setting,
        profile=profile_id, key=key, value=setting.value, from_on=from_on,
    )  # fmt: skip
    return setting


def approve_setting(setting: PolicySetting, *, actor: Actor) -> PolicySetting:
    """Let a local setting hold from its day (批准地方参数), by a second person."""
    proposer_id = queries.person_id_of(setting.proposed_by_id)
    duties.require(Permission.POLICY_EDIT, actor, reason=True, two=actor.is_apart_from(proposer_id))
    if not actor.belongs_to(setting.authority_id):
        raise RuleBroken("people-not-own-authority")
    lock(setting)
    if setting.approved_at is not None:
        raise RuleBroken("people-already-confirmed")
    _check_setting(
        setting.authority_id, setting.profile_id, setting.key, setting.value, setting.from_on
    )
    setting.approved_by_id, setting.approved_at = actor.account_id, clock.now()
    audit.record(
        Action.POLICY_SETTING_APPROVED, actor, setting,
        profile=setting.profile_id, key=setting.key, value=setting.value,
    )  # fmt: skip
    return setting


def _check_setting(authority_id: int, profile_id: str, key: str, value: str, on: dt.date) -> None:
    """Refuse a setting that the profile, with the others of that day, could not hold."""
    others = queries.current_settings(authority_id, profile_id, on)
    try:
        resolve(profile_id, {**others, key: rules.setting_value(key, value)})
    except PolicyError as refused:
        raise BadInput(refused.code, **{**refused.facts, "field": "value"}) from refused


def _add_organisation(
    name: str,
    kind: OrganisationKind,
    credit_code: str,
    division_code: str,
    parent: Organisation | None,
    actor: Actor,
) -> Organisation:
    name, code = rules.check_name(name), rules.check_credit_code(credit_code)
    if kind in (OrganisationKind.PERSON, OrganisationKind.PUBLIC):
        raise BadInput("people-organisation-kind", field="kind")
    if queries.find_organisation(credit_code=code) is not None:
        raise RuleBroken("people-organisation-known", field="credit_code")
    if queries.find_organisation(name=name) is not None:
        raise RuleBroken("people-organisation-known", field="name")
    organisation = Organisation(
        name=name,
        kind=kind,
        credit_code=code,
        division_code=rules.check_division_code(division_code),
        parent_id=None if parent is None else parent.id,
        created_at=clock.now(),
    )
    _add(organisation)
    audit.record(Action.ORGANISATION_CREATED, actor, organisation, kind=kind)
    return organisation


def _add(row: Row) -> None:
    session().add(row)
    session().flush()
