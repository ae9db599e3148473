"""Signing in (登录): the password check, its limits, and sessions kept on the server."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from flask import current_app, g, has_request_context, request
from sqlalchemy import select

from exam_app.access import guard
from exam_app.access.actor import PUBLIC, Actor
from exam_app.access.terms import Role
from exam_app.audit import AccessKind, note_access
from exam_app.core import clock
from exam_app.core.crypto import keyring
from exam_app.core.db import end_read, lock, session, transaction
from exam_app.core.errors import NotAllowed
from exam_app.people import passwords, queries, rules
from exam_app.people.accounts import has_totp, set_password, settings, totp_step
from exam_app.people.models import Account, AuthSession
from exam_app.people.tries import counter_of

TOKEN_BYTES = 32
SEEN_EVERY = dt.timedelta(minutes=1)
IDLE = dt.timedelta(minutes=rules.IDLE_MINUTES)
ABSOLUTE = dt.timedelta(hours=rules.ABSOLUTE_HOURS)
FRESH = dt.timedelta(minutes=rules.FRESH_MINUTES)
LOCKED = dt.timedelta(minutes=rules.LOCK_MINUTES)
# One browser at a time for those who stand in an exam room or hold a paper's key.
ONE_BROWSER = frozenset({Role.INVIGILATOR, Role.CHIEF, Role.CUSTODIAN})


class SignInRefused(NotAllowed):
    """Username, password or code do not fit; it is not said which (登录未通过)."""

    code = "sign-in-refused"


class SignInLocked(NotAllowed):
    """Too many failures for this username (登录已锁定)."""

    status = 429
    code = "sign-in-locked"


class PasswordTooOld(NotAllowed):
    """The password fits, but is too weak for the duties held by now (口令须更换)."""

    code = "sign-in-renew"


class StepUpNeeded(NotAllowed):
    """The password must be shown again before this (须再次验证口令)."""

    code = "step-up-needed"


@dataclass(frozen=True)
class SignedIn:
    """A new session: the token for the cookie, never stored, and what still must be done."""

    token: str
    account_id: int
    session_id: int
    needs_totp: bool


def cookie_name() -> str:
    """Return the name of the session's cookie; bound to the host over https."""
    return "__Host-session" if settings().https else "session"


def sign_in(*, username: str, password: str, code: str, address: str) -> SignedIn:
    """Open a session, or refuse without saying what was wrong (登录).

    Args: code: of the second factor, empty where none is set. address: of the browser.
    Raises: SignInRefused, SignInLocked, PasswordTooOld.
    """
    name = rules.normal_username(username)
    try:
        signed = _sign_in(name, password, code, address)
    except NotAllowed as refused:
        account = queries.find_account(name)
        _note(AccessKind.SIGN_IN, None if account is None else _plain(account), refused.code)
        raise
    _note(AccessKind.SIGN_IN, _plain(queries.get_account(signed.account_id)), "ok")
    return signed


def activate(
    *,
    username: str,
    proof: str,
    by_code: bool,
    new_password: str,
    address: str,
    session_id: int | None = None,
) -> Account:
    """Set one's password with the one-time code or the old password (首次登录、更换口令).

    Every other session than ``session_id`` ends.
    Raises: SignInRefused, SignInLocked; BadPassword only to whom the account belongs.
    """
    name = rules.normal_username(username)
    _count_attempt(name, address)
    account = queries.find_account(name)
    if account is None or not account.is_active:
        if not by_code:
            passwords.verify_password(proof, None, memory_kib=settings().argon2_memory_kib)
        raise SignInRefused
    try:
        with transaction():
            set_password(
                account,
                new_password=new_password,
                code=proof if by_code else None,
                old_password=None if by_code else proof,
                actor=queries.private_actor(account, session_id=session_id),
            )
            _clear(name, address)
    except rules.BadPassword:
        with transaction():
            _clear(name, address)
        raise
    return account


def sign_out(row: AuthSession, actor: Actor) -> None:
    """End the session (退出登录)."""
    with transaction():
        row.ended_at = clock.now()
    _note(AccessKind.SIGN_OUT, actor, "ok")


def step_up(account: Account, row: AuthSession, *, password: str, address: str) -> None:
    """Note that the password was shown again (再次验证口令); it holds for five minutes."""
    _count_attempt(account.username, address)
    memory = settings().argon2_memory_kib
    if not passwords.verify_password(password, account.password_hash, memory_kib=memory):
        raise SignInRefused
    with transaction():
        _clear(account.username, address)
        row.stepped_up_at = clock.now()


def countersign(*, username: str, password: str, code: str, address: str) -> Account:
    """Return the account of somebody who signs on another person's page (当场会签).

    Opens no session and ends none; counted, limited and noted like a sign-in.
    Raises: SignInRefused, SignInLocked.
    """
    name = rules.normal_username(username)
    try:
        account = _countersign(name, password, code, address)
    except NotAllowed as refused:
        known = queries.find_account(name)
        _note(AccessKind.SIGN_IN, None if known is None else _plain(known), refused.code)
        raise
    _note(AccessKind.SIGN_IN, _plain(account), "ok")
    return account


def require_fresh(row: AuthSession | None) -> None:
    """Refuse what needs a password shown within the last five minutes (ASVS 7.5.3).

    Raises: StepUpNeeded: the page of the password leads back.
    """
    if row is None or row.stepped_up_at is None or clock.now() - row.stepped_up_at > FRESH:
        raise StepUpNeeded


def load_actor() -> None:
    """Set ``g.actor``, ``g.account`` and ``g.auth_session`` of this request.

    Writes at most the session's ``seen_at``, once a minute.
    """
    g.actor, g.account, g.auth_session, g.needs_totp = PUBLIC, None, None, False
    token = request.cookies.get(cookie_name())
    if request.endpoint is None or not token:
        return
    if guard.is_static(current_app, request.endpoint):
        return
    row = find_session(token, clock.now())
    if row is None:
        return
    if clock.now() - row.seen_at >= SEEN_EVERY:
        with transaction():
            row.seen_at = clock.now()
    account = queries.get_account(row.account_id)
    actor = queries.actor_of(account, clock.now(), session_id=row.id)
    if must_set_totp(account, actor):
        actor = queries.private_actor(account, session_id=row.id)
        g.needs_totp = True
    g.actor, g.account, g.auth_session = actor, account, row


def find_session(token: str, at: dt.datetime) -> AuthSession | None:
    """Return the open session of a token; ended, idle, too old or disabled ones are none."""
    query = select(AuthSession).where(
        AuthSession.token_hash == _token_hash(token), AuthSession.ended_at.is_(None)
    )
    row = session().scalars(query).first()
    if row is None or at >= row.ends_at or at - row.seen_at > IDLE:
        return None
    return row if queries.get_account(row.account_id).is_active else None


def must_set_totp(account: Account, actor: Actor) -> bool:
    """Return whether duties are withheld until the account has its second factor."""
    held = settings()
    staff = bool(actor.roles - queries.PRIVATE_ROLES)
    return held.totp_required and not held.demo and staff and not has_totp(account)


def _sign_in(name: str, password: str, code: str, address: str) -> SignedIn:
    _count_attempt(name, address)
    memory = settings().argon2_memory_kib
    account = queries.find_account(name)
    phc = account.password_hash if account is not None and account.is_active else None
    fits = passwords.verify_password(password, phc, memory_kib=memory)
    if account is None or not fits:
        raise SignInRefused
    with transaction():
        lock(account)
        if not account.is_active or account.password_hash != phc:
            raise SignInRefused
        if has_totp(account) and not settings().demo:
            step = totp_step(account, code, clock.now())
            if step is None:
                raise SignInRefused
            account.totp_step = step
        _clear(name, address)
        weak = _is_too_weak(account, password)
        if not weak and passwords.is_below_floor(phc or "", memory_kib=memory):
            account.password_hash = passwords.hash_password(password, memory_kib=memory)
        signed = None if weak else _open_session(account)
    if signed is None:
        raise PasswordTooOld
    return signed


def _countersign(name: str, password: str, code: str, address: str) -> Account:
    _count_attempt(name, address)
    account = queries.find_account(name)
    phc = account.password_hash if account is not None and account.is_active else None
    fits = passwords.verify_password(password, phc, memory_kib=settings().argon2_memory_kib)
    if account is None or not fits:
        raise SignInRefused
    with transaction():
        lock(account)
        if not account.is_active or account.password_hash != phc:
            raise SignInRefused
        if has_totp(account) and not settings().demo:
            step = totp_step(account, code, clock.now())
            if step is None:
                raise SignInRefused
            account.totp_step = step
        _clear(name, address)
    return account


def _is_too_weak(account: Account, password: str) -> bool:
    if settings().demo:
        return False
    staff = queries.is_staff(account.id, clock.today())
    found = rules.password_problem(password, username=account.username, staff=staff)
    return found is not None


def _open_session(account: Account) -> SignedIn:
    at, token = clock.now(), secrets.token_urlsafe(TOKEN_BYTES)
    actor = queries.actor_of(account, at)
    if actor.roles & ONE_BROWSER:
        for other in queries.open_sessions(account.id, at):
            other.ended_at = at
    row = AuthSession(
        account_id=account.id,
        token_hash=_token_hash(token),
        created_at=at,
        seen_at=at,
        ends_at=at + ABSOLUTE,
        stepped_up_at=at,
    )
    session().add(row)
    session().flush()
    return SignedIn(token, account.id, row.id, must_set_totp(account, actor))


def _token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _plain(account: Account) -> Actor:
    return queries.private_actor(account)


def _note(kind: AccessKind, actor: Actor | None, outcome: str) -> None:
    end_read()  # the note is written on a connection of its own
    place = (request.endpoint or "") if has_request_context() else "cli"
    note_access(kind, actor=actor, outcome=outcome, endpoint=place)


def _subjects(name: str, address: str) -> tuple[tuple[str, int], ...]:
    """Return the counted subjects and their limits; never an address alone (one hall, one NAT)."""
    ring = keyring()
    return (
        (ring.blind_index(f"sign-in:{name}").hex(), rules.LOCK_FAILURES_ANYWHERE),
        (ring.blind_index(f"sign-in:{name}:{address}").hex(), rules.LOCK_FAILURES),
    )


def _count_attempt(name: str, address: str) -> None:
    """Count the attempt before it is looked at, so that no parallel one goes uncounted.

    Raises: SignInLocked: five failures within 15 minutes; known and unknown names alike.
    """
    at = clock.now()
    with transaction():
        counted = [(counter_of(subject, at), limit) for subject, limit in _subjects(name, address)]
        for counter, _ in counted:
            if counter.locked_until is not None and counter.locked_until > at:
                raise SignInLocked(minutes=rules.LOCK_MINUTES)
        for counter, limit in counted:
            if counter.locked_until is not None or at - counter.first_at > LOCKED:
                counter.failures, counter.first_at, counter.locked_until = 0, at, None
            counter.failures += 1
            if counter.failures >= limit:
                counter.locked_until = at + LOCKED


def _clear(name: str, address: str) -> None:
    for subject, _ in _subjects(name, address):
        counter = counter_of(subject, clock.now())
        counter.failures, counter.locked_until = 0, None
