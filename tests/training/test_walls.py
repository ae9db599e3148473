"""What ties an actor to a class, and which classes an actor sees at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from exam_app.access import duties
from exam_app.access.actor import PUBLIC, SYSTEM, Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import OrganisationKind, Role
from exam_app.core.db import session, transaction
from exam_app.core.errors import DutyConflict, Missing
from exam_app.people.models import Account, Organisation, Recusal
from exam_app.people.terms import TieKind
from exam_app.training import queries, scope, service
from exam_app.training.models import TrainingClass
from tests.factories.people import (
    LONG_AGO,
    actor_of,
    make_account,
    make_appointment,
    make_entrustment,
    make_organisation,
    make_organisation_tie,
    make_person_tie,
    make_staff,
)
from tests.factories.training import (
    Town,
    lock_roster,
    make_attended_class,
    make_class,
    make_lecturer,
    make_officer,
    make_project,
    make_roster,
    make_town,
    roster_file,
    roster_row,
)

Kind = OrganisationKind
# The clock stands at 2025-03-10; what ended before 2024-03-10 lies beyond the recusal period.
YESTERDAY = dt.date(2025, 3, 9)
JUST_WITHIN = dt.date(2024, 3, 10)
JUST_BEYOND = dt.date(2024, 3, 9)
FREE = {"not_prov": True, "not_taught": True, "entrusted": True, "own_org": False, "juris": True}


@pytest.fixture
def town(app: Flask) -> Town:
    return make_town()


@pytest.fixture
def training_class(town: Town) -> TrainingClass:
    return make_class(town, make_project(town))


def free(town: Town) -> Account:
    """Return an officer of the authority whom nothing ties to anybody."""
    return make_officer(town.authority, Role.OVERSEER)


def employee(account: Account, town: Town) -> None:
    make_person_tie(account.person, town.provider)


def owner(account: Account, town: Town) -> None:
    make_person_tie(account.person, town.provider, TieKind.OWNER)


def lecturer(account: Account, town: Town) -> None:
    make_person_tie(account.person, town.provider, TieKind.LECTURER)


def affiliate(account: Account, town: Town) -> None:
    """The actor's other employer is bound to the provider."""
    other = make_organisation(Kind.ENTERPRISE)
    make_organisation_tie(other, town.provider)
    make_person_tie(account.person, other)


def affiliate_the_other_way(account: Account, town: Town) -> None:
    other = make_organisation(Kind.ENTERPRISE)
    make_organisation_tie(town.provider, other, TieKind.OWNER)
    make_person_tie(account.person, other)


def two_steps_away(account: Account, town: Town) -> None:
    """The employer's owner owns the provider too."""
    holding, other = make_organisation(Kind.ENTERPRISE), make_organisation(Kind.ENTERPRISE)
    make_organisation_tie(holding, town.provider, TieKind.OWNER)
    make_organisation_tie(holding, other, TieKind.OWNER)
    make_person_tie(account.person, other)


def child(account: Account, town: Town) -> None:
    branch = make_organisation(Kind.PROVIDER, parent=town.provider)
    make_person_tie(account.person, branch)


def parent(account: Account, town: Town) -> None:
    group = make_organisation(Kind.ENTERPRISE)
    town.provider.parent_id = group.id
    make_person_tie(account.person, group)


def appointed(account: Account, town: Town) -> None:
    """A post with the provider counts like employment."""
    make_appointment(account, town.provider, Role.CLERK, until_on=YESTERDAY)


def recused(account: Account, town: Town) -> None:
    row = Recusal(
        person_id=account.person_id,
        organisation_id=town.provider.id,
        reason="近亲属任职",
        from_on=LONG_AGO,
    )
    session().add(row)


def left_within_twelve_months(account: Account, town: Town) -> None:
    make_person_tie(account.person, town.provider, until_on=JUST_WITHIN)


def tie_of_organisations_ended_within(account: Account, town: Town) -> None:
    other = make_organisation(Kind.ENTERPRISE)
    make_organisation_tie(other, town.provider, until_on=JUST_WITHIN)
    make_person_tie(account.person, other)


TIES = (
    employee,
    owner,
    lecturer,
    affiliate,
    affiliate_the_other_way,
    two_steps_away,
    child,
    parent,
    appointed,
    recused,
    left_within_twelve_months,
    tie_of_organisations_ended_within,
)


def test_nothing_ties_an_officer(town: Town, training_class: TrainingClass) -> None:
    """The plain case: every wall stands open, and the class is not the authority's own."""
    actor = actor_of(free(town))
    assert queries.wall_facts(actor, training_class) == FREE
    bank = queries.bank_facts(actor, town.authority.id)
    assert bank == {"not_prov": True, "not_taught": True, "entrusted": True, "juris": True}


@pytest.mark.parametrize("tie", TIES, ids=lambda tie: tie.__name__)
def test_each_tie_is_a_wall(
    town: Town, training_class: TrainingClass, tie: Callable[[Account, Town], None]
) -> None:
    """培考分离: whoever is bound to the provider is refused by class and bank alike."""
    account = free(town)
    with transaction():
        tie(account, town)
    actor = actor_of(account)
    facts = queries.wall_facts(actor, training_class)
    assert facts == {**FREE, "not_prov": False}
    assert not queries.bank_facts(actor, town.authority.id)["not_prov"]
    with pytest.raises(DutyConflict):
        duties.require(Permission.HOURS_VERIFY, actor, **facts)
    with pytest.raises(DutyConflict), transaction():
        service.approve_class(training_class, actor=actor)


def ended_before(account: Account, town: Town) -> None:
    make_person_tie(account.person, town.provider, until_on=JUST_BEYOND)


def affiliation_ended_before(account: Account, town: Town) -> None:
    other = make_organisation(Kind.ENTERPRISE)
    make_organisation_tie(other, town.provider, until_on=JUST_BEYOND)
    make_person_tie(account.person, other)


def recusal_over(account: Account, town: Town) -> None:
    recused(account, town)
    session().flush()
    session().query(Recusal).one().until_on = YESTERDAY


def begins_tomorrow(account: Account, town: Town) -> None:
    make_person_tie(account.person, town.provider, from_on=dt.date(2025, 3, 11))


def post_never_confirmed(account: Account, town: Town) -> None:
    make_appointment(account, town.provider, Role.CLERK, until_on=YESTERDAY, confirmed=False)


def works_for_a_candidates_enterprise(account: Account, town: Town) -> None:
    make_person_tie(account.person, town.enterprises[0])


@pytest.mark.parametrize(
    "tie",
    [
        ended_before,
        affiliation_ended_before,
        recusal_over,
        begins_tomorrow,
        post_never_confirmed,
        works_for_a_candidates_enterprise,
    ],
    ids=lambda tie: tie.__name__,
)
def test_what_is_no_tie(
    town: Town, training_class: TrainingClass, tie: Callable[[Account, Town], None]
) -> None:
    """Twelve months and a day later, or where nothing binds to the provider, the wall is open."""
    account = free(town)
    with transaction():
        tie(account, town)
    assert queries.wall_facts(actor_of(account), training_class)["not_prov"]


def test_the_implementing_unit_is_walled_like_the_provider(town: Town) -> None:
    """项目实施单位 contracts the provider: its people stay away too; the authority's own do not."""
    with transaction():
        unit = make_organisation(Kind.OWNER)
        account = make_staff(Role.OVERSEER, organisation=town.authority)
        make_person_tie(account.person, unit)
    training_class = make_class(town, make_project(town, implementing_unit=unit))
    assert not queries.wall_facts(actor_of(account), training_class)["not_prov"]
    own = make_class(town, make_project(town, implementing_unit=town.authority))
    assert queries.wall_facts(actor_of(free(town)), own)["not_prov"]


def test_who_taught_or_kept_the_books_stays_away(town: Town) -> None:
    """授课、经办台账: by person, not by account or post, long after every tie has ended."""
    lecturer_row = make_lecturer(town)
    training_class = make_class(town, make_project(town), lecturer=lecturer_row)
    make_roster(town, training_class, 1)
    with transaction():
        teacher = make_account(person=lecturer_row.person)
    for account in (teacher, town.manager, town.clerk):
        actor = replace(actor_of(free(town)), person_id=account.person_id)
        assert not queries.wall_facts(actor, training_class)["not_taught"]
    other = make_class(town, training_class.project)
    actor = replace(actor_of(free(town)), person_id=teacher.person_id)
    assert queries.wall_facts(actor, other)["not_taught"]


def test_a_lecturer_writes_no_items_for_twelve_months(town: Town) -> None:
    """For the bank any lesson for this authority counts, and only this authority's."""
    row = make_lecturer(town)
    make_class(town, make_project(town), lecturer=row)
    actor = replace(actor_of(free(town)), person_id=row.person_id)
    assert not queries.bank_facts(actor, town.authority.id)["not_taught"]
    other = make_town(division_code="230800")
    assert queries.bank_facts(actor, other.authority.id)["not_taught"]
    assert not queries.bank_facts(actor, other.authority.id)["not_prov"]


def test_a_provider_of_another_programme_is_a_wall_for_the_bank(town: Town) -> None:
    """Items serve every class: a tie to any provider keeps away from them, not from the class."""
    training_class = make_class(town, make_project(town))
    account = free(town)
    with transaction():
        make_person_tie(account.person, make_organisation(Kind.PROVIDER))
    actor = actor_of(account)
    assert queries.wall_facts(actor, training_class)["not_prov"]
    assert not queries.bank_facts(actor, town.authority.id)["not_prov"]


@pytest.mark.parametrize("actor", [SYSTEM, PUBLIC], ids=["system", "public"])
def test_nobody_known_is_never_free(
    town: Town, training_class: TrainingClass, actor: Actor
) -> None:
    """Without a person nothing is known, and what is not known is refused."""
    facts = queries.wall_facts(actor, training_class)
    assert not facts["not_prov"]
    assert not facts["not_taught"]
    assert not facts["juris"]
    bank = queries.bank_facts(actor, town.authority.id)
    assert not any(bank[name] for name in ("not_prov", "not_taught", "juris"))


# --- agencies -----------------------------------------------------------------------------------


def agency_of(town: Town, **period: dt.date) -> tuple[Organisation, Account]:
    """Return an agency entrusted by the town's authority, and its exam administrator."""
    with transaction():
        agency = make_organisation(Kind.AGENCY)
        account = make_staff(Role.EXAM_ADMIN, organisation=agency)
        make_entrustment(town.authority, agency, **period)
    return agency, account


def test_an_entrusted_agency(town: Town, training_class: TrainingClass) -> None:
    """考试工作由市级应急管理部门或其委托的机构实施: while the entrustment holds, and not after."""
    _, account = agency_of(town)
    actor = actor_of(account)
    assert queries.wall_facts(actor, training_class)["entrusted"]
    assert queries.authority_of(actor) == town.authority.id
    _, late = agency_of(town, until_on=YESTERDAY)
    assert not queries.wall_facts(actor_of(late), training_class)["entrusted"]
    with pytest.raises(Missing):
        queries.authority_of(actor_of(late))
    with pytest.raises(Missing):
        queries.get_class(training_class.id, actor_of(late))


def test_an_agency_bound_to_a_provider_is_not_entrusted(town: Town) -> None:
    """严禁委托施教单位: an agency of the provider's group examines none of its classes."""
    agency, account = agency_of(town)
    project = make_project(town)
    training_class = make_class(town, project)
    with transaction():
        make_organisation_tie(agency, town.provider)
    facts = queries.wall_facts(actor_of(account), training_class)
    assert not facts["entrusted"]
    assert not facts["not_prov"]
    assert not queries.bank_facts(actor_of(account), town.authority.id)["entrusted"]


def test_an_agency_that_teaches_in_the_project_is_not_entrusted(town: Town) -> None:
    """The agency's affiliate teaches another class of the project: refused for all of them."""
    agency, account = agency_of(town)
    project = make_project(town)
    training_class = make_class(town, project)
    neighbour = make_town()
    neighbour.authority, neighbour.overseer = town.authority, town.overseer
    with transaction():
        make_organisation_tie(agency, neighbour.provider)
    assert queries.wall_facts(actor_of(account), training_class)["entrusted"]
    make_class(neighbour, project)
    facts = queries.wall_facts(actor_of(account), training_class)
    assert not facts["entrusted"]
    assert facts["not_prov"]


def test_the_authority_needs_no_entrustment(town: Town, training_class: TrainingClass) -> None:
    """Its own officers, and those of a county, stand on their own duty."""
    with transaction():
        county = make_organisation(Kind.COUNTY_EM, division_code="230722")
        chief = make_staff(Role.CHIEF, organisation=county)
    assert queries.wall_facts(actor_of(chief), training_class) == FREE
    assert queries.authority_of(town.acting("overseer")) == town.authority.id
    with pytest.raises(Missing):
        queries.authority_of(actor_of(chief))


# --- who sees what ------------------------------------------------------------------------------


def sees(actor: Actor, training_class: TrainingClass) -> bool:
    """Return whether the class is in the list; the page must agree."""
    listed = training_class.id in [each.id for each in queries.classes_for(actor)]
    try:
        queries.get_class(training_class.id, actor)
    except Missing:
        assert not listed
        return False
    assert listed
    return True


def test_another_organisations_class_is_missing(town: Town, training_class: TrainingClass) -> None:
    """A provider sees its own classes, an enterprise those its people are in; nobody others'."""
    make_roster(town, training_class, 1)  # of the first enterprise
    stranger = make_town()
    assert sees(town.acting("overseer"), training_class)
    assert sees(town.acting("manager"), training_class)
    assert sees(town.contact(0), training_class)
    assert not sees(town.contact(1), training_class)
    assert not sees(stranger.acting("manager"), training_class)
    assert not sees(stranger.contact(0), training_class)
    assert not sees(SYSTEM, training_class)
    assert not sees(PUBLIC, training_class)


def test_another_citys_authority_sees_nothing(town: Town, training_class: TrainingClass) -> None:
    """Neither the class nor its project; nor do that city's county, bureau and agency."""
    other = make_town(division_code="230800")
    assert not sees(other.acting("overseer"), training_class)
    assert queries.projects_for(other.acting("overseer")) == []
    with pytest.raises(Missing):
        queries.get_project(training_class.project_id, other.acting("overseer"))
    for kind, role, code, seen in (
        (Kind.COUNTY_EM, Role.OVERSEER, "230822", False),
        (Kind.COUNTY_EM, Role.OVERSEER, "230722", True),
        (Kind.HRSS, Role.ACCEPTANCE, "230800", False),
        (Kind.HRSS, Role.ACCEPTANCE, "230700", True),
        (Kind.HRSS, Role.ACCEPTANCE, "230000", True),
        (Kind.HRSS, Role.ACCEPTANCE, "220000", False),
        (Kind.REGULATOR, Role.OVERSEER, "000000", True),
        (Kind.PLATFORM, Role.SYSADMIN, "230700", False),
    ):
        with transaction():
            account = make_staff(role, organisation=make_organisation(kind, division_code=code))
        assert sees(actor_of(account), training_class) is seen, (kind, code)


def test_a_second_post_opens_no_other_region(town: Town, training_class: TrainingClass) -> None:
    """A bureau of another city stays there although the person also speaks for a firm here."""
    with transaction():
        bureau = make_organisation(Kind.HRSS, division_code="230800")
        account = make_staff(Role.ACCEPTANCE, organisation=bureau)
        make_appointment(account, town.enterprises[1], Role.ENTERPRISE_CONTACT)
    actor = actor_of(account)
    assert not sees(actor, training_class)
    assert not queries.wall_facts(actor, training_class)["juris"]


def test_an_implementing_unit_sees_its_project(town: Town) -> None:
    """项目实施单位 sees all classes of its project; a provider's own project shows it alone."""
    with transaction():
        unit = make_organisation(Kind.OWNER)
        account = make_staff(Role.ACCEPTANCE, organisation=unit)
    training_class = make_class(town, make_project(town, implementing_unit=unit))
    assert sees(actor_of(account), training_class)
    assert [each.id for each in queries.projects_for(town.acting("manager"))] == [
        training_class.project_id
    ]
    neighbour = make_town()
    own = make_project(town, implementing_unit=neighbour.provider)
    assert not sees(neighbour.acting("manager"), make_class(town, own))


def test_a_trainee_sees_the_own_class(town: Town) -> None:
    """And no other."""
    made = make_attended_class(town=town, people=1)
    other = make_class(town, made.project)
    with transaction():
        account = make_account(person=made.enrolments[0].person)
    actor = actor_of(account)
    assert sees(actor, made.training_class)
    assert not sees(actor, other)


@pytest.mark.parametrize(
    ("code", "of", "inside"),
    [
        ("230700", "000000", True),
        ("230722", "230000", True),
        ("230722", "230700", True),
        ("230722", "230722", True),
        ("230700", "230722", False),
        ("230722", "230723", False),
        ("220722", "230000", False),
    ],
)
def test_regions(code: str, of: str, inside: bool) -> None:
    """Province, city and county by the digits of GB/T 2260."""
    assert scope.in_region(code, of) is inside


def test_a_stranger_changes_nothing(town: Town, training_class: TrainingClass) -> None:
    """The service refuses a neighbour's provider although a page would never lead there."""
    neighbour = make_town()
    data = roster_file(roster_row(town.enterprises[0]))
    with pytest.raises(DutyConflict, match="duty-own-org"), transaction():
        service.import_roster(training_class, data, "a.xlsx", actor=neighbour.acting("clerk"))
    make_roster(town, training_class, 1)
    lock_roster(town, training_class)
    with pytest.raises(DutyConflict, match="duty-own-org"), transaction():
        service.submit_hours(training_class, actor=neighbour.acting("manager"))
