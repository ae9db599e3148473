"""Accounts (账号): made without a password, opened with a one-time code, reset by two persons."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac

import pyotp
from flask import current_app

from exam_app import audit
from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import Action
from exam_app.config import Config
from exam_app.core import clock
from exam_app.core.crypto import keyring
from exam_app.core.db import lock, session
from exam_app.core.errors import BadInput, NotAllowed, RuleBroken
from exam_app.people import passwords, queries, rules
from exam_app.people.appointing import check_founding
from exam_app.people.models import Account, Person

TOTP_SECONDS = 30
ISSUER = "培考分离考试系统"


def create_account(
    person: Person, *, username: str, reason: str, actor: Actor
) -> tuple[Account, str]:
    """Make an account without a password; return it with its one-time code (一次性激活码).

    The code is shown once, holds 24 hours, and only its digest is kept.
    Raises: RuleBroken: the person has an account, or the username is taken.
    """
    reason = rules.check_reason(reason)
    duties.require(Permission.ACCOUNT_CREATE, actor, reason=True)
    account, code = _add_account(person, username, actor)
    audit.record(Action.ACCOUNT_CREATED, actor, account, person=person.id, reason=reason)
    return account, code


def found_account(person: Person, *, username: str, actor: Actor) -> tuple[Account, str]:
    """Make an account of the installation's founding (初始账号), from the command line alone."""
    check_founding(actor)
    account, code = _add_account(person, username, actor)
    audit.record(Action.ACCOUNT_CREATED, actor, account, person=person.id, founding=True)
    return account, code


def set_password(
    account: Account,
    *,
    new_password: str,
    code: str | None = None,
    old_password: str | None = None,
    actor: Actor,
) -> Account:
    """Set one's own password, with the one-time code or the old password (设置口令).

    Ends every other session of the account and uses up the code.
    Raises: NotAllowed: neither proof fits. BadPassword: the new one is too weak.
    """
    duties.require(Permission.ACCOUNT_SELF, actor, own=actor.account_id == account.id)
    lock(account)
    if not _proven(account, code, old_password):
        raise NotAllowed("sign-in-refused")
    staff = queries.is_staff(account.id, clock.today())
    rules.check_password(new_password, username=account.username, staff=staff)
    if old_password is not None and hmac.compare_digest(
        new_password.encode(), old_password.encode()
    ):
        raise rules.BadPassword("people-password-same", field="new_password")
    memory = settings().argon2_memory_kib
    account.password_hash = passwords.hash_password(new_password, memory_kib=memory)
    account.one_time_hash = account.one_time_until = None
    _end_sessions(account, keep_id=actor.session_id)
    audit.record(Action.PASSWORD_CHANGED, actor, account, by_code=code is not None)
    return account


def enrol_totp(account: Account, *, actor: Actor) -> str:
    """Draw a secret for the second factor and return its otpauth address (动态口令).

    It counts once a first code has confirmed it.
    Raises: RuleBroken: a second factor is set already; it goes with a reset by two persons.
    """
    duties.require(Permission.ACCOUNT_SELF, actor, own=actor.account_id == account.id)
    lock(account)
    if has_totp(account):
        raise RuleBroken("people-totp-set")
    secret = pyotp.random_base32()
    account.totp_secret = keyring().encrypt_field("account", "totp_secret", account.id, secret)
    audit.record(Action.SECOND_FACTOR_DRAWN, actor, account)
    return totp_address(account)


def confirm_totp(account: Account, *, code: str, actor: Actor) -> Account:
    """Let the second factor count (启用动态口令), proven by one of its codes."""
    duties.require(Permission.ACCOUNT_SELF, actor, own=actor.account_id == account.id)
    lock(account)
    if has_totp(account):
        raise RuleBroken("people-totp-set")
    step = totp_step(account, code, clock.now())
    if step is None:
        raise BadInput("people-totp-wrong", field="code")
    account.totp_step = step
    audit.record(Action.SECOND_FACTOR_SET, actor, account)
    return account


def ask_reset(account: Account, *, reason: str, actor: Actor) -> Account:
    """Ask that an account's password and second factor be reset (申请重置认证)."""
    reason = rules.check_reason(reason)
    duties.require(Permission.ACCOUNT_RESET, actor, reason=True, two=True)
    rules.check_two_persons(account.person_id, actor.person_id)
    lock(account)
    account.reset_asked_by_id, account.reset_asked_at = actor.account_id, clock.now()
    audit.record(Action.ACCOUNT_RESET_ASKED, actor, account, reason=reason)
    return account


def reset_account(account: Account, *, actor: Actor) -> str:
    """Reset what an account signs in with and return a new one-time code (重置认证).

    By a second administrator within 24 hours of the asking; password and second factor are gone
    and every session ends. Nobody learns a password.
    """
    asker_id = queries.person_id_of(account.reset_asked_by_id)
    apart = actor.is_apart_from(asker_id) and actor.is_apart_from(account.person_id)
    duties.require(Permission.ACCOUNT_RESET, actor, reason=True, two=apart)
    lock(account)
    asked = account.reset_asked_at
    if asked is None or clock.now() > asked + dt.timedelta(hours=rules.ACTIVATION_HOURS):
        raise RuleBroken("people-reset-not-asked")
    account.password_hash = account.totp_secret = account.totp_step = None
    account.reset_asked_by_id = account.reset_asked_at = None
    code = _give_code(account)
    _end_sessions(account)
    audit.record(Action.ACCOUNT_RESET, actor, account)
    return code


def disable_account(account: Account, *, reason: str, actor: Actor) -> Account:
    """Disable an account and end its sessions at once (停用账号)."""
    reason = rules.check_reason(reason)
    duties.require(Permission.ACCOUNT_CREATE, actor, reason=True)
    rules.check_two_persons(account.person_id, actor.person_id)
    lock(account)
    if not account.is_active:
        raise RuleBroken("people-account-disabled")
    account.is_active = False
    account.one_time_hash = account.one_time_until = None
    _end_sessions(account)
    audit.record(Action.ACCOUNT_DISABLED, actor, account, reason=reason)
    return account


def enable_account(account: Account, *, reason: str, actor: Actor) -> Account:
    """Enable an account again with the password and second factor it had (恢复账号).

    Nobody learns a code by it: a lost password takes two administrators (``reset_account``).
    """
    reason = rules.check_reason(reason)
    duties.require(Permission.ACCOUNT_CREATE, actor, reason=True)
    rules.check_two_persons(account.person_id, actor.person_id)
    lock(account)
    if account.is_active:
        raise RuleBroken("people-account-active")
    account.is_active = True
    audit.record(Action.ACCOUNT_ENABLED, actor, account, reason=reason)
    return account


def end_session(account: Account, session_id: int, *, actor: Actor) -> None:
    """End one session of one's own account (结束会话).

    Raises: Missing: the account has no such open session.
    """
    duties.require(Permission.ACCOUNT_SELF, actor, own=actor.account_id == account.id)
    row = queries.get_session(account.id, session_id, clock.now())
    row.ended_at = clock.now()
    audit.record(Action.SESSIONS_ENDED, actor, account, session=session_id)


def end_sessions(account: Account, *, actor: Actor) -> int:
    """End every session of an account and return how many were open; for administrators."""
    duties.require(Permission.ACCOUNT_CREATE, actor, reason=True)
    count = _end_sessions(account)
    audit.record(Action.SESSIONS_ENDED, actor, account, count=count)
    return count


def reset_sessions(*, actor: Actor) -> int:
    """End every session of every account and return how many were open; command line alone."""
    count = sum(_end_sessions(account) for account in queries.accounts())
    audit.record(Action.SESSIONS_ENDED, actor, ("auth_session", "all"), count=count)
    return count


def has_totp(account: Account) -> bool:
    """Return whether a confirmed second factor guards the account."""
    return account.totp_secret is not None and account.totp_step is not None


def totp_step(account: Account, code: str, at: dt.datetime) -> int | None:
    """Return the time step a code belongs to, None where it fits none that is still unused.

    One step before and after the clock's is accepted; a step counts once (ASVS 6.5.1).
    """
    if account.totp_secret is None:
        return None
    typed = "".join(code.split())
    totp = pyotp.TOTP(_totp_secret(account))
    now = int(at.timestamp()) // TOTP_SECONDS
    used = -1 if account.totp_step is None else account.totp_step
    found = None
    for step in (now - 1, now, now + 1):
        fits = hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode())
        if fits and step > used:
            found = step
    return found


def totp_address(account: Account) -> str:
    """Return the otpauth address of the second factor that waits to be confirmed."""
    totp = pyotp.TOTP(_totp_secret(account))
    return totp.provisioning_uri(name=account.username, issuer_name=ISSUER)


def settings() -> Config:
    """Return the configuration of the application that runs."""
    held: Config = current_app.extensions["exam"]
    return held


def _totp_secret(account: Account) -> str:
    return keyring().decrypt_field("account", "totp_secret", account.id, account.totp_secret or b"")


def _add_account(person: Person, username: str, actor: Actor) -> tuple[Account, str]:
    name = rules.check_username(username)
    if queries.account_of_person(person.id) is not None:
        raise RuleBroken("people-has-account", field="id_number")
    if queries.find_account(name) is not None:
        raise RuleBroken("people-username-taken", field="username")
    account = Account(
        person=person, username=name, created_at=clock.now(), created_by_id=actor.account_id
    )
    code = _give_code(account)
    session().add(account)
    session().flush()
    return account, code


def _give_code(account: Account) -> str:
    code = passwords.make_code()
    account.one_time_hash = _code_digest(code)
    account.one_time_until = clock.now() + dt.timedelta(hours=rules.ACTIVATION_HOURS)
    return code


def _code_digest(code: str) -> str:
    return hashlib.sha256(passwords.normal_code(code).encode()).hexdigest()


def _proven(account: Account, code: str | None, old_password: str | None) -> bool:
    if not account.is_active:
        return False
    if code is not None:
        until = account.one_time_until
        held = account.one_time_hash
        fits = hmac.compare_digest(_code_digest(code), held or "-" * 64)
        return fits and held is not None and until is not None and clock.now() <= until
    memory = settings().argon2_memory_kib
    return passwords.verify_password(old_password or "", account.password_hash, memory_kib=memory)


def _end_sessions(account: Account, *, keep_id: int | None = None) -> int:
    at = clock.now()
    ended = [row for row in queries.open_sessions(account.id, at) if row.id != keep_id]
    for row in ended:
        row.ended_at = at
    return len(ended)
