"""Signing in: limits, second factor, sessions that end."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Callable

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask, g

from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit.models import AccessEvent
from exam_app.core import clock as exam_clock
from exam_app.core.db import session, transaction
from exam_app.core.errors import BadInput, NotAllowed, RuleBroken
from exam_app.people import accounts, passwords, queries, rules, service, sign_in
from exam_app.people.models import Account, AuthSession, LoginCounter
from tests.conftest import Clock
from tests.factories.people import (
    PASSWORD,
    actor_of,
    make_account,
    make_actor,
    make_appointment,
    make_organisation,
    make_staff,
)

HERE = "192.0.2.7"


def enter(
    app: Flask, username: str, password: str = PASSWORD, code: str = "", address: str = HERE
) -> sign_in.SignedIn:
    """Sign in from an address."""
    with app.test_request_context("/sign-in", method="POST"):
        return sign_in.sign_in(username=username, password=password, code=code, address=address)


def actor_with(app: Flask, token: str) -> bool:
    """Return whether the token's browser is signed in."""
    with app.test_request_context("/account", headers={"Cookie": f"session={token}"}):
        sign_in.load_actor()
        return bool(g.actor.is_signed_in)


@pytest.fixture
def account(app: Flask) -> Account:
    """Return a committed trainee's account."""
    made = make_account(username="li.mei")
    session().commit()
    return made


def test_a_token_is_new_and_only_its_digest_is_kept(app: Flask, account: Account) -> None:
    """Each sign-in draws 256 bits anew (ASVS 7.2.3-4); the database holds no token."""
    one, other = enter(app, "li.mei"), enter(app, " LI.MEI ")
    assert one.token != other.token
    assert len(one.token) == 43
    hashes = set(session().scalars(sa.select(AuthSession.token_hash)))
    assert one.token.encode() not in hashes
    assert len(hashes) == 2
    assert actor_with(app, one.token)
    assert not actor_with(app, one.token[:-1] + "x")
    assert not actor_with(app, "")


def test_five_failures_lock_for_fifteen_minutes(
    app: Flask, clock: Clock, account: Account, make_app: Callable[..., Flask]
) -> None:
    """The sixth attempt is refused with the right password, by a new worker as well."""
    for _ in range(rules.LOCK_FAILURES):
        with pytest.raises(sign_in.SignInRefused):
            enter(app, "li.mei", "wrong-password")
    with pytest.raises(sign_in.SignInLocked):
        enter(app, "li.mei")
    other_worker = make_app()
    with other_worker.app_context(), pytest.raises(sign_in.SignInLocked):
        enter(other_worker, "li.mei")
    clock.forward(minutes=14, seconds=59)
    with pytest.raises(sign_in.SignInLocked):
        enter(app, "li.mei")
    clock.forward(seconds=1)
    assert enter(app, "li.mei").account_id == account.id


def test_a_lock_holds_for_the_name_and_place(app: Flask, account: Account) -> None:
    """Neither a shared address nor a stranger elsewhere locks others out; twenty anywhere do."""
    other = make_account(username="wang.fang")
    session().commit()
    for _ in range(rules.LOCK_FAILURES):
        with pytest.raises(sign_in.SignInRefused):
            enter(app, "li.mei", "wrong-password")
    assert enter(app, "wang.fang").account_id == other.id
    assert enter(app, "li.mei", address="192.0.2.8").account_id == account.id
    for place in range(4):
        for _ in range(rules.LOCK_FAILURES):
            with pytest.raises(sign_in.SignInRefused):
                enter(app, "li.mei", "wrong-password", address=f"198.51.100.{place}")
    with pytest.raises(sign_in.SignInLocked):
        enter(app, "li.mei", address="192.0.2.9")


def test_success_forgives_and_old_failures_are_forgotten(
    app: Flask, clock: Clock, account: Account
) -> None:
    """Four failures and a success begin anew; failures older than 15 minutes do not count."""
    for pause in (0, 16):
        for _ in range(rules.LOCK_FAILURES - 1):
            with pytest.raises(sign_in.SignInRefused):
                enter(app, "li.mei", "wrong-password")
        clock.forward(minutes=pause)
        assert enter(app, "li.mei")
    counters = session().scalars(sa.select(LoginCounter)).all()
    assert {counter.failures for counter in counters} == {0}
    assert all("li" not in counter.subject.split(":") for counter in counters)


def test_unknown_names_are_locked_like_known_ones(app: Flask, account: Account) -> None:
    """The answers to a known and an unknown username are the same, one by one."""
    answers: dict[str, list[str]] = {"li.mei": [], "nobody": []}
    for name, said in answers.items():
        for _ in range(rules.LOCK_FAILURES + 1):
            with pytest.raises(NotAllowed) as refused:
                enter(app, name, "wrong-password")
            said.append(refused.value.code)
    assert answers["li.mei"] == answers["nobody"]


def test_unknown_names_take_the_same_work(app: Flask, account: Account) -> None:
    """The password check of nobody costs what a wrong password costs (ASVS 6.3.8)."""
    phc = account.password_hash
    spent: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(15):
        for is_known, times in spent.items():
            began = time.perf_counter()
            passwords.verify_password("wrong-password", phc if is_known else None, memory_kib=1024)
            times.append(time.perf_counter() - began)
    known, unknown = (statistics.median(times) for times in spent.values())
    assert 0.3 < known / unknown < 3


def test_who_has_no_password_yet_and_who_is_disabled_stays_out(app: Flask, clock: Clock) -> None:
    """An account that waits for its code and a disabled one answer as an unknown one does."""
    make_account(username="waiting", password=None)
    make_account(username="disabled").is_active = False
    session().commit()
    for name in ("waiting", "disabled"):
        for password in (PASSWORD, ""):
            with pytest.raises(sign_in.SignInRefused):
                enter(app, name, password)


def test_a_session_ends_idle_and_at_last(app: Flask, clock: Clock, account: Account) -> None:
    """Thirty minutes without a request, or twelve hours in all, end it (ASVS 7.3.1-2)."""
    idle = enter(app, "li.mei").token
    clock.forward(minutes=30)
    assert actor_with(app, idle)
    clock.forward(minutes=30, seconds=1)
    assert not actor_with(app, idle)
    busy = enter(app, "li.mei").token
    for _ in range(12 * 3 - 1):
        clock.forward(minutes=20)
        assert actor_with(app, busy)
    clock.forward(minutes=20)
    assert not actor_with(app, busy)


def test_seen_is_written_once_a_minute(app: Flask, clock: Clock, account: Account) -> None:
    """A request within the minute writes nothing."""
    signed = enter(app, "li.mei")
    began = exam_clock.now()
    for seconds, seen in ((59, False), (1, True)):
        clock.forward(seconds=seconds)
        assert actor_with(app, signed.token)
        row = session().get(AuthSession, signed.session_id)
        assert row is not None
        assert (row.seen_at > began) is seen


def test_sign_out_disabling_and_the_administrator_end_sessions(
    app: Flask, clock: Clock, account: Account
) -> None:
    """The old cookie is worth nothing after each of them (ASVS 7.4.1-2, 7.4.5)."""
    admin = make_actor(Role.SYSADMIN)
    session().commit()
    tokens = [enter(app, "li.mei").token for _ in range(2)]
    row = sign_in.find_session(tokens[0], exam_clock.now())
    assert row is not None
    with app.test_request_context("/sign-out", method="POST"):
        sign_in.sign_out(row, actor_of(account))
    assert [actor_with(app, token) for token in tokens] == [False, True]
    with transaction():
        assert service.end_sessions(account, actor=admin) == 1
    assert not actor_with(app, tokens[1])
    third = enter(app, "li.mei").token
    with transaction():
        service.disable_account(account, reason="离职", actor=admin)
    assert not actor_with(app, third)
    with pytest.raises(sign_in.SignInRefused):
        enter(app, "li.mei")


def test_a_new_password_ends_the_other_sessions(app: Flask, account: Account) -> None:
    """The browser that changed it stays; all others must sign in again."""
    kept, other = enter(app, "li.mei"), enter(app, "li.mei")
    with app.test_request_context("/account/password", method="POST"):
        sign_in.activate(
            username="li.mei",
            proof=PASSWORD,
            by_code=False,
            new_password=PASSWORD + "-new",
            address=HERE,
            session_id=kept.session_id,
        )
    assert actor_with(app, kept.token)
    assert not actor_with(app, other.token)
    assert enter(app, "li.mei", PASSWORD + "-new")


def test_an_invigilator_has_one_browser(app: Flask, clock: Clock) -> None:
    """A second sign-in of an invigilator ends the first (T24)."""
    make_staff(Role.INVIGILATOR, kind=OrganisationKind.COUNTY_EM, username="invigilator")
    session().commit()
    first, second = enter(app, "invigilator").token, enter(app, "invigilator").token
    assert [actor_with(app, token) for token in (first, second)] == [False, True]


def test_a_weak_password_must_be_renewed_when_duties_come(app: Flask, clock: Clock) -> None:
    """A trainee's short password opens no duty of the staff; the old one proves the new."""
    account = make_account(username="promoted", password="Birch-071")
    session().commit()
    assert enter(app, "promoted", "Birch-071")
    make_appointment(account, make_organisation(), Role.MARKER)
    session().commit()
    with pytest.raises(sign_in.PasswordTooOld):
        enter(app, "promoted", "Birch-071")
    with pytest.raises(sign_in.SignInRefused):
        enter(app, "promoted", "Birch-072")


def enrolled(account: Account) -> pyotp.TOTP:
    """Give the account a second factor and return it."""
    actor = actor_of(account)
    with transaction():
        address = service.enrol_totp(account, actor=actor)
    totp = pyotp.parse_uri(address)
    assert isinstance(totp, pyotp.TOTP)
    with transaction():
        service.confirm_totp(account, code=totp.at(exam_clock.now()), actor=actor)
    return totp


def test_each_code_counts_once(app: Flask, clock: Clock, account: Account) -> None:
    """The code that confirmed the factor, and one used to sign in, open nothing again (6.5.1)."""
    totp = enrolled(account)
    with pytest.raises(sign_in.SignInRefused):
        enter(app, "li.mei", code=totp.at(exam_clock.now()))
    clock.forward(seconds=30)
    code = totp.at(exam_clock.now())
    assert enter(app, "li.mei", code=f" {code[:3]} {code[3:]} ")
    with pytest.raises(sign_in.SignInRefused):
        enter(app, "li.mei", code=code)
    clock.forward(seconds=30)
    with pytest.raises(sign_in.SignInRefused):
        enter(app, "li.mei", code=code)


@pytest.mark.parametrize("code", ["", "000000", "１２３４５６", "abcdef"])
def test_a_wrong_code_is_a_failure_like_another(
    app: Flask, clock: Clock, account: Account, code: str
) -> None:
    """Without the second factor the right password opens nothing and counts as a failure."""
    totp = enrolled(account)
    clock.forward(seconds=30)
    if code == totp.at(exam_clock.now()):
        code = "000001"
    for _ in range(rules.LOCK_FAILURES):
        with pytest.raises(sign_in.SignInRefused):
            enter(app, "li.mei", code=code)
    with pytest.raises(sign_in.SignInLocked):
        enter(app, "li.mei", code=totp.at(exam_clock.now()))


def test_codes_far_off_the_clock_do_not_count(app: Flask, clock: Clock, account: Account) -> None:
    """One step before and after is accepted, no more."""
    totp = enrolled(account)
    clock.forward(minutes=5)
    at = exam_clock.now()
    for steps, fits in ((-2, False), (2, False), (-1, True), (1, True)):
        code = totp.at(at + dt.timedelta(seconds=30 * steps))
        found = accounts.totp_step(account, code, at)
        assert (found is not None) is fits


def test_a_second_factor_is_not_replaced_by_its_holder(app: Flask, account: Account) -> None:
    """Only a reset by two administrators takes it away; an unconfirmed one does not count."""
    actor = actor_of(account)
    service.enrol_totp(account, actor=actor)
    assert not accounts.has_totp(account)
    with pytest.raises(BadInput, match="people-totp-wrong"):
        service.confirm_totp(account, code="000000x", actor=actor)
    session().commit()
    enrolled(account)
    with pytest.raises(RuleBroken, match="people-totp-set"):
        service.enrol_totp(account, actor=actor)


def test_staff_have_no_duty_before_their_second_factor(
    make_app: Callable[..., Flask], clock: Clock
) -> None:
    """Where it is required, somebody without it acts for themselves alone (6.3.3)."""
    app = make_app(totp_required=True)
    with app.app_context():
        staff = make_staff(Role.MARKER, username="marker")
        session().commit()
        signed = enter(app, "marker")
        assert signed.needs_totp
        cookie = {"Cookie": f"session={signed.token}"}
        with app.test_request_context("/account", headers=cookie):
            sign_in.load_actor()
            assert g.actor.roles == {Role.TRAINEE}
            assert g.needs_totp
        enrolled(queries.get_account(staff.id))
        with app.test_request_context("/account", headers=cookie):
            sign_in.load_actor()
            assert g.actor.roles == {Role.MARKER}


def test_the_password_is_asked_again_after_five_minutes(
    app: Flask, clock: Clock, account: Account
) -> None:
    """A step-up holds five minutes and needs the right password (7.5.3)."""
    signed = enter(app, "li.mei")
    row = session().get(AuthSession, signed.session_id)
    assert row is not None
    sign_in.require_fresh(row)
    clock.forward(minutes=5, seconds=1)
    for stale in (row, None):
        with pytest.raises(sign_in.StepUpNeeded):
            sign_in.require_fresh(stale)
    with pytest.raises(sign_in.SignInRefused):
        sign_in.step_up(account, row, password="wrong-password", address=HERE)
    sign_in.step_up(account, row, password=PASSWORD, address=HERE)
    sign_in.require_fresh(row)


def test_each_attempt_leaves_an_event_without_a_name(app: Flask, account: Account) -> None:
    """Successes and refusals are in the access log, with account and outcome alone (16.3.1)."""
    enter(app, "li.mei")
    for name in ("li.mei", "nobody"):
        with pytest.raises(sign_in.SignInRefused):
            enter(app, name, "wrong-password")
    rows = session().execute(
        sa.select(AccessEvent.kind, AccessEvent.account_id, AccessEvent.outcome).order_by(
            AccessEvent.id
        )
    )
    assert [tuple(row) for row in rows] == [
        ("sign-in", account.id, "ok"),
        ("sign-in", account.id, "sign-in-refused"),
        ("sign-in", None, "sign-in-refused"),
    ]


def test_a_cheap_hash_is_made_dearer_at_sign_in(
    app: Flask, make_app: Callable[..., Flask], account: Account
) -> None:
    """A hash below today's cost is renewed by the next sign-in (11.4.2)."""
    dearer = make_app(argon2_memory_kib=2048)
    with dearer.app_context():
        enter(dearer, "li.mei")
        phc = queries.get_account(account.id).password_hash or ""
        assert "m=2048" in phc
        assert enter(dearer, "li.mei")
