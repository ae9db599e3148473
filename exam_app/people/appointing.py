"""Duties given and taken (授权): founding, appointments and entrustments, each by two persons."""

from __future__ import annotations

import datetime as dt

from exam_app import audit
from exam_app.access import duties
from exam_app.access.actor import SYSTEM, Actor
from exam_app.access.permissions import Permission
from exam_app.access.table import RULES
from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit import Action
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import DutyConflict, Missing, NotAllowed, RuleBroken
from exam_app.people import queries, rules, ties
from exam_app.people.models import Account, Appointment, Entrustment, Organisation

FOUNDING_ROLES = frozenset({Role.SYSADMIN, Role.SECADMIN, Role.DUTY_APPROVER})
_FOR_EVERYBODY = frozenset({Permission.HOME_VIEW, Permission.ACCOUNT_SELF, Permission.CLASS_VIEW})


def found(
    account: Account, *, organisation: Organisation, role: Role, reason: str, actor: Actor
) -> Appointment:
    """Appoint the first administrators and approvers, whom nobody could appoint yet (初始授权).

    Open on the command line alone, and closed once two persons hold the duty approver's role.
    Raises: RuleBroken: closed, or another role. DutyConflict: duties that stand apart.
    """
    check_founding(actor)
    if role not in FOUNDING_ROLES:
        raise RuleBroken("people-founding-role", field="role")
    today = clock.today()
    _check_may_hold(account, organisation, role, today)
    appointment = Appointment(
        account_id=account.id,
        organisation=organisation,
        role=role,
        from_on=today,
        reason=rules.check_reason(reason),
        confirmed_at=clock.now(),
    )
    session().add(appointment)
    session().flush()
    audit.record(Action.AUTHORITY_FOUNDED, actor, appointment, account=account.id, role=role)
    return appointment


def appoint(
    account: Account,
    *,
    organisation: Organisation,
    role: Role,
    from_on: dt.date,
    until_on: dt.date | None = None,
    reason: str,
    actor: Actor,
) -> Appointment:
    """Propose a duty for an account (拟任); it holds once a second approver has confirmed it.

    Raises: DutyConflict: one's own duty, or duties that stand apart (培考分离、三员互斥).
        RuleBroken: no duty of such an organisation asks for the role; the account is disabled.
    """
    reason = rules.check_reason(reason)
    _require_grant(account, organisation.id, actor, second=True)
    rules.check_period(from_on, until_on)
    if not account.is_active:
        raise RuleBroken("people-account-disabled")
    _check_may_hold(account, organisation, role, max(from_on, clock.today()))
    appointment = Appointment(
        account_id=account.id,
        organisation=organisation,
        role=role,
        from_on=from_on,
        until_on=until_on,
        reason=reason,
        granted_by_id=actor.account_id,
    )
    session().add(appointment)
    session().flush()
    audit.record(Action.DUTY_PROPOSED, actor, appointment, account=account.id, role=role)
    return appointment


def confirm_appointment(appointment: Appointment, *, actor: Actor) -> Appointment:
    """Let a proposed duty hold (确认授权), by another approver than the one who proposed it.

    Raises: DutyConflict: the same person, one's own duty, or duties that stand apart by now.
    """
    account = queries.get_account(appointment.account_id)
    granter_id = queries.person_id_of(appointment.granted_by_id)
    _require_grant(
        account,
        appointment.organisation_id,
        actor,
        second=actor.is_apart_from(granter_id),
    )
    lock(account)
    lock(appointment)
    if appointment.confirmed_at is not None:
        raise RuleBroken("people-already-confirmed")
    if appointment.ended_at is not None:
        raise RuleBroken("people-already-ended")
    day = max(appointment.from_on, clock.today())
    organisation = queries.get_organisation(appointment.organisation_id)
    _check_may_hold(account, organisation, appointment.role, day, own_id=appointment.id)
    appointment.confirmed_by_id, appointment.confirmed_at = actor.account_id, clock.now()
    audit.record(Action.DUTY_GRANTED, actor, appointment, account=account.id, role=appointment.role)
    return appointment


def end_appointment(appointment: Appointment, *, reason: str, actor: Actor) -> Appointment:
    """End a duty, or withdraw a proposed one, at once (解除授权); one approver is enough."""
    reason = rules.check_reason(reason)
    account = queries.get_account(appointment.account_id)
    _require_grant(account, appointment.organisation_id, actor, second=True)
    lock(appointment)
    if appointment.ended_at is not None:
        raise RuleBroken("people-already-ended")
    today = clock.today()
    if appointment.confirmed_at is None:
        appointment.until_on = appointment.from_on
    else:
        appointment.until_on = min(appointment.until_on or today, today)
    appointment.ended_at, appointment.ended_by_id = clock.now(), actor.account_id
    audit.record(
        Action.DUTY_ENDED,
        actor,
        appointment,
        account=account.id,
        role=appointment.role,
        reason=reason,
    )
    return appointment


def entrust(
    *,
    authority: Organisation,
    agency: Organisation,
    from_on: dt.date,
    until_on: dt.date | None = None,
    reason: str,
    actor: Actor,
) -> Entrustment:
    """Propose that an authority entrusts an agency with its exams (拟委托).

    Source: 伊应急函〔2025〕41号 四（五） "严禁委托施教单位出卷和监考".
    Raises: RuleBroken: it is no exam agency, or the authority is not the actor's own.
    """
    reason = rules.check_reason(reason)
    duties.require(Permission.DUTY_ENTRUST, actor, reason=True, two=True)
    rules.check_period(from_on, until_on)
    _check_authority(authority, actor)
    _check_agency(agency)
    entrustment = Entrustment(
        authority_id=authority.id,
        agency_id=agency.id,
        from_on=from_on,
        until_on=until_on,
        granted_by_id=actor.account_id,
    )
    session().add(entrustment)
    session().flush()
    audit.record(Action.ENTRUSTMENT_PROPOSED, actor, entrustment, agency=agency.id, reason=reason)
    return entrustment


def confirm_entrustment(entrustment: Entrustment, *, actor: Actor) -> Entrustment:
    """Let an entrustment hold (确认委托), by another approver than the one who proposed it."""
    granter_id = queries.person_id_of(entrustment.granted_by_id)
    duties.require(Permission.DUTY_ENTRUST, actor, reason=True, two=actor.is_apart_from(granter_id))
    lock(entrustment)
    if entrustment.confirmed_by_id is not None:
        raise RuleBroken("people-already-confirmed")
    if entrustment.ended_at is not None:
        raise RuleBroken("people-already-ended")
    _check_authority(queries.get_organisation(entrustment.authority_id), actor)
    _check_agency(queries.get_organisation(entrustment.agency_id))
    entrustment.confirmed_by_id = actor.account_id
    audit.record(Action.EXAMINING_ENTRUSTED, actor, entrustment, agency=entrustment.agency_id)
    return entrustment


def end_entrustment(entrustment: Entrustment, *, reason: str, actor: Actor) -> Entrustment:
    """End an entrustment, or withdraw a proposed one, at once (撤销委托)."""
    reason = rules.check_reason(reason)
    duties.require(Permission.DUTY_ENTRUST, actor, reason=True, two=True)
    _check_authority(queries.get_organisation(entrustment.authority_id), actor)
    lock(entrustment)
    if entrustment.ended_at is not None:
        raise RuleBroken("people-already-ended")
    entrustment.ended_at = clock.now()
    audit.record(Action.ENTRUSTMENT_ENDED, actor, entrustment, reason=reason)
    return entrustment


def check_founding(actor: Actor) -> None:
    """Refuse founding by a signed-in person, and once two persons can appoint and confirm."""
    if actor != SYSTEM:
        raise NotAllowed("people-founding-by-system")
    rules.check_founding_open(queries.approver_ids(clock.now()))


def check_in_scope(organisation: Organisation, actor: Actor) -> None:
    """Pass an organisation of the actor's own city; another authority's is not there.

    Raises: Missing: another authority, or a body of another region.
    """
    own = [queries.get_organisation(each) for each in actor.organisation_ids]
    if organisation.id in actor.organisation_ids:
        return
    regions = {each.division_code[:4] for each in own}
    foreign = organisation.kind is OrganisationKind.CITY_EM
    if foreign or organisation.division_code[:4] not in regions:
        raise Missing(kind="organisation")


def _require_grant(account: Account, organisation_id: int, actor: Actor, *, second: bool) -> None:
    """Ask for the duty to grant; what is only proposed or ended needs no second person yet."""
    check_in_scope(queries.get_organisation(organisation_id), actor)
    duties.require(
        Permission.DUTY_GRANT,
        actor,
        reason=True,
        two=second,
        not_author=actor.is_apart_from(account.person_id),
    )


def _check_may_hold(
    account: Account,
    organisation: Organisation,
    role: Role,
    on: dt.date,
    *,
    own_id: int | None = None,
) -> None:
    """Refuse a role that stands apart from what the person holds, or fits no such organisation."""
    if not role_fits(role, organisation.kind):
        raise RuleBroken("people-role-kind", field="role")
    others = [post for post in queries.live_appointments(account.id, on) if post.id != own_id]
    if any(post.role is role and post.organisation_id == organisation.id for post in others):
        raise RuleBroken("people-already-appointed", field="role")
    bonds = queries.kinds_of(ties.bonds(account.person_id, on))
    roles = {role, *(post.role for post in others)}
    kinds = {organisation.kind, *bonds, *(post.organisation.kind for post in others)}
    for conflict in duties.conflicts(roles, kinds):
        raise DutyConflict(
            conflict.code,
            first=conflict.first,
            second=conflict.second,
            clause=conflict.clause,
            field="role",
        )


def role_fits(role: Role, kind: OrganisationKind) -> bool:
    """Return whether any duty asks for the role in organisations of the kind."""
    if role is Role.TRAINEE:
        return True
    return any(
        role in rule.roles and kind in rule.kinds
        for permission, rule in RULES.items()
        if permission not in _FOR_EVERYBODY
    )


def _check_authority(authority: Organisation, actor: Actor) -> None:
    if authority.kind is not OrganisationKind.CITY_EM or not actor.belongs_to(authority.id):
        raise RuleBroken("people-not-own-authority", field="authority_id")


def _check_agency(agency: Organisation) -> None:
    """Refuse what is no exam agency; one that teaches in a project is refused there (W9)."""
    if agency.kind is not OrganisationKind.AGENCY or not agency.is_active:
        raise RuleBroken("people-not-an-agency", field="agency_id")
