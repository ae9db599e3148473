"""Changes of people: who may appoint whom, and what stands apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from exam_app.access.actor import SYSTEM, Actor
from exam_app.access.terms import OrganisationKind, Role, Side
from exam_app.audit.models import AuditEntry
from exam_app.core import clock as exam_clock
from exam_app.core.db import session, transaction
from exam_app.core.errors import BadInput, DutyConflict, NotAllowed, RuleBroken
from exam_app.people import queries, rules, service
from exam_app.people.models import Account, Organisation, Person
from exam_app.people.terms import TieKind
from tests.conftest import Clock
from tests.factories.people import (
    PASSWORD,
    actor_of,
    credit_code,
    id_number,
    make_account,
    make_actor,
    make_organisation,
    make_person,
    make_person_tie,
    make_staff,
)

ON = dt.date(2025, 3, 10)


def actions() -> list[str]:
    """Return what the trail says was done, in order."""
    session().commit()
    return list(session().scalars(sa.select(AuditEntry.action).order_by(AuditEntry.seq)))


@pytest.fixture
def authority(app: Flask) -> Organisation:
    """Return the authority."""
    return make_organisation()


@pytest.fixture
def first(authority: Organisation) -> Actor:
    """Return one approver."""
    return make_actor(Role.DUTY_APPROVER, organisation=authority)


@pytest.fixture
def second(authority: Organisation) -> Actor:
    """Return another approver."""
    return make_actor(Role.DUTY_APPROVER, organisation=authority)


def appointed(
    account: Account, organisation: Organisation, role: Role, first: Actor, second: Actor
) -> Actor:
    """Let two approvers appoint an account and return its actor."""
    proposed = service.appoint(
        account, organisation=organisation, role=role, from_on=ON, reason="文件", actor=first
    )
    service.confirm_appointment(proposed, actor=second)
    return actor_of(account)


def test_a_fresh_database_has_no_account(app: Flask) -> None:
    """No default account exists (ASVS 6.3.2)."""
    assert queries.count_accounts() == 0


def test_a_person_is_the_same_under_the_same_number(app: Flask) -> None:
    """The ID number finds the person; another name is refused; nothing is stored in plain."""
    number = id_number()
    actor = make_actor(Role.EXAM_ADMIN)
    person = service.register_person(name="李梅", id_number=number.lower(), actor=actor)
    again = service.register_person(name=" 李梅 ", id_number=number, actor=actor)
    assert again.id == person.id
    with pytest.raises(RuleBroken, match="people-name-mismatch"):
        service.register_person(name="李海", id_number=number, actor=actor)
    assert number.encode() not in person.id_number
    assert queries.id_number_of(person) == number
    assert queries.masked_id(person) == "*" * 14 + number[-4:]
    assert actions() == ["people:person:create"]


def test_no_row_holds_an_id_number_in_plain(app: Flask) -> None:
    """A canary number appears in no column of any table."""
    number = id_number()
    service.register_person(name="李梅", id_number=number, actor=make_actor(Role.EXAM_ADMIN))
    session().commit()
    connection = session().connection()
    for table in sa.inspect(connection).get_table_names():
        for row in connection.execute(sa.text(f'SELECT * FROM "{table}"')):
            assert number not in " ".join(
                bytes(cell).decode("latin-1") if isinstance(cell, bytes | memoryview) else str(cell)
                for cell in row
            )


def test_an_organisation_is_registered_once(app: Flask) -> None:
    """Name and credit code belong to one organisation; private kinds are none."""
    actor, code = make_actor(Role.EXAM_ADMIN), credit_code()

    def register(**over: object) -> Organisation:
        given = {
            "name": "伊春一矿",
            "kind": OrganisationKind.ENTERPRISE,
            "credit_code": code,
            "division_code": "230700",
            "actor": actor,
        }
        return service.register_organisation(**{**given, **over})  # type: ignore[arg-type]

    register()
    with pytest.raises(RuleBroken, match="people-organisation-known"):
        register(name="别的名称")
    with pytest.raises(RuleBroken, match="people-organisation-known"):
        register(credit_code=credit_code())
    with pytest.raises(BadInput, match="people-organisation-kind"):
        register(name="某人", credit_code=credit_code(), kind=OrganisationKind.PERSON)
    with pytest.raises(NotAllowed):
        register(actor=make_actor(Role.CLERK, kind=OrganisationKind.PROVIDER))


def test_a_duty_takes_two_approvers(authority: Organisation, first: Actor, second: Actor) -> None:
    """A proposed duty does not hold; its proposer can't confirm it; a second person can, once."""
    account = make_account()
    proposed = service.appoint(
        account,
        organisation=authority,
        role=Role.PAPER_SETTER,
        from_on=ON,
        reason="伊应急〔2025〕3号",
        actor=first,
    )
    assert actor_of(account).roles == {Role.TRAINEE}
    with pytest.raises(DutyConflict, match="duty-two"):
        service.confirm_appointment(proposed, actor=first)
    service.confirm_appointment(proposed, actor=second)
    actor = actor_of(account)
    assert actor.roles == {Role.PAPER_SETTER}
    assert actor.kinds == {OrganisationKind.CITY_EM}
    assert actor.side is Side.EXAMINING
    with pytest.raises(RuleBroken, match="people-already-confirmed"):
        service.confirm_appointment(proposed, actor=second)
    assert actions() == ["people:duty:propose", "people:duty:grant"]


def test_nobody_appoints_themselves(authority: Organisation, first: Actor, second: Actor) -> None:
    """Neither proposing nor confirming one's own duty is possible."""
    own = queries.get_account(first.account_id or 0)
    with pytest.raises(DutyConflict, match="duty-not-author"):
        service.appoint(
            own,
            organisation=authority,
            role=Role.EXAM_ADMIN,
            from_on=ON,
            reason="文件",
            actor=first,
        )
    proposed = service.appoint(
        own, organisation=authority, role=Role.OVERSEER, from_on=ON, reason="文件", actor=second
    )
    with pytest.raises(DutyConflict, match="duty-not-author"):
        service.confirm_appointment(proposed, actor=first)


def test_an_ended_duty_is_gone_at_once(
    authority: Organisation, first: Actor, second: Actor
) -> None:
    """The next request of the account has the duty no more (ASVS 8.3.2); it ends once."""
    account = make_account()
    appointed(account, authority, Role.MARKER, first, second)
    row = queries.appointments_of(account.id, exam_clock.now())[0]
    service.end_appointment(row, reason="调离", actor=second)
    assert actor_of(account).roles == {Role.TRAINEE}
    with pytest.raises(RuleBroken, match="people-already-ended"):
        service.end_appointment(row, reason="调离", actor=second)


def test_a_duty_holds_within_its_days(
    clock: Clock, authority: Organisation, first: Actor, second: Actor
) -> None:
    """A dated duty holds from its first to its last local day."""
    account = make_account()
    proposed = service.appoint(
        account,
        organisation=authority,
        role=Role.MARKER,
        from_on=dt.date(2025, 3, 12),
        until_on=dt.date(2025, 3, 13),
        reason="文件",
        actor=first,
    )
    service.confirm_appointment(proposed, actor=second)
    for moment, holds in (
        ("2025-03-11 23:59", False),
        ("2025-03-12 00:00", True),
        ("2025-03-13 23:59", True),
        ("2025-03-14 00:00", False),
    ):
        clock.set(moment)
        assert (Role.MARKER in actor_of(account).roles) is holds


@pytest.mark.parametrize(
    ("held", "wanted", "code"),
    [
        (Role.SYSADMIN, Role.SECADMIN, "wall-w5"),
        (Role.SYSADMIN, Role.AUDITOR, "wall-w5"),
        (Role.AUDITOR, Role.EXAM_ADMIN, "wall-w5"),
        (Role.SECADMIN, Role.PAPER_SETTER, "wall-w5"),
        (Role.PAPER_SETTER, Role.PAPER_APPROVER, "apart"),
        (Role.MARKER, Role.RESULT_PUBLISHER, "apart"),
        (Role.CERTIFICATE_OFFICER, Role.CERTIFICATE_APPROVER, "apart"),
    ],
)
def test_duties_that_stand_apart_are_not_given_to_one_person(
    authority: Organisation, first: Actor, second: Actor, held: Role, wanted: Role, code: str
) -> None:
    """W5 and the pairs that stand apart are checked over all duties of the person."""
    account = make_staff(held, organisation=authority)
    with pytest.raises(DutyConflict, match=code) as refused:
        service.appoint(
            account, organisation=authority, role=wanted, from_on=ON, reason="文件", actor=first
        )
    assert refused.value.facts["clause"]


def test_a_proposed_duty_counts_when_another_is_proposed(
    authority: Organisation, first: Actor
) -> None:
    """Two duties that stand apart can't both be waiting to be confirmed."""
    account = make_account()
    service.appoint(
        account,
        organisation=authority,
        role=Role.PAPER_SETTER,
        from_on=ON,
        reason="文件",
        actor=first,
    )
    with pytest.raises(DutyConflict, match="apart"):
        service.appoint(
            account,
            organisation=authority,
            role=Role.PAPER_APPROVER,
            from_on=ON,
            reason="文件",
            actor=first,
        )


def test_nobody_teaches_and_examines(authority: Organisation, first: Actor) -> None:
    """W6 and W1: a provider's clerk gets no duty of the exam."""
    account = make_staff(Role.CLERK, kind=OrganisationKind.PROVIDER)
    with pytest.raises(DutyConflict, match="wall-w6"):
        service.appoint(
            account,
            organisation=authority,
            role=Role.INVIGILATOR,
            from_on=ON,
            reason="文件",
            actor=first,
        )


def test_an_examiner_gets_no_duty_of_teaching(authority: Organisation, first: Actor) -> None:
    """W6 the other way round."""
    provider = make_organisation(OrganisationKind.PROVIDER)
    account = make_staff(Role.ITEM_WRITER, organisation=authority)
    with pytest.raises(DutyConflict, match="wall-w6"):
        service.appoint(
            account,
            organisation=provider,
            role=Role.INSTRUCTOR,
            from_on=ON,
            reason="文件",
            actor=first,
        )


@pytest.mark.parametrize("kind", list(TieKind))
def test_who_is_tied_to_a_provider_gets_no_duty_of_the_exam(
    authority: Organisation, first: Actor, second: Actor, kind: TieKind
) -> None:
    """A tie without any account of the provider is enough; a tie that has come since, too."""
    provider = make_organisation(OrganisationKind.PROVIDER)
    account = make_account()
    proposed = service.appoint(
        account, organisation=authority, role=Role.MARKER, from_on=ON, reason="文件", actor=first
    )
    make_person_tie(account.person, provider, kind)
    with pytest.raises(DutyConflict, match="wall-w1"):
        service.confirm_appointment(proposed, actor=second)
    other = make_account()
    make_person_tie(other.person, provider, kind)
    with pytest.raises(DutyConflict, match="wall-w1"):
        service.appoint(
            other,
            organisation=authority,
            role=Role.MARKER,
            from_on=ON,
            reason="文件",
            actor=first,
        )


def test_a_role_must_fit_the_organisation(first: Actor) -> None:
    """A provider has no paper setter; a role is not given twice in one place."""
    provider = make_organisation(OrganisationKind.PROVIDER)
    with pytest.raises(RuleBroken, match="people-role-kind"):
        service.appoint(
            make_account(),
            organisation=provider,
            role=Role.PAPER_SETTER,
            from_on=ON,
            reason="文件",
            actor=first,
        )
    clerk = make_staff(Role.CLERK, organisation=provider)
    with pytest.raises(RuleBroken, match="people-already-appointed"):
        service.appoint(
            clerk,
            organisation=provider,
            role=Role.CLERK,
            from_on=ON,
            reason="文件",
            actor=first,
        )


def test_founding_closes_with_two_approvers(authority: Organisation) -> None:
    """The first administrators are founded by the system alone, until two approvers hold."""
    founded: dict[int, frozenset[Role]] = {}
    for role in (Role.SYSADMIN, Role.SECADMIN, Role.DUTY_APPROVER, Role.DUTY_APPROVER):
        account, code = service.found_account(
            make_person(), username=f"f{len(founded)}-{role[:4].replace('_', '')}", actor=SYSTEM
        )
        assert code
        service.found(account, organisation=authority, role=role, reason="系统初始化", actor=SYSTEM)
        founded[account.id] = actor_of(account).roles
    assert list(founded.values())[-1] == {Role.DUTY_APPROVER}
    with pytest.raises(RuleBroken, match="people-founding-over"):
        service.found_account(make_person(), username="late", actor=SYSTEM)
    with pytest.raises(RuleBroken, match="people-founding-over"):
        service.found(
            make_account(), organisation=authority, role=Role.SECADMIN, reason="x", actor=SYSTEM
        )
    assert actions().count("people:authority:found") == 4


def test_founding_is_no_way_around(authority: Organisation, first: Actor) -> None:
    """A signed-in person founds nothing, and founding gives no duty of the exam."""
    account = make_account()
    with pytest.raises(NotAllowed, match="people-founding-by-system"):
        service.found(account, organisation=authority, role=Role.SYSADMIN, reason="x", actor=first)
    with pytest.raises(RuleBroken, match="people-founding-role"):
        service.found(
            account, organisation=authority, role=Role.PAPER_SETTER, reason="x", actor=SYSTEM
        )


def test_an_account_has_no_password_but_a_code_used_once(
    clock: Clock, authority: Organisation
) -> None:
    """The administrator never learns a password; the code works once and for 24 hours."""
    admin = make_actor(Role.SYSADMIN, organisation=authority)
    person = make_person()
    account, code = service.create_account(person, username="li.mei", reason="入职", actor=admin)
    assert account.password_hash is None
    assert code not in (account.one_time_hash or "")
    actor = actor_of(account)
    service.set_password(account, new_password=PASSWORD, code=code, actor=actor)
    with pytest.raises(NotAllowed, match="sign-in-refused"):
        service.set_password(account, new_password=PASSWORD + "x", code=code, actor=actor)
    late, late_code = service.create_account(
        make_person(), username="late", reason="入职", actor=admin
    )
    clock.forward(hours=24, seconds=1)
    with pytest.raises(NotAllowed, match="sign-in-refused"):
        service.set_password(late, new_password=PASSWORD, code=late_code, actor=actor_of(late))


def test_one_account_for_a_person_and_one_person_for_a_name(authority: Organisation) -> None:
    """A second account of a person, and a taken username, are refused; so is anybody else."""
    admin = make_actor(Role.SYSADMIN, organisation=authority)
    account = make_account(username="li.mei")
    with pytest.raises(RuleBroken, match="people-has-account"):
        service.create_account(account.person, username="other", reason="x", actor=admin)
    with pytest.raises(RuleBroken, match="people-username-taken"):
        service.create_account(make_person(), username="Li.Mei", reason="x", actor=admin)
    with pytest.raises(NotAllowed):
        service.create_account(
            make_person(),
            username="third",
            reason="x",
            actor=make_actor(Role.EXAM_ADMIN, organisation=authority),
        )


def test_staff_need_a_longer_password(authority: Organisation, first: Actor) -> None:
    """Eight characters do for a trainee, not for somebody with a duty, proposed or held."""
    admin = make_actor(Role.SYSADMIN, organisation=authority)
    short = "Birch-071"
    trainee, code = service.create_account(
        make_person(), username="trainee", reason="x", actor=admin
    )
    service.set_password(trainee, new_password=short, code=code, actor=actor_of(trainee))
    staff, code = service.create_account(make_person(), username="staff", reason="x", actor=admin)
    service.appoint(
        staff, organisation=authority, role=Role.MARKER, from_on=ON, reason="x", actor=first
    )
    with pytest.raises(rules.BadPassword, match="people-password-short"):
        service.set_password(staff, new_password=short, code=code, actor=actor_of(staff))
    service.set_password(staff, new_password=PASSWORD, code=code, actor=actor_of(staff))


def test_an_account_is_reset_by_two_administrators(authority: Organisation) -> None:
    """One asks, another resets; never the holder, never one alone, never unasked."""
    one = make_actor(Role.SYSADMIN, organisation=authority)
    other = make_actor(Role.SYSADMIN, organisation=authority)
    account = make_account()
    with pytest.raises(DutyConflict, match="duty-two"):
        service.reset_account(account, actor=other)
    service.ask_reset(account, reason="忘记口令", actor=one)
    with pytest.raises(DutyConflict, match="duty-two"):
        service.reset_account(account, actor=one)
    code = service.reset_account(account, actor=other)
    assert account.password_hash is None
    assert account.totp_secret is None
    service.set_password(account, new_password=PASSWORD, code=code, actor=actor_of(account))
    with pytest.raises(RuleBroken, match="people-two-persons"):
        service.ask_reset(queries.get_account(one.account_id or 0), reason="x", actor=one)


def test_a_recusal_ends_by_another_person(authority: Organisation) -> None:
    """Nobody lifts their own recusal; person and organisation are not both named."""
    officer = make_actor(Role.EXAM_ADMIN, organisation=authority)
    own = queries.get_person(officer.person_id or 0)
    other: Person = make_person()
    recusal = service.record_recusal(
        own, other_person=other, reason="亲属", from_on=ON, actor=officer
    )
    with pytest.raises(RuleBroken, match="people-two-persons"):
        service.end_recusal(recusal, reason="无", actor=officer)
    colleague = make_actor(Role.OVERSEER, organisation=authority)
    service.end_recusal(recusal, reason="登记有误", actor=colleague)
    with pytest.raises(RuleBroken, match="people-already-ended"):
        service.end_recusal(recusal, reason="登记有误", actor=colleague)
    for wrong in (
        {},
        {"other_person": other, "organisation": authority},
        {"other_person": own},
    ):
        with pytest.raises(BadInput, match="people-recusal-object"):
            service.record_recusal(own, **wrong, reason="x", from_on=ON, actor=officer)


def test_an_entrustment_takes_two_approvers_and_ends_at_once(
    authority: Organisation, first: Actor, second: Actor
) -> None:
    """Only an exam agency is entrusted, by one's own authority, by two persons."""
    agency = make_organisation(OrganisationKind.AGENCY)
    provider = make_organisation(OrganisationKind.PROVIDER)
    with pytest.raises(RuleBroken, match="people-not-an-agency"):
        service.entrust(authority=authority, agency=provider, from_on=ON, reason="函", actor=first)
    with pytest.raises(RuleBroken, match="people-not-own-authority"):
        service.entrust(
            authority=make_organisation(), agency=agency, from_on=ON, reason="函", actor=first
        )
    row = service.entrust(
        authority=authority, agency=agency, from_on=ON, reason="委托书", actor=first
    )
    assert not queries.is_entrusted(agency.id, authority.id, ON)
    with pytest.raises(DutyConflict, match="duty-two"):
        service.confirm_entrustment(row, actor=first)
    service.confirm_entrustment(row, actor=second)
    assert queries.is_entrusted(agency.id, authority.id, ON)
    examiner = make_actor(Role.EXAM_ADMIN, organisation=agency)
    assert queries.authorities_served(examiner, ON) == {authority.id}
    service.end_entrustment(row, reason="到期", actor=first)
    assert not queries.is_entrusted(agency.id, authority.id, ON)
    assert queries.authorities_served(examiner, ON) == frozenset()


def test_a_local_setting_takes_two_persons_and_its_day(authority: Organisation) -> None:
    """A setting is laid over the profile from its day, once a second person approved it."""
    one = make_actor(Role.SECADMIN, organisation=authority)
    other = make_actor(Role.SECADMIN, organisation=authority)
    profile = "cn-hlj-yichun-2025"

    def propose(value: str, on: dt.date = ON) -> object:
        return service.propose_setting(
            authority=authority,
            profile_id=profile,
            key="exam.pass_mark",
            value=value,
            from_on=on,
            reason="局长办公会",
            actor=one,
        )

    setting = propose("85", ON + dt.timedelta(days=1))
    with pytest.raises(DutyConflict, match="duty-two"):
        service.approve_setting(setting, actor=one)  # type: ignore[arg-type]
    service.approve_setting(setting, actor=other)  # type: ignore[arg-type]
    assert queries.current_settings(authority.id, profile, ON) == {}
    later = queries.current_settings(authority.id, profile, ON + dt.timedelta(days=1))
    assert later == {"exam.pass_mark": 85}
    for wrong in ("很多", "1000"):
        with pytest.raises(BadInput):
            propose(wrong)
    with pytest.raises(BadInput, match="people-setting-past"):
        propose("85", ON - dt.timedelta(days=1))
    with pytest.raises(RuleBroken, match="people-setting-twice"):
        propose("90", ON + dt.timedelta(days=1))


def test_changes_commit_with_their_entry(
    make_app: Callable[..., Flask], authority: Organisation, first: Actor
) -> None:
    """A refused change leaves neither row nor entry."""
    account = make_account()
    session().commit()

    def broken() -> None:
        with transaction():
            service.appoint(
                account,
                organisation=authority,
                role=Role.MARKER,
                from_on=ON,
                reason="文件",
                actor=first,
            )
            raise RuleBroken("stop")

    with pytest.raises(RuleBroken, match="stop"):
        broken()
    assert actions() == []
    assert list(queries.live_appointments(account.id, ON)) == []
